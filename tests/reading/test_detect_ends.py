"""A duct that stops is found beside other ducts, too; ends that hand on their contrast are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactolab.reading import detect_ends
from galactolab.reading.scene import Scene, scene
from galactolab.reading.tips import tips, view_of
from galactolab.records import Image, Mask
from galactolab.terms import FindingType
from galactolab.tree import DuctTree
from tests.reading import drawing

SHAPE = (240, 620)
ROW, FIRST, END = 120.0, 20.0, 400.0


def looked_at(signal: Image, tree: DuctTree, *, breast: Mask | None = None) -> Scene:
    """Return the scene of a thickness with a little noise."""
    noise = np.random.default_rng(0).normal(0, 0.01, signal.shape)
    return scene((signal + noise).astype(np.float32), tree, breast=breast)


def stopped(*others: tuple[list[tuple[float, float]], float]) -> Scene:
    """Return a duct of 1.6 mm that stops, with other ducts added, and the tree of that duct."""
    duct = drawing.shadow([([(ROW, FIRST), (ROW, END)], 0.8)], shape=SHAPE)
    for other in others:
        duct = duct + drawing.shadow([other], shape=SHAPE)
    return looked_at(duct, drawing.straight_tree((ROW, FIRST), (ROW, END), radius_mm=0.8))


def test_a_stop_over_a_thin_duct_that_passes_is_still_a_stop():
    """The thin duct carries a tenth of the contrast on, and comes from elsewhere."""
    alone = detect_ends.terminations(stopped())
    beside = detect_ends.terminations(stopped(([(20.0, 400.0), (220.0, 412.0)], 0.3)))
    assert [f.type for f in beside] == [FindingType.ABRUPT_DUCT_TERMINATION]
    assert abs(beside[0].location[1] - END) < 12
    assert 0.5 < beside[0].score < alone[0].score
    assert alone[0].evidence["strongest_stream_percent"] < 2
    assert 3 < beside[0].evidence["strongest_stream_percent"] < 40


def test_a_duct_that_goes_on_with_half_its_contrast_or_more_does_not_stop():
    """One stream beyond the tip carries on what a trunk hands to a branch."""
    for radius in (0.6, 0.7, 0.8):
        goes_on = stopped(([(ROW, END), (60.0, 619.0)], radius))
        assert detect_ends.terminations(goes_on) == []


def test_a_thin_duct_in_a_wide_tree_may_end():
    """What ends at 0.4 mm is a natural end, however blunt the noise leaves it."""
    duct = drawing.shadow([([(ROW, FIRST), (ROW, END)], 0.2)], shape=SHAPE)
    tree = drawing.straight_tree((ROW, FIRST), (ROW, END), radius_mm=0.2)
    assert detect_ends.terminations(looked_at(duct, tree)) == []


def test_a_tree_that_was_rooted_at_its_stop_is_read_backwards():
    """An orifice lies at the skin: a first point deep in the breast may be a cut end."""
    duct = drawing.shadow([([(ROW, 100.0), (ROW, 619.0)], 0.8)], shape=SHAPE)
    tree = drawing.straight_tree((ROW, 180.0), (ROW, 600.0), radius_mm=0.8)
    duct[:, :180] = 0
    breast = np.ones(SHAPE, bool)
    breast[:, -15:] = False
    (found,) = detect_ends.terminations(looked_at(duct, tree, breast=breast))
    assert abs(found.location[1] - 180) < 12
    at_the_skin = breast.copy()
    at_the_skin[:, :175] = False
    assert detect_ends.terminations(looked_at(duct, tree, breast=at_the_skin)) == []


def test_tips_know_the_duct_before_them():
    """Caliber and course of a tip are those of the duct that leads to it."""
    found = [tip for tip in tips(view_of(stopped()), min_caliber_mm=0.5) if tip.point[1] > 38]
    assert found
    for tip in found:
        assert abs(tip.caliber - 1.6) < 0.25
        assert tip.heading[1] > 0.98
        assert abs(tip.point[1] - 40) < 1.2


def test_a_cut_falls_off_at_once_and_a_fading_end_slowly():
    """What sinks over two millimeters was not cut off."""
    tree = drawing.straight_tree((ROW, FIRST), (ROW, END), radius_mm=0.4)
    duct = drawing.shadow([([(ROW, FIRST), (ROW, END)], 0.4)], shape=SHAPE)
    fading = duct * np.clip((END - np.arange(SHAPE[1])) / 30, 0, 1)
    (cut,) = detect_ends.stops(looked_at(duct, tree))
    assert cut.fall < 0.7
    for end in detect_ends.stops(looked_at(fading.astype(np.float32), tree)):
        assert end.fall > 1.4


def test_a_thin_duct_that_is_cut_off_is_found_in_a_wider_tree():
    """Cut clean, even and alone, a duct of 0.7 mm needs no trunk as thin as itself."""
    trunk = ([(60.0, FIRST), (60.0, 619.0)], 0.6)
    duct = drawing.shadow([trunk, ([(60.0, 100.0), (ROW, 180.0), (ROW, END)], 0.36)], shape=SHAPE)
    whole = drawing.straight_tree((60.0, FIRST), (60.0, 100.0), radius_mm=0.6)
    root = whole.branches[0]
    on = drawing.straight_tree((60.0, 100.0), (60.0, 619.0), radius_mm=0.6).branches[0]
    side = drawing.straight_tree((60.0, 100.0), (ROW, 180.0), (ROW, END), radius_mm=0.36)
    tree = DuctTree(
        branches=(root, replace(on, parent=0), replace(side.branches[0], parent=0)),
        spacing_mm=whole.spacing_mm,
    )
    found = detect_ends.terminations(looked_at(duct, tree))
    assert [round(f.location[1] / 20) for f in found] == [20]
