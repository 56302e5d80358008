"""How well a traced tree agrees with the true one: nodes, lengths, ways.

Letters for shapes: ``V`` nodes of a tree (bifurcations and ends). Every function takes the
reading first and the truth second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, spatial

from galactolab.errors import check_between
from galactolab.tree import DuctTree, Floats


@dataclass(frozen=True, kw_only=True)
class NodeScore:
    """Agreement of nodes: how many of the found ones are true, and of the true ones found."""

    precision: float
    recall: float
    n_found: int
    n_true: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def nodes(
    tree: DuctTree, truth: DuctTree, *, tolerance_mm: float = 1.0, min_caliber_mm: float = 0.0
) -> NodeScore:
    """Return precision and recall of bifurcations and ends.

    Parameters
    ----------
    tree, truth : DuctTree
    tolerance_mm : float
        Nodes no further apart can be the same; each is used once. 0.01 to 20 mm.
    min_caliber_mm : float
        True nodes whose branch is thinner than this at its end cannot be missed.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> line = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     Branch(path=np.array([[0.0, 0], [90, 0]]), radius_mm=np.ones(2)),))
    >>> nodes(line, line).f1
    1.0
    """
    check_between("tolerance_mm", tolerance_mm, 0.01, 20, "mm")
    found, true = _node_points(tree), _node_points(truth)
    pairs = _paired(found, true, tolerance_mm)
    seen = _end_calibers(truth) >= min_caliber_mm
    hit = np.zeros(len(true), bool)
    hit[pairs[:, 1]] = True
    return NodeScore(
        precision=len(pairs) / len(found) if len(found) else float(not len(true)),
        recall=float(hit[seen].mean()) if seen.any() else 1.0,
        n_found=len(found),
        n_true=int(seen.sum()),
    )


def reachable_terminals(
    tree: DuctTree,
    truth: DuctTree,
    *,
    tolerance_mm: float = 1.0,
    min_caliber_mm: float = 0.2,
    orifice_mm: float = 5.0,
) -> float:
    """Return the share of true ends that the traced tree reaches from the orifice.

    Parameters
    ----------
    tree, truth : DuctTree
    tolerance_mm : float
        A true end is reached when the tree passes no further from it.
    min_caliber_mm : float
        Ends thinner than this are not asked for.
    orifice_mm : float
        The traced orifice has to lie this near to the true one; otherwise nothing counts.
    """
    wanted = [
        branch.path[-1] * truth.spacing_mm
        for branch in (truth.branches[i] for i in truth.terminals)
        if 2 * float(np.median(branch.radius_mm[-5:])) >= min_caliber_mm
    ]
    if not wanted:
        return 1.0
    if tree.orifice is None or truth.orifice is None:
        return 0.0
    off = np.subtract(tree.orifice, truth.orifice) * truth.spacing_mm
    if float(np.hypot(off[0], off[1])) > orifice_mm:
        return 0.0
    distance, _ = spatial.cKDTree(_points(tree)).query(np.array(wanted))
    return float(np.mean(distance <= tolerance_mm))


def branch_length_errors(tree: DuctTree, truth: DuctTree, *, tolerance_mm: float = 1.0) -> Floats:
    """Return traced minus true length in mm of each true branch whose two nodes were found.

    A branch counts when one of its traced nodes lies on the way from the other one to the
    orifice, so that there is a length to compare.
    """
    pairs = dict(_paired(_node_points(truth), _node_points(tree), tolerance_mm).tolist())
    starts = _ways(tree)
    errors = []
    for index, branch in enumerate(truth.branches):
        above = 0 if branch.parent is None else branch.parent + 1
        first, last = pairs.get(above), pairs.get(index + 1)
        if first is None or last is None or last in (first, 0):
            continue
        way = [i + 1 for i in tree.way_to_orifice(last - 1)]
        if first in (*way, 0):
            errors.append(starts[last] - starts[first] - branch.length_mm(truth.spacing_mm))
    return np.array(errors, float)


def _points(tree: DuctTree) -> Floats:
    return np.concatenate([branch.path * tree.spacing_mm for branch in tree.branches])


def _node_points(tree: DuctTree) -> Floats:
    """Return the nodes in mm, (V, 2): the orifice, then the far end of each branch."""
    if not tree.branches:
        return np.zeros((0, 2))
    ends = [tree.branches[0].path[0], *(branch.path[-1] for branch in tree.branches)]
    return np.asarray(ends, np.float64) * tree.spacing_mm


def _end_calibers(tree: DuctTree) -> Floats:
    """Return the caliber at each node, in the order of `_node_points`."""
    if not tree.branches:
        return np.zeros(0)
    ends = [tree.branches[0].radius_mm[0], *(b.radius_mm[-1] for b in tree.branches)]
    return 2 * np.asarray(ends, np.float64)


def _paired(first: Floats, second: Floats, tolerance_mm: float) -> npt.NDArray[np.int64]:
    """Return (first, second) index pairs, each node used once, summed distance least."""
    if not len(first) or not len(second):
        return np.zeros((0, 2), np.int64)
    distance = spatial.distance.cdist(first, second)
    cost = np.minimum(distance, 2 * tolerance_mm)
    rows, columns = optimize.linear_sum_assignment(cost)
    good = distance[rows, columns] <= tolerance_mm
    return np.column_stack([rows[good], columns[good]]).astype(np.int64)


def _ways(tree: DuctTree) -> list[float]:
    """Return the way from the orifice to each node, in the order of `_node_points`."""
    ways = [0.0]
    for branch in tree.branches:
        before = 0 if branch.parent is None else branch.parent + 1
        ways.append(ways[before] + branch.length_mm(tree.spacing_mm))
    return ways
