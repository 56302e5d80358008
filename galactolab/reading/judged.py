"""Which candidate ridges are ducts: each piece of centerline is judged by itself.

Letters for shapes: an image has ``M`` rows and ``N`` columns, ``K`` points of centerline.

A pixel knows little; a stretch of centerline a few millimeters long can be asked what a
reader asks. *Does it fall off on both sides?* The edge of a muscle, of a blade or of a fold
falls off on one side only. *Does it run along the skin?* Then it is the skin, or the outline
of the nipple. *Is it long for its width, and does it stand out all the way?* A wisp of texture
stands out for a moment: the evidence of a chain of pieces is its mean significance times the
square root of its length in widths, as independent looks add up. Weak twigs fall from their
tips inward until none is left, and what hangs together with nothing has to be twice as sure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import ndimage

from galactolab.imagemath.relief import Relief
from galactolab.reading import profiles
from galactolab.reading.network import Edge, Network, network
from galactolab.reading.skeleton import half_width_mm, skeleton
from galactolab.records import Mask
from galactolab.tree import Floats

# Stretch of centerline that is judged at a time.
PIECE_MM = 3.0
# Least share of the two-sided fall in the mean fall: 1 on a ridge, 0 on an edge.
_TWO_SIDED = 0.3
# A line nearer to the skin than this that runs along it is the skin.
_SKIN_MM = 3.5
# The rim of the breast, in which no tree lies as a whole.
_RIM_MM = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Centerlines that passed.

    Attributes
    ----------
    lines : tuple of (K, 2) arrays of int
        Pixels of the pieces.
    others : tuple of (K, 2) arrays of int
        Pixels of the pieces that did not pass.
    evident_mm : float
        Length of the evident pieces of the longest part that hangs together.
    """

    lines: tuple[Floats, ...]
    widths_mm: tuple[float, ...]
    others: tuple[Floats, ...]
    evident_mm: float

    def tubes(self, shape: tuple[int, int], *, spacing_mm: tuple[float, float]) -> Mask:
        """Return the lumen of the pieces that passed, roughly, as a mask."""
        plane = np.zeros(shape, np.uint8)
        pixel = min(spacing_mm)
        for line, width in zip(self.lines, self.widths_mm, strict=True):
            points = np.round(line[:, ::-1]).astype(np.int32)
            cv2.polylines(plane, [points], False, 1, max(3, round(1.1 * width / pixel)))  # noqa: FBT003
        return plane.view(np.bool_)


def drawn(lines: tuple[Floats, ...], shape: tuple[int, int]) -> Mask:
    """Return centerlines (row, column) in pixels as a mask."""
    plane = np.zeros(shape, np.uint8)
    for line in lines:
        points = np.round(line[:, ::-1]).astype(np.int32)
        cv2.polylines(plane, [points], False, 1)  # noqa: FBT003
    return plane.view(np.bool_)


@dataclass(frozen=True, kw_only=True)
class _Piece:
    length: float
    width: float
    significance: float
    steepness: float
    evidence: float
    is_deep: bool


