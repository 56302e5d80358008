"""Building the files of a case: one view at a time, whole or not at all.

A case has its own folder in the cache, named after the case and a hash of its recipe and of
the programs and tables that make it; so a changed recipe or generator is never answered with
an old picture. A view is built as three files: its truth, its scout and, last, its
galactogram, so that whoever finds the galactogram finds everything.
"""

from __future__ import annotations

import hashlib
import time
from functools import cache
from pathlib import Path

import numpy as np

import galactolab
from galactolab.datasets.keeping import save_truth
from galactolab.datasets.recipes import VIEWS, Recipe
from galactolab.dicom import Technique as Header, write_galactogram
from galactolab.modalities import projection, truth, xray
from galactolab.modalities.beam import half_value_layer_mm
from galactolab.modalities.exposure import Exposure, expose
from galactolab.places import cache_folder, data_folder
from galactolab.terms import Intent, View

# Programs and tables that decide what a picture looks like.
_MAKERS = ("patient", "modalities", "datasets/darkroom.py", "dicom/write.py", "dicom/mammogram.py")
_STALE_PART_S = 600.0


@cache
def makers_hash() -> str:
    """Hash of everything besides the recipe that decides what is built."""
    package = Path(galactolab.__file__).parent
    files = [package / name for name in _MAKERS if name.endswith(".py")]
    for name in _MAKERS:
        files += sorted((package / name).glob("*.py")) if not name.endswith(".py") else []
    files += sorted((data_folder() / "physics").glob("*.csv"))
    digest = hashlib.sha256(galactolab.__version__.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def folder(recipe: Recipe) -> Path:
    """Folder of a case in the cache."""
    key = hashlib.sha256((recipe.fingerprint + makers_hash()).encode()).hexdigest()[:16]
    return cache_folder() / "cases" / f"{recipe.name}-{key}"


def file_of(recipe: Recipe, view: View, *, scout: bool = False) -> Path:
    """DICOM file of a view, whether it is built or not."""
    ending = "_scout" if scout else ""
    return folder(recipe) / f"{recipe.name}_{view.name}{ending}.dcm"


def truth_of(recipe: Recipe, view: View) -> Path:
    """File with the truth of a view, whether it is built or not."""
    return folder(recipe) / f"{recipe.name}_{view.name}.truth.npz"


def is_built(recipe: Recipe, view: View) -> bool:
    """Whether a view lies in the cache: its galactogram comes last."""
    return file_of(recipe, view).is_file()


def build_view(recipe: Recipe, view: View) -> Path:
    """Make the files of one view.

    Returns
    -------
    pathlib.Path
        The galactogram.
    """
    where = folder(recipe)
    where.mkdir(parents=True, exist_ok=True)
    _sweep(where)
    patient = recipe.made()
    spacing = recipe.technique.spacing_mm
    maps = projection.render(patient, view=view, spacing_mm=spacing)
    save_truth(
        truth_of(recipe, view),
        truth.analysis(patient, view=view, spacing_mm=spacing, maps=maps),
    )
    for scout in (True, False):
        _expose_and_write(recipe, xray.without_contrast(maps) if scout else maps, view, scout=scout)
    return file_of(recipe, view)


def _expose_and_write(
    recipe: Recipe, maps: projection.ThicknessMaps, view: View, *, scout: bool
) -> None:
    technique = recipe.technique
    # Each picture has a stream of noise of its own, whoever builds it and in whatever order.
    rng = np.random.default_rng([recipe.patient["seed"], VIEWS.index(view), int(scout)])
    taken = expose(maps, rng=rng, beam=technique.beam, geometry=technique.geometry)
    galactogram = xray.developed(
        taken, maps=maps, laterality=recipe.laterality, view=view, intent=technique.intent
    )
    write_galactogram(
        file_of(recipe, view, scout=scout),
        galactogram,
        technique=_header(recipe, taken, maps.thickness_mm, scout=scout),
        case=recipe.name,
        number=1 + 2 * VIEWS.index(view) + (0 if scout else 1),
        bits=14 if technique.intent is Intent.FOR_PROCESSING else 12,
    )


def _header(recipe: Recipe, taken: Exposure, thickness_mm: float, *, scout: bool) -> Header:
    technique, beam = recipe.technique, taken.beam
    injection = recipe.injection
    far = technique.geometry.source_to_detector_mm
    return Header(
        kvp=beam.kvp,
        anode=beam.anode,
        filter_material=beam.filter,
        filter_mm=beam.filter_mm,
        mas=beam.mas,
        focal_spot_mm=technique.geometry.focal_spot_mm,
        grid=technique.geometry.has_grid,
        thickness_mm=thickness_mm,
        force_n=technique.force_n,
        dose_mgy=taken.mgd_mgy,
        entrance_mgy=taken.entrance_kerma_mgy,
        half_value_layer_mm=half_value_layer_mm(beam),
        pitch_mm=technique.pitch_mm,
        magnification=technique.geometry.magnification,
        source_detector_mm=far,
        source_object_mm=far / technique.geometry.magnification,
        agent=None if scout else injection["agent"],
        concentration_mg_ml=None if scout else injection["concentration_mgi_ml"],
        volume_ml=None if scout else injection["volume_ml"],
    )


def _sweep(where: Path) -> None:
    """Remove what a killed build left behind; a part of a few minutes may be in work."""
    for part in where.glob(".*.part"):
        if time.time() - part.stat().st_mtime > _STALE_PART_S:
            part.unlink(missing_ok=True)
