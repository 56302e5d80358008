"""The one wrapper that every callback runs through.

ipywidgets drops exceptions of callbacks into a log that nobody opens. Here an exception
becomes a readable line under the control, with its trace folded out; a user's own mistake
(`GalactolabError`) shows just its sentence.

JupyterLab sends some messages of widgets to a second thread of the kernel (a subshell), so
two callbacks could run at once, each seeing half of what the other has set. The wrapper
lets one run at a time.
"""

from __future__ import annotations

import functools
import os
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from galactolab.errors import GalactolabError

#: Set to 1 where notebooks are tested: callbacks then show their error *and* raise it.
STRICT = "GALACTOLAB_STRICT"

#: Held while a callback runs; a callback inside a callback may go on.
_ONE_AT_A_TIME = threading.RLock()

#: How often each reporter was told of a failure.
_failures: Counter[int] = Counter()


class Reporter(Protocol):
    """What can show that something runs and that something failed."""

    def busy(self, on: bool) -> None:
        """Show whether a callback is running."""

    def failed(self, sentence: str, trace: str) -> None:
        """Show a failure; an empty sentence clears an earlier one."""


def guarded(callback: Callable[..., Any], reporter: Reporter) -> Callable[..., Any]:
    """Return `callback` so wrapped that nothing fails silently.

    Parameters
    ----------
    callback : callable
        What a control would call.
    reporter : Reporter
        Where the running state and a failure are shown; a success clears the line.

    Examples
    --------
    >>> class Printed:
    ...     def busy(self, on): pass
    ...     def failed(self, sentence, trace): print(sentence or "fine")
    >>> guarded(lambda: 1 / 0, Printed())()
    This did not work: ZeroDivisionError: division by zero
    >>> def ask():
    ...     raise GalactolabError("volume_ml is -1 mL.")
    >>> guarded(ask, Printed())()
    volume_ml is -1 mL.
    """

    @functools.wraps(callback)
    def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (whatever the control passes)
        with _ONE_AT_A_TIME:
            return alone(*args, **kwargs)

    def alone(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (as above)
        reporter.busy(True)  # noqa: FBT003
        before = _failures[id(reporter)]
        try:
            value = callback(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 (the very point: nothing may slip through)
            report(error, reporter)
            return None
        else:
            # A callback inside this one may have failed and said so: that has to stay.
            if _failures[id(reporter)] == before and not _is_ping(args):
                reporter.failed("", "")
            return value
        finally:
            reporter.busy(False)  # noqa: FBT003

    return run


def _is_ping(args: tuple[Any, ...]) -> bool:
    """Tell the page's pulse, which comes each second: it must not wipe away what went wrong."""
    return any(isinstance(one, dict) and one.get("type") == "ping" for one in args)


def report(error: BaseException, reporter: Reporter) -> None:
    """Show `error` on `reporter`; raise it again where notebooks are tested."""
    _failures[id(reporter)] += 1
    if isinstance(error, GalactolabError):
        reporter.failed(str(error), "")
    else:
        trace = "".join(traceback.format_exception(error))
        reporter.failed(f"This did not work: {type(error).__name__}: {error}", trace)
    if os.environ.get(STRICT) == "1":
        raise error
