"""The procedure as a simulation: find the pore, prepare, inject, expose, and see what follows."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import ipywidgets as w
import numpy as np

from galactolab.clinic.nipple import Nipple, made
from galactolab.clinic.procedure import (
    AFTER,
    CANNULAS,
    VIEWS,
    Choices,
    Outcome,
    carried_out,
    injected,
    pictures,
)
from galactolab.records import Galactogram
from galactolab.views.background import Background, Wish
from galactolab.views.citations import cite
from galactolab.views.controls import NumberSlider, StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake
from galactolab.views.nipple_drawing import describe_nipple, meters, nipple_svg

_NAMED = {"description_width": "7em"}
_WIDE = w.Layout(width="22em", max_width="100%")
#: Center and width of the gray window: the whole range of a 12-bit picture but its top.
GRAY = (1900.0, 3800.0)
_FIRST = (
    "<p>No picture yet. Go through the four steps; then press <b>Expose</b>. Each exposure "
    "costs dose.</p>"
)


class Cannulation(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Four steps of choices, a pain meter that follows the hand, and the galactogram they lead to.

    Parameters
    ----------
    nipple : Nipple, optional
        Another virtual patient.
    height : int
        Height of a picture in screen pixels.

    Attributes
    ----------
    controls : dict of str to widget
    choices : Choices
        As set now.
    outcome : Outcome or None
        Of the last exposure.
    dose_mgy : float
        Sum over all exposures of this patient.

    Examples
    --------
    >>> room = Cannulation()
    >>> room.controls["volume"].value = 0.5
    >>> room.choices.volume_ml
    0.5
    """

    def __init__(self, *, nipple: Nipple | None = None, height: int = 400) -> None:
        self.nipple = nipple or made()
        self.status = StatusLine()
        self._background = Background(self.status)
        self._height, self._n_taken = height, 0
        self.outcome: Outcome | None = None
        self.dose_mgy = 0.0
        self._pressed: float | None = None
        self._made_with: Choices | None = None
        self.controls = _controls(self.nipple)
        self.views: list[ImageView] = []
        self._drawing, self._meters = w.HTML(), w.HTML()
        self._pictures = w.HBox(layout=w.Layout(flex_flow="row wrap", grid_gap="8px"))
        self._pictures.add_class("gl-result")
        self.report = w.HTML(_FIRST)
        self.report.add_class("gl-result")
        super().__init__([self._steps(), self._pictures, self.report, *self._foot()])
        self.add_class("gl-panel")
        for control in self.controls.values():
            control.observe(self.status.guard(self._changed), "value")
        self._look()

    def _steps(self) -> Any:  # noqa: ANN401 (ipywidgets ships no types)
        self.press = w.Button(description="Press gently", tooltip="Press at this hour")
        self.press.on_click(self.status.guard(self._press))
        self.expose = w.Button(
            description="Expose", tooltip="Take the views", button_style="primary"
        )
        self.expose.on_click(self.status.guard(self._expose))
        self.again = w.Button(description="Start again", tooltip="Another visit, dose at zero")
        self.again.on_click(self.status.guard(self._start_again))
        held = self.controls
        cards = (
            ("1 Find the orifice", held["clock"], self.press, self._drawing, held["orifice"]),
            (
                "2 Prepare",
                *(held[name] for name in ("cannula", "depth", "purged", "concentration")),
            ),
            ("3 Inject", held["slowly"], held["volume"], self._meters),
            (
                "4 Expose",
                *(held[name] for name in ("after", "force", "views", "magnification")),
                w.HBox([self.expose, self.again]),
            ),
        )
        boxes = []
        for title, *parts in cards:
            box = w.VBox([w.HTML(f"<b>{title}</b>"), *parts])
            box.layout = w.Layout(flex="1 1 22em", min_width="0")
            box.add_class("gl-aligned")
            boxes.append(box)
        return w.HBox(boxes, layout=w.Layout(flex_flow="row wrap", grid_gap="10px 20px"))

    def _foot(self) -> tuple[Any, ...]:
        return (self._background.cancel_button, self.status)

    # ---- what a program asks -----------------------------------------------------------
    @property
    def choices(self) -> Choices:
        """What the controls say now."""
        held = {name: control.value for name, control in self.controls.items()}
        return Choices(
            orifice=held["orifice"],
            cannula=held["cannula"],
            depth_mm=held["depth"],
            purged=held["purged"],
            concentration_mgi_ml=held["concentration"],
            volume_ml=held["volume"],
            slowly=held["slowly"],
            after=held["after"],
            force_n=held["force"],
            views=held["views"],
            magnification=held["magnification"],
        )

    # ---- how it works ------------------------------------------------------------------
    def _look(self) -> None:
        """Draw nipple and meters for the choices as they are."""
        self._drawing.value = nipple_svg(
            self.nipple, pressed=self._pressed, chosen=self.controls["orifice"].value
        )
        self._meters.value = meters(injected(self.choices, nipple=self.nipple))

    def _changed(self, _: object) -> None:
        self._look()
        self.status.stale = self._made_with is not None and self._made_with != self.choices

    def _press(self, _: object) -> None:
        self._pressed = float(self.controls["clock"].value)
        self._look()
        self.status.say(describe_nipple(self.nipple, pressed=self._pressed))

    def _start_again(self, _: object) -> None:
        fresh = _controls(self.nipple)
        for name, control in self.controls.items():
            control.value = fresh[name].value
            fresh[name].close()
        self.dose_mgy, self._n_taken, self._pressed = 0.0, 0, None
        self.outcome = self._made_with = None
        self._pictures.children, self.report.value = (), _FIRST
        self._look()
        self.status.stale = False
        self.status.say("Another visit of the same patient.")

    def _expose(self, _: object) -> None:
        choices = self.choices
        self._n_taken += 1
        rng = np.random.default_rng(self._n_taken)
        self._background.want(
            Wish(
                key=choices,
                call=partial(_taken, choices, self.nipple, rng),
                accept=lambda made_of, _: self._landed(*made_of),
                words="Exposing",
            )
        )

    def _landed(self, outcome: Outcome, shots: list[Galactogram], dose_mgy: float) -> None:
        self.outcome, self._made_with = outcome, outcome.choices
        self.dose_mgy += dose_mgy
        for index, shot in enumerate(shots):
            if index == len(self.views):
                view = ImageView(shot, height=self._height, compact=True)
                view.layout = w.Layout(flex="1 1 24em", min_width="0", width="auto")
                self.views.append(view)
            else:
                self.views[index].load(shot)
        for view in self.views[: len(shots)]:
            view.set_window(*GRAY)
        self._pictures.children = tuple(self.views[: len(shots)])
        for view in self._pictures.children:
            view.send_ahead()
        self.keep(self.views[0])
        self.report.value = report(outcome, dose_mgy=dose_mgy, total_mgy=self.dose_mgy)
        self.status.stale = self._made_with != self.choices
        wrong = [one.title for one in outcome.consequences if not one.good]
        verdict = f"What went wrong: {', '.join(wrong)}." if wrong else "Nothing went wrong."
        self.status.say(f"{verdict} {dose_mgy:.1f} mGy, {self.dose_mgy:.1f} mGy so far.")


