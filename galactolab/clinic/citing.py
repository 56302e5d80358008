"""Citations inside a text: ``one in eight [44, 50]``."""

from __future__ import annotations

import re

from galactolab.clinic.references import UNPUBLISHED, in_order, references

BRACKETS = re.compile(r"\[([^\[\]]+)\]")
_LIKE_A_NAME = re.compile(r"[a-z]{0,12}\d{1,4}")


def names_in(inside: str) -> tuple[str, ...]:
    """Return the references that a pair of brackets names; none if it holds anything else.

    Examples
    --------
    >>> names_in("44, inference"), names_in("one of these")
    (('44', 'inference'), ())
    """
    parts = tuple(part.strip() for part in inside.split(","))
    known = all(part in UNPUBLISHED or part in references() for part in parts)
    return parts if known else ()


def cited_names(text: str) -> tuple[str, ...]:
    """Return the names that a text cites, in the order of a reference list.

    Examples
    --------
    >>> cited_names("One in eight [44, 50], which is rare [inference]. A list [of words].")
    ('44', '50', 'inference')
    """
    return in_order(name for match in BRACKETS.finditer(text) for name in names_in(match[1]))


def unresolved(text: str) -> tuple[str, ...]:
    """Return what looks like a citation in a text and is none.

    Examples
    --------
    >>> unresolved("One in eight [44, 999] [of all].")
    ('999',)
    """
    parts = [part.strip() for match in BRACKETS.finditer(text) for part in match[1].split(",")]
    return tuple(
        part for part in parts if _LIKE_A_NAME.fullmatch(part) and part not in references()
    )
