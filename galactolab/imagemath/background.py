"""The breast, and what lies behind the ducts."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from galactolab.imagemath.grid import averaged, spread
from galactolab.imagemath.rim import framed
from galactolab.records import Galactogram, Image, Mask

# Half the least extent of a part that passes for a breast.
_SMALLEST_BREAST_MM = 8.0
# A blade or the corner beside a round aperture covers this much, and not most of the image.
_SMALLEST_BLADE_MM2, _LARGEST_BLADES = 6.0, 0.6


def breast_area(galactogram: Galactogram) -> Mask:
    """Find the breast: everything but air, collimator blades and markers.

    Air is the darkest part of the image, flat, and reaches the border; where no such part
    exists (a magnified detail), the whole image counts as breast. Markers lie in air, away
    from the breast, and go with it.

    Parameters
    ----------
    galactogram : Galactogram

    Returns
    -------
    (M, N) array of bool

    Examples
    --------
    >>> pixels = np.zeros((64, 64), np.float32)
    >>> pixels[8:56, :40] = 2.0  # the breast
    >>> pixels[2:6, 56:60] = 3.0  # a lead letter
    >>> area = breast_area(Galactogram(pixels=pixels, spacing_mm=0.5))
    >>> print(area[32, 20], area[32, 60], area[4, 58])
    True False False
    """
    blades = blade_area(galactogram)
    return tissue_area(galactogram, blades=blades) & ~blades


def blade_area(galactogram: Galactogram) -> Mask:
    """Find what a collimator blade or a round aperture covers: bright, flat, at the border.

    Parameters
    ----------
    galactogram : Galactogram

    Returns
    -------
    (M, N) array of bool
        Half a millimeter wider than the blade, because its edge is not sharp.

    Examples
    --------
    >>> pixels = np.random.default_rng(0).normal(1, 0.1, (64, 64))
    >>> pixels[:, 48:] = 5
    >>> blades = blade_area(Galactogram(pixels=pixels, spacing_mm=0.5))
    >>> print(blades[5, 5], blades[5, 60])
    False True
    """
    small, step = _coarse(galactogram, pixel_mm=0.5)
    middle, top = np.quantile(small, [0.5, 0.999])
    bright = small > top - 0.06 * (top - middle) if top > middle else np.zeros_like(small, bool)
    closed = cv2.morphologyEx(bright.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    pixel_mm = step * max(galactogram.spacing_mm)
    blades = _reaching_border(
        _along_border(closed > 0), least=max(12, round(_SMALLEST_BLADE_MM2 / pixel_mm**2))
    )
    if blades is None or blades.mean() > _LARGEST_BLADES:
        return np.zeros(galactogram.pixels.shape, np.bool_)
    wide = ndimage.binary_dilation(blades, iterations=max(1, round(1.0 / pixel_mm)))
    covered: Mask = spread(wide.astype(np.float32), shape=galactogram.pixels.shape) > 0.25
    return covered


def _along_border(mask: Mask) -> Mask:
    """Keep parts that lie along the border: a duct that leaves the picture is no blade.

    A blade or the corner outside a round aperture touches the border over a length that is
    longer than the part is deep; a duct touches it with its width only.
    """
    labels, count = ndimage.label(mask)
    border = np.ones(mask.shape, np.bool_)
    border[1:-1, 1:-1] = False
    touching = np.bincount(labels[border], minlength=count + 1).astype(np.float64)
    kept = np.bincount(labels.ravel(), minlength=count + 1) <= touching**2
    kept[0] = False
    along: Mask = kept[labels]
    return along


def tissue_area(galactogram: Galactogram, *, blades: Mask) -> Mask:
    """Find the breast as `breast_area` does, what blades cover included."""
    pixels = galactogram.pixels
    small, step = _coarse(galactogram, pixel_mm=1.0)
    # What blades cover is neither air nor tissue.
    if blades.any():
        covered = averaged(blades.astype(np.float32), shape=(small.shape[0], small.shape[1])) > 0
        if not covered.all():
            small = np.where(covered, np.median(small[~covered]), small).astype(np.float32)
    air = _flat_border_part(small)
    if air is None:
        return np.ones(pixels.shape, np.bool_)
    tissue = ndimage.binary_opening(~air, iterations=1) if min(small.shape) > 8 else ~air
    labels, count = ndimage.label(tissue)
    if count == 0:
        return np.ones(pixels.shape, np.bool_)
    largest = 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    area = ndimage.binary_fill_holes(labels == largest)
    # A bright line on an empty field is a drawing of a duct, not a breast.
    reach = cv2.distanceTransform(framed(area), cv2.DIST_L2, 5).max()
    if reach * step * min(galactogram.spacing_mm) < _SMALLEST_BREAST_MM:
        return np.ones(pixels.shape, np.bool_)
    inside: Mask = spread(area.astype(np.float32), shape=pixels.shape) > 0.5
    return inside


def _coarse(galactogram: Galactogram, *, pixel_mm: float) -> tuple[Image, int]:
    """Return the image on pixels near a given size, and how many times it was reduced."""
    step = max(1, round(pixel_mm / max(galactogram.spacing_mm)))
    rows, columns = (max(1, n // step) for n in galactogram.pixels.shape)
    return averaged(galactogram.pixels, shape=(rows, columns)), step


def _flat_border_part(small: Image) -> Mask | None:
    """Return the dark, flat part that reaches the border, or None where there is none.

    In a dense breast the largest step of gray values is that from fat to gland: then air is
    looked for once more, among the darker values only.
    """
    low, high = (float(value) for value in np.quantile(small, [0.001, 0.98]))
    # The second time air has to be flatter still: a lung beside a heart is not.
    for flatness in (0.1, 0.03):
        if not high > low:
            return None
        inside = small[small <= high]
        cut = low + (high - low) * _otsu((inside - low) / (high - low))
        dark, bright = small < cut, (small >= cut) & (small <= high)
        if not bright.any() or not 0.02 < dark.mean() < 0.98:
            return None
        # Air is flat beside the step to tissue; fat beside gland is not.
        level = float(np.median(small[dark]))
        width = 1.4826 * float(np.median(np.abs(small[dark] - level)))
        step = float(np.median(small[bright])) - level
        if step > 0 and width <= flatness * step:
            flat = small < level + max(4 * width, 0.08 * step)
            return _reaching_border(flat, least=round(0.005 * flat.size))
        high = cut
    return None


def _reaching_border(mask: Mask, *, least: int) -> Mask | None:
    """Keep the parts of `least` pixels that touch the border; None if there is none."""
    labels, count = ndimage.label(mask)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    kept = [k for k in np.unique(edge) if k and sizes[k] > least]
    return np.isin(labels, kept) if kept else None


def _otsu(values: Image) -> float:
    """Threshold in (0, 1) between two groups of values (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=128, range=(0, 1))
    middle = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(middle[int(np.nanargmax(between))])


