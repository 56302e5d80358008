"""From a mask to its centerlines: the skeleton as paths between nodes.

Letters for shapes: ``P`` skeleton pixels, ``E`` paths, ``K`` points of one path.

Plan. Pixels of the skeleton with three neighbors or more are gathered into junctions
(8-connected clusters); what is left are simple chains. All chains are put in order at
once by one depth-first walk from an artificial pixel that is tied to one end of each
chain, so no Python loop runs over pixels. A chain then runs from junction to junction, or
to a free end. Every step works on the bounding box of the mask.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt
from scipy import sparse, spatial
from scipy.sparse import csgraph

from galactolab.records import Mask
from galactolab.tree import Floats

Ints = npt.NDArray[np.int64]
Plane = npt.NDArray[np.uint8]
Hole = tuple[tuple[slice, slice], Plane]
# Half of the eight neighbors: each pair of pixels is met once.
_HALF = ((0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Skeleton:
    """Centerlines as paths between nodes.

    Attributes
    ----------
    nodes : (V, 2) array of float
        Junctions and free ends (row, column) in pixels.
    links : (E, 2) array of int
        Nodes at the start and at the end of each path.
    paths : tuple of (K, 2) arrays of float
        Points from node to node, both included; K >= 2.
    """

    nodes: Floats
    links: Ints
    paths: tuple[Floats, ...]


def filled(mask: Mask, *, hole_mm: float, spacing_mm: tuple[float, float]) -> Mask:
    """Return the mask with holes closed that lie inside a duct.

    A hole is a filling defect or noise, and not the space between ducts, when it is no
    wider than `hole_mm` and lumen as wide as the hole leads to it and away from it; a hole
    of a pixel or two is noise in any duct.

    Examples
    --------
    >>> ring = np.ones((5, 5), bool)
    >>> ring[2, 2] = False
    >>> bool(filled(ring, hole_mm=0.5, spacing_mm=(0.1, 0.1)).all())
    True
    """
    plane = mask.astype(np.uint8)
    outlines, family = cv2.findContours(plane, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return mask
    widest_px = hole_mm / min(spacing_mm)
    holes = [o for o, kin in zip(outlines, family[0], strict=True) if kin[3] >= 0]
    look = partial(_closable, mask=mask, widest_px=widest_px)
    # To look at a hole takes a few distance maps: two threads share the holes.
    with ThreadPoolExecutor(max_workers=2) as pool:
        for found in pool.map(look, holes):
            if found is not None:
                box, inside = found
                plane[box] |= inside
    return plane.view(np.bool_)


def _closable(outline: npt.NDArray[np.int32], *, mask: Mask, widest_px: float) -> Hole | None:
    """Return where a hole lies and what it covers there; None if it lies between ducts."""
    if cv2.contourArea(outline) > 6 * widest_px**2:
        return None
    x, y, width, height = cv2.boundingRect(outline)
    box = np.s_[y : y + height, x : x + width]
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [outline], 0, 1, cv2.FILLED, offset=(-x, -y))
    inside &= ~mask[box]
    across_px = 2 * float(_depths_px(inside).max()) - 1
    if across_px <= 2:
        return box, inside
    if across_px > widest_px:
        return None
    # Room to see how wide the duct is beside the hole.
    room = min(2 + max(width, height), 4 + math.ceil(1.6 * across_px))
    top, left = min(room, y), min(room, x)
    window = np.s_[y - top : y + height + room, x - left : x + width + room]
    hole = np.zeros(mask[window].shape, np.uint8)
    hole[top : top + height, left : left + width] = inside
    return (box, inside) if _is_in_lumen(hole, mask[window], across_px) else None


def _is_in_lumen(hole: npt.NDArray[np.uint8], mask: Mask, across_px: float) -> bool:
    """Return whether lumen as wide as the hole lies next to it, on opposite sides."""
    away = cv2.distanceTransform(1 - hole, cv2.DIST_L2, 3)
    ring = (away > 0) & (away <= max(2.0, across_px / 2))
    radius = 0.45 * across_px
    core = _depths_px(np.ascontiguousarray(mask).view(np.uint8)) >= radius
    if not core.any():
        return False
    wide = cv2.distanceTransform((~core).view(np.uint8), cv2.DIST_L2, 3) <= radius
    beside = np.argwhere(ring & wide) - np.argwhere(hole).mean(axis=0)
    if len(beside) < 0.3 * ring.sum():
        return False
    lean = (beside / np.maximum(np.hypot(*beside.T), 1e-6)[:, None]).mean(axis=0)
    return float(np.hypot(lean[0], lean[1])) < 0.55


def _depths_px(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the distance of each pixel from the outside, the frame being outside."""
    depths = cv2.distanceTransform(np.pad(plane, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    return np.asarray(depths, np.float32)


def half_width_mm(mask: Mask, points: Floats, *, spacing_mm: tuple[float, float]) -> Floats:
    """Return how far each point inside the mask is from its border, (P,), in mm.

    Examples
    --------
    A duct three pixels wide has a half width of one and a half pixels.

    >>> duct = np.zeros((5, 9), bool)
    >>> duct[1:4] = True
    >>> half_width_mm(duct, np.array([[2.0, 4.0]]), spacing_mm=(0.1, 0.1)).round(2).tolist()
    [0.15]
    """
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    if not outlines or not len(points):
        return np.zeros(len(points))
    border = np.concatenate(outlines)[:, 0, ::-1] * np.asarray(spacing_mm)
    # The points of an outline lie as evenly as a balanced tree would have them.
    near = spatial.cKDTree(border, balanced_tree=False, compact_nodes=False)
    distance, _ = near.query(points * spacing_mm, workers=-1)
    return np.asarray(distance + sum(spacing_mm) / 4, np.float64)


def _deletable() -> tuple[Mask, Mask]:
    """Return which of the 256 neighborhoods the two passes of Zhang and Suen may erase."""
    code = np.arange(256)
    p2, p3, p4, p5, p6, p7, p8, p9 = ((code >> bit) & 1 for bit in range(8))
    ring = np.array([p2, p3, p4, p5, p6, p7, p8, p9, p2])
    total = ring[:8].sum(axis=0)
    rises = ((ring[:-1] == 0) & (ring[1:] == 1)).sum(axis=0)
    either = (total >= 2) & (total <= 6) & (rises == 1)
    first = either & (p2 * p4 * p6 == 0) & (p4 * p6 * p8 == 0)
    second = either & (p2 * p4 * p8 == 0) & (p2 * p6 * p8 == 0)
    return first, second


def thinned(mask: Mask) -> Ints:
    """Return the pixels (P, 2) that are left when `mask` is thinned to one pixel.

    The parallel thinning of Zhang and Suen, but only where the last pass changed
    something: the cost follows the outline of the ducts, not the size of the image.

    References
    ----------
    Zhang & Suen 1984, Commun ACM 27:236, doi:10.1145/357994.358023.

    Examples
    --------
    >>> thinned(np.ones((3, 9), bool)).tolist()
    [[1, 1], [1, 2], [1, 3], [1, 4], [1, 5], [1, 6]]
    """
    width = mask.shape[1] + 2
    plane = np.pad(mask, 1).view(np.uint8).ravel()
    around = np.array([-width, 1 - width, 1, width + 1, width, width - 1, -1, -width - 1])
    inside = np.flatnonzero(plane.view(np.bool_))
    edge = np.zeros(len(inside), bool)
    for step in around[::2]:
        edge |= plane[inside + step] == 0
    ticket = np.zeros(len(plane), np.int32)
    fresh = changed = inside[edge]
    idle, tables = 0, _deletable()
    while idle < 2:
        for table in tables:
            near = np.concatenate([fresh, changed])
            candidates = _distinct(near[plane[near] > 0], ticket)
            code = np.zeros(len(candidates), np.uint8)
            for bit, step in enumerate(around):
                code |= plane[candidates + step] << np.uint8(bit)
            erased = candidates[table[code]]
            plane[erased] = 0
            # Most of what lies beside is met again and again: here it is told apart once.
            beside = (erased[:, None] + around).ravel()
            fresh, changed = changed, _distinct(beside[plane[beside] > 0], ticket)
            idle = 0 if len(erased) else idle + 1
    left = inside[plane[inside] > 0]
    # Corners of staircases: two straight neighbors touch each other without them.
    for turn in (0, 2, 4, 6):
        ahead, right, *behind = np.roll(around, -turn)[[0, 2, 4, 5, 6]]
        corner = (plane[left + ahead] > 0) & (plane[left + right] > 0)
        for step in behind:
            corner &= plane[left + step] == 0
        plane[left[corner]] = 0
        left = left[~corner]
    return np.column_stack([left // width - 1, left % width - 1])


def _distinct(numbers: Ints, ticket: npt.NDArray[np.int32]) -> Ints:
    """Return each number once; `ticket` is scratch space, faster than sorting."""
    turns = np.arange(len(numbers), dtype=np.int32)
    ticket[numbers] = turns
    once: Ints = numbers[ticket[numbers] == turns]
    return once


def skeleton(mask: Mask) -> Skeleton:
    """Return the centerlines of `mask`.

    Parameters
    ----------
    mask : (M, N) array of bool

    Returns
    -------
    Skeleton
        Isolated pixels and closed rings without a junction are left out: neither is a
        piece of a tree.

    Examples
    --------
    A T of one pixel width: one junction, three ends.

    >>> mask = np.zeros((7, 9), bool)
    >>> mask[1, 1:8] = mask[1:6, 4] = True
    >>> found = skeleton(mask)
    >>> len(found.nodes), len(found.paths)
    (4, 3)
    """
    pixels = thinned(mask)
    if len(pixels) < 2:
        return Skeleton(nodes=np.zeros((0, 2)), links=np.zeros((0, 2), np.int64), paths=())
    pairs = _neighbors(pixels, mask.shape)
    degree = np.bincount(pairs.ravel(), minlength=len(pixels))
    is_junction = degree >= 3
    junction, centers = _clusters(pixels, pairs, is_junction)
    inside = ~is_junction[pairs].any(axis=1)
    chains = _chains(pairs[inside], is_junction)
    ties = _ties(pairs[~inside], is_junction, junction)
    return _assembled(pixels, chains, ties, centers)


def _neighbors(pixels: Ints, shape: tuple[int, ...]) -> Ints:
    """Return the pairs of 8-neighbors among `pixels`, without needless diagonals."""
    # A diagonal pair that is also joined through a straight neighbor is no link of its
    # own: counted, every corner would look like a junction.
    # Pixels come row by row, so each is found among the others without a plane of numbers.
    width = shape[1] + 2
    flat = (pixels[:, 0] + 1) * width + pixels[:, 1] + 1
    numbers, linked = {}, {}
    for down, right in (*_HALF, (0, -1)):
        beside = flat + (down * width + right)
        at = np.minimum(np.searchsorted(flat, beside), len(flat) - 1)
        numbers[down, right], linked[down, right] = at, flat[at] == beside
    found = []
    for down, right in _HALF:
        kept = linked[down, right]
        if down and right:
            kept = kept & ~linked[down, 0] & ~linked[0, right]
        found.append(np.column_stack([np.flatnonzero(kept), numbers[down, right][kept]]))
    return np.concatenate(found)


def _clusters(pixels: Ints, pairs: Ints, is_junction: Mask) -> tuple[Ints, Floats]:
    """Return each pixel's junction number (-1: none) and the junctions' centers."""
    both = is_junction[pairs].all(axis=1)
    count, labels = _components(pairs[both], len(pixels))
    del count
    numbers = np.full(len(pixels), -1, np.int64)
    _, numbers[is_junction] = np.unique(labels[is_junction], return_inverse=True)
    members = numbers[is_junction]
    sizes = np.maximum(np.bincount(members), 1)
    centers = [np.bincount(members, weights=pixels[is_junction, axis]) for axis in (0, 1)]
    return numbers, np.column_stack(centers) / sizes[: len(centers[0]), None]


def _components(pairs: Ints, size: int) -> tuple[int, Ints]:
    graph = sparse.coo_matrix((np.ones(len(pairs), bool), pairs.T), shape=(size, size))
    count, labels = csgraph.connected_components(graph, directed=False)
    return int(count), labels.astype(np.int64)


def _chains(pairs: Ints, is_junction: Mask) -> list[Ints]:
    """Return the pixels of each simple chain, in order from one end to the other."""
    size = len(is_junction)
    degree = np.bincount(pairs.ravel(), minlength=size)
    _, labels = _components(pairs, size)
    ends = np.flatnonzero(~is_junction & (degree <= 1))
    _, first = np.unique(labels[ends], return_index=True)
    starts = ends[first]
    # One artificial pixel (number `size`) is tied to one end of each chain.
    head = np.concatenate([pairs[:, 0], np.full(len(starts), size)])
    tail = np.concatenate([pairs[:, 1], starts])
    graph = sparse.coo_matrix(
        (np.ones(len(head), bool), (head, tail)), shape=(size + 1, size + 1)
    ).tocsr()
    order, _ = csgraph.depth_first_order(graph, size, directed=False)
    order = order[1:].astype(np.int64)
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    return np.split(order, cuts) if len(order) else []


def _ties(pairs: Ints, is_junction: Mask, junction: Ints) -> dict[int, list[int]]:
    """Return the junctions that each end pixel of a chain touches."""
    ties: dict[int, list[int]] = {}
    mixed = pairs[is_junction[pairs].sum(axis=1) == 1]
    flipped = np.where(is_junction[mixed[:, :1]], mixed, mixed[:, ::-1])
    for node, pixel in zip(junction[flipped[:, 0]].tolist(), flipped[:, 1].tolist(), strict=True):
        found = ties.setdefault(pixel, [])
        if node not in found:
            found.append(node)
    return ties


def _assembled(
    pixels: Ints, chains: list[Ints], ties: dict[int, list[int]], centers: Floats
) -> Skeleton:
    """Join chains to junctions; a chain end that touches none becomes a free end."""
    nodes = list(centers)
    links, paths = [], []
    for chain in chains:
        ends = []
        first, last = ties.get(int(chain[0]), []), ties.get(int(chain[-1]), [])
        if len(chain) == 1:
            first, last = first[:1], first[1:]
        path = pixels[chain].astype(float)
        for touched, point in ((first, path[0]), (last, path[-1])):
            if touched:
                ends.append(touched[0])
            else:
                ends.append(len(nodes))
                nodes.append(point)
        before = [nodes[ends[0]]] if first else []
        after = [nodes[ends[1]]] if last else []
        path = np.array([*before, *path, *after])
        if len(path) >= 2:
            links.append(ends)
            paths.append(path)
    return Skeleton(
        nodes=np.array(nodes, float).reshape(-1, 2),
        links=np.array(links, np.int64).reshape(-1, 2),
        paths=tuple(paths),
    )
