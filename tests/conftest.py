"""Fixtures that several rooms use: a hand-drawn Y, its tree, random numbers, outside files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from galactolab.records import DuctMask
from galactolab.tree import Branch, DuctTree

ROOT = Path(__file__).resolve().parents[1]

# A shared machine may pause any example, so no deadline; on a build server the examples are
# the same at every run, so that a red build can be repeated at home.
settings.register_profile("home", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "home")

Y_DRAWING = """
...........
.....#.....
.....#.....
.....#.....
.....#.....
....#.#....
...#...#...
..#.....#..
.#.......#.
...........
"""


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(20_250)


@pytest.fixture
def y_mask() -> DuctMask:
    """A Y of one-pixel ducts: a trunk of 4 pixels, two diagonal daughters, 0.1 mm pixels."""
    rows = [[letter == "#" for letter in row] for row in Y_DRAWING.split()]
    return DuctMask(pixels=np.array(rows), spacing_mm=(0.1, 0.1))


@pytest.fixture
def y_tree() -> DuctTree:
    """The tree of `y_mask` by hand: it forks at (4, 5) and ends at (8, 1) and (8, 9)."""

    def branch(*points: tuple[int, int], parent: int | None = None) -> Branch:
        path = np.array(points, float)
        return Branch(path=path, radius_mm=np.full(len(path), 0.05), parent=parent)

    trunk = branch((1, 5), (2, 5), (3, 5), (4, 5))
    left = branch((4, 5), (5, 4), (6, 3), (7, 2), (8, 1), parent=0)
    right = branch((4, 5), (5, 6), (6, 7), (7, 8), (8, 9), parent=0)
    return DuctTree(branches=(trunk, left, right), spacing_mm=(0.1, 0.1))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real outside files, which do not travel with the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the outside files (../shared/data) are not on this machine")
    return folder
