"""Abrupt terminations: a duct stops while it is still full.

A healthy duct thins until it is lost in the noise, or hands its contrast on to its
branches. A duct that is cut off ends like a finger: as wide at its tip as before, with nothing
beyond it. So from each place of a duct we look ahead, along the way it has come, for the
point where the signal falls off, and draw half circles around the cap that a blunt end would
have there. Whatever carries the contrast on has to cross them, however many branches share
it and whatever the traced tree says; what lies further off belongs to other ducts.

In a projection the end often lies on or beside another duct. So no reading alone forbids a
stop: each speaks for or against it by so many log-odds, and a full, even, blunt end makes up
for a thin duct that passes behind it. Such a duct is one stream of contrast among those that
cross a circle around the end; in a bifurcation one of them is nearly as strong as the trunk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from galactolab.reading.grading import grade, weighed
from galactolab.reading.marks import each_once, gap_mm
from galactolab.reading.profiles import quantiles
from galactolab.reading.scene import Scene
from galactolab.reading.tips import Tip, View, tips, view_of
from galactolab.records import Finding, Mask
from galactolab.terms import FindingType
from galactolab.tree import Floats

# Above this a duct is ectatic (clinical facts, section 1.3): its way back to a usual caliber
# is no stop, so what goes on behind is compared with a duct of this width at most.
_WIDEST_USUAL_MM = 2.0
_HALF_ANGLE = math.radians(80)
# Nearer to the skin than this a duct may end: there is its orifice.
_ORIFICE_MM = 3.0
# The cannula reaches this far into the duct; it shows more than the widest duct can hold, and
# behind its tip the duct goes on.
_CANNULA_MM, _METAL_SHARE = 15.0, 1.12
# Half circles lie this far outside the cap: beyond its blur, but before the next ducts.
_CLEARANCES_MM = (0.45, 0.7, 0.95)
# From this share of its contrast on, a duct has handed it on: nothing more is asked.
_HANDED_ON = 0.6
# Along the duct, the fall at its end is looked for so far before and behind the tip.
_BEFORE_MM, _BEYOND_MM, _STEP_MM = 2.5, 1.5, 0.05
_STILL_FULL, _GONE = 0.8, 0.2
# What speaks for a stop: a reading, where it says nothing for it, where it says all it can, and
# by how many log-odds. Fitted by logistic regression, the sign of each weight given by what a
# stop is: first to the ends of 338 galactograms of two simulators, then, near those weights, to
# 270 of the first and of a third one, whose cut ducts are as thin as 0.5 mm; seeds < 1100.
_SIGNS = (
    ("around", 0.6, 0.0, 3.7),
    ("stream", 0.6, 0.0, 3.5),
    ("log_caliber", math.log(0.55), math.log(1.8), 2.5),
    ("log_share", math.log(0.4), math.log(1.1), 3.8),
    # An ectatic duct goes back to a usual caliber without being cut off.
    ("log_caliber", math.log(3.2), math.log(2.0), 4.5),
    ("blunt", 0.25, 0.75, 0.75),
    ("blunt", 1.6, 1.0, 2.25),
    ("uneven", 2.6, 1.0, 1.5),
    # A tube is as wide as its contrast is thick; less where ducts lie on each other.
    ("flat", 0.5, 0.85, 4.3),
    ("flat", 1.4, 1.0, 5.2),
    ("spread", 1.0, 0.1, 4.1),
    ("flicker", 0.6, 0.05, 1.0),
    # What thins out or sinks slowly below the noise is not cut off.
    ("fall", 1.6, 0.4, 1.2),
)
_ENOUGH = 31.6
# Of ends that fall short by two log-odds, next to none is a stop: the score is to say so.
_WIDTH = 0.4
# What falls so far short even without any other duct around is not looked at further.
_FAR_BELOW = 7.0
# How far back a duct that is cut off is as it was before.
_STEADY_MM = 3.0
# Places behind the tip, in calibers, where a blunt end has its full width.
_BEHIND_TIP = (0.3, 0.7, 1.3)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A place where a duct loses its contrast.

    Attributes
    ----------
    branch : int
    point : (float, float)
        (row, column) of the tip in pixels.
    caliber_mm : float
        Of the round tube that holds the contrast before the tip.
    around : float
        Share of the cross-section of contrast that crosses the half circles ahead.
    stream : float
        The same for the strongest single stream of contrast all around, but the duct itself.
    free : float
        Share of the directions ahead in which there is little contrast.
    blunt, uneven : float
        Least width behind the tip over the caliber, and widest over least width there.
    flat : float
        Width over caliber before the tip; low where ducts lie on each other.
    spread, flicker : float
        How uneven the duct is over 3 mm before the tip: its contrast, in logarithms, and its
        height, over the median; both from the 15th to the 85th percentile.
    fall : float
        Way on which the signal falls at the tip, in mm.
    share : float
        Caliber over that of the widest ducts of the tree.
    cup_mm, ragged_mm : float
        How much further the contrast reaches along the walls than in the middle, and how
        uneven its front is.
    """

    branch: int
    point: tuple[float, float]
    caliber_mm: float
    around: float
    stream: float
    free: float
    blunt: float
    uneven: float
    flat: float
    spread: float
    flicker: float
    fall: float
    share: float
    cup_mm: float = 0.0
    ragged_mm: float = 0.0


