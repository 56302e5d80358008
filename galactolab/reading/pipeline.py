"""Four stages in a row, each of which can be swapped for any callable of the same form.

A `Pipeline` is a value: `dataclasses.replace` gives a changed one, a `functools.partial`
tunes a stage, and a network, a rule or a person can stand in for one. Each analysis
records what was done (`Analysis.steps`), and `replayed` does it again.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from galactolab import __version__
from galactolab.errors import GalactolabError
from galactolab.records import Analysis, DuctMask, Finding, Galactogram, Step
from galactolab.tree import DuctTree

if TYPE_CHECKING:
    import pandas as pd

Segment = Callable[[Galactogram], DuctMask]
Trace = Callable[[DuctMask], DuctTree]
Measure = Callable[[DuctTree], "pd.DataFrame"]
Detect = Callable[[Galactogram, DuctTree], tuple[Finding, ...]]

STAGES = ("segment", "trace", "measure", "detect")


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """From a galactogram to an analysis.

    Attributes
    ----------
    segment : callable, Galactogram -> DuctMask
    trace : callable, DuctMask -> DuctTree
    measure : callable, DuctTree -> pandas.DataFrame
    detect : callable, (Galactogram, DuctTree) -> tuple of Finding

    Examples
    --------
    >>> from dataclasses import replace
    >>> from galactolab.reading import DEFAULT, segment
    >>> fine = replace(DEFAULT, segment=partial(segment.ridges, scale_mm=(0.1, 0.8)))
    >>> fine.segment.keywords
    {'scale_mm': (0.1, 0.8)}
    """

    segment: Segment
    trace: Trace
    measure: Measure
    detect: Detect

    def __post_init__(self) -> None:
        """Refuse what cannot be called, by name."""
        for name in STAGES:
            stage = getattr(self, name)
            if not callable(stage):
                sentence = f"The stage {name!r} is {stage!r}, but it has to be a callable."
                raise GalactolabError(sentence)

    def __call__(self, galactogram: Galactogram) -> Analysis:
        """Read one galactogram.

        Raises
        ------
        GalactolabError
            If a swapped stage returns something that the next one cannot use.
        """
        mask = self.segment(galactogram)
        if not isinstance(mask, DuctMask) or mask.pixels.shape != galactogram.pixels.shape:
            shape = getattr(getattr(mask, "pixels", None), "shape", type(mask).__name__)
            sentence = (
                f"The segment stage returned {shape}, but it has to return a DuctMask of the "
                f"galactogram's shape {galactogram.pixels.shape}."
            )
            raise GalactolabError(sentence)
        tree = self.trace(mask)
        measurements = self.measure(tree)
        findings = tuple(sorted(self.detect(galactogram, tree), key=_most_certain_first))
        steps = tuple(_step(getattr(self, name)) for name in STAGES)
        return Analysis(
            mask=mask, tree=tree, measurements=measurements, findings=findings, steps=steps
        )


def replayed(steps: Iterable[Step], galactogram: Galactogram) -> Analysis:
    """Read `galactogram` again as an earlier analysis was made.

    Parameters
    ----------
    steps : iterable of Step
        `Analysis.steps`, in order.
    galactogram : Galactogram

    Raises
    ------
    GalactolabError
        If a recorded stage can no longer be found by its name.
    """
    stages = [_stage(step) for step in steps]
    if len(stages) != len(STAGES):
        sentence = f"There are {len(stages)} recorded steps, but a pipeline has {len(STAGES)}."
        raise GalactolabError(sentence)
    return Pipeline(**dict(zip(STAGES, stages, strict=True)))(galactogram)


def _most_certain_first(finding: Finding) -> tuple[float, float, float]:
    return -finding.score, *finding.location


def _step(stage: Any) -> Step:  # noqa: ANN401 (a function, a partial or a record that is called)
    """Record a stage with the parameters that really acted.

    Defaults of the function are merged with those a `partial` sets, so that a later
    change of a default does not rewrite history.
    """
    keywords: dict[str, Any] = {}
    while isinstance(stage, partial):
        keywords = {**stage.keywords, **keywords}
        stage = stage.func
    if is_dataclass(stage) and not isinstance(stage, type):
        held = {item.name: getattr(stage, item.name) for item in fields(stage)}
        kind = type(stage)
        name = f"{kind.__module__}:{kind.__qualname__}"
        return Step(stage=name, parameters=held, version=__version__)
    defaults = {
        name: item.default
        for name, item in inspect.signature(stage).parameters.items()
        if item.default is not inspect.Parameter.empty
    }
    name = f"{stage.__module__}:{getattr(stage, '__qualname__', type(stage).__qualname__)}"
    return Step(stage=name, parameters={**defaults, **keywords}, version=__version__)


def _stage(step: Step) -> Callable[..., Any]:
    """Make a recorded stage again: a class is made with its fields, a function tuned."""
    found = _found(step.stage)
    if isinstance(found, type):
        made: Callable[..., Any] = found(**step.parameters)
        return made
    return partial(found, **step.parameters)


def _found(stage: str) -> Callable[..., Any]:
    module, _, name = stage.partition(":")
    try:
        thing: Any = importlib.import_module(module)
        for part in name.split("."):
            thing = getattr(thing, part)
    except (ImportError, AttributeError) as error:
        sentence = f"The recorded stage {stage!r} cannot be found in this installation."
        raise GalactolabError(sentence) from error
    found: Callable[..., Any] = thing
    return found
