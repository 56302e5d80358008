"""Trace: from the mask to one rooted duct tree.

Plan. Narrow holes are closed and the mask is thinned to centerlines (`skeleton`), which
become a graph (`network`); spurs are pruned, pieces are tied together (`gaps`), the orifice
is found and crossings are told from bifurcations by following the ducts outward
(`rooting`). Then every duct is laid out straight (`profiles`): its middle is centered, its
half width is read between pixels, and the paths are smoothed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from galactolab.errors import GalactolabError, check_between
from galactolab.reading import profiles, rooting
from galactolab.reading.gaps import bridge
from galactolab.reading.network import Network, contract, network, prune
from galactolab.reading.skeleton import filled, half_width_mm, skeleton
from galactolab.records import DuctMask, Image, Point
from galactolab.tree import Branch, DuctTree, Floats, arc_along

_CROSSING_REACH = 2.5


def tree(
    mask: DuctMask,
    *,
    orifice: Point | None = None,
    prune_mm: float = 0.8,
    prune_ratio: float = 0.7,
    gap_mm: float = 6.0,
    piece_mm: float = 2.0,
    hole_mm: float = 8.0,
    blur_px: float = 0.8,
) -> DuctTree:
    """Return the duct tree that a mask shows.

    Parameters
    ----------
    mask : DuctMask
        With `contrast`, borders are placed between pixels at half of the local height;
        without it, at the border of the mask.
    orifice : (float, float) or None
        (row, column) in pixels where the duct was cannulated; None: the free end that the
        tree runs away from.
    prune_mm : float
        A free end that sticks out of its duct by less is no branch, 0 to 20 mm.
    prune_ratio : float
        The same in half widths of that duct, 0 to 10.
    gap_mm : float
        Longest gap that is bridged between pieces that point at each other, 0 to 30 mm.
    piece_mm : float
        Detached pieces with less duct than this are dropped, 0 to 100 mm.
    hole_mm : float
        Holes in the mask up to this width are closed before thinning where the lumen beside
        them is as wide, 0 to 30 mm.
    blur_px : float
        Standard deviation of the blur of the image, 0 to 5 px; it makes thin ducts look wider
        and wide ones narrower, and is taken off (`profiles.tube_radius`).

    Returns
    -------
    DuctTree
        One root, no cycle; the empty tree for an empty mask.

    Raises
    ------
    GalactolabError
        If a parameter is outside its range or the orifice outside the image.

    References
    ----------
    Thinning: Zhang & Suen 1984, doi:10.1145/357994.358023.

    Examples
    --------
    >>> pixels = np.zeros((60, 100), bool)
    >>> pixels[28:33, 5:95] = True
    >>> duct = tree(DuctMask(pixels=pixels, spacing_mm=(0.1, 0.1)), orifice=(30, 90))
    >>> len(duct), duct.orifice[1] > 85, round(duct.total_length_mm)
    (1, True, 8)
    """
    check_between("prune_mm", prune_mm, 0, 20, "mm")
    check_between("prune_ratio", prune_ratio, 0, 10)
    check_between("gap_mm", gap_mm, 0, 30, "mm")
    check_between("piece_mm", piece_mm, 0, 100, "mm")
    check_between("hole_mm", hole_mm, 0, 30, "mm")
    check_between("blur_px", blur_px, 0, 5, "px")
    place = None if orifice is None else _checked(orifice, mask) * mask.spacing_mm
    net = _network(mask, hole_mm=hole_mm)
    prune(net, prune_mm=prune_mm, prune_ratio=prune_ratio)
    net.join_all()
    bridge(net, gap_mm=gap_mm, piece_mm=piece_mm, orifice=place)
    if not net.edges:
        return DuctTree(branches=(), spacing_mm=mask.spacing_mm)
    lines = _lines(net, place)
    return _drawn(lines, mask, blur_mm=blur_px * sum(mask.spacing_mm) / 2)


def _checked(orifice: Point, mask: DuctMask) -> Floats:
    rows, columns = mask.pixels.shape
    row, column = orifice
    if not (0 <= row < rows and 0 <= column < columns):
        sentence = f"orifice is ({row:g}, {column:g}), outside the {rows} x {columns} px image."
        raise GalactolabError(sentence)
    return np.array([row, column], float)


def _network(mask: DuctMask, *, hole_mm: float) -> Network:
    """Thin the mask within its bounding box."""
    rows, columns = (np.flatnonzero(mask.pixels.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return Network()
    corner = np.array([rows[0], columns[0]], float)
    window = mask.pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    solid = filled(np.ascontiguousarray(window), hole_mm=hole_mm, spacing_mm=mask.spacing_mm)
    found = skeleton(solid)
    if not found.paths:
        return Network()
    points = np.concatenate(found.paths)
    radius = half_width_mm(solid, points, spacing_mm=mask.spacing_mm)
    moved = replace(
        found, nodes=found.nodes + corner, paths=tuple(path + corner for path in found.paths)
    )
    return network(moved, radius, mask.spacing_mm)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line:
    """A branch to be: a path in mm, raw half widths, and the position of its parent."""

    path: Floats
    radius: Floats
    parent: int | None
    is_end: bool


def _lines(net: Network, place: Floats | None) -> list[_Line]:
    """Root the network; contract only the junctions where ducts really cross."""
    root = _root(net, place)
    drawn = net.copy()
    spared = frozenset({root})
    groups = contract(drawn, reach_ratio=_CROSSING_REACH, spared=spared)
    order, _ = rooting.rooted(rooting.Flow(net=drawn), root)
    crossed = rooting.crossings(drawn, order)
    plain = [group for node, group in groups.items() if node not in crossed]
    if plain:
        drawn = net.copy()
        contract(drawn, reach_ratio=_CROSSING_REACH, spared=spared.union(*plain))
        order, _ = rooting.rooted(rooting.Flow(net=drawn), root)
    return _chained(drawn, order)


def _root(net: Network, place: Floats | None) -> int:
    """Return the node of the orifice: found, or the place that was asked for."""
    if place is None:
        return rooting.orifice_node(rooting.Flow(net=net))
    ends = net.free_ends()
    away = {node: float(np.hypot(*(net.points[node] - place))) for node in ends}
    nearest = min(away, key=lambda node: away[node], default=None)
    number, at, distance = min(
        (
            (number, int(reach.argmin()), float(reach.min()))
            for number, edge in net.edges.items()
            for reach in [np.hypot(*(edge.path - place).T)]
        ),
        key=lambda item: item[2],
    )
    if nearest is not None and away[nearest] <= distance + 3.0:
        return nearest
    edge = net.edges[number]
    if at in (0, len(edge.path) - 1):
        return edge.start if at == 0 else edge.end
    return net.split(number, at)


def _chained(net: Network, order: list[rooting.Reached]) -> list[_Line]:
    """Make one line of edges that follow each other without a side branch."""
    children: dict[int | None, list[int]] = {}
    for position, reached in enumerate(order):
        children.setdefault(reached.parent, []).append(position)
    lines: list[_Line] = []
    queue: list[tuple[int, int | None]] = [(first, None) for first in children[None]]
    for position, parent in queue:  # the queue grows while it is read
        paths: list[Floats] = []
        radii: list[Floats] = []
        last = position
        while True:
            reached = order[last]
            path, radius = net.edges[reached.edge].away_from(reached.start)
            paths.append(path if not paths else path[1:])
            radii.append(radius if not radii else radius[1:])
            below = children.get(last, [])
            if len(below) != 1:
                break
            last = below[0]
        queue.extend((child, len(lines)) for child in below)
        lines.append(
            _Line(
                path=np.concatenate(paths),
                radius=np.concatenate(radii),
                parent=parent,
                is_end=not below,
            )
        )
    return _with_one_root(lines)


def _with_one_root(lines: list[_Line]) -> list[_Line]:
    """Let further lines from an orifice within a duct spring from a stub of no length."""
    roots = [line for line in lines if line.parent is None]
    if len(roots) < 2:
        return lines
    first = roots[0]
    stub = _Line(
        path=np.repeat(first.path[:1], 2, axis=0),
        radius=np.repeat(first.radius[:1], 2),
        parent=None,
        is_end=False,
    )
    return [stub, *(replace(x, parent=0 if x.parent is None else x.parent + 1) for x in lines)]


def _drawn(lines: list[_Line], mask: DuctMask, *, blur_mm: float) -> DuctTree:
    """Smooth and center the paths, and read their half widths."""
    spacing = np.asarray(mask.spacing_mm)
    step = float(spacing.mean())
    even = [profiles.resampled(line.path, line.radius, step=step) for line in lines]
    paths = [
        profiles.smoothed_path(path, sigma=max(2.0, 0.5 * profiles.median(radius) / step))
        for path, radius in even
    ]
    radii = [radius for _, radius in even]
    if mask.contrast is not None:
        paths, radii = _read(paths, radii, mask.contrast, mask.spacing_mm, blur_mm)
    branches = []
    for line, path, radius in zip(lines, paths, radii, strict=True):
        trusted = _between_nodes(line, path, radius)
        size = max(3, round(0.7 / step))
        branches.append(
            Branch(
                path=path / spacing,
                radius_mm=profiles.running_median(trusted, size),
                parent=line.parent,
            )
        )
    return DuctTree(branches=tuple(branches), spacing_mm=mask.spacing_mm)


def _read(
    paths: list[Floats],
    radii: list[Floats],
    contrast: Image,
    spacing_mm: tuple[float, float],
    blur_mm: float,
) -> tuple[list[Floats], list[Floats]]:
    """Center all paths on the signal and take the half width at half of its height."""
    stops = np.cumsum([len(path) for path in paths])[:-1]
    points, rough = np.concatenate(paths), np.concatenate(radii)
    normal = profiles.normals_of(paths)
    seen = profiles.across(contrast, points, normal, 2.2 * rough + 0.3, spacing_mm=spacing_mm)
    calm = replace(seen, values=_blurred_along(seen.values))
    left, right, height = profiles.borders(calm, rough)
    radius = profiles.tube_radius(right - left, blur_mm=blur_mm)
    radius = np.where(height > 0, np.clip(radius, 0.5 * rough, 1.8 * rough + blur_mm), rough)
    shift = np.clip((left + right) / 2, -0.5 * rough, 0.5 * rough) * (height > 0)
    centered = []
    for path, moved, across in zip(
        paths, np.split(shift, stops), np.split(normal, stops), strict=True
    ):
        # Both ends belong to nodes that other branches share: they stay.
        moved[0] = moved[-1] = 0
        centered.append(profiles.smoothed_path(path + across * moved[:, None], sigma=3.0))
    return centered, np.split(radius, stops)


def _blurred_along(values: Image) -> Image:
    return np.asarray(cv2.blur(values, (1, 5)), np.float32)


def _between_nodes(line: _Line, path: Floats, radius: Floats) -> Floats:
    """Replace half widths inside the lumen of the neighbors at both nodes."""
    arc = arc_along(path)
    first = 0.0 if line.parent is None else float(line.radius[0])
    last = 0.0 if line.is_end else float(line.radius[-1])
    known = (arc >= first) & (arc <= arc[-1] - last)
    if known.sum() < 3:
        return radius
    return np.asarray(np.interp(arc, arc[known], radius[known]), np.float64)
