"""Dual energy cancels gland against fat, and leaves iodine."""

from dataclasses import replace

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import contrast_enhanced as cem, projection
from galactolab.modalities.beam import Beam
from galactolab.modalities.exposure import expose
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.terms import View
from galactolab.volumes import Tissue

W = (cem.LOW, cem.HIGH)
RH = (Beam(anode="Rh", filter="Ag", kvp=34), Beam(anode="Rh", filter="Cu", kvp=49))
MO = (Beam(anode="Mo", filter="Mo", kvp=28), Beam(anode="Mo", filter="Cu", kvp=49))


@pytest.mark.parametrize(
    ("thickness_mm", "expected"),
    [
        (30, (0.228, 0.281, 0.185)),
        (40, (0.236, 0.292, 0.196)),
        (50, (0.242, 0.303, 0.207)),
        (60, (0.248, 0.313, 0.219)),
        (70, (0.252, 0.322, 0.232)),
    ],
)
def test_the_weight_is_that_of_an_independent_calculation(thickness_mm, expected):
    """Within 5 % of the science notes, section 7.4 (SpekPy and xraydb, primary only)."""
    found = [cem.weight(thickness_mm=thickness_mm, low=a, high=b) for a, b in (W, RH, MO)]
    assert found == pytest.approx(expected, rel=0.05)


def test_the_signal_of_iodine_is_that_of_an_independent_calculation():
    """0.0229, 0.0207 and 0.0152 per mg/cm2 at 5 cm, within 5 % (science notes, section 7.4)."""
    w = cem.weight(thickness_mm=50)
    high = cem.iodine_signal(thickness_mm=50, weight=0)
    dual = cem.iodine_signal(thickness_mm=50, weight=w)
    assert ((high - dual) / w, high, dual) == pytest.approx((0.0229, 0.0207, 0.0152), rel=0.05)


def _wedge(share):
    """Maps of a slab of 50 mm whose gland changes from the left to the right half."""
    shape = (400, 400)
    maps = projection.render(phantom.make(seed=4), view=View.CC, spacing_mm=0.5, shape=shape)
    gland = np.full(shape, 50 * share[0], np.float32)
    gland[:, 200:] = 50 * share[1]
    nothing = np.zeros(shape, np.float32)
    return replace(
        maps, adipose=50 - gland, glandular=gland, skin=nothing, contrast=nothing,
        calcium=nothing, lumen=nothing > 0, breast=nothing == 0, thickness_mm=50.0,
    )  # fmt: skip


def test_gland_against_fat_cancels_at_least_twentyfold():
    """Through scatter, grid and noise: the step of 10 to 40 % gland shrinks 20 times or more."""
    maps, rng = _wedge((0.1, 0.4)), np.random.default_rng(10_000)
    low, high = (expose(maps, rng=rng, beam=b, detector=cem.DETECTOR) for b in W)
    w = cem.weight(thickness_mm=50)
    step = [
        float(np.median(p[100:300, 260:380]) - np.median(p[100:300, 20:140]))
        for p in (low.log_attenuation(), high.log_attenuation() - w * low.log_attenuation())
    ]
    assert abs(step[0]) > 20 * abs(step[1])


@pytest.fixture(scope="module")
def pair():
    patient = phantom.make(
        seed=12, density="c", lesions=[Plan(kind="mass beside the ducts", size_mm=12)]
    )
    return cem.acquired(patient, rng=np.random.default_rng(0), spacing_mm=0.2)


def test_a_tumor_reads_as_the_iodine_that_it_holds(pair):
    """Above its surroundings, within 25 %: grid scatter and the neighborhood's thickness."""
    image = cem.recombined(pair)
    lesion = pair.iodine_mg_cm2 > 0.6
    mass = image.truth == Tissue.LESION
    near = np.zeros_like(mass)
    rows, columns = np.nonzero(mass)
    near[rows.min() - 30 : rows.max() + 30, columns.min() - 30 : columns.max() + 30] = True
    near &= ~mass & pair.maps.breast
    measured = image.pixels[lesion].mean() - image.pixels[near].mean()
    true = pair.iodine_mg_cm2[lesion].mean() - pair.iodine_mg_cm2[near].mean()
    assert measured == pytest.approx(true, rel=0.25)


def test_a_filled_duct_carries_thirty_times_the_iodine_of_a_tumor(pair):
    """1 mm of 300 mgI/mL is 30 mg/cm2; the 12 mm tumor at most 1 mg/cm2."""
    duct_mg_cm2 = 300 * 0.1
    background = cem.BACKGROUND_MGI_ML * pair.maps.glandular / 10
    assert duct_mg_cm2 / (pair.iodine_mg_cm2 - background).max() > 30


def test_air_and_clots_take_up_nothing():
    """A bubble has no vessels, which tells it from a papilloma."""
    for kind, enhances in (("air bubbles", False), ("papilloma", True)):
        patient = phantom.make(seed=30, lesions=[Plan(kind=kind)])
        found = cem.enhancing(patient.lesions[0], view=View.CC)
        assert bool(len(found)) is enhances


def test_the_ducts_of_the_same_patient_stay_empty(pair):
    """The patient's ducts were filled for ductography; here none of it is seen."""
    assert pair.phantom.filling.lumen_mgi_ml > 0
    assert max(pair.phantom.filling.filled_mm) > 0
    assert pair.iodine_mg_cm2.max() < 2


def test_both_pictures_cost_about_as_much_as_a_mammogram(pair):
    """The high-energy exposure adds less than half of the low-energy one."""
    assert 0 < pair.high.mgd_mgy < 0.5 * pair.low.mgd_mgy


def test_another_weight_brings_gland_back(pair):
    """With half of the weight the picture follows the gland; with the right one far less."""
    plate = pair.maps.adipose + pair.maps.glandular > 40
    gland = pair.maps.glandular[plate]
    right, half = (
        cem.recombined(pair, weight=w, smooth_mm=1).pixels[plate]
        for w in (pair.weight, pair.weight / 2)
    )
    slope = [abs(np.polyfit(gland, values, 1)[0]) for values in (right, half)]
    assert slope[0] < slope[1] / 4


@pytest.mark.parametrize("wrong", [{"weight": 3.0}, {"smooth_mm": -1.0}])
def test_what_makes_no_sense_is_refused(pair, wrong):
    with pytest.raises(GalactolabError, match=next(iter(wrong))):
        cem.recombined(pair, **wrong)
