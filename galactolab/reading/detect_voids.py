"""Voids: places within the contrast that hold less of it than everything around them.

Seen from the front, a body in the lumen is a dark disc with a bright rim on all sides,
wherever it lies: in a duct, in a bifurcation, in a wide sinus that no centerline describes
well. Water poured over the signal as over a landscape stands in such a place up to the lowest
pass of its rim (`imagemath.pouring`), which needs no tree. But ducts that cross or
part and meet again enclose tissue, too. Four things tell that apart: tissue holds no contrast
at all, while contrast runs over and under a body that does not fill the lumen; the gap between
ducts is angular or long, and a body is round; a body is no wider than the duct it lies in; and
a body has a full duct before and behind it but only a thin rim beside it (`rims`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from skimage import measure

from galactolab.imagemath.pouring import water_level
from galactolab.reading.duct_points import DuctPoints
from galactolab.reading.grading import grade
from galactolab.reading.rims import rim
from galactolab.reading.scene import Scene, coarse, tubes
from galactolab.records import Finding, Image
from galactolab.terms import FindingType
from galactolab.tree import DuctTree

Region = Any  # one of scikit-image's measured regions, which it has no type for

STEP_MM = 0.1
_SMOOTH_MM = 0.12
# What is lost counts from this share of the level around, and this many times the noise, on.
_LEAST_SHARE, _LEAST_TIMES_NOISE = 0.15, 4.0
# The rim has to hold this much contrast, in mm, to be called the inside of a duct.
_LEAST_RIM_MM = 0.25
_SMALLEST_MM, _WIDEST_MM = 0.4, 12.0
# A body is no more than this many times as wide as the hole that it leaves.
_LARGEST = 1.6


@dataclass(frozen=True, kw_only=True)
class Void:
    """One dark disc in the contrast.

    Attributes
    ----------
    point : (float, float)
        (row, column) of its middle in pixels.
    hole_mm : float
        Diameter of the circle of the same area.
    size_mm : float
        Diameter of the body: as long across as along the beam, where contrast is missing
        against the brightest around. The hole alone shows less, for contrast runs over its rim.
    depth, floor : float
        Share of the rim's level that is gone where most is, and that is left.
    solidity, elongation : float
        Area over that of the convex hull, and long over short axis.
    caliber_mm : float
        Caliber of the widest ducts around; 0 if there are none.
    branch : int
        The nearest one.
    certainty : float
        What is gone, over the noise.
    filled : float
        How thick the contrast is before and behind the hole, over the width of the duct.
    rise : float
        The same over the contrast beside the hole.
    """

    point: tuple[float, float]
    hole_mm: float
    size_mm: float
    depth: float
    floor: float
    solidity: float
    elongation: float
    caliber_mm: float
    branch: int
    certainty: float
    filled: float
    rise: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """The signal around the tree on an even grid, and where that begins on the whole one."""

    values: Image
    corner: tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Poured(Ground):
    """The same, and the level that it can be filled to."""

    level: Image


def voids(scene: Scene) -> list[Void]:
    """Return all enclosed places of missing contrast, largest first."""
    return voids_in(poured(ground(scene.signal, scene.tree)), scene)


def voids_in(plane: Poured | None, scene: Scene) -> list[Void]:
    """Return the places that water fills, once it has been poured."""
    if plane is None:
        return []
    gone = plane.level - plane.values
    least = np.maximum(_LEAST_SHARE * plane.level, _LEAST_TIMES_NOISE * scene.noise)
    deep = (gone > least) & (plane.level > sea_level(scene))
    _, labels = cv2.connectedComponents(deep.astype(np.uint8), connectivity=4)
    ducts = scene.ducts
    found = [
        _described(region, plane, scene, ducts)
        for region in measure.regionprops(labels)  # type: ignore[no-untyped-call]
        if _SMALLEST_MM < 2 * math.sqrt(region.area / math.pi) * STEP_MM < _WIDEST_MM
    ]
    return sorted(found, key=lambda void: -void.hole_mm)


def of_voids(found: list[Void]) -> list[Finding]:
    """Return the filling defects among the voids."""
    return [_finding(void) for void in found]


def sea_level(scene: Scene) -> float:
    """Return the level up to which no water is of interest."""
    return _LEAST_RIM_MM * scene.signal_per_mm


def ground(signal: Image, tree: DuctTree) -> Ground | None:
    """Return the signal around a tree on an even grid; None where there is too little of it.

    Parameters
    ----------
    signal : (M, N) array of float32
        Above the background.
    tree : DuctTree
    """
    near = tubes(tree, (signal.shape[0], signal.shape[1]), grow_mm=2.0, step_mm=STEP_MM)
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if len(rows) < 3 or len(columns) < 3:
        return None
    small = coarse(signal, tree.spacing_mm, step_mm=STEP_MM)
    calm = cv2.GaussianBlur(small, (0, 0), _SMOOTH_MM / STEP_MM)
    part = calm[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Ground(values=np.maximum(part, 0), corner=(int(rows[0]), int(columns[0])))


def poured(land: Ground | None, *, sea: float = 0.0) -> Poured | None:
    """Pour water over the signal around a tree; None where there is none.

    Parameters
    ----------
    land : Ground or None
    sea : float
        Water up to this level is not told from a level ground, which takes a fraction of the time.
    """
    if land is None:
        return None
    values = np.maximum(land.values, np.float32(sea))
    return Poured(values=land.values, level=water_level(values), corner=land.corner)


def _described(region: Region, plane: Poured, scene: Scene, ducts: DuctPoints) -> Void:
    """Measure one void."""
    places = tuple(region.coords.T)
    level, values = plane.level[places], plane.values[places]
    hole = 2 * math.sqrt(region.area / math.pi) * STEP_MM
    crest, floor = float(np.median(level)), float(np.percentile(values, 10))
    around = rim(plane.values, region.centroid, hole=hole, level=crest, step=STEP_MM)
    spacing = np.asarray(scene.tree.spacing_mm)
    point = (np.array(region.centroid) + plane.corner + 0.5) * STEP_MM / spacing - 0.5
    _, branch, _ = ducts.nearest(point * spacing)
    lost = (_brightest(region, plane, hole) - floor) / max(scene.signal_per_mm, 1e-9)
    return Void(
        point=(float(point[0]), float(point[1])),
        hole_mm=hole,
        size_mm=min(max(hole, lost), _LARGEST * hole),
        depth=float(np.percentile((level - values) / level, 90)),
        floor=floor / crest,
        solidity=float(region.solidity),
        elongation=float(region.axis_major_length / max(region.axis_minor_length, 1e-6)),
        caliber_mm=ducts.widest_around(point * spacing, reach_mm=1.25 * hole + 2.0),
        branch=branch,
        certainty=(crest - floor) / max(scene.noise, 1e-9),
        filled=around.along / max(around.width_mm * scene.signal_per_mm, 1e-9),
        rise=around.along / max(around.beside, 1e-9),
    )


def _brightest(region: Region, plane: Poured, hole_mm: float) -> float:
    """Return the signal of the fullest place around a hole."""
    rows, columns = region.slice
    reach = round(hole_mm / STEP_MM)
    part = plane.values[
        max(rows.start - reach, 0) : rows.stop + reach,
        max(columns.start - reach, 0) : columns.stop + reach,
    ]
    return float(np.percentile(part, 98))


def _finding(void: Void) -> Finding:
    # A body that fills the lumen leaves nothing over it; then its roundness and its place
    # within a wider duct have to speak for it. Blur fills a small gap between ducts a little.
    covered = grade(void.floor, middle=0.2 + 0.5 * max(0.9 - void.hole_mm, 0.0), width=0.03)
    alone = (
        grade(-void.elongation, middle=-1.65, width=0.06)
        * grade(void.solidity, middle=0.93, width=0.01)
        * grade(void.caliber_mm / void.hole_mm, middle=1.2, width=0.04)
        * grade(void.caliber_mm, middle=1.8, width=0.08)
    )
    score = (
        max(covered, alone)
        * _surrounded(void)
        * grade(void.hole_mm, middle=0.55, width=0.03)
        * grade(void.depth, middle=0.28, width=0.02)
        * grade(-void.elongation, middle=-2.0, width=0.06)
        * grade(void.solidity, middle=0.87, width=0.01)
        * grade(void.certainty, middle=10, width=1.5)
    )
    return Finding(
        type=FindingType.INTRALUMINAL_FILLING_DEFECT,
        location=void.point,
        extent_mm=void.size_mm,
        branch=void.branch,
        score=score,
        evidence={
            "missing_contrast_percent": 100 * void.depth,
            "size_mm": void.size_mm,
            "contrast_left_percent": 100 * void.floor,
            "solidity": void.solidity,
            "elongation": void.elongation,
            "caliber_mm": void.caliber_mm,
            "signal_to_noise": void.certainty,
            "filled_before_and_behind_percent": 100 * void.filled,
            "rise_over_rim": void.rise,
        },
    )


def _surrounded(void: Void) -> float:
    """Return how surely a hole lies in a duct, by what stands around it.

    Where much contrast runs over a hole, it is no gap whatever stands around; and where a full
    duct leads to it and away, that duct need not have been traced.
    """
    lies_in_tree = grade(void.caliber_mm / void.hole_mm, middle=0.85, width=0.05)
    plainly = grade(void.filled, middle=0.5, width=0.02) * grade(void.rise, middle=2.0, width=0.08)
    tube = grade(void.filled, middle=0.44, width=0.02) * grade(void.rise, middle=1.6, width=0.08)
    overlaid = grade(void.floor, middle=0.6, width=0.015)
    return max(lies_in_tree, plainly) * max(tube, overlaid)
