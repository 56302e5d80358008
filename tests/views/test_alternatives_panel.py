"""Lesson 4's bench: every control to its ends and middle, every button, one linked cross."""

import numpy as np
import pytest

from galactolab import datasets
from galactolab.modalities import contrast_enhanced, tomosynthesis_sweep
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.views import machine_controls
from galactolab.views.alternatives_panel import PATIENTS, AlternativesPanel
from galactolab.views.controls import NumberSlider
from galactolab.views.wall_tiles import cut, picked
from galactolab.volumes import Tissue


@pytest.fixture(scope="module")
def panel():
    """A panel with coarse pictures: what is tested does not depend on their pixels' size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine_controls, "_SPACING_MM", 0.5)
        patch.setattr(machine_controls, "_SWEEP_MM", 0.5)
        patch.setattr(tomosynthesis_sweep, "ARCS", {50.0: 5, 15.0: 3})
        patch.setattr(machine_controls.tomo, "ARCS", {50.0: 5, 15.0: 3})
        patient = phantom.make(seed=21, lesions=[Plan(kind="papilloma", size_mm=5)])
        shown = AlternativesPanel(patient)
        shown.machines["mri"].voxel.value = 2.4
        yield shown


def _values(control):
    """Ends and middle of a slider, or every choice."""
    if isinstance(control, NumberSlider):
        low, high = control.slider.min, control.slider.max
        middle = type(control.slider.value)((low + high) / 2)
        return [low, middle, high]
    return list(getattr(control, "_options_values", ())) or [True, False]


def test_every_control_of_every_machine_changes_its_picture_and_nothing_fails(panel):
    """Each one to its ends and middle; each setting leaves all five pictures shown."""
    for machine in panel.machines.values():
        for control in (*machine.slow, *machine.quick):
            start = control.value
            for value in _values(control):
                control.value = value
                assert panel.status.problem == {}, (machine.key, value)
                assert len(panel.images) == 5
            control.value = start


def test_another_arc_shows_a_preview_before_the_sweep_itself(panel, monkeypatch):
    """Larger pixels come first, with their caption; then what was asked for."""
    shown = []
    monkeypatch.setattr(panel.wall, "show", lambda *what: shown.append(what))
    arc = panel.machines["tomosynthesis"].arc
    arc.value, start = 15.0, arc.value
    (_, coarse, first), (_, fine, then) = shown
    assert coarse.spacing_mm[0] == pytest.approx(3 * fine.spacing_mm[0])
    assert first.startswith("preview: ")
    assert first.removeprefix("preview: ") == then
    monkeypatch.undo()
    arc.value = start


def test_the_cross_marks_one_anatomical_point_in_all_pictures(panel):
    """On the lesion, the cross lies where each picture's placement puts the lesion."""
    panel.goto(panel.lesion_mm)
    for told in panel.wall.tiles:
        image = panel.images[told["key"]]
        row, column, _ = image.located(panel.lesion_mm)
        tile = cut(image, center_mm=panel.lesion_mm, point_mm=panel.lesion_mm, field_mm=60)
        at = np.array(tile.corner) + np.array(tile.step) * (tile.cross[1], tile.cross[0])
        assert at == pytest.approx([row, column], abs=1e-6)
        assert told["cross"] == pytest.approx(list(tile.cross), abs=0.06)


def test_all_pictures_have_one_scale(panel):
    for told in panel.wall.tiles:
        image = panel.images[told["key"]]
        tile = cut(image, center_mm=panel.lesion_mm, point_mm=panel.lesion_mm, field_mm=60)
        assert np.array(tile.step) * image.spacing_mm == pytest.approx([0.2, 0.2])


def test_a_click_and_an_arrow_key_move_the_cross(panel):
    """A click at the cross leaves it; an arrow key moves it by 1 mm in the breast."""
    panel.goto(panel.lesion_mm)
    tile = next(told for told in panel.wall.tiles if told["key"] == "ductogram")
    column, row = tile["cross"]
    click = {"type": "point", "key": "ductogram", "column": column, "row": row}
    panel.wall._answer(None, click, None)
    assert panel.wall.point_mm == pytest.approx(panel.lesion_mm, abs=0.05)
    panel.wall._answer(None, {"type": "step", "key": "ductogram", "by": [0, -1]}, None)
    moved = panel.wall.point_mm - panel.lesion_mm
    assert np.linalg.norm(moved) == pytest.approx(1.0, abs=0.06)
    assert "Cross:" in panel.status.text


