"""The viewer's Python side: small state, pixels by message, one sentence for mistakes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.records import Galactogram
from galactolab.views import ImageView
from galactolab.views.palette import LAYERS


@pytest.fixture
def view(galactogram, reading):
    """A view that keeps what it would send."""
    shown = ImageView(galactogram, analysis=reading, truth=reading)
    shown.sent = []
    shown.send = lambda content, buffers=(): shown.sent.append((content, list(buffers)))
    yield shown
    shown.close()


def test_the_saved_state_is_small_even_for_a_full_field_picture():
    """No pixel is in a trait: state and thumbnail together stay far below 200 kB."""
    pixels = np.random.default_rng(20_254).random((4096, 3328), np.float32)
    view = ImageView(Galactogram(pixels=pixels, spacing_mm=0.07))
    data, _ = view._repr_mimebundle_()
    assert len(json.dumps(view.get_state(), default=str)) + len(data["image/png"]) < 150_000


def test_pixels_come_when_asked_for_and_are_the_records_own(view, galactogram):
    """The rows that are sent, put together and scaled back, are the picture."""
    view._handle_custom_msg({"type": "want", "what": "pixels"}, [])
    rows = [(content, buffers) for content, buffers in view.sent if content["type"] == "rows"]
    counts = np.concatenate([np.frombuffer(buffers[0], np.uint16) for _, buffers in rows])
    scale = view.picture["scale"]
    values = scale["offset"] + scale["step"] * counts.reshape(galactogram.pixels.shape)
    assert np.abs(values - galactogram.pixels).max() < scale["step"]
    assert all(content["stamp"] == view.picture["stamp"] for content, _ in rows)


def test_a_large_picture_sends_something_to_look_at_first():
    """Before the rows comes a coarse level."""
    big = Galactogram(pixels=np.zeros((3000, 20), np.float32), spacing_mm=0.1)
    view = ImageView(big)
    sent = []
    view.send = lambda content, buffers=(): sent.append(content["type"])
    view._send_pixels()
    assert sent[0] == "coarse"
    assert set(sent[1:]) == {"rows"}


def test_a_ping_is_answered_and_overlays_come_when_asked_for(view):
    """The page can tell a living kernel from a dead one."""
    view._handle_custom_msg({"type": "ping"}, [])
    view._handle_custom_msg({"type": "want", "what": "overlays"}, [])
    assert [content["type"] for content, _ in view.sent] == ["pong", "overlays"]


def test_a_broken_answer_is_shown_in_the_view(view):
    """A failure on the way to the browser becomes a line under the picture."""

    def broken(*_, **__):
        raise RuntimeError("the line is cut")

    view.send = broken
    view._handle_custom_msg({"type": "ping"}, [])
    assert "the line is cut" in view.problem["sentence"]


def test_window_and_presets_move_the_traits(view):
    """A program can do what a hand does."""
    view.set_window(1.2, 0.4)
    assert (view.center, view.width) == (1.2, 0.4)
    for name, window in view.presets.items():
        view.preset(name)
        assert (view.center, view.width) == (window.center, window.width)


def test_going_somewhere_and_back(view):
    """Goto sets row, column and zoom; fit shows everything again."""
    view.goto((120, 150), zoom=4)
    assert view.view == [120.0, 150.0, 4.0]
    view.fit()
    assert view.view == []


def test_layers_are_switched_by_name(view):
    """Truth starts hidden; every layer can be switched."""
    assert not view.layers["truth"]
    assert not view.layers["truth_tree"]
    view.set_layers(**dict.fromkeys(LAYERS, True))
    assert all(view.layers.values())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda view: view.set_window(1, 0), "above 0"),
        (lambda view: view.set_window(float("nan"), 1), "finite"),
        (lambda view: view.preset("bones"), "auto, ducts, full"),
        (lambda view: view.goto((999, 0)), "row is 999"),
        (lambda view: view.goto((0, 0), zoom=1000), "zoom is 1000"),
        (lambda view: view.set_layers(veins=True), "'veins'"),
    ],
)
def test_wrong_use_is_told_in_one_sentence(view, wrong, words):
    """A mistake names the value and what is allowed."""
    with pytest.raises(GalactolabError, match=words):
        wrong(view)


def test_a_reading_of_another_picture_is_refused(view, reading):
    """Overlays of another size would lie."""
    other = Galactogram(pixels=np.zeros((10, 10)), spacing_mm=0.1)
    with pytest.raises(GalactolabError, match="mask of analysis has shape"):
        ImageView(other, analysis=reading)


def test_ruler_and_profile_measure_the_record(view, galactogram):
    """A line of 30 rows and 40 columns at 0.1 mm is 5 mm; its values are the pixels'."""
    view.ruler = [[10, 10], [40, 50]]
    assert view.ruler_mm == pytest.approx(5.0)
    view.profile_line = [[120, 20], [120, 60]]
    distance, values = view.profile()
    assert distance[-1] == pytest.approx(4.0)
    assert values == pytest.approx(galactogram.pixels[120, 20:61])


def test_another_picture_starts_afresh(view, galactogram):
    """Opening another picture drops zoom, ruler, choice and overlays of the one before."""
    view.finding, view.view, view.ruler = 0, [5.0, 5.0, 2.0], [[0, 0], [1, 1]]
    stamp = view.picture["stamp"]
    view.load(Galactogram(pixels=galactogram.pixels[:50], spacing_mm=0.2))
    assert (view.finding, view.view, view.ruler) == (None, [], [])
    assert view.picture["stamp"] != stamp
    assert view.analysis is None


def test_closing_lets_go_of_the_pixels(galactogram):
    """A closed view holds no picture."""
    view = ImageView(galactogram)
    view.close()
    assert view.galactogram.pixels.size == 1
