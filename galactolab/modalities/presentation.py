"""From attenuation to the gray picture that is shown: thickness equalization and a curve.

A FOR PROCESSING galactogram is physics; where the breast thins toward the skin it falls by
more than all that is to be seen inside. FOR PRESENTATION pictures take that slope out and
bend the rest so that tissue has contrast and the iodine in the ducts does not burn out.
They look better and measure nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from galactolab.errors import check_between, check_one_of
from galactolab.terms import Intent

if TYPE_CHECKING:
    from galactolab.modalities.materials import Floats
    from galactolab.records import Galactogram, Image, Mask

_COARSE_MM = 0.5
# Quantile of the attenuation that is taken for fat, and how deep under the skin the breast has
# its full thickness.
_FAT, _FULL_MM = 0.15, 20.0
# Tissue of a fatty breast hardly spans less.
_LEAST_SPAN = 0.4
# Below this share of the breast's attenuation a pixel is air.
_AIR_SHARE = 0.15
# Share of the gray range that belongs to contrast, and the attenuation over which it fills.
_SHOULDER = 0.4
_SHOULDER_WIDTH = 1.0
# The rim of the breast is flattened by its own local mean, over a band under the skin: the
# nipple stands out from the outline and has a thickness of its own.
_RIM_MM, _RIM_BLUR_MM = 12.0, 1.2


def presented(
    galactogram: Galactogram,
    *,
    bits: int = 12,
    equalization: float = 1.0,
    window: float = 1.0,
    level: float = 0.0,
) -> Galactogram:
    """Turn a FOR PROCESSING galactogram into a FOR PRESENTATION one.

    Parameters
    ----------
    galactogram : Galactogram
        FOR PROCESSING: natural-log attenuation.
    bits : {12, 14}
        Depth of the gray values: 0 to 2**bits - 1.
    equalization : float
        Share of the thickness slope that is taken out, 0 to 1.
    window : float
        Width of the curve for tissue in log attenuation, 0.2 to 5: smaller is harder.
    level : float
        Middle of the curve above the middle of the tissue, -1 to 3, in log attenuation.

    Returns
    -------
    Galactogram
        Gray values, a larger one for more attenuation; air is black.

    Raises
    ------
    GalactolabError
        If the galactogram is FOR PRESENTATION already.

    Examples
    --------
    >>> from galactolab.records import Galactogram
    >>> wedge = np.tile(np.linspace(0, 3, 64, dtype=np.float32), (64, 1))
    >>> raw = Galactogram(pixels=wedge, spacing_mm=1.0, intent="FOR PROCESSING")
    >>> shown = presented(raw)
    >>> shown.intent.value, bool(shown.pixels.max() <= 4095)
    ('FOR PRESENTATION', True)
    """
    check_one_of("intent", galactogram.intent.value, [Intent.FOR_PROCESSING.value])
    check_one_of("bits", bits, (12, 14))
    check_between("equalization", equalization, 0, 1)
    check_between("window", window, 0.2, 5)
    check_between("level", level, -1, 3)
    lift, middle = thickness_slope(galactogram)
    pixels: Image = lift * np.float32(equalization)
    pixels += galactogram.pixels
    pixels -= np.float32(middle + level)
    gray = _curve(pixels, window=window)
    gray *= np.float32(2**bits - 1)
    np.rint(gray, out=gray)
    return replace(galactogram, pixels=gray, intent=Intent.FOR_PRESENTATION)


def _curve(pixels: Image, *, window: float) -> Image:
    """Bend attenuation around 0 into shown gray, 0 to 1.

    A logistic curve spreads the tissue over the lower half; above it a slow shoulder keeps
    a filling defect apart from the iodine around it.
    """
    foot = np.exp(pixels * np.float32(-4.0 / window))
    foot += np.float32(1)
    np.divide(np.float32(1 - _SHOULDER), foot, out=foot)
    np.maximum(pixels, 0, out=pixels)
    pixels *= np.float32(-1 / _SHOULDER_WIDTH)
    np.exp(pixels, out=pixels)
    np.subtract(np.float32(1), pixels, out=pixels)
    pixels *= np.float32(_SHOULDER)
    pixels += foot
    return pixels


def thickness_slope(galactogram: Galactogram) -> tuple[Image, float]:
    """Attenuation that the breast lacks where it is thin, and the level of its plateau.

    Parameters
    ----------
    galactogram : Galactogram
        FOR PROCESSING.

    Returns
    -------
    lift : (M, N) array of float32
        What to add to each pixel; 0 on the plateau and in air.
    middle : float
        Log attenuation half way between the fattest and the densest tissue of full thickness.
    """
    rows, columns = galactogram.pixels.shape
    size = [
        max(4, round(n * s / _COARSE_MM))
        for n, s in zip((columns, rows), galactogram.spacing_mm[::-1], strict=True)
    ]
    small = np.asarray(
        cv2.resize(galactogram.pixels, size, interpolation=cv2.INTER_AREA), np.float32
    )
    inside = breast_area(small)
    if not inside.any():
        return np.zeros((rows, columns), np.float32), 0.0
    depth = _way_to_air(inside)
    deep = inside & (depth > min(_FULL_MM / _COARSE_MM, 0.5 * float(depth.max())))
    plateau = float(np.quantile(small[deep], _FAT))
    profile = _profile(small[inside], depth[inside])
    lacking = np.maximum(plateau - profile, 0)
    coarse = np.interp(depth, np.arange(len(profile)), lacking).astype(np.float32)
    np.maximum(coarse, _rim_lift(small, inside, depth, plateau=plateau), out=coarse)
    lift = np.asarray(cv2.resize(_carried_out(coarse, inside), (columns, rows)), np.float32)
    # Air stays air: what is added grows with what is there, which keeps the skin line smooth.
    lift *= np.clip(galactogram.pixels * np.float32(1 / (_AIR_SHARE * plateau)), 0, 1)
    return lift, _middle(small[deep])


def _carried_out(coarse: Image, inside: Mask) -> Image:
    """Smooth a map and carry it beyond the skin, so that its coarse pixels leave no beads there."""
    weight = inside.astype(np.float32)
    sums = [cv2.GaussianBlur(part, (0, 0), 1.5) for part in (coarse * weight, weight)]
    carried: Image = (sums[0] / np.maximum(sums[1], np.float32(1e-3))).astype(np.float32)
    return carried


def _rim_lift(small: Image, inside: Mask, depth: Image, *, plateau: float) -> Image:
    """Return what a band under the skin lacks by its own local mean; it fades out inside."""
    # Iodine is no tissue: it may not darken what surrounds it.
    tissue = np.where(inside, np.minimum(small, np.float32(plateau)), np.float32(0))
    blur = _RIM_BLUR_MM / _COARSE_MM
    weight = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), blur)
    local = cv2.GaussianBlur(tissue.astype(np.float32), (0, 0), blur) / np.maximum(weight, 0.05)
    share = np.clip(2 - depth * (_COARSE_MM / _RIM_MM), 0, 1)
    lacking: Image = np.where(inside, share * np.maximum(plateau - local, 0), 0).astype(np.float32)
    return lacking


def _middle(tissue: Image) -> float:
    """Half way between the fattest and the densest tissue, leaving out the iodine."""
    low, high = np.quantile(tissue, [0.02, 0.9])
    return float(low + max(high - low, _LEAST_SPAN) / 2)


def breast_area(attenuation: Image) -> Mask:
    """Pixels that are breast and not air, from log attenuation.

    Air reads about 0 and tissue 1 and more, with little between but the skin line.
    """
    dense = float(np.quantile(attenuation, 0.98))
    return np.asarray(attenuation > _AIR_SHARE * dense) if dense > 0.2 else attenuation > np.inf


def _way_to_air(inside: Mask) -> Image:
    """Distance of each pixel to the nearest air, in pixels; the image border is no air."""
    if inside.all():
        return np.full(inside.shape, np.float32(1e4))
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(cv2.GaussianBlur(depth, (0, 0), 1.0), np.float32)


def _profile(values: Image, depth: Image) -> Floats:
    """Attenuation of fat by distance from the skin; never falls inward.

    A low quantile, because gland, ducts, vessels and the chest muscle are no thickness.
    """
    bins = np.minimum(np.rint(depth).astype(int), 200)
    order = np.argsort(bins, kind="stable")
    starts = np.searchsorted(bins[order], np.arange(bins.max() + 2))
    pieces = np.split(values[order], starts[1:-1])
    fat = [float(np.quantile(piece, _FAT)) if len(piece) else 0.0 for piece in pieces]
    return np.maximum.accumulate(fat)
