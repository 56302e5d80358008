"""What is shown of a widget, and what stays of it."""

from __future__ import annotations

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from galactolab.modalities import tomosynthesis_sweep
from galactolab.patient import phantom
from galactolab.views import (
    AccuracyTable,
    AlternativesPanel,
    CytologyPanel,
    DuctoscopyPanel,
    ImageView,
    NextTest,
    QuizCard,
    VisibilityFigure,
    ductoscopy_panel,
    keepsake,
    machine_controls,
)
from galactolab.views.keepsake import keepsake_html
from galactolab.views.picture_strip import strip


@pytest.fixture
def shown(monkeypatch):
    """What a cell would show, output by output."""
    outputs = []
    monkeypatch.setattr(keepsake, "display", lambda data, **_: outputs.append(data))
    return outputs


def test_a_picture_stays_beside_the_widget(shown, galactogram):
    """First the widget alone, then a page with its picture."""
    ImageView(galactogram)._ipython_display_()
    widget, left = shown
    assert "application/vnd.jupyter.widget-view+json" in widget
    assert "image/png" not in widget
    assert "data:image/png;base64,iVBOR" in left["text/html"]
    assert len(left["text/html"]) < 60_000


def test_words_stay_where_there_is_no_picture(shown):
    """The reader is told what stood there and how to get it back."""
    QuizCard(keepsake_question())._ipython_display_()
    assert shown[0]["text/plain"] == "QuizCard; run this cell again to use it"
    assert "<img" not in shown[1]["text/html"]
    assert "Run All Cells" in shown[1]["text/html"]


def test_a_picture_that_comes_later_stays_too(monkeypatch, galactogram):
    """The first picture takes the place of the words, once."""
    renewed = []
    handle = SimpleNamespace(update=lambda data, **_: renewed.append(data["text/html"]))
    monkeypatch.setattr(keepsake, "display", lambda *_, **__: handle)
    card = QuizCard(keepsake_question())
    card.keep(ImageView(galactogram))
    card._ipython_display_()
    for _ in range(2):
        card.keep(ImageView(galactogram))
    assert len(renewed) == 1
    assert "data:image/png" in renewed[0]


@pytest.fixture
def coarse(monkeypatch):
    """A patient for lesson 04, and pictures of him that are quick to take."""
    for module, name in (
        (machine_controls, "_SPACING_MM"),
        (machine_controls, "_SWEEP_MM"),
        (ductoscopy_panel, "_SPACING_MM"),
    ):
        monkeypatch.setattr(module, name, 0.5)
    for module in (tomosynthesis_sweep, machine_controls.tomo):
        monkeypatch.setattr(module, "ARCS", {50.0: 5, 15.0: 3})
    return phantom.make(seed=21)


@pytest.mark.parametrize("panel", [AlternativesPanel, DuctoscopyPanel])
def test_all_squares_of_lesson_04_stay(shown, coarse, panel):
    """Its two panels with pictures leave these, side by side, and a lesson has room for both."""
    panel(coarse)._ipython_display_()
    assert "image/png" not in shown[0]
    left = shown[1]["text/html"]
    assert len(left) < 60_000
    squares = 5 if panel is AlternativesPanel else 2
    picture = base64.b64decode(left.split("base64,")[1].split('"')[0])
    columns, rows = Image.open(io.BytesIO(picture)).size
    assert round(columns / rows) == squares
    assert f"still picture of {panel.__name__}" in left


@pytest.mark.parametrize("panel", [AccuracyTable, CytologyPanel, NextTest, VisibilityFigure])
def test_words_stay_of_what_lesson_04_has_else(shown, panel):
    """Tables and the exercise say what stood there."""
    panel()._ipython_display_()
    assert shown[0]["text/plain"] == f"{panel.__name__}; run this cell again to use it"
    assert f"<i>{panel.__name__}." in shown[1]["text/html"]


def test_a_wall_leaves_nothing_before_its_last_picture(coarse):
    """A part of the wall would be taken for all of it."""
    wall = AlternativesPanel(coarse).wall
    assert wall.thumbnail()
    wall._cuts.pop("mri")
    assert wall.thumbnail() == ""


def test_a_strip_of_noise_is_made_to_fit():
    """Gray and color, of different size, in the bytes that a saved lesson can spare."""
    noise = np.random.default_rng(1).integers(0, 256, (400, 400, 3), np.uint8)
    png = base64.b64decode(strip([noise, noise[:300, :300, 0]], limit_bytes=20_000))
    assert 2_000 < len(png) <= 20_000


def test_a_name_is_no_markup():
    """Nothing in a name becomes a tag."""
    assert "<b>x" not in keepsake_html("<b>x", picture="")


def keepsake_question():
    """The first question of the first lesson."""
    from galactolab.clinic.quiz import questions

    return questions("start")[0]
