"""From scatterers to an envelope: speckle, focus, attenuation, gain and compression.

Every tissue holds more scatterers in each resolution cell than can be told apart. Their echoes
add up with random phases, so that the demodulated echo is a complex Gaussian field whose local
power is that of the tissue, convolved with the pulse. The envelope then has the Rayleigh
distribution, whose mean is 1.91 standard deviations: fully developed speckle. The pulse is
short along the beam; across the beam it is as wide as wavelength times f-number, and wider
away from the focus. Convolution makes the same speckle statistics as a full simulation
(COLE, a convolution-based simulator, reports Rayleigh statistics 1,200 times faster than
Field II).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.modalities.ultrasound_anatomy import SoundMaps

Image = npt.NDArray[np.float32]
Complex = npt.NDArray[np.complex64]

# The scanner believes that sound travels at this speed everywhere.
ASSUMED_M_S = 1540.0
# The scanner's gain makes up for this attenuation.
GAIN_DB_CM_MHZ = 0.70
# Receive aperture: depth divided by its width.
_F_NUMBER = 2.2
# Echoes drown in noise this far below the echo of fat at the skin; it sets the penetration
# to about 4 cm at 12 MHz and 7 cm at 7 MHz. Own choice.
_NOISE_DB = -72.0
_N_WIDTHS = 5
_FWHM_TO_SD = 1 / 2.3548


def envelope(
    maps: SoundMaps,
    *,
    spacing_mm: float,
    frequency_mhz: float,
    focus_mm: float,
    rng: np.random.Generator,
) -> Image:
    """Return the amplitude of the echoes after time-gain compensation.

    Parameters
    ----------
    maps : SoundMaps
        (M, N).
    spacing_mm : float
    frequency_mhz, focus_mm : float
    rng : numpy.random.Generator

    Returns
    -------
    (M, N) array of float32
        1 is the root mean square echo of fat.
    """
    shape = maps.power.shape
    loss_db, gain_db = _losses(maps, spacing_mm, frequency_mhz)
    through = 10 ** (loss_db / -20)
    amplitude = np.sqrt(maps.power) * through
    scattered = _noise(shape, rng)
    scattered *= amplitude
    echo = _focused(
        scattered,
        (maps.mirror * through).astype(np.complex64),
        spacing_mm=spacing_mm,
        frequency_mhz=frequency_mhz,
        focus_mm=focus_mm,
    )
    hiss = _noise(shape, rng)
    axial_px = max(pulse_mm(frequency_mhz) * _FWHM_TO_SD / spacing_mm, 0.4)
    echo += np.float32(10 ** (_NOISE_DB / 20)) * _blurred(hiss, 0.3, axial_px, keeps="power")
    gained: Image = np.abs(echo) * 10 ** (gain_db / np.float32(20))[:, None]
    return gained


def pulse_mm(frequency_mhz: float) -> float:
    """Length of the pulse along the beam: one wavelength at half its height."""
    return ASSUMED_M_S / frequency_mhz / 1000


def beam_width_mm(
    depth_mm: npt.NDArray[np.float64], *, frequency_mhz: float, focus_mm: float
) -> npt.NDArray[np.float64]:
    """Full width at half maximum across the beam at each depth.

    Wavelength times f-number at the focus, and wider away from it by the depth of field,
    ``7 wavelength f_number^2`` (textbook relations). Tissue takes away high frequencies, so
    that the mean frequency falls by about 0.4 % per mm (own choice).

    Examples
    --------
    >>> beam_width_mm(np.array([3.0, 15.0, 30.0]), frequency_mhz=12, focus_mm=15).round(2).tolist()
    [0.49, 0.3, 0.63]
    """
    wavelength = ASSUMED_M_S / frequency_mhz / 1000 * (1 + 0.004 * depth_mm)
    field = 7 * ASSUMED_M_S / frequency_mhz / 1000 * _F_NUMBER**2
    spread = np.sqrt(1 + ((depth_mm - focus_mm) / (2 * field)) ** 2)
    width: npt.NDArray[np.float64] = wavelength * _F_NUMBER * spread
    return width


def compressed(amplitude: Image, *, range_db: float, reference_db: float) -> Image:
    """Return the amplitude in decibels, from ``-range_db`` (black) to 0 (white).

    Examples
    --------
    >>> compressed(np.float32([0, 1, 10]), range_db=60, reference_db=20).tolist()
    [-60.0, -20.0, 0.0]
    """
    level = 20 * np.log10(np.maximum(amplitude, np.float32(1e-6))) - np.float32(reference_db)
    clipped: Image = np.clip(level, -range_db, 0)
    return clipped


def displayed(image: Image, speed_m_s: Image, *, nearest: bool = False) -> Image:
    """Return what the scanner shows at each depth, as it assumes one speed of sound.

    Slow fat makes things behind it look deeper, by up to 4.5 % of its thickness.
    """
    rows = true_rows(speed_m_s)
    columns = np.broadcast_to(np.arange(image.shape[1], dtype=np.float32), image.shape)
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    moved = cv2.remap(image, columns, rows, how, borderMode=cv2.BORDER_REPLICATE)
    return moved.astype(np.float32, copy=False)


def true_rows(speed_m_s: Image) -> Image:
    """Return the true row of what is displayed at each pixel, (M, N)."""
    # In the time of one displayed row the sound really travels speed / assumed speed rows.
    # The speed is read at the displayed row: it lies within 2 mm, and changes slowly.
    steps = speed_m_s / np.float32(ASSUMED_M_S)
    rows: Image = (np.cumsum(steps, axis=0) - steps).astype(np.float32)
    return rows


def _losses(
    maps: SoundMaps, spacing_mm: float, frequency_mhz: float
) -> tuple[Image, npt.NDArray[np.float32]]:
    """Two-way loss above each pixel, and the gain that the scanner gives each row, in dB."""
    to_db = np.float32(2 * frequency_mhz * spacing_mm / 10)
    loss = np.cumsum(maps.attenuation_db_cm_mhz, axis=0) * to_db
    # Each echo is received over a wide aperture: shadows have soft edges.
    soft = cv2.GaussianBlur(loss, (0, 0), sigmaX=0.35 / spacing_mm, sigmaY=0.1)
    rows = np.arange(len(loss), dtype=np.float32)
    return np.minimum(soft, 300).astype(np.float32), rows * np.float32(GAIN_DB_CM_MHZ) * to_db


def _noise(shape: tuple[int, ...], rng: np.random.Generator) -> Complex:
    """Return a complex Gaussian field of unit power."""
    parts = rng.standard_normal((*shape, 2), dtype=np.float32)
    field: Complex = parts.view(np.complex64)[..., 0] * np.float32(np.sqrt(0.5))
    return field


def _focused(
    scattered: Complex,
    mirrored: Complex,
    *,
    spacing_mm: float,
    frequency_mhz: float,
    focus_mm: float,
) -> Complex:
    """Blur with the pulse: scattered echoes keep their power, mirrored ones their height."""
    # Plan: the width changes with depth, so blur with a few widths and mix the two nearest
    # for each row; the mix of two correlated fields is scaled back to full power.
    depth = np.arange(len(scattered), dtype=np.float64) * spacing_mm
    sigma = beam_width_mm(depth, frequency_mhz=frequency_mhz, focus_mm=focus_mm)
    sigma = sigma * _FWHM_TO_SD / spacing_mm
    axial = max(pulse_mm(frequency_mhz) * _FWHM_TO_SD / spacing_mm, 0.4)
    widths = np.geomspace(sigma.min(), sigma.max() * 1.001, _N_WIDTHS)
    place = np.interp(np.log(sigma), np.log(widths), np.arange(_N_WIDTHS))
    total = np.zeros_like(scattered)
    weight = np.maximum(1 - np.abs(place - np.arange(_N_WIDTHS)[:, None]), 0)
    for share, width in zip(weight, widths, strict=True):
        rows = np.flatnonzero(share)
        if not len(rows):
            continue
        reach = int(4 * axial) + 2
        first, last = max(rows[0] - reach, 0), min(rows[-1] + reach + 1, len(scattered))
        part = _blurred(scattered[first:last], width, axial, keeps="power")
        part += _blurred(mirrored[first:last], width, axial, keeps="height")
        kept = share[first:last, None].astype(np.float32)
        total[first:last] += kept * part
    ratio = widths[1] / widths[0]
    alike = np.sqrt(2 * ratio / (1 + ratio**2))
    mixed = weight.max(axis=0)
    power = mixed**2 + (1 - mixed) ** 2 + 2 * mixed * (1 - mixed) * alike
    total /= np.sqrt(power)[:, None].astype(np.float32)
    return total


def _blurred(field: Complex, across_px: float, along_px: float, *, keeps: str) -> Complex:
    """Convolve with a Gaussian that keeps the power of white noise or the height of a line."""
    pair = np.ascontiguousarray(field).view(np.float32).reshape(*field.shape, 2)
    soft = cv2.GaussianBlur(
        pair, (0, 0), sigmaX=across_px, sigmaY=along_px, borderType=cv2.BORDER_REFLECT
    )
    kernels = [cv2.getGaussianKernel(_odd(s), s).ravel() for s in (across_px, along_px)]
    if keeps == "power":
        scale = 1 / np.prod([np.sqrt(np.sum(kernel**2)) for kernel in kernels])
    else:
        scale = 1 / float(kernels[1].max())
    blurred: Complex = soft.view(np.complex64)[..., 0] * np.float32(scale)
    return blurred


def _odd(sigma: float) -> int:
    """Return the size that OpenCV takes for a float kernel of this width."""
    return round(sigma * 8 + 1) | 1
