"""The ductogram as a picture with its place in the breast, to stand beside other machines."""

from __future__ import annotations

import numpy as np

from galactolab.modalities import projection, tomosynthesis_truth as truth
from galactolab.modalities.exposure import breast_path, expose
from galactolab.modalities.xray import view_of
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import joined
from galactolab.terms import Modality, View
from galactolab.volumes import ModalityImage, Tissue


def simulate(
    phantom: Phantom,
    *,
    rng: np.random.Generator,
    view: View | str = View.CC,
    spacing_mm: float = 0.1,
) -> ModalityImage:
    """Take the radiograph of the injected breast; see `galactolab.modalities.xray`.

    Parameters
    ----------
    phantom : Phantom
    rng : numpy.random.Generator
    view : View
        CC, ML or MLO.
    spacing_mm : float
        Pixel distance, 0.02 to 2 mm.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> simulate(phantom.make(seed=3), rng=np.random.default_rng(0), spacing_mm=1.0)
    ModalityImage(Ductogram (MG), ... px at 1 mm, ln attenuation)
    """
    view = view_of(view)
    where = projection.frame(phantom, view=view, spacing_mm=spacing_mm)
    maps = projection.render(phantom, view=view, spacing_mm=spacing_mm)
    taken = expose(maps, rng=rng)
    pixels = taken.log_attenuation()
    labels = np.zeros(where.shape, np.uint8)
    labels[maps.breast] = Tissue.FAT
    labels[maps.glandular > maps.adipose] = Tissue.GLAND
    labels[maps.lumen] = Tissue.LUMEN
    for lesion in phantom.lesions:
        solid = joined(lesion.displacing_in(view), lesion.tissue)
        labels[projection.lengths_seen(solid, where)[0] > 0] = Tissue.LESION
    path = breast_path(maps)
    plate = pixels[path > 0.95 * path.max()]
    dark, bright = np.quantile(plate[::5], [0.01, 0.9995]).tolist()
    placement = where.placement()
    return ModalityImage(
        pixels=pixels,
        spacing_mm=where.spacing_mm,
        modality=Modality.MAMMOGRAPHY,
        technique="Ductogram",
        unit="ln attenuation",
        window=(dark - 0.2, max(bright, dark + 0.5)),
        placement=placement,
        laterality=phantom.laterality,
        truth=labels,
        marks=truth.marks(phantom, placement),
        settings={"view": view, "beam": taken.beam.name, "mgd_mgy": taken.mgd_mgy},
    )