def report(outcome: Outcome, *, dose_mgy: float, total_mgy: float) -> str:
    """Write what followed from each choice as HTML, what went wrong first.

    Parameters
    ----------
    outcome : Outcome
    dose_mgy, total_mgy : float
        Mean glandular dose of these views, and of all so far.
    """
    ordered = sorted(outcome.consequences, key=lambda one: one.good)
    items = "".join(
        f"<li><b>{'✓ Good' if one.good else '✗ Mend'}: {html.escape(one.title)}.</b> "
        f"{html.escape(one.text)} {cite(*one.sources)}</li>"
        for one in ordered
    )
    n_wrong = sum(not one.good for one in outcome.consequences)
    head = (
        "Every choice was sound: read the picture."
        if n_wrong == 0
        else f"{n_wrong} of {len(ordered)} choices can be mended. Mend one and expose again."
    )
    return (
        f"<p><b>{head}</b> These views: {dose_mgy:.1f} mGy mean glandular dose; "
        f"this patient so far: {total_mgy:.1f} mGy {cite('workbook')}.</p>"
        f'<ul style="list-style:none;padding-left:0;max-width:100ch;line-height:1.5">{items}</ul>'
    )


def _taken(
    choices: Choices, nipple: Nipple, rng: np.random.Generator
) -> tuple[Outcome, list[Galactogram], float]:
    outcome = carried_out(choices, nipple=nipple)
    shots, dose_mgy = pictures(outcome, rng=rng)
    return outcome, shots, dose_mgy


def _controls(nipple: Nipple) -> dict[str, Any]:
    def choice(name: str, options: Any, value: object) -> Any:  # noqa: ANN401
        return w.Dropdown(
            options=options, value=value, description=name, style=_NAMED, layout=_WIDE
        )

    def tick(words: str, *, on: bool) -> Any:  # noqa: ANN401
        return w.Checkbox(value=on, description=words, indent=False)

    def slider(name: str, low: float, high: float, step: float, value: float) -> NumberSlider:
        made_slider = NumberSlider(name, low=low, high=high, step=step, value=value)
        # The meters follow the hand: an answer takes a few hundredths of a second.
        made_slider.slider.continuous_update = True
        return made_slider

    plain = Choices()
    pores = [(f"orifice {one.number}", one.number) for one in nipple.orifices]
    return {
        "clock": slider("press_at_hour", 1, 12, 1, 12),
        "orifice": choice("cannulate", pores, 1),
        "cannula": choice("cannula", list(CANNULAS), plain.cannula),
        "depth": slider("depth_mm", 1.0, 30.0, 0.5, plain.depth_mm),
        "purged": tick("purge the air first", on=False),
        "concentration": slider("iodine_mg/mL", 50, 400, 10, 300),
        "slowly": tick("slowly, asking all the time", on=True),
        "volume": slider("volume_mL", 0.0, 3.0, 0.05, 0.0),
        "after": choice("then", list(AFTER), AFTER[1]),
        "force": slider("compression_N", 0, 200, 5, 100),
        "views": choice("views", list(VIEWS), "CC only"),
        "magnification": choice(
            "magnify", [("1 (contact, grid)", 1.0), ("1.5", 1.5), ("1.8", 1.8)], 1.0
        ),
    }
