"""Tips: the places where the signal of a duct falls off, looking ahead along its way.

From each place of a duct we look ahead, along the way it has come, for the point where the
signal falls to half. Most of these are bends, bifurcations and natural ends; `detect_ends` says
which of them are stops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from galactolab.reading.lanes import Lane
from galactolab.reading.profiles import ROWS_AT_ONCE, Ints, medians_of_runs
from galactolab.reading.scene import Scene
from galactolab.records import Image, Mask
from galactolab.tree import Floats

# A root that lies deeper below the skin than this is no orifice: it may be cut off there.
_DEEP_MM = 8.0
# How far ahead of a place its tip is looked for.
_AHEAD_MM = 1.6


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """The smoothed signal of a scene, to be read at any place."""

    smooth: Image
    scene: Scene
    widest: float

    def at(self, place_mm: Floats) -> Floats | None:
        """Read the signal at places (..., 2) in mm; None if one lies outside the image."""
        place = (place_mm / self.scene.tree.spacing_mm).astype(np.float32)
        rows, columns = np.atleast_2d(place[..., 0]), np.atleast_2d(place[..., 1])
        height, width = self.smooth.shape
        if (
            min(rows.min(), columns.min()) < 1
            or rows.max() > height - 2
            or columns.max() > width - 2
        ):
            return None
        seen = cv2.remap(self.smooth, columns, rows, cv2.INTER_LINEAR)
        return np.asarray(seen, np.float64).reshape(place.shape[:-1])

    def at_each(self, places_mm: Floats) -> tuple[Floats, Mask]:
        """Read many sets of places (T, ..., 2) in mm; False where one lies outside the image."""
        count = len(places_mm)
        place = (places_mm / self.scene.tree.spacing_mm).astype(np.float32).reshape(count, -1, 2)
        last = np.array(self.smooth.shape, np.float32) - 2
        inside = np.asarray(((place >= 1) & (place <= last)).all(axis=(1, 2)), np.bool_)
        seen = np.empty(place.shape[:2], np.float64)
        for first in range(0, count, ROWS_AT_ONCE):
            part = np.s_[first : first + ROWS_AT_ONCE]
            rows, columns = (np.ascontiguousarray(place[part, :, axis]) for axis in (0, 1))
            seen[part] = cv2.remap(self.smooth, columns, rows, cv2.INTER_LINEAR)
        return np.asarray(seen.reshape(places_mm.shape[:-1]), np.float64), inside


@dataclass(frozen=True, kw_only=True, eq=False)
class Tip:
    """Where a duct's signal falls off ahead, in mm, and what the duct is like before."""

    lane: Lane
    point: Floats
    heading: Floats
    aside: Floats
    caliber: float
    before: float
    height: float
    flat: float


def view_of(scene: Scene) -> View:
    """Prepare the signal of a scene."""
    areas = np.concatenate([lane.area[lane.own] for lane in scene.lanes])
    widest = float(calibers_mm(scene, np.percentile(areas, [95]))[0])
    return View(smooth=scene.smooth, scene=scene, widest=widest)


def tips(seen: View, *, min_caliber_mm: float, both_ways: bool = False) -> list[Tip]:
    """Return the tips ahead of all full stretches of duct, the same tip more than once.

    Against its way, a duct is followed only where no orifice can be; or all are, `both_ways`.
    """
    stretches = [
        stretch
        for lane in _courses(seen.scene, both_ways=both_ways)
        if (stretch := _stretch(lane)) is not None
    ]
    places = _full_places(stretches, seen.scene, min_caliber_mm) if stretches else []
    return _falling(places, seen) if places else []


