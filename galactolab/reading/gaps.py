"""Ducts that the mask shows in pieces are joined where the pieces point at each other.

A narrowing, a lesion that fills the lumen or noise breaks a duct. Plan: the largest piece
is the tree; the other piece that is best aligned and nearest is tied to it by a straight
bridge, then the next, until what is left is too far or points elsewhere and is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import spatial

from galactolab.reading.network import Edge, Network
from galactolab.tree import Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Bridge:
    """A way from a free end of one piece to a point of another."""

    cost: float
    node: int
    edge: int
    at: int


def bridge(net: Network, *, gap_mm: float, piece_mm: float, orifice: Floats | None) -> None:
    """Tie the pieces of a network together, and drop what cannot be tied.

    Parameters
    ----------
    net : Network
    gap_mm : float
        Longest bridge between two ends that point at each other; less where they do not.
    piece_mm : float
        Pieces with less duct than this are dropped.
    orifice : (2,) array or None
        In mm; where it is known, the piece nearest to it is the tree.
    """
    pieces = net.pieces()
    if not pieces:
        return
    main = max(pieces, key=lambda piece: _weight(net, piece, orifice))
    others = sorted((p for p in pieces if p is not main), key=lambda p: -_length(net, p))
    others = [piece for piece in others[:60] if _length(net, piece) >= piece_mm]
    net.keep(main.union(*others))
    while others:
        tree = _Points.of(net, main)
        found = [(_best(net, tree, piece, gap_mm=gap_mm), piece) for piece in others]
        best, piece = min(found, key=lambda pair: pair[0].cost if pair[0] else np.inf)
        if best is None:
            break
        before = set(net.edges)
        _tie(net, best)
        main = (main | piece | (set(net.edges) - before)) & set(net.edges)
        others = [other for other in others if other is not piece]
    net.keep(main)


def _length(net: Network, piece: set[int]) -> float:
    return sum(net.edges[number].length for number in piece)


def _weight(net: Network, piece: set[int], orifice: Floats | None) -> float:
    """Return how much of a tree a piece is: length times width, or nearness if asked."""
    if orifice is not None:
        return -min(
            float(np.hypot(*(net.edges[n].path - orifice).T).min())
            + (5.0 if net.edges[n].length < 3 else 0.0)
            for n in piece
        )
    return sum(net.edges[n].length * float(net.edges[n].radius.mean()) for n in piece)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Points:
    """All points of some edges, with the edge and the position that each has."""

    points: Floats
    edges: list[int]
    firsts: Floats

    @classmethod
    def of(cls, net: Network, piece: set[int]) -> _Points:
        numbers = sorted(piece)
        lengths = [len(net.edges[n].path) for n in numbers]
        return cls(
            points=np.concatenate([net.edges[n].path for n in numbers]),
            edges=numbers,
            firsts=np.concatenate([[0], np.cumsum(lengths)]),
        )

    @cached_property
    def nearby(self) -> spatial.cKDTree:
        """Search tree of the points."""
        return spatial.cKDTree(self.points)

    def place(self, index: int) -> tuple[int, int]:
        """Return edge and position on it of point `index`."""
        which = int(np.searchsorted(self.firsts, index, side="right")) - 1
        return self.edges[which], index - int(self.firsts[which])


def _best(net: Network, tree: _Points, piece: set[int], *, gap_mm: float) -> Bridge | None:
    """Return the cheapest bridge between a piece and the tree, or None."""
    own = _Points.of(net, piece)
    in_tree = set(tree.edges)
    ends = net.free_ends()
    options = []
    for target, source in ((tree, piece), (own, in_tree)):
        nodes = [node for node in ends if net.arms[node][0] in source]
        if not nodes:
            continue
        within = target.nearby.query_ball_point([net.points[node] for node in nodes], gap_mm)
        options += [
            _aimed(net, node, target, np.array(near), gap_mm=gap_mm)
            for node, near in zip(nodes, within, strict=True)
            if near
        ]
    return min((o for o in options if o), key=lambda o: o.cost, default=None)


def _aimed(
    net: Network, node: int, target: _Points, near: Floats, *, gap_mm: float
) -> Bridge | None:
    """Return the point that a free end aims at, if it aims at one."""
    number = net.arms[node][0]
    heading = -net.edges[number].direction(node, skip=0.0, span=2.0)
    gaps = target.points[near.astype(int)] - net.points[node]
    reach = np.hypot(*gaps.T)
    aim = (gaps @ heading) / np.maximum(reach, 1e-6)
    # Straight ahead a bridge costs its length, at 60 degrees twice as much.
    cost = np.where(reach < 0.3, reach, reach / np.maximum(aim, 1e-3))
    best = int(np.argmin(cost))
    if cost[best] > gap_mm:
        return None
    edge, at = target.place(int(near[best]))
    return Bridge(cost=float(cost[best]), node=node, edge=edge, at=at)


def _tie(net: Network, best: Bridge) -> None:
    """Draw the bridge; where it meets the middle of an edge, the edge is cut there."""
    edge = net.edges[best.edge]
    last = len(edge.path) - 1
    near_end = {0: edge.start, last: edge.end}.get(best.at)
    node = near_end if near_end is not None else net.split(best.edge, best.at)
    ends = np.array([net.points[best.node], net.points[node]])
    steps = max(2, int(np.hypot(*(ends[1] - ends[0])) / 0.1) + 1)
    share = np.linspace(0, 1, steps)[:, None]
    radius = np.linspace(net.depths[best.node], net.depths[node], steps)
    radius = np.minimum(radius, net.depths[best.node])
    net.add_edge(
        Edge(
            start=best.node,
            end=node,
            path=ends[0] + share * (ends[1] - ends[0]),
            radius=radius,
            is_bridge=True,
        )
    )
    net.join(best.node)
    net.join(node)
