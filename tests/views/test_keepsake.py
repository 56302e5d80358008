"""What is shown of a widget, and what stays of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from galactolab.views import ImageView, QuizCard, keepsake
from galactolab.views.keepsake import keepsake_html


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


def test_a_name_is_no_markup():
    """Nothing in a name becomes a tag."""
    assert "<b>x" not in keepsake_html("<b>x", picture="")


def keepsake_question():
    """The first question of the first lesson."""
    from galactolab.clinic.quiz import questions

    return questions("start")[0]
