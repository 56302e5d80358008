"""A bench is a stage with knobs: its result always belongs to its parameters."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from functools import partial

import pytest

from galactolab.errors import GalactolabError
from galactolab.reading import DEFAULT
from galactolab.views.bench import Bench


def powered(number, *, exponent=2, scale_mm=(0.1, 1.0), way="up", sign=False):
    """Stand in for a stage."""
    if way == "down":
        raise GalactolabError("way is 'down', but it has to be up.")
    return number**exponent * (scale_mm[1] - scale_mm[0]) * (-1 if sign else 1)


RANGES = {"exponent": (0, 4), "scale_mm": (0.0, 2.0, 0.1), "way": ("up", "down"), "sign": False}


def test_each_control_at_its_ends_and_middle_changes_the_result():
    """The result is what the stage itself returns for the same parameters."""
    bench = Bench(powered, 3.0, **RANGES)
    for exponent in (0, 2, 4):
        bench.controls["exponent"].slider.value = exponent
        assert bench.result == pytest.approx(powered(3.0, exponent=exponent))
    for ends in ((0.0, 2.0), (0.5, 1.5), (0.0, 0.0)):
        bench.controls["scale_mm"].slider.value = ends
        assert bench.result == pytest.approx(powered(3.0, exponent=4, scale_mm=ends))
    bench.controls["sign"].value = True
    assert bench.stage.keywords["sign"] is True


def test_the_tuned_stage_goes_straight_into_a_pipeline():
    """A bench's stage is a partial with every turned parameter."""
    bench = Bench(DEFAULT.segment, None, scale_mm=(0.1, 3.0, 0.1))
    bench.controls["scale_mm"].value = (0.2, 0.8)
    tuned = replace(DEFAULT, segment=bench.stage)
    assert isinstance(tuned.segment, partial)
    assert tuned.segment.keywords == {"scale_mm": (0.2, 0.8)}


def test_a_failure_is_shown_and_the_earlier_result_is_marked_stale():
    """A stage that refuses says so under its controls; what is shown is called outdated."""
    bench = Bench(powered, 3.0, **RANGES)
    assert bench.result == pytest.approx(8.1)
    bench.controls["way"].value = "down"
    assert bench.status.problem["sentence"] == "way is 'down', but it has to be up."
    assert bench.status.stale
    with pytest.raises(GalactolabError):
        bench.result  # noqa: B018 (asking computes)
    bench.controls["way"].value = "up"
    assert not bench.status.stale
    assert bench.status.problem == {}


def test_each_button_can_be_clicked():
    """Compute computes, and Defaults goes back to the stage's defaults."""
    bench = Bench(powered, 3.0, **RANGES)
    bench._run.click()
    assert not bench.stale
    bench.controls["exponent"].value = 4
    bench.controls["scale_mm"].value = (0.5, 0.9)
    bench._reset.click()
    assert bench.stage.keywords["exponent"] == 2
    assert bench.stage.keywords["scale_mm"] == (0.1, 1.0)
    bench._background.cancel_button.click()
    assert bench.status.problem == {}


def test_results_reach_their_listeners_and_a_broken_listener_is_shown():
    """A picture can hang on a bench; if drawing fails, that is said."""
    seen = []
    bench = Bench(powered, 3.0, exponent=(0, 4))
    bench.on_result(seen.append)
    bench.controls["exponent"].value = 3
    assert seen == pytest.approx([8.1, 24.3])
    bench.on_result(lambda _: 1 / 0)
    assert "ZeroDivisionError" in bench.status.problem["sentence"]


def test_a_chain_of_benches_follows_its_first():
    """A bench that works on another's result computes again when that changes."""
    first = Bench(powered, 2.0, exponent=(0, 4))
    second = Bench(powered, first, exponent=(1, 3))
    assert second.result == pytest.approx((4 * 0.9) ** 2 * 0.9)
    first.controls["exponent"].value = 1
    assert second.result == pytest.approx((2 * 0.9) ** 2 * 0.9)
    first.feed(3.0)
    assert second.result == pytest.approx((3 * 0.9) ** 2 * 0.9)


def test_an_unknown_parameter_is_named_with_those_there_are():
    """A slip of the pen in a parameter's name is told at once."""
    with pytest.raises(GalactolabError, match=r"'exponnt'.*exponent, scale_mm"):
        Bench(powered, 3.0, exponnt=(0, 4))


def test_in_a_notebook_the_latest_wish_wins():
    """While one computation runs, of all later settings only the last is computed."""
    started, go, computed = threading.Event(), threading.Event(), []

    def slow(*, level=0):
        computed.append(level)
        started.set()
        go.wait(5)
        return level

    async def session():
        bench = Bench(slow, level=(0, 9))
        bench._start()
        await asyncio.to_thread(started.wait, 5)
        for level in (3, 5, 7):
            bench.controls["level"].value = level
            await asyncio.sleep(0.15)
        go.set()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if not bench.stale:
                break
        return bench.result

    assert asyncio.run(session()) == 7
    assert computed == [0, 7]


def test_a_canceled_computation_leaves_the_earlier_result():
    """Cancel drops what runs; the shown result stays and is called outdated."""
    go = threading.Event()

    def slow(*, level=0):
        if level:
            go.wait(5)
        return level

    async def session():
        bench = Bench(slow, level=(0, 9))
        assert bench.result == 0
        bench.controls["level"].value = 4
        await asyncio.sleep(0.3)
        bench._background.cancel_button.click()
        go.set()
        await asyncio.sleep(0.2)
        return bench._result, bench.status.stale, bench.status.text

    value, stale, text = asyncio.run(session())
    assert value == 0
    assert stale
    assert text.startswith("Canceled")
