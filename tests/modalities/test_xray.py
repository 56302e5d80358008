"""A radiograph, its scout, their difference and its picture belong together and repeat."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import xray
from galactolab.modalities.presentation import presented, thickness_slope
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan

SPACING = 0.5


@pytest.fixture(scope="module")
def patient():
    return phantom.make(seed=31, lesions=[Plan(kind="papilloma")])


def _shot(patient, seed=1, **keywords):
    return xray.simulate(patient, rng=np.random.default_rng(seed), spacing_mm=SPACING, **keywords)


def test_the_difference_to_the_scout_is_iodine_alone(patient):
    """Zero beside the ducts within noise, clearly above it on wide ducts."""
    with_, scout = _shot(patient), _shot(patient, 2, scout=True)
    left = xray.subtracted(with_.galactogram, scout=scout.galactogram).pixels
    mask = with_.truth.mask.pixels
    maps = xray.projection.render(patient, view=with_.galactogram.view, spacing_mm=SPACING)
    plain = maps.breast & (maps.contrast == 0) & (maps.adipose > 20)
    assert scout.truth is None
    assert abs(np.median(left[plain])) < 0.02
    assert np.median(left[mask]) > 0.2


def test_what_does_not_belong_together_is_not_subtracted(patient):
    raw, shown = _shot(patient), _shot(patient, intent="FOR PRESENTATION")
    with pytest.raises(GalactolabError, match="both pictures have to be FOR PROCESSING"):
        xray.subtracted(raw.galactogram, scout=shown.galactogram)
    with pytest.raises(GalactolabError, match="The scout has view"):
        xray.subtracted(raw.galactogram, scout=_shot(patient, view="ML", scout=True).galactogram)


def test_a_picture_for_the_eye_is_flat_up_to_the_skin(patient):
    """Fat differs by 1.5 and more in log attenuation toward the rim, and is level when shown."""
    raw = _shot(patient).galactogram
    lift, _ = thickness_slope(raw)
    shown = presented(raw)
    maps = xray.projection.render(patient, view=raw.view, spacing_mm=SPACING)
    whole = maps.adipose + maps.glandular + maps.skin
    rim = (whole > 0.45 * whole.max()) & (whole < 0.6 * whole.max()) & (maps.contrast == 0)
    deep = (whole > 0.99 * whole.max()) & (maps.glandular < 4)
    assert lift[rim].mean() > 3 * lift[deep].mean()
    gap = [abs(float(np.median(p[rim]) - np.median(p[deep]))) for p in (raw.pixels, shown.pixels)]
    assert gap[0] > 0.4
    assert gap[1] < 0.08 * 4095
    assert shown.pixels[~maps.breast].mean() < 0.02 * 4095


def test_ducts_stay_above_tissue_in_a_picture_for_the_eye(patient):
    case = _shot(patient, intent="FOR PRESENTATION")
    pixels, mask = case.galactogram.pixels, case.truth.mask.pixels
    assert np.median(pixels[mask]) > np.quantile(pixels[~mask], 0.95)
    assert pixels.max() <= 4095


def test_another_process_takes_the_same_radiograph(patient):
    """Same recipe, same pixels and same truth."""
    code = (
        "import hashlib,numpy as np;from galactolab.patient import phantom;"
        "from galactolab.patient.lesions import Plan;from galactolab.modalities import xray;"
        "p=phantom.make(seed=31,lesions=[Plan(kind='papilloma')]);"
        f"c=xray.simulate(p,rng=np.random.default_rng(1),spacing_mm={SPACING});"
        "print(hashlib.sha256(c.galactogram.pixels.tobytes()+c.truth.mask.pixels.tobytes()"
        "+str(c.truth.findings).encode()).hexdigest())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    case = _shot(patient)
    here = hashlib.sha256(
        case.galactogram.pixels.tobytes()
        + case.truth.mask.pixels.tobytes()
        + str(case.truth.findings).encode()
    )
    assert ran.stdout.strip() == here.hexdigest()


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"view": "XCCL"}, "view is 'XCCL'.*one of: CC, ML, MLO"),
        ({"spacing_mm": 9}, "spacing_mm is 9.*between 0.02 and 2"),
    ],
)
def test_an_impossible_view_is_refused(patient, keywords, said):
    with pytest.raises(GalactolabError, match=said):
        xray.simulate(patient, rng=np.random.default_rng(0), **keywords)


@pytest.mark.parametrize("name", ["bits", "equalization", "window", "level"])
def test_an_impossible_curve_is_refused_by_name(patient, name):
    with pytest.raises(GalactolabError, match=f"{name} is 99"):
        presented(_shot(patient).galactogram, **{name: 99})
