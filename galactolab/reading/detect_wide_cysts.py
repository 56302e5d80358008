"""Wide cysts that fill: round patches of contrast which the background behind the signal swallows.

A cyst wider than a few millimeters is no ridge and hardly a signal: the tissue that is guessed
behind the ducts rises with it. It is seen in the picture itself, above its wider surroundings
(`Scene.raised`). Compression flattens it and a display may clip it, so it need not be as thick in
its middle as it is wide; but it is round, has a sharp border all around, and touches a duct.
Lumps of tissue and clouds of leaked contrast fade out.

Letters for shapes: ``m, n`` rows and columns of the coarse grid, ``T`` directions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from galactolab.reading.grading import grade
from galactolab.reading.roundness import diameter_px, ellipse, first_below, rays
from galactolab.reading.scene import RAISED_STEP_MM, Scene
from galactolab.records import Finding, Image, Mask
from galactolab.terms import FindingType
from galactolab.tree import Floats

NARROWEST_MM, WIDEST_MM = 4.4, 13.0
_STEP_MM = RAISED_STEP_MM
_MOST_PEAKS = 16
_RAY = 40
# The border is the way from one of these shares of the height to the other.
_HIGH, _LOW = 0.7, 0.3
# A ball falls from one to the other within this share of its width; blur comes on top.
_FALL, _BLUR_MM = 0.09, 0.2
# Least contrast over the surroundings, in mm of what fills the ducts.
_THINNEST_MM = 0.5
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))


@dataclass(frozen=True, kw_only=True)
class WideBall:
    """A wide, round patch of contrast.

    Attributes
    ----------
    point : (float, float)
        (row, column) of its middle in pixels.
    width_mm : float
        Diameter of the circle of the same area.
    roundness, elongation : float
        Overlap with the ellipse of the same moments, 0 to 1, and long over short axis of that.
    border_mm : float
        Over which way it falls at its border, in most directions.
    bordered : float
        Share of the directions in which it falls within half a radius.
    thickness_mm : float
        Contrast over the surroundings, in mm of what fills the ducts.
    certainty : float
        That contrast over the noise.
    """

    point: tuple[float, float]
    width_mm: float
    roundness: float
    elongation: float
    border_mm: float
    bordered: float
    thickness_mm: float
    certainty: float


def wide_balls(scene: Scene) -> list[WideBall]:
    """Return the wide, round patches of contrast, brightest first."""
    if scene.signal_per_mm <= 0:
        return []
    calm = np.asarray(cv2.GaussianBlur(scene.raised, (0, 0), 0.75), np.float32)
    # What a disc does not fit under is a duct or a spot.
    wide = cv2.morphologyEx(calm, cv2.MORPH_OPEN, _DISC)
    summit = (cv2.dilate(wide, np.ones((9, 9), np.uint8)) <= wide) & scene.inside
    summit &= wide > _THINNEST_MM * scene.signal_per_mm
    rows, columns = np.nonzero(summit)
    order = np.argsort(-wide[rows, columns], kind="stable")
    taken = np.zeros(calm.shape, np.bool_)
    found, looked = [], 0
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if taken[row, column]:
            continue
        looked += 1
        if looked > _MOST_PEAKS:
            break
        ball = _flooded(calm, (row, column), taken, scene)
        if ball is not None:
            found.append(ball)
    return found


def of_wide_balls(found: list[WideBall], scene: Scene, *, min_score: float = 0.5) -> list[Finding]:
    """Return the cysts among the patches."""
    graded = [
        _cyst(ball, scene) for ball in found if not scene.is_nipple(ball.point, ball.width_mm)
    ]
    return [finding for finding in graded if finding.score >= min_score]


def _flooded(calm: Image, summit: tuple[int, int], taken: Mask, scene: Scene) -> WideBall | None:
    """Flood what is brighter than half of a peak; None if that is no patch of such a width."""
    reach = math.ceil(0.7 * WIDEST_MM / _STEP_MM)
    top, left = max(summit[0] - reach, 0), max(summit[1] - reach, 0)
    window = np.s_[top : summit[0] + reach + 1, left : summit[1] + reach + 1]
    floor = float(np.percentile(calm[window], 25))
    seen = calm[window] - np.float32(floor)
    peak = float(calm[summit]) - floor
    _, labels = cv2.connectedComponents((seen > 0.5 * peak).view(np.uint8), connectivity=4)
    part = labels == labels[summit[0] - top, summit[1] - left]
    # Ducts that run into it are no part of it.
    part = cv2.morphologyEx(part.view(np.uint8), cv2.MORPH_OPEN, _DISC) > 0
    taken[window] |= part
    width = diameter_px(part) * _STEP_MM
    if not NARROWEST_MM <= width <= WIDEST_MM or part[[0, -1]].any() or part[:, [0, -1]].any():
        return None
    return _measured(seen, np.asarray(part, np.bool_), width, scene, corner=np.array([top, left]))


def _measured(seen: Image, part: Mask, width: float, scene: Scene, *, corner: Floats) -> WideBall:
    """Describe what was flooded in a window."""
    round_ = ellipse(part)
    height = float(np.median(seen[part]))
    along = rays(
        seen,
        round_.middle,
        width / _STEP_MM,
        n_samples=_RAY,
        beyond=cv2.BORDER_REPLICATE,
    )
    border = _border_mm(along / height, width)
    scale = np.array(scene.signal.shape) / np.array(scene.raised.shape)
    point = (round_.middle + corner + 0.5) * scale - 0.5
    beside = cv2.dilate(part.view(np.uint8), np.ones((7, 7), np.uint8)) > part
    raised = height - float(np.median(seen[beside])) if beside.any() else height
    return WideBall(
        point=(float(point[0]), float(point[1])),
        width_mm=width,
        roundness=round_.likeness(part),
        elongation=round_.elongation,
        border_mm=float(np.median(border)),
        bordered=float(np.mean(border < 0.25 * width)),
        thickness_mm=raised / scene.signal_per_mm,
        certainty=raised / max(scene.noise, 1e-9),
    )


def _border_mm(along: Image, reach_mm: float) -> Floats:
    """Return over which way the signal falls in each direction, (T,); all of it if it does not."""
    low, high = (first_below(along, level) for level in (_LOW, _HIGH))
    fall = (low - high) * reach_mm / (along.shape[1] - 1)
    return np.where(low < along.shape[1], fall, reach_mm)


def _cyst(ball: WideBall, scene: Scene) -> Finding:
    gap, branch, way = scene.ducts.nearest(np.array(ball.point) * scene.tree.spacing_mm)
    score = (
        grade(ball.roundness, middle=0.95, width=0.008)
        * grade(-ball.elongation, middle=-1.45, width=0.02)
        * grade(_FALL * ball.width_mm + _BLUR_MM - ball.border_mm, middle=0.0, width=0.03)
        * grade(ball.bordered, middle=0.8, width=0.03)
        * grade(ball.thickness_mm, middle=0.7, width=0.05)
        * grade(-gap, middle=-0.5 * ball.width_mm - 1.2, width=0.08)
    )
    return Finding(
        type=FindingType.CYST_FILL,
        location=ball.point,
        extent_mm=ball.width_mm,
        branch=branch,
        score=score,
        evidence={
            "width_mm": ball.width_mm,
            "thickness_mm": ball.thickness_mm,
            "roundness": ball.roundness,
            "elongation": ball.elongation,
            "border_mm": ball.border_mm,
            "bordered_directions_percent": 100 * ball.bordered,
            "distance_to_duct_mm": gap,
            "way_from_orifice_mm": way,
            "signal_to_noise": ball.certainty,
        },
    )
