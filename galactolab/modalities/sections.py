"""Cuts of unions of balls by a plane, drawn on a grid of square pixels.

A ball whose center lies off the plane is cut as a smaller disk. A beam has a thickness, so
that what it shows is a mean over several parallel planes: a duct that is thinner than the
beam is half filled in by the tissue beside it.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.records import Image

Floats = npt.NDArray[np.float64]

# Cells per pixel along each axis, and sub-cell bits of OpenCV's drawing.
_FINE, _SHIFT = 3, 5
# A filled disk of OpenCV covers this many cells more than its radius.
_BLEED = 0.5


def disks(
    rows: Floats,
    columns: Floats,
    away_mm: Floats,
    radius_mm: Floats,
    *,
    shape: tuple[int, int],
    spacing_mm: float,
) -> Image:
    """Return how far each pixel is covered by the cut balls, 0 to 1.

    Parameters
    ----------
    rows, columns : (n,) array of float
        Centers, in pixels.
    away_mm : (n,) array of float
        Distance of the centers from the plane.
    radius_mm : (n,) array of float
    shape : (M, N)
    spacing_mm : float

    Examples
    --------
    A ball of radius 1.5 mm that is cut through its middle, and one that the plane misses:

    >>> at = np.array([20.0, 20.0])
    >>> drawn = disks(at, at, np.array([0.0, 9.0]), np.array([1.5, 1.5]),
    ...               shape=(41, 41), spacing_mm=0.1)
    >>> round(0.1**2 * float(drawn.sum()), 1), round(np.pi * 1.5**2, 1)
    (7.1, 7.1)
    """
    # Plan: plain disks on a grid of _FINE x _FINE cells per pixel, then the mean of each pixel.
    # (Smooth disks would add up to tubes that are a pixel too wide.)
    canvas = np.zeros((shape[0] * _FINE, shape[1] * _FINE), np.uint8)
    square = radius_mm**2 - away_mm**2
    reach = np.sqrt(np.maximum(square, 0)) / spacing_mm
    seen = (square > 0) & (rows > -reach) & (columns > -reach)
    seen &= (rows < shape[0] + reach) & (columns < shape[1] + reach)
    scale = _FINE << _SHIFT
    middle = 0.5 * (_FINE - 1) / _FINE
    x = np.rint((columns[seen] + middle) * scale).astype(int).tolist()
    y = np.rint((rows[seen] + middle) * scale).astype(int).tolist()
    r = np.rint(np.maximum(reach[seen] * _FINE - _BLEED, 0) * (1 << _SHIFT)).astype(int).tolist()
    for center_x, center_y, radius in zip(x, y, r, strict=True):
        cv2.circle(canvas, (center_x, center_y), radius, 255, -1, cv2.LINE_8, _SHIFT)
    cover: Image = cv2.resize(canvas, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    cover /= 255
    return cover
