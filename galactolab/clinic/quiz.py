"""Questions and their marking, without a screen.

Questions live as text in ``data/quiz/*.toml``, where an instructor can edit them. Every
choice says why it is right or wrong, and every question names its references.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from galactolab.clinic.citing import cited_names, unresolved
from galactolab.clinic.references import in_order, label
from galactolab.errors import GalactolabError, check_one_of
from galactolab.places import data_folder


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer that can be chosen, and what the student is told about it."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question with exactly one right answer.

    Attributes
    ----------
    name : str
        Key in its file.
    prompt : str
    choices : tuple of Choice
    references : tuple of str
        What the answer rests on, as `galactolab.clinic.references.reference` takes it.
    source : str
        A source in words, where there is no reference, e.g. a rule of this workbook.
    """

    name: str
    prompt: str
    choices: tuple[Choice, ...]
    references: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse a question that cannot be marked fairly."""
        n_right = sum(choice.right for choice in self.choices)
        if len(self.choices) < 2 or n_right != 1:
            sentence = (
                f"Question {self.name!r} has {len(self.choices)} choices of which {n_right} are "
                "right, but it needs two or more with exactly one right."
            )
            raise GalactolabError(sentence)
        if not (self.references or self.source):
            raise GalactolabError(f"Question {self.name!r} names no references and no source.")
        for name in self.references:
            label(name)  # it refuses a name that is no reference
        for choice in self.choices:
            if lost := unresolved(choice.why):
                sentence = (
                    f"Question {self.name!r} cites {lost[0]!r}, but there is no such reference."
                )
                raise GalactolabError(sentence)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a student is told after answering.

    Attributes
    ----------
    right : bool
    why : str
        With citations in brackets.
    references : tuple of str
        What the question and the reason cite.
    source : str
        A source in words; empty if there are references only.
    """

    right: bool
    why: str
    references: tuple[str, ...] = ()
    source: str = ""


def marked(question: Question, chosen: int) -> Mark:
    """Mark one answer.

    Parameters
    ----------
    question : Question
    chosen : int
        Index of the choice, from 0.

    Examples
    --------
    >>> q = questions("start")[0]
    >>> [marked(q, index).right for index in range(len(q.choices))].count(True)
    1
    """
    if not 0 <= chosen < len(question.choices):
        sentence = (
            f"Answer {chosen} was chosen, but question {question.name!r} has "
            f"answers 0 to {len(question.choices) - 1}."
        )
        raise GalactolabError(sentence)
    choice = question.choices[chosen]
    cited = in_order([*question.references, *cited_names(choice.why)])
    return Mark(right=choice.right, why=choice.why, references=cited, source=question.source)


def questions(lesson: str) -> tuple[Question, ...]:
    """Return the questions of a lesson, in the order of their file.

    Parameters
    ----------
    lesson : str
        Name of a file in ``data/quiz`` without its ending, e.g. ``"findings"``.

    Raises
    ------
    GalactolabError
        If there is no such lesson, or a question lacks a field.
    """
    folder = data_folder() / "quiz"
    check_one_of("lesson", lesson, sorted(path.stem for path in folder.glob("*.toml")))
    table = tomllib.loads((folder / f"{lesson}.toml").read_text("utf-8"))
    return tuple(_question(name, entry) for name, entry in table.items())


def _question(name: str, entry: dict[str, Any]) -> Question:
    try:
        choices = tuple(
            Choice(text=item["text"], why=item["why"], right=item.get("right", False))
            for item in entry["choices"]
        )
        return Question(
            name=name,
            prompt=entry["prompt"],
            choices=choices,
            references=tuple(entry.get("references", ())),
            source=entry.get("source", ""),
        )
    except KeyError as error:
        sentence = f"Question {name!r} lacks the field {error}; see data/quiz for the form."
        raise GalactolabError(sentence) from error
