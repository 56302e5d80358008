"""A tomosynthesis of a virtual patient as one DICOM Breast Tomosynthesis Image.

It is a multi-frame object: what all slices share stands once, and each slice adds its number
and its place.

References
----------
DICOM PS3.3 A.55 (the object), C.7.6.16 (Multi-frame Functional Groups), C.8.21.1 (X-Ray 3D
Image), C.8.21.6 (Breast View).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from galactolab.dicom.examination import add_equipment, add_patient, coded, decimal, uid
from galactolab.dicom.stored import Axes, Stored, axes, digest, stored
from galactolab.errors import GalactolabError
from galactolab.terms import Code, View
from galactolab.volumes import Volume

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_SOP_CLASS = "1.2.840.10008.5.1.4.1.1.13.1.3"
_BREAST = Code("76752008", "SCT", "Breast")
_FRAME_TYPE = ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"]


def data_set(volume: Volume, *, case: str) -> Dataset:
    """Return the elements of a tomosynthesis file.

    Parameters
    ----------
    volume : Volume
        From `galactolab.modalities.tomosynthesis`, whose settings name the view.
    case : str
    """
    from pydicom.dataset import Dataset

    view = volume.settings.get("view")
    if not isinstance(view, View):
        raise GalactolabError(f"{volume!r} does not state its view, but a tomosynthesis has to.")
    where, held = axes(volume), stored(volume, bits=12)
    elements = Dataset()
    _add_series(elements, volume, case=case)
    _add_image(elements, held)
    _add_view(elements, view)
    elements.SharedFunctionalGroupsSequence = [_shared(volume, where, held)]
    elements.PerFrameFunctionalGroupsSequence = [
        _frame(volume, where, index) for index in range(len(volume.voxels))
    ]
    _add_dimensions(elements)
    if volume.settings.get("concentration_mgi_ml"):
        _add_contrast(elements)
    return elements


def _add_series(elements: Dataset, volume: Volume, *, case: str) -> None:
    fingerprint = digest(volume, case)
    add_patient(elements, case=case)
    # The frames say when they were taken.
    del elements.AcquisitionDate, elements.AcquisitionTime
    add_equipment(elements, model="Virtual X-ray room")
    elements.SOPClassUID = _SOP_CLASS
    elements.SOPInstanceUID = uid("instance", fingerprint)
    elements.SeriesInstanceUID = uid("series", fingerprint)
    elements.FrameOfReferenceUID = uid("frame of reference", case, fingerprint)
    elements.PositionReferenceIndicator = ""
    elements.SeriesNumber, elements.InstanceNumber = 5, 1
    elements.SeriesDescription = volume.technique
    elements.Modality = "MG"
    elements.ImageComments = "Computed image of a virtual patient"
    elements.AcquisitionContextSequence = []


def _add_image(elements: Dataset, held: Stored) -> None:
    frames, rows, columns = held.counts.shape
    elements.ImageType = _FRAME_TYPE
    elements.ContentQualification = "RESEARCH"
    elements.PixelPresentation = "MONOCHROME"
    elements.VolumetricProperties = "VOLUME"
    elements.VolumeBasedCalculationTechnique = "NONE"
    elements.BurnedInAnnotation = "NO"
    elements.LossyImageCompression = "00"
    elements.PresentationLUTShape = "IDENTITY"
    elements.SamplesPerPixel, elements.PhotometricInterpretation = 1, "MONOCHROME2"
    elements.NumberOfFrames, elements.Rows, elements.Columns = frames, rows, columns
    elements.BitsAllocated, elements.BitsStored, elements.HighBit = 16, 12, 11
    elements.PixelRepresentation = 0
    elements.add_new("PixelData", "OW", np.ascontiguousarray(held.counts, "<u2").tobytes())


def _add_view(elements: Dataset, view: View) -> None:
    item = coded(view.code)
    item.ViewModifierCodeSequence = []
    elements.ViewCodeSequence = [item]
    elements.BreastImplantPresent = "NO"
    elements.PartialView = "NO"


def _add_dimensions(elements: Dataset) -> None:
    """Say that frames are counted along one stack (Multi-frame Dimension module)."""
    from pydicom.datadict import tag_for_keyword
    from pydicom.dataset import Dataset

    organization = Dataset()
    organization.DimensionOrganizationUID = uid("dimension", elements.SeriesInstanceUID)
    elements.DimensionOrganizationSequence = [organization]
    indices = []
    for keyword in ("StackID", "InStackPositionNumber"):
        index = Dataset()
        index.DimensionOrganizationUID = organization.DimensionOrganizationUID
        index.DimensionIndexPointer = tag_for_keyword(keyword)
        index.FunctionalGroupPointer = tag_for_keyword("FrameContentSequence")
        indices.append(index)
    elements.DimensionIndexSequence = indices
    elements.DimensionOrganizationType = "3D"


def _add_contrast(elements: Dataset) -> None:
    """Say that an agent lies in the ducts (Enhanced Contrast/Bolus module)."""
    from pydicom.dataset import Dataset

    agent = coded(Code("109218004", "SCT", "Iohexol"))
    agent.ContrastBolusAgentNumber = 1
    agent.ContrastBolusAdministrationRouteSequence = [
        coded(Code("37737002", "SCT", "Intraluminal route"))
    ]
    agent.ContrastBolusIngredientCodeSequence = [coded(Code("44588005", "SCT", "Iodine"))]
    agent.ContrastBolusVolume = None
    agent.ContrastBolusIngredientConcentration = None
    agent.ContrastBolusIngredientOpaque = "YES"
    elements.ContrastBolusAgentSequence = [agent]
    usage = Dataset()
    usage.ContrastBolusAgentNumber = 1
    usage.ContrastBolusAgentAdministered = "YES"
    usage.ContrastBolusAgentDetected = "YES"
    elements.SharedFunctionalGroupsSequence[0].ContrastBolusUsageSequence = [usage]


def _shared(volume: Volume, where: Axes, held: Stored) -> Dataset:
    """Return what all slices have in common."""
    from pydicom.dataset import Dataset

    measures, anatomy = Dataset(), Dataset()
    measures.PixelSpacing = [decimal(mm) for mm in volume.spacing_mm]
    measures.SliceThickness = decimal(volume.slice_mm)
    anatomy.AnatomicRegionSequence = [coded(_BREAST)]
    anatomy.FrameLaterality = str(volume.laterality.value) if volume.laterality else ""
    window, values, direction = Dataset(), Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth = decimal(held.center), decimal(held.width)
    window.VOILUTFunction = "LINEAR"
    values.RescaleIntercept, values.RescaleSlope, values.RescaleType = "0", "1", "US"
    direction.ImageOrientationPatient = [decimal(part) for part in (*where.column, *where.row)]
    shared = Dataset()
    shared.PixelMeasuresSequence = [measures]
    shared.PlaneOrientationSequence = [direction]
    shared.FrameAnatomySequence = [anatomy]
    shared.FrameVOILUTSequence = [window]
    shared.PixelValueTransformationSequence = [values]
    return shared


def _frame(volume: Volume, where: Axes, index: int) -> Dataset:
    """Return what one slice says for itself: its number and its place."""
    from pydicom.dataset import Dataset

    content, place, frame, frame_type = Dataset(), Dataset(), Dataset(), Dataset()
    frame_type.FrameType = _FRAME_TYPE
    frame_type.PixelPresentation = "MONOCHROME"
    frame_type.VolumetricProperties = "VOLUME"
    frame_type.VolumeBasedCalculationTechnique = "NONE"
    content.FrameAcquisitionNumber = 1
    content.StackID, content.InStackPositionNumber = "1", index + 1
    content.DimensionIndexValues = [1, index + 1]
    content.FrameReferenceDateTime = "20000101120000"
    content.FrameAcquisitionDateTime = "20000101120000"
    content.FrameAcquisitionDuration = 0.0
    mm = where.origin_mm + index * volume.slice_mm * where.slice
    place.ImagePositionPatient = [decimal(one) for one in mm]
    frame.FrameContentSequence = [content]
    frame.PlanePositionSequence = [place]
    frame.XRay3DFrameTypeSequence = [frame_type]
    return frame
