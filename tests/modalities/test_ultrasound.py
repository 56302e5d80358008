"""Ultrasound: speckle, depth, shadows, and what the probe can and can not show."""

import cv2
import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import ultrasound, ultrasound_signal as signal
from galactolab.modalities.comparison import probe_over
from galactolab.modalities.ultrasound_anatomy import SoundMaps, sound_maps
from galactolab.modalities.ultrasound_plane import Probe, lying, scan_plane
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.terms import View
from galactolab.volumes import Tissue

SPACING_MM = 0.07


def _uniform(shape=(500, 500), **changed):
    """A plane of fat, without any structure."""
    maps = {
        "power": np.ones(shape, np.float32),
        "mirror": np.zeros(shape, np.float32),
        "attenuation_db_cm_mhz": np.full(shape, signal.GAIN_DB_CM_MHZ, np.float32),
        "speed_m_s": np.full(shape, signal.ASSUMED_M_S, np.float32),
        "truth": np.full(shape, Tissue.FAT, np.uint8),
    }
    return SoundMaps(**{**maps, **changed})


def _envelope(maps, seed=1, frequency_mhz=12.0, focus_mm=15.0):
    rng = np.random.default_rng(seed)
    return signal.envelope(
        maps,
        spacing_mm=SPACING_MM,
        frequency_mhz=frequency_mhz,
        focus_mm=focus_mm,
        rng=rng,
    )


@pytest.mark.parametrize("frequency_mhz", [7.0, 12.0, 15.0])
def test_speckle_of_uniform_tissue_is_fully_developed(frequency_mhz):
    """Mean / standard deviation of the envelope is 1.91 ± 0.05 at every depth of use.

    Fully developed speckle has the Rayleigh distribution: sqrt(pi / (4 - pi)) = 1.913
    (PMC4916161, figure 12).
    """
    image = np.concatenate([_envelope(_uniform(), s, frequency_mhz) for s in range(4)], axis=1)
    for rows in (slice(60, 180), slice(180, 300)):
        part = image[rows, :]
        assert part.mean() / part.std() == pytest.approx(1.91, abs=0.05)


def test_speckle_of_a_patients_tissue_is_fully_developed_too():
    """A patch of one tissue in a whole image has the same ratio, through the full chain."""
    patient = phantom.make(seed=3, density="a")
    plane = scan_plane(patient.breast, Probe(behind_mm=40), spacing_mm=SPACING_MM)
    maps = sound_maps(patient, plane, injected=False)
    flat = _uniform(maps.power.shape, attenuation_db_cm_mhz=maps.attenuation_db_cm_mhz)
    part = _envelope(flat)[80:200, 50:450]
    # The attenuation of a patient tilts the gain slowly: taken out by its local mean.
    part = part / cv2.GaussianBlur(part, (0, 0), 25)
    assert part.mean() / part.std() == pytest.approx(1.91, abs=0.08)


def test_the_point_spread_is_narrow_in_focus_and_at_high_frequency():
    """Speckle is finer across the beam at the focus than away from it, and at 15 than 7 MHz."""

    def grain_px(image, rows):
        part = image[rows] - image[rows].mean()
        power = np.abs(np.fft.rfft(part, axis=1)) ** 2
        shape = np.fft.irfft(power.mean(axis=0))
        return np.argmax(shape < 0.5 * shape[0])

    sharp = _envelope(_uniform(), focus_mm=15)
    assert grain_px(sharp, slice(190, 240)) < grain_px(sharp, slice(420, 490))
    low, high = (_envelope(_uniform(), frequency_mhz=f) for f in (7.0, 15.0))
    assert grain_px(high, slice(190, 240)) < grain_px(low, slice(190, 240))


