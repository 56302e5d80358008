"""What the detectors look at: the signal, its noise, the tree, and the lanes of the ducts."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.imagemath.grid import averaged
from galactolab.reading.duct_points import DuctPoints
from galactolab.reading.lanes import Lane, lanes
from galactolab.reading.wide_ducts import wide_lanes
from galactolab.records import Image, Mask, Point
from galactolab.tree import DuctTree, Floats

Ints = npt.NDArray[np.int64]

_BLOCK_MM = 0.5
RAISED_STEP_MM = 0.4
_WIDEST_POOL_MM = 18.0
# A patch is the nipple if the orifice is nearer to it than half of its extent and this, and the
# skin nearer than this share of its extent.
_NIPPLE_MM, _TO_SKIN = 3.0, 0.6


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """One galactogram, prepared once for all detectors.

    Attributes
    ----------
    signal : (M, N) array of float32
        Signal above the background.
    tree : DuctTree
    lanes : tuple of Lane
        One for each branch, in the tree's order.
    wide : tuple of Lane
        Wide ducts laid out along the axis of their filled lumen, see `wide_ducts`.
    noise : float
        Standard deviation of the signal beside the ducts, averaged over half a millimeter
        square: quantum noise and tissue together.
    signal_per_mm : float
        How much signal one millimeter of contrast gives, from the ducts themselves.
    raised : (m, n) array of float32
        What stands out of its wider surroundings, ducts and pools, on a grid of
        `RAISED_STEP_MM`: the background behind `signal` may have swallowed a wide pool.
    inside : (m, n) array of bool
        Where the breast is, on the same grid.
    depth : (m, n) array of float32
        Distance to where no breast is in mm, on the same grid.
    """

    signal: Image
    tree: DuctTree
    lanes: tuple[Lane, ...]
    wide: tuple[Lane, ...]
    noise: float
    signal_per_mm: float
    raised: Image
    inside: Mask
    depth: Image

    @cached_property
    def ducts(self) -> DuctPoints:
        """All points of the tree, to ask what lies near; the detectors share them."""
        return DuctPoints(self.tree)

    @cached_property
    def smooth(self) -> Image:
        """The signal without the noise of single pixels, to be read at places, (M, N)."""
        return np.asarray(cv2.GaussianBlur(self.signal, (7, 7), 1.0), np.float32)

    def depth_mm(self, point: Point) -> float:
        """Return how far below the skin a point (row, column) in pixels lies."""
        (row,), (column,) = self.on_grid(np.array(point))
        return float(self.depth[row, column])

    def is_nipple(self, point: Point, extent_mm: float) -> bool:
        """Return whether a patch of a given extent holds the orifice, or nearly, and meets skin."""
        to_orifice = self.ducts.to_orifice(np.array(point) * self.tree.spacing_mm)
        at_orifice = to_orifice < 0.5 * extent_mm + _NIPPLE_MM
        return at_orifice and self.depth_mm(point) < _TO_SKIN * extent_mm

    def area_noise(self, width_mm: float) -> float:
        """Return the standard deviation of a signal integrated across `width_mm`."""
        return self.noise * math.sqrt(max(width_mm, _BLOCK_MM) * _BLOCK_MM)

    def on_grid(self, points: Floats) -> tuple[Ints, Ints]:
        """Return rows and columns on the grid of `raised` for points (K, 2) in pixels."""
        shape = np.array(self.raised.shape)
        place = (np.atleast_2d(points) + 0.5) * (shape / np.array(self.signal.shape))
        rows, columns = np.clip(place.astype(np.int64), 0, shape - 1).T
        return rows, columns


def scene(
    signal: Image, tree: DuctTree, *, pixels: Image | None = None, breast: Mask | None = None
) -> Scene:
    """Prepare a galactogram for the detectors.

    Parameters
    ----------
    signal : (M, N) array of float32
        Signal above the background; its unit does not matter.
    tree : DuctTree
        With at least one branch.
    pixels : (M, N) array of float32 or None
        The galactogram itself; without it, pools are looked for in `signal`.
    breast : (M, N) array of bool or None
        Where the breast is; everywhere if not given.
    """
    # The second processor would idle while the lanes are laid out.
    with ThreadPoolExecutor(max_workers=1) as beside:
        noisy = beside.submit(_noise, signal, tree)
        rising = beside.submit(_raised, signal if pixels is None else pixels, tree.spacing_mm)
        found = lanes(tree, signal)
        noise, raised, per_mm = noisy.result(), rising.result(), _signal_per_mm(found)
    inside = np.ones(raised.shape, np.bool_)
    if breast is not None:
        plain = np.ascontiguousarray(breast).view(np.uint8)
        small = cv2.resize(plain, raised.shape[::-1], interpolation=cv2.INTER_NEAREST)
        inside = cv2.erode(small, np.ones((3, 3), np.uint8)) > 0
    return Scene(
        signal=signal,
        tree=tree,
        lanes=found,
        wide=wide_lanes(signal, tree, signal_per_mm=per_mm, noise=noise),
        noise=noise,
        signal_per_mm=per_mm,
        raised=raised,
        inside=inside,
        depth=_depth(inside),
    )


def _depth(inside: Mask) -> Image:
    if inside.all():
        return np.full(inside.shape, np.inf, np.float32)
    far = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(far * RAISED_STEP_MM, np.float32)


def coarse(image: Image, spacing_mm: tuple[float, float], *, step_mm: float) -> Image:
    """Return an image averaged over squares of about `step_mm`."""
    rows, columns = (
        max(1, round(count * spacing / step_mm))
        for count, spacing in zip(image.shape, spacing_mm, strict=True)
    )
    return averaged(image, shape=(rows, columns))


def _raised(image: Image, spacing_mm: tuple[float, float]) -> Image:
    """Take off the lower envelope: what a square of `_WIDEST_POOL_MM` can reach from below."""
    small = coarse(image, spacing_mm, step_mm=RAISED_STEP_MM)
    size = round(_WIDEST_POOL_MM / RAISED_STEP_MM) | 1
    floor = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    # The envelope touches the noise from below; smoothed, it lies in its middle.
    floor = np.minimum(cv2.blur(floor, (9, 9)), small)
    return np.asarray(small - floor, np.float32)


def tubes(tree: DuctTree, shape: tuple[int, int], *, grow_mm: float, step_mm: float) -> Mask:
    """Return where the tree's ducts lie, `grow_mm` wider on each side, on a coarse grid.

    The grid is that of `coarse` for an image of `shape`.
    """
    rows, columns = (
        max(1, round(count * spacing / step_mm))
        for count, spacing in zip(shape, tree.spacing_mm, strict=True)
    )
    plane = np.zeros((rows, columns), np.uint8)
    scale = np.array([rows / shape[0], columns / shape[1]])
    by_width: dict[int, list[npt.NDArray[np.int32]]] = {}
    for branch in tree.branches:
        # Draw in stretches: cv2 lines have one width each.
        points = np.round((branch.path[:, ::-1] + 0.5) * scale[::-1] - 0.5).astype(np.int32)
        stride = max(1, len(points) // max(1, len(points) // 10))
        firsts = np.arange(0, len(points) - 1, stride)
        nexts = np.minimum(firsts + stride, len(points) - 1)
        radius = np.maximum.reduceat(branch.radius_mm, firsts)
        radius = np.maximum(radius, branch.radius_mm[nexts])
        widths = np.ceil(2 * (radius + grow_mm) / step_mm).astype(np.int64)
        for first, width in zip(firsts.tolist(), widths.tolist(), strict=True):
            by_width.setdefault(max(1, width), []).append(points[first : first + stride + 1])
    for width, stretches in by_width.items():
        cv2.polylines(plane, stretches, False, 1, width)  # noqa: FBT003
    return plane.view(np.bool_)


def _noise(signal: Image, tree: DuctTree) -> float:
    small = coarse(signal, tree.spacing_mm, step_mm=_BLOCK_MM)
    shape = (signal.shape[0], signal.shape[1])
    near = tubes(tree, shape, grow_mm=6.0, step_mm=_BLOCK_MM)
    beside = near & ~tubes(tree, shape, grow_mm=0.7, step_mm=_BLOCK_MM)
    values = small[beside]
    if len(values) < 20:
        return 0.0
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _signal_per_mm(found: tuple[Lane, ...]) -> float:
    """Return the median of area over cross-section, weighted to the wide ducts."""
    area = np.concatenate([lane.area[lane.own & lane.clean] for lane in found])
    width = np.concatenate([lane.width_mm[lane.own & lane.clean] for lane in found])
    if not len(area):
        return 0.0
    # Width at half height of a round tube is sqrt(3) times its radius.
    section = math.pi * width**2 / 3
    wide = width >= np.percentile(width, 60)
    return float(np.median(area[wide] / np.maximum(section[wide], 1e-6)))
