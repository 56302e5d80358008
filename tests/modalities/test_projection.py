"""A projected patient has the thicknesses, sides and repeatability that it says."""

import hashlib
import itertools
import subprocess
import sys

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import projection, tissue
from galactolab.patient import phantom
from galactolab.patient.breast import random_breast
from galactolab.patient.lesions import Plan
from galactolab.terms import Laterality, View

VIEWS = [View.CC, View.ML, View.MLO]


@pytest.fixture(scope="module")
def patient():
    return phantom.make(seed=21)


def _maps(patient, view=View.CC, spacing_mm=0.4, **keywords):
    return projection.render(patient, view=view, spacing_mm=spacing_mm, **keywords)


@pytest.mark.parametrize("view", VIEWS)
def test_tissues_add_up_to_the_compressed_thickness(patient, view):
    """Fat, gland and skin make 45 mm in the middle, nothing outside, and are never negative."""
    maps = _maps(patient, view)
    whole = maps.adipose + maps.glandular + maps.skin
    assert whole.max() == pytest.approx(patient.breast.thickness_mm, abs=0.01)
    assert not whole[~maps.breast].any()
    assert min(m.min() for m in (maps.adipose, maps.glandular, maps.skin)) >= 0
    assert whole.dtype == np.float32


def test_the_chest_wall_is_at_the_first_column_on_the_left_and_at_the_last_on_the_right():
    """A right breast is the mirror image of the left one."""
    left = _maps(phantom.make(seed=21, laterality=Laterality.LEFT))
    right = _maps(phantom.make(seed=21, laterality=Laterality.RIGHT))
    assert left.breast[:, 0].mean() > left.breast[:, -1].mean()
    assert np.array_equal(left.glandular, right.glandular[:, ::-1])
    assert np.allclose(left.contrast, right.contrast[:, ::-1], atol=1e-3)


def test_half_the_spacing_shows_the_same_breast(patient):
    """Volumes of gland and contrast agree between 0.2 and 0.1 mm within 2 %."""
    coarse, fine = (_maps(patient, spacing_mm=s) for s in (0.2, 0.1))
    for name, tolerance in (("glandular", 0.02), ("contrast", 0.02)):
        volumes = [getattr(m, name).sum() * m.spacing_mm[0] ** 2 for m in (coarse, fine)]
        assert volumes[0] == pytest.approx(volumes[1], rel=tolerance)


def test_the_contrast_in_the_image_is_the_lumen_that_was_filled(patient):
    """Its volume is that of the tubes within 15 %: joints overlap, and ducts are squeezed flat."""
    maps = _maps(patient, spacing_mm=0.1)
    seen = maps.contrast.sum(dtype=float) * 0.01 / 1000
    squash = patient.breast.positioned(View.CC).squash
    assert 0.5 * squash * patient.ducts.volume_ml < seen < 1.3 * patient.ducts.volume_ml


def test_no_contrast_no_ducts():
    """Without injected volume the maps hold no contrast and no lumen."""
    maps = _maps(phantom.make(seed=21, volume_ml=0.0))
    assert not maps.contrast.any()
    assert not maps.lumen.any()


def test_a_papilloma_takes_contrast_away():
    """Beside the healthy twin with the same widened duct: less contrast where it lies."""
    ill = phantom.make(seed=21, lesions=[Plan(kind="papilloma", size_mm=5)])
    maps = _maps(ill, spacing_mm=0.2)
    where = projection.frame(ill, view=View.CC, spacing_mm=0.2)
    row, column, _ = where.placed(ill.lesions[0].signs[0].point_mm)
    caliber = ill.lesions[0].signs[0].evidence["caliber_mm"]
    assert maps.contrast[round(row), round(column)] < 0.7 * caliber


def test_calcifications_are_calcium():
    maps = _maps(phantom.make(seed=21, lesions=[Plan(kind="calcifications")]), spacing_mm=0.1)
    assert 0.1 < maps.calcium.max() < 1.5


def test_a_given_shape_is_kept_and_puts_the_nipple_level_near_its_middle(patient):
    maps = _maps(patient, shape=(700, 500))
    assert maps.breast.shape == maps.contrast.shape == (700, 500)
    assert maps.breast.any()


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"spacing_mm": -0.1}, "spacing_mm is"),
        ({"spacing_mm": 50.0}, "spacing_mm is 50 mm.*between 0.01 and 5"),
        ({"shape": (1, 900)}, "shape is .1, 900., but it has to be .rows, columns."),
        ({"view": View.XCCM}, "view is 'XCCM'"),
    ],
)
def test_an_impossible_view_is_refused_by_name(patient, keywords, said):
    with pytest.raises(GalactolabError, match=said):
        projection.render(patient, **{"view": View.CC, **keywords})


def test_another_process_renders_the_same_bytes():
    """Same seed, same pixels, wherever it runs."""
    code = (
        "import hashlib;from galactolab.patient import phantom;"
        "from galactolab.modalities import projection;from galactolab.terms import View;"
        "m=projection.render(phantom.make(seed=21),view=View.MLO,spacing_mm=0.6);"
        "print(hashlib.sha256(m.glandular.tobytes()+m.contrast.tobytes()).hexdigest())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    maps = projection.render(phantom.make(seed=21), view=View.MLO, spacing_mm=0.6)
    here = hashlib.sha256(maps.glandular.tobytes() + maps.contrast.tobytes()).hexdigest()
    assert ran.stdout.strip() == here


def _exponent(breast, view):
    """Fit P(f) = K / f^beta over 0.1-1 lp/mm on windows of the breast's middle."""
    spacing, size = 0.25, 200
    up = (np.arange(-200, 200) * spacing + 5).astype(np.float32)
    out = (np.arange(240) * spacing + breast.depth_mm - 75).astype(np.float32)
    parts = tissue.rendered(breast, breast.positioned(view), up_mm=up, out_mm=out)
    image = 0.051 * parts.adipose + 0.080 * parts.glandular
    window = np.hanning(size)[:, None] * np.hanning(size)
    power = np.zeros((size, size))
    for top in (0, 100, 200):
        part = image[top : top + size, 20 : 20 + size]
        power += np.abs(np.fft.fft2((part - part.mean()) * window)) ** 2
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(size, spacing), np.fft.fftfreq(size, spacing)))
    edges = np.geomspace(0.1, 1, 13)
    rings = [(f >= low) & (f < high) for low, high in itertools.pairwise(edges)]
    x = [np.log(f[ring].mean()) for ring in rings if ring.any()]
    y = [np.log(power[ring].mean()) for ring in rings if ring.any()]
    return -np.polyfit(x, y, 1)[0]


def test_tissue_has_the_power_law_of_mammograms():
    """Mean exponent over densities and views 2.8-3.4 over 0.1-1 lp/mm.

    Chen et al. 2012 measured 3.17 ± 0.23 (CC) and 3.30 ± 0.24 (MLO),
    doi:10.1118/1.3685462.
    """
    found = [
        _exponent(random_breast(seed=50 + i, density="abcd"[i % 4], thickness_mm=50), view)
        for i, view in enumerate([View.CC, View.MLO] * 2)
    ]
    assert 2.8 <= np.mean(found) <= 3.4
    assert min(found) > 2.6
    assert max(found) < 3.6
