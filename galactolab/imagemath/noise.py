"""What a ridge has to stand out from: noise and texture, estimated from the image itself.

Letters for shapes: an image has ``M`` rows and ``N`` columns; statistics are taken in
square cells and smoothed over a window of cells.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from scipy import ndimage

from galactolab.errors import check_between
from galactolab.imagemath.grid import averaged
from galactolab.records import Image, Mask

# Median of |x| of a standard normal variable.
_MEDIAN_TO_SD = 1.4826
# Removes constants, slopes and, what matters on a ridge, anything that bends along one
# axis only (Immerkaer 1996); its gain on white noise is 6.
_CHECKER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6.0


def noise_sd(image: Image, *, inside: Mask | None = None) -> float:
    """Estimate the standard deviation of the pixel noise.

    Edges and ridges bend along one direction; the 3 x 3 mask used here answers only to what
    bends along rows and columns at once, and the median ignores the few pixels where
    something does.

    Parameters
    ----------
    image : (M, N) array of float32
    inside : (M, N) array of bool, optional
        Where to look, such as the breast area; everywhere when not given.

    Returns
    -------
    float
        In the unit of the image; 0 for images under 3 x 3 pixels.

    References
    ----------
    Immerkaer, Comput Vis Image Underst 64:300 (1996), doi:10.1006/cviu.1996.0060.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> slope = np.linspace(0, 50, 200, dtype=np.float32)
    >>> image = slope + rng.normal(0, 2, (200, 200)).astype(np.float32)
    >>> round(noise_sd(image), 1)
    2.0
    """
    if min(image.shape) < 3:
        return 0.0
    answer = np.abs(cv2.filter2D(image, -1, _CHECKER)[1:-1, 1:-1])
    chosen = answer if inside is None else answer[inside[1:-1, 1:-1]]
    return float(np.median(chosen)) * _MEDIAN_TO_SD if chosen.size else 0.0


def local_level(
    values: Image,
    *,
    cell_px: tuple[float, float],
    inside: Mask | None = None,
    quantile: float = 0.2,
    window: int = 9,
) -> Image:
    """Return the usual size of non-negative values around each pixel, in a coarse map.

    Means are taken in cells, and of the cells in a window a low quantile: up to four fifths
    of a neighborhood may be taken by what is looked for (a bush of ducts) before it passes
    for its own background.

    Parameters
    ----------
    values : (M, N) array of float32
        Zero or above, such as magnitudes of a filter's answer.
    cell_px : (float, float)
        Height and width of a cell in pixels.
    inside : array of bool, optional
        Of any shape that covers the same field; cells mostly outside do not count.
    quantile : float
        0 to 1.
    window : int
        Width of the window in cells, odd.

    Returns
    -------
    (m, n) array of float32
        One value per cell; enlarge it with `spread`.

    Examples
    --------
    >>> values = np.ones((40, 40), np.float32)
    >>> values[:, 18:22] = 100  # a duct does not count as background
    >>> print(local_level(values, cell_px=(10, 10), window=3).round(2).max())
    1.0
    """
    check_between("quantile", quantile, 0, 1)
    rows, columns = (
        max(1, math.ceil(n / max(1.0, c))) for n, c in zip(values.shape, cell_px, strict=True)
    )
    cells = averaged(values, shape=(rows, columns))
    if inside is None:
        low = ndimage.percentile_filter(cells, 100 * quantile, size=window, mode="nearest")
    else:
        within = averaged(inside.astype(np.float32), shape=(rows, columns)) > 0.5
        low = _quantile_within(cells, within, quantile=quantile, window=window)
    smooth = ndimage.gaussian_filter(low, window / 4, mode="nearest")
    result: Image = smooth.astype(np.float32)
    return result


def _quantile_within(cells: Image, within: Mask, *, quantile: float, window: int) -> Image:
    """Local quantile of the cells that count; others take the quantile of all that count."""
    if not within.any():
        return np.full_like(cells, np.quantile(cells, quantile))
    reach = window // 2
    padded = np.pad(np.where(within, cells, np.nan), reach, constant_values=np.nan)
    views = np.lib.stride_tricks.sliding_window_view(padded, (window, window))
    stack = np.sort(views.reshape(*cells.shape, -1), axis=-1)
    n_valid = np.isfinite(stack).sum(-1)
    rank = np.floor(quantile * np.maximum(n_valid - 1, 0)).astype(np.intp)
    local = np.take_along_axis(stack, rank[..., None], -1)[..., 0]
    overall = np.quantile(cells[within], quantile)
    return np.where(n_valid > 0, local, overall).astype(np.float32)
