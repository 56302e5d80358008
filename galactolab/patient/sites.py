"""Places in the ductal tree: finding one, and changing the lumen around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError
from galactolab.patient.ducts import Ducts

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """A place on the axis of a duct.

    Attributes
    ----------
    duct : int
        Index of the duct.
    arc_mm : float
        Distance from its start.
    distance_mm : float
        Way from the orifice.
    point_mm, along : (3,) arrays
        The place and the direction of the axis there.
    radius_mm : float
        Half width of the lumen.
    """

    duct: int
    arc_mm: float
    distance_mm: float
    point_mm: Floats
    along: Floats
    radius_mm: float


def site_at(ducts: Ducts, index: int, arc_mm: float) -> Site:
    """Return the place on duct `index` at `arc_mm` from its start."""
    duct = ducts.branches[index]
    arc = min(max(arc_mm, 0.0), duct.length_mm)
    return Site(
        duct=index,
        arc_mm=arc,
        distance_mm=ducts.start_mm[index] + arc,
        point_mm=duct.at(arc),
        along=duct.along(arc),
        radius_mm=duct.radius_at(arc),
    )


def chosen_site(
    ducts: Ducts,
    *,
    distance_mm: tuple[float, float],
    radius_mm: tuple[float, float] = (0.0, 99.0),
    generation: tuple[int, int] = (0, 99),
    among: frozenset[int] | None = None,
    clear_mm: float = 1.0,
    rng: np.random.Generator,
) -> Site:
    """Draw a place, as near to what is wanted as this tree allows.

    Parameters
    ----------
    ducts : Ducts
    distance_mm, radius_mm, generation : (low, high)
        Wanted way from the orifice, half width of the lumen, bifurcations passed.
    among : frozenset of int or None
        Ducts to choose from.
    clear_mm : float
        Wanted distance from the duct's ends.
    rng : numpy.random.Generator

    Raises
    ------
    GalactolabError
        If `among` is empty.
    """
    places: list[tuple[int, float]] = []
    misfit: list[float] = []
    for index, duct in enumerate(ducts.branches):
        if among is not None and index not in among:
            continue
        way = ducts.start_mm[index] + duct.arc_mm
        ends = np.minimum(duct.arc_mm, duct.length_mm - duct.arc_mm)
        miss = _outside(way, distance_mm) / 5
        miss += 12 * _outside(duct.radius_mm, radius_mm)
        miss += 2 * _outside(np.array(ducts.flat.generation[index]), generation)
        miss += np.maximum(clear_mm - ends, 0)
        places += [(index, float(arc)) for arc in duct.arc_mm]
        misfit += miss.tolist()
    if not places:
        raise GalactolabError("There is no duct left in which this lesion could be planted.")
    cost = np.array(misfit)
    good = np.flatnonzero(cost <= cost.min() + 1e-9)
    index, arc = places[int(rng.choice(good))]
    return site_at(ducts, index, arc)


def below(ducts: Ducts, index: int) -> frozenset[int]:
    """Return the ducts that are fed through duct `index`, itself included."""
    found = {index}
    for number, duct in enumerate(ducts.branches):
        if duct.parent in found:
            found.add(number)
    return frozenset(found)


def spine(ducts: Ducts, index: int) -> frozenset[int]:
    """Return the way from the orifice through duct `index` and on along the widest ducts."""
    on = set(ducts.flat.way_to_orifice(index))
    at = index
    while ducts.flat.children[at]:
        at = max(ducts.flat.children[at], key=lambda i: float(ducts.branches[i].radius_mm[0]))
        on.add(at)
    return frozenset(on)


def reshaped(
    ducts: Ducts,
    site: Site,
    *,
    change: Callable[[Floats, Floats], Floats],
    among: frozenset[int] | None = None,
) -> Ducts:
    """Return the tree with radii changed around a place.

    Parameters
    ----------
    ducts : Ducts
    site : Site
    change : callable, (way_mm, radius_mm) -> radius_mm
        The way is signed: negative toward the orifice.
    among : frozenset of int or None
        Ducts that change; the spine through the site when left out.
    """
    chosen = spine(ducts, site.duct) if among is None else among
    fine = with_dense_points(ducts, chosen)
    ways = fine.way_mm(site.duct, site.arc_mm)
    radii = tuple(
        change(way, duct.radius_mm) if index in chosen else duct.radius_mm
        for index, (way, duct) in enumerate(zip(ways, fine.branches, strict=True))
    )
    return fine.with_radii(radii)


def plateau(way_mm: Floats, *, before_mm: float, after_mm: float, edge_mm: float) -> Floats:
    """Return 1 between ``-before_mm`` and ``after_mm``, falling smoothly to 0 over the edge.

    Examples
    --------
    >>> plateau(np.array([-3.0, -1.5, 0, 2, 9]), before_mm=1, after_mm=2, edge_mm=1).tolist()
    [0.0, 0.5, 1.0, 1.0, 0.0]
    """
    beyond = np.maximum(np.maximum(-before_mm - way_mm, way_mm - after_mm), 0)
    t = np.clip(1 - beyond / edge_mm, 0, 1)
    smooth: Floats = t * t * (3 - 2 * t)
    return smooth


def with_dense_points(ducts: Ducts, among: frozenset[int], *, step_mm: float = 0.25) -> Ducts:
    """Return the tree with points at least every `step_mm` on some of its ducts."""
    branches = list(ducts.branches)
    for index in among:
        duct = branches[index]
        count = int(np.ceil(duct.length_mm / step_mm)) + 1
        if count <= len(duct.arc_mm):
            continue
        arc = np.union1d(np.linspace(0, duct.length_mm, count), duct.arc_mm)
        path = np.stack([np.interp(arc, duct.arc_mm, duct.path_mm[:, i]) for i in range(3)], 1)
        radius = np.interp(arc, duct.arc_mm, duct.radius_mm)
        branches[index] = replace(duct, path_mm=path, radius_mm=radius)
    return replace(ducts, branches=tuple(branches))


def _outside(value: Floats, span: tuple[float, float]) -> Floats:
    low, high = span
    outside: Floats = np.maximum(low - value, 0) + np.maximum(value - high, 0)
    return outside
