"""A workbench for one stage: turn its parameters, see its result, keep the tuned stage."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as w

from galactolab.errors import GalactolabError, check_one_of
from galactolab.views.background import Background, Wish
from galactolab.views.controls import LatestWins, StatusLine, control_for
from galactolab.views.keepsake import Keepsake


class Bench(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Controls for a stage's parameters; each change computes its result again.

    A burst of changes computes the last one only. A computation of more than a second can
    be canceled: its result is then dropped, and the earlier one stays, marked as stale.

    Parameters
    ----------
    stage : callable
        Data by position, parameters by keyword; a `functools.partial` keeps its keywords.
    *inputs : object
        What the stage is given by position. Another `Bench` gives its latest result, and
        when that changes this one computes again.
    name : str
        Heading; by default the stage's own name.
    **ranges : object
        One entry for each parameter to turn: ``(low, high, step)``, several words, or a
        switch, as in `galactolab.views.controls.control_for`. Parameters start at the
        stage's defaults.

    Attributes
    ----------
    stage : functools.partial
        The stage as tuned; it goes straight into ``replace(DEFAULT, segment=bench.stage)``.
    result : object
        What the stage gives with the parameters as they are now.

    Examples
    --------
    >>> def scaled(number, *, by=2.0):
    ...     return number * by
    >>> bench = Bench(scaled, 21, by=(0.0, 10.0, 0.5))
    >>> bench.result
    42.0
    >>> bench.controls["by"].value = 3.0
    >>> bench.result, bench.stage.keywords
    (63.0, {'by': 3.0})
    """

    def __init__(
        self, stage: Callable[..., Any], *inputs: object, name: str = "", **ranges: object
    ) -> None:
        defaults = _defaults(stage)
        for parameter in ranges:
            check_one_of("The parameter", parameter, defaults)
        self._plain, self._inputs = stage, inputs
        self.controls = {
            parameter: control_for(parameter, allowed, defaults[parameter])
            for parameter, allowed in ranges.items()
        }
        self.status = StatusLine()
        self._background = Background(self.status)
        self._listeners: list[Callable[[Any], None]] = []
        self._result: Any = None
        self._later: list[Bench] = []  # benches that work on this one's result
        self._fed = 0
        self._made_with: object = None  # the parameters that _result belongs to
        self._soon = LatestWins(self.status.guard(self._start))
        super().__init__([*self._head(name), *self.controls.values(), self._foot(), self.status])
        self.add_class("gl-panel")
        for control in self.controls.values():
            control.observe(self.status.guard(self._changed), "value")
        self._follow()

    def _head(self, name: str) -> list[Any]:
        title = name or getattr(_innermost(self._plain), "__name__", "stage")
        return [w.HTML(f"<b>{title.replace('_', ' ')}</b>")]

    def _foot(self) -> Any:  # noqa: ANN401 (ipywidgets ships no types)
        self._reset = w.Button(description="Defaults", tooltip="Back to the stage's defaults")
        self._reset.on_click(self.status.guard(self._to_defaults))
        self._run = w.Button(description="Compute", tooltip="Compute with these parameters")
        self._run.on_click(self.status.guard(lambda _: self._start()))
        return w.HBox([self._run, self._reset, self._background.cancel_button])

    # ---- what a program asks -----------------------------------------------------------
    @property
    def stage(self) -> partial[Any]:
        """The stage with the parameters as they are now."""
        return partial(self._plain, **self._parameters())

    @property
    def result(self) -> Any:  # noqa: ANN401 (whatever the stage returns)
        """The stage's result for the parameters as they are now; computed if need be.

        Raises
        ------
        Exception
            Whatever the stage raises.
        """
        self._soon.cancel()
        if self.stale:
            key = self._key()
            began = time.perf_counter()
            running = self._background.future_of(key)
            value = running.result() if running else self.stage(*self._arguments())
            self._accept(value, key, time.perf_counter() - began)
        return self._result

    @property
    def stale(self) -> bool:
        """Whether the last result is older than the parameters or inputs."""
        return self._made_with != self._key()

    def on_result(self, listener: Callable[[Any], None]) -> None:
        """Call `listener` with each new result, e.g. to draw it; with the present one now.

        A failure of the listener is shown under the controls.
        """
        self.listen(listener)
        if self.stale:
            self._soon()
        else:
            self.status.guard(listener)(self._result)

    def __repr__(self) -> str:
        """Say what to do where no kernel runs."""
        name = getattr(_innermost(self._plain), "__name__", "stage")
        return f"Bench({name}); run this cell again to use it"

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Compute the first result when a cell shows the bench."""
        if self.stale:
            self._soon()
        return super()._repr_mimebundle_(**kwargs)

    def listen(self, listener: Callable[[Any], None]) -> None:
        """Call `listener` with each new result from now on."""
        self._listeners.append(listener)

    def feed(self, *inputs: object, start: bool = True) -> None:
        """Work on something else, with the same parameters.

        Parameters
        ----------
        *inputs : object
            As when the bench was made.
        start : bool
            False waits until something else starts it, e.g. an earlier bench.
        """
        self._inputs = inputs
        self._fed += 1
        self._follow()
        if start:
            self._changed(None)

    # ---- how it computes ---------------------------------------------------------------
    def _parameters(self) -> dict[str, Any]:
        return {name: control.value for name, control in self.controls.items()}

    def _earlier(self) -> list[Bench]:
        return [item for item in self._inputs if isinstance(item, Bench)]

    def _follow(self) -> None:
        for earlier in self._earlier():
            if self not in earlier._later:  # noqa: SLF001 (another bench is no stranger)
                earlier._later.append(self)  # noqa: SLF001

    def _key(self) -> object:
        """Return what a result depends on; equal keys mean an equal result."""
        upstream = tuple(earlier._key() for earlier in self._earlier())  # noqa: SLF001
        return tuple(self._parameters().items()), self._fed, upstream

    def _arguments(self) -> list[Any]:
        return [item.result if isinstance(item, Bench) else item for item in self._inputs]

    def _to_defaults(self, _: object) -> None:
        defaults = _defaults(self._plain)
        for name, control in self.controls.items():
            fresh = control_for(name, _allowed(control), defaults[name])
            control.value = fresh.value
            fresh.close()

    def _changed(self, _: object) -> None:
        self._mark()
        if self.stale:
            self._soon()

    def _mark(self) -> None:
        """Say here, and on the benches that work on this result, whether it is out of date."""
        self.status.stale = self._made_with is not None and self.stale
        for later in self._later:
            later._mark()  # noqa: SLF001

    def _start(self) -> None:
        """Compute now: beside the kernel where an event loop runs, else on the spot."""
        waiting = [earlier for earlier in self._earlier() if earlier.stale]
        if waiting:
            # Their result will start this bench.
            for earlier in waiting:
                earlier._soon()  # noqa: SLF001
            return
        if not self.stale:
            return
        key = self._key()
        call = partial(self.stage, *self._arguments())
        self._background.want(Wish(key=key, call=call, accept=partial(self._landed, key)))

    def _landed(self, key: object, value: object, seconds: float) -> None:
        # `result` may have been asked for, and answered, while this was under way.
        if self._made_with != key:
            self._accept(value, key, seconds)

    def _accept(self, value: object, key: object, seconds: float) -> None:
        self._result, self._made_with = value, key
        self.status.failed("", "")
        self._mark()
        self.status.say(f"{_in_words(value)} ({seconds:.2f} s)")
        for listener in self._listeners:
            self.status.guard(listener)(value)
        for later in self._later:
            later.status.guard(later._changed)(None)  # noqa: SLF001


def _in_words(value: object) -> str:
    if isinstance(value, tuple | list):
        if not value:
            return "nothing found"
        return f"{len(value)} in all, first {_in_words(value[0])}"
    words = repr(value)
    return words if len(words) <= 160 else f"{words[:157]}…"


def _innermost(stage: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(stage, partial):
        stage = stage.func
    return stage


def _defaults(stage: Any) -> dict[str, Any]:  # noqa: ANN401 (it is checked here)
    """Return the keyword parameters of a stage with their defaults."""
    if not callable(stage):
        sentence = f"The stage is {stage!r}, but it has to be a callable."
        raise GalactolabError(sentence)
    return {
        name: None if item.default is inspect.Parameter.empty else item.default
        for name, item in inspect.signature(stage).parameters.items()
        if item.kind in {item.KEYWORD_ONLY, item.POSITIONAL_OR_KEYWORD}
        and (item.kind is item.KEYWORD_ONLY or item.default is not inspect.Parameter.empty)
    }


def _allowed(control: Any) -> object:  # noqa: ANN401 (ipywidgets ships no types)
    """Return the range that a control was made from."""
    if isinstance(control, w.Checkbox):
        return bool(control.value)
    if isinstance(control, w.Dropdown):
        return tuple(control.options)
    slider = control.slider
    return slider.min, slider.max, slider.step
