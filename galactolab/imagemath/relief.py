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
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from galactolab.errors import GalactolabError
from galactolab.imagemath.background import blade_area, filled_in, tissue_area
from galactolab.imagemath.grid import averaged, enlarged, spread
from galactolab.imagemath.noise import local_level
from galactolab.imagemath.rim import crossing_rim, leveled
from galactolab.imagemath.vesselness import Curvature, Sigma, curvatures
from galactolab.records import Galactogram, Image, Mask

SCALE_MM = (0.1, 1.6)
N_SCALES = 6
# Skin and subcutaneous rim: bright lines here are the skin unless they are very steep.
SKIN_MM = 5.0
# Scales at which a trunk is told from texture: above noise, below lobules.
_TRUNK_MM = (0.15, 1.7)
_CELL_MM = 2.0
# Least extent of a tree that shows where air was expected.
_TREE_MM = 30.0
_STRIP_ROWS = 160
# What makes evidence 1: curvature over the 90th percentile of texture in the whole breast,
# over the local texture, and over the range of gray values in tissue.
_OVERALL, _LOCAL, _OF_RANGE = 4.0, 8.0, 0.06


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
        Steepness at the finest scale, where texture has little and noise is even: it shows
        the thinnest ducts best, and wide ones not.
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
        made = _relief(galactogram, tissue_area(galactogram), scales_mm=scales_mm)
        if _has_tree_in_air(made, galactogram.spacing_mm):
            everywhere = np.ones(galactogram.pixels.shape, np.bool_)
            made = _relief(galactogram, everywhere, scales_mm=scales_mm)
        kept = {key: made}
        _reliefs[galactogram] = kept
    return kept[key]


def _relief(galactogram: Galactogram, area: Mask, *, scales_mm: list[float]) -> Relief:
    spacing = galactogram.spacing_mm
    blades = blade_area(galactogram)
    pixels = _without_blades(galactogram.pixels, blades, spacing)
    flat = leveled(pixels, inside=area, spacing_mm=spacing)
    shape = (flat.shape[0], flat.shape[1])
    inner, crossing, reachable, depths = crossing_rim(
        flat, inside=area, reach_mm=SKIN_MM, spacing_mm=spacing
    )
    if not inner.any():
        inner = area
    gray_range = _gray_range(flat, inner)
    # A constant image has no texture: what rounding leaves is no ridge.
    rounding = 1e-6 * float(np.abs(galactogram.pixels).max(initial=0)) + 1e-30
    sigmas: list[Sigma] = [(s / spacing[0], s / spacing[1]) for s in scales_mm]
    by_factor: dict[int, _Maps] = {}
    finest: list[_Finest] = []
    for level in curvatures(flat, sigmas_px=sigmas):
        scale = math.sqrt(level.sigma_px[0] * level.sigma_px[1] * spacing[0] * spacing[1])
        usual = _usual(level, area=area, spacing_mm=spacing) + np.float32(rounding)
        maps = by_factor.setdefault(level.factor, _Maps.empty(level.across.shape))
        is_trunk = _TRUNK_MM[0] <= scale <= _TRUNK_MM[1] or len(scales_mm) == 1
        overall = _overall(level, inner=inner)
        floor = max(_OVERALL * overall, _OF_RANGE * gray_range) if is_trunk else math.inf
        maps.add(level, usual, scale=scale, floor=floor + rounding)
        finest = finest or [_Finest.of(level, shape, noise=overall + rounding, scale=scale)]
    significance, steepness, evidence = _gathered(by_factor, shape)
    return Relief(
        flat=flat,
        area=area & ~blades,
        inner=inner & ~blades,
        significance=significance,
        steepness=steepness,
        evidence=evidence,
        crossing=crossing & ~blades,
        reachable=reachable & ~blades,
        depths=depths,
        gray_range=gray_range,
        fine=finest[0].steepness,
        noise=finest[0].noise,
    )


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
    sure = averaged(np.where(found.evidence > 1, found.evidence, np.float32(0)), shape=shape)
    near = averaged(found.reachable.astype(np.float32), shape=shape) > 0.5
    deep = averaged(found.inner.astype(np.float32), shape=shape) > 0.5
    far = _longest_mm((sure > 0.1) & ~near, (step * spacing_mm[0], step * spacing_mm[1]))
    return far > _TREE_MM and float(sure[~near].sum()) > 2 * float(sure[deep].sum())


