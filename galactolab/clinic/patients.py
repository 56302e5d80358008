"""A patient of the discharge clinic: what is asked and found before anybody images her or him."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np

from galactolab.errors import GalactolabError, check_between, check_one_of

Item = TypeVar("Item")


class Sex(StrEnum):
    """Sex, as the criteria for imaging part it."""

    WOMAN = "woman"
    MAN = "man"
    TRANSFEMININE = "transfeminine"


class Sides(StrEnum):
    """Which breast discharges."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Orifices(StrEnum):
    """From how many openings of a nipple the fluid comes."""

    ONE = "one"
    SEVERAL = "several"


class Color(StrEnum):
    """Color and character of the fluid."""

    BLOODY = "bloody"
    SEROUS = "serous"
    CLEAR = "clear"
    MULTICOLORED = "multicolored"
    GREEN = "green"
    YELLOW = "yellow"
    GRAY = "gray"
    BLACK = "black"
    MILKY = "milky"
    PURULENT = "purulent"


class Result(StrEnum):
    """What an examination showed."""

    NOT_DONE = "not done"
    NEGATIVE = "negative"
    TARGET = "target"
    SEVERAL = "several findings"


class Access(StrEnum):
    """Whether contrast-enhanced MRI can be had."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    CONTRAINDICATED = "contraindicated"


class Reaction(StrEnum):
    """An earlier reaction to iodinated contrast."""

    NONE = "none"
    MILD = "mild"
    SEVERE = "severe"


@dataclass(frozen=True, kw_only=True)
class Patient:
    """What is known before the decision; the defaults are the textbook case.

    Attributes
    ----------
    age : int
        Years, 15 to 100.
    sex : Sex
    sides : Sides
    orifices : Orifices
    color : Color
    spontaneous : bool
        The fluid leaves by itself, and not only when somebody squeezes.
    on_the_day : bool
        Fluid can be seen today, so that its orifice can be found.
    persists : bool
        The discharge has not stopped since it was first seen.
    lump, infection, raised_risk : bool
        A palpable lump; mastitis or abscess; a raised lifetime risk of breast cancer.
    pregnant, lactating : bool
    drug : str
        A drug that may raise prolactin; empty if there is none.
    mammography, ultrasound, mri : Result
        Of this episode; only MRI can have `Result.SEVERAL`.
    mri_access : Access
    proven : bool
        The cause is already known from a biopsy.
    contrast_reaction : Reaction
    nipple_surgery, retracted_nipple, bleeding_disorder, cannot_cooperate : bool

    Examples
    --------
    >>> Patient(age=52).color
    <Color.BLOODY: 'bloody'>
    """

    age: int
    sex: Sex = Sex.WOMAN
    sides: Sides = Sides.LEFT
    orifices: Orifices = Orifices.ONE
    color: Color = Color.BLOODY
    spontaneous: bool = True
    on_the_day: bool = True
    persists: bool = True
    lump: bool = False
    infection: bool = False
    raised_risk: bool = False
    pregnant: bool = False
    lactating: bool = False
    drug: str = ""
    mammography: Result = Result.NOT_DONE
    ultrasound: Result = Result.NOT_DONE
    mri: Result = Result.NOT_DONE
    mri_access: Access = Access.AVAILABLE
    proven: bool = False
    contrast_reaction: Reaction = Reaction.NONE
    nipple_surgery: bool = False
    retracted_nipple: bool = False
    bleeding_disorder: bool = False
    cannot_cooperate: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be; words from a file become the enums that they name."""
        check_between("age", self.age, 15, 100, "years")
        for field in fields(self):
            kind, value = _KINDS.get(field.name), getattr(self, field.name)
            if kind is None:
                continue
            try:
                object.__setattr__(self, field.name, kind(value))
            except ValueError:
                sentence = f"{field.name} is {value!r}, but it has to be one of: {', '.join(kind)}."
                raise GalactolabError(sentence) from None
        if self.sex is not Sex.WOMAN and (self.pregnant or self.lactating):
            raise GalactolabError("Only a woman can be pregnant or lactating here.")
        if self.on_the_day and not self.persists:
            raise GalactolabError("A discharge that has stopped cannot be seen today.")
        if Result.SEVERAL in {self.mammography, self.ultrasound}:
            raise GalactolabError("Only MRI can have several findings; mammography has a target.")
        if self.mri is not Result.NOT_DONE and self.mri_access is not Access.AVAILABLE:
            sentence = f"MRI was done ({self.mri}), but it is said to be {self.mri_access}."
            raise GalactolabError(sentence)


