"""The controls of each machine of lesson 4, and what it makes of the patient.

Each machine parts its work in two: what takes time (`job`, run beside the kernel) and what
only turns over what is there (`shown`): another slice, another weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import ipywidgets as w
import numpy as np
import numpy.typing as npt

from galactolab.modalities import (
    contrast_enhanced as cem,
    ductogram,
    mri,
    tomosynthesis as tomo,
    ultrasound,
)
from galactolab.modalities.mri_sequences import FIELDS_T, SEQUENCES
from galactolab.modalities.ultrasound_plane import Probe
from galactolab.patient.breast import Breast
from galactolab.patient.phantom import Phantom
from galactolab.terms import View
from galactolab.views import enhancement_figure
from galactolab.views.controls import NumberSlider
from galactolab.views.wall_tiles import slice_at
from galactolab.volumes import ModalityImage

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
Job = Callable[[Progress], Any]
_NAMED = {"description_width": "initial"}
_ROUTES = {"no gadolinium": "none", "into a vein": "intravenous", "into the duct": "intraductal"}
#: Spacing in the picture; a wall tile shows 0.1 to 0.7 mm in a pixel.
_SPACING_MM, _SWEEP_MM = 0.1, 0.2
#: Pixels of a preview are this much wider.
_COARSER = 3
#: Voxels below this keep a hand waiting.
_QUICK_VOXEL_MM = 1.2
# Noise of each machine, the same at every visit.
_SEEDS = {"ductogram": 41, "ultrasound": 42, "mri": 43, "tomosynthesis": 44, "cem": 45}


class Machine(Protocol):
    """What the wall asks of a machine."""

    key: str
    name: str
    slow: tuple[Any, ...]
    quick: tuple[Any, ...]
    extra: tuple[Any, ...]

    def job(self, phantom: Phantom) -> Job:
        """Return what takes time, with the controls' values of now."""

    def draft(self, phantom: Phantom) -> Job | None:
        """Return a quick preview of the job, if the job itself keeps a hand waiting."""

    def accept(self, made: Any) -> None:  # noqa: ANN401 (each machine's own record)
        """Keep what the job made."""

    def shown(self, point_mm: Floats) -> ModalityImage:
        """Return the picture through a point of the breast."""

    def caption(self) -> str:
        """Say what is shown, in a line."""


def machines() -> tuple[Machine, ...]:
    """Return all machines of the lesson, in the order of the wall."""
    return (Ductogram(), Ultrasound(), Mri(), Tomosynthesis(), Cem())


def _rng(key: str, phantom: Phantom) -> np.random.Generator:
    return np.random.default_rng([_SEEDS[key], phantom.seed])


class Ductogram:
    """The radiograph of the injected breast: what the others are compared with."""

    key, name = "ductogram", "Ductogram"

    def __init__(self) -> None:
        self.slow: tuple[Any, ...] = ()
        self.quick: tuple[Any, ...] = ()
        self.extra: tuple[Any, ...] = ()
        self.image: ModalityImage | None = None

    def job(self, phantom: Phantom) -> Job:
        """Take the radiograph."""
        rng = _rng(self.key, phantom)
        return lambda _: ductogram.simulate(phantom, rng=rng, spacing_mm=_SPACING_MM)

    def draft(self, _: Phantom) -> None:
        """Return nothing: the picture itself is quick enough."""

    def accept(self, made: ModalityImage) -> None:
        """Keep it."""
        self.image = made

    def shown(self, point_mm: Floats) -> ModalityImage:  # noqa: ARG002 (one picture for all)
        """Return it, whatever the point: it shows all that lies along the beam."""
        if self.image is None:
            raise RuntimeError("the ductogram was asked for before it was taken")
        return self.image

    def caption(self) -> str:
        """Say view and dose."""
        dose = 0.0 if self.image is None else self.image.settings["mgd_mgy"]
        return f"CC view, all depths at once, {dose:.1f} mGy"


