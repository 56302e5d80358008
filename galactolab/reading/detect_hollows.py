"""Hollows: places within a wide lumen where the contrast is thinner than the lumen is deep.

A body that touches the wall has no rim all around it, so no water stands in it (`detect_voids`);
and where it fills the lumen, the bright part of the duct draws in beside it as in a narrowing.
But contrast runs over and under it, and shows the outline of the lumen. A round tube is at least
twice as thick at a point as the point is far from the outline. Where it is much thinner, and
the contrast beside that place is full, something lies in it. Small hollows need more than
that, for blur leaves some between ducts that cross. But a body may push the walls out: then the
contrast around it is thicker than in all ducts that lead there, which no crossing can be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from scipy import ndimage
from skimage import measure

from galactolab.reading.detect_voids import STEP_MM, Poured
from galactolab.reading.duct_points import DuctPoints
from galactolab.reading.grading import grade
from galactolab.reading.marks import gap_mm
from galactolab.reading.profiles import quantile
from galactolab.reading.scene import Scene
from galactolab.records import Finding, Image, Mask
from galactolab.terms import FindingType

Region = Any  # one of scikit-image's measured regions, which it has no type for

# Lumen is what is thicker than this, in mm of contrast, and than so many times the noise.
_THINNEST_MM, _LEAST_TIMES_NOISE = 0.15, 4.0
# A hollow is thinner than this share of twice the distance to the outline, and this far inside.
_THIN, _INSIDE_MM = 0.6, 0.4
_SMALLEST_MM, _WIDEST_MM = 0.65, 9.0
_N_RAYS = 36
_SURE = 0.5
# How far beyond the lumen around a hollow the ducts that lead there are read.
_LEADING_MM = (0.6, 0.9, 1.2)
# A ray comes to the full lumen where this share of the crest is.
_FULL = 0.6


@dataclass(frozen=True, kw_only=True)
class Hollow:
    """One place of thin contrast within a lumen.

    Attributes
    ----------
    point : (float, float)
        (row, column) of its middle in pixels.
    width_mm : float
        Diameter of the circle of the same area.
    thin : float
        Thickness of contrast over twice the distance to the outline, where that is least.
    inside_mm : float
        Largest distance to the outline.
    crest : float
        Thickness of the contrast around it over the depth of the lumen.
    left : float
        Least contrast over the crest.
    around : float
        Share of the directions in which the full lumen lies beside it.
    elongation, solidity : float
        Long over short axis, and area over that of the convex hull.
    branch : int
        The nearest one.
    certainty : float
        What is gone, over the noise.
    bulge : float
        Thickness of the contrast around it over that of the thickest duct which leads there.
    """

    point: tuple[float, float]
    width_mm: float
    thin: float
    inside_mm: float
    crest: float
    left: float
    around: float
    elongation: float
    solidity: float
    branch: int
    certainty: float
    bulge: float


def hollows(plane: Poured | None, scene: Scene) -> list[Hollow]:
    """Return the places where a wide lumen holds too little contrast."""
    if plane is None or scene.signal_per_mm <= 0:
        return []
    least = max(_THINNEST_MM * scene.signal_per_mm, _LEAST_TIMES_NOISE * scene.noise)
    lumen = plane.values > 0.3 * least
    lumen &= _filled(plane.values > least)
    inside = cv2.distanceTransform(lumen.astype(np.uint8), cv2.DIST_L2, 5) * STEP_MM
    thick = plane.values / scene.signal_per_mm
    deep = (thick < _THIN * 2 * inside) & (inside > _INSIDE_MM)
    _, labels = cv2.connectedComponents(deep.astype(np.uint8), connectivity=4)
    ducts = scene.ducts
    return [
        _described(region, plane, thick, inside, scene=scene, ducts=ducts)
        for region in measure.regionprops(labels)  # type: ignore[no-untyped-call]
        if _SMALLEST_MM < 2 * math.sqrt(region.area / math.pi) * STEP_MM < _WIDEST_MM
    ]


def _filled(mask: Mask) -> Mask:
    """Fill what a mask encloses: all that cannot be reached from its frame."""
    plane = np.pad(mask, 1).astype(np.uint8)
    cv2.floodFill(plane, None, (0, 0), 2)
    return np.asarray(plane[1:-1, 1:-1] != 2)


def _described(
    region: Region, plane: Poured, thick: Image, inside: Image, *, scene: Scene, ducts: DuctPoints
) -> Hollow:
    places = tuple(region.coords.T)
    wide = 2 * math.sqrt(region.area / math.pi) * STEP_MM
    far = float(inside[places].max())
    gone = 2 * inside[places] - thick[places]
    middle = region.coords[int(np.argmax(gone))]
    risen = _rays(thick, inside, (middle[0], middle[1]), reach_mm=2.0 * far + 0.5)
    crest = quantile(risen, 0.75)
    left = quantile(thick[places], 0.1)
    spacing = np.asarray(scene.tree.spacing_mm)
    point = (np.array(region.centroid) + plane.corner + 0.5) * STEP_MM / spacing - 0.5
    _, branch, _ = ducts.nearest(point * spacing)
    return Hollow(
        point=(float(point[0]), float(point[1])),
        width_mm=wide,
        thin=quantile(thick[places] / (2 * inside[places]), 0.1),
        inside_mm=far,
        crest=crest / (2 * far),
        left=left / max(crest, 1e-9),
        around=float(np.mean(risen > _FULL * crest)),
        elongation=float(region.axis_major_length / max(region.axis_minor_length, 1e-6)),
        solidity=float(region.solidity),
        branch=branch,
        certainty=(crest - left) * scene.signal_per_mm / max(scene.noise, 1e-9),
        bulge=crest / max(_leading(thick, region.centroid, far), _THINNEST_MM),
    )


def _leading(thick: Image, middle: tuple[float, float], far: float) -> float:
    """Return the thickest contrast on circles beyond the lumen around a place."""
    angle = np.arange(2 * _N_RAYS) * np.pi / _N_RAYS
    away = (far + np.array(_LEADING_MM)) / STEP_MM
    rows = middle[0] + np.outer(away, np.sin(angle))
    columns = middle[1] + np.outer(away, np.cos(angle))
    seen = ndimage.map_coordinates(thick, [rows, columns], order=1, mode="constant")
    return float(np.median(seen.max(axis=1)))


def _rays(thick: Image, inside: Image, middle: tuple[float, float], *, reach_mm: float) -> Image:
    """Return the thickest contrast on each ray, as far as it runs within the lumen."""
    angle = np.arange(_N_RAYS) * 2 * np.pi / _N_RAYS
    away = np.arange(0, reach_mm, STEP_MM) / STEP_MM
    rows = middle[0] + np.outer(np.sin(angle), away)
    columns = middle[1] + np.outer(np.cos(angle), away)
    seen = ndimage.map_coordinates(thick, [rows, columns], order=1, mode="constant")
    within = ndimage.map_coordinates(inside, [rows, columns], order=1, mode="constant") > 0
    return np.asarray(np.where(np.logical_and.accumulate(within, axis=1), seen, 0).max(axis=1))


def of_hollows(found: list[Hollow]) -> list[Finding]:
    """Return the filling defects among the hollows."""
    return [_finding(hollow) for hollow in found]


def without(found: list[Finding], hollows: list[Finding], scene: Scene) -> list[Finding]:
    """Leave out narrowings and cysts where a hollow is sure: there, a body lies in a wide duct."""
    sure = [hollow for hollow in hollows if hollow.score >= _SURE]
    return [f for f in found if not any(_explains(hollow, f, scene) for hollow in sure)]


def _explains(hollow: Finding, finding: Finding, scene: Scene) -> bool:
    gap = gap_mm(finding.location, hollow.location, spacing_mm=scene.tree.spacing_mm)
    if finding.type is FindingType.DUCT_NARROWING:
        return gap <= 0.5 * (hollow.extent_mm + hollow.evidence["caliber_mm"])
    return finding.type is FindingType.CYST_FILL and gap < 0.5 * finding.extent_mm + 0.5


def _finding(hollow: Hollow) -> Finding:
    # Between ducts that cross, blur leaves small hollows; tissue that they enclose holds nothing.
    plain = min(max((hollow.crest - 0.7) / 0.2, 0.0), 1.0)
    wide = grade(hollow.width_mm, middle=1.4 - 0.5 * plain, width=0.05) * grade(
        -hollow.left, middle=-0.45, width=0.02
    )
    score = (
        max(wide, _pushed_out(hollow))
        * grade(-hollow.thin, middle=-0.48, width=0.02)
        * grade(hollow.crest, middle=0.55, width=0.02)
        * grade(hollow.left, middle=0.123, width=0.006)
        * grade(hollow.around, middle=0.45, width=0.02)
        * grade(-hollow.elongation, middle=-2.5, width=0.08)
        * grade(hollow.solidity, middle=0.75, width=0.02)
        * grade(hollow.certainty, middle=20, width=2)
    )
    return Finding(
        type=FindingType.INTRALUMINAL_FILLING_DEFECT,
        location=hollow.point,
        extent_mm=hollow.width_mm,
        branch=hollow.branch,
        score=score,
        evidence={
            "missing_contrast_percent": 100 * (1 - hollow.left),
            "size_mm": hollow.width_mm,
            "contrast_over_depth_percent": 100 * hollow.thin,
            "crest_over_depth_percent": 100 * hollow.crest,
            "full_directions_percent": 100 * hollow.around,
            "around_over_leading_ducts": hollow.bulge,
            "solidity": hollow.solidity,
            "elongation": hollow.elongation,
            "caliber_mm": 2 * hollow.inside_mm,
            "signal_to_noise": hollow.certainty,
        },
    )


def _pushed_out(hollow: Hollow) -> float:
    """Return how surely the walls are pushed out around a round body."""
    return (
        grade(hollow.width_mm, middle=0.77, width=0.02)
        * grade(hollow.bulge, middle=1.3, width=0.03)
        * grade(hollow.crest, middle=0.61, width=0.01)
        * grade(hollow.solidity, middle=0.9, width=0.008)
        * grade(-hollow.elongation, middle=-2.0, width=0.06)
        * grade(-hollow.left, middle=-0.62, width=0.02)
    )
