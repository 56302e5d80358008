"""Stored pixel values: as they lie in the file, before any table, slope or inversion.

Strategy: compare first, decode then. What the header declares (rows, columns, bits), what
the compressed stream itself declares, and how many bytes are there have to agree before
anything is allocated; a header that lies costs an error and no memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from galactolab.dicom.codestream import declared_size, single_frame, unpacked_runs
from galactolab.dicom.content import (
    DEFLATED,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    Content,
)
from galactolab.dicom.errors import attempt, refusal
from galactolab.dicom.jpeg import jpeg_pixels

Stored = npt.NDArray[np.integer[Any]]

# Twice the largest mammography detector; above it a header is damaged or hostile.
MOST_PIXELS = 64_000_000

_NATIVE = {IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED}
_RLE = "1.2.840.10008.1.2.5"
_EXTENDED = "1.2.840.10008.1.2.4.51"
_JPEG = {
    "1.2.840.10008.1.2.4.50",
    _EXTENDED,
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
}
# Which of pydicom's decoders reads what; none has a GPL licence.
_DECODERS = {
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.4.201": "pylibjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg",
    "1.2.840.10008.1.2.4.203": "pylibjpeg",
}
_COLORS = {
    "RGB",
    "YBR_FULL",
    "YBR_FULL_422",
    "YBR_PARTIAL_420",
    "YBR_PARTIAL_422",
    "YBR_ICT",
    "YBR_RCT",
    "HSV",
    "ARGB",
    "CMYK",
}
# Objects that have gray pixels and are no picture taken of somebody.
_DERIVED = {
    "SEG": "a segmentation, which marks regions and is no radiograph",
    "RTDOSE": "a radiotherapy dose, which is no radiograph",
    "PMAP": "a parametric map, which is no radiograph",
}


def stored_pixels(content: Content) -> Stored:
    """Pixel values as stored, in the file's own type and grid.

    Returns
    -------
    (M, N) array of uint8, int8, uint16 or int16
        Possibly a read-only view of the file's bytes.

    Raises
    ------
    DicomReadError
        If the file has no single gray frame, or its pixel data are damaged.
    """
    _check_kind(content)
    shape = _shape(content)
    allocated, stored_bits, high_bit, signed = bit_layout(content)
    kind = np.dtype(f"{'i' if signed else 'u'}{allocated // 8}")
    if content.transfer_syntax in _NATIVE:
        values = _native(content, shape, kind)
    elif content.transfer_syntax == _RLE:
        values = _run_length(content, shape, kind)
    elif content.transfer_syntax in {*_DECODERS, *_JPEG}:
        values = _decoded(content, shape, kind)
    else:
        raise refusal(
            content.name, "its pixels are compressed in a way (transfer syntax) that is not read"
        )
    # Bits above the stored ones held overlays once; shifting them out extends the sign.
    above, unused = allocated - 1 - high_bit, allocated - stored_bits
    return (values << above) >> unused if above or unused else values


def bit_layout(content: Content) -> tuple[int, int, int, bool]:
    """Bits allocated, bits stored, high bit, and whether values are signed.

    Raises
    ------
    DicomReadError
        If they are missing, contradict each other or are not 8 or 16 bits wide.
    """
    allocated = content.integer("BitsAllocated")
    if allocated is None:
        raise refusal(content.name, "it does not say how many bits a pixel has")
    if allocated not in (8, 16):
        raise refusal(content.name, f"its pixels have {allocated} bits; 8 or 16 are read")
    stored_bits = content.integer("BitsStored")
    stored_bits = allocated if stored_bits is None else stored_bits
    high_bit = content.integer("HighBit")
    high_bit = stored_bits - 1 if high_bit is None else high_bit
    if not 1 <= stored_bits <= high_bit + 1 <= allocated:
        reason = f"{stored_bits} bits up to bit {high_bit} do not fit into {allocated} bits"
        raise refusal(content.name, f"its pixel layout contradicts itself ({reason})")
    signed = content.integer("PixelRepresentation") or 0
    if signed not in (0, 1):
        raise refusal(content.name, f"its Pixel Representation is {signed} and not 0 or 1")
    return allocated, stored_bits, high_bit, signed == 1


def _check_kind(content: Content) -> None:
    derived = _DERIVED.get(content.text("Modality"))
    if derived:
        raise refusal(content.name, f"it is {derived}")
    if content.floating:
        raise refusal(content.name, "its pixels are floating-point numbers, not stored counts")
    if content.pixel_length == -1:
        raise refusal(content.name, _why_without_pixels(content))
    photometric = content.text("PhotometricInterpretation")
    samples = content.integer("SamplesPerPixel")
    if photometric == "PALETTE COLOR":
        raise refusal(content.name, "its pixels are colors from a palette; only gray is read")
    if photometric in _COLORS or (samples is not None and samples != 1):
        model = f" ({photometric})" if photometric in _COLORS else ""
        raise refusal(content.name, f"it is a color image{model}; only gray is read")
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise refusal(
            content.name,
            "its Photometric Interpretation is neither MONOCHROME1 nor MONOCHROME2",
        )
    frames = content.integer("NumberOfFrames")
    if frames is not None and frames != 1:
        raise refusal(content.name, f"it has {frames} frames; a radiograph has one")


def _why_without_pixels(content: Content) -> str:
    from pydicom.uid import UID

    # The registered name of an object class identifies nobody; anything else stays unsaid.
    said = content.text("SOPClassUID")
    named = attempt(lambda: UID(said).name, name=content.name, reason="its SOP Class is damaged")
    if named and named != said and "Image" not in named:
        return f"it holds no image (its kind is {named.removesuffix(' Storage')})"
    return "it has no pixel data; it holds no image or was cut short"


def _shape(content: Content) -> tuple[int, int]:
    rows, columns = content.integer("Rows"), content.integer("Columns")
    if rows is None or columns is None:
        raise refusal(content.name, "it does not say how many rows and columns it has")
    if rows < 1 or columns < 1:
        raise refusal(content.name, f"it has {rows} rows and {columns} columns, so no image")
    if rows * columns > MOST_PIXELS:
        limit = f"{MOST_PIXELS // 1_000_000} million pixels"
        raise refusal(content.name, f"{rows} x {columns} is more than {limit}, the most read")
    return rows, columns


def _native(content: Content, shape: tuple[int, int], kind: np.dtype[Any]) -> Stored:
    if content.pixel_length is None:
        raise refusal(content.name, "its pixels are compressed but it declares they are not")
    needed = shape[0] * shape[1] * kind.itemsize
    there = min(len(content.pixels), content.pixel_length)
    if there < needed:
        raise refusal(
            content.name,
            f"it is cut short: {needed - there} of {needed} bytes of pixel data are missing",
        )
    big = content.transfer_syntax == EXPLICIT_BIG
    if big and kind.itemsize == 1 and content.pixel_words:
        # Bytes that travel as big-endian 16-bit words change places in each pair.
        padded = content.pixels[: needed + needed % 2]
        pairs = np.frombuffer(padded.tobytes() + b"\0" * (len(padded) % 2), ">u2")
        return pairs.astype("<u2").view(kind)[: shape[0] * shape[1]].reshape(shape)
    order = kind.newbyteorder(">" if big else "<")
    values = np.frombuffer(content.pixels[:needed], order).reshape(shape)
    return values.astype(kind, copy=False)


def _run_length(content: Content, shape: tuple[int, int], kind: np.dtype[Any]) -> Stored:
    frame = single_frame(content)
    planes = attempt(
        lambda: unpacked_runs(frame, n_planes=kind.itemsize, n_bytes=shape[0] * shape[1]),
        name=content.name,
        reason="its run-length encoded (RLE) pixel data are damaged",
    )
    # The most significant byte is stored first.
    joined = np.stack(planes[::-1], axis=-1)
    return (
        joined.reshape(*shape, kind.itemsize)
        .view(kind.newbyteorder("<"))[..., 0]
        .astype(kind, copy=False)
    )


def _decoded(content: Content, shape: tuple[int, int], kind: np.dtype[Any]) -> Stored:
    frame = single_frame(content)
    said = declared_size(frame)
    if said is None:
        raise refusal(content.name, "its compressed pixel data do not begin as such data do")
    if (said.rows, said.columns, said.channels) != (*shape, 1) or said.bits > 8 * kind.itemsize:
        raise refusal(
            content.name,
            f"its header says {shape[0]} x {shape[1]} gray pixels of {8 * kind.itemsize} bits, but "
            f"its compressed data hold {said.rows} x {said.columns} of {said.bits} bits with "
            f"{said.channels} channels",
        )
    if content.transfer_syntax == _EXTENDED and said.bits > 8:
        # GDCM would hand out memory that it never filled.
        raise refusal(
            content.name,
            "its pixels are lossy JPEG of 12 bits, for which there is no decoder here; "
            "decompress it first, e.g. with dcmdjpeg of DCMTK",
        )
    values = attempt(
        lambda: _decode(content, frame, shape),
        name=content.name,
        reason="its compressed pixel data are damaged or not of the kind that it declares",
    )
    if values.shape != shape or values.dtype.itemsize > kind.itemsize:
        raise refusal(content.name, "its compressed pixel data have another size than declared")
    return values.astype(kind, copy=False)


def _decode(content: Content, frame: bytes, shape: tuple[int, int]) -> Stored:
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder

    allocated, stored_bits, _, signed = bit_layout(content)
    if content.transfer_syntax in _JPEG:
        raw = jpeg_pixels(
            frame,
            syntax=content.transfer_syntax,
            layout=(*shape, allocated, stored_bits, int(signed)),
        )
        kind = f"<{'i' if signed else 'u'}{allocated // 8}"
        return np.frombuffer(raw, kind).reshape(shape)
    layout: dict[str, Any] = {
        "rows": shape[0],
        "columns": shape[1],
        "samples_per_pixel": 1,
        "number_of_frames": 1,
        "bits_allocated": allocated,
        "bits_stored": stored_bits,
        "pixel_representation": int(signed),
        "photometric_interpretation": content.text("PhotometricInterpretation"),
        "pixel_keyword": "PixelData",
    }
    values, _meta = get_decoder(content.transfer_syntax).as_array(
        encapsulate([frame], has_bot=False),
        index=0,
        raw=True,
        decoding_plugin=_DECODERS[content.transfer_syntax],
        **layout,
    )
    decoded: Stored = np.ascontiguousarray(values)
    return decoded
