"""A scout laid over its galactogram and taken off: what is left is the contrast medium.

Letters for shapes: an image has ``M`` rows and ``N`` columns.

Plan. Between the two exposures the breast has moved a little, as a whole. The move (shift and
turn) is found on a coarse grid, where the thin ducts hardly count, by maximizing the
correlation of the two pictures, which no change of dose or gray scale disturbs; gray values
are then matched by a straight line, and the difference is taken.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError
from galactolab.imagemath.grid import averaged
from galactolab.records import Galactogram, Image

_CELL_MM = 0.5
_N_STEPS = 60
_LEAST_GAIN = 1e-5
# Blur of both pictures, in cells, before they are compared.
_BLUR_CELLS = 5


def registered(scout: Galactogram, *, to: Galactogram) -> Galactogram:
    """Return the scout, moved so that it lies on a galactogram.

    Parameters
    ----------
    scout, to : Galactogram
        Of the same shape and spacing.

    Returns
    -------
    Galactogram
        The scout on the galactogram's pixel grid.

    Raises
    ------
    GalactolabError
        If shape or spacing differ.

    References
    ----------
    Enhanced correlation coefficient: Evangelidis & Psarakis, IEEE Trans Pattern Anal Mach
    Intell 30:1858 (2008), doi:10.1109/TPAMI.2008.113.

    Examples
    --------
    >>> rows, columns = np.mgrid[:200, :200]
    >>> breast = np.exp(-((rows - 90) ** 2 / 1500 + (columns - 80) ** 2 / 500))
    >>> here = Galactogram(pixels=breast, spacing_mm=0.5)
    >>> there = Galactogram(pixels=np.roll(breast, 4, axis=0), spacing_mm=0.5)
    >>> moved = registered(there, to=here)
    >>> bool(np.abs(moved.pixels - here.pixels).max() < 0.02)
    True
    """
    for name, one, other in (
        ("shape", scout.pixels.shape, to.pixels.shape),
        ("spacing_mm", scout.spacing_mm, to.spacing_mm),
    ):
        if one != other:
            sentence = f"The scout has {name} {one}, but the galactogram has {other}."
            raise GalactolabError(sentence)
    move = _move(to.pixels, scout.pixels, spacing_mm=to.spacing_mm)
    size = (to.pixels.shape[1], to.pixels.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(scout.pixels, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return replace(scout, pixels=np.asarray(moved, np.float32))


def subtracted(galactogram: Galactogram, *, scout: Galactogram) -> Galactogram:
    """Return what the contrast medium added to a scout.

    Parameters
    ----------
    galactogram, scout : Galactogram
        Of the same shape and spacing; the scout is registered first.

    Returns
    -------
    Galactogram
        The difference; near zero where nothing was filled.

    Raises
    ------
    GalactolabError
        If shape or spacing differ.
    """
    moved = registered(scout, to=galactogram).pixels
    slope, offset = _line(moved[::4, ::4].ravel(), galactogram.pixels[::4, ::4].ravel())
    return replace(galactogram, pixels=galactogram.pixels - (slope * moved + offset))


def _move(here: Image, there: Image, *, spacing_mm: tuple[float, float]) -> npt.NDArray[np.float32]:
    """Return the 2 x 3 matrix from (x, y) in one image to (x, y) in the other."""
    step = max(1, round(_CELL_MM / max(spacing_mm)))
    rows, columns = (max(1, n // step) for n in here.shape)
    identity = np.eye(2, 3, dtype=np.float32)
    if min(rows, columns) < 8:
        return identity
    one, other = (_even(averaged(image, shape=(rows, columns))) for image in (here, there))
    window = cv2.createHanningWindow((columns, rows), cv2.CV_32F)
    shift, _ = cv2.phaseCorrelate(one, other, window)
    first = identity.copy()
    # A shift of more than a tenth is no shift but a failure.
    if abs(shift[0]) < 0.1 * columns and abs(shift[1]) < 0.1 * rows:
        first[:, 2] = shift
    rule = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _N_STEPS, _LEAST_GAIN)
    try:
        everywhere = np.ones((rows, columns), np.uint8)
        _, answer = cv2.findTransformECC(
            one, other, first, cv2.MOTION_EUCLIDEAN, rule, everywhere, _BLUR_CELLS
        )
        found = np.asarray(answer, np.float32)
    except cv2.error:  # it says so when the pictures have nothing in common
        found = identity
    # Cells lie at the middles of the pixels that they stand for.
    middle = np.array([(step - 1) / 2, (step - 1) / 2])
    turn = np.asarray(found[:, :2], np.float64)
    shift_px = step * found[:, 2] + middle - turn @ middle
    return np.column_stack([turn, shift_px]).astype(np.float32)


def _even(image: Image) -> Image:
    """Return an image with mean 0 and standard deviation 1."""
    spread = float(image.std())
    return np.asarray((image - image.mean()) / (spread if spread > 0 else 1.0), np.float32)


def _line(x: Image, y: Image) -> tuple[np.float32, np.float32]:
    """Fit a straight line, twice: the second time without what lies far above it (iodine)."""
    slope, offset = 1.0, float(np.median(y - x))
    kept = np.ones(len(x), np.bool_)
    for _ in range(2):
        if kept.sum() < 10 or float(x[kept].std()) == 0.0:
            break
        slope, offset = np.polyfit(x[kept].astype(np.float64), y[kept].astype(np.float64), 1)
        rest = y - (slope * x + offset)
        width = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
        kept = np.abs(rest) <= 3 * width
    return np.float32(slope), np.float32(offset)
