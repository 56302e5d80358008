"""Lesions drawn by hand into tubes of contrast are found and named; plain ducts are silent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from galactolab.errors import GalactolabError
from galactolab.reading import detect, detect_outline
from galactolab.reading.scene import scene
from galactolab.records import Galactogram, Image
from galactolab.terms import FindingType
from galactolab.tree import Branch, DuctTree
from tests.reading import drawing

SHAPE = (240, 620)
ROW = 120.0
FIRST, LAST = 20.0, 590.0


def duct(radius_mm: float, *, last: float = LAST) -> tuple[Image, DuctTree]:
    """Return the thickness of one long duct, and its tree."""
    thickness = drawing.shadow([([(ROW, FIRST), (ROW, last)], radius_mm)], shape=SHAPE)
    tree = drawing.straight_tree((ROW, FIRST), (ROW, last), radius_mm=radius_mm)
    return thickness, tree


def with_ball(thickness: Image, *, column: float, radius_mm: float) -> Image:
    """Return the thickness with a ball on the axis that displaces contrast."""
    rows, columns = np.mgrid[: thickness.shape[0], : thickness.shape[1]]
    away = 0.1 * np.hypot(rows - ROW, columns - column)
    chord = 2 * np.sqrt(np.maximum(radius_mm**2 - away**2, 0))
    return np.asarray(np.maximum(thickness - chord, 0), np.float32)


def narrowed(radius_mm: float, *, share: float, length_mm: float) -> tuple[Image, DuctTree]:
    """Return a duct that narrows smoothly by `share` of its caliber in its middle."""
    columns = np.arange(FIRST, LAST)
    along = np.clip(1 - np.abs(columns - 300) * 0.1 / (length_mm / 2), 0, 1)
    radius = radius_mm * (1 - share * np.sin(0.5 * np.pi * along) ** 2)
    rows = np.arange(SHAPE[0])[:, None]
    picture = np.zeros(SHAPE, np.float32)
    away = 0.1 * np.abs(rows - ROW)
    picture[:, int(FIRST) : int(LAST)] = 2 * np.sqrt(np.maximum(radius**2 - away**2, 0))
    path = np.column_stack([np.full(len(columns), ROW), columns])
    branch = Branch(path=path, radius_mm=radius)
    return picture, DuctTree(branches=(branch,), spacing_mm=(0.1, 0.1))


def seen(thickness: Image, *, noise: float = 0.01) -> Image:
    """Return the signal of a thickness: blurred by half a pixel, and noisy."""
    rng = np.random.default_rng(0)
    blurred = ndimage.gaussian_filter(thickness, 0.5)
    return np.asarray(blurred + rng.normal(0, noise, thickness.shape), np.float32)


def kinds(signal: Image, tree: DuctTree) -> list[FindingType]:
    """Return the types that are found in a signal."""
    return [finding.type for finding in detect.in_signal(signal, tree)]


def test_an_even_duct_that_runs_out_of_the_picture_has_no_finding():
    """A plain tube holds its cross-section: nothing is missing, nothing stops."""
    thickness, tree = duct(0.6, last=619.0)
    assert kinds(seen(thickness), tree) == []


@pytest.mark.parametrize("radius_mm", [0.9, 1.3, 1.8])
def test_a_ball_in_a_duct_is_a_filling_defect_at_its_place(radius_mm: float):
    """The lumen keeps its walls and loses contrast over a length like its width."""
    thickness, tree = duct(radius_mm)
    signal = seen(with_ball(thickness, column=300, radius_mm=0.85 * radius_mm))
    found = [
        finding
        for finding in detect.in_signal(signal, tree)
        if finding.type is FindingType.INTRALUMINAL_FILLING_DEFECT
    ]
    assert len(found) == 1
    assert abs(found[0].location[1] - 300) < 8
    assert found[0].evidence["size_mm"] == pytest.approx(1.7 * radius_mm, rel=0.3)


def test_a_ball_in_the_skin_is_no_filling_defect():
    """Folds of the nipple enclose pale places, too; deeper, the same ball is one."""
    thickness, tree = duct(1.3)
    signal = seen(with_ball(thickness, column=300, radius_mm=1.1))
    for depth_mm, count in ((5.0, 1), (2.0, 0)):
        breast = np.arange(SHAPE[0])[:, None] > ROW - 10 * depth_mm - 4
        found = detect.in_signal(signal, tree, breast=np.broadcast_to(breast, SHAPE))
        defects = [f for f in found if f.type is FindingType.INTRALUMINAL_FILLING_DEFECT]
        assert len(defects) == count


@pytest.mark.parametrize("share", [0.6, 0.75])
def test_a_smooth_stenosis_is_a_narrowing_with_its_percentage(share: float):
    """Densitometry against both shoulders gives the share of caliber that is gone."""
    signal, tree = narrowed(0.6, share=share, length_mm=7.0)
    found = detect.in_signal(seen(signal), tree)
    narrowings = [f for f in found if f.type is FindingType.DUCT_NARROWING]
    assert len(narrowings) == 1
    assert narrowings[0].evidence["stenosis_percent"] == pytest.approx(100 * share, abs=10)
    assert narrowings[0].evidence["reference_caliber_mm"] == pytest.approx(1.2, abs=0.15)


def test_a_slight_narrowing_is_silent():
    """A quarter of the caliber is within what healthy ducts do."""
    signal, tree = narrowed(0.6, share=0.25, length_mm=7.0)
    assert FindingType.DUCT_NARROWING not in kinds(seen(signal), tree)


def test_a_wide_duct_that_ends_at_once_is_an_abrupt_termination():
    """Full cross-section up to a place and nothing on the half circles beyond it."""
    thickness, tree = duct(0.7, last=400.0)
    found = detect.in_signal(seen(thickness), tree)
    assert [f.type for f in found] == [FindingType.ABRUPT_DUCT_TERMINATION]
    assert abs(found[0].location[1] - 400) < 12
    assert found[0].evidence["contrast_around_percent"] < 10


def test_a_duct_that_hands_its_contrast_to_branches_does_not_stop():
    """What leaves a fork crosses the half circles, however the trace names it."""
    lines = [
        ([(ROW, FIRST), (ROW, 300.0)], 0.8),
        ([(ROW, 300.0), (40.0, 619.0)], 0.6),
        ([(ROW, 300.0), (200.0, 619.0)], 0.6),
    ]
    trunk_alone = drawing.straight_tree((ROW, FIRST), (ROW, 300.0), radius_mm=0.8)
    assert kinds(seen(drawing.shadow(lines, shape=SHAPE)), trunk_alone) == []


def test_ectasia_begins_above_two_millimeters():
    """A duct of 2.6 mm far from the nipple is ectatic, one of 1.6 mm is not."""
    for radius, expected in ((1.3, True), (0.8, False)):
        thickness, tree = duct(radius, last=619.0)
        assert (FindingType.DUCT_ECTASIA in kinds(seen(thickness), tree)) is expected


def test_two_ducts_side_by_side_are_no_ectasia():
    """They look as wide as an ectatic duct, but hold less contrast."""
    lines = [
        ([(ROW - 6, FIRST), (ROW - 6, 619.0)], 0.5),
        ([(ROW + 6, FIRST), (ROW + 6, 619.0)], 0.5),
    ]
    merged = drawing.straight_tree((ROW, FIRST), (ROW, 619.0), radius_mm=1.15)
    calibrated = replace(scene(seen(drawing.shadow(lines, shape=SHAPE)), merged), signal_per_mm=1.0)
    assert detect_outline.ectasias(calibrated) == []


def test_findings_do_not_depend_on_the_unit_of_the_signal():
    """All decisions are ratios, or relative to the noise."""
    thickness, tree = duct(1.3)
    signal = seen(with_ball(thickness, column=300, radius_mm=1.1))
    once, scaled = (detect.in_signal(s, tree) for s in (signal, 7 * signal))
    assert [f.type for f in once] == [f.type for f in scaled]
    places = [np.array([f.location for f in found]) for found in (once, scaled)]
    assert places[0] == pytest.approx(places[1], abs=0.5)


def test_a_picture_turned_by_a_quarter_has_the_same_findings_elsewhere():
    """Finding types do not depend on how the breast lies in the picture."""
    signal, tree = narrowed(0.6, share=0.7, length_mm=7.0)
    signal = seen(signal)
    turned = DuctTree(
        spacing_mm=(0.1, 0.1),
        branches=tuple(
            Branch(
                path=np.column_stack([SHAPE[1] - 1 - b.path[:, 1], b.path[:, 0]]),
                radius_mm=b.radius_mm,
            )
            for b in tree.branches
        ),
    )
    assert kinds(np.ascontiguousarray(np.rot90(signal)), turned) == kinds(signal, tree)


def test_no_tree_gives_no_finding_and_no_signal_gives_none():
    """Without ducts there is nothing to report."""
    empty = DuctTree(branches=(), spacing_mm=(0.1, 0.1))
    flat = np.zeros((50, 50), np.float32)
    assert detect.in_signal(flat, empty) == ()
    line = drawing.straight_tree((25.0, 5.0), (25.0, 45.0), radius_mm=0.3)
    assert detect.in_signal(flat, line) == ()


def test_a_tree_of_another_picture_is_refused_in_one_sentence():
    """A tree that reaches beyond the picture does not belong to it."""
    galactogram = Galactogram(pixels=np.zeros((40, 40)), spacing_mm=0.1)
    tree = drawing.straight_tree((5.0, 5.0), (5.0, 300.0))
    with pytest.raises(GalactolabError, match="do not belong together"):
        detect.everything(galactogram, tree)
