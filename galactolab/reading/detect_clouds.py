"""Clouds: contrast that has leaked into the tissue and lies there as a soft, pale patch.

A cloud is far paler than a duct of its width, and its border is no border; but it is a round
patch that is brighter than what lies around it, in every direction, by more than tissue is. So
the ducts are taken out of the picture and their places filled from beside; then, for every
place near a duct and for several radii, the mean over a disc is compared with that over the
ring around it. How much tissue alone makes discs and rings differ is read off the same picture,
far from the ducts.

Letters for shapes: ``m, n`` rows and columns of the coarse grid, ``T`` directions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from galactolab.reading.grading import grade
from galactolab.reading.marks import each_once, gap_mm
from galactolab.reading.scene import RAISED_STEP_MM, Scene, tubes
from galactolab.records import Finding, Image, Mask
from galactolab.terms import FindingType
from galactolab.tree import Floats

RADII_MM = (1.6, 2.2, 3.0, 4.0, 5.2, 6.6)
_STEP_MM = RAISED_STEP_MM
_RING_FROM_MM, _RING_TO_MM = 0.3, 1.8
# Contrast that has left a duct lies beside it.
_NEAR_DUCT_MM = 5.0
_BESIDE_DUCT_MM = 0.5
_LEAST_CERTAINTY = 3.0
# Lumps of tissue stand out now and then, but little: the paler a cloud, the surer it has to be.
_STANDS_OUT = 5.5
# The nipple is a round patch, too: none whose border lies so near the orifice is a cloud.
_NIPPLE_MM = 3.0
# Fewer places than this far from the ducts do not tell what tissue does.
_FEWEST = 50


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A round patch that is brighter than its surroundings.

    Attributes
    ----------
    point : (float, float)
        (row, column) of its middle in pixels.
    radius_mm : float
    certainty : float
        Disc against ring, over what tissue alone does.
    around : float
        Share of the directions in which it is brighter than what lies outside.
    thickness_mm : float
        By how much, in mm of the contrast that fills the ducts.
    branch : int
        The nearest branch; `gap_mm` from its centerline.
    """

    point: tuple[float, float]
    radius_mm: float
    certainty: float
    around: float
    thickness_mm: float
    branch: int
    gap_mm: float


def clouds(scene: Scene) -> list[Cloud]:
    """Return the pale patches beside ducts, each place once, most certain first."""
    shape = (scene.signal.shape[0], scene.signal.shape[1])
    near = tubes(scene.tree, shape, grow_mm=_NEAR_DUCT_MM, step_mm=_STEP_MM) & scene.inside
    plain = _without_ducts(scene, shape)
    certain, radius = _certainty(plain, scene.inside, near)
    peaks = (certain == cv2.dilate(certain, np.ones((9, 9), np.uint8))) & (
        certain > _LEAST_CERTAINTY
    )
    scale = np.array(shape) / np.array(plain.shape)
    ducts = scene.ducts
    found = []
    for row, column in zip(*np.nonzero(peaks), strict=True):
        size = float(radius[row, column])
        point = (np.array([row, column]) + 0.5) * scale - 0.5
        if ducts.to_orifice(point * scene.tree.spacing_mm) < size + _NIPPLE_MM:
            continue
        around, contrast = _all_around(plain, scene.inside, (row, column), size)
        gap, branch, _ = ducts.nearest(point * scene.tree.spacing_mm)
        found.append(
            Cloud(
                point=(float(point[0]), float(point[1])),
                radius_mm=size,
                certainty=float(certain[row, column]),
                around=around,
                thickness_mm=contrast / max(scene.signal_per_mm, 1e-9),
                branch=branch,
                gap_mm=gap,
            )
        )
    return _once(found, scene)


def of_clouds(found: list[Cloud], *, min_score: float = 0.5) -> list[Finding]:
    """Return the extravasations among the patches."""
    graded = [_finding(cloud) for cloud in found]
    return [finding for finding in graded if finding.score >= min_score]


def _once(found: list[Cloud], scene: Scene) -> list[Cloud]:
    def is_same(cloud: Cloud, known: Cloud) -> bool:
        gap = gap_mm(cloud.point, known.point, spacing_mm=scene.tree.spacing_mm)
        return gap <= max(cloud.radius_mm, known.radius_mm)

    return each_once(found, certainty=lambda cloud: cloud.certainty * cloud.around, is_same=is_same)


