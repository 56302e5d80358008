"""From a galactogram to the mask of its ducts.

Letters for shapes: an image has ``M`` rows and ``N`` columns.

Plan of `ridges`. Ridges that look like iodine are found (`imagemath.relief`); the tissue
behind them is guessed, which gives the contrast of the iodine alone; and along each
centerline the border is set where the contrast falls to a share of what it is there.
"""

from __future__ import annotations

import cv2
import numpy as np

from galactolab import imagemath
from galactolab.errors import check_between
from galactolab.imagemath.standing import (
    connected_to,
    TRUNK_MM,
    iodine_floor,
    long_parts,
    standing_out,
)
from galactolab.reading.judged import Judged, drawn, judged
from galactolab.records import DuctMask, Galactogram, Image, Mask


def ridges(
    galactogram: Galactogram,
    *,
    scale_mm: tuple[float, float] = (0.1, 1.6),
    min_significance: float = 3.5,
    min_steepness: float = 0.2,
    min_evidence: float = 8.0,
    border: float = 0.3,
    min_length_mm: float = 2.0,
) -> DuctMask:
    """Find the contrast-filled ducts.

    Parameters
    ----------
    galactogram : Galactogram
    scale_mm : (float, float)
        Finest and widest Gaussian scale in millimeters, near half the width of the thinnest
        and widest duct.
    min_significance : float
        How far the weakest ridge stands out of noise and texture around it; 2 to 10.
    min_steepness : float
        How steep (contrast per width) the weakest ridge is, compared with the trunk; 0 to 1.
    border : float
        Share of the contrast on the centerline at which the lumen ends; 0.1 to 0.9. The
        path of a beam through a round tube falls to a half at 87 % of the radius.
    min_length_mm : float
        Shorter isolated pieces are dropped.

    Returns
    -------
    DuctMask
        With `contrast`; empty where nothing looks like a filled duct.

    Raises
    ------
    GalactolabError
        If a parameter is out of its range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pixels = rng.normal(0, 0.01, (200, 120))
    >>> pixels[:, 55:65] += 0.5  # a duct 1 mm wide
    >>> mask = ridges(Galactogram(pixels=pixels, spacing_mm=0.1))
    >>> int(np.median(mask.pixels.sum(axis=1)))
    10
    """
    check_between("min_significance", min_significance, 0.5, 100)
    check_between("min_steepness", min_steepness, 0, 1)
    check_between("border", border, 0.1, 0.9)
    check_between("min_length_mm", min_length_mm, 0, 1000, "mm")
    spacing = galactogram.spacing_mm
    found = imagemath.relief(galactogram, scale_mm=scale_mm)
    standing = standing_out(
        found,
        spacing_mm=spacing,
        min_significance=min_significance,
        min_steepness=min_steepness,
        floor=iodine_floor(galactogram),
    )
    contrast = imagemath.above_background(galactogram)
    # Pores of noise would be loops of centerline, which have no end to be pruned from.
    area = cv2.morphologyEx(
        standing.candidates.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)
    ).view(np.bool_)
    passed = judged(
        area,
        found,
        spacing_mm=spacing,
        min_steepness=min_steepness,
        min_evidence=min_evidence,
    )
    pixels = np.zeros(area.shape, np.bool_)
    if passed.evident_mm >= TRUNK_MM:
        pixels = _bordered(area, passed, contrast, share=border, spacing_mm=spacing)
    pixels = long_parts(pixels, min_length_mm=min_length_mm, spacing_mm=spacing)
    return DuctMask(pixels=pixels, spacing_mm=spacing, contrast=contrast)


def _bordered(
    area: Mask, passed: Judged, contrast: Image, *, share: float, spacing_mm: tuple[float, float]
) -> Mask:
    """Cut a ridge area where the contrast falls to a share of that on the centerline."""
    mask = np.zeros(area.shape, np.bool_)
    center = drawn(passed.lines, area.shape)
    if not center.any():
        return mask
    box = _bounding_box(area, margin=4)
    part, signal, center = area[box], contrast[box], np.ascontiguousarray(center[box])
    beside = drawn(passed.others, area.shape) & ~passed.tubes(area.shape, spacing_mm=spacing_mm)
    every = center | beside[box]
    smooth = cv2.GaussianBlur(signal, (3, 3), 0.7)
    peak = cv2.dilate(smooth, np.ones((3, 3), np.uint8))
    sigma = tuple(max(1.0, 0.3 / s) for s in spacing_mm)
    weight = cv2.GaussianBlur(center.astype(np.float32), (0, 0), sigma[1], sigmaY=sigma[0])
    peak = cv2.GaussianBlur(peak * center, (0, 0), sigma[1], sigmaY=sigma[0])
    _, nearest = cv2.distanceTransformWithLabels(
        (~every).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    level = np.full(int(nearest.max()) + 1, np.inf, np.float32)
    level[nearest[center]] = peak[center] / weight[center]
    near = cv2.dilate(part.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    lumen = near & (smooth > share * level[nearest]) & (smooth > 0)
    mask[box] = connected_to(lumen, center)
    return mask


def _bounding_box(mask: Mask, *, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )
