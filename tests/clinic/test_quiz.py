"""Questions can be marked, say why, and name a source."""

from __future__ import annotations

import pytest

from galactolab.clinic import quiz
from galactolab.errors import GalactolabError
from galactolab.places import data_folder

LESSONS = sorted(path.stem for path in (data_folder() / "quiz").glob("*.toml"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_question_is_complete(lesson):
    """Each has a prompt, references, and a reason for every choice."""
    for question in quiz.questions(lesson):
        assert question.prompt.strip()
        assert question.references or question.source.strip()
        assert all(choice.why.strip() for choice in question.choices)


def test_only_the_right_choice_is_marked_right():
    """Marks follow the key, and a wrong answer is told why."""
    question = quiz.questions("findings")[0]
    marks = [quiz.marked(question, index) for index in range(len(question.choices))]
    assert [mark.right for mark in marks] == [choice.right for choice in question.choices]
    assert len({mark.why for mark in marks}) == len(marks)


def test_an_answer_that_does_not_exist_is_refused():
    """An index outside the choices is told with the allowed range."""
    with pytest.raises(GalactolabError, match="answers 0 to 2"):
        quiz.marked(quiz.questions("findings")[0], 7)


def test_a_question_with_two_right_answers_is_refused():
    """Exactly one choice is right."""
    both = (quiz.Choice(text="a", why="x", right=True), quiz.Choice(text="b", why="y", right=True))
    with pytest.raises(GalactolabError, match="exactly one right"):
        quiz.Question(name="bad", prompt="?", choices=both, source="s")


def test_an_unknown_lesson_lists_the_known_ones():
    """The sentence names the lessons that have questions."""
    with pytest.raises(GalactolabError, match="findings"):
        quiz.questions("surgery")


def test_a_question_without_a_source_is_refused():
    """No answer without something that it rests on."""
    two = (quiz.Choice(text="a", why="x", right=True), quiz.Choice(text="b", why="y"))
    with pytest.raises(GalactolabError, match="no references"):
        quiz.Question(name="q", prompt="?", choices=two)
    with pytest.raises(GalactolabError, match="There is no reference '4444'"):
        quiz.Question(name="q", prompt="?", choices=two, references=("4444",))
    lost = (two[0], quiz.Choice(text="b", why="Of 8 [4444]."))
    with pytest.raises(GalactolabError, match="cites '4444'"):
        quiz.Question(name="q", prompt="?", choices=lost, references=("44",))
