"""Write a report from the standard's own terms, and hear what is still missing."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as w

from galactolab.clinic.reporting import (
    DEPTHS,
    FILLINGS,
    NEXT_STEPS,
    ReportedFinding,
    StructuredReport,
)
from galactolab.records import Galactogram
from galactolab.terms import FindingType, View
from galactolab.views.controls import StatusLine
from galactolab.views.keepsake import Keepsake

_NONE = "not stated"
_N_FINDINGS = 3
_LABELS = {kind.label: kind for kind in FindingType}


class ReportBuilder(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Controls for each part of a report, its text, and a list of what it lacks.

    Parameters
    ----------
    galactogram : Galactogram, optional
        Its side and view are filled in.

    Attributes
    ----------
    report : StructuredReport

    Examples
    --------
    >>> builder = ReportBuilder()
    >>> builder.side.value = "left"
    >>> "Which breast?" in builder.report.missing()
    False
    """

    def __init__(self, galactogram: Galactogram | None = None) -> None:
        self.status = StatusLine()
        side = galactogram.laterality if galactogram else None
        view = galactogram.view if galactogram else None
        self.side = _choice("side", ["left", "right"])
        self.side.value = {"L": "left", "R": "right"}.get(str(side or ""), _NONE)
        self.views = w.SelectMultiple(
            options=[(one.code.meaning, one) for one in (View.CC, View.ML, View.MLO)],
            value=(view,) if view in {View.CC, View.ML, View.MLO} else (),
            description="views",
            rows=3,
        )
        self.orifice = _choice("orifice", [f"{hour} o'clock" for hour in range(1, 13)] + ["center"])
        self.volume = w.BoundedFloatText(
            description="contrast in mL", min=0, max=5, step=0.1, style=_STYLE
        )
        self.filling = _choice("filling", FILLINGS)
        self.findings = tuple(_FindingRow(number) for number in range(1, _N_FINDINGS + 1))
        self.correlated = w.Checkbox(
            description="read beside mammography and ultrasound",
            indent=False,
            layout=w.Layout(width="auto"),
        )
        self.next_step = _choice("next step", NEXT_STEPS)
        self.text, self.lacks = w.HTML(), w.HTML()
        super().__init__(self._children())
        self.add_class("gl-panel")
        for control in self._controls():
            control.observe(self.status.guard(lambda _: self._changed()), "value")
        self._changed()

    def _children(self) -> list[Any]:
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 12px")
        chosen = w.VBox(
            [
                w.HBox([self.side, self.orifice, self.volume, self.filling], layout=row),
                w.HBox([self.views, self.next_step], layout=row),
                *self.findings,
                self.correlated,
            ]
        )
        # The report beside what it lacks, each with room to grow.
        half = w.Layout(flex="1 1 24em", min_width="0")
        self.text.layout = self.lacks.layout = half
        shown = w.HBox(
            [self.text, self.lacks], layout=w.Layout(flex_flow="row wrap", grid_gap="16px")
        )
        return [chosen, shown, self.status]

    def _controls(self) -> list[Any]:
        single = [self.side, self.views, self.orifice, self.volume, self.filling]
        parts = [part for row in self.findings for part in row.children]
        return [*single, self.correlated, self.next_step, *parts]

    @property
    def report(self) -> StructuredReport:
        """The report as it stands."""
        stated = [row.finding for row in self.findings]
        return StructuredReport(
            laterality={"left": "L", "right": "R"}.get(self.side.value),
            views=tuple(self.views.value),
            orifice=_stated(self.orifice),
            volume_ml=self.volume.value or None,
            filling=_stated(self.filling),
            findings=tuple(one for one in stated if one is not None),
            next_step=_stated(self.next_step),
            correlated=self.correlated.value,
        )

    def _changed(self) -> None:
        report = self.report
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in report.text().splitlines())
        self.text.value = f'<div class="gl-report"><b>Report</b>{lines}</div>'
        missing = report.missing()
        items = "".join(f"<li>{html.escape(question)}</li>" for question in missing)
        self.lacks.value = (
            f"<b>Still to say ({len(missing)})</b><ul>{items}</ul>"
            if missing
            else "<b>Complete.</b><p>Nothing is left to ask.</p>"
        )
        self.status.say(
            f"{len(missing)} thing{'s' * (len(missing) != 1)} still to say."
            if missing
            else "The report is complete."
        )


class _FindingRow(w.HBox):  # type: ignore[misc]  # ipywidgets ships no types
    """The controls of one finding."""

    def __init__(self, number: int) -> None:
        self.kind = _choice(f"finding {number}", list(_LABELS))
        self.kind.layout = w.Layout(width="23em", max_width="100%")
        self.depth = _choice("where", DEPTHS)
        self.extent = w.BoundedFloatText(
            description="mm", min=0, max=200, step=0.5, layout=w.Layout(width="9em"), style=_STYLE
        )
        self.beyond = w.Checkbox(description="duct beyond not seen", indent=False)
        self.beyond.layout = w.Layout(width="auto")
        layout = w.Layout(flex_flow="row wrap", grid_gap="4px 12px")
        super().__init__([self.kind, self.depth, self.extent, self.beyond], layout=layout)

    @property
    def finding(self) -> ReportedFinding | None:
        """What is stated, or None."""
        if self.kind.value == _NONE:
            return None
        return ReportedFinding(
            type=_LABELS[self.kind.value],
            depth=_stated(self.depth),
            extent_mm=self.extent.value or None,
            beyond_unknown=self.beyond.value,
        )


_STYLE = {"description_width": "initial"}


def _choice(name: str, words: Any) -> Any:  # noqa: ANN401 (ipywidgets ships no types)
    return w.Dropdown(options=[_NONE, *words], description=name, style=_STYLE)


def _stated(control: Any) -> str:  # noqa: ANN401 (ipywidgets ships no types)
    return "" if control.value == _NONE else str(control.value)
