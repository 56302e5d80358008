"""The duct tree: branches, their parents, and the way back to the orifice.

Letters for shapes: ``K`` is the number of points along one branch, ``B`` the number of
branches. Points are (row, column) in pixels, pixel centers at integers, and every path
runs away from the orifice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError

if TYPE_CHECKING:
    import networkx as nx

Floats = npt.NDArray[np.float64]


def arc_along(path: Floats, spacing: tuple[float, float] = (1.0, 1.0)) -> Floats:
    """Return the way along a path (K, 2) from its first point, (K,).

    Examples
    --------
    >>> arc_along(np.array([[0.0, 0], [3, 4], [3, 5]])).tolist()
    [0.0, 5.0, 6.0]
    """
    steps = path[1:] - path[:-1]
    arc = np.zeros(len(path))
    np.cumsum(np.hypot(steps[:, 0] * spacing[0], steps[:, 1] * spacing[1]), out=arc[1:])
    return arc


def checked_spacing(spacing_mm: tuple[float, float] | float) -> tuple[float, float]:
    """Return (row, column) pixel distance in mm, or say what is wrong with it.

    Examples
    --------
    >>> checked_spacing(0.07)
    (0.07, 0.07)
    >>> checked_spacing((0.1, -1))
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: spacing_mm is (0.1, -1.0), but both numbers \
(row, column) have to be above 0 mm.
    """
    pair = spacing_mm if isinstance(spacing_mm, tuple | list) else (spacing_mm, spacing_mm)
    try:
        row, column = (float(value) for value in pair)
    except (TypeError, ValueError) as error:
        sentence = f"spacing_mm is {spacing_mm!r}, but it has to be one or two numbers in mm."
        raise GalactolabError(sentence) from error
    if not (0 < row < math.inf and 0 < column < math.inf):
        sentence = (
            f"spacing_mm is {(row, column)}, but both numbers (row, column) have to be above 0 mm."
        )
        raise GalactolabError(sentence)
    return row, column


@dataclass(frozen=True, kw_only=True, eq=False)
class Branch:
    """A piece of duct between two nodes.

    Attributes
    ----------
    path : (K, 2) array of float
        Centerline points (row, column) in pixels, K >= 2, away from the orifice.
    radius_mm : (K,) array of float
        Half width of the lumen at each point, in millimeters.
    parent : int or None
        Index of the branch that it springs from; None for the root.
    """

    path: Floats
    radius_mm: Floats
    parent: int | None = None

    def __post_init__(self) -> None:
        """Check the shapes once."""
        if self.path.ndim != 2 or self.path.shape[1] != 2 or len(self.path) < 2:
            sentence = (
                f"A branch path has shape {self.path.shape}, but it has to be (K, 2), K >= 2."
            )
            raise GalactolabError(sentence)
        if self.radius_mm.shape != (len(self.path),):
            sentence = (
                f"radius_mm has shape {self.radius_mm.shape}, but it needs one radius "
                f"for each of the {len(self.path)} points of the path."
            )
            raise GalactolabError(sentence)

    def arc_mm(self, spacing_mm: tuple[float, float]) -> Floats:
        """Distance along the path from its first point, (K,), in millimeters.

        Examples
        --------
        >>> b = Branch(path=np.array([[0.0, 0], [3, 4]]), radius_mm=np.ones(2))
        >>> b.arc_mm((0.1, 0.1)).tolist()
        [0.0, 0.5]
        """
        return arc_along(self.path, spacing_mm)

    def length_mm(self, spacing_mm: tuple[float, float]) -> float:
        """Length of the path in millimeters."""
        return float(self.arc_mm(spacing_mm)[-1])


@dataclass(frozen=True, kw_only=True, eq=False)
class DuctTree:
    """The ductal tree that one orifice opens into.

    Attributes
    ----------
    branches : tuple of Branch, length B
        Parents come before their children; exactly one branch has no parent. An image
        without ducts has the empty tree, ``DuctTree(branches=(), spacing_mm=...)``.
    spacing_mm : (float, float)
        (row, column) pixel distance at the object.
    orifice : (float, float) or None
        Where the duct was cannulated: the first point of the root branch.

    Examples
    --------
    A Y: one trunk of 4 pixels and two daughters. Notice the orders: 1, 1 make 2.

    >>> def branch(*points, parent):
    ...     path = np.array(points, float)
    ...     return Branch(path=path, radius_mm=np.full(len(path), 0.5), parent=parent)
    >>> y = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     branch((0, 4), (4, 4), parent=None),
    ...     branch((4, 4), (8, 0), parent=0),
    ...     branch((4, 4), (8, 8), parent=0)))
    >>> y.strahler, y.generation, y.children
    ((2, 1, 1), (0, 1, 1), ((1, 2), (), ()))
    >>> y.orifice
    (0.0, 4.0)
    """

    branches: tuple[Branch, ...]
    spacing_mm: tuple[float, float]
    orifice: tuple[float, float] | None = field(default=None)

    def __post_init__(self) -> None:
        """Check that this is one tree, and set the orifice from its root."""
        object.__setattr__(self, "spacing_mm", checked_spacing(self.spacing_mm))
        if not self.branches:
            return
        roots = [i for i, branch in enumerate(self.branches) if branch.parent is None]
        if roots != [0]:
            sentence = f"A duct tree has its one root first, but branches {roots} have no parent."
            raise GalactolabError(sentence)
        for index, branch in enumerate(self.branches[1:], start=1):
            self._check_link(index, branch)
        if self.orifice is None:
            row, column = self.branches[0].path[0]
            object.__setattr__(self, "orifice", (float(row), float(column)))

    def _check_link(self, index: int, branch: Branch) -> None:
        parent = branch.parent
        if parent is None or not 0 <= parent < index:
            sentence = f"Branch {index} names parent {parent}, but a parent comes before its child."
            raise GalactolabError(sentence)
        end, start = self.branches[parent].path[-1], branch.path[0]
        # As `np.allclose` has it, which takes far longer over two numbers.
        gap, size = np.abs(end - start).tolist(), np.abs(start).tolist()
        if not (gap[0] <= 1e-6 + 1e-5 * size[0] and gap[1] <= 1e-6 + 1e-5 * size[1]):
            sentence = (
                f"Branch {index} starts at {start.tolist()}, "
                f"but its parent {parent} ends at {end.tolist()}."
            )
            raise GalactolabError(sentence)

    def __len__(self) -> int:
        """Return the number of branches."""
        return len(self.branches)

    def __repr__(self) -> str:
        """Say how many branches and how much duct."""
        return f"DuctTree({len(self)} branches, {self.total_length_mm:.0f} mm of duct)"

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the branches that spring from each branch."""
        found: list[list[int]] = [[] for _ in self.branches]
        for index, branch in enumerate(self.branches):
            if branch.parent is not None:
                found[branch.parent].append(index)
        return tuple(tuple(indices) for indices in found)

    @cached_property
    def terminals(self) -> tuple[int, ...]:
        """Indices of the branches that have no children."""
        return tuple(i for i, kids in enumerate(self.children) if not kids)

    @cached_property
    def generation(self) -> tuple[int, ...]:
        """Bifurcations passed from the orifice, for each branch; the root has 0."""
        passed: list[int] = []
        for branch in self.branches:
            passed.append(0 if branch.parent is None else passed[branch.parent] + 1)
        return tuple(passed)

    @cached_property
    def strahler(self) -> tuple[int, ...]:
        """Horton-Strahler order of each branch.

        A terminal has order 1; where the two highest orders of the children are equal
        the order rises by one, otherwise the highest is kept. Definition: Horton-Strahler
        as used for galactograms by Bakic et al. 2003, Acad Radiol 10:198-204.
        """
        orders = [1] * len(self.branches)
        for index in reversed(range(len(self.branches))):
            below = sorted((orders[i] for i in self.children[index]), reverse=True)
            if below:
                orders[index] = below[0] + (len(below) > 1 and below[0] == below[1])
        return tuple(orders)

    @cached_property
    def total_length_mm(self) -> float:
        """Sum of the lengths of all branches in millimeters."""
        return sum(branch.length_mm(self.spacing_mm) for branch in self.branches)

    def way_to_orifice(self, index: int) -> tuple[int, ...]:
        """Branch indices from `index` back to the root, both included."""
        way = [index]
        while (parent := self.branches[way[-1]].parent) is not None:
            way.append(parent)
        return tuple(way)


def to_networkx(tree: DuctTree) -> nx.DiGraph[Any]:
    """Return the tree as a directed graph: nodes are orifice, bifurcations and ends.

    Node 0 is the orifice and node ``i + 1`` the far end of branch ``i``; nodes carry
    ``point`` (row, column), edges carry ``branch`` (the index) and ``length_mm``.
    """
    import networkx as nx  # noqa: PLC0415 (0.2 s that most sessions never need)

    graph: nx.DiGraph[Any] = nx.DiGraph()
    for index, branch in enumerate(tree.branches):
        start = 0 if branch.parent is None else branch.parent + 1
        graph.add_node(start, point=tuple(branch.path[0]))
        graph.add_node(index + 1, point=tuple(branch.path[-1]))
        graph.add_edge(start, index + 1, branch=index, length_mm=branch.length_mm(tree.spacing_mm))
    return graph
