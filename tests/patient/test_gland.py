"""The gland has the density that is asked for and a mammogram's spectrum."""

import numpy as np
import pytest

from galactolab.patient import gland, strands
from galactolab.patient.breast import GLAND_SHARE, Breast


@pytest.mark.parametrize("density", ["a", "b", "c", "d"])
def test_the_gland_takes_its_share_of_the_breast(density):
    """Mean share within 0.02 of the category's."""
    grown = gland.grown(Breast(seed=2, density=density))
    share = float(grown.share[grown.inside > 0].mean())
    assert share == pytest.approx(GLAND_SHARE[density], abs=0.02)


@pytest.mark.parametrize("slope", [2.0, 3.0])
def test_a_power_law_field_falls_with_its_slope(slope, rng):
    """The fitted exponent of a 256 x 256 field is within 0.15 of the wanted one."""
    field = gland.power_law((256, 256), slope=slope, rng=rng)
    power = np.abs(np.fft.fft2(field)) ** 2
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    band = (f > 0.02) & (f < 0.4)
    fitted = -np.polyfit(np.log(f[band]), np.log(power[band]), 1)[0]
    assert fitted == pytest.approx(slope, abs=0.15)
    assert field.std() == pytest.approx(1, abs=1e-3)


def test_strands_repeat_for_the_same_breast():
    """Same seed, same ligaments and vessels."""
    first = strands.grown(Breast(seed=2))
    strands.grown.cache_clear()
    again = strands.grown(Breast(seed=2))
    assert np.array_equal(first.center_mm, again.center_mm)
    assert len(first) > 1000


def test_a_field_far_from_the_border_of_gland_is_cut_without_overflow():
    """A logistic written out with the exponential overflows where the field is low."""
    rng = np.random.default_rng(1)
    field = (60 * rng.standard_normal((20, 20, 20))).astype(np.float32)
    share = gland._cut(field, np.ones_like(field), wanted=0.3)
    assert share.mean() == pytest.approx(0.3, abs=0.02)
    assert share.min() >= 0
    assert share.max() <= 1
