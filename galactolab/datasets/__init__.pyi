from .library import (
    build as build,
    load as load,
    names as names,
    path as path,
    recipe as recipe,
    virtual_patient as virtual_patient,
)
from .recipes import Recipe as Recipe, Technique as Technique, Vignette as Vignette
