"""Exposures obey the laws of counting, of geometry and of scatter."""

from dataclasses import replace

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import exposure, projection, scatter, xray
from galactolab.modalities.beam import Beam
from galactolab.modalities.detector import DETECTORS, Detector
from galactolab.modalities.dose import dgn, mean_glandular_dose_mgy
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.projection import ThicknessMaps
from galactolab.patient import phantom
from galactolab.terms import Laterality, View

NOISELESS = Detector(electronic_quanta=0)


def _slab(duct_mm=1.0, *, spacing_mm=0.085, concentration_mgi_ml=300.0, thickness_mm=45.0):
    """A slab with a fifth of gland; its right half holds a sheet of contrast."""
    shape = (160, 320)
    ducts = np.zeros(shape, np.float32)
    ducts[:, 160:] = duct_mm
    whole = np.ones(shape, np.float32)
    return ThicknessMaps(
        adipose=np.float32(0.8 * (thickness_mm - 3)) * whole,
        glandular=np.float32(0.2 * (thickness_mm - 3)) * whole,
        skin=3 * whole,
        contrast=ducts,
        calcium=0 * whole,
        lumen=ducts > 0,
        spacing_mm=(spacing_mm, spacing_mm),
        concentration_mgi_ml=concentration_mgi_ml,
        thickness_mm=thickness_mm,
        breast=whole > 0,
        laterality=Laterality.LEFT,
        view=View.CC,
    )


def _taken(maps, rng, *, mas=60.0, **keywords):
    return exposure.expose(maps, rng=rng, beam=Beam(mas=mas), **keywords)


def _sdnr(taken):
    """Signal difference over noise, away from the border between both halves."""
    plain, filled = taken.counts[:, 20:140], taken.counts[:, 180:300]
    return (plain.mean() - filled.mean()) / plain.std()


def test_signal_difference_to_noise_grows_as_the_square_root_of_the_load(rng):
    """25 to 400 mAs in steps of 4: exponent 0.5 within 5 %, quantum noise alone."""
    loads = np.array([25.0, 100.0, 400.0])
    found = [_sdnr(_taken(_slab(0.2), rng, mas=mas, detector=NOISELESS)) for mas in loads]
    assert np.array(found) / np.sqrt(loads) == pytest.approx(found[1] / 10, rel=0.05)


def test_electronic_noise_matters_at_low_load_only(rng):
    """At 1 mAs a noisy readout costs far more of the ratio than at 100 mAs."""
    noisy = replace(NOISELESS, electronic_quanta=12)
    lost = [
        _sdnr(_taken(_slab(0.5), rng, mas=mas, detector=noisy))
        / _sdnr(_taken(_slab(0.5), rng, mas=mas, detector=NOISELESS))
        for mas in (1.0, 100.0)
    ]
    assert lost[0] < 0.8
    assert lost[1] > 0.95


def test_doubling_the_area_of_a_pixel_doubles_its_photons(rng):
    """From 70 to 99 um, on the same converter: twice the counts, and variance equals mean."""
    pitch = 0.07
    few, many = (
        _taken(_slab(spacing_mm=s), rng, detector=replace(NOISELESS, pitch_mm=pitch))
        for s in (pitch, pitch * 2**0.5)
    )
    assert many.open_counts == pytest.approx(2 * few.open_counts, rel=1e-6)
    for taken in (few, many):
        plain = taken.counts[:, 20:140]
        assert plain.var() / plain.mean() == pytest.approx(1, abs=0.08)


def test_without_iodine_there_are_no_ducts(rng):
    """Water instead of contrast: less than 1 % of the contrast that 300 mgI/mL gives."""
    with_, without = (_taken(_slab(concentration_mgi_ml=c), rng, mas=500.0) for c in (300.0, 0.0))
    signals = [
        t.log_attenuation()[:, 180:300].mean() - t.log_attenuation()[:, 20:140].mean()
        for t in (with_, without)
    ]
    assert signals[0] > 0.5
    assert abs(signals[1]) < 0.1 * signals[0]


def test_a_patient_without_iodine_has_no_ducts_to_find():
    """No concentration or no volume: neither mask, tree nor finding, and nothing leaks."""
    for keywords in ({"concentration_mgi_ml": 0.0}, {"volume_ml": 0.0}):
        patient = phantom.make(seed=21, lesions=[phantom.Plan(kind="extravasation")], **keywords)
        case = xray.simulate(patient, rng=np.random.default_rng(1), spacing_mm=0.5)
        assert not case.truth.mask.pixels.any()
        assert len(case.truth.tree) == 0
        assert case.truth.findings == ()
    assert not projection.render(patient, view=View.CC, spacing_mm=0.5).contrast.any()


