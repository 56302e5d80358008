"""Every reference of the lessons: what it is, how good, how much of it was read.

The entries live as text in ``data/evidence/references.toml``. A citation is the name of an
entry; beside those there are three words for what no publication says: ``workbook``,
``inference`` and ``unverified`` (`UNPUBLISHED`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from galactolab.errors import GalactolabError
from galactolab.places import data_folder

#: What stands in the place of a reference where there is no publication.
UNPUBLISHED: Mapping[str, str] = MappingProxyType(
    {
        "workbook": "A number that this workbook sets, asks for or computes itself.",
        "inference": "Concluded for teaching from the sources beside it; no source says it so.",
        "unverified": "Common teaching that was found in no readable source; check before use.",
    }
)

_FILES = ("references.toml", "further_reading.toml")
_NAME = re.compile(r"[a-z][a-z-]*\d{1,4}[a-z]?|\d{1,3}")
_VOLUME = re.compile(r"\d{4};\s*\d+")


class Grade(StrEnum):
    """How much weight a source carries.

    Examples
    --------
    >>> Grade("A").meaning
    'meta-analysis, society guideline or published standard'
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def meaning(self) -> str:
        """The grade in words."""
        return _GRADES[self]


_GRADES = {
    Grade.A: "meta-analysis, society guideline or published standard",
    Grade.B: "peer-reviewed study, review or essay; source code that was read",
    Grade.C: "textbook extract, reference site, hospital or patient page, documentation",
    Grade.D: "encyclopedia mirror, blog or secondary summary",
}


class Read(StrEnum):
    """How much of a source was read for this workbook."""

    WHOLE = "whole"
    OPENING = "opening"
    ABSTRACT = "abstract"
    CODE = "code"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One source.

    Attributes
    ----------
    name : str
        What a citation says: a number, or letters and a number.
    title, authors : str
        Empty where the copy that was read does not show them.
    where : str
        Journal with year, volume and pages, or publisher.
    year : int or None
    doi, pmid, url : str
        Empty where there is none.
    grade : Grade
    read : Read
    """

    name: str
    where: str
    grade: Grade
    read: Read
    title: str = ""
    authors: str = ""
    year: int | None = None
    doi: str = ""
    pmid: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        """Refuse an entry that nobody could look up."""
        if not _NAME.fullmatch(self.name):
            sentence = (
                f"Reference {self.name!r} has to be named by a number, or by small letters "
                "and a number, as 44 or s22."
            )
            raise GalactolabError(sentence)
        if not (self.title or self.authors) or not self.where:
            sentence = f"Reference {self.name} needs a place (where), and a title or authors."
            raise GalactolabError(sentence)
        if not (self.doi or self.pmid or self.url or _VOLUME.search(self.where)):
            sentence = f"Reference {self.name} cannot be found: it has no doi, pmid, url or volume."
            raise GalactolabError(sentence)

    @property
    def label(self) -> str:
        """What stands in the brackets of a citation: name and grade.

        Examples
        --------
        >>> reference("44").label
        '44 A'
        """
        return f"{self.name} {self.grade}"

    @property
    def address(self) -> str:
        """Where it can be opened; empty if it is only in print.

        Examples
        --------
        >>> reference("44").address
        'https://doi.org/10.1007/s10549-011-1787-5'
        """
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else self.url

    @property
    def short(self) -> str:
        """First author and year, or the place, for a line that has little room.

        Examples
        --------
        >>> reference("44").short, reference("3").short
        ('Chen et al. 2012', 'RadiologyInfo (RSNA/ACR)')
        """
        if not self.authors:
            return self.where
        names = self.authors.partition(" (")[0].split(", ")
        first = re.sub(r"( et al\.?)?$", "", re.sub(r"( [A-Z-]{1,4})+$", "", names[0]))
        first = re.sub(r"( [A-Z-]{1,4})+$", "", first)
        several = len(names) > 1 or "et al" in self.authors
        return f"{first}{' et al.' * several} {self.year or ''}".strip()

    @property
    def citation(self) -> str:
        """The whole entry on one line, with its address.

        Examples
        --------
        >>> print(reference("65").citation)
        Dinkel HP, Trusen A, Gassel AM, et al. Predictive value of galactographic patterns for \
