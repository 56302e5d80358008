"""What any machine makes of a patient: an image or a volume, with its place and its truth.

Letters for shapes: a volume has ``S`` slices, ``M`` rows and ``N`` columns; an image has one
slice. A `Placement` joins indices to places in the breast frame (``x`` from the nipple's base
to the chest wall, ``y`` lateral, ``z`` cranial, in millimeters, of the breast as it hangs
free), so that one anatomical point can be found in the images of all machines.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError, check_between
from galactolab.terms import Laterality, Modality
from galactolab.tree import checked_spacing

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


class Tissue(enum.IntEnum):
    """What is really there, as a number in `ModalityImage.truth` and `Volume.truth`."""

    OUTSIDE = 0
    FAT = 1
    GLAND = 2
    SKIN = 3
    LUMEN = 4
    LESION = 5
    CALCIUM = 6
    MUSCLE = 7


# What stands in a projection where several tissues lie behind each other: the highest rank.
_RANK = np.array([0, 1, 2, 3, 6, 7, 5, 4], np.uint8)


@dataclass(frozen=True, kw_only=True, eq=False)
class Placement:
    """Where the pixels of an image or volume lie in the breast frame.

    Attributes
    ----------
    origin_mm : (3,) array of float
        Place of the first pixel of the first slice.
    steps_mm : (3, 3) array of float
        Way from one slice, one row and one column to the next, as rows. They need not be as
        long as the spacing: a compressed breast is shown in its free frame.

    Examples
    --------
    >>> flat = Placement(origin_mm=np.zeros(3), steps_mm=np.diag([1.0, 0.5, 0.5]))
    >>> flat.point_mm((0, 2, 4)).tolist(), flat.index(np.array([0.0, 1.0, 2.0])).tolist()
    ([0.0, 1.0, 2.0], [0.0, 2.0, 4.0])
    """

    origin_mm: Floats
    steps_mm: Floats

    def __post_init__(self) -> None:
        """Check shapes, and that the steps span the space."""
        origin = np.asarray(self.origin_mm, np.float64)
        steps = np.asarray(self.steps_mm, np.float64)
        if origin.shape != (3,) or steps.shape != (3, 3):
            sentence = (
                f"A placement has an origin of shape {origin.shape} and steps of shape "
                f"{steps.shape}, but they have to be (3,) and (3, 3)."
            )
            raise GalactolabError(sentence)
        if not abs(float(np.linalg.det(steps))) > 0:
            raise GalactolabError("The three steps of a placement lie in one plane.")
        object.__setattr__(self, "origin_mm", origin)
        object.__setattr__(self, "steps_mm", steps)

    def point_mm(self, index: npt.ArrayLike) -> Floats:
        """Return the places of (slice, row, column) indices, (..., 3), in the breast frame."""
        place: Floats = self.origin_mm + np.asarray(index, np.float64) @ self.steps_mm
        return place

    def index(self, point_mm: npt.ArrayLike) -> Floats:
        """Return the (slice, row, column) of places in the breast frame, (..., 3).

        In an image the slice tells how far a point lies from the plane, in steps.
        """
        away = np.asarray(point_mm, np.float64) - self.origin_mm
        index: Floats = away @ np.linalg.inv(self.steps_mm)
        return index


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A planted lesion in an image or volume.

    Attributes
    ----------
    name : str
        What it is.
    size_mm : float
        Greatest extent.
    index : (float, float, float)
        (slice, row, column) of its middle; an image has slice 0 in its plane.
    """

    name: str
    size_mm: float
    index: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class ModalityImage:
    """An image of one machine.

    Attributes
    ----------
    pixels : (M, N) or (M, N, 3) array of float32
        Values in `unit`, or colors from 0 to 1.
    spacing_mm : (float, float) or float
        (row, column) distance between pixel centers at the object.
    modality : Modality
    technique : str
        What was done, in the field's words: ``"B-mode"``.
    unit : str
        Of the pixels: ``"dB"``.
    window : (float, float)
        Values that are shown black and white.
    placement : Placement or None
        Where the pixels lie; None where an image has no scale of its own, as in endoscopy.
    laterality : Laterality or None
    truth : (M, N) array of uint8 or None
        What is really there, as `Tissue` numbers.
    marks : tuple of Mark
        The planted lesions.
    settings : mapping of str to object
        Every parameter of the acquisition by name with unit.

    Examples
    --------
    >>> ModalityImage(pixels=np.zeros((4, 6)), spacing_mm=0.1, modality="US",
    ...               technique="B-mode", unit="dB", window=(-60, 0))
    ModalityImage(B-mode (US), 4 x 6 px at 0.1 mm, dB)
    """

    pixels: Pixels
    spacing_mm: tuple[float, float]
    modality: Modality
    technique: str
    unit: str
    window: tuple[float, float]
    placement: Placement | None = None
    laterality: Laterality | None = None
    truth: Labels | None = None
    marks: tuple[Mark, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check shapes, finite values, spacing and window once."""
        is_color = np.ndim(self.pixels) == 3 and np.shape(self.pixels)[-1] == 3
        _settle(self, n_axes=3 if is_color else 2, plane=np.shape(self.pixels)[:2])

    def __repr__(self) -> str:
        """Say technique, size and unit."""
        rows, columns = self.pixels.shape[:2]
        return (
            f"ModalityImage({self.technique} ({self.modality.value}), {rows} x {columns} px "
            f"at {self.spacing_mm[0]:.3g} mm, {self.unit})"
        )

    def located(self, point_mm: npt.ArrayLike) -> tuple[float, float, float]:
        """Return row, column, and distance from the plane in mm, of a place in the breast frame.

        Raises
        ------
        GalactolabError
            If the image has no placement.
        """
        if self.placement is None:
            sentence = f"This {self.technique} image has no scale: no place can be found in it."
            raise GalactolabError(sentence)
        away, row, column = self.placement.index(point_mm).tolist()
        return row, column, away * float(np.linalg.norm(self.placement.steps_mm[0]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Volume:
    """A stack of slices of one machine.

    Attributes
    ----------
    voxels : (S, M, N) array of float32
    spacing_mm : (float, float)
        (row, column) distance of pixel centers.
    slice_mm : float
        Distance of neighboring slices.
    modality, technique, unit, window, placement, laterality, marks, settings
        As in `ModalityImage`.
    truth : (S, M, N) array of uint8 or None

    Examples
    --------
    >>> stack = Volume(voxels=np.zeros((3, 4, 6)), spacing_mm=0.5, slice_mm=2.0, modality="MR",
    ...                technique="T1", unit="a.u.", window=(0, 1))
    >>> stack, stack.slice(1)
    (Volume(T1 (MR), 3 x 4 x 6 voxels at 2 x 0.5 x 0.5 mm, a.u.), ModalityImage(T1 (MR), 4 x 6 px
    at 0.5 mm, a.u.))
    """

    voxels: Pixels
    spacing_mm: tuple[float, float]
    slice_mm: float
    modality: Modality
    technique: str
    unit: str
    window: tuple[float, float]
    placement: Placement | None = None
    laterality: Laterality | None = None
    truth: Labels | None = None
    marks: tuple[Mark, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check shapes, finite values, spacing and window once."""
        _settle(self, n_axes=3, plane=np.shape(self.voxels))
        check_between("slice_mm", self.slice_mm, 1e-3, 1e3, "mm")

    def __repr__(self) -> str:
        """Say technique, size and unit."""
        size = " x ".join(str(n) for n in self.voxels.shape)
        steps = " x ".join(f"{mm:.3g}" for mm in (self.slice_mm, *self.spacing_mm))
        return (
            f"Volume({self.technique} ({self.modality.value}), {size} voxels at {steps} mm, "
            f"{self.unit})"
        )

    def slice(self, index: int) -> ModalityImage:
        """Return one slice as an image.

        Raises
        ------
        GalactolabError
            If there is no such slice.
        """
        check_between("slice", index, 0, len(self.voxels) - 1)
        truth = None if self.truth is None else self.truth[index]
        placed = self.placement
        if placed is not None:
            placed = replace(placed, origin_mm=placed.point_mm((index, 0, 0)))
        marks = tuple(
            replace(mark, index=(mark.index[0] - index, *mark.index[1:])) for mark in self.marks
        )
        return self._image(self.voxels[index], placed, truth, marks)

    def maximum(self) -> ModalityImage:
        """Return the maximum-intensity projection along the slices.

        Its truth is lesion or lumen wherever one lies on the way.
        """
        truth = None
        if self.truth is not None:
            rank = _RANK[self.truth].max(axis=0)
            truth = np.argsort(_RANK)[rank].astype(np.uint8)
        marks = tuple(replace(mark, index=(0.0, *mark.index[1:])) for mark in self.marks)
        return self._image(self.voxels.max(axis=0), self.placement, truth, marks)

    def _image(
        self,
        pixels: Pixels,
        placement: Placement | None,
        truth: Labels | None,
        marks: tuple[Mark, ...],
    ) -> ModalityImage:
        return ModalityImage(
            pixels=pixels,
            spacing_mm=self.spacing_mm,
            modality=self.modality,
            technique=self.technique,
            unit=self.unit,
            window=self.window,
            placement=placement,
            laterality=self.laterality,
            truth=truth,
            marks=marks,
            settings=self.settings,
        )


def _settle(record: ModalityImage | Volume, *, n_axes: int, plane: tuple[int, ...]) -> None:
    """Check what images and volumes have in common, and store it in its final type."""
    name = "pixels" if isinstance(record, ModalityImage) else "voxels"
    values: npt.NDArray[Any] = np.asarray(getattr(record, name), np.float32)
    if values.ndim != n_axes or 0 in values.shape:
        raise GalactolabError(f"{name} have shape {values.shape}, which is no image or volume.")
    if not np.isfinite(values).all():
        raise GalactolabError(f"{name} hold values that are not finite (NaN or infinity).")
    if record.truth is not None and record.truth.shape != plane:
        sentence = f"truth has shape {record.truth.shape}, but the image has shape {plane}."
        raise GalactolabError(sentence)
    low, high = record.window
    if not low < high:
        raise GalactolabError(f"window is {record.window}, but the first has to be the smaller.")
    object.__setattr__(record, name, values)
    object.__setattr__(record, "spacing_mm", checked_spacing(record.spacing_mm))
    object.__setattr__(record, "modality", Modality(record.modality))
