"""What each picture shows of this patient: is the lesion resolved, how thin a duct is seen.

Everything is measured in the picture with the patient's truth at hand, for no reader would
agree with another on it. The eye adds up over the area of what it looks at, and so does the
measurement: an observer lays the outline of the lesion over the picture and takes the mean
inside minus the mean around. The answer at the lesion, over the spread of the answers at places
nearby without a lesion, is the detectability. What counts in it are independent cells and not
pixels: speckle, the blur of a detector and the structure of tissue go on from pixel to pixel, so
that few cells fit into a lesion that has many pixels. A lesion counts as resolved from Rose's limit
on (`visibility.ROSE`, with its source), the same as in the curves of simulated nodules.

A duct is judged by its contrast-to-noise: the difference of the means along its axis and beside
it, over the standard deviation beside it. It counts as seen at a ratio of 2 or more: then a
value drawn from one and a value drawn from the other are told apart 92 times in 100. This limit
is our own choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.modalities.visibility import ROSE
from galactolab.patient.phantom import Phantom
from galactolab.records import Image, Mask
from galactolab.volumes import ModalityImage, Tissue

Floats = npt.NDArray[np.float64]

SEEN = 2.0
# Fewer pixels than this do not make a lesion.
_FEWEST_PX = 4
_NEAR_MM = 3.0
# Places without a lesion are taken from this far around, and in lesion sizes.
_FIELD_MM, _FIELD = 28.0, 2.0
_FEWEST_PLACES = 200
# A filling defect has at least this share of its border in the lumen.
_INSIDE = 0.5
# What share of the outline has to lie on tissue at such a place.
_COVERED = 0.7
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
        Of the lesion, against the noise of single pixels; None where the picture does not
        meet one.
    n_cells : float
        Independent cells of noise that the lesion covers, at least 1; 0 without a lesion.
    detectability : float or None
        Of the lesion, over its whole area: the ratio above times the root of the cells.
    resolved : bool
        Whether the lesion stands out by Rose's limit and has more than a few pixels.
    smallest_duct_mm : float or None
        Smallest caliber of which at least half of the ducts are seen; None where none is.
    n_ducts : int
        Ducts that the picture could show.
    """

    technique: str
    contrast_to_noise: float | None
    n_cells: float
    detectability: float | None
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
    found = lesion_contrast(image)
    calibers, ratios = duct_contrasts(image, phantom)
    return Sight(
        technique=image.technique,
        contrast_to_noise=None if found is None else found.ratio,
        n_cells=0.0 if found is None else found.n_cells,
        detectability=None if found is None else found.detectability,
        resolved=found is not None and found.is_resolved,
        smallest_duct_mm=smallest_seen(calibers, ratios),
        n_ducts=len(calibers),
    )


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """How a lesion stands out.

    Attributes
    ----------
    ratio : float
        Contrast against the noise of single pixels.
    n_cells : float
        Independent cells of noise in its area: the variance of single pixels over that of the
        observer's answers.
    n_px : int
    """

    ratio: float
    n_cells: float
    n_px: int

    @property
    def detectability(self) -> float:
        """Contrast against the noise of the mean over the lesion."""
        return float(self.ratio * np.sqrt(self.n_cells))

    @property
    def is_resolved(self) -> bool:
        """Whether it stands out by Rose's limit, and has more than a few pixels."""
        return self.detectability >= ROSE and self.n_px >= _FEWEST_PX