class Ultrasound:
    """A probe that is moved and turned on the skin."""

    key, name = "ultrasound", "Ultrasound"

    def __init__(self) -> None:
        self.behind = NumberSlider("behind_mm", low=0.0, high=80.0, step=1.0, value=17.0)
        self.beside = NumberSlider("beside_mm", low=-60.0, high=60.0, step=1.0, value=0.0)
        self.turn = NumberSlider("turn_deg", low=-180, high=180, step=5, value=0)
        self.frequency = NumberSlider("frequency_MHz", low=5.0, high=18.0, step=0.5, value=12.0)
        self.injected = w.Checkbox(description="ducts injected", value=False, style=_NAMED)
        self.doppler = w.Checkbox(description="color Doppler", value=False, style=_NAMED)
        self.slow = (
            self.behind, self.beside, self.turn, self.frequency, self.injected, self.doppler,
        )  # fmt: skip
        self.quick: tuple[Any, ...] = ()
        self.extra: tuple[Any, ...] = ()
        self.image: ModalityImage | None = None
        self._where: Probe | None = None

    @property
    def probe(self) -> Probe:
        """Where the probe stands."""
        return Probe(
            behind_mm=self.behind.value,
            beside_mm=self.beside.value,
            turn_deg=self.turn.value,
            frequency_mhz=self.frequency.value,
            view=View.CC,
        )

    def job(self, phantom: Phantom) -> Job:
        """Scan the plane."""
        probe = held_on(phantom.breast, self.probe)
        rng, injected = _rng(self.key, phantom), self.injected.value
        self._where = probe
        take = ultrasound.color_flow if self.doppler.value else ultrasound.b_mode
        return lambda _: take(phantom, probe=probe, injected=injected, rng=rng)

    def draft(self, _: Phantom) -> None:
        """Return nothing: the picture itself is quick enough."""

    def accept(self, made: ModalityImage) -> None:
        """Keep the picture."""
        self.image = made

    def shown(self, point_mm: Floats) -> ModalityImage:  # noqa: ARG002 (the probe chooses)
        """Return the plane under the probe, wherever the point lies."""
        if self.image is None:
            raise RuntimeError("the ultrasound was asked for before it was taken")
        return self.image

    def caption(self) -> str:
        """Say how the probe stands."""
        probe = self._where or self.probe
        turn = f"{probe.turn_deg:g}° to the ducts"
        return f"{probe.frequency_mhz:g} MHz, {turn}, {self._place(probe)}skin at the top, no dose"

    def _place(self, probe: Probe) -> str:
        """Say where the probe is if it could not go where it was sent."""
        if probe == self.probe:
            return ""
        return f"held on the breast {probe.beside_mm:.0f} mm beside the nipple, "


def held_on(breast: Breast, probe: Probe) -> Probe:
    """Return the probe where it was sent, or at the border of the breast on the way there.

    Examples
    --------
    >>> held_on(Breast(seed=1), Probe(behind_mm=17, beside_mm=-70)).beside_mm > -70
    True
    """
    posture = breast.positioned(probe.view)
    reach = posture.up_mm if probe.beside_mm > 0 else posture.down_mm
    behind = min(max(probe.behind_mm, 0.0), breast.depth_mm)
    border = reach * math.sqrt(max(0.0, 1 - (1 - behind / breast.depth_mm) ** 2))
    beside = min(max(probe.beside_mm, -border), border)
    return replace(probe, behind_mm=behind, beside_mm=beside)


