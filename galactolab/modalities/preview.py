"""Pictures at the speed of a slider: geometry once, exposures as often as a hand moves.

A preview shows natural-log attenuation *above its own background*, so that another voltage
changes contrast and noise on the screen and not the gray of everything: one gray window
serves all techniques.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from galactolab.modalities import exposure, projection, quality
from galactolab.modalities.beam import Beam
from galactolab.modalities.detector import Detector
from galactolab.modalities.duct_phantom import Slab
from galactolab.modalities.exposure import Exposure, expose
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.projection import ThicknessMaps
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.records import Galactogram, Image
from galactolab.terms import Intent, Laterality, View

#: Pixels of the whole-breast preview at the object; the detector's own are binned to it.
WHOLE_MM = 0.25
#: The virtual patient on the bench: a papilloma in a tree of 4.5 cm, seed 4.
_SEED = 4


def of_slab(
    slab: Slab, *, beam: Beam, detector: Detector, geometry: Geometry, seed: int = 0
) -> tuple[Galactogram, Exposure]:
    """Take a preview of the test object at the detector's own pixels.

    Returns
    -------
    galactogram : Galactogram
    taken : Exposure
        For `quality.measured`.

    Examples
    --------
    >>> picture, taken = of_slab(
    ...     Slab(), beam=Beam(), detector=Detector(), geometry=Geometry()
    ... )
    >>> picture.pixels.shape, abs(float(np.median(picture.pixels))) < 0.05
    ((353, 424), True)
    """
    rng = np.random.default_rng(seed)
    taken = quality.exposed(slab, rng=rng, beam=beam, detector=detector, geometry=geometry)
    spacing_mm = detector.pitch_mm / geometry.magnification
    shown = Galactogram(
        pixels=_above_background(taken, None),
        spacing_mm=(spacing_mm, spacing_mm),
        intent=Intent.FOR_PROCESSING,
        source=f"test object, {taken.beam.name}",
    )
    return shown, taken


def of_patient(
    *,
    beam: Beam,
    detector: Detector,
    geometry: Geometry,
    concentration_mgi_ml: float,
    seed: int = 0,
) -> tuple[Galactogram, Exposure]:
    """Take a preview of a whole virtual breast, in pixels of 0.25 mm at the object."""
    maps = replace(patient_maps(), concentration_mgi_ml=concentration_mgi_ml)
    taken = expose(
        maps, rng=np.random.default_rng(seed), beam=beam, detector=detector, geometry=geometry
    )
    shown = Galactogram(
        pixels=_above_background(taken, maps),
        spacing_mm=maps.spacing_mm,
        laterality=maps.laterality,
        view=maps.view,
        intent=Intent.FOR_PROCESSING,
        source=f"virtual patient, {taken.beam.name}",
    )
    return shown, taken


@lru_cache(maxsize=1)
def patient_maps() -> ThicknessMaps:
    """Thickness maps of the patient on the bench, rendered once."""
    patient = phantom.make(
        seed=_SEED,
        laterality=Laterality.LEFT,
        lesions=[Plan(kind="papilloma", size_mm=4)],  # type: ignore[arg-type]  # a kind by name
        volume_ml=None,
    )
    return projection.render(patient, view=View.CC, spacing_mm=WHOLE_MM)


def slab_like_patient(concentration_mgi_ml: float) -> Slab:
    """Slab with the thickness and the gland of the patient on the bench."""
    maps = patient_maps()
    return Slab(
        thickness_mm=maps.thickness_mm,
        glandularity=exposure.glandularity(maps),
        concentration_mgi_ml=concentration_mgi_ml,
    )


def _above_background(taken: Exposure, maps: ThicknessMaps | None) -> Image:
    """Log attenuation above the median of what holds no contrast."""
    pixels = taken.log_attenuation()
    inside = pixels if maps is None else pixels[maps.breast & (maps.contrast == 0)]
    # A fifth of the pixels gives the same median in a fifth of the time.
    pixels -= np.median(inside.reshape(-1)[::5])
    return pixels
