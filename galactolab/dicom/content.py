"""From the bytes of a file to the few header values that a radiograph needs.

Only the elements in `WANTED` are kept: names, birth dates and free text are stepped
over, so what never enters memory cannot leak from it. The pixels stay where they are,
as a view of the bytes, until `galactolab.dicom.pixels` has compared the declared size
with what is there.
"""

from __future__ import annotations

import math
import os
import stat
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from galactolab.dicom.errors import DicomReadError, attempt, refusal

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MEBIBYTE = 2**20
# A 24 x 30 cm detector with 50 um pixels gives 58 MB; nothing with one frame is larger.
LARGEST_FILE = 256 * MEBIBYTE
# Real headers take some thousand reads, those of a large multi-frame object 100 000. The
# bound ends hostile ones, whose millions of empty elements would take minutes.
MOST_READS = 500_000
# The longest element that is wanted is a Modality LUT, 128 KiB.
LONGEST_VALUE = MEBIBYTE

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"

_DICOMDIR = "1.2.840.10008.1.3.10"
_PIXEL_GROUP = 0x7FE0
_INTEGERS = 0x0010  # Pixel Data
_FLOATS = (0x0008, 0x0009)  # Float and Double Float Pixel Data
_UNDEFINED = 0xFFFFFFFF

WANTED = (
    "SOPClassUID",
    "Modality",
    "PresentationIntentType",
    "BurnedInAnnotation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "RescaleIntercept",
    "RescaleSlope",
    "ModalityLUTSequence",
    "PixelIntensityRelationship",
    "PixelIntensityRelationshipSign",
    "PixelSpacing",
    "PixelSpacingCalibrationType",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
    "DistanceSourceToDetector",
    "DistanceSourceToPatient",
    "ImageLaterality",
    "Laterality",
    "ViewCodeSequence",
    "ViewPosition",
)

_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Content:
    """A parsed file.

    Attributes
    ----------
    name : str
        The file's own name, for messages.
    transfer_syntax : str
        UID of the way the pixels are stored.
    elements : pydicom.Dataset
        The elements of `WANTED` that the file has.
    pixels : memoryview
        All bytes from the beginning of the Pixel Data value to the end of the file.
    pixel_length : int or None
        Length that the Pixel Data element declares; None where it is undefined, as
        compressed pixels have it; -1 where there is no Pixel Data.
    pixel_words : bool
        True where pixels are stored as 16-bit words (OW).
    floating : bool
        True where the pixels are floating-point numbers.
    """

    name: str
    transfer_syntax: str
    elements: Dataset
    pixels: memoryview
    pixel_length: int | None
    pixel_words: bool
    floating: bool

    def value(self, keyword: str) -> Any:  # noqa: ANN401 - a DICOM value has any type
        """Value of an element, or None where it is absent or empty."""

        def looked_up() -> Any:  # noqa: ANN401 - as above
            found = self.elements.get(keyword)
            return None if found is None or found == "" else found

        return attempt(looked_up, name=self.name, reason=f"its {spaced(keyword)} is damaged")

    @property
    def signed(self) -> bool:
        """Whether stored values, and values compared with them, have a sign."""
        return bool(self.value("PixelRepresentation") == 1)

    def text(self, keyword: str) -> str:
        """First value of an element as upper-case text, ``""`` where absent."""
        found = self.value(keyword)
        if found is not None and not isinstance(found, str | bytes) and hasattr(found, "__len__"):
            found = found[0] if len(found) else None
        return "" if found is None else str(found).strip(" \0").upper()

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """All values of an element as finite numbers, ``()`` where absent."""
        found = self.value(keyword)

        def converted() -> tuple[float, ...]:
            if found is None:
                return ()
            if isinstance(found, bytes):
                return tuple(map(float, words_of(found, signed=self.signed)))
            many = not isinstance(found, str) and hasattr(found, "__len__")
            values = tuple(float(one) for one in (found if many else (found,)))
            if not all(map(math.isfinite, values)):
                raise refusal(self.name, f"its {spaced(keyword)} is not a finite number")
            return values

        return attempt(converted, name=self.name, reason=f"its {spaced(keyword)} is not a number")

    def number(self, keyword: str) -> float | None:
        """First value of an element as a number, None where absent."""
        found = self.numbers(keyword)
        return found[0] if found else None

    def integer(self, keyword: str) -> int | None:
        """First value of an element as a whole number, None where absent."""
        found = self.number(keyword)
        if found is None:
            return None
        if found != int(found):
            raise refusal(self.name, f"its {spaced(keyword)} is not a whole number")
        return int(found)

    def items(self, keyword: str) -> tuple[Dataset, ...]:
        """Items of a sequence, ``()`` where absent."""
        found = self.value(keyword)
        return attempt(
            lambda: tuple(found or ()),
            name=self.name,
            reason=f"its {spaced(keyword)} is damaged",
        )


def words_of(raw: bytes, *, signed: bool) -> list[int]:
    """16-bit numbers of an element whose type, in implicit VR, only the pixels tell.

    >>> words_of(bytes([255, 255, 1, 0]), signed=True)
    [-1, 1]
    """
    return [int(word) for word in np.frombuffer(raw, "<i2" if signed else "<u2")]


