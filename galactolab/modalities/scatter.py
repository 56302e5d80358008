"""Scattered radiation: a veil that depends on thickness, air gap and grid.

Without a grid the ratio of scatter to primary rises from 0.40 at 3 cm to 0.85 at 8 cm and
hardly depends on the tube voltage. Where a point of the breast scatters, the scatter spreads
on the detector as from a source half a thickness (and the air gap) above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
import scipy.fft

from galactolab.errors import check_between

if TYPE_CHECKING:
    from galactolab.modalities.geometry import Geometry
    from galactolab.modalities.materials import Floats
    from galactolab.records import Image

_COARSE_MM = 3.0


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Anti-scatter grid of parallel strips.

    Attributes
    ----------
    ratio : float
        Height of the strips over the distance between them.
    lines_per_mm : float
        Strips per millimeter.
    strip_mm : float
        Thickness of one strip.

    References
    ----------
    VICTRE pipeline (5:1, 31 lines/cm, 65 um), https://github.com/DIDSR/VICTRE_PIPELINE.

    Examples
    --------
    The grid costs a fifth of the primary and lets little scatter through.

    >>> grid = Grid()
    >>> round(grid.primary_transmission, 2), round(grid.scatter_transmission, 2)
    (0.8, 0.08)
    """

    ratio: float = 5.0
    lines_per_mm: float = 3.1
    strip_mm: float = 0.065

    @property
    def primary_transmission(self) -> float:
        """Share of the primary that passes between the strips."""
        return 1 - self.strip_mm * self.lines_per_mm

    @property
    def scatter_transmission(self) -> float:
        """Share of diffuse (Lambertian) scatter that passes opaque strips.

        With ``u`` the slope of a photon across the strips, diffuse light has the density
        ``(1 + u**2)**-1.5 / 2`` and a slit of ratio r lets ``1 - r |u|`` of it through. A lower
        bound: real scatter leans forward and strips leak.
        """
        top = 1 / self.ratio
        slope = np.linspace(0, top, 1001)
        passed = float(np.trapezoid((1 - self.ratio * slope) * (1 + slope**2) ** -1.5, slope))
        return self.primary_transmission * passed


def scatter_to_primary(thickness_mm: npt.ArrayLike) -> Floats:
    """Ratio of scatter to primary under a wide breast, without grid or gap.

    Parameters
    ----------
    thickness_mm : array of float
        Compressed thickness.

    Returns
    -------
    array of float

    References
    ----------
    0.40 to 0.85 over clinical sizes, nearly independent of kVp: "The intensity of scattered
    radiation in mammography" (abstract); the ends are set here to 3 and 8 cm, straight in
    between and through zero.

    Examples
    --------
    >>> scatter_to_primary(np.array([0.0, 30.0, 50.0, 80.0])).round(2).tolist()
    [0.0, 0.4, 0.58, 0.85]
    """
    thickness = np.asarray(thickness_mm, float)
    return np.asarray(np.interp(thickness, [0.0, 30.0, 80.0, 120.0], [0.0, 0.40, 0.85, 1.21]))


def scatter(
    primary: Image,
    *,
    path_mm: Image,
    spacing_mm: tuple[float, float],
    geometry: Geometry,
    thickness_mm: float,
) -> Image:
    """Scatter that falls on the detector, in the same unit as the primary.

    Parameters
    ----------
    primary : (M, N) array of float32
        Share of the open field that arrives unscattered.
    path_mm : (M, N) array of float32
        Path through the breast on each ray.
    spacing_mm : (float, float)
        Pixel distance at the object.
    geometry : Geometry
        For the air gap, and for the enlargement on the detector.
    thickness_mm : float
        Compressed thickness; sets how far the scatter spreads.

    Returns
    -------
    (M, N) array of float32
        Without grid.
    """
    check_between("thickness_mm", thickness_mm, 1, 150, "mm")
    rows, columns = primary.shape
    step = geometry.magnification * np.asarray(spacing_mm)
    small = tuple(
        int(max(4, np.ceil(n * s / _COARSE_MM)))
        for n, s in zip((columns, rows), step[::-1], strict=True)
    )
    path = cv2.resize(path_mm, small, interpolation=cv2.INTER_AREA)
    ratio = scatter_to_primary(path).astype(np.float32)
    source = ratio * cv2.resize(primary, small, interpolation=cv2.INTER_AREA)
    cell = float(rows * step[0] / small[1]), float(columns * step[1] / small[0])
    height = thickness_mm / 2 + geometry.gap_mm(thickness_mm)
    veil = _spread(source, cell_mm=cell, height_mm=height)
    return np.asarray(cv2.resize(veil, (columns, rows)), np.float32)


def _spread(source: Image, *, cell_mm: tuple[float, float], height_mm: float) -> Image:
    """Convolve with the footprint of a source at `height_mm`; outside is nothing."""
    shape = tuple(scipy.fft.next_fast_len(2 * n) for n in source.shape)
    kernel = _footprint(shape, cell_mm, height_mm)
    spread = scipy.fft.irfft2(scipy.fft.rfft2(source, shape) * kernel, shape)
    rows, columns = source.shape
    out: Image = spread[:rows, :columns].astype(np.float32)
    return out


@cache
def _footprint(shape: tuple[int, ...], cell_mm: tuple[float, float], height_mm: float) -> Floats:
    """Transform of h / (2 pi (h^2 + r^2)^1.5), the flux of an isotropic source at height h."""
    row, column = (
        np.minimum(np.arange(n), n - np.arange(n)) * c for n, c in zip(shape, cell_mm, strict=True)
    )
    far = height_mm**2 + row[:, None] ** 2 + column[None, :] ** 2
    kernel = height_mm / (2 * np.pi * far**1.5) * cell_mm[0] * cell_mm[1]
    out: Floats = scipy.fft.rfft2(kernel)
    return out
