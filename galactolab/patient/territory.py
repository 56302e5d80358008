"""The part of the breast that one lobe fills: a wedge that opens from the nipple."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galactolab.patient.breast import Breast, stream

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_SPACE_POINTS = 500
# Ducts keep about this far from each other where there is room.
_CELL_MM = 2.0
# The first point of the main duct lies this deep, so that its round end stays in the skin.
_ORIFICE_DEPTH_MM = 0.6


@dataclass(frozen=True, kw_only=True, eq=False)
class Territory:
    """Where a lobe may grow.

    Attributes
    ----------
    breast : Breast
    orifice_mm : (3,) array of float
        Opening of the main duct on the tip of the nipple.
    frame : (3, 3) array of float
        Rows: the lobe's axis and two unit vectors across it.
    spread : (float, float)
        Tangents of the half angles of the wedge in the two directions across.
    reach_mm : float
        Greatest distance from the base of the nipple.
    """

    breast: Breast
    orifice_mm: Floats
    frame: Floats
    spread: tuple[float, float]
    reach_mm: float

    @property
    def apex_mm(self) -> Floats:
        """Point from which the wedge opens: a little in front of the nipple's base."""
        return np.array([-4.0, 0.0, 0.0])

    def contains(self, points_mm: Floats) -> Mask:
        """Tell which points lie in the lobe, (...,) from (..., 3)."""
        local = (points_mm - self.apex_mm) @ self.frame.T
        ahead = np.maximum(local[..., 0], 1e-6)
        # The wedge is widened at its apex, where the main duct still has to find its way.
        a = np.maximum(np.abs(local[..., 1]) - 2, 0) / ahead / self.spread[0]
        b = np.maximum(np.abs(local[..., 2]) - 2, 0) / ahead / self.spread[1]
        wedge = (a**2 + b**2 <= 1) & (local[..., 0] > -8)
        near = np.linalg.norm(points_mm, axis=-1) <= self.reach_mm
        inside: Mask = wedge & near & self.breast.within(points_mm, margin_mm=self.breast.fat_mm)
        return inside

    def outward(self, points_mm: Floats) -> Floats:
        """Return unit vectors away from the nipple, drawn to the lobe's axis near it, (..., 3)."""
        away = points_mm - self.apex_mm
        reach = np.linalg.norm(away, axis=-1, keepdims=True)
        blend = np.clip(reach / 25, 0, 1)
        mixed = blend * away / np.maximum(reach, 1e-9) + (1 - blend) * self.frame[0]
        unit: Floats = mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)
        return unit


class OpenSpace:
    """Where a growing lobe has no ducts yet: random points, each with its nearest duct.

    It pulls new branches into unfilled space, as the density term of the VICTRE model does.
    It changes while a lobe grows and is thrown away afterwards.
    """

    def __init__(self, territory: Territory, *, rng: np.random.Generator) -> None:
        breast, points = territory.breast, np.zeros((0, 3))
        low = np.array([0.0, -breast.medial_mm, -breast.caudal_mm])
        high = np.array([territory.reach_mm, breast.lateral_mm, breast.cranial_mm])
        for _ in range(40):
            drawn = rng.uniform(low, high, (2000, 3))
            points = np.concatenate([points, drawn[territory.contains(drawn)]])
            if len(points) >= _SPACE_POINTS:
                break
        self._points = points[:_SPACE_POINTS]
        self._gap = np.full(len(self._points), np.inf)
        self._low = np.array([-30.0, -breast.medial_mm - 10, -breast.caudal_mm - 10])
        high = np.array([breast.depth_mm, breast.lateral_mm, breast.cranial_mm]) + 10
        self._taken = np.zeros(np.ceil((high - self._low) / _CELL_MM).astype(int), np.bool_)

    def add(self, path_mm: Floats) -> None:
        """Tell of a new duct."""
        away = np.linalg.norm(self._points[:, None] - path_mm[None, ::2], axis=-1)
        np.minimum(self._gap, away.min(axis=1), out=self._gap)
        self._taken[self._cells(path_mm)] = True

    def crowding(self, points_mm: Floats) -> Floats:
        """Return the share of points that lie where a duct is already, (T,) from (T, P, 3)."""
        share: Floats = self._taken[self._cells(points_mm)].mean(axis=-1)
        return share

    def _cells(self, points_mm: Floats) -> tuple[npt.NDArray[np.intp], ...]:
        cells = ((points_mm - self._low) / _CELL_MM).astype(np.intp)
        return tuple(np.clip(cells[..., axis], 0, self._taken.shape[axis] - 1) for axis in range(3))

    def goal(self, start_mm: Floats, toward: Floats, *, reach_mm: float) -> Floats | None:
        """Return the emptiest place ahead, within about 65 degrees and some reach."""
        away = self._points - start_mm
        far = np.linalg.norm(away, axis=1) + 1e-9
        ahead = (away @ toward) / far
        worth = self._gap * np.clip(ahead - 0.4, 0, 1) / (1 + (far / reach_mm) ** 2)
        if not len(worth) or float(worth.max()) <= 0:
            return None
        best: Floats = self._points[int(np.argmax(worth))]
        return best


def random_territory(breast: Breast) -> Territory:
    """Return the territory of the lobe that is injected in this patient.

    The wedge is wider along the circumference of the breast than toward the skin; lobes
    differ greatly in size (Moffat and Going 1996, doi:10.1136/jcp.49.1.48).
    """
    rng = stream(breast.seed, "territory")
    clock, tilt = rng.uniform(0, 2 * math.pi), math.radians(rng.uniform(5, 42))
    across = np.array([0.0, math.sin(clock), math.cos(clock)])
    axis = np.array([math.cos(tilt), 0, 0]) + math.sin(tilt) * across
    radial = np.array([-math.sin(tilt), 0, 0]) + math.cos(tilt) * across
    around = np.cross(axis, radial)
    offset = rng.uniform(0, 0.18 * breast.nipple_mm[1])
    # The tip is round: off its axis the skin, and the orifice with it, lies farther back.
    round_mm = breast.nipple_mm[1] / 2
    back = round_mm - math.sqrt(round_mm**2 - offset**2) + _ORIFICE_DEPTH_MM
    return Territory(
        breast=breast,
        orifice_mm=breast.tip_mm + offset * across + np.array([back, 0.0, 0.0]),
        frame=np.stack([axis, around, radial]),
        spread=(
            math.tan(math.radians(rng.uniform(30, 48))),
            math.tan(math.radians(rng.uniform(18, 32))),
        ),
        reach_mm=breast.depth_mm * rng.uniform(0.62, 0.9),
    )
