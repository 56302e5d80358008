"""Read six patients: mark what you see, name it, and be scored like the algorithm."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as w

from galactolab.errors import GalactolabError
from galactolab.reading.score_findings import Matches, matched_findings
from galactolab.records import Case, Finding
from galactolab.terms import FindingType
from galactolab.views.background import Background, Wish
from galactolab.views.controls import StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake
from galactolab.views.reading_panel import Library, library_of_cases
from galactolab.views.wording import evidence_sentence, finding_title

#: Six patients, one of them without a lesion.
CASES = (
    "narrowing",
    "normal-dense",
    "cut-off",
    "multiple-papillomas",
    "ectasia",
    "cyst-filling",
)
_KINDS = {kind.label: kind for kind in FindingType if kind is not FindingType.NORMAL}
_MOST_MARKS = 6


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How one reading went.

    Attributes
    ----------
    matches : Matches
        Of the student's marks with the planted lesions.
    n_lesions, n_named : int
        Lesions that there were, and marks with a hit that have the right name.
    """

    matches: Matches
    n_lesions: int
    n_named: int

    @property
    def perfect(self) -> bool:
        """Whether every lesion was found and named and nothing else was marked."""
        return self.n_named == self.n_lesions and not self.matches.false


def judged(marks: Sequence[dict[str, Any]], case: Case) -> Verdict:
    """Score marks against the truth with the functions that score the algorithm.

    Parameters
    ----------
    marks : sequence of dict
        Each with ``row``, ``column`` in pixels and ``kind``, a label of `FindingType`.
    case : Case
        With its truth.

    Raises
    ------
    GalactolabError
        If the case has no truth.
    """
    if case.truth is None:
        raise GalactolabError(f"Case {case.name!r} has no truth, so marks cannot be scored.")
    lesions = planted(case)
    read = [
        Finding(
            type=_KINDS.get(mark.get("kind", ""), FindingType.INTRALUMINAL_FILLING_DEFECT),
            location=(mark["row"], mark["column"]),
        )
        for mark in marks
    ]
    matches = matched_findings(
        read, lesions, spacing_mm=case.galactogram.spacing_mm, tree=case.truth.tree
    )
    named = sum(read[mark].type is lesions[lesion].type for mark, lesion in matches.hits)
    return Verdict(matches=matches, n_lesions=len(lesions), n_named=named)


def planted(case: Case) -> tuple[Finding, ...]:
    """Return the lesions of a case, without the word "normal"."""
    found = case.truth.findings if case.truth else ()
    return tuple(finding for finding in found if finding.type is not FindingType.NORMAL)


