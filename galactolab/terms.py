"""The field's words as enumerations that carry their DICOM codes.

Findings are the concepts of DICOM PS3.16 context group CID 6057, "Ductography Finding
for Breast"; views are those of CID 4014. A word that the standard has is used as the
standard has it; for mimics, which it lacks, there is one private coding scheme.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class Code(NamedTuple):
    """A coded concept: value, scheme (``"SCT"`` or ``"DCM"``) and meaning."""

    value: str
    scheme: str
    meaning: str


class Laterality(enum.StrEnum):
    """Which breast (DICOM Image Laterality)."""

    LEFT = "L"
    RIGHT = "R"


class Intent(enum.StrEnum):
    """What the pixels are made for (DICOM Presentation Intent Type).

    ``FOR_PROCESSING`` pixels are physics; ``FOR_PRESENTATION`` pixels were
    transformed for the eye and measure no attenuation.
    """

    FOR_PROCESSING = "FOR PROCESSING"
    FOR_PRESENTATION = "FOR PRESENTATION"


class Modality(enum.StrEnum):
    """Kind of machine (DICOM Modality); tomosynthesis and dual energy are mammography."""

    MAMMOGRAPHY = "MG"
    ULTRASOUND = "US"
    MAGNETIC_RESONANCE = "MR"
    ENDOSCOPY = "ES"


class View(enum.Enum):
    """Direction of the beam, with its code in CID 4014.

    Examples
    --------
    >>> View.CC.code.meaning
    'cranio-caudal'
    >>> View("MLO").name
    'MLO'
    """

    CC = "CC"
    MLO = "MLO"
    ML = "ML"
    LM = "LM"
    LMO = "LMO"
    XCCL = "XCCL"
    XCCM = "XCCM"
    FB = "FB"
    SIO = "SIO"

    @property
    def code(self) -> Code:
        """SNOMED CT code of the view."""
        return _VIEW_CODES[self]


_VIEW_CODES = {
    View.CC: Code("399162004", "SCT", "cranio-caudal"),
    View.MLO: Code("399368009", "SCT", "medio-lateral oblique"),
    View.ML: Code("399260004", "SCT", "medio-lateral"),
    View.LM: Code("399352003", "SCT", "latero-medial"),
    View.LMO: Code("399099002", "SCT", "latero-medial oblique"),
    View.XCCL: Code("399192008", "SCT", "cranio-caudal exaggerated laterally"),
    View.XCCM: Code("399101009", "SCT", "cranio-caudal exaggerated medially"),
    View.FB: Code("399196006", "SCT", "caudo-cranial (from below)"),
    View.SIO: Code("399188001", "SCT", "superolateral to inferomedial oblique"),
}


class FindingType(enum.Enum):
    """What a radiologist reports on a galactogram: DICOM CID 6057.

    Examples
    --------
    >>> FindingType.DUCT_NARROWING.code
    Code(value='111429', scheme='DCM', meaning='Duct narrowing')
    """

    INTRALUMINAL_FILLING_DEFECT = Code("111425", "DCM", "Intraluminal filling defect")
    MULTIPLE_FILLING_DEFECT = Code("111426", "DCM", "Multiple filling defect")
    ABRUPT_DUCT_TERMINATION = Code("111427", "DCM", "Abrupt duct termination")
    EXTRAVASATION = Code("111428", "DCM", "Extravasation")
    DUCT_NARROWING = Code("111429", "DCM", "Duct narrowing")
    CYST_FILL = Code("111430", "DCM", "Cyst fill")
    DUCT_ECTASIA = Code("22049009", "SCT", "Mammary duct ectasia")
    NORMAL = Code("111287", "DCM", "Normal breast tissue")

    @property
    def code(self) -> Code:
        """Coded concept of the finding."""
        return self.value

    @property
    def label(self) -> str:
        """Name for a reader, in plain words.

        >>> FindingType.ABRUPT_DUCT_TERMINATION.label
        'abrupt duct termination'
        """
        return self.name.replace("_", " ").lower()


class Mimic(enum.Enum):
    """What only looks like disease on a galactogram: a private extension of CID 6057.

    The standard has no concepts for mimics, so these carry the private coding scheme
    ``99GALACTOLAB``, beside the concept of CID 6057 that they are taken for.

    Examples
    --------
    >>> Mimic.AIR_BUBBLE.code
    Code(value='M1', scheme='99GALACTOLAB', meaning='Air bubble in contrast-filled duct')
    """

    AIR_BUBBLE = Code("M1", "99GALACTOLAB", "Air bubble in contrast-filled duct")
    UNDER_FILLING = Code("M2", "99GALACTOLAB", "Incomplete filling of duct system")
    VENOUS_FILLING = Code("M3", "99GALACTOLAB", "Contrast in vein or lymphatic of breast")

    @property
    def code(self) -> Code:
        """Coded concept of the mimic."""
        return self.value

    @property
    def label(self) -> str:
        """Name for a reader, in plain words.

        >>> Mimic.UNDER_FILLING.label
        'under-filling'
        """
        return _MIMIC_LABELS[self]


_MIMIC_LABELS = {
    Mimic.AIR_BUBBLE: "air bubble",
    Mimic.UNDER_FILLING: "under-filling",
    Mimic.VENOUS_FILLING: "venous filling",
}