def test_time_gain_keeps_uniform_tissue_level_until_noise_takes_over():
    """Echoes stay level within 1 dB over 2 cm, and 15 MHz drowns before 7 MHz does."""
    image = _envelope(_uniform((700, 400)))
    level = 20 * np.log10([image[r : r + 60].mean() for r in (30, 130, 230)])
    assert np.ptp(level) < 1.0
    deep = {f: _envelope(_uniform((700, 400)), frequency_mhz=f)[640:].mean() for f in (7.0, 15.0)}
    assert deep[15.0] > 3 * deep[7.0]  # gained noise, not tissue


@pytest.mark.parametrize(("attenuation", "sign"), [(0.00217, 1), (12.0, -1)])
def test_fluid_enhances_and_calcium_shadows_by_the_attenuation_that_is_missing(attenuation, sign):
    """Behind 2 mm the step is that of the two-way attenuation, within 1 dB or below noise."""
    maps = _uniform()
    box = (slice(120, 120 + round(2 / SPACING_MM)), slice(200, 300))
    maps.attenuation_db_cm_mhz[box] = attenuation
    image = np.sqrt(np.mean([_envelope(maps, seed) ** 2 for seed in range(6)], axis=0))
    behind, beside = image[180:260, 225:275].mean(), image[180:260, 20:120].mean()
    step = 20 * np.log10(behind / beside)
    expected = 2 * 12 * 0.2 * (signal.GAIN_DB_CM_MHZ - attenuation)
    assert np.sign(step) == sign
    if sign > 0:
        assert step == pytest.approx(expected, abs=1.0)
    else:
        assert step < -20


def test_slow_tissue_pushes_what_lies_behind_it_deeper():
    """10 mm of fat at 1470 m/s show as 10.48 mm."""
    maps = _uniform(speed_m_s=np.full((500, 500), 1470, np.float32))
    at = round(10 / SPACING_MM)
    line = np.zeros((500, 500), np.float32)
    line[at] = 1
    shown = np.argmax(signal.displayed(line, maps.speed_m_s)[:, 250])
    assert shown * SPACING_MM == pytest.approx(10 * 1540 / 1470, abs=0.1)


@pytest.fixture(scope="module")
def ectatic():
    return phantom.make(seed=151, density="a", lesions=[Plan(kind="ectasia", size_mm=4.5)])


def _over(patient, **changed):
    """Probe over the patient's first lesion."""
    lesion = patient.lesions[0]
    point = lesion.signs[0].point_mm if lesion.signs else lesion.point_mm
    posture, _ = lying(patient.breast, View.CC)
    up, x, _ = posture.placed(point)
    return Probe(**{"behind_mm": max(float(x), 0.0), "beside_mm": float(up), **changed})


def test_an_ectatic_duct_is_a_dark_tube_without_any_injection(ectatic):
    """Fluid lies more than 15 dB below the fat around it, and its wall above it."""
    image = ultrasound.b_mode(
        ectatic, probe=_over(ectatic, turn_deg=90), rng=np.random.default_rng(2)
    )
    lumen = cv2.erode((image.truth == Tissue.LUMEN).astype(np.uint8), np.ones((9, 9)))
    assert lumen.sum() > 200
    fat = image.pixels[image.truth == Tissue.FAT].mean()
    assert image.pixels[lumen > 0].mean() < fat - 15
    ring = cv2.dilate(lumen, np.ones((19, 19))) - cv2.dilate(lumen, np.ones((11, 11)))
    assert image.pixels[ring > 0].mean() > image.pixels[lumen > 0].mean() + 15


def test_a_nodule_stands_in_the_lumen_and_its_mark_lies_on_it():
    ill = phantom.make(seed=110, lesions=[Plan(kind="papilloma", size_mm=5, distance_mm=22)])
    image = ultrasound.b_mode(ill, probe=_over(ill), rng=np.random.default_rng(2))
    nodule = image.truth == Tissue.LESION
    row, column = (round(v) for v in image.marks[0].index[1:])
    assert nodule[row - 30 : row + 30, column - 30 : column + 30].any()
    lumen = cv2.erode((image.truth == Tissue.LUMEN).astype(np.uint8), np.ones((7, 7))) > 0
    assert image.pixels[nodule].mean() > image.pixels[lumen].mean() + 10


