"""Ductoscopy: fly along the lumen of the injected lobe, with the place on the ductogram."""

from __future__ import annotations

from typing import Any

import ipywidgets as w
import numpy as np

from galactolab import datasets
from galactolab.errors import check_one_of
from galactolab.modalities import ductogram, ductoscopy
from galactolab.patient.phantom import Phantom
from galactolab.views.background import Background, Wish
from galactolab.views.controls import LatestWins, NumberSlider, StatusLine
from galactolab.views.keepsake import Keepsake
from galactolab.views.progress_bar import ProgressBar
from galactolab.views.scope_view import ScopeView
from galactolab.volumes import ModalityImage

#: Patients of the library with something to see from inside, or nothing.
PATIENTS = (
    "solitary-papilloma", "multiple-papillomas", "mobile-clot", "ectasia", "cut-off",
    "normal",
)  # fmt: skip
_SPACING_MM = 0.1
_STEP_MM = 0.5
#: The page makes 5.000000000000001 of a slider's step.
_NOISE_MM = 1e-6
#: Noise of camera and detector, the same at every visit.
_SEED = 46


class DuctoscopyPanel(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """What a thin endoscope sees on its way, and where it is.

    Parameters
    ----------
    patient : str or Phantom
        Name of a case of the library, or a virtual patient of your own.

    Attributes
    ----------
    way : NumberSlider
        Distance of the tip from the orifice.
    scope : NumberSlider
        Diameter of the endoscope.
    course : Way
        Where it can go.
    seen : ModalityImage
        What is shown.
    """

    def __init__(self, patient: str | Phantom = PATIENTS[0]) -> None:
        self.status = StatusLine()
        self._background = Background(self.status)
        self.view, self.bar = ScopeView(), ProgressBar("taking the ductogram")
        self.view.stepped = lambda by: self._go(self.way.value + by)
        self.view.chosen = self._go
        own = [] if isinstance(patient, str) else ["your own patient"]
        self.patients = w.Dropdown(
            options=[*own, *PATIENTS],
            value=patient if isinstance(patient, str) else own[0],
            description="patient",
            style={"description_width": "initial"},
        )
        self.way = NumberSlider("way_mm", low=0.0, high=60.0, step=_STEP_MM, value=5.0)
        self.way.slider.continuous_update = True
        self.scope = NumberSlider(
            "scope_mm", low=0.55, high=1.1, step=0.05, value=ductoscopy.SCOPE_MM
        )
        self.reveal = w.ToggleButton(
            description="Reveal the lesion", tooltip="Outline the true lesion in both squares"
        )
        self.reveal.layout = w.Layout(width="auto")
        self._sharpen = LatestWins(self.status.guard(self._look), rest_s=0.25)
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 16px")
        controls = w.HBox([self.patients, self.way, self.scope, self.reveal], layout=row)
        super().__init__([controls, self.bar, self.view, self.status])
        self.add_class("gl-panel")
        guard = self.status.guard
        self.patients.observe(guard(lambda _: self._chose()), "value")
        # After the links of the pair, so that all three of its parts hold one number by then.
        self.way.slider.observe(guard(lambda _: self._fly()), "value")
        self.scope.observe(guard(lambda _: self._enter()), "value")
        self.reveal.observe(guard(lambda _: self.view.reveal(self.reveal.value)), "value")
        self.view.observe(self._view_failed, "problem")
        self.choose(patient)

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Let a small picture stand where no kernel runs."""
        data = super()._repr_mimebundle_(**kwargs)
        return data if data is None else {**data, "image/png": self.view.thumbnail()}

    def choose(self, patient: str | Phantom) -> None:
        """Open another patient: take the ductogram, then put the scope into the orifice."""
        if isinstance(patient, str):
            check_one_of("patient", patient, datasets.names())
            patient = datasets.recipe(patient).made()
        self.phantom: Phantom = patient
        self._ductogram: ModalityImage | None = None
        self.view.wait("taking the ductogram…")
        self.bar.at(0.1)
        rng = np.random.default_rng([_SEED, patient.seed])
        self._background.want(
            Wish(
                key=("ductoscopy", patient.seed),
                call=lambda: ductogram.simulate(patient, rng=rng, spacing_mm=_SPACING_MM),
                accept=lambda made, _: self._taken(made),
                words="Taking the ductogram",
            )
        )

    def _taken(self, made: ModalityImage) -> None:
        self._ductogram = made
        self.bar.at(1.0)
        self._enter()
        self.keep(self.view)

    def _enter(self) -> None:
        """Find the way for this scope, and look from where the tip is."""
        if self._ductogram is None:
            return
        self.course = ductoscopy.way(self.phantom, scope_mm=self.scope.value)
        for part in (self.way.slider, self.way.box):
            part.max = max(float(np.floor(self.course.reach_mm / _STEP_MM) * _STEP_MM), _STEP_MM)
        self.view.start(
            self._ductogram, self.course,
            "Solid: where the scope has been; dotted: as far as it can go. Click to go there.",
        )  # fmt: skip
        self._look()

    def _go(self, way_mm: float) -> None:
        ends = self.way.slider.min, self.way.slider.max
        self.way.value = float(np.clip(round(way_mm / _STEP_MM) * _STEP_MM, *ends))

    def _fly(self) -> None:
        """Show a coarse view at once, and the sharp one when the hand rests."""
        whole = round(self.way.value / _STEP_MM) * _STEP_MM
        if 0 < abs(self.way.value - whole) < _NOISE_MM:
            self.way.slider.value = whole  # which brings us here again
        elif self._ductogram is not None:
            self._look(size_px=ductoscopy.PREVIEW_PX)
            self._sharpen()

    def _look(self, *, size_px: int = ductoscopy.SIZE_PX) -> None:
        at = min(self.way.value, self.course.reach_mm)
        self.seen = ductoscopy.view(
            self.phantom,
            way_mm=at,
            scope_mm=self.scope.value,
            size_px=size_px,
            rng=np.random.default_rng([_SEED, round(100 * at)]),
        )
        self.view.look(self.seen, way_mm=at, words=self._words(at))
        self.status.say(self._words(at))

    def _words(self, at_mm: float) -> str:
        wide = 2 * float(np.interp(at_mm, self.course.arc_mm, self.course.radius_mm))
        words = f"{at_mm:.1f} mm from the orifice; the lumen is {wide:.1f} mm wide here."
        if at_mm > self.way.slider.max - _STEP_MM / 2:
            is_end = self.course.reach_mm >= float(self.course.arc_mm[-1]) - _STEP_MM
            stop = "the duct ends" if is_end else "the lumen is too narrow or blocked ahead"
            words += f" The scope of {self.scope.value:g} mm stops here: {stop}."
        return words

    def _chose(self) -> None:
        if self.patients.value in PATIENTS:
            self.choose(self.patients.value)

    def _view_failed(self, _: Any) -> None:  # noqa: ANN401 (traitlets' own)
        if self.view.problem:
            self.status.failed(self.view.problem["sentence"], self.view.problem["trace"])
