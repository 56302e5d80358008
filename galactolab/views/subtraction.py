"""Scout and subtraction: what contrast adds, and what a movement in between does to it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import ipywidgets as w
import numpy as np

from galactolab.modalities import preview, xray
from galactolab.modalities.beam import Beam
from galactolab.modalities.exposure import expose
from galactolab.modalities.motion import moved
from galactolab.records import Galactogram
from galactolab.terms import Intent
from galactolab.views.controls import LatestWins, NumberSlider, StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake

PICTURES = ("galactogram", "scout", "subtraction")
#: Gray windows in log attenuation; the subtraction holds iodine and noise only.
_DIFFERENCE = (0.4, 1.2)
_REST_S = 0.015


class Subtraction(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A galactogram minus its scout, with a movement between the two that can be turned.

    Parameters
    ----------
    height : int
        Height of the picture in screen pixels.

    Attributes
    ----------
    view : ImageView
    residue : float
        Root mean square of the subtraction outside the ducts, in log attenuation.

    Examples
    --------
    >>> panel = Subtraction()
    >>> still = panel.residue
    >>> panel.controls["slide"].value = 1.0
    >>> panel.residue > 1.2 * still
    True
    """

    def __init__(self, *, height: int = 440) -> None:
        self.status = StatusLine()
        self.shown = w.ToggleButtons(
            options=[(name.capitalize(), name) for name in PICTURES], value="subtraction"
        )
        self.controls = {
            "slide": _slider("slide_mm", 0.0, 5.0, 0.1),
            "turn": _slider("turn_deg", 0.0, 3.0, 0.1),
            "iodine": _slider("iodine_mg/mL", 20, 400, 20, value=300),
            "load": _slider("load_%_of_automatic", 10, 200, 5, value=100),
        }
        self.refit = w.Checkbox(
            value=False, description="register the scout before subtracting", indent=False
        )
        self._pictures = self._taken()
        self.residue = 0.0
        self.view = ImageView(self._pictures[self.shown.value], height=height)
        self._kind = ""
        self._soon = LatestWins(self.status.guard(self._update), rest_s=_REST_S)
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 20px")
        super().__init__(
            [
                w.HBox([*self.controls.values(), self.refit], layout=row),
                self.shown,
                self.view,
                self.status,
            ]
        )
        self.add_class("gl-panel")
        for control in (*self.controls.values(), self.refit):
            control.observe(self.status.guard(lambda _: self._soon()), "value")
        self.shown.observe(self.status.guard(lambda _: self._show()), "value")
        self._update()

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Let a small picture stand where no kernel runs."""
        self.view.send_ahead()
        data = super()._repr_mimebundle_(**kwargs)
        return data if data is None else {**data, "image/png": self.view.thumbnail()}

    def _update(self) -> None:
        self._pictures = self._taken()
        self._show()

    def _show(self) -> None:
        kind = self.shown.value
        if kind == self._kind:
            self.view.follow(self._pictures[kind])
        else:
            # Another picture has its own range of values, but shows the same place.
            place = list(self.view.view)
            with self.view.hold_sync():
                self.view.load(self._pictures[kind])
                if kind == "subtraction":
                    self.view.set_window(*_DIFFERENCE)
                self.view.view = place
        self._kind = kind
        self.status.say(self.describe())

    def describe(self) -> str:
        """Say in words what the pictures show."""
        slide, turn = self.controls["slide"].value, self.controls["turn"].value
        still = slide == 0 and turn == 0
        moving = "Nothing moved" if still else f"The breast slid {slide:g} mm and turned {turn:g}°"
        fitted = ", and the scout was registered" if self.refit.value else ""
        return (
            f"{moving}{fitted}: outside the ducts the subtraction scatters by "
            f"{self.residue:.3f} in log attenuation; behind 1 mm of duct it shows about "
            f"{self._iodine_step():.2f}."
        )

    def _iodine_step(self) -> float:
        """Mean of the subtraction where the duct is about 1 mm deep."""
        maps = preview.patient_maps()
        deep = (maps.contrast > 0.8) & (maps.contrast < 1.2)
        return float(self._pictures["subtraction"].pixels[deep].mean())

    def _taken(self) -> dict[str, Galactogram]:
        maps = preview.patient_maps()
        slide = self.controls["slide"].value
        early = _scout(slide, self.controls["turn"].value, self.controls["load"].value)
        late = _filled(self.controls["iodine"].value, self.controls["load"].value)
        if self.refit.value:
            early = registered(early, late)
        pictures = {
            "galactogram": late,
            "scout": early,
            "subtraction": xray.subtracted(late, scout=early),
        }
        far = cv2.erode(
            (maps.breast & (maps.contrast == 0)).astype(np.uint8), np.ones((25, 25), np.uint8)
        )
        rest = pictures["subtraction"].pixels[far > 0]
        self.residue = float(np.sqrt(np.mean(np.square(rest - np.median(rest)))))
        return pictures


def registered(scout: Galactogram, galactogram: Galactogram) -> Galactogram:
    """Return the scout turned and shifted so that it fits the galactogram.

    Enhanced correlation of the two pictures, a rigid movement (OpenCV's ``findTransformECC``;
    Evangelidis and Psarakis 2008, doi:10.1109/TPAMI.2008.113). Where it does not converge the
    scout is returned as it is.

    Examples
    --------
    >>> same = Galactogram(pixels=np.zeros((40, 40)), spacing_mm=0.2, intent="FOR PROCESSING")
    >>> registered(same, same) is same
    True
    """
    step = 2
    small = [
        np.asarray(cv2.GaussianBlur(one.pixels, (0, 0), 1.5)[::step, ::step], np.float32)
        for one in (galactogram, scout)
    ]
    turn: Any = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
    try:
        _, turn = cv2.findTransformECC(small[0], small[1], turn, cv2.MOTION_EUCLIDEAN, stop)
    except cv2.error:
        return scout
    turn[:, 2] *= step
    rows, columns = scout.pixels.shape
    pixels = cv2.warpAffine(
        scout.pixels,
        turn,
        (columns, rows),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Galactogram(
        pixels=np.asarray(pixels, np.float32),
        spacing_mm=scout.spacing_mm,
        laterality=scout.laterality,
        view=scout.view,
        intent=Intent.FOR_PROCESSING,
        source=f"{scout.source}, registered",
    )


@lru_cache(maxsize=4)
def _scout(slide_mm: float, turn_deg: float, load: float) -> Galactogram:
    maps = xray.without_contrast(preview.patient_maps())
    if slide_mm or turn_deg:
        # Down and a little out: where a breast slides under a light paddle.
        maps = moved(maps, shift_mm=(0.8 * slide_mm, -0.6 * slide_mm), turn_deg=turn_deg)
    return _developed(maps, load, seed=1)


@lru_cache(maxsize=4)
def _filled(concentration: float, load: float) -> Galactogram:

    maps = replace(preview.patient_maps(), concentration_mgi_ml=concentration)
    return _developed(maps, load, seed=2)


def _developed(maps: Any, load: float, *, seed: int) -> Galactogram:  # noqa: ANN401
    mas = max(0.1, _automatic_mas() * load / 100)
    taken = expose(maps, rng=np.random.default_rng(seed), beam=Beam(mas=mas))
    return xray.developed(taken, maps=maps, laterality=maps.laterality, view=maps.view)


@lru_cache(maxsize=1)
def _automatic_mas() -> float:
    scout = xray.without_contrast(preview.patient_maps())
    return float(expose(scout, rng=np.random.default_rng(0)).beam.mas or 0.0)


def _slider(name: str, low: float, high: float, step: float, value: float = 0.0) -> NumberSlider:
    made = NumberSlider(name, low=low, high=high, step=step, value=value)
    made.slider.continuous_update = True
    return made
