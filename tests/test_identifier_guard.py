"""The guard refuses patients, stored results and home folders, and lets the rest pass."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import identifier_guard

ROOT = Path(__file__).resolve().parents[1]
HOMES = ["/" + "home/ann/a.dcm", "/" + "Users/ann", "/" + "root/x", "C:" + "\\Users\\ann"]


def dicom_file(path: Path, name: str, number: str, *, implicit: bool) -> Path:
    """Write a small DICOM file of a patient with this name and number."""
    import pydicom
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    elements = pydicom.Dataset()
    elements.file_meta = pydicom.dataset.FileMetaDataset()
    syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    elements.file_meta.TransferSyntaxUID = syntax
    elements.file_meta.MediaStorageSOPClassUID = elements.SOPClassUID = CTImageStorage
    elements.file_meta.MediaStorageSOPInstanceUID = elements.SOPInstanceUID = "1.2.3"
    elements.PatientName, elements.PatientID = name, number
    elements.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize(
    ("name", "number", "good"),
    [
        ("VIRTUAL^NORMAL", "VIRTUAL-NORMAL", True),
        ("", "", True),
        ("Doe^Jane", "VIRTUAL-1", False),
        ("VIRTUAL^NORMAL", "12345", False),
    ],
)
def test_only_virtual_patients_pass(tmp_path, name, number, good, implicit):
    """A name or number that is not synthetic keeps a DICOM file out, without being printed."""
    path = dicom_file(tmp_path / "a.bin", name, number, implicit=implicit)
    found = list(identifier_guard.troubles(path))
    assert (found == []) is good
    assert "Doe" not in "".join(found)


@pytest.mark.parametrize("home", HOMES)
def test_home_folders_are_refused(tmp_path, home):
    """A path into somebody's home is named with its line."""
    path = tmp_path / "a.py"
    path.write_text(f"first\npath = '{home}'\n")
    assert list(identifier_guard.troubles(path)) == ["names a home folder in line 2"]


@pytest.mark.parametrize(
    ("cell", "good"),
    [
        ({"outputs": [], "execution_count": None}, True),
        ({"outputs": [{"text": "Doe"}], "execution_count": None}, False),
        ({"outputs": [], "execution_count": 1}, False),
    ],
)
def test_notebooks_with_results_are_refused(tmp_path, cell, good):
    """Results may show what nobody wanted to publish."""
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [cell]}))
    assert (list(identifier_guard.troubles(path)) == []) is good


def test_the_command_line_says_which_file(tmp_path):
    """Exit code 1 and one line for a bad file, 0 for a good one."""
    bad, good = tmp_path / "bad.txt", tmp_path / "good.txt"
    bad.write_text(HOMES[0])
    good.write_text("nothing here")
    script = ROOT / ".ci" / "identifier_guard.py"
    codes = {}
    for path in (bad, good):
        done = subprocess.run(
            [sys.executable, script, path], capture_output=True, text=True, check=False
        )
        codes[path] = done.returncode, done.stdout
    assert codes == {bad: (1, f"{bad} names a home folder in line 1.\n"), good: (0, "")}


def test_the_repository_passes():
    """Everything that is under version control passes the guard."""
    command = ["git", "ls-files", "-z"]  # whichever git the machine has
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this copy of the project is no git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    found = {path.name: list(identifier_guard.troubles(path)) for path in paths if path.is_file()}
    assert {name: sentences for name, sentences in found.items() if sentences} == {}