def lesion_contrast(image: ModalityImage) -> Contrast | None:
    """Return how the lesion stands out; None where the picture does not meet one.

    Its surroundings are the lumen near it, where at least half of its border is lumen, since a
    filling defect stands out from the contrast around it; else the tissue near it. What lies in
    the shadow of a lesion, in ultrasound, is neither tissue nor noise.

    Examples
    --------
    Where each pixel has its own noise, the hundred pixels of a square are about as many cells.

    >>> rng = np.random.default_rng(1)
    >>> truth = np.full((80, 80), Tissue.GLAND, np.uint8)
    >>> truth[35:45, 35:45] = Tissue.LESION
    >>> pixels = rng.normal(size=truth.shape) + 3.0 * (truth == Tissue.LESION)
    >>> image = ModalityImage(pixels=pixels, spacing_mm=0.5, modality="US", technique="B-mode",
    ...                       unit="dB", window=(0, 1), truth=truth)
    >>> found = lesion_contrast(image)
    >>> 2.5 < found.ratio < 3.5, 50 < found.n_cells < 120, found.is_resolved
    (True, True, True)
    """
    # Plan: lesion, lumen and tissue near it from the truth; the step between their means; then
    # the same difference of means at all places of the tissue, whose spread is the noise.
    truth, pixels = image.truth, _gray(image)
    lesion = np.zeros(pixels.shape, np.bool_) if truth is None else truth == Tissue.LESION
    n_px = int(lesion.sum())
    if truth is None or not n_px:
        return None
    near = _grown(lesion, _NEAR_MM, image) & ~_grown(lesion, 0.0, image)
    near &= (truth != Tissue.OUTSIDE) & ~_shadow(lesion, image)
    lumen = near & (truth == Tissue.LUMEN)
    # What lies right beside a duct is blurred with its contrast.
    tissue = near & ~_grown(truth == Tissue.LUMEN, 0.0, image)
    rim = _grown(lesion, 0.0, image) & ~lesion
    is_inside = float((truth[rim] == Tissue.LUMEN).mean()) >= _INSIDE if rim.any() else False
    around = _core(lumen) if is_inside and lumen.sum() >= _FEWEST_PX else tissue
    if around.sum() < _FEWEST_PX:
        return None
    step = float(pixels[_core(lesion)].mean() - pixels[around].mean())
    field = _field(lesion, image)
    bare = (truth != Tissue.OUTSIDE) & ~_shadow(lesion, image)
    bare &= ~_grown(lesion | (truth == Tissue.LUMEN), 0.0, image)
    single, mean = _noise(pixels[field], bare[field], lesion[field], near[field])
    n_cells = float(np.clip((single / mean) ** 2, 1.0, n_px))
    return Contrast(ratio=abs(step) / single, n_cells=n_cells, n_px=n_px)


def _shadow(lesion: Mask, image: ModalityImage) -> Mask:
    """Return what lies behind the lesion as the probe sees it, and a little beside that."""
    if image.modality != "US":
        return np.zeros(lesion.shape, np.bool_)
    behind = np.logical_or.accumulate(lesion, axis=0) & ~lesion
    return _grown(behind, 0.0, image)


def _field(lesion: Mask, image: ModalityImage) -> tuple[slice, slice]:
    """Return a box around the lesion, with room for places without it."""
    spans = []
    for axis, mm in enumerate(image.spacing_mm):
        at = np.flatnonzero(lesion.any(axis=1 - axis))
        reach = max(_FIELD_MM / mm, _FIELD * (at[-1] - at[0] + 1))
        spans.append(slice(max(int(at[0] - reach), 0), int(at[-1] + reach) + 1))
    return spans[0], spans[1]


def _noise(pixels: Image, bare: Mask, inner: Mask, outer: Mask) -> tuple[float, float]:
    """Return the spread of single pixels, and of the mean inside an outline minus that around.

    Means are taken over bare tissue only, and only where most of the outline lies on it.
    """
    weight = bare.astype(np.float32)
    centered = (pixels - float(pixels[bare].mean() if bare.any() else 0.0)) * weight
    means, covered = [], bare
    for outline in (inner, outer):
        rows, columns = np.nonzero(outline)
        kernel = outline[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        summed, counted = (
            cv2.filter2D(part, cv2.CV_32F, kernel.astype(np.float32), borderType=0)
            for part in (centered, weight)
        )
        covered = covered & (counted >= _COVERED * kernel.sum())
        means.append(summed / np.maximum(counted, 1.0))
    # Single pixels are compared with what lies around them, as the lesion is.
    places = covered if covered.sum() >= _FEWEST_PLACES else bare
    if places.sum() < 2:
        return 1e-9, 1e-9
    single = float((centered - means[1])[places].std())
    return max(single, 1e-9), max(float((means[0] - means[1])[places].std()), 1e-9)


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
