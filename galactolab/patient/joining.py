"""Joining ducts that a lost sister left alone: a node has two daughters or none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from galactolab.patient.ducts import Duct

Floats = npt.NDArray[np.float64]

# The step in caliber where a sister is missing fades out over this way.
_FADE_MM = 4.0


def merged(branches: list[Duct]) -> tuple[Duct, ...]:
    """Join each duct that has one daughter only with it: a node has two daughters or none."""
    count = [0] * len(branches)
    for duct in branches[1:]:
        if duct.parent is not None:
            count[duct.parent] += 1
    place: dict[int, int] = {}
    kept: list[Duct] = []
    for index, duct in enumerate(branches):
        if duct.parent is not None and count[duct.parent] == 1:
            number = place[duct.parent]
            before = kept[number]
            kept[number] = Duct(
                path_mm=np.concatenate([before.path_mm, duct.path_mm[1:]]),
                radius_mm=np.concatenate([before.radius_mm, _carried_on(before, duct)[1:]]),
                parent=before.parent,
            )
        else:
            number = len(kept)
            parent = None if duct.parent is None else place[duct.parent]
            kept.append(Duct(path_mm=duct.path_mm, radius_mm=duct.radius_mm, parent=parent))
        place[index] = number
    return tuple(kept)


def _carried_on(before: Duct, duct: Duct) -> Floats:
    """Radii of a duct that goes on alone: the step where its sister is missing fades out."""
    step = max(float(before.radius_mm[-1] / duct.radius_mm[0]), 1.0)
    radii: Floats = duct.radius_mm * (1 + (step - 1) * np.exp(-duct.arc_mm / _FADE_MM))
    return radii
