"""The panels of the lesson on imaging: every control to its ends and middle, every button."""

from __future__ import annotations

import ipywidgets as w
import numpy as np
import pytest

from galactolab.clinic import nipple
from galactolab.clinic.artifacts import artifacts
from galactolab.views import (
    ArtifactGallery,
    Cannulation,
    DoseTaskCard,
    Subtraction,
    XrayBench,
    physics_figures,
)
from galactolab.views.controls import NumberSlider
from galactolab.views.nipple_drawing import describe_nipple, meters, nipple_svg
from galactolab.views.xray_bench import PATIENT, TEST_OBJECT


def turn_everything(panel, controls):
    """Set each control to all that it can be: ends and middle, or every choice."""
    for name, control in controls.items():
        if isinstance(control, NumberSlider):
            low, high = control.slider.min, control.slider.max
            wanted = [low, high, type(low)((low + high) / 2)]
        elif isinstance(control, w.Checkbox):
            wanted = [not control.value, control.value]
        else:
            wanted = list(control._options_values)
        for value in wanted:
            control.value = value
            assert panel.status.problem == {}, (name, value)


@pytest.fixture(scope="module")
def bench():
    return XrayBench()


def test_every_control_of_the_bench_answers(bench):
    """Picture, numbers and charts follow, on the test object and on the patient."""
    turn_everything(bench, bench.controls)
    bench.controls["object"].value = PATIENT
    turn_everything(bench, {k: v for k, v in bench.controls.items() if k != "object"})
    bench.controls["object"].value = TEST_OBJECT


def test_the_numbers_are_those_of_the_picture(bench):
    """Table, live line and chart belong to the technique that is set."""
    bench._reset.click()
    bench.controls["kvp"].value = 31
    assert bench.state.beam.name == "W/Rh 31 kV"
    assert f"{bench.quality.sdnr:.1f}" in bench.numbers.value
    assert "W/Rh 31 kV" in bench.status.text
    assert "W/Rh 31 kV" in bench.words.value
    marker = next(trace for trace in bench.figure.data if trace.name == "your voltage")
    assert marker.x[0] == 31
    assert bench.view.galactogram.source == "test object, W/Rh 31 kV"


def test_the_gray_load_is_that_of_the_automatic(bench):
    """While the automatic exposes, its load stands in the control; by hand one goes on from it."""
    bench._reset.click()
    bench.controls["automatic"].value = True
    bench.controls["kvp"].value = 49
    chosen = bench.quality.mas
    assert bench.controls["mas"].value == round(chosen)
    bench.controls["automatic"].value = False
    assert bench.quality.mas == round(chosen)
    bench.controls["mas"].value = 4 * round(chosen)
    assert bench.quality.mas == 4 * round(chosen)
    bench._reset.click()


def test_a_reference_stands_beside_what_follows(bench):
    """Half the iodine: the ratio to the reference is below one, and the dose is the same."""
    bench._reset.click()
    bench._keep.click()
    bench.controls["concentration"].value = 150
    assert "reference" in bench.numbers.value
    now, then = bench.quality, bench._reference
    assert now.contrast < 0.7 * then.contrast
    assert now.mgd_mgy == then.mgd_mgy
    bench._reset.click()
    assert bench.controls["concentration"].value == 300


def test_window_and_zoom_survive_a_new_exposure(bench):
    """A technique is compared in the same gray window and at the same place."""
    bench._reset.click()
    bench.view.set_window(0.5, 0.7)
    bench.view.goto((100, 100), zoom=3)
    bench.controls["kvp"].value = 40
    assert (bench.view.center, bench.view.width) == (0.5, 0.7)
    assert bench.view.view == [100.0, 100.0, 3.0]
    bench.controls["detector"].value = "a-Se 50 um"
    assert bench.view.view == []


def test_what_the_tube_cannot_give_is_one_sentence(bench):
    """A beam that no tube has is told in words, and the earlier picture stays."""
    bench._reset.click()
    before = bench.view.galactogram
    bench.controls["kvp"].slider.min = 10
    bench.controls["kvp"].box.min = 10
    bench.controls["kvp"].value = 12
    assert bench.status.problem["sentence"].startswith("kvp is 12 kV, but it has to be between")
    assert bench.status.problem["trace"] == ""
    assert bench.view.galactogram is before
    bench._reset.click()
    assert bench.status.problem == {}


def test_the_charts_have_words():
    """The figure's text names beam, energies and the best voltage."""
    state = XrayBench().state
    words = physics_figures.describe_bench(state)
    assert "keV" in words
    assert "K edge of iodine (33.2 keV)" in words
    figure = physics_figures.bench(state)
    assert [trace.name for trace in figure.data] == [
        style["name"] for *_, style in physics_figures._STYLES.values()
    ]
    edge = figure.data[4]
    jump = np.interp([32.9, 33.6], edge.x, edge.y)
    assert jump[1] > 3.5 * jump[0]


