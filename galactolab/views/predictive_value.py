"""What does a filling defect mean? A sign, a prevalence, and a thousand people."""

from __future__ import annotations

import html

import ipywidgets as w

from galactolab.clinic.evidence import Row, table
from galactolab.clinic.prevalence import Outlook, outlook, rates_of
from galactolab.views.citations import cite, sources
from galactolab.views.controls import NumberSlider, StatusLine
from galactolab.views.keepsake import Keepsake
from galactolab.views.palette import BLUE, GRAY, ORANGE, VERMILION

_WIDE, _HIGH = 640, 30


class PredictiveValue(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Choose a sign with its published accuracy, turn the prevalence, read the predictive value.

    Attributes
    ----------
    sign : ipywidgets.Dropdown
    prevalence : NumberSlider
        Percent of the patients who have the disease.
    outlook : Outlook
        What is shown.

    Examples
    --------
    >>> panel = PredictiveValue()
    >>> panel.prevalence.value = 20
    >>> "of 1000 patients" in panel.describe()
    True
    """

    def __init__(self) -> None:
        self._rows = {f"{row['sign']}, for {row['target']}": row for row in table("sign_accuracy")}
        self.sign = w.Dropdown(
            options=list(self._rows),
            description="sign",
            layout=w.Layout(width="30em", max_width="100%"),
        )
        self.prevalence = NumberSlider("prevalence_percent", low=1, high=90, step=1, value=8)
        self.picture, self.status = w.HTML(), StatusLine()
        super().__init__([self.sign, self.prevalence, self.picture, self.status])
        self.add_class("gl-panel")
        for control in (self.sign, self.prevalence):
            control.observe(self.status.guard(lambda _: self._changed()), "value")
        self._changed()

    @property
    def row(self) -> Row:
        """The row of the table that is shown."""
        return self._rows[self.sign.value]

    @property
    def outlook(self) -> Outlook:
        """Predictive values with the controls as they are."""
        sensitivity, specificity = rates_of(self.row)
        return outlook(
            sensitivity=sensitivity, specificity=specificity, prevalence=self.prevalence.value
        )

    def describe(self) -> str:
        """Say the result in whole people."""
        seen, target = self.outlook, self.row["target"]
        signed = seen.true_positive + seen.false_positive
        return (
            f"Of 1000 patients {10 * self.prevalence.value:.0f} have {target}. "
            f"{signed:.0f} of 1000 patients show the sign, and {seen.true_positive:.0f} of these "
            f"have {target}: predictive value {seen.ppv:.1f} %. Without the sign "
            f"{seen.npv:.1f} % are free of it, and {seen.false_negative:.0f} are missed."
        )

    def _changed(self) -> None:
        sensitivity, specificity = rates_of(self.row)
        lead = (
            f"<p>Sensitivity {sensitivity:.1f} %, specificity {specificity:.1f} % "
            f"({html.escape(self.row.text('note'))}; {self.row.kind}) "
            f"{cite(*self.row.sources)}</p>"
        )
        self.picture.value = lead + _bars(self.outlook) + sources(self.row.sources)
        self.status.say(self.describe())


def _bars(seen: Outlook) -> str:
    """Draw those with and without the sign as two bars, the ill in each hatched by label."""
    rows = (
        ("with the sign", seen.true_positive, seen.false_positive, VERMILION, ORANGE),
        ("without it", seen.false_negative, seen.true_negative, BLUE, GRAY),
    )
    drawn = []
    for index, (name, ill, well, dark, light) in enumerate(rows):
        y, a, b = 8 + index * (_HIGH + 34), _WIDE * ill / 1000, _WIDE * well / 1000
        drawn.append(
            f'<text x="0" y="{y + 10}" fill="currentColor" font-size="14">{name}: '
            f"{ill:.0f} ill (solid), {well:.0f} not ill (light)</text>"
            f'<rect x="0" y="{y + 18}" width="{a:.1f}" height="{_HIGH - 8}" fill="{dark}"/>'
            f'<rect x="{a:.1f}" y="{y + 18}" width="{b:.1f}" height="{_HIGH - 8}" '
            f'fill="{light}" fill-opacity="0.35" stroke="{light}"/>'
        )
    return (
        f'<svg viewBox="0 0 {_WIDE} {2 * (_HIGH + 34)}" role="img" aria-label="Two bars: people '
        f'with and without the sign, of 1000" style="max-width: {_WIDE}px; width: 100%; '
        f'color: inherit; font-family: inherit">{"".join(drawn)}</svg>'
    )
