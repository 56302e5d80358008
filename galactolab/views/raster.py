"""From a record's float pixels to what travels to a screen.

The browser gets 16-bit counts and two numbers, ``offset`` and ``step``; a pixel's value
in the record's own unit is ``offset + step * count``. Whole-number images whose range
fits keep ``step = 1``, so that the value under the cursor is exactly the file's.
"""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.records import Galactogram, Image
from galactolab.terms import Intent

Counts = npt.NDArray[np.uint16]
_TOP = 65535


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How counts become values: ``value = offset + step * count``.

    Attributes
    ----------
    offset : float
        Value of count 0.
    step : float
        Value of one count; the rounding error is at most half of it.
    unit : str
        What a value is, for a reader.
    """

    offset: float
    step: float
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A gray scale window: `center` is shown mid-gray, `width` spans black to white."""

    center: float
    width: float


def scale_of(galactogram: Galactogram) -> Scale:
    """Choose offset and step so that the image fills 16 bits, or stays exact.

    Examples
    --------
    >>> ramp = Galactogram(pixels=np.array([[3, 4, 5], [6, 7, 400]]), spacing_mm=0.1)
    >>> scale_of(ramp)
    Scale(offset=3.0, step=1.0, unit='gray value')
    """
    pixels = galactogram.pixels
    low, high = float(pixels.min()), float(pixels.max())
    processing = galactogram.intent is Intent.FOR_PROCESSING
    unit = "ln attenuation" if processing else "gray value"
    # A few rows decide first: testing 13 million pixels for wholeness costs a full pass.
    some = pixels[:: max(1, len(pixels) // 64)]
    if high - low <= _TOP and low.is_integer() and _whole(some) and _whole(pixels):
        return Scale(offset=low, step=1.0, unit=unit)
    return Scale(offset=low, step=max((high - low) / _TOP, 1e-30), unit=unit)


def _whole(pixels: Image) -> bool:
    return bool((pixels == np.rint(pixels)).all())


def counts_of(pixels: Image, scale: Scale) -> Counts:
    """Return pixels as 16-bit counts, rounded to the nearest.

    Examples
    --------
    >>> counts_of(np.float32([[0.0, 0.5, 1.0]]), Scale(offset=0.0, step=1 / 65535)).tolist()
    [[0, 32768, 65535]]
    """
    work = pixels - np.float32(scale.offset)
    work *= np.float32(1 / scale.step)
    work += np.float32(0.5)
    np.clip(work, 0, _TOP, out=work)
    return work.astype(np.uint16)


def coarse(pixels: Image, *, longest: int = 1024) -> tuple[Image, int]:
    """Return block means and the number of halvings that led to them.

    Parameters
    ----------
    pixels : (M, N) array of float32
    longest : int
        Largest allowed side of the result in pixels.

    Examples
    --------
    >>> small, halvings = coarse(np.arange(32, dtype=np.float32).reshape(4, 8), longest=4)
    >>> small.tolist(), halvings
    ([[4.5, 6.5, 8.5, 10.5], [20.5, 22.5, 24.5, 26.5]], 1)
    """
    halvings = max(0, math.ceil(math.log2(max(pixels.shape) / longest)))
    rows, columns = (max(1, side >> halvings) for side in pixels.shape)
    whole = pixels[: rows << halvings, : columns << halvings]
    if not halvings:
        return np.ascontiguousarray(whole), 0
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)), halvings


def presets_of(pixels: Image) -> dict[str, Window]:
    """Return windows by name, from the percentiles of the breast and not of the air.

    ``auto`` shows the whole breast, ``ducts`` spreads its most attenuating pixels,
    ``full`` shows every value there is.

    Parameters
    ----------
    pixels : (M, N) array of float32
        A coarse level is enough: percentiles of block means hardly differ.
    """
    low, high = float(pixels.min()), float(pixels.max())
    if high <= low:
        flat = Window(center=low, width=1.0)
        return {"auto": flat, "ducts": flat, "full": flat}
    # Otsu's threshold parts breast from air; a film without air loses only its darkest part.
    eight = ((pixels - low) * (255 / (high - low))).astype(np.uint8)
    cut, _ = cv2.threshold(eight, 0, 255, cv2.THRESH_OTSU)
    breast = pixels[eight > cut]
    dark, middle, bright, top = np.percentile(breast, [0.5, 50.0, 99.8, 99.95])
    return {
        "auto": _window(min(dark, middle), bright, high - low),
        "ducts": _window(middle, top, high - low),
        "full": _window(low, high, high - low),
    }


def _window(low: float, high: float, span: float) -> Window:
    return Window(center=float(low + high) / 2, width=float(max(high - low, span * 1e-3)))


def gray(pixels: Image, window: Window, *, inverted: bool = False) -> npt.NDArray[np.uint8]:
    """Return 8-bit grays as the screen shows them.

    Examples
    --------
    >>> gray(np.float32([[0, 5, 10, 20]]), Window(center=5, width=10)).tolist()
    [[0, 127, 255, 255]]
    """
    shown = np.clip((pixels - (window.center - window.width / 2)) * (255 / window.width), 0, 255)
    eight: npt.NDArray[np.uint8] = shown.astype(np.uint8)
    return np.bitwise_not(eight) if inverted else eight


def thumbnail(pixels: Image, window: Window, *, limit_bytes: int = 40_000) -> str:
    """Return a small PNG in base64, to stand where no kernel runs.

    Parameters
    ----------
    pixels : (M, N) array of float32
        A coarse level of the image.
    window : Window
        Gray scale.
    limit_bytes : int
        Largest size of the picture; it is made smaller until it fits.
    """
    from PIL import Image as Pictures  # noqa: PLC0415 (0.05 s, only when a cell shows a view)

    side = 360
    while True:
        factor = min(1.0, side / max(pixels.shape))
        rows, columns = (max(1, round(n * factor)) for n in pixels.shape)
        small = cv2.resize(gray(pixels, window), (columns, rows), interpolation=cv2.INTER_AREA)
        file = io.BytesIO()
        # 64 grays are enough for a glance and halve the file.
        Pictures.fromarray(np.asarray(small, np.uint8) & np.uint8(0xFC)).save(
            file, format="PNG", optimize=True
        )
        if file.tell() <= limit_bytes or side < 64:
            return base64.b64encode(file.getvalue()).decode()
        side = int(side * 0.85)