def test_the_keyboard_turns_over_slices(panel):
    """Page Up raises the tomosynthesis slice by 1 mm, and the MR slice by one."""
    height = panel.machines["tomosynthesis"].height
    before = height.value
    panel.wall._answer(None, {"type": "slice", "key": "tomosynthesis", "by": 1}, None)
    assert height.value == before + 1
    number = panel.machines["mri"].number
    panel.wall._answer(None, {"type": "slice", "key": "mri", "by": 1}, None)
    assert panel.machines["mri"].number == number + 1
    panel.wall._answer(None, {"type": "slice", "key": "mri", "by": 1000}, None)
    assert panel.machines["mri"].number == len(panel.machines["mri"].volume.voxels) - 1
    panel.wall._answer(None, {"type": "slice", "key": "cem", "by": 1}, None)
    assert "no slices" in panel.status.text
    assert panel.status.problem == {}


def test_every_button(panel):
    """Reveal outlines the lesion, the others move the squares, the table names all machines."""
    panel.to_lesion.click()
    assert all(not told["outlines"] for told in panel.wall.tiles)
    panel.reveal.value = True
    outlined = [told["key"] for told in panel.wall.tiles if told["outlines"]]
    assert {"ductogram", "tomosynthesis", "cem"} <= set(outlined)
    assert "papilloma" in panel.status.text
    panel.reveal.value = False
    assert all(not told["outlines"] for told in panel.wall.tiles)
    panel.center.click()
    assert panel.wall.center_mm == pytest.approx(panel.wall.point_mm)
    panel.compare.click()
    assert all(machine.name in panel.table.value for machine in panel.machines.values())
    for field in (30, 60, 200):
        panel.field.value = field
    assert panel.status.problem == {}


def test_a_failing_machine_says_so_and_the_others_go_on(panel, monkeypatch):
    """A fault of one machine is one line; no machine waits for ever."""
    with monkeypatch.context() as patch:
        patch.setattr(contrast_enhanced, "acquired", lambda *_, **__: 1 / 0)
        patch.delenv("GALACTOLAB_STRICT", raising=False)
        panel._stale = ["cem", "ductogram"]
        panel._next()
    assert "division by zero" in panel.status.problem["sentence"]
    waits = {told["key"]: told["waiting"] for told in panel.wall.tiles}
    assert waits["cem"] == "did not work; see below"
    assert waits["ductogram"] == ""
    panel.status.failed("", "")


def test_the_weight_of_the_second_machine_moves_gland(panel):
    """A weight of zero shows the gland again: the picture varies more."""
    cem = panel.machines["cem"]
    right = cem.weight.value
    spread = []
    for value in (right, 0.0):
        cem.weight.value = value
        image = panel.images["cem"]
        spread.append(image.pixels[image.truth != Tissue.OUTSIDE].std())
    cem.weight.value = right
    assert spread[1] > 2 * spread[0]


def test_the_dynamic_curve_belongs_to_gadolinium_in_a_vein(panel):
    """It is drawn with the moment of the picture, and gone where nothing goes into a vein."""
    mri = panel.machines["mri"]
    assert f"{mri.minutes.value:g} minutes after" in mri.curve.value
    start, mri.route.value = mri.route.value, "no gadolinium"
    assert mri.curve.value == ""
    mri.route.value = start
    assert mri.curve.value.count("<polyline") == 3


def test_another_patient_is_taken_anew(panel):
    before = panel.images["ductogram"]
    panel.choose(phantom.make(seed=22))
    assert panel.images["ductogram"] is not before
    assert panel.table.value == ""
    panel.reveal.value = True
    assert "no lesion" in panel.status.text
    panel.reveal.value = False


def test_every_patient_of_the_list_is_in_the_library():
    assert set(PATIENTS) <= set(datasets.names())


def test_a_point_keeps_its_depth_in_a_radiograph(panel):
    """Where a picture adds up all depths, a click keeps the one that the cross had."""
    image = panel.images["ductogram"]
    point = panel.lesion_mm + np.array([0.0, 0.0, 7.0])
    tile = cut(image, center_mm=point, point_mm=point, field_mm=60)
    found = picked(image, tile, column=tile.cross[0] + 5, row=tile.cross[1], near_mm=point)
    depth = image.placement.index(np.stack([point, found]))[:, 0]
    assert depth[1] == pytest.approx(depth[0])
