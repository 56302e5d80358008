"""Each patient of the exercise can be answered wrong and right, with reason and source."""

import pytest

from galactolab.clinic.indications import Test
from galactolab.clinic.next_test import exercises, judged
from galactolab.views.accuracy_table import AccuracyTable, accuracy, contradictions
from galactolab.views.next_test import NextTest, explained

WANTED = {
    "pregnant": lambda p: p.pregnant,
    "contrast allergy": lambda p: p.contrast_reaction == "severe",
    "no MRI": lambda p: p.mri_access == "unavailable",
    "negative ultrasound": lambda p: p.ultrasound == "negative",
    "mastitis": lambda p: p.infection,
    "young": lambda p: p.age < 30,
    "male": lambda p: p.sex == "man",
    "bilateral milky": lambda p: p.sides == "both" and p.color == "milky",
}


@pytest.mark.parametrize("name", WANTED)
def test_the_exercise_has_such_a_patient(name):
    assert any(WANTED[name](one.patient) for one in exercises())
    assert len(exercises()) >= 8


@pytest.mark.parametrize("case", exercises(), ids=lambda one: one.title)
def test_every_answer_is_explained_with_a_source(case):
    """All seven answers: one is right, and each explanation cites something."""
    verdicts = [judged(case, test) for test in Test]
    assert [v.chosen for v in verdicts if v.right] == [case.decision.test]
    for verdict in verdicts:
        text = explained(verdict)
        assert ("Right." in text) is verdict.right
        assert "gl-cite" in text
        assert "gl-sources" in text


def test_the_answers_differ_between_patients():
    """Somebody who always chooses one test is wrong most of the time."""
    right = [one.decision.test for one in exercises()]
    assert len(set(right)) >= 5
    assert max(right.count(test) for test in right) <= len(right) / 2


def test_wrong_then_right_then_on():
    quiz = NextTest()
    quiz.check.click()
    assert "Choose a test first" in quiz.status.text
    right = quiz.exercise.decision.test
    quiz.answer.value = next(test for test in Test if test is not right)
    quiz.check.click()
    assert quiz.n_right == 0
    assert "Not this one" in quiz.why.value
    quiz.answer.value = right
    assert quiz.why.value == ""
    quiz.check.click()
    assert quiz.n_right == 1
    assert "Right." in quiz.why.value
    quiz.after.click()
    assert quiz.patients.value == 1
    assert quiz.answer.value is None
    quiz.before.click()
    quiz.before.click()
    assert quiz.patients.value == len(exercises()) - 1
    assert quiz.status.problem == {}


def test_the_evidence_shows_interval_source_and_contradiction():
    text = accuracy()
    assert "69 % (59-78)" in text
    assert "≠" in text
    assert "[74&nbsp;A]" in text
    assert "97 %" in contradictions("specificity of MRI for cancer")
    shown = AccuracyTable()
    shown.singles.value = True
    assert "58 bloody" in shown.table.value
    shown.singles.value = False
    assert shown.status.problem == {}
