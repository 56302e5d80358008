"""Shares with their intervals, and how to say them in whole people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from galactolab.clinic.evidence import Row
from galactolab.errors import GalactolabError, check_between


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share of people with what is known about its precision.

    Attributes
    ----------
    percent : float
    low, high : float or None
        Ends of the 95 % interval in percent; None where no counts were printed.
    events, n : int or None
        The counts behind it.
    """

    percent: float
    low: float | None = None
    high: float | None = None
    events: int | None = None
    n: int | None = None

    @property
    def words(self) -> str:
        """The share, its interval and its counts in one line.

        Examples
        --------
        >>> share(404, 1632).words
        '24.8 % (95 % interval 22.7 to 26.9; 404 of 1632)'
        """
        text = f"{self.percent:.1f} %" if self.percent % 1 else f"{self.percent:.0f} %"
        if self.low is None or self.high is None:
            return f"{text} (no counts printed, so no interval)"
        tail = f"{self.events} of {self.n}"
        return f"{text} (95 % interval {self.low:.1f} to {self.high:.1f}; {tail})"


def wilson(events: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share, in percent.

    Reference: Wilson EB. J Am Stat Assoc 1927;22:209-212, doi:10.1080/01621459.1927.10502953.

    Parameters
    ----------
    events, n : int
        0 <= events <= n, n above 0.
    level : float
        Between 0 and 1.

    Examples
    --------
    >>> low, high = wilson(0, 59)
    >>> f"{low:.1f} to {high:.1f}"
    '0.0 to 6.1'
    """
    if not 0 <= events <= n or n == 0:
        raise GalactolabError(f"{events} of {n} is no share: events have to be between 0 and n.")
    check_between("level", level, 0.5, 0.9999)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, spread = events / n, z**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, 100 * (middle - half)), min(100.0, 100 * (middle + half))


def share(events: int, n: int) -> Share:
    """Return a share from its counts, with Wilson's 95 % interval."""
    low, high = wilson(events, n)
    return Share(percent=100 * events / n, low=low, high=high, events=events, n=n)


def share_of(row: Row, *, events: str = "cancers", n: str = "patients") -> Share:
    """Return the share that a row states, from its counts where they are printed.

    Examples
    --------
    >>> from galactolab.clinic.evidence import table
    >>> row = table("cancer_by_color").only(group="clear or serous")
    >>> share_of(row).words
    '12.3 % (95 % interval 9.9 to 15.3; 71 of 575)'
    """
    if row[events] is not None and row[n] is not None:
        return share(int(row.number(events)), int(row.number(n)))
    return Share(percent=row.number("percent"))


def in_whole_people(percent: float, *, of: int = 100) -> int:
    """Return a share as a natural frequency: how many of so many people.

    Examples
    --------
    >>> in_whole_people(12.3), in_whole_people(0.04, of=10_000)
    (12, 4)
    """
    return math.floor(percent * of / 100 + 0.5)
