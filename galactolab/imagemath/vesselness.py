"""Scale-normalized ridges, found on a Gaussian pyramid.

Letters for shapes: an image has ``M`` rows and ``N`` columns, a pyramid level that is
decimated ``f`` times has ``m = ceil(M / f)`` rows and ``n = ceil(N / f)`` columns.

Plan. At each scale sigma the image is curved along two main directions; a bright ridge is
a place where the stronger of the two curvatures bends down. The curvature is multiplied by
sigma squared, so that a ridge answers loudest at the scale that fits its width (Lindeberg)
and scales can be compared. A wide scale needs no fine pixels: the image is halved while
sigma stays at three or more coarse pixels. Three details decide whether that is exact:

* the blur that the pyramid itself has made is subtracted from sigma squared;
* halving averages 2 x 2 pixels, so a coarse pixel lies in the middle of four fine ones, and
  enlarging has to put it back there (OpenCV's `resize` uses the same half-pixel rule);
* the derivative kernels are normalized by their discrete moments: the second derivative of
  a sampled parabola is exact at any sigma.

Rows are worked on in strips that stay in the cache, several strips at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from galactolab.errors import GalactolabError
from galactolab.imagemath.grid import averaged, enlarged
from galactolab.imagemath.strips import by_strips
from galactolab.records import Image

Sigma = tuple[float, float]

# A level is decimated while sigma is at least this many coarse pixels: the error against
# the undecimated filter then stays below 3 % (root mean square, relative).
COARSEST_SIGMA_PX = 3.0
# The finest sigma that pixels can carry: below, the sampled kernel is no Gaussian anymore.
FINEST_SIGMA_PX = 0.7
_PREBLUR_PX = 0.8
_BORDER = cv2.BORDER_REFLECT


@dataclass(frozen=True, kw_only=True, eq=False)
class Curvature:
    """How the image bends at one scale, on the pyramid level of that scale.

    Attributes
    ----------
    sigma_px : (float, float)
        Scale in pixels of the full image (row, column).
    factor : int
        How many times the level is decimated.
    across : (m, n) array of float32
        Stronger downward curvature times sigma squared: large on a bright ridge, positive
        also on a bright spot, zero where the image nowhere bends down.
    along : (m, n) array of float32
        The other curvature, as magnitude: near zero along a straight ridge.
    """

    sigma_px: Sigma
    factor: int
    across: Image
    along: Image


def curvatures(
    image: Image,
    *,
    sigmas_px: Sequence[float | Sigma],
    bright: bool = True,
    decimate: bool = True,
) -> Iterator[Curvature]:
    """Yield the curvature of an image, from the finest scale to the widest.

    Parameters
    ----------
    image : (M, N) array of float32
    sigmas_px : sequence of float or (float, float)
        Scales in pixels, or (row, column) pairs where pixels are not square. Scales below
        0.7 px are raised to 0.7 px.
    bright : bool
        Look for bright ridges; False for dark ones.
    decimate : bool
        False works on the full image at each scale: slower, the reference of the pyramid.

    Raises
    ------
    GalactolabError
        If there is no scale, or one that is not above zero.
    """
    base = np.ascontiguousarray(image, np.float32)
    if not bright:
        base = -base
    factor, variance = 1, 0.0
    for sigma in _checked(sigmas_px):
        while decimate and min(sigma) >= 2 * factor * COARSEST_SIGMA_PX and min(base.shape) > 16:
            base, added = _halved(base)
            variance += factor**2 * added
            factor *= 2
        rest = tuple(math.sqrt(s * s - variance) / factor for s in sigma)
        gain = (sigma[0] / factor, sigma[1] / factor)
        across, along = _main_curvatures(base, sigma_px=(rest[0], rest[1]), gain=gain)
        yield Curvature(sigma_px=sigma, factor=factor, across=across, along=along)


def vesselness(
    image: Image,
    *,
    sigmas_px: Sequence[float | Sigma],
    bright: bool = True,
    decimate: bool = True,
) -> Image:
    """Tell how much each pixel lies on a ridge: the largest answer over all scales.

    The answer has the unit of the image. A straight bar of height 1 gives close to 0.48 at
    the scale of its half width, whatever that width is, so thin and wide ducts of the same
    contrast answer alike; scikit-image's `frangi` has lost that normalization (its issue
    7711) and lets the smallest scale decide.

    Parameters
    ----------
    image : (M, N) array of float32
        Larger is brighter.
    sigmas_px : sequence of float or (float, float)
        Scales in pixels.
    bright : bool
        Bright ridges; False for dark ones.
    decimate : bool
        Work on a pyramid; False is slower and exact.

    Returns
    -------
    (M, N) array of float32
        Zero or above.

    References
    ----------
    Lindeberg, Int J Comput Vis 30:117 (1998), doi:10.1023/A:1008097225773.
    Sato et al., Med Image Anal 2:143 (1998), doi:10.1016/S1361-8415(98)80009-1.

    Examples
    --------
    A bright line on the third row answers, and its neighbors less:

    >>> image = np.zeros((5, 6), np.float32)
    >>> image[2] = 1
    >>> print(np.round(10 * vesselness(image, sigmas_px=[1.0])[:, 3]).astype(int))
    [0 0 4 0 0]
    """
    shape = (image.shape[0], image.shape[1])
    found = np.zeros(shape, np.float32)
    for level in curvatures(image, sigmas_px=sigmas_px, bright=bright, decimate=decimate):
        answer = enlarged(level.across, factor=level.factor, shape=shape)
        np.maximum(found, answer, out=found)
    return found


def _checked(sigmas_px: Sequence[float | Sigma]) -> list[Sigma]:
    pairs = [s if isinstance(s, tuple) else (s, s) for s in sigmas_px]
    if not pairs or not all(0 < s < math.inf for pair in pairs for s in pair):
        sentence = (
            f"sigmas_px is {list(sigmas_px)!r}, but it has to hold at least one scale above 0 px."
        )
        raise GalactolabError(sentence)
    fine = FINEST_SIGMA_PX
    return sorted((max(float(row), fine), max(float(column), fine)) for row, column in pairs)


def _halved(base: Image) -> tuple[Image, float]:
    """Return the level below and the variance of the blur it got, in pixels of `base`."""
    kernel = cv2.getGaussianKernel(5, _PREBLUR_PX)
    smooth = cv2.sepFilter2D(base, -1, kernel, kernel, borderType=_BORDER)
    rows, columns = base.shape
    if rows % 2 or columns % 2:
        smooth = cv2.copyMakeBorder(smooth, 0, rows % 2, 0, columns % 2, cv2.BORDER_REPLICATE)
    even = np.asarray(smooth, np.float32).reshape(rows + rows % 2, columns + columns % 2)
    half = averaged(even, shape=(even.shape[0] // 2, even.shape[1] // 2))
    added = float((kernel[:, 0] * np.arange(-2, 3) ** 2).sum()) + 0.25
    return half, added


def _kernels(sigma: float) -> tuple[Image, Image, Image]:
    """Gaussian and its first two derivatives, exact on polynomials of their order."""
    reach = max(1, math.ceil(4 * sigma))
    x = np.arange(-reach, reach + 1, dtype=np.float64)
    smooth = np.exp(-(x**2) / (2 * sigma**2))
    smooth /= smooth.sum()
    slope = x * smooth
    slope /= (slope * x).sum()
    bend = (x**2 / sigma**2 - 1) * smooth
    bend -= bend.mean()
    bend /= (bend * x**2 / 2).sum()
    return smooth.astype(np.float32), slope.astype(np.float32), bend.astype(np.float32)


def _main_curvatures(base: Image, *, sigma_px: Sigma, gain: Sigma) -> tuple[Image, Image]:
    """Return the stronger downward curvature and the magnitude of the other one.

    With half sum ``h`` and half difference ``d`` of the two axes' curvatures and the mixed
    one ``x``, the main curvatures are ``h +- sqrt(d^2 + x^2)``.
    """
    smooth_r, slope_r, bend_r = _kernels(sigma_px[0])
    smooth_c, slope_c, bend_c = _kernels(sigma_px[1])
    bend_r, bend_c = bend_r * (-0.5 * gain[0] ** 2), bend_c * (-0.5 * gain[1] ** 2)
    slope_r = slope_r * (gain[0] * gain[1])
    reach = len(smooth_r) // 2
    across, along = np.empty_like(base), np.empty_like(base)

    def strip(rows: slice) -> None:
        first, last = rows.start, min(rows.stop, base.shape[0])
        top = max(0, first - reach)
        part, inner = base[top : last + reach], slice(first - top, last - top)

        def filtered(column_kernel: Image, row_kernel: Image) -> Image:
            kernels = row_kernel, column_kernel
            out = cv2.sepFilter2D(part, -1, *kernels, borderType=_BORDER)
            return np.asarray(out, np.float32)[inner]

        down = filtered(bend_r, smooth_c)
        right = filtered(smooth_r, bend_c)
        split = cv2.magnitude(down - right, filtered(slope_r, slope_c))
        half = np.add(down, right, out=down)
        np.maximum(half + split, 0, out=across[first:last])
        np.abs(half - split, out=along[first:last])

    by_strips(strip, base.shape[0])
    return across, along
