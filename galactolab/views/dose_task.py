"""An optimization task: the best view of a thin duct at a dose limit, with a check."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as w

from galactolab.modalities import optimum
from galactolab.modalities.beam import KVP_RANGE, Beam
from galactolab.modalities.duct_phantom import Slab
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.optimum import DoseTask, Verdict
from galactolab.views import physics_figures
from galactolab.views.chart import chart
from galactolab.views.citations import cite
from galactolab.views.controls import NumberSlider, StatusLine
from galactolab.views.keepsake import Keepsake

_NAMED = {"description_width": "7em"}
_WIDE = w.Layout(width="22em", max_width="100%")
_BREASTS = (30, 45, 60)


class DoseTaskCard(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Choose anode, filter, voltage, load and grid; *Check* compares with the best there is.

    Attributes
    ----------
    controls : dict of str to widget
    task : DoseTask
        What is asked now.
    verdict : Verdict or None
        The last check; None after another choice.

    Examples
    --------
    >>> card = DoseTaskCard()
    >>> card.controls["mas"].value = 300
    >>> card.check.click()
    >>> card.verdict.within_dose
    False
    """

    def __init__(self) -> None:
        self.status = StatusLine()
        self.controls = _controls()
        self.verdict: Verdict | None = None
        self.check = w.Button(description="Check", tooltip="Compare with the best technique")
        self.show = w.Button(description="Show the best", tooltip="Set the best technique")
        self.show.disabled = True
        self.numbers, self.answer = w.HTML(), w.HTML()
        self._chart = w.VBox()
        self._asked = w.HTML()
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 20px")
        held = self.controls
        super().__init__(
            [
                w.HBox([held["breast"], held["limit"]], layout=row),
                self._asked,
                w.HBox([held[name] for name in ("beam", "kvp", "mas", "grid")], layout=row),
                self.numbers,
                w.HBox([self.check, self.show], layout=row),
                self.answer,
                self._chart,
                self.status,
            ]
        )
        self.add_class("gl-panel")
        self.check.on_click(self.status.guard(self._checked))
        self.show.on_click(self.status.guard(self._shown))
        for control in held.values():
            control.observe(self.status.guard(self._changed), "value")
        self._changed(None)

    # ---- what a program asks -----------------------------------------------------------
    @property
    def task(self) -> DoseTask:
        """What is asked now."""
        slab = Slab(thickness_mm=float(self.controls["breast"].value))
        return DoseTask(dose_limit_mgy=self.controls["limit"].value, slab=slab)

    @property
    def beam(self) -> Beam:
        """The beam that was chosen."""
        anode, filter_ = self.controls["beam"].value.split("/")
        return Beam(
            anode=anode,
            filter=filter_,
            kvp=self.controls["kvp"].value,
            mas=float(self.controls["mas"].value),
        )

    @property
    def geometry(self) -> Geometry:
        """With or without grid."""
        return Geometry(grid=self.controls["grid"].value)

    # ---- how it works ------------------------------------------------------------------
    def _changed(self, _: object) -> None:
        self.verdict = None
        self.answer.value, self.show.disabled = "", True
        self._chart.layout.display = "none"
        task = self.task
        self._asked.value = (
            f"<p>A breast of {task.slab.thickness_mm:g} mm. Make the SDNR of a duct of "
            f"{task.caliber_mm:g} mm as large as you can at no more than "
            f"{task.dose_limit_mgy:g} mGy, and keep at least "
            f"{100 * optimum.GLAND_KEPT:.0f} % of the best SDNR that gland can have there "
            f"{cite('workbook')}.</p>"
        )
        now = task.tried(self.beam, self.geometry)
        over = now.mgd_mgy > 1.005 * task.dose_limit_mgy
        used = 100 * now.mgd_mgy / task.dose_limit_mgy
        state = "over the limit" if over else f"{used:.0f} % of the limit"
        self.numbers.value = (
            f"<p>SDNR of the duct <b>{now.sdnr:.1f}</b>, of gland <b>{now.gland_sdnr:.1f}</b>; "
            f"dose <b>{now.mgd_mgy:.2f} mGy</b> ({state}).</p>"
        )
        self.status.say(f"SDNR {now.sdnr:.1f}, {now.mgd_mgy:.2f} mGy, {state}.")

    def _checked(self, _: object) -> None:
        task = self.task
        self.verdict = optimum.judged(task, beam=self.beam, geometry=self.geometry)
        words = verdict_words(task, self.verdict)
        more = physics_figures.describe_technique_map(self.verdict)
        self.answer.value = f"<p><b>{html.escape(words)}</b></p><p>{html.escape(more)}</p>"
        self.show.disabled = False
        self._draw(task, self.verdict)
        self.status.say(words)

    def _draw(self, task: DoseTask, verdict: Verdict) -> None:
        lines = optimum.frontier(optimum.at_limit(task))
        drawn = physics_figures.technique_map(verdict, lines)
        if not self._chart.children:
            self._chart.children = (chart(drawn),)
        else:
            figure = self._chart.children[0]
            with figure.batch_update():
                for old, new in zip(figure.data, drawn.data, strict=True):
                    old.x, old.y, old.name = new.x, new.y, new.name
                figure.layout.shapes = drawn.layout.shapes
        self._chart.layout.display = ""
        self.status.nudge()

    def _shown(self, _: object) -> None:
        best = optimum.judged(self.task, beam=self.beam, geometry=self.geometry).best
        self.controls["beam"].value = f"{best.beam.anode}/{best.beam.filter}"
        self.controls["kvp"].value = best.beam.kvp
        self.controls["grid"].value = best.geometry.grid
        # Rounded down: a hair over the limit is over.
        self.controls["mas"].value = max(1, int(best.quality.mas))


