"""Magnetic resonance: contrast as the Bloch equations have it, partial volume, and noise."""

import itertools

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import mri, mri_voxels
from galactolab.modalities.enhancement import concentration_mm
from galactolab.modalities.mri_sequences import (
    FIELDS_T,
    SEQUENCES,
    T1,
    T1_FAT_SUPPRESSED,
    T2_DUCTOGRAPHY,
    relaxation,
    signal,
)
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.patient.solids import Balls, tube
from galactolab.terms import Laterality
from galactolab.volumes import Tissue


def _bloch(sequence, tissue):
    """Steady state of the magnetization, pulse by pulse, with perfect spoiling."""
    along, angle = 1.0, np.deg2rad(sequence.flip_deg)
    e1 = np.exp(-sequence.tr_ms / tissue.t1_ms)
    for _ in range(20_000):
        across = along * np.sin(angle)
        before, along = along, 1 - (1 - along * np.cos(angle)) * e1
        if abs(before - along) < 1e-12:
            break
    times = {"spin echo": tissue.t2_ms, "spoiled gradient echo": tissue.t2star_ms}
    return tissue.protons * across * np.exp(-sequence.te_ms / times[sequence.kind])


@pytest.mark.parametrize(
    ("name", "field_t", "tissue"),
    list(itertools.product(SEQUENCES, FIELDS_T, ["fat", "gland", "fluid", "bloody", "lesion"])),
)
def test_signals_are_those_of_a_magnetization_followed_pulse_by_pulse(name, field_t, tissue):
    """The closed formulas agree with the Bloch steady state within 1e-6."""
    found = relaxation(tissue, field_t)
    assert signal(SEQUENCES[name], found) == pytest.approx(_bloch(SEQUENCES[name], found), rel=1e-6)


@pytest.fixture(scope="module")
def patient():
    return phantom.make(seed=151, density="c", lesions=[Plan(kind="ectasia", size_mm=6)])


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("field_t", FIELDS_T)
def test_contrast_in_the_image_is_that_of_the_signal_equations(patient, name, field_t):
    """Fat : gland : fluid in pure voxels within 3 % of the Bloch steady state.

    Tissue that lies in the noise is left out: a magnitude image lifts it.
    """
    sequence = SEQUENCES[name]
    scan = mri.acquired(
        patient, sequence, field_t=field_t, voxel_mm=1.5, rng=np.random.default_rng(1)
    )
    held = mri_voxels.content(patient, voxel_mm=1.5, slice_mm=1.5, injected=False)
    solid = np.zeros(held.grid.shape, bool)
    for index, _ in held.solids.values():
        solid.reshape(-1)[index] = True
    pure = {t: (held.tissue[t] > 0.999) & ~solid for t in ("fat", "gland")}
    pure["fluid"] = np.zeros_like(solid)
    index, share = held.solids["fluid"]
    pure["fluid"].reshape(-1)[index[share > 0.999]] = True
    measured, expected = {}, {}
    noise = sequence.noise * 3 / field_t / 1.5**3
    for tissue, where in pure.items():
        value = _bloch(sequence, relaxation(tissue, field_t))
        value *= sequence.fat_left if tissue == "fat" else 1
        if where.sum() >= 12 and value > 15 * noise:
            measured[tissue] = float(scan.voxels[where].mean())
            expected[tissue] = value
    assert measured
    for a, b in itertools.combinations(measured, 2):
        ratio = measured[a] / measured[b]
        assert ratio == pytest.approx(expected[a] / expected[b], rel=0.03), (a, b)
    for tissue, value in measured.items():
        assert value == pytest.approx(expected[tissue], rel=0.03)


def test_each_contrast_shows_what_it_is_for(patient):
    """T1: fat bright. T2 ductography: fluid alone bright. Direct: the injected lumen brightest."""
    rng = np.random.default_rng(1)
    t1 = mri.acquired(patient, T1, voxel_mm=2, rng=rng)
    t2 = mri.acquired(patient, T2_DUCTOGRAPHY, voxel_mm=2, rng=rng)
    direct = mri.acquired(patient, T1_FAT_SUPPRESSED, route="intraductal", voxel_mm=2, rng=rng)

    def mean(scan, tissue):
        return scan.voxels[scan.truth == tissue].mean()

    assert mean(t1, Tissue.FAT) > 1.5 * mean(t1, Tissue.GLAND)
    assert mean(t2, Tissue.LUMEN) > 5 * max(mean(t2, Tissue.FAT), mean(t2, Tissue.GLAND))
    assert mean(direct, Tissue.LUMEN) > 1.5 * mean(direct, Tissue.GLAND)