def terminations(scene: Scene, *, min_score: float = 0.5) -> list[Finding]:
    """Return the ends of ducts that are too full to be the end of a duct."""
    found = [_finding(stop) for stop in stops(scene)]
    return [finding for finding in found if finding.score >= min_score]


def stops(scene: Scene, *, min_caliber_mm: float = 0.4) -> list[Stop]:
    """Return where ducts lose their contrast, each place once, emptiest beyond first."""
    seen = view_of(scene)
    found = [
        (stop, tip)
        for tip, ahead in ending(tips(seen, min_caliber_mm=min_caliber_mm), seen)
        if (stop := _described(tip, ahead, seen)) is not None
    ]
    deep = [
        pair
        for pair in found
        if scene.depth_mm(pair[0].point) > _ORIFICE_MM and not _is_cannula(pair[0], scene)
    ]
    return [_with_front(stop, tip, seen) for stop, tip in _once(deep, scene)]


def _is_cannula(stop: Stop, scene: Scene) -> bool:
    """Return whether a stop is the tip of the metal through which the duct was filled."""
    if stop.share < _METAL_SHARE:
        return False
    start = scene.tree.branches[0].path[0]
    return gap_mm(stop.point, start, spacing_mm=scene.tree.spacing_mm) < _CANNULA_MM


def _once(found: list[tuple[Stop, Tip]], scene: Scene) -> list[tuple[Stop, Tip]]:
    def is_same(pair: tuple[Stop, Tip], known: tuple[Stop, Tip]) -> bool:
        gap = gap_mm(pair[0].point, known[0].point, spacing_mm=scene.tree.spacing_mm)
        return gap <= max(3.0, 2 * pair[0].caliber_mm)

    return each_once(found, certainty=lambda pair: _finding(pair[0]).score, is_same=is_same)


def _with_front(stop: Stop, tip: Tip, view: View) -> Stop:
    cup, ragged = _front(tip, view)
    return replace(stop, cup_mm=cup, ragged_mm=ragged)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ahead:
    """The signal on half circles ahead of a tip, and how much contrast crosses them."""

    seen: Floats
    around: float


def ending(found: list[Tip], view: View) -> list[tuple[Tip, Ahead]]:
    """Return the tips that have not handed their contrast on, and what lies around their cap."""
    if not found:
        return []
    turn = np.linspace(-_HALF_ANGLE, _HALF_ANGLE, 33)[:, None]
    heading, aside, point = (
        np.stack([getattr(tip, name) for tip in found]) for name in ("heading", "aside", "point")
    )
    caliber = np.array([tip.caliber for tip in found])
    ways = np.cos(turn) * heading[:, None] + np.sin(turn) * aside[:, None]
    middle = point - 0.5 * caliber[:, None] * heading
    radii: Floats = np.array(_CLEARANCES_MM) + 0.5 * caliber[:, None]
    seen, inside = view.at_each(middle[:, None, None] + radii[..., None, None] * ways[:, None])
    # Below three times the noise there is no duct to carry anything on.
    carried = np.where(seen > 3 * view.scene.noise, seen, 0.0)
    crossing = carried.sum(axis=2) * radii * (turn[1, 0] - turn[0, 0])
    around = crossing.min(axis=1) / np.array([_usual(tip) for tip in found])
    return [
        (found[index], Ahead(seen=seen[index], around=float(around[index])))
        for index in np.flatnonzero(inside & (around < _HANDED_ON)).tolist()
    ]


