"""One sweep of a tomosynthesis: radiographs of low dose from many angles.

Beams are parallel within each radiograph, as everywhere in this X-ray room; the tube's motion
during an exposure is left out. Scatter is not removed by a grid, because a grid would be in
the way of tilted beams.

References
----------
Geometry: VICTRE, 25 radiographs over ±25 degrees without a grid,
https://github.com/DIDSR/VICTRE_PIPELINE. Dose: tomosynthesis galactography took 30.7 % more
than the plain one in the cranio-caudal view (Tao et al. 2021; clinical facts, section 6.3).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from galactolab.errors import check_between
from galactolab.modalities import projection
from galactolab.modalities.beam import Beam
from galactolab.modalities.exposure import expose
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.projection import Frame, ThicknessMaps
from galactolab.modalities.tomosynthesis_tissue import Slabs, slabs
from galactolab.modalities.xray import view_of
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import joined
from galactolab.terms import View

Floats = npt.NDArray[np.float64]
Stack = npt.NDArray[np.float32]
Method = Literal["filtered back-projection", "shift and add"]
METHODS: tuple[Method, ...] = ("filtered back-projection", "shift and add")
# Arc and number of radiographs. The first is VICTRE's, which a wide commercial unit has, too;
# the others are a narrow and a middle commercial arc (unverified, from memory).
ARCS: dict[float, int] = {50.0: 25, 25.0: 9, 15.0: 15}
DOSE_RATIO = 1.307
# Beams this close, in shares of a pixel: the blur of a whole pixel comes from their mean.
_BEAMS_PER_PIXEL = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Projections:
    """Radiographs from several angles, as taken or filtered.

    Attributes
    ----------
    pixels : (A, M, N) array of float32
        Natural-log attenuation; after `filtered`, what is to be added up.
    angle_deg : (A,) array of float
        How far the tube is turned toward the image's top.
    method : str
        How slices are made of them: one of `METHODS`.
    where : Frame
        The upright view.
    phantom : Phantom
        Who was imaged, for the truth.
    beam : Beam
        Of one radiograph, with its tube load.
    mgd_mgy : float
        Estimate of the mean glandular dose of the whole sweep.
    """

    pixels: Stack
    angle_deg: Floats
    method: Method
    where: Frame
    phantom: Phantom
    beam: Beam
    mgd_mgy: float

    def __repr__(self) -> str:
        """Say arc and number."""
        return f"Projections({len(self.angle_deg)} over {self.arc_deg:g} degrees, {self.method})"

    @property
    def arc_deg(self) -> float:
        """From the first to the last angle."""
        return float(np.ptp(self.angle_deg))

    @property
    def thickness_mm(self) -> float:
        """Of the compressed breast."""
        return self.phantom.breast.thickness_mm


def angles(*, arc_deg: float, n_views: int) -> Floats:
    """Return evenly spaced angles about the upright one.

    Examples
    --------
    >>> angles(arc_deg=50, n_views=5).tolist()
    [-25.0, -12.5, 0.0, 12.5, 25.0]
    """
    check_between("arc_deg", arc_deg, 1, 90, "degrees")
    check_between("n_views", n_views, 3, 101)
    return np.linspace(-arc_deg / 2, arc_deg / 2, int(n_views))


def acquired(  # noqa: PLR0913 (each is one thing that a teacher sets by name)
    phantom: Phantom,
    *,
    rng: np.random.Generator,
    arc_deg: float = 50.0,
    n_views: int = 25,
    view: View | str = View.CC,
    spacing_mm: float = 0.2,
    dose_ratio: float = DOSE_RATIO,
    beam: Beam | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Projections:
    """Take the radiographs of one sweep.

    Parameters
    ----------
    phantom : Phantom
    rng : numpy.random.Generator
        Quantum and readout noise.
    arc_deg : float
        From the first to the last angle, 1 to 90.
    n_views : int
        Radiographs, 3 to 101.
    view : View
        CC, ML or MLO.
    spacing_mm : float
        Pixel distance, 0.05 to 2 mm.
    dose_ratio : float
        Tube load of the sweep over that of one mammogram with automatic exposure, 0.1 to 5.
    beam : Beam, optional
        W/Rh 28 kV by default.
    progress : callable, optional
        Called as ``progress(done, total)`` after each radiograph.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> sweep = acquired(phantom.make(seed=3), rng=np.random.default_rng(0), n_views=5,
    ...                  spacing_mm=1.0)
    >>> sweep, 0.5 < sweep.mgd_mgy < 4
    (Projections(5 over 50 degrees, shift and add), True)
    """
    check_between("spacing_mm", spacing_mm, 0.05, 2, "mm")
    check_between("dose_ratio", dose_ratio, 0.1, 5)
    tilts = angles(arc_deg=arc_deg, n_views=n_views)
    upright = projection.frame(phantom, view=view_of(view), spacing_mm=spacing_mm)
    tissue = slabs(phantom.breast, upright.posture)
    load = dose_ratio * _mammogram_mas(phantom, upright, tissue, beam or Beam()) / n_views
    each = replace(beam or Beam(), mas=float(np.clip(load, 0.1, 600)))
    pixels = np.empty((len(tilts), *upright.shape), np.float32)
    dose = np.zeros(len(tilts))

    def taken(task: tuple[int, float, np.random.Generator]) -> None:
        index, tilt, noise = task
        maps = seen(phantom, replace(upright, tilt_deg=tilt), tissue)
        exposure = expose(maps, rng=noise, beam=each, geometry=Geometry(grid=False))
        pixels[index], dose[index] = exposure.log_attenuation(), exposure.mgd_mgy

    tasks = zip(range(len(tilts)), tilts.tolist(), rng.spawn(len(tilts)), strict=True)
    # Most of the time goes into sorting and filtering, which other threads need not wait for.
    with ThreadPoolExecutor(threads()) as pool:
        for done, _ in enumerate(pool.map(taken, tasks), start=1):
            if progress is not None:
                progress(done, len(tilts))
    return Projections(
        pixels=pixels,
        angle_deg=tilts,
        method="shift and add",
        where=upright,
        phantom=phantom,
        beam=each,
        mgd_mgy=float(dose.sum()),
    )


def seen(phantom: Phantom, where: Frame, tissue: Slabs) -> ThicknessMaps:
    """Return what the beams of a view, which may be tilted, meet.

    Parameters
    ----------
    phantom : Phantom
    where : Frame
    tissue : Slabs
        Of the same breast in the same view.
    """
    beam_mm = min(where.spacing_mm) / _BEAMS_PER_PIXEL
    parts = tissue.seen(where)
    contrast, lumen = projection.contrast_seen(phantom, where, beam_mm=beam_mm)
    masses = joined(*(lesion.tissue for lesion in phantom.lesions))
    if len(masses):
        mass, _ = projection.lengths_seen(masses, where, beam_mm=beam_mm)
        taken = np.minimum(mass, parts["adipose"])
        parts["adipose"] -= taken
        parts["glandular"] += taken
    calcium = joined(*(lesion.calcium for lesion in phantom.lesions))
    return ThicknessMaps(
        **parts,
        contrast=contrast,
        calcium=projection.lengths_seen(calcium, where, beam_mm=beam_mm)[0],
        lumen=lumen,
        spacing_mm=where.spacing_mm,
        concentration_mgi_ml=phantom.filling.lumen_mgi_ml,
        thickness_mm=phantom.breast.thickness_mm,
        breast=(parts["adipose"] + parts["glandular"] + parts["skin"]) > 0,
        laterality=phantom.laterality,
        view=where.posture.view,
    )


def _mammogram_mas(phantom: Phantom, upright: Frame, tissue: Slabs, beam: Beam) -> float:
    """Tube load of one mammogram of this breast, from a coarse one with automatic exposure."""
    coarse = projection.frame(phantom, view=upright.posture.view, spacing_mm=1.0)
    maps = seen(phantom, coarse, tissue)
    taken = expose(maps, rng=np.random.default_rng(0), beam=replace(beam, mas=None))
    return float(taken.beam.mas or 0.0)


def threads() -> int:
    """Return how many radiographs or slices are worked on at once."""
    return min(4, os.cpu_count() or 1)
