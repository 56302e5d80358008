"""Leaked contrast is no lumen: it is taken out of a mask, the ducts that pass it are kept.

Plan of `without_leaks`. One millimeter of contrast gives as much signal as the ducts that were
found tell by their widths. With that, `patches` says what has leaked. Around each leak the mask
is cut; what then hangs on it by less than a few millimeters are its frays. Where ducts come in,
their stumps are joined straight, the nearest first, so that the tree stays in one piece.

Letters for shapes: an image has ``M`` rows and ``N`` columns; ``P, Q`` those of a window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from galactolab.reading.judged import Judged
from galactolab.reading.patches import STEP_MM, Patch, leaked, patches
from galactolab.records import Image, Mask
from galactolab.tree import Floats

# A mask is changed only where a leak is surer than it has to be for a mark.
_SURE = 0.8
# How far frays reach, how far beyond them stumps are looked for, and how long ducts are.
_FRAYS_MM, _STUMP_MM, _DUCT_MM = 0.8, 0.6, 4.0
# Narrower ducts than this share of the widest say little about their thickness.
_WIDE_SHARE = 0.6


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
    size = [
        max(1, round(count * spacing / STEP_MM))
        for count, spacing in zip(part.shape, spacing_mm, strict=True)
    ]
    small = cv2.resize(part, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    thickness = np.asarray(small, np.float32).reshape(size) / np.float32(per_mm)
    found = patches(thickness, least_mm=0.0, shape=(part.shape[0], part.shape[1]))
    kept = lumen
    for patch in found:
        if leaked(patch) >= _SURE:
            kept = kept.copy() if kept is lumen else kept
            _cut_out(kept[box], patch, np.divide(part.shape, size), spacing_mm)
    return kept


def _signal_per_mm(passed: Judged, contrast: Image) -> float:
    """Return the signal on the centerline of a wide duct over its width."""
    if not passed.lines:
        return 0.0
    widths = np.array(passed.widths_mm)
    values = np.array([_typical(contrast, line) for line in passed.lines])
    lengths = np.array([len(line) for line in passed.lines])
    wide = widths >= np.percentile(np.repeat(widths, lengths), 100 * _WIDE_SHARE)
    return float(np.median(np.repeat((values / widths)[wide], lengths[wide])))


def _typical(contrast: Image, line: Floats) -> float:
    rows, columns = np.round(line).astype(int).T
    return float(np.median(contrast[rows, columns]))


def _cut_out(lumen: Mask, patch: Patch, scale: Floats, spacing_mm: tuple[float, float]) -> None:
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
    stumps = _stumps(ducts & near, _STUMP_MM / pixel)
    joined = _joined(stumps, window.shape)
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
    free = (np.asarray(placed) < 0.5).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)


def _stumps(ends: Mask, depth: float) -> list[_Stump]:
    """Return where ducts meet a leak, from the first stretch of each outside it."""
    _, _, stats, middles = cv2.connectedComponentsWithStats(ends.view(np.uint8), connectivity=8)
    return [
        _Stump(row=float(row), column=float(column), width=float(area) / depth)
        for (column, row), area in zip(middles[1:], stats[1:, cv2.CC_STAT_AREA], strict=True)
    ]


def _joined(stumps: list[_Stump], shape: tuple[int, ...]) -> Mask:
    """Join stumps straight, the nearest first, until all hang together."""
    plane = np.zeros(shape, np.uint8)
    pairs = sorted(
        (stump.gap(other), at, to)
        for at, stump in enumerate(stumps)
        for to, other in enumerate(stumps[:at])
    )
    group = list(range(len(stumps)))
    for _, at, to in pairs:
        if group[at] == group[to]:
            continue
        group = [group[at] if name == group[to] else name for name in group]
        one, other = stumps[at], stumps[to]
        width = max(1, round(min(one.width, other.width)))
        start, end = ((round(end.column), round(end.row)) for end in (one, other))
        cv2.line(plane, start, end, 1, width)
    return plane.view(np.bool_)
