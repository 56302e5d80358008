"""How good a technique is: contrast, noise, their ratio, and the dose it costs.

Everything is worked out twice. `expected` says what the physics promises for a duct of one
caliber in the middle of a slab; `exposed` takes the picture of the whole test object, in
which `measured` finds the same number with a physicist's two regions.

Of a ray through the duct the signal ``S1`` is left, beside it ``S0``. Scatter lies over both
as a veil of ``r S0``. Then, for ``N`` quanta in a pixel beside the duct, veil included::

    contrast = (S0 - S1) / (S0 (1 + r))        SDNR = contrast N / sqrt(variance)

which is the contrast-to-noise ratio (CNR) of a quality control protocol, for one pixel. Blur
by focal spot, converter and pixel is taken before the difference; the converter's blur lowers
the noise as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from galactolab.errors import check_between
from galactolab.modalities import detector as detectors, dose
from galactolab.modalities.beam import Beam, spectrum
from galactolab.modalities.detector import Detector
from galactolab.modalities.duct_phantom import (
    CALIBERS_MM,
    DISC_RADIUS_MM,
    FIELD_MM,
    GLAND_ROD_MM,
    Slab,
    distinct_columns,
    duct_maps,
    duct_rows_mm,
)
from galactolab.modalities.exposure import Exposure
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.materials import Floats, tissue_attenuation
from galactolab.modalities.primary import primary, transmission
from galactolab.modalities.scatter import Grid, scatter_to_primary

if TYPE_CHECKING:
    from galactolab.records import Image


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What a technique promises for a duct of one caliber.

    Attributes
    ----------
    contrast : float
        Share of the signal that the duct takes away at its middle, blur and veil included.
    noise : float
        Standard deviation of a pixel beside the duct, relative to its mean.
    sdnr : float
        Contrast over noise: signal-difference-to-noise ratio of one pixel.
    detail_sdnr : float
        The same for all pixels of 1 mm of the duct together: it compares pixels of
        different size fairly.
    scatter_to_primary : float
        On the detector, behind the grid if there is one.
    mgd_mgy : float
        Estimate of the mean glandular dose.
    mas : float
        Tube load that was used.
    quanta_mm2 : float
        Quanta per mm2 of detector beside the duct.
    gland_sdnr : float
        Of one pixel, for a rod of 3 mm of gland in place of fat: what the same picture shows
        of the tissue beside the ducts.
    """

    contrast: float
    noise: float
    sdnr: float
    detail_sdnr: float
    scatter_to_primary: float
    mgd_mgy: float
    mas: float
    quanta_mm2: float
    gland_sdnr: float


def expected(
    *,
    caliber_mm: float,
    slab: Slab | None = None,
    beam: Beam | None = None,
    detector: Detector | None = None,
    geometry: Geometry | None = None,
) -> Quality:
    """Work out what a technique promises.

    Parameters
    ----------
    caliber_mm : float
        Of the duct, 0.05 to 6 mm.
    slab : Slab, optional
        4.5 cm with 20 % gland and 300 mgI/mL by default.
    beam : Beam, optional
        W/Rh 28 kV with automatic exposure by default.
    detector : Detector, optional
        ``"a-Se 85 um"`` by default.
    geometry : Geometry, optional
        A contact view with grid by default.

    Examples
    --------
    More iodine in the duct, more contrast; the dose stays.

    >>> thin = expected(caliber_mm=0.5, slab=Slab(concentration_mgi_ml=150))
    >>> thick = expected(caliber_mm=0.5, slab=Slab(concentration_mgi_ml=300))
    >>> thick.contrast > 1.5 * thin.contrast, thick.mgd_mgy == thin.mgd_mgy
    (True, True)
    """
    check_between("caliber_mm", caliber_mm, 0.05, 6, "mm")
    slab, beam, geometry = slab or Slab(), beam or Beam(), geometry or Geometry()
    detector = detector or Detector.named("a-Se 85 um")
    mas, per_mas, ratio = _load(slab, beam, detector, geometry)
    pixel_mm = detector.pitch_mm / geometry.magnification
    dip, mean_dip = _dip(caliber_mm, pixel_mm, slab, beam, detector, geometry)
    quanta_mm2 = per_mas * mas * (1 + ratio)
    n = quanta_mm2 * detector.pitch_mm**2
    variance = n * _noise_kept(detector) + detector.electronic_quanta**2
    contrast = dip / (1 + ratio)
    noise = float(np.sqrt(variance)) / n
    # 1 mm of duct, as wide as the duct or one pixel: so many pixels.
    n_pixels = max(caliber_mm, pixel_mm) / pixel_mm**2
    whole = n * n_pixels + detector.electronic_quanta**2 * n_pixels
    return Quality(
        contrast=contrast,
        noise=noise,
        sdnr=contrast / noise,
        detail_sdnr=mean_dip / (1 + ratio) * n * n_pixels / float(np.sqrt(whole)),
        scatter_to_primary=ratio,
        mgd_mgy=_dose(slab, beam, geometry, mas),
        mas=mas,
        quanta_mm2=quanta_mm2,
        gland_sdnr=_gland_drop(slab, beam, detector) / (1 + ratio) / noise,
    )