class ReadingExercise(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Cases without their names, to be marked; *Check* scores them and shows the truth.

    Parameters
    ----------
    names : sequence of str
        Cases of the library, read in this order.
    library : Library, optional
    height : int
        Height of the picture in screen pixels.

    Attributes
    ----------
    view : ImageView or None
    verdicts : dict of int to Verdict
        By number of the case, from 0: the first check counts.
    """

    def __init__(
        self, names: Sequence[str] = CASES, *, library: Library | None = None, height: int = 480
    ) -> None:
        self._library = library or library_of_cases()
        there = set(self._library.names())
        missing = [name for name in names if name not in there]
        if missing:
            raise GalactolabError(f"The library has no case {missing[0]!r} to read.")
        self._names, self._height, self._index = tuple(names), height, 0
        self._case: Case | None = None
        self.view: ImageView | None = None
        self.verdicts: dict[int, Verdict] = {}
        self.status = StatusLine()
        self._background = Background(self.status)
        self._title, self._answer, self._tally = w.HTML(), w.HTML(), w.HTML()
        self.check = w.Button(description="Check my marks", tooltip="Score the marks")
        self.normal = w.Button(description="It is normal", tooltip="Say that nothing is to mark")
        self.forward = w.Button(description="Next case", tooltip="Go to the next patient")
        self._picture = w.VBox()
        buttons = w.HBox([self.check, self.normal, self.forward])
        buttons.layout = w.Layout(flex_flow="row wrap")
        super().__init__(
            [
                *(self._title, self._picture, buttons, self._answer, self._tally),
                *(self._background.cancel_button, self.status),
            ]
        )
        self.add_class("gl-panel")
        self.check.on_click(self.status.guard(lambda _: self._check()))
        self.normal.on_click(self.status.guard(lambda _: self._said_normal()))
        self.forward.on_click(self.status.guard(lambda _: self._next()))

    @property
    def case(self) -> Case | None:
        """The case that is open."""
        return self._case

    def go_to(self, index: int) -> None:
        """Open a case by its number, from 0."""
        self._index = index
        self._background.want(
            Wish(
                key=("case", index),
                call=lambda: self._library.load(self._names[index], view="CC"),
                accept=lambda case, _: self._show(case),
                words=f"Opening case {index + 1}",
            )
        )

    def _show(self, case: Case) -> None:
        self._case = case
        if self.view is None:
            self.view = ImageView(case.galactogram, height=self._height)
            self.view.marking = True
            self.view.mark_kinds = list(_KINDS)
            self.view.most_marks = _MOST_MARKS
            self.view.observe(self.status.guard(lambda _: self._remarked()), "marks")
            self._picture.children = (self.view,)
        else:
            self.view.load(case.galactogram)
        self.view.marks = []
        self.view.send_ahead()
        self.keep(self.view)
        self._answer.value = ""
        self._title.value = f"<b>Case {self._index + 1} of {len(self._names)}</b>"
        self.status.say("Mark each abnormal place, name the marks, then check. It may be normal.")

    def _remarked(self) -> None:
        self.status.stale = bool(self._answer.value)

    def _said_normal(self) -> None:
        if self.view is not None and self.view.marks:
            raise GalactolabError("There are marks: remove them first, or check them.")
        self._check(said_normal=True)

    def _check(self, *, said_normal: bool = False) -> None:
        case, view = self._case, self.view
        if case is None or view is None:
            raise GalactolabError("No case is open yet.")
        if not view.marks and not said_normal:
            raise GalactolabError("Nothing is marked: set a mark, or press 'It is normal'.")
        verdict = judged(view.marks, case)
        self.verdicts.setdefault(self._index, verdict)
        view.show(None, truth=case.truth)
        view.set_layers(truth=True, truth_tree=False)
        self._answer.value = _explained(verdict, view.marks, case)
        self._tally.value = f"<p>{html.escape(self.describe())}</p>"
        self.status.stale = False
        self.status.say(_headline(verdict))

    def describe(self) -> str:
        """Say how the cases went so far."""
        done = self.verdicts.values()
        lesions = sum(one.n_lesions for one in done)
        hits = sum(len(one.matches.hits) for one in done)
        named = sum(one.n_named for one in done)
        false = sum(len(one.matches.false) for one in done)
        return (
            f"So far {len(done)} of {len(self._names)} cases: {hits} of {lesions} lesions found, "
            f"{named} named right, {false} false mark{'s' * (false != 1)}."
        )

    def _next(self) -> None:
        self.go_to((self._index + 1) % len(self._names))

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Open the first case when a cell shows the exercise."""
        if self._case is None:
            self.status.guard(self.go_to)(self._index)
        data = super()._repr_mimebundle_(**kwargs)
        if data is None or self.view is None:
            return data
        return {**data, "image/png": self.view.thumbnail()}


def _headline(verdict: Verdict) -> str:
    if verdict.perfect:
        return "Right: everything found and named." if verdict.n_lesions else "Right: it is normal."
    hits, false = len(verdict.matches.hits), len(verdict.matches.false)
    return (
        f"Not quite: {hits} of {verdict.n_lesions} lesions found, {verdict.n_named} named right, "
        f"{false} false mark{'s' * (false != 1)}."
    )


def _explained(verdict: Verdict, marks: Sequence[dict[str, Any]], case: Case) -> str:
    lesions, match = planted(case), verdict.matches
    letter = [chr(ord("A") + index % 26) for index in range(len(marks))]
    lines = [_headline(verdict)]
    for mark, lesion in match.hits:
        truth, said = lesions[lesion], marks[mark].get("kind", "no name")
        right = "named right" if said == truth.type.label else f"you said {said}"
        lines.append(
            f"{letter[mark]} hits T{lesion + 1}, {finding_title(truth, with_score=False)}: {right}."
        )
    for lesion in match.missed:
        truth = lesions[lesion]
        words = f"{finding_title(truth, with_score=False)}. {evidence_sentence(truth)}"
        lines.append(f"Missed: T{lesion + 1}, {words}")
    lines += [f"{letter[mark]}: nothing was planted there." for mark in match.false]
    lines.append(case.vignette)
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
