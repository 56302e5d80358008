"""A small made-up galactogram with its reading: one Y of ducts, quick to show."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from galactolab.reading import measure
from galactolab.records import Analysis, Case, DuctMask, Finding, Galactogram
from galactolab.terms import FindingType, Intent
from galactolab.tree import Branch, DuctTree

SHAPE, SPACING = (240, 200), (0.1, 0.1)


def _branch(start, end, width_mm, parent=None):
    path = np.linspace(start, end, 60)
    return Branch(path=path, radius_mm=np.full(60, width_mm / 2), parent=parent)


@pytest.fixture(scope="session")
def big_y() -> DuctTree:
    """A trunk that forks into two daughters, all inside 240 x 200 pixels."""
    return DuctTree(
        spacing_mm=SPACING,
        branches=(
            _branch((120, 180), (120, 110), 1.2),
            _branch((120, 110), (60, 40), 0.8, parent=0),
            _branch((120, 110), (180, 40), 0.8, parent=0),
        ),
    )


@pytest.fixture(scope="session")
def reading(big_y) -> Analysis:
    """The Y read without a mistake, with a narrowing and an abrupt end."""
    drawn = np.zeros(SHAPE, np.uint8)
    for branch in big_y.branches:
        points = branch.path[:, ::-1].round().astype(np.int32)
        cv2.polylines(drawn, [points], isClosed=False, color=1, thickness=9)
    findings = (
        Finding(
            type=FindingType.DUCT_NARROWING,
            location=(120, 150),
            extent_mm=2.0,
            branch=0,
            score=0.9,
            evidence={"stenosis_percent": 62.0},
        ),
        Finding(type=FindingType.ABRUPT_DUCT_TERMINATION, location=(60, 40), branch=1, score=0.6),
    )
    return Analysis(
        mask=DuctMask(pixels=drawn.astype(bool), spacing_mm=SPACING),
        tree=big_y,
        measurements=measure.branches(big_y),
        findings=findings,
    )


@pytest.fixture(scope="session")
def galactogram(reading) -> Galactogram:
    """A bright Y on a breast that is brighter than air."""
    pixels = np.random.default_rng(20_251).normal(1.0, 0.02, SHAPE).astype(np.float32)
    pixels[:, 190:] -= 0.9
    pixels += 0.6 * reading.mask.pixels
    return Galactogram(
        pixels=pixels, spacing_mm=SPACING, laterality="L", view="CC", intent=Intent.FOR_PROCESSING
    )


@pytest.fixture
def library(galactogram, reading):
    """Two named cases, one of them with truth, and one that cannot be opened."""

    class Shelf:
        def names(self):
            return ("known", "unknown", "broken")

        def load(self, name, *, view):
            if name == "broken":
                raise RuntimeError("the shelf is empty")
            truth = reading if name == "known" else None
            return Case(galactogram=galactogram, truth=truth, vignette="Age <52>", name=name)

    return Shelf()