benign and malignant neoplasms of the breast in patients with nipple discharge. Br J Radiol \
2000;73:706-714. doi:10.1259/bjr.73.871.11089460
        """
        sentences = [self.authors.rstrip("."), self.title or "(title not shown)", self.where]
        text = " ".join(_ended(sentence) for sentence in sentences if sentence)
        tail = f"doi:{self.doi}" if self.doi else f"PMID {self.pmid}" if self.pmid else self.url
        return f"{text} {tail}".strip()


def _ended(sentence: str) -> str:
    sentence = sentence[0].upper() + sentence[1:]
    return sentence if sentence[-1] in ".?!" else f"{sentence}."


def by_name(name: str) -> tuple[str, int, str]:
    """Return the sort key of a reference: numbers first, in the order of counting.

    Examples
    --------
    >>> sorted(["s22", "101", "44"], key=by_name)
    ['44', '101', 's22']
    """
    letters, digits, rest = re.fullmatch(r"([a-z-]*)(\d*)(.*)", name).groups()  # type: ignore[union-attr]  # it matches any text
    return letters, int(digits or 0), rest


@cache
def references() -> Mapping[str, Reference]:
    """Return all references by name.

    Raises
    ------
    GalactolabError
        If an entry cannot be used; the sentence names file and entry.

    Examples
    --------
    >>> references()["74"].grade
    <Grade.A: 'A'>
    """
    found: dict[str, Reference] = {}
    for path in (data_folder() / "evidence" / name for name in _FILES):
        if path.exists():
            found |= read_references(path)
    return MappingProxyType(found)


def read_references(path: Path) -> dict[str, Reference]:
    """Read one file of references.

    Raises
    ------
    GalactolabError
        If an entry cannot be used; the sentence names file and entry.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise GalactolabError(f"{path.name} is no TOML: {error}.") from error
    return {name: _reference(path.name, name, entry) for name, entry in table.items()}


def _reference(file: str, name: str, entry: Any) -> Reference:  # noqa: ANN401 (checked here)
    try:
        known = {**entry, "grade": Grade(entry["grade"]), "read": Read(entry["read"])}
        return Reference(name=name, **known)
    except GalactolabError as error:
        raise GalactolabError(f"{file}, entry [{name}]: {error}") from error
    except (KeyError, ValueError, TypeError) as error:
        sentence = (
            f"{file}, entry [{name}]: {error}; it needs where, grade (A, B, C, D), read "
            "(whole, opening, abstract, code), and may have title, authors, year, doi, pmid, url."
        )
        raise GalactolabError(sentence) from error


def reference(name: str) -> Reference:
    """Return one reference.

    Raises
    ------
    GalactolabError
        If there is none of this name.

    Examples
    --------
    >>> reference("4444")
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: There is no reference '4444'; near it are: 44.
    """
    found = references()
    if name not in found:
        near = sorted(get_close_matches(name, found, cutoff=0.6), key=by_name)
        tail = f"near it are: {', '.join(near)}" if near else "see data/evidence/references.toml"
        raise GalactolabError(f"There is no reference {name!r}; {tail}.")
    return found[name]


def label(name: str) -> str:
    """Return what stands in the brackets of a citation.

    Examples
    --------
    >>> label("44"), label("inference")
    ('44 A', 'inference')
    """
    return name if name in UNPUBLISHED else reference(name).label


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return names once each, publications first, in the order of a reference list.

    Examples
    --------
    >>> in_order(["s22", "workbook", "44", "s22"])
    ('44', 's22', 'workbook')
    """
    distinct = set(names)
    published = sorted((name for name in distinct if name not in UNPUBLISHED), key=by_name)
    return (*published, *(name for name in UNPUBLISHED if name in distinct))