_KINDS: dict[str, type[StrEnum]] = {
    "sex": Sex,
    "sides": Sides,
    "orifices": Orifices,
    "color": Color,
    "mammography": Result,
    "ultrasound": Result,
    "mri": Result,
    "mri_access": Access,
    "contrast_reaction": Reaction,
}


def patient_from(text: str) -> Patient:
    """Return the patient that a line of ``name=value`` words describes.

    Raises
    ------
    GalactolabError
        If a name or value does not exist.

    Examples
    --------
    >>> patient_from("age=26 color=serous mri=several_findings lump=yes").mri
    <Result.SEVERAL: 'several findings'>
    """
    values: dict[str, Any] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        check_one_of("What is said about a patient", name, Patient.__dataclass_fields__)
        known = {"yes": True, "no": False}
        values[name] = int(value) if value.isdigit() else known.get(value, value.replace("_", " "))
    return Patient(**values)


_FLUIDS = {
    Color.CLEAR: "clear, watery",
    Color.SEROUS: "serous, straw-colored",
    Color.BLOODY: "blood-stained",
    Color.MULTICOLORED: "sticky, many-colored",
}
_HISTORY = {
    "lump": "a lump can be felt",
    "infection": "the breast is red, hot and painful",
    "raised_risk": "lifetime risk of breast cancer is raised",
    "pregnant": "pregnant",
    "lactating": "breastfeeding",
    "nipple_surgery": "earlier surgery of nipple and areola",
    "retracted_nipple": "the nipple is retracted and no opening can be seen",
    "bleeding_disorder": "a bleeding disorder",
    "cannot_cooperate": "cannot lie still or answer",
    "proven": "a biopsy has already told the cause",
}


def complaint(patient: Patient) -> str:
    """Return what the patient comes with, in a sentence.

    Examples
    --------
    >>> complaint(Patient(age=47))
    'Woman, 47 years. Blood-stained discharge from one opening of the left nipple, by itself.'
    """
    fluid = _FLUIDS.get(patient.color, str(patient.color))
    both = patient.sides is Sides.BOTH
    opening = "one opening" if patient.orifices is Orifices.ONE else "several openings"
    place = f"{opening} of {'both nipples' if both else f'the {patient.sides} nipple'}"
    trigger = "by itself" if patient.spontaneous else "only when squeezed"
    sex = {Sex.TRANSFEMININE: "Transfeminine patient"}.get(patient.sex, patient.sex.capitalize())
    return f"{sex}, {patient.age} years. {fluid.capitalize()} discharge from {place}, {trigger}."


def history(patient: Patient) -> tuple[str, ...]:
    """Return what else is known, in short lines; what is normal is left out.

    Examples
    --------
    >>> history(Patient(age=47, lump=True, contrast_reaction="mild"))
    ('a lump can be felt', 'earlier reaction to iodinated contrast: mild')
    """
    lines = [words for name, words in _HISTORY.items() if getattr(patient, name)]
    if patient.drug:
        lines.append(f"takes {patient.drug}")
    if patient.contrast_reaction is not Reaction.NONE:
        lines.append(f"earlier reaction to iodinated contrast: {patient.contrast_reaction}")
    if not patient.on_the_day:
        lines.append("no fluid can be expressed today")
    if not patient.persists:
        lines.append("the discharge has stopped")
    return tuple(lines)


