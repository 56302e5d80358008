"""The talk before a ductogram: the patient asks, the student answers, the numbers follow."""

from __future__ import annotations

import html

import ipywidgets as w

from galactolab.clinic.quiz import Mark, marked, questions
from galactolab.views.citations import sources, with_citations
from galactolab.views.controls import StatusLine
from galactolab.views.early_press import EarlyPress
from galactolab.views.keepsake import Keepsake


class Consultation(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A conversation, one question of the patient after the other.

    A reply that would mislead her is answered with what is wrong about it, and can be replaced;
    the talk goes on after the good one.

    Parameters
    ----------
    lesson : str
        Name of the conversation in ``data/quiz``.

    Attributes
    ----------
    place : int
        Index of the question that is asked now.
    n_first : int
        How many were answered well at the first try.
    done : bool

    Examples
    --------
    >>> talk = Consultation()
    >>> talk.choices.index = 0
    >>> talk.say.click()
    >>> talk.place
    1
    """

    def __init__(self, lesson: str = "consultation") -> None:
        self.questions = questions(lesson)
        self.place, self.n_first, self._tries = 0, 0, 0
        self._said: list[str] = []
        self._marks: list[Mark] = []
        self.early = EarlyPress()
        self.status, self.talk, self.foot = StatusLine(), w.HTML(), w.HTML()
        self.choices = w.RadioButtons(options=[], index=None, layout=w.Layout(width="auto"))
        self.choices.add_class("gl-wide-radio")
        self.say = w.Button(description="Say it", tooltip="Give this reply")
        self.again = w.Button(description="Start again", tooltip="Talk to the next patient")
        buttons = w.HBox([self.say, self.again])
        super().__init__([self.talk, self.choices, buttons, self.foot, self.status])
        self.add_class("gl-panel")
        self.choices.observe(self.status.guard(lambda _: self._chosen()), "index")
        self.say.on_click(self.status.guard(lambda _: self._reply()))
        self.again.on_click(self.status.guard(lambda _: self.start()))
        self.start()

    @property
    def done(self) -> bool:
        """Whether every question has its good reply."""
        return self.place == len(self.questions)

    def start(self) -> None:
        """Begin the talk again."""
        self.place, self.n_first, self._tries = 0, 0, 0
        self._said, self._marks = [], []
        self._ask()

    def describe(self) -> str:
        """Return what the patient asks now, or how the talk went."""
        if self.done:
            return f"{self.n_first} of {len(self.questions)} answered well at the first try."
        return self.questions[self.place].prompt

    def _ask(self) -> None:
        self._tries = 0
        over = self.done
        if not over:
            question = self.questions[self.place]
            self._said.append(f"<p><b>Patient:</b> {html.escape(question.prompt)}</p>")
            texts = [(choice.text, index) for index, choice in enumerate(question.choices)]
            self.choices.options = texts
        self.choices.index = None
        self.choices.layout.display = "none" if over else ""
        self.say.disabled = over
        self._show()
        asked = f"Question {self.place + 1} of {len(self.questions)}: "
        self.status.say(self.describe() if over else asked + self.describe())

    def _chosen(self) -> None:
        if self.choices.index is not None and self.early.taken():
            self._reply()

    def _reply(self) -> None:
        if self.choices.index is None:
            self.early.remember()
            self.status.say("Choose a reply first.")
            return
        question = self.questions[self.place]
        mark = marked(question, self.choices.index)
        self._tries += 1
        self._marks.append(mark)
        reply = html.escape(question.choices[self.choices.index].text)
        self._said.append(f'<p class="gl-you"><b>You:</b> {reply}</p>')
        verdict = "Well said." if mark.right else "Try again."
        tone = "right" if mark.right else "wrong"
        self._said.append(
            f'<div class="gl-answer gl-{tone}"><b>{verdict}</b> {with_citations(mark.why)}</div>'
        )
        if not mark.right:
            self.choices.index = None
            self._show()
            # The eye finds this in the talk; the line says it only to who listens.
            self.status.say(f"{verdict} {mark.why}", shown=False)
            return
        self.n_first += self._tries == 1
        self.place += 1
        self._ask()
        self.status.say(f"{verdict} {mark.why} {self.describe()}", shown=False)

    def _show(self) -> None:
        self.talk.value = f'<div class="gl-talk">{"".join(self._said)}</div>'
        names = [name for mark in self._marks for name in mark.references]
        over = f"<p><b>{html.escape(self.describe())}</b></p>" if self.done else ""
        self.foot.value = over + sources(names)
