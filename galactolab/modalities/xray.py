"""The X-ray room: a radiograph of a virtual patient, its scout, and their difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from galactolab.errors import GalactolabError, check_between
from galactolab.modalities import projection, truth
from galactolab.modalities.exposure import Exposure, expose
from galactolab.modalities.presentation import presented
from galactolab.records import Case, Galactogram
from galactolab.terms import Intent, Laterality, View

if TYPE_CHECKING:
    from galactolab.modalities.beam import Beam
    from galactolab.modalities.geometry import Geometry
    from galactolab.modalities.projection import ThicknessMaps
    from galactolab.patient.phantom import Phantom


def simulate(
    phantom: Phantom,
    *,
    rng: np.random.Generator,
    view: View | str = View.CC,
    spacing_mm: float = 0.1,
    intent: Intent | str = Intent.FOR_PROCESSING,
    scout: bool = False,
    beam: Beam | None = None,
    geometry: Geometry | None = None,
) -> Case:
    """Take a radiograph of a virtual patient.

    Parameters
    ----------
    phantom : Phantom
    rng : numpy.random.Generator
        Quantum and readout noise.
    view : View
        CC, ML or MLO.
    spacing_mm : float
        Pixel distance at the object, 0.02 to 2 mm: detector pitch over magnification.
    intent : Intent
        FOR PROCESSING gives natural-log attenuation; FOR PRESENTATION gray values.
    scout : bool
        True for the same view before contrast.
    beam : Beam, optional
        W/Rh 28 kV with automatic exposure by default.
    geometry : Geometry, optional
        A contact view with grid by default. The detector is the one whose pitch fits; for
        another one use `expose`.

    Returns
    -------
    Case
        The galactogram with its truth; the truth of a scout has neither ducts nor findings
        to see, so it is None.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> case = simulate(
    ...     phantom.make(seed=3), rng=np.random.default_rng(0), view="CC", spacing_mm=0.5
    ... )
    >>> case.galactogram.intent.value, case.truth is None
    ('FOR PROCESSING', False)
    """
    view = view_of(view)
    check_between("spacing_mm", spacing_mm, 0.02, 2, "mm")
    maps = projection.render(phantom, view=view, spacing_mm=spacing_mm)
    known = None
    if scout:
        maps = without_contrast(maps)
    else:
        known = truth.analysis(phantom, view=view, spacing_mm=spacing_mm, maps=maps)
    taken = expose(maps, rng=rng, beam=beam, geometry=geometry)
    galactogram = developed(
        taken, maps=maps, laterality=phantom.laterality, view=view, intent=intent
    )
    return Case(galactogram=galactogram, truth=known)


def developed(
    taken: Exposure,
    *,
    maps: ThicknessMaps,
    laterality: Laterality,
    view: View,
    intent: Intent | str = Intent.FOR_PROCESSING,
    bits: int = 12,
) -> Galactogram:
    """Make a galactogram of what the detector read.

    Together with `expose` this is the preview path: render the maps once, then expose and
    develop as often as a slider moves.
    """
    raw = Galactogram(
        pixels=taken.log_attenuation(),
        spacing_mm=maps.spacing_mm,
        laterality=laterality,
        view=view,
        intent=Intent.FOR_PROCESSING,
        source=f"virtual patient, {taken.beam.name}",
    )
    return raw if Intent(intent) is Intent.FOR_PROCESSING else presented(raw, bits=bits)


def without_contrast(maps: ThicknessMaps) -> ThicknessMaps:
    """Return the maps before injection: the ducts have collapsed, the tissue is the same."""
    return replace(maps, contrast=np.zeros_like(maps.contrast))


def subtracted(galactogram: Galactogram, *, scout: Galactogram) -> Galactogram:
    """Subtract the scout: what is left is iodine and noise.

    Parameters
    ----------
    galactogram, scout : Galactogram
        The same view with and without contrast, both FOR PROCESSING.

    Returns
    -------
    Galactogram
        Difference of the log attenuations.

    Raises
    ------
    GalactolabError
        If the two do not belong together.

    Examples
    --------
    >>> flat = Galactogram(pixels=np.ones((2, 2)), spacing_mm=1.0, intent="FOR PROCESSING")
    >>> subtracted(flat, scout=flat).pixels.max()
    np.float32(0.0)
    """
    for one in (galactogram, scout):
        if one.intent is not Intent.FOR_PROCESSING:
            raise GalactolabError(
                f"{one!r} can not be subtracted: both pictures have to be FOR PROCESSING, "
                "because gray values that were made for the eye do not add up."
            )
    for name in ("spacing_mm", "laterality", "view"):
        here, there = getattr(galactogram, name), getattr(scout, name)
        if here != there:
            raise GalactolabError(f"The scout has {name} {there}, but the galactogram has {here}.")
    if galactogram.pixels.shape != scout.pixels.shape:
        raise GalactolabError(
            f"The scout has shape {scout.pixels.shape}, but the galactogram has "
            f"{galactogram.pixels.shape}."
        )
    return replace(
        galactogram, pixels=galactogram.pixels - scout.pixels, source="digital subtraction"
    )


def view_of(view: View | str) -> View:
    """Return the view by name, or say which ones there are."""
    names = [known.name for known in (View.CC, View.ML, View.MLO)]
    name = view.name if isinstance(view, View) else view
    if name not in names:
        raise GalactolabError(f"view is {name!r}, but it has to be one of: {', '.join(names)}.")
    return View(name)