class Mri:
    """A stack of slices, with a choice of what makes the contrast."""

    key, name = "mri", "MRI"

    def __init__(self) -> None:
        wide = w.Layout(width="24em", max_width="100%")
        self.sequence = w.Dropdown(
            options=list(SEQUENCES), value="T1 fat-suppressed", description="sequence",
            style=_NAMED, layout=wide,
        )  # fmt: skip
        self.route = w.Dropdown(
            options=list(_ROUTES), value="into a vein", description="contrast", style=_NAMED,
            layout=wide,
        )  # fmt: skip
        self.field = w.Dropdown(
            options=[(f"{field:g} T", field) for field in FIELDS_T], value=3.0,
            description="field", style=_NAMED, layout=w.Layout(width="9em"),
        )  # fmt: skip
        self.curve = w.HTML()
        self.minutes = NumberSlider("minutes_after", low=0.0, high=10.0, step=0.5, value=2.0)
        self.voxel = NumberSlider("voxel_mm", low=0.8, high=2.4, step=0.2, value=1.0)
        self.projection = w.Checkbox(
            description="all slices at once (maximum)", value=False, style=_NAMED
        )
        self.slow = (self.sequence, self.route, self.field, self.minutes, self.voxel)
        self.quick: tuple[Any, ...] = (self.projection,)
        self.extra: tuple[Any, ...] = (self.curve,)
        self.volume: Any = None
        self.number = 0

    def job(self, phantom: Phantom) -> Job:
        """Scan the breast."""
        return self._scanned(phantom, round(self.voxel.value, 1))

    def draft(self, phantom: Phantom) -> Job | None:
        """Scan with larger voxels first, if small ones are asked for anew."""
        voxel_mm = round(self.voxel.value, 1)
        is_known = self.volume is not None and self.volume.spacing_mm[0] == voxel_mm
        if is_known or voxel_mm >= _QUICK_VOXEL_MM:
            return None
        return self._scanned(phantom, 2 * voxel_mm)

    def _scanned(self, phantom: Phantom, voxel_mm: float) -> Job:
        told = {
            "sequence": SEQUENCES[self.sequence.value],
            "route": _ROUTES[self.route.value],
            "field_t": self.field.value,
            "minutes": self.minutes.value,
            "voxel_mm": voxel_mm,
            "slice_mm": max(voxel_mm, 1.0),
            "rng": _rng(self.key, phantom),
        }
        return lambda _: mri.acquired(phantom, **told)

    def accept(self, made: Any) -> None:  # noqa: ANN401 (a Volume)
        """Keep the stack."""
        self.volume = made

    def shown(self, point_mm: Floats) -> ModalityImage:
        """Return the slice through the point, or all of them at once."""
        self.curve.value = self._curve()
        self.number = slice_at(self.volume, point_mm)
        if self.projection.value:
            flat: ModalityImage = self.volume.maximum()
            return flat
        chosen: ModalityImage = self.volume.slice(self.number)
        return chosen

    def caption(self) -> str:
        """Say which slice."""
        if self.projection.value:
            return "brightest of all slices, nipple at the top, no dose"
        told = f"slice {self.number + 1} of {len(self.volume.voxels)}, nipple at the top, no dose"
        is_draft = self.volume.spacing_mm[0] > round(self.voxel.value, 1)
        return f"preview: {told}" if is_draft else told

    def _curve(self) -> str:
        """Draw uptake over time where there is any."""
        if _ROUTES[self.route.value] != "intravenous":
            return ""
        sequence = SEQUENCES[self.sequence.value]
        return enhancement_figure.drawn(
            minutes=self.minutes.value, sequence=sequence, field_t=self.field.value
        )


