"""Marks of one place: how far apart they are, and which of several is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

from galactolab.records import Point

Mark = TypeVar("Mark")


def gap_mm(point: Point, other: Point, *, spacing_mm: tuple[float, float]) -> float:
    """Return the distance between two points (row, column) in pixels.

    Examples
    --------
    >>> gap_mm((0, 0), (30, 40), spacing_mm=(0.1, 0.1))
    5.0
    """
    down, right = point[0] - other[0], point[1] - other[1]
    return math.hypot(down * spacing_mm[0], right * spacing_mm[1])


def each_once(
    found: Iterable[Mark],
    *,
    certainty: Callable[[Mark], float],
    is_same: Callable[[Mark, Mark], bool],
) -> list[Mark]:
    """Keep the most certain of several marks of one place, most certain first.

    Parameters
    ----------
    found : iterable
        Marks of any kind.
    certainty : callable
        How sure a mark is.
    is_same : callable
        Whether a mark and a surer one, in this order, are of one place.

    Examples
    --------
    >>> each_once([3, 10, 4, 11], certainty=float, is_same=lambda a, b: abs(a - b) < 2)
    [11, 4]
    """
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda mark: -certainty(mark)):
        if not any(is_same(mark, known) for known in kept):
            kept.append(mark)
    return kept
