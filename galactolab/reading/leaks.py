"""Leaked contrast is no lumen: it is taken out of a mask, the ducts that pass it are kept.

Plan of `without_leaks`. One millimeter of contrast gives as much signal as the ducts that were
found tell by their widths. With that, `patches` says what has leaked. Around each leak the mask
is cut; what then hangs on it by less than a few millimeters are its frays. Where ducts come in,
their stumps are joined along the crests, as a duct adds its thickness to that of the leak.

Letters for shapes: an image has ``M`` rows and ``N`` columns; ``P, Q`` those of a window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from skimage.graph import route_through_array

from galactolab.reading.judged import Judged
from galactolab.reading.patches import STEP_MM, Patch, distance_to, leaked, patches
from galactolab.reading.scene import coarse
from galactolab.records import Image, Mask
from galactolab.tree import Floats

# A mask is changed only where a leak is surer than it has to be for a mark.
_SURE = 0.8
# Below this elongation a patch is round, and above this it is frayed beyond doubt.
_ROUND, _FRAYED = 1.2, -4.5
# How much wider a lumen is than the ridge that it gives.
_LUMEN_OVER_RIDGE = 1.1
# How far frays reach, how far beyond them stumps are looked for, and how long ducts are.
_FRAYS_MM, _STUMP_MM, _DUCT_MM = 0.8, 0.6, 4.0
# Narrower ducts than this share of the widest say little about their thickness.
_WIDE_SHARE = 0.6
# How much a way along a crest counts against a short one.
_STRENGTH = 1.5


@dataclass(frozen=True, kw_only=True)
class _Stump:
    """Where a duct meets a leak: (row, column) in a window, and how wide it is in pixels."""

    row: float
    column: float
    width: float

    def gap(self, other: _Stump) -> float:
        return math.hypot(self.row - other.row, self.column - other.column)


def without_leaks(
    lumen: Mask, passed: Judged, contrast: Image, *, spacing_mm: tuple[float, float]
) -> Mask:
    """Return a mask of ducts without what has leaked from them.

    Parameters
    ----------
    lumen : (M, N) array of bool
    passed : Judged
        The centerlines of the ducts.
    contrast : (M, N) array of float32
        Signal of the contrast alone.
    spacing_mm : (float, float)
    """
    per_mm = _signal_per_mm(passed, contrast)
    if per_mm <= 0 or not lumen.any():
        return lumen
    rows, columns = (np.flatnonzero(lumen.any(axis=axis)) for axis in (1, 0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    part = contrast[box]
    thickness = coarse(part, spacing_mm, step_mm=STEP_MM) / np.float32(per_mm)
    scale = np.divide(part.shape, thickness.shape)
    found = patches(thickness, least_mm=0.0, shape=(part.shape[0], part.shape[1]))
    kept = lumen
    for patch in found:
        if _is_leak(patch):
            kept = kept.copy() if kept is lumen else kept
            _cut_out(kept[box], patch, thickness, scale, spacing_mm)
    return kept


def _is_leak(patch: Patch) -> bool:
    """Return whether a patch is surely no lumen; what is round may be a cyst."""
    round_ = patch.elongation < _ROUND
    return leaked(patch) >= _SURE and (not round_ or patch.frayed > _FRAYED)


def _signal_per_mm(passed: Judged, contrast: Image) -> float:
    """Return the signal on the centerline of a wide duct over its width."""
    if not passed.lines:
        return 0.0
    widths = np.array(passed.widths_mm)
    lengths = np.array([len(line) for line in passed.lines])
    rows, columns = np.round(np.concatenate(passed.lines)).astype(int).T
    along = np.split(contrast[rows, columns], np.cumsum(lengths)[:-1])
    values = np.array([_typical(part) for part in along])
    wide = widths >= np.percentile(np.repeat(widths, lengths), 100 * _WIDE_SHARE)
    ratio = values / (_LUMEN_OVER_RIDGE * widths)
    return float(np.median(np.repeat(ratio[wide], lengths[wide])))


def _typical(values: Image) -> float:
    """Return the median, as NumPy has it, in a fraction of the time."""
    values.sort()
    low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
    return float(low if len(values) % 2 else (low + high) / np.float32(2))


def _cut_out(
    lumen: Mask, patch: Patch, thickness: Image, scale: Floats, spacing_mm: tuple[float, float]
) -> None:
    """Take a leak out of a mask in place, and join the ducts that come in."""
    pixel = float(np.mean(spacing_mm))
    margin = _FRAYS_MM + _STUMP_MM + _DUCT_MM
    rows, columns = (np.flatnonzero(patch.area.any(axis=axis)) for axis in (1, 0))
    first = np.array([rows[0], columns[0]]) + patch.corner
    last = np.array([rows[-1], columns[-1]]) + patch.corner + 1
    low = np.maximum(np.round(first * scale - margin / pixel).astype(int), 0)
    high = np.minimum(np.round(last * scale + margin / pixel).astype(int), lumen.shape)
    window = lumen[low[0] : high[0], low[1] : high[1]]
    away = _away(patch, scale, low, window.shape) * pixel
    leak = away < _FRAYS_MM
    outside = (window & ~leak).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=8)
    long = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) * pixel >= _DUCT_MM
    long[0] = False
    near = away < _FRAYS_MM + _STUMP_MM
    touching = np.zeros(count, np.bool_)
    touching[np.unique(labels[near])] = True
    ducts = long[labels]
    stumps = _stumps(ducts, near)
    seen = cv2.warpAffine(
        thickness,
        np.column_stack([np.diag(1 / scale[::-1]), ((0.5 + low) / scale - 0.5)[::-1]]),
        (window.shape[1], window.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    joined = _joined(stumps, np.asarray(seen, np.float32), away < _FRAYS_MM + _STUMP_MM, pixel)
    window &= (ducts | ~touching[labels]) & ~leak | (joined & window)


def _away(patch: Patch, scale: Floats, low: Floats, shape: tuple[int, ...]) -> Image:
    """Return the distance to a patch in a window of the full image, in pixels."""
    # Pixel of the grid (row, column) lies at `scale * (row + 0.5) - 0.5` of the image.
    turn = np.diag(scale[::-1])
    shift = scale * (np.array(patch.corner) + 0.5) - 0.5 - low
    placed = cv2.warpAffine(
        patch.area.astype(np.float32),
        np.column_stack([turn, shift[::-1]]),
        (shape[1], shape[0]),
        flags=cv2.INTER_LINEAR,
    )
    return distance_to(np.asarray(placed) >= 0.5)


def _stumps(ducts: Mask, near: Mask) -> list[_Stump]:
    """Return where ducts meet a leak, from the first stretch of each outside it."""
    room = cv2.distanceTransform(ducts.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    ends = (ducts & near).view(np.uint8)
    count, labels, _, middles = cv2.connectedComponentsWithStats(ends, connectivity=8)
    return [
        _Stump(row=middles[at, 1], column=middles[at, 0], width=2 * float(room[labels == at].max()))
        for at in range(1, count)
    ]


def _joined(stumps: list[_Stump], thickness: Image, leak: Mask, pixel_mm: float) -> Mask:
    """Join stumps along the crests in a leak, wide and near ones first, until all hang together."""
    plane = np.zeros(thickness.shape, np.uint8)
    pairs = sorted(
        (stump.gap(other) / min(stump.width, other.width), at, to)
        for at, stump in enumerate(stumps)
        for to, other in enumerate(stumps[:at])
    )
    group = list(range(len(stumps)))
    for _, at, to in pairs:
        if group[at] == group[to]:
            continue
        group = [group[at] if name == group[to] else name for name in group]
        one, other = stumps[at], stumps[to]
        width = max(1.0, min(one.width, other.width))
        path = _along_crest(one, other, thickness, leak, width, pixel_mm)
        cv2.polylines(plane, [path[:, ::-1].astype(np.int32)], False, 1, round(width))  # noqa: FBT003
    return plane.view(np.bool_)


def _along_crest(
    one: _Stump, other: _Stump, thickness: Image, leak: Mask, width: float, pixel_mm: float
) -> Floats:
    """Return the way between two stumps on which the contrast stands out most, (K, 2)."""
    calm, around = (
        np.asarray(cv2.GaussianBlur(thickness, (0, 0), share * width), np.float32)
        for share in (0.25, 0.8)
    )
    # A duct adds its own thickness to that of the leak.
    crest = (calm - around) / (0.3 * width * pixel_mm)
    cost = np.where(leak, np.exp(-np.clip(_STRENGTH * crest, -3, 3)), 30.0)
    # On a grid as coarse as a third of the duct's width, the way is as good.
    step = max(1, round(width / 3))
    ends = [(round(end.row) // step, round(end.column) // step) for end in (one, other)]
    path, _ = route_through_array(cost[::step, ::step], ends[0], ends[1])  # type: ignore[no-untyped-call]
    line = np.array(path, np.float64) * step
    line[0], line[-1] = (one.row, one.column), (other.row, other.column)
    return line
