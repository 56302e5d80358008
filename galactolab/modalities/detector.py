"""The detector: converter, pixel pitch, sharpness, gain and noise.

A flat-panel detector adds up the energy of the photons that it stops. We count in
*quanta*: the number of photons that would have the same relative noise, so that the
variance of a pixel is its count, up to blur and electronic noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from galactolab.errors import check_between, check_one_of
from galactolab.modalities.materials import Floats, attenuation, energy_kev

if TYPE_CHECKING:
    from galactolab.records import Image

PITCHES_MM = (0.05, 0.07, 0.085, 0.1)
_DENSITY_NAME = {"a-Se": "selenium", "CsI": "cesium_iodide"}
_ROWS_AT_ONCE = 8
_POISSON_BELOW = 50.0


@dataclass(frozen=True, kw_only=True)
class Detector:
    """A flat-panel detector.

    Attributes
    ----------
    converter : {"a-Se", "CsI"}
        Selenium makes charge at once and is as sharp as its pixel; cesium iodide makes
        light that spreads.
    converter_mm : float
        Thickness of the converter.
    pitch_mm : float
        Distance of the pixels: 0.05, 0.07, 0.085 or 0.1 mm.
    spread_mm : tuple of (float, float)
        Blur in the converter as a sum of Gaussians: (share, standard deviation in mm).
    swank : float
        Swank factor: the noise that the conversion itself adds.
    electronic_quanta : float
        Standard deviation of the readout noise of one pixel, in quanta.
    gain : float
        Stored steps per quantum; 0 sets the open field to the top of the range.
    bits : {12, 14}
        Depth of the converter from analog to digital.

    References
    ----------
    a-Se 0.2 mm, Swank 0.99, 5,200 electrons of readout noise per pixel, W about 50 eV per
    pair (a 20 keV quantum makes about 400 pairs, so 13 quanta): VICTRE pipeline. CsI blur:
    fitted to the MTF .85 / .59 / .24 at 1 / 2 / 4 lp/mm of the GE Essential, Ghetti et al.
    2008, doi:10.1118/1.2828185; its thickness of 0.15 mm is a usual value, unverified.

    Examples
    --------
    >>> Detector.named("a-Se 85 um").pitch_mm
    0.085
    """

    converter: str = "a-Se"
    converter_mm: float = 0.2
    pitch_mm: float = 0.085
    spread_mm: tuple[tuple[float, float], ...] = ()
    swank: float = 0.99
    electronic_quanta: float = 13.0
    gain: float = 0.0
    bits: int = 14

    def __post_init__(self) -> None:
        """Check once."""
        check_one_of("converter", self.converter, tuple(_DENSITY_NAME))
        check_one_of("pitch_mm", self.pitch_mm, PITCHES_MM)
        check_one_of("bits", self.bits, (12, 14))
        check_between("converter_mm", self.converter_mm, 0.02, 1, "mm")
        check_between("swank", self.swank, 0.5, 1)
        check_between("electronic_quanta", self.electronic_quanta, 0, 1000)
        check_between("gain", self.gain, 0, 100)

    @classmethod
    def named(cls, name: str) -> Detector:
        """Detector by name: ``"a-Se 50 um"``, ``"a-Se 70 um"``, ``"a-Se 85 um"``, ``"CsI 100 um"``.

        Raises
        ------
        GalactolabError
            If there is no such detector.
        """
        check_one_of("detector", name, DETECTORS)
        return DETECTORS[name]

    def efficiency(self) -> Floats:
        """Share of the photons of each energy bin that the converter stops, (E,)."""
        mu = attenuation(_DENSITY_NAME[self.converter])
        return 1 - np.exp(-mu * self.converter_mm)

    def signal_weights(self, photons: Floats) -> Floats:
        """Weight of each energy bin in the signal: stopped photons times their energy."""
        return photons * self.efficiency() * energy_kev()

    def quanta(self, photons: Floats) -> float:
        """Quanta that a spectrum is worth: squared mean signal over its variance.

        Parameters
        ----------
        photons : (E,) array
            Photons per bin that reach the detector.
        """
        weights = self.signal_weights(photons)
        return float(self.swank * weights.sum() ** 2 / (weights * energy_kev()).sum())

    def read(
        self, quanta: Image, *, rng: np.random.Generator, spacing_mm: float, full_scale: float
    ) -> Image:
        """Turn expected quanta into a noisy, blurred, digitized reading, in quanta.

        Parameters
        ----------
        quanta : (M, N) array of float32
            Expected number in each pixel; overwritten.
        rng : numpy.random.Generator
        spacing_mm : float
            Pixel distance on the detector; equals `pitch_mm` unless pixels are binned.
        full_scale : float
            Quanta of the open field, for the gain.
        """
        _draw(quanta, rng)
        out = blurred(quanta, spread_mm=self.spread_mm, spacing_mm=spacing_mm)
        binning = spacing_mm / self.pitch_mm
        electronic = self.electronic_quanta * max(binning, 1.0)
        gain = self.gain or (2**self.bits - 1) / full_scale
        _add_noise(out, electronic, rng)
        return _digitized(out, gain=gain, top=2**self.bits - 1)


# The usual CsI spread and three selenium pitches.
_CSI = ((0.698, 0.050), (0.302, 0.145))
DETECTORS = {
    "a-Se 50 um": Detector(pitch_mm=0.05),
    "a-Se 70 um": Detector(pitch_mm=0.07),
    "a-Se 85 um": Detector(pitch_mm=0.085),
    "CsI 100 um": Detector(converter="CsI", converter_mm=0.15, pitch_mm=0.1, spread_mm=_CSI),
}


def _draw(quanta: Image, rng: np.random.Generator) -> None:
    """Replace expected counts by drawn ones, in place.

    Above 50 a normal draw can not be told from a Poisson draw and costs a fifth.
    """
    for block in _blocks(quanta):
        if block.min() >= _POISSON_BELOW:
            _draw_normal(block, rng)
            continue
        for expected in block:
            few = np.flatnonzero(expected < _POISSON_BELOW)
            exact = rng.poisson(np.maximum(expected[few], 0)) if len(few) else None
            _draw_normal(expected, rng)
            if exact is not None:
                expected[few] = exact


def _draw_normal(expected: Image, rng: np.random.Generator) -> None:
    """Add noise whose variance is the count, in place."""
    noise = rng.standard_normal(expected.shape, dtype=np.float32)
    np.multiply(noise, np.sqrt(np.maximum(expected, 0)), out=noise)
    np.add(expected, noise, out=expected)


def _blocks(pixels: Image) -> Iterator[Image]:
    """Yield a few rows at a time, to stay in the cache."""
    for start in range(0, len(pixels), _ROWS_AT_ONCE):
        yield pixels[start : start + _ROWS_AT_ONCE]


def _add_noise(pixels: Image, deviation: float, rng: np.random.Generator) -> None:
    """Add white noise in place."""
    for block in _blocks(pixels):
        noise = rng.standard_normal(block.shape, dtype=np.float32)
        np.multiply(noise, np.float32(deviation), out=noise)
        np.add(block, noise, out=block)


def _digitized(pixels: Image, *, gain: float, top: int) -> Image:
    """Round to stored steps and give them back in quanta; a dark pixel reads half a step."""
    for block in _blocks(pixels):
        np.multiply(block, np.float32(gain), out=block)
        np.rint(block, out=block)
        np.clip(block, 0.5, top, out=block)
        np.divide(block, np.float32(gain), out=block)
    return pixels


def blurred(
    image: Image, *, spread_mm: tuple[tuple[float, float], ...], spacing_mm: float
) -> Image:
    """Blur by a sum of Gaussians that are exact in frequency up to the pixel's limit.

    Parameters
    ----------
    image : (M, N) array of float32
    spread_mm : tuple of (share, standard deviation in mm)
        Shares sum to 1; empty leaves the image as it is.
    spacing_mm : float
        Pixel distance in the plane of the blur.
    """
    parts = [(share, sd / spacing_mm) for share, sd in spread_mm]
    if all(sd < 0.05 for _, sd in parts):
        return image
    out = np.zeros_like(image)
    for share, sd in parts:
        kernel = _kernel(sd)
        part = cv2.sepFilter2D(image, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
        cv2.scaleAdd(part, share, out, dst=out)
    return out


def _kernel(sd_px: float) -> Floats:
    """Taps whose transform is a Gaussian; a sampled Gaussian is too wide below one pixel."""
    half = int(np.ceil(4 * sd_px)) + 1
    n = 8 * half + 1
    frequency = np.fft.fftfreq(n)
    taps = np.fft.ifft(np.exp(-2 * (np.pi * sd_px * frequency) ** 2)).real
    kernel: Floats = np.concatenate([taps[-half:], taps[: half + 1]])
    kernel /= kernel.sum()
    return kernel