def test_a_lesion_enhances_more_than_gland_and_a_cancer_washes_out():
    ill = phantom.make(
        seed=77, density="c", lesions=[Plan(kind="mass beside the ducts", size_mm=12)]
    )
    before, early, late = mri.dynamic(
        ill, (0.0, 2.0, 8.0), voxel_mm=2, rng=np.random.default_rng(1)
    )
    lesion, gland = (before.truth == t for t in (Tissue.LESION, Tissue.GLAND))
    assert early.voxels[lesion].mean() > 1.8 * before.voxels[lesion].mean()
    rise = [scan.voxels[gland].mean() / before.voxels[gland].mean() for scan in (early, late)]
    assert 1 < rise[0] < 1.3
    assert rise[1] > rise[0]
    assert late.voxels[lesion].mean() < early.voxels[lesion].mean()


def test_concentration_is_the_convolution_of_plasma_and_tissue():
    """The closed form agrees with a numeric convolution within 0.5 %."""
    t = np.linspace(0, 6, 60_001)
    plasma = 0.1 * (3.99 * np.exp(-0.144 * t) + 4.78 * np.exp(-0.0111 * t))
    response = 0.70 * np.exp(-0.70 / 0.32 * (t[-1] - t))
    assert concentration_mm("malignant", 6.0) == pytest.approx(
        float(np.trapezoid(plasma * response, t)), rel=5e-3
    )


def test_too_much_gadolinium_darkens_the_duct():
    """At 5 mmol/L the lumen is bright; undiluted agent destroys its own signal by T2*."""
    fluid = relaxation("fluid", 3.0)
    bright, dark = (
        signal(T1, fluid.with_gadolinium(c, agent="gadobutrol", field_t=3.0)) for c in (5, 500)
    )
    assert dark < 0.1 * bright


def test_noise_of_nothing_is_rician():
    """Mean and standard deviation of air: 1.253 and 0.655 times the noise (Rayleigh)."""
    air = mri.rician(np.zeros((200, 200), np.float32), 2.0, rng=np.random.default_rng(1))
    assert air.mean() == pytest.approx(2 * np.sqrt(np.pi / 2), rel=0.02)
    assert air.std() == pytest.approx(2 * np.sqrt(2 - np.pi / 2), rel=0.02)


def test_smaller_voxels_have_more_noise():
    """Noise goes with one over the volume of a voxel."""
    patient = phantom.make(seed=4)
    scans = [
        mri.acquired(patient, T1, voxel_mm=v, rng=np.random.default_rng(1)) for v in (1.5, 3.0)
    ]
    noise = [scan.voxels[:6, :10].mean() for scan in scans]
    assert noise[0] / noise[1] == pytest.approx(8, rel=0.03)


def test_shares_of_solids_keep_their_volume():
    """A ball and a thin tube, on voxels larger than the tube: volume within 3 and 12 %."""
    breast = phantom.make(seed=4).breast
    where = mri_voxels.grid(breast, laterality=Laterality.LEFT, voxel_mm=1.0)
    ball = Balls(center_mm=np.array([[30.2, 3.1, -4.4]]), radius_mm=np.array([5.0]))
    _, share = mri_voxels.occupied(ball, where)
    assert share.sum() == pytest.approx(4 / 3 * np.pi * 125, rel=0.03)
    path = np.linspace([10, -10, -10], [60, 12, 17], 50)
    _, share = mri_voxels.occupied(tube(path, np.full(50, 0.4)), where)
    length = np.linalg.norm(path[-1] - path[0])
    assert share.sum() == pytest.approx(np.pi * 0.16 * length, rel=0.12)


def test_tissue_shares_never_exceed_a_voxel(patient):
    held = mri_voxels.content(patient, voxel_mm=2.0, slice_mm=2.0, injected=False)
    total = sum(held.tissue.values())
    assert total.min() >= 0
    assert total.max() <= 1.001


def test_the_mark_lies_in_the_lesion():
    for side in Laterality:
        ill = phantom.make(
            seed=77, laterality=side, lesions=[Plan(kind="mass beside the ducts", size_mm=12)]
        )
        scan = mri.acquired(ill, T1, voxel_mm=2, rng=np.random.default_rng(1))
        at = tuple(round(v) for v in scan.marks[0].index)
        assert scan.truth[at] == Tissue.LESION
        placed = scan.placement.index(ill.lesions[0].point_mm)
        assert np.allclose(placed, scan.marks[0].index, atol=1e-6)


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"voxel_mm": 0.0}, "voxel_mm is 0 mm"),
        ({"voxel_mm": 0.4}, "million voxels, but at most"),
        ({"field_t": 7.0}, "field_t is 7.0"),
        ({"route": "oral"}, "route is 'oral'"),
        ({"route": "intravenous", "minutes": -1}, "minutes is -1 min"),
        ({"agent": "water"}, "agent is 'water'"),
    ],
)
def test_an_impossible_scan_is_refused_by_name(patient, keywords, said):
    with pytest.raises(GalactolabError, match=said):
        mri.acquired(patient, T1, rng=np.random.default_rng(1), **keywords)
