"""Abrupt terminations: a duct stops while it is still full.

A healthy duct thins until it is lost in the noise, or hands its contrast on to its
branches. A duct that is cut off holds its cross-section of contrast (densitometry) up to a
place beyond which there is next to nothing: neither along the traced path nor on half
circles drawn around the place, whatever the tree says. What leaves a bifurcation crosses
these half circles, however many branches share it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from galactolab.reading.grading import grade
from galactolab.reading.lanes import Lane
from galactolab.reading.profiles import normals
from galactolab.reading.scene import Scene
from galactolab.records import Finding, Image
from galactolab.terms import FindingType
from galactolab.tree import Floats

# Above this a duct is ectatic (clinical facts, section 1.3): its way back to a usual caliber
# is no stop, so what goes on behind is compared with a duct of this width at most.
_WIDEST_USUAL_MM = 2.0
_HALF_ANGLE = math.radians(100)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A place where a duct loses its contrast.

    `behind` is the share of the cross-section that goes on along the path, `around` the
    share that crosses half circles in front of it, `share` the caliber over that of the
    widest ducts of the tree. The contrast reaches `cup_mm` further along the walls than in the
    middle, and its front is uneven by `ragged_mm`.
    """

    branch: int
    point: tuple[float, float]
    caliber_mm: float
    behind: float
    around: float
    share: float
    cup_mm: float
    ragged_mm: float


def terminations(scene: Scene, *, min_score: float = 0.5) -> list[Finding]:
    """Return the ends of ducts that are too full to be the end of a duct."""
    found = [_finding(stop) for stop in stops(scene)]
    return [finding for finding in found if finding.score >= min_score]


def stops(scene: Scene, *, min_caliber_mm: float = 0.45) -> list[Stop]:
    """Return where ducts lose their contrast, each place once, emptiest beyond first."""
    smooth = np.asarray(cv2.GaussianBlur(scene.signal, (0, 0), 1.0), np.float32)
    widest = _caliber(scene, float(np.percentile(_own_areas(scene), 95)))
    found = []
    for lane in scene.lanes:
        for at, before, behind in _falls(lane, scene, min_caliber_mm):
            caliber = _caliber(scene, before)
            usual = before * min(1.0, (_WIDEST_USUAL_MM / caliber) ** 2)
            crossing = _crossing(lane, at, caliber, smooth, scene)
            if crossing is None:
                continue
            row, column = lane.point_mm[at] / scene.tree.spacing_mm
            cup, ragged = _front(lane, at, caliber, smooth, scene)
            found.append(
                Stop(
                    branch=lane.branch,
                    point=(float(row), float(column)),
                    caliber_mm=caliber,
                    behind=behind / usual,
                    around=crossing / usual,
                    share=caliber / max(widest, 1e-6),
                    cup_mm=cup,
                    ragged_mm=ragged,
                )
            )
    return _once(found, scene)


def _once(found: list[Stop], scene: Scene) -> list[Stop]:
    kept: list[Stop] = []
    for stop in sorted(found, key=lambda stop: stop.behind + stop.around):
        gaps = [np.subtract(stop.point, known.point) * scene.tree.spacing_mm for known in kept]
        reach = max(3.0, 2 * stop.caliber_mm)
        if all(math.hypot(gap[0], gap[1]) > reach for gap in gaps):
            kept.append(stop)
    return kept


def _own_areas(scene: Scene) -> Floats:
    return np.concatenate([lane.area[lane.own] for lane in scene.lanes])


def _caliber(scene: Scene, area: float) -> float:
    """Return the width of the round tube that holds this much contrast."""
    section = max(area, 0.0) / max(scene.signal_per_mm, 1e-9)
    return 2 * math.sqrt(section / math.pi)


def _falls(lane: Lane, scene: Scene, min_caliber_mm: float) -> list[tuple[int, float, float]]:
    """Return points with full contrast and little behind: (index, area before, area behind)."""
    own, arc, step = np.flatnonzero(lane.own), lane.arc_mm, _step(lane)
    if len(own) < 6 or step <= 0:
        return []
    area = ndimage.median_filter(lane.area, size=max(3, round(0.5 / step)) | 1, mode="nearest")
    found = []
    for at in (*own[::3], own[-1]):
        run = (arc >= arc[at] - 2.5) & (arc <= arc[at] - 0.2)
        if arc[at] - arc[0] < 1.2 or run.sum() < 3:
            continue
        before = float(np.median(area[run]))
        caliber = _caliber(scene, before)
        if caliber < min_caliber_mm or area[at] < 0.5 * before:
            continue
        beyond = area[arc > arc[at] + 0.4 + 0.5 * caliber]
        behind = max(float(beyond.max(initial=0.0)), 0.0)
        if behind <= 0.4 * before:
            found.append((int(at), before, behind))
    return found


