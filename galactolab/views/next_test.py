"""Lesson 4's exercise: choose the next test for one patient after the other."""

from __future__ import annotations

import html

import ipywidgets as w

from galactolab.clinic.citing import cited_names
from galactolab.clinic.indications import Test
from galactolab.clinic.next_test import Exercise, Verdict, exercises, judged
from galactolab.clinic.patients import complaint, history, imaging
from galactolab.views.citations import sources, with_citations
from galactolab.views.controls import StatusLine
from galactolab.views.keepsake import Keepsake


class NextTest(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A patient, the tests to choose from, and the reason with its guideline.

    Attributes
    ----------
    exercise : Exercise
        The patient who is shown.
    verdicts : dict of str to Verdict
        The last verdict on each patient, by title.

    Examples
    --------
    >>> quiz = NextTest()
    >>> quiz.answer.value = quiz.exercise.decision.test
    >>> quiz.check.click()
    >>> quiz.verdicts[quiz.exercise.title].right
    True
    """

    def __init__(self) -> None:
        self.status = StatusLine()
        self._all = exercises()
        self.verdicts: dict[str, Verdict] = {}
        names = [(f"{n}. {one.title}", n - 1) for n, one in enumerate(self._all, start=1)]
        self.patients = w.Dropdown(
            options=names, description="patient", layout=w.Layout(width="28em", max_width="100%")
        )
        self.before = w.Button(description="Previous", tooltip="Patient before this one")
        self.after = w.Button(description="Next", tooltip="Patient after this one")
        self.answer = w.RadioButtons(
            options=[(_said(test), test) for test in Test],
            value=None,
            layout=w.Layout(width="auto"),
        )
        self.check = w.Button(description="Check", tooltip="Mark the chosen test")
        self.story, self.why, self.score = w.HTML(), w.HTML(), w.HTML()
        for button in (self.before, self.after):
            button.layout = w.Layout(width="auto")
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 12px")
        top = w.HBox([self.patients, self.before, self.after, self.score], layout=row)
        super().__init__([top, self.story, self.answer, self.check, self.why, self.status])
        self.add_class("gl-panel")
        guard = self.status.guard
        self.patients.observe(guard(lambda _: self._open()), "value")
        self.answer.observe(guard(lambda _: self._forget()), "value")
        self.before.on_click(guard(lambda _: self._step(-1)))
        self.after.on_click(guard(lambda _: self._step(1)))
        self.check.on_click(guard(lambda _: self._judge()))
        self._open()

    @property
    def exercise(self) -> Exercise:
        """The patient who is shown."""
        shown: int = self.patients.value
        return self._all[shown]

    @property
    def n_right(self) -> int:
        """How many patients were last answered right."""
        return sum(verdict.right for verdict in self.verdicts.values())

    def _step(self, by: int) -> None:
        self.patients.value = (self.patients.value + by) % len(self._all)

    def _open(self) -> None:
        self.story.value = story(self.exercise)
        self.answer.value = None
        self._forget()
        self._count()

    def _forget(self) -> None:
        # Another choice makes the shown reason belong to no answer.
        self.why.value = ""

    def _count(self) -> None:
        self.score.value = (
            f"<b>{self.n_right}</b> right of {len(self.verdicts)} answered, {len(self._all)} in all"
        )

    def _judge(self) -> None:
        if self.answer.value is None:
            self.status.say("Choose a test first.")
            return
        verdict = judged(self.exercise, self.answer.value)
        self.verdicts[self.exercise.title] = verdict
        self.why.value = explained(verdict)
        self._count()
        self.status.say("Right." if verdict.right else "Not this one.")


def _said(test: Test) -> str:
    words = str(test)
    return words if words.startswith("MRI") else words.capitalize()


def story(exercise: Exercise) -> str:
    """Return the patient as HTML: complaint, what else is known, what was imaged."""
    patient = exercise.patient
    known = (*history(patient), *imaging(patient))
    items = "".join(f"<li>{html.escape(line)}</li>" for line in known)
    return f"<p><b>{html.escape(complaint(patient))}</b></p><ul>{items}</ul>"


def explained(verdict: Verdict) -> str:
    """Return the verdict as HTML, with its reasons and their sources.

    Examples
    --------
    >>> case = exercises()[0]
    >>> "Not this one" in explained(judged(case, Test.TREAT_FIRST))
    True
    """
    lines = ["<p><b>Right.</b></p>"] if verdict.right else ["<p><b>Not this one.</b></p>"]
    if verdict.would_be_right:
        lines.append(
            f"<p>{html.escape(_said(verdict.chosen))} would be right if "
            f"{html.escape(verdict.would_be_right)}.</p>"
        )
    told = (*verdict.reasons, verdict.next_step, verdict.remark)
    if not verdict.right:
        # The reasons lead there; the name of the test stays for the next try.
        told = (*verdict.reasons, verdict.remark)
    lines += [f"<p>{with_citations(text)}</p>" for text in told if text]
    return "".join(lines) + sources(cited_names(" ".join(told)))
