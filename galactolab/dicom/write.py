"""A galactogram becomes a Digital Mammography X-Ray Image file of a virtual patient."""

from __future__ import annotations

import io
import math
import os
import re
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from galactolab.dicom.examination import file_meta
from galactolab.dicom.mammogram import Exposure, data_set
from galactolab.dicom.technique import Technique
from galactolab.errors import GalactolabError, check_between, check_one_of
from galactolab.records import Galactogram
from galactolab.terms import Intent

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_RLE = "1.2.840.10008.1.2.5"
_CASE = re.compile(r"[A-Za-z0-9_-]{1,40}")


def write_galactogram(
    path: str | os.PathLike[str],
    galactogram: Galactogram,
    *,
    technique: Technique | None = None,
    case: str = "unnamed",
    number: int = 1,
    bits: int | None = None,
    photometric: Literal["MONOCHROME1", "MONOCHROME2"] | None = None,
    compression: Literal["none", "rle"] = "none",
) -> Path:
    """Write a Digital Mammography X-Ray Image of a computed, obviously synthetic patient.

    The same arguments give the same bytes: identifiers follow from the content and the
    date is always 1 January 2000. The file appears whole or not at all.

    Parameters
    ----------
    path : path-like
        File to make; its folder has to exist.
    galactogram : Galactogram
        With side and view, which the object requires. FOR PROCESSING attenuation ``a``
        is stored as the count ``(2**bits - 1) * exp(-a)``, which is linear in the X-ray
        intensity (LIN, sign 1), rounded, at least 1: full scale is the beam without an
        object, so attenuation below 0 is cut off there. FOR PRESENTATION grays are
        stored rounded and have to fit into the bits.
    technique : Technique, optional
        What the X-ray room reports.
    case : str
        Name of the virtual patient: letters, digits, ``-`` and ``_``. Views of one case
        share patient and study.
    number : int
        Instance number of this view within the case.
    bits : {12, 14, 16}, optional
        Bits stored; 14 FOR PROCESSING and 12 FOR PRESENTATION by default.
    photometric : {"MONOCHROME1", "MONOCHROME2"}, optional
        By default the one in which more attenuation is shown brighter: MONOCHROME1 FOR
        PROCESSING, MONOCHROME2 FOR PRESENTATION. FOR PRESENTATION values are turned over
        for MONOCHROME1; FOR PROCESSING counts are the same in both.
    compression : {"none", "rle"}
        RLE is lossless.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    GalactolabError
        If side or view is missing, a value does not fit, or the file cannot be written.

    References
    ----------
    DICOM PS3.3 A.27 (Digital Mammography X-Ray Image).

    Examples
    --------
    >>> import tempfile
    >>> from galactolab.dicom import read_galactogram
    >>> raw = Galactogram(
    ...     pixels=[[0.0, 1.0], [2.0, 3.0]], spacing_mm=0.07, laterality="L", view="CC",
    ...     intent="FOR PROCESSING",
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_galactogram(Path(folder) / "raw.dcm", raw)
    ...     read_galactogram(file).pixels.round(3)
    array([[0., 1.],
           [2., 3.]], dtype=float32)
    """
    processing = galactogram.intent is Intent.FOR_PROCESSING
    bits = bits if bits is not None else (14 if processing else 12)
    photometric = photometric or ("MONOCHROME1" if processing else "MONOCHROME2")
    technique = technique or Technique()
    check_one_of("bits", bits, (12, 14, 16))
    check_one_of("photometric", photometric, ("MONOCHROME1", "MONOCHROME2"))
    check_one_of("compression", compression, ("none", "rle"))
    check_between("number", number, 1, 999_999)
    case = checked_case(case)
    if galactogram.laterality is None or galactogram.view is None:
        raise GalactolabError(
            f"{galactogram!r} does not state side and view, but a mammography file has to: "
            "set laterality and view."
        )
    _check_pitch(galactogram, technique)
    stored = _counts(galactogram.pixels, bits) if processing else _grays(galactogram.pixels, bits)
    if photometric == "MONOCHROME1" and not processing:
        stored = np.uint16(2**bits - 1) - stored
    exposure = Exposure(
        stored=stored,
        bits=bits,
        photometric=photometric,
        spacing_mm=galactogram.spacing_mm,
        laterality=galactogram.laterality,
        view=galactogram.view,
        intent=galactogram.intent,
        technique=technique,
        case=case,
        number=int(number),
    )
    return put(Path(path), _encoded(exposure, compression))


def checked_case(case: str) -> str:
    """Return the name of a case, or say how one is written."""
    if not _CASE.fullmatch(case):
        raise GalactolabError(
            f"case is {case!r}, but it has to be 1 to 40 letters, digits, '-' or '_'."
        )
    return case


def _check_pitch(galactogram: Galactogram, technique: Technique) -> None:
    if technique.pitch_mm is None:
        return
    for spacing in galactogram.spacing_mm:
        if not math.isclose(spacing * technique.enlargement, technique.pitch_mm, rel_tol=0.01):
            sentence = (
                f"pitch_mm is {technique.pitch_mm:g} mm, but a spacing of {spacing:g} mm at "
                f"magnification {technique.enlargement:g} needs "
                f"{spacing * technique.enlargement:g} mm."
            )
            raise GalactolabError(sentence)


def _counts(attenuation: npt.NDArray[np.float32], bits: int) -> npt.NDArray[np.uint16]:
    full = 2**bits - 1
    counts = np.exp(-attenuation.clip(0, None))
    counts *= full
    stored: npt.NDArray[np.uint16] = np.rint(counts, out=counts).clip(1, full).astype(np.uint16)
    return stored


def _grays(shown: npt.NDArray[np.float32], bits: int) -> npt.NDArray[np.uint16]:
    full = 2**bits - 1
    rounded = np.rint(shown)
    low, high = float(rounded.min()), float(rounded.max())
    if low < 0 or high > full:
        sentence = (
            f"FOR PRESENTATION pixels go from {low:g} to {high:g}, but {bits} bits hold "
            f"0 to {full}: scale them, or set bits."
        )
        raise GalactolabError(sentence)
    return rounded.astype(np.uint16)


def _encoded(exposure: Exposure, compression: str) -> bytes:
    import pydicom

    elements = data_set(exposure)
    elements.file_meta = file_meta(elements, _EXPLICIT_LITTLE)
    if compression == "rle":
        elements.compress(_RLE, generate_instance_uid=False)
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, elements, enforce_file_format=True)
    return buffer.getvalue()


def put(path: Path, data: bytes) -> Path:
    """Write beside the goal and rename: whoever looks sees the whole file or none."""
    if path.is_dir():
        raise GalactolabError(f"{path.name} is a folder, but a file name is needed to write to.")
    if not path.parent.is_dir():
        raise GalactolabError(f"The folder {path.parent.name!r} for {path.name} does not exist.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        sentence = f"{path.name} cannot be written: the file system says {error.strerror!r}."
        raise GalactolabError(sentence) from error
    return path
