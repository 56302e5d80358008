"""Where the reader fails: patients whose reading went wrong, each failure with its cause."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as w

from galactolab.errors import GalactolabError
from galactolab.reading import DEFAULT, Pipeline, detect
from galactolab.reading.failures import Cause, Failure, failures
from galactolab.records import Analysis, Case
from galactolab.views.background import Background, Wish
from galactolab.views.controls import StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake
from galactolab.views.reading_panel import Library, library_of_cases
from galactolab.views.wording import evidence_phrase

#: Patients of the library that are hard to read.
CASES = (
    "air-bubbles",
    "normal",
    "venous-filling",
    "under-filling",
    "solitary-papilloma",
    "leafless-tree",
    "multiple-papillomas",
    "peripheral-dcis",
)
_LENIENT_SCORE = 0.001
_ZOOM = 1.5
#: What a person does about each cause.
_LESSONS: dict[Cause, str] = {
    Cause.UNTRACED: "What is not traced cannot be read: look for pale ducts that no line follows.",
    Cause.DOUBTED: "It was seen and not believed. Lower min_score, and count what else appears.",
    Cause.TINY: "The picture holds only a few pixels of it: a magnification view shows more.",
    Cause.UNSEEN: "The curves along the duct show too little. What did you see that they do not?",
    Cause.CALLED_ELSE: "The place is right, and the name is not: look at its outline yourself.",
    Cause.BUBBLE: "One picture cannot tell a bubble from a small papilloma; a refill can.",
    Cause.SHORT_OF_CONTRAST: "A duct that stops while it is full may want more contrast.",
    Cause.VEIN: "A vein runs on evenly: follow it, and see that it joins no duct.",
    Cause.CROSSING: "Two ducts, one in front of the other, look like one that stops or beads: "
    "the second view takes them apart.",
    Cause.BESIDE: "A real lesion lies near: the mark is off its place, not out of the air.",
    Cause.NO_DUCT: "Bright tissue passed for contrast: compare with the plain picture.",
    Cause.NODE: "Where ducts branch, widths change: a fork is no narrowing and no stop.",
    Cause.THIN: "In a thin duct a little noise looks like a gap.",
    Cause.PLAIN: "Nothing in the truth explains it. What could the reader have seen?",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """One patient as read, with what went wrong."""

    case: Case
    analysis: Analysis
    failures: tuple[Failure, ...]


def read(case: Case, *, pipeline: Pipeline = DEFAULT) -> Reading:
    """Read a case and say what went wrong.

    Raises
    ------
    GalactolabError
        If the case has no truth.
    """
    if case.truth is None:
        raise GalactolabError(f"Case {case.name!r} has no truth, so nothing is known to be wrong.")
    analysis = pipeline(case.galactogram)
    doubtful = detect.everything(case.galactogram, analysis.tree, min_score=_LENIENT_SCORE)
    wrong = failures(analysis, case.truth, doubtful=doubtful)
    return Reading(case=case, analysis=analysis, failures=wrong)


class ReaderFailures(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Choose a patient and go through what the reader got wrong, one failure after the other.

    Parameters
    ----------
    names : sequence of str
        Cases of the library.
    pipeline : Pipeline
        What reads them.
    library : Library, optional
        Named cases; by default `galactolab.datasets`.
    height : int
        Height of the picture in screen pixels.

    Attributes
    ----------
    cases, chosen : ipywidgets.Dropdown
        The patient, and the failure that is looked at.
    reading : Reading or None
    view : ImageView or None
    """

    def __init__(
        self,
        names: Sequence[str] = CASES,
        *,
        pipeline: Pipeline = DEFAULT,
        library: Library | None = None,
        height: int = 460,
    ) -> None:
        self._library, self._height = library or library_of_cases(), height
        self._pipeline, self._filling = pipeline, False
        self.reading: Reading | None = None
        self.view: ImageView | None = None
        self.status = StatusLine()
        self._background = Background(self.status)
        wide = w.Layout(width="20em", max_width="100%")
        self.cases = w.Dropdown(options=list(names), description="patient", layout=wide)
        longer = w.Layout(width="36em", max_width="100%")
        self.chosen = w.Dropdown(options=[], description="failure", layout=longer)
        self.forward = w.Button(description="Next failure", tooltip="Go on, patient by patient")
        self._picture, self._why = w.VBox(), w.HTML()
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 12px")
        super().__init__(
            [
                w.HBox([self.cases, self.chosen, self.forward], layout=row),
                *(self._picture, self._why, self._background.cancel_button, self.status),
            ]
        )
        self.add_class("gl-panel")
        self.cases.observe(self.status.guard(lambda _: self._open()), "value")
        self.chosen.observe(self.status.guard(lambda _: self._look()), "value")
        self.forward.on_click(self.status.guard(lambda _: self._next()))

    def _open(self) -> None:
        name = self.cases.value
        if self.reading is not None and self.reading.case.name != name:
            self._forget()
        self._background.want(
            Wish(
                key=("failures", name),
                call=lambda: read(self._library.load(name, view="CC"), pipeline=self._pipeline),
                accept=lambda reading, _: self._show(reading),
                words=f"Reading {name}",
            )
        )

    def _forget(self) -> None:
        """Take away what went wrong in the patient before: it is not that of the next one."""
        self.reading = None
        self._filling = True
        self.chosen.options = []
        self._filling = False
        self._why.value = ""

    def _show(self, reading: Reading) -> None:
        self.reading = reading
        case = reading.case
        if self.view is None:
            self.view = ImageView(case.galactogram, height=self._height)
            self._picture.children = (self.view,)
        else:
            self.view.load(case.galactogram)
        self.view.show(reading.analysis, truth=case.truth)
        self.view.set_layers(truth=True, truth_tree=True, mask=False)
        self.view.send_ahead()
        self.keep(self.view)
        self.status.say(summary(reading))
        options = [(_option(n, one), n) for n, one in enumerate(reading.failures)]
        self._filling = True
        self.chosen.options = options
        self.chosen.index = 0 if options else None
        self._filling = False
        self._look()

    def _look(self) -> None:
        reading, view = self.reading, self.view
        if reading is None or view is None or self._filling:
            return
        if self.chosen.value is None:
            self._why.value = f"<p>{html.escape(summary(reading))}</p>"
            view.fit()
            return
        failure = reading.failures[self.chosen.value]
        self._why.value = explained(failure)
        view.goto(failure.location, zoom=_ZOOM)

    def _next(self) -> None:
        if self.reading is None:
            self.status.say(f"{self.cases.value} is not read yet: wait, or choose a patient.")
            return
        count = len(self.reading.failures)
        now = self.chosen.value
        if now is not None and now + 1 < count:
            self.chosen.value = now + 1
            return
        names = self.cases.options
        self.cases.value = names[(names.index(self.cases.value) + 1) % len(names)]

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Read the first patient when a cell shows the panel."""
        if self.reading is None:
            self.status.guard(partial(self._open))()
        data = super()._repr_mimebundle_(**kwargs)
        if data is None or self.view is None:
            return data
        return {**data, "image/png": self.view.thumbnail()}


def _option(number: int, failure: Failure) -> str:
    subject = failure.mark or failure.lesion
    return f"{number + 1}. {failure.kind}: {subject.type.label if subject else ''}"


def summary(reading: Reading) -> str:
    """Say how many things went wrong, by kind."""
    counts: dict[str, int] = {}
    for failure in reading.failures:
        counts[failure.kind] = counts.get(failure.kind, 0) + 1
    name = reading.case.name or "this patient"
    if not counts:
        return f"{name}: nothing was missed, and nothing was called that is not there."
    return f"{name}: " + ", ".join(f"{number} {kind}" for kind, number in counts.items()) + "."


def explained(failure: Failure) -> str:
    """Return what happened, the numbers it rests on, and what a person does about it, as HTML.

    Examples
    --------
    >>> from galactolab.reading.failures import Kind
    >>> "refill can" in explained(Failure(kind=Kind.FALSE, cause=Cause.BUBBLE, location=(1, 2)))
    True
    """
    happened = failure.sentence()
    numbers = ", ".join(evidence_phrase(name, value) for name, value in failure.evidence.items())
    lines = [
        f"<b>{html.escape(happened[:1].upper() + happened[1:])}.</b>",
        f"Numbers: {html.escape(numbers)}." if numbers else "",
        html.escape(_LESSONS[failure.cause]),
    ]
    return "".join(f"<p>{line}</p>" for line in lines if line)
