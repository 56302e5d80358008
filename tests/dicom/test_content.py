"""Files that are no DICOM files, and headers that are hostile: one sentence, at little cost."""

from __future__ import annotations

import os
import struct
import zlib

import numpy as np
import pydicom
import pytest
from PIL import Image

from galactolab.dicom import DicomReadError, content, read_galactogram, write_galactogram
from galactolab.dicom.content import LARGEST_FILE, WANTED, read_content

from .conftest import drawn


def refused(path, **keywords) -> str:
    with pytest.raises(DicomReadError) as caught:
        read_galactogram(path, **keywords)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert str(getattr(path, "parent", "/nowhere")) not in sentence
    return sentence


def test_what_is_no_dicom_file_is_called_by_its_name(tmp_path):
    """A missing file, folder, PDF, photograph or empty file is told apart from the others."""
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "photo.jpg")
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "photo.png")
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.7 and so on")
    (tmp_path / "empty.dcm").touch()
    (tmp_path / "text.dcm").write_text("not an image " * 40)
    assert "no such file" in refused(tmp_path / "missing.dcm")
    assert "folder" in refused(tmp_path)
    assert "JPEG picture" in refused(tmp_path / "photo.jpg")
    assert "PNG picture" in refused(tmp_path / "photo.png")
    assert "PDF document" in refused(tmp_path / "page.pdf")
    assert "empty" in refused(tmp_path / "empty.dcm")
    assert "not a DICOM file" in refused(tmp_path / "text.dcm")
    assert "not the path of a file" in refused(None)
    assert "not the path of a file" in refused("a\0b.dcm")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    """Opening a pipe without a writer would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    assert "device or pipe" in refused(tmp_path / "pipe")


def test_a_forbidden_file_says_so(tmp_path, monkeypatch):
    """Missing permission is its own reason; it is simulated because root may read all."""
    path = write_galactogram(tmp_path / "locked.dcm", drawn())

    def forbidden(_self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", forbidden)
    assert "not permitted" in refused(path)


def test_a_name_cannot_forge_a_second_line(tmp_path):
    """A line break in a file name stays out of the sentence."""
    assert "two?lines.dcm" in refused(tmp_path / "two\nlines.dcm")


def test_a_huge_file_is_refused_unread(tmp_path):
    """A sparse file above the limit costs neither memory nor time."""
    path = tmp_path / "huge.dcm"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    assert "MiB" in refused(path)


def test_a_deflated_bomb_does_not_inflate(tmp_path, monkeypatch):
    """A kilobyte that would inflate beyond the limit is stopped at the limit."""
    path = write_galactogram(tmp_path / "bomb.dcm", drawn())
    data = pydicom.dcmread(path)
    data.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    data.save_as(path)
    meta_length = pydicom.filereader.read_file_meta_info(path).FileMetaInformationGroupLength
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezed = squeezer.compress(bytes(2**20)) + squeezer.flush()
    path.write_bytes(path.read_bytes()[: 132 + 12 + meta_length] + squeezed)
    assert "no pixel data" in refused(path) or "damaged" in refused(path)
    monkeypatch.setattr(content, "LARGEST_FILE", 2**19)
    assert "inflated" in refused(path)


def test_endless_headers_are_not_walked(tmp_path, monkeypatch):
    """Empty elements inside an item, whose number nothing else bounds, end the reading."""
    path = write_galactogram(tmp_path / "long.dcm", drawn())
    data = path.read_bytes()
    place = data.index(b"\x08\x00\x18\x22SQ")  # Anatomic Region Sequence
    empty = [struct.pack("<HH2sH", 9, k, b"LO", 0) for k in range(3000)]
    begin = b"\x08\x00\x17\x22SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    end = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    path.write_bytes(data[:place] + begin + b"".join(empty) + end + data[place:])
    assert read_galactogram(path).pixels.shape == (12, 17)
    monkeypatch.setattr(content._Bounded, "reads_left", 2000)
    assert "header is damaged" in refused(path)


def test_a_wanted_element_of_a_size_that_none_has_is_refused(tmp_path):
    """Two megabytes of View Position are damage, or worse."""
    path = write_galactogram(tmp_path / "fat.dcm", drawn())
    data = pydicom.dcmread(path)
    data.add_new("ViewPosition", "UT", "x" * 2**21)
    data.save_as(path)
    assert "longer than can be" in refused(path)


def test_nested_sequences_without_end_are_refused(tmp_path):
    """Ten thousand sequences, each inside the last, end in a sentence and not in the stack."""
    path = write_galactogram(tmp_path / "deep.dcm", drawn())
    data = path.read_bytes()
    place = data.index(b"\x08\x00\x18\x22SQ")
    nest = b"\x08\x00\x17\x22SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 10_000
    path.write_bytes(data[:place] + nest)
    assert "header is damaged" in refused(path)


def test_identifiers_are_not_even_kept_in_memory(altered):
    """Only wanted elements survive the parsing; a name or a birth date is none of them."""
    path = altered(PatientName="DOE^JANE", PatientBirthDate="19600101", InstitutionName="Clinic")
    content = read_content(path)
    keywords = {element.keyword for element in content.elements}
    assert keywords <= {*WANTED, "SpecificCharacterSet"}
    assert not any(word.startswith(("Patient", "Institution", "Study")) for word in keywords)


def test_the_transfer_syntax_has_to_be_stated_and_known(tmp_path):
    """Without it, or with an unknown one, the file is refused for that reason."""
    path = write_galactogram(tmp_path / "syntax.dcm", drawn())
    known = b"1.2.840.10008.1.2.1\0"
    data = path.read_bytes()
    path.write_bytes(data.replace(known, b"1.2.840.10008.1.2.7\0", 1))
    assert "transfer syntax" in refused(path)
    path.write_bytes(data.replace(known, b"\0" * len(known), 1))
    assert "Transfer Syntax" in refused(path)
