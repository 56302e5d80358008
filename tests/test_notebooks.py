"""Every lesson keeps the contract, and every rule of the contract can be broken."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from citations import cited_notebook
from notebook_contract import broken, source

DEFINITION = '[44 A]: #ref-ducts-44 "Chen et al. 2012"'
ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
NOTEBOOKS = [path for path in NOTEBOOKS if ".ipynb_checkpoints" not in path.parts]


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text, **metadata):
    cell = {"cell_type": "code", "metadata": metadata, "source": text}
    return cell | {"outputs": [], "execution_count": None}


@pytest.fixture
def lesson():
    """A lesson that keeps every rule: title, five sections, one code cell, one citation."""
    made = {
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
        "cells": [
            markdown("# Ducts"),
            markdown("## Objectives\n\n| minutes | you can |\n|---|---|\n| 5 | look |"),
            markdown("## Look\n\n```\n# no heading\n```"),
            code("x = 1\nassert x != 2"),
            markdown("### Closer\n\n## Key points\n\n* One in 8 [[44 A]].\n\n" + DEFINITION),
            markdown("## References\n\n* A book."),
        ],
    }
    return cited_notebook(made)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_keeps_the_contract(path):
    """Nothing stored, short cells, no definitions, sections in order."""
    assert broken(json.loads(path.read_text(encoding="utf-8"))) == []


def test_there_are_lessons():
    """The first notebook and the lesson on findings exist."""
    assert {"00_start_here", "03_findings"} <= {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_loads_no_other_lesson(path):
    """A lesson can be taken alone: no ``%run``, no import of a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert not any("%run" in source(cell) for cell in cells)


def test_a_good_lesson_passes(lesson):
    """The made-up lesson that the other tests spoil breaks nothing."""
    assert broken(lesson) == []


def test_a_stage_to_swap_may_be_defined(lesson):
    """A definition is allowed in the one kind of cell that is made for it."""
    lesson["cells"][3] = code("def stage(galactogram):\n    return mask", tags=["swap-a-stage"])
    assert broken(lesson) == []


SPOILED_CODE = [
    ("\n".join(f"x{i} = {i}" for i in range(13)), "13 lines of code"),
    ("", "is empty"),
    ("def f():\n    return 1", "defines f"),
    ("if True:\n    class A: pass", "defines A"),
    ("x = (", "not plain Python"),
    ("open('/data/secret/a.dcm')", "absolute path"),
    ('open("~/a.dcm")', "absolute path"),
    ('open("C:\\\\a.dcm")', "absolute path"),
    ("import sys\nsys.path.append('..')", "uses 'sys.path'"),
    ("import requests", "uses 'requests'"),
    ("x = 'https://example.com'", "uses 'https://'"),
    ("%pip install x", "uses '%pip'"),
    ("!ls", "uses '!'"),
]


@pytest.mark.parametrize(("text", "complaint"), SPOILED_CODE)
def test_bad_code_is_refused(lesson, text, complaint):
    """One bad cell is named, with what is wrong in it."""
    lesson["cells"][3] = code(text)
    assert any(complaint in sentence for sentence in broken(lesson))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"outputs": [{"output_type": "stream"}]}, "cell 4 has stored outputs"),
        ({"execution_count": 3}, "cell 4 has an execution count"),
    ],
)
def test_stored_results_are_refused(lesson, change, complaint):
    """A lesson travels without what it once showed."""
    lesson["cells"][3] |= change
    assert broken(lesson) == [complaint]


def test_saved_widgets_are_refused(lesson):
    """Widget state in the metadata would be megabytes."""
    lesson["metadata"]["widgets"] = {}
    assert broken(lesson) == ["the metadata hold saved widgets"]


def test_another_kernel_is_refused(lesson):
    """The kernel has the name that every installation has."""
    lesson["metadata"]["kernelspec"]["name"] = "my-env"
    assert broken(lesson) == ["the kernel is 'my-env', but it has to be 'python3'"]


SPOILED_PROSE = [
    ("# Ducts", "## Ducts", "exactly one title"),
    ("### Closer", "# Closer", "exactly one title"),
    ("### Closer", "#### Closer", "leaves out a level"),
    ("## Objectives", "## Aims", "no section 'Objectives'"),
    ("## Key points", "## Points", "no section 'Key points'"),
    ("## References", "## Sources", "no section 'References'"),
    ("| 5 |", "| some |", "state no minutes"),
    ("* One", "One", "key points are no list"),
    ("* <a", "<a", "references are no list"),
    ("## Look", "## Check\n\n## Look", "the sections are in the order"),
    ("* <a", "## More\n\n* <a", "have to be the last section"),
    ("[[44 A]].", "or more.", "a number without a citation: '* One in 8 or more.'"),
    ("in 8 [[44 A]].", "[[44 A]]. In 8.", "a number without a citation: 'In 8.'"),
    ("[[44 A]].", "[4444].", "a number without a citation"),
    ("[[44 A]].", "[444].", "the citation [444] resolves to nothing"),
    ("[[44 A]].", "[44].", "run make cite"),
    ("[[44 A]].", "[[44 B]].", "run make cite"),
    ("2012;132", "2011;132", "run make cite"),
]


@pytest.mark.parametrize(("good", "bad", "complaint"), SPOILED_PROSE)
def test_bad_prose_is_refused(lesson, good, bad, complaint):
    """A heading or block that is missing or out of place is named."""
    spoiled = copy.deepcopy(lesson)
    for cell in spoiled["cells"]:
        cell["source"] = cell["source"].replace(good, bad)
    assert spoiled != lesson
    assert any(complaint in sentence for sentence in broken(spoiled))


NO_FACTS = [
    "Lesson 03 and steps 1 to 3.",
    "`x[12] = 40`",
    "See [lesson 9](03_findings.ipynb), a 2-D picture and T2.",
    "1. First this.",
    "## 3 ways",
]


@pytest.mark.parametrize("text", NO_FACTS)
def test_what_only_reads_like_a_number_needs_no_citation(lesson, text):
    """Code, links, names of lessons and markers of lists state no fact."""
    lesson["cells"].insert(3, markdown(text))
    assert [s for s in broken(lesson) if "number without" in s] == []


@pytest.mark.parametrize("text", ["A row | 12 |", "* 30 mm", "It is 0.5.", "Of 10 % or 12-14"])
def test_a_number_anywhere_needs_a_citation(lesson, text):
    """Table rows, items and sentences are each looked at."""
    lesson["cells"].insert(3, markdown(text))
    assert any("number without" in sentence for sentence in broken(lesson))


def test_citations_are_written_out_once_and_for_all(lesson):
    """Writing out again changes nothing, and takes away what is no longer cited."""
    assert cited_notebook(lesson) == lesson
    lesson["cells"][4] = markdown("## Key points\n\n* None, or 7 [44, inference].")
    made = cited_notebook(lesson)
    assert made["cells"][4]["source"].startswith(
        "## Key points\n\n* None, or 7 [[44 A], [inference]]"
    )
    lesson["cells"][4] = markdown("## Key points\n\n* None.\n\n" + DEFINITION)
    assert "Chen" not in str(cited_notebook(lesson))
