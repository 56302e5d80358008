"""A body is seen wherever it lies in the contrast; gaps between ducts are no bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactolab.reading import detect, detect_several, detect_voids
from galactolab.reading.scene import scene
from galactolab.records import Finding, Image
from galactolab.terms import FindingType
from galactolab.tree import DuctTree
from tests.reading import drawing
from tests.reading.test_detect import FIRST, ROW, SHAPE, seen, with_ball

BODY = FindingType.INTRALUMINAL_FILLING_DEFECT


def forked() -> tuple[Image, DuctTree]:
    """Return a trunk that parts in the middle of the picture, and a tree of the trunk alone."""
    lines = [
        ([(ROW, FIRST), (ROW, 300.0)], 1.3),
        ([(ROW, 300.0), (40.0, 619.0)], 1.0),
        ([(ROW, 300.0), (200.0, 619.0)], 1.0),
    ]
    trunk = drawing.straight_tree((ROW, FIRST), (ROW, 300.0), radius_mm=1.3)
    return drawing.shadow(lines, shape=SHAPE), trunk


def test_a_body_in_a_fork_is_found_though_no_duct_runs_straight_there():
    """Water stands in a dark disc, whatever the tree around it looks like."""
    thickness, tree = forked()
    signal = seen(with_ball(thickness, column=300, radius_mm=1.1))
    (void,) = [v for v in detect_voids.voids(scene(signal, tree)) if v.hole_mm > 0.5]
    assert np.hypot(void.point[0] - ROW, void.point[1] - 300) < 4
    assert void.size_mm == pytest.approx(2.2, rel=0.3)
    assert detect_voids.of_voids([void])[0].score > 0.9


def test_a_fork_without_a_body_has_no_void():
    """The crotch of a fork is open on one side, so water runs off."""
    thickness, tree = forked()
    graded = detect_voids.of_voids(detect_voids.voids(scene(seen(thickness), tree)))
    assert all(finding.score < 0.5 for finding in graded)


def test_tissue_enclosed_by_crossing_ducts_is_no_body():
    """Four ducts around a square hole: no contrast in it, and wider than the ducts."""
    lines = [
        ([(90.0, FIRST), (90.0, 600.0)], 0.5),
        ([(125.0, FIRST), (125.0, 600.0)], 0.5),
        ([(20.0, 250.0), (220.0, 250.0)], 0.5),
        ([(20.0, 285.0), (220.0, 285.0)], 0.5),
    ]
    around = ((90.0, FIRST), (90.0, 600.0), (125.0, 600.0), (125.0, FIRST))
    tree = drawing.straight_tree(*around, radius_mm=0.5)
    found = detect_voids.voids(scene(seen(drawing.shadow(lines, shape=SHAPE)), tree))
    assert found
    assert all(finding.score < 0.5 for finding in detect_voids.of_voids(found))


def test_a_speck_between_two_ducts_that_touch_is_no_body():
    """A long slit between ducts side by side is not round."""
    lines = [
        ([(ROW - 8, FIRST), (ROW - 5, 300.0), (ROW - 8, 600.0)], 0.5),
        ([(ROW + 8, FIRST), (ROW + 5, 300.0), (ROW + 8, 600.0)], 0.5),
    ]
    tree = drawing.straight_tree((ROW - 6, FIRST), (ROW - 6, 600.0), radius_mm=0.5)
    found = detect_voids.voids(scene(seen(drawing.shadow(lines, shape=SHAPE)), tree))
    assert all(finding.score < 0.5 for finding in detect_voids.of_voids(found))


def body(column: float, *, size_mm: float, score: float = 0.9) -> Finding:
    """Return a filling defect on the axis."""
    return Finding(
        type=BODY, location=(ROW, column), extent_mm=size_mm, branch=0, score=score,
        evidence={"size_mm": size_mm, "missing_contrast_percent": 60.0},
    )  # fmt: skip


def test_two_bodies_together_are_several_and_two_apart_are_not():
    """Eight millimeters part what belongs together from what does not."""
    _, tree = forked()
    stage = scene(np.zeros(SHAPE, np.float32), tree)
    near = detect_several.gathered([body(100, size_mm=1.5), body(150, size_mm=1.6)], stage)
    assert [f.type for f in near] == [FindingType.MULTIPLE_FILLING_DEFECT]
    assert near[0].evidence["n_defects"] == 2
    assert near[0].extent_mm == pytest.approx(5.0 + 1.55)
    far = detect_several.gathered([body(100, size_mm=1.5), body(250, size_mm=1.6)], stage)
    assert [f.type for f in far] == [BODY, BODY]


def test_a_speck_beside_a_large_body_does_not_make_it_several():
    """A papilloma with a dark dot beside it stays one body."""
    _, tree = forked()
    stage = scene(np.zeros(SHAPE, np.float32), tree)
    found = detect_several.gathered([body(100, size_mm=4.0), body(150, size_mm=0.8)], stage)
    assert BODY in [f.type for f in found]
    assert FindingType.MULTIPLE_FILLING_DEFECT not in [f.type for f in found]


def test_a_thin_duct_between_two_wide_ones_is_no_narrowing():
    """Without a shoulder on the same branch, there is nothing to be narrower than."""
    lines = [
        ([(60.0, FIRST), (60.0, 600.0)], 0.9),
        ([(180.0, FIRST), (180.0, 600.0)], 0.9),
        ([(60.0, 300.0), (180.0, 300.0)], 0.3),
    ]
    parts = [
        (((60.0, FIRST), (60.0, 300.0)), 0.9, None),
        (((60.0, 300.0), (180.0, 300.0)), 0.3, 0),
        (((180.0, 300.0), (180.0, 600.0)), 0.9, 1),
    ]
    tree = DuctTree(
        spacing_mm=(0.1, 0.1),
        branches=tuple(
            replace(drawing.straight_tree(*ends, radius_mm=radius).branches[0], parent=parent)
            for ends, radius, parent in parts
        ),
    )
    found = detect.in_signal(seen(drawing.shadow(lines, shape=SHAPE)), tree)
    assert FindingType.DUCT_NARROWING not in [finding.type for finding in found]
