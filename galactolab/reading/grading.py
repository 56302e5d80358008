"""From a number to a score: how far it lies above a limit, softly.

Every score in the reading room is a product of such grades: 0.5 where a single number lies
on its limit and all others are beyond doubt.
"""

from __future__ import annotations

import math


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
