"""Scores give what a pencil gives: perfect for equal, known shares for known faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.reading import score, score_caliber, score_findings, score_lumen, score_tree, trace
from galactolab.records import DuctMask, Finding
from galactolab.terms import FindingType
from tests.reading import drawing

DEFECT = FindingType.INTRALUMINAL_FILLING_DEFECT
STOP = FindingType.ABRUPT_DUCT_TERMINATION


def case(lesions: list[float], false: list[float]) -> score_findings.Marks:
    """Return the marks of a patient with these scores on lesions and beside them."""
    return score_findings.Marks(
        lesion_scores=np.array(lesions, float),
        lesion_types=(DEFECT,) * len(lesions),
        named_right=np.ones(len(lesions), bool),
        false_scores=np.array(false, float),
    )


def test_froc_of_two_patients_by_hand():
    """Thresholds from strict to lenient; lesions without a mark are never found."""
    curve = score_findings.froc([case([0.9, -1.0], [0.8]), case([0.6], [])])
    assert curve.at(0.0) == pytest.approx(1 / 3)
    assert curve.at(0.5) == pytest.approx(2 / 3)
    assert (np.diff(curve.sensitivity) >= 0).all()


def test_wafroc_is_the_chance_of_a_lesion_above_the_worst_normal_mark():
    """One win, one loss, shared by patient: a half."""
    cases = [case([0.9], []), case([0.2], []), case([], [0.5])]
    assert score_findings.wafroc_area(cases) == pytest.approx(0.5)
    assert np.isnan(score_findings.wafroc_area(cases[:2]))


def test_wafroc_area_counts_wins_over_normal_patients():
    """Each lesion against the worst mark of each normal patient, ties a half, by hand."""
    cases = [case([0.9, -1.0], [0.99]), case([0.5], []), case([], [0.5, 0.2]), case([], [])]
    # 0.9 beats both, the missed one ties with the patient without a mark: 1 and 1/4; then 3/4.
    assert score_findings.wafroc_area(cases) == pytest.approx(((1 + 0.25) / 2 + 0.75) / 2)
    false_share, sensitivity = score_findings.wafroc(cases)
    assert (false_share[0], sensitivity[0]) == (0, 0)
    assert (false_share[-1], sensitivity[-1]) == (1, 1)


def test_several_marks_on_one_lesion_count_once_and_the_right_name_wins():
    """A wrong name beside a right one neither takes the hit nor counts as false."""
    lesion = Finding(type=DEFECT, location=(50, 50), extent_mm=2)
    wrong = Finding(type=STOP, location=(50, 51), score=0.9)
    right = Finding(type=DEFECT, location=(52, 50), score=0.6)
    found = score_findings.matched_findings([wrong, right], [lesion], spacing_mm=(0.1, 0.1))
    assert found.hits == ((1, 0),)
    assert found.false == ()


def test_dice_by_caliber_sees_only_the_thin_duct_that_is_missing():
    """Losing a thin duct costs its class everything and the wide one nothing."""
    lines = [([(80.0, 20.0), (80.0, 150.0)], 0.8), ([(80.0, 150.0), (80.0, 280.0)], 0.15)]
    whole = drawing.masked(drawing.shadow(lines))
    wide_only = drawing.masked(drawing.shadow(lines[:1]))
    wide = drawing.straight_tree((80.0, 20.0), (80.0, 150.0), radius_mm=0.8)
    thin = drawing.straight_tree((80.0, 150.0), (80.0, 280.0), radius_mm=0.15)
    both = type(wide)(
        spacing_mm=wide.spacing_mm,
        branches=(wide.branches[0], replace(thin.branches[0], parent=0)),
    )
    table = score_caliber.dice_by_caliber(wide_only, whole, both)
    assert table["1-20"] == pytest.approx(1.0)
    # The round cap of the wide duct covers a little of the thin one.
    assert table["0.2-0.5"] < 0.4
    assert np.isnan(table["0-0.2"])


def test_masks_of_different_size_are_refused():
    """One sentence that names both shapes."""
    masks = [
        DuctMask(pixels=np.zeros(shape, bool), spacing_mm=(1, 1)) for shape in ((3, 3), (4, 4))
    ]
    with pytest.raises(GalactolabError, match=r"\(3, 3\).*\(4, 4\)"):
        score.dice(*masks)


def test_a_tree_agrees_with_itself():
    """Nodes, lengths, ways and calibers of a tree against itself are without fault."""
    tree = trace.tree(drawing.trident())
    assert score_tree.nodes(tree, tree).f1 == 1.0
    assert score_tree.reachable_terminals(tree, tree) == 1.0
    assert score_tree.branch_length_errors(tree, tree) == pytest.approx(0.0, abs=1e-9)
    assert score_lumen.errors(tree, tree)["error_mm"].abs().median() < 0.01
