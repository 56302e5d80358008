"""The rim of the breast, where it thins toward the skin.

Letters for shapes: an image has ``M`` rows and ``N`` columns.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.imagemath.grid import averaged, blurred, covered, spread
from galactolab.imagemath.strips import by_strips
from galactolab.records import Image, Mask

# Largest radius that passes for a nipple and smallest that passes for a breast.
NIPPLE_MM = 12.0
# Scales at which lines in the rim are judged: thin ducts and wide ones.
_LINE_MM = (0.4, 1.2)
_TABLE_MM, _TABLE_STEPS = 0.01, 3200
_RIM_STEPS_MM = np.concatenate([np.arange(0, 4, 0.5), np.arange(4, 31, 1.0)])


def framed(area: Mask) -> npt.NDArray[np.uint8]:
    """Repeat the border once: the edge of the image is not an edge of the breast."""
    return np.pad(area.astype(np.uint8), 1, mode="edge")


def rim_distance(area: Mask, *, spacing_mm: tuple[float, float]) -> Image:
    """Return the distance in mm from the air, 0 outside the breast.

    The image border does not count as air: a breast goes on at the chest wall.

    Examples
    --------
    >>> area = np.array([[1, 1, 1, 0]], bool)
    >>> print(rim_distance(area, spacing_mm=(1, 1)).round(0))
    [[3. 2. 1. 0.]]
    """
    if area.all():
        return np.full(area.shape, np.inf, np.float32)
    return _distance(area, pixel_mm=math.sqrt(spacing_mm[0] * spacing_mm[1]))


def outline_distance(
    area: Mask, *, spacing_mm: tuple[float, float]
) -> tuple[Image, Mask, tuple[Image, ...]]:
    """Return the distance in mm from skin, on a coarse grid, and where it is nearby air.

    Skin is the outline of the breast, and the outline of the breast without its nipple:
    the skin goes on behind the nipple's base.

    Parameters
    ----------
    area : (M, N) array of bool
    spacing_mm : (float, float)

    Returns
    -------
    distance : (m, n) array of float32
        Zero or above, on both sides of each outline.
    reachable : (m, n) array of bool
        The breast, and air in which a faint nipple may lie.
    depths : tuple of (m, n) arrays of float32
        Depth below each outline, below zero outside: of the breast and, where it has one,
        of the breast without its nipple.
    """
    step = max(1, round(0.25 / max(spacing_mm)))
    shape = (max(1, area.shape[0] // step), max(1, area.shape[1] // step))
    if area.all():
        return np.full(shape, np.inf, np.float32), np.ones(shape, np.bool_), ()
    pixel_mm = step * math.sqrt(spacing_mm[0] * spacing_mm[1])
    small: Mask = covered(area, shape=shape) > 0.5
    inside, outside = _distance(small, pixel_mm=pixel_mm), _distance(~small, pixel_mm=pixel_mm)
    depths: tuple[Image, ...] = (inside - outside,)
    # Opening by two distance maps: quick for a disc of any size.
    kernel: Mask = inside > NIPPLE_MM
    if kernel.any() and not kernel.all():
        body: Mask = _distance(~kernel, pixel_mm=pixel_mm) < NIPPLE_MM
        below = _distance(body, pixel_mm=pixel_mm) - _distance(~body, pixel_mm=pixel_mm)
        depths = (*depths, below)
    distance = np.min([np.abs(depth) for depth in depths], axis=0)
    return distance, outside < 2 * NIPPLE_MM, depths


def _distance(area: Mask, *, pixel_mm: float) -> Image:
    """Distance to the nearest pixel that is False; large where there is none."""
    if area.all():
        return np.full(area.shape, 1e6, np.float32)
    distance = cv2.distanceTransform(framed(area), cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.asarray(distance * np.float32(pixel_mm), np.float32)


def leveled(image: Image, *, inside: Mask, spacing_mm: tuple[float, float]) -> Image:
    """Return the image without the fall-off of breast thickness toward the skin.

    The median gray value at each distance from the air is subtracted, which also takes the
    skin line with it; air is treated as skin. An image without air loses its median.

    Parameters
    ----------
    image : (M, N) array of float32
    inside : (M, N) array of bool
    spacing_mm : (float, float)

    Returns
    -------
    (M, N) array of float32
    """
    if inside.all() or not inside.any():
        return image - np.float32(np.median(image[::4, ::4]))
    step = max(1, round(0.5 / max(spacing_mm)))
    rows, columns = (max(1, n // step) for n in image.shape)
    # Nothing else runs meanwhile: one thread sees to the image, one to the outline.
    with ThreadPoolExecutor(max_workers=1) as beside:
        shrunk = beside.submit(averaged, image, shape=(rows, columns))
        # The outline is known to a millimeter only: every other pixel tells the distance as well.
        halved = (max(1, inside.shape[0] // 2), max(1, inside.shape[1] // 2))
        near = covered(inside, shape=halved) > 0.5
        distance = rim_distance(near, spacing_mm=(2 * spacing_mm[0], 2 * spacing_mm[1]))
        small = shrunk.result()
    small_distance = averaged(distance, shape=(rows, columns))
    rings = np.digitize(small_distance, _RIM_STEPS_MM[1:])
    levels = _medians(small, rings)
    known = np.isfinite(levels)
    middles = (_RIM_STEPS_MM + np.append(_RIM_STEPS_MM[1:], _RIM_STEPS_MM[-1] + 1)) / 2
    # Read from a fine table: interpolating at each of many million pixels takes four times as long.
    table = np.interp(np.arange(_TABLE_STEPS) * _TABLE_MM, middles[known], levels[known])
    levels_px = np.empty_like(distance)

    def look_up(part: slice) -> None:
        place = np.minimum(distance[part] * np.float32(1 / _TABLE_MM), _TABLE_STEPS - 1)
        levels_px[part] = table.astype(np.float32)[place.astype(np.uint16)]

    by_strips(look_up, len(distance))
    base = spread(levels_px, shape=(image.shape[0], image.shape[1]))
    cv2.subtract(image, base, dst=base)
    return base


def _medians(values: Image, rings: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the median of the values in each ring; NaN where a ring has none."""
    order = np.argsort(rings.astype(np.uint8), axis=None, kind="stable")
    bounds = np.cumsum(np.bincount(rings.ravel(), minlength=len(_RIM_STEPS_MM)))[:-1]
    groups = np.split(values.ravel()[order], bounds)
    return np.array([np.median(group) if group.size else np.nan for group in groups])