def _longest_mm(mask: Mask, spacing_mm: tuple[float, float]) -> float:
    """Return the diagonal of the box around the most extended part of a mask."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    height = boxes[1:, cv2.CC_STAT_HEIGHT] * spacing_mm[0]
    width = boxes[1:, cv2.CC_STAT_WIDTH] * spacing_mm[1]
    return float(np.hypot(height, width).max(initial=0))


def _usual(level: Curvature, *, area: Mask, spacing_mm: tuple[float, float]) -> Image:
    """Curvature of the texture around each pixel of a level."""
    cell = (_CELL_MM / spacing_mm[0] / level.factor, _CELL_MM / spacing_mm[1] / level.factor)
    cells = local_level(level.along, cell_px=cell, inside=area)
    return spread(cells, shape=(level.along.shape[0], level.along.shape[1]))


def _overall(level: Curvature, *, inner: Mask) -> float:
    """Return the 90th percentile of the texture in the whole breast."""
    # One pixel in nine says as much about a percentile as all of them.
    every = max(1, 3 // level.factor)
    along = level.along[::every, ::every]
    size = (along.shape[1], along.shape[0])
    within = cv2.resize(inner.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    texture = along[within.reshape(along.shape) > 0]
    return float(np.quantile(texture[:: max(1, texture.size // 200_000)], 0.9))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Maps:
    """The three maps on one level of the pyramid, filled scale by scale."""

    significance: Image
    steepness: Image
    evidence: Image

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> _Maps:
        return cls(
            significance=np.zeros(shape, np.float32),
            steepness=np.zeros(shape, np.float32),
            evidence=np.zeros(shape, np.float32),
        )

    def add(self, level: Curvature, usual: Image, *, scale: float, floor: float) -> None:
        """Take one scale into account, in strips that stay in the cache."""

        def strip(first: int) -> None:
            part = np.s_[first : first + _STRIP_ROWS]
            across, local = level.across[part], usual[part]
            answer = cv2.divide(across, local)
            better = cv2.compare(answer, self.significance[part], cv2.CMP_GT)
            cv2.copyTo(answer, better, self.significance[part])
            cv2.copyTo(across * np.float32(1 / scale), better, self.steepness[part])
            if floor < math.inf:
                straight = cv2.subtract(across, level.along[part])
                needed = np.maximum(local * np.float32(_LOCAL), np.float32(floor))
                sure = self.evidence[part]
                cv2.max(cv2.divide(straight, needed), sure, dst=sure)

        with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
            list(pool.map(strip, range(0, level.across.shape[0], _STRIP_ROWS)))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Finest:
    """Steepness at the finest scale on the full grid, and that of noise."""

    steepness: Image
    noise: float

    @classmethod
    def of(cls, level: Curvature, shape: tuple[int, int], *, noise: float, scale: float) -> _Finest:
        across = enlarged(level.across, factor=level.factor, shape=shape)
        return cls(steepness=across / np.float32(scale), noise=noise / scale)


def _gathered(by_factor: dict[int, _Maps], shape: tuple[int, int]) -> tuple[Image, Image, Image]:
    """Return significance, steepness and evidence of all levels on the full grid."""
    first = min(by_factor)
    found = by_factor.pop(first)
    if first > 1:
        by_factor[first], found = found, _Maps.empty(shape)
    for factor, maps in by_factor.items():
        answer = enlarged(maps.significance, factor=factor, shape=shape)
        better = cv2.compare(answer, found.significance, cv2.CMP_GT)
        cv2.copyTo(answer, better, found.significance)
        answer = enlarged(maps.steepness, factor=factor, shape=shape)
        cv2.copyTo(answer, better, found.steepness)
        answer = enlarged(maps.evidence, factor=factor, shape=shape)
        cv2.max(answer, found.evidence, dst=found.evidence)
    return found.significance, found.steepness, found.evidence
