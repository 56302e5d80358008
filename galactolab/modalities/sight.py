"""What each picture shows of this patient: is the lesion resolved, how thin a duct is seen.

Everything is measured in the picture with the patient's truth at hand, for no reader would
agree with another on it. Contrast-to-noise is the difference of the means of lesion and
surroundings over the standard deviation of the tissue nearby, noise and structure together. A
lesion counts as resolved, and a duct as seen, at a ratio of 2 or more: then a value drawn from
one and a value drawn from the other are told apart 92 times in 100. The limit is our own
choice; the Rose criterion asks for 3 to 5 (Burgess 1999, doi:10.1364/JOSAA.16.000633).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.patient.phantom import Phantom
from galactolab.records import Image, Mask
from galactolab.volumes import ModalityImage, Tissue

Floats = npt.NDArray[np.float64]

SEEN = 2.0
# Fewer pixels than this do not make a lesion.
_FEWEST_PX = 4
_NEAR_MM = 3.0
# The eye's blur, in radii of the lesion.
_EYE = 0.25
# Calibers in mm of which the share that is seen is counted.
_CALIBERS_MM = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0)
_ENOUGH = 0.5
_FEW_DUCTS = 3


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What one picture shows.

    Attributes
    ----------
    technique : str
    contrast_to_noise : float or None
        Of the lesion; None where the picture does not meet one.
    resolved : bool
        Whether the lesion stands out and has more than a few pixels.
    smallest_duct_mm : float or None
        Smallest caliber of which at least half of the ducts are seen; None where none is.
    n_ducts : int
        Ducts that the picture could show.
    """

    technique: str
    contrast_to_noise: float | None
    resolved: bool
    smallest_duct_mm: float | None
    n_ducts: int


def sight(image: ModalityImage, phantom: Phantom) -> Sight:
    """Measure what a picture shows of a patient.

    Parameters
    ----------
    image : ModalityImage
        With truth and placement.
    phantom : Phantom
        Who was imaged.
    """
    ratio, n_px = lesion_contrast(image)
    calibers, ratios = duct_contrasts(image, phantom)
    return Sight(
        technique=image.technique,
        contrast_to_noise=ratio,
        resolved=ratio is not None and ratio >= SEEN and n_px >= _FEWEST_PX,
        smallest_duct_mm=smallest_seen(calibers, ratios),
        n_ducts=len(calibers),
    )


def lesion_contrast(image: ModalityImage) -> tuple[float | None, int]:
    """Return the contrast-to-noise ratio of the lesion, and how many pixels it has.

    Its surroundings are the lumen that is near it, where the picture shows any, since a
    filling defect stands out from the contrast around it; else whatever is near.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> truth = np.full((40, 40), Tissue.GLAND, np.uint8)
    >>> truth[15:25, 15:25] = Tissue.LESION
    >>> pixels = rng.normal(size=truth.shape) + 3.0 * (truth == Tissue.LESION)
    >>> image = ModalityImage(pixels=pixels, spacing_mm=0.5, modality="US", technique="B-mode",
    ...                       unit="dB", window=(0, 1), truth=truth)
    >>> ratio, n_px = lesion_contrast(image)
    >>> ratio > 3.0, n_px
    (True, 100)
    """
    truth, pixels = image.truth, _gray(image)
    lesion = np.zeros(pixels.shape, np.bool_) if truth is None else truth == Tissue.LESION
    n_px = int(lesion.sum())
    if truth is None or not n_px:
        return None, 0
    # The eye adds up over a part of what it looks at, and borders are half of both.
    radius_px = float(np.sqrt(n_px / np.pi))
    blur = max(_EYE * radius_px, 0.3)
    pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), blur), np.float32)
    near = _grown(lesion, _NEAR_MM, image) & ~_grown(lesion, 0.0, image)
    near &= truth != Tissue.OUTSIDE
    lumen = near & (truth == Tissue.LUMEN)
    tissue = near & ~_grown(truth == Tissue.LUMEN, 0.0, image)
    around = _core(lumen) if lumen.sum() >= max(_FEWEST_PX, n_px // 20) else tissue
    noise = tissue if tissue.sum() >= _FEWEST_PX else around
    if around.sum() < _FEWEST_PX:
        return None, n_px
    step = float(pixels[_core(lesion)].mean() - pixels[around].mean())
    return abs(step) / max(float(pixels[noise].std()), 1e-9), n_px


def _grown(mask: Mask, reach_mm: float, image: ModalityImage) -> Mask:
    """Return a mask with all that lies within a distance, at least one pixel."""
    reach = [2 * max(1, round(reach_mm / mm)) + 1 for mm in image.spacing_mm]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach[1], reach[0]))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), np.bool_)


