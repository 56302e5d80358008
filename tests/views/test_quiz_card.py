"""A card marks in the kernel, says why, and keeps its key out of the page."""

from __future__ import annotations

import pytest

from galactolab.clinic import questions
from galactolab.views import EnvironmentCheck, Quiz, QuizCard

QUESTION = questions("findings")[0]
RIGHT = next(i for i, choice in enumerate(QUESTION.choices) if choice.right)


@pytest.fixture
def card():
    return QuizCard(QUESTION)


def test_wrong_then_right_is_told_with_reason_and_source(card):
    """Each check shows the chosen answer's own reason and the question's source."""
    wrong = next(i for i, choice in enumerate(QUESTION.choices) if not choice.right)
    for index, verdict in ((wrong, "Not quite."), (RIGHT, "Right.")):
        card.choices.index = index
        card.check.click()
        assert card.status.text == f"{verdict} {QUESTION.choices[index].why}"
        assert "1 source" in card.answer.value or "2 sources" in card.answer.value
    assert card.mark.right


def test_checking_without_a_choice_asks_for_one(card):
    """No choice is not a wrong answer."""
    card.check.click()
    assert card.mark is None
    assert "Choose" in card.status.text


def test_another_choice_clears_the_old_reason(card):
    """A shown reason never stands beside an answer that it does not belong to."""
    card.choices.index = RIGHT
    card.check.click()
    card.choices.index = (RIGHT + 1) % len(QUESTION.choices)
    assert card.answer.value == ""
    assert card.mark is None


def test_the_page_does_not_hold_the_key(card):
    """Before a check nothing that is synced to the page tells which choice is right."""
    page = "".join(str(child.get_state()) for child in card.children)
    assert not any(choice.why in page for choice in QUESTION.choices)


def test_a_quiz_counts_right_answers():
    """Only answered and right cards count."""
    quiz = Quiz("start")
    assert quiz.n_right == 0
    for card in quiz.cards:
        card.choices.index = next(i for i, c in enumerate(card.question.choices) if c.right)
        card.check.click()
    assert quiz.n_right == len(quiz.cards)


@pytest.mark.parametrize(("value", "ready"), [(0, False), (5, False), (10, False), (7, True)])
def test_the_kernel_confirms_the_slider(value, ready):
    """Ends and middle are answered with their number, and 7 with success."""
    check = EnvironmentCheck()
    check.slider.value = 3
    check.slider.value = value
    assert f"The kernel sees {value}." in check.status.text
    assert check.passed is ready
    assert ("round trip: ok" in check.report.value) is ready
