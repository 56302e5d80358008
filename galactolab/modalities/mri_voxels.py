"""Which share of each voxel is what: the breast as it hangs free in the coil.

The patient lies prone. Slices are axial, from the head down; rows run from the nipple to the
chest wall, and the lateral side of a left breast is on the right, as radiologists look at it.
Ducts are thinner than voxels, so that shares and not labels are computed: solids are tested on
a lattice of points, several to a voxel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError, check_between
from galactolab.modalities import lumina
from galactolab.patient import gland, strands
from galactolab.patient.breast import Breast
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import Balls, joined
from galactolab.terms import Laterality
from galactolab.volumes import Labels, Placement, Tissue

Floats = npt.NDArray[np.float64]
Shares = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

VOXEL_RANGE_MM = (0.4, 4.0)
_MOST_VOXELS = 12_000_000
_MARGIN_MM = 6.0
# Chest wall behind the breast, in the image: fat, then muscle, then nothing.
_WALL_FAT_MM, _MUSCLE_MM = 2.0, 9.0
# The nipple reaches this deep.
_STUMP_MM = 2.0
# Lattice points per voxel along each axis.
_LATTICE = 3
_PAIRS_AT_ONCE = 3_000_000


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Voxels of a breast.

    Attributes
    ----------
    shape : (S, M, N)
    voxel_mm : (float, float, float)
        Slice, row and column distance.
    first_mm : (float, float, float)
        z, x and y of the first voxel.
    signs : (float, float, float)
        Whether z, x and y rise or fall with the index.
    """

    shape: tuple[int, int, int]
    voxel_mm: tuple[float, float, float]
    first_mm: tuple[float, float, float]
    signs: tuple[float, float, float]

    def axes_mm(self) -> tuple[Shares, Shares, Shares]:
        """Return z of the slices, x of the rows and y of the columns."""
        z, x, y = (
            (first + sign * step * np.arange(count)).astype(np.float32)
            for first, sign, step, count in zip(
                self.first_mm, self.signs, self.voxel_mm, self.shape, strict=True
            )
        )
        return z, x, y

    def index(self, points_mm: Floats) -> Floats:
        """Return the (slice, row, column) of points in the breast frame, (..., 3)."""
        z_x_y = points_mm[..., [2, 0, 1]]
        scale = np.array(self.signs) / np.array(self.voxel_mm)
        index: Floats = (z_x_y - np.array(self.first_mm)) * scale
        return index

    def placement(self) -> Placement:
        """Return the same for the record of a volume."""
        z, x, y = np.array(self.signs) * np.array(self.voxel_mm)
        steps = np.array([[0, 0, z], [x, 0, 0], [0, y, 0]])
        origin = np.array([self.first_mm[1], self.first_mm[2], self.first_mm[0]])
        return Placement(origin_mm=origin, steps_mm=steps)


@dataclass(frozen=True, kw_only=True, eq=False)
class Content:
    """What the voxels hold.

    Attributes
    ----------
    grid : Grid
    tissue : mapping of str to (S, M, N) arrays of float32
        Shares of ``"fat"``, ``"gland"``, ``"skin"`` and ``"muscle"``; the rest is air.
    solids : mapping of str to (indices, shares)
        Voxels, as flat indices, that hold ``"fluid"``, ``"injected"``, ``"bloody"``,
        ``"benign"``, ``"malignant"``, ``"mass"`` or ``"void"`` (air, calcium), and their
        share in it.
    truth : (S, M, N) array of uint8
    """

    grid: Grid
    tissue: Mapping[str, Shares]
    solids: Mapping[str, tuple[Ints, Shares]]
    truth: Labels


