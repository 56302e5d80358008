"""The breast's outline in a view, and how thick it is behind each point of the image."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from galactolab.patient.breast import Breast, Posture, stream
from galactolab.terms import View

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]

_OBLIQUE, _LATERAL = (View.MLO, View.LMO), (View.ML, View.LM)
# In lateral views the upper half slopes on beyond the image, toward the axilla.
_SLOPE_ON = 1.5
_EDGE_STEP_MM = 0.05
# Behind the chest wall the edge goes on as far as no distance in an image can tell.
_BEYOND_MM = 60.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Outline:
    """The edge of the compressed breast seen in one view.

    Attributes
    ----------
    up_mm, out_mm : (K,) arrays of float
        Places above the nipple, and how far the skin lies from the chest wall there.
    """

    up_mm: Floats
    out_mm: Floats

    def depth_under_skin(
        self, up_mm: Floats32, out_mm: Floats32, *, limit_mm: float = np.inf
    ) -> Floats32:
        """Signed distance to the edge on a grid, positive inside, (len(up), len(out)) mm.

        Parameters
        ----------
        up_mm, out_mm : 1-D arrays
            Places above the nipple and away from the chest wall.
        limit_mm : float
            Greater distances need not be told apart: they become this one, in half the time.
        """
        edge = _evenly(np.stack([self.up_mm, self.out_mm], axis=1))
        grid = np.stack(np.meshgrid(up_mm, out_mm, indexing="ij"), axis=-1)
        distance, _ = cKDTree(edge).query(
            grid.reshape(-1, 2), workers=2, distance_upper_bound=limit_mm
        )
        distance = np.minimum(distance, limit_mm)
        skin = np.interp(up_mm, self.up_mm, self.out_mm, left=-1e3, right=-1e3)
        sign = np.where(out_mm[None, :] < skin[:, None], 1.0, -1.0)
        signed: Floats32 = (distance.reshape(grid.shape[:2]) * sign).astype(np.float32)
        return signed


def outline(breast: Breast, posture: Posture) -> Outline:
    """Return the outline of a breast in a view.

    The half ellipses above and below the nipple are a little squarer than circles, and
    wavy at random by about 1 mm; lateral and oblique views go on to the axilla at their top.
    """
    rng = stream(breast.seed, "outline", posture.view.value)
    reach_up = posture.up_mm * (1.6 if posture.view in _OBLIQUE else 1.0)
    top = posture.up_mm * (_SLOPE_ON if posture.view in _LATERAL else 1.0)
    angle = np.linspace(0, math.pi / 2, 1200)
    power = 2 / rng.uniform(2.15, 2.4)
    sides = []
    for reach, sign in ((posture.down_mm, -1.0), (top, 1.0)):
        up = sign * reach * np.sin(angle) ** power
        out = breast.depth_mm * np.cos(angle) ** power
        sides.append(np.stack([up, out], axis=1))
    edge = np.concatenate([sides[0][::-1], sides[1][1:]])
    up, out = edge[:, 0], edge[:, 1]
    grid = np.linspace(up.min(), max(up.max(), reach_up), 4000)
    skin = np.interp(grid, up, out, right=0.0)
    if posture.view in _OBLIQUE:
        # The axillary tail: a band beside the chest wall that joins the breast smoothly.
        tail = breast.depth_mm * 0.52 * np.clip(1.25 - grid / reach_up * 0.55, 0, 1)
        tail = np.where(grid > -0.2 * posture.up_mm, tail, 0)
        skin = (np.maximum(skin, 0) ** 6 + tail**6) ** (1 / 6)
    wave = sum(
        rng.normal(0, 0.5) * np.sin(2 * math.pi * (grid / rng.uniform(45, 110) + rng.uniform()))
        for _ in range(4)
    )
    fade = np.clip(skin / 20, 0, 1)
    # Points at the outer ends close the curve down to the chest wall.
    return Outline(up_mm=grid, out_mm=skin + wave * fade)


def _evenly(edge: Floats) -> Floats:
    """Return the edge with points at equal steps, carried on behind the chest wall, (K, 2).

    Distances are taken to the points alone, and the rounded edge is steepest where they are
    smallest: wide gaps would show as beads on the skin, and a sudden end as a corner.
    """
    low, high = (end + np.array([0.0, -_BEYOND_MM]) for end in (edge[0], edge[-1]))
    whole = np.concatenate([low[None], edge, high[None]])
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(whole, axis=0).T))])
    at = np.arange(0, way[-1], _EDGE_STEP_MM)
    return np.stack([np.interp(at, way, whole[:, axis]) for axis in range(2)], axis=1)


def slab_thickness(depth_mm: Floats32, *, thickness_mm: float) -> Floats32:
    """Thickness of a slab with a rounded edge, at a depth under its outline.

    Examples
    --------
    >>> slab_thickness(np.float32([-1, 0, 5, 50]), thickness_mm=40).round(1).tolist()
    [0.0, 0.0, 26.5, 40.0]
    """
    inside = np.clip(depth_mm, 0, thickness_mm / 2)
    thick: Floats32 = 2 * np.sqrt(inside * (np.float32(thickness_mm) - inside))
    return thick
