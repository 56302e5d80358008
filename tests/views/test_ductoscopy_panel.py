"""The fly-through: every control, the keyboard's way, and the place on the ductogram."""

import numpy as np
import pytest

from galactolab.modalities import ductoscopy
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.views import ductoscopy_panel
from galactolab.views.ductoscopy_panel import DuctoscopyPanel


@pytest.fixture(scope="module")
def panel():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ductoscopy_panel, "_SPACING_MM", 0.5)
        yield DuctoscopyPanel(
            phantom.make(seed=21, lesions=[Plan(kind="papilloma", size_mm=5, distance_mm=20)])
        )


def _key(panel, by):
    panel.view._answer(None, {"type": "step", "by": by}, None)


def test_keys_fly_and_stop_at_both_ends(panel):
    panel.way.value = 5.0
    _key(panel, 1)
    assert panel.way.value == 6.0
    _key(panel, 5)
    assert panel.way.value == 11.0
    assert "11.0 mm from the orifice" in panel.status.text
    _key(panel, -1000)
    assert panel.way.value == 0.0
    _key(panel, 1000)
    assert panel.way.value <= panel.course.reach_mm < panel.way.value + 0.5
    assert "stops here" in panel.status.text
    assert panel.status.problem == {}


def test_a_sliders_rounding_and_a_typed_number(panel):
    """The page sends 5.000000000000001 for a step; a number that is typed stays as it is."""
    panel.way.slider.value = 5.000000000000001
    assert panel.way.slider.value == panel.way.box.value == panel.way.value == 5.0
    panel.way.box.value = 7.3
    assert panel.way.slider.value == panel.way.box.value == panel.way.value == 7.3
    assert "7.3 mm from the orifice" in panel.status.text
    assert panel.status.problem == {}


def test_the_mark_on_the_ductogram_is_where_the_tip_is(panel):
    """The tip lies on the way; a click on it leaves it there, a click further on goes there."""
    panel.way.value = 10.0
    tip = panel.view.told["tip"]
    panel.view._answer(None, {"type": "near", "column": tip[0], "row": tip[1]}, None)
    assert panel.way.value == pytest.approx(10.0, abs=0.5)
    column, row = panel.view.told["ahead"][-1]
    panel.view._answer(None, {"type": "near", "column": column, "row": row}, None)
    assert panel.way.value == pytest.approx(panel.course.reach_mm, abs=1.0)
    assert panel.view.told["ahead"][0] == panel.view.told["tip"]


def test_the_map_and_the_ductogram_have_one_geometry(panel):
    """The tip is drawn where the ductogram's placement puts that point of the duct."""
    panel.way.value = 12.0
    course = panel.course
    point = [np.interp(12.0, course.arc_mm, course.path_mm[:, axis]) for axis in range(3)]
    row, column, _ = panel._ductogram.located(np.array(point))
    tile = panel.view._map
    at = (np.array([column, row]) - tile.corner[::-1]) / tile.step[::-1]
    assert panel.view.told["tip"] == pytest.approx(at.tolist(), abs=1.5)


def test_reveal_outlines_the_lesion_in_both_squares(panel):
    sign = panel.phantom.lesions[0].signs[0]
    at = panel.phantom.ducts.start_mm[sign.duct] + sign.arc_mm
    panel.way.value = float(at - 4)
    assert not panel.view.told["scope"]["outlines"]
    panel.reveal.value = True
    assert panel.view.told["scope"]["outlines"]
    assert panel.view.told["map"]["outlines"]
    panel.reveal.value = False


def test_a_thicker_scope_comes_less_far(panel):
    reach = {}
    for scope_mm in (0.55, 0.9, 1.1):
        panel.scope.value = scope_mm
        reach[scope_mm] = panel.course.reach_mm
        assert panel.status.problem == {}
    assert reach[0.55] >= reach[0.9] >= reach[1.1]
    panel.scope.value = 0.9


def test_every_patient_of_the_list(panel):
    for name in ductoscopy_panel.PATIENTS:
        panel.patients.value = name
        assert panel.status.problem == {}
        assert panel.seen.pixels.shape == (ductoscopy.SIZE_PX, ductoscopy.SIZE_PX, 3)
