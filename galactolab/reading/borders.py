"""The borders of the ducts: how far the lumen reaches on each side of a centerline.

Letters for shapes: an image has ``M`` rows and ``N`` columns.

Plan. Each pixel of a ridge area belongs to the nearest point of a centerline. The lumen ends
where the contrast has fallen to a share of what it is there. In a tube of radius R the path of
a beam is sqrt(2 R x) twice at a depth x below the edge. Blurred by a standard deviation s, it is
0.82 sqrt(R s) at the edge itself, which is 0.58 sqrt(s / R) of the longest path: the share goes
with one over the root of the width. On fine pixels no lumen is drawn narrower than three of
them: noise moves the middle of a thin duct by one.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.imagemath.standing import long_parts
from galactolab.reading.judged import Judged, drawn
from galactolab.records import Image, Mask

# The width for which a share is given, and the limits between which it is trusted.
_PIXELS_WIDE, _LEAST, _MOST = 10.0, 0.08, 0.4
# Mammograms have pixels of 0.05 to 0.1 mm; three wider ones are wider than any thin duct.
_WIDEST_PIXEL_MM = 0.105


def bordered(
    area: Mask,
    passed: Judged,
    contrast: Image,
    *,
    share: float,
    spacing_mm: tuple[float, float],
    min_length_mm: float,
) -> Mask:
    """Cut a ridge area where the contrast falls to a share of that on the centerline.

    Parameters
    ----------
    area : (M, N) array of bool
        Ridges.
    passed : Judged
        The centerlines that are ducts, and the others.
    contrast : (M, N) array of float32
        Above the background.
    share : float
        At which the lumen of a duct ten pixels wide ends.
    spacing_mm : (float, float)
    min_length_mm : float
        Shorter isolated pieces are dropped.

    Returns
    -------
    (M, N) array of bool
    """
    mask = np.zeros(area.shape, np.bool_)
    tubes = passed.tubes(area.shape, spacing_mm=spacing_mm)
    if not tubes.any():
        return mask
    box = _bounding_box(tubes, margin=8)
    part, signal = area[box], contrast[box]
    at = _shares(passed, area.shape, share=share, spacing_mm=spacing_mm)[box]
    center = at > 0
    # Which line is nearest and what the contrast along the lines is take about as long.
    with ThreadPoolExecutor(max_workers=1) as beside:
        numbered = beside.submit(_nearest, passed, center, box, area.shape, spacing_mm=spacing_mm)
        smooth = np.asarray(cv2.GaussianBlur(signal, (3, 3), 0.7), np.float32)
        peak = np.asarray(cv2.dilate(smooth, np.ones((3, 3), np.uint8)), np.float32)
        ends_at = at[center] * _along_line(peak, center, spacing_mm=spacing_mm)
        near = cv2.dilate(part.view(np.uint8), np.ones((3, 3), np.uint8)).ravel() > 0
        places = np.flatnonzero(near)
        here = smooth.ravel()[places]
        nearest = numbered.result()
    level = np.full(int(nearest.max()) + 1, np.inf, np.float32)
    level[nearest[center]] = ends_at
    lumen = np.zeros(part.size, np.bool_)
    lumen[places] = (here > level[nearest.ravel()[places]]) & (here > 0)
    fine = max(spacing_mm) <= _WIDEST_PIXEL_MM
    lumen |= (_at_least_three_wide(center) if fine else center).ravel()
    mask[box] = long_parts(
        lumen.reshape(part.shape),
        min_length_mm=min_length_mm,
        spacing_mm=spacing_mm,
        holding=center,
    )
    return mask


def _nearest(
    passed: Judged,
    center: Mask,
    box: tuple[slice, slice],
    shape: tuple[int, int],
    *,
    spacing_mm: tuple[float, float],
) -> npt.NDArray[np.int32]:
    """Return in a box the number of the point of a centerline that each pixel lies nearest to.

    What lies nearest to a piece that did not pass is no duct, but a twig of noise inside the
    lumen takes nothing away from it.
    """
    inside = passed.tubes(shape, spacing_mm=spacing_mm, share=1.6)[box]
    every = center | (drawn(passed.others, shape)[box] & ~inside)
    _, nearest = cv2.distanceTransformWithLabels(
        (~every).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    return np.asarray(nearest, np.int32)


def _at_least_three_wide(center: Mask) -> Mask:
    """Return lines with the pixels beside them: noise moves the middle of a thin duct by one."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    wide = cv2.dilate(center.astype(np.uint8), cross)
    return np.asarray(wide, np.uint8).reshape(center.shape).view(np.bool_)


def _shares(
    passed: Judged, shape: tuple[int, ...], *, share: float, spacing_mm: tuple[float, float]
) -> Image:
    """Draw each line with the share of its contrast at which its lumen ends; 0 elsewhere."""
    plane = np.zeros(shape, np.float32)
    pixel = math.sqrt(spacing_mm[0] * spacing_mm[1])
    for line, width in zip(passed.lines, passed.widths_mm, strict=True):
        points = np.round(line[:, ::-1]).astype(np.int32)
        blurred = share * math.sqrt(_PIXELS_WIDE * pixel / width)
        cv2.polylines(plane, [points], False, min(max(blurred, _LEAST), _MOST))  # noqa: FBT003
    return plane


def _along_line(values: Image, center: Mask, *, spacing_mm: tuple[float, float]) -> Image:
    """Return the mean of values over the near part of a line, at each of its pixels."""
    # On a grid as coarse as the mean is wide, the blur costs little.
    step = max(1, round(0.15 / max(spacing_mm)))
    shape = tuple(max(1, n // step) for n in center.shape)
    sigma = tuple(max(1.0, 0.3 / s) / step for s in spacing_mm)
    points = np.nonzero(center)
    rows, columns = (
        np.minimum((at * n) // full, n - 1)
        for at, n, full in zip(points, shape, center.shape, strict=True)
    )
    cells = rows * shape[1] + columns
    sums = []
    for weights in (values[points], None):
        total = np.bincount(cells, weights, minlength=shape[0] * shape[1])
        plane = total.astype(np.float32).reshape(shape)
        sums.append(cv2.GaussianBlur(plane, (0, 0), sigma[1], sigmaY=sigma[0]))
    ratio = sums[0] / np.maximum(sums[1], 1e-6)
    return np.asarray(ratio[rows, columns], np.float32)


def _bounding_box(mask: Mask, *, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )
