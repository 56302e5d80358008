"""References can be looked up, and nothing rests on one that does not exist."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from citations import cited, text_of
from galactolab.clinic import evidence, quiz, references
from galactolab.clinic.citing import cited_names
from galactolab.clinic.rules import rules
from galactolab.errors import GalactolabError
from galactolab.places import data_folder

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
GOOD = (
    '[7]\ntitle = "A book"\nwhere = "A place, 2001"\nurl = "x.org"\ngrade = "C"\nread = "whole"\n'
)


def used() -> set[str]:
    """Return every name that a table, a rule, a question or a lesson cites."""
    names = {name for table in map(evidence.table, evidence.names()) for name in table.sources}
    names |= {name for rule in rules() for name in rule.sources}
    for path in (data_folder() / "quiz").glob("*.toml"):
        for question in quiz.questions(path.stem):
            names |= {*question.references}
            names |= {name for item in question.choices for name in cited_names(item.why)}
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        prose = [text_of(cell) for cell in cells if cell["cell_type"] == "markdown"]
        names |= {name for text in prose for name in cited(text)}
    return names


def test_every_reference_is_used():
    """references.toml holds what facts rest on; the rest is further reading."""
    table = tomllib.loads((data_folder() / "evidence" / "references.toml").read_text("utf-8"))
    assert sorted(set(table) - used()) == []


def test_no_reference_stands_twice():
    """An entry is either used or further reading, and two entries never share a DOI."""
    folder = data_folder() / "evidence"
    first, second = (
        tomllib.loads((folder / name).read_text("utf-8"))
        for name in ("references.toml", "further_reading.toml")
    )
    assert set(first) & set(second) == set()
    dois = [entry["doi"].lower() for entry in (*first.values(), *second.values()) if "doi" in entry]
    assert len(set(dois)) == len(dois)


@pytest.mark.parametrize("entry", references.references().values(), ids=lambda entry: entry.name)
def test_a_reference_can_be_shown(entry):
    """Each has a label, a one-line citation without blanks at its ends, and a short name."""
    assert entry.label == f"{entry.name} {entry.grade}"
    assert "  " not in entry.citation
    assert entry.citation == entry.citation.strip()
    assert entry.short
    assert '"' not in entry.short
    assert entry.doi == "" or entry.doi.startswith("10.")


def write(tmp_path, text):
    path = tmp_path / "references.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_entry_is_read(tmp_path):
    """The made-up entry that the other tests spoil can be read."""
    assert references.read_references(write(tmp_path, GOOD))["7"].citation == (
        "A book. A place, 2001. x.org"
    )


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ('grade = "C"', 'grade = "E"', "'E' is not a valid Grade"),
        ('grade = "C"\n', "", "'grade'"),
        ('read = "whole"', 'read = "all"', "'all' is not a valid Read"),
        ('url = "x.org"\n', "", "cannot be found"),
        ('title = "A book"\n', "", "a title or authors"),
        ("[7]", "[Seven]", "has to be named by a number"),
        ("url", "uri", "uri"),
        ("[7]", "[7", "is no TOML"),
    ],
)
def test_a_bad_entry_names_file_and_entry(tmp_path, good, bad, complaint):
    """One sentence says which file, which entry, and what is wrong."""
    with pytest.raises(GalactolabError, match=r"references\.toml") as caught:
        references.read_references(write(tmp_path, GOOD.replace(good, bad)))
    assert complaint in str(caught.value)
