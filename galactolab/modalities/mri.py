"""Magnetic resonance of a virtual patient: T1 with and without gadolinium, and MR ductography.

Each voxel adds up the signals of what it holds (`mri_voxels`, `mri_sequences`). Agent given
into a vein enhances lesions (`enhancement`); agent injected into a duct makes its lumen bright
on T1 (direct MR ductography); without any agent, heavily T2-weighted images show the fluid that
wide ducts hold (indirect MR ductography), and a lesion is a gap in it. The magnitude of a
complex signal with noise has the Rician distribution.
"""

from __future__ import annotations

from collections.abc import Sequence as Row
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from galactolab.errors import check_between, check_one_of
from galactolab.modalities import mri_voxels as voxels
from galactolab.modalities.enhancement import concentration_mm
from galactolab.modalities.mri_sequences import (
    FIELDS_T,
    T1_FAT_SUPPRESSED,
    Relaxation,
    Sequence,
    relaxation,
    signal,
)
from galactolab.patient.phantom import Phantom
from galactolab.terms import Modality
from galactolab.volumes import Mark, Pixels, Volume

VOXEL_MM, PREVIEW_MM = 1.0, 2.2
Route = Literal["none", "intravenous", "intraductal"]
# Agent in the duct, mmol/L: strong T1 shortening without loss by T2*. Own choice; commercial
# solutions (500-1000 mmol/L) are diluted about 100 times.
DUCT_MM = 5.0


@dataclass(frozen=True, kw_only=True)
class _Given:
    """Field, fluid and agent of one scan."""

    field_t: float
    agent: str
    bloody: bool
    duct_mm: float
    dose_mmol_kg: float
    minutes: float

    def relaxed(self, tissue: str) -> Relaxation:
        """Return the relaxation of what a voxel can hold, with its agent."""
        fluid = "bloody" if self.bloody else "fluid"
        plain = {"benign": "lesion", "malignant": "lesion", "mass": "lesion", "injected": "fluid"}
        times = relaxation(plain.get(tissue, fluid if tissue == "fluid" else tissue), self.field_t)
        agent_mm = 0.0
        if tissue == "injected":
            agent_mm = self.duct_mm
        elif tissue not in ("fluid", "bloody") and self.dose_mmol_kg > 0:
            kind = "malignant" if tissue == "mass" else tissue
            agent_mm = concentration_mm(kind, self.minutes, dose_mmol_kg=self.dose_mmol_kg)
        return times.with_gadolinium(agent_mm, agent=self.agent, field_t=self.field_t)


def acquired(  # noqa: PLR0913 (each is one control of the scanner)
    phantom: Phantom,
    sequence: Sequence = T1_FAT_SUPPRESSED,
    *,
    route: Route = "none",
    minutes: float = 2.0,
    dose_mmol_kg: float = 0.1,
    duct_mm: float = DUCT_MM,
    agent: str = "gadobutrol",
    field_t: float = 3.0,
    voxel_mm: float = VOXEL_MM,
    slice_mm: float | None = None,
    bloody: bool = False,
    rng: np.random.Generator,
) -> Volume:
    """Scan a patient.

    Parameters
    ----------
    phantom : Phantom
    sequence : Sequence
        One of `mri_sequences.SEQUENCES`, or your own.
    route : {"none", "intravenous", "intraductal"}
        How gadolinium is given.
    minutes : float
        Since it was given into the vein, 0-30.
    dose_mmol_kg : float
        Intravenous dose, 0-0.3 mmol/kg.
    duct_mm : float
        Concentration in the injected duct, 0-500 mmol/L.
    agent : {"gadobutrol", "gadoteridol", "gadoterate"}
    field_t : {1.5, 3.0}
    voxel_mm, slice_mm : float
        In the plane, and from slice to slice; both the same when the second is left out.
    bloody : bool
        Whether the ducts hold bloody fluid instead of serous.
    rng : numpy.random.Generator
        Makes the noise.

    Returns
    -------
    Volume
        In units of the M0 of water.

    Raises
    ------
    GalactolabError
        If a value is outside its range.

    Examples
    --------
    >>> from galactolab.modalities.mri_sequences import T2_DUCTOGRAPHY
    >>> from galactolab.patient import phantom
    >>> scan = acquired(phantom.make(seed=4), T2_DUCTOGRAPHY, voxel_mm=2.0,
    ...                 rng=np.random.default_rng(1))
    >>> scan.technique, scan.voxels.ndim
    ('MR ductography, heavily T2-weighted', 3)
    """
    check_one_of("route", route, ("none", "intravenous", "intraductal"))
    check_one_of("field_t", field_t, FIELDS_T)
    check_between("duct_mm", duct_mm, 0, 500, "mmol/L")
    slice_mm = voxel_mm if slice_mm is None else slice_mm
    held = voxels.content(
        phantom, voxel_mm=voxel_mm, slice_mm=slice_mm, injected=route == "intraductal"
    )
    given = _Given(
        field_t=field_t,
        agent=agent,
        bloody=bloody,
        duct_mm=duct_mm if route == "intraductal" else 0.0,
        dose_mmol_kg=dose_mmol_kg if route == "intravenous" else 0.0,
        minutes=minutes,
    )
    clean = _summed(held, sequence, given)
    size = voxel_mm * voxel_mm * slice_mm
    noise = sequence.noise * 3.0 / field_t / size
    settings = asdict(sequence) | asdict(given) | {"route": route, "voxel_mm": voxel_mm}
    return Volume(
        voxels=rician(clean, noise, rng=rng),
        spacing_mm=(voxel_mm, voxel_mm),
        slice_mm=slice_mm,
        modality=Modality.MAGNETIC_RESONANCE,
        technique=_technique(sequence, route),
        unit="M0",
        window=_window(sequence, given, noise),
        placement=held.grid.placement(),
        laterality=phantom.laterality,
        truth=held.truth,
        marks=_marks(phantom, held.grid),
        settings=settings,
    )


