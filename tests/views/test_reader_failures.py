"""Where the reader fails: causes are read off the truth, and the panel goes to each place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactolab import datasets
from galactolab.errors import GalactolabError
from galactolab.reading.failures import Cause, Kind, failures
from galactolab.records import Case, Finding
from galactolab.terms import FindingType, Mimic
from galactolab.tree import Branch, DuctTree
from galactolab.views import ReaderFailures
from galactolab.views.reader_failures import _LESSONS, CASES, explained, read

STOP, NARROW = FindingType.ABRUPT_DUCT_TERMINATION, FindingType.DUCT_NARROWING


def only(analysis, *findings):
    """The analysis with these findings alone."""
    return replace(analysis, findings=findings)


def causes(reading, truth, **more):
    """Kind and cause of everything that went wrong."""
    return [(failure.kind, failure.cause) for failure in failures(reading, truth, **more)]


def test_a_perfect_reading_has_no_failure(reading):
    """Read like the truth: nothing to list."""
    assert failures(reading, reading) == ()


def test_a_miss_is_told_by_how_far_the_reader_came(reading):
    """Doubted, not seen, tiny, or in a duct that was never traced."""
    lesion = reading.findings[0]
    blind = only(reading)
    assert causes(blind, only(reading, lesion)) == [(Kind.MISSED, Cause.UNSEEN)]
    doubt = replace(lesion, score=0.2)
    (doubted,) = failures(blind, only(reading, lesion), doubtful=[doubt])
    assert doubted.cause is Cause.DOUBTED
    assert doubted.evidence["score_of_the_doubtful_mark"] == 0.2
    tiny = replace(lesion, extent_mm=0.5)
    assert causes(blind, only(reading, tiny)) == [(Kind.MISSED, Cause.TINY)]
    untraced = replace(blind, tree=DuctTree(branches=(), spacing_mm=(0.1, 0.1)))
    assert causes(untraced, only(reading, lesion)) == [(Kind.MISSED, Cause.UNTRACED)]


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ((120, 145), Cause.PLAIN),
        ((120, 108), Cause.NODE),
        ((20, 150), Cause.NO_DUCT),
    ],
)
def test_a_false_mark_is_told_by_what_lies_there(reading, place, cause):
    """A plain stretch of trunk, the fork, and a place without a duct."""
    mark = Finding(type=STOP, location=place, score=0.7)
    assert causes(only(reading, mark), only(reading)) == [(Kind.FALSE, cause)]


def test_a_flagged_mark_and_a_mark_beside_a_lesion_are_told_apart(reading):
    """A bubble stays a bubble; 2.5 mm from a lesion is beside it."""
    bubble = Finding(
        type=FindingType.INTRALUMINAL_FILLING_DEFECT, location=(120, 145), mimic=Mimic.AIR_BUBBLE
    )
    assert causes(only(reading, bubble), only(reading)) == [(Kind.FALSE, Cause.BUBBLE)]
    lesion = Finding(type=NARROW, location=(120, 170), extent_mm=1.0)
    mark = Finding(type=STOP, location=(120, 140))
    found = causes(only(reading, mark), only(reading, lesion))
    assert (Kind.FALSE, Cause.BESIDE) in found


def test_two_ducts_that_share_no_node_cross(reading, big_y):
    """A duct of the third generation that runs over the trunk is a crossing there."""
    path = np.linspace((60, 40), (150, 150), 80)
    over = Branch(path=path, radius_mm=np.full(80, 0.2), parent=1)
    tree = DuctTree(branches=(*big_y.branches, over), spacing_mm=(0.1, 0.1))
    gap = np.hypot(*(path - (120, 113.3)).T)
    place = tuple(path[int(np.argmin(gap))])
    mark = Finding(type=STOP, location=(120, place[1] + 4))
    truth = replace(only(reading), tree=tree)
    assert causes(only(reading, mark), truth) == [(Kind.FALSE, Cause.CROSSING)]


def test_a_wrong_name_is_one_failure(reading):
    """Found in its place under another name: neither missed nor false."""
    lesion = reading.findings[0]
    mark = replace(lesion, type=FindingType.DUCT_ECTASIA)
    (wrong,) = failures(only(reading, mark), only(reading, lesion))
    assert wrong.kind is Kind.WRONG_NAME
    assert wrong.sentence() == (
        "wrong name: duct ectasia (score 0.90) for duct narrowing; found, under another name"
    )


def test_the_panel_goes_from_failure_to_failure_and_on_to_the_next_patient(galactogram, reading):
    """Two failures of one patient, then another patient with none, each told in words."""
    stop = Finding(type=STOP, location=(120, 145), score=0.7)
    listed = []

    class Shelf:
        def names(self):
            return ("hard", "easy")

        def load(self, name, *, view):
            listed.append(len(panel.chosen.options))
            truth = only(reading, reading.findings[1]) if name == "hard" else only(reading, stop)
            return Case(galactogram=galactogram, truth=truth, name=name)

    panel = ReaderFailures(
        ("hard", "easy"), library=Shelf(), pipeline=lambda _: only(reading, stop)
    )
    panel._open()
    assert [label for label, _ in panel.chosen.options] == [
        "1. missed: abrupt duct termination",
        "2. false: abrupt duct termination",
    ]
    assert panel.view.view == [60.0, 40.0, 1.5]
    panel.forward.click()
    assert panel.view.view == [120.0, 145.0, 1.5]
    assert "score 0.70" in panel._why.value
    panel.forward.click()
    assert panel.cases.value == "easy"
    assert listed == [0, 0]  # what was wrong in the first patient is gone while the next is read
    assert panel.chosen.value is None
    assert "nothing was missed" in panel._why.value
    assert panel.status.problem == {}


def test_every_cause_has_its_lesson_and_every_case_exists():
    """No cause is left without words, no name without a recipe."""
    assert set(_LESSONS) == set(Cause)
    assert set(CASES) <= set(datasets.names())


def test_a_case_without_a_truth_is_refused(galactogram):
    """Nothing is known to be wrong on a real patient."""
    with pytest.raises(GalactolabError, match="has no truth"):
        read(Case(galactogram=galactogram, name="real"))


def test_the_case_with_bubbles_is_flagged_and_explained():
    """The bubbles of the library are called, and the words say that a refill decides."""
    found = read(datasets.load("air-bubbles"))
    said = [explained(failure) for failure in found.failures]
    assert any("possible air bubble" in words and "a refill can" in words for words in said)
