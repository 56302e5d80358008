"""Abrupt terminations: a duct stops while it is still full.

A healthy duct thins until it is lost in the noise, or hands its contrast on to its
branches. A duct that is cut off holds its cross-section of contrast (densitometry again)
up to a place beyond which there is next to nothing, neither along the traced path nor
anywhere ahead. The stop may be the end of a branch, or the place where only a thin side
branch goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from galactolab.reading.grading import grade
from galactolab.reading.lanes import Lane
from galactolab.reading.scene import Scene
from galactolab.records import Finding
from galactolab.terms import FindingType
from galactolab.tree import Floats


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A place where a duct loses its contrast.

    `left` is the share of cross-section that goes on behind it, `ahead` the brightest
    signal in front of it, as a share of the height of the duct.
    """

    branch: int
    point: tuple[float, float]
    caliber_mm: float
    left: float
    ahead: float
    root_share: float


def terminations(scene: Scene, *, min_score: float = 0.5) -> list[Finding]:
    """Return the ends of ducts that are too full to be the end of a duct."""
    found = [_finding(stop) for stop in stops(scene)]
    return [finding for finding in found if finding.score >= min_score]


def stops(scene: Scene, *, min_caliber_mm: float = 0.45) -> list[Stop]:
    """Return where ducts lose their contrast, at most one place for each branch."""
    smooth = cv2.blur(scene.signal, (3, 3))
    root = _caliber(scene, float(np.median(scene.lanes[0].area[scene.lanes[0].own])))
    found = []
    for lane in scene.lanes:
        place = _last_full(lane, is_end=lane.branch in scene.tree.terminals)
        if place is None:
            continue
        at, before, after = place
        caliber = _caliber(scene, before)
        if caliber < min_caliber_mm or after > 0.4 * before:
            continue
        row, column = lane.point_mm[at] / scene.tree.spacing_mm
        found.append(
            Stop(
                branch=lane.branch,
                point=(float(row), float(column)),
                caliber_mm=caliber,
                left=after / before,
                ahead=_ahead(lane, at, caliber, np.asarray(smooth, dtype=np.float64), scene),
                root_share=caliber / max(root, 1e-6),
            )
        )
    return found


def _caliber(scene: Scene, area: float) -> float:
    """Return the width of the round tube that holds this much contrast."""
    section = max(area, 0.0) / max(scene.signal_per_mm, 1e-9)
    return 2 * math.sqrt(section / math.pi)


def _last_full(lane: Lane, *, is_end: bool) -> tuple[int, float, float] | None:
    """Return the last point with full contrast, and the area before and behind it."""
    own = np.flatnonzero(lane.own)
    arc, area = lane.arc_mm, lane.area
    length = float(arc[own[-1]] - arc[own[0]])
    if length < 1.0 or len(own) < 6:
        return None
    best: tuple[int, float, float] | None = None
    half = 2 * float(np.median(lane.lumen_mm[own]))
    candidates = own[::3] if not is_end else np.append(own[::3], own[-1])
    for at in candidates:
        if arc[at] - arc[own[0]] < 0.8:
            continue
        run = (arc >= max(arc[at] - 2.5, arc[own[0]] + 0.3)) & (arc <= arc[at] - 0.2)
        behind = (arc > arc[at] + 0.3 + 0.6 * half) & (arc <= arc[at] + 4.0 + half)
        if run.sum() < 3 or (behind.sum() * 0.1 < 1.0 and not is_end):
            continue
        before = float(np.median(area[run]))
        after = float(np.percentile(area[behind], 80)) if behind.any() else 0.0
        if before <= 0 or area[at] < 0.5 * before:
            continue
        if best is None or after / before < 0.97 * best[2] / best[1]:
            best = (int(at), before, max(after, 0.0))
        elif after / before <= 1.03 * best[2] / best[1]:
            best = (int(at), max(before, best[1]), max(after, 0.0))
    return best


def _ahead(lane: Lane, at: int, caliber: float, smooth: Floats, scene: Scene) -> float:
    """Return the brightest signal in a fan ahead, as a share of the height before."""
    back = max(at - max(3, round(1.5 * caliber / max(_step(lane), 1e-3))), 0)
    heading = lane.point_mm[at] - lane.point_mm[back]
    norm = float(np.hypot(heading[0], heading[1]))
    if norm == 0:
        return 1.0
    heading = heading / norm
    angles = np.radians(np.linspace(-30, 30, 7))
    reach = np.arange(0.6 * caliber + 0.5, 1.5 * caliber + 2.0, 0.15)
    turned = np.stack(
        [
            heading[0] * np.cos(angles) - heading[1] * np.sin(angles),
            heading[0] * np.sin(angles) + heading[1] * np.cos(angles),
        ],
        axis=-1,
    )
    points = lane.point_mm[at] + turned[:, None] * reach[None, :, None]
    place = (points / np.asarray(scene.tree.spacing_mm)).astype(np.float32)
    size = np.array(scene.signal.shape) - 1
    if (place < 2).any() or (place > size - 2).any():
        return 1.0
    seen = cv2.remap(smooth, place[..., 1], place[..., 0], cv2.INTER_LINEAR)
    height = float(np.median(lane.height[max(at - round(2.0 / _step(lane)), 0) : at + 1]))
    return float(np.percentile(seen, 90)) / max(height, 1e-9)


def _step(lane: Lane) -> float:
    return float(lane.arc_mm[-1] - lane.arc_mm[0]) / max(len(lane.arc_mm) - 1, 1)


def _finding(stop: Stop) -> Finding:
    score = (
        grade(stop.caliber_mm, middle=0.8, width=0.06)
        * grade(-stop.left, middle=-0.33, width=0.025)
        * grade(-stop.ahead, middle=-0.45, width=0.04)
        * grade(stop.root_share, middle=0.48, width=0.04)
    )
    return Finding(
        type=FindingType.ABRUPT_DUCT_TERMINATION,
        location=stop.point,
        extent_mm=stop.caliber_mm,
        branch=stop.branch,
        score=score,
        evidence={
            "caliber_before_mm": stop.caliber_mm,
            "contrast_behind_percent": 100 * stop.left,
            "signal_ahead_percent": 100 * stop.ahead,
            "share_of_main_duct": stop.root_share,
        },
    )