def dynamic(
    phantom: Phantom,
    minutes: Row[float] = (0.0, 1.5, 3.0, 4.5, 6.0),
    *,
    sequence: Sequence = T1_FAT_SUPPRESSED,
    field_t: float = 3.0,
    voxel_mm: float = VOXEL_MM,
    rng: np.random.Generator,
) -> tuple[Volume, ...]:
    """Scan before and after an intravenous dose of 0.1 mmol/kg, at each of the minutes.

    Minute 0 is before the agent arrives.
    """
    return tuple(
        acquired(
            phantom,
            sequence,
            route="intravenous",
            minutes=minute,
            field_t=field_t,
            voxel_mm=voxel_mm,
            rng=rng,
        )
        for minute in minutes
    )


def enhancement_curve(
    tissue: str,
    minutes: Row[float],
    *,
    sequence: Sequence = T1_FAT_SUPPRESSED,
    agent: str = "gadobutrol",
    field_t: float = 3.0,
) -> npt.NDArray[np.float64]:
    """Return the signal of a tissue against its signal before the agent, in percent more.

    Parameters
    ----------
    tissue : {"benign", "malignant", "gland"}
    minutes : sequence of float

    Examples
    --------
    >>> enhancement_curve("gland", [0, 2]).round().tolist()
    [0.0, 16.0]
    """
    plain = relaxation("gland" if tissue == "gland" else "lesion", field_t)
    before = signal(sequence, plain)
    after = [
        signal(
            sequence,
            plain.with_gadolinium(concentration_mm(tissue, t), agent=agent, field_t=field_t),
        )
        for t in minutes
    ]
    return 100 * (np.array(after) / before - 1)


def rician(clean: Pixels, noise: float, *, rng: np.random.Generator) -> Pixels:
    """Return the magnitude of a signal with complex Gaussian noise.

    Examples
    --------
    Without signal the mean is 1.25 times the noise (the root of half of pi):

    >>> rng = np.random.default_rng(1)
    >>> round(float(rician(np.zeros((99, 99), np.float32), 1.0, rng=rng).mean()), 1)
    1.3
    """
    real = rng.standard_normal(clean.shape, dtype=np.float32)
    real *= np.float32(noise)
    real += clean
    other = rng.standard_normal(clean.shape, dtype=np.float32)
    other *= np.float32(noise)
    magnitude: Pixels = np.hypot(real, other, out=real)
    return magnitude


def _summed(held: voxels.Content, sequence: Sequence, given: _Given) -> Pixels:
    """Add up the signals of what each voxel holds."""
    # Plan: tissue everywhere; then each solid takes its share of its voxels, in an order in
    # which later ones displace earlier ones (a lesion displaces the fluid).
    total = np.zeros(held.grid.shape, np.float32)
    for name, share in held.tissue.items():
        left = sequence.fat_left if name == "fat" else 1.0
        total += np.float32(left * signal(sequence, given.relaxed(name))) * share
    flat = total.reshape(-1)
    for name, (index, part) in held.solids.items():
        value = 0.0 if name == "void" else signal(sequence, given.relaxed(name))
        flat[index] += part * (np.float32(value) - flat[index])
    return total


def _technique(sequence: Sequence, route: Route) -> str:
    if route == "intraductal":
        return f"direct MR ductography, {sequence.name}"
    return f"{sequence.name}, after gadolinium" if route == "intravenous" else sequence.name


def _window(sequence: Sequence, given: _Given, noise: float) -> tuple[float, float]:
    """Return a window that suits what the image is taken for, from the signal equations."""
    shown = {name: signal(sequence, given.relaxed(name)) for name in ("fat", "gland", "benign")}
    shown["fat"] *= sequence.fat_left
    if given.duct_mm > 0:
        # The lumen saturates a little, so that the breast around it is not lost.
        return 0.0, 0.6 * signal(sequence, given.relaxed("injected"))
    fluid = signal(sequence, given.relaxed("fluid"))
    return 0.0, max(1.15 * max(shown.values()), 0.85 * fluid, 6 * noise)


def _marks(phantom: Phantom, where: voxels.Grid) -> tuple[Mark, ...]:
    marks = []
    for lesion in phantom.lesions:
        at, row, column = where.index(lesion.point_mm).tolist()
        size = lesion.plan.size_mm or 0.0
        marks.append(Mark(name=str(lesion.kind), size_mm=size, index=(at, row, column)))
    return tuple(marks)