def cut_off(tip: Tip, ahead: Ahead, view: View) -> float:
    """Return the log-odds for a cut at a tip, whatever the width of the duct."""
    stop = _measured(tip, ahead, view)
    if stop is None:
        return 0.0
    return _log_odds(replace(_looked_around(stop, tip, view), caliber_mm=1.0, share=1.0))


def _described(tip: Tip, ahead: Ahead, view: View) -> Stop | None:
    """Measure a tip and all around it; None where it is surely no stop."""
    stop = _measured(tip, ahead, view)
    if stop is None or _log_odds(stop) < _ENOUGH - _FAR_BELOW:
        return None
    return _looked_around(stop, tip, view)


def _looked_around(stop: Stop, tip: Tip, view: View) -> Stop:
    return replace(stop, stream=_stream(tip, view), fall=_fall(tip, view))


def _measured(tip: Tip, ahead: Ahead, view: View) -> Stop | None:
    """Measure the cap at a tip and what lies ahead of it; None beside the image's border."""
    widths = _widths(tip, view)
    if widths is None:
        return None
    spread, flicker = _spread(tip)
    row, column = tip.point / view.scene.tree.spacing_mm
    return Stop(
        branch=tip.lane.branch,
        point=(float(row), float(column)),
        caliber_mm=tip.caliber,
        around=ahead.around,
        stream=0.0,
        free=float(np.mean(np.median(ahead.seen, axis=0) < 0.3 * tip.height)),
        blunt=float(widths.min()) / tip.caliber,
        uneven=float(widths.max() / max(widths.min(), 0.05)),
        flat=tip.flat,
        spread=spread,
        flicker=flicker,
        fall=0.0,
        share=tip.caliber / max(view.widest, 1e-6),
    )


def _fall(tip: Tip, view: View) -> float:
    """Return the way in mm from the last place before a tip that is full to where all is gone."""
    along = np.arange(-_BEFORE_MM, _BEYOND_MM, _STEP_MM)
    seen = view.at(tip.point + along[:, None] * tip.heading)
    if seen is None:
        return _BEFORE_MM + _BEYOND_MM
    at = round(_BEFORE_MM / _STEP_MM)
    full = np.flatnonzero(seen[: at + 1] >= _STILL_FULL * tip.height)
    gone = np.flatnonzero(seen[at:] <= _GONE * tip.height)
    start = int(full[-1]) if len(full) else 0
    stop = at + int(gone[0]) if len(gone) else len(along)
    return (stop - start) * _STEP_MM


def _stream(tip: Tip, view: View) -> float:
    """Return the strongest stream of contrast that crosses circles around the cap."""
    turn = np.linspace(-math.pi, math.pi, 120, endpoint=False)
    ways = np.cos(turn)[:, None] * tip.heading + np.sin(turn)[:, None] * tip.aside
    radii: Floats = np.array(_CLEARANCES_MM) + 0.5 * tip.caliber
    seen = view.at(tip.point - 0.5 * tip.caliber * tip.heading + radii[:, None, None] * ways)
    if seen is None:
        return 1.0
    labels, count = ndimage.label(
        seen > max(3 * view.scene.noise, 0.25 * tip.height), structure=[[0] * 3, [1] * 3, [0] * 3]
    )
    if not count:
        return 0.0
    # Its own contrast comes from behind.
    own = np.arcsin(np.minimum((0.5 * tip.caliber + 0.25) / radii, 1.0))
    other = np.abs(turn) < math.pi - own[:, None]
    flow = np.where(other, seen, 0.0) * radii[:, None] * (turn[1] - turn[0])
    sums = ndimage.sum_labels(flow, labels, np.arange(count + 1))
    sums[0] = 0.0
    return float(sums[labels].max(axis=1).min()) / _usual(tip)


