"""What a field of a recipe may hold, and the sentence when it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from galactolab.errors import GalactolabError


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a recipe.

    Attributes
    ----------
    kind : {"number", "whole", "text", "texts", "choice", "yes or no"}
        What it holds.
    low, high : float
        Range of a number, both ends allowed.
    unit : str
        Unit of a number.
    choices : tuple of str
        Words that a choice may be.
    required : bool
        Whether the recipe has to have it.
    """

    kind: str
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    choices: tuple[str, ...] = ()
    required: bool = True

    @property
    def allowed(self) -> str:
        """What it may hold, in words."""
        tail = f" {self.unit}" if self.unit else ""
        whole = "whole " if self.kind == "whole" else ""
        return {
            "number": f"a number between {self.low:g} and {self.high:g}{tail}",
            "whole": f"a {whole}number between {self.low:g} and {self.high:g}{tail}",
            "choice": f"one of: {', '.join(self.choices)}",
            "text": "a text that is not empty",
            "texts": "a list of texts",
            "yes or no": "true or false",
        }[self.kind]

    def holds(self, value: object) -> bool:
        """Whether a value is allowed."""
        if self.kind in {"number", "whole"}:
            kinds = int if self.kind == "whole" else (int, float)
            is_number = isinstance(value, kinds) and not isinstance(value, bool)
            return is_number and self.low <= float(value) <= self.high  # type: ignore[arg-type]
        if self.kind == "texts":
            return isinstance(value, list) and all(isinstance(v, str) and v for v in value)
        if self.kind == "yes or no":
            return isinstance(value, bool)
        if self.kind == "choice":
            return value in self.choices
        return isinstance(value, str) and bool(value.strip())


def number(low: float, high: float, unit: str = "", *, required: bool = True) -> Field:
    """Make a field that holds a number."""
    return Field(kind="number", low=low, high=high, unit=unit, required=required)


def whole(low: int, high: int, unit: str = "", *, required: bool = True) -> Field:
    """Make a field that holds a whole number."""
    return Field(kind="whole", low=low, high=high, unit=unit, required=required)


def choice(*choices: str, required: bool = True) -> Field:
    """Make a field that holds one of some words."""
    return Field(kind="choice", choices=choices, required=required)


TEXT = Field(kind="text")
TEXTS = Field(kind="texts")


def checked_table(
    found: Mapping[str, Any], allowed: Mapping[str, Field], *, where: str
) -> dict[str, Any]:
    """Check one table of a recipe.

    Parameters
    ----------
    found : mapping
        The table as read.
    allowed : mapping of str to Field
        The fields that it may have.
    where : str
        Name of the case and the table, for the sentence.

    Returns
    -------
    dict
        The same fields.

    Raises
    ------
    GalactolabError
        If a field is missing or unknown, or its value is not allowed; the sentence names
        field, value and range.

    Examples
    --------
    >>> checked_table({"kvp": 70}, {"kvp": whole(22, 49, "kV")}, where="Case x, [technique]")
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: Case x, [technique]: kvp is 70, but it has to be a whole \
number between 22 and 49 kV.
    >>> checked_table({}, {"kvp": whole(22, 49, "kV")}, where="Case x, [technique]")
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: Case x, [technique]: the field kvp is missing; it has to be \
a whole number between 22 and 49 kV.
    """
    for name, value in found.items():
        if name not in allowed:
            known = ", ".join(allowed)
            raise GalactolabError(f"{where}: there is no field {name}; the fields are: {known}.")
        if not allowed[name].holds(value):
            sentence = f"{where}: {name} is {value!r}, but it has to be {allowed[name].allowed}."
            raise GalactolabError(sentence)
    for name, field in allowed.items():
        if field.required and name not in found:
            sentence = f"{where}: the field {name} is missing; it has to be {field.allowed}."
            raise GalactolabError(sentence)
    return dict(found)
