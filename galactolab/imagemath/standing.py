"""Which ridges are contrast-filled ducts, and how far they rise above the tissue.

Letters for shapes: an image has ``M`` rows and ``N`` columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.imagemath.background import filled_in
from galactolab.imagemath.relief import Relief, relief
from galactolab.imagemath.steps import step_lines
from galactolab.imagemath.strips import by_strips
from galactolab.records import Galactogram, Image, Mask
from galactolab.terms import Intent

Ints = npt.NDArray[np.int64]

# FOR PROCESSING pixels are log attenuation, and the thinnest contrast medium on the softest
# field (150 mgI/mL, scatter as much as primary) still gives 0.1 per mm; a vessel gives 0.03.
LEAST_IODINE_PER_MM = 0.1
# The same for gray values, in ranges of the tissue: set on tuning pictures, where ducts have
# 0.4 and more, arteries in angiograms 0.11 and more.
LEAST_SHARE_PER_MM = 0.08
MIN_SIGNIFICANCE, MIN_STEEPNESS = 3.0, 0.2
# The densest medium has not ten times the attenuation of the thinnest, and the display spreads a
# fatty breast: what is this many times as steep as the floor is metal, such as the cannula, a hair
# or a scratch, and says nothing about this patient's iodine.
METAL = 20.0
# A thin ridge rises this far above the noise of the breast at the finest scale.
_ABOVE_NOISE = 1.8
# The shortest evident piece that proves a filled tree.
TRUNK_MM = 6.0


def iodine_floor(galactogram: Galactogram, found: Relief) -> float:
    """Return the least steepness of a filled duct, in the unit of the pixels per millimeter.

    Log attenuation has a floor of its own. Gray values that were made for the eye have none,
    but a display spreads the tissue over its range, and iodine spans a tenth of that within
    a millimeter of width, which vessels and ligaments do not.
    """
    if galactogram.intent is Intent.FOR_PROCESSING:
        return LEAST_IODINE_PER_MM
    return LEAST_SHARE_PER_MM * found.gray_range


def metal_from(floor: float) -> float:
    """Return the steepness above which a ridge is metal; infinite where no floor is known.

    Examples
    --------
    >>> metal_from(0.1), metal_from(0.0)
    (2.0, inf)
    """
    return METAL * floor if floor > 0 else math.inf


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing:
    """Ridges that stand out like iodine.

    Attributes
    ----------
    trunk : (M, N) array of bool
        Evident pieces of duct; empty where nothing looks like a filled tree.
    candidates : (M, N) array of bool
        All ridges that are steep and significant enough and connected to such a one, the
        skin beside the nipple among them.
    """

    trunk: Mask
    candidates: Mask


def standing_out(
    found: Relief,
    *,
    spacing_mm: tuple[float, float],
    min_significance: float = MIN_SIGNIFICANCE,
    min_steepness: float = MIN_STEEPNESS,
    floor: float = 0.0,
) -> Standing:
    """Return the ridges that look like contrast-filled ducts, borders not yet settled.

    Evident ridges, long enough to be no chance, tell how steep this patient's iodine is.
    Weaker ridges belong to the tree if they are a given share as steep and connected to
    one that is at least half as steep and clearly significant. The thinnest are looked for at
    the finest scale alone: there noise, which is the same everywhere, hides them, and texture
    does not.

    Parameters
    ----------
    found : Relief
    spacing_mm : (float, float)
    min_significance : float
        How far a weak ridge stands out of its surroundings.
    min_steepness : float
        How steep a weak ridge is, as a share of the evident ones (0 to 1).
    floor : float
        Least steepness of an evident ridge, in the unit of the pixels per millimeter.
    """
    key = (min_significance, min_steepness, floor)
    kept = _standings.setdefault(found, {})
    if key not in kept:
        kept.clear()
        kept[key] = _standing_out(found, *key, spacing_mm=spacing_mm)
    return kept[key]


_standings: WeakKeyDictionary[Relief, dict[tuple[float, ...], Standing]] = WeakKeyDictionary()


def _standing_out(
    found: Relief,
    min_significance: float,
    min_steepness: float,
    floor: float,
    *,
    spacing_mm: tuple[float, float],
) -> Standing:
    weakly, evident = _evident(found, floor)
    if not evident.any():
        return Standing(trunk=evident, candidates=evident)
    steps = step_lines(weakly, found.flat, gray_range=found.gray_range, spacing_mm=spacing_mm)
    weakly &= ~steps
    evident &= weakly
    trunk = evident & long_parts(
        weakly, min_length_mm=TRUNK_MM, spacing_mm=spacing_mm, holding=evident
    )
    steep = found.steepness[trunk]
    if not steep.size:
        return Standing(trunk=trunk, candidates=trunk)
    weak, sure = _like_iodine(
        found,
        min_significance=min_significance,
        min_steepness=min_steepness,
        typical=float(np.quantile(steep, 0.8)),
    )
    weak &= ~steps
    sure &= weak
    return Standing(trunk=trunk, candidates=connected_to(weak, sure))


def _evident(found: Relief, floor: float) -> tuple[Mask, Mask]:
    """Return the ridges that may be a trunk, and those of them that surely are."""
    weakly, evident = (np.empty(found.flat.shape, np.bool_) for _ in range(2))
    metal = metal_from(floor)

    def strip(rows: slice) -> None:
        evidence, steepness = found.evidence[rows], found.steepness[rows]
        weakly[rows] = (evidence > 0.6) & (steepness > floor) & found.crossing[rows]
        evident[rows] = weakly[rows] & (evidence > 1) & found.inner[rows] & (steepness < metal)

    by_strips(strip, len(weakly))
    return weakly, evident


def _like_iodine(
    found: Relief, *, min_significance: float, min_steepness: float, typical: float
) -> tuple[Mask, Mask]:
    """Return the ridges that are steep enough beside typical ones, and the sure ones of them."""
    weak, sure = (np.empty(found.flat.shape, np.bool_) for _ in range(2))
    least = min_steepness * typical
    least_fine = max(least, _ABOVE_NOISE * found.noise)

    def strip(rows: slice) -> None:
        significance, steepness = found.significance[rows], found.steepness[rows]
        inner = found.inner[rows]
        clear = (significance > min_significance) & (steepness > least) & found.reachable[rows]
        weak[rows] = clear | ((found.fine[rows] > least_fine) & inner)
        surely = (significance > 8) & (steepness > 0.5 * typical) & (found.evidence[rows] > 0.5)
        sure[rows] = surely & inner

    by_strips(strip, len(weak))
    return weak, sure


def long_parts(
    mask: Mask,
    *,
    min_length_mm: float,
    spacing_mm: tuple[float, float],
    holding: Mask | None = None,
) -> Mask:
    """Return the 8-connected parts whose bounding box has at least a given diagonal.

    Parameters
    ----------
    mask : (M, N) array of bool
    min_length_mm : float
    spacing_mm : (float, float)
    holding : (M, N) array of bool, optional
        A part has to hold at least one pixel of it, too.

    Examples
    --------
    >>> mask = np.array([[1, 1, 1, 0, 1]], bool)
    >>> print(long_parts(mask, min_length_mm=0.3, spacing_mm=(0.1, 0.1)).astype(int))
    [[1 1 1 0 0]]
    """
    places, labels = _labeled(mask)
    # Few pixels lie in any part: OpenCV's own boxes take several times as long as the labels.
    top, left, bottom, right = _boxes(places, labels, mask.shape[1])
    extents = np.hypot((bottom - top) * spacing_mm[0], (right - left) * spacing_mm[1])
    kept = extents >= min_length_mm
    if holding is not None:
        held = np.zeros(len(kept), np.bool_)
        held[labels[holding.ravel()[places]]] = True
        kept &= held
    return _chosen(mask.shape, places[kept[labels]])


def connected_to(weak: Mask, sure: Mask) -> Mask:
    """Return the 8-connected parts of `weak` that hold at least one pixel of `sure`.

    Examples
    --------
    >>> weak = np.array([[1, 1, 0, 1]], bool)
    >>> sure = np.array([[1, 0, 0, 0]], bool)
    >>> print(connected_to(weak, sure).astype(int))
    [[1 1 0 0]]
    """
    places, labels = _labeled(weak)
    kept = np.zeros(int(labels.max(initial=0)) + 1, np.bool_)
    kept[labels[sure.ravel()[places]]] = True
    return _chosen(weak.shape, places[kept[labels]])


def _labeled(mask: Mask) -> tuple[Ints, Ints]:
    """Return the places of a mask in its flat array, and the number of the part of each."""
    _, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    places = np.flatnonzero(mask)
    return places, np.asarray(labels, np.int32).ravel()[places].astype(np.int64)


def _boxes(places: Ints, labels: Ints, width: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Return first row and column of each part, and the row and column behind its last."""
    count = int(labels.max(initial=0)) + 1
    first, last = np.full((2, count), np.iinfo(np.int64).max), np.zeros((2, count), np.int64)
    for axis, at in enumerate(np.divmod(places, width)):
        np.minimum.at(first[axis], labels, at)
        np.maximum.at(last[axis], labels, at + 1)
    # No part has the number 0.
    first[:, 0] = 0
    return first[0], first[1], last[0], last[1]


