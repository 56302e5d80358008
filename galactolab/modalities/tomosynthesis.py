"""Digital breast tomosynthesis of an injected breast: galactomosynthesis.

The tube swings over an arc and takes ``A`` radiographs of low dose (`tomosynthesis_sweep`). A
structure at height ``h`` above the middle of the breast is seen from angle ``a`` at
``-h * tan(a)`` from where an upright beam sees it; moving the radiographs back by that much and
adding them up brings one height into focus and smears all others along the tube's path. Ducts
that cross in a single radiograph part, and a filling defect keeps its place.

References
----------
Filter: Lauritsch and Haerer 1998, doi:10.1117/12.310839.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import scipy.fft

from galactolab.errors import check_between, check_one_of
from galactolab.modalities import tomosynthesis_truth as truth
from galactolab.modalities.tomosynthesis_sweep import (
    ARCS,
    DOSE_RATIO,
    METHODS,
    Method,
    Projections,
    acquired,
    angles,
    threads,
)
from galactolab.patient.phantom import Phantom
from galactolab.records import Image
from galactolab.terms import Modality, View
from galactolab.volumes import ModalityImage, Volume

__all__ = [
    "ARCS",
    "DOSE_RATIO",
    "METHODS",
    "Method",
    "Projections",
    "acquired",
    "angles",
    "filtered",
    "focused",
    "reconstructed",
    "simulate",
    "sliced",
]

_UNITS: dict[Method, str] = {"filtered back-projection": "1/cm", "shift and add": "ln attenuation"}


def filtered(sweep: Projections) -> Projections:
    """Return the radiographs filtered for back-projection.

    Adding up blurs: a frequency ``f`` across the tube's path is counted ``1 / f`` times. The
    ramp filter takes that back. Below ``1 / (thickness * arc)`` all of the breast is in focus
    at once and there is nothing to take back, so that the ramp ends there; a Hann window ends
    it at the highest frequency. The result is attenuation per cm of depth.

    Parameters
    ----------
    sweep : Projections
        As taken.
    """
    check_one_of("method", sweep.method, ["shift and add"])
    rows = sweep.pixels.shape[1]
    arc = math.radians(sweep.arc_deg)
    size = scipy.fft.next_fast_len(rows + 128, real=True)
    cycles = scipy.fft.rfftfreq(size)
    window = 0.5 * (1 + np.cos(2 * np.pi * cycles))
    pixels = np.empty_like(sweep.pixels)
    for index, angle in enumerate(sweep.angle_deg):
        across_mm = sweep.where.spacing_mm[0] * math.cos(math.radians(angle))
        ramp = np.maximum(cycles / across_mm, 1 / (sweep.thickness_mm * arc)) * window
        # The mean over the angles times the arc is the integral; 10 mm are a centimeter.
        ramp *= 10 * arc
        waves = scipy.fft.rfft(sweep.pixels[index], size, axis=0)
        waves *= ramp.astype(np.float32)[:, None]
        pixels[index] = scipy.fft.irfft(waves, size, axis=0)[:rows]
    return replace(sweep, pixels=pixels, method="filtered back-projection")


def focused(sweep: Projections, *, height_mm: float) -> Image:
    """Return the plane at one height above the breast support, (M, N) float32.

    Parameters
    ----------
    sweep : Projections
        As taken for shift-and-add, or `filtered`.
    height_mm : float
        0 is the breast support, the compressed thickness is the paddle.
    """
    check_between("height_mm", height_mm, 0, sweep.thickness_mm, "mm")
    below = sweep.thickness_mm / 2 - height_mm
    total = np.zeros(sweep.pixels.shape[1:], np.float32)
    rows, share = len(total), 1 / len(sweep.angle_deg)
    for picture, angle in zip(sweep.pixels, sweep.angle_deg, strict=True):
        # Row r of the plane was seen in row r - move; a fraction goes to both neighbors.
        move = below * math.tan(math.radians(angle)) / sweep.where.spacing_mm[0]
        whole = math.floor(move)
        for lag, part in ((whole, 1 - (move - whole)), (whole + 1, move - whole)):
            first, last = max(0, lag), min(rows, rows + lag)
            if part > 0 and first < last:
                goal = total[first:last]
                cv2.scaleAdd(picture[first - lag : last - lag], part * share, goal, dst=goal)
    return total


def sliced(sweep: Projections, *, height_mm: float) -> ModalityImage:
    """Return the slice at one height above the breast support, with its truth.

    Parameters
    ----------
    sweep : Projections
    height_mm : float
        0 to the compressed thickness.
    """
    pixels = focused(sweep, height_mm=height_mm)
    above = height_mm - sweep.thickness_mm / 2
    placement = sweep.where.placement(first_mm=above)
    return ModalityImage(
        pixels=pixels,
        spacing_mm=sweep.where.spacing_mm,
        modality=Modality.MAMMOGRAPHY,
        technique="Tomosynthesis",
        unit=_UNITS[sweep.method],
        window=_window(pixels, sweep),
        placement=placement,
        laterality=sweep.phantom.laterality,
        truth=truth.cut(sweep.phantom, sweep.where, above_mm=above),
        marks=truth.marks(sweep.phantom, placement),
        settings={**settings(sweep), "height_mm": height_mm},
    )


def reconstructed(
    sweep: Projections,
    *,
    slice_mm: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
) -> Volume:
    """Return all slices from the breast support to the paddle.

    Parameters
    ----------
    sweep : Projections
    slice_mm : float
        Distance of the slices, 0.2 to 10 mm.
    progress : callable, optional
        Called as ``progress(done, total)`` after each slice.
    """
    check_between("slice_mm", slice_mm, 0.2, 10, "mm")
    heights = np.arange(slice_mm / 2, sweep.thickness_mm, slice_mm)
    voxels = np.empty((len(heights), *sweep.where.shape), np.float32)
    labels = np.empty(voxels.shape, np.uint8)

    def made(index: int) -> None:
        height = float(heights[index])
        voxels[index] = focused(sweep, height_mm=height)
        above = height - sweep.thickness_mm / 2
        labels[index] = truth.cut(sweep.phantom, sweep.where, above_mm=above)

    with ThreadPoolExecutor(threads()) as pool:
        for done, _ in enumerate(pool.map(made, range(len(heights))), start=1):
            if progress is not None:
                progress(done, len(heights))
    placement = sweep.where.placement(
        slice_mm=slice_mm, first_mm=float(heights[0]) - sweep.thickness_mm / 2
    )
    return Volume(
        voxels=voxels,
        spacing_mm=sweep.where.spacing_mm,
        slice_mm=slice_mm,
        modality=Modality.MAMMOGRAPHY,
        technique="Tomosynthesis",
        unit=_UNITS[sweep.method],
        window=_window(voxels[len(voxels) // 2], sweep),
        placement=placement,
        laterality=sweep.phantom.laterality,
        truth=labels,
        marks=truth.marks(sweep.phantom, placement),
        settings=settings(sweep),
    )


def simulate(
    phantom: Phantom,
    *,
    rng: np.random.Generator,
    arc_deg: float = 50.0,
    n_views: int = 25,
    view: View | str = View.CC,
    spacing_mm: float = 0.2,
    slice_mm: float = 1.0,
    method: Method = "filtered back-projection",
) -> Volume:
    """Take a tomosynthesis of a virtual patient as it stands: with contrast in its ducts.

    Parameters
    ----------
    phantom, rng, arc_deg, n_views, view, spacing_mm
        As in `acquired`.
    slice_mm : float
        As in `reconstructed`.
    method : str
        One of `METHODS`.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> simulate(phantom.make(seed=3), rng=np.random.default_rng(0), n_views=3, spacing_mm=1.0,
    ...          slice_mm=10.0)
    Volume(Tomosynthesis (MG), 4 x ... voxels at 10 x 1 x 1 mm, 1/cm)
    """
    check_one_of("method", method, METHODS)
    sweep = acquired(
        phantom, rng=rng, arc_deg=arc_deg, n_views=n_views, view=view, spacing_mm=spacing_mm
    )
    sweep = filtered(sweep) if method == "filtered back-projection" else sweep
    return reconstructed(sweep, slice_mm=slice_mm)


def settings(sweep: Projections) -> dict[str, object]:
    """Return every parameter of the acquisition by name with its unit."""
    return {
        "arc_deg": sweep.arc_deg,
        "n_views": len(sweep.angle_deg),
        "method": sweep.method,
        "view": sweep.where.posture.view,
        "thickness_mm": sweep.thickness_mm,
        "mgd_mgy": sweep.mgd_mgy,
        "anode": sweep.beam.anode,
        "filter": sweep.beam.filter,
        "kvp": sweep.beam.kvp,
        "mas": sweep.beam.mas,
        "concentration_mgi_ml": sweep.phantom.filling.lumen_mgi_ml,
    }


def _window(pixels: Image, sweep: Projections) -> tuple[float, float]:
    """Return grays for the breast away from its border, with room for the brightest ducts."""
    inside = truth.plate(sweep.phantom, sweep.where)
    values = pixels[inside][::7]
    low, middle, high = np.quantile(values, [0.01, 0.5, 0.999]).tolist()
    return low, max(high, middle + 1e-6)
