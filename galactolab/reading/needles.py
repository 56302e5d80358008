"""The cannula outside the breast: metal that lies in air is no duct.

A cannula comes out of the orifice and runs straight away through the air, much farther than
a nipple stands out. It hangs together with the duct that it lies in, and it is steeper than any
iodine. Left in, it moves the orifice to its far end and makes true ducts look flat.

Letters for shapes: an image has ``M`` rows and ``N`` columns.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from galactolab.imagemath.relief import Relief
from galactolab.records import Mask

# A line in air that reaches farther from the breast than this is no duct in a faint nipple; at
# the edge of the image less is enough, as there is no telling how far it goes on.
_BEYOND_NIPPLE_MM, _AT_EDGE_MM = 8.0, 3.0
# The outline of the breast is known to this much.
_OUTLINE_MM = 0.8


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
    if found.area.all() or not found.area.any():
        return area
    outside = (~found.area).view(np.uint8)
    away = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    pixel = math.sqrt(spacing_mm[0] * spacing_mm[1])
    in_air = area & (away > _OUTLINE_MM / pixel)
    count, labels = cv2.connectedComponents(in_air.view(np.uint8), connectivity=8)
    if count == 1:
        return area
    far = np.zeros(count, np.bool_)
    leading_out = away > _BEYOND_NIPPLE_MM / pixel
    edge = np.zeros(area.shape, np.bool_)
    edge[[0, 1, -2, -1]] = edge[:, [0, 1, -2, -1]] = True
    leading_out |= edge & (away > _AT_EDGE_MM / pixel)
    far[labels[in_air & leading_out]] = True
    far[0] = False
    return area & ~far[labels] if far.any() else area