def _chosen(shape: tuple[int, ...], places: Ints) -> Mask:
    mask = np.zeros(shape, np.bool_)
    mask.ravel()[places] = True
    return mask


_contrasts: WeakKeyDictionary[Galactogram, Image] = WeakKeyDictionary()


def above_background(galactogram: Galactogram) -> Image:
    """Return how far each pixel lies above the tissue behind it.

    Behind the ducts the tissue is guessed from what is visible on their sides, so the
    contrast of a FOR PROCESSING galactogram is the iodine's own log attenuation:
    proportional to the length of the beam's path through contrast medium. It is computed
    once per galactogram.

    Parameters
    ----------
    galactogram : Galactogram

    Returns
    -------
    (M, N) array of float32
        In the unit of the pixels; near zero beside the ducts.
    """
    if galactogram not in _contrasts:
        found = relief(galactogram)
        spacing = galactogram.spacing_mm
        ducts = standing_out(found, spacing_mm=spacing, floor=iodine_floor(galactogram, found))
        hidden = cv2.dilate(ducts.candidates.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
        cell = (0.4 / spacing[0], 0.4 / spacing[1])
        _contrasts[galactogram] = found.flat - filled_in(found.flat, hidden=hidden, cell_px=cell)
    return _contrasts[galactogram]
