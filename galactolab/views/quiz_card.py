"""A question on a card: choose, press Check, read why.

The key stays in the kernel: what the page holds are the texts of the choices and, after
*Check*, the mark of the one that was chosen.
"""

from __future__ import annotations

import html

import ipywidgets as w

from galactolab.clinic.quiz import Mark, Question, marked, questions
from galactolab.views.citations import sources, with_citations
from galactolab.views.controls import StatusLine
from galactolab.views.early_press import EarlyPress
from galactolab.views.keepsake import Keepsake


class QuizCard(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """One question with its choices, a *Check* button and the answer's reason.

    Parameters
    ----------
    question : Question

    Attributes
    ----------
    mark : Mark or None
        The last mark; None before the first check and after another choice.

    Examples
    --------
    >>> card = QuizCard(questions("start")[0])
    >>> card.choices.index = 0
    >>> card.check.click()
    >>> card.mark.right
    True
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.mark: Mark | None = None
        self.status, self.early = StatusLine(), EarlyPress()
        self.choices = w.RadioButtons(
            options=[(choice.text, index) for index, choice in enumerate(question.choices)],
            index=None,
            layout=w.Layout(width="auto"),
        )
        self.check = w.Button(description="Check", tooltip="Mark the chosen answer")
        self.answer = w.HTML()
        self.choices.add_class("gl-wide-radio")
        prompt = w.HTML(f"<b>{html.escape(question.prompt)}</b>")
        super().__init__([prompt, self.choices, self.check, self.answer, self.status])
        self.add_class("gl-panel")
        self.check.on_click(self.status.guard(self._checked))
        self.choices.observe(self.status.guard(self._chosen), "index")

    def _chosen(self, _: object) -> None:
        # Another choice makes the shown reason belong to no answer.
        self.mark, self.answer.value = None, ""
        if self.choices.index is not None and self.early.taken():
            self._checked(None)

    def _checked(self, _: object) -> None:
        if self.choices.index is None:
            self.early.remember()
            self.status.say("Choose an answer first.")
            return
        self.mark = marked(self.question, self.choices.index)
        verdict = "Right." if self.mark.right else "Not quite."
        self.answer.value = (
            f'<div class="gl-answer gl-{"right" if self.mark.right else "wrong"}">'
            f"<p><b>{verdict}</b> {with_citations(self.mark.why)}</p>{_source(self.mark)}</div>"
        )
        # The eye finds this in the box above; the line says it only to who listens.
        self.status.say(f"{verdict} {self.mark.why}", shown=False)


def _source(mark: Mark) -> str:
    words = f"<p><small>Source: {with_citations(mark.source)}</small></p>" if mark.source else ""
    return words + sources(mark.references, unfolded=True)


class Quiz(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """All questions of a lesson, one card below the other.

    Parameters
    ----------
    lesson : str
        Name of a file in ``data/quiz`` without its ending.

    Examples
    --------
    >>> len(Quiz("findings").cards) >= 3
    True
    """

    def __init__(self, lesson: str) -> None:
        self.cards = tuple(QuizCard(question) for question in questions(lesson))
        super().__init__(self.cards)

    @property
    def n_right(self) -> int:
        """How many cards were last answered right."""
        return sum(card.mark is not None and card.mark.right for card in self.cards)
