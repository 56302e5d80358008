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

The image is blurred once for each scale and then bent by kernels of five pixels at the most,
whose own blur is taken off sigma squared: differences of neighbors are derivatives of the image
blurred by a third of a pixel squared. Rows are worked on in strips that stay in the cache,
several strips at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from galactolab.errors import GalactolabError
from galactolab.imagemath.grid import averaged, enlarged
from galactolab.imagemath.strips import STRIP_ROWS, by_strips
from galactolab.records import Image
from galactolab.tree import Floats

Sigma = tuple[float, float]

# A level is decimated while sigma is at least this many coarse pixels: the error against
# the undecimated filter then stays below 3 % (root mean square, relative).
COARSEST_SIGMA_PX = 3.0
# The finest sigma that pixels can carry: below, the sampled kernel is no Gaussian anymore.
FINEST_SIGMA_PX = 0.7
_PREBLUR_PX = 0.8
_BORDER = cv2.BORDER_REFLECT
# Each strip is blurred with the rows around it: of many rows they are a small part.
_BLURRED_ROWS = 320
# Short kernels of a mean, a slope and a bend. Each blurs as much as the others, in every
# direction by this variance; from this sigma on they are exact to half a percent.
_SHORT = (
    np.array([1, 4, 1]) / 6,
    np.array([-1, 0, 1]) / 2,
    np.array([1, 8, -18, 8, 1]) / 12,
)
_SHORT_VARIANCE, _SHORT_FROM_PX = 1 / 3, 1.25


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
    spent: list[tuple[Image, Image]] | None = None,
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
    spent : list of pairs of (m, n) arrays of float32, optional
        `across` and `along` of earlier scales that nobody needs anymore, which may be put in
        at any time. They are filled again: new memory of that size costs as much as a filter.

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
        # No name of ours keeps the two large arrays when the one who asked is done with them.
        rest_px = (rest[0], rest[1])
        yield _curvature(base, sigma, factor, rest_px=rest_px, gain=gain, spent=spent)


def _curvature(
    base: Image,
    sigma_px: Sigma,
    factor: int,
    *,
    rest_px: Sigma,
    gain: Sigma,
    spent: list[tuple[Image, Image]] | None,
) -> Curvature:
    fitting = [pair for pair in spent or () if pair[0].shape == base.shape]
    if spent is not None:
        # What does not fit never will: levels grow smaller.
        spent.clear()
    room = fitting[0] if fitting else (np.empty_like(base), np.empty_like(base))
    across, along = _main_curvatures(base, sigma_px=rest_px, gain=gain, room=room)
    return Curvature(sigma_px=sigma_px, factor=factor, across=across, along=along)


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


def _gaussian(sigma: float) -> Floats:
    reach = max(1, math.ceil(4 * sigma))
    x = np.arange(-reach, reach + 1)
    smooth: Floats = np.exp(-(x**2) / (2 * sigma**2))
    smooth /= smooth.sum()
    return smooth


def _kernels(sigma: float) -> tuple[Floats, Floats, Floats]:
    """Gaussian and its first two derivatives, exact on polynomials of their order."""
    smooth = _gaussian(sigma)
    x = np.arange(len(smooth)) - len(smooth) // 2
    slope = x * smooth
    slope /= (slope * x).sum()
    bend = (x**2 / sigma**2 - 1) * smooth
    bend -= bend.mean()
    bend /= (bend * x**2 / 2).sum()
    return smooth, slope, bend


def _filters(sigma_px: Sigma) -> tuple[list[Floats], list[list[Floats]]]:
    """Return kernels for rows and columns: of a blur, and of the three bends after it.

    The bends are down, right and mixed. Where sigma is wide enough, they are short and the
    blur is all that is left of sigma; otherwise there is no blur and they hold all of it.
    """
    if min(sigma_px) < _SHORT_FROM_PX:
        blur = [np.ones(1), np.ones(1)]
        kernels = [_kernels(sigma) for sigma in sigma_px]
    else:
        blur = [_gaussian(math.sqrt(sigma**2 - _SHORT_VARIANCE)) for sigma in sigma_px]
        kernels = [_SHORT, _SHORT]
    (smooth_r, slope_r, bend_r), (smooth_c, slope_c, bend_c) = kernels
    return blur, [[bend_r, smooth_c], [smooth_r, bend_c], [slope_r, slope_c]]


def _main_curvatures(
    base: Image, *, sigma_px: Sigma, gain: Sigma, room: tuple[Image, Image]
) -> tuple[Image, Image]:
    """Return the stronger downward curvature and the magnitude of the other one, in `room`.

    With half sum ``h`` and half difference ``d`` of the two axes' curvatures and the mixed
    one ``x``, the main curvatures are ``h +- sqrt(d^2 + x^2)``.
    """
    blur, bends = _filters(sigma_px)
    factors = -0.5 * gain[0] ** 2, -0.5 * gain[1] ** 2, gain[0] * gain[1]
    for kernels, factor in zip(bends, factors, strict=True):
        kernels[0] = kernels[0] * factor
    far, near = len(blur[0]) // 2, len(bends[0][0]) // 2
    across, along = room

    def strip(rows: slice) -> None:
        part, top = _with_more(base, rows, far + near)
        if far:
            part = _filtered(part, blur)
        # The blur is quicker on many rows, what follows on few: those fit in the fastest cache.
        last = min(rows.stop, base.shape[0])
        for first in range(rows.start, last, STRIP_ROWS):
            found = slice(first, min(first + STRIP_ROWS, last))
            seen, above = _with_more(part, slice(first - top, found.stop - top), near)
            inner = slice(first - top - above, found.stop - top - above)
            down, right, mixed = (_filtered(seen, kernels)[inner] for kernels in bends)
            split = cv2.magnitude(cv2.subtract(down, right), mixed)
            half = cv2.add(down, right, dst=down)
            # Not by OpenCV's `dst`: of an image of one pixel it writes elsewhere.
            np.maximum(cv2.add(half, split), 0, out=across[found])
            np.abs(cv2.subtract(half, split), out=along[found])

    by_strips(strip, base.shape[0], rows=_BLURRED_ROWS)
    return across, along


def _with_more(image: Image, rows: slice, reach: int) -> tuple[Image, int]:
    """Return rows with those within `reach` of them, and the number of the first."""
    top = max(0, rows.start - reach)
    return image[top : rows.stop + reach], top


def _filtered(image: Image, kernels: list[Floats]) -> Image:
    rows, columns = kernels
    return np.asarray(cv2.sepFilter2D(image, -1, columns, rows, borderType=_BORDER), np.float32)
