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

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from galactolab.imagemath.relief import Relief
from galactolab.imagemath.standing import metal_from
from galactolab.reading.ductal import Ductal, ductal
from galactolab.reading.network import Edge, Network, network
from galactolab.reading.pieces import Piece, without_edges_and_skin
from galactolab.reading.proofs import SHORTEST_MM, Part, Proof, proof
from galactolab.reading.skeleton import half_width_mm, skeleton
from galactolab.records import Mask
from galactolab.tree import Floats

# Stretch of centerline that is judged at a time.
PIECE_MM = 3.0
# Evidence of a piece that helps to prove a tree.
_EVIDENT = 0.8
# A thin piece is noise if it stands out neither at the finest scale (in units of the noise), nor of
# its surroundings, nor in steepness. Each alone would cost true ducts in noisy or faint pictures.
_THIN_MM, _ABOVE_NOISE, _SIGNIFICANT, _STEEP = 0.5, 2.2, 5.5, 0.5
# A stretch between two ducts that passed is one of them if it stands out so far above the noise.
_BETWEEN = 2.0
# So is a twig of a duct that falls off on one side only, if it is as steep as this share of what is
# usual for ducts: on tuning pictures, nine in ten of them are ducts.
_BESIDE, _BESIDE_STEEP = 2.4, 0.35
# How near to a duct a reader points.
SEED_MM = 1.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Centerlines that passed.

    Attributes
    ----------
    lines : tuple of (K, 2) arrays of int
        Pixels of the pieces.
    others : tuple of (K, 2) arrays of int
        Pixels of the pieces that did not pass.
    proof : Proof
        What is beyond doubt in them.
    passed_mm : float
        Length of all pieces that passed.
    """

    lines: tuple[Floats, ...]
    widths_mm: tuple[float, ...]
    others: tuple[Floats, ...]
    proof: Proof
    passed_mm: float = 0.0

    @property
    def is_tree(self) -> bool:
        """Whether enough of what passed is beyond doubt, or all is tissue that looks like it."""
        return self.proof.suffices(self.passed_mm)

    def tubes(
        self, shape: tuple[int, int], *, spacing_mm: tuple[float, float], share: float = 1.1
    ) -> Mask:
        """Return the pieces that passed, drawn with a share of their width, as a mask."""
        plane = np.zeros(shape, np.uint8)
        pixel = min(spacing_mm)
        for line, width in zip(self.lines, self.widths_mm, strict=True):
            points = np.round(line[:, ::-1]).astype(np.int32)
            cv2.polylines(plane, [points], False, 1, max(3, round(share * width / pixel)))  # noqa: FBT003
        return plane.view(np.bool_)


def drawn(lines: tuple[Floats, ...], shape: tuple[int, int]) -> Mask:
    """Return centerlines (row, column) in pixels as a mask."""
    plane = np.zeros(shape, np.uint8)
    for line in lines:
        points = np.round(line[:, ::-1]).astype(np.int32)
        cv2.polylines(plane, [points], False, 1)  # noqa: FBT003
    return plane.view(np.bool_)


def judged(
    area: Mask,
    found: Relief,
    *,
    spacing_mm: tuple[float, float],
    min_steepness: float,
    min_evidence: float,
    floor: float = 0.0,
    seeds: Floats | None = None,
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
    floor : float
        Least steepness of an evident piece.
    seeds : (S, 2) array of float, optional
        Points (row, column) in pixels that a reader knows to lie in a duct: pieces there are
        taken as evident.
    """
    rows, columns = (np.flatnonzero(area.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return Judged(lines=(), widths_mm=(), others=(), proof=Proof())
    corner = np.array([rows[0], columns[0]], float)
    window = np.ascontiguousarray(area[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    thin = skeleton(window)
    if not thin.paths:
        return Judged(lines=(), widths_mm=(), others=(), proof=Proof())
    radius = half_width_mm(window, np.concatenate(thin.paths), spacing_mm=spacing_mm)
    moved = replace(
        thin, nodes=thin.nodes + corner, paths=tuple(path + corner for path in thin.paths)
    )
    net = _in_pieces(network(moved, radius, spacing_mm))
    every = dict(net.edges)
    pieces = without_edges_and_skin(net, found, spacing_mm)
    if seeds is not None and len(seeds):
        pieces = _seeded(net, pieces, seeds * spacing_mm)
    _drop_flat(net, pieces, min_steepness, floor)
    _drop_twigs(net, pieces, min_evidence)
    asked = ductal(found, spacing_mm=spacing_mm, floor=floor)
    parts = _drop_islands(net, pieces, 2 * min_evidence, asked)
    passed = set(net.edges) | _between(net, every, pieces)
    passed |= _beside(every, pieces, passed)
    kept = [number for number in every if number in passed]
    return Judged(
        lines=tuple(every[number].path / spacing_mm for number in kept),
        widths_mm=tuple(pieces[number].width for number in kept),
        others=tuple(e.path / spacing_mm for number, e in every.items() if number not in passed),
        proof=proof(parts),
        passed_mm=sum(pieces[number].length for number in kept),
    )


def _between(net: Network, every: dict[int, Edge], pieces: dict[int, Piece]) -> set[int]:
    """Return what failed, but leads from duct to duct: a duct does not stop in between."""
    return {
        number
        for number, edge in every.items()
        if number not in net.edges
        and edge.start in net.arms
        and edge.end in net.arms
        and pieces[number].above_noise > _BETWEEN
    }


def _beside(every: dict[int, Edge], pieces: dict[int, Piece], passed: set[int]) -> set[int]:
    """Return twigs of what passed that fall off on one side only, as another duct lies there.

    The border of a muscle or of a fold falls off on one side, too, but does not spring from a
    duct, nor is it as steep as one at the finest scales.
    """
    steep = _BESIDE_STEEP * _typical_steepness([pieces[number] for number in passed])
    left = {
        number
        for number, piece in pieces.items()
        if piece.is_one_sided
        and number not in passed
        and piece.above_noise > _BESIDE
        and max(piece.steepness, piece.fine) > steep
    }
    found: set[int] = set()
    nodes = {node for number in passed for node in (every[number].start, every[number].end)}
    while near := {n for n in left - found if {every[n].start, every[n].end} & nodes}:
        found |= near
        nodes |= {node for number in near for node in (every[number].start, every[number].end)}
    return found


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


def _seeded(net: Network, pieces: dict[int, Piece], seeds_mm: Floats) -> dict[int, Piece]:
    """Return the pieces, those at a seed evident without doubt."""
    known = dict(pieces)
    for number, edge in net.edges.items():
        gap = edge.path[:, None] - seeds_mm[None]
        if float(np.hypot(gap[..., 0], gap[..., 1]).min()) < SEED_MM:
            known[number] = replace(pieces[number], is_seed=True, is_deep=True)
    return known


def _drop_flat(net: Network, pieces: dict[int, Piece], min_steepness: float, floor: float) -> None:
    """Remove pieces that are much less steep than the evident ones, or thin and mere noise.

    The tip of a cannula within the nipple is evident, but says nothing about this iodine.
    """
    left = (pieces[number] for number in net.edges)
    evident = [
        piece
        for piece in left
        if piece.is_seed
        or (piece.evidence > 1 and piece.steepness > floor and not _is_metal(piece, floor))
    ]
    if not evident:
        net.keep(())
        return
    typical = _typical_steepness(evident)
    for number in list(net.edges):
        piece = pieces[number]
        steepest = max(piece.steepness, piece.fine)
        is_noise = (
            piece.width < _THIN_MM
            and piece.above_noise < _ABOVE_NOISE
            and piece.significance < _SIGNIFICANT
            and steepest < _STEEP * typical
        )
        if steepest < min_steepness * typical or (is_noise and not piece.is_seed):
            net.remove(number)


def _is_metal(piece: Piece, floor: float) -> bool:
    return piece.steepness > metal_from(floor)


def _proves(piece: Piece, floor: float) -> bool:
    """Return whether a piece helps to prove a tree."""
    is_iodine = piece.is_seed or not _is_metal(piece, floor)
    return piece.is_deep and piece.evidence > _EVIDENT and is_iodine


def _typical_steepness(pieces: list[Piece]) -> float:
    """Return the steepness that three tenths of the length exceed; 0 where there is none."""
    if not pieces:
        return 0.0
    steep, lengths = np.array([(piece.steepness, piece.length) for piece in pieces]).T
    order = np.argsort(steep)
    length = np.cumsum(lengths[order])
    return float(steep[order][np.searchsorted(length, 0.7 * length[-1])])


def _evidence(chain: list[int], pieces: dict[int, Piece], hidden_mm: float = 0.0) -> float:
    """Return mean significance times the root of the length in widths."""
    if any(pieces[n].is_seed for n in chain):
        return math.inf
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


def _drop_twigs(net: Network, pieces: dict[int, Piece], min_evidence: float) -> None:
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


def _drop_islands(
    net: Network, pieces: dict[int, Piece], min_evidence: float, asked: Ductal
) -> list[Part]:
    """Keep connected parts that are sure; return those that may be ducts.

    A part that cannot be ducts proves nothing; in a filled breast it may be a broken piece.
    """
    kept: set[int] = set()
    found = []
    for part in net.pieces():
        is_deep = any(pieces[n].is_deep for n in part)
        if is_deep and _evidence(list(part), pieces) >= min_evidence:
            kept |= part
            length = sum(pieces[number].length for number in part)
            if length >= SHORTEST_MM and asked.may_be(part, net, pieces):
                found.append(_summed(part, net, pieces, asked))
    net.keep(kept)
    return found


def _summed(part: set[int], net: Network, pieces: dict[int, Piece], asked: Ductal) -> Part:
    """Return what speaks for the edges `part`, which hang together."""
    deep = [pieces[number] for number in part if pieces[number].is_deep]
    deep_mm = sum(piece.length for piece in deep)
    return Part(
        length_mm=sum(pieces[number].length for number in part),
        evident_mm=sum(pieces[n].length for n in part if _proves(pieces[n], asked.floor)),
        deep_mm=deep_mm,
        significance=sum(piece.significance * piece.length for piece in deep) / deep_mm,
        is_from_nipple=asked.begins_at_nipple(part, net),
    )
