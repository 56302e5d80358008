"""All points of a tree in one place, to ask what lies near."""

from __future__ import annotations

import numpy as np
from scipy import spatial

from galactolab.reading.profiles import quantile
from galactolab.tree import DuctTree, Floats


class DuctPoints:
    """The points of all branches, with their caliber and their way from the orifice.

    Parameters
    ----------
    tree : DuctTree
        With at least one branch.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> path = np.column_stack([np.full(50, 20.0), np.arange(50.0)])
    >>> duct = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     Branch(path=path, radius_mm=np.full(50, 0.4)),))
    >>> gap, branch, way = DuctPoints(duct).nearest(np.array([3.0, 2.0]))
    >>> round(gap, 3), branch, round(way, 3)
    (1.0, 0, 2.0)
    >>> DuctPoints(duct).widest_around(np.array([3.0, 2.0]), reach_mm=1.5)
    0.8
    """

    def __init__(self, tree: DuctTree) -> None:
        starts: list[float] = []
        ways = []
        for branch in tree.branches:
            arc = branch.arc_mm(tree.spacing_mm)
            before = 0.0
            if branch.parent is not None:
                parent = tree.branches[branch.parent]
                before = starts[branch.parent] + parent.length_mm(tree.spacing_mm)
            starts.append(before)
            ways.append(before + arc)
        self._points = np.concatenate([branch.path * tree.spacing_mm for branch in tree.branches])
        self._radius = np.concatenate([branch.radius_mm for branch in tree.branches])
        self._way = np.concatenate(ways)
        self._owner = np.repeat(np.arange(len(ways)), [len(way) for way in ways])
        self._found = spatial.cKDTree(self._points)

    def nearest(self, point_mm: Floats) -> tuple[float, int, float]:
        """Return the gap to the nearest centerline, its branch, and its way from the orifice."""
        gap, place = self._found.query(point_mm)
        return float(gap), int(self._owner[place]), float(self._way[place])

    def widest_around(self, point_mm: Floats, *, reach_mm: float) -> float:
        """Return the caliber of the widest ducts within reach in mm; 0 if there are none."""
        near = self._found.query_ball_point(point_mm, reach_mm)
        return 2 * quantile(self._radius[near], 0.9) if near else 0.0

    def to_orifice(self, point_mm: Floats) -> float:
        """Return the distance to the first point of the root in mm."""
        gap = point_mm - self._points[0]
        return float(np.hypot(gap[0], gap[1]))
