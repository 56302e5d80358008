"""Rims: what stands around a hole in the contrast, on rays from its middle.

A body lies in a tube. Before and behind it the tube is filled, so contrast is about as thick
there as the tube is wide; beside it the wall is near, and only a thin rim is left. Ducts that
cross or part enclose a gap of tissue instead: then the same ducts stand on all its sides, and
the whole is wider than any of them is thick.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from galactolab.records import Image
from galactolab.tree import Floats

_N_RAYS = 36  # a multiple of four, so that each ray has an opposite and two beside it
_STEP_MM = 0.05
_FARTHEST_MM = 6.0
# The rim is reached where this share of its level is, and left where half of its crest is.
_REACHED, _LEFT = 0.6, 0.5
# Within this share of the hole's width a ray is still inside.
_INSIDE = 0.3


@dataclass(frozen=True, kw_only=True)
class Rim:
    """What stands around one hole.

    Attributes
    ----------
    width_mm : float
        From outer edge to outer edge, where that is least: across the duct, if it is one.
    beside, along : float
        Signal of the lower crest of two opposite ones: in that direction, and at a right angle.
    """

    width_mm: float
    beside: float
    along: float


def rim(
    values: Image, middle: tuple[float, float], *, hole: float, level: float, step: float
) -> Rim:
    """Return what stands around a hole.

    Parameters
    ----------
    values : (M, N) array
        Signal on an even grid.
    middle : (float, float)
        (row, column) of the middle of the hole on that grid.
    hole : float
        Its width in mm.
    level : float
        Signal of the contrast around it.
    step : float
        Grid step in mm.

    Examples
    --------
    A dark disc, 1 mm wide, in a band that is 2 mm wide: twice as much stands along the band.

    >>> row, column = np.mgrid[:61, :101] - np.array([30, 50])[:, None, None]
    >>> band = 20 * np.sqrt(np.maximum(1 - (row / 10) ** 2, 0))
    >>> band[np.hypot(row, column) < 5] = 2
    >>> found = rim(band, (30, 50), hole=1.0, level=17.0, step=0.1)
    >>> round(found.width_mm, 1), round(found.along / found.beside, 1)
    (1.9, 1.2)
    """
    angle = np.arange(_N_RAYS) * 2 * np.pi / _N_RAYS
    away = np.arange(0, _FARTHEST_MM, _STEP_MM)
    rows = middle[0] + np.outer(np.sin(angle), away) / step
    columns = middle[1] + np.outer(np.cos(angle), away) / step
    seen = ndimage.map_coordinates(values, [rows, columns], order=1, mode="constant")
    edge, crest = _crests(seen, first=round(_INSIDE * hole / _STEP_MM), least=_REACHED * level)
    half, quarter = _N_RAYS // 2, _N_RAYS // 4
    width = (edge[:half] + edge[half:]) * _STEP_MM
    lower = np.minimum(crest[:half], crest[half:])
    across = int(np.argmin(width))
    return Rim(
        width_mm=float(width[across]),
        beside=float(lower[across]),
        along=float(lower[(across + quarter) % half]),
    )


def _crests(seen: Floats, *, first: int, least: float) -> tuple[Floats, Floats]:
    """Return for each ray (R, K) where it leaves the rim, and the crest of the rim."""
    risen = np.maximum.accumulate(seen[:, first:], axis=1)
    gone = (risen > least) & (seen[:, first:] < _LEFT * risen)
    ends = np.where(gone.any(axis=1), gone.argmax(axis=1), gone.shape[1] - 1)
    return first + ends.astype(np.float64), risen[np.arange(len(seen)), ends].astype(np.float64)
