"""A breast that moves between two exposures: the scout no longer fits the galactogram."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import cv2
import numpy as np

from galactolab.errors import check_between
from galactolab.modalities.projection import ThicknessMaps


def moved(
    maps: ThicknessMaps, *, shift_mm: tuple[float, float] = (0.0, 0.0), turn_deg: float = 0.0
) -> ThicknessMaps:
    """Return the maps of a breast that slid and turned in the plane of the image.

    Parameters
    ----------
    maps : ThicknessMaps
    shift_mm : (float, float)
        Along rows and columns, -10 to 10 mm each.
    turn_deg : float
        About the middle of the image, -5 to 5.

    Returns
    -------
    ThicknessMaps

    Examples
    --------
    >>> from galactolab.modalities.duct_phantom import Slab, duct_maps
    >>> before = duct_maps(Slab(), spacing_mm=0.5)
    >>> after = moved(before, shift_mm=(1.0, 0.0))
    >>> bool(np.allclose(before.contrast[10:50, 20], after.contrast[12:52, 20], atol=1e-4))
    True
    """
    for value in shift_mm:
        check_between("shift_mm", value, -10, 10, "mm")
    check_between("turn_deg", turn_deg, -5, 5, "degrees")
    rows, columns = maps.breast.shape
    turn: Any = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), turn_deg, 1.0)
    turn[:, 2] += shift_mm[1] / maps.spacing_mm[1], shift_mm[0] / maps.spacing_mm[0]

    def carried(values: Any) -> Any:  # noqa: ANN401 (an array of bool or float32)
        kind = values.dtype
        out = cv2.warpAffine(
            values.astype(np.float32),
            turn,
            (columns, rows),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return out > 0.5 if kind == np.bool_ else np.maximum(out, 0).astype(np.float32)

    arrays: dict[str, Any] = {
        one.name: carried(getattr(maps, one.name))
        for one in fields(maps)
        if isinstance(getattr(maps, one.name), np.ndarray)
    }
    return replace(maps, **arrays)
