"""The shell's verbs: one sentence for a mistake, exit code 2, and nothing else is lost."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from galactolab import cli
from galactolab.dicom import write_galactogram
from galactolab.records import Galactogram


@pytest.fixture
def duct_file(tmp_path):
    """A small mammography object with one straight duct."""
    pixels = np.full((200, 120), 1000.0, np.float32)
    pixels += np.random.default_rng(1).normal(0, 5, pixels.shape)
    pixels[40:160, 55:65] += 800
    path = tmp_path / "duct.dcm"
    galactogram = Galactogram(pixels=pixels, spacing_mm=0.1, laterality="L", view="CC")
    write_galactogram(path, galactogram)
    return path


def test_analyze_writes_every_file(duct_file, tmp_path):
    """One good file gives JSON, two pictures and a row of the summary; exit code 0."""
    out = tmp_path / "out"
    assert cli.main(["analyze", str(duct_file), "--out", str(out)]) == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == ["duct.json", "duct.mask.png", "duct.overlay.png", "summary.csv"]
    assert json.loads((out / "duct.json").read_text())["image"]["laterality"] == "L"


def test_one_bad_file_costs_the_others_nothing(duct_file, tmp_path, capsys):
    """A text file among images gives its sentence and exit code 2; the image is still read."""
    bad = tmp_path / "notes.txt"
    bad.write_text("no image")
    out = tmp_path / "out"
    assert cli.main(["analyze", str(bad), str(duct_file), "--out", str(out)]) == 2
    assert "notes.txt" in capsys.readouterr().err
    with (out / "summary.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows["duct"]["error"] == ""
    assert "notes.txt" in rows["notes.txt"]["error"]
    assert (out / "duct.json").exists()


def test_equal_names_do_not_overwrite_each_other(tmp_path):
    """Two files of one name from two folders keep two results, whatever the order."""
    pairs = cli._named(["a/case.dcm", "b/case.dcm", "c/case-2.dcm"])
    assert [name for _, name in pairs] == ["case", "case-2", "case-2-2"]


def test_a_defect_in_one_file_costs_the_others_nothing(duct_file, tmp_path, capsys, monkeypatch):
    """Even an error that is our own fault stops only its own file."""
    from galactolab import report

    written = report.write

    def failing(analysis, galactogram, folder, *, name):
        if name == "duct":
            raise ZeroDivisionError
        return written(analysis, galactogram, folder, name=name)

    monkeypatch.setattr(report, "write", failing)
    out = tmp_path / "out"
    code = cli.main(["analyze", str(duct_file), str(duct_file), "--out", str(out)])
    assert code == 2
    assert "defect of galactolab" in capsys.readouterr().err
    assert (out / "duct-2.json").exists()


def test_info_says_what_a_file_holds(duct_file, capsys):
    """One line with size, spacing, side and view."""
    assert cli.main(["info", str(duct_file)]) == 0
    assert "200 x 120 px at 0.1 mm, L CC" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told(duct_file, tmp_path, capsys):
    """The sentence names the folder."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert cli.main(["analyze", str(duct_file), "--out", str(locked / "out")]) == 2
    assert "locked" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(duct_file, tmp_path, capsys):
    """An output folder below a file cannot exist; the sentence names it."""
    (tmp_path / "file").write_text("")
    assert cli.main(["analyze", str(duct_file), "--out", str(tmp_path / "file" / "out")]) == 2
    assert "file/out" in capsys.readouterr().err.replace("\\", "/")


def test_the_module_is_the_command():
    """``python -m galactolab`` answers like the installed command."""
    done = subprocess.run(
        [sys.executable, "-m", "galactolab", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("galactolab ")
