"""Who should be imaged, how, why, and what would change the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from galactolab.clinic.citing import cited_names
from galactolab.clinic.evidence import Row, table
from galactolab.clinic.patients import (
    Access,
    Color,
    Patient,
    Reaction,
    Result,
    Sex,
    patient_from,
)
from galactolab.clinic.references import in_order
from galactolab.clinic.rules import (
    Barrier,
    Rule,
    Test,
    barrier,
    barriers,
    facts,
    first_line_row,
    rules,
)
from galactolab.errors import GalactolabError

__all__ = ["Change", "Decision", "Test", "triage"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that would have led to another answer."""

    if_: str
    then: Test


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer of triage with everything that it rests on.

    Attributes
    ----------
    test : Test
    reasons : tuple of str
        In order: what the signs say, what stands against a ductogram, and last the reason of
        the rule. Citations stand in brackets.
    rule : Rule
        The one rule that decided.
    next_step : str
        What to do, with the order of first-line tests where they are the answer.
    note : str
        Where sources disagree; empty if nothing is known.
    changes : tuple of Change
        Single changes to the patient that would change the answer.
    sources : tuple of str
        All references of the above.
    """

    test: Test
    reasons: tuple[str, ...]
    rule: Rule
    next_step: str
    note: str
    changes: tuple[Change, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Return all references of reasons, step and note, in the order of a list."""
        return cited_names(" ".join([*self.reasons, self.next_step, self.note]))


def triage(patient: Patient) -> Decision:
    """Recommend what to do about a discharge.

    The rules are compiled for teaching from published guidance (``data/evidence/rules.toml``);
    they decide about virtual patients only.

    Examples
    --------
    >>> decision = triage(Patient(age=45))
    >>> decision.test
    <Test.FIRST_LINE: 'ultrasound and mammography by age'>
    >>> decision.rule.sources
    ('44', '50', '71', '72')
    >>> worked_up = Patient(age=45, mammography="negative", ultrasound="negative",
    ...     mri_access="unavailable")
    >>> str(triage(worked_up).test)
    'ductography'
    """
    rule = deciding_rule(patient)
    return Decision(
        test=rule.then,
        reasons=(*_signs(patient), *_against(patient, rule), rule.because),
        rule=rule,
        next_step=_next_step(patient, rule),
        note=rule.note,
        changes=tuple(_changes(patient, rule.then)),
    )


def deciding_rule(patient: Patient) -> Rule:
    """Return the first rule whose conditions all hold; the last one holds for everybody."""
    known = facts(patient)
    return next(rule for rule in rules() if rule.holds(known))


def _signs(patient: Patient) -> Iterator[str]:
    """Yield what the signs say: first those of disease, then the harmless ones."""
    found = [row for row in table("signs") if _holds(row, patient)]
    for points in ("pathologic", "physiologic"):
        rows = [row for row in found if row["points"] == points]
        if rows:
            words = ", ".join(row.text("words") for row in rows)
            names = ", ".join(in_order(name for row in rows for name in row.sources))
            yield f"Points to a {points} discharge: {words} [{names}]."


def _holds(row: Row, patient: Patient) -> bool:
    value = getattr(patient, row.text("fact"))
    word = ("no", "yes")[value] if isinstance(value, bool) else str(value)
    return word == row["value"]


def _against(patient: Patient, rule: Rule) -> Iterator[str]:
    """Yield what stands against a ductogram, where that matters for the answer."""
    if rule.then not in {Test.DUCTOGRAPHY, Test.MRI, Test.CONTRAINDICATED}:
        return
    for row in barriers(patient):
        words = "Precaution" if row["strength"] == "precaution" else "Against a ductogram"
        names = ", ".join(row.sources)
        yield f"{words}: {row['item']} ({row['reading']}) [{names}]."


def _next_step(patient: Patient, rule: Rule) -> str:
    if rule.then is not Test.FIRST_LINE:
        return rule.next_step
    row = first_line_row(patient)
    order = f"For this patient: {row['order']} [{', '.join(row.sources)}]."
    return f"{rule.next_step} {order}"


# ---- what would change the answer ----------------------------------------------------------
_WORKED_UP = {"mammography": Result.NEGATIVE, "ultrasound": Result.NEGATIVE}
_WHAT_IFS: tuple[tuple[str, dict[str, object]], ...] = (
    ("mammography and ultrasound were negative", dict(_WORKED_UP)),
    ("mammography showed a target", {"mammography": Result.TARGET}),
    ("MRI could not be had", {"mri_access": Access.UNAVAILABLE, "mri": Result.NOT_DONE}),
    ("MRI were available", {"mri_access": Access.AVAILABLE, "mri": Result.NOT_DONE}),
    ("MRI were negative", {"mri_access": Access.AVAILABLE, "mri": Result.NEGATIVE}),
    ("MRI showed several findings", {"mri_access": Access.AVAILABLE, "mri": Result.SEVERAL}),
    ("the fluid were bloody", {"color": Color.BLOODY}),
    ("the fluid were green", {"color": Color.GREEN}),
    ("the fluid were milky", {"color": Color.MILKY}),
    ("it came by itself", {"spontaneous": True}),
    ("it came only when squeezed", {"spontaneous": False}),
    ("it came from one opening of one breast", {"sides": "left", "orifices": "one"}),
    ("it came from both breasts", {"sides": "both"}),
    ("it came from several openings", {"orifices": "several"}),
    ("a lump could be felt", {"lump": True}),
    ("the patient were a man", {"sex": Sex.MAN, "pregnant": False, "lactating": False}),
    ("the breast were infected", {"infection": True}),
    ("there were no infection", {"infection": False}),
    ("the patient were pregnant", {"pregnant": True}),
    ("the patient were neither pregnant nor lactating", {"pregnant": False, "lactating": False}),
    ("contrast had caused a severe reaction", {"contrast_reaction": Reaction.SEVERE}),
    ("contrast had caused no reaction", {"contrast_reaction": Reaction.NONE}),
    ("fluid could be seen today", {"on_the_day": True, "persists": True}),
    ("no fluid could be seen today", {"on_the_day": False}),
    ("the discharge had stopped", {"on_the_day": False, "persists": False}),
)


def _changes(patient: Patient, answer: Test) -> Iterator[Change]:
    """Yield the single changes that lead to another answer."""
    for words, fields in _WHAT_IFS:
        try:
            other = replace(patient, **fields)  # type: ignore[arg-type]  # checked when it is made
        except GalactolabError:
            continue  # such a patient cannot be, e.g. a pregnant man
        test = deciding_rule(other).then
        if test is not answer:
            yield Change(if_=words, then=test)


def speaks_for_ductography(patient: Patient) -> int:
    """Return how far a patient is on the way to a ductogram: 0 barred, 1 not now, 2 recommended.

    Adding a contraindication never raises it.
    """
    if barrier(patient) is not Barrier.NONE:
        return 0
    return 2 if deciding_rule(patient).then is Test.DUCTOGRAPHY else 1


def agreement() -> tuple[int, int]:
    """Return for how many patients of worked_patients.csv the rules give the written answer.

    Whoever edits the rules sees here what changed, and can edit the table to the local protocol.

    Returns
    -------
    agreed, total : int
    """
    rows = table("worked_patients").rows
    answers = [str(deciding_rule(patient_from(row.text("patient"))).then) for row in rows]
    agreed = sum(answer == row["answer"] for answer, row in zip(answers, rows, strict=True))
    return agreed, len(rows)
