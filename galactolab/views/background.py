"""Computing beside the kernel, one thing at a time; of many wishes the latest wins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import ipywidgets as w

from galactolab.views.controls import StatusLine

#: One thread for all panels: two computations at once would each take twice as long.
_WORKER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="galactolab")
_CANCEL_AFTER_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Something to compute, and the key that its result will be known by."""

    key: object
    call: Callable[[], Any]
    accept: Callable[[Any, float], None]
    words: str = "Computing"


class Background:
    """Run wishes in a thread, so that the page stays alive and can say "cancel".

    A wish that arrives while another one runs waits for it; a wish that waits is replaced
    by a newer one. Where no event loop runs (a plain script, a test), a wish is computed
    on the spot.

    Parameters
    ----------
    status : StatusLine
        Where running, failing and canceling are told.

    Attributes
    ----------
    cancel_button : ipywidgets.Button
        To be placed in the panel; it shows itself after a second.
    """

    def __init__(self, status: StatusLine) -> None:
        self._status = status
        self._wanted: Wish | None = None
        self._running: tuple[Wish, Future[Any]] | None = None
        self.cancel_button = w.Button(description="Cancel", tooltip="Drop what is computed now")
        self.cancel_button.layout.display = "none"
        self.cancel_button.on_click(status.guard(lambda _: self.cancel()))

    def want(self, wish: Wish) -> None:
        """Ask for something; its result goes to ``wish.accept(value, seconds)``."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            began = time.perf_counter()
            wish.accept(wish.call(), time.perf_counter() - began)
            return
        self._wanted = wish
        if self._running is None:
            self._launch(loop)

    def future_of(self, key: object) -> Future[Any] | None:
        """Return the future of what runs now, if it is known by `key`."""
        if self._running is not None and self._running[0].key == key:
            return self._running[1]
        return None

    def cancel(self) -> None:
        """Drop what runs and what waits. A running step cannot be stopped, only ignored."""
        self._wanted = None
        self.cancel_button.layout.display = "none"
        if self._running is not None:
            self._status.running = "Canceled; waiting for the running step to end."

    def _launch(self, loop: asyncio.AbstractEventLoop) -> None:
        wish = self._wanted
        if wish is None:
            return
        began = time.perf_counter()
        self._status.running = f"{wish.words}…"
        future = _WORKER.submit(wish.call)
        self._running = (wish, future)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._landed, loop, began))
        loop.call_later(_CANCEL_AFTER_S, self._offer_cancel, future)

    def _offer_cancel(self, future: Future[Any]) -> None:
        if self._running is not None and self._running[1] is future and self._wanted is not None:
            self.cancel_button.layout.display = ""

    def _landed(self, loop: asyncio.AbstractEventLoop, began: float) -> None:
        if self._running is None:
            return
        (wish, future), self._running = self._running, None
        self.cancel_button.layout.display = "none"
        if self._wanted is None:
            self._status.say("Canceled: what is shown belongs to earlier settings.")
        elif self._wanted is not wish:
            self._launch(loop)
        else:
            self._wanted = None
            error = future.exception()
            if error is not None:
                self._status.report(error)
            else:
                seconds = time.perf_counter() - began
                self._status.guard(wish.accept)(future.result(), seconds)
        # Only now: a first chart takes seconds to draw, and a line gone early looks like an end.
        if self._running is None:
            self._status.running = ""
