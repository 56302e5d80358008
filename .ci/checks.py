"""Run every check of the project and count: one line per part, the totals at the end.

``lab.py test`` calls this with the Python of the environment. With arguments, only pytest
runs, and they are its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"
NO_CHROMIUM = (
    "no Chromium found; the browser tests need one (Debian, Ubuntu: sudo apt-get install chromium)"
)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
    r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the checks: its name and the Python arguments that run it."""

    name: str
    command: Sequence[str]
    pytest: bool = False


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many checks passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add two counts."""
        return Counts(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        """Write the counts as the last line has them."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def find_chromium() -> str | None:
    """Return the path of an installed Chromium or Chrome, or None."""
    found = (shutil.which(name) for name in CHROMIUM_NAMES)
    usual = (os.path.expandvars(place) for place in CHROMIUM_PLACES)
    return next((path for path in [*found, *usual] if path and Path(path).is_file()), None)


def parts() -> list[Part]:
    """Return all parts, quick ones first."""
    workers = str(min(os.cpu_count() or 1, 4))
    # loadfile keeps the cells of one notebook in one kernel.
    parallel = ["-n", workers, "--dist", "loadfile"]
    pytest = ["-m", "pytest", "-q"]
    lax = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120"]
    return [
        Part(name="ruff check", command=["-m", "ruff", "check"]),
        Part(name="ruff format", command=["-m", "ruff", "format", "--check"]),
        Part(name="mypy", command=["-m", "mypy", "--strict", "galactolab"]),
        Part(name="import-linter", command=["-c", LINT_IMPORTS]),
        Part(name="pytest", command=[*pytest, "-m", "not browser", *parallel], pytest=True),
        Part(name="notebooks", command=[*pytest, *parallel, *lax, "notebooks"], pytest=True),
        Part(name="browser", command=[*pytest, "-m", "browser", "tests"], pytest=True),
    ]


def counts_of(report: Path, code: int) -> Counts:
    """Read pytest's own report; a part that ran nothing or died counts as one failure."""
    try:
        suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 (our own file)
    except (OSError, ET.ParseError):
        return Counts(failed=1)

    def total(key: str) -> int:
        return sum(int(suite.get(key, 0)) for suite in suites)

    failed, skipped = total("failures") + total("errors"), total("skipped")
    # A test that fails and then fails again while it is cleaned up is reported twice.
    passed = max(0, total("tests") - failed - skipped)
    return Counts(passed=passed, failed=max(failed, int(code != 0)), skipped=skipped)


def run_part(part: Part) -> tuple[Counts, str]:
    """Run one part; return its counts and its output."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, *part.command]
        if part.pytest:
            command.append(f"--junitxml={report}")
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if part.pytest:
            return counts_of(report, done.returncode), done.stdout
    ok = done.returncode == 0
    return Counts(passed=int(ok), failed=int(not ok)), done.stdout


def line_of(part: Part, counts: Counts, seconds: float) -> str:
    """Return the one line about a part.

    >>> line_of(Part(name="mypy", command=[]), Counts(passed=1), 2.04)
    'mypy           ok      1 passed, 0 failed, 0 skipped (2.0 s)'
    """
    word = "FAILED" if counts.failed else "ok"
    return f"{part.name:14} {word:7} {counts} ({seconds:.1f} s)"


def run_all() -> Counts:
    """Run all parts and print one line for each, and the output of those that failed."""
    total = Counts()
    for part in parts():
        if part.name == "browser" and find_chromium() is None:
            strict = bool(os.environ.get("CI"))
            print(f"{part.name:14} {'FAILED' if strict else 'skipped':7} {NO_CHROMIUM}")
            total += Counts(failed=int(strict), skipped=int(not strict))
            continue
        started = time.monotonic()
        counts, output = run_part(part)
        print(line_of(part, counts, time.monotonic() - started), flush=True)
        if counts.failed:
            print(output, flush=True)
        total += counts
    return total


def main(arguments: list[str]) -> int:
    """Run everything, or pytest alone with the given arguments."""
    if arguments:
        command = [sys.executable, "-m", "pytest", *arguments]
        return subprocess.call(command, cwd=ROOT)
    total = run_all()
    print(total)
    return int(total.failed > 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("Stopped.")
        sys.exit(130)
