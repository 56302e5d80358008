"""Cysts that fill, seen from the front: balls of contrast at the end or the side of a duct.

A ball is about as thick in its middle as it is wide, and all that is brighter than half of its
middle is round and sharply bordered. Where ducts lie on each other it is as bright, but half of
that is reached far along both; where a duct runs along the beam the contrast is thicker than wide;
and a cloud of leaked contrast fades out slowly.

Plan. From each local maximum of the calmed signal, brightest first, flood what is brighter than
half of it. What was flooded once is not looked at again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from galactolab.reading.duct_points import DuctPoints
from galactolab.reading.grading import grade
from galactolab.reading.roundness import diameter_px, ellipse, first_below, rays
from galactolab.reading.scene import RAISED_STEP_MM, Scene, coarse
from galactolab.records import Finding, Image, Mask
from galactolab.terms import FindingType
from galactolab.tree import Floats

_STEP_MM = 0.2
_LEAST_THICKNESS_MM = 0.8
_WIDEST_MM = 12.0
_MOST_PEAKS = 400
_RAY = 48
# A ball has half of its height at this share of its radius. Between these shares of its height it
# falls within that share of its width, whatever its size; blur and fraying come on top.
_AT_HALF = math.sqrt(0.75)
_HIGH, _LOW = 0.6, 0.3
_FALL = (math.sqrt(1 - _LOW**2) - math.sqrt(1 - _HIGH**2)) / 2


@dataclass(frozen=True, kw_only=True)
class Ball:
    """A round patch of contrast.

    Attributes
    ----------
    point : (float, float)
        (row, column) of its middle in pixels.
    width_mm : float
        Diameter of the ball.
    roundness, elongation : float
        Overlap with the ellipse of the same moments, 0 to 1, and long over short axis of that.
    dome : float
        Correlation of the signal with the shadow of an ellipsoid, below 1.
    frayed_mm : float
        How much wider its border is than that of a ball.
    thickness : float
        Contrast in the middle over the diameter; about 1 in a ball.
    goes_on : float
        Share of the directions in which there is contrast beyond.
    certainty : float
        Signal in the middle over noise.
    """

    point: tuple[float, float]
    width_mm: float
    roundness: float
    elongation: float
    dome: float
    frayed_mm: float
    thickness: float
    goes_on: float
    certainty: float


def balls(scene: Scene) -> list[Ball]:
    """Return the round patches of contrast, brightest first."""
    small = coarse(scene.signal, scene.tree.spacing_mm, step_mm=_STEP_MM)
    calm = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.5), np.float32)
    least = max(_LEAST_THICKNESS_MM * scene.signal_per_mm, 8 * scene.noise)
    summit = (cv2.dilate(calm, np.ones((5, 5), np.uint8)) <= calm) & (calm > least)
    rows, columns = np.nonzero(summit)
    order = np.argsort(-calm[rows, columns])[:_MOST_PEAKS]
    taken = np.zeros(calm.shape, np.bool_)
    found = []
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if not taken[row, column]:
            ball = _flooded(calm, (row, column), taken, scene)
            if ball is not None:
                found.append(ball)
    return found


def of_balls(found: list[Ball], scene: Scene, *, min_score: float = 0.5) -> list[Finding]:
    """Return the cysts among the balls."""
    ducts = scene.ducts
    graded = [_cyst(ball, ducts, scene) for ball in found]
    return [finding for finding in graded if finding.score >= min_score]


def covered(cysts: list[Finding], scene: Scene, *, margin_mm: float) -> Mask:
    """Return where a cyst hides what else could be read, on the grid of `scene.raised`."""
    plane = np.zeros(scene.raised.shape, np.uint8)
    for cyst in cysts:
        (row,), (column,) = scene.on_grid(np.array(cyst.location))
        reach = (0.5 * cyst.extent_mm + margin_mm) / RAISED_STEP_MM
        cv2.circle(plane, (int(column), int(row)), math.ceil(reach), 1, -1)
    return plane.view(np.bool_)


def without(found: list[Finding], cysts: list[Finding], scene: Scene) -> list[Finding]:
    """Return the findings that lie in none of the cysts."""
    return [f for f in found if not any(holds(cyst, f, scene) for cyst in cysts)]


def holds(cyst: Finding, finding: Finding, scene: Scene) -> bool:
    """Return whether the middle of a finding lies in a cyst."""
    gap = np.subtract(finding.location, cyst.location) * scene.tree.spacing_mm
    return math.hypot(gap[0], gap[1]) < 0.5 * cyst.extent_mm + 0.5


def _flooded(calm: Image, summit: tuple[int, int], taken: Mask, scene: Scene) -> Ball | None:
    """Flood what is brighter than half of a peak; None if that is no patch of some size."""
    reach = round(0.5 * _WIDEST_MM / _STEP_MM)
    top, left = max(summit[0] - reach, 0), max(summit[1] - reach, 0)
    window = np.s_[top : summit[0] + reach + 1, left : summit[1] + reach + 1]
    seen, peak = calm[window], float(calm[summit])
    place = (summit[0] - top, summit[1] - left)
    part = _around(seen > 0.5 * peak, place)
    taken[window] |= part
    if part[[0, -1]].any() or part[:, [0, -1]].any() or part.sum() < 16:
        return None
    corner, scale = np.array([top, left]), np.array(scene.signal.shape) / np.array(calm.shape)
    return _measured(seen, part, place, scene, corner=corner, scale=scale)


def _around(bright: Mask, place: tuple[int, int]) -> Mask:
    """Return the part that hangs together with a place."""
    _, labels = cv2.connectedComponents(bright.astype(np.uint8), connectivity=4)
    return np.asarray(labels == labels[place], np.bool_)


def _measured(
    seen: Image,
    part: Mask,
    place: tuple[int, int],
    scene: Scene,
    *,
    corner: Floats,
    scale: Floats,
) -> Ball:
    """Describe what was flooded around a place of a window."""
    peak = float(seen[place])
    width = diameter_px(part) * _STEP_MM / _AT_HALF
    round_ = ellipse(part)
    shadow = np.sqrt(np.clip(1 - round_.reach2[part] * _AT_HALF**2, 0, 1))
    along = rays(seen, round_.middle, width / _STEP_MM, n_samples=_RAY)
    point = (round_.middle + corner + 0.5) * scale - 0.5
    return Ball(
        point=(float(point[0]), float(point[1])),
        width_mm=width,
        roundness=round_.likeness(part),
        elongation=round_.elongation,
        dome=_likeness(shadow, seen[part]),
        frayed_mm=_border_mm(along / peak, width) - _FALL * width,
        thickness=peak / max(scene.signal_per_mm * width, 1e-9),
        goes_on=float((along[:, -_RAY // 4] > _LOW * peak).mean()),
        certainty=peak / max(scene.noise, 1e-9),
    )


def _likeness(shadow: Floats, values: Image) -> float:
    if float(np.std(shadow)) == 0 or float(np.std(values)) == 0:
        return 0.0
    return float(np.corrcoef(shadow, values)[0, 1])


def _border_mm(along: Image, reach_mm: float) -> float:
    """Return over which way the signal falls, in most directions: a duct goes on in some."""
    fall = first_below(along, _LOW) - first_below(along, _HIGH)
    return float(np.median(fall) * reach_mm / (along.shape[1] - 1))


def _cyst(ball: Ball, ducts: DuctPoints, scene: Scene) -> Finding:
    gap, branch, way = ducts.nearest(np.array(ball.point) * scene.tree.spacing_mm)
    score = (
        grade(ball.width_mm, middle=1.2, width=0.04)
        * grade(ball.roundness, middle=0.88, width=0.01)
        * grade(-ball.elongation, middle=-1.28, width=0.02)
        * grade(ball.dome, middle=0.88, width=0.01)
        * grade(-ball.frayed_mm, middle=-0.27, width=0.02)
        * grade(ball.thickness, middle=0.22, width=0.02)
        * grade(-ball.thickness, middle=-1.7, width=0.08)
        * grade(-ball.goes_on, middle=-0.23, width=0.015)
        * grade(ball.certainty, middle=20, width=2.5)
        * grade(-gap, middle=-0.5 * ball.width_mm - 0.8, width=0.08)
    )
    return Finding(
        type=FindingType.CYST_FILL,
        location=ball.point,
        extent_mm=ball.width_mm,
        branch=branch,
        score=score,
        evidence={
            "width_mm": ball.width_mm,
            "thickness_over_width": ball.thickness,
            "roundness": ball.roundness,
            "elongation": ball.elongation,
            "likeness_to_a_ball": ball.dome,
            "frayed_border_mm": ball.frayed_mm,
            "distance_to_duct_mm": gap,
            "way_from_orifice_mm": way,
            "signal_to_noise": ball.certainty,
        },
    )
