"""How large a pixel is at the object, and on whose word.

A mammography file may state its pixel size in several ways that differ by the
magnification, and software that mixes them up measures wrong: the reason why the rule that
was used travels with the number.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from galactolab.dicom.content import Content
from galactolab.dicom.errors import DicomReadError, refusal

# Detector pixels of mammography units are 0.05 to 0.1 mm, those of CT and MR up to 2 mm.
SMALLEST_MM, LARGEST_MM = 0.005, 5.0
# Magnification views use 1.5 to 2; below 1 the object would lie behind the detector.
LEAST_MAGNIFICATION, MOST_MAGNIFICATION = 0.99, 10.0


class SpacingRule(enum.Enum):
    """Where a pixel size comes from, most trusted first; the value says it in words."""

    GIVEN = "given by the reader"
    FIDUCIAL = "Pixel Spacing, calibrated with an object of known size"
    GEOMETRY = "Pixel Spacing, corrected for the known geometry"
    MAGNIFICATION_FACTOR = "Imager Pixel Spacing / Estimated Radiographic Magnification Factor"
    DISTANCES = "Imager Pixel Spacing / (source-detector / source-object distance)"
    DETECTOR_PLANE = "Imager Pixel Spacing at the detector, magnification unknown"
    PIXEL_SPACING = "Pixel Spacing without a statement of its calibration"
    SCANNED_FILM = "Nominal Scanned Pixel Spacing of a digitized film"


@dataclass(frozen=True, kw_only=True)
class ObjectSpacing:
    """Pixel size at the object.

    Attributes
    ----------
    mm : (float, float)
        (row, column) distance between pixel centers at the object, in millimeters.
    rule : SpacingRule
        The statement that it was derived from.
    magnification : float
        What the detector's pixel size was divided by; 1 where nothing is known.

    Examples
    --------
    >>> seen = ObjectSpacing(mm=(0.05, 0.05), rule=SpacingRule.FIDUCIAL)
    >>> seen.rule.value
    'Pixel Spacing, calibrated with an object of known size'
    """

    mm: tuple[float, float]
    rule: SpacingRule
    magnification: float = 1.0


def object_spacing(content: Content) -> ObjectSpacing:
    """Pixel size at the object, from the most trusted statement in the file.

    The order: Pixel Spacing calibrated by a FIDUCIAL, then by GEOMETRY; Imager Pixel
    Spacing divided by the Estimated Radiographic Magnification Factor, else by the ratio
    of the distances source-detector and source-patient; plain Imager Pixel Spacing, which
    is too large by the unknown magnification; plain Pixel Spacing; the spacing of a
    scanned film.

    Raises
    ------
    DicomReadError
        If the file states no pixel size, or one that cannot be.

    References
    ----------
    DICOM PS3.3 10.7.1.3 (Pixel Spacing Calibration), C.8.11.4 and C.8.7.10 (distances);
    IHE Radiology, Mammography Image profile.
    """
    calibration = content.text("PixelSpacingCalibrationType")
    if content.numbers("PixelSpacing") and calibration in ("FIDUCIAL", "GEOMETRY"):
        return _plain(content, "PixelSpacing", SpacingRule[calibration])
    if content.numbers("ImagerPixelSpacing"):
        magnification, rule = _magnification(content)
        return _plain(content, "ImagerPixelSpacing", rule, magnification)
    if content.numbers("PixelSpacing"):
        return _plain(content, "PixelSpacing", SpacingRule.PIXEL_SPACING)
    if content.numbers("NominalScannedPixelSpacing"):
        return _plain(content, "NominalScannedPixelSpacing", SpacingRule.SCANNED_FILM)
    raise _asking(content, "it does not say how large a pixel is")


def _magnification(content: Content) -> tuple[float, SpacingRule]:
    factor = content.number("EstimatedRadiographicMagnificationFactor")
    if factor is not None:
        rule, name = SpacingRule.MAGNIFICATION_FACTOR, "radiographic magnification factor"
    else:
        detector = content.number("DistanceSourceToDetector")
        patient = content.number("DistanceSourceToPatient")
        # Units that do not know a distance leave it out or write 0.
        if not detector or not patient:
            return 1.0, SpacingRule.DETECTOR_PLANE
        rule, name = SpacingRule.DISTANCES, "magnification by its source distances"
        factor = detector / patient
    if not LEAST_MAGNIFICATION <= factor <= MOST_MAGNIFICATION:
        raise _asking(content, f"its {name} is {factor:g}, but it has to be from 1 to 10")
    return factor, rule


def _plain(
    content: Content, keyword: str, rule: SpacingRule, magnification: float = 1.0
) -> ObjectSpacing:
    values = content.numbers(keyword)
    if len(values) != 2:
        raise _asking(content, f"its pixel size has {len(values)} numbers and not 2")
    # Whole picometers: the digits below are noise of the decimal strings.
    row, column = (round(value / magnification, 9) for value in values)
    if not all(SMALLEST_MM <= value <= LARGEST_MM for value in (row, column)):
        allowed = f"{SMALLEST_MM:g} to {LARGEST_MM:g} mm"
        raise _asking(content, f"its pixel size is {row:g} x {column:g} mm, not within {allowed}")
    return ObjectSpacing(mm=(row, column), rule=rule, magnification=magnification)


def _asking(content: Content, reason: str) -> DicomReadError:
    return refusal(content.name, f"{reason}; give the size at the object, e.g. spacing_mm=0.07")
