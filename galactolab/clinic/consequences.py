"""What follows from a choice, in words with sources: ``data/procedure/consequences.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from galactolab.errors import GalactolabError
from galactolab.places import data_folder


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What one choice led to.

    Attributes
    ----------
    name : str
        Key in the file.
    good : bool
    title, text : str
    sources : tuple of str
        Names of references, or ``"inference"``, ``"workbook"``, ``"unverified"``.
    """

    name: str
    good: bool
    title: str
    text: str
    sources: tuple[str, ...]


@cache
def consequences() -> Mapping[str, Consequence]:
    """Return all consequences by name.

    Raises
    ------
    GalactolabError
        If an entry lacks a field or a source.

    Examples
    --------
    >>> consequences()["air"].sources
    ('2', '102', '123')
    """
    path = data_folder() / "procedure" / "consequences.toml"
    found = tomllib.loads(path.read_text("utf-8"))
    return MappingProxyType({name: _read(name, entry) for name, entry in found.items()})


def _read(name: str, entry: Mapping[str, object]) -> Consequence:
    fields = ("good", "title", "text", "sources")
    missing = [field for field in fields if field not in entry]
    if missing or not entry["sources"]:
        sentence = (
            f"Consequence {name!r} needs {', '.join(fields)}; missing or empty: "
            f"{', '.join(missing) or 'sources'}."
        )
        raise GalactolabError(sentence)
    sources = entry["sources"]
    return Consequence(
        name=name,
        good=bool(entry["good"]),
        title=str(entry["title"]),
        text=str(entry["text"]),
        sources=tuple(str(one) for one in sources) if isinstance(sources, list) else (),
    )
