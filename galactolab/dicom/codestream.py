"""Compressed frames: where they lie in the file, and how large they say they are.

Knows just enough of JPEG, JPEG-LS and JPEG 2000 to read the size that a stream declares,
so that no decoder is asked to allocate what the DICOM header did not promise; and the
whole of DICOM's run-length encoding.

References
----------
DICOM PS3.5 annex A.4 (encapsulation) and annex G (RLE); ITU-T T.81 B.2.2 (JPEG frame
header); ITU-T T.87 C.2.2 (JPEG-LS); ITU-T T.800 A.5.1 (JPEG 2000 image size).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from galactolab.dicom.content import Content
from galactolab.dicom.errors import refusal

_ITEM = b"\xfe\xff\x00\xe0"
_END = b"\xfe\xff\xdd\xe0"

# Start-of-frame markers of JPEG (without DHT C4, JPG C8, DAC CC) and JPEG-LS (F7).
_FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


def single_frame(content: Content) -> bytes:
    """Bytes of the one compressed frame, its fragments joined.

    Raises
    ------
    DicomReadError
        If the encapsulation is damaged or ends early.
    """
    if content.pixel_length is not None:
        raise refusal(content.name, "it declares compressed pixels but they are not wrapped so")
    data, position, items = content.pixels, 0, []
    while True:
        head = bytes(data[position : position + 8])
        if len(head) < 8:
            raise refusal(content.name, "it is cut short inside its compressed pixel data")
        if head[:4] == _END:
            break
        if head[:4] != _ITEM:
            raise refusal(content.name, "its compressed pixel data are wrapped in a damaged way")
        length = struct.unpack("<L", head[4:])[0]
        position += 8
        missing = position + length - len(data)
        if missing > 0:
            raise refusal(
                content.name, f"it is cut short: {missing} bytes of compressed pixels are missing"
            )
        items.append(data[position : position + length])
        position += length
    # The first item is the table of offsets, which a single frame does not need.
    frame = b"".join(items[1:])
    if not frame:
        raise refusal(content.name, "its compressed pixel data are empty")
    return frame


class StreamSize(NamedTuple):
    """What a compressed stream declares: its size, channels, and bits of each sample."""

    rows: int
    columns: int
    channels: int
    bits: int


def declared_size(frame: bytes) -> StreamSize | None:
    """Size that a compressed stream declares, or None if it begins as no such stream.

    Examples
    --------
    >>> gray = bytes.fromhex("ffd8 ffc0 000b 08 0003 0005 01 011100")
    >>> declared_size(gray)
    StreamSize(rows=3, columns=5, channels=1, bits=8)
    """
    if frame.startswith(b"\xff\xd8"):
        return _jpeg_size(frame)
    start = frame.find(b"\xff\x4f\xff\x51", 0, 1024)  # some writers keep the JP2 boxes in front
    if start < 0 or len(frame) < start + 43:
        return None
    x1, y1, x0, y0 = struct.unpack(">4L", frame[start + 8 : start + 24])
    channels, depth = struct.unpack(">HB", frame[start + 40 : start + 43])
    return StreamSize(y1 - y0, x1 - x0, channels, (depth & 0x7F) + 1)


def _jpeg_size(frame: bytes) -> StreamSize | None:
    position = 2
    while position + 10 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            position += 1
            continue
        if marker in _FRAME_HEADERS:
            bits, rows, columns, channels = struct.unpack(
                ">BHHB", frame[position + 4 : position + 10]
            )
            return StreamSize(rows, columns, channels, bits)
        position += 2 + struct.unpack(">H", frame[position + 2 : position + 4])[0]
    return None


def unpacked_runs(frame: bytes, *, n_planes: int, n_bytes: int) -> list[npt.NDArray[np.uint8]]:
    """Undo DICOM's run-length encoding.

    Parameters
    ----------
    frame : bytes
        Header of 64 bytes and one segment for each byte of a pixel.
    n_planes, n_bytes : int
        How many segments there have to be, and how many bytes each unpacks to.

    Returns
    -------
    list of (n_bytes,) array of uint8
        Most significant byte first.

    Raises
    ------
    ValueError
        If the segments are missing or too short.

    Examples
    --------
    Four times 7 (257 - 253 = 4), then two literal bytes:

    >>> head = bytes([1, 0, 0, 0, 64, 0, 0, 0]) + bytes(56)
    >>> unpacked_runs(head + bytes([253, 7, 1, 8, 9]), n_planes=1, n_bytes=6)
    [array([7, 7, 7, 7, 8, 9], dtype=uint8)]
    """
    header = struct.unpack("<16L", frame[:64])
    if header[0] != n_planes:
        raise ValueError("wrong number of segments")
    ends = [*header[2 : n_planes + 1], len(frame)]
    return [
        _unpacked(frame[begin:end], n_bytes)
        for begin, end in zip(header[1 : n_planes + 1], ends, strict=True)
    ]


def _unpacked(segment: bytes, n_bytes: int) -> npt.NDArray[np.uint8]:
    unpacked, position = bytearray(), 0
    while len(unpacked) < n_bytes:
        code = segment[position]
        if code < 128:
            unpacked += segment[position + 1 : position + 2 + code]
            position += 2 + code
        elif code > 128:
            unpacked += segment[position + 1 : position + 2] * (257 - code)
            position += 2
        else:  # 128 means nothing
            position += 1
        if position > len(segment):
            raise ValueError("segment too short")
    return np.frombuffer(unpacked, np.uint8, count=n_bytes)