def crossing_rim(
    image: Image, *, inside: Mask, reach_mm: float, spacing_mm: tuple[float, float]
) -> tuple[Mask, Mask, Mask, tuple[Image, ...]]:
    """Tell where bright lines near the skin run across it and not along it.

    Skin, its folds and the outline of the nipple are lines along the rim; a duct on its way
    to the orifice crosses them. What counts is along which direction the image bends more.

    Parameters
    ----------
    image : (M, N) array of float32
    inside : (M, N) array of bool
        The breast.
    reach_mm : float
        How deep the rim is.
    spacing_mm : (float, float)

    Returns
    -------
    inner : (M, N) array of bool
        The breast without its rim.
    crossing : (M, N) array of bool
        `inner`, and in the rim, on both sides of the skin, where a line crosses it.
    reachable : (M, N) array of bool
        The breast and the air close to it, in which a faint nipple may lie.
    depths : tuple of (m, n) arrays of float32
        Depth in mm below each outline, as `outline_distance` gives it; none without air.
    """
    full = (image.shape[0], image.shape[1])
    distance, reachable, depths = outline_distance(inside, spacing_mm=spacing_mm)
    deep: Mask = distance > reach_mm
    if deep.all():
        everywhere = np.ones(full, np.bool_)
        return everywhere, everywhere, everywhere, ()
    step = max(1, round(0.25 / max(spacing_mm)))
    pixel_mm = step * math.sqrt(spacing_mm[0] * spacing_mm[1])
    small = averaged(image, shape=deep.shape)
    # Direction of the rim: the outline is known to a millimeter only, so it is smoothed.
    depth = blurred(np.minimum(distance, 3 * reach_mm), sigma_px=0.8 / pixel_mm)
    down, right = (cv2.Sobel(depth, cv2.CV_32F, *order, ksize=3) for order in ((0, 1), (1, 0)))
    line = np.zeros(deep.shape, np.bool_)
    for sigma_mm in _LINE_MM:
        smooth = cv2.GaussianBlur(small, (0, 0), sigma_mm / pixel_mm)
        bend_r, bend_c, bend_rc = (
            cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3) for order in ((0, 2), (2, 0), (1, 1))
        )
        across = down**2 * bend_r + right**2 * bend_c + 2 * down * right * bend_rc
        along = right**2 * bend_r + down**2 * bend_c - 2 * down * right * bend_rc
        line |= along < -0.6 * np.abs(across)
    # Where one curvature passes through zero the other wins by chance: along thin seams.
    opened = cv2.morphologyEx(line.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    line = reachable & (deep | (opened > 0))
    room = np.empty(full, np.float32)
    crossing, inner, near = (
        spread(part.astype(np.float32), shape=full, out=room) > 0.5
        for part in (line, deep, reachable)
    )
    inner &= inside
    return inner, crossing, near, depths
