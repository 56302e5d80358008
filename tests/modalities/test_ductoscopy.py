"""The endoscope sees what lies ahead of it, and goes only where it fits."""

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import ductoscopy
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.volumes import Tissue


@pytest.fixture(scope="module")
def ill():
    return phantom.make(seed=110, lesions=[Plan(kind="papilloma", size_mm=3, distance_mm=22)])


def _look(patient, way_mm, **keywords):
    return ductoscopy.view(
        patient, way_mm=way_mm, size_px=80, rng=np.random.default_rng(1), **keywords
    )


def _at(patient):
    sign = patient.lesions[0].signs[0]
    return patient.ducts.start_mm[sign.duct] + sign.arc_mm


def test_a_papilloma_grows_in_view_as_the_scope_comes_nearer(ill):
    """Nearer by 3 mm, it covers more of the view; its mark lies on it."""
    far, near = (_look(ill, _at(ill) - away) for away in (5.5, 2.5))
    seen = [(image.truth == Tissue.LESION).mean() for image in (far, near)]
    assert 0 < seen[0] < seen[1]
    row, column = (round(v) for v in far.marks[0].index[1:])
    assert (far.truth[row - 6 : row + 7, column - 6 : column + 7] == Tissue.LESION).any()


def test_nothing_is_seen_where_nothing_was_planted(ill):
    well = phantom.make(seed=110)
    assert not (_look(well, 12.0).truth == Tissue.LESION).any()
    assert not _look(well, 12.0).marks


def test_far_walls_are_darker_than_near_ones():
    """Light comes from the tip: the rim of the view is brighter than the far lumen."""
    image = _look(phantom.make(seed=151, lesions=[Plan(kind="ectasia", size_mm=4.5)]), 14.0)
    gray = image.pixels.mean(axis=-1)
    rim = np.hypot(*np.meshgrid(np.linspace(-1, 1, 80), np.linspace(-1, 1, 80)))
    inside = rim < 0.9
    assert gray[inside & (rim > 0.7)].mean() > 1.5 * np.quantile(gray[inside], 0.02)
    assert not image.truth[rim > 1.05].any()


def test_a_thinner_scope_comes_at_least_as_far():
    for seed in range(3):
        patient = phantom.make(seed=seed)
        thick, thin = (ductoscopy.way(patient, scope_mm=s).reach_mm for s in (1.1, 0.55))
        assert thin >= thick


def test_a_plug_stops_the_scope():
    patient = phantom.make(seed=77, lesions=[Plan(kind="obstruction with cup-shaped end")])
    index, at = patient.lesions[0].blocks[0]
    assert ductoscopy.way(patient).reach_mm < patient.ducts.start_mm[index] + at


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"way_mm": 300.0}, "way_mm is 300 mm, but this scope of 0.9 mm reaches from 0 to"),
        ({"way_mm": 5.0, "scope_mm": 3.0}, "scope_mm is 3 mm"),
        ({"way_mm": 5.0, "duct": 9999}, "duct is 9999, but this tree has ducts 0 to"),
    ],
)
def test_an_impossible_place_is_refused_by_name(ill, keywords, said):
    with pytest.raises(GalactolabError, match=said):
        _look(ill, **keywords)
