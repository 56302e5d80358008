"""What a person did wrong, said in one sentence.

Every mistake that a user can make (a missing file, a negative scale, an unknown case)
is raised as a `GalactolabError`: one sentence that names the file or value, says what is
wrong and what is allowed. In a notebook only that sentence is shown, not a stack of
frames; the shell prints it and ends with exit code 2. Anything else that is raised is a
defect of ours and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable


class GalactolabError(ValueError):
    """A user's mistake, told in one sentence that says what would be right.

    Examples
    --------
    >>> raise GalactolabError("spacing_mm is -1, but it has to be above 0 mm.")
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: spacing_mm is -1, but it has to be above 0 mm.
    """

    def _render_traceback_(self) -> list[str]:
        """Show one sentence in IPython in place of a stack of frames."""
        return [f"{type(self).__name__}: {self}"]


def check_between(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Raise unless ``low <= value <= high``; not-a-number is always refused.

    Parameters
    ----------
    name : str
        What the person called the value.
    value, low, high : float
        The value and the ends of the allowed range, both allowed.
    unit : str
        Unit that is written behind each number.

    Raises
    ------
    GalactolabError
        If the value is outside the range.

    Examples
    --------
    >>> check_between("volume_ml", 0.5, 0.0, 3.0, "mL")
    >>> check_between("volume_ml", -1.0, 0.0, 3.0, "mL")
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: volume_ml is -1 mL, but it has to be between 0 and 3 mL.
    """
    if not low <= value <= high:
        tail = f" {unit}" if unit else ""
        sentence = (
            f"{name} is {value:g}{tail}, but it has to be between {low:g} and {high:g}{tail}."
        )
        raise GalactolabError(sentence)


def check_one_of(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise unless `value` is among `allowed`.

    Examples
    --------
    >>> check_one_of("view", "XX", ["CC", "MLO", "ML"])
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: view is 'XX', but it has to be one of: CC, MLO, ML.
    """
    choices = list(allowed)
    if value not in choices:
        sentence = f"{name} is {value!r}, but it has to be one of: {', '.join(map(str, choices))}."
        raise GalactolabError(sentence)
