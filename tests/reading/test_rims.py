"""A body lies in a full duct; a gap between ducts has the same ducts on all its sides."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from galactolab.reading import detect, detect_lumen, detect_outline, detect_voids
from galactolab.reading.rims import rim
from galactolab.reading.scene import scene
from galactolab.records import Image
from galactolab.terms import FindingType
from galactolab.tree import DuctTree
from tests.reading import drawing
from tests.reading.test_detect import FIRST, ROW, SHAPE, duct, seen, with_ball


def ring() -> tuple[Image, DuctTree]:
    """Return a duct that parts and meets again around a round gap, and a tree of one side."""
    angle = np.linspace(0, 2 * np.pi, 25)
    around = [(ROW + 8 * np.sin(a), 300 - 8 * np.cos(a)) for a in angle]
    lines = [
        ([(ROW, FIRST), (ROW, 292.0)], 0.6),
        (around, 0.6),
        ([(ROW, 308.0), (ROW, 600.0)], 0.6),
    ]
    half = around[: len(around) // 2 + 1]
    tree = drawing.straight_tree((ROW, FIRST), *half, (ROW, 600.0), radius_mm=0.6)
    return drawing.shadow(lines, shape=SHAPE), tree


def test_a_body_has_more_contrast_before_and_behind_it_than_beside():
    """Along the duct the lumen is full, beside a body there is only its thin rim."""
    thickness, _ = duct(1.0)
    signal = seen(with_ball(thickness, column=300, radius_mm=0.8))
    found = rim(signal, (ROW, 300.0), hole=1.6, level=1.2, step=0.1)
    assert found.width_mm == pytest.approx(2.0, abs=0.15)
    assert found.along == pytest.approx(2.0, abs=0.15)
    assert found.along > 1.6 * found.beside


def test_a_gap_in_a_ring_of_ducts_has_the_same_on_all_sides():
    """The whole is wider than any of its ducts is thick, and no side is a thin rim."""
    thickness, tree = ring()
    # Blur fills half of the gap, as if contrast ran over a body.
    signal = seen(ndimage.gaussian_filter(thickness, 1.5))
    found = rim(signal, (ROW, 300.0), hole=0.9, level=1.1, step=0.1)
    assert found.width_mm > 2 * found.along
    assert found.along < 1.3 * found.beside
    void = max(detect_voids.voids(scene(signal, tree)), key=lambda void: void.hole_mm)
    assert void.floor > 0.4
    assert void.rise < 1.3
    assert all(f.score < 0.5 for f in detect_voids.of_voids([void]))


def test_a_duct_that_turns_away_from_the_beam_holds_no_body():
    """It holds less contrast evenly across, and over a longer way than so small a body has."""
    thickness, tree = duct(0.7)
    columns = np.arange(SHAPE[1])
    share = 1 - 0.5 * np.exp(-0.5 * ((columns - 300) / 11.0) ** 2)
    stage = scene(seen((thickness * share).astype(np.float32)), tree)
    dips = [dip for dip in detect_lumen.dips(stage) if abs(dip.point[1] - 300) < 10]
    assert dips
    graded = detect_lumen.of_lumen(dips, stage)
    assert all(finding.score < 0.5 for finding in graded)


@pytest.mark.parametrize("second_mm", [0.5, 0.6])
def test_a_duct_over_the_edge_of_another_is_no_ectasia(second_mm: float):
    """Together they are wide and hold much, but the profile across them is lopsided."""
    first = drawing.shadow([([(ROW, FIRST), (ROW, 619.0)], 0.95)], shape=SHAPE)
    second = drawing.shadow([([(ROW + 12, FIRST), (ROW + 12, 619.0)], second_mm)], shape=SHAPE)
    tree = drawing.straight_tree((ROW + 4, FIRST), (ROW + 4, 619.0), radius_mm=1.4)
    assert detect_outline.ectasias(scene(seen(first + second), tree)) == []


def test_an_even_wide_duct_is_still_an_ectasia():
    """The same width and one lumen."""
    thickness = drawing.shadow([([(ROW, FIRST), (ROW, 619.0)], 1.4)], shape=SHAPE)
    tree = drawing.straight_tree((ROW, FIRST), (ROW, 619.0), radius_mm=1.4)
    found = detect.in_signal(seen(thickness), tree)
    assert FindingType.DUCT_ECTASIA in [finding.type for finding in found]