def test_moving_the_probe_moves_the_lesion_in_the_image(ectatic):
    """5 mm toward the chest wall move the picture 5 mm toward the nipple."""
    first, second = (
        ultrasound.b_mode(
            ectatic,
            probe=_over(ectatic, behind_mm=behind),
            spacing_mm=0.2,
            rng=np.random.default_rng(2),
        )
        for behind in (10.0, 15.0)
    )
    shift = (first.marks[0].index[2] - second.marks[0].index[2]) * 0.2
    assert shift == pytest.approx(5, abs=0.05)


def test_one_place_of_the_breast_is_found_in_the_image(ectatic):
    """The placement of the image agrees with the scan plane, turned and tilted."""
    probe = _over(ectatic, turn_deg=35, tilt_deg=12)
    plane = scan_plane(ectatic.breast, probe, spacing_mm=SPACING_MM)
    point = np.array([14.0, 3.0, -5.0])
    away, row, column = plane.placed(point)
    found = plane.placement().index(point)
    assert np.allclose(found, [away, row, column], atol=1e-6)


def test_injection_shows_more_duct_than_the_ducts_own_fluid():
    """Sonogalactography: more lumen pixels than at rest."""
    patient = phantom.make(seed=21, volume_ml=1.0)
    images = [
        ultrasound.b_mode(patient, injected=given, rng=np.random.default_rng(1))
        for given in (False, True)
    ]
    rest, full = ((image.truth == Tissue.LUMEN).sum() for image in images)
    assert full > 1.3 * rest


@pytest.mark.parametrize(
    ("kind", "flows"), [("papilloma", True), ("clot or inspissated secretion", False)]
)
def test_doppler_tells_a_papilloma_from_secretion(kind, flows):
    patient = phantom.make(seed=110, lesions=[Plan(kind=kind, size_mm=5)])
    images = [
        ultrasound.color_doppler(
            patient, probe=_over(patient, turn_deg=turn), rng=np.random.default_rng(s)
        )
        for s, turn in enumerate((0, 90))
    ]
    assert any(ultrasound.has_flow(image) for image in images) is flows


def test_flow_lies_in_color_over_the_gray_image():
    """Color where the vessel is, gray all around, and the truth of the B-mode image."""
    patient = phantom.make(seed=12, lesions=[Plan(kind="papilloma", size_mm=5)])
    probe = probe_over(patient, turn_deg=0)
    flow = ultrasound.color_doppler(patient, probe=probe, rng=np.random.default_rng(1))
    image = ultrasound.color_flow(patient, probe=probe, rng=np.random.default_rng(1))
    colored = np.ptp(image.pixels, axis=-1) > 0.1
    assert colored.any()
    assert colored.mean() < 0.05
    near = cv2.dilate((np.abs(flow.pixels) > 2.5).astype(np.uint8), np.ones((9, 9))) > 0
    assert (colored & near).any()
    assert (image.truth == Tissue.LESION).any()


def test_same_random_numbers_same_image(ectatic):
    a, b = (
        ultrasound.b_mode(ectatic, spacing_mm=0.2, rng=np.random.default_rng(5)) for _ in range(2)
    )
    assert np.array_equal(a.pixels, b.pixels)


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"frequency_mhz": 40.0}, "frequency_mhz is 40 MHz.*between 5 and 18"),
        ({"beside_mm": 200.0}, "The probe stands .* but this breast reaches"),
        ({"behind_mm": -30.0}, "The probe stands"),
        ({"width_mm": 0.0}, "width_mm is 0 mm"),
    ],
)
def test_an_impossible_probe_is_refused_by_name(ectatic, keywords, said):
    with pytest.raises(GalactolabError, match=said):
        ultrasound.b_mode(ectatic, probe=Probe(**keywords), rng=np.random.default_rng(1))
