"""Each lesion does to lumen and contrast what its name says."""

import functools

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.patient import phantom
from galactolab.patient.lesions import LesionKind, Plan
from galactolab.terms import FindingType, View

SEED = 33


@functools.cache
def _with(kind, **keywords):
    return phantom.make(seed=SEED, lesions=[Plan(kind=kind, **keywords)])


def _one(kind, **keywords):
    return _with(kind, **keywords).lesions[0]


@pytest.mark.parametrize("kind", list(LesionKind))
def test_every_kind_can_be_planted_and_says_its_size(kind):
    """The settled plan has a size, and a mimic but extravasation has no sign."""
    lesion = _one(kind)
    assert lesion.kind is kind
    assert lesion.plan.size_mm is not None
    if lesion.is_mimic:
        assert lesion.signs == ()


@pytest.mark.parametrize(
    ("kind", "finding"),
    [
        ("papilloma", FindingType.INTRALUMINAL_FILLING_DEFECT),
        ("multiple papillomas", FindingType.MULTIPLE_FILLING_DEFECT),
        ("DCIS", FindingType.MULTIPLE_FILLING_DEFECT),
        ("obstruction with cup-shaped end", FindingType.ABRUPT_DUCT_TERMINATION),
        ("obstruction with ragged end", FindingType.ABRUPT_DUCT_TERMINATION),
        ("stenosis", FindingType.DUCT_NARROWING),
        ("cyst filling from a duct", FindingType.CYST_FILL),
        ("extravasation", FindingType.EXTRAVASATION),
    ],
)
def test_a_lesion_causes_its_finding(kind, finding):
    """Code, extent and a point near the ducts."""
    for sign in _one(kind).signs:
        assert sign.type is finding
        assert sign.extent_mm > 0


def test_a_papilloma_fits_its_widened_duct():
    """The lumen is wider than the lesion, and the lesion lies in it."""
    patient = _with("papilloma", size_mm=5, lobulated=False)
    sign = patient.lesions[0].signs[0]
    assert sign.evidence["width_mm"] < sign.evidence["caliber_mm"]
    duct = patient.ducts.branches[sign.duct]
    caliber = 2 * duct.radius_at(sign.arc_mm)
    assert caliber == pytest.approx(sign.evidence["caliber_mm"], rel=0.05)
    center = patient.lesions[0].displacing.center_mm
    points = np.concatenate([branch.path_mm for branch in patient.ducts.branches])
    gap = np.linalg.norm(center[:, None] - points[None], axis=-1).min(axis=1)
    assert gap.max() < caliber / 2


@pytest.mark.parametrize("severity", [0.5, 0.7, 0.9])
def test_a_stenosis_takes_the_share_of_the_caliber_that_is_asked_for(severity):
    """Measured on the radii, within 12 percentage points (its wall is uneven)."""
    sign = _one("stenosis", size_mm=6, severity=severity).signs[0]
    assert sign.evidence["stenosis_percent"] == pytest.approx(100 * severity, abs=12)


def test_an_ectasia_reaches_the_caliber_that_is_asked_for():
    """The widest duct measures 4.5 mm within a quarter."""
    patient = _with("ectasia", size_mm=4.5)
    widest = max(2 * duct.radius_mm.max() for duct in patient.ducts.branches)
    assert widest == pytest.approx(4.5, rel=0.25)


def test_an_obstruction_empties_what_lies_behind_it():
    """Fewer ducts are filled than without it."""
    free = phantom.make(seed=SEED)
    shut = _with("obstruction with cup-shaped end")
    assert sum(shut.filling.filled_mm) < sum(free.filling.filled_mm) - 5


def test_a_mass_pushes_every_duct_out_of_itself():
    """No duct passes through the tissue of the mass."""
    patient = _with("mass beside the ducts", size_mm=14)
    tissue = patient.lesions[0].tissue
    points = np.concatenate([duct.path_mm for duct in patient.ducts.branches])
    gap = np.linalg.norm(points - tissue.center_mm[0], axis=1)
    assert gap.min() >= tissue.radius_mm[0]


def test_a_leafless_tree_has_lost_most_of_its_ducts():
    assert len(_with("leafless tree").ducts) < len(phantom.make(seed=SEED).ducts) / 2


def test_bubbles_and_clots_move_between_views_and_a_papilloma_stays():
    """The refill test and the second view tell them apart."""
    for kind in ("air bubbles", "clot or inspissated secretion"):
        lesion = _one(kind)
        here, there = (lesion.displacing_in(v).center_mm for v in (View.CC, View.ML))
        assert not np.array_equal(here, there)
    lesion = _one("papilloma")
    assert lesion.displacing_in(View.CC) is lesion.displacing_in(View.ML)


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"kind": "wart"}, "kind of a lesion is 'wart', but it has to be one of: papilloma"),
        ({"kind": "papilloma", "size_mm": -2}, "size_mm of papilloma is -2 mm.*between 1 and 15"),
        ({"kind": "stenosis", "severity": 3}, "severity of stenosis is 3.*between 0.1 and 0.95"),
        ({"kind": "ectasia", "distance_mm": 900}, "distance_mm of ectasia is 900 mm"),
        ({"kind": "papilloma", "count": 0}, "count of papilloma is 0"),
    ],
)
def test_an_impossible_lesion_is_refused_by_name_value_and_range(keywords, said):
    with pytest.raises(GalactolabError, match=said):
        Plan(**keywords)


def test_a_lesion_wider_than_the_breast_is_refused():
    with pytest.raises(GalactolabError, match=r"size_mm of mass .* is 38 mm, but the compressed"):
        phantom.make(
            seed=1, thickness_mm=30, lesions=[Plan(kind="mass beside the ducts", size_mm=38)]
        )
