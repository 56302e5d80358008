"""Change one thing about a patient and see what becomes of the answer."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any, get_type_hints

import ipywidgets as w

from galactolab.clinic.indications import Decision, triage
from galactolab.clinic.patients import Patient, Result
from galactolab.errors import check_one_of
from galactolab.views.controls import NumberSlider, StatusLine
from galactolab.views.decision_text import decision_html
from galactolab.views.keepsake import Keepsake

#: What a bench shows if it is not told: everything that the rules ask.
FIELDS = tuple(name for name in Patient.__dataclass_fields__ if name != "drug")
#: What stands against a ductogram.
BARS = (
    "contrast_reaction",
    "pregnant",
    "lactating",
    "infection",
    "nipple_surgery",
    "retracted_nipple",
    "bleeding_disorder",
    "cannot_cooperate",
    "on_the_day",
)
# What a control is called where the field's own name would be a riddle.
_LABELS = {
    "sides": "breast",
    "orifices": "openings",
    "spontaneous": "comes by itself",
    "on_the_day": "fluid seen today",
    "persists": "discharge goes on",
    "lump": "lump felt",
    "raised_risk": "raised lifetime risk",
    "mri": "MRI",
    "mri_access": "MRI is",
    "proven": "biopsy told the cause",
    "contrast_reaction": "earlier contrast reaction",
    "nipple_surgery": "nipple was operated",
    "cannot_cooperate": "cannot lie still",
}


class TriageBench(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Controls for a patient, and the answer of triage that follows them.

    Parameters
    ----------
    patient : Patient
        Where the controls start.
    fields : sequence of str
        What can be changed; the rest stays as in `patient`.

    Attributes
    ----------
    patient : Patient
        As the controls say now.
    decision : Decision
        The answer for the last patient that can be.

    Examples
    --------
    >>> ready = Patient(age=45, mammography="negative", ultrasound="negative",
    ...     mri_access="unavailable")
    >>> bench = TriageBench(ready, fields=BARS)
    >>> str(bench.decision.test)
    'ductography'
    >>> bench.controls["pregnant"].value = True
    >>> str(bench.decision.test)
    'refuse: contraindicated'
    """

    def __init__(self, patient: Patient, *, fields: tuple[str, ...] = FIELDS) -> None:
        for name in fields:
            check_one_of("The field", name, FIELDS)
        self._first, self.status, self.answer = patient, StatusLine(), w.HTML()
        self.controls = {name: _control(name, getattr(patient, name)) for name in fields}
        self.reset = w.Button(description="Reset", tooltip="Back to the first patient")
        self.decision: Decision = triage(patient)
        boxes = w.HBox([*self.controls.values()], layout=w.Layout(flex_flow="row wrap"))
        boxes.add_class("gl-row")
        super().__init__([boxes, self.reset, self.answer, self.status])
        self.add_class("gl-panel")
        for control in self.controls.values():
            control.observe(self.status.guard(lambda _: self._changed()), "value")
        self.reset.on_click(self.status.guard(lambda _: self._to_start()))
        self._changed()

    @property
    def patient(self) -> Patient:
        """The patient as the controls say.

        Raises
        ------
        GalactolabError
            If there can be no such patient, e.g. a pregnant man.
        """
        values: dict[str, Any] = {name: item.value for name, item in self.controls.items()}
        return replace(self._first, **values)

    def describe(self) -> str:
        """Return the answer as text."""
        return f"{self.decision.test}. {' '.join(self.decision.reasons)}"

    def _to_start(self) -> None:
        for name, control in self.controls.items():
            value = getattr(self._first, name)
            control.value = str(value) if isinstance(value, StrEnum) else value

    def _changed(self) -> None:
        self.status.stale = True
        self.decision = triage(self.patient)
        self.answer.value = decision_html(self.decision)
        self.status.stale = False
        self.status.say(f"Now: {self.decision.test}.")


def _control(name: str, value: Any) -> Any:  # noqa: ANN401 (ipywidgets ships no types)
    words = _LABELS.get(name, name.replace("_", " "))
    if isinstance(value, bool):
        box = w.Checkbox(value=value, description=words, indent=False)
        box.layout = w.Layout(width="13.5em")
        return box
    if isinstance(value, int):
        return NumberSlider(name, low=15, high=100, step=1, value=value)
    kind = get_type_hints(Patient)[name]
    options = [str(item) for item in kind]
    if name in {"mammography", "ultrasound"}:
        options.remove(str(Result.SEVERAL))
    style = {"description_width": "initial"}
    choice = w.Dropdown(options=options, value=str(value), description=words, style=style)
    choice.layout = w.Layout(width=f"{8 + 0.55 * len(words) + 0.2 * max(map(len, options)):.1f}em")
    return choice
