"""The floors and doors of the house are kept, and the linter that keeps them is awake."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = "from importlinter.cli import lint_imports_command as run; run()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in `folder`, whatever is installed elsewhere."""
    command = [sys.executable, "-c", LINT, "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the package that may be spoiled."""
    folder = tmp_path_factory.mktemp("house")
    skip = shutil.ignore_patterns("__pycache__", "static")
    shutil.copytree(ROOT / "galactolab", folder / "galactolab", ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_imports_only_go_down():
    """Every contract in pyproject.toml is kept."""
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("records.py", "import galactolab.reading", "Imports only go down"),
        ("cli.py", "import galactolab.views", "Imports only go down"),
        ("patient/__init__.py", "import galactolab.reading", "Imports only go down"),
        ("dicom/__init__.py", "import galactolab.patient", "The archive knows records"),
        ("patient/__init__.py", "import galactolab.imagemath", "The patient knows no image"),
        ("reading/__init__.py", "import pydicom", "Only galactolab.dicom opens DICOM"),
        ("cli.py", "import plotly.graph_objects", "Only galactolab.views draws"),
        ("reading/__init__.py", "import skan", "No room uses"),
        ("views/figures.py", "import ipywidgets", "Figures work without widgets"),
    ],
)
def test_a_forbidden_import_is_caught(copy, module, line, contract):
    """One wrong line in one module breaks the contract that forbids it."""
    file = copy / "galactolab" / module
    before = file.read_text()
    file.write_text(f"{before}\n{line}\n")
    try:
        result = lint(copy)
    finally:
        file.write_text(before)
    broken = [text for text in result.stdout.splitlines() if text.endswith("BROKEN")]
    assert result.returncode != 0
    assert any(text.startswith(contract) for text in broken), result.stdout


def test_a_room_without_a_floor_is_caught(copy):
    """A new module that no floor names breaks the plan."""
    stranger = copy / "galactolab" / "stranger.py"
    stranger.write_text('"""Nobody knows where this belongs."""\n')
    try:
        result = lint(copy)
    finally:
        stranger.unlink()
    assert result.returncode != 0
    assert "galactolab.stranger" in result.stdout
