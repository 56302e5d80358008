"""The cannula outside the breast: metal that lies in air is no duct.

A cannula comes out of the orifice and runs straight away through the air, much farther than
a nipple stands out. It hangs together with the duct that it lies in, and it is steeper than any
iodine. Left in, it moves the orifice to its far end and makes true ducts look flat.

Letters for shapes: an image has ``M`` rows and ``N`` columns.
"""

from __future__ import annotations

import cv2
import numpy as np

from galactolab.imagemath.relief import Relief
from galactolab.reading.scene import Ints
from galactolab.records import Mask
from galactolab.tree import Floats

# A line in air that reaches farther from the breast than this is no duct in a faint nipple; at
# the edge of the image less is enough, as there is no telling how far it goes on.
_BEYOND_NIPPLE_MM, _AT_EDGE_MM = 8.0, 3.0
# The outline of the breast is known to this much.
_OUTLINE_MM = 0.8
# Distances in air are measured on a grid as coarse as this.
_GRID_MM = 0.4


def without_needle(area: Mask, found: Relief, *, spacing_mm: tuple[float, float]) -> Mask:
    """Return candidate ridges without those that lead far out into the air.

    Parameters
    ----------
    area : (M, N) array of bool
        Candidate ridges.
    found : Relief
    spacing_mm : (float, float)

    Returns
    -------
    (M, N) array of bool
        The same array where nothing lies far out.
    """
    outside = np.flatnonzero(area > found.area)
    if not len(outside) or not found.area.any():
        return area
    rows, columns = np.divmod(outside, area.shape[1])
    away = _away_mm(rows, columns, breast=found.area, spacing_mm=spacing_mm)
    near_edge = _at_edge(rows, area.shape[0]) | _at_edge(columns, area.shape[1])
    leads_out = away > np.where(near_edge, _AT_EDGE_MM, _BEYOND_NIPPLE_MM)
    if not leads_out.any():
        return area
    in_air = np.zeros(area.shape, np.bool_)
    clear = away > _OUTLINE_MM
    in_air[rows[clear], columns[clear]] = True
    count, labels = cv2.connectedComponents(in_air.view(np.uint8), connectivity=8)
    far = np.zeros(count, np.bool_)
    far[labels[rows[leads_out], columns[leads_out]]] = True
    kept: Mask = area & ~far[labels]
    return kept


def _away_mm(rows: Ints, columns: Ints, *, breast: Mask, spacing_mm: tuple[float, float]) -> Floats:
    """Return how far away from the breast places in air are."""
    shape = [max(1, round(n * s / _GRID_MM)) for n, s in zip(breast.shape, spacing_mm, strict=True)]
    small = cv2.resize(breast.view(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST)
    away = cv2.distanceTransform(1 - small, cv2.DIST_L2, cv2.DIST_MASK_5) * _GRID_MM
    at = rows * shape[0] // breast.shape[0], columns * shape[1] // breast.shape[1]
    found: Floats = away[at].astype(np.float64)
    return found


def _at_edge(places: Ints, count: int) -> Mask:
    """Return which rows, or columns, of so many are the outermost two."""
    near: Mask = (places < 2) | (places >= count - 2)
    return near
