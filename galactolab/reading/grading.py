"""From a number to a score: how far it lies above a limit, softly.

Most scores in the reading room are products of such grades: 0.5 where a single number lies on
its limit and all others are beyond doubt. Where no reading alone may forbid a finding, what all
of them say is weighed first, and the sum is graded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping


def grade(value: float, *, middle: float, width: float) -> float:
    """Return 0 to 1 for a value far below to far above `middle`.

    Parameters
    ----------
    value : float
    middle : float
        Where the grade is 0.5.
    width : float
        Above 0; a value `width` above `middle` has the grade 0.73, twice that 0.88.

    Examples
    --------
    >>> [round(grade(size, middle=1.2, width=0.1), 2) for size in (0.9, 1.2, 1.5)]
    [0.05, 0.5, 0.95]
    """
    return 1 / (1 + math.exp(-min(max((value - middle) / width, -50.0), 50.0)))


def weighed(
    readings: Mapping[str, float], signs: Iterable[tuple[str, float, float, float]]
) -> float:
    """Return by how many log-odds all readings together speak for a finding.

    Parameters
    ----------
    readings : mapping of str to float
    signs : iterable of (str, float, float, float)
        Name of a reading, where it says nothing for the finding, where it says all it can, and
        by how many log-odds.

    Examples
    --------
    >>> weighed({"length": 1.5}, [("length", 1.0, 2.0, 3.0)])
    1.5
    """
    return sum(
        weight * min(max((readings[name] - nothing) / (full - nothing), 0.0), 1.0)
        for name, nothing, full, weight in signs
    )
