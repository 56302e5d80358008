"""Patients for the exercise of lesson 4: which test comes next, and why."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from galactolab.clinic.citing import unresolved
from galactolab.clinic.indications import Decision, Test, triage
from galactolab.clinic.patients import Patient, patient_from
from galactolab.errors import GalactolabError
from galactolab.places import data_folder


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One patient of the exercise.

    Attributes
    ----------
    title : str
    patient : Patient
    remark : str
        What to remember, with citations in brackets.
    """

    title: str
    patient: Patient
    remark: str

    @property
    def decision(self) -> Decision:
        """What the rules of triage answer, with reasons and sources."""
        return triage(self.patient)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an answer is worth.

    Attributes
    ----------
    right : bool
    chosen : Test
    reasons : tuple of str
        Why the right test is right, with citations in brackets.
    next_step : str
    would_be_right : str
        For which other patient the chosen test would have been right; empty if for none that
        differs in one point.
    remark : str
    """

    right: bool
    chosen: Test
    reasons: tuple[str, ...]
    next_step: str
    would_be_right: str
    remark: str


@cache
def exercises() -> tuple[Exercise, ...]:
    """Return the patients of ``data/exercises/next_test.toml``, in order.

    Raises
    ------
    GalactolabError
        If an entry cannot be used.

    Examples
    --------
    >>> len(exercises()) >= 8
    True
    """
    text = (data_folder() / "exercises" / "next_test.toml").read_text("utf-8")
    return tuple(_exercise(entry) for entry in tomllib.loads(text)["patient"])


def _exercise(entry: dict[str, Any]) -> Exercise:
    try:
        found = Exercise(
            title=entry["title"], patient=patient_from(entry["who"]), remark=entry["remark"]
        )
    except KeyError as error:
        sentence = f"A patient of next_test.toml lacks the field {error}."
        raise GalactolabError(sentence) from error
    if unknown := unresolved(found.remark):
        sentence = f"next_test.toml, {found.title!r}: there is no reference {', '.join(unknown)}."
        raise GalactolabError(sentence)
    return found


def judged(exercise: Exercise, chosen: Test) -> Verdict:
    """Say whether an answer is right, and why.

    Examples
    --------
    >>> case = next(one for one in exercises() if one.title == "No MRI to be had")
    >>> judged(case, Test.DUCTOGRAPHY).right, judged(case, Test.MRI).would_be_right
    (True, 'MRI were available')
    """
    decision = exercise.decision
    others = (change.if_ for change in decision.changes if change.then is chosen)
    right = chosen is decision.test
    return Verdict(
        right=right,
        chosen=chosen,
        reasons=decision.reasons,
        next_step=decision.next_step,
        would_be_right="" if right else next(others, ""),
        remark=exercise.remark,
    )