def filled_in(image: Image, *, hidden: Mask, cell_px: tuple[float, float] = (1, 1)) -> Image:
    """Guess what the image would be behind a hidden region, from its surroundings.

    Visible pixels are averaged in cells; empty cells take the average of ever wider
    surroundings (push-pull), so that a narrow gap is bridged from its two sides and a wide
    one from its rim.

    Parameters
    ----------
    image : (M, N) array of float32
    hidden : (M, N) array of bool
    cell_px : (float, float)
        Height and width of a cell in pixels: the finest structure of the guess.

    Returns
    -------
    (M, N) array of float32
        The smooth surroundings everywhere, also where the image is visible.

    References
    ----------
    Gortler et al., The Lumigraph, SIGGRAPH 1996, doi:10.1145/237170.237200 (push-pull).

    Examples
    --------
    >>> image = np.tile(np.arange(8, dtype=np.float32), (8, 1))
    >>> image[:, 3:5] = 99
    >>> hidden = image == 99
    >>> print(filled_in(image, hidden=hidden)[4].round(0))
    [0. 1. 2. 3. 4. 5. 6. 7.]
    """
    rows, columns = (
        max(1, round(n / max(1.0, c))) for n, c in zip(image.shape, cell_px, strict=True)
    )
    weight = np.where(hidden, np.float32(0), np.float32(1))
    total = averaged(image * weight, shape=(rows, columns))
    share = averaged(weight, shape=(rows, columns))
    return spread(_pushed_and_pulled(total, share), shape=(image.shape[0], image.shape[1]))


def _pushed_and_pulled(total: Image, share: Image) -> Image:
    """Divide total by share; where the share is small, lean on the level above."""
    known = np.asarray(total / np.maximum(share, 1e-6), np.float32)
    if min(total.shape) == 1 and max(total.shape) <= 2:
        return known
    rows, columns = ((n + 1) // 2 for n in total.shape)
    padded = [np.pad(a, [(0, n % 2) for n in a.shape], mode="edge") for a in (total, share)]
    total_up, share_up = (
        a.reshape(rows, a.shape[0] // rows, columns, a.shape[1] // columns).mean((1, 3))
        for a in padded
    )
    above = _pushed_and_pulled(total_up, share_up)
    even = (padded[0].shape[0], padded[0].shape[1])
    guess = spread(above, shape=even)[: total.shape[0], : total.shape[1]]
    trust = np.minimum(share * 4, 1)
    return np.asarray(trust * known + (1 - trust) * guess, np.float32)
