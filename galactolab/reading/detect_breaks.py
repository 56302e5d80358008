"""Breaks: a duct that is lost for a stretch and goes on behind it in the same line.

Where a lumen is all but closed, nothing is seen of it. But contrast has come through, so the
duct is full again behind the gap. The traced tree then reaches that part by another way, or
from its far end, so no lane runs through the gap. What remains are two ends that face each
other, each as full as a duct that is cut off. Ends of different ducts seldom lie in one line,
head to head, equally wide, and both cut off.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from galactolab.reading.detect_ends import Ahead, cut_off, ending
from galactolab.reading.grading import grade
from galactolab.reading.marks import each_once, gap_mm
from galactolab.reading.scene import Scene
from galactolab.reading.tips import Tip, View, tips, view_of
from galactolab.records import Finding
from galactolab.terms import FindingType
from galactolab.tree import Floats

# A shorter gap is read along the duct; over a longer one, two ends face each other by chance.
_SHORTEST_MM, _LONGEST_MM = 0.8, 10.0
_LEAST_CALIBER_MM = 0.4
# Each end may turn this far from the way to the other one, and hand this much contrast on.
_MOST_TURN = math.radians(35)
_HANDED_ON = 0.42

End = tuple[Tip, Ahead]


@dataclass(frozen=True, kw_only=True)
class Break:
    """Two ends of ducts that face each other.

    Attributes
    ----------
    branch : int
        That of the wider end.
    point : (float, float)
        (row, column) in pixels, in the middle of the gap.
    gap_mm : float
        Way from end to end.
    turn_deg : float
        By how much the duct turns from end to end, to one side and back.
    caliber_mm : float
        Of the round tube that holds the contrast of the thinner end.
    alike : float
        Caliber of the thinner end over that of the wider one.
    left : float
        Signal within the gap over that of the fainter end.
    around : float
        Share of the contrast that crosses half circles ahead of the less empty end.
    cut : float
        Log-odds for a cut of both ends together.
    certainty : float
        Contrast that is missing over noise.
    """

    branch: int
    point: tuple[float, float]
    gap_mm: float
    turn_deg: float
    caliber_mm: float
    alike: float
    left: float
    around: float
    cut: float
    certainty: float


def of_breaks(scene: Scene) -> list[Finding]:
    """Grade the breaks as narrowings, whatever the score."""
    return [_finding(broken) for broken in breaks(scene)]


def breaks(scene: Scene) -> list[Break]:
    """Return where a duct is lost and goes on in line, each place once."""
    view = view_of(scene)
    found = tips(view, min_caliber_mm=_LEAST_CALIBER_MM, both_ways=True)
    ends = [end for end in ending(found, view) if end[1].around < _HANDED_ON]
    pairs = [
        broken
        for end, other in _near_pairs(ends)
        if _face(end[0], other[0]) and (broken := _between(end, other, view)) is not None
    ]

    def is_same(pair: Break, known: Break) -> bool:
        gap = gap_mm(pair.point, known.point, spacing_mm=scene.tree.spacing_mm)
        return gap <= max(1.0, 0.5 * known.gap_mm)

    return each_once(pairs, certainty=lambda pair: pair.cut, is_same=is_same)


def _near_pairs(ends: list[End]) -> Iterator[tuple[End, End]]:
    """Yield the few of all pairs of ends that lie near each other, at the least."""
    points = np.array([tip.point for tip, _ in ends]).reshape(-1, 2)
    gaps = points[:, None] - points
    near = np.hypot(gaps[..., 0], gaps[..., 1]) <= 1.001 * _LONGEST_MM
    for one, other in np.argwhere(np.tril(near, -1)).tolist():
        yield ends[one], ends[other]


def _face(one: Tip, other: Tip) -> bool:
    """Return whether each of two tips lies ahead of the other."""
    way = other.point - one.point
    gap = math.hypot(way[0], way[1])
    near = _SHORTEST_MM <= gap <= _LONGEST_MM
    return near and max(_turns(one, other)) <= _MOST_TURN


def _turns(one: Tip, other: Tip) -> tuple[float, float]:
    way = other.point - one.point
    way = way / math.hypot(way[0], way[1])
    ahead, behind = float(one.heading @ way), float(-other.heading @ way)
    return math.acos(min(max(ahead, -1.0), 1.0)), math.acos(min(max(behind, -1.0), 1.0))


def _between(end: End, start: End, view: View) -> Break | None:
    one, other = end[0], start[0]
    left = _left(one, other, view)
    if left is None:
        return None
    low, high = sorted((one, other), key=lambda tip: tip.caliber)
    row, column = (one.point + other.point) / 2 / view.scene.tree.spacing_mm
    return Break(
        branch=high.lane.branch,
        point=(float(row), float(column)),
        gap_mm=float(np.hypot(*(other.point - one.point))),
        turn_deg=math.degrees(sum(_turns(one, other))),
        caliber_mm=low.caliber,
        alike=low.caliber / max(high.caliber, 1e-9),
        left=left,
        around=max(end[1].around, start[1].around),
        cut=cut_off(*end, view) + cut_off(*start, view),
        certainty=low.before / max(view.scene.area_noise(low.caliber), 1e-9),
    )


def _left(one: Tip, other: Tip, view: View) -> float | None:
    """Return what is seen on the smooth way between two ends, over the height of the lower."""
    gap = float(np.hypot(*(other.point - one.point)))
    t: Floats = np.linspace(0, 1, 41)[:, None]
    way = (
        (2 * t**3 - 3 * t**2 + 1) * one.point
        + (t**3 - 2 * t**2 + t) * gap * one.heading
        + (3 * t**2 - 2 * t**3) * other.point
        - (t**3 - t**2) * gap * other.heading
    )
    seen = view.at(way)
    if seen is None:
        return None
    return float(np.median(seen)) / max(min(one.height, other.height), 1e-9)


def _finding(broken: Break) -> Finding:
    score = (
        grade(broken.cut, middle=60.5, width=0.35)
        * grade(-broken.turn_deg, middle=-33, width=1)
        * grade(broken.gap_mm, middle=1.4, width=0.04)
        * grade(broken.alike, middle=0.58, width=0.015)
        * grade(-broken.left, middle=-0.32, width=0.02)
        * grade(-broken.around, middle=-0.36, width=0.01)
        * grade(broken.certainty, middle=26, width=1)
    )
    return Finding(
        type=FindingType.DUCT_NARROWING,
        location=broken.point,
        extent_mm=broken.gap_mm,
        branch=broken.branch,
        score=score,
        evidence={
            "stenosis_percent": 100 * (1 - math.sqrt(min(max(broken.left, 0.0), 1.0))),
            "turn_deg": broken.turn_deg,
            "size_mm": broken.gap_mm,
            "reference_caliber_mm": broken.caliber_mm,
            "calibers_alike_percent": 100 * broken.alike,
            "contrast_around_percent": 100 * broken.around,
            "signal_to_noise": broken.certainty,
        },
    )