def imaging(patient: Patient) -> tuple[str, ...]:
    """Return what was imaged so far, in short lines.

    Examples
    --------
    >>> imaging(Patient(age=47, mammography="negative"))
    ('mammography: negative', 'ultrasound: not done', 'MRI: not done, available')
    """
    mri = f"MRI: {patient.mri}"
    if patient.mri is Result.NOT_DONE:
        mri += f", {patient.mri_access}"
    return (f"mammography: {patient.mammography}", f"ultrasound: {patient.ultrasound}", mri)


# What few patients bring along, with its share among the patients for practice. Own choices.
_RARE = {
    "nipple_surgery": 0.04,
    "retracted_nipple": 0.03,
    "bleeding_disorder": 0.03,
    "cannot_cooperate": 0.02,
}


def random_patient(rng: np.random.Generator) -> Patient:
    """Draw a virtual patient for practice.

    The mix is made for teaching: each branch of the rules comes up often enough to be met in a
    dozen patients. It is not the mix of a real clinic.

    Examples
    --------
    >>> random_patient(np.random.default_rng(7)) == random_patient(np.random.default_rng(7))
    True
    """
    chance = rng.random
    sex = _one(rng, list(Sex), (0.88, 0.09, 0.03))
    woman = sex is Sex.WOMAN
    suspicious = chance() < 0.72
    color = _color(rng, suspicious=suspicious)
    milky = color is Color.MILKY
    age = int(rng.integers(19, 80))
    fertile = woman and age < 45
    pregnant = fertile and chance() < 0.06
    done = chance() < 0.68
    access = _one(rng, list(Access), (0.6, 0.25, 0.15))
    persists = chance() < 0.9
    tested = suspicious and done and access is Access.AVAILABLE and chance() < 0.5
    return Patient(
        age=age,
        sex=sex,
        sides=_one(rng, list(Sides), (0.45, 0.45, 0.1) if suspicious else (0.2, 0.2, 0.6)),
        orifices=_one(rng, list(Orifices), (0.9, 0.1) if suspicious else (0.3, 0.7)),
        color=color,
        spontaneous=chance() < (0.92 if suspicious else 0.35),
        on_the_day=persists and chance() < 0.93,
        persists=persists,
        lump=chance() < 0.08,
        infection=color is Color.PURULENT or chance() < 0.02,
        raised_risk=chance() < 0.08,
        pregnant=pregnant,
        lactating=fertile and not pregnant and chance() < 0.06,
        drug=str(rng.choice(["metoclopramide", "verapamil"])) if milky and chance() < 0.5 else "",
        mammography=_result(rng) if done and (age >= 30 or chance() < 0.2) else Result.NOT_DONE,
        ultrasound=_result(rng) if done else Result.NOT_DONE,
        mri=_one(rng, list(Result)[1:], (0.5, 0.25, 0.25)) if tested else Result.NOT_DONE,
        mri_access=access,
        contrast_reaction=_one(rng, list(Reaction), (0.88, 0.06, 0.06)),
        **{name: chance() < share for name, share in _RARE.items()},
    )


def _color(rng: np.random.Generator, *, suspicious: bool) -> Color:
    """Draw a color: one that is imaged, or any other."""
    if suspicious:
        return _one(rng, [Color.BLOODY, Color.SEROUS, Color.CLEAR], (0.5, 0.3, 0.2))
    return Color(str(rng.choice([str(item) for item in list(Color)[3:]])))


def _one(rng: np.random.Generator, items: Sequence[Item], shares: tuple[float, ...]) -> Item:
    return items[int(rng.choice(len(items), p=shares))]


def _result(rng: np.random.Generator) -> Result:
    return _one(rng, [Result.NEGATIVE, Result.TARGET], (0.87, 0.13))
