"""A magnetic resonance volume of a virtual patient as DICOM MR Images, one for each slice.

References
----------
DICOM PS3.3 A.4 (the object), C.8.3.1 (MR Image), C.7.6.2 (Image Plane).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from galactolab.dicom.examination import add_equipment, add_patient, coded, decimal, uid
from galactolab.dicom.stored import Axes, Stored, axes, digest, stored
from galactolab.terms import Code
from galactolab.volumes import Volume

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_SOP_CLASS = "1.2.840.10008.5.1.4.1.1.4"
_BREAST = Code("76752008", "SCT", "Breast")
# Settings of the acquisition, by the name under which a machine's record holds them.
_NUMBERS = {
    "tr_ms": "RepetitionTime",
    "te_ms": "EchoTime",
    "flip_deg": "FlipAngle",
    "field_t": "MagneticFieldStrength",
}


def data_sets(volume: Volume, *, case: str) -> Iterator[Dataset]:
    """Yield the elements of each slice's file.

    Parameters
    ----------
    volume : Volume
    case : str
    """
    where, held = axes(volume), stored(volume, bits=12)
    fingerprint = digest(volume, case)
    for index in range(len(volume.voxels)):
        yield _slice(volume, where, held, case=case, index=index, fingerprint=fingerprint)


def _slice(
    volume: Volume, where: Axes, held: Stored, *, case: str, index: int, fingerprint: str
) -> Dataset:
    from pydicom.dataset import Dataset

    elements = Dataset()
    add_patient(elements, case=case)
    add_equipment(elements, model="Virtual magnet room")
    elements.SOPClassUID = _SOP_CLASS
    elements.SOPInstanceUID = uid("instance", fingerprint, str(index))
    elements.SeriesInstanceUID = uid("series", fingerprint)
    elements.FrameOfReferenceUID = uid("frame of reference", case, "MR")
    elements.PositionReferenceIndicator = ""
    elements.SeriesNumber, elements.InstanceNumber = 4, index + 1
    elements.SeriesDescription = volume.technique
    elements.Modality = "MR"
    elements.PatientPosition = "HFP"
    elements.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    elements.ImageComments = "Computed image of a virtual patient"
    elements.BodyPartExamined = "BREAST"
    elements.AnatomicRegionSequence = [coded(_BREAST)]
    if volume.laterality is not None:
        elements.Laterality = volume.laterality.value
    _add_plane(elements, volume, where, index)
    _add_sequence(elements, volume)
    _add_pixels(elements, held, index)
    return elements


def _add_plane(elements: Dataset, volume: Volume, where: Axes, index: int) -> None:
    place = where.origin_mm + index * volume.slice_mm * where.slice
    elements.ImagePositionPatient = [decimal(mm) for mm in place]
    elements.ImageOrientationPatient = [decimal(part) for part in (*where.column, *where.row)]
    elements.PixelSpacing = [decimal(mm) for mm in volume.spacing_mm]
    elements.SliceThickness = decimal(volume.slice_mm)


def _add_sequence(elements: Dataset, volume: Volume) -> None:
    """Say what is known of the pulse sequence; what is not known stays empty (type 2)."""
    heavy_t2 = "T2" in volume.technique
    elements.ScanningSequence = "SE" if heavy_t2 else "GR"
    elements.SequenceVariant = "SK" if heavy_t2 else "SP"
    elements.ScanOptions = ""
    elements.MRAcquisitionType = "3D"
    elements.RepetitionTime = elements.EchoTime = elements.EchoTrainLength = ""
    for name, keyword in _NUMBERS.items():
        value = volume.settings.get(name)
        if isinstance(value, int | float):
            setattr(elements, keyword, decimal(value))


def _add_pixels(elements: Dataset, held: Stored, index: int) -> None:
    counts = held.counts[index]
    elements.SamplesPerPixel, elements.PhotometricInterpretation = 1, "MONOCHROME2"
    elements.Rows, elements.Columns = counts.shape
    elements.BitsAllocated, elements.BitsStored, elements.HighBit = 16, 12, 11
    elements.PixelRepresentation = 0
    elements.WindowCenter, elements.WindowWidth = decimal(held.center), decimal(held.width)
    elements.add_new("PixelData", "OW", np.ascontiguousarray(counts, "<u2").tobytes())
