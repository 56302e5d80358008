"""Each duct laid out straight, with a stretch of its neighbors at both ends.

A reader judges a place in a duct against what comes before and after it. A `Lane` is a
branch with the last stretch of its parent and the first stretch of the child that carries
it on, and along it the numbers that findings rest on: width at half height, height, and
the area under the profile, which is proportional to the cross-section of the contrast.

Letters for shapes: ``K`` points along one lane, ``W`` offsets across it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import ndimage, spatial

from galactolab.reading import profiles
from galactolab.records import Image, Mask
from galactolab.tree import DuctTree, Floats, arc_along

_REACH = 1.8
# Another duct disturbs the reading from this share of the half width on: an eighth of the area.
_DISTURBING = 0.35


@dataclass(frozen=True, kw_only=True, eq=False)
class Lane:
    """A branch laid out straight, point after point along it.

    Attributes
    ----------
    branch : int
    point_mm : (K, 2) array
        (row, column) in mm.
    arc_mm : (K,) array
        Distance from the first point of the branch itself; below 0 on its parent.
    own : (K,) array of bool
        Whether the point lies on the branch itself.
    lumen_mm : (K,) array
        Half width that the duct has here when dips are ignored.
    width_mm, height, area : (K,) arrays
        Full width at half height; largest signal; integral of the signal across (mm times
        the unit of the signal).
    skew_mm : (K,) array
        How far the middle of the lumen lies from the centerline.
    clean : (K,) array of bool
        False where another duct lies so near that it is read with this one.
    picture, offset_mm : (K, W) arrays
        The duct laid out straight, and the distance of each sample from the centerline; a
        column is a line along the duct that keeps its share of the half width.
    """

    branch: int
    point_mm: Floats
    arc_mm: Floats
    own: Mask
    lumen_mm: Floats
    width_mm: Floats
    height: Floats
    area: Floats
    skew_mm: Floats
    clean: Mask
    picture: Image
    offset_mm: Image


@dataclass(frozen=True, kw_only=True, eq=False)
class _Course:
    branch: int
    point_mm: Floats
    arc_mm: Floats
    own: Mask
    radius_mm: Floats
    members: tuple[int, ...]


def lanes(tree: DuctTree, signal: Image, *, shoulder_mm: float = 8.0) -> tuple[Lane, ...]:
    """Return the lane of each branch.

    Parameters
    ----------
    tree : DuctTree
    signal : (M, N) array of float32
        Signal above the background.
    shoulder_mm : float
        How much of parent and child is added.
    """
    if not tree.branches:
        return ()
    even = _even(tree)
    courses = [_course(even, index, shoulder_mm) for index in range(len(tree))]
    stops = np.cumsum([len(course.arc_mm) for course in courses])[:-1]
    points = np.concatenate([course.point_mm for course in courses])
    normal = profiles.normals_of([course.point_mm for course in courses])
    lumen = np.concatenate([_upper(course.radius_mm, course.arc_mm) for course in courses])
    seen = profiles.across(signal, points, normal, _REACH * lumen + 0.4, spacing_mm=tree.spacing_mm)
    calm = replace(seen, values=np.asarray(cv2.blur(seen.values, (1, 3)), np.float32))
    left, right, height = profiles.borders(calm, lumen)
    area = _area(seen, lumen)
    columns = (
        *(points, lumen, right - left, height, area, (left + right) / 2),
        *(seen.values, seen.offset_mm),
    )
    parts = zip(courses, *(np.split(column, stops) for column in columns), strict=True)
    crowd = _Crowd(even)
    return tuple(
        Lane(
            branch=course.branch,
            point_mm=point,
            arc_mm=course.arc_mm,
            own=course.own,
            lumen_mm=half,
            width_mm=width,
            height=high,
            area=under,
            skew_mm=skew,
            clean=crowd.clear_of(course, half),
            picture=picture,
            offset_mm=offset,
        )
        for course, point, half, width, high, under, skew, picture, offset in parts
    )


def _even(tree: DuctTree) -> DuctTree:
    """Return the tree with a point about every pixel: a hand-drawn path has few."""
    step = float(np.mean(tree.spacing_mm))
    branches = []
    for branch in tree.branches:
        path, radius = profiles.resampled(
            branch.path * tree.spacing_mm, branch.radius_mm, step=step
        )
        branches.append(replace(branch, path=path / tree.spacing_mm, radius_mm=radius))
    return replace(tree, branches=tuple(branches))


def _course(tree: DuctTree, index: int, shoulder_mm: float) -> _Course:
    """Join parent's end, branch and the child that carries it on, and smooth the whole."""
    spacing = np.asarray(tree.spacing_mm)
    branch = tree.branches[index]
    pieces, radii = [branch.path * spacing], [branch.radius_mm]
    members = [index]
    before = 0
    if branch.parent is not None:
        parent = tree.branches[branch.parent]
        arc = parent.arc_mm(tree.spacing_mm)
        tail = arc >= arc[-1] - shoulder_mm
        tail[-1] = False
        pieces.insert(0, parent.path[tail] * spacing)
        radii.insert(0, parent.radius_mm[tail])
        before = int(tail.sum())
        members.append(branch.parent)
    next_one = heir(tree, index)
    if next_one is not None:
        child = tree.branches[next_one]
        head = child.arc_mm(tree.spacing_mm) <= shoulder_mm
        head[0] = False
        pieces.append(child.path[head] * spacing)
        radii.append(child.radius_mm[head])
        members.append(next_one)
    path, radius = np.concatenate(pieces), np.concatenate(radii)
    step = float(np.mean(spacing))
    # A lesion pushes the traced centerline aside; in a wide duct that takes more smoothing.
    path = profiles.smoothed_path(path, sigma=max(0.6, profiles.median(radius)) / step)
    arc = arc_along(path)
    own = np.zeros(len(path), bool)
    own[before : before + len(branch.path)] = True
    return _Course(
        branch=index,
        point_mm=path,
        arc_mm=arc - arc[before],
        own=own,
        radius_mm=radius,
        members=tuple(members),
    )


