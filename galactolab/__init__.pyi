from . import (
    clinic as clinic,
    datasets as datasets,
    dicom as dicom,
    errors as errors,
    imagemath as imagemath,
    modalities as modalities,
    patient as patient,
    places as places,
    reading as reading,
    records as records,
    terms as terms,
    tree as tree,
    views as views,
)
from .errors import GalactolabError as GalactolabError
from .records import (
    Analysis as Analysis,
    Case as Case,
    DuctMask as DuctMask,
    Finding as Finding,
    Galactogram as Galactogram,
    Step as Step,
)
from .terms import (
    FindingType as FindingType,
    Intent as Intent,
    Laterality as Laterality,
    View as View,
)
from .tree import Branch as Branch, DuctTree as DuctTree

__version__: str