def test_more_contrast_never_lowers_attenuation():
    """Without noise, thicker ducts and stronger agents attenuate more."""
    for name, values in (("duct_mm", (0.1, 0.5, 2.0)), ("concentration_mgi_ml", (50.0, 150, 350))):
        found = [
            _taken(_slab(**{name: v}), np.random.default_rng(3), mas=600.0)
            .log_attenuation()[:, 180:300]
            .mean()
            for v in values
        ]
        assert found == sorted(found)


def test_automatic_exposure_gives_more_to_a_thick_breast_and_a_usual_dose(rng):
    """4.5 cm take about as much dose as was measured: CC 1.36 mGy on average (clinical 3.5)."""
    thin, thick = (exposure.expose(_slab(thickness_mm=t), rng=rng) for t in (30.0, 60.0))
    usual = exposure.expose(_slab(), rng=rng)
    assert thin.beam.mas < usual.beam.mas < thick.beam.mas
    assert 0.5 < usual.mgd_mgy < 2.5
    assert usual.entrance_kerma_mgy > usual.mgd_mgy


def test_dose_follows_load_and_the_published_factor():
    """Twice the mAs, twice the dose; DgN 0.19 for Mo/Mo 26 kV, 4.5 cm, half gland (TG-282)."""
    dose = [
        mean_glandular_dose_mgy(
            Beam(), mas=mas, thickness_mm=45, glandularity=0.3, geometry=Geometry()
        )
        for mas in (50, 100)
    ]
    assert dose[1] == pytest.approx(2 * dose[0])
    factor = dgn(Beam(anode="Mo", filter="Mo", kvp=26), thickness_mm=45, glandularity=0.5)
    assert factor == pytest.approx(0.19, abs=0.01)


@pytest.mark.parametrize(("thickness_mm", "ratio"), [(30, 0.40), (80, 0.85)])
def test_scatter_grows_with_thickness_as_published(thickness_mm, ratio):
    """0.40 to 0.85 of the primary over clinical sizes, without grid (science notes, 3.3)."""
    assert scatter.scatter_to_primary(np.array([thickness_mm]))[0] == pytest.approx(ratio)


def test_a_grid_and_an_air_gap_take_scatter_away(rng):
    """Contrast rises from no grid to grid; a magnified view needs no grid."""

    def contrast(geometry):
        counts = _taken(_slab(), rng, mas=600.0, geometry=geometry).counts
        return 1 - counts[:, 200:300].mean() / counts[:, 20:120].mean()

    bare, grid = contrast(Geometry(grid=False)), contrast(Geometry())
    assert bare < grid
    assert not Geometry(magnification=1.8).has_grid
    assert contrast(Geometry(magnification=1.8)) > bare


def test_motion_and_the_focal_spot_blur():
    """Drift by a millimeter smears a thin duct along the rows; the count of quanta stays."""
    maps = _slab(0)
    contrast = np.zeros_like(maps.contrast)
    contrast[80, :] = 1.0
    maps = replace(maps, contrast=contrast)
    still, moved = (
        _taken(maps, np.random.default_rng(5), mas=600.0, geometry=Geometry(motion_mm=m)).counts
        for m in (0, 1)
    )
    depth = [c[60:70].mean() - c[80].mean() for c in (still, moved)]
    assert depth[1] < 0.3 * depth[0]
    assert Geometry(magnification=1.8, focal_spot_mm=0.3).focal_blur_mm(45) > 10 * (
        Geometry().focal_blur_mm(45)
    )


@pytest.mark.parametrize("name", DETECTORS)
def test_each_detector_has_a_pitch_and_digital_steps(name, rng):
    """Stored values are whole steps of the converter, and none is above its top."""
    detector = Detector.named(name)
    taken = _taken(_slab(spacing_mm=detector.pitch_mm), rng, detector=detector)
    steps = taken.counts * ((2**detector.bits - 1) / taken.open_counts)
    inside = steps > 1
    assert np.abs(steps[inside] - np.rint(steps[inside])).max() < 0.02
    assert steps.max() <= 2**detector.bits


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Geometry(magnification=3.0), "magnification is 3.0.*one of: 1.0, 1.5, 1.8"),
        (lambda: Geometry(motion_mm=-1), "motion_mm is -1 mm.*between 0 and 5 mm"),
        (lambda: Detector(pitch_mm=0.2), "pitch_mm is 0.2.*one of: 0.05, 0.07, 0.085, 0.1"),
        (lambda: Detector(bits=8), "bits is 8.*one of: 12, 14"),
        (lambda: Detector.named("film"), "detector is 'film'"),
        (lambda: dgn(Beam(), thickness_mm=5, glandularity=0.3), "thickness_mm is 5 mm"),
    ],
)
def test_an_impossible_machine_is_refused_by_name_value_and_range(make, said):
    with pytest.raises(GalactolabError, match=said):
        make()


def test_air_is_not_exposed(rng):
    maps = _slab()
    with pytest.raises(GalactolabError, match="no breast"):
        exposure.expose(replace(maps, breast=np.zeros_like(maps.breast)), rng=rng)
