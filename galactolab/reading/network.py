"""The centerlines as a graph that can be worked on: pruned, joined, contracted.

A `Network` is the one thing in the reading room that changes while it is worked on; it is
made and used up inside `trace` and never leaves it. Lengths are in millimeters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count

import numpy as np

from galactolab.reading.profiles import median
from galactolab.reading.skeleton import Skeleton
from galactolab.tree import Floats, arc_along


@dataclass(frozen=True, kw_only=True, eq=False)
class Edge:
    """A path between two nodes: points in mm, from node `start` to node `end`."""

    start: int
    end: int
    path: Floats
    radius: Floats
    is_bridge: bool = False

    @cached_property
    def arc(self) -> Floats:
        """Way from the start to each point of the path."""
        return arc_along(self.path)

    @cached_property
    def length(self) -> float:
        """Length of the path."""
        return float(self.arc[-1])

    def other(self, node: int) -> int:
        """Return the node at the far end."""
        return self.end if node == self.start else self.start

    def away_from(self, node: int) -> tuple[Floats, Floats]:
        """Return path and radii, running away from `node`."""
        if node == self.start:
            return self.path, self.radius
        return self.path[::-1], self.radius[::-1]

    def direction(self, node: int, *, skip: float, span: float) -> Floats:
        """Return the unit vector in which the path leaves `node`.

        The first `skip` mm lie inside the other ducts of the node and say little; the
        next `span` mm give the direction.
        """
        path, _ = self.away_from(node)
        away = path - path[0]
        reach = np.maximum.accumulate(np.hypot(away[:, 0], away[:, 1]))
        first = min(int(np.searchsorted(reach, skip)), len(path) - 2)
        last = int(np.searchsorted(reach, skip + span))
        step = path[max(min(last, len(path) - 1), first + 1)] - path[first]
        norm = float(np.hypot(*step))
        found: Floats = step / norm if norm > 0 else np.zeros(2)
        return found

    def radius_near(self, node: int, *, skip: float, span: float) -> float:
        """Return the median half width from `skip` to `skip + span` mm away from `node`."""
        near, far = skip, skip + span
        if node != self.start:
            near, far = self.length - far, self.length - near
        first, last = np.searchsorted(self.arc, near), np.searchsorted(self.arc, far, side="right")
        return median(self.radius[first:last] if last > first else self.radius)


@dataclass(kw_only=True, eq=False)
class Network:
    """Nodes and edges by number, with the edges that meet at each node."""

    points: dict[int, Floats] = field(default_factory=dict)
    depths: dict[int, float] = field(default_factory=dict)
    edges: dict[int, Edge] = field(default_factory=dict)
    arms: dict[int, list[int]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)

    def copy(self) -> Network:
        """Return a network that can be changed without changing this one."""
        return Network(
            points=dict(self.points),
            depths=dict(self.depths),
            edges=dict(self.edges),
            arms={node: list(arms) for node, arms in self.arms.items()},
            _numbers=count(next(self._numbers)),
        )

    def add_node(self, point: Floats, depth: float) -> int:
        """Add a node with the half width of the duct there; return its number."""
        number = next(self._numbers)
        self.points[number], self.depths[number], self.arms[number] = point, depth, []
        return number

    def add_edge(self, edge: Edge) -> int:
        """Add an edge; return its number."""
        number = next(self._numbers)
        self.edges[number] = edge
        self.arms[edge.start].append(number)
        self.arms[edge.end].append(number)
        return number

    def remove(self, number: int) -> None:
        """Remove an edge, and the nodes that nothing is tied to any more."""
        edge = self.edges.pop(number)
        for node in {edge.start, edge.end}:
            self.arms[node] = [arm for arm in self.arms[node] if arm != number]
            if not self.arms[node]:
                del self.arms[node], self.points[node], self.depths[node]

    def join(self, node: int) -> bool:
        """Make one edge of the two that meet at `node`, if there are just two."""
        arms = self.arms.get(node, [])
        if len(arms) != 2 or arms[0] == arms[1]:
            return False
        first, second = (self.edges[arm] for arm in arms)
        before, before_radius = first.away_from(node)
        after, after_radius = second.away_from(node)
        joined = Edge(
            start=first.other(node),
            end=second.other(node),
            path=np.concatenate([before[::-1], after[1:]]),
            radius=np.concatenate([before_radius[::-1], after_radius[1:]]),
            is_bridge=first.is_bridge and second.is_bridge,
        )
        self.add_edge(joined)
        for arm in arms:
            self.remove(arm)
        return True

    def join_all(self) -> None:
        """Join wherever two edges meet and no third."""
        for node in list(self.arms):
            self.join(node)

    def split(self, number: int, at: int) -> int:
        """Cut an edge at its point `at` (not an end); return the new node."""
        edge = self.edges[number]
        node = self.add_node(edge.path[at], float(edge.radius[at]))
        pieces = (
            (edge.start, node, np.s_[: at + 1]),
            (node, edge.end, np.s_[at:]),
        )
        for start, end, part in pieces:
            self.add_edge(
                Edge(start=start, end=end, path=edge.path[part], radius=edge.radius[part])
            )
        self.remove(number)
        return node

    def free_ends(self) -> list[int]:
        """Return the nodes with one edge."""
        return [node for node, arms in self.arms.items() if len(arms) == 1]

    def pieces(self) -> list[set[int]]:
        """Return the edges of each connected piece."""
        left, found = set(self.edges), []
        while left:
            piece, front = set(), [left.pop()]
            while front:
                number = front.pop()
                piece.add(number)
                edge = self.edges[number]
                near = {arm for node in (edge.start, edge.end) for arm in self.arms[node]} & left
                left -= near
                front.extend(near)
            found.append(piece)
        return found

    def keep(self, numbers: Iterable[int]) -> None:
        """Remove every edge that is not in `numbers`."""
        for number in set(self.edges) - set(numbers):
            self.remove(number)


def network(skeleton: Skeleton, radius_mm: Floats, spacing_mm: tuple[float, float]) -> Network:
    """Return the network of a skeleton.

    Parameters
    ----------
    skeleton : Skeleton
    radius_mm : (sum of K,) array of float
        Half width at each point of all paths, one path after the other.
    spacing_mm : (float, float)
    """
    found = Network()
    for point in skeleton.nodes:
        found.add_node(point * spacing_mm, 0.0)
    stops = np.cumsum([len(path) for path in skeleton.paths])[:-1]
    radii = np.split(radius_mm, stops) if len(skeleton.paths) else []
    links = skeleton.links.tolist()
    for (start, end), path, radius in zip(links, skeleton.paths, radii, strict=True):
        found.add_edge(Edge(start=start, end=end, path=path * spacing_mm, radius=radius))
        for node, depth in ((start, radius[0]), (end, radius[-1])):
            found.depths[node] = max(found.depths[node], float(depth))
    return found


def prune(net: Network, *, prune_mm: float, prune_ratio: float) -> None:
    """Remove spurs until none is left, shortest first.

    A free end is a spur when it sticks out of the duct that it springs from by less than
    `prune_mm`, or by less than `prune_ratio` times that duct's half width. One spur falls
    at each node before the rest is measured again, so a blunt end keeps one of its horns.
    """
    while True:
        spurs = {}
        for number, edge in net.edges.items():
            ends = [n for n in (edge.start, edge.end) if len(net.arms[n]) == 1]
            if len(ends) != 1 or edge.is_bridge:
                continue
            root = edge.other(ends[0])
            sticks_out = edge.length + net.depths[ends[0]] - net.depths[root]
            if sticks_out < max(prune_mm, prune_ratio * net.depths[root]):
                spurs[number] = (sticks_out, root)
        if not spurs:
            return
        touched: set[int] = set()
        for number in sorted(spurs, key=lambda n: spurs[n][0]):
            root = spurs[number][1]
            if root not in touched:
                touched.add(root)
                net.remove(number)
        for node in touched:
            net.join(node)


def contract(
    net: Network, *, reach_ratio: float, spared: frozenset[int] = frozenset()
) -> dict[int, frozenset[int]]:
    """Draw junctions that lie inside each other's lumen together.

    The thinned picture of two ducts that cross is two forks joined by a short piece; both
    become one node. An edge is short when it is no longer than `reach_ratio` times the half
    widths of the thinnest ducts that meet at its two ends together. Nodes in `spared` are left
    alone. Returns, for each node that now stands for several, which ones those were.
    """
    groups: dict[int, frozenset[int]] = {}
    short = sorted(
        (edge.length, number)
        for number, edge in net.edges.items()
        if edge.start != edge.end
        and len(net.arms[edge.start]) >= 3
        and len(net.arms[edge.end]) >= 3
        and edge.length
        <= reach_ratio * (_thinnest(net, edge.start, number) + _thinnest(net, edge.end, number))
        and not {edge.start, edge.end} & spared
    )
    for _, number in short:
        edge = net.edges.get(number)
        if edge is None or edge.start == edge.end:
            continue
        kept, gone = edge.start, edge.end
        old = groups.get(kept, frozenset({kept})) | groups.pop(gone, frozenset({gone}))
        groups[kept] = old
        net.remove(number)
        _merge_nodes(net, kept, gone, edge.path[len(edge.path) // 2])
    return groups


def _thinnest(net: Network, node: int, edge: int) -> float:
    """Return the half width of the thinnest duct that meets `edge` at `node`."""
    depth = net.depths[node]
    near = [
        net.edges[arm].radius_near(node, skip=min(depth, 0.4 * net.edges[arm].length), span=2.0)
        for arm in net.arms[node]
        if arm != edge
    ]
    return min([depth, *near])


def _merge_nodes(net: Network, kept: int, gone: int, middle: Floats) -> None:
    """Let `kept` stand for `gone`, at `middle`; paths end there."""
    arms = [*net.arms[kept], *net.arms.pop(gone)]
    for number in dict.fromkeys(arms):
        edge = net.edges[number]
        path = edge.path.copy()
        if edge.start in (kept, gone):
            path[0], edge = middle, replace(edge, start=kept)
        if edge.end in (kept, gone):
            path[-1], edge = middle, replace(edge, end=kept)
        net.edges[number] = replace(edge, path=path)
    net.arms[kept] = arms
    net.points[kept] = middle
    net.depths[kept] = max(net.depths[kept], net.depths.pop(gone))
    del net.points[gone]
