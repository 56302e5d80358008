"""Every machine on the same patients: how well it shows one intraductal nodule.

Each machine takes the patient and her twin with the same random numbers, at its usual setting,
and `visibility` measures what the nodule changes. Ultrasound looks along and across the duct
and keeps the better image; ductoscopy sees the nodule if the scope gets there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from galactolab.modalities import (
    contrast_enhanced,
    ductoscopy,
    mri,
    projection,
    tomosynthesis,
    ultrasound,
)
from galactolab.modalities.exposure import expose
from galactolab.modalities.mri_sequences import T1_FAT_SUPPRESSED, T2_DUCTOGRAPHY
from galactolab.modalities.nodules import Twins
from galactolab.modalities.ultrasound_plane import Probe, lying
from galactolab.modalities.visibility import UNSEEN, Visibility, visibility, visibility_in
from galactolab.patient.phantom import Phantom
from galactolab.terms import Modality, View
from galactolab.volumes import Mark, ModalityImage, Tissue, Volume

# A nodule fills at least this share of the endoscope's view to be noticed; own choice.
_ENDOSCOPE_SHARE = 0.004
_FIELD_MM = 110.0

Machine = Callable[[Twins, int], Visibility]


def galactogram(phantom: Phantom, *, spacing_mm: float = 0.1, seed: int) -> ModalityImage:
    """Return the injected breast in the cranio-caudal view as an image with labels.

    Parameters
    ----------
    phantom : Phantom
    spacing_mm : float
    seed : int
        Of the noise.
    """
    whole = projection.frame(phantom, view=View.CC, spacing_mm=spacing_mm)
    # The rows that can hold the injected lobe: half of the breast, and half of the work.
    shape = (min(whole.shape[0], round(_FIELD_MM / spacing_mm)), whole.shape[1])
    where = projection.frame(phantom, view=View.CC, spacing_mm=spacing_mm, shape=shape)
    maps = projection.render(phantom, view=View.CC, spacing_mm=spacing_mm, shape=shape)
    pixels = expose(maps, rng=np.random.default_rng(seed)).log_attenuation()
    labels = np.zeros(pixels.shape, np.uint8)
    labels[maps.breast] = Tissue.FAT
    labels[maps.glandular > maps.adipose] = Tissue.GLAND
    labels[maps.contrast > 0.02] = Tissue.LUMEN
    marks = []
    for lesion in phantom.lesions:
        row, column, _ = where.placed(lesion.point_mm).tolist()
        marks.append(Mark(name=str(lesion.kind), size_mm=0.0, index=(0.0, row, column)))
    inside = pixels[maps.breast]
    low, high = (float(v) for v in np.quantile(inside[::50], [0.02, 0.999]))
    return ModalityImage(
        pixels=pixels,
        spacing_mm=maps.spacing_mm,
        modality=Modality.MAMMOGRAPHY,
        technique="galactogram",
        unit="ln attenuation",
        window=(low, high),
        laterality=phantom.laterality,
        truth=labels,
        marks=tuple(marks),
    )


def _ductography(pair: Twins, seed: int) -> Visibility:
    ill, well = (galactogram(one, seed=seed) for one in (pair.ill, pair.well))
    return visibility(ill, well, size_mm=pair.size_mm)


def _tomosynthesis(pair: Twins, seed: int) -> Visibility:
    posture = pair.ill.breast.positioned(View.CC)
    # Heights count from the breast support, depths along the beam from the middle.
    below = float(posture.placed(pair.ill.lesions[0].point_mm)[2])
    height = pair.ill.breast.thickness_mm / 2 - below
    ill, well = (
        tomosynthesis.sliced(
            tomosynthesis.filtered(
                tomosynthesis.acquired(
                    one, rng=np.random.default_rng(seed), n_views=15, spacing_mm=0.2
                )
            ),
            height_mm=height,
        )
        for one in (pair.ill, pair.well)
    )
    return visibility(ill, well, size_mm=pair.size_mm)


def _dual_energy(pair: Twins, seed: int) -> Visibility:
    ill, well = (
        contrast_enhanced.simulate(one, rng=np.random.default_rng(seed), spacing_mm=0.4)
        for one in (pair.ill, pair.well)
    )
    return visibility(ill, well, size_mm=pair.size_mm)


def probe_over(phantom: Phantom, *, turn_deg: float, view: View = View.CC) -> Probe:
    """Return a probe whose image passes through the first lesion, as an examiner finds it."""
    posture, _ = lying(phantom.breast, view)
    up, behind, _ = posture.placed(phantom.lesions[0].point_mm).tolist()
    return Probe(behind_mm=max(behind, 0.0), beside_mm=up, turn_deg=turn_deg, view=view)


def _ultrasound(pair: Twins, seed: int, *, injected: bool = False) -> Visibility:
    found = []
    for turn in (0.0, 90.0):
        probe = probe_over(pair.ill, turn_deg=turn)
        ill, well = (
            ultrasound.b_mode(
                one,
                probe=probe,
                injected=injected,
                spacing_mm=0.09,
                rng=np.random.default_rng(seed),
            )
            for one in (pair.ill, pair.well)
        )
        found.append(visibility(ill, well, size_mm=pair.size_mm))
    return max(found, key=lambda one: (one.is_visible, one.detectability))


def _sonogalactography(pair: Twins, seed: int) -> Visibility:
    return _ultrasound(pair, seed, injected=True)


def _gadolinium(pair: Twins, seed: int) -> Visibility:
    ill, well = (_subtraction(one, seed) for one in (pair.ill, pair.well))
    return visibility_in(ill, well, size_mm=pair.size_mm)


def _subtraction(phantom: Phantom, seed: int) -> Volume:
    rng = np.random.default_rng(seed)
    before = mri.acquired(phantom, T1_FAT_SUPPRESSED, rng=rng)
    after = mri.acquired(phantom, T1_FAT_SUPPRESSED, route="intravenous", minutes=2.0, rng=rng)
    return mri.subtracted(after, before=before)


def _fluid(pair: Twins, seed: int) -> Visibility:
    ill, well = (
        mri.acquired(one, T2_DUCTOGRAPHY, rng=np.random.default_rng(seed))
        for one in (pair.ill, pair.well)
    )
    return visibility_in(ill, well, size_mm=pair.size_mm)


def _direct(pair: Twins, seed: int) -> Visibility:
    ill, well = (
        mri.acquired(one, T1_FAT_SUPPRESSED, route="intraductal", rng=np.random.default_rng(seed))
        for one in (pair.ill, pair.well)
    )
    return visibility_in(ill, well, size_mm=pair.size_mm)


def _endoscopy(pair: Twins, seed: int) -> Visibility:
    course = ductoscopy.way(pair.ill, duct=pair.duct)
    stand = pair.distance_mm - 0.5 * pair.size_mm - 1.5
    # From where the scope has to stop, it looks a few millimeters further.
    tip = min(max(stand, 0.0), course.reach_mm)
    if pair.setting == "not filled" or pair.distance_mm - tip > 7:
        return UNSEEN
    image = ductoscopy.view(
        pair.ill, way_mm=tip, duct=pair.duct, size_px=ductoscopy.PREVIEW_PX,
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    share = 0.0 if image.truth is None else float((image.truth == Tissue.LESION).mean())
    score = 5.0 * share / _ENDOSCOPE_SHARE
    return Visibility(
        contrast=share, cnr=0.0, detectability=score, is_resolved=share > 0, unit="share of view"
    )


MACHINES: Mapping[str, Machine] = {
    "ductography": _ductography,
    "tomosynthesis ductography": _tomosynthesis,
    "contrast-enhanced mammography": _dual_energy,
    "ultrasound": _ultrasound,
    "sonogalactography": _sonogalactography,
    "MRI with gadolinium": _gadolinium,
    "MR ductography, indirect": _fluid,
    "MR ductography, direct": _direct,
    "ductoscopy": _endoscopy,
}
