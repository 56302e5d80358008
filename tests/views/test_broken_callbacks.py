"""A callback that is broken on purpose shows its message, on every panel of lessons 00 to 03."""

from __future__ import annotations

import ipywidgets as w
import pytest

from galactolab import views
from galactolab.clinic import Patient
from galactolab.clinic.quiz import questions
from galactolab.views.controls import NumberSlider, StatusLine

PANELS = {
    "EnvironmentCheck": lambda _: views.EnvironmentCheck(),
    "QuizCard": lambda _: views.QuizCard(questions("start")[0]),
    "DuctAtlas": lambda _: views.DuctAtlas(seed=12),
    "TriageBench": lambda _: views.TriageBench(Patient(age=45)),
    "DischargeClinic": lambda _: views.DischargeClinic(seed=1),
    "RiskExplorer": lambda _: views.RiskExplorer(),
    "Consultation": lambda _: views.Consultation(),
    "Cannulation": lambda _: views.Cannulation(),
    "XrayBench": lambda _: views.XrayBench(),
    "Subtraction": lambda _: views.Subtraction(),
    "ArtifactGallery": lambda _: views.ArtifactGallery(),
    "DoseTaskCard": lambda _: views.DoseTaskCard(),
    "FindingsGallery": lambda _: views.FindingsGallery(),
    "ReadingPanel": lambda ask: views.ReadingPanel(library=ask("library")),
    "ReadingExercise": lambda _: views.ReadingExercise(),
    "PredictiveValue": lambda _: views.PredictiveValue(),
    "ReportBuilder": lambda ask: views.ReportBuilder(ask("galactogram")),
}


def parts(widget):
    """The widget and everything inside it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def use(control):
    """Press it, or set it to something else; return whether there was anything to do."""
    if isinstance(control, w.Button) and control.layout.display != "none":
        control.click()
    elif isinstance(control, w.Checkbox):
        control.value = not control.value
    elif isinstance(control, NumberSlider):
        low, high = control.slider.min, control.slider.max
        control.value = low if control.value == high else high
    elif isinstance(control, w.Dropdown | w.RadioButtons | w.ToggleButtons):
        others = [n for n in range(len(control.options)) if n != control.index]
        if not others:
            return False
        control.index = others[0]
    else:
        return False
    return True


@pytest.mark.parametrize("name", PANELS)
def test_no_control_fails_silently(name, request, monkeypatch):
    """Where the last step of every callback raises, some control shows it, and none is silent."""
    panel = PANELS[name](request.getfixturevalue)
    panel._repr_mimebundle_()
    controls = [one for one in parts(panel) if isinstance(one, w.CoreWidget)]
    lines = [one for one in parts(panel) if isinstance(one, StatusLine)]
    told = []

    def broken(_, text, *, shown=True):
        told.append(text)
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(StatusLine, "say", broken)
    shown = set()
    for control in controls:
        for line in lines:
            line.failed("", "")
        told.clear()
        if use(control) and told:
            problems = [line.problem.get("sentence", "") for line in lines]
            assert any("broken on purpose" in sentence for sentence in problems), control
            shown.add(control)
    assert shown
