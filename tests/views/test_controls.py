"""Sliders and number boxes hold one value, to both ends, and refuse nonsense in words."""

from __future__ import annotations

import asyncio

import ipywidgets
import pytest

from galactolab.errors import GalactolabError
from galactolab.views.controls import LatestWins, NumberSlider, RangeSlider, control_for


@pytest.mark.parametrize("value", [0.0, 1.5, 3.0])
def test_slider_and_box_agree_at_both_ends_and_in_the_middle(value):
    """Whatever is set on one half is read on the other and on the pair."""
    pair = NumberSlider("dose_mgy", low=0.0, high=3.0, step=0.1, value=1.0)
    pair.slider.value = value
    assert pair.box.value == pair.value == value
    pair.box.value = 3.0 - value
    assert pair.slider.value == pair.value == pytest.approx(3.0 - value)


def test_whole_numbers_stay_whole():
    """A range of integers gives integers, so that a stage is not called with 3.0."""
    pair = control_for("n_lobes", (1, 9), 4)
    pair.slider.value = 9
    assert isinstance(pair.value, int)


def test_the_number_box_carries_the_name():
    """Screen readers find the control by the parameter's name."""
    pair = control_for("min_length_mm", (0.0, 10.0, 0.5), 2.0)
    assert pair.box.description == "min length mm"


def test_two_handles_stay_in_order():
    """Typing a lower end above the upper one swaps them and keeps all parts equal."""
    pair = RangeSlider("scale_mm", low=0.1, high=2.0, step=0.1, value=(0.1, 1.6))
    pair.lower.value = 1.9
    assert pair.value == (1.6, 1.9) == tuple(pair.slider.value)
    assert (pair.lower.value, pair.upper.value) == (1.6, 1.9)
    pair.slider.value = (0.1, 2.0)
    assert pair.value == (0.1, 2.0)


def test_short_notation_gives_the_fitting_control():
    """Words make a choice, a truth value a switch, a pair of defaults two handles."""
    assert isinstance(control_for("method", ["a", "b"], "b"), ipywidgets.Dropdown)
    assert isinstance(control_for("fast", allowed=False, value=True), ipywidgets.Checkbox)
    assert isinstance(control_for("scale_mm", (0.1, 2.0), (0.2, 1.0)), RangeSlider)


@pytest.mark.parametrize(
    ("allowed", "value", "words"),
    [
        ((1, 2, 3, 4), 1, "(low, high, step)"),
        ("soft", "soft", "several words"),
        (("a", "b"), "c", "its choices are: a, b"),
        ((0.0, 1.0), "half", "holds numbers"),
        ((2.0, 1.0), 1.0, "below its high end"),
    ],
)
def test_a_wrong_range_is_refused_in_one_sentence(allowed, value, words):
    """The sentence names the parameter and says what would be right."""
    with pytest.raises(GalactolabError, match="gain") as caught:
        control_for("gain", allowed, value)
    assert words in str(caught.value)


def test_of_a_burst_only_the_last_call_counts():
    """Where an event loop runs, a burst of changes calls back once, with the last one."""
    seen = []

    async def burst():
        calls = LatestWins(seen.append, rest_s=0.01)
        for number in range(5):
            calls(number)
        await asyncio.sleep(0.05)

    asyncio.run(burst())
    assert seen == [4]
