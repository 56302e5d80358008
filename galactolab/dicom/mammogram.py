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

from galactolab.dicom.examination import add_equipment, add_patient, coded, decimal, uid
from galactolab.dicom.labels import ViewModifier
from galactolab.dicom.technique import AGENTS, MATERIALS, Technique
from galactolab.terms import Code, Intent, Laterality, View

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SOP_CLASSES = {
    Intent.FOR_PRESENTATION: "1.2.840.10008.5.1.4.1.1.1.2",
    Intent.FOR_PROCESSING: "1.2.840.10008.5.1.4.1.1.1.2.1",
}
_BREAST = Code("76752008", "SCT", "Breast")
_IODINE = "IODINE"

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
    _add_series(elements, exposure)
    add_equipment(elements, model="Virtual X-ray room")
    _add_image(elements, exposure)
    _add_gray_scale(elements, exposure)
    _add_anatomy(elements, exposure)
    _add_geometry(elements, exposure)
    _add_beam(elements, exposure.technique)
    if exposure.technique.with_contrast:
        _add_contrast(elements, exposure.technique)
    elements.SOPInstanceUID = uid("instance", _digest(exposure))
    return elements


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


def _add_series(elements: Dataset, exposure: Exposure) -> None:
    add_patient(elements, case=exposure.case)
    intent = exposure.intent.value
    elements.SeriesInstanceUID = uid("series", exposure.case, intent)
    elements.SeriesNumber = 1 if exposure.intent is Intent.FOR_PRESENTATION else 2
    elements.SeriesDescription = intent.capitalize()
    elements.Modality = "MG"
    elements.PresentationIntentType = intent


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
    elements.WindowCenter = decimal((low + high + 1) / 2)
    elements.WindowWidth = decimal(max(high - low + 1, 2))


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
    elements.AnatomicRegionSequence = [coded(_BREAST)]
    elements.ViewPosition = exposure.view.value
    view = coded(exposure.view.code)
    modifiers = list(exposure.technique.modifiers)
    if exposure.technique.enlargement > 1.05 and ViewModifier.MAGNIFICATION not in modifiers:
        modifiers.append(ViewModifier.MAGNIFICATION)
    view.ViewModifierCodeSequence = [coded(modifier.code) for modifier in modifiers]
    elements.ViewCodeSequence = [view]
    elements.PositionerType = "MAMMOGRAPHIC"
    elements.OrganExposed = "BREAST"
    elements.BreastImplantPresent = "NO"
    elements.AcquisitionContextSequence = []


def _add_geometry(elements: Dataset, exposure: Exposure) -> None:
    technique = exposure.technique
    pitch = [decimal(value * technique.enlargement) for value in exposure.spacing_mm]
    elements.DetectorType = "DIRECT"
    elements.DetectorConditionsNominalFlag = "YES"
    elements.ImagerPixelSpacing = pitch
    elements.DetectorElementSpacing = pitch
    elements.EstimatedRadiographicMagnificationFactor = decimal(technique.enlargement)
    for keyword, value in (
        ("DistanceSourceToDetector", technique.source_detector_mm),
        ("DistanceSourceToPatient", technique.source_object_mm),
        ("BodyPartThickness", technique.thickness_mm),
        ("CompressionForce", technique.force_n),
    ):
        if value is not None:
            setattr(elements, keyword, decimal(value))


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
            setattr(elements, keyword, decimal(value))
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
        elements.ContrastBolusAgentSequence = [coded(AGENTS[technique.agent])]
    elements.ContrastBolusRoute = "Intraductal"
    elements.ContrastBolusIngredient = _IODINE
    if technique.volume_ml is not None:
        elements.ContrastBolusVolume = decimal(technique.volume_ml)
    if technique.concentration_mg_ml is not None:
        elements.ContrastBolusIngredientConcentration = decimal(technique.concentration_mg_ml)
