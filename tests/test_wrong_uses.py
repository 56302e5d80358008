"""Ten wrong uses as a user would make them: each is one sentence, in Python, shell and notebook."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image as Pictures

from galactolab import cli, datasets
from galactolab.dicom import read_galactogram, write_galactogram
from galactolab.errors import GalactolabError
from galactolab.reading import segment, trace
from galactolab.records import Case, DuctMask, Galactogram
from galactolab.terms import Intent
from galactolab.views import Bench, FindingsPanel, ReadingPanel
from galactolab.views.wording import picture_label

Files = dict[str, Path]
_READ = ("missing file", "folder", "PDF", "color photo", "no spacing")


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """What a user might point at by mistake."""
    folder = tmp_path_factory.mktemp("wrong")
    made = {name: folder / f"{name.replace(' ', '_')}.dcm" for name in _READ}
    made["folder"] = folder
    made["PDF"] = folder / "report.pdf"
    made["PDF"].write_bytes(b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n")
    made["color photo"] = folder / "photo.jpg"
    Pictures.fromarray(np.full((60, 80, 3), 120, np.uint8)).save(made["color photo"])
    small = Galactogram(
        pixels=np.linspace(0, 3, 4800, dtype=np.float32).reshape(60, 80),
        spacing_mm=0.1,
        laterality="L",
        view="CC",
        intent=Intent.FOR_PROCESSING,
    )
    good = folder / "good.dcm"
    write_galactogram(good, small)
    made["good"] = good
    _spoil(good, made["no spacing"], _without_spacing)
    return made


def _spoil(good: Path, bad: Path, change: Callable[[pydicom.Dataset], None]) -> None:
    dataset = pydicom.dcmread(good)
    change(dataset)
    dataset.save_as(bad)


def _without_spacing(dataset: pydicom.Dataset) -> None:
    for name in ("ImagerPixelSpacing", "PixelSpacing"):
        if name in dataset:
            delattr(dataset, name)


def is_one_sentence(text: str) -> bool:
    """Tell whether a message is one sentence for a reader: no trace, no line break."""
    words = text.strip()
    return bool(
        words.endswith(".")
        and "\n" not in words
        and "Traceback" not in words
        and 10 < len(words) < 700
        and not re.search(r"\w[.!?] [A-Z]", re.sub(r"\be\.g\. ", "", words))
    )


def sentence_of(call: Callable[[], object]) -> str:
    """Return the sentence of a user's mistake."""
    with pytest.raises(GalactolabError) as told:
        call()
    return str(told.value)


@pytest.mark.parametrize("mistake", _READ)
def test_a_wrong_file_is_one_sentence_in_python(files, mistake):
    """The reader names the file and what is wrong with it."""
    sentence = sentence_of(lambda: read_galactogram(files[mistake]))
    assert is_one_sentence(sentence), sentence
    assert files[mistake].name in sentence


@pytest.mark.parametrize("mistake", _READ)
def test_a_wrong_file_is_one_sentence_in_the_shell(files, tmp_path, capsys, mistake):
    """The command ends with code 2 and one line about the file."""
    code = cli.main(["analyze", str(files[mistake]), "--out", str(tmp_path / "out")])
    said = capsys.readouterr()
    lines = [line for line in (said.out + said.err).splitlines() if files[mistake].name in line]
    assert code == 2
    assert "Traceback" not in said.err
    assert lines
    assert is_one_sentence(lines[0]), lines


@pytest.mark.parametrize("mistake", _READ)
def test_a_wrong_file_is_one_sentence_in_the_notebook(files, mistake):
    """The panel shows the sentence under its controls, without a trace."""
    panel = ReadingPanel(library=_Shelf())
    panel.file.value = str(files[mistake])
    panel.read.click()
    problem = panel.status.problem
    assert is_one_sentence(problem["sentence"]), problem
    assert not problem["trace"]


class _Shelf:
    """A library with nothing in it but an empty breast."""

    def names(self) -> tuple[str, ...]:
        return ("empty",)

    def load(self, name: str, *, view: object) -> Case:
        empty = Galactogram(pixels=np.zeros((80, 60), np.float32), spacing_mm=0.1)
        return Case(galactogram=empty, name=name)


def test_a_wrong_laterality(files, tmp_path):
    """A record refuses a third side; a file that states one is read as "side not stated"."""
    picture = read_galactogram(files["good"])
    sentence = sentence_of(lambda: replace(picture, laterality="X"))
    assert is_one_sentence(sentence), sentence
    assert "'X'" in sentence
    odd = tmp_path / "odd.dcm"
    _spoil(files["good"], odd, lambda dataset: dataset.add_new("ImageLaterality", "CS", "X"))
    assert read_galactogram(odd).laterality is None
    assert "side not stated" in picture_label(read_galactogram(odd))


def test_a_tree_without_ducts():
    """An empty mask is said to be empty, in Python and on the panel that reads it."""
    empty = DuctMask(pixels=np.zeros((80, 60), bool), spacing_mm=0.1)
    tree = trace.tree(empty)
    assert len(tree) == 0  # no duct is an answer and no mistake
    panel = FindingsPanel(_Shelf().load("empty", view="CC"), library=_Shelf())
    assert panel.analysis is None or len(panel.analysis.tree) == 0
    assert "No duct was traced." in panel.tabs.words.value or panel.status.problem["sentence"]


def test_a_negative_scale(files):
    """Python and the bench name the value and what is allowed."""
    picture = read_galactogram(files["good"])
    sentence = sentence_of(lambda: segment.ridges(picture, scale_mm=(-1.0, 2.0)))
    assert is_one_sentence(sentence)
    assert "-1" in sentence
    bench = Bench(segment.ridges, picture, scale_mm=(-2.0, 2.0, 0.1))
    bench.controls["scale_mm"].value = (-1.0, 2.0)
    assert is_one_sentence(bench.status.problem["sentence"])


def test_a_negative_pixel_size_in_the_shell(files, tmp_path, capsys):
    """A spacing below zero is refused with one sentence."""
    out = str(tmp_path / "out")
    code = cli.main(["analyze", str(files["no spacing"]), "--spacing-mm", "-0.1", "--out", out])
    assert code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_case():
    """The sentence lists what there is; the panel takes a name only from its list."""
    sentence = sentence_of(lambda: datasets.load("no-such-case"))
    assert is_one_sentence(sentence)
    assert "no-such-case" in sentence
    panel = ReadingPanel(library=_Shelf())
    panel.status.guard(panel.choose)("no-such-case")
    assert is_one_sentence(panel.status.problem["sentence"]), panel.status.problem


def test_an_output_folder_that_cannot_be_written(files, tmp_path, capsys):
    """A folder below a file can be made by nobody, not even by root."""
    file = tmp_path / "a_file"
    file.write_text("not a folder")
    code = cli.main(["analyze", str(files["good"]), "--out", str(file / "out")])
    said = capsys.readouterr()
    lines = [line for line in said.err.splitlines() if line.strip()]
    assert code == 2
    assert "Traceback" not in said.err
    assert is_one_sentence(lines[-1]), lines


def test_an_output_folder_is_asked_for_in_python(files, tmp_path):
    """Writing a file where none can be is one sentence, too."""
    file = tmp_path / "a_file"
    file.write_text("not a folder")
    picture = read_galactogram(files["good"])
    sentence = sentence_of(lambda: write_galactogram(file / "out" / "x.dcm", picture))
    assert is_one_sentence(sentence), sentence
