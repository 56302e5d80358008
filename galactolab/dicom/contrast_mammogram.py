"""A contrast-enhanced mammogram of a virtual patient as a Digital Mammography X-Ray Image.

References
----------
DICOM PS3.3 C.8.11.7.1.4: value 4 of Image Type says that two pictures were subtracted, value 5
at which energy a single one was taken. Value 3 stays empty, as in other mammograms: older
readers know no POST_CONTRAST there, and the contrast module says it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from galactolab.dicom import mammogram
from galactolab.dicom.examination import decimal, uid
from galactolab.dicom.stored import digest, stored
from galactolab.dicom.technique import Technique
from galactolab.errors import GalactolabError
from galactolab.terms import Intent, View
from galactolab.volumes import ModalityImage

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_BITS = 12
_ENERGY = {
    "CEM iodine": ["SUBTRACTION"],
    "CEM low energy": ["", "LOW_ENERGY"],
}


def data_set(image: ModalityImage, *, case: str, number: int) -> Dataset:
    """Return the elements of a file of a contrast-enhanced mammogram.

    Parameters
    ----------
    image : ModalityImage
        From `galactolab.modalities.contrast_enhanced`, whose settings name view and dose.
    case : str
    number : int
        Instance number.
    """
    view = image.settings.get("view")
    if not isinstance(view, View) or image.laterality is None or image.technique not in _ENERGY:
        raise GalactolabError(f"{image!r} is no contrast-enhanced mammogram with side and view.")
    held = stored(image, bits=_BITS)
    elements = mammogram.data_set(
        mammogram.Exposure(
            stored=held.counts,
            bits=_BITS,
            photometric="MONOCHROME2",
            spacing_mm=image.spacing_mm,
            laterality=image.laterality,
            view=view,
            intent=Intent.FOR_PRESENTATION,
            technique=_technique(image),
            case=case,
            number=number,
        )
    )
    elements.SOPInstanceUID = uid("instance", digest(image, case, number))
    elements.SeriesInstanceUID = uid("series", case, "CEM")
    elements.SeriesNumber, elements.SeriesDescription = 6, image.technique
    elements.ImageType = ["DERIVED", "PRIMARY", "", *_ENERGY[image.technique]]
    elements.ContrastBolusRoute = "Intravenous"
    elements.WindowCenter, elements.WindowWidth = decimal(held.center), decimal(held.width)
    return elements


def _technique(image: ModalityImage) -> Technique:
    dose, thickness = (image.settings.get(name) for name in ("mgd_mgy", "thickness_mm"))
    return Technique(
        dose_mgy=dose if isinstance(dose, float) else None,
        thickness_mm=float(thickness) if isinstance(thickness, int | float) else None,
        grid=True,
        agent="iohexol",
    )
