"""The tables of the lessons: numbers as text that an instructor can edit, checked when read.

Each table is a file ``data/evidence/<name>.csv``; ``data/evidence/tables.toml`` says what its
columns hold. Two columns stand in every table: ``kind`` tells whether a source reports the row
(`Kind`), and ``sources`` names the references, parted by spaces.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from galactolab.clinic.references import UNPUBLISHED, references
from galactolab.errors import GalactolabError, check_one_of
from galactolab.places import data_folder

if TYPE_CHECKING:
    import pandas as pd

Value = str | int | float | None
_EVERY = ("kind", "sources")


class Kind(StrEnum):
    """How a row is known."""

    REPORTED = "reported"
    DERIVED = "derived"
    INFERENCE = "inference"
    UNVERIFIED = "unverified"


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(f"{text} is below 0")
    return number


def _percent(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 100:
        raise ValueError(f"{text} is no percentage")
    return number


_PARSERS: dict[str, Callable[[str], Value]] = {
    "text": str,
    "count": _count,
    "number": float,
    "percent": _percent,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    line : int
        Line in the file, the header being line 1.
    cells : mapping of str to str, int, float or None
        What each column holds; None where the cell is empty.
    kind : Kind
    sources : tuple of str
        References, as `galactolab.clinic.references.reference` takes them.
    """

    line: int
    cells: Mapping[str, Value]
    kind: Kind
    sources: tuple[str, ...]

    def __getitem__(self, column: str) -> Value:
        """Return what a column holds."""
        check_one_of("The column", column, self.cells)
        return self.cells[column]

    def text(self, column: str) -> str:
        """Return a cell as text, empty if the cell is."""
        value = self[column]
        return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    def number(self, column: str) -> float:
        """Return a cell as a number.

        Raises
        ------
        GalactolabError
            If the cell is empty or holds text.
        """
        value = self[column]
        if not isinstance(value, int | float):
            raise GalactolabError(f"Line {self.line} holds no number in the column {column!r}.")
        return float(value)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A checked table.

    Attributes
    ----------
    name, title, note : str
    columns : mapping of str to str
        What each column holds: text, count, number or percent.
    rows : tuple of Row
    """

    name: str
    title: str
    note: str
    columns: Mapping[str, str]
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, **cells: Value) -> Table:
        """Return the table with only the rows whose cells hold these values.

        Examples
        --------
        >>> len(table("accuracy").where(test="galactography", target="any lesion")) >= 1
        True
        """
        for column in cells:
            check_one_of("The column", column, self.columns)
        kept = tuple(
            row for row in self.rows if all(row[name] == value for name, value in cells.items())
        )
        return replace(self, rows=kept)

    def only(self, **cells: Value) -> Row:
        """Return the one row whose cells hold these values.

        Raises
        ------
        GalactolabError
            If there is none, or more than one.
        """
        found = self.where(**cells).rows
        if len(found) != 1:
            asked = ", ".join(f"{name} = {value!r}" for name, value in cells.items())
            sentence = f"Table {self.name!r} has {len(found)} rows with {asked}, not one."
            raise GalactolabError(sentence)
        return found[0]

    def frame(self) -> pd.DataFrame:
        """Return the table with its kind and sources as a data frame."""
        import pandas as pd  # noqa: PLC0415 (pandas takes a second)

        rows = [{**row.cells, "kind": str(row.kind), "sources": row.sources} for row in self.rows]
        return pd.DataFrame(rows)

    @property
    def sources(self) -> tuple[str, ...]:
        """All references of the table, once each, in the order of the rows."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.sources))


def names() -> tuple[str, ...]:
    """Return the names of all tables.

    Examples
    --------
    >>> "accuracy" in names()
    True
    """
    return tuple(sorted(_forms(data_folder() / "evidence")))


