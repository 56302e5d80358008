"""Lavage, aspiration and smear: how many cells come, and what the cytologist says of them."""

from __future__ import annotations

import math

import ipywidgets as w
import numpy as np

from galactolab import datasets
from galactolab.errors import check_one_of
from galactolab.modalities import lavage, tables
from galactolab.modalities.lavage import METHODS, Cytology, Figure, Method
from galactolab.patient.phantom import Phantom
from galactolab.views.citations import cite, sources
from galactolab.views.controls import StatusLine
from galactolab.views.keepsake import Keepsake
from galactolab.views.palette import BLUE, ORANGE, VERMILION

#: Patients of the library: healthy, benign, cancer in the lumen, cancer beside it.
PATIENTS = ("normal", "solitary-papilloma", "peripheral-dcis", "mass-displacement")
_NAMES: dict[Method, str] = {
    "lavage": "ductal lavage", "aspiration": "nipple aspiration", "smear": "smear of discharge",
}  # fmt: skip
_MEASURES = ("adequate", "sensitivity", "specificity")
_SERIES = 100
_WIDE = 640
#: Cells at both ends of the drawn scale.
_CELLS = (1.0, 1e8)
_SEED = 47


class CytologyPanel(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Take samples of a patient, and compare them with what was published.

    Parameters
    ----------
    patient : str or Phantom
        Name of a case of the library, or a virtual patient of your own.

    Attributes
    ----------
    samples : list of Cytology
        All samples of this patient by this method.

    Examples
    --------
    >>> panel = CytologyPanel("peripheral-dcis")
    >>> panel.series.click()
    >>> len(panel.samples), panel.samples[0].has_cancer
    (100, True)
    """

    def __init__(self, patient: str | Phantom = PATIENTS[1]) -> None:
        self.status = StatusLine()
        own = [] if isinstance(patient, str) else ["your own patient"]
        named = {"description_width": "initial"}
        self.patients = w.Dropdown(
            options=[*own, *PATIENTS],
            value=patient if isinstance(patient, str) else own[0],
            description="patient",
            style=named,
        )
        self.method = w.Dropdown(
            options=[(name, key) for key, name in _NAMES.items()], description="sample by",
            style=named,
        )  # fmt: skip
        self.one = w.Button(description="Take a sample", tooltip="One sample of this patient")
        self.series = w.Button(
            description=f"Take {_SERIES}", tooltip=f"{_SERIES} samples, to see how they scatter"
        )
        self.reveal = w.ToggleButton(
            description="Reveal the truth", tooltip="Tell what the lumen holds"
        )
        for button in (self.one, self.series, self.reveal):
            button.layout = w.Layout(width="auto")
        self.drawn, self.published = w.HTML(), w.HTML()
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 12px")
        controls = (self.patients, self.method, self.one, self.series, self.reveal)
        top = w.HBox(controls, layout=row)
        super().__init__([top, self.drawn, self.published, self.status])
        self.add_class("gl-panel")
        guard = self.status.guard
        self.patients.observe(guard(lambda _: self._chose()), "value")
        self.method.observe(guard(lambda _: self._start()), "value")
        self.one.on_click(guard(lambda _: self._take(1)))
        self.series.on_click(guard(lambda _: self._take(_SERIES)))
        self.reveal.observe(guard(lambda _: self._draw()), "value")
        self.choose(patient)

    def choose(self, patient: str | Phantom) -> None:
        """Open another patient."""
        if isinstance(patient, str):
            check_one_of("patient", patient, datasets.names())
            patient = datasets.recipe(patient).made()
        self.phantom: Phantom = patient
        self._start()

    def _chose(self) -> None:
        if self.patients.value in PATIENTS:
            self.choose(self.patients.value)

    def _start(self) -> None:
        self.samples: list[Cytology] = []
        self._rng = np.random.default_rng([_SEED, self.phantom.seed, METHODS.index(self.key)])
        self.published.value = published(self.key)
        self._draw()
        self.status.say(f"No {_NAMES[self.key]} yet.")

    @property
    def key(self) -> Method:
        """How samples are taken."""
        chosen: Method = self.method.value
        return chosen

    def _take(self, count: int) -> None:
        self.samples += [
            lavage.sampled(self.phantom, self.key, rng=self._rng) for _ in range(count)
        ]
        self._draw()
        # The eye finds this above the drawing; the line says it only to who listens.
        words = said(self.samples[-1]) if count == 1 else tally(self.samples)
        self.status.say(words, shown=False)

    def _draw(self) -> None:
        last = f"<p>{said(self.samples[-1])}</p>" if self.samples else "<p>No sample yet.</p>"
        count = f"<p>{tally(self.samples)}</p>" if len(self.samples) > 1 else ""
        truth = ""
        if self.reveal.value:
            kinds = ", ".join(str(one.kind) for one in self.phantom.lesions) or "no lesion"
            sheds = "sheds" if lavage.sheds(self.phantom) else "does not shed"
            truth = f"<p><b>The truth:</b> {kinds}; it {sheds} cancer cells into the lumen.</p>"
        self.drawn.value = last + count + _strip(self.samples) + truth


def said(sample: Cytology) -> str:
    """Say one sample in a sentence.

    Examples
    --------
    >>> said(Cytology(method="lavage", n_cells=9, is_adequate=False, is_suspicious=None,
    ...               chance_suspicious=0.3, interval=(0.2, 0.4), has_cancer=False))
    'About 9 cells: could not be read.'
    """
    cells = f"About {_rounded(sample.n_cells):,} cells"
    if not sample.is_adequate:
        return f"{cells}: could not be read."
    verdict = "suspicious" if sample.is_suspicious else "not suspicious"
    return f"{cells}: {verdict}. Where in the tree they come from, nobody can tell."


def tally(samples: list[Cytology]) -> str:
    """Count samples, and say beside it what the published figures let expect."""
    read = [one for one in samples if one.is_adequate]
    called = sum(bool(one.is_suspicious) for one in read)
    low, high = (round(100 * share) for share in samples[-1].interval)
    return (
        f"{len(samples)} samples: {len(read)} could be read, {called} of these are suspicious. "
        f"Expected of a patient like this: {100 * samples[-1].chance_suspicious:.0f} % "
        f"(95 % interval {low} to {high} %)."
    )


def published(method: Method) -> str:
    """Return the figures that the model rests on, with intervals and sources, as HTML."""
    found = {name: lavage.figure(method, name) for name in _MEASURES if _has(method, name)}
    rows = "".join(_row(name, one) for name, one in found.items())
    names = [one.reference for one in found.values()]
    threshold, spread = lavage.enough_cells()
    if _has(method, "median_cells"):
        cells = lavage.figure(method, "median_cells")
        rows += (
            f'<tr><th scope="row">cells, median</th><td>{cells.estimate:,.0f}</td><td></td>'
            f"<td>{cite(cells.reference)}</td></tr>"
        )
    return (
        '<table class="gl-evidence"><caption>What the model rests on: '
        f"{_NAMES[method]}</caption><tbody>{rows}</tbody></table>"
        "<p>Bar: 95 % interval as published. A hollow mark has no printed interval; the model then "
        f"takes that of 60 samples {cite('workbook')}. Lavage has no specificity of its own: that "
        f"of discharge cytology is taken. A sample can be read from about {threshold:,.0f} cells "
        f"on: we assume that one threshold holds for all methods, and that counts scatter by the "
        f"same factor, {spread:.0f}; both follow from the medians and shares of lavage and "
        f"aspiration {cite('145', 'workbook')}.</p>{sources(names)}"
    )


def _has(method: Method, measure: str) -> bool:
    return any(
        row["test"] == method and row["measure"] == measure for row in tables.rows("cytology")
    )


def _row(name: str, one: Figure) -> str:
    words = f"{100 * one.estimate:.0f} %"
    if one.interval is not None:
        words += f" ({100 * one.interval[0]:.0f} to {100 * one.interval[1]:.0f})"
    return (
        f'<tr><th scope="row">{name}</th><td>{words}</td><td>{_whisker(one)}</td>'
        f"<td>{cite(one.reference)}</td></tr>"
    )


def _whisker(one: Figure) -> str:
    """Draw a share from 0 to 100 % with its interval."""
    x = 4 + 200 * one.estimate
    bar = ""
    if one.interval is not None:
        low, high = (4 + 200 * end for end in one.interval)
        bar = (
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="9" y2="9" stroke="{BLUE}" stroke-width="4"/>'
        )
    fill = "none" if one.interval is None else BLUE
    return (
        '<svg viewBox="0 0 208 18" width="208" height="18" aria-hidden="true">'
        '<line x1="4" x2="204" y1="9" y2="9" stroke="currentColor" stroke-opacity="0.35"/>'
        f'{bar}<circle cx="{x:.1f}" cy="9" r="5" fill="{fill}" stroke="{BLUE}" stroke-width="2"/>'
        "</svg>"
    )


def _strip(samples: list[Cytology]) -> str:
    """Draw each sample at its number of cells; rows and shapes tell how it was read."""
    rows = (
        ("suspicious", [s for s in samples if s.is_suspicious], VERMILION, "square"),
        ("not suspicious", [s for s in samples if s.is_suspicious is False], BLUE, "circle"),
        ("could not be read", [s for s in samples if not s.is_adequate], ORANGE, "cross"),
    )
    drawn = [
        f'<text x="0" y="{22 + 34 * number}" fill="currentColor" font-size="14">'
        f"{name} ({len(held)})</text>"
        + "".join(_dot(s, 17 + 34 * number, color, shape) for s in held)
        for number, (name, held, color, shape) in enumerate(rows)
    ]
    for power in range(0, 9, 2):
        x = _along(10**power)
        drawn.append(
            f'<line x1="{x:.0f}" x2="{x:.0f}" y1="4" y2="100" stroke="currentColor" '
            f'stroke-opacity="0.2"/><text x="{x:.0f}" y="116" text-anchor="middle" '
            f'fill="currentColor" font-size="13">{10**power:,}</text>'
        )
    return (
        f'<svg viewBox="0 0 {_WIDE + 60} 136" role="img" aria-label="Samples by number of cells '
        f'and reading" style="max-width: {_WIDE + 60}px; width: 100%; color: inherit; '
        f'font-family: inherit">{"".join(drawn)}<text x="{_along(1e4):.0f}" y="132" '
        f'text-anchor="middle" fill="currentColor" font-size="13">cells in the sample</text></svg>'
    )


def _along(cells: float) -> float:
    low, high = (math.log10(end) for end in _CELLS)
    share = (math.log10(min(max(cells, _CELLS[0]), _CELLS[1])) - low) / (high - low)
    return 170 + (_WIDE - 170) * share


def _dot(sample: Cytology, y: float, color: str, shape: str) -> str:
    x = _along(max(sample.n_cells, 1))
    style = f'stroke="{color}" stroke-width="1.6" fill="{color}" fill-opacity="0.25"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y}" r="5" {style}/>'
    if shape == "square":
        return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5}" width="9" height="9" {style}/>'
    return f'<path d="M{x - 4:.1f} {y - 4}l8 8m0 -8l-8 8" {style}/>'


def _rounded(count: int) -> int:
    """Return a count as one would say it: two leading digits."""
    digits = max(len(str(count)) - 2, 0)
    return round(count, -digits)
