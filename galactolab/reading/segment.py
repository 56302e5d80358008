"""From a galactogram to the mask of its ducts.

Letters for shapes: an image has ``M`` rows and ``N`` columns.

Plan of `ridges`. Ridges that look like iodine are found (`imagemath.relief`); their
centerlines are judged piece by piece (`judged`), which leaves the ducts; the tissue behind
them is guessed, which gives the contrast of the iodine alone; and along each centerline the
border is set where the contrast falls to a share of what it is there. Contrast that has leaked
is taken out (`leaks`). `thresholded` is the simple way that the lessons compare it with.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from galactolab import imagemath
from galactolab.errors import GalactolabError, check_between
from galactolab.imagemath.relief import Relief
from galactolab.imagemath.standing import (
    MIN_SIGNIFICANCE,
    MIN_STEEPNESS,
    connected_to,
    iodine_floor,
    standing_out,
)
from galactolab.imagemath.subtraction import subtracted
from galactolab.reading.borders import bordered
from galactolab.reading.filters import FILTERS, filtered, thresholded
from galactolab.reading.judged import SEED_MM, judged
from galactolab.reading.leaks import without_leaks
from galactolab.reading.needles import without_needle
from galactolab.records import DuctMask, Galactogram, Mask, Point
from galactolab.tree import Floats

__all__ = ["FILTERS", "filtered", "ridges", "thresholded"]


def ridges(  # noqa: PLR0913 (each is a control of its own, with a default)
    galactogram: Galactogram,
    *,
    scale_mm: tuple[float, float] = (0.1, 1.6),
    min_significance: float = MIN_SIGNIFICANCE,
    min_steepness: float = MIN_STEEPNESS,
    min_evidence: float = 6.0,
    border: float = 0.2,
    min_length_mm: float = 2.0,
    scout: Galactogram | None = None,
    seeds: Sequence[Point] = (),
) -> DuctMask:
    """Find the contrast-filled ducts.

    Parameters
    ----------
    galactogram : Galactogram
    scale_mm : (float, float)
        Finest and widest Gaussian scale in millimeters, near half the width of the thinnest
        and widest duct.
    min_significance : float
        How far the weakest ridge stands out of noise and texture around it; 0.5 to 100.
    min_steepness : float
        How steep (contrast per width) the weakest ridge is, compared with the trunk; 0 to 1.
    min_evidence : float
        Mean significance of a twig times the square root of its length in widths; 0 to 1000.
    border : float
        Share of the contrast on the centerline at which the lumen of a duct ten pixels wide
        ends; 0.1 to 0.9. Where the path through a round tube falls to nothing, blur leaves
        more of it in a narrow duct: the share goes with one over the root of the width.
    min_length_mm : float
        Shorter isolated pieces are dropped.
    scout : Galactogram, optional
        The same view before contrast: it is registered and subtracted first, and takes the
        tissue with it.
    seeds : sequence of (float, float)
        Points (row, column) of which the reader knows that they lie in a duct; what hangs
        together with them is kept, however faint.

    Returns
    -------
    DuctMask
        With `contrast`; empty where nothing looks like a filled duct.

    Raises
    ------
    GalactolabError
        If a parameter is out of its range, a seed outside the image, or the scout has
        another shape or spacing.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pixels = rng.normal(0, 0.01, (200, 120))
    >>> across_mm = 0.1 * (np.arange(120) - 59.5)
    >>> pixels += np.sqrt(np.maximum(0.25 - across_mm**2, 0))  # a duct 1 mm wide
    >>> mask = ridges(Galactogram(pixels=pixels, spacing_mm=0.1))
    >>> int(np.median(mask.pixels.sum(axis=1)))
    10
    """
    check_between("min_significance", min_significance, 0.5, 100)
    check_between("min_steepness", min_steepness, 0, 1)
    check_between("min_evidence", min_evidence, 0, 1000)
    check_between("border", border, 0.1, 0.9)
    check_between("min_length_mm", min_length_mm, 0, 1000, "mm")
    if scout is not None:
        galactogram = subtracted(galactogram, scout=scout)
    points = _checked(seeds, galactogram)
    spacing = galactogram.spacing_mm
    found = imagemath.relief(galactogram, scale_mm=scale_mm)
    floor = iodine_floor(galactogram, found)
    weakest = (min_significance, min_steepness)
    area = _candidates(found, weakest, floor=floor, points=points, spacing_mm=spacing)
    # The tissue behind the ducts is guessed while the centerlines are judged.
    with ThreadPoolExecutor(max_workers=1) as worker:
        lifted = worker.submit(imagemath.above_background, galactogram)
        passed = judged(
            area,
            found,
            spacing_mm=spacing,
            min_steepness=min_steepness,
            min_evidence=min_evidence,
            floor=floor,
            seeds=points,
        )
        contrast = lifted.result()
    pixels = np.zeros(area.shape, np.bool_)
    if passed.is_tree or len(points):
        pixels = bordered(
            area,
            passed,
            contrast,
            share=border,
            spacing_mm=spacing,
            min_length_mm=min_length_mm,
        )
        pixels = without_leaks(pixels, passed, contrast, spacing_mm=spacing)
    return DuctMask(pixels=pixels, spacing_mm=spacing, contrast=contrast)


def _checked(seeds: Sequence[Point], galactogram: Galactogram) -> Floats:
    rows, columns = galactogram.pixels.shape
    for row, column in seeds:
        if not (0 <= row < rows and 0 <= column < columns):
            sentence = f"A seed is ({row:g}, {column:g}), outside the {rows} x {columns} px image."
            raise GalactolabError(sentence)
    return np.asarray(seeds, np.float64).reshape(-1, 2)


def _candidates(
    found: Relief,
    weakest: tuple[float, float],
    *,
    floor: float,
    points: Floats,
    spacing_mm: tuple[float, float],
) -> Mask:
    """Return the ridges that may be ducts, those around the reader's points among them."""
    significance, steepness = weakest
    standing = standing_out(
        found,
        spacing_mm=spacing_mm,
        min_significance=significance,
        min_steepness=steepness,
        floor=floor,
    )
    area = standing.candidates
    if len(points):
        area = area | _around(points, found, significance, steepness, spacing_mm)
    return without_needle(_without_pores(area), found, spacing_mm=spacing_mm)


def _around(
    seeds: Floats,
    found: Relief,
    min_significance: float,
    min_steepness: float,
    spacing_mm: tuple[float, float],
) -> Mask:
    """Return the ridges that hang together with a seed and are about as steep as there."""
    near = np.zeros(found.flat.shape, np.uint8)
    radius = max(1, round(SEED_MM / max(spacing_mm)))
    for row, column in np.round(seeds).astype(int).tolist():
        cv2.circle(near, (column, row), radius, 1, cv2.FILLED)
    here = near.view(np.bool_) & (found.significance > min_significance)
    if not here.any():
        return here
    steep = 2 * min_steepness * float(np.quantile(found.steepness[here], 0.8))
    weak = (found.significance > min_significance) & (found.steepness > steep)
    return connected_to(weak, here)


def _without_pores(area: Mask) -> Mask:
    """Close pores of noise: a loop of centerline has no end from which it could be pruned."""
    closed = cv2.morphologyEx(area.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(closed, np.uint8).view(np.bool_)