def _spread(tip: Tip) -> tuple[float, float]:
    """Return how much contrast and height vary over the last stretch before the tip."""
    lane, gap = tip.lane, tip.lane.point_mm - tip.point
    end = lane.arc_mm[int(np.argmin(np.hypot(gap[:, 0], gap[:, 1])))] - 0.5
    run = (lane.arc_mm <= end) & (lane.arc_mm >= end - _STEADY_MM)
    if run.sum() < 6:
        return 0.0, 0.0
    height = lane.height[run]
    contrast = np.log(np.maximum(lane.area[run], 1e-6 * tip.before))
    low, high = quantiles(contrast, 0.15, 0.85)
    lower, middle, higher = quantiles(height, 0.15, 0.5, 0.85)
    return high - low, (higher - lower) / max(middle, 1e-9)


def _usual(tip: Tip) -> float:
    return tip.before * min(1.0, (_WIDEST_USUAL_MM / tip.caliber) ** 2)


def _widths(tip: Tip, view: View) -> Floats | None:
    """Return the widths at half height at some places behind the tip, in mm."""
    across = np.linspace(-0.9, 0.9, 37) * tip.caliber
    back = np.array(_BEHIND_TIP)[:, None, None] * tip.caliber
    seen = view.at(tip.point - back * tip.heading + across[:, None] * tip.aside)
    if seen is None:
        return None
    step = across[1] - across[0]
    return np.array([_run_length(line, 18) * step for line in seen <= 0.5 * tip.height])


def _run_length(gaps: Mask, at: int) -> int:
    """Return how many places around one there are before the next gap on either side."""
    places = np.flatnonzero(gaps)
    after = int(np.searchsorted(places, at))
    end = int(places[after]) if after < len(places) else len(gaps)
    if end == at:
        return 0
    return end - (int(places[after - 1]) + 1 if after else 0)


def _front(tip: Tip, view: View) -> tuple[float, float]:
    """Return how far the contrast reaches along the walls beyond the middle, and its unevenness."""
    along = np.arange(-tip.caliber - 0.3, 0.5 * tip.caliber + 0.8, 0.1)
    across = np.linspace(-0.4, 0.4, 9) * tip.caliber
    seen = view.at(tip.point + along[:, None] * tip.heading + across[:, None, None] * tip.aside)
    if seen is None:
        return 0.0, 0.0
    full = np.median(seen[:, :4], axis=1, keepdims=True)
    reach = along[np.argmax(seen < 0.5 * full, axis=1)]
    x = across / max(tip.caliber, 1e-6)
    bow = np.polyfit(x, reach, 2)
    return float(bow[0] * 0.16), float(np.std(reach - np.polyval(bow, x)))


def _log_odds(stop: Stop) -> float:
    """Return how much all readings together speak for a stop."""
    reading = {
        "around": stop.around,
        "stream": stop.stream,
        "log_caliber": math.log(stop.caliber_mm),
        "log_share": math.log(max(stop.share, 1e-6)),
        "blunt": stop.blunt,
        "uneven": stop.uneven,
        "flat": stop.flat,
        "spread": stop.spread,
        "flicker": stop.flicker,
        "fall": stop.fall,
    }
    return weighed(reading, _SIGNS)


def _finding(stop: Stop) -> Finding:
    score = grade(_log_odds(stop), middle=_ENOUGH, width=_WIDTH)
    return Finding(
        type=FindingType.ABRUPT_DUCT_TERMINATION,
        location=stop.point,
        extent_mm=stop.caliber_mm,
        branch=stop.branch,
        score=score,
        evidence={
            "caliber_before_mm": stop.caliber_mm,
            "contrast_around_percent": 100 * stop.around,
            "strongest_stream_percent": 100 * stop.stream,
            "free_directions_percent": 100 * stop.free,
            "width_at_tip_percent": 100 * stop.blunt,
            "height_varies_percent": 100 * stop.flicker,
            "falls_within_mm": stop.fall,
            "share_of_widest_duct": stop.share,
            "cup_mm": stop.cup_mm,
            "ragged_mm": stop.ragged_mm,
        },
    )
