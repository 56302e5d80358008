"""Exact lengths of parallel beams through unions of balls.

Each ball meets a beam on one interval of depth. All intervals of one image are sorted by
beam and depth at once; a running maximum of their ends then gives the length of their union.
Overlapping balls of one duct therefore count once, and two ducts that cross at different
depths count both: no rule about joints or crossings is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError
from galactolab.records import Image

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# An interval is one 63-bit number: beam, depth of entry, length; depths in micrometers.
_DEPTH_BITS, _LENGTH_BITS = 18, 17
_BEAM_BITS = 63 - _DEPTH_BITS - _LENGTH_BITS
_MICRON = 1e-3
_PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class PlacedBalls:
    """Balls in an image: rows and columns in pixels, depth and radius in millimeters.

    Attributes
    ----------
    row, column, depth_mm, radius_mm : (n,) arrays of float
    """

    row: Floats
    column: Floats
    depth_mm: Floats
    radius_mm: Floats


def lengths(
    balls: PlacedBalls,
    *,
    shape: tuple[int, int],
    spacing_mm: tuple[float, float],
    oversample: int = 1,
) -> tuple[Image, Image]:
    """Return the mean length through the union of balls in each pixel.

    Parameters
    ----------
    balls : PlacedBalls
    shape : (M, N)
    spacing_mm : (float, float)
    oversample : int
        Beams per pixel along each direction.

    Returns
    -------
    length_mm : (M, N) array of float32
    cover : (M, N) array of float32
        Share of the pixel's beams that meet any ball.

    Examples
    --------
    Two balls of radius 1 mm at one place and one behind them: 2 mm once, and 2 mm more.

    >>> row = np.array([1.0, 1, 1])
    >>> balls = PlacedBalls(row=row, column=row, depth_mm=np.array([0.0, 0, 9]),
    ...                     radius_mm=np.ones(3))
    >>> lengths(balls, shape=(3, 3), spacing_mm=(1.0, 1.0))[0].round(2).tolist()
    [[0.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.0]]
    """
    # Plan: work on the window of the image that holds balls, (h, w) pixels, with h*o x w*o
    # beams; collect packed intervals; sort; unite; add the pieces up per pixel.
    length, cover = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    top, left, bottom, right = _window(balls, shape, spacing_mm)
    if bottom <= top or right <= left:
        return length, cover
    size = (bottom - top, right - left)
    packed = _intervals(balls, (top, left), size, spacing_mm, oversample)
    if not len(packed):
        return length, cover
    pixel, piece, first = _united(packed, size, oversample)
    beams = oversample * oversample
    count = size[0] * size[1]
    inside = (slice(top, bottom), slice(left, right))
    length[inside] = np.bincount(pixel, weights=piece, minlength=count).reshape(size) / beams
    cover[inside] = np.bincount(pixel, weights=first, minlength=count).reshape(size) / beams
    return length, cover


def _window(
    balls: PlacedBalls, shape: tuple[int, int], spacing_mm: tuple[float, float]
) -> tuple[int, int, int, int]:
    if not len(balls.row):
        return 0, 0, 0, 0
    edges = []
    for place, spacing, size in zip((balls.row, balls.column), spacing_mm, shape, strict=True):
        reach = balls.radius_mm / spacing
        low = int(np.floor(np.min(place - reach))) - 1
        high = int(np.ceil(np.max(place + reach))) + 2
        edges.append((min(max(low, 0), size), min(max(high, 0), size)))
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]


def _intervals(
    balls: PlacedBalls,
    origin: tuple[int, int],
    size: tuple[int, int],
    spacing_mm: tuple[float, float],
    oversample: int,
) -> Ints:
    """Pack the interval of every ball on every beam that meets it."""
    rows, columns = size[0] * oversample, size[1] * oversample
    if rows * columns >= 2**_BEAM_BITS:
        raise GalactolabError(
            f"The image has {rows * columns} beams, but at most {2**_BEAM_BITS} can be told apart."
        )
    fine = (spacing_mm[0] / oversample, spacing_mm[1] / oversample)
    # Pixel centers at integers: beam k of a pixel lies at (k + 0.5) / oversample - 0.5.
    row = (balls.row - origin[0] + 0.5) * oversample - 0.5
    column = (balls.column - origin[1] + 0.5) * oversample - 0.5
    reach = np.ceil(balls.radius_mm / min(fine)).astype(np.int64) + 1
    # Balls of similar size share one square of offsets.
    grade = np.ceil(4 * np.log2(np.maximum(reach, 1))).astype(np.int64)
    depth0 = float(np.min(balls.depth_mm - balls.radius_mm))
    found: list[Ints] = []
    for level in np.unique(grade):
        chosen = np.flatnonzero(grade == level)
        half = int(reach[chosen].max())
        step = max(1, _PAIRS_AT_ONCE // (2 * half + 1) ** 2)
        for start in range(0, len(chosen), step):
            part = chosen[start : start + step]
            found.append(
                _pairs(
                    row[part],
                    column[part],
                    balls.depth_mm[part] - depth0,
                    balls.radius_mm[part],
                    half,
                    (rows, columns),
                    fine,
                )
            )
    return np.concatenate(found)


def _pairs(
    row: Floats,
    column: Floats,
    depth_mm: Floats,
    radius_mm: Floats,
    half: int,
    beams: tuple[int, int],
    fine_mm: tuple[float, float],
) -> Ints:
    """Packed intervals of balls that share the half width `half` of their squares."""
    offset = np.arange(-half, half + 1)
    r = np.rint(row).astype(np.int64)[:, None] + offset
    c = np.rint(column).astype(np.int64)[:, None] + offset
    dr = ((r - row[:, None]) * fine_mm[0]) ** 2
    dc = ((c - column[:, None]) * fine_mm[1]) ** 2
    dr[(r < 0) | (r >= beams[0])] = np.inf
    dc[(c < 0) | (c >= beams[1])] = np.inf
    left = radius_mm[:, None] ** 2 - dr
    square = left[:, :, None] - dc[:, None, :]
    ball, i, j = np.nonzero(square > 0)
    chord = np.sqrt(square[ball, i, j])
    entry = np.rint((depth_mm[ball] - chord) / _MICRON).astype(np.int64)
    length = np.rint(2 * chord / _MICRON).astype(np.int64)
    beam = r[ball, i] * beams[1] + c[ball, j]
    packed: Ints = (
        (beam << (_DEPTH_BITS + _LENGTH_BITS))
        | (np.maximum(entry, 0) << _LENGTH_BITS)
        | np.minimum(length, 2**_LENGTH_BITS - 1)
    )
    return packed


def _united(
    packed: Ints, size: tuple[int, int], oversample: int
) -> tuple[Ints, Floats, npt.NDArray[np.bool_]]:
    """Return pixel, new length in mm, and whether it opens its beam, for each interval."""
    packed = np.sort(packed)
    beam = packed >> (_DEPTH_BITS + _LENGTH_BITS)
    length = packed & (2**_LENGTH_BITS - 1)
    entry = (packed >> _LENGTH_BITS) & (2**_DEPTH_BITS - 1)
    # Shifting each beam by more than the deepest exit lets one running maximum serve all.
    base = beam << (_DEPTH_BITS + 2)
    leave = np.maximum.accumulate(base + entry + length)
    first = np.empty(len(packed), dtype=np.bool_)
    first[0] = True
    np.not_equal(beam[1:], beam[:-1], out=first[1:])
    before = np.empty_like(leave)
    before[0] = 0
    before[1:] = leave[:-1]
    start = np.maximum(base + entry, before)
    piece = np.maximum(leave - start, 0) * _MICRON
    columns = size[1] * oversample
    pixel = (beam // columns // oversample) * size[1] + (beam % columns) // oversample
    return pixel, piece, first
