"""What is really there in a plane of the compressed breast, and where the lesions are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from galactolab.modalities import chords
from galactolab.modalities.projection import Frame, filled_lumen
from galactolab.modalities.tomosynthesis_tissue import SLAB_MM, Slabs, slabs
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import Balls, joined
from galactolab.records import Mask
from galactolab.volumes import Mark, Placement, Tissue

Labels = npt.NDArray[np.uint8]


def cut(phantom: Phantom, where: Frame, *, above_mm: float) -> Labels:
    """Return what lies in a plane parallel to the detector, as `Tissue` numbers, (M, N).

    Parameters
    ----------
    phantom : Phantom
    where : Frame
        The upright view.
    above_mm : float
        Height of the plane above the middle of the compressed breast.
    """
    tissue = slabs(phantom.breast, where.posture)
    index = int(np.clip(np.rint((-above_mm - tissue.depth_mm[0]) / SLAB_MM), 0,
                        len(tissue.depth_mm) - 1))  # fmt: skip
    labels = _slab(tissue, index, where).copy()
    lesions = phantom.lesions
    view = where.posture.view
    for solid, label in (
        (filled_lumen(phantom), Tissue.LUMEN),
        (joined(*(one.displacing_in(view) for one in lesions)), Tissue.LESION),
        (joined(*(one.tissue for one in lesions)), Tissue.LESION),
        (joined(*(one.calcium for one in lesions)), Tissue.CALCIUM),
    ):
        labels[disk(solid, where, above_mm=above_mm)] = label
    return labels


@lru_cache(maxsize=4)
def _slab(tissue: Slabs, index: int, where: Frame) -> Labels:
    """Return the tissue that fills most of one slab; slices thinner than it share it."""
    share = tissue.only(index).seen(where)
    whole = share["adipose"] + share["glandular"] + share["skin"]
    labels = np.zeros(where.shape, np.uint8)
    labels[whole > SLAB_MM / 4] = Tissue.FAT
    labels[share["glandular"] > 0.5 * np.maximum(whole, 1e-6)] = Tissue.GLAND
    labels[(share["skin"] > 0.5 * whole) & (whole > SLAB_MM / 4)] = Tissue.SKIN
    return labels


def disk(solid: Balls, where: Frame, *, above_mm: float) -> Mask:
    """Return where a plane cuts a solid, (M, N)."""
    row, column, depth = where.placed(solid.center_mm).T
    square = solid.radius_mm**2 - (depth + above_mm) ** 2
    met = square > 0
    balls = chords.PlacedBalls(
        row=row[met], column=column[met], depth_mm=depth[met], radius_mm=np.sqrt(square[met])
    )
    _, cover = chords.lengths(balls, shape=where.shape, spacing_mm=where.spacing_mm, oversample=2)
    return np.asarray(cover >= 0.5)


def plate(phantom: Phantom, where: Frame) -> Mask:
    """Return where the compressed breast has its full thickness, (M, N)."""
    parts = slabs(phantom.breast, where.posture).seen(where)
    whole = parts["adipose"] + parts["glandular"] + parts["skin"]
    return np.asarray(whole > 0.95 * whole.max())


def marks(phantom: Phantom, placement: Placement) -> tuple[Mark, ...]:
    """Return the planted lesions at their indices in an image or volume."""
    return tuple(
        Mark(
            name=str(lesion.kind),
            size_mm=float(lesion.plan.size_mm or 0.0),
            index=tuple(placement.index(lesion.point_mm).tolist()),
        )
        for lesion in phantom.lesions
    )
