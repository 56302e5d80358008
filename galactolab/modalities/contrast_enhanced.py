"""Contrast-enhanced mammography: two energies, one of them above the K edge of iodine.

Iodine is given into a vein, not into a duct: it shows what has many leaky vessels. A first
picture is taken with an ordinary beam, a second one with a beam above 33.2 keV, where iodine
attenuates more and tissue less. The difference ``high - w * low`` of their log attenuations
has no contrast between gland and fat if ``w`` is the ratio of their contrasts in the two
pictures; what is left is iodine.

The ducts stay empty. A tumor carries about 0.5-1 mg of iodine per square centimeter
(unverified, science notes, section 7.4); a duct of 1 mm with 300 mgI/mL carries 30.

References
----------
Beams: high energy at 45-49 kV with copper, doi:10.1007/s00330-015-4007-6. Weighted log
subtraction: Lewin et al. 2003, doi:10.1148/radiol.2291021276. The weights and the iodine
signal were computed from SpekPy spectra (science notes, section 7.4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from galactolab.errors import check_between
from galactolab.modalities import projection, tomosynthesis_truth as truth
from galactolab.modalities.beam import Beam, spectrum
from galactolab.modalities.detector import Detector, blurred
from galactolab.modalities.exposure import Exposure, breast_path, expose
from galactolab.modalities.materials import Floats
from galactolab.modalities.primary import transmission
from galactolab.modalities.projection import Frame, ThicknessMaps
from galactolab.modalities.xray import view_of, without_contrast
from galactolab.patient.lesions import Lesion
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import Balls, joined
from galactolab.records import Image
from galactolab.terms import Modality, View
from galactolab.volumes import ModalityImage, Tissue

LOW = Beam(anode="W", filter="Rh", kvp=28)
HIGH = Beam(anode="W", filter="Cu", filter_mm=0.3, kvp=49)
DETECTOR = Detector.named("a-Se 85 um")
# Iodine in a lesion: a tumor of 1 cm then carries 0.75 mg/cm2, the middle of the range above.
UPTAKE_MGI_ML = 0.75
# Iodine in normal gland: background enhancement, own choice.
BACKGROUND_MGI_ML = 0.1
# Contrast maps hold iodine as millimeters of an agent of this strength, which is so little
# of it that it takes no room.
_CARRIER_MGI_ML = 400.0
_GLANDULARITY = 0.25


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """The two exposures, and what is really there.

    Attributes
    ----------
    low, high : Exposure
        Below and above the K edge of iodine.
    maps : ThicknessMaps
        What the beams met.
    iodine_mg_cm2 : (M, N) array of float32
        Iodine behind each pixel.
    where : Frame
    phantom : Phantom
    """

    low: Exposure
    high: Exposure
    maps: ThicknessMaps
    iodine_mg_cm2: Image
    where: Frame
    phantom: Phantom

    @property
    def mgd_mgy(self) -> float:
        """Estimate of the mean glandular dose of both exposures."""
        return self.low.mgd_mgy + self.high.mgd_mgy

    @property
    def weight(self) -> float:
        """The weight that cancels gland and fat at this thickness."""
        return weight(thickness_mm=self.maps.thickness_mm, low=self.low.beam, high=self.high.beam)


def weight(
    *,
    thickness_mm: float,
    low: Beam = LOW,
    high: Beam = HIGH,
    detector: Detector = DETECTOR,
) -> float:
    """Return the weight of the low-energy picture that cancels gland against fat.

    Parameters
    ----------
    thickness_mm : float
        Compressed thickness, 10 to 120 mm.
    low, high : Beam
    detector : Detector

    Examples
    --------
    >>> round(weight(thickness_mm=50), 3)
    0.246
    """
    check_between("thickness_mm", thickness_mm, 10, 120, "mm")
    fat, gland = 1 - _GLANDULARITY, _GLANDULARITY
    paths = thickness_mm * np.array([[fat + 0.1, gland - 0.1, 0, 0, 0], [fat, gland, 0, 0, 0]])
    steps = [np.diff(_attenuation(beam, paths, detector))[0] for beam in (low, high)]
    return float(steps[1] / steps[0])


def iodine_signal(
    *,
    thickness_mm: float,
    weight: float,
    low: Beam = LOW,
    high: Beam = HIGH,
    detector: Detector = DETECTOR,
) -> float:
    """Return the change of ``high - weight * low`` by 1 mg/cm2 of iodine, primary only.

    Examples
    --------
    >>> round(iodine_signal(thickness_mm=50, weight=0.242), 3)
    0.015
    """
    check_between("thickness_mm", thickness_mm, 10, 120, "mm")
    fat, gland = (1 - _GLANDULARITY) * thickness_mm, _GLANDULARITY * thickness_mm
    agent_mm = 10 / _CARRIER_MGI_ML
    paths = np.array([[fat, gland, 0, 0, 0], [fat - agent_mm, gland, 0, agent_mm, 0]])
    step_low, step_high = (np.diff(_attenuation(b, paths, detector))[0] for b in (low, high))
    return float(step_high - weight * step_low)


def _attenuation(beam: Beam, paths: Floats, detector: Detector) -> Floats:
    weights = detector.signal_weights(spectrum(beam)[1])
    left = transmission(paths, weights=weights, concentration_mgi_ml=_CARRIER_MGI_ML)
    return np.asarray(-np.log(left))


def enhancing(lesion: Lesion, *, view: View) -> Balls:
    """Return the part of a lesion that takes up contrast from the blood: not air, not clot."""
    if lesion.is_mimic:
        return joined()
    return joined(lesion.displacing_in(view), lesion.tissue)


def acquired(
    phantom: Phantom,
    *,
    rng: np.random.Generator,
    view: View | str = View.CC,
    spacing_mm: float = 0.1,
    uptake_mgi_ml: float = UPTAKE_MGI_ML,
    background_mgi_ml: float = BACKGROUND_MGI_ML,
    low: Beam = LOW,
    high: Beam = HIGH,
) -> Pair:
    """Take the two exposures two minutes after iodine was given into a vein.

    Parameters
    ----------
    phantom : Phantom
        Its ducts are taken as they are before any injection.
    rng : numpy.random.Generator
        Quantum and readout noise.
    view : View
        CC, ML or MLO.
    spacing_mm : float
        Pixel distance, 0.02 to 2 mm.
    uptake_mgi_ml, background_mgi_ml : float
        Iodine in lesions and in normal gland, 0 to 10 mgI/mL.
    low, high : Beam
        Below and above the K edge of iodine; automatic exposure by default.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> from galactolab.patient.lesions import Plan
    >>> patient = phantom.make(seed=4, lesions=[Plan(kind="papilloma", size_mm=10)])
    >>> pair = acquired(patient, rng=np.random.default_rng(0), spacing_mm=0.5)
    >>> 0.5 < float(pair.iodine_mg_cm2.max()) < 2
    True
    """
    check_between("spacing_mm", spacing_mm, 0.02, 2, "mm")
    check_between("uptake_mgi_ml", uptake_mgi_ml, 0, 10, "mgI/mL")
    check_between("background_mgi_ml", background_mgi_ml, 0, 10, "mgI/mL")
    view = view_of(view)
    where = projection.frame(phantom, view=view, spacing_mm=spacing_mm)
    maps = without_contrast(projection.render(phantom, view=view, spacing_mm=spacing_mm))
    solid = joined(*(enhancing(lesion, view=view) for lesion in phantom.lesions))
    lesion_mm, _ = projection.lengths_seen(solid, where)
    iodine: Image = np.float32(uptake_mgi_ml / 10) * lesion_mm
    iodine += np.float32(background_mgi_ml / 10) * maps.glandular
    carrier: Image = iodine * np.float32(10 / _CARRIER_MGI_ML)
    lit = replace(maps, contrast=carrier, concentration_mgi_ml=_CARRIER_MGI_ML)
    low_taken, high_taken = (
        expose(lit, rng=rng, beam=beam, detector=DETECTOR) for beam in (low, high)
    )
    return Pair(
        low=low_taken, high=high_taken, maps=maps, iodine_mg_cm2=iodine, where=where,
        phantom=phantom,
    )  # fmt: skip


def recombined(pair: Pair, *, weight: float | None = None, smooth_mm: float = 0.3) -> ModalityImage:
    """Return the iodine picture in mg/cm2 above the background.

    The thickness of the breast would shine through, above all at its border. As a machine
    does that knows paddle and outline, we take out what uncontrasted breast of the same
    thickness gives.

    Parameters
    ----------
    pair : Pair
    weight : float, optional
        Of the low-energy picture, 0 to 1; the one that cancels gland and fat by default.
    smooth_mm : float
        Standard deviation of the blur against noise, 0 to 3 mm: subtraction leaves little
        signal and all of the noise of two pictures.
    """
    check_between("smooth_mm", smooth_mm, 0, 3, "mm")
    w = pair.weight if weight is None else weight
    check_between("weight", w, 0, 1)
    low, high, thick = pair.low.beam, pair.high.beam, pair.maps.thickness_mm
    pixels = pair.high.log_attenuation() - np.float32(w) * pair.low.log_attenuation()
    path = breast_path(pair.maps)
    ladder = np.linspace(0, float(path.max()) + 1, 64)
    rays = ladder[:, None] * np.array([[1 - _GLANDULARITY, _GLANDULARITY, 0, 0, 0]])
    bare = _attenuation(high, rays, DETECTOR) - w * _attenuation(low, rays, DETECTOR)
    pixels -= np.interp(path, ladder, bare).astype(np.float32)
    plate = path > 0.95 * path.max()
    pixels -= np.float32(np.median(pixels[plate]))
    pixels *= np.float32(1 / iodine_signal(thickness_mm=thick, weight=w, low=low, high=high))
    pixels[~pair.maps.breast] = 0
    pixels = blurred(
        pixels, spread_mm=((1.0, smooth_mm),), spacing_mm=float(np.mean(pair.maps.spacing_mm))
    )
    return _image(pair, pixels, technique="CEM iodine", unit="mg/cm2", window=(-0.6, 1.2), w=w)


def low_energy(pair: Pair) -> ModalityImage:
    """Return the low-energy picture, which reads like a mammogram: log attenuation."""
    pixels = pair.low.log_attenuation()
    path = breast_path(pair.maps)
    dark, bright = np.quantile(pixels[path > 0.95 * path.max()], [0.01, 0.999]).tolist()
    window = (dark - 0.3, bright)
    return _image(
        pair, pixels, technique="CEM low energy", unit="ln attenuation", window=window, w=None
    )


def simulate(
    phantom: Phantom,
    *,
    rng: np.random.Generator,
    view: View | str = View.CC,
    spacing_mm: float = 0.1,
) -> ModalityImage:
    """Take a contrast-enhanced mammogram of a virtual patient: the iodine picture.

    Parameters
    ----------
    phantom, rng, view, spacing_mm
        As in `acquired`.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> simulate(phantom.make(seed=3), rng=np.random.default_rng(0), spacing_mm=1.0)
    ModalityImage(CEM iodine (MG), ... px at 1 mm, mg/cm2)
    """
    return recombined(acquired(phantom, rng=rng, view=view, spacing_mm=spacing_mm))


def labels(pair: Pair) -> truth.Labels:
    """Return the tissue that prevails behind each pixel, and lesions wherever they lie, (M, N)."""
    found = np.zeros(pair.where.shape, np.uint8)
    found[pair.maps.breast] = Tissue.FAT
    found[pair.maps.glandular > pair.maps.adipose] = Tissue.GLAND
    view = pair.where.posture.view
    solid = joined(*(enhancing(lesion, view=view) for lesion in pair.phantom.lesions))
    found[projection.lengths_seen(solid, pair.where)[0] > 0] = Tissue.LESION
    return found


def _image(
    pair: Pair,
    pixels: Image,
    *,
    technique: str,
    unit: str,
    window: tuple[float, float],
    w: float | None,
) -> ModalityImage:
    placement = pair.where.placement()
    return ModalityImage(
        pixels=pixels,
        spacing_mm=pair.where.spacing_mm,
        modality=Modality.MAMMOGRAPHY,
        technique=technique,
        unit=unit,
        window=window,
        placement=placement,
        laterality=pair.phantom.laterality,
        truth=labels(pair),
        marks=truth.marks(pair.phantom, placement),
        settings={
            "view": pair.where.posture.view,
            "low_beam": pair.low.beam.name,
            "high_beam": pair.high.beam.name,
            "low_mas": pair.low.beam.mas,
            "high_mas": pair.high.beam.mas,
            "weight": w,
            "thickness_mm": pair.maps.thickness_mm,
            "mgd_mgy": pair.mgd_mgy,
        },
    )