@pytest.fixture(scope="module")
def room():
    return Cannulation()


def test_every_control_of_the_procedure_answers(room):
    """Meters and drawing follow each choice."""
    turn_everything(room, room.controls)


def test_pressing_shows_a_drop_where_the_lobe_lies(room):
    """One hour is dry, the lobe's own hour is not; both are said."""
    lobe = round(room.nipple.orifice(room.nipple.discharging).lobe_clock)
    room.controls["clock"].value = (lobe + 5) % 12 + 1
    room.press.click()
    assert "nothing comes" in room.status.text
    room.controls["clock"].value = lobe
    room.press.click()
    assert f"orifice {room.nipple.discharging}" in room.status.text
    assert "#7a0c12" in room._drawing.value


def test_exposing_shows_views_consequences_and_dose(room):
    """First with a mistake, then mended; the dose adds up; another choice marks it stale."""
    room.again.click()
    room.controls["orifice"].value = room.nipple.discharging
    room.controls["volume"].value = 0.5
    room.controls["force"].value = 60
    room.expose.click()
    assert room.status.problem == {}
    assert "Mend: Air bubbles" in room.report.value
    assert len(room._pictures.children) == 1
    first = room.dose_mgy
    room.controls["purged"].value = True
    assert room.status.stale
    room.controls["views"].value = "CC and ML"
    room.expose.click()
    assert not room.status.stale
    assert "Every choice was sound" in room.report.value
    assert len(room._pictures.children) == 2
    assert room.dose_mgy > 2.5 * first
    room.again.click()
    assert room.dose_mgy == 0
    assert room._pictures.children == ()


def test_the_drawing_and_the_meters_have_words():
    """The picture of the nipple and both bars can be heard."""
    woman = nipple.made()
    assert 'role="img"' in nipple_svg(woman, pressed=3, chosen=2)
    assert describe_nipple(woman, chosen=2).endswith("wide.")
    from galactolab.clinic.procedure import Choices, injected

    shown = meters(injected(Choices(volume_ml=0.3)))
    assert shown.count('role="meter"') == 2


def test_motion_spoils_a_subtraction_and_registration_mends_it():
    """What is left outside the ducts grows with the slide and falls with the fit."""
    panel = Subtraction()
    turn_everything(panel, {**panel.controls, "refit": panel.refit})
    for control in panel.controls.values():
        control.value = control.slider.min if control.slider.min == 0 else 100
    still = panel.residue
    panel.controls["slide"].value = 1.0
    moved = panel.residue
    assert moved > 4 * still
    panel.refit.value = True
    assert panel.residue < 2 * still
    for kind in ("galactogram", "scout", "subtraction"):
        panel.shown.value = kind
        assert panel.view.galactogram is panel._pictures[kind]
    assert "slid 1 mm" in panel.describe()


def test_an_artifact_is_named_and_tested():
    """Wrong, then right on the next; the score counts first answers."""
    gallery = ArtifactGallery(seed=3)
    gallery.check.click()
    assert gallery.status.text == "Choose an answer first."
    other = next(one.title for one in artifacts() if one.title != gallery.artifact.title)
    gallery.answer.value = other
    gallery.check.click()
    assert "Not quite" in gallery.status.text
    assert "Not quite" in gallery._words.value
    assert not gallery.status.shown
    gallery.answer.value = gallery.artifact.title
    gallery.check.click()
    assert (gallery.n_right, gallery.n_answered) == (0, 1)
    before = gallery.views[0].galactogram
    gallery.test.click()
    assert gallery.artifact.after in gallery.status.text
    assert gallery.views[0].galactogram is not before
    gallery.following.click()
    gallery.answer.value = gallery.artifact.title
    gallery.check.click()
    assert (gallery.n_right, gallery.n_answered) == (1, 2)
    gallery.previous.click()
    assert gallery.status.problem == {}
    titles = [option for option in gallery.answer.options if option != "choose…"]
    assert sorted(titles) == titles
    assert len(titles) == len(artifacts())


def test_the_dose_task_marks_and_shows_the_best():
    """Over the dose, below the gland, and then the best itself."""
    card = DoseTaskCard()
    turn_everything(card, card.controls)
    card.controls["breast"].value, card.controls["limit"].value = 45, 1.5
    card.controls["mas"].value = 600
    card.check.click()
    assert "Over the limit" in card.answer.value
    card.controls["beam"].value, card.controls["kvp"].value = "W/Cu", 45
    card.controls["mas"].value = 300
    assert card.verdict is None
    assert card.answer.value == ""
    card.check.click()
    assert "Gland has an SDNR" in card.answer.value
    figure = card._chart.children[0]
    card.show.click()
    card.check.click()
    assert card.verdict.passed
    assert "Solved" in card.answer.value
    assert card._chart.children[0] is figure
    assert card.status.problem == {}