def spaced(keyword: str) -> str:
    """Name of an element for a reader.

    >>> spaced("ImagerPixelSpacing"), spaced("ModalityLUTSequence"), spaced("SOPClassUID")
    ('Imager Pixel Spacing', 'Modality LUT Sequence', 'SOP Class UID')
    """
    words = ""
    for before, letter, after in zip(" " + keyword, keyword, keyword[1:] + " ", strict=False):
        starts = letter.isupper() and (before.islower() or after.islower())
        words += f" {letter}" if starts and before != " " else letter
    return words


class _Bounded(BytesIO):
    """Bytes that can be asked only so often."""

    reads_left = MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads_left -= 1
        if self.reads_left < 0:
            raise ValueError("endless header")
        return super().read(size)


def read_content(path: str | os.PathLike[str]) -> Content:
    """Read a file and parse its header.

    Raises
    ------
    DicomReadError
        If there is no such file, or it is no DICOM file that can be parsed.
    """
    name, data = _bytes_of(path)
    _check_magic(name, data)
    return attempt(lambda: _parsed(name, data), name=name, reason="its DICOM header is damaged")


def _bytes_of(path: str | os.PathLike[str]) -> tuple[str, bytes]:
    name = ""
    try:
        path = Path(path)
        name = path.name or str(path)
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise refusal(name, "it is a folder; name one DICOM file")
        if not stat.S_ISREG(status.st_mode):
            raise refusal(name, "it is a device or pipe and not a file")
        if status.st_size > LARGEST_FILE:
            size = f"{status.st_size / MEBIBYTE:.0f} MiB"
            limit = f"{LARGEST_FILE // MEBIBYTE} MiB"
            raise refusal(name, f"it has {size}, but one radiograph takes at most {limit}")
        return name, path.read_bytes()
    except FileNotFoundError:
        raise refusal(name, "there is no such file") from None
    except PermissionError:
        raise refusal(name, "you are not permitted to read it") from None
    except OSError as error:
        raise refusal(name, f"the file system says {error.strerror!r}") from None
    except (TypeError, ValueError) as error:
        if isinstance(error, DicomReadError):
            raise
        raise refusal(repr(path)[:80], "that is not the path of a file") from None


def _check_magic(name: str, data: bytes) -> None:
    if not data:
        raise refusal(name, "it is empty (0 bytes)")
    if data[128:132] == b"DICM":
        return
    for beginning, kind in _FOREIGN:
        if data.startswith(beginning):
            raise refusal(name, f"it is {kind} and not a DICOM file")
    raise refusal(name, "it is not a DICOM file (the letters DICM are missing at byte 128)")


def _parsed(name: str, data: bytes) -> Content:
    from pydicom.filereader import read_dataset

    stream = _Bounded(data)
    stream.seek(132)
    meta = read_dataset(
        stream,
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=lambda tag, _vr, _length: tag.group != 2,
    )
    if str(meta.get("MediaStorageSOPClassUID", "")) == _DICOMDIR:
        raise refusal(name, "it is a DICOMDIR, the table of contents of a disc, with no image")
    syntax = str(meta.get("TransferSyntaxUID", "") or "")
    if not syntax:
        raise refusal(name, "it does not say its Transfer Syntax, the way its data are stored")
    if syntax == DEFLATED:
        data = _inflated(name, data[stream.tell() :])
        stream = _Bounded(data)
    return _body(name, data, stream, syntax)


def _inflated(name: str, squeezed: bytes) -> bytes:
    """Undo the deflate of a whole data set, within bounds: a small file may hold terabytes."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = inflater.decompress(squeezed, LARGEST_FILE)
    if inflater.unconsumed_tail:
        limit = f"{LARGEST_FILE // MEBIBYTE} MiB"
        raise refusal(name, f"inflated it has more than {limit}, too much for one radiograph")
    if not inflater.eof:
        raise refusal(name, "it is cut short (the deflated data do not end)")
    return data


def _body(name: str, data: bytes, stream: _Bounded, syntax: str) -> Content:
    from pydicom.datadict import tag_for_keyword
    from pydicom.filereader import read_dataset
    from pydicom.tag import BaseTag

    wanted = [BaseTag(tag_for_keyword(word) or 0) for word in WANTED]
    # Where the walk over the elements stopped: element number, value offset, length, type.
    stop: list[tuple[int, int, int, str | None]] = []

    def at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
        if tag in wanted and LONGEST_VALUE < length < _UNDEFINED:
            raise refusal(name, "its header is damaged: an element is longer than can be")
        if tag.group != _PIXEL_GROUP or tag.element not in {*_FLOATS, _INTEGERS}:
            return False
        stop.append((tag.element, stream.tell(), length, vr))
        return True

    elements = read_dataset(
        stream,
        is_implicit_VR=syntax == IMPLICIT_LITTLE,
        is_little_endian=syntax != EXPLICIT_BIG,
        stop_when=at_pixels,
        specific_tags=list(wanted),
    )
    element, offset, length, vr = stop[0] if stop else (0, len(data), -1, None)
    return Content(
        name=name,
        transfer_syntax=syntax,
        elements=elements,
        pixels=memoryview(data)[offset:],
        pixel_length=None if length == _UNDEFINED else length,
        pixel_words=vr != "OB",
        floating=element in _FLOATS,
    )
