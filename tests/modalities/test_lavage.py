"""Cell samples come out as often, and are read as well, as was published."""

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import lavage
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan


@pytest.fixture(scope="module")
def patients():
    ill = phantom.make(seed=12, lesions=[Plan(kind="DCIS")])
    well = phantom.make(seed=12, lesions=[Plan(kind="papilloma", size_mm=4)])
    return {True: ill, False: well}


def _cohort(patient, method, count=3000):
    rng = np.random.default_rng(20_260)
    return [lavage.sampled(patient, method, rng=rng) for _ in range(count)]


@pytest.mark.parametrize("method", ["lavage", "aspiration"])
def test_samples_are_adequate_as_often_as_published(patients, method):
    """78 % of lavages and 27 % of aspirations (Dooley et al. 2001), within 3 points."""
    cohort = _cohort(patients[False], method)
    share = np.mean([sample.is_adequate for sample in cohort])
    assert share == pytest.approx(lavage.figure(method, "adequate").estimate, abs=0.03)
    median = np.median([sample.n_cells for sample in cohort])
    assert median == pytest.approx(lavage.figure(method, "median_cells").estimate, rel=0.25)


@pytest.mark.parametrize("method", lavage.METHODS)
def test_a_sample_can_be_read_if_its_cells_are_enough(patients, method):
    """One threshold parts adequate from inadequate samples, whatever the method."""
    threshold, _ = lavage.enough_cells()
    cohort = _cohort(patients[False], method, 300)
    assert all(s.is_adequate is (s.n_cells >= threshold) for s in cohort)
    assert method != "smear" or all(s.is_adequate for s in cohort)


@pytest.mark.parametrize("method", lavage.METHODS)
@pytest.mark.parametrize("has_cancer", [True, False])
def test_adequate_samples_are_called_as_often_as_published(patients, method, has_cancer):
    """Sensitivity and specificity of a large cohort within 4 points of the source."""
    cohort = [s for s in _cohort(patients[has_cancer], method) if s.is_adequate]
    called = np.mean([sample.is_suspicious for sample in cohort])
    measure = "sensitivity" if has_cancer else "specificity"
    right = called if has_cancer else 1 - called
    assert right == pytest.approx(lavage.figure(method, measure).estimate, abs=0.04)
    assert all(s.has_cancer is has_cancer for s in cohort)
    low, high = cohort[0].interval
    assert low <= cohort[0].chance_suspicious <= high


def test_without_an_adequate_sample_nothing_is_said(patients):
    poor = [s for s in _cohort(patients[True], "aspiration", 200) if not s.is_adequate]
    assert poor
    assert all(sample.is_suspicious is None for sample in poor)


def test_a_mass_beside_the_ducts_sheds_no_cells():
    patient = phantom.make(seed=12, lesions=[Plan(kind="mass beside the ducts", size_mm=12)])
    assert not lavage.sheds(patient)


def test_an_unknown_method_is_refused_by_name(patients):
    with pytest.raises(GalactolabError, match="method is 'biopsy'"):
        lavage.sampled(patients[True], "biopsy", rng=np.random.default_rng(1))
