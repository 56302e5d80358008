"""A named virtual patient as a text: anatomy, lesions, injection, technique and story.

Recipes are the TOML files of ``data/cases``. A recipe is checked field by field when it is
read; what it makes is fixed by its text, the version of the physics and nothing else.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from galactolab.datasets.fields import TEXT, TEXTS, Field, checked_table, choice, number, whole
from galactolab.errors import GalactolabError
from galactolab.modalities.beam import ANODES, FILTERS, KVP_RANGE, Beam
from galactolab.modalities.geometry import Geometry
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.terms import Intent, Laterality, View

VIEWS = (View.CC, View.ML)

_TABLES: dict[str, dict[str, Field]] = {
    "patient": {
        "seed": whole(0, 2**31),
        "laterality": choice("L", "R"),
        "density": choice("a", "b", "c", "d"),
        "thickness_mm": number(15, 110, "mm"),
        "main_caliber_mm": number(0.4, 6, "mm", required=False),
        "growth": choice("recursive", "random_walk", required=False),
    },
    "injection": {
        "agent": choice("iohexol", "iopamidol", "ioversol", "iodixanol", "iopromide"),
        "concentration_mgi_ml": number(50, 400, "mgI/mL"),
        "volume_ml": number(0, 3, "mL"),
        "dilution": number(0, 0.9, required=False),
    },
    "technique": {
        "anode": choice(*ANODES),
        "filter": choice(*FILTERS),
        "kvp": whole(*KVP_RANGE, "kV"),
        "mas": number(0.1, 600, "mAs", required=False),
        "pitch_mm": Field(kind="choice", choices=("0.05", "0.07", "0.085", "0.1")),
        "magnification": Field(kind="choice", choices=("1.0", "1.5", "1.8")),
        "force_n": number(0, 200, "N"),
        "intent": choice(*(intent.value for intent in Intent)),
    },
    "vignette": {
        "age": whole(18, 100, "years"),
        "discharge": TEXT,
        "mammography": TEXT,
        "ultrasound": TEXT,
        "histology": TEXT,
        "teaching": TEXT,
        "sources": TEXTS,
    },
}
_LESION: dict[str, Field] = {
    "kind": TEXT,
    "size_mm": number(0.1, 100, "mm", required=False),
    "distance_mm": number(0, 150, "mm", required=False),
    "severity": number(0.1, 0.95, required=False),
    "count": whole(1, 30, required=False),
    "lobulated": Field(kind="yes or no", required=False),
}


@dataclass(frozen=True, kw_only=True)
class Vignette:
    """The clinical story.

    Attributes
    ----------
    age : int
    discharge, mammography, ultrasound : str
        What the patient has, and what was seen before.
    histology : str
        What it turned out to be: for after the reading.
    teaching : str
        What the case is for: for after the reading.
    sources : tuple of str
        Where numbers and combinations come from.
    """

    age: int
    discharge: str
    mammography: str
    ultrasound: str
    histology: str
    teaching: str
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Technique:
    """How the views of a case are taken.

    Attributes
    ----------
    beam : Beam
    geometry : Geometry
    pitch_mm : float
        Pixel distance on the detector.
    force_n : float
        Compression.
    intent : Intent
    """

    beam: Beam
    geometry: Geometry
    pitch_mm: float
    force_n: float
    intent: Intent

    @property
    def spacing_mm(self) -> float:
        """Pixel distance at the object."""
        return self.pitch_mm / self.geometry.magnification


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A named virtual patient.

    Attributes
    ----------
    name, title : str
    patient, injection : mapping
        What `galactolab.patient.phantom.make` is asked for.
    lesions : tuple of Plan
    technique : Technique
    vignette : Vignette
    fingerprint : str
        Hash of the text.
    """

    name: str
    title: str
    patient: Mapping[str, Any]
    injection: Mapping[str, Any]
    lesions: tuple[Plan, ...]
    technique: Technique
    vignette: Vignette
    fingerprint: str

    @property
    def laterality(self) -> Laterality:
        """Which breast."""
        return Laterality(self.patient["laterality"])

    def made(self) -> phantom.Phantom:
        """Make the virtual patient."""
        injection = {k: v for k, v in self.injection.items() if k != "agent"}
        patient = {**self.patient, "laterality": self.laterality}
        return phantom.make(lesions=self.lesions, **patient, **injection)

    def story(self) -> str:
        """Tell the case as it comes to the department, without its outcome."""
        side = "left" if self.laterality is Laterality.LEFT else "right"
        told = self.vignette
        return (
            f"{told.age}-year-old woman, {side} breast. Discharge: {told.discharge} "
            f"Mammography: {told.mammography} Ultrasound: {told.ultrasound}"
        )


def read_recipe(path: Path) -> Recipe:
    """Read and check one recipe.

    Parameters
    ----------
    path : pathlib.Path
        A TOML file; its stem is the name of the case.

    Raises
    ------
    GalactolabError
        If the file can not be read, or a field is missing, unknown or out of range.
    """
    name = path.stem
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        raise GalactolabError(
            f"The recipe {path.name} cannot be read: {error.strerror}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GalactolabError(f"The recipe {path.name} is no valid TOML: {error}.") from error
    tables = _checked(found, name)
    told = tables["vignette"]
    return Recipe(
        name=name,
        title=tables["title"],
        patient=tables["patient"],
        injection=tables["injection"],
        lesions=tuple(Plan(**lesion) for lesion in tables["lesion"]),
        technique=_technique(tables["technique"]),
        vignette=Vignette(**{**told, "sources": tuple(told["sources"])}),
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
    )


def _checked(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    known = ("title", "lesion", *_TABLES)
    for key in found:
        if key not in known:
            sentence = f"Case {name}: there is no table {key}; there are: {', '.join(known)}."
            raise GalactolabError(sentence)
    title = checked_table(
        {"title": found["title"]} if "title" in found else {}, {"title": TEXT}, where=f"Case {name}"
    )
    tables: dict[str, Any] = dict(title)
    for table, fields in _TABLES.items():
        held = found.get(table)
        if not isinstance(held, Mapping):
            raise GalactolabError(f"Case {name}: the table [{table}] is missing.")
        tables[table] = checked_table(
            _as_words(held, fields), fields, where=f"Case {name}, [{table}]"
        )
    lesions = found.get("lesion", [])
    if not isinstance(lesions, list):
        raise GalactolabError(f"Case {name}: lesions are written as [[lesion]], one table each.")
    where = f"Case {name}, [[lesion]]"
    tables["lesion"] = [checked_table(lesion, _LESION, where=where) for lesion in lesions]
    return tables


def _as_words(held: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Let a choice among numbers be written as a number."""
    return {
        key: str(float(value))
        if key in fields and fields[key].kind == "choice" and isinstance(value, int | float)
        else value
        for key, value in held.items()
    }


def _technique(found: Mapping[str, Any]) -> Technique:
    beam = Beam(
        anode=found["anode"], filter=found["filter"], kvp=found["kvp"], mas=found.get("mas")
    )
    return Technique(
        beam=beam,
        geometry=Geometry(magnification=float(found["magnification"])),
        pitch_mm=float(found["pitch_mm"]),
        force_n=float(found["force_n"]),
        intent=Intent(found["intent"]),
    )