def _crossing(lane: Lane, at: int, caliber: float, smooth: Image, scene: Scene) -> float | None:
    """Return the cross-section of contrast that crosses half circles ahead, their median."""
    heading = _heading(lane, at, caliber)
    found = []
    for radius in np.arange(0.5 * caliber + 0.6, 0.5 * caliber + 3.3, 0.45):
        count = max(24, int(2 * radius * _HALF_ANGLE / 0.08))
        turn = np.linspace(-_HALF_ANGLE, _HALF_ANGLE, count)
        along, aside = radius * np.cos(turn), radius * np.sin(turn)
        seen = _seen(lane.point_mm[at], heading, along, aside, smooth, scene)
        if seen is None:
            return None
        # Below three times the noise there is no duct to carry anything on.
        carried = np.where(seen > 3 * scene.noise, seen, 0.0)
        found.append(float(carried.sum()) * radius * 2 * _HALF_ANGLE / (count - 1))
    return float(np.median(found))


def _front(lane: Lane, at: int, caliber: float, smooth: Image, scene: Scene) -> tuple[float, float]:
    """Return how far the contrast reaches along the walls beyond the middle, and its unevenness."""
    heading = _heading(lane, at, caliber)
    along = np.arange(-0.5 * caliber - 0.5, caliber + 1.5, 0.1)
    across = np.linspace(-0.4, 0.4, 9) * caliber
    grid_along, grid_across = np.meshgrid(along, across)
    seen = _seen(lane.point_mm[at], heading, grid_along, grid_across, smooth, scene)
    if seen is None:
        return 0.0, 0.0
    full = np.median(seen[:, :4], axis=1, keepdims=True)
    reach = along[np.argmax(seen < 0.5 * full, axis=1)]
    x = across / max(caliber, 1e-6)
    bow = np.polyfit(x, reach, 2)
    return float(bow[0] * 0.16), float(np.std(reach - np.polyval(bow, x)))


def _seen(
    point: Floats, heading: Floats, along: Floats, aside: Floats, smooth: Image, scene: Scene
) -> Floats | None:
    """Read the signal at places given along and aside of a heading; None outside the image."""
    side = normals(np.stack([-heading, np.zeros(2), heading]))[1]
    place = point + along[..., None] * heading + aside[..., None] * side
    place = (place / np.asarray(scene.tree.spacing_mm)).astype(np.float32)
    if (place < 1).any() or (place > np.array(smooth.shape) - 2).any():
        return None
    rows, columns = np.atleast_2d(place[..., 0]), np.atleast_2d(place[..., 1])
    seen = cv2.remap(smooth, columns, rows, cv2.INTER_LINEAR)
    return np.asarray(seen, np.float64).reshape(np.shape(along))


def _heading(lane: Lane, at: int, caliber: float) -> Floats:
    back = max(at - max(3, round(1.5 * max(caliber, 0.8) / max(_step(lane), 1e-3))), 0)
    heading: Floats = lane.point_mm[at] - lane.point_mm[back]
    return heading / max(float(np.hypot(heading[0], heading[1])), 1e-9)


def _step(lane: Lane) -> float:
    return float(lane.arc_mm[-1] - lane.arc_mm[0]) / max(len(lane.arc_mm) - 1, 1)


def _finding(stop: Stop) -> Finding:
    score = (
        grade(stop.caliber_mm, middle=0.85, width=0.04)
        * grade(-stop.behind, middle=-0.35, width=0.02)
        * grade(-stop.around, middle=-0.36, width=0.025)
        * grade(stop.share, middle=0.6, width=0.03)
    )
    return Finding(
        type=FindingType.ABRUPT_DUCT_TERMINATION,
        location=stop.point,
        extent_mm=stop.caliber_mm,
        branch=stop.branch,
        score=score,
        evidence={
            "caliber_before_mm": stop.caliber_mm,
            "contrast_behind_percent": 100 * stop.behind,
            "contrast_around_percent": 100 * stop.around,
            "share_of_widest_duct": stop.share,
            "cup_mm": stop.cup_mm,
            "ragged_mm": stop.ragged_mm,
        },
    )
