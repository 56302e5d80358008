"""A virtual patient is made from a seed, and refuses what cannot be."""

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.terms import FindingType


def test_the_same_seed_is_the_same_patient():
    """Ducts, lesions and filling agree to the last bit."""
    one, two = (phantom.make(seed=9, lesions=[Plan(kind="papilloma")]) for _ in range(2))
    assert one.filling.filled_mm == two.filling.filled_mm
    assert np.array_equal(one.lesions[0].displacing.center_mm, two.lesions[0].displacing.center_mm)


def test_a_lesion_does_not_change_the_rest_of_the_patient():
    """Breast and courses of ducts are those of the healthy twin."""
    ill, well = phantom.make(seed=9, lesions=[Plan(kind="stenosis")]), phantom.make(seed=9)
    assert ill.breast == well.breast
    for a, b in zip(ill.ducts.branches, well.ducts.branches, strict=True):
        assert np.array_equal(a.path_mm[[0, -1]], b.path_mm[[0, -1]])


def test_a_planted_lesion_can_be_asked_for_again():
    """A lesion stands for its plan."""
    first = phantom.make(seed=9, lesions=[Plan(kind="papilloma")])
    again = phantom.make(seed=9, lesions=first.lesions)
    assert again.lesions[0].plan.size_mm == first.lesions[0].plan.size_mm


@pytest.mark.parametrize("finding", [*FindingType, None])
def test_a_random_patient_has_the_finding_that_is_asked_for(finding):
    """Lesions sign the finding; an ectasia is read off the calibers later."""
    patient = phantom.random(seed=17, finding=finding)
    signs = {sign.type for lesion in patient.lesions for sign in lesion.signs}
    if finding in (None, FindingType.NORMAL):
        assert patient.lesions == ()
    elif finding is FindingType.DUCT_ECTASIA:
        assert max(2 * duct.radius_mm.max() for duct in patient.ducts.branches) > 2
    else:
        assert finding in signs


def test_any_draws_different_findings():
    kinds = {str(phantom.random(seed=s).lesions) for s in range(6)}
    assert len(kinds) > 2


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"seed": -1}, "seed is -1"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"seed": 1, "laterality": "X"}, "laterality is 'X'"),
        ({"seed": 1, "thickness_mm": 5}, "thickness_mm is 5 mm.*between 15 and 110"),
        ({"seed": 1, "growth": "crystal"}, "growth is 'crystal'.*recursive, random_walk"),
        ({"seed": 1, "main_caliber_mm": 30}, "main_caliber_mm is 30 mm.*between 0.4 and 6"),
    ],
)
def test_an_impossible_patient_is_refused_by_name_value_and_range(keywords, said):
    with pytest.raises(GalactolabError, match=said):
        phantom.make(**keywords)