@cache
def table(name: str) -> Table:
    """Return one table, checked.

    Raises
    ------
    GalactolabError
        If there is no such table, or a cell cannot be used: the sentence names file and line.

    Examples
    --------
    >>> row = table("accuracy").only(test="galactography", target="any lesion", study="pooled")
    >>> row["sensitivity"], row.sources
    (69.0, ('74',))
    """
    return read_table(data_folder() / "evidence", name)


def read_table(folder: Path, name: str) -> Table:
    """Read and check one table of a folder.

    Raises
    ------
    GalactolabError
        If there is no such table, or a cell cannot be used: the sentence names file and line.
    """
    forms = _forms(folder)
    check_one_of("The table", name, sorted(forms))
    form = forms[name]
    columns: dict[str, str] = form.get("columns", {})
    for column, kind in columns.items():
        check_one_of(f"tables.toml, [{name}]: the column {column}", kind, _PARSERS)
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        wanted, found = [*columns, *_EVERY], list(reader.fieldnames or ())
        if wanted != found:
            sentence = f"{name}.csv has the columns {found}, but tables.toml asks for {wanted}."
            raise GalactolabError(sentence)
        rows = tuple(_row(name, reader.line_num, form, raw) for raw in reader)
    if not rows:
        raise GalactolabError(f"{name}.csv holds no rows.")
    return Table(
        name=name,
        title=form["title"],
        note=form.get("note", ""),
        columns=MappingProxyType(columns),
        rows=rows,
    )


def _forms(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads((folder / "tables.toml").read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise GalactolabError(f"tables.toml is no TOML: {error}.") from error


def _row(name: str, line: int, form: dict[str, Any], raw: dict[Any, Any]) -> Row:
    place = f"{name}.csv, line {line}"
    if None in raw or None in raw.values():
        raise GalactolabError(f"{place}: the number of cells is not that of the header.")
    cells: dict[str, Value] = {}
    for column, kind in form["columns"].items():
        text = raw[column].strip()
        try:
            cells[column] = _PARSERS[kind](text) if text else None
        except ValueError as error:
            sentence = f"{place}, column {column}: {text!r} is no {kind} ({error})."
            raise GalactolabError(sentence) from error
    _check_numbers(place, form, cells)
    sources = tuple(raw["sources"].split())
    _check_sources(place, raw["kind"], sources)
    return Row(
        line=line,
        cells=MappingProxyType(cells),
        kind=Kind(raw["kind"]),
        sources=sources,
    )


def _check_numbers(place: str, form: dict[str, Any], cells: dict[str, Value]) -> None:
    """Refuse an interval without its estimate, and a part that is larger than its whole."""
    for names in form.get("intervals", ()):
        estimate, low, high = (cells[name] for name in names)
        given = [value is not None for value in (low, high)]
        if not any(given):
            continue
        if not all(given) or estimate is None:
            raise GalactolabError(f"{place}: {', '.join(names)} are not all given.")
        if not low <= estimate <= high:  # type: ignore[operator]  # all three are numbers
            sentence = f"{place}: the interval {low} to {high} does not hold {names[0]} {estimate}."
            raise GalactolabError(sentence)
    for part, whole in form.get("shares", ()):
        given = [cells[name] is not None for name in (part, whole)]
        if given == [True, False]:
            raise GalactolabError(f"{place}: {part} is given without {whole}.")
        if all(given) and cells[part] > cells[whole]:  # type: ignore[operator]  # counts
            sentence = f"{place}: {part} {cells[part]} is more than {whole} {cells[whole]}."
            raise GalactolabError(sentence)


def _check_sources(place: str, kind: str, sources: tuple[str, ...]) -> None:
    check_one_of(f"{place}: kind", kind, [str(item) for item in Kind])
    for name in sources:
        if name not in references() and name not in UNPUBLISHED:
            raise GalactolabError(f"{place}: there is no reference {name!r} in references.toml.")
    published = [name for name in sources if name in references()]
    if kind in {Kind.REPORTED, Kind.DERIVED} and not published:
        raise GalactolabError(f"{place}: a {kind} row needs a reference.")
