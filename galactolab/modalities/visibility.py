"""Whether a lesion can be seen: a detectability measured in the images themselves.

Two images of the same patient are taken with the same random numbers, one with the lesion and
one without; their difference is what the lesion does. An observer who knows what to look for
lays this pattern over the image (a non-prewhitening matched filter, ICRU report 54): its answer
at the lesion, divided by the spread of its answers at places without a lesion, is the
detectability ``d``. The spread holds the noise of the machine and the structure of the breast
alike. A lesion is called visible from ``d = 5`` (Rose 1948, doi:10.1364/JOSA.38.000196) if it
also covers more than one pixel. The observer knows place and shape, so that it is better than
any reader: compare machines by it, not readers with patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError, check_between
from galactolab.volumes import ModalityImage, Tissue, Volume

Image = npt.NDArray[np.float32]

ROSE = 5.0
# The observer compares with what lies this far around, in lesion sizes but at least in mm.
_AROUND, _AROUND_MM = 1.0, 1.5
# Places without a lesion are taken from this far around.
_FIELD_MM = 28.0
_FEWEST_PLACES = 200


@dataclass(frozen=True, kw_only=True)
class Visibility:
    """How well a lesion can be seen in an image.

    Attributes
    ----------
    contrast : float
        Strongest change that the lesion makes, in the unit of the image.
    cnr : float
        That change against the noise of one pixel.
    detectability : float
        Answer of the matched filter against the spread of its answers elsewhere.
    is_resolved : bool
        Whether the change covers more than one pixel: a single one could be a spike of noise.
    unit : str
    """

    contrast: float
    cnr: float
    detectability: float
    is_resolved: bool
    unit: str = ""

    @property
    def is_visible(self) -> bool:
        """Detectable by Rose's criterion, and resolved."""
        return self.detectability >= ROSE and self.is_resolved


UNSEEN = Visibility(contrast=0.0, cnr=0.0, detectability=0.0, is_resolved=False)


def visibility(ill: ModalityImage, well: ModalityImage, *, size_mm: float) -> Visibility:
    """Measure how well the lesion of `ill` is seen.

    Parameters
    ----------
    ill, well : ModalityImage
        The same patient with and without the lesion, taken with the same random numbers. The
        place is the first mark of `ill`; without one the lesion is not in the image, and is
        not seen.
    size_mm : float
        Greatest extent of the lesion, above 0.

    Raises
    ------
    GalactolabError
        If the two do not belong together.

    Examples
    --------
    A bright disk of 3 mm in noise of a quarter of its height is seen; itself, it is not.

    >>> from galactolab.volumes import Mark
    >>> rng = np.random.default_rng(1)
    >>> noise = rng.normal(0, 0.25, (200, 200)).astype(np.float32)
    >>> y, x = np.mgrid[:200, :200]
    >>> disk = (np.hypot(y - 100, x - 100) < 7.5).astype(np.float32)
    >>> shots = [ModalityImage(pixels=p, spacing_mm=0.2, modality="MR", technique="T1", unit="",
    ...                        window=(0, 1), truth=np.ones((200, 200), np.uint8),
    ...                        marks=(Mark(name="disk", size_mm=3, index=(0, 100, 100)),))
    ...          for p in (noise + disk, noise)]
    >>> visibility(*shots, size_mm=3).is_visible, visibility(shots[1], shots[1], size_mm=3).cnr
    (True, 0.0)
    """
    check_between("size_mm", size_mm, 0.05, 100, "mm")
    if ill.pixels.shape != well.pixels.shape or ill.spacing_mm != well.spacing_mm:
        raise GalactolabError(f"{ill!r} and {well!r} do not show the same field.")
    if not ill.marks or ill.pixels.ndim != 2:
        return UNSEEN
    _, row, column = ill.marks[0].index
    return _measured(ill, well, (row, column), size_mm)


def visibility_in(ill: Volume, well: Volume, *, size_mm: float) -> Visibility:
    """Measure how well a lesion is seen in the best of the slices through it."""
    if not ill.marks:
        return UNSEEN
    middle = round(ill.marks[0].index[0])
    reach = max(1, round(size_mm / 2 / ill.slice_mm))
    first, last = max(middle - reach, 0), min(middle + reach, len(ill.voxels) - 1)
    if last < first:
        return UNSEEN
    seen = [
        visibility(ill.slice(k), well.slice(k), size_mm=size_mm) for k in range(first, last + 1)
    ]
    return max(seen, key=lambda one: (one.is_visible, one.detectability))


def _measured(
    ill: ModalityImage, well: ModalityImage, at: tuple[float, float], size_mm: float
) -> Visibility:
    # Plan: cut a field around the lesion; take out of all pictures what is slower than the
    # lesion; the difference is the pattern, cut to a box; its answers to the picture without
    # the lesion, at places of the same breast that are no ducts, give the spread.
    spacing = float(np.mean(ill.spacing_mm))
    field = _window(at, _FIELD_MM / spacing, ill.pixels.shape)
    without, with_it = (_detailed(i.pixels[field], size_mm, spacing) for i in (well, ill))
    change = with_it - without
    middle = (at[0] - field[0].start, at[1] - field[1].start)
    half = max(0.9 * size_mm + 0.4, 1.0) / spacing
    box = _window(middle, half, change.shape)
    pattern = np.ascontiguousarray(change[box])
    energy = float((pattern.astype(np.float64) ** 2).sum())
    peak = float(np.abs(pattern).max()) if pattern.size else 0.0
    if energy == 0 or peak < 1e-7:
        return UNSEEN
    answers = cv2.filter2D(without, cv2.CV_32F, pattern, borderType=cv2.BORDER_REFLECT)
    places = _places(well, field, pattern.shape)
    spread = float(np.std(answers[places])) if places.sum() >= _FEWEST_PLACES else 0.0
    if spread == 0:
        return UNSEEN
    wide = int((np.abs(pattern) > peak / 2).sum())
    return Visibility(
        contrast=float(pattern.flat[int(np.argmax(np.abs(pattern)))]),
        cnr=peak / float(np.std(without[places])),
        detectability=energy / spread,
        is_resolved=wide >= 2,
        unit=ill.unit,
    )


def _window(at: tuple[float, float], half: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    rows, columns = (
        slice(max(round(place - half), 0), min(round(place + half) + 1, size))
        for place, size in zip(at, shape, strict=False)
    )
    return rows, columns


def _detailed(pixels: Image, size_mm: float, spacing_mm: float) -> Image:
    """Take out slow changes, as the eye does."""
    sigma = max(_AROUND * size_mm, _AROUND_MM) / spacing_mm
    detail: Image = pixels - cv2.GaussianBlur(pixels, (0, 0), sigma)
    return detail


def _places(
    well: ModalityImage, field: tuple[slice, slice], shape: tuple[int, ...]
) -> npt.NDArray[np.bool_]:
    """Tell where the pattern lies on breast only, and not on ducts that were filled."""
    if well.truth is None:
        raise GalactolabError(f"{well!r} has no truth, and without one its breast is not known.")
    labels = well.truth[field]
    usable = (labels == Tissue.FAT) | (labels == Tissue.GLAND) | (labels == Tissue.MUSCLE)
    size = max(3, round(0.6 * max(shape)))
    kept: npt.NDArray[np.bool_] = cv2.erode(usable.astype(np.uint8), np.ones((size, size))) > 0
    if kept.sum() < _FEWEST_PLACES:
        kept = cv2.erode(usable.astype(np.uint8), np.ones((3, 3))) > 0
    return kept
