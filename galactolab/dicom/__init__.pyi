from .errors import DicomReadError as DicomReadError
from .labels import ViewModifier as ViewModifier
from .read import (
    read_galactogram as read_galactogram,
    read_spacing as read_spacing,
    stored_values as stored_values,
)
from .spacing import ObjectSpacing as ObjectSpacing, SpacingRule as SpacingRule
from .technique import Technique as Technique
from .write import write_galactogram as write_galactogram
from .write_modality import write_image as write_image, write_volume as write_volume
