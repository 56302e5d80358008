"""Steps: bright lines that are only the border of something bright, as of the pectoral muscle.

Letters for shapes: an image has ``M`` rows and ``N`` columns, ``m, n`` on a coarse grid;
``K`` places lie on a line.

The shoulder of a step bends like a ridge, and a display that sharpens adds a crest. But a duct
falls off on both sides to about the same tissue; a step falls far on one side and little on
the other, and what lies there stays bright for longer than any cyst. A faint duct on the slope
of a gland looks the same. So a step has to be more: as wide as the widest ridges, for it
has no second side, as long as no duct is without a fork, and on a smooth curve.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.imagemath.grid import averaged
from galactolab.records import Image, Mask

_CELL_MM, _SLOPE_MM = 0.5, 2.0
# Beyond the widest usual duct, and before the next thing.
_AWAY_MM = (2.5, 3.5, 4.5)
# Beyond cysts and the widest ducts.
_FAR_MM, _FAR_SHARE = (8.0, 11.0, 14.0), 0.75
# A step falls this much less on its bright side, and on the other by this share of the range.
_SHARE, _LEAST = 0.4, 0.08
# Most of a line lies on a step within this far; shorter gaps in it are those of its contrast.
_NEAR_MM, _MOST, _GAP_MM = 1.75, 0.7, 3.0
# On tuning pictures, ducts that look like steps and are as wide are up to 16 mm long, and
# edges of muscles 22 mm and more.
_LONG_MM, _WIDE_MM = 20.0, 0.9
# Places of a step lie this close to its curve, and most of those that hang together do.
_OFF_CURVE_MM, _SMOOTH = 1.75, 0.6
# A band of even width lies on average a quarter of its width off its middle, a little more
# on a coarse grid, and pieces of a tree that chance has put in a row lie further off.
_EVEN, _WHOLE = 0.55, 0.85


def step_lines(
    ridges: Mask, flat: Image, *, gray_range: float, spacing_mm: tuple[float, float]
) -> Mask:
    """Return the places on and around ridges that are the border of something bright, (M, N).

    Parameters
    ----------
    ridges : (M, N) array of bool
    flat : (M, N) array of float32
    gray_range : float
        Of the tissue.
    spacing_mm : (float, float)

    Examples
    --------
    >>> ridges = np.zeros((80, 80), bool)
    >>> ridges[:, 37:43] = True
    >>> muscle, duct = np.zeros((2, 80, 80), np.float32)
    >>> muscle[:, 38:] = duct[:, 38:42] = 1.0
    >>> for image in (muscle, duct):
    ...     lines = step_lines(ridges, image, gray_range=1.0, spacing_mm=(0.5, 0.5))
    ...     print(lines[ridges].all(), lines.any())
    True True
    False False
    """
    rows, columns = (
        max(1, round(count * spacing / _CELL_MM))
        for count, spacing in zip(flat.shape, spacing_mm, strict=True)
    )
    # Every other pixel says as much where several lie in a cell.
    some = np.s_[::2, ::2] if max(spacing_mm) <= _CELL_MM / 4 else np.s_[:, :]
    shares = averaged(ridges[some].astype(np.float32), shape=(rows, columns))
    steps = _falls_on_one_side(averaged(flat[some], shape=(rows, columns)), gray_range=gray_range)
    around = (2 * round(_NEAR_MM / _CELL_MM) + 1,) * 2
    on_step = cv2.blur(shares * steps, around) > _MOST * cv2.blur(shares, around)
    found = _long_and_smooth(np.where(on_step, shares, np.float32(0)))
    if not found.any():
        return np.zeros(flat.shape, np.bool_)
    # A ridge is a little wider where it is weaker.
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    wide = cv2.dilate(found.view(np.uint8), disc)
    lines = cv2.resize(wide, flat.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(lines, np.uint8).reshape(flat.shape).view(np.bool_)


def _falls_on_one_side(small: Image, *, gray_range: float) -> Mask:
    """Return where a coarse image falls off on one side only, (m, n)."""
    wide = cv2.GaussianBlur(small, (0, 0), _SLOPE_MM / _CELL_MM)
    down, right = (cv2.Sobel(wide, cv2.CV_32F, *order, ksize=3) for order in ((0, 1), (1, 0)))
    steep = np.maximum(cv2.magnitude(down, right), 1e-12) * _CELL_MM
    down, right = down / steep, right / steep
    row, column = np.mgrid[: small.shape[0], : small.shape[1]].astype(np.float32)
    calm = cv2.GaussianBlur(small, (0, 0), 1.0)

    def beside(away_mm: float) -> Image:
        at = (column + np.float32(away_mm) * right, row + np.float32(away_mm) * down)
        seen = cv2.remap(calm, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.float32)

    top = cv2.dilate(cv2.GaussianBlur(small, (0, 0), 0.6), np.ones((3, 3), np.uint8))
    to_bright, to_dark = (
        top - sum(beside(side * away) for away in _AWAY_MM) / np.float32(len(_AWAY_MM))
        for side in (1, -1)
    )
    found: Mask = (to_dark > _LEAST * gray_range) & (to_bright < _SHARE * to_dark)
    for away in _FAR_MM:
        found &= top - beside(away) < _FAR_SHARE * to_dark
    return found


def _long_and_smooth(shares: Image) -> Mask:
    """Return the places that make up wide, long lines without a fork, (m, n)."""
    found = np.zeros(shares.shape, np.bool_)
    gap = (2 * round(_GAP_MM / 2 / _CELL_MM) + 1,) * 2
    joined = cv2.dilate((shares > 0).astype(np.uint8), np.ones(gap, np.uint8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    labels = np.asarray(labels, np.int32).reshape(shares.shape)
    extents = np.hypot(boxes[:, cv2.CC_STAT_HEIGHT], boxes[:, cv2.CC_STAT_WIDTH]) * _CELL_MM
    for label in np.flatnonzero(extents >= _LONG_MM):
        places = np.argwhere((labels == label) & (shares > 0))
        if label > 0 and len(places):
            rows, columns = places[_on_one_curve(places, shares[tuple(places.T)])].T
            found[rows, columns] = True
    return found


def _on_one_curve(places: npt.NDArray[np.int64], shares: Image) -> Mask:
    """Return which places lie on the curve of a step, (K,); none if they are no step.

    Parameters
    ----------
    places : (K, 2) array of int
    shares : (K,) array of float32
        Of each place that a ridge covers.
    """
    points = (places - np.average(places, axis=0, weights=shares)) * _CELL_MM
    axes = np.linalg.eigh((points * shares[:, np.newaxis]).T @ points)[1]
    along, across = points @ axes[:, 1], points @ axes[:, 0]
    off = np.zeros(len(places))
    # Places far from the curve count less and less.
    for _ in range(8):
        weights = np.sqrt(shares / (1 + (2 * off / _OFF_CURVE_MM) ** 2))
        off = np.abs(across - np.polyval(np.polyfit(along, across, 2, w=weights), along))
    kept: Mask = off < _OFF_CURVE_MM
    if not kept.any():
        return kept
    covered = np.floor((along[kept] - along[kept].min()) / _CELL_MM + 0.5)
    long_mm = len(np.unique(covered)) * _CELL_MM
    wide_mm = float(shares[kept].sum()) * _CELL_MM**2 / long_mm
    is_one_line = (
        shares[kept].sum() > _SMOOTH * shares.sum()
        and np.median(off[kept]) < _EVEN * wide_mm
        and long_mm > _WHOLE * np.ptp(along[kept])
    )
    return kept & bool(is_one_line and long_mm > _LONG_MM and wide_mm > _WIDE_MM)