def heir(tree: DuctTree, index: int) -> int | None:
    """Return the child that carries a branch on: the widest."""
    kids = tree.children[index]
    return max(kids, key=lambda i: profiles.median(tree.branches[i].radius_mm), default=None)


def _upper(radius: Floats, arc: Floats) -> Floats:
    """Return the half width that a duct has when its dips are ignored."""
    step = max(float(arc[-1] - arc[0]) / max(len(arc) - 1, 1), 1e-3)
    size = max(3, round(6.0 / step)) | 1
    calm = ndimage.median_filter(radius, size=max(3, round(1.0 / step)) | 1, mode="nearest")
    return np.asarray(ndimage.percentile_filter(calm, 75, size=size, mode="nearest"), np.float64)


def _area(seen: profiles.Profiles, lumen: Floats) -> Floats:
    """Integrate the signal across the lumen and a little beyond."""
    step = seen.offset_mm[:, 1] - seen.offset_mm[:, 0]
    inside = np.abs(seen.offset_mm) <= (1.25 * lumen + 0.15)[:, None]
    return np.asarray(np.where(inside, seen.values, 0).sum(axis=1) * step, np.float64)


class _Crowd:
    """All points of a tree, to find where ducts lie side by side."""

    def __init__(self, tree: DuctTree) -> None:
        spacing = np.asarray(tree.spacing_mm)
        self.points = np.concatenate([branch.path[::3] * spacing for branch in tree.branches])
        self.radius = np.concatenate([branch.radius_mm[::3] for branch in tree.branches])
        counts = [len(branch.path[::3]) for branch in tree.branches]
        self.owner = np.repeat(np.arange(len(counts)), counts)
        self.widest = profiles.quantile(self.radius, 0.9)
        self.found = spatial.cKDTree(self.points)

    def clear_of(self, course: _Course, lumen: Floats) -> Mask:
        """Return where no branch but the lane's own lies within reach."""
        some = course.point_mm[::3]
        reach = 1.25 * lumen[::3] + 0.3 + self.widest
        lane = spatial.cKDTree(some, balanced_tree=False, compact_nodes=False)
        pairs = self.found.sparse_distance_matrix(lane, float(reach.max()), output_type="ndarray")
        near, place = pairs["i"], pairs["j"]
        is_own = np.zeros(int(self.owner[-1]) + 1, np.bool_)
        is_own[list(course.members)] = True
        width = lumen[::3][place]
        # A thin duct over a wide one adds little to what is read.
        other = ~is_own[self.owner[near]] & (self.radius[near] > _DISTURBING * width)
        other &= pairs["v"] <= reach[place]
        place, near, width = place[other], near[other], width[other]
        gap = np.hypot(*(self.points[near] - some[place]).T) - self.radius[near]
        clean = np.ones(len(some), np.bool_)
        clean[place[gap <= width]] = False
        return np.asarray(np.repeat(clean, 3)[: len(course.arc_mm)], np.bool_)