class Tomosynthesis:
    """Slices of the injected breast at true heights."""

    key, name = "tomosynthesis", "Tomosynthesis"

    def __init__(self) -> None:
        self.arc = w.Dropdown(
            options=[(f"{arc:g}° in {n} radiographs", arc) for arc, n in tomo.ARCS.items()],
            description="arc", style=_NAMED,
        )  # fmt: skip
        self.method = w.Dropdown(options=list(tomo.METHODS), description="method", style=_NAMED)
        self.height = NumberSlider("height_mm", low=0.5, high=44.5, step=1.0, value=22.5)
        self.slow: tuple[Any, ...] = (self.arc,)
        self.quick: tuple[Any, ...] = (self.method, self.height)
        self.extra: tuple[Any, ...] = ()
        self.sweeps: dict[str, tomo.Projections] = {}

    def job(self, phantom: Phantom) -> Job:
        """Take the sweep, and filter it."""
        return self._swept(phantom, _SWEEP_MM)

    def draft(self, phantom: Phantom) -> Job:
        """Do the same with larger pixels."""
        return self._swept(phantom, _COARSER * _SWEEP_MM)

    def _swept(self, phantom: Phantom, spacing_mm: float) -> Job:
        rng, arc = _rng(self.key, phantom), self.arc.value

        def made(progress: Progress) -> dict[str, tomo.Projections]:
            plain = tomo.acquired(
                phantom, rng=rng, arc_deg=arc, n_views=tomo.ARCS[arc], spacing_mm=spacing_mm,
                progress=progress,
            )  # fmt: skip
            return {"shift and add": plain, "filtered back-projection": tomo.filtered(plain)}

        return made

    def accept(self, made: dict[str, tomo.Projections]) -> None:
        """Keep the radiographs, as taken and filtered."""
        self.sweeps = made
        thickness = self.sweeps["shift and add"].thickness_mm
        self.height.slider.max = self.height.box.max = thickness - 0.5

    def goto(self, point_mm: Floats) -> None:
        """Bring the height of a point into focus."""
        sweep = self.sweeps.get("shift and add")
        if sweep is not None:
            above = float(sweep.where.placement().index(point_mm)[0])
            self.height.value = round(above + sweep.thickness_mm / 2 - 0.5) + 0.5

    def shown(self, point_mm: Floats) -> ModalityImage:  # noqa: ARG002 (the height chooses)
        """Return the slice at the height that is set."""
        sweep = self.sweeps[self.method.value]
        height = float(np.clip(self.height.value, 0, sweep.thickness_mm))
        return tomo.sliced(sweep, height_mm=height)

    def caption(self) -> str:
        """Say height and dose."""
        sweep = self.sweeps[self.method.value]
        is_draft = sweep.where.spacing_mm[0] > _SWEEP_MM
        told = f"height {self.height.value:g} mm, arc {sweep.arc_deg:g}°, {sweep.mgd_mgy:.1f} mGy"
        return f"preview: {told}" if is_draft else told


class Cem:
    """Two energies and a weight."""

    key, name = "cem", "CEM"

    def __init__(self) -> None:
        self.weight = NumberSlider("weight", low=0.0, high=0.6, step=0.005, value=0.243)
        self.smooth = NumberSlider("smooth_mm", low=0.0, high=1.5, step=0.1, value=0.3)
        self.low = w.Checkbox(description="low-energy picture", value=False, style=_NAMED)
        self.slow: tuple[Any, ...] = ()
        self.quick: tuple[Any, ...] = (self.weight, self.smooth, self.low)
        self.extra: tuple[Any, ...] = ()
        self.pair: cem.Pair | None = None

    def job(self, phantom: Phantom) -> Job:
        """Take both exposures."""
        rng = _rng(self.key, phantom)
        return lambda _: cem.acquired(phantom, rng=rng, spacing_mm=_SPACING_MM)

    def draft(self, _: Phantom) -> None:
        """Return nothing: the picture itself is quick enough."""

    def accept(self, made: cem.Pair) -> None:
        """Keep both, and set the weight that cancels gland and fat."""
        self.pair = made
        self.weight.value = round(made.weight / 0.005) * 0.005

    def shown(self, point_mm: Floats) -> ModalityImage:  # noqa: ARG002 (one picture for all)
        """Return the iodine picture with the weight that is set, or the low-energy one."""
        if self.pair is None:
            raise RuntimeError("the mammogram was asked for before it was taken")
        if self.low.value:
            return cem.low_energy(self.pair)
        return cem.recombined(self.pair, weight=self.weight.value, smooth_mm=self.smooth.value)

    def caption(self) -> str:
        """Say weight and dose."""
        dose = 0.0 if self.pair is None else self.pair.mgd_mgy
        return f"iodine in a vein, weight {self.weight.value:.3f}, {dose:.1f} mGy"
