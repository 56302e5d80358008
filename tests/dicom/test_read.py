"""A whole file becomes a record without a word about a patient, or one sentence."""

from __future__ import annotations

import os
import pickle
import random
import re
import subprocess
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pydicom
import pytest

from galactolab.dicom import DicomReadError, read_galactogram, stored_values, write_galactogram
from galactolab.records import Galactogram

from .conftest import drawn, program

NAME = "DOE^JANE"
NAME_BYTES = NAME.encode()
# Elements that have to do with a person, and such as a reader might repeat in a message.
PLANTED = [
    "PatientName",
    "PatientID",
    "InstitutionName",
    "ReferringPhysicianName",
    "OperatorsName",
    "AccessionNumber",
    "StudyDescription",
    "ImageComments",
    "PatientComments",
    "Modality",
    "PhotometricInterpretation",
    "PresentationIntentType",
    "PixelIntensityRelationship",
    "PixelSpacingCalibrationType",
    "ImageLaterality",
    "ViewPosition",
    "BurnedInAnnotation",
    "SOPClassUID",
]
DAMAGED = ["Rows", "BitsStored", "PixelPaddingValue", "NumberOfFrames", "RescaleSlope", "KVP"]


def everything_said(path, caplog, capfd, **keywords) -> str:
    """Whatever a person, a log file or another process could see of one reading."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            seen = read_galactogram(path, **keywords)
            said = [repr(seen), str(seen.source), pickle.dumps(seen).decode("latin-1")]
        except DicomReadError as error:
            said = [str(error), repr(error), pickle.dumps(error).decode("latin-1")]
            said += traceback.format_exception(error)
            said += [repr(error.__context__), repr(error.__cause__)]
    said += [str(warning.message) for warning in warned]
    return "\n".join([*said, caplog.text, *capfd.readouterr()])


@pytest.mark.parametrize("keyword", PLANTED)
def test_no_identifier_comes_out(altered, caplog, capfd, keyword):
    """A name planted in any element appears in no record, message, warning or log."""
    for intent in ("FOR PRESENTATION", "FOR PROCESSING"):
        path = altered(intent=intent, **{keyword: NAME})
        assert NAME_BYTES in path.read_bytes()
        caplog.clear()
        assert NAME not in everything_said(path, caplog, capfd)


@pytest.mark.parametrize("keyword", DAMAGED)
def test_no_identifier_comes_out_of_a_number(altered, caplog, capfd, keyword):
    """A name in the place of a number is refused without being repeated."""
    path = altered()
    data = pydicom.dcmread(path)
    kind = "IS" if keyword == "NumberOfFrames" else "DS"
    data.add(pydicom.DataElement(keyword, "LO", NAME))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data.save_as(path)
    # Where the type says a number, the value is still a name.
    path.write_bytes(
        path.read_bytes().replace(
            b"LO\x08\x00" + NAME_BYTES, kind.encode() + b"\x08\x00" + NAME_BYTES
        )
    )
    caplog.clear()
    assert NAME not in everything_said(path, caplog, capfd)


def test_the_source_is_a_fingerprint_of_the_picture(altered):
    """Another patient name leaves the fingerprint, one other pixel changes it."""
    base = read_galactogram(altered())
    assert re.fullmatch(r"DICOM [0-9a-f]{8}", base.source)
    assert read_galactogram(altered(PatientName=NAME)).source == base.source
    other = np.array(stored_values(altered()), "<u2")
    other[3, 4] += 1
    assert read_galactogram(altered(stored=other)).source != base.source


def test_burned_in_text_needs_somebody_who_looked(altered):
    """Burned In Annotation YES is refused with the way out, and read on request."""
    path = altered(BurnedInAnnotation="YES")
    with pytest.raises(DicomReadError, match="burned_in_annotation_ok=True"):
        read_galactogram(path)
    assert read_galactogram(path, burned_in_annotation_ok=True).pixels.shape == (12, 17)
    assert stored_values(path).shape == (12, 17)


def test_the_grid_is_the_files_own(altered):
    """Rows and columns keep their order: nothing is flipped, cropped or resized."""
    for laterality in "LR":
        path = altered(ImageLaterality=laterality)
        np.testing.assert_array_equal(read_galactogram(path).pixels, stored_values(path))


def test_reading_leaves_the_file_alone(altered):
    """The bytes of the file are the same before and after."""
    path = altered()
    before = path.read_bytes()
    read_galactogram(path)
    assert path.read_bytes() == before


def test_threads_may_read_at_once(altered):
    """Reading is used by several threads; warning filters survive it unchanged."""
    path, filters = altered(Modality="Mg"), list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        sources = {seen.source for seen in pool.map(read_galactogram, [path] * 16)}
    assert len(sources) == 1
    assert list(warnings.filters) == filters


def damaged_copies(data: bytes, n_copies: int, seed: int):
    """Cut, overwrite, remove and insert bytes, half of the time within the header."""
    rng = random.Random(seed)
    for _ in range(n_copies):
        copy = bytearray(data)
        place = rng.randrange(132, len(copy) if rng.random() < 0.5 else min(len(copy), 2500))
        deed = rng.choice(["cut", "flip", "flips", "remove", "insert"])
        if deed == "cut":
            del copy[place:]
        elif deed == "remove":
            del copy[place : place + rng.randrange(1, 9)]
        elif deed == "insert":
            copy[place:place] = rng.randbytes(rng.randrange(1, 9))
        else:
            for _ in range(1 if deed == "flip" else rng.randrange(2, 20)):
                copy[rng.randrange(place, len(copy))] = rng.choice([0, 255, rng.randrange(256)])
        yield bytes(copy)


FORMATS = {
    "plain": (None, 400),
    "implicit": ("dcmconv +ti", 200),
    "big endian": ("dcmconv +tb", 200),
    "deflated": ("dcmconv +td", 200),
    "run-length": ("dcmcrle", 200),
    "JPEG-LS": ("dcmcjpls", 200),
    "lossless JPEG": ("dcmcjpeg +e1", 25),  # each in a process of its own
}


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_files_end_in_a_picture_or_a_sentence(tmp_path, kind):
    """Whatever bytes change: a record or a DicomReadError, never another exception."""
    command, n_copies = FORMATS[kind]
    path = write_galactogram(tmp_path / "whole.dcm", drawn(shape=(20, 31)))
    if command is not None:
        name, *options = command.split()
        subprocess.run([program(name), *options, path, path], check=True, capture_output=True)
    data, ends = path.read_bytes(), set()
    for copy in damaged_copies(data, n_copies, seed=len(data)):
        path.write_bytes(copy)
        try:
            end = read_galactogram(path, spacing_mm=0.1)
        except DicomReadError as error:
            end = error
        ends.add(type(end))
        assert "\n" not in str(end)
        assert getattr(end, "__cause__", None) is None
    assert ends == {Galactogram, DicomReadError}


def test_every_cut_through_the_pixels_is_noticed(tmp_path):
    """A file cut anywhere within its pixel data is refused with the number of lost bytes."""
    path = write_galactogram(tmp_path / "cut.dcm", drawn())
    data = path.read_bytes()
    for lost in (1, 2, 100, 12 * 17 * 2):
        path.write_bytes(data[:-lost])
        with pytest.raises(DicomReadError, match=f"{lost} of 408 bytes"):
            read_galactogram(path)


def test_a_path_may_be_text(altered):
    """A str works as well as a Path."""
    path = altered()
    assert read_galactogram(os.fspath(path)).source == read_galactogram(path).source
