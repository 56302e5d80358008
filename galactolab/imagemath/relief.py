"""How much of the image stands out like a duct, by measures that no gray scale changes.

Letters for shapes: an image has ``M`` rows and ``N`` columns.

Plan. A filled duct differs from everything else in a breast in three ways, and each is one
map. It is *significant*: its curvature exceeds what noise and texture around it show at the
same scale. It is *steep*: contrast divided by width is iodine's attenuation, the same in a
thin branch as in the trunk, and several times that of a vessel or ligament, however wide.
And a trunk is *evident*: it is straighter than any wisp of texture, stands out of the whole
breast's texture as well as of its own surroundings, and spans a good part of the gray values
between fat and gland. Texture is measured along the ridge (the smaller curvature), where a
duct is flat, so the ducts do not raise their own threshold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from galactolab.errors import GalactolabError
from galactolab.imagemath.background import blade_area, filled_in, tissue_area
from galactolab.imagemath.grid import averaged
from galactolab.imagemath.over_scales import OverScales
from galactolab.imagemath.rim import crossing_rim, leveled
from galactolab.imagemath.vesselness import Curvature, curvatures
from galactolab.records import Galactogram, Image, Mask

SCALE_MM = (0.1, 1.6)
N_SCALES = 6
# Below all scales: at the finest of them, a duct as narrow as a pixel is lost in noise.
_THINNEST_MM = 0.07
# Skin and subcutaneous rim: bright lines here are the skin unless they are very steep.
SKIN_MM = 5.0
# Least extent of a tree that shows where air was expected.
_TREE_MM = 30.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Relief:
    """What stands out in a galactogram.

    Attributes
    ----------
    flat : (M, N) array of float32
        The pixels without the fall-off of thickness toward the skin.
    area : (M, N) array of bool
        The breast.
    inner : (M, N) array of bool
        The breast without its skin.
    significance : (M, N) array of float32
        Curvature in units of the local texture's, the largest over all scales.
    steepness : (M, N) array of float32
        Contrast per millimeter of width, at the most significant scale.
    crossing : (M, N) array of bool
        Where a bright line is not the skin: `inner`, and lines that run across the rim.
    reachable : (M, N) array of bool
        The breast and the air close to it, in which a faint nipple may lie.
    depths : tuple of (m, n) arrays of float32
        Depth in mm below the outline of the breast and below that without its nipple, on a
        coarse grid, below zero in air; none where no air is in the image.
    gray_range : float
        Between the 1st and 99th percentile of the tissue.
    evidence : (M, N) array of float32
        How sure it is that this is a trunk or branch and no texture; sure above 1.
    fine : (M, N) array of float32
        Steepness at the finest scales, where texture has little and noise is even: it shows
        the thinnest ducts best, and wide ones not. In the unit of the finest of `scale_mm`.
    noise : float
        What `fine` has along ridges in the whole breast, its 90th percentile.
    """

    flat: Image
    area: Mask
    inner: Mask
    significance: Image
    steepness: Image
    evidence: Image
    crossing: Mask
    reachable: Mask
    depths: tuple[Image, ...]
    gray_range: float
    fine: Image
    noise: float


_reliefs: WeakKeyDictionary[Galactogram, dict[object, Relief]] = WeakKeyDictionary()


def relief(
    galactogram: Galactogram,
    *,
    scale_mm: tuple[float, float] = SCALE_MM,
    n_scales: int = N_SCALES,
) -> Relief:
    """Measure what stands out, once per galactogram.

    Parameters
    ----------
    galactogram : Galactogram
    scale_mm : (float, float)
        Finest and widest Gaussian scale in millimeters; a duct answers at half its width.
    n_scales : int
        Scales in between, both ends included, in equal ratios.

    Raises
    ------
    GalactolabError
        If the scales are not above zero and in order.
    """
    low, high = scale_mm
    if not (0 < low <= high < math.inf) or n_scales < 1:
        sentence = (
            f"scale_mm is {scale_mm} in {n_scales} steps, but it has to run from a scale above "
            "0 mm to the same or a wider one, in at least one step."
        )
        raise GalactolabError(sentence)
    key = (float(low), float(high), int(n_scales))
    kept = _reliefs.get(galactogram, {})
    if key not in kept:
        scales_mm = np.geomspace(low, high, n_scales).tolist()
        blades = blade_area(galactogram)
        area = tissue_area(galactogram, blades=blades)
        made = _relief(galactogram, area, blades, scales_mm=scales_mm)
        if _has_tree_in_air(made, galactogram.spacing_mm):
            everywhere = np.ones(galactogram.pixels.shape, np.bool_)
            made = _relief(galactogram, everywhere, blades, scales_mm=scales_mm)
        kept = {key: made}
        _reliefs[galactogram] = kept
    return kept[key]


def _relief(
    galactogram: Galactogram, area: Mask, blades: Mask, *, scales_mm: list[float]
) -> Relief:
    spacing = galactogram.spacing_mm
    pixels = _without_blades(galactogram.pixels, blades, spacing)
    flat = leveled(pixels, inside=area, spacing_mm=spacing)
    spent: list[tuple[Image, Image]] = []
    every_mm = (min(_THINNEST_MM, *scales_mm), *scales_mm)
    every_px = [(s / spacing[0], s / spacing[1]) for s in every_mm]
    levels = curvatures(flat, sigmas_px=every_px, spent=spent)
    # The rim is looked at while the finest scale is filtered.
    with ThreadPoolExecutor(max_workers=1) as worker:
        coming = worker.submit(next, levels, None)
        inner, crossing, reachable, depths = _rim(flat, area, spacing)
        scales = OverScales(
            area=area,
            inner=inner,
            gray_range=_gray_range(flat, inner),
            # A constant image has no texture: what rounding leaves is no ridge.
            rounding=1e-6 * cv2.norm(galactogram.pixels, cv2.NORM_INF) + 1e-30,
            spacing_mm=spacing,
            is_single=len(scales_mm) == 1,
            spent=spent,
        )
        _take_all(scales, coming, levels, worker)
    significance, steepness, evidence = scales.gathered()
    if blades.any():
        parts = (area, inner, crossing, reachable)
        area, inner, crossing, reachable = (part & ~blades for part in parts)
    return Relief(
        flat=flat,
        area=area,
        inner=inner,
        significance=significance,
        steepness=steepness,
        evidence=evidence,
        crossing=crossing,
        reachable=reachable,
        depths=depths,
        gray_range=scales.gray_range,
        fine=scales.fine,
        noise=scales.noise,
    )


def _take_all(
    scales: OverScales,
    coming: Future[Curvature | None],
    levels: Iterator[Curvature],
    worker: ThreadPoolExecutor,
) -> None:
    """Take each scale into account while the next one is filtered."""
    take = scales.take_thinnest
    while (level := coming.result()) is not None:
        coming = worker.submit(next, levels, None)
        take(level)
        take = scales.take
        del level


def _rim(
    flat: Image, area: Mask, spacing_mm: tuple[float, float]
) -> tuple[Mask, Mask, Mask, tuple[Image, ...]]:
    """Return the breast without its skin, or all of it where that leaves nothing, and the rim."""
    inner, crossing, reachable, depths = crossing_rim(
        flat, inside=area, reach_mm=SKIN_MM, spacing_mm=spacing_mm
    )
    return inner if inner.any() else area, crossing, reachable, depths


def _without_blades(pixels: Image, blades: Mask, spacing_mm: tuple[float, float]) -> Image:
    """Continue the tissue behind a blade, so that its edge leaves no ridge."""
    if not blades.any():
        return pixels
    cell = (0.5 / spacing_mm[0], 0.5 / spacing_mm[1])
    return np.where(blades, filled_in(pixels, hidden=blades, cell_px=cell), pixels)


def _gray_range(flat: Image, inner: Mask) -> float:
    tissue = flat[::4, ::4][inner[::4, ::4]]
    low, high = np.quantile(tissue, [0.01, 0.99]) if tissue.size else (0.0, 0.0)
    return float(high - low)


def _has_tree_in_air(found: Relief, spacing_mm: tuple[float, float]) -> bool:
    """Return whether what looks like a tree lies where air was thought to be.

    Then that is no air: a picture may show a band that is brighter than the breast. A lead
    letter is smaller than a tree, a needle not much longer than the tree that it fills.
    """
    if found.area.all():
        return False
    step = max(1, round(0.5 / max(spacing_mm)))
    shape = (max(1, found.area.shape[0] // step), max(1, found.area.shape[1] // step))
    # Every other pixel says as much about pieces half a millimeter wide and more.
    some = np.s_[::2, ::2] if step > 1 else np.s_[:, :]
    evident = np.where(found.evidence[some] > 1, found.evidence[some], np.float32(0))

    def mostly(part: Mask) -> Mask:
        return averaged(part[some].astype(np.float32), shape=shape) > 0.5

    sure, near = averaged(evident, shape=shape), mostly(found.reachable)
    far = _longest_mm((sure > 0.1) & ~near, (step * spacing_mm[0], step * spacing_mm[1]))
    if far <= _TREE_MM:
        return False
    return float(sure[~near].sum()) > 2 * float(sure[mostly(found.inner)].sum())


def _longest_mm(mask: Mask, spacing_mm: tuple[float, float]) -> float:
    """Return the diagonal of the box around the most extended part of a mask."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    height = boxes[1:, cv2.CC_STAT_HEIGHT] * spacing_mm[0]
    width = boxes[1:, cv2.CC_STAT_WIDTH] * spacing_mm[1]
    return float(np.hypot(height, width).max(initial=0))
