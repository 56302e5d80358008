"""The discharge clinic: virtual patients come one by one, and the student decides."""

from __future__ import annotations

from collections import Counter

import ipywidgets as w
import numpy as np

from galactolab.clinic.indications import Decision, Test, triage
from galactolab.clinic.patients import Patient, complaint, history, imaging, random_patient
from galactolab.views.controls import StatusLine
from galactolab.views.decision_text import decision_html, patient_card
from galactolab.views.early_press import EarlyPress
from galactolab.views.keepsake import Keepsake

_MOST_SEED = 9999


def visitor(seed: int, number: int) -> Patient:
    """Return the patient with a number on the list of a day, the same on every computer.

    Parameters
    ----------
    seed : int
        The day.
    number : int
        Her place in the queue, from 1.

    Examples
    --------
    >>> visitor(1, 3) == visitor(1, 3)
    True
    """
    return random_patient(np.random.default_rng([seed, number]))


class DischargeClinic(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A queue of virtual patients, seven answers, and the reason after each.

    The answer stays in the kernel until the student has decided.

    Parameters
    ----------
    seed : int
        Which day: the same seed brings the same patients in the same order.

    Attributes
    ----------
    patient : Patient
        Who sits here now.
    number : int
        Her place in the queue.
    decision : Decision or None
        The answer, once the student has decided.
    n_right, n_decided : int

    Examples
    --------
    >>> clinic = DischargeClinic(seed=4)
    >>> clinic.choices.value = "no imaging"
    >>> clinic.decide.click()
    >>> clinic.n_decided
    1
    """

    def __init__(self, *, seed: int = 1) -> None:
        self.status, self.early = StatusLine(), EarlyPress()
        self.number, self.n_right, self.n_decided = 1, 0, 0
        self._asked: Counter[str] = Counter()
        self.decision: Decision | None = None
        self.day = w.BoundedIntText(
            description="day", value=seed, min=0, max=_MOST_SEED, tooltip="Same day, same patients"
        )
        self.day.style, self.day.layout = {"description_width": "initial"}, w.Layout(width="8.5em")
        self.next = w.Button(description="Next patient", tooltip="Call the next patient")
        self.card, self.answer, self.tally = w.HTML(), w.HTML(), w.HTML()
        self.choices = w.RadioButtons(options=[str(test) for test in Test], index=None)
        self.choices.add_class("gl-wide-radio")
        self.decide = w.Button(description="Decide", tooltip="Give this answer")
        row = w.HBox([self.day, self.tally], layout=w.Layout(flex_flow="row wrap"))
        buttons = w.HBox([self.decide, self.next])
        question = w.HTML("<b>What do you do first?</b>")
        super().__init__(
            [row, self.card, question, self.choices, buttons, self.answer, self.status]
        )
        self.add_class("gl-panel")
        self.day.observe(self.status.guard(lambda _: self.start()), "value")
        self.next.on_click(self.status.guard(lambda _: self.call_next()))
        self.decide.on_click(self.status.guard(lambda _: self._decided()))
        self.choices.observe(self.status.guard(lambda _: self._chosen()), "index")
        self.start()

    @property
    def patient(self) -> Patient:
        """Who sits here now."""
        return visitor(self.day.value, self.number)

    def start(self) -> None:
        """Begin the day again, with nobody decided."""
        self.number, self.n_right, self.n_decided = 1, 0, 0
        self._asked.clear()
        self._show()

    def call_next(self) -> None:
        """Call the next patient; one that was not decided is not counted."""
        self.number += 1
        self._show()

    def describe(self) -> str:
        """Return what the card says, as text."""
        return " ".join([complaint(self.patient), *history(self.patient), *imaging(self.patient)])

    def _show(self) -> None:
        self.decision = None
        self.answer.value = ""
        self.choices.index = None
        self.decide.disabled = False
        self.card.value = patient_card(self.patient, title=f"Patient {self.number}")
        self.status.say(f"Patient {self.number} has come in.")
        self._count()

    def _count(self) -> None:
        if not self.n_decided:
            self.tally.value = "Nobody decided yet."
            return
        missed = ", ".join(f"{test} ({n})" for test, n in self._asked.most_common(3))
        tail = f" Missed most: {missed}." if missed else ""
        self.tally.value = f"{self.n_right} of {self.n_decided} as the rules say.{tail}"

    def _chosen(self) -> None:
        # Another choice after the answer would only confuse: the answer stays with its patient.
        if self.decision is None and self.choices.index is not None:
            self.status.say(f"Chosen: {self.choices.value}. Press Decide.")
            if self.early.taken():
                self._decided()

    def _decided(self) -> None:
        if self.choices.value is None:
            self.early.remember()
            self.status.say("Choose an answer first.")
            return
        if self.decision is not None:
            return
        self.decision = triage(self.patient)
        right = self.choices.value == str(self.decision.test)
        self.n_decided += 1
        self.n_right += right
        if not right:
            self._asked[str(self.decision.test)] += 1
        self.decide.disabled = True
        given = f"You said: {self.choices.value}."
        verdict = f"Right. {given}" if right else f"Not quite. {given}"
        tone = "right" if right else "wrong"
        self.answer.value = decision_html(self.decision, verdict=verdict, tone=tone)
        # The eye finds this in the box above; the line says it only to who listens.
        self.status.say(
            f"{verdict} The rules say: {self.decision.test}. Why stands above.", shown=False
        )
        self._count()
