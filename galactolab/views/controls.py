"""Sliders with named number boxes, choices, and the status line that every panel ends with.

ipywidgets sliders have no accessible name and no way to type a value exactly; here each is
one half of a pair whose other half is a named number box.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anywidget
import ipywidgets as w
import traitlets as t

from galactolab.errors import GalactolabError
from galactolab.views.callbacks import guarded, report
from galactolab.views.scripts import joined

Number = int | float
_NAME = {"description_width": "initial"}


class StatusLine(anywidget.AnyWidget):
    """Says aloud what happened, shows failures, and notices a restarted kernel.

    Put it last into a box that has the class ``gl-panel``; it grays the other children when
    the kernel no longer knows them.

    Attributes
    ----------
    text : str
        The live line.
    shown : bool
        Whether the live line is seen; if not, it is only read aloud.
    running : str
        What is being computed now; empty when nothing is.
    stale : bool
        Whether shown results are older than the controls; children with the class
        ``gl-result`` are then marked.
    problem : dict
        ``sentence`` and ``trace`` of the last failure; empty when all is well.

    Examples
    --------
    >>> line = StatusLine()
    >>> line.guard(lambda: 1 / 0)()
    >>> line.problem["sentence"]
    'This did not work: ZeroDivisionError: division by zero'
    """

    _esm = joined("heartbeat.js", "status_line.js")
    _css = joined("image_view.css", "lessons.css")
    text = t.Unicode("").tag(sync=True)
    shown = t.Bool(True).tag(sync=True)  # noqa: FBT003 (a default value)
    running = t.Unicode("").tag(sync=True)
    stale = t.Bool(False).tag(sync=True)  # noqa: FBT003 (a default value)
    problem = t.Dict().tag(sync=True)
    nudges = t.Int(0).tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(guarded(self._answer, self))

    def _answer(self, _: object, content: dict[str, Any], __: object) -> None:
        if content.get("type") == "ping":
            self.send({"type": "pong"})

    def guard(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        """Return `callback` so wrapped that it fails visibly, here."""
        return guarded(callback, self)

    def nudge(self) -> None:
        """Let charts on the page look again how much room they have."""
        self.nudges += 1

    def say(self, text: str, *, shown: bool = True) -> None:
        """Announce a result; not `shown` where the panel has it in writing already."""
        self.shown = shown
        self.text = text

    def busy(self, on: bool) -> None:
        """Do nothing: `running` tells what takes long."""

    def failed(self, sentence: str, trace: str) -> None:
        """Show a failure, or clear it with an empty sentence."""
        self.problem = {"sentence": sentence, "trace": trace} if sentence else {}

    def report(self, error: BaseException) -> None:
        """Show an error that was caught elsewhere, e.g. in a thread."""
        report(error, self)


class LatestWins:
    """Call back once after a burst of calls, with the arguments of the last one.

    Parameters
    ----------
    callback : callable
    rest_s : float
        How long it must be quiet first, in seconds. Where no event loop runs (a plain
        script, a test) the call happens at once.

    Examples
    --------
    >>> calls = LatestWins(print)
    >>> calls("now")
    now
    """

    def __init__(self, callback: Callable[..., Any], *, rest_s: float = 0.12) -> None:
        self._callback = callback
        self._rest_s = rest_s
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self, *args: object) -> None:
        """Wait for quiet, then call back."""
        self.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._callback(*args)
            return
        self._timer = loop.call_later(self._rest_s, self._callback, *args)

    def cancel(self) -> None:
        """Forget a call that waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class NumberSlider(w.HBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A slider and a named number box that hold one number.

    Examples
    --------
    >>> slider = NumberSlider("dose_mgy", low=0.0, high=3.0, step=0.1, value=1.5)
    >>> slider.box.value = 9
    >>> slider.value, slider.slider.value
    (3.0, 3.0)
    """

    value = t.Any()

    def __init__(
        self, name: str, *, low: Number, high: Number, step: Number, value: Number
    ) -> None:
        whole = all(isinstance(number, int) for number in (low, high, step, value))
        bar, box = (w.IntSlider, w.BoundedIntText) if whole else (w.FloatSlider, w.BoundedFloatText)
        span = {"min": low, "max": high, "step": step, "value": value}
        # Release to update: what hangs on a slider is seldom computed within a frame.
        self.slider = bar(**span, readout=False, continuous_update=False)
        self.slider.layout = w.Layout(width="11em")
        self.box = _named_box(box, name, span)
        super().__init__([self.box, self.slider])
        self.add_class("gl-slider")
        self.value = value
        t.link((self.slider, "value"), (self.box, "value"))
        t.link((self.slider, "value"), (self, "value"))


class RangeSlider(w.HBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A two-handled slider and two named number boxes that hold ``(low, high)``.

    Examples
    --------
    >>> pair = RangeSlider("scale_mm", low=0.1, high=2.0, step=0.1, value=(0.1, 1.6))
    >>> pair.lower.value = 0.4
    >>> pair.value
    (0.4, 1.6)
    """

    value = t.Any()

    def __init__(
        self,
        name: str,
        *,
        low: Number,
        high: Number,
        step: Number,
        value: tuple[Number, Number],
    ) -> None:
        span = {"min": float(low), "max": float(high), "step": float(step)}
        self.slider = w.FloatRangeSlider(
            **span, value=value, readout=False, continuous_update=False
        )
        self.slider.layout = w.Layout(width="11em")
        self.lower = _named_box(w.BoundedFloatText, f"{name} from", {**span, "value": value[0]})
        self.upper = _named_box(w.BoundedFloatText, "to", {**span, "value": value[1]})
        super().__init__([self.lower, self.upper, self.slider])
        self.add_class("gl-slider")
        self.value = tuple(float(number) for number in value)
        self.slider.observe(self._from_slider, "value")
        self.observe(self._from_value, "value")
        for box in (self.lower, self.upper):
            box.observe(self._from_boxes, "value")

    def _from_slider(self, _: object) -> None:
        self.value = tuple(self.slider.value)

    def _from_boxes(self, _: object) -> None:
        self.value = tuple(sorted((self.lower.value, self.upper.value)))

    def _from_value(self, _: object) -> None:
        low, high = self.value
        self.slider.value = (low, high)
        with self.lower.hold_trait_notifications(), self.upper.hold_trait_notifications():
            self.lower.value, self.upper.value = low, high


def _named_box(kind: type[Any], name: str, span: dict[str, Any]) -> Any:  # noqa: ANN401
    box = kind(**span, description=name.replace("_", " "), style=_NAME)
    wide = 6 + 0.55 * len(name)
    box.layout = w.Layout(width=f"{wide + 2:.1f}em")
    box.add_class("gl-number")
    return box


def control_for(name: str, allowed: object, value: object) -> Any:  # noqa: ANN401
    """Return a control for one parameter, from ipywidgets' short notation.

    Parameters
    ----------
    name : str
        Name of the parameter, the accessible name of the control.
    allowed : object
        ``(low, high)`` or ``(low, high, step)`` for numbers, a tuple or list of strings for
        a choice, ``True`` or ``False`` for a switch.
    value : object
        Where the control starts; a pair makes a slider with two handles.

    Raises
    ------
    GalactolabError
        If `allowed` is none of these, or `value` is not within it.

    Examples
    --------
    >>> control_for("method", ("ridges", "otsu"), "otsu").value
    'otsu'
    >>> control_for("prune_mm", (5, 1), 2)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: The range of prune_mm is (5, 1), but its low end has \
to be below its high end.
    """
    if isinstance(allowed, bool):
        start = allowed if value is None else bool(value)
        return w.Checkbox(value=start, description=name.replace("_", " "), style=_NAME)
    if not isinstance(allowed, tuple | list) or not allowed:
        sentence = (
            f"The range of {name} is {allowed!r}, but it has to be (low, high, step), "
            "several words, or True or False."
        )
        raise GalactolabError(sentence)
    if all(isinstance(item, str) for item in allowed):
        return _choice(name, list(allowed), value)
    return _numbers(name, tuple(allowed), value)


def _choice(name: str, words: list[str], value: object) -> Any:  # noqa: ANN401
    if value is not None and value not in words:
        sentence = f"{name} is {value!r}, but its choices are: {', '.join(words)}."
        raise GalactolabError(sentence)
    return w.Dropdown(
        options=words, value=value or words[0], description=name.replace("_", " "), style=_NAME
    )


def _numbers(name: str, allowed: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401
    numeric = all(isinstance(item, int | float) for item in allowed)
    if len(allowed) not in {2, 3} or not numeric:
        sentence = f"The range of {name} is {allowed!r}, but it has to be (low, high, step)."
        raise GalactolabError(sentence)
    low, high = allowed[:2]
    if not low < high:
        sentence = (
            f"The range of {name} is {allowed!r}, but its low end has to be below its high end."
        )
        raise GalactolabError(sentence)
    whole = isinstance(low, int) and isinstance(high, int)
    step = allowed[2] if len(allowed) == 3 else (1 if whole else (high - low) / 100)
    if isinstance(value, tuple | list):
        ends = (max(low, min(value)), min(high, max(value)))
        return RangeSlider(name, low=low, high=high, step=step, value=ends)
    middle = low if value is None else value
    if not isinstance(middle, int | float):
        sentence = f"{name} is {value!r}, but its range {allowed!r} holds numbers."
        raise GalactolabError(sentence)
    start = min(max(middle, low), high)
    return NumberSlider(name, low=low, high=high, step=step, value=start)
