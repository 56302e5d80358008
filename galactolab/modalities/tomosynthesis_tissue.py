"""The compressed breast as a stack of slabs, and what a tilted beam meets in it.

A radiograph needs only the sum of the tissue on each upright beam; tomosynthesis needs to
know how high each piece lies. The breast is cut into ``S`` horizontal slabs that hold
millimeters of fat, gland and skin on a coarse grid of ``P x Q`` points. A beam that is tilted
by an angle meets a slab at depth ``b`` at ``b * tan(angle)`` from where an upright beam does,
on a way that is ``1 / cos(angle)`` as long: the stack is sheared and summed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from galactolab.modalities import chords, tissue
from galactolab.modalities.projection import Frame
from galactolab.patient import gland, strands
from galactolab.patient.breast import Breast, Posture, stream
from galactolab.records import Image
from galactolab.terms import View

Floats32 = npt.NDArray[np.float32]

SLAB_MM = 2.0
_STEP_MM = 0.5
_GRAIN = 0.5
_GRAIN_SLOPE = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Slabs:
    """Tissue of a compressed breast, slab by slab.

    Attributes
    ----------
    glandular, adipose, skin : (S, P, Q) arrays of float32
        Millimeters on an upright beam.
    depth_mm : (S,) array of float32
        Middle of each slab below the middle of the breast, toward the detector.
    up_mm : (P,) array of float32
        Rows, above the nipple and falling, as in an image.
    out_mm : (Q,) array of float32
        Columns, away from the chest wall.
    """

    glandular: Floats32
    adipose: Floats32
    skin: Floats32
    depth_mm: Floats32
    up_mm: Floats32
    out_mm: Floats32

    def seen(self, where: Frame) -> dict[str, Image]:
        """Return millimeters of each tissue on the beams of a view, by name, (M, N) each.

        Parameters
        ----------
        where : Frame
            The view, which may be tilted.
        """
        tilt = math.radians(where.tilt_deg)
        shift = self.depth_mm * math.tan(tilt) / _STEP_MM
        found = {}
        for name in ("glandular", "adipose", "skin"):
            total = _sheared_sum(getattr(self, name), shift)
            total /= np.float32(math.cos(tilt))
            found[name] = self._on_pixels(total, where)
        return found

    def only(self, index: int) -> Slabs:
        """Return one slab of the stack, as a stack of one."""
        one = slice(index, index + 1)
        return replace(
            self,
            glandular=self.glandular[one],
            adipose=self.adipose[one],
            skin=self.skin[one],
            depth_mm=self.depth_mm[one],
        )

    def _on_pixels(self, values: Floats32, where: Frame) -> Image:
        """Read coarse values at the pixels of a view, bilinear; outside is nothing."""
        row_step, column_step = (mm / _STEP_MM for mm in where.spacing_mm)
        first_row = (float(self.up_mm[0]) - float(where.up_mm[0])) / _STEP_MM
        first_column = (float(where.out_mm[0]) - float(self.out_mm[0])) / _STEP_MM
        side = 1.0 if where.is_left else -1.0
        inverse = np.array(
            [[side * column_step, 0.0, first_column], [0.0, row_step, first_row]], np.float64
        )
        read = cv2.warpAffine(
            values,
            inverse,
            (where.shape[1], where.shape[0]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
        )
        return np.asarray(read, np.float32)


def _sheared_sum(stack: Floats32, shift: Floats32) -> Floats32:
    """Sum slabs of which slab s is moved `shift[s]` rows up, linear between rows."""
    # Plan: a pad that holds the largest shift; each slab is added twice, to the two rows
    # between which it falls.
    pad = int(np.ceil(np.abs(shift).max())) + 1
    rows, columns = stack.shape[1:]
    total = np.zeros((rows + 2 * pad, columns), np.float32)
    for slab, move in zip(stack, shift, strict=True):
        whole = int(np.floor(-move))
        part = np.float32(-move - whole)
        for start, weight in ((pad + whole, 1 - part), (pad + whole + 1, part)):
            goal = total[start : start + rows]
            cv2.scaleAdd(slab, float(weight), goal, dst=goal)
    return np.ascontiguousarray(total[pad : pad + rows])


@lru_cache(maxsize=2)
def slabs(breast: Breast, posture: Posture) -> Slabs:
    """Return the slabs of a breast in a view; the last two are kept.

    Parameters
    ----------
    breast : Breast
    posture : Posture
    """
    up, out = _axes(breast, posture)
    whole, core, is_knob = tissue.slab(breast, posture, up_mm=up, out_mm=out)
    count = math.ceil(breast.thickness_mm / SLAB_MM)
    depth = ((np.arange(count) - (count - 1) / 2) * SLAB_MM).astype(np.float32)
    share = _share(breast, posture, up, out, depth)
    share[:, is_knob] = tissue.NIPPLE_SHARE
    if posture.view in (View.MLO, View.LMO, View.ML, View.LM):
        np.maximum(share, tissue.muscle(breast, posture, up_mm=up, out_mm=out), out=share)
    inside = _within(core, depth)
    glandular = np.minimum(share * inside + _strands(breast, posture, up, out, depth), inside)
    return Slabs(
        glandular=glandular,
        adipose=inside - glandular,
        skin=_within(whole, depth) - inside,
        depth_mm=depth,
        up_mm=up,
        out_mm=out,
    )


def _axes(breast: Breast, posture: Posture) -> tuple[Floats32, Floats32]:
    top = 1.7 * posture.up_mm + 4
    up = np.arange(top, -posture.down_mm - 4, -_STEP_MM, dtype=np.float32)
    out = np.arange(-1.0, breast.depth_mm + breast.nipple_mm[0] + 3, _STEP_MM, dtype=np.float32)
    return up, out


def _within(thickness_mm: Floats32, depth_mm: Floats32) -> Floats32:
    """Return how much of each slab lies in a body of a given thickness about the middle."""
    low = depth_mm[:, None, None] - np.float32(SLAB_MM / 2)
    half = thickness_mm / 2
    held: Floats32 = np.clip(np.minimum(half, low + SLAB_MM) - np.maximum(-half, low), 0, SLAB_MM)
    return held


def _share(
    breast: Breast, posture: Posture, up_mm: Floats32, out_mm: Floats32, depth_mm: Floats32
) -> Floats32:
    """Share of gland in each slab, from the patient's own volume."""
    # Plan: read the volume on its own coarse grid, at the places where the slabs lay before
    # compression; fill what compression brought in from outside with its column's mean; add
    # the grain that its voxels are too coarse for; enlarge to the grid of the slabs.
    volume = gland.grown(breast)
    coarse = gland.VOXEL_MM
    up, out = up_mm[:: int(coarse / _STEP_MM)], out_mm[:: int(coarse / _STEP_MM)]
    turn = math.radians(posture.up_deg)
    free = depth_mm / np.float32(posture.squash)
    y = up[None, :] * math.sin(turn) + free[:, None] * math.cos(turn)
    z = up[None, :] * math.cos(turn) - free[:, None] * math.sin(turn)
    x = np.float32(breast.depth_mm) - out
    shape = (len(depth_mm), len(up), len(out))
    at = [
        np.broadcast_to((place - low) / coarse, shape)
        for place, low in zip((x, y[..., None], z[..., None]), volume.low_mm, strict=True)
    ]
    held = map_coordinates(volume.inside, at, order=1, cval=0)
    share = map_coordinates(volume.share, at, order=1, cval=0)
    mean = share.sum(axis=0) / np.maximum(held.sum(axis=0), 1)
    share = np.where(held > 0.5, share / np.maximum(held, 0.5), mean).astype(np.float32)
    grain = gland.power_law(
        shape, slope=_GRAIN_SLOPE, rng=stream(breast.seed, "slabs", posture.view.value)
    )
    share += np.float32(_GRAIN) * share * (1 - share) * grain
    size = (len(out) * int(coarse / _STEP_MM), len(up) * int(coarse / _STEP_MM))
    fine = np.stack([_enlarged(one, size)[: len(up_mm), : len(out_mm)] for one in share])
    return np.clip(fine, np.float32(0.01), np.float32(0.97))


