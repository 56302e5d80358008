"""Compressed frames: their declared size, their wrapping, and run-length decoding."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, strategies as st

from galactolab.dicom.codestream import StreamSize, declared_size, unpacked_runs


def packed(data: bytes) -> bytes:
    """Encode bytes as runs of at most 128, the plainest way: for the test only."""
    runs, position = bytearray(), 0
    while position < len(data):
        length = 1
        while (
            position + length < len(data)
            and length < 128
            and data[position + length] == data[position]
        ):
            length += 1
        runs += bytes([257 - length if length > 1 else 0, data[position]])
        position += length
    return bytes(runs)


@given(plane=st.binary(min_size=1, max_size=600))
def test_runs_unpack_to_what_was_packed(plane):
    """Encoding and decoding give the same bytes, whatever their runs."""
    head = struct.pack("<16L", 1, 64, *([0] * 14))
    (seen,) = unpacked_runs(head + packed(plane), n_planes=1, n_bytes=len(plane))
    assert seen.tobytes() == plane


@given(frame=st.binary(max_size=200), n_planes=st.integers(1, 2))
def test_damaged_runs_end_in_a_plain_error(frame, n_planes):
    """Random bytes either decode to the right length or raise; they never hang."""
    try:
        planes = unpacked_runs(frame, n_planes=n_planes, n_bytes=50)
    except (ValueError, IndexError, struct.error):
        return
    assert [len(plane) for plane in planes] == [50] * n_planes


def test_sizes_are_read_from_each_kind_of_stream():
    """JPEG, JPEG-LS and JPEG 2000 declare rows, columns, channels and bits in their own way."""
    jpeg = bytes.fromhex("ffd8 ffe0 0004 0000 ffff c0 0011 08 0140 00f0 03 011100 021100 031100")
    assert declared_size(jpeg) == StreamSize(320, 240, 3, 8)
    jpeg_ls = bytes.fromhex("ffd8 fff7 000b 0c 0010 0020 01 011100")
    assert declared_size(jpeg_ls) == StreamSize(16, 32, 1, 12)
    size = struct.pack(">HH8LHBBB", 41, 0, 105, 57, 5, 7, 100, 50, 0, 0, 1, 13, 1, 1)
    assert declared_size(b"\xff\x4f\xff\x51" + size) == StreamSize(50, 100, 1, 14)


@given(frame=st.binary(max_size=80))
def test_no_bytes_confuse_the_size_reader(frame):
    """Whatever follows a JPEG or JPEG 2000 signature, the answer is a size or None."""
    for beginning in (b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\x4f\xff\x51"):
        said = declared_size(beginning + frame)
        assert said is None or len(said) == 4


def test_two_planes_are_two_segments():
    """A 16-bit pixel has two segments, the most significant byte first."""
    high, low = packed(bytes([1, 1, 2])), packed(bytes([9, 8, 7]))
    head = struct.pack("<16L", 2, 64, 64 + len(high), *([0] * 13))
    planes = unpacked_runs(head + high + low, n_planes=2, n_bytes=3)
    np.testing.assert_array_equal(planes, [[1, 1, 2], [9, 8, 7]])
    with pytest.raises(ValueError, match="segments"):
        unpacked_runs(head + high + low, n_planes=1, n_bytes=3)
