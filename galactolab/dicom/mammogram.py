"""The modules of DICOM's Digital Mammography X-Ray Image object, filled for a virtual patient.

References
----------
DICOM PS3.3 A.27 (the object), C.8.11.1 to C.8.11.7 (DX and mammography modules), C.7.6.4
(Contrast/Bolus), C.8.7.8 to C.8.7.11 (generator, dose, filter, grid); units: organ dose is
in dGy, entrance dose in mGy, exposure in mAs and in uAs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from galactolab import __version__
from galactolab.dicom.labels import ViewModifier
from galactolab.dicom.technique import AGENTS, MATERIALS, Technique
from galactolab.terms import Code, Intent, Laterality, View

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileMetaDataset

SOP_CLASSES = {
    Intent.FOR_PRESENTATION: "1.2.840.10008.5.1.4.1.1.1.2",
    Intent.FOR_PROCESSING: "1.2.840.10008.5.1.4.1.1.1.2.1",
}
_BREAST = Code("76752008", "SCT", "Breast")
_IODINE = "IODINE"
# A day that says "not a real examination", the same in every file.
_DATE, _TIME = "20000101", "120000"

# Directions of the rows and columns as conventionally displayed: chest wall at the left
# border for the left breast, at the right border for the right one.
_TOWARD_FOOT = {View.ML, View.LM}
_OBLIQUE = {View.MLO, View.LMO, View.SIO}


@dataclass(frozen=True, kw_only=True, eq=False)
class Exposure:
    """Everything that one file says.

    Attributes
    ----------
    stored : (M, N) array of uint16
    bits : int
        Bits stored.
    photometric : str
        MONOCHROME1 or MONOCHROME2.
    spacing_mm : (float, float)
        At the object.
    laterality, view, intent, technique
        As in the record, and how it was exposed.
    case : str
        Name of the virtual patient.
    number : int
        Instance number within the examination.
    """

    stored: npt.NDArray[np.uint16]
    bits: int
    photometric: str
    spacing_mm: tuple[float, float]
    laterality: Laterality
    view: View
    intent: Intent
    technique: Technique
    case: str
    number: int


def data_set(exposure: Exposure) -> Dataset:
    """Elements of the file but for its meta information, without any random one."""
    from pydicom.dataset import Dataset

    elements = Dataset()
    _add_patient(elements, exposure)
    _add_equipment(elements)
    _add_image(elements, exposure)
    _add_gray_scale(elements, exposure)
    _add_anatomy(elements, exposure)
    _add_geometry(elements, exposure)
    _add_beam(elements, exposure.technique)
    if exposure.technique.with_contrast:
        _add_contrast(elements, exposure.technique)
    elements.SOPInstanceUID = _uid("instance", _digest(exposure))
    return elements


def file_meta(elements: Dataset, transfer_syntax: str) -> FileMetaDataset:
    """Meta information with a version of ours, so that it never changes by itself."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = elements.SOPClassUID
    meta.MediaStorageSOPInstanceUID = elements.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = UID(_uid("implementation"))
    meta.ImplementationVersionName = "GALACTOLAB"
    return meta