def calibers_mm(scene: Scene, areas: Floats) -> Floats:
    """Return the widths of round tubes that hold so much contrast, of any shape."""
    section = np.maximum(areas, 0.0) / max(scene.signal_per_mm, 1e-9)
    return np.asarray(2 * np.sqrt(section / math.pi), np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stretch:
    """Places of a lane with enough duct behind them, (P,): from `first` to before `last`."""

    lane: Lane
    step: float
    at: Ints
    first: Ints
    last: Ints


def _stretch(lane: Lane) -> _Stretch | None:
    own, arc = np.flatnonzero(lane.own), lane.arc_mm
    step = float(arc[-1] - arc[0]) / max(len(arc) - 1, 1)
    if len(own) < 6 or step <= 0:
        return None
    at = np.append(own[:: max(1, round(0.4 / step))], own[-1])
    first = np.searchsorted(arc, arc[at] - 2.2)
    last = np.searchsorted(arc, arc[at] - 0.2, side="right")
    far = (arc[at] - arc[0] >= 1.2) & (last - first >= 3)
    return _Stretch(lane=lane, step=step, at=at[far], first=first[far], last=last[far])


def _full_places(stretches: list[_Stretch], scene: Scene, min_caliber_mm: float) -> list[Tip]:
    """Return places behind which the duct is full, each as if its tip lay there."""
    # All lanes are read at once, one behind the other.
    counts = [len(each.at) for each in stretches]
    sizes = [len(each.lane.arc_mm) for each in stretches]
    starts = np.repeat(np.cumsum([0, *sizes[:-1]]), counts)
    stops = starts + np.repeat(sizes, counts)
    owner = np.repeat(np.arange(len(stretches)), counts)
    step = np.repeat([each.step for each in stretches], counts)
    at, first, last = (
        np.concatenate([getattr(each, name) for each in stretches]) + starts
        for name in ("at", "first", "last")
    )
    area, high, wide, point = (
        np.concatenate([getattr(each.lane, name) for each in stretches])
        for name in ("area", "height", "width_mm", "point_mm")
    )
    before = medians_of_runs(area, first, last)
    caliber = calibers_mm(scene, before)
    here = _medians_around(area, at, step, starts, stops)
    full = (caliber >= min_caliber_mm) & (here >= 0.5 * before)
    at, first, last, owner = (each[full] for each in (at, first, last, owner))
    before, caliber = before[full], caliber[full]
    heading = _headings(point, at, caliber, step[full], starts[full])
    height = medians_of_runs(high, first, last)
    flat = medians_of_runs(wide, first, last) / caliber
    numbers = zip(*(each.tolist() for each in (owner, caliber, before, height, flat)), strict=True)
    aside = np.stack([-heading[:, 1], heading[:, 0]], axis=1)
    return [
        Tip(
            lane=stretches[index].lane,
            point=place,
            heading=ahead,
            aside=beside,
            caliber=caliber_mm,
            before=held,
            height=tall,
            flat=even,
        )
        for place, ahead, beside, (index, caliber_mm, held, tall, even) in zip(
            point[at], heading, aside, numbers, strict=True
        )
    ]


def _medians_around(values: Floats, at: Ints, step: Floats, starts: Ints, stops: Ints) -> Floats:
    """Return the medians over half a millimeter around places, the ends of a lane repeated."""
    found = np.empty(len(at))
    reach = np.maximum(3, np.rint(0.5 / step).astype(np.int64)) // 2
    for far in np.unique(reach).tolist():
        chosen = np.flatnonzero(reach == far)
        around = at[chosen, None] + np.arange(-far, far + 1)
        inside = np.clip(around, starts[chosen, None], stops[chosen, None] - 1)
        found[chosen] = np.sort(values[inside], axis=1)[:, far]
    return found


def _headings(points: Floats, at: Ints, caliber: Floats, step: Floats, starts: Ints) -> Floats:
    """Return the unit vectors in which the lanes run up to each place, (K, 2)."""
    back = np.maximum(3, np.rint(1.5 * np.maximum(caliber, 0.8) / step)).astype(np.int64)
    heading: Floats = points[at] - points[np.maximum(at - back, starts)]
    return heading / np.maximum(np.hypot(heading[:, 0], heading[:, 1]), 1e-9)[:, None]


def _falling(places: list[Tip], view: View) -> list[Tip]:
    """Move each tip to the first place ahead with less than half of the height before."""
    ahead: Floats = np.arange(0, _AHEAD_MM, 0.05)
    starts = np.stack([place.point for place in places])
    headings = np.stack([place.heading for place in places])
    seen, inside = view.at_each(starts[:, None] + ahead[:, None] * headings[:, None])
    low = seen < 0.5 * np.array([[place.height] for place in places])
    moved = starts + ahead[low.argmax(axis=1), None] * headings
    return [
        replace(places[index], point=moved[index])
        for index in np.flatnonzero(inside & low.any(axis=1)).tolist()
    ]


def _courses(scene: Scene, *, both_ways: bool) -> list[Lane]:
    """Return the lanes, and backwards those that begin where no orifice can be, or all."""
    backwards = [
        _reversed(lane)
        for lane, branch in zip(scene.lanes, scene.tree.branches, strict=True)
        if (both_ways if branch.parent is not None else _is_deep(scene, branch.path[0]))
    ]
    return [*scene.lanes, *backwards]


def _is_deep(scene: Scene, place: Floats) -> bool:
    return _DEEP_MM < scene.depth_mm((float(place[0]), float(place[1]))) < np.inf


def _reversed(lane: Lane) -> Lane:
    turned = {
        name: getattr(lane, name)[::-1]
        for name in ("point_mm", "own", "lumen_mm", "width_mm", "height", "area")
    }
    return replace(lane, arc_mm=lane.arc_mm[-1] - lane.arc_mm[::-1], **turned)
