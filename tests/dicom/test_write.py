"""A written file holds the record, is valid DICOM for strangers too, and never half there."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra import numpy as arrays

from galactolab.dicom import (
    SpacingRule,
    Technique,
    ViewModifier,
    read_galactogram,
    read_spacing,
    stored_values,
    write_galactogram,
)
from galactolab.errors import GalactolabError
from galactolab.records import Galactogram
from galactolab.terms import View

from .conftest import drawn, program

INTENTS = ("FOR PROCESSING", "FOR PRESENTATION")
PHOTOMETRIC = ("MONOCHROME1", "MONOCHROME2")
FULL = Technique(
    kvp=30,
    anode="W",
    filter_material="Rh",
    filter_mm=0.05,
    mas=80.5,
    focal_spot_mm=0.1,
    grid=False,
    thickness_mm=45,
    force_n=90,
    dose_mgy=1.5,
    entrance_mgy=6.1,
    half_value_layer_mm=0.55,
    pitch_mm=0.105,
    source_detector_mm=660,
    source_object_mm=440,
    agent="iohexol",
    concentration_mg_ml=300,
    volume_ml=0.4,
    modifiers=(ViewModifier.SPOT_COMPRESSION,),
)
QUICK = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(
    grays=arrays.arrays(
        "u2", st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 4095)
    ),
    compression=st.sampled_from(["none", "rle"]),
)
def test_shown_grays_come_back_exactly(tmp_path, grays, compression):
    """FOR PRESENTATION whole numbers survive, and both photometric ways give one record."""
    shown = replace(drawn(), pixels=grays)
    seen = [
        read_galactogram(
            write_galactogram(tmp_path / "a.dcm", shown, photometric=way, compression=compression)
        )
        for way in PHOTOMETRIC
    ]
    np.testing.assert_array_equal(seen[0].pixels, grays)
    np.testing.assert_array_equal(seen[1].pixels, grays)
    assert seen[0].source == seen[1].source


@QUICK
@given(
    attenuation=arrays.arrays(
        "f4", st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.floats(0, 6, width=32)
    ),
    bits=st.sampled_from([12, 14, 16]),
)
def test_raw_attenuation_comes_back_within_half_a_count(tmp_path, attenuation, bits):
    """FOR PROCESSING attenuation a is exp(-a) of full scale, off by half a count at most."""
    raw = replace(drawn("FOR PROCESSING"), pixels=attenuation)
    full = 2**bits - 1
    for way in PHOTOMETRIC:
        path = write_galactogram(tmp_path / "a.dcm", raw, photometric=way, bits=bits)
        seen = read_galactogram(path)
        assert np.abs(full * np.exp(-seen.pixels) - full * np.exp(-attenuation)).max() < 0.51
        assert stored_values(path).max() <= full


def test_what_the_counts_cannot_hold_is_cut_off(tmp_path):
    """Above full scale counts saturate; below one count they are one."""
    raw = replace(drawn("FOR PROCESSING"), pixels=np.array([[-0.2, 20.0]]))
    path = write_galactogram(tmp_path / "a.dcm", raw)
    assert stored_values(path).tolist() == [[16383, 1]]
    np.testing.assert_allclose(read_galactogram(path).pixels, [[0, np.log(16383)]], rtol=1e-6)


def test_the_record_comes_back(tmp_path):
    """Spacing, side, view and intent survive, at any magnification."""
    for intent, view, magnification in itertools.product(INTENTS, View, (1, 1.5)):
        made = replace(drawn(intent), view=view, laterality="R", spacing_mm=(0.05, 0.06))
        technique = Technique(magnification=magnification)
        path = write_galactogram(tmp_path / "a.dcm", made, technique=technique)
        seen = read_galactogram(path)
        assert seen.spacing_mm == pytest.approx((0.05, 0.06), abs=1e-9)
        assert (seen.laterality, seen.view, seen.intent) == ("R", view, made.intent)
        assert read_spacing(path).rule is SpacingRule.MAGNIFICATION_FACTOR
        assert read_spacing(path).magnification == magnification


def test_the_technique_stands_in_the_header_in_dicom_units(tmp_path):
    """Dose in dGy, exposure in mAs and uAs, materials and agent by their DICOM words."""
    data = pydicom.dcmread(write_galactogram(tmp_path / "a.dcm", drawn(), technique=FULL))
    assert (data.KVP, data.AnodeTargetMaterial, data.FilterMaterial) == (30, "TUNGSTEN", "RHODIUM")
    assert (data.ExposureInuAs, data.OrganDose, data.EntranceDoseInmGy) == (80500, 0.015, 6.1)
    assert (data.BodyPartThickness, data.CompressionForce) == (45, 90)
    assert data.EstimatedRadiographicMagnificationFactor == 1.5
    assert list(data.ImagerPixelSpacing) == pytest.approx([0.105, 0.105])
    assert data.ContrastBolusAgentSequence[0].CodeValue == "109218004"
    assert (data.ContrastBolusVolume, data.ContrastBolusIngredientConcentration) == (0.4, 300)
    modifiers = data.ViewCodeSequence[0].ViewModifierCodeSequence
    assert [item.CodeMeaning for item in modifiers] == ["Spot Compression", "Magnification"]
    assert data.BurnedInAnnotation == "NO"
    scout = pydicom.dcmread(write_galactogram(tmp_path / "s.dcm", drawn()))
    assert "ContrastBolusAgent" not in scout


def test_the_patient_is_obviously_synthetic(tmp_path):
    """Name and number say that there is no person; no private element hides anything."""
    data = pydicom.dcmread(write_galactogram(tmp_path / "a.dcm", drawn(), case="stenosis"))
    assert str(data.PatientName) == "VIRTUAL^STENOSIS"
    assert data.PatientID == "VIRTUAL-STENOSIS"
    assert data.PatientBirthDate == ""
    assert not any(element.tag.is_private for element in data.iterall())


def test_same_arguments_same_bytes_even_in_another_process(tmp_path):
    """No clock, random number or order of a set enters the file."""
    first = write_galactogram(tmp_path / "a.dcm", drawn(), technique=FULL, case="one")
    script = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "import numpy as np\n"
        "from galactolab.dicom import Technique, write_galactogram\n"
        "from galactolab.records import Galactogram\n"
        "pixels = np.arange(204, dtype=np.float32).reshape(12, 17) + 100\n"
        "made = Galactogram(pixels=pixels, spacing_mm=0.07, laterality='L', view='CC')\n"
        "write_galactogram(sys.argv[1], made, technique=Technique(kvp=30), case='one')\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    second = tmp_path / "b.dcm"
    subprocess.run([sys.executable, "-c", script, second, root], check=True)
    third = write_galactogram(tmp_path / "c.dcm", drawn(), technique=Technique(kvp=30), case="one")
    assert second.read_bytes() == third.read_bytes()
    assert first.read_bytes() != third.read_bytes()


def test_identifiers_follow_from_the_content(tmp_path):
    """Views of one case share the study; each different image has its own identifier."""
    base = drawn()
    made = [
        write_galactogram(tmp_path / "1.dcm", base, case="one"),
        write_galactogram(tmp_path / "2.dcm", replace(base, view=View.ML), case="one", number=2),
        write_galactogram(tmp_path / "3.dcm", base, case="two"),
        write_galactogram(tmp_path / "4.dcm", base, case="one", bits=14),
    ]
    data = [pydicom.dcmread(path) for path in made]
    assert len({item.SOPInstanceUID for item in data}) == 4
    assert data[0].StudyInstanceUID == data[1].StudyInstanceUID != data[2].StudyInstanceUID
    assert all(pydicom.uid.UID(item.SOPInstanceUID).is_valid for item in data)


@pytest.mark.parametrize(
    ("keywords", "sentence"),
    [
        ({"case": "Jane Doe"}, "case is 'Jane Doe'"),
        ({"bits": 10}, "bits is 10"),
        ({"photometric": "RGB"}, "photometric is 'RGB'"),
        ({"compression": "zip"}, "compression is 'zip'"),
        ({"number": 0}, "number is 0"),
        ({"technique": Technique(pitch_mm=0.2)}, "pitch_mm is 0.2 mm"),
    ],
)
def test_a_wrong_wish_is_one_sentence(tmp_path, keywords, sentence):
    """It names the argument and the choices, and no file is made."""
    with pytest.raises(GalactolabError, match=sentence):
        write_galactogram(tmp_path / "a.dcm", drawn(), **keywords)
    assert list(tmp_path.iterdir()) == []


def test_what_a_mammography_file_requires_is_asked_for(tmp_path):
    """Without side or view, or with grays that do not fit, nothing is written."""
    for gap in ("laterality", "view"):
        with pytest.raises(GalactolabError, match="set laterality and view"):
            write_galactogram(tmp_path / "a.dcm", replace(drawn(), **{gap: None}))
    too_bright = replace(drawn(), pixels=drawn().pixels + 4000)
    with pytest.raises(GalactolabError, match="12 bits hold 0 to 4095"):
        write_galactogram(tmp_path / "a.dcm", too_bright)
    assert write_galactogram(tmp_path / "a.dcm", too_bright, bits=14).is_file()


def test_where_nothing_can_be_written_it_says_so(tmp_path, monkeypatch):
    """A missing folder, a folder in the way and a full or read-only disk: one sentence each."""
    with pytest.raises(GalactolabError, match=r"'nowhere' for a.dcm does not exist"):
        write_galactogram(tmp_path / "nowhere" / "a.dcm", drawn())
    with pytest.raises(GalactolabError, match="is a folder"):
        write_galactogram(tmp_path, drawn())

    def read_only(_self, _data):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.write_bytes", read_only)
    with pytest.raises(GalactolabError, match=r"cannot be written.*Permission denied"):
        write_galactogram(tmp_path / "a.dcm", drawn())


def test_a_failure_leaves_the_old_file_whole(tmp_path, monkeypatch):
    """The new bytes take the place of the old at once, or not at all."""
    path = write_galactogram(tmp_path / "a.dcm", drawn())
    before = path.read_bytes()

    def half(self, data):
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", half)
    with pytest.raises(GalactolabError, match="No space left"):
        write_galactogram(path, drawn(), case="other")
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.dcm"]


def complaints(path: Path) -> str:
    command = [program("dciodvfy"), path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert "MammographyImageFor" in said
    return "\n".join(line for line in said.splitlines() if line.startswith("Error"))


@pytest.mark.parametrize("intent", INTENTS)
def test_a_strict_validator_finds_no_error(tmp_path, intent):
    """The program dciodvfy accepts each view, side, photometric way, compression, technique."""
    ways = itertools.cycle(itertools.product(PHOTOMETRIC, ("none", "rle")))
    for view, side, technique in itertools.product(View, "LR", (None, FULL)):
        way, compression = next(ways)
        made = replace(drawn(intent), view=view, laterality=side)
        path = write_galactogram(
            tmp_path / "a.dcm",
            made,
            technique=technique,
            photometric=way,
            compression=compression,
        )
        assert complaints(path) == "", (view, side, way, compression)


def test_the_validator_would_notice(tmp_path):
    """The same program does find an error once a required element is gone."""
    path = write_galactogram(tmp_path / "a.dcm", drawn())
    data = pydicom.dcmread(path)
    del data.ImageLaterality
    data.save_as(path)
    assert "Error" in complaints(path)


@pytest.mark.parametrize("intent", INTENTS)
def test_pydicom_and_dcmtk_read_the_same_pixels(tmp_path, intent):
    """Two strangers see what `stored_values` sees, compressed or not."""
    plain = write_galactogram(tmp_path / "plain.dcm", drawn(intent))
    packed = write_galactogram(tmp_path / "packed.dcm", drawn(intent), compression="rle")
    for path in (plain, packed):
        np.testing.assert_array_equal(pydicom.dcmread(path).pixel_array, stored_values(path))
    unpacked = tmp_path / "unpacked.dcm"
    subprocess.run([program("dcmdrle"), packed, unpacked], check=True)
    for path in (plain, unpacked):
        subprocess.run(
            [program("dcmdump"), "+W", tmp_path, path], check=True, stdout=subprocess.DEVNULL
        )
        raw = np.fromfile(tmp_path / f"{path.name}.0.raw", "<u2").reshape(12, 17)
        np.testing.assert_array_equal(raw, stored_values(plain))


def test_dcmtk_shows_dense_as_bright(tmp_path):
    """A stranger's viewer shows more attenuation brighter, for each intent and way."""
    for intent, way in itertools.product(INTENTS, PHOTOMETRIC):
        if (intent, way) == ("FOR PROCESSING", "MONOCHROME2"):
            continue  # counts, asked for as they are, are dark where photons lack
        path = write_galactogram(tmp_path / "a.dcm", drawn(intent), photometric=way)
        picture = tmp_path / "seen.pgm"
        options = ["--no-windowing", "--write-16-bit-pnm"]
        subprocess.run([program("dcm2pnm"), *options, path, picture], check=True)
        seen = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED).astype(int).ravel()
        attenuation = read_galactogram(path).pixels.ravel()
        assert (np.diff(seen[np.argsort(attenuation, kind="stable")]) >= 0).all()
        assert seen[-1] > seen[0]


def test_the_file_needs_no_galactogram_of_its_own_size(tmp_path):
    """One pixel is an image, too."""
    made = Galactogram(pixels=np.ones((1, 1)), spacing_mm=0.1, laterality="R", view="LM")
    assert read_galactogram(write_galactogram(tmp_path / "a.dcm", made)).pixels.tolist() == [[1]]
