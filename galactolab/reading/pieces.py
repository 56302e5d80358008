"""What a stretch of centerline is like: how wide, how steep, what falls off beside it.

Letters for shapes: an image has ``M`` rows and ``N`` columns, ``K`` points of centerline.

All pieces are read in one call, and their means taken in one pass. What falls off on one side
only is the edge of a muscle, of a blade or of a fold, and what runs along the skin is the skin or
the outline of the nipple: both are no ridges and go at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from galactolab.imagemath.grid import blurred
from galactolab.imagemath.relief import Relief
from galactolab.reading import profiles
from galactolab.reading.network import Network
from galactolab.records import Image, Mask
from galactolab.tree import Floats

# Least share of the two-sided fall in the mean fall: 1 on a ridge, 0 on an edge.
_TWO_SIDED = 0.3
# A line nearer to the skin than this that runs along it is the skin; and how deep the rim of the
# breast is, in which no tree lies as a whole.
_SKIN_MM, _RIM_MM = 2.5, 5.0
# But a trunk on its way to the orifice may run along the skin, too. It is wider than a line of
# skin, and falls off as far as the ducts deep inside: least share of their usual fall.
_AS_DEEP_DUCTS, _TRUNK_WIDTH_MM = 0.9, 1.2


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One stretch of centerline: millimeters, and the means of the maps of the relief along it.

    Attributes
    ----------
    length, width : float
        In mm.
    significance : float
        Less where the piece winds.
    steepness, evidence, fine : float
        As in `Relief`.
    above_noise : float
        `fine` in units of the noise of the breast.
    is_deep : bool
        Whether most of it lies below the rim of the breast.
    is_seed : bool
        Whether a reader knows it for a duct.
    is_one_sided : bool
        Whether it falls off on one side only and is not the skin.
    """

    length: float
    width: float
    significance: float
    steepness: float
    evidence: float
    fine: float
    above_noise: float
    is_deep: bool
    is_seed: bool = False
    is_one_sided: bool = False


def without_edges_and_skin(
    net: Network, found: Relief, spacing_mm: tuple[float, float]
) -> dict[int, Piece]:
    """Measure all pieces; remove those that fall off on one side only or run along the skin."""
    edges = list(net.edges.values())
    step = float(np.mean(spacing_mm))
    paths = [profiles.smoothed_path(edge.path, sigma=max(2.0, 0.3 / step)) for edge in edges]
    counts = np.array([len(path) for path in paths])
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    points = np.concatenate(paths)
    normal = profiles.normals_of(paths, span=5)
    half = [max(profiles.median(edge.radius), 0.75 * step) for edge in edges]

    def mean(values: Floats | Image | Mask) -> Floats:
        total = np.add.reduceat(np.asarray(values, np.float64), firsts)
        return np.asarray(total / counts, np.float64)

    left, right = _falls(points, normal, np.repeat(half, counts), found.flat, spacing_mm)
    fall = np.minimum(mean(left), mean(right))
    one_sided = fall < _TWO_SIDED * (mean(left) + mean(right)) / 2
    along, depth = _along_skin(points, normal, found, spacing_mm)
    deep = mean(depth > _RIM_MM) > 0.5
    usual = _usual_fall(fall, np.array([edge.length for edge in edges]), deep & ~one_sided)
    trunk = (fall > _AS_DEEP_DUCTS * usual) & (2 * np.array(half) > _TRUNK_WIDTH_MM)
    skin = (mean(along) > 0.5) & ~trunk
    dropped = one_sided | skin
    significance, steepness, evidence, fine = map(mean, _shown(points / spacing_mm, found))
    straight = _straightness(points, counts) ** 2
    pieces = {}
    for index, number in enumerate(list(net.edges)):
        pieces[number] = Piece(
            length=max(edges[index].length, step),
            width=2 * half[index],
            significance=float(significance[index] * straight[index]),
            steepness=float(steepness[index]),
            fine=float(fine[index]),
            evidence=float(evidence[index]),
            above_noise=float(fine[index]) / found.noise,
            is_deep=bool(deep[index]),
            is_one_sided=bool(one_sided[index] and not skin[index]),
        )
    for number in np.array(list(net.edges))[dropped].tolist():
        net.remove(number)
    return pieces


def _shown(points: Floats, found: Relief) -> tuple[Image, Image, Image, Image]:
    """Return significance, steepness, evidence and fine steepness at points in pixels."""
    rows, columns = (
        np.clip(np.round(axis).astype(int), 0, n - 1)
        for axis, n in zip(points.T, found.flat.shape, strict=True)
    )
    shown = found.significance, found.steepness, found.evidence, found.fine
    first, second, third, fourth = (each[rows, columns] for each in shown)
    return first, second, third, fourth


def _usual_fall(falls: Floats, lengths: Floats, deep: Mask) -> float:
    """Return the fall that a fifth of the deep centerline exceeds; infinite where none is deep."""
    if not deep.any():
        return math.inf
    order = np.argsort(falls[deep])
    length = np.cumsum(lengths[deep][order])
    return float(falls[deep][order][np.searchsorted(length, 0.8 * length[-1])])


def _falls(
    points: Floats,
    normal: Floats,
    half_mm: Floats,
    flat: Image,
    spacing_mm: tuple[float, float],
) -> tuple[Image, Image]:
    """Return how far the signal falls from the middle to each side, (K,) each."""
    reach = 2.4
    seen = profiles.across(
        flat, points, normal, reach * half_mm, spacing_mm=spacing_mm, n_offsets=25
    )
    offset = np.linspace(-reach, reach, 25)
    inside, beside = np.abs(offset) < 0.45, (np.abs(offset) > 1.3) & (np.abs(offset) < 2.3)
    signal = seen.values
    middle = signal[:, inside].mean(axis=1)
    left, right = (signal[:, beside & side].mean(axis=1) for side in (offset < 0, offset > 0))
    return middle - left, middle - right


def _straightness(points: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    """Return chord over length of each path: the centerline of a wisp of noise winds."""
    stops = np.cumsum(counts)
    firsts, lasts = points[stops - counts], points[stops - 1]
    steps = np.hypot(*np.diff(points, axis=0, append=points[-1:]).T)
    # What leads from one path to the next belongs to none.
    steps[stops - 1] = 0.0
    lengths = np.add.reduceat(steps, stops - counts)
    return np.asarray(np.hypot(*(lasts - firsts).T) / np.maximum(lengths, 1e-9), np.float64)


def _along_skin(
    points: Floats, normal: Floats, found: Relief, spacing_mm: tuple[float, float]
) -> tuple[Mask, Floats]:
    """Return which points lie near the skin on a line that runs along it."""
    along = np.zeros(len(points), np.bool_)
    least = np.full(len(points), np.inf)
    for depths in found.depths:
        scale = np.array(depths.shape) / np.array(found.flat.shape)
        place = ((points / spacing_mm + 0.5) * scale - 0.5).T
        calm = blurred(depths, sigma_px=3.0)
        depth, down, right = (
            ndimage.map_coordinates(each, place, order=1, mode="nearest")
            for each in (depths, *np.gradient(calm))
        )
        # The line runs along the skin where its normal points to it. In the middle of the
        # nipple no side is the nearest one, and the depth has no slope.
        pixel_mm = float(np.sqrt(np.prod(np.divide(spacing_mm, scale))))
        turned = np.abs(normal[:, 0] * down + normal[:, 1] * right) / pixel_mm > 0.7
        along |= turned & (np.abs(depth) < _SKIN_MM)
        least = np.minimum(least, depth)
    return along, least
