"""Which way milk would flow: a network of centerlines becomes a tree with one root.

Projected ducts cross, so the network has cycles that the ductal tree has not. Plan: a
walk spreads from the orifice over *directed* edges, each reached at the lowest cost. A
step from one edge to the next costs what is unlike a duct: a sharp turn, a lumen that
grows, a way back toward the orifice. Where two ducts cross, each is reached through its
own continuation, because going straight on is cheap and turning into the other duct is
not. A cycle is cut where the two walks meet: the edge that was reached from one end is
not left through the other.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

import numpy as np

from galactolab.reading.network import Network
from galactolab.tree import Floats

# A turn of this many degrees costs 1; the cost grows with the square.
_UNIT_TURN_DEG = 60.0
_GROWTH_WEIGHT = 1.0
_INWARD_WEIGHT = 1.0
_LENGTH_WEIGHT_PER_MM = 0.01


@dataclass(frozen=True, kw_only=True)
class Reached:
    """An edge, the node that it was entered from, and the position of its parent."""

    edge: int
    start: int
    parent: int | None


@dataclass(kw_only=True, eq=False)
class Flow:
    """Directions and half widths of the arms of a network, and turns, worked out once each."""

    net: Network
    _arms: dict[tuple[int, int], tuple[Floats, float]] = field(default_factory=dict)
    _turns: dict[tuple[int, int, int], float] = field(default_factory=dict)
    _ways: dict[tuple[int, int], tuple[int, float, float, float]] = field(default_factory=dict)

    def arm(self, number: int, node: int) -> tuple[Floats, float]:
        """Return the direction in which an edge leaves `node`, and its half width there."""
        known = self._arms.get((number, node))
        if known is None:
            edge = self.net.edges[number]
            depth = self.net.depths[node]
            skip = min(depth, 0.4 * edge.length)
            known = (
                edge.direction(node, skip=skip, span=max(1.0, 2.0 * depth)),
                edge.radius_near(node, skip=skip, span=2.0),
            )
            self._arms[number, node] = known
        return known

    def turn_cost(self, number: int, node: int, after: int) -> float:
        """Return what it costs to go on from edge `number` through `node` into `after`."""
        known = self._turns.get((number, node, after))
        if known is None:
            known = self._turns[number, node, after] = self._turn_cost(number, node, after)
        return known

    def _turn_cost(self, number: int, node: int, after: int) -> float:
        back, before = self.arm(number, node)
        ahead, radius = self.arm(after, node)
        cosine = min(max(-float(back @ ahead), -1.0), 1.0)
        turn = math.degrees(math.acos(cosine)) / _UNIT_TURN_DEG
        growth = max(0.0, math.log2((radius + 0.05) / (before + 0.05)))
        return turn**2 + _GROWTH_WEIGHT * growth**2

    def edge_cost(self, number: int, start: int, orifice: Floats) -> float:
        """Return what it costs to follow an edge from `start` to its other end."""
        end, span, growth, length = self._ways.get((number, start)) or self._way(number, start)
        points = self.net.points
        nearer = math.dist(points[start], orifice) - math.dist(points[end], orifice)
        inward = max(0.0, nearer) / span
        return _INWARD_WEIGHT * inward + growth + length

    def _way(self, number: int, start: int) -> tuple[int, float, float, float]:
        """Return an edge's other end, its length, and what its growth and its length cost."""
        edge = self.net.edges[number]
        end = edge.other(start)
        _, first = self.arm(number, start)
        _, last = self.arm(number, end)
        growth = max(0.0, math.log2((last + 0.05) / (first + 0.05)))
        found = (
            end,
            max(edge.length, 1e-6),
            _GROWTH_WEIGHT * growth**2,
            _LENGTH_WEIGHT_PER_MM * edge.length,
        )
        self._ways[number, start] = found
        return found


def rooted(flow: Flow, root: int) -> tuple[list[Reached], float]:
    """Return every edge that can be reached from node `root`, parents first, and the cost.

    The cost is the sum over all edges of the step that leads into each: low when the
    network, seen from there, looks like a ductal tree.
    """
    net, orifice = flow.net, flow.net.points[root]
    queue: list[tuple[float, int, int, int | None, float]] = []
    order: list[Reached] = []
    seen: set[int] = set()
    for number in net.arms[root]:
        cost = flow.edge_cost(number, root, orifice)
        heapq.heappush(queue, (cost, number, root, None, cost))
    total = 0.0
    while queue:
        cost, number, start, parent, step = heapq.heappop(queue)
        if number in seen:
            continue
        seen.add(number)
        total += step
        position = len(order)
        order.append(Reached(edge=number, start=start, parent=parent))
        end = net.edges[number].other(start)
        for after in net.arms[end]:
            if after not in seen:
                step = flow.turn_cost(number, end, after) + flow.edge_cost(after, end, orifice)
                heapq.heappush(queue, (cost + step, after, end, position, step))
    return order, total


def crossings(net: Network, order: list[Reached]) -> set[int]:
    """Return the nodes through which two ducts or more were followed outward."""
    lines: dict[int, set[int]] = {}
    for reached in order:
        if reached.parent is not None:
            lines.setdefault(reached.start, set()).add(reached.parent)
    return {node for node, parents in lines.items() if len(parents) > 1 and node in net.arms}


def orifice_node(flow: Flow, *, n_candidates: int = 8) -> int:
    """Return the free end that the rest of the tree runs away from.

    Three things speak for an end: the whole tree lies on one side of it, its first stretch
    is wide, and the tree grown from it turns little, thins and leads away. A duct that is
    cut off ends as wide, but the tree lies around it. Constants were set on tuning patients.
    """
    net = flow.net
    ends = net.free_ends() or list(net.points)
    everything = np.concatenate([edge.path[::8] for edge in net.edges.values()])
    promise = {}
    for node in ends:
        width = net.edges[net.arms[node][0]].radius_near(node, skip=0.0, span=10.0)
        away = everything - net.points[node]
        reach = np.maximum(np.hypot(*away.T), 1e-6)
        one_sided = float(np.hypot(*(away / reach[:, None]).mean(axis=0)))
        promise[node] = 0.15 * math.log2(width + 0.05) + 6.0 * one_sided
    best = sorted(ends, key=lambda node: -promise[node])[:n_candidates]
    per_edge = {node: rooted(flow, node)[1] / len(net.edges) for node in best}
    return min(best, key=lambda node: per_edge[node] - promise[node])
