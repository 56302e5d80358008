"""Wide ducts once more, as sausages of contrast: a lesion inside must not bend their axis.

In a wide duct a filling defect is a hole that the traced centerline runs around. The lumen
itself is filled again here: everything that holds some contrast, holes included, as far as
a disc fits in. The axis of what is left is laid out straight like any other duct.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from scipy import ndimage, spatial

from galactolab.errors import GalactolabError
from galactolab.imagemath.grid import averaged
from galactolab.reading import trace
from galactolab.reading.lanes import Lane, lanes
from galactolab.records import DuctMask, Image, Mask
from galactolab.tree import Branch, DuctTree, Floats

_STEP_MM = 0.2
# A hole in the contrast is closed where it is no larger than this; a loop of ducts is.
_HOLE_MM = 6.0


def wide_lanes(
    signal: Image,
    tree: DuctTree,
    *,
    signal_per_mm: float,
    noise: float,
    min_width_mm: float = 1.4,
    min_thickness_mm: float = 0.3,
) -> tuple[Lane, ...]:
    """Return the lanes of ducts that are wider than `min_width_mm`, holes ignored.

    Parameters
    ----------
    signal : (M, N) array of float32
        Signal above the background.
    tree : DuctTree
        The traced tree; `Lane.branch` is the branch of it that lies nearest.
    signal_per_mm, noise : float
        As in `Scene`.
    min_width_mm : float
        Diameter of the disc that has to fit in.
    min_thickness_mm : float
        Contrast on the path of the beam from which a place counts as filled.
    """
    if signal_per_mm <= 0:
        return ()
    small, scale = _small(signal, tree.spacing_mm)
    filled = small > max(min_thickness_mm * signal_per_mm, 4 * noise)
    spacing = (tree.spacing_mm[0] * scale[0], tree.spacing_mm[1] * scale[1])
    size = max(3, round(min_width_mm / _STEP_MM)) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    solid = _without_holes(filled, small, spacing)
    wide = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_OPEN, disc)
    labels, count = ndimage.label(wide)
    nearest = _Nearest(tree)
    rows, columns = (nearest.points / spacing).astype(int).T
    # What holds no part of the tree is no duct: the nipple, the skin, a marker.
    on_tree = np.unique(labels[rows.clip(0, len(labels) - 1), columns.clip(0, labels.shape[1] - 1)])
    found: list[Lane] = []
    for label, box in enumerate(ndimage.find_objects(labels, count), start=1):
        part = np.pad(labels[box] == label, 2)
        if label not in on_tree or part.sum() * _STEP_MM**2 < 2 * min_width_mm**2:
            continue
        corner = np.array([box[0].start - 2, box[1].start - 2], float)
        duct = _axis(part, corner, spacing, scale, tree)
        if duct is not None:
            found.extend(replace(lane, branch=nearest.branch(lane)) for lane in lanes(duct, signal))
    return tuple(found)


class _Nearest:
    """All points of a tree with the branch that they lie on."""

    def __init__(self, tree: DuctTree) -> None:
        self.points = np.concatenate([b.path[::3] for b in tree.branches]) * tree.spacing_mm
        self.owner = np.repeat(
            np.arange(len(tree)), [len(branch.path[::3]) for branch in tree.branches]
        )
        self.found = spatial.cKDTree(self.points)

    def branch(self, lane: Lane) -> int:
        """Return the branch that runs along most of a lane."""
        _, which = self.found.query(lane.point_mm)
        return int(np.bincount(self.owner[which]).argmax())


def _small(signal: Image, spacing_mm: tuple[float, float]) -> tuple[Image, tuple[float, float]]:
    rows, columns = (
        max(1, round(count * spacing / _STEP_MM))
        for count, spacing in zip(signal.shape, spacing_mm, strict=True)
    )
    small = averaged(signal, shape=(rows, columns))
    return small, (signal.shape[0] / rows, signal.shape[1] / columns)


def _without_holes(filled: Mask, small: Image, spacing_mm: tuple[float, float]) -> Mask:
    """Close holes that are small against the contrast around them."""
    closed = cv2.morphologyEx(filled.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents((closed == 0).view(np.uint8), connectivity=4)
    area = np.bincount(labels.ravel(), minlength=count) * spacing_mm[0] * spacing_mm[1]
    is_hole = area < 0.25 * np.pi * _HOLE_MM**2
    is_hole[0] = False
    # Between thin ducts that cross there is a hole, too; around it the contrast is thin.
    around = np.asarray(cv2.dilate(small, np.ones((5, 5), np.uint8)), np.float32)
    within = np.flatnonzero(is_hole[labels])
    thick = np.full(count, np.inf, np.float32)
    np.minimum.at(thick, labels.ravel()[within], around.ravel()[within])
    level = float(np.percentile(small[filled], 50)) if filled.any() else 0.0
    is_hole &= thick > level
    return np.asarray((closed > 0) | is_hole[labels], np.bool_)


def _axis(
    part: Mask,
    corner: Floats,
    spacing_mm: tuple[float, float],
    scale: tuple[float, float],
    tree: DuctTree,
) -> DuctTree | None:
    """Trace one sausage and return its axis on the grid of the image."""
    try:
        axis = trace.tree(
            DuctMask(pixels=part, spacing_mm=spacing_mm), prune_mm=1.5, prune_ratio=1.2
        )
    except GalactolabError:
        return None
    if not axis.branches:
        return None
    branches = tuple(
        Branch(
            path=(branch.path + corner + 0.5) * scale - 0.5,
            radius_mm=branch.radius_mm,
            parent=branch.parent,
        )
        for branch in axis.branches
    )
    return DuctTree(branches=branches, spacing_mm=tree.spacing_mm)