def exposed(
    slab: Slab,
    *,
    rng: np.random.Generator,
    beam: Beam | None = None,
    detector: Detector | None = None,
    geometry: Geometry | None = None,
) -> Exposure:
    """Take a picture of the test object.

    Parameters
    ----------
    slab : Slab
    rng : numpy.random.Generator
        Quantum and readout noise.
    beam, detector, geometry : optional
        As in `expected`.
    """
    beam, geometry = beam or Beam(), geometry or Geometry()
    detector = detector or Detector.named("a-Se 85 um")
    mas, per_mas, ratio = _load(slab, beam, detector, geometry)
    spacing_mm = detector.pitch_mm / geometry.magnification
    _, photons = spectrum(beam)
    weights = detector.signal_weights(photons)
    share = _primary(slab, spacing_mm, weights)
    beside = float(_left(slab, np.zeros(1), weights)[0])
    share += np.float32(ratio * beside)
    focal = ((1.0, geometry.focal_blur_mm(slab.thickness_mm)),)
    share = detectors.blurred(share, spread_mm=focal, spacing_mm=spacing_mm)
    open_counts = per_mas / beside * mas * detector.pitch_mm**2
    share *= np.float32(open_counts)
    return Exposure(
        counts=detector.read(share, rng=rng, spacing_mm=detector.pitch_mm, full_scale=open_counts),
        open_counts=open_counts,
        beam=replace(beam, mas=mas),
        detector=detector,
        geometry=geometry,
        mgd_mgy=_dose(slab, beam, geometry, mas),
        entrance_kerma_mgy=dose.entrance_kerma_mgy(
            beam, mas=mas, thickness_mm=slab.thickness_mm, geometry=geometry
        ),
    )


def measured(taken: Exposure, *, caliber_mm: float) -> float:
    """Measure the SDNR of one pixel in a picture of the test object.

    Parameters
    ----------
    taken : Exposure
        Made by `exposed`.
    caliber_mm : float
        One of `CALIBERS_MM`.

    Returns
    -------
    float
        Difference of the means on the duct's axis and beside it, over the standard deviation
        beside it.
    """
    spacing_mm = taken.detector.pitch_mm / taken.geometry.magnification
    rows = (np.arange(len(taken.counts)) + 0.5) * spacing_mm
    at = int(np.argmin(np.abs(rows - duct_rows_mm()[caliber_mm])))
    # The left half holds no filling defect.
    width = int(0.55 * taken.counts.shape[1])
    beside = at - round((caliber_mm / 2 + 1.05) / spacing_mm)
    reach = round(0.35 / spacing_mm)
    quiet = taken.counts[beside - reach : beside + reach + 1, :width]
    return float((quiet.mean() - taken.counts[at, :width].mean()) / quiet.std())


def scatter_share(slab: Slab, geometry: Geometry) -> float:
    """Scatter over primary on the detector, behind the grid if there is one.

    A point of a wide slab scatters as a source at the height ``h`` of half the slab and the
    air gap; from a disc of radius ``R`` the middle gets ``1 - h / sqrt(h^2 + R^2)`` of what a
    boundless slab would send. The gap of a magnification view works just so.

    Examples
    --------
    >>> [round(scatter_share(Slab(), g), 2) for g in (Geometry(), Geometry(grid=False))]
    [0.04, 0.39]
    """
    height = slab.thickness_mm / 2 + geometry.gap_mm(slab.thickness_mm)
    radius = DISC_RADIUS_MM * geometry.magnification
    ratio = float(scatter_to_primary(slab.thickness_mm))
    ratio *= 1 - height / float(np.hypot(height, radius))
    if geometry.has_grid:
        grid = Grid()
        ratio *= grid.scatter_transmission / grid.primary_transmission
    return ratio


def _primary(slab: Slab, spacing_mm: float, weights: Floats) -> Image:
    """Share of the primary behind the whole field.

    Without a defect one column is like the next, so only the distinct ones are worked out.
    """
    share = primary(duct_maps(slab, spacing_mm=spacing_mm, distinct=True), weights=weights)
    columns, n_columns = distinct_columns(spacing_mm)
    out = np.repeat(share[:, :1], n_columns, axis=1)
    out[:, columns] = share
    return out


