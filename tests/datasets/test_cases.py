"""Every named case shows what its story says, in both views, and is valid DICOM throughout."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from galactolab.datasets import darkroom, library
from galactolab.datasets.keeping import read_truth
from galactolab.datasets.recipes import VIEWS, Recipe
from galactolab.patient.lesions import LesionKind
from galactolab.terms import FindingType, Intent

# Every named case; an ectasia beside another finding is the dilated duct around a lesion.
SHOWN = {
    "air-bubbles": set(),
    "contrast-on-skin": set(),
    "cut-off": {FindingType.ABRUPT_DUCT_TERMINATION, FindingType.DUCT_ECTASIA},
    "cyst-filling": {FindingType.CYST_FILL},
    "ectasia": {FindingType.DUCT_ECTASIA},
    "extravasation": {FindingType.EXTRAVASATION},
    "leafless-tree": set(),
    "mass-displacement": set(),
    "mobile-clot": set(),
    "multiple-papillomas": {FindingType.MULTIPLE_FILLING_DEFECT},
    "narrowing": {FindingType.DUCT_NARROWING},
    "normal": set(),
    "normal-dense": set(),
    "normal-fatty": set(),
    "peripheral-dcis": {FindingType.MULTIPLE_FILLING_DEFECT},
    "ragged-obstruction": {FindingType.ABRUPT_DUCT_TERMINATION},
    "solitary-papilloma": {FindingType.INTRALUMINAL_FILLING_DEFECT, FindingType.DUCT_ECTASIA},
    "under-filling": set(),
    "venous-filling": set(),
    "wall-irregularity": {FindingType.DUCT_NARROWING},
    "wrong-orifice": set(),
}


def test_the_library_holds_sixteen_patients_and_more_and_three_normal_ones():
    assert library.names() == tuple(sorted(SHOWN))
    assert len(SHOWN) >= 16
    normal = [name for name in SHOWN if name.startswith("normal")]
    assert len(normal) == 3
    assert not any(library.recipe(name).lesions for name in normal)


def test_the_library_holds_every_finding_and_every_lesion_and_mimic():
    """Beside kinds of lesion: under-filling and the wrong orifice, which plant nothing."""
    planted = {plan.kind for name in SHOWN for plan in library.recipe(name).lesions}
    assert planted == set(LesionKind)
    assert set().union(*SHOWN.values()) == set(FindingType) - {FindingType.NORMAL}


@pytest.mark.parametrize("name", SHOWN)
def test_a_story_tells_age_side_discharge_and_images_but_not_the_outcome(name):
    """Each case has its sources; discharge that is an indication is spontaneous, or tells why."""
    recipe = library.recipe(name)
    told, side = recipe.vignette, {"L": "left", "R": "right"}[recipe.patient["laterality"]]
    assert side in told.discharge
    assert str(told.age) in recipe.story()
    assert told.histology not in recipe.story()
    assert told.teaching not in recipe.story()
    assert told.sources


@pytest.fixture(scope="module", params=SHOWN)
def coarse(request, tmp_path_factory):
    """A case built with 0.5 mm pixels, once for each intent: everything else is as shipped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GALACTOLAB_CACHE", str(tmp_path_factory.mktemp(request.param)))
        whole = library.recipe(request.param)
        patient = whole.made()
        patch.setattr(Recipe, "made", lambda _: patient)  # she is grown once for eight pictures
        made = []
        for intent in Intent:
            factor = whole.technique.geometry.magnification
            technique = replace(whole.technique, pitch_mm=0.5 * factor, intent=intent)
            recipe = replace(whole, technique=technique, fingerprint=intent.name)
            for view in VIEWS:
                darkroom.build_view(recipe, view)
            made.append(recipe)
        yield made


def test_a_case_shows_its_findings_in_both_views(coarse):
    """And nothing else; each lies in the picture, on or beside contrast."""
    recipe = coarse[0]
    for view in VIEWS:
        truth = read_truth(darkroom.truth_of(recipe, view))
        assert {finding.type for finding in truth.findings} == SHOWN[recipe.name]
        rows, columns = np.nonzero(truth.mask.pixels)
        assert len(truth.tree) > 0
        for finding in truth.findings:
            away = np.hypot(rows - finding.location[0], columns - finding.location[1]).min()
            assert 0.5 * away <= finding.extent_mm / 2 + 1.5, finding


def test_each_file_of_a_case_is_valid_and_read_alike_by_strangers(coarse, tmp_path):
    """No error by dciodvfy in any view, scout or intent; DCMTK and pydicom see one picture."""
    strict, dump = (shutil.which(name) for name in ("dciodvfy", "dcmdump"))
    if strict is None or dump is None:
        pytest.skip("dciodvfy and dcmdump (Debian packages dicom3tools, dcmtk) are not installed")
    files = [
        darkroom.file_of(recipe, view, scout=scout)
        for recipe in coarse
        for view in VIEWS
        for scout in (True, False)
    ]
    assert len({file.read_bytes() for file in files}) == 8
    for number, file in enumerate(files):
        done = subprocess.run([strict, file], capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).splitlines()
        assert [line for line in said if line.startswith("Error")] == [], file.name
        folder = tmp_path / str(number)
        folder.mkdir()
        subprocess.run([dump, "+W", folder, file], check=True, stdout=subprocess.DEVNULL)
        held = pydicom.dcmread(file).pixel_array
        raw = np.fromfile(next(folder.iterdir()), "<u2").reshape(held.shape)
        assert np.array_equal(raw, held)
