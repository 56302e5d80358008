"""The one progress bar: how far a computation is that takes longer than a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import ipywidgets as w


class ProgressBar(w.IntProgress):  # type: ignore[misc]  # ipywidgets ships no types
    """A bar in percent that hides when nothing runs, and may be moved from a thread.

    Parameters
    ----------
    words : str
        What is done, beside the bar.

    Examples
    --------
    >>> bar = ProgressBar("taking pictures")
    >>> bar.at(0.5)
    >>> bar.value, bar.layout.visibility
    (50, 'visible')
    >>> bar.at(1.0)
    >>> bar.layout.visibility
    'hidden'
    """

    def __init__(self, words: str) -> None:
        super().__init__(min=0, max=100, value=0, description=words)
        self.style = {"description_width": "initial"}
        # Hidden and not gone: the page below must not jump.
        self.layout = w.Layout(width="24em", max_width="100%", visibility="hidden")

    def at(self, share: float) -> None:
        """Show a share of the whole, 0 to 1; the end hides the bar."""
        self.value = round(100 * min(max(share, 0.0), 1.0))
        self.layout.visibility = "visible" if share < 1 else "hidden"

    def steps(self, first: float = 0.0, last: float = 1.0) -> Callable[[int, int], None]:
        """Return what a long job calls as ``progress(done, total)``, from whichever thread.

        Parameters
        ----------
        first, last : float
            The part of the bar that is this job's.
        """
        self.at(first)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return lambda _done, _total: None

        def told(done: int, total: int) -> None:
            # The end is told by who started the job, when the result is shown.
            share = min(first + (last - first) * done / total, 0.99)
            loop.call_soon_threadsafe(self.at, share)

        return told