def grid(
    breast: Breast, *, laterality: Laterality, voxel_mm: float, slice_mm: float | None = None
) -> Grid:
    """Return the voxels that hold a whole breast.

    Raises
    ------
    GalactolabError
        If a voxel can not be, or if there would be too many of them.

    Examples
    --------
    >>> grid(Breast(seed=1), laterality=Laterality.LEFT, voxel_mm=0)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: voxel_mm is 0 mm, but it has to be between 0.4 and 4 mm.
    """
    slice_mm = voxel_mm if slice_mm is None else slice_mm
    check_between("voxel_mm", voxel_mm, *VOXEL_RANGE_MM, "mm")
    check_between("slice_mm", slice_mm, *VOXEL_RANGE_MM, "mm")
    front = -breast.nipple_mm[0] - _MARGIN_MM
    depth = breast.depth_mm + _MUSCLE_MM + 4 - front
    height = breast.cranial_mm + breast.caudal_mm + 2 * _MARGIN_MM
    width = breast.lateral_mm + breast.medial_mm + 2 * _MARGIN_MM
    shape = (round(height / slice_mm), round(depth / voxel_mm), round(width / voxel_mm))
    if np.prod(shape) > _MOST_VOXELS:
        raise GalactolabError(
            f"voxel_mm of {voxel_mm:g} mm and slice_mm of {slice_mm:g} mm make "
            f"{np.prod(shape) / 1e6:.0f} million voxels, but at most "
            f"{_MOST_VOXELS / 1e6:.0f} million are allowed; take larger ones."
        )
    is_left = laterality is Laterality.LEFT
    side = -breast.medial_mm - _MARGIN_MM if is_left else breast.lateral_mm + _MARGIN_MM
    return Grid(
        shape=shape,
        voxel_mm=(slice_mm, voxel_mm, voxel_mm),
        first_mm=(breast.cranial_mm + _MARGIN_MM, front, side),
        signs=(-1.0, 1.0, 1.0 if is_left else -1.0),
    )


@lru_cache(maxsize=2)
def content(phantom: Phantom, *, voxel_mm: float, slice_mm: float, injected: bool) -> Content:
    """Return what the voxels of a patient hold; the last two are kept.

    Parameters
    ----------
    phantom : Phantom
    voxel_mm, slice_mm : float
    injected : bool
        Whether the ducts were injected.
    """
    where = grid(
        phantom.breast, laterality=phantom.laterality, voxel_mm=voxel_mm, slice_mm=slice_mm
    )
    tissue = _tissue(phantom.breast, where)
    truth = _labels(tissue)
    parts = lumina.contents(phantom, injected=injected)
    solids = {
        "fluid": parts.lumen,
        "injected": parts.injected,
        "bloody": parts.debris,
        "benign": parts.benign,
        "malignant": parts.malignant,
        "mass": parts.mass,
        "void": joined(parts.air, parts.calcium),
    }
    found = {name: occupied(solid, where) for name, solid in solids.items() if len(solid)}
    flat = truth.reshape(-1)
    for name, (index, share) in found.items():
        is_lumen = name in ("fluid", "injected", "bloody")
        # A duct thinner than a voxel still is the truth where its share is largest.
        label = Tissue.LUMEN if is_lumen else Tissue.LESION
        if name == "void":
            label = Tissue.CALCIUM
        flat[index[share > (0.25 if is_lumen else 0.3)]] = label
    return Content(grid=where, tissue=tissue, solids=found, truth=truth)


