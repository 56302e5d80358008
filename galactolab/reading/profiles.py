"""The signal across a duct, point after point along it.

Letters for shapes: ``K`` points along a centerline, ``W`` offsets across it.

Plan. Every centerline point gets a line at a right angle, on which the signal is read at
``W`` offsets between pixels. Offsets scale with the local half width, so narrow and wide
ducts fill the same array and all points of a tree are read in one call. The border of the
lumen is where the signal has fallen to half of its height in the middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from galactolab.records import Image
from galactolab.tree import Floats, arc_along

Ints = npt.NDArray[np.int64]

# cv2.remap addresses its output with 16-bit numbers.
ROWS_AT_ONCE = 16384
# A round tube is seen with a semi-elliptic profile; half of its height lies at this share
# of the radius: sqrt(1 - 1/4).
_HALF_HEIGHT = math.sqrt(0.75)


@dataclass(frozen=True, kw_only=True, eq=False)
class Profiles:
    """Signal across a centerline.

    Attributes
    ----------
    values : (K, W) array of float32
    offset_mm : (K, W) array of float32
        Distance from the centerline, below 0 to its left as one walks along it.
    """

    values: Image
    offset_mm: Image


def normals(path_mm: Floats, *, span: int = 3) -> Floats:
    """Return unit vectors at a right angle to a path, (K, 2), to the right as one walks.

    Examples
    --------
    >>> normals(np.array([[0.0, 0], [1, 0], [2, 0]])).tolist()
    [[0.0, -1.0], [0.0, -1.0], [0.0, -1.0]]
    """
    return normals_of([path_mm], span=span)


def normals_of(paths_mm: Sequence[Floats], *, span: int = 3) -> Floats:
    """Return the same for the points of several paths, one path after the other.

    Examples
    --------
    >>> normals_of([np.array([[0.0, 0], [1, 0]]), np.array([[0.0, 0], [1, 0]])]).tolist()
    [[0.0, -1.0], [0.0, -1.0], [0.0, -1.0], [0.0, -1.0]]
    """
    points = np.concatenate(paths_mm)
    counts = np.array([len(path) for path in paths_mm])
    stops = np.cumsum(counts)
    place = np.arange(len(points))
    after = np.minimum(place + span, np.repeat(stops - 1, counts))
    before = np.maximum(place - span, np.repeat(stops - counts, counts))
    along = points[after] - points[before]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    across: Floats = np.stack([along[:, 1], -along[:, 0]], axis=1) / length[:, None]
    return across


def across(
    signal: Image,
    path_mm: Floats,
    normal: Floats,
    reach_mm: Floats,
    *,
    spacing_mm: tuple[float, float],
    n_offsets: int = 49,
) -> Profiles:
    """Read the signal across a path.

    Parameters
    ----------
    signal : (M, N) array of float32
    path_mm, normal : (K, 2) arrays
        Points and unit vectors (row, column) in mm.
    reach_mm : (K,) array
        How far to read to each side.
    spacing_mm : (float, float)
    n_offsets : int
        ``W``, odd.
    """
    offset = reach_mm[:, None] * np.linspace(-1, 1, n_offsets)
    rows = ((path_mm[:, :1] + offset * normal[:, :1]) / spacing_mm[0]).astype(np.float32)
    columns = ((path_mm[:, 1:] + offset * normal[:, 1:]) / spacing_mm[1]).astype(np.float32)
    values = np.empty(offset.shape, np.float32)
    for first in range(0, len(values), ROWS_AT_ONCE):
        part = np.s_[first : first + ROWS_AT_ONCE]
        values[part] = cv2.remap(
            signal, columns[part], rows[part], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    return Profiles(values=values, offset_mm=offset.astype(np.float32))


def borders(profiles: Profiles, half_width_mm: Floats) -> tuple[Floats, Floats, Floats]:
    """Return where the lumen begins and ends, (K,) each in mm, and the height in between.

    The height is the largest signal within the half width known so far; the border is the
    first point outward, on each side, where the signal has fallen to half of it. Where a
    neighbor keeps it from falling, the lowest point in between is the border.
    """
    values, offset = profiles.values, profiles.offset_mm
    middle = values.shape[1] // 2
    inside = np.abs(offset) <= 0.8 * half_width_mm[:, None]
    inside[:, middle] = True
    height = np.where(inside, values, -np.inf).max(axis=1)
    left = _fall(values[:, middle::-1], -offset[:, middle::-1], height / 2, half_width_mm)
    right = _fall(values[:, middle:], offset[:, middle:], height / 2, half_width_mm)
    return -left, right, height.astype(np.float64)


def _fall(values: Image, offset: Image, level: Image, half_width_mm: Floats) -> Floats:
    """Return the offset at which values fall to `level`, walking outward."""
    # The lumen may be darker in its middle than at its walls (a filling defect), so the
    # search begins outside the inner half.
    outside = offset >= 0.5 * half_width_mm[:, None]
    below = (values < level[:, None]) & outside
    found = below.any(axis=1)
    index = np.where(found, below.argmax(axis=1), values.argmin(axis=1))
    index = np.maximum(index, 1)
    row = np.arange(len(values))
    high, low = values[row, index - 1], values[row, index]
    drop = np.maximum(high - low, 1e-9)
    share = np.clip(np.where(found, (high - level) / drop, 1.0), 0, 1)
    place: Floats = offset[row, index - 1] + share * (offset[row, index] - offset[row, index - 1])
    return place.astype(np.float64)


def tube_radius(width_mm: Floats, *, blur_mm: float) -> Floats:
    """Return the radius of the round tube whose blurred shadow has this width at half height.

    Blur makes a thin tube look wider, but a tube that is wide against the blur look narrower: it
    wears off the steep flanks of the shadow more than its flat middle. So the width of a
    blurred semi-ellipse is tabulated and read backward.

    Parameters
    ----------
    width_mm : (K,) array
        Full width at half maximum.
    blur_mm : float
        Standard deviation of the blur of the image.

    Examples
    --------
    >>> float(tube_radius(np.array([math.sqrt(3.0)]), blur_mm=0.0).round(3)[0])
    1.0

    A tube of 1 mm, blurred by 0.1 mm, is 0.83 mm wide at half height instead of 0.87.

    >>> float(tube_radius(np.array([0.825]), blur_mm=0.1).round(2)[0])
    0.5
    """
    if blur_mm <= 0:
        return np.asarray(width_mm / (2 * _HALF_HEIGHT), np.float64)
    radius, width = _blurred_widths()
    seen = np.asarray(width_mm, np.float64) / blur_mm
    # Beyond the table the blur no longer matters but for the last, small difference.
    wide = radius[-1] + (seen - width[-1]) / (2 * _HALF_HEIGHT)
    return np.asarray(
        blur_mm * np.where(seen > width[-1], wide, np.interp(seen, width, radius)), np.float64
    )


@cache
def _blurred_widths() -> tuple[Floats, Floats]:
    """Return radii of round tubes and the widths of their shadows, in units of the blur."""
    radius = np.geomspace(0.5, 40, 60)
    step = np.linspace(-4, 4, 161)
    weight = np.exp(-(step**2) / 2)
    width = []
    for size in radius:
        place = np.linspace(0, size + 4, 800)
        chord = np.sqrt(np.maximum(size**2 - (place[:, None] - step) ** 2, 0))
        shadow = chord @ weight
        # The shadow falls outward, so it is read backward where it rises.
        width.append(2 * float(np.interp(shadow[0] / 2, shadow[::-1], place[::-1])))
    return radius, np.array(width)


def smoothed_path(path: Floats, *, sigma: float) -> Floats:
    """Return a path without its pixel steps; both ends stay where they are.

    `sigma` counts points.
    """
    count = len(path)
    if count < 4 or sigma <= 0:
        return path
    found: Floats = path[0] + _evenly(count)[:, None] * (path[-1] - path[0])
    bend = path - found
    weight = _weights(min(sigma, count / 4))
    reach = len(weight) // 2
    odd = np.concatenate([-bend[reach:0:-1], bend, -bend[-2 : -reach - 2 : -1]])
    for axis in (0, 1):
        found[:, axis] += np.convolve(odd[:, axis], weight, "valid")
    found[0], found[-1] = path[0], path[-1]
    return found


# A tree has many paths of like lengths and few widths: what they share is kept.
@lru_cache(maxsize=1024)
def _evenly(count: int) -> Floats:
    return np.linspace(0, 1, count)


@lru_cache(maxsize=1024)
def _weights(sigma: float) -> Floats:
    reach = int(3 * sigma + 0.5)
    weight: Floats = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weight /= weight.sum()
    return weight


def resampled(path: Floats, values: Floats, *, step: float) -> tuple[Floats, Floats]:
    """Return a path and the values along it at even distances of about `step`."""
    arc = arc_along(path)
    count = max(2, round(float(arc[-1]) / step) + 1)
    at = np.linspace(0, arc[-1], count)
    even = np.stack([np.interp(at, arc, path[:, axis]) for axis in (0, 1)], axis=1)
    return even, np.interp(at, arc, values)


def median(values: Floats | Image) -> float:
    """Return the median of a short row of numbers.

    Examples
    --------
    >>> median(np.array([4.0, 1.0, 2.0]))
    2.0
    """
    return quantile(values, 0.5)


def quantile(values: Floats | Image, share: float) -> float:
    """Return the value that a share (0 to 1) of a short row of numbers does not exceed.

    Of twenty numbers NumPy's own tells the same in ten times the time, most of it checks.

    Examples
    --------
    >>> quantile(np.array([4.0, 1.0, 2.0]), 0.75)
    3.0
    """
    row = values.copy()
    row.sort()
    return _of_sorted(row, share)


def quantiles(values: Floats | Image, *shares: float) -> tuple[float, ...]:
    """Return several such values of a short row of numbers.

    Examples
    --------
    >>> quantiles(np.array([4.0, 1.0, 2.0]), 0.5, 0.75)
    (2.0, 3.0)
    """
    row = values.copy()
    row.sort()
    return tuple([_of_sorted(row, share) for share in shares])


def _of_sorted(row: Floats | Image, share: float) -> float:
    last = len(row) - 1
    place = share * last
    below = int(place)
    low = row[below]
    if below == place:
        return float(low)
    return float(low + (place - below) * (row[below + 1] - low))


def medians_of_runs(values: Floats, firsts: Ints, lasts: Ints) -> Floats:
    """Return the median of the values from each first place to just before each last one.

    Examples
    --------
    >>> values = np.array([4.0, 1, 2, 8])
    >>> medians_of_runs(values, np.array([0, 1]), np.array([3, 3])).tolist()
    [2.0, 1.5]
    """
    lengths = lasts - firsts
    found = np.empty(len(lengths))
    # Runs of one length are sorted together.
    for length in np.unique(lengths).tolist():
        chosen = np.flatnonzero(lengths == length)
        runs = values[firsts[chosen, None] + np.arange(length)]
        runs.sort(axis=1)
        low, high = runs[:, (length - 1) // 2], runs[:, length // 2]
        found[chosen] = low + 0.5 * (high - low)
    return found


def running_median(values: Floats, size: int) -> npt.NDArray[np.float64]:
    """Return the median over `size` neighbors, the ends repeated."""
    if size < 3 or len(values) < 3:
        return values
    return np.asarray(
        ndimage.median_filter(values, size=min(size, len(values)) | 1, mode="nearest"), np.float64
    )
