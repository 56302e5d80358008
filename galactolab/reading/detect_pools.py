"""Pools: cysts that fill, told by the whole patch of contrast that is wider than ducts.

A pool is wider in every direction than the ducts around it, or lies beside them. A cyst is
round, sharply bordered and as dense as its width lets expect. `detect_balls` asks the same of
what is brighter than half of its peak, where ducts lie close to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.reading.duct_points import DuctPoints
from galactolab.reading.grading import grade
from galactolab.reading.scene import RAISED_STEP_MM, Scene, coarse
from galactolab.records import Finding, Mask
from galactolab.terms import FindingType

_STEP_MM = RAISED_STEP_MM


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """A patch of contrast that is wider than a duct.

    Attributes
    ----------
    point : (float, float)
        (row, column) of its middle in pixels.
    extent_mm, width_mm : float
        Longest way across, and diameter of the largest circle inside.
    roundness : float
        Overlap with the ellipse of the same moments, 0 to 1.
    elongation : float
        Long over short axis of that ellipse.
    solidity : float
        Area over area of the convex hull.
    dome : float
        Correlation of the signal with the shadow of an ellipsoid, below 1.
    thickness_mm : float
        Mean signal in millimeters of contrast.
    certainty : float
        Mean signal over noise.
    branch : int
        The nearest branch; `gap_mm` from its centerline, `way_mm` from the orifice.
    patch : (m, n) array of bool
        On the coarse grid.
    """

    point: tuple[float, float]
    extent_mm: float
    width_mm: float
    roundness: float
    elongation: float
    solidity: float
    dome: float
    thickness_mm: float
    certainty: float
    branch: int
    gap_mm: float
    way_mm: float
    patch: Mask


def pools(scene: Scene, *, min_width_mm: float = 2.0) -> list[Pool]:
    """Return the patches of contrast that are wider than ducts."""
    size = max(3, round(min_width_mm / _STEP_MM)) | 1
    disc = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
    # Tissue and the nipple stand out, too, but only contrast is found above its background.
    small = coarse(scene.signal, scene.tree.spacing_mm, step_mm=_STEP_MM)
    sure = _opened(small > max(6 * scene.noise, 1.2 * scene.signal_per_mm), disc)
    wide = _opened(scene.raised > max(6 * scene.noise, 2.0 * scene.signal_per_mm), disc)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(wide | sure, connectivity=4)
    ducts = DuctPoints(scene.tree)
    found = []
    for label in np.unique(labels[sure > 0]):
        area_mm2 = stats[label, cv2.CC_STAT_AREA] * _STEP_MM**2
        if label and area_mm2 >= 0.7 * min_width_mm**2:
            found.append(_described(labels == label, scene, ducts))
    return found


def _opened(bright: Mask, disc: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Close pixel gaps, then drop what is narrower than the disc."""
    closed = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, disc), np.uint8)


def of_pools(found: list[Pool], *, min_score: float = 0.5) -> list[Finding]:
    """Return the cysts that fill among the patches."""
    named = [_cyst(pool) for pool in found]
    return [finding for finding in named if finding.score >= min_score]


def covered(found: list[Pool], scene: Scene, *, margin_mm: float = 0.8) -> Mask:
    """Return where a cyst hides what else could be read, on the coarse grid."""
    hidden = np.zeros(scene.raised.shape, np.uint8)
    for pool in found:
        if _cyst(pool).score >= 0.5:
            hidden |= pool.patch.astype(np.uint8)
    size = 2 * round(margin_mm / _STEP_MM) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(hidden, disc) > 0, np.bool_)


def _described(patch: Mask, scene: Scene, ducts: DuctPoints) -> Pool:
    """Measure one patch."""
    outline = max(
        cv2.findContours(patch.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0],
        key=len,
    )
    rows, columns = np.nonzero(patch)
    values = scene.raised[rows, columns]
    middle = np.array([rows.mean(), columns.mean()])
    spread = np.cov(np.stack([rows, columns])) + np.eye(2) / 12
    axes, turn = np.linalg.eigh(spread)
    # Ellipse of the same second moments: half axes are twice the standard deviations.
    grid = np.moveaxis(np.mgrid[: patch.shape[0], : patch.shape[1]], 0, -1) - middle
    rho2 = (((grid @ turn) ** 2) / (4 * axes)).sum(axis=-1)
    ellipse = rho2 <= 1
    dome = np.sqrt(np.clip(1 - rho2[rows, columns], 0, 1))
    depth = cv2.distanceTransform(np.pad(patch, 1).astype(np.uint8), cv2.DIST_L2, 5).max()
    hull = cv2.contourArea(cv2.convexHull(outline)) + len(outline) / 2 + 1
    scale = np.array(scene.signal.shape) / np.array(patch.shape)
    point = (middle + 0.5) * scale - 0.5
    gap, branch, way = ducts.nearest(point * scene.tree.spacing_mm)
    mean = float(values.mean())
    return Pool(
        point=(float(point[0]), float(point[1])),
        extent_mm=float(4 * math.sqrt(axes[1]) * _STEP_MM),
        width_mm=2 * float(depth) * _STEP_MM - _STEP_MM,
        roundness=float((patch & ellipse).sum() / (patch | ellipse).sum()),
        elongation=math.sqrt(axes[1] / axes[0]),
        solidity=min(1.0, len(rows) / hull),
        dome=float(np.corrcoef(dome, values)[0, 1]) if values.std() > 0 else 0.0,
        thickness_mm=mean / max(scene.signal_per_mm, 1e-9),
        certainty=mean / max(scene.noise, 1e-9),
        branch=branch,
        gap_mm=gap,
        way_mm=way,
        patch=patch,
    )


def _evidence(pool: Pool) -> dict[str, float]:
    return {
        "extent_mm": pool.extent_mm,
        "width_mm": pool.width_mm,
        "thickness_mm": pool.thickness_mm,
        "roundness": pool.roundness,
        "elongation": pool.elongation,
        "likeness_to_a_ball": pool.dome,
        "distance_to_duct_mm": pool.gap_mm,
        "way_from_orifice_mm": pool.way_mm,
        "signal_to_noise": pool.certainty,
    }


def _cyst(pool: Pool) -> Finding:
    score = (
        grade(pool.width_mm, middle=1.2, width=0.12)
        * grade(pool.roundness, middle=0.82, width=0.02)
        * grade(pool.dome, middle=0.82, width=0.02)
        * grade(-pool.elongation, middle=-1.4, width=0.05)
        * grade(pool.certainty, middle=12, width=2.5)
    )
    return Finding(
        type=FindingType.CYST_FILL,
        location=pool.point,
        extent_mm=pool.extent_mm,
        branch=pool.branch,
        score=score,
        evidence=_evidence(pool),
    )