def _enlarged(values: Floats32, size: tuple[int, int]) -> Floats32:
    """Enlarge so that the first point of each axis stays where it is, linear."""
    factor = size[0] / values.shape[1]
    inverse = np.array([[1 / factor, 0.0, 0.0], [0.0, 1 / factor, 0.0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    wide = cv2.warpAffine(values, inverse, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(wide, np.float32)


def _strands(
    breast: Breast, posture: Posture, up_mm: Floats32, out_mm: Floats32, depth_mm: Floats32
) -> Floats32:
    """Millimeters of ligaments, fibers and vessels in each slab.

    A strand is thinner than a slab: its balls count where their middle lies.
    """
    solid = strands.grown(breast)
    up, x, beam = posture.placed(solid.center_mm).T
    slab = np.clip(np.rint((beam - depth_mm[0]) / SLAB_MM), 0, len(depth_mm) - 1).astype(int)
    found = np.zeros((len(depth_mm), len(up_mm), len(out_mm)), np.float32)
    for index in range(len(found)):
        here = slab == index
        found[index], _ = chords.lengths(
            chords.PlacedBalls(
                row=(float(up_mm[0]) - up[here]) / _STEP_MM,
                column=(breast.depth_mm - x[here] - float(out_mm[0])) / _STEP_MM,
                depth_mm=beam[here],
                radius_mm=solid.radius_mm[here],
            ),
            shape=found.shape[1:],
            spacing_mm=(_STEP_MM, _STEP_MM),
            oversample=2,
        )
    return found