def _without_ducts(scene: Scene, shape: tuple[int, int]) -> Image:
    """Fill the places of ducts from beside: first from close by, then from further off."""
    ducts = tubes(scene.tree, shape, grow_mm=_BESIDE_DUCT_MM, step_mm=_STEP_MM)
    free = (~ducts).astype(np.float32)
    plain, missing = scene.raised.copy(), ducts
    for sigma in (1.0, 2.0, 4.0):
        weight = cv2.GaussianBlur(free, (0, 0), sigma)
        mean = cv2.GaussianBlur(scene.raised * free, (0, 0), sigma) / np.maximum(weight, 1e-6)
        plain[missing] = mean[missing]
        missing = ducts & (weight < 0.05)
    return plain


def _certainty(plain: Image, inside: Mask, near: Mask) -> tuple[Image, Image]:
    """Return disc against ring over the spread of tissue, and the radius that has most; (m, n)."""
    most = np.zeros(plain.shape, np.float32)
    best = np.zeros(plain.shape, np.float32)
    for radius in RADII_MM:
        stands, reach = _disc_against_ring(plain, radius)
        whole = cv2.erode(inside.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
        for tissue in (whole & ~near, whole):
            if tissue.sum() >= _FEWEST:
                break
        else:
            continue
        middle = float(np.median(stands[tissue]))
        away = np.abs(stands[tissue] - middle)
        spread = max(1.4826 * float(np.median(away)), 0.5 * float(np.percentile(away, 95)), 1e-9)
        certain = np.where(near, (stands - middle) / spread, 0.0).astype(np.float32)
        best[certain > most] = radius
        most = np.maximum(most, certain)
    return most, best


def _disc_against_ring(plain: Image, radius: float) -> tuple[Image, int]:
    reach = math.ceil((radius + _RING_TO_MM) / _STEP_MM)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    away = np.hypot(rows, columns) * _STEP_MM
    disc = (away <= 0.85 * radius).astype(np.float32)
    ring = ((away > radius + _RING_FROM_MM) & (away <= radius + _RING_TO_MM)).astype(np.float32)
    kernel = disc / disc.sum() - ring / ring.sum()
    stands = cv2.filter2D(plain, -1, kernel, borderType=cv2.BORDER_REFLECT)
    return np.asarray(stands, np.float32), reach


def _all_around(
    plain: Image, inside: Mask, middle: tuple[int, int], radius: float
) -> tuple[float, float]:
    """Return in which share of directions a patch stands out of tissue, and by how much; T is 24.

    Where air lies outside, as around the nipple, nothing is said.
    """
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)

    def at(image: Image, away_mm: float) -> Floats:
        rows = (middle[0] + away_mm / _STEP_MM * np.sin(turn)).astype(np.float32)[None]
        columns = (middle[1] + away_mm / _STEP_MM * np.cos(turn)).astype(np.float32)[None]
        seen = cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen[0], np.float64)

    within = (at(plain, 0.55 * radius) + at(plain, 0.75 * radius)) / 2
    outside = (at(plain, radius + 0.5) + at(plain, radius + 1.0) + at(plain, radius + 1.5)) / 3
    tissue = at(inside.astype(np.float32), radius + 1.0) > 0.5
    stands = within - outside
    usual = float(np.median(stands))
    share = float(np.mean((stands > 0.35 * usual) & tissue)) if usual > 0 else 0.0
    return share, usual


def _finding(cloud: Cloud) -> Finding:
    score = (
        grade(cloud.certainty, middle=6.0, width=0.2)
        * grade(cloud.around, middle=0.85, width=0.02)
        * grade(cloud.thickness_mm, middle=0.48, width=0.02)
        * grade(cloud.certainty * cloud.thickness_mm, middle=_STANDS_OUT, width=0.4)
        * grade(cloud.radius_mm + 1.0 - cloud.gap_mm, middle=0.0, width=0.2)
    )
    return Finding(
        type=FindingType.EXTRAVASATION,
        location=cloud.point,
        extent_mm=2 * cloud.radius_mm,
        branch=cloud.branch,
        score=score,
        evidence={
            "extent_mm": 2 * cloud.radius_mm,
            "thickness_mm": cloud.thickness_mm,
            "brighter_directions_percent": 100 * cloud.around,
            "distance_to_duct_mm": cloud.gap_mm,
            "certainty_against_tissue": cloud.certainty,
        },
    )
