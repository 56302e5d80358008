"""From a fine pixel grid to a coarse one and back, without a shift.

A coarse pixel lies in the middle of the fine ones that it stands for; every function here
keeps to that, so that maps of different grids lie on top of each other.
"""

from __future__ import annotations

import cv2
import numpy as np

from galactolab.records import Image, Mask

# Pixels that a cell spans in each direction after halving, at the least.
_FEWEST_ACROSS = 3.0
# How many pixels of a level to each side a cubic curve leans on.
_CUBIC_REACH = 2


def blurred(image: Image, *, sigma_px: float) -> Image:
    """Return the image after a Gaussian blur, mirrored at its border.

    SciPy's own tells the same in ten times the time.

    Parameters
    ----------
    image : (M, N) array of float
    sigma_px : float

    Examples
    --------
    >>> print(blurred(np.eye(3, dtype=np.float32), sigma_px=9.0).round(2)[0])
    [0.33 0.33 0.33]
    """
    size = 2 * int(4 * sigma_px + 0.5) + 1
    calm = cv2.GaussianBlur(image, (size, size), sigma_px, borderType=cv2.BORDER_REFLECT)
    return np.asarray(calm, np.float32).reshape(image.shape)


def averaged(image: Image, *, shape: tuple[int, int]) -> Image:
    """Return the image on a coarser grid, each pixel the mean of what it covers.

    Parameters
    ----------
    image : (M, N) array of float32
    shape : (int, int)
        (m, n) with m <= M and n <= N.

    Examples
    --------
    >>> print(averaged(np.array([[0, 2, 4, 6]], np.float32), shape=(1, 2)))
    [[1. 5.]]
    """
    # Halving is an order of magnitude quicker than any other ratio; what a cell gains or loses
    # at its border by that is a small part of it while it spans several of the coarser pixels.
    rows, columns = image.shape
    while (
        min(rows / shape[0], columns / shape[1]) >= 2 * _FEWEST_ACROSS
        and rows % 2 == columns % 2 == 0
    ):
        rows, columns = rows // 2, columns // 2
        image = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    small = cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).reshape(shape)


def covered(mask: Mask, *, shape: tuple[int, int]) -> Image:
    """Return the share of each pixel of a coarser grid that a mask covers, as `averaged` does.

    Parameters
    ----------
    mask : (M, N) array of bool
    shape : (int, int)
        (m, n) with m <= M and n <= N.

    Examples
    --------
    >>> print(covered(np.array([[0, 1, 1, 1]], bool), shape=(1, 2)))
    [[0.5 1. ]]
    """
    rows, columns = mask.shape
    down, right = rows / shape[0], columns / shape[1]
    is_even = rows % 2 == columns % 2 == 0
    # Halved as small whole numbers, the mean of four is as exact and takes no large memory.
    if is_even and (down == right in (2, 4) or min(down, right) >= 2 * _FEWEST_ACROSS):
        fours = mask.view(np.uint8) * np.uint8(4)
        half = cv2.resize(fours, (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
        return averaged(np.asarray(half, np.float32), shape=shape) * np.float32(0.25)
    return averaged(mask.astype(np.float32), shape=shape)


def spread(cells: Image, *, shape: tuple[int, int], out: Image | None = None) -> Image:
    """Return a coarse map on a finer grid, linearly in between.

    Parameters
    ----------
    cells : (m, n) array of float32
    shape : (int, int)
        (M, N) with M >= m and N >= n.
    out : (M, N) array of float32, optional
        Where the result is written, instead of new memory.

    Examples
    --------
    >>> print(spread(np.array([[1, 5]], np.float32), shape=(1, 4)))
    [[1. 2. 4. 5.]]
    """
    large = cv2.resize(cells, (shape[1], shape[0]), dst=out, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32).reshape(shape)


def enlarged(level: Image, *, factor: int, shape: tuple[int, int]) -> Image:
    """Return a pyramid level on the pixel grid of the full image, cubic in between.

    Cubic, because a ridge is only a few coarse pixels wide: straight lines between them
    would cut off its crest (that alone doubles the pyramid's error).

    Parameters
    ----------
    level : (m, n) array of float32
    factor : int
        How many times it was decimated.
    shape : (int, int)
        (M, N) of the full image, at most factor * m and factor * n.
    """
    if factor == 1:
        return level
    size = (level.shape[1] * factor, level.shape[0] * factor)
    large = cv2.resize(level, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float32).reshape(size[::-1])[: shape[0], : shape[1]]


def enlarged_rows(level: Image, rows: slice, *, factor: int, shape: tuple[int, int]) -> Image:
    """Return some rows of what `enlarged` returns.

    Parameters
    ----------
    level : (m, n) array of float32
    rows : slice
        Of the full image, from a multiple of `factor` on.
    factor : int
    shape : (int, int)
        (M, N) of the full image.

    Examples
    --------
    >>> level = np.arange(12, dtype=np.float32).reshape(6, 2)
    >>> whole = enlarged(level, factor=2, shape=(12, 4))
    >>> bool((enlarged_rows(level, slice(6, 8), factor=2, shape=(12, 4)) == whole[6:8]).all())
    True
    """
    first, stop = rows.start // factor, -(-min(rows.stop, shape[0]) // factor)
    top = max(0, first - _CUBIC_REACH)
    part = level[top : stop + _CUBIC_REACH]
    wide = enlarged(part, factor=factor, shape=(len(part) * factor, shape[1]))
    return wide[(first - top) * factor :][: min(rows.stop, shape[0]) - rows.start]
