"""The ductal tree of one lobe in three dimensions, as a record with its measures.

How it grows is told in `galactolab.patient.growth` (recursive branching) and
`galactolab.patient.walk` (branching and annihilating random walk).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError
from galactolab.patient.solids import Balls, arc_lengths
from galactolab.tree import Branch, DuctTree

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Duct:
    """A piece of duct between two nodes, in the breast frame.

    Attributes
    ----------
    path_mm : (K, 3) array of float
        Axis, away from the orifice, K >= 2.
    radius_mm : (K,) array of float
        Half width of the lumen.
    parent : int or None
        Index of the duct that it springs from; None for the root.
    """

    path_mm: Floats
    radius_mm: Floats
    parent: int | None = None

    @cached_property
    def arc_mm(self) -> Floats:
        """Distance along the duct from its start, (K,)."""
        return arc_lengths(self.path_mm)

    @property
    def length_mm(self) -> float:
        """Length of the duct."""
        return float(self.arc_mm[-1])

    def at(self, arc_mm: float) -> Floats:
        """Return the point of the axis at a distance from the duct's start, (3,)."""
        return np.array([np.interp(arc_mm, self.arc_mm, self.path_mm[:, i]) for i in range(3)])

    def along(self, arc_mm: float) -> Floats:
        """Return the unit direction of the axis there, (3,)."""
        ahead = self.at(min(arc_mm + 0.5, self.length_mm)) - self.at(max(arc_mm - 0.5, 0))
        unit: Floats = ahead / np.linalg.norm(ahead)
        return unit

    def radius_at(self, arc_mm: float) -> float:
        """Return the half width of the lumen there."""
        return float(np.interp(arc_mm, self.arc_mm, self.radius_mm))


@dataclass(frozen=True, kw_only=True, eq=False)
class Lobule:
    """A terminal duct lobular unit: a cluster of acini at the end of a duct.

    Attributes
    ----------
    duct : int
        Index of the terminal duct.
    acini : Balls
        Lumina of the acini.
    """

    duct: int
    acini: Balls


@dataclass(frozen=True, kw_only=True, eq=False)
class Ducts:
    """The ductal tree of one lobe.

    Attributes
    ----------
    branches : tuple of Duct, length B
        Parents before their children; the first is the main duct from the orifice.
    lobules : tuple of Lobule
        At terminal ducts.
    family : str
        Growth family: ``"recursive"`` or ``"random_walk"``.

    Examples
    --------
    >>> def duct(*points, parent=None):
    ...     return Duct(path_mm=np.array(points, float), radius_mm=np.full(len(points), 0.5),
    ...                 parent=parent)
    >>> y = Ducts(branches=(duct((0, 0, 0), (8, 0, 0)), duct((8, 0, 0), (12, 3, 0), parent=0),
    ...                     duct((8, 0, 0), (12, -3, 0), parent=0)))
    >>> y, y.flat.strahler, y.start_mm
    (Ducts(3 ducts, 18 mm, 0.01 mL), (2, 1, 1), (0.0, 8.0, 8.0))
    """

    branches: tuple[Duct, ...]
    lobules: tuple[Lobule, ...] = ()
    family: str = "recursive"

    def __post_init__(self) -> None:
        """Check that each duct starts where its parent ends."""
        for index, branch in enumerate(self.branches):
            if (branch.parent is None) != (index == 0):
                raise GalactolabError(f"Duct {index} has parent {branch.parent}; only 0 is root.")
            if branch.parent is not None:
                end = self.branches[branch.parent].path_mm[-1]
                if branch.parent >= index or not np.allclose(end, branch.path_mm[0]):
                    raise GalactolabError(
                        f"Duct {index} does not start where its parent {branch.parent} ends."
                    )

    def __len__(self) -> int:
        """Return the number of ducts."""
        return len(self.branches)

    def __repr__(self) -> str:
        """Say how many ducts, how long, how much lumen."""
        return f"Ducts({len(self)} ducts, {self.total_length_mm:.0f} mm, {self.volume_ml:.2f} mL)"

    @cached_property
    def flat(self) -> DuctTree:
        """The same tree without its third dimension, for orders and generations."""
        branches = tuple(
            Branch(path=duct.path_mm[:, :2].copy(), radius_mm=duct.radius_mm, parent=duct.parent)
            for duct in self.branches
        )
        return DuctTree(branches=branches, spacing_mm=(1.0, 1.0))

    @cached_property
    def start_mm(self) -> tuple[float, ...]:
        """Way from the orifice to the start of each duct, along the ducts."""
        ways: list[float] = []
        for duct in self.branches:
            before = duct.parent
            ways.append(0.0 if before is None else ways[before] + self.branches[before].length_mm)
        return tuple(ways)

    @property
    def total_length_mm(self) -> float:
        """Length of all ducts together."""
        return sum(duct.length_mm for duct in self.branches)

    @cached_property
    def volume_ml(self) -> float:
        """Volume of all lumina together, without lobules."""
        return (
            sum(
                float(np.trapezoid(np.pi * duct.radius_mm**2, duct.arc_mm))
                for duct in self.branches
            )
            / 1000
        )

    def way_mm(self, index: int, arc_mm: float) -> tuple[Floats, ...]:
        """Signed way along the ducts from one place to every point of the tree.

        Parameters
        ----------
        index, arc_mm : int, float
            The duct and the distance from its start.

        Returns
        -------
        tuple of (K,) arrays
            For each duct: negative toward the orifice, positive away from it. Side ducts
            that leave between the orifice and the place count from where they leave,
            toward their ends, and are marked with a negative start as well.
        """
        ways: list[Floats | None] = [None] * len(self)
        ways[index] = self.branches[index].arc_mm - arc_mm
        on_way = self.flat.way_to_orifice(index)
        offset = -arc_mm
        for above in on_way[1:]:
            duct = self.branches[above]
            ways[above] = duct.arc_mm - duct.length_mm + offset
            offset -= duct.length_mm
        for number, duct in enumerate(self.branches):
            if ways[number] is None and duct.parent is not None:
                before = ways[duct.parent]
                start = 0.0 if before is None else float(before[-1])
                side = duct.parent in on_way[1:] and duct.parent != index
                # A side duct leads away again: its distance grows, on the near side.
                sign = -1.0 if side or start < 0 else 1.0
                ways[number] = start + sign * duct.arc_mm
        return tuple(way for way in ways if way is not None)

    def with_radii(self, radii_mm: tuple[Floats, ...]) -> Ducts:
        """Return the tree with other radii."""
        branches = tuple(
            replace(duct, radius_mm=radius)
            for duct, radius in zip(self.branches, radii_mm, strict=True)
        )
        return replace(self, branches=branches)
