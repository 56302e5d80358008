"""The beams and what they do behind a breast agree with SpekPy itself."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.modalities import materials
from galactolab.modalities.beam import (
    Beam,
    air_kerma_ugy_mas,
    half_value_layer_mm,
    mean_energy_kev,
    spectrum,
)
from galactolab.modalities.detector import Detector
from galactolab.modalities.primary import primary, transmission
from galactolab.modalities.projection import ThicknessMaps
from galactolab.places import data_folder
from galactolab.terms import Laterality, View

from .beams import DUCTS_MM, REFERENCES

ELEVEN = pytest.mark.parametrize("known", REFERENCES, ids=lambda known: known.beam.name)


def _row_of_ducts(thick_mm, concentration_mgi_ml):
    """One row of pixels behind 5 cm with a quarter of gland and a duct of each thickness."""
    ducts = np.float32([[0, *thick_mm]])
    whole = np.ones_like(ducts)
    return ThicknessMaps(
        adipose=37.5 * whole,
        glandular=12.5 * whole,
        skin=0 * whole,
        contrast=ducts,
        calcium=0 * whole,
        lumen=ducts > 0,
        spacing_mm=(0.1, 0.1),
        concentration_mgi_ml=concentration_mgi_ml,
        thickness_mm=50,
        breast=whole > 0,
        laterality=Laterality.LEFT,
        view=View.CC,
    )


def _contrast(beam, thick_mm, concentration_mgi_ml):
    """1 - I / I0 behind each duct, through the path that makes our pictures."""
    weights = Detector().signal_weights(spectrum(beam)[1])
    left = primary(_row_of_ducts(thick_mm, concentration_mgi_ml), weights=weights)[0]
    return 1 - left[1:] / left[0]


@ELEVEN
def test_half_value_layer_mean_energy_and_kerma_are_those_of_spekpy(known):
    """Eleven beams, within 3 %."""
    assert half_value_layer_mm(known.beam) == pytest.approx(known.hvl_mm, rel=0.03)
    assert mean_energy_kev(known.beam) == pytest.approx(known.mean_kev, rel=0.03)
    assert air_kerma_ugy_mas(known.beam) == pytest.approx(known.kerma_ugy_mas, rel=0.03)


@ELEVEN
def test_ducts_have_the_contrast_that_spekpy_and_xraydb_give(known):
    """0.2 to 3 mm at 300 mgI/mL and 1 mm at 150 mgI/mL: 3 %, or 0.01 below 0.1."""
    found = _contrast(known.beam, DUCTS_MM, 300.0)
    for value, wanted in zip(found, known.contrast, strict=True):
        assert value == pytest.approx(wanted, **_within(wanted))
    (half,) = _contrast(known.beam, [1.0], 150.0)
    assert half == pytest.approx(known.contrast_150, **_within(known.contrast_150))


def _within(wanted):
    return {"rel": 0.03} if wanted >= 0.1 else {"abs": 0.01}


@ELEVEN
def test_a_beam_ends_at_its_tube_voltage(known):
    energy, photons = spectrum(known.beam)
    assert energy[photons > 0].max() < known.beam.kvp
    assert photons.min() >= 0


def test_the_fast_sum_is_the_full_sum_within_a_thousandth(rng):
    """`primary` against `transmission` on random paths, contrast displacing tissue."""
    shape = (20, 30)
    parts = {
        "adipose": rng.uniform(5, 45, shape),
        "glandular": rng.uniform(2, 40, shape),
        "skin": rng.uniform(0, 6, shape),
        "contrast": rng.uniform(0, 3, shape) * (rng.uniform(size=shape) < 0.3),
        "calcium": rng.uniform(0, 0.5, shape) * (rng.uniform(size=shape) < 0.2),
    }
    maps = ThicknessMaps(
        **{name: part.astype(np.float32) for name, part in parts.items()},
        lumen=parts["contrast"] > 0,
        spacing_mm=(0.1, 0.1),
        concentration_mgi_ml=300,
        thickness_mm=50,
        breast=np.ones(shape, bool),
        laterality=Laterality.LEFT,
        view=View.CC,
    )
    soft = parts["adipose"] + parts["glandular"]
    kept = 1 - parts["contrast"] / soft
    paths = np.stack([part.ravel() for part in parts.values()], axis=1)
    paths[:, :2] *= kept.ravel()[:, None]
    weights = Detector().signal_weights(spectrum(Beam())[1])
    full = transmission(paths, weights=weights, concentration_mgi_ml=300.0).reshape(shape)
    assert primary(maps, weights=weights) == pytest.approx(full, rel=2e-3)


@pytest.mark.parametrize(
    ("kev", "cm2_g"), [(15, 55.1), (20, 25.4), (25, 13.9), (30, 8.56), (35, 31.2), (40, 22.1)]
)
def test_iodine_attenuates_as_xraydb_says(kev, cm2_g):
    """Science notes, section 3.1, within 3 %: it falls, and jumps up at 33.2 keV."""
    found = np.interp(kev, materials.energy_kev(), materials.table("attenuation")["iodine_mm2_mg"])
    assert 10 * found == pytest.approx(cm2_g, rel=0.03)


def test_a_usual_beam_stays_below_the_edge_of_iodine():
    kev, photons = spectrum(Beam(kvp=28))
    assert not photons[kev > 33.169].any()


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"kvp": 70}, "kvp is 70 kV.*between 22 and 49 kV"),
        ({"kvp": 28.5}, "kvp is 28.5 kV.*whole number"),
        ({"anode": "Pb"}, "anode is 'Pb'.*one of: Mo, Rh, W"),
        ({"filter": "Sn"}, "filter is 'Sn'.*one of: Mo, Rh, Ag, Al, Cu"),
        ({"mas": -3}, "mas is -3 mAs.*between 0.1 and 600 mAs"),
        ({"filter_mm": 9}, "filter_mm is 9.*between 0 and 2 mm"),
    ],
)
def test_an_impossible_beam_is_refused_by_name_value_and_range(keywords, said):
    with pytest.raises(GalactolabError, match=said):
        Beam(**keywords)


@pytest.mark.parametrize("concentration", [-1.0, 500.0])
def test_an_impossible_agent_is_refused(concentration):
    with pytest.raises(GalactolabError, match="between 0 and 400 mgI/mL"):
        materials.contrast_attenuation(concentration)


@pytest.mark.parametrize("name", ["attenuation", "spectra"])
def test_the_tables_are_what_their_script_makes(name, made_tables):
    """SpekPy and xraydb, run again, give the shipped tables to the printed digits."""
    held, made = (
        (folder / f"{name}.csv").read_text(encoding="ascii").splitlines()
        for folder in (data_folder() / "physics", made_tables)
    )
    assert held[0] == made[0]
    old, new = (np.loadtxt(lines[1:], delimiter=",") for lines in (held, made))
    assert new == pytest.approx(old, rel=2e-5, abs=1e-12)


@pytest.fixture(scope="module")
def made_tables(tmp_path_factory) -> Path:
    """Fresh tables; only where the extra `physics` is installed."""
    pytest.importorskip("spekpy")
    pytest.importorskip("xraydb")
    folder = tmp_path_factory.mktemp("physics")
    script = data_folder() / "physics" / "make_tables.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True)
    return folder
