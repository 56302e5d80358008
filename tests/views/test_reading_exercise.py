"""A student's marks are scored like the algorithm's findings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from galactolab.errors import GalactolabError
from galactolab.records import Case
from galactolab.views import ReadingExercise
from galactolab.views.reading_exercise import judged

NARROWING = {"row": 120.0, "column": 150.0, "kind": "duct narrowing"}
STOP = {"row": 60.0, "column": 40.0, "kind": "abrupt duct termination"}
NOWHERE = {"row": 200.0, "column": 20.0, "kind": "cyst fill"}


@pytest.fixture
def shelf(galactogram, reading):
    """One patient with two lesions and one without any."""
    cases = {
        "ill": Case(galactogram=galactogram, truth=reading, vignette="A story.", name="ill"),
        "well": Case(galactogram=galactogram, truth=replace(reading, findings=()), name="well"),
    }

    class Shelf:
        def names(self):
            return tuple(cases)

        def load(self, name, *, view):
            return cases[name]

    return Shelf()


@pytest.fixture
def exercise(shelf):
    """The exercise with the first case open."""
    made = ReadingExercise(("ill", "well"), library=shelf)
    made.go_to(0)
    return made


def test_marks_are_matched_and_named(shelf):
    """A hit with the right name, a hit with a wrong one, a false mark, a missed lesion."""
    case = shelf.load("ill", view="CC")
    assert judged([NARROWING, STOP], case).perfect
    wrong = judged([{**NARROWING, "kind": "cyst fill"}, NOWHERE], case)
    assert (len(wrong.matches.hits), wrong.n_named) == (1, 0)
    assert wrong.matches.false == (1,)
    assert len(wrong.matches.missed) == 1
    assert judged([], shelf.load("well", view="CC")).perfect


def test_a_right_answer_and_a_wrong_one(exercise):
    """The panel says so in words, shows the truth, and keeps the first verdict."""
    exercise.view.marks = [NARROWING]
    exercise.check.click()
    assert exercise.status.text.startswith("Not quite: 1 of 2 lesions found")
    assert "Missed: T2" in exercise._answer.value
    assert exercise.view.layers["truth"]
    exercise.view.marks = [NARROWING, STOP]
    assert exercise.status.stale
    exercise.check.click()
    assert exercise.status.text == "Right: everything found and named."
    assert exercise.verdicts[0].n_named == 1
    assert exercise.describe().startswith("So far 1 of 2 cases: 1 of 2 lesions found")


def test_a_normal_patient(exercise):
    """Saying normal is an answer; marks have to go first."""
    exercise.forward.click()
    assert exercise.view.marks == []
    exercise.normal.click()
    assert exercise.status.text == "Right: it is normal."
    exercise.forward.click()
    exercise.view.marks = [NOWHERE]
    exercise.normal.click()
    assert "remove them first" in exercise.status.problem["sentence"]


def test_wrong_uses_are_sentences(shelf, exercise):
    """Nothing marked, an unknown case, a case without truth."""
    exercise.check.click()
    assert "Nothing is marked" in exercise.status.problem["sentence"]
    with pytest.raises(GalactolabError, match="no case 'other'"):
        ReadingExercise(("other",), library=shelf)
    with pytest.raises(GalactolabError, match="has no truth"):
        judged([], replace(shelf.load("ill", view="CC"), truth=None))