def _core(mask: Mask) -> Mask:
    """Return a mask without its border, or all of it where nothing would be left."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    return inner if inner.sum() >= _FEWEST_PX else mask


def duct_contrasts(image: ModalityImage, phantom: Phantom) -> tuple[Floats, Floats]:
    """Return the caliber and the contrast-to-noise ratio of each duct that could be shown.

    Each duct is read along its axis and to both sides of it; what it has to stand out from is
    the spread of the sides.

    Parameters
    ----------
    image : ModalityImage
    phantom : Phantom
    """
    pixels, shape = _gray(image), image.pixels.shape[:2]
    smooth = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.6), np.float32)
    found: list[tuple[float, float]] = []
    for caliber, points in _pieces(phantom):
        row, column, away = _located(image, points)
        inside = (row >= 2) & (row < shape[0] - 2) & (column >= 2) & (column < shape[1] - 2)
        if _is_slice(image):
            inside &= np.abs(away) < max(0.75, caliber / 2)
        if inside.sum() < 4:
            continue
        found.append((caliber, _ratio(smooth, row, column, inside, image, caliber)))
    table = np.array(found, float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def smallest_seen(calibers_mm: Floats, ratios: Floats) -> float | None:
    """Return the smallest caliber of which at least half are seen, and of all wider ones.

    One or two ducts that are not seen decide nothing: they may lie behind another one.

    Examples
    --------
    >>> smallest_seen(np.array([0.15, 0.25, 0.25, 0.5, 0.9]), np.array([0.1, 3, 3, 5, 9]))
    0.2
    """
    smallest = None
    for low, high in reversed(list(zip(_CALIBERS_MM, (*_CALIBERS_MM[1:], np.inf), strict=True))):
        here = (calibers_mm >= low) & (calibers_mm < high)
        if not here.any():
            continue
        if float((ratios[here] >= SEEN).mean()) >= _ENOUGH:
            smallest = float(low)
        elif here.sum() >= _FEW_DUCTS:
            break
    return smallest


def _pieces(phantom: Phantom) -> Iterator[tuple[float, Floats]]:
    """Yield caliber and axis of each duct, a point every half millimeter."""
    for duct in phantom.ducts.branches:
        count = max(4, int(duct.length_mm / 0.5))
        at = np.linspace(0.1, 0.9, count) * duct.length_mm
        yield float(2 * np.median(duct.radius_mm)), np.stack([duct.at(one) for one in at])


def _located(image: ModalityImage, points_mm: Floats) -> tuple[Floats, Floats, Floats]:
    if image.placement is None:
        nothing = np.full(len(points_mm), -1.0)
        return nothing, nothing, nothing
    away, row, column = np.moveaxis(image.placement.index(points_mm), -1, 0)
    return row, column, away * float(np.linalg.norm(image.placement.steps_mm[0]))


def _is_slice(image: ModalityImage) -> bool:
    """Tell slices and planes from pictures that add up all that lies on a beam."""
    return image.technique not in ("Ductogram", "CEM iodine", "CEM low energy")


def _ratio(
    pixels: Image,
    row: Floats,
    column: Floats,
    inside: Mask,
    image: ModalityImage,
    caliber_mm: float,
) -> float:
    along = np.array([np.gradient(row), np.gradient(column)])
    along /= np.maximum(np.linalg.norm(along, axis=0), 1e-9)
    across = np.array([-along[1], along[0]])
    shift_px = (caliber_mm / 2 + 0.6) / np.asarray(image.spacing_mm)[:, None]
    sides = [
        _read(pixels, row + sign * across[0] * shift_px[0], column + sign * across[1] * shift_px[1])
        for sign in (-1, 1)
    ]
    middle = _read(pixels, row, column)[inside]
    around = np.concatenate([side[inside] for side in sides])
    return float(abs(middle.mean() - around.mean()) / max(float(around.std()), 1e-9))


def _read(pixels: Image, row: Floats, column: Floats) -> Floats:
    at = column.astype(np.float32)[None], row.astype(np.float32)[None]
    read = cv2.remap(pixels, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read[0], float)


def _gray(image: ModalityImage) -> Image:
    return image.pixels if image.pixels.ndim == 2 else image.pixels.mean(axis=2)
