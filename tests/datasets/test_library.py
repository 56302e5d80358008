"""The library is built whole or not at all, goes on where it stopped, and repeats itself."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from galactolab import datasets
from galactolab.datasets import darkroom, library
from galactolab.datasets.keeping import read_truth, save_truth
from galactolab.datasets.recipes import VIEWS, read_recipe
from galactolab.dicom import read_galactogram
from galactolab.errors import GalactolabError
from galactolab.places import data_folder
from galactolab.terms import FindingType, View

BOOK = ("normal-dense", "under-filling")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache and a library of two short cases."""
    monkeypatch.setenv("GALACTOLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(library, "names", lambda: BOOK)
    return tmp_path


def _files(cache):
    """Bytes of every finished file by name."""
    return {f.name: f.read_bytes() for f in cache.rglob("*") if f.is_file() and f.suffix != ".part"}


def _start(cache):
    """Build the two cases in a program of its own."""
    code = (
        "import galactolab.datasets.library as library;"
        f"library.names = lambda: {BOOK};"
        "library.build(workers=2)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"GALACTOLAB_CACHE": str(cache)},
        start_new_session=True,
    )


def test_killed_half_way_no_file_is_broken_and_the_build_goes_on(cache, tmp_path_factory):
    """What lies there can be read; the rest is built; the files are those of an undisturbed run.

    The undisturbed run has one worker and this process, the other two workers of their own.
    """
    program = _start(cache)
    deadline = time.monotonic() + 120
    while not list(cache.rglob("*_scout.dcm")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    assert not all(darkroom.is_built(library.recipe(n), v) for n in BOOK for v in VIEWS)
    for file in cache.rglob("*.dcm"):
        assert read_galactogram(file).pixels.size > 0
    for file in cache.rglob("*.npz"):
        assert len(read_truth(file).tree) > 0

    told = []
    built = datasets.build(workers=2, progress=lambda *said: told.append(said))
    assert [file.is_file() for file in built] == [True] * 4
    assert told[-1][:2] == (4, 4)
    assert [said[0] for said in told] == list(range(told[0][0], 5))

    other = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GALACTOLAB_CACHE", str(other))
        datasets.build(workers=1)
    assert _files(other) == _files(cache)


def test_a_damaged_file_is_made_anew(cache):
    """A truncated picture in the cache is noticed when it is opened."""
    file = datasets.path("under-filling")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 3])
    case = datasets.load("under-filling")
    assert file.read_bytes() == whole
    assert case.truth.mask.pixels.shape == case.galactogram.pixels.shape


def test_another_recipe_or_generator_lies_in_another_folder(monkeypatch):
    """So an old picture is never shown for a new recipe."""
    recipe = library.recipe("normal")
    before = darkroom.folder(recipe)
    monkeypatch.setattr(darkroom, "makers_hash", lambda: "a new generator")
    assert darkroom.folder(recipe) != before


def test_a_truth_comes_back_as_it_was_kept(tmp_path):
    """Mask, tree, findings and steps survive the file."""
    known = datasets.virtual_patient(7, finding="CYST_FILL", spacing_mm=0.5).truth
    save_truth(tmp_path / "a.npz", known)
    back = read_truth(tmp_path / "a.npz")
    assert np.array_equal(back.mask.pixels, known.mask.pixels)
    assert back.findings == known.findings
    assert back.steps == known.steps
    assert back.tree.strahler == known.tree.strahler
    for one, other in zip(back.tree.branches, known.tree.branches, strict=True):
        assert np.array_equal(one.path, other.path)
        assert np.array_equal(one.radius_mm, other.radius_mm)


@pytest.mark.parametrize("finding", [*FindingType, None])
def test_a_patient_for_studies_shows_what_is_asked_for(finding):
    case = datasets.virtual_patient(11, finding=finding, spacing_mm=0.5)
    kinds = {found.type for found in case.truth.findings}
    if finding in (None, FindingType.NORMAL):
        assert kinds == set()
    else:
        assert finding in kinds


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: datasets.load("nromal"), r"no case 'nromal' \(did you mean 'normal'\?\)"),
        (lambda: datasets.load("normal", view="MLO"), "view is 'MLO'.*CC, ML"),
        (lambda: datasets.build(workers=0), "workers is 0.*between 1 and 64"),
        (lambda: datasets.virtual_patient(-4), "seed is -4"),
        (lambda: datasets.virtual_patient(4, finding="wart"), "finding is 'wart'"),
    ],
)
def test_an_impossible_wish_is_refused_by_name(call, said):
    with pytest.raises(GalactolabError, match=said):
        call()


RECIPE = (data_folder() / "cases" / "narrowing.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("volume_ml = 0.8", "volume_ml = -1", "volume_ml is -1.*number between 0 and 3 mL"),
        ("kvp = 28", "kvp = 70", "kvp is 70.*whole number between 22 and 49 kV"),
        ("kvp = 28\n", "", "the field kvp is missing.*between 22 and 49 kV"),
        ("size_mm = 6.0", "size_mm = 600", "size_mm is 600.*between 0.1 and 100 mm"),
        ("size_mm = 6.0", "size_mm = 60", "size_mm of stenosis is 60 mm.*between 1.5 and 25"),
        ('kind = "stenosis"', 'kind = "wart"', "kind of a lesion is 'wart'"),
        ("pitch_mm = 0.1", "pitch_mm = 0.2", "pitch_mm is '0.2'.*one of: 0.05, 0.07"),
        ("age = 61", 'age = "old"', "age is 'old'.*whole number between 18 and 100 years"),
        ('density = "b"', 'density = "x"', "density is 'x'.*one of: a, b, c, d"),
        ("severity = 0.7", "color = 3", "there is no field color"),
        ("[injection]", "[injections]", "there is no table injections"),
        ("[technique]", "[technique", "is no valid TOML"),
    ],
)
def test_a_faulty_recipe_is_refused_by_field_value_and_range(tmp_path, old, new, said):
    """One sentence that names the case, the field, its value and what is allowed."""
    assert old in RECIPE
    file = tmp_path / "mine.toml"
    file.write_text(RECIPE.replace(old, new), encoding="utf-8")
    with pytest.raises(GalactolabError, match=said) as caught:
        read_recipe(file)
    assert "mine" in str(caught.value) or "of a lesion" in said or "of stenosis" in said
    assert "\n" not in str(caught.value).split(" TOML:")[0]


def test_a_view_is_named_as_radiologists_name_it(cache):
    assert darkroom.file_of(library.recipe("normal-dense"), View.CC).name == "normal-dense_CC.dcm"
