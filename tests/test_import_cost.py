"""The package and its command line start without the heavy libraries."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

HEAVY = (
    "plotly",
    "ipywidgets",
    "anywidget",
    "dask",
    "pydicom",
    "skimage",
    "scipy",
    "cv2",
    "pandas",
)
REPORT = f"import json, sys; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"


def loaded_after(code: str) -> list[str]:
    """Return which heavy libraries a fresh interpreter has loaded after running `code`."""
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"], capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout.splitlines()[-1])


def test_importing_the_package_loads_nothing_heavy():
    """``import galactolab`` waits with everything until it is used."""
    assert loaded_after("import galactolab") == []


@pytest.mark.parametrize("words", [["--help"], ["analyze", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(words):
    """``galactolab --help`` answers before any library is loaded."""
    code = f"""
from galactolab.cli import main
try:
    main({words!r})
except SystemExit as end:
    assert end.code == 0"""
    assert loaded_after(code) == []


@pytest.mark.parametrize("name", ["pydicom", "cv2", "pandas"])
def test_the_measure_sees_a_heavy_import(name):
    """The list is not empty where something heavy is loaded."""
    assert importlib.util.find_spec(name)
    assert name in loaded_after(f"import {name}")
