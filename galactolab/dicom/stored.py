"""From a machine's values to stored whole numbers, and where they lie in the patient."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError
from galactolab.terms import Laterality
from galactolab.volumes import ModalityImage, Placement, Volume

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint16]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """Pixels as whole numbers: ``value = slope * count + intercept``.

    Attributes
    ----------
    counts : array of uint16
        In the shape of the record.
    bits : int
    slope, intercept : float
    center, width : float
        Window in counts.
    """

    counts: Counts
    bits: int
    slope: float
    intercept: float
    center: float
    width: float


def stored(record: ModalityImage | Volume, *, bits: int) -> Stored:
    """Return the values as counts that span the record's range.

    Parameters
    ----------
    record : ModalityImage or Volume
    bits : int
        8 to 16.
    """
    values = record.pixels if isinstance(record, ModalityImage) else record.voxels
    low, high = float(values.min()), float(values.max())
    slope = max(high - low, 1e-9) / (2**bits - 1)
    counts = np.rint((values - np.float32(low)) * np.float32(1 / slope))
    dark, bright = ((edge - low) / slope for edge in record.window)
    return Stored(
        counts=np.clip(counts, 0, 2**bits - 1).astype(np.uint16),
        bits=bits,
        slope=slope,
        intercept=low,
        center=(dark + bright + 1) / 2,
        width=max(bright - dark + 1, 2),
    )


def digest(record: ModalityImage | Volume, *told: object) -> str:
    """Return a fingerprint of a record and of what else is said in its file."""
    values = record.pixels if isinstance(record, ModalityImage) else record.voxels
    words = (values.shape, record.spacing_mm, record.technique, record.unit, record.window)
    mixed = hashlib.sha256(repr((words, sorted(record.settings.items()), told)).encode())
    mixed.update(np.ascontiguousarray(values, "<f4").data)
    return mixed.hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False)
class Axes:
    """Where a stack lies in the patient: left, back and head are positive (PS3.3 C.7.6.2).

    Attributes
    ----------
    origin_mm : (3,) array of float
        First pixel of the first slice.
    slice, row, column : (3,) arrays of float
        Directions of unit length in which slices, rows and columns are counted.
    """

    origin_mm: Floats
    slice: Floats
    row: Floats
    column: Floats


def axes(record: Volume) -> Axes:
    """Return where a stack lies in the patient.

    The directions are those of the breast as it hangs free; a compressed breast keeps its own
    distance of slices.

    Raises
    ------
    GalactolabError
        If the record does not say side and place.
    """
    if record.placement is None or record.laterality is None:
        raise GalactolabError(
            f"{record!r} does not state side and place, but a DICOM volume has to."
        )
    turned = _turned(record.placement, record.laterality)
    slices, rows, columns = (
        step / np.linalg.norm(step) for step in (turned.steps_mm[0], *turned.steps_mm[1:])
    )
    return Axes(origin_mm=turned.origin_mm, slice=slices, row=rows, column=columns)


def _turned(placement: Placement, laterality: Laterality) -> Placement:
    """From the breast frame (back, lateral, head) to the patient's (left, back, head)."""
    outward = 1.0 if laterality is Laterality.LEFT else -1.0
    turn = np.array([[0.0, 1.0, 0.0], [outward, 0.0, 0.0], [0.0, 0.0, 1.0]])
    return Placement(origin_mm=placement.origin_mm @ turn, steps_mm=placement.steps_mm @ turn)
