"""Stored values come back bit for bit, or the file is refused before anything is allocated."""

from __future__ import annotations

import struct
import subprocess
import tracemalloc

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra import numpy as arrays

from galactolab.dicom import DicomReadError, stored_values, write_galactogram

from .conftest import drawn, program

DCMTK = {
    "dcmconv +ti": "implicit",
    "dcmconv +te": "explicit",
    "dcmconv +tb": "big endian",
    "dcmconv +td": "deflated",
    "dcmcrle": "run-length",
    "dcmcjpeg +el": "lossless JPEG, process 14",
    "dcmcjpeg +e1": "lossless JPEG, first-order prediction",
    "dcmcjpls": "JPEG-LS",
}


def with_frame(path, frame: bytes, syntax: str, **elements: object):
    """Replace the pixels of a file with one compressed frame."""
    data = pydicom.dcmread(path)
    data.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    data.PixelData = pydicom.encaps.encapsulate([frame], has_bot=False)
    data["PixelData"].VR = "OB"
    data.save_as(path)
    return path


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stored=st.sampled_from(["u1", "i1", "<u2", "<i2"]).flatmap(
        lambda kind: arrays.arrays(kind, st.tuples(st.integers(1, 9), st.integers(1, 9)))
    )
)
def test_any_grey_array_comes_back(altered, stored):
    """8 and 16 bits, with and without sign, odd sizes: same values, same type, same grid."""
    seen = stored_values(altered(stored=stored))
    np.testing.assert_array_equal(seen, stored)
    assert seen.dtype == stored.dtype
    assert seen.flags.writeable


@pytest.mark.parametrize("command", DCMTK, ids=DCMTK.values())
def test_what_dcmtk_wrote_has_our_values(command, tmp_path):
    """Every lossless transfer syntax that DCMTK writes gives the values that went in."""
    name, *options = command.split()
    path = write_galactogram(tmp_path / "plain.dcm", drawn(shape=(33, 47)))
    other = tmp_path / "other.dcm"
    subprocess.run([program(name), *options, path, other], check=True, capture_output=True)
    np.testing.assert_array_equal(stored_values(other), stored_values(path))


def test_big_endian_bytes_in_words_change_places(altered):
    """Bytes stored as big-endian words are swapped in pairs; an odd number of them, too."""
    stored = np.arange(15, dtype="u1").reshape(3, 5)
    path = altered(stored=stored)
    data = pydicom.dcmread(path)
    swapped = np.frombuffer(data.PixelData, ">u2").astype("<u2").tobytes()
    data.add_new("PixelData", "OW", swapped)
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
    pydicom.dcmwrite(path, data, little_endian=False, implicit_vr=False)
    np.testing.assert_array_equal(stored_values(path), stored)


def test_bits_above_the_stored_ones_do_not_count(altered):
    """An overlay in the high bits vanishes, and the sign of 12 stored bits is extended."""
    values = np.array([[0xF001, 0x0FFF, 0x8800]], "<u2")
    path = altered(stored=values, BitsStored=12, HighBit=11)
    assert stored_values(path).tolist() == [[0x001, 0xFFF, 0x800]]
    path = altered(stored=values, BitsStored=12, HighBit=11, PixelRepresentation=1)
    assert stored_values(path).tolist() == [[1, -1, -2048]]


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"Rows": 65535, "Columns": 65535}, "million pixels"),
        ({"Rows": 7900, "Columns": 7900}, "bytes of pixel data are missing"),
        ({"Rows": 0}, "0 rows"),
        ({"Rows": None}, "rows and columns"),
        ({"BitsAllocated": 32}, "32 bits"),
        ({"BitsAllocated": 12}, "12 bits"),
        ({"BitsAllocated": None}, "how many bits"),
        ({"BitsStored": 17}, "contradicts itself"),
        ({"HighBit": 3}, "contradicts itself"),
        ({"PixelRepresentation": 7}, "Pixel Representation"),
        ({"SamplesPerPixel": 3}, "color"),
        ({"PhotometricInterpretation": "RGB"}, "color image \\(RGB\\)"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette"),
        ({"PhotometricInterpretation": "DOE^JANE"}, "neither MONOCHROME1 nor"),
        ({"NumberOfFrames": 5}, "5 frames"),
        ({"Modality": "SEG"}, "segmentation"),
        ({"PixelData": None}, "no pixel data"),
    ],
)
def test_a_header_that_lies_costs_a_sentence_and_no_memory(altered, elements, reason):
    """What does not fit is refused for its reason, before pixels are allocated."""
    path = altered(**elements)
    tracemalloc.start()
    try:
        with pytest.raises(DicomReadError, match=reason):
            stored_values(path)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_a_stream_of_another_size_is_not_decoded(tmp_path):
    """Header and compressed stream have to agree on the size before a decoder is asked."""
    path = write_galactogram(tmp_path / "jpeg.dcm", drawn())
    sof = struct.pack(">BHHB", 12, 60_000, 60_000, 1)
    frame = b"\xff\xd8\xff\xc3\x00\x0b" + sof + b"\x01\x11\x00\xff\xd9"
    with_frame(path, frame, "1.2.840.10008.1.2.4.70")
    with pytest.raises(DicomReadError, match="60000 x 60000 of 12 bits"):
        stored_values(path)


def test_a_jpeg_that_ends_early_is_refused_and_not_filled_up(tmp_path):
    """Half the entropy-coded data with a proper end marker would decode to gray below."""
    path = write_galactogram(tmp_path / "whole.dcm", drawn(shape=(60, 60)))
    other = tmp_path / "half.dcm"
    for option in ("+e1", "+eb"):
        subprocess.run([program("dcmcjpeg"), option, path, other], check=True, capture_output=True)
        data = pydicom.dcmread(other)
        frame = pydicom.encaps.get_frame(data.PixelData, 0, number_of_frames=1)
        assert stored_values(other).shape == (60, 60)
        half = frame[: (len(frame) * 3) // 4] + b"\xff\xd9"
        with_frame(other, half, data.file_meta.TransferSyntaxUID)
        with pytest.raises(DicomReadError, match="damaged"):
            stored_values(other)


def test_twelve_bit_lossy_jpeg_is_refused_by_its_name(tmp_path):
    """No decoder without GPL reads it: the refusal says so, and what helps."""
    path = write_galactogram(tmp_path / "plain.dcm", drawn())
    other = tmp_path / "extended.dcm"
    subprocess.run([program("dcmcjpeg"), "+ee", path, other], check=True, capture_output=True)
    with pytest.raises(DicomReadError, match=r"lossy JPEG of 12 bits.*dcmdjpeg"):
        stored_values(other)


def test_compressed_and_declared_compression_have_to_agree(tmp_path):
    """Plain pixels declared as JPEG, and wrapped ones declared as plain, are refused."""
    path = write_galactogram(tmp_path / "plain.dcm", drawn())
    data = path.read_bytes()
    plain, jpeg = b"1.2.840.10008.1.2.1\0\x02", b"1.2.840.10008.1.2.4.70"
    head = data.index(plain) - 2
    path.write_bytes(
        data[:head] + struct.pack("<H", len(jpeg)) + jpeg + data[head + 2 + len(plain) - 1 :]
    )
    with pytest.raises(DicomReadError, match=r"not wrapped|no pixel data|damaged"):
        stored_values(path)
