"""Everything that people read: links lead somewhere, words are spelled as the house spells."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import nbformat
import pytest

from links import ROOT, broken_links
from spelling import FOLDERS, KNOWN, SKIPPED, british, pages

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("notebooks/*.ipynb")])
PAGES = [path for path in PAGES if not path.parent.name.startswith(".")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    """Files exist, and places inside a page exist too; pages elsewhere are not asked for."""
    assert list(broken_links(path)) == []


def test_a_dead_link_is_found(tmp_path):
    """A missing file, a missing place and a missing definition are each named."""
    page = tmp_path / "page.md"
    page.write_text("# One\n\n[a](other.md) [b](#One) [c](#two) `[d](no.md)`\n\n[e]: #ref-9\n")
    assert [sentence.split()[1] for sentence in broken_links(page)] == [
        "other.md",
        "#two",
        "#ref-9",
    ]


@pytest.mark.parametrize(
    "lesson", sorted(ROOT.glob("notebooks/*.ipynb")), ids=lambda path: path.stem
)
def test_the_lists_of_lessons_give_the_minutes_of_the_objectives(lesson):
    """What the README and lesson 00 promise is the sum that the lesson itself states."""
    text = "\n".join(cell.source for cell in nbformat.read(lesson, 4).cells)
    objectives = text.split("## Objectives")[1].split("\n## ")[0]
    minutes = sum(int(number) for number in re.findall(r"^\| (\d+) \|", objectives, re.MULTILINE))
    start = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", 4)
    pages = [(ROOT / "README.md").read_text(), "\n".join(cell.source for cell in start.cells)]
    rows = [line for page in pages for line in page.splitlines() if f"{lesson.name}) |" in line]
    assert rows
    assert {int(row.split("|")[-2]) for row in rows} == {minutes}


def test_american_spelling():
    """No British form in code, data, lessons and pages."""
    assert [sentence for path in pages() for sentence in british(path)] == []


def test_a_british_form_is_found(tmp_path, monkeypatch):
    """The list is not empty, and it spares words that only look alike."""
    monkeypatch.setattr("spelling.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("The colour of a tumour, colored analyses, parameters and paradise.\n")
    assert [sentence.split()[-1] for sentence in british(page)] == ["colour", "tumour"]


def test_no_known_typo():
    """Codespell's dictionary finds none; an environment older than the lock may lack it."""
    if not os.environ.get("CI"):
        pytest.importorskip("codespell_lib")
    command = [sys.executable, "-m", "codespell_lib", "--skip", ",".join(SKIPPED)]
    command += ["--ignore-words-list", ",".join(KNOWN), *FOLDERS]
    command += [page.name for page in sorted(ROOT.glob("*.md"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == ""
    assert done.returncode == 0, done.stderr
