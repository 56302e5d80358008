"""JPEG, decoded by GDCM in a process of its own.

Three reasons. GDCM is the one decoder without GPL for lossless JPEG, which mammography
archives use much. On damaged data it may abort the whole process, so it gets one that may
be lost, and the student's kernel lives on. And JPEG decoders fill up what is missing with
gray and say so only on their error stream; the stream of a child can be read, and a
picture that was filled up is refused.

Run as a script, this file is that process: it takes a compressed frame from its standard
input and gives the raw pixels to its standard output.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

# A full mammogram takes about 2 s; whatever takes longer than this does not end.
_PATIENCE_S = 30.0
# How libjpeg says that pixels are wrong. Surplus bytes before a marker are common padding;
# it calls them corrupt too, but they cost no pixel.
_COMPLAINTS = (b"Corrupt JPEG data", b"Premature end", b"Bogus", b"Unsupported", b"Inconsistent")
_HARMLESS = b"extraneous bytes before marker"


def jpeg_pixels(frame: bytes, *, syntax: str, layout: tuple[int, int, int, int, int]) -> bytes:
    """Raw little-endian pixels of a JPEG frame.

    Parameters
    ----------
    frame : bytes
        One compressed frame.
    syntax : str
        UID of the transfer syntax.
    layout : (int, int, int, int, int)
        Rows, columns, bits allocated, bits stored, and 1 for signed values.

    Raises
    ------
    subprocess.SubprocessError
        If the decoder failed, died or did not end.
    ValueError
        If it had to make up pixels.
    """
    # -P: the folder of this file must not come before the standard library.
    command = [sys.executable, "-P", __file__, syntax, *map(str, layout)]
    done = subprocess.run(  # noqa: S603 - our own file, and numbers
        command, input=frame, capture_output=True, timeout=_PATIENCE_S, check=True
    )
    for line in done.stderr.splitlines():
        if _HARMLESS not in line and any(complaint in line for complaint in _COMPLAINTS):
            raise ValueError("made-up pixels")
    return done.stdout


def _decoded(frame: bytes, syntax: str, layout: tuple[int, ...]) -> bytes:
    rows, columns, allocated, stored, signed = layout
    gdcm: Any = importlib.import_module("gdcm")
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    gray = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gray))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    image.SetPixelFormat(gdcm.PixelFormat(1, allocated, stored, stored - 1, signed))
    # GDCM hands its bytes over as text, or nothing where it failed.
    pixels: str = image.GetBuffer()
    return pixels.encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    sys.stdout.buffer.write(
        _decoded(sys.stdin.buffer.read(), sys.argv[1], tuple(map(int, sys.argv[2:])))
    )
