"""The study of lesson 04: its size, its direction, and that the figure holds its numbers."""

import re

import pandas as pd
import pytest

from galactolab.modalities.comparison import MACHINES
from galactolab.modalities.nodules import SETTINGS
from galactolab.places import data_folder
from galactolab.views.visibility_figure import (
    VisibilityFigure,
    drawn,
    patients,
    shares,
    smallest_mm,
)

SIZES_MM = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(data_folder() / "studies" / "visibility.csv")


def _share(rows, machine, setting, *, up_to_mm=99.0, from_mm=0.0):
    kept = rows[(rows["machine"] == machine) & (rows["setting"] == setting)]
    kept = kept[kept["size_mm"].between(from_mm, up_to_mm)]
    return kept["n_visible"].sum() / kept["n_patients"].sum()


def test_every_machine_looked_at_two_hundred_patients(rows):
    assert set(patients()) == set(MACHINES)
    assert min(patients().values()) >= 200
    assert set(rows["size_mm"]) == set(SIZES_MM)
    assert set(rows["setting"]) == set(SETTINGS)


@pytest.mark.parametrize(
    "other", ["MRI with gadolinium", "ultrasound", "contrast-enhanced mammography"]
)
def test_ductography_is_ahead_on_small_nodules_in_thin_ducts(rows, other):
    """Smaller lesions than ultrasound and MRI [8], by the finest resolution of the lumen [79].

    Names are those of the references of the clinical facts.
    """
    mine, its = (_share(rows, name, "thin duct", up_to_mm=1.5) for name in ("ductography", other))
    assert mine > its
    assert smallest_mm("ductography", "thin duct") < (smallest_mm(other, "thin duct") or 99)


def test_ductography_is_behind_where_the_duct_does_not_fill(rows):
    """MRI finds what lies behind a stop: 92 % of lesions against 69 % in all [74]."""
    mine = _share(rows, "ductography", "not filled")
    assert mine < 0.1
    for other in ("MRI with gadolinium", "ultrasound", "MR ductography, indirect"):
        assert _share(rows, other, "not filled", from_mm=2.0) > 0.8
    assert smallest_mm("ductography", "not filled") is None


def test_tomosynthesis_shows_more_than_the_plain_ductogram(rows):
    """95 % against 77 % of lesions [15]."""
    for setting in ("thin duct", "wide duct"):
        plain, slices = (
            _share(rows, name, setting) for name in ("ductography", "tomosynthesis ductography")
        )
        assert slices >= plain


def test_what_the_lesson_calls_a_disagreement_is_one(rows):
    """Each against its published figure, as the text beside the figure says.

    Indirect MR ductography showed disease in 8 of 19, direct in 23 of 23 [12]; ultrasound saw
    10 of 18 cancers [38]; contrast-enhanced mammography missed none [143].
    """
    indirect, direct = (
        _share(rows, f"MR ductography, {how}", "thin duct") for how in ("indirect", "direct")
    )
    assert abs(direct - indirect) < 0.1 < 23 / 23 - 8 / 19
    assert _share(rows, "ultrasound", "thin duct", from_mm=2.0) > 0.95 > 10 / 18
    assert _share(rows, "contrast-enhanced mammography", "thin duct") < 0.2
    sound, contrast = (
        _share(rows, name, "wide duct", up_to_mm=1.0) for name in ("ultrasound", "ductography")
    )
    assert sound > contrast


def test_the_figure_holds_the_numbers_of_the_study(rows):
    found = re.findall(r'title="([^"]*), [^,"]*, ([\d.]+) mm: (\d+) of (\d+) visible', drawn())
    assert len(found) == len(MACHINES) * len(SETTINGS) * len(SIZES_MM) == len(shares())
    assert sum(int(n) for *_, n in found) == rows["n_patients"].sum()
    assert sum(int(seen) for *_, seen, _ in found) == rows["n_visible"].sum()


def test_the_caption_says_how_many_patients_and_how_sure():
    text = VisibilityFigure().figure.value
    assert f"{min(patients().values())}" in text
    assert "95 % interval" in text
