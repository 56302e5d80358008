"""A pipeline is a value: stages swap, parameters are recorded, and steps replay."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.reading import DEFAULT, detect, replayed, segment
from galactolab.reading.pipeline import STAGES
from galactolab.records import DuctMask, Galactogram


def bright(galactogram: Galactogram, *, level: float = 0.5) -> DuctMask:
    """A stage as a user would write one."""
    return DuctMask(pixels=galactogram.pixels > level, spacing_mm=galactogram.spacing_mm)


@dataclass(frozen=True)
class Network:
    """A stage with a state of its own, such as loaded weights."""

    level: float = 0.5

    def __call__(self, galactogram: Galactogram) -> DuctMask:
        return bright(galactogram, level=self.level)


@pytest.fixture
def bar() -> Galactogram:
    """One straight bright duct, 1 mm wide and 10 mm long."""
    pixels = np.zeros((140, 60), np.float32)
    pixels[20:120, 25:35] = 1.0
    return Galactogram(pixels=pixels, spacing_mm=0.1)


def test_a_swapped_stage_does_its_work(bar):
    """Any callable from a galactogram to a mask can stand in for the segmentation."""
    analysis = replace(DEFAULT, segment=bright)(bar)
    assert analysis.mask.pixels.sum() == 1000
    assert len(analysis.tree) >= 1


def test_steps_hold_every_effective_parameter(bar):
    """A partial's keyword and the function's own defaults are both recorded."""
    analysis = replace(DEFAULT, segment=partial(bright, level=0.25))(bar)
    assert analysis.steps[0].parameters == {"level": 0.25}
    assert analysis.steps[0].stage.endswith(":bright")
    assert len(analysis.steps) == len(STAGES)
    assert analysis.steps[-1].stage == f"{detect.everything.__module__}:everything"


@pytest.mark.parametrize(
    "stage",
    [segment.ridges, partial(bright, level=0.3), Network(level=0.7)],
    ids=["function", "partial", "record"],
)
def test_replaying_the_steps_gives_an_equal_result(bar, stage):
    """What was recorded is enough to do it again: same mask, same numbers, same findings."""
    first = replace(DEFAULT, segment=stage)(bar)
    again = replayed(first.steps, bar)
    assert np.array_equal(first.mask.pixels, again.mask.pixels)
    assert first.measurements.equals(again.measurements)
    assert first.findings == again.findings


def test_a_tuned_pipeline_travels_between_processes(bar):
    """Pipelines pickle, so cohorts can run on many cores."""
    tuned = replace(DEFAULT, segment=partial(bright, level=0.3))
    assert pickle.loads(pickle.dumps(tuned))(bar).steps == tuned(bar).steps  # noqa: S301 (ours)


def test_no_stage_edits_what_it_was_given(bar):
    """The galactogram's bytes are the same after a whole reading."""
    before = bar.pixels.tobytes()
    DEFAULT(bar)
    assert bar.pixels.tobytes() == before


def test_a_stage_that_returns_nonsense_is_named(bar):
    """A swapped stage of the wrong form is told in one sentence."""
    with pytest.raises(GalactolabError, match="segment stage returned"):
        replace(DEFAULT, segment=lambda _: np.zeros((2, 2)))(bar)
    with pytest.raises(GalactolabError, match="'trace'"):
        replace(DEFAULT, trace="skeleton")


def test_a_stage_that_is_gone_is_named(bar):
    """Steps of another installation give a sentence, not an import error."""
    steps = list(DEFAULT(bar).steps)
    steps[0] = replace(steps[0], stage="their_package.networks:unet")
    with pytest.raises(GalactolabError, match="their_package"):
        replayed(steps, bar)
