"""Walls between fat lobules: the fine web in a mammogram that hangs the gland to the skin.

Fat lies in lobules of about a centimeter, and walls of connective tissue part them; the larger
ones reach the skin as Cooper's ligaments. Phantoms make them as the borders of cells around
random points (Pokrajac et al. 2012, PMC3337667). Here a few plates of such cells lie over each
other, drawn out along rays from the nipple and bent at random; each wall that a beam runs along
adds to what it meets.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from galactolab.patient.breast import Breast, stream

Floats32 = npt.NDArray[np.float32]

STEP_MM = 0.4
_PLATES = 3
# Cells measure about this much across the rays, and more along them.
_CELL_MM, _DRAWN, _ARM_MM, _FOCUS_MM = (9.0, 17.0), 1.5, 60.0, 14.0
_WALL_MM = 0.55
_DEEPEST_MM = 1.5
_BEND_MM, _BEND_GRAIN_MM = 3.0, 7.0


def web(breast: Breast, *, up_mm: Floats32, x_mm: Floats32, view: str) -> Floats32:
    """Return millimeters of wall on each beam, (len(up_mm), len(x_mm)).

    Parameters
    ----------
    breast : Breast
    up_mm, x_mm : 1-D arrays
        Places in the plane of the image, `STEP_MM` apart: above the nipple, and behind its base.
    view : str
        Each view shows walls of its own: only those that stand along its beam are seen.
    """
    up, x = np.meshgrid(up_mm, x_mm + np.float32(_FOCUS_MM), indexing="ij")
    total = np.zeros(up.shape, np.float32)
    for plate in range(_PLATES):
        rng = stream(breast.seed, "septa", view, plate)
        cell = rng.uniform(*_CELL_MM)
        shift = _bends(rng, up_mm, x_mm)
        away, angle = np.hypot(up, x), np.arctan2(up, x)
        place = np.stack(
            [away / _DRAWN + shift[0], np.float32(_ARM_MM) * angle + shift[1]], axis=-1
        )
        low, high = np.array([-20.0, -190.0]), np.array([160.0, 190.0])
        count = int(np.prod(high - low) / cell**2)
        near, _ = cKDTree(rng.uniform(low, high, (count, 2))).query(place, k=2, workers=2)
        gap = ((near[..., 1] - near[..., 0]) / (2 * _WALL_MM)).astype(np.float32)
        # Walls differ in strength from place to place: they are seen where they stand upright.
        seen = np.clip(0.5 + 0.6 * shift[2], 0, 1.4)
        total += np.float32(_DEEPEST_MM) * seen * np.exp(-gap * gap)
    return total


def _bends(rng: np.random.Generator, up_mm: Floats32, x_mm: Floats32) -> Floats32:
    """Return two smooth fields of shifts in mm and one of unit variance, (3, K, L).

    They are drawn for the whole plane on a coarse grid, so that they do not depend on what
    part of it is asked for.
    """
    step = 2.0
    raw = rng.standard_normal((3, 260, 160)).astype(np.float32)
    smooth = np.stack([gaussian_filter(part, _BEND_GRAIN_MM / step, mode="wrap") for part in raw])
    smooth /= np.std(smooth, axis=(1, 2), keepdims=True)
    smooth[:2] *= _BEND_MM
    at = np.stack(np.meshgrid(up_mm / step + 130, x_mm / step + 30, indexing="ij"))
    return np.stack([map_coordinates(part, at, order=1, mode="nearest") for part in smooth])
