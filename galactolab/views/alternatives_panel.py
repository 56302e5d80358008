"""Lesson 4's bench: one patient in every machine, side by side, with each machine's controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w
import numpy as np
import numpy.typing as npt

from galactolab import datasets
from galactolab.errors import check_one_of
from galactolab.modalities import projection
from galactolab.patient.phantom import Phantom
from galactolab.terms import View
from galactolab.views.background import Background, Wish
from galactolab.views.comparison_table import Line, lines, sentences, shown
from galactolab.views.controls import LatestWins, StatusLine
from galactolab.views.keepsake import Keepsake
from galactolab.views.machine_controls import Machine, Mri, Tomosynthesis, machines
from galactolab.views.modality_wall import ModalityWall
from galactolab.views.progress_bar import ProgressBar
from galactolab.views.wall_tiles import FIELDS_MM
from galactolab.volumes import ModalityImage

Floats = npt.NDArray[np.float64]
_FIELD_MM = 60
#: Patients of the library whose lesion each machine sees differently.
PATIENTS = (
    "solitary-papilloma",
    "multiple-papillomas",
    "peripheral-dcis",
    "mass-displacement",
    "mobile-clot",
    "cut-off",
    "ectasia",
    "normal",
)


class AlternativesPanel(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """One patient in all machines at one scale; the lesion is outlined on demand.

    Parameters
    ----------
    patient : str or Phantom
        Name of a case of the library, or a virtual patient of your own.

    Attributes
    ----------
    wall : ModalityWall
    machines : dict of str to Machine
        Each with its controls.
    phantom : Phantom
    """

    def __init__(self, patient: str | Phantom = PATIENTS[0]) -> None:
        self.status = StatusLine()
        self._background = Background(self.status)
        self.machines: dict[str, Machine] = {one.key: one for one in machines()}
        self.wall = ModalityWall(
            {one.key: one.name for one in self.machines.values()}, field_mm=_FIELD_MM
        )
        self.wall.moved, self.wall.turned = self._followed, self._turned
        self._stale: list[str] = []
        # Of whom a preview is wanted first, and whose preview is shown.
        self._drafts: set[str] = set()
        self._drafted: set[str] = set()
        self._busy, self._drafting = "", False
        self._turn: object = None
        self._is_new = True
        self.bar = ProgressBar("taking pictures")
        self.compare = w.Button(
            description="What can each show here?", tooltip="Measure all pictures as shown now"
        )
        self.compare.layout = w.Layout(width="auto", align_self="flex-start")
        self.compare.on_click(self.status.guard(lambda _: self.measure()))
        self.table = w.HTML()
        self.table.add_class("gl-result")
        self._soon = LatestWins(self.status.guard(self._next), rest_s=0.1)
        super().__init__([*self._top(patient), self.wall, self._tabs(), *self._foot()])
        self.add_class("gl-panel")
        self.wall.observe(self._wall_failed, "problem")
        self.choose(patient)

    # ---- the parts ----------------------------------------------------------------------
    def _top(self, patient: str | Phantom) -> tuple[Any, ...]:
        named = {"description_width": "initial"}
        own = [] if isinstance(patient, str) else ["your own patient"]
        self.patients = w.Dropdown(
            options=[*own, *PATIENTS],
            value=patient if isinstance(patient, str) else own[0],
            description="patient",
            style=named,
        )
        self.field = w.Dropdown(
            options=[(f"{mm} mm", mm) for mm in FIELDS_MM],
            value=_FIELD_MM,
            description="each square shows",
            style=named,
            layout=w.Layout(width="17em"),
        )
        self.reveal = w.ToggleButton(
            description="Reveal the lesion", tooltip="Outline the true lesion in every picture"
        )
        self.to_lesion = w.Button(
            description="Go to the lesion", tooltip="Put cross, slices and probe on it"
        )
        self.center = w.Button(
            description="Center on the cross", tooltip="Move all squares to the cross"
        )
        for button in (self.reveal, self.to_lesion, self.center):
            button.layout = w.Layout(width="auto")
        guard = self.status.guard
        self.patients.observe(guard(lambda _: self._chose()), "value")
        self.field.observe(guard(lambda _: self.wall.look(field_mm=self.field.value)), "value")
        self.reveal.observe(guard(lambda _: self._reveal()), "value")
        self.to_lesion.on_click(guard(lambda _: self.goto(self.lesion_mm)))
        self.center.on_click(guard(lambda _: self.wall.look(center_mm=self.wall.point_mm)))
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 12px")
        controls = (self.patients, self.field, self.reveal, self.to_lesion, self.center)
        return w.HBox(controls, layout=row), self.bar

    def _tabs(self) -> Any:  # noqa: ANN401 (ipywidgets ships no types)
        pages, titles = [], []
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 16px")
        for machine in self.machines.values():
            controls = (*machine.slow, *machine.quick)
            if not controls:
                continue
            for control in machine.slow:
                control.observe(self.status.guard(self._changed(machine.key)), "value")
            for control in machine.quick:
                control.observe(self.status.guard(self._turn_over(machine.key)), "value")
            pages.append(w.HBox([*controls, *machine.extra], layout=row))
            titles.append(machine.name)
        self.tabs = w.Tab(children=pages, titles=titles)
        return self.tabs

    def _foot(self) -> tuple[Any, ...]:
        return self.compare, self.table, self._background.cancel_button, self.status

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Let a small picture stand where no kernel runs."""
        data = super()._repr_mimebundle_(**kwargs)
        return data if data is None else {**data, "image/png": self.wall.thumbnail()}

    # ---- what a program asks ------------------------------------------------------------
    @property
    def images(self) -> dict[str, ModalityImage]:
        """The pictures that are shown, by machine."""
        return dict(self.wall.images)

    @property
    def lesion_mm(self) -> Floats:
        """Middle of the first lesion, or of the tree where there is none."""
        if self.phantom.lesions:
            return np.asarray(self.phantom.lesions[0].point_mm, float)
        return np.asarray(self.phantom.ducts.branches[0].path_mm[-1], float)

    def finish(self) -> None:
        """Wait for the picture that is being taken, and take all others that are out of date."""
        if self._busy:
            key, phantom = self._busy, self.phantom
            future = self._background.future_of(("alternatives", key))
            if future is not None:
                self._taken(key, phantom, future.result(), self._turn, go_on=False)
        self._drafts.clear()
        while self._stale:
            key = self._stale.pop(0)
            job = self.machines[key].job(self.phantom)
            made = self._caught(lambda job=job: job(lambda _done, _total: None))  # type: ignore[misc]
            self._turn = object()
            self._taken(key, self.phantom, made, self._turn, go_on=False)

    def measure(self) -> tuple[Line, ...]:
        """Measure what each picture shows, as shown now, and fill the table."""
        self.finish()
        names = {one.key: one.name for one in self.machines.values()}
        found = lines(self.images, self.phantom, names=names)
        self.table.value = shown(found)
        self.status.say(sentences(found))
        return found

    def choose(self, patient: str | Phantom) -> None:
        """Open another patient and take all pictures."""
        if isinstance(patient, str):
            check_one_of("patient", patient, datasets.names())
            patient = datasets.recipe(patient).made()
        self.phantom, self.table.value, self._is_new = patient, "", True
        self._drafts.clear()
        self._drafted.clear()
        first = patient.ducts.branches[0].path_mm[-1]
        middle = projection.frame(patient, view=View.CC, spacing_mm=1.0)
        self.wall.revealed = self.reveal.value
        self.wall.point_mm = self.wall.center_mm = np.asarray(first, float)
        self._limits(middle.posture.up_mm, middle.posture.down_mm)
        self._stale = list(self.machines)
        for key in self._stale:
            self.wall.wait(key, "waiting")
        self._next()

    def goto(self, point_mm: Floats) -> None:
        """Put cross, squares and slices on a point of the breast."""
        self.wall.look(point_mm=point_mm, center_mm=point_mm)
        self._followed(point_mm)
        sweep = self.machines["tomosynthesis"]
        if isinstance(sweep, Tomosynthesis):
            sweep.goto(point_mm)
        probe = self.machines["ultrasound"]
        behind, beside, _ = point_mm
        for control, value in zip(probe.slow[:2], (behind, beside), strict=True):
            control.value = float(np.clip(round(value), control.slider.min, control.slider.max))

    # ---- taking pictures ----------------------------------------------------------------
    def _changed(self, key: str) -> Callable[[object], None]:
        def marked(_: object) -> None:
            if key not in self._stale:
                self._stale.append(key)
            self._drafts.add(key)
            self._soon()

        return marked

    def _next(self) -> None:
        """Take the next picture that is out of date; one runs at a time."""
        if self._busy or not self._stale:
            return
        key = self._stale.pop(0)
        machine, phantom = self.machines[key], self.phantom
        draft = machine.draft(phantom) if key in self._drafts else None
        self._drafts.discard(key)
        self._drafting = draft is not None
        if draft is not None:
            self._stale.insert(0, key)
            self._drafted.discard(key)
        self.wall.wait(key, "" if key in self._drafted else f"{machine.name}…")
        job, progress = draft or machine.job(phantom), self._progress()
        self._busy, self._turn = key, object()
        turn = self._turn
        self._background.want(
            Wish(
                key=("alternatives", key),
                call=lambda: self._caught(lambda: job(progress)),
                accept=lambda made, _: self._taken(key, phantom, made, turn),
                words=f"Taking: {machine.name}",
            )
        )

    def _caught(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 (each machine's record)
        """Let the next machine have its turn when one fails."""
        try:
            return call()
        except Exception as error:  # noqa: BLE001 (shown by `_taken` in the panel's line)
            return error

    def _taken(
        self,
        key: str,
        phantom: Phantom,
        made: Any,  # noqa: ANN401 (each machine's own record)
        turn: object,
        *,
        go_on: bool = True,
    ) -> None:
        if turn is not self._turn:
            return  # `finish` was faster
        self._busy, self._turn = "", None
        (self._drafted.add if self._drafting else self._drafted.discard)(key)
        self._drafting = False
        machine = self.machines[key]
        if isinstance(made, Exception):
            self.status.report(made)
            self.wall.wait(key, "did not work; see below")
        elif phantom is self.phantom:
            machine.accept(made)
            if self._is_new and isinstance(machine, Tomosynthesis):
                machine.goto(self.wall.point_mm)
                self._is_new = False
            self._show(key)
        self.bar.at(1 - len(self._stale) / len(self.machines))
        if self._stale and go_on:
            self._next()
        elif not self._stale:
            self.status.say(self._sentence(key))
            self.keep(self.wall)

    def _progress(self) -> Callable[[int, int], None]:
        """Return what a long job calls after each of its steps."""
        each = 1 / len(self.machines)
        done_before = max(1 - each * (len(self._stale) + 1), 0.0)
        return self.bar.steps(done_before, done_before + each)

    # ---- looking --------------------------------------------------------------------------
    def _show(self, key: str) -> None:
        machine = self.machines[key]
        image = machine.shown(self.wall.point_mm)
        self.wall.show(key, image, machine.caption())

    def _turn_over(self, key: str) -> Callable[[object], None]:
        def turned(_: object) -> None:
            waits = key in (*self._stale, self._busy) and key not in self._drafted
            if key in self.wall.images and not waits:
                self._show(key)
                self.status.say(self._sentence(key))

        return turned

    def _followed(self, point_mm: Floats) -> None:
        """Let the stacks show the slice that the cross is in."""
        self.wall.point_mm = np.asarray(point_mm, float)
        if "mri" in self.wall.images:
            self._show("mri")
        x, y, z = point_mm
        self.status.say(
            f"Cross: {x:.0f} mm behind the nipple, {abs(y):.0f} mm {_side(y)}, "
            f"{abs(z):.0f} mm {'above' if z >= 0 else 'below'} it."
        )

    def _turned(self, key: str, by: int) -> None:
        """Scroll a stack from the keyboard."""
        machine = self.machines[key]
        if isinstance(machine, Tomosynthesis):
            machine.height.value = float(
                np.clip(machine.height.value + by, 0.5, machine.height.slider.max)
            )
        elif isinstance(machine, Mri) and machine.volume is not None:
            placement = machine.volume.placement
            index = placement.index(self.wall.point_mm)
            index[0] = np.clip(round(index[0]) + by, 0, len(machine.volume.voxels) - 1)
            point = placement.point_mm(index)
            self.wall.look(point_mm=point)
            self._followed(point)
        else:
            self.status.say(f"{machine.name} has no slices to turn over.")

    def _reveal(self) -> None:
        self.wall.look(revealed=self.reveal.value)
        kinds: Sequence[str] = [str(one.kind) for one in self.phantom.lesions]
        if self.reveal.value:
            self.status.say(f"The truth: {', '.join(kinds) or 'no lesion'}.")

    def _chose(self) -> None:
        if self.patients.value in PATIENTS:
            self.choose(self.patients.value)

    def _limits(self, up_mm: float, down_mm: float) -> None:
        """Let the probe stay on the breast."""
        beside = self.machines["ultrasound"].slow[1]
        for part in (beside.slider, beside.box):
            part.min, part.max = -float(round(down_mm)) + 15, float(round(up_mm)) - 15

    def _sentence(self, key: str) -> str:
        machine = self.machines[key]
        return f"{machine.name}: {machine.caption()}."

    def _wall_failed(self, _: object) -> None:
        if self.wall.problem:
            self.status.failed(self.wall.problem["sentence"], self.wall.problem["trace"])


def _side(y: float) -> str:
    return "lateral" if y >= 0 else "medial"
