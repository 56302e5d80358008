"""A duct that is lost for a stretch is narrowed where it goes on in line; else two ducts end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactolab.reading import detect_breaks
from galactolab.reading.scene import Scene, scene
from galactolab.terms import FindingType
from galactolab.tree import DuctTree
from tests.reading import drawing

SHAPE = (300, 620)
Corners = tuple[tuple[float, float], ...]
BEFORE: Corners = ((100.0, 100.0), (160.0, 160.0), (160.0, 260.0))


def broken(behind: Corners, *, radius_mm: float = 0.5) -> Scene:
    """Return a duct that ends, another one that is reached from its far end, and both traced."""
    trunk: Corners = ((100.0, 20.0), (100.0, 619.0))
    lines = [(trunk, 0.6), (BEFORE, 0.5), (behind, radius_mm)]
    signal = drawing.shadow([(list(line), radius) for line, radius in lines], shape=SHAPE)
    signal = signal + np.random.default_rng(0).normal(0, 0.01, SHAPE)
    pieces = [
        drawing.straight_tree(*line, radius_mm=radius).branches[0]
        for line, radius in [
            (((100.0, 20.0), (100.0, 100.0)), 0.6),
            (((100.0, 100.0), behind[-1]), 0.6),
            (BEFORE, 0.5),
            (behind[::-1], radius_mm),
        ]
    ]
    parents = (None, 0, 0, 1)
    branches = tuple(replace(p, parent=at) for p, at in zip(pieces, parents, strict=True))
    return scene(signal.astype(np.float32), DuctTree(branches=branches, spacing_mm=(0.1, 0.1)))


def scores(seen: Scene) -> list[float]:
    """Return the scores of all breaks above doubt."""
    return [round(f.score, 2) for f in detect_breaks.of_breaks(seen) if f.score >= 0.5]


def test_a_duct_that_goes_on_behind_a_gap_is_narrowed():
    """Contrast has come through, so the lumen is not closed."""
    found = detect_breaks.of_breaks(broken(((160.0, 310.0), (160.0, 420.0), (100.0, 480.0))))
    best = max(found, key=lambda finding: finding.score)
    assert best.score > 0.5
    assert best.type is FindingType.DUCT_NARROWING
    assert np.hypot(best.location[0] - 160, best.location[1] - 285) < 10
    assert abs(best.extent_mm - 5) < 1.5


def test_an_end_that_faces_another_course_or_width_is_no_break():
    """Aside, aslant, or of another width: another duct."""
    assert scores(broken(((190.0, 310.0), (190.0, 420.0), (100.0, 510.0)))) == []
    assert scores(broken(((230.0, 300.0), (180.0, 400.0), (100.0, 480.0)))) == []
    thin = ((160.0, 310.0), (160.0, 420.0), (100.0, 480.0))
    assert scores(broken(thin, radius_mm=0.22)) == []