def _load(
    slab: Slab, beam: Beam, detector: Detector, geometry: Geometry
) -> tuple[float, float, float]:
    """Tube load, primary quanta per mm2 and mAs beside the duct, and scatter over primary."""
    _, photons = spectrum(beam)
    behind = photons * np.exp(-_beside_depth(slab))
    passed = Grid().primary_transmission if geometry.has_grid else 1.0
    per_mas = detector.quanta(behind) * passed
    ratio = scatter_share(slab, geometry)
    mas = beam.mas
    if mas is None:
        mas = round(dose.automatic_mas(per_mas * (1 + ratio)), 1)
    return mas, per_mas, ratio


def _beside_depth(slab: Slab) -> Floats:
    """Optical depth of the slab without contrast on the energy grid, (E,)."""
    paths = slab.rays(np.zeros(1))[0]
    names = ("adipose", "glandular", "skin")
    depth: Floats = sum(
        (path * tissue_attenuation(name, concentration_mgi_ml=0.0))
        for name, path in zip(names, paths[:3], strict=True)
    )
    return depth


def _left(slab: Slab, contrast_mm: Floats, weights: Floats) -> Floats:
    return transmission(
        slab.rays(contrast_mm),
        weights=weights,
        concentration_mgi_ml=slab.concentration_mgi_ml,
    )


def _gland_drop(slab: Slab, beam: Beam, detector: Detector) -> float:
    """Relative drop of the primary behind the rod of gland."""
    _, photons = spectrum(beam)
    rays = np.repeat(slab.rays(np.zeros(1)), 2, axis=0)
    swapped = min(GLAND_ROD_MM, float(rays[1, 0]))
    rays[1, :2] += -swapped, swapped
    beside, behind = transmission(
        rays, weights=detector.signal_weights(photons), concentration_mgi_ml=0.0
    )
    return float(1 - behind / beside)


def _dip(
    caliber_mm: float,
    pixel_mm: float,
    slab: Slab,
    beam: Beam,
    detector: Detector,
    geometry: Geometry,
) -> tuple[float, float]:
    """Relative drop of the primary at the duct's middle pixel, and its mean over the duct.

    Plan: the profile across the duct on a fine grid; its transform times those of the blurs
    (focal spot, pixel, converter) is what a pixel sees.
    """
    _, photons = spectrum(beam)
    weights = detector.signal_weights(photons)
    step = min(caliber_mm, pixel_mm) / 8
    n = 2 * int((2.0 + caliber_mm) / step) + 1
    y = (np.arange(n) - n // 2) * step
    chord = 2 * np.sqrt(np.maximum((caliber_mm / 2) ** 2 - y**2, 0))
    held = chord > 0
    drop = np.zeros(n)
    levels = _left(slab, np.append(chord[held], 0.0), weights)
    drop[held] = 1 - levels[:-1] / levels[-1]
    frequency = np.fft.rfftfreq(n, step)
    focal = geometry.focal_blur_mm(slab.thickness_mm)
    spread = detector.spread_mm or ((1.0, 0.0),)
    kept = np.exp(-2 * (np.pi * focal * frequency) ** 2) * np.sinc(pixel_mm * frequency)
    kept *= sum(
        share * np.exp(-2 * (np.pi * sd / geometry.magnification * frequency) ** 2)
        for share, sd in spread
    )
    seen = np.fft.irfft(np.fft.rfft(drop) * kept, n)
    inside = np.abs(y) <= max(caliber_mm, pixel_mm) / 2 + 1e-9
    return float(seen[n // 2]), float(seen[inside].mean())


@lru_cache(maxsize=8)
def _noise_kept(detector: Detector) -> float:
    """Share of the variance of white noise that the converter's blur leaves in a pixel."""
    point = np.zeros((65, 65), np.float32)
    point[32, 32] = 1
    out = detectors.blurred(point, spread_mm=detector.spread_mm, spacing_mm=detector.pitch_mm)
    return float((out.astype(np.float64) ** 2).sum())


def _dose(slab: Slab, beam: Beam, geometry: Geometry, mas: float) -> float:
    return dose.mean_glandular_dose_mgy(
        beam,
        mas=mas,
        thickness_mm=slab.thickness_mm,
        glandularity=slab.glandularity,
        geometry=geometry,
    )


__all__ = [
    "CALIBERS_MM",
    "FIELD_MM",
    "Quality",
    "Slab",
    "expected",
    "exposed",
    "measured",
    "scatter_share",
]
