"""Artifacts to recognize: look at two views, name what is wrong, do the test for it."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import ipywidgets as w
import numpy as np

from galactolab.clinic.artifacts import Artifact, artifacts, pictured
from galactolab.records import Galactogram
from galactolab.views.background import Background, Wish
from galactolab.views.cannulation import GRAY
from galactolab.views.citations import cite
from galactolab.views.controls import StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake

_PROMPT = "What do you see?"
_CHOOSE = "choose…"


class ArtifactGallery(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Pictures without a name, one after the other; each answer is told why.

    Parameters
    ----------
    seed : int
        Order of the pictures.
    height : int
        Height of a picture in screen pixels.

    Attributes
    ----------
    n_right, n_answered : int
        Pictures that were named right, and named at all, at the first answer.

    Examples
    --------
    >>> gallery = ArtifactGallery(seed=1)
    >>> gallery.answer.value = gallery.artifact.title
    >>> gallery.check.click()
    >>> gallery.n_right
    1
    """

    def __init__(self, *, seed: int = 0, height: int = 380) -> None:
        self._order: list[int] = np.random.default_rng(seed).permutation(len(artifacts())).tolist()
        self._at, self._height = 0, height
        self._first: dict[str, bool] = {}
        self.status = StatusLine()
        self._background = Background(self.status)
        self.views: list[ImageView] = []
        self._heading, self._words = w.HTML(), w.HTML()
        self._pictures = w.HBox(layout=w.Layout(flex_flow="row wrap", grid_gap="8px"))
        self._pictures.add_class("gl-result")
        super().__init__(
            [
                self._heading,
                self._pictures,
                *self._controls(),
                self._words,
                self._background.cancel_button,
                self.status,
            ]
        )
        self.add_class("gl-panel")
        self._open()

    def _controls(self) -> tuple[Any, ...]:
        titles = sorted(one.title for one in artifacts())
        self.answer = w.Dropdown(
            options=[_CHOOSE, *titles],
            description=_PROMPT,
            style={"description_width": "initial"},
            layout=w.Layout(width="27em", max_width="100%"),
        )
        self.check = w.Button(description="Check", tooltip="Mark the answer")
        self.test = w.Button(description="Do the test", tooltip="Show the patient after the test")
        self.previous = w.Button(description="Previous", tooltip="Previous picture")
        self.following = w.Button(description="Next", tooltip="Next picture")
        guard = self.status.guard
        self.check.on_click(guard(self._checked))
        self.test.on_click(guard(lambda _: self._load(tested=True)))
        self.previous.on_click(guard(lambda _: self._step(-1)))
        self.following.on_click(guard(lambda _: self._step(1)))
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 8px")
        buttons = (self.check, self.test, self.previous, self.following)
        return (w.HBox([self.answer, *buttons], layout=row),)

    # ---- what a program asks -----------------------------------------------------------
    @property
    def artifact(self) -> Artifact:
        """What is shown now."""
        return artifacts()[self._order[self._at]]

    @property
    def n_right(self) -> int:
        """How many pictures were named right at the first answer."""
        return sum(self._first.values())

    @property
    def n_answered(self) -> int:
        """How many pictures were answered."""
        return len(self._first)

    # ---- how it works ------------------------------------------------------------------
    def _open(self) -> None:
        self.answer.value = _CHOOSE
        self._words.value = ""
        self._head(tested=False)
        self._load(tested=False)

    def _head(self, *, tested: bool) -> None:
        state = "after the test" if tested else "as it came"
        self._heading.value = (
            f"<b>Picture {self._at + 1} of {len(self._order)}, {state}</b> "
            f"({self.n_right} of {self.n_answered} named right so far)"
        )

    def _step(self, by: int) -> None:
        self._at = (self._at + by) % len(self._order)
        self._open()

    def _load(self, *, tested: bool) -> None:
        self.status.stale = bool(self.views)
        artifact = self.artifact
        self._background.want(
            Wish(
                key=(artifact.name, tested),
                call=partial(pictured, artifact, tested=tested),
                accept=lambda shots, _: self._landed(shots, tested=tested),
                words="Exposing",
            )
        )

    def _landed(self, shots: tuple[Galactogram, ...], *, tested: bool) -> None:
        for index, shot in enumerate(shots):
            if index == len(self.views):
                view = ImageView(shot, height=self._height, compact=True)
                view.layout = w.Layout(flex="1 1 24em", min_width="0", width="auto")
                self.views.append(view)
            else:
                self.views[index].load(shot)
        self._pictures.children = tuple(self.views)
        for view in self.views:
            view.set_window(*GRAY)
            view.send_ahead()
        self.keep(self.views[0])
        self.status.stale = False
        self._head(tested=tested)
        if tested:
            self.status.say(f"{self.artifact.test} {self.artifact.after}")
        else:
            self.status.say(f"Picture {self._at + 1}: cranio-caudal and lateral view.")

    def _checked(self, _: object) -> None:
        if self.answer.value == _CHOOSE:
            self.status.say("Choose an answer first.")
            return
        artifact = self.artifact
        right = self.answer.value == artifact.title
        self._first.setdefault(artifact.name, right)
        verdict = "Right." if right else f"Not quite: this is {artifact.title}."
        self._words.value = (
            f"<p><b>{html.escape(verdict)}</b> <b>Look:</b> {html.escape(artifact.look)} "
            f"<b>Test:</b> {html.escape(artifact.test)} {cite(*artifact.sources)}</p>"
        )
        self._heading.value = (
            f"<b>Picture {self._at + 1} of {len(self._order)}</b> "
            f"({self.n_right} of {self.n_answered} named right so far)"
        )
        # The eye finds this in the words above; the line says it only to who listens.
        self.status.say(verdict, shown=False)
