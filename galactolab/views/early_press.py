"""A button that is pressed before the choice has reached the kernel.

ipywidgets sends a pressed button at once, but holds a changed choice back while an earlier change
is still on its way. On a slow computer the kernel then hears of the button first.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class EarlyPress:
    """Remember a press for a moment, so that the choice that follows it counts.

    Parameters
    ----------
    within_s : float
        How long a press is remembered, in seconds.
    clock : callable
        What tells the time, in seconds.

    Examples
    --------
    >>> now = [0.0]
    >>> press = EarlyPress(clock=lambda: now[0])
    >>> press.remember()
    >>> press.taken(), press.taken()
    (True, False)
    >>> press.remember()
    >>> now[0] = 10.0
    >>> press.taken()
    False
    """

    def __init__(
        self, *, within_s: float = 1.5, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.within_s = within_s
        self._clock = clock
        self._pressed: float | None = None

    def remember(self) -> None:
        """Note a press that came without a choice."""
        self._pressed = self._clock()

    def taken(self) -> bool:
        """Tell whether a press waits for the choice that has just come; it is then used up."""
        waits = self._pressed is not None and self._clock() - self._pressed < self.within_s
        self._pressed = None
        return waits