def judged(
    area: Mask,
    found: Relief,
    *,
    spacing_mm: tuple[float, float],
    min_steepness: float,
    min_evidence: float,
) -> Judged:
    """Return the centerlines of candidate ridges that are ducts.

    Parameters
    ----------
    area : (M, N) array of bool
        Candidate ridges.
    found : Relief
    spacing_mm : (float, float)
    min_steepness : float
        As a share of that of the evident pieces.
    min_evidence : float
        Of a free chain of pieces.
    """
    rows, columns = (np.flatnonzero(area.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return Judged(lines=(), widths_mm=(), others=(), evident_mm=0.0)
    corner = np.array([rows[0], columns[0]], float)
    window = np.ascontiguousarray(area[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    thin = skeleton(window)
    if not thin.paths:
        return Judged(lines=(), widths_mm=(), others=(), evident_mm=0.0)
    radius = half_width_mm(window, np.concatenate(thin.paths), spacing_mm=spacing_mm)
    moved = replace(
        thin, nodes=thin.nodes + corner, paths=tuple(path + corner for path in thin.paths)
    )
    net = _in_pieces(network(moved, radius, spacing_mm))
    every = dict(net.edges)
    pieces = _without_edges_and_skin(net, found, spacing_mm)
    _drop_flat(net, pieces, min_steepness)
    _drop_twigs(net, pieces, min_evidence)
    evident = _drop_islands(net, pieces, 2 * min_evidence)
    passed, failed = (
        tuple(
            edge.path / spacing_mm
            for number, edge in every.items()
            if (number in net.edges) is kept
        )
        for kept in (True, False)
    )
    return Judged(
        lines=passed,
        widths_mm=tuple(pieces[n].width for n in every if n in net.edges),
        others=failed,
        evident_mm=evident,
    )


def _in_pieces(net: Network) -> Network:
    """Cut long edges into stretches of about `PIECE_MM`."""
    for number, edge in list(net.edges.items()):
        count = round(edge.length / PIECE_MM)
        cuts = np.linspace(0, len(edge.path) - 1, count + 1).astype(int)[1:-1]
        if count < 2 or len(edge.path) < 3 * count:
            continue
        net_nodes = [net.add_node(edge.path[at], float(edge.radius[at])) for at in cuts]
        ends = [edge.start, *net_nodes, edge.end]
        bounds = [0, *cuts.tolist(), len(edge.path) - 1]
        for place in range(count):
            part = np.s_[bounds[place] : bounds[place + 1] + 1]
            net.add_edge(
                Edge(
                    start=ends[place],
                    end=ends[place + 1],
                    path=edge.path[part],
                    radius=edge.radius[part],
                )
            )
        net.remove(number)
    return net


def _without_edges_and_skin(
    net: Network, found: Relief, spacing_mm: tuple[float, float]
) -> dict[int, _Piece]:
    """Remove pieces that fall off on one side only or run along the skin; measure the rest."""
    numbers = list(net.edges)
    edges = [net.edges[number] for number in numbers]
    step = float(np.mean(spacing_mm))
    paths = [profiles.smoothed_path(edge.path, sigma=max(2.0, 0.3 / step)) for edge in edges]
    counts = np.array([len(path) for path in paths])
    points = np.concatenate(paths)
    normal = np.concatenate([profiles.normals(path, span=5) for path in paths])
    wide = np.repeat([max(float(np.median(edge.radius)), 0.75 * step) for edge in edges], counts)
    seen = profiles.across(
        found.flat, points, normal, 2.4 * wide, spacing_mm=spacing_mm, n_offsets=25
    )
    share = np.abs(np.linspace(-2.4, 2.4, 25))
    middle = seen.values[:, share < 0.45].mean(axis=1)
    beside = (share > 1.3) & (share < 2.3)
    left = seen.values[:, beside & (np.arange(25) < 12)].mean(axis=1)
    right = seen.values[:, beside & (np.arange(25) > 12)].mean(axis=1)
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])

    def mean(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, firsts) / counts, np.float64)

    falls = mean(middle - left), mean(middle - right)
    least, both = np.minimum(*falls), (falls[0] + falls[1]) / 2
    one_sided = least < _TWO_SIDED * both
    where = tuple(np.round(points / spacing_mm).astype(int).T)
    shape = found.flat.shape
    where = tuple(np.clip(axis, 0, n - 1) for axis, n in zip(where, shape, strict=True))
    along, depth = _along_skin(points, normal, found, spacing_mm)
    skin = mean(along.astype(float)) > 0.5
    deep = mean((depth > _RIM_MM).astype(float)) > 0.5
    maps = [mean(each[where]) for each in (found.significance, found.steepness, found.evidence)]
    pieces = {}
    for index, number in enumerate(numbers):
        if one_sided[index] or skin[index]:
            net.remove(number)
            continue
        pieces[number] = _Piece(
            length=max(edges[index].length, step),
            width=2 * float(wide[firsts[index]]),
            significance=float(maps[0][index]),
            steepness=float(maps[1][index]),
            evidence=float(maps[2][index]),
            is_deep=bool(deep[index]),
        )
    return pieces


def _along_skin(
    points: Floats, normal: Floats, found: Relief, spacing_mm: tuple[float, float]
) -> tuple[Mask, Floats]:
    """Return which points lie near the skin on a line that runs along it."""
    along = np.zeros(len(points), np.bool_)
    least = np.full(len(points), np.inf)
    for depths in found.depths:
        scale = np.array(depths.shape) / np.array(found.flat.shape)
        place = ((points / spacing_mm + 0.5) * scale - 0.5).T
        calm = ndimage.gaussian_filter(depths, 3)
        depth, down, right = (
            ndimage.map_coordinates(each, place, order=1, mode="nearest")
            for each in (depths, *np.gradient(calm))
        )
        slope = np.maximum(np.hypot(down, right), 1e-6)
        # The line runs along the skin where its normal points to it.
        turned = np.abs(normal[:, 0] * down + normal[:, 1] * right) / slope > 0.7
        along |= turned & (np.abs(depth) < _SKIN_MM)
        least = np.minimum(least, depth)
    return along, least


def _drop_flat(net: Network, pieces: dict[int, _Piece], min_steepness: float) -> None:
    """Remove pieces that are much less steep than the evident ones."""
    evident = [piece for piece in pieces.values() if piece.evidence > 1]
    if not evident:
        net.keep(())
        return
    steep = np.array([piece.steepness for piece in evident])
    order = np.argsort(steep)
    length = np.cumsum(np.array([piece.length for piece in evident])[order])
    typical = float(steep[order][np.searchsorted(length, 0.7 * length[-1])])
    for number in list(net.edges):
        if pieces[number].steepness < min_steepness * typical:
            net.remove(number)


def _evidence(chain: list[int], pieces: dict[int, _Piece], hidden_mm: float = 0.0) -> float:
    """Return mean significance times the root of the length in widths."""
    length = sum(pieces[n].length for n in chain)
    mean = sum(pieces[n].significance * pieces[n].length for n in chain) / length
    width = sum(pieces[n].width * pieces[n].length for n in chain) / length
    return float(mean * np.sqrt(max(length - hidden_mm, 0.0) / max(width, 0.1)))


def _chain(net: Network, end: int) -> tuple[list[int], int]:
    """Return the edges from a free end to the next junction, and that node."""
    chain = [net.arms[end][0]]
    node = net.edges[chain[0]].other(end)
    while len(net.arms[node]) == 2:
        after = [arm for arm in net.arms[node] if arm != chain[-1]]
        if not after or after[0] in chain:
            break
        chain.append(after[0])
        node = net.edges[chain[-1]].other(node)
    return chain, node


def _drop_twigs(net: Network, pieces: dict[int, _Piece], min_evidence: float) -> None:
    """Remove weak chains from free ends, weakest first, one per junction and round."""
    while True:
        weak = []
        for end in net.free_ends():
            chain, node = _chain(net, end)
            if len(net.arms[node]) < 3:
                continue
            evidence = _evidence(chain, pieces, hidden_mm=net.depths[node])
            if evidence < min_evidence:
                weak.append((evidence, node, chain))
        if not weak:
            return
        touched: set[int] = set()
        for _, node, chain in sorted(weak):
            if node not in touched:
                touched.add(node)
                for number in chain:
                    net.remove(number)


def _drop_islands(net: Network, pieces: dict[int, _Piece], min_evidence: float) -> float:
    """Keep connected parts that are sure; return the evident length of the surest."""
    kept: set[int] = set()
    longest = 0.0
    for part in net.pieces():
        evident = sum(pieces[n].length for n in part if pieces[n].evidence > 0.6)
        is_deep = any(pieces[n].is_deep for n in part)
        if is_deep and _evidence(list(part), pieces) >= min_evidence:
            kept |= part
            longest = max(longest, evident)
    net.keep(kept)
    return longest