def verdict_words(task: DoseTask, verdict: Verdict) -> str:
    """Say in one or two sentences how good a technique is, and what to mend first.

    Examples
    --------
    >>> task = DoseTask()
    >>> verdict = optimum.judged(task, beam=Beam(mas=117), geometry=Geometry())
    >>> print(verdict_words(task, verdict))
    Solved: 99.5 % of the best SDNR, within the dose, and the gland is kept.
    """
    share = f"{100 * verdict.share:.1f} %"
    now = verdict.technique.quality
    if verdict.passed:
        return f"Solved: {share} of the best SDNR, within the dose, and the gland is kept."
    if not verdict.within_dose:
        return (
            f"Over the limit: {now.mgd_mgy:.2f} mGy of {task.dose_limit_mgy:g} mGy. Lower the "
            "load first."
        )
    if not verdict.keeps_gland:
        dosed = now.mgd_mgy > 0.97 * task.dose_limit_mgy
        hint = "Take a softer beam or the grid" if dosed else "Use more of the dose"
        return (
            f"Gland has an SDNR of {now.gland_sdnr:.1f}, but {verdict.gland_needed:.1f} is "
            f"needed. {hint}."
        )
    if now.mgd_mgy < 0.97 * task.dose_limit_mgy:
        return f"{share} of the best SDNR: there is dose left to use."
    return f"{share} of the best SDNR at the full dose: try another anode, filter or voltage."


def _controls() -> dict[str, Any]:
    low, high = KVP_RANGE

    def slider(name: str, low: float, high: float, step: float, value: float) -> NumberSlider:
        made = NumberSlider(name, low=low, high=high, step=step, value=value)
        made.slider.continuous_update = True
        return made

    return {
        "breast": w.Dropdown(
            options=[(f"{mm} mm thick", mm) for mm in _BREASTS],
            value=45,
            description="breast",
            style=_NAMED,
            layout=_WIDE,
        ),
        "limit": slider("dose_limit_mGy", 0.8, 3.0, 0.1, 1.5),
        "beam": w.Dropdown(
            options=["/".join(pair) for pair in optimum.PAIRS],
            value="Mo/Mo",
            description="anode/filter",
            style=_NAMED,
            layout=_WIDE,
        ),
        "kvp": slider("voltage_kV", low, high, 1, 35),
        "mas": slider("load_mAs", 1, 600, 1, 100),
        "grid": w.Checkbox(value=False, description="anti-scatter grid", indent=False),
    }
