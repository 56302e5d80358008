"""Mimics: a ball is a bubble, full ends are under-filling, an even channel is a vein."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from galactolab.modalities import xray
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.reading import DEFAULT, detect_mimics
from galactolab.reading.scene import Scene, scene
from galactolab.records import Finding, Galactogram, Image
from galactolab.terms import FindingType, Mimic
from galactolab.tree import Branch, DuctTree
from tests.reading import drawing

SHAPE = (240, 620)
ROW, MIDDLE = 120.0, 300.0


def seen(thickness: Image, tree: DuctTree) -> Scene:
    """Blur and noise as in an image of 0.1 mm pixels."""
    rng = np.random.default_rng(0)
    blurred = ndimage.gaussian_filter(thickness, 0.5)
    signal = np.asarray(blurred + rng.normal(0, 0.01, thickness.shape), np.float32)
    return scene(signal, tree)


def with_body(*, length_mm: float, width_mm: float, emptiness: float = 1.0) -> Scene:
    """A duct of 2 mm with an ellipsoid on its axis that displaces contrast."""
    thickness = drawing.shadow([([(ROW, 20.0), (ROW, 590.0)], 1.0)], shape=SHAPE)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    across, along = 0.1 * (rows - ROW), 0.1 * (columns - MIDDLE)
    rho2 = (2 * across / width_mm) ** 2 + (2 * along / length_mm) ** 2
    chord = emptiness * width_mm * np.sqrt(np.maximum(1 - rho2, 0))
    tree = drawing.straight_tree((ROW, 20.0), (ROW, 590.0), radius_mm=1.0)
    return seen(np.asarray(np.maximum(thickness - chord, 0), np.float32), tree)


def best(found: list[detect_mimics.Lookalike]) -> float:
    """Return the highest score, 0 where nothing was graded."""
    return max((mimic.score for mimic in found), default=0.0)


@pytest.mark.parametrize("diameter_mm", [0.9, 1.4, 1.8])
def test_an_empty_ball_is_a_bubble_of_its_diameter(diameter_mm: float):
    """Round outline, depth and dome of a ball; the diameter comes from what is missing."""
    found = detect_mimics.bubbles(with_body(length_mm=diameter_mm, width_mm=diameter_mm))
    top = max(found, key=lambda mimic: mimic.score)
    assert top.score > 0.5
    assert top.mimic is Mimic.AIR_BUBBLE
    assert top.evidence["diameter_mm"] == pytest.approx(diameter_mm, abs=0.2)
    assert top.location[1] == pytest.approx(MIDDLE, abs=4)


def test_what_is_long_or_half_full_is_no_bubble():
    """A body twice as long as wide is not round; one that holds contrast is no air."""
    assert best(detect_mimics.bubbles(with_body(length_mm=2.8, width_mm=1.4))) < 0.3
    sponge = with_body(length_mm=1.6, width_mm=1.6, emptiness=0.45)
    assert best(detect_mimics.bubbles(sponge)) < 0.3


def test_a_filling_defect_at_a_bubble_is_flagged_and_keeps_its_type():
    """The concept of CID 6057 stays; the doubt is said beside it."""
    scene_ = with_body(length_mm=1.4, width_mm=1.4)
    finding = Finding(type=FindingType.INTRALUMINAL_FILLING_DEFECT, location=(ROW, MIDDLE))
    far = Finding(type=FindingType.INTRALUMINAL_FILLING_DEFECT, location=(ROW, 450.0))
    flagged = detect_mimics.flagged([finding, far], scene_)
    assert [one.mimic for one in flagged] == [Mimic.AIR_BUBBLE, None]
    assert flagged[0].type is finding.type
    assert "air bubble" in repr(flagged[0])
    why = flagged[0].evidence
    assert why["mimic_likeness_to_an_empty_ball"] > 0.62
    assert 0.8 < why["mimic_long_over_short_axis"] < 1.25
    assert 1.2 < why["mimic_diameter_mm"] < 1.6
    assert why["mimic_score"] > 0.5
    assert flagged[1].evidence == {}
    assert detect_mimics.flagged([], scene_) == []


def forked(*, end_radius_mm: float) -> Scene:
    """A trunk that forks twice; the four ends thin to this radius."""
    places = {0: ((ROW, 60.0), (ROW, 200.0))}
    lines = [([*places[0]], 0.8)]
    branches = [_branch(*places[0], 0.8, 0.8, None)]
    picture = drawing.shadow(lines, shape=SHAPE)
    for number, rise in enumerate((-60.0, 60.0)):
        fork = (ROW + rise * 0.6, 330.0)
        parent = len(branches)
        branches.append(_branch(places[0][1], fork, 0.6, 0.55, 0))
        picture = np.maximum(picture, drawing.shadow([([places[0][1], fork], 0.58)], shape=SHAPE))
        for lift in (-35.0, 35.0):
            end = (fork[0] + lift, 480.0 + 10 * number)
            picture = np.maximum(picture, _tapered(fork, end, 0.45, end_radius_mm))
            branches.append(_branch(fork, end, 0.45, end_radius_mm, parent))
    tree = DuctTree(branches=tuple(branches), spacing_mm=(0.1, 0.1))
    return seen(np.asarray(picture, np.float32), tree)


def _branch(
    first: tuple[float, float],
    last: tuple[float, float],
    wide_mm: float,
    thin_mm: float,
    parent: int | None,
) -> Branch:
    count = int(np.hypot(last[0] - first[0], last[1] - first[1])) + 1
    return Branch(
        path=np.linspace(first, last, count),
        radius_mm=np.linspace(wide_mm, thin_mm, count),
        parent=parent,
    )


def _tapered(
    first: tuple[float, float], last: tuple[float, float], wide_mm: float, thin_mm: float
) -> Image:
    """Return the thickness of a cone, as a row of short tubes."""
    points = np.linspace(first, last, 24)
    radii = np.linspace(wide_mm, thin_mm, 23)
    tubes = [([tuple(points[i]), tuple(points[i + 1])], float(radii[i])) for i in range(len(radii))]
    return drawing.shadow(tubes, shape=SHAPE)


def test_full_ends_everywhere_are_under_filling_and_thin_ones_are_not():
    """Ends that are lost in the noise are the normal case."""
    assert detect_mimics.under_filling(forked(end_radius_mm=0.4)).score > 0.5
    assert detect_mimics.under_filling(forked(end_radius_mm=0.03)).score < 0.1


def test_one_full_end_may_be_an_obstruction_and_is_no_under_filling():
    """A single duct that stops says nothing about the volume injected."""
    assert detect_mimics.under_filling(with_body(length_mm=1, width_mm=1)).score < 0.01


def test_a_long_even_channel_is_a_vein_and_a_tapered_duct_is_not():
    """No duct keeps its width over fifty calibers without a branch."""
    first, last = (ROW, 60.0), (ROW, 420.0)
    even = seen(
        drawing.shadow([([first, last], 0.3)], shape=SHAPE),
        DuctTree(branches=(_branch(first, last, 0.3, 0.3, None),), spacing_mm=(0.1, 0.1)),
    )
    thinning = seen(
        _tapered(first, last, 0.5, 0.15),
        DuctTree(branches=(_branch(first, last, 0.5, 0.15, None),), spacing_mm=(0.1, 0.1)),
    )
    assert best(detect_mimics.veins(even)) > 0.5
    assert best(detect_mimics.veins(thinning)) < 0.1


def test_a_patient_with_too_little_contrast_is_told_from_the_same_patient_filled():
    """A virtual patient, 45 % of the lumina filled, then all of them."""
    full = phantom.make(seed=816, volume_ml=None)
    short = phantom.make(seed=816, volume_ml=0.1 + 0.45 * full.ducts.volume_ml)
    names = []
    for patient in (full, short):
        case = xray.simulate(patient, spacing_mm=0.1, rng=np.random.default_rng(0))
        tree = DEFAULT(case.galactogram).tree
        names.append({m.mimic for m in detect_mimics.lookalikes(case.galactogram, tree)})
    assert Mimic.UNDER_FILLING not in names[0]
    assert Mimic.UNDER_FILLING in names[1]


def test_bubbles_of_a_patient_are_named_where_they_lie():
    """A virtual patient with air in wide ducts."""
    patient = phantom.make(seed=800, lesions=[Plan(kind="air bubbles")], volume_ml=None)
    case = xray.simulate(patient, spacing_mm=0.1, rng=np.random.default_rng(800))
    tree = DEFAULT(case.galactogram).tree
    found = detect_mimics.lookalikes(case.galactogram, tree)
    assert Mimic.AIR_BUBBLE in {mimic.mimic for mimic in found}


def test_no_tree_has_no_mimics():
    """Nothing filled, nothing to mistake."""
    empty = Galactogram(pixels=np.zeros((30, 30)), spacing_mm=0.1)
    assert detect_mimics.lookalikes(empty, DuctTree(branches=(), spacing_mm=(0.1, 0.1))) == ()