def occupied(solid: Balls, where: Grid) -> tuple[Ints, Shares]:
    """Return the voxels that a union of balls reaches, and its share in each.

    Parameters
    ----------
    solid : Balls
    where : Grid

    Returns
    -------
    index : (n,) array of int
        Flat indices, rising.
    share : (n,) array of float32
        From above 0 to 1.
    """
    # Plan: a box of whole voxels around the solid; mark the lattice points of the box that lie
    # in any ball; count the marks in each voxel.
    if not len(solid):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    step = np.array(where.voxel_mm) / _LATTICE
    center = where.index(solid.center_mm)
    reach_voxels = solid.radius_mm[:, None] / np.array(where.voxel_mm)
    low = np.maximum(np.floor((center - reach_voxels).min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil((center + reach_voxels).max(axis=0)).astype(int) + 1, where.shape)
    if (high <= low).any():
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    box = high - low
    fine = tuple(int(n) * _LATTICE for n in box)
    marked = np.zeros(int(np.prod(fine)), np.uint8)
    center = (center - low + 0.5) * _LATTICE - 0.5
    reach = np.ceil(solid.radius_mm[:, None] / step).astype(np.int64) + 1
    grade = np.ceil(2 * np.log2(reach.max(axis=1))).astype(np.int64)
    for level in np.unique(grade):
        chosen = np.flatnonzero(grade == level)
        half = reach[chosen].max(axis=0)
        at_once = max(1, int(_PAIRS_AT_ONCE / np.prod(2 * half + 1)))
        for start in range(0, len(chosen), at_once):
            part = chosen[start : start + at_once]
            marked[_inside(center[part], solid.radius_mm[part], half, step, fine)] = 1
    split = marked.reshape([n for size in box for n in (int(size), _LATTICE)])
    count = split.sum(axis=(1, 3, 5), dtype=np.uint8)
    i, j, k = np.nonzero(count)
    _, rows, columns = where.shape
    index = ((i + low[0]) * rows + j + low[1]) * columns + k + low[2]
    return index, count[i, j, k].astype(np.float32) / np.float32(_LATTICE**3)


def _inside(
    center: Floats, radius_mm: Floats, half: Ints, step: Floats, fine: tuple[int, ...]
) -> Ints:
    """Return flat lattice numbers of the points in balls of about one size."""
    square, places = [], []
    for axis in range(3):
        offset = np.arange(-half[axis], half[axis] + 1)
        at = np.rint(center[:, axis]).astype(np.int64)[:, None] + offset
        gap = ((at - center[:, axis, None]) * step[axis]) ** 2
        gap[(at < 0) | (at >= fine[axis])] = np.inf
        square.append(gap.astype(np.float32))
        places.append(at)
    plane = square[1][:, :, None] + square[2][:, None, :]
    total = square[0][:, :, None, None] + plane[:, None]
    ball, i, j, k = np.nonzero(total < (radius_mm**2).astype(np.float32)[:, None, None, None])
    flat: Ints = (places[0][ball, i] * fine[1] + places[1][ball, j]) * fine[2] + places[2][ball, k]
    return flat


@lru_cache(maxsize=2)
def _tissue(breast: Breast, where: Grid) -> Mapping[str, Shares]:
    """Return the shares of fat, gland, skin and muscle; the rest is air."""
    # Plan: rows in front of the chest wall hold the breast, rows behind it the wall; each is
    # worked out where it is, and the nipple only before the first rows of the breast.
    z, x, y = where.axes_mm()
    found = {name: np.zeros(where.shape, np.float32) for name in ("fat", "gland", "skin", "muscle")}
    front = slice(0, int(np.searchsorted(x, breast.depth_mm, side="right")))
    wall = slice(front.stop, len(x))
    tip = slice(0, int(np.searchsorted(x, _STUMP_MM)))
    ramp = np.float32(where.voxel_mm[1])
    whole, inside = _skin(breast, z, x[front], y, ramp_mm=ramp)
    gland_share = _gland(breast, z, x[front], y)
    gland_share *= inside
    found["gland"][:, front] = gland_share
    np.subtract(whole, inside, out=found["skin"][:, front])
    stump = _stump(breast, z, x[tip], y, ramp_mm=ramp) * (1 - whole[:, tip])
    for name, share in (("gland", 0.7), ("skin", 0.3)):
        part = found[name][:, tip]
        np.maximum(part, np.float32(share) * stump, out=part)
    found["fat"][:, front] = np.maximum(inside - found["gland"][:, front], 0)
    found["muscle"][:, wall], found["fat"][:, wall] = _wall(breast, x[wall], y, ramp_mm=ramp)
    return found


def _skin(
    breast: Breast, z: Shares, x: Shares, y: Shares, *, ramp_mm: np.float32
) -> tuple[Shares, Shares]:
    """Return how much of each voxel lies in the breast, and how much of it under the skin."""
    # Distance to the skin: the level's fall across the surface is about one per reach.
    inside_mm = (1 - _level(breast, z, x, y)) * np.float32(
        0.5 * (breast.depth_mm + breast.lateral_mm)
    )
    inside_mm /= ramp_mm
    inside_mm += np.float32(0.5)
    whole = np.clip(inside_mm, 0, 1)
    inside_mm -= np.float32(breast.skin_mm) / ramp_mm
    return whole, np.clip(inside_mm, 0, 1, out=inside_mm)


def _stump(breast: Breast, z: Shares, x: Shares, y: Shares, *, ramp_mm: np.float32) -> Shares:
    """Return how much of each voxel lies in the nipple: a stump with a round tip."""
    off = np.hypot(z[:, None, None], y[None, None, :])
    along = x[None, :, None] + np.float32(breast.nipple_mm[0]) - off**2 / breast.nipple_mm[1]
    stump: Shares = np.clip((0.5 * breast.nipple_mm[1] - off) / ramp_mm + 0.5, 0, 1)
    return stump * np.clip(along / ramp_mm + 0.5, 0, 1)


def _wall(breast: Breast, x: Shares, y: Shares, *, ramp_mm: np.float32) -> tuple[Shares, Shares]:
    """Return muscle and fat of the chest wall, (rows, columns): the same in all slices."""
    # It falls back to the side, as ribs do.
    fall = np.float32(0.0016) * (y[None, :] + 20) ** 2
    behind: Shares = x[:, None] - np.float32(breast.depth_mm) - fall
    muscle: Shares = np.clip((behind - _WALL_FAT_MM) / ramp_mm + 0.5, 0, 1)
    muscle = muscle * np.clip((_WALL_FAT_MM + _MUSCLE_MM - behind) / ramp_mm + 0.5, 0, 1)
    before_ribs = (behind < _WALL_FAT_MM + _MUSCLE_MM / 2).astype(np.float32)
    return muscle, before_ribs * (1 - muscle)


def _level(breast: Breast, z: Shares, x: Shares, y: Shares) -> Shares:
    """Return `Breast.level` on a grid, from one array per axis."""
    upright = np.where(z > 0, breast.cranial_mm, breast.caudal_mm)
    across = np.where(y > 0, breast.lateral_mm, breast.medial_mm)
    parts = ((z / upright) ** 2, (1 - x / breast.depth_mm) ** 2, (y / across) ** 2)
    flat = parts[1][:, None] + parts[2][None, :]
    level: Shares = np.sqrt(parts[0][:, None, None] + flat[None]).astype(np.float32)
    return level


def _gland(breast: Breast, z: Shares, x: Shares, y: Shares) -> Shares:
    """Return the share of gland and fibers, by linear interpolation along one axis at a time."""
    grown = gland.grown(breast)
    share = np.moveaxis(grown.share, 2, 0)
    for axis, (places, low) in enumerate(
        zip((z, x, y), (grown.low_mm[2], grown.low_mm[0], grown.low_mm[1]), strict=True)
    ):
        count = share.shape[axis]
        at = np.clip((places - low) / gland.VOXEL_MM, 0, count - 1.001)
        below = at.astype(np.int64)
        side = [1, 1, 1]
        side[axis] = len(places)
        weight = (at - below).astype(np.float32).reshape(side)
        share = share.take(below, axis) * (1 - weight) + share.take(below + 1, axis) * weight
    return share


def _labels(tissue: Mapping[str, Shares]) -> Labels:
    """Return the tissue that fills most of each voxel."""
    truth = np.full(tissue["fat"].shape, Tissue.OUTSIDE, np.uint8)
    best = np.full(truth.shape, 0.3, np.float32)
    for name, label in (
        ("fat", Tissue.FAT),
        ("gland", Tissue.GLAND),
        ("skin", Tissue.SKIN),
        ("muscle", Tissue.MUSCLE),
    ):
        more = tissue[name] > best
        truth[more] = label
        best[more] = tissue[name][more]
    return truth


def fibers(breast: Breast, where: Grid) -> tuple[Ints, Shares]:
    """Return the voxels of ligaments, fibers and vessels, and their share."""
    return occupied(strands.grown(breast), where)
