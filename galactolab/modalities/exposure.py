"""One exposure: from the paths through the breast to what the detector reads.

The geometry is rendered once into thickness maps; changing voltage, filter, load, grid,
concentration or noise only exposes them again, which is what a slider needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from galactolab.errors import GalactolabError
from galactolab.modalities import detector as detectors, dose
from galactolab.modalities.beam import Beam, spectrum
from galactolab.modalities.detector import Detector
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.materials import Floats, attenuation
from galactolab.modalities.primary import primary
from galactolab.modalities.scatter import Grid, scatter

if TYPE_CHECKING:
    from galactolab.modalities.projection import ThicknessMaps
    from galactolab.records import Image


@dataclass(frozen=True, kw_only=True, eq=False)
class Exposure:
    """What the detector read, and how it was made.

    Attributes
    ----------
    counts : (M, N) array of float32
        Reading of each pixel in quanta (photons of the same relative noise); above 0.
    open_counts : float
        Expected reading without a breast.
    beam : Beam
        With the tube load that was used.
    detector : Detector
    geometry : Geometry
    mgd_mgy : float
        Estimate of the mean glandular dose (`dose.mean_glandular_dose_mgy`).
    entrance_kerma_mgy : float
        Air kerma at the entrance of the breast, without backscatter.
    """

    counts: Image
    open_counts: float
    beam: Beam
    detector: Detector
    geometry: Geometry
    mgd_mgy: float
    entrance_kerma_mgy: float

    def log_attenuation(self) -> Image:
        """Natural-log attenuation, ``-ln(counts / open_counts)``, (M, N) float32."""
        out = np.log(self.counts)
        np.subtract(np.float32(np.log(self.open_counts)), out, out=out)
        return out


def expose(
    maps: ThicknessMaps,
    *,
    rng: np.random.Generator,
    beam: Beam | None = None,
    detector: Detector | None = None,
    geometry: Geometry | None = None,
) -> Exposure:
    """Take one exposure of rendered thickness maps.

    Parameters
    ----------
    maps : ThicknessMaps
        Paths through fat, gland, skin, contrast and calcium for each pixel.
    rng : numpy.random.Generator
        Source of the quantum and readout noise.
    beam : Beam, optional
        W/Rh 28 kV by default; without ``mas`` the automatic exposure control sets it.
    detector : Detector, optional
        By default the one whose pitch is nearest to the maps' spacing on the detector.
    geometry : Geometry, optional
        A contact view with grid by default.

    Returns
    -------
    Exposure

    Raises
    ------
    GalactolabError
        If the maps hold no breast.

    References
    ----------
    Poludniowski et al. 2021, doi:10.1002/mp.14945 (spectra); VICTRE pipeline (grid and
    detector model), https://github.com/DIDSR/VICTRE_PIPELINE.
    """
    beam, geometry = beam or Beam(), geometry or Geometry()
    pitch_mm = float(np.mean(maps.spacing_mm)) * geometry.magnification
    detector = detector or nearest_detector(pitch_mm)
    screen = Grid() if geometry.has_grid else None
    if not maps.breast.any():
        raise GalactolabError("The thickness maps hold no breast: there is nothing to expose.")
    _, photons = spectrum(beam)
    share = primary(maps, weights=detector.signal_weights(photons))
    share = _with_scatter(share, maps=maps, geometry=geometry, screen=screen)
    share = _unsharp(share, maps=maps, geometry=geometry)
    per_mas = _quanta_mm2_mas(photons, maps=maps, detector=detector)
    per_mas *= 1.0 if screen is None else screen.primary_transmission
    if beam.mas is None:
        mas = _metered_mas(share, maps=maps, quanta_mm2_mas=per_mas)
        beam = replace(beam, mas=round(mas, 1))
    mas = float(beam.mas or 0.0)
    open_counts = per_mas * mas * pitch_mm**2
    share *= np.float32(open_counts)
    return Exposure(
        counts=detector.read(share, rng=rng, spacing_mm=pitch_mm, full_scale=open_counts),
        open_counts=open_counts,
        beam=beam,
        detector=detector,
        geometry=geometry,
        mgd_mgy=dose.mean_glandular_dose_mgy(
            beam,
            mas=mas,
            thickness_mm=maps.thickness_mm,
            glandularity=glandularity(maps),
            geometry=geometry,
        ),
        entrance_kerma_mgy=dose.entrance_kerma_mgy(
            beam, mas=mas, thickness_mm=maps.thickness_mm, geometry=geometry
        ),
    )


def nearest_detector(pitch_mm: float) -> Detector:
    """Detector whose pitch comes nearest; coarser pixels are binned ones.

    Examples
    --------
    >>> nearest_detector(0.1).converter, nearest_detector(0.07).converter
    ('CsI', 'a-Se')
    """
    return min(detectors.DETECTORS.values(), key=lambda d: abs(d.pitch_mm - pitch_mm))


def breast_path(maps: ThicknessMaps) -> Image:
    """Millimeters of breast on each ray, (M, N)."""
    path: Image = maps.adipose + maps.glandular
    path += maps.skin
    return path


def glandularity(maps: ThicknessMaps) -> float:
    """Share of gland in the breast without skin, 0 to 1."""
    gland = float(maps.glandular.sum(dtype=np.float64))
    fat = float(maps.adipose.sum(dtype=np.float64))
    return gland / max(gland + fat, 1e-9)


def _with_scatter(
    share: Image, *, maps: ThicknessMaps, geometry: Geometry, screen: Grid | None
) -> Image:
    """Add the veil; behind a grid both are relative to the primary that passes it."""
    veil = scatter(
        share,
        path_mm=breast_path(maps),
        spacing_mm=maps.spacing_mm,
        geometry=geometry,
        thickness_mm=maps.thickness_mm,
    )
    kept = 1.0 if screen is None else screen.scatter_transmission / screen.primary_transmission
    np.multiply(veil, np.float32(kept), out=veil)
    np.add(share, veil, out=share)
    return share


def _unsharp(share: Image, *, maps: ThicknessMaps, geometry: Geometry) -> Image:
    """Blur by the focal spot and by motion, before any quantum is drawn."""
    spacing_mm = float(np.mean(maps.spacing_mm))
    focal = ((1.0, geometry.focal_blur_mm(maps.thickness_mm)),)
    share = detectors.blurred(share, spread_mm=focal, spacing_mm=spacing_mm)
    drift_px = geometry.motion_mm / maps.spacing_mm[0]
    if drift_px > 1:
        taps = np.ones(2 * int(drift_px // 2) + 1, np.float32)
        taps /= taps.sum()
        share = np.asarray(
            cv2.sepFilter2D(share, cv2.CV_32F, np.ones(1, np.float32), taps), np.float32
        )
    return share


def _quanta_mm2_mas(photons: Floats, *, maps: ThicknessMaps, detector: Detector) -> float:
    """Quanta per mm2 and mAs of the open field, in the unit that holds behind the breast.

    A harder spectrum carries more signal, and more noise, per photon; the unit is chosen
    where the image is, so that variance equals count there.
    """
    inside = maps.breast
    behind = photons.copy()
    for tissue in ("adipose", "glandular", "skin"):
        mean = float(getattr(maps, tissue)[inside].mean(dtype=np.float64))
        behind *= np.exp(-mean * attenuation(tissue))
    left = detector.signal_weights(behind).sum() / detector.signal_weights(photons).sum()
    return detector.quanta(behind) / float(left)


def _metered_mas(share: Image, *, maps: ThicknessMaps, quanta_mm2_mas: float) -> float:
    """Automatic exposure: load for the densest tenth of square centimeters in the breast."""
    side = [max(1, round(n * s / 10.0)) for n, s in zip(share.shape, maps.spacing_mm, strict=True)]
    size = side[1], side[0]
    blocks = cv2.resize(share, size, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(maps.breast.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    full = blocks[cover > min(0.99, float(cover.max()) - 1e-6)]
    return dose.automatic_mas(float(np.quantile(full, 0.1)) * quanta_mm2_mas)
