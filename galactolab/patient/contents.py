"""Lesions inside the lumen: papillomas, DCIS, obstructions; and cysts that fill from it."""

# ruff: noqa: ARG001 (all planters have one signature, whether they need each part or not)
from __future__ import annotations

import numpy as np
import numpy.typing as npt

from galactolab.patient.breast import Breast
from galactolab.patient.ducts import Ducts
from galactolab.patient.lesions import Lesion, Plan, Sign
from galactolab.patient.sites import Site, below, chosen_site, plateau, reshaped, site_at
from galactolab.patient.solids import (
    EMPTY,
    Balls,
    across,
    cluster,
    ellipsoid,
    joined,
    lobulated,
)
from galactolab.patient.walls import roughened
from galactolab.terms import FindingType

Floats = npt.NDArray[np.float64]

# How often a place is drawn until it is far enough from the others.
_DRAWS = 25
# Half width of the narrowest duct that feeds a cyst.
_CYST_DUCT_MM = 0.2


def papilloma(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Plant one papilloma on the wall of a central duct, which widens around it."""
    size = plan.size_mm or float(np.clip(rng.normal(5, 1.8), 2, 9))
    site = chosen_site(
        ducts,
        distance_mm=plan.span_mm(18, 48),
        radius_mm=(0.45, 9),
        clear_mm=min(size / 2, 3.0),
        rng=rng,
    )
    width = size * rng.uniform(0.6, 0.85)
    lumen = max(site.radius_mm, 0.5 * width * rng.uniform(1.04, 1.18))
    ducts = _widened(ducts, site, radius_mm=lumen, before_mm=0.9 * size, after_mm=0.7 * size)
    knobs = bool(rng.uniform() < 0.5) if plan.lobulated is None else plan.lobulated
    slim = 0.9 if knobs else 1.0  # its knobs fill it up to its full width
    body = _polyp(
        ducts, site, length_mm=slim * size, width_mm=slim * width, lumen_mm=lumen, rng=rng
    )
    if knobs:
        body = lobulated(body, n_lobes=int(rng.integers(5, 10)), rng=rng)
    sign = Sign(
        type=FindingType.INTRALUMINAL_FILLING_DEFECT,
        point_mm=body.center_mm[: max(1, len(body) // 2)].mean(axis=0),
        extent_mm=size,
        duct=site.duct,
        arc_mm=site.arc_mm,
        evidence={
            "length_mm": size,
            "width_mm": width,
            "caliber_mm": 2 * lumen,
            "distance_mm": site.distance_mm,
        },
    )
    settled = plan.settled(size_mm=size, distance_mm=site.distance_mm)
    return ducts, Lesion(plan=settled, point_mm=site.point_mm, signs=(sign,), displacing=body)


def papillomas(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Plant several small papillomas in the periphery of one part of the tree."""
    size = plan.size_mm or rng.uniform(1.2, 2.4)
    count = plan.count or int(rng.integers(4, 9))
    top = chosen_site(ducts, distance_mm=plan.span_mm(20, 36), radius_mm=(0.3, 9), rng=rng)
    bodies: list[Balls] = []
    places: list[Site] = []
    for _ in range(count):
        site = _apart(
            ducts,
            places,
            distance_mm=(top.distance_mm, top.distance_mm + 30),
            radius_mm=(0.25, 1.2),
            among=below(ducts, top.duct),
            gap_mm=1.6 * size,
            rng=rng,
        )
        own = size * rng.uniform(0.75, 1.25)
        width = own * rng.uniform(0.6, 0.85)
        lumen = max(site.radius_mm, 0.5 * width * rng.uniform(1.1, 1.3))
        ducts = _widened(ducts, site, radius_mm=lumen, before_mm=own * 0.7, after_mm=own * 0.6)
        bodies.append(_polyp(ducts, site, length_mm=own, width_mm=width, lumen_mm=lumen, rng=rng))
        places.append(site)
        top = _same(ducts, top)
    return ducts, _many(plan, size, bodies, places)


def dcis(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Plant irregular defects in peripheral ducts that are not widened; walls are stippled."""
    size = plan.size_mm or rng.uniform(0.7, 1.3)
    count = plan.count or int(rng.integers(6, 13))
    top = chosen_site(
        ducts, distance_mm=plan.span_mm(22, 38), radius_mm=(0.3, 0.9), generation=(1, 5), rng=rng
    )
    part = below(ducts, top.duct)
    ducts = roughened(ducts, part, amplitude=0.26, grain_mm=0.6, rng=rng)
    bodies: list[Balls] = []
    places: list[Site] = []
    for _ in range(count):
        site = _apart(
            ducts,
            places,
            distance_mm=(top.distance_mm, top.distance_mm + 35),
            radius_mm=(0.2, 0.7),
            among=part,
            gap_mm=2.5 * size,
            rng=rng,
        )
        bodies.append(_crumbs(site, length_mm=2.2 * size, rng=rng))
        places.append(site)
    return ducts, _many(plan, size, bodies, places)


def cup_obstruction(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Plant a rounded lesion that plugs a duct: the contrast ends in a cup around it."""
    site = _plug_site(plan, ducts, rng)
    size = plan.size_mm or max(2.4 * site.radius_mm, 2.0) * rng.uniform(1.0, 1.3)
    lumen = max(site.radius_mm, 0.42 * size)
    ducts = _widened(ducts, site, radius_mm=lumen, before_mm=2.5 * size, after_mm=size)
    duct = ducts.branches[site.duct]
    middle = duct.at(min(site.arc_mm + 0.8 * lumen, duct.length_mm))
    plug = ellipsoid(middle, site.along, length_mm=size, width_mm=2.02 * lumen)
    stop = site.arc_mm + 0.4 * lumen
    return ducts, _obstruction(plan, ducts, site, size=size, plug=plug, stop_mm=stop, convex=1.0)


def ragged_obstruction(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Plant a lesion that ends a duct with an irregular edge."""
    site = _plug_site(plan, ducts, rng)
    size = plan.size_mm or max(3.0 * site.radius_mm, 2.0) * rng.uniform(1.0, 1.4)
    lumen = max(site.radius_mm, 0.6)
    ducts = _widened(ducts, site, radius_mm=lumen, before_mm=2 * size, after_mm=1)
    plug = cluster(
        site.point_mm + site.along * 0.3 * lumen,
        site.along,
        length_mm=2.2 * lumen,
        width_mm=2.1 * lumen,
        n_balls=14,
        radius_mm=(0.2 * lumen, 0.5 * lumen),
        rng=rng,
    )
    stop = site.arc_mm + 0.8 * lumen
    return ducts, _obstruction(plan, ducts, site, size=size, plug=plug, stop_mm=stop, convex=0.0)


def cysts(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Join round pools to the ends of ducts."""
    size = plan.size_mm or rng.uniform(3, 9)
    count = plan.count or int(rng.integers(1, 4))
    ends = frozenset(
        index
        for index in ducts.flat.terminals
        if ducts.start_mm[index] + ducts.branches[index].length_mm > 15
    ) or frozenset(ducts.flat.terminals)
    chosen = rng.choice(sorted(ends), min(count, len(ends)), replace=False).tolist()
    pools: list[Balls] = []
    fed: list[int] = []
    signs = []
    for number, index in enumerate(chosen):
        ducts = _opened(ducts, index)
        diameter = size * (1.0 if number == 0 else rng.uniform(0.4, 0.9))
        site = site_at(ducts, index, ducts.branches[index].length_mm)
        center = site.point_mm + site.along * (diameter / 2 - 0.2)
        pool = ellipsoid(
            center, across(site.along, rng=rng), length_mm=diameter, width_mm=0.9 * diameter
        )
        pools.append(lobulated(pool, n_lobes=int(rng.integers(0, 3)), rng=rng))
        fed += [index] * len(pools[-1])
        signs.append(
            Sign(
                type=FindingType.CYST_FILL,
                point_mm=center,
                extent_mm=diameter,
                duct=index,
                arc_mm=site.arc_mm,
                evidence={"diameter_mm": diameter, "distance_mm": site.distance_mm},
            )
        )
    settled = plan.settled(size_mm=size)
    return ducts, Lesion(
        plan=settled,
        point_mm=signs[0].point_mm,
        signs=tuple(signs),
        pooling=joined(*pools),
        pool_ducts=tuple(fed),
    )


def calcifications(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Plant a cluster of fine calcifications, as DCIS has them; contrast can cover it."""
    size = plan.size_mm or rng.uniform(6, 15)
    count = plan.count or int(rng.integers(8, 25))
    site = chosen_site(ducts, distance_mm=plan.span_mm(22, 45), generation=(1, 9), rng=rng)
    calcium = cluster(
        site.point_mm,
        site.along,
        length_mm=size,
        width_mm=0.6 * size,
        n_balls=count,
        radius_mm=(0.08, 0.25),
        rng=rng,
    )
    settled = plan.settled(size_mm=size, distance_mm=site.distance_mm)
    return ducts, Lesion(plan=settled, point_mm=site.point_mm, calcium=calcium)


def _apart(
    ducts: Ducts,
    places: list[Site],
    *,
    distance_mm: tuple[float, float],
    radius_mm: tuple[float, float],
    among: frozenset[int],
    gap_mm: float,
    rng: np.random.Generator,
) -> Site:
    """Draw a place that keeps its distance from earlier ones, if there is room for it."""
    best, widest = None, -1.0
    for _ in range(_DRAWS):
        site = chosen_site(
            ducts, distance_mm=distance_mm, radius_mm=radius_mm, among=among, rng=rng
        )
        gaps = [float(np.linalg.norm(site.point_mm - other.point_mm)) for other in places]
        gap = min(gaps, default=np.inf)
        if gap > widest:
            best, widest = site, gap
        if gap >= gap_mm:
            break
    assert best is not None  # noqa: S101 (the first draw is kept)
    return best


def _opened(ducts: Ducts, index: int) -> Ducts:
    """Widen the last ducts before a cyst: what fills by injection has an open way to it."""
    way = frozenset(ducts.flat.way_to_orifice(index)[:2])
    radii = tuple(
        np.maximum(duct.radius_mm, _CYST_DUCT_MM) if number in way else duct.radius_mm
        for number, duct in enumerate(ducts.branches)
    )
    return ducts.with_radii(radii)


def _plug_site(plan: Plan, ducts: Ducts, rng: np.random.Generator) -> Site:
    return chosen_site(
        ducts,
        distance_mm=plan.span_mm(20, 44),
        radius_mm=(0.4, 9),
        generation=(1, 4) if len(ducts) > 1 else (0, 0),
        rng=rng,
    )


def _widened(
    ducts: Ducts, site: Site, *, radius_mm: float, before_mm: float, after_mm: float
) -> Ducts:
    """Widen the duct around a lesion, further toward the nipple than away from it."""

    def change(way_mm: Floats, radius: Floats) -> Floats:
        share = plateau(way_mm, before_mm=before_mm, after_mm=after_mm, edge_mm=1.2 * before_mm)
        # The duct stays narrow where it passes the nipple.
        share = share * np.clip((site.distance_mm + way_mm) / 12, 0, 1) ** 2
        return radius + share * np.maximum(radius_mm - radius, 0)

    return reshaped(ducts, site, change=change)


def _polyp(
    ducts: Ducts,
    site: Site,
    *,
    length_mm: float,
    width_mm: float,
    lumen_mm: float,
    rng: np.random.Generator,
) -> Balls:
    """Return an ellipsoid that sits on the wall; a short stalk joins it there."""
    outward = across(site.along, rng=rng)
    gap = max(lumen_mm - width_mm / 2, 0.0)
    body = ellipsoid(
        site.point_mm + 0.85 * gap * outward, site.along, length_mm=length_mm, width_mm=width_mm
    )
    foot = site.point_mm + outward * (lumen_mm - 0.18 * width_mm)
    stalk = Balls(center_mm=foot[None], radius_mm=np.array([0.22 * width_mm]))
    return joined(body, stalk)


def _crumbs(site: Site, *, length_mm: float, rng: np.random.Generator) -> Balls:
    """Return an irregular heap of small balls on the axis of a duct."""
    return cluster(
        site.point_mm,
        site.along,
        length_mm=max(length_mm, 2.2 * site.radius_mm),
        width_mm=1.9 * site.radius_mm,
        n_balls=int(rng.integers(6, 12)),
        radius_mm=(0.35 * site.radius_mm, 0.75 * site.radius_mm),
        rng=rng,
    )


def _same(ducts: Ducts, site: Site) -> Site:
    return site_at(ducts, site.duct, site.arc_mm)


def _many(plan: Plan, size: float, bodies: list[Balls], places: list[Site]) -> Lesion:
    points = np.stack([place.point_mm for place in places])
    middle = points.mean(axis=0)
    nearest = places[int(np.argmin(np.linalg.norm(points - middle, axis=1)))]
    extent = float(np.max(np.linalg.norm(points[:, None] - points[None], axis=-1)) + size)
    sign = Sign(
        type=FindingType.MULTIPLE_FILLING_DEFECT,
        point_mm=nearest.point_mm,
        extent_mm=extent,
        duct=nearest.duct,
        arc_mm=nearest.arc_mm,
        parts=tuple((place.duct, place.arc_mm) for place in places),
        evidence={
            "n_defects": float(len(places)),
            "size_mm": size,
            "distance_mm": min(place.distance_mm for place in places),
        },
    )
    return Lesion(
        plan=plan.settled(size_mm=size, distance_mm=nearest.distance_mm),
        point_mm=middle,
        signs=(sign,),
        displacing=joined(*bodies) if bodies else EMPTY,
    )


def _obstruction(
    plan: Plan,
    ducts: Ducts,
    site: Site,
    *,
    size: float,
    plug: Balls,
    stop_mm: float,
    convex: float,
) -> Lesion:
    duct = ducts.branches[site.duct]
    stop = min(stop_mm, duct.length_mm - 0.05)
    sign = Sign(
        type=FindingType.ABRUPT_DUCT_TERMINATION,
        point_mm=site.point_mm,
        extent_mm=size,
        duct=site.duct,
        arc_mm=site.arc_mm,
        evidence={
            "caliber_mm": 2 * duct.radius_at(site.arc_mm),
            "distance_mm": site.distance_mm,
            "is_cup_shaped": convex,
            "lost_ducts": float(len(below(ducts, site.duct)) - 1),
        },
    )
    return Lesion(
        plan=plan.settled(size_mm=size, distance_mm=site.distance_mm),
        point_mm=site.point_mm,
        signs=(sign,),
        displacing=plug,
        blocks=((site.duct, stop),),
    )
