"""Rules of triage: text that an instructor can edit, checked when it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints

from galactolab.clinic.citing import cited_names, unresolved
from galactolab.clinic.evidence import Row, table
from galactolab.clinic.patients import Color, Orifices, Patient, Result, Sides
from galactolab.errors import GalactolabError, check_one_of
from galactolab.places import data_folder

Facts = Mapping[str, bool | int | str]


class Test(StrEnum):
    """What triage can answer."""

    __test__ = False  # a name for a clinical test, nothing for pytest to collect

    NO_IMAGING = "no imaging"
    FIRST_LINE = "ultrasound and mammography by age"
    BIOPSY = "image-guided biopsy"
    MRI = "MRI"
    DUCTOGRAPHY = "ductography"
    TREAT_FIRST = "treat first"
    CONTRAINDICATED = "refuse: contraindicated"


class Barrier(StrEnum):
    """Whether something stands against a ductogram."""

    NONE = "none"
    TECHNICAL = "technical"
    CONTRAINDICATION = "contraindication"


_SUSPICIOUS = frozenset({Color.BLOODY, Color.SEROUS, Color.CLEAR})
# Facts that are concluded from what is asked, with the values that they can take.
_CONCLUDED: dict[str, tuple[object, ...]] = {
    "suspicious_color": (True, False),
    "single_duct": (True, False),
    "nursing": (True, False),
    "first_line": ("open", "negative", "target"),
    "barrier": tuple(map(str, Barrier)),
}


def facts(patient: Patient) -> Facts:
    """Return everything that a rule can ask about a patient, by name.

    Examples
    --------
    >>> known = facts(Patient(age=45, mammography="negative", ultrasound="negative"))
    >>> known["first_line"], known["barrier"], known["single_duct"]
    ('negative', 'none', True)
    """
    concluded = {
        "suspicious_color": patient.color in _SUSPICIOUS,
        "single_duct": patient.sides is not Sides.BOTH and patient.orifices is Orifices.ONE,
        "nursing": patient.pregnant or patient.lactating,
        "first_line": first_line(patient),
        "barrier": str(barrier(patient)),
    }
    return MappingProxyType({**_asked(patient), **concluded})


def _asked(patient: Patient) -> dict[str, Any]:
    return {name: getattr(patient, name) for name in patient.__dataclass_fields__}


def first_line(patient: Patient) -> str:
    """Tell whether mammography and ultrasound are ``open``, ``negative`` or show a ``target``.

    Which of them is enough for whom stands in ``data/evidence/first_line.csv``.

    Examples
    --------
    >>> first_line(Patient(age=25, ultrasound="negative"))
    'negative'
    >>> first_line(Patient(age=45, ultrasound="negative"))
    'open'
    """
    done = {"mammography": patient.mammography, "ultrasound": patient.ultrasound}
    if Result.TARGET in done.values():
        return "target"
    negative = {name for name, result in done.items() if result is Result.NEGATIVE}
    needs = first_line_row(patient).text("needs")
    enough = {"both": len(negative) == 2, "either": bool(negative)}.get(needs, needs in negative)
    return "negative" if enough else "open"


def first_line_row(patient: Patient) -> Row:
    """Return the row of first_line.csv for a patient: the first whose conditions all hold."""
    asked = {
        "sex": str(patient.sex),
        "nursing": _as_word(patient.pregnant or patient.lactating),
        "raised_risk": _as_word(patient.raised_risk),
    }
    for row in table("first_line"):
        low, high = (row[name] for name in ("from_age", "below_age"))
        in_age = (low is None or patient.age >= low) and (high is None or patient.age < high)  # type: ignore[operator]  # both are counts
        if in_age and all(row[name] in {"any", value} for name, value in asked.items()):
            return row
    sentence = f"first_line.csv has no row for a patient of {patient.age} years ({patient.sex})."
    raise GalactolabError(sentence)


def barriers(patient: Patient) -> tuple[Row, ...]:
    """Return the rows of contraindications.csv that hold for a patient.

    Examples
    --------
    >>> [row["item"] for row in barriers(Patient(age=30, pregnant=True))]
    ['pregnancy']
    """
    known = _asked(patient)
    return tuple(
        row
        for row in table("contraindications")
        if _as_word(known[row.text("fact")]) == row["value"]
    )


def _as_word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def barrier(patient: Patient) -> Barrier:
    """Return the strongest thing that stands against a ductogram."""
    strengths = {row["strength"] for row in barriers(patient)}
    if strengths & {"contraindication", "treat first"}:
        return Barrier.CONTRAINDICATION
    return Barrier.TECHNICAL if "technical" in strengths else Barrier.NONE


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Conditions, the answer that they give, and its reason.

    Attributes
    ----------
    name : str
    when : mapping of str to object
        Conditions on `facts`, all of which have to hold.
    then : Test
    because : str
        Why, with citations in brackets.
    next_step, note : str
        What to do about it; where sources disagree.
    """

    name: str
    when: Mapping[str, Any]
    then: Test
    because: str
    next_step: str = ""
    note: str = ""

    def holds(self, known: Facts) -> bool:
        """Tell whether all conditions hold for the facts about a patient."""
        return all(_fits(known[name], wanted) for name, wanted in self.when.items())

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the references that reason, step and note cite."""
        return cited_names(f"{self.because} {self.next_step} {self.note}")


def _fits(value: object, wanted: object) -> bool:
    if isinstance(wanted, list):
        return value in wanted
    if isinstance(wanted, dict):
        return bool(wanted.get("from", value) <= value < wanted.get("below", float("inf")))
    return value == wanted


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of ``data/evidence/rules.toml`` in their order.

    Examples
    --------
    >>> rules()[0].name
    'infection first'
    """
    return read_rules(data_folder() / "evidence" / "rules.toml")


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read and check a file of rules.

    Raises
    ------
    GalactolabError
        If a rule asks for a fact or value that does not exist, gives an unknown answer, cites
        nothing, or if the last rule does not hold for everybody; the sentence names the rule.
    """
    try:
        entries = tomllib.loads(path.read_text("utf-8"))["rule"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise GalactolabError(f"{path.name} holds no list of rules: {error}.") from error
    read = tuple(_rule(f"{path.name}, rule {n}", entry) for n, entry in enumerate(entries, 1))
    if not read or read[-1].when:
        raise GalactolabError(
            f"{path.name}: the last rule has to hold for everybody (when = {{}})."
        )
    names = [rule.name for rule in read]
    if twice := {name for name in names if names.count(name) > 1}:
        raise GalactolabError(f"{path.name}: the name {min(twice)!r} stands twice.")
    return read


def _rule(place: str, entry: dict[str, Any]) -> Rule:
    place = f"{place} ({entry.get('name', 'without a name')})"
    for field in ("name", "when", "then", "because"):
        if field not in entry:
            raise GalactolabError(f"{place} lacks the field {field!r}.")
    check_one_of(f"{place}: then", entry["then"], [str(test) for test in Test])
    for name, wanted in entry["when"].items():
        _check_condition(f"{place}: {name}", name, wanted)
    rule = Rule(
        name=entry["name"],
        when=MappingProxyType(entry["when"]),
        then=Test(entry["then"]),
        because=entry["because"],
        next_step=entry.get("next", ""),
        note=entry.get("note", ""),
    )
    if not cited_names(rule.because):
        raise GalactolabError(f"{place}: because cites no reference, such as [44].")
    if lost := unresolved(f"{rule.because} {rule.next_step} {rule.note}"):
        raise GalactolabError(f"{place}: there is no reference {lost[0]!r}.")
    return rule


def _check_condition(place: str, name: str, wanted: object) -> None:
    hints = get_type_hints(Patient)
    check_one_of(place, name, [*hints, *_CONCLUDED])
    if isinstance(wanted, dict):
        check_one_of(f"{place}: a range", hints.get(name), [int])
        for end in wanted:
            check_one_of(f"{place}: an end of a range", end, ["from", "below"])
        return
    allowed = _CONCLUDED.get(name) or _values(hints[name])
    for value in wanted if isinstance(wanted, list) else [wanted]:
        if allowed:
            check_one_of(place, value, allowed)


def _values(kind: type) -> tuple[object, ...]:
    """Return the values of a field that has few of them."""
    if kind is bool:
        return (True, False)
    return tuple(map(str, kind)) if issubclass(kind, StrEnum) else ()
