"""The checks count what pytest counts, and a part that ran nothing has failed."""

from __future__ import annotations

import subprocess
import sys

import pytest

import checks
from checks import Counts, Part

MIXED = """
import pytest
def test_good(): pass
def test_bad(): assert False
@pytest.fixture
def broken(): raise OSError
def test_error(broken): pass
@pytest.mark.skip(reason="not here")
def test_skipped(): pass
"""


def part_of(folder, source: str) -> Part:
    """Return a part that runs one made-up test file, away from the project's own settings."""
    (folder / "test_made_up.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = ["-m", "pytest", "-q", f"--rootdir={folder}", "-c", str(folder / "pytest.ini")]
    return Part(name="made up", command=[*command, str(folder)], pytest=True)


def test_passed_failed_and_skipped_are_counted(tmp_path):
    """Failures and errors are failed; the output is kept."""
    counts, output = checks.run_part(part_of(tmp_path, MIXED))
    assert counts == Counts(passed=1, failed=2, skipped=1)
    assert "assert False" in output


def test_a_part_that_ran_nothing_has_failed(tmp_path):
    """No test collected, and pytest not started at all, count as one failure each."""
    assert checks.run_part(part_of(tmp_path, "x = 1"))[0] == Counts(failed=1)
    gone = Part(name="gone", command=["-m", "no_such_module"], pytest=True)
    assert checks.run_part(gone)[0] == Counts(failed=1)


def test_a_part_that_is_no_pytest_counts_once():
    """Exit code 0 is one passed check, any other one failed check."""
    assert checks.run_part(Part(name="a", command=["-c", ""]))[0] == Counts(passed=1)
    assert checks.run_part(Part(name="b", command=["-c", "1/0"]))[0] == Counts(failed=1)


@pytest.mark.parametrize(
    ("on_server", "last"),
    [("", "1 passed, 0 failed, 1 skipped"), ("1", "1 passed, 1 failed, 0 skipped")],
)
def test_without_chromium_the_package_is_named(monkeypatch, capsys, on_server, last):
    """At home the browser part is skipped, on a build server it fails."""
    two = [Part(name="a", command=["-c", ""]), Part(name="browser", command=["-c", "1/0"])]
    monkeypatch.setattr(checks, "parts", lambda: two)
    monkeypatch.setattr(checks, "find_chromium", lambda: None)
    monkeypatch.setenv("CI", on_server)
    assert checks.main([]) == bool(on_server)
    lines = capsys.readouterr().out.splitlines()
    assert "apt-get install chromium" in lines[1]
    assert lines[-1] == last


def test_every_part_is_there():
    """All that the change log promises is checked."""
    names = [part.name for part in checks.parts()]
    assert names[:4] == ["ruff check", "ruff format", "mypy", "import-linter"]
    assert names[4:] == ["pytest", "notebooks", "browser"]


def test_arguments_go_to_pytest():
    """With arguments only pytest runs: its version, here."""
    script = checks.__file__
    done = subprocess.run([sys.executable, script, "--version"], capture_output=True, check=True)
    assert b"pytest" in done.stdout + done.stderr
