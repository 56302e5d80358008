"""An ultrasound picture of a virtual patient as a DICOM Ultrasound Image.

References
----------
DICOM PS3.3 A.6 (the object), C.8.5.5 (US Region Calibration), C.8.5.6 (US Image).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from galactolab.dicom.examination import add_equipment, add_patient, coded, decimal, uid
from galactolab.dicom.stored import digest, stored
from galactolab.terms import Code
from galactolab.volumes import ModalityImage

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_SOP_CLASS = "1.2.840.10008.5.1.4.1.1.6.1"
_BREAST = Code("76752008", "SCT", "Breast")
_CENTIMETERS = 3
_TISSUE = 1


def data_set(image: ModalityImage, *, case: str, number: int) -> Dataset:
    """Return the elements of an ultrasound file.

    Parameters
    ----------
    image : ModalityImage
        Gray values in its unit, or colors from 0 to 1.
    case : str
    number : int
        Instance number.
    """
    from pydicom.dataset import Dataset

    elements = Dataset()
    add_patient(elements, case=case)
    add_equipment(elements, model="Virtual ultrasound room")
    elements.SOPClassUID = _SOP_CLASS
    elements.SOPInstanceUID = uid("instance", digest(image, case, number))
    elements.SeriesInstanceUID = uid("series", case, "US")
    elements.SeriesNumber, elements.InstanceNumber = 3, number
    elements.SeriesDescription = image.technique
    elements.Modality = "US"
    elements.ImageType = ["ORIGINAL", "PRIMARY", "SMALL PARTS", "0001"]
    elements.ImageComments = "Computed image of a virtual patient"
    elements.LossyImageCompression = "00"
    elements.BodyPartExamined = "BREAST"
    elements.AnatomicRegionSequence = [coded(_BREAST)]
    elements.PatientOrientation = ""
    if image.laterality is not None:
        elements.Laterality = image.laterality.value
    _add_pixels(elements, image)
    elements.SequenceOfUltrasoundRegions = [_region(image)]
    return elements


def _add_pixels(elements: Dataset, image: ModalityImage) -> None:
    rows, columns = image.pixels.shape[:2]
    elements.Rows, elements.Columns = rows, columns
    elements.BitsAllocated = elements.BitsStored = 8
    elements.HighBit, elements.PixelRepresentation = 7, 0
    if image.pixels.ndim == 3:
        elements.SamplesPerPixel, elements.PlanarConfiguration = 3, 0
        elements.PhotometricInterpretation = "RGB"
        shown = np.clip(np.rint(image.pixels * 255), 0, 255)
    else:
        elements.SamplesPerPixel = 1
        elements.PhotometricInterpretation = "MONOCHROME2"
        held = stored(image, bits=8)
        shown = held.counts.astype(np.float32)
        elements.WindowCenter, elements.WindowWidth = decimal(held.center), decimal(held.width)
    data = shown.astype(np.uint8).tobytes()
    elements.add_new("PixelData", "OB", data + b"\0" * (len(data) % 2))


def _region(image: ModalityImage) -> Dataset:
    """Say which part of the picture is scanned and how large a pixel is, in centimeters."""
    from pydicom.dataset import Dataset

    region = Dataset()
    rows, columns = image.pixels.shape[:2]
    region.RegionSpatialFormat = 1
    region.RegionDataType = _TISSUE if image.pixels.ndim == 2 else 2
    region.RegionFlags = 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = columns - 1, rows - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = _CENTIMETERS
    region.PhysicalDeltaX = image.spacing_mm[1] / 10
    region.PhysicalDeltaY = image.spacing_mm[0] / 10
    return region
