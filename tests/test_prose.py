"""Everything that people read: links lead somewhere, words are spelled as the house spells."""

from __future__ import annotations

import os
import subprocess
import sys

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