def _uid(*told: str) -> str:
    """Make an identifier that follows from its content: root 2.25 and 128 bits (PS3.5 B.2)."""
    digest = hashlib.sha256("\n".join(("galactolab", *told)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _digest(exposure: Exposure) -> str:
    words = (
        exposure.stored.shape,
        exposure.bits,
        exposure.photometric,
        exposure.spacing_mm,
        exposure.laterality.value,
        exposure.view.value,
        exposure.intent.value,
        exposure.case,
        exposure.number,
        exposure.technique.fingerprint(),
    )
    digest = hashlib.sha256(repr(words).encode())
    digest.update(np.ascontiguousarray(exposure.stored, "<u2").data)
    return digest.hexdigest()


def _coded(code: Code) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def _ds(value: float) -> str:
    """Write a number in the 16 characters that a decimal string may have."""
    from pydicom.valuerep import format_number_as_ds

    return format_number_as_ds(float(value))


def _add_patient(elements: Dataset, exposure: Exposure) -> None:
    intent = exposure.intent.value
    elements.PatientName = f"VIRTUAL^{exposure.case.upper()}"
    elements.PatientID = f"VIRTUAL-{exposure.case.upper()}"
    elements.PatientBirthDate = ""
    elements.PatientSex = "F"
    elements.PatientComments = "Computed phantom, no person"
    elements.StudyInstanceUID = _uid("study", exposure.case)
    elements.StudyDate = elements.SeriesDate = elements.ContentDate = _DATE
    elements.AcquisitionDate = _DATE
    elements.StudyTime = elements.SeriesTime = elements.ContentTime = _TIME
    elements.AcquisitionTime = _TIME
    elements.ReferringPhysicianName = ""
    elements.AccessionNumber = ""
    elements.StudyID = "1"
    elements.StudyDescription = "Virtual ductography"
    elements.SeriesInstanceUID = _uid("series", exposure.case, intent)
    elements.SeriesNumber = 1 if exposure.intent is Intent.FOR_PRESENTATION else 2
    elements.SeriesDescription = intent.capitalize()
    elements.Modality = "MG"
    elements.PresentationIntentType = intent


def _add_equipment(elements: Dataset) -> None:
    elements.Manufacturer = "Galactolab"
    elements.ManufacturerModelName = "Virtual X-ray room"
    elements.InstitutionName = "Galactolab virtual department"
    elements.DeviceSerialNumber = "0"
    elements.SoftwareVersions = __version__


def _add_image(elements: Dataset, exposure: Exposure) -> None:
    derived = exposure.intent is Intent.FOR_PRESENTATION
    elements.SOPClassUID = SOP_CLASSES[exposure.intent]
    elements.InstanceNumber = exposure.number
    elements.AcquisitionNumber = exposure.number
    elements.ImageType = ["DERIVED" if derived else "ORIGINAL", "PRIMARY", ""]
    elements.ImageComments = "Computed image of a virtual patient"
    elements.SamplesPerPixel = 1
    elements.PhotometricInterpretation = exposure.photometric
    elements.Rows, elements.Columns = exposure.stored.shape
    elements.BitsAllocated = 16
    elements.BitsStored = exposure.bits
    elements.HighBit = exposure.bits - 1
    elements.PixelRepresentation = 0
    elements.BurnedInAnnotation = "NO"
    elements.LossyImageCompression = "00"
    elements.add_new("PixelData", "OW", np.ascontiguousarray(exposure.stored, "<u2").tobytes())


def _add_gray_scale(elements: Dataset, exposure: Exposure) -> None:
    first_is_bright = exposure.photometric == "MONOCHROME1"
    elements.PresentationLUTShape = "INVERSE" if first_is_bright else "IDENTITY"
    elements.RescaleIntercept = "0"
    elements.RescaleSlope = "1"
    elements.RescaleType = "US"
    if exposure.intent is Intent.FOR_PROCESSING:
        elements.PixelIntensityRelationship = "LIN"
        elements.PixelIntensityRelationshipSign = 1
        return
    elements.PixelIntensityRelationship = "LOG"
    elements.PixelIntensityRelationshipSign = 1 if first_is_bright else -1
    low, high = int(exposure.stored.min()), int(exposure.stored.max())
    elements.WindowCenter = _ds((low + high + 1) / 2)
    elements.WindowWidth = _ds(max(high - low + 1, 2))


def _orientation(laterality: Laterality, view: View) -> list[str]:
    left = laterality is Laterality.LEFT
    along_columns = "R" if left else "L"
    if view in _TOWARD_FOOT:
        along_columns = "F"
    elif view in _OBLIQUE:
        along_columns = "FR" if left else "FL"
    return ["A" if left else "P", along_columns]


def _add_anatomy(elements: Dataset, exposure: Exposure) -> None:
    elements.BodyPartExamined = "BREAST"
    elements.ImageLaterality = exposure.laterality.value
    elements.PatientOrientation = _orientation(exposure.laterality, exposure.view)
    elements.AnatomicRegionSequence = [_coded(_BREAST)]
    elements.ViewPosition = exposure.view.value
    view = _coded(exposure.view.code)
    modifiers = list(exposure.technique.modifiers)
    if exposure.technique.enlargement > 1.05 and ViewModifier.MAGNIFICATION not in modifiers:
        modifiers.append(ViewModifier.MAGNIFICATION)
    view.ViewModifierCodeSequence = [_coded(modifier.code) for modifier in modifiers]
    elements.ViewCodeSequence = [view]
    elements.PositionerType = "MAMMOGRAPHIC"
    elements.OrganExposed = "BREAST"
    elements.BreastImplantPresent = "NO"
    elements.AcquisitionContextSequence = []


def _add_geometry(elements: Dataset, exposure: Exposure) -> None:
    technique = exposure.technique
    pitch = [_ds(value * technique.enlargement) for value in exposure.spacing_mm]
    elements.DetectorType = "DIRECT"
    elements.DetectorConditionsNominalFlag = "YES"
    elements.ImagerPixelSpacing = pitch
    elements.DetectorElementSpacing = pitch
    elements.EstimatedRadiographicMagnificationFactor = _ds(technique.enlargement)
    for keyword, value in (
        ("DistanceSourceToDetector", technique.source_detector_mm),
        ("DistanceSourceToPatient", technique.source_object_mm),
        ("BodyPartThickness", technique.thickness_mm),
        ("CompressionForce", technique.force_n),
    ):
        if value is not None:
            setattr(elements, keyword, _ds(value))


def _add_beam(elements: Dataset, technique: Technique) -> None:
    for keyword, value in (
        ("KVP", technique.kvp),
        ("FocalSpots", technique.focal_spot_mm),
        ("EntranceDoseInmGy", technique.entrance_mgy),
        ("HalfValueLayer", technique.half_value_layer_mm),
        ("OrganDose", None if technique.dose_mgy is None else technique.dose_mgy / 100),
        ("FilterThicknessMinimum", technique.filter_mm),
        ("FilterThicknessMaximum", technique.filter_mm),
    ):
        if value is not None:
            setattr(elements, keyword, _ds(value))
    if technique.mas is not None:
        elements.Exposure = round(technique.mas)
        elements.ExposureInuAs = round(technique.mas * 1000)
    if technique.anode is not None:
        elements.AnodeTargetMaterial = MATERIALS[technique.anode]
    if technique.filter_material is not None:
        elements.FilterMaterial = MATERIALS[technique.filter_material]
    if technique.grid is not None:
        elements.Grid = ["RECIPROCATING", "FOCUSED"] if technique.grid else "NONE"


def _add_contrast(elements: Dataset, technique: Technique) -> None:
    elements.ContrastBolusAgent = technique.agent or "Iodinated contrast"
    if technique.agent is not None:
        elements.ContrastBolusAgentSequence = [_coded(AGENTS[technique.agent])]
    elements.ContrastBolusRoute = "Intraductal"
    elements.ContrastBolusIngredient = _IODINE
    if technique.volume_ml is not None:
        elements.ContrastBolusVolume = _ds(technique.volume_ml)
    if technique.concentration_mg_ml is not None:
        elements.ContrastBolusIngredientConcentration = _ds(technique.concentration_mg_ml)
