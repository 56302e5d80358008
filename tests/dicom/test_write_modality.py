"""Files of every machine are valid DICOM for a stranger, and hold pixels and places."""

from __future__ import annotations

import subprocess

import numpy as np
import pydicom
import pytest

from galactolab.dicom import write_image, write_volume
from galactolab.errors import GalactolabError
from galactolab.terms import Laterality, View
from galactolab.volumes import ModalityImage, Placement, Volume

from .conftest import program

MG = {"view": View.CC, "mgd_mgy": 1.2, "thickness_mm": 45.0, "concentration_mgi_ml": 300.0}


def _placement(step_mm):
    # Slices toward the head, rows toward the middle of the body, columns back.
    steps = np.array([[0, 0, step_mm], [0, -0.5, 0], [0.4, 0, 0]])
    return Placement(origin_mm=np.array([1.0, 2.0, 3.0]), steps_mm=steps)


def _volume(modality, **changed):
    told = {
        "voxels": np.random.default_rng(1).normal(size=(3, 8, 10)).astype(np.float32),
        "spacing_mm": (0.5, 0.4), "slice_mm": 2.0, "modality": modality,
        "technique": "Tomosynthesis" if modality == "MG" else "T1 spoiled gradient echo",
        "unit": "a.u.", "window": (-1.0, 1.0), "placement": _placement(3.0),
        "laterality": Laterality.LEFT,
        "settings": MG if modality == "MG" else {"tr_ms": 5.0, "te_ms": 2.3, "flip_deg": 12.0},
    }  # fmt: skip
    return Volume(**{**told, **changed})


def _image(modality="US", **changed):
    told = {
        "pixels": np.linspace(-60, 0, 77).reshape(7, 11), "spacing_mm": 0.1, "modality": modality,
        "technique": "B-mode" if modality == "US" else "CEM iodine", "unit": "dB",
        "window": (-60.0, 0.0), "laterality": Laterality.RIGHT, "settings": MG,
    }  # fmt: skip
    return ModalityImage(**{**told, **changed})


def _written(tmp_path, record):
    if isinstance(record, ModalityImage):
        return write_image(tmp_path / "image.dcm", record, case="test")
    path = tmp_path / "bto.dcm" if record.modality == "MG" else tmp_path
    return write_volume(path, record, case="test")[0]


RECORDS = {
    "ultrasound": _image(),
    "color Doppler": _image(pixels=np.zeros((6, 5, 3)), technique="color Doppler"),
    "iodine": _image("MG"),
    "low energy": _image("MG", technique="CEM low energy"),
    "tomosynthesis": _volume("MG"),
    "tomosynthesis without contrast": _volume(
        "MG", settings={**MG, "concentration_mgi_ml": 0.0}, laterality=Laterality.RIGHT
    ),
    "magnetic resonance": _volume("MR"),
    "heavily T2-weighted": _volume("MR", technique="T2 MR ductography"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_stranger_finds_no_error(tmp_path, name):
    """The dciodvfy of dicom3tools, written by other people, reports no error."""
    path = _written(tmp_path, RECORDS[name])
    run = subprocess.run(
        [program("dciodvfy"), "-new", str(path)], capture_output=True, text=True, check=False
    )
    lines = (run.stdout + run.stderr).splitlines()
    assert not [line for line in lines if line.startswith("Error")]
    assert lines, "the program said nothing at all"


def test_all_machines_share_the_patient_and_the_study(tmp_path):
    read = [pydicom.dcmread(_written(tmp_path, record)) for record in RECORDS.values()]
    assert len({one.StudyInstanceUID for one in read}) == 1
    assert {str(one.PatientID) for one in read} == {"VIRTUAL-TEST"}
    assert len({one.SOPInstanceUID for one in read}) == len(read)


def test_the_slices_of_a_tomosynthesis_hold_their_values_and_places(tmp_path):
    """Linear counts, and slices 2 mm apart although the free breast is thicker."""
    volume = _volume("MG")
    read = pydicom.dcmread(_written(tmp_path, volume))
    counts = read.pixel_array.astype(float)
    assert counts.shape == volume.voxels.shape
    assert np.corrcoef(counts.ravel(), volume.voxels.ravel())[0, 1] > 0.999999
    places = [
        np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        for frame in read.PerFrameFunctionalGroupsSequence
    ]
    assert np.diff(places, axis=0) == pytest.approx(np.array([[0, 0, 2.0]] * 2))
    # The patient's left is lateral in a left breast; x runs back from the nipple.
    assert places[0] == pytest.approx([2.0, 1.0, 3.0])
    shared = read.SharedFunctionalGroupsSequence[0]
    assert shared.PlaneOrientationSequence[0].ImageOrientationPatient == [0, 1, 0, -1, 0, 0]
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [0.5, 0.4]
    assert shared.FrameAnatomySequence[0].FrameLaterality == "L"


def test_lateral_is_toward_the_right_in_a_right_breast(tmp_path):
    volume = _volume("MG", laterality=Laterality.RIGHT)
    read = pydicom.dcmread(_written(tmp_path, volume))
    first = read.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
    assert np.array(first.ImagePositionPatient, float) == pytest.approx([-2.0, 1.0, 3.0])


def test_magnetic_resonance_writes_one_file_for_each_slice(tmp_path):
    volume = _volume("MR")
    files = write_volume(tmp_path, volume, case="test")
    read = [pydicom.dcmread(file) for file in files]
    assert [one.InstanceNumber for one in read] == [1, 2, 3]
    assert len({one.SeriesInstanceUID for one in read}) == 1
    assert float(read[0].RepetitionTime) == 5.0
    stack = np.stack([one.pixel_array for one in read]).astype(float)
    assert np.corrcoef(stack.ravel(), volume.voxels.ravel())[0, 1] > 0.999999


def test_an_ultrasound_says_how_large_its_pixels_are(tmp_path):
    region = pydicom.dcmread(_written(tmp_path, _image())).SequenceOfUltrasoundRegions[0]
    assert (region.PhysicalDeltaX, region.PhysicalDeltaY) == pytest.approx((0.01, 0.01))


def test_the_iodine_picture_says_that_contrast_went_into_a_vein(tmp_path):
    read = pydicom.dcmread(_written(tmp_path, _image("MG")))
    assert read.ContrastBolusRoute == "Intravenous"
    assert read.ImageType[3] == "SUBTRACTION"


def test_the_same_record_gives_the_same_bytes(tmp_path):
    first = _written(tmp_path, _volume("MG")).read_bytes()
    assert _written(tmp_path, _volume("MG")).read_bytes() == first


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda p: write_image(p / "a.dcm", _image("ES", technique="ductoscopy")), "US and MG"),
        (lambda p: write_volume(p / "a.dcm", _volume("US")), "MG and MR"),
        (lambda p: write_volume(p / "none", _volume("MR")), "'none'"),
        (lambda p: write_volume(p / "a.dcm", _volume("MG", placement=None)), "side and place"),
        (lambda p: write_volume(p / "a.dcm", _volume("MG", settings={})), "view"),
        (lambda p: write_image(p / "a.dcm", _image("MG", settings={})), "side and view"),
        (lambda p: write_image(p / "a.dcm", _image(), case="a b"), "case"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_sentence(tmp_path, write, words):
    with pytest.raises(GalactolabError, match=words) as caught:
        write(tmp_path)
    assert "\n" not in str(caught.value)
