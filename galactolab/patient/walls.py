"""Lesions of the lumen's width and course: ectasia, stenosis, rough walls, displacement."""

# ruff: noqa: ARG001 (all planters have one signature, whether they need each part or not)
from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from galactolab.patient.breast import Breast
from galactolab.patient.ducts import Ducts
from galactolab.patient.lesions import Lesion, Plan, Sign
from galactolab.patient.sites import (
    Site,
    below,
    chosen_site,
    reshaped,
    site_at,
    with_dense_points,
)
from galactolab.patient.solids import Balls, across
from galactolab.terms import FindingType

Floats = npt.NDArray[np.float64]


def ectasia(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Widen the central ducts; the excess dies away over the next generations.

    Ectasia begins above 2 mm, at the ampulla above 3 mm (clinical facts, section 1.3). Its
    finding is read off the calibers of the filled tree by the truth, as every ectasia is.
    """
    caliber = plan.size_mm or rng.uniform(2.8, 5.5)
    main = 2 * max(
        float(
            np.max(duct.radius_mm, where=start + duct.arc_mm > breast.nipple_mm[0] + 4, initial=0.2)
        )
        for start, duct in zip(ducts.start_mm, ducts.branches, strict=True)
    )
    factor = max(caliber / main, 1.05)
    fade = rng.uniform(22, 40)
    dense = with_dense_points(ducts, frozenset(range(min(len(ducts), 60))))
    radii = []
    for index, duct in enumerate(dense.branches):
        way = dense.start_mm[index] + duct.arc_mm
        opening = np.clip(way / (breast.nipple_mm[0] + 4), 0, 1) ** 2
        share = opening * np.exp(-((np.maximum(way - breast.nipple_mm[0] - 8, 0) / fade) ** 2))
        wavy = 1 + 0.10 * np.sin(way / rng.uniform(1.5, 3.0) + rng.uniform(0, 6.3)) * share
        # Thin side ducts keep their width: the disease is one of the large ducts.
        large = np.clip((2 * duct.radius_mm / main - 0.25) / 0.35, 0, 1)
        radii.append(duct.radius_mm * (1 + (factor - 1) * share * large) * wavy)
    ducts = _continuous(dense.with_radii(tuple(radii)))
    site = site_at(ducts, 0, ducts.branches[0].length_mm)
    plan = plan.settled(size_mm=caliber, distance_mm=site.distance_mm)
    return ducts, Lesion(plan=plan, point_mm=site.point_mm)


def stenosis(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Narrow a duct over a short way, a little unevenly."""
    length = plan.size_mm or rng.uniform(3, 9)
    severity = plan.severity or rng.uniform(0.5, 0.85)
    site = chosen_site(
        ducts,
        distance_mm=plan.span_mm(17, 45),
        radius_mm=(0.45, 9),
        clear_mm=min(0.5 * length, 4.0),
        rng=rng,
    )
    phase = rng.uniform(0, 6.3, 2)

    def change(way_mm: Floats, radius: Floats) -> Floats:
        t = np.clip(1 - np.abs(way_mm) / (length / 2), 0, 1)
        dip = severity * (3 * t**2 - 2 * t**3) ** 0.6
        uneven = 1 + 0.12 * np.sin(way_mm * 2.2 + phase[0]) * np.sin(way_mm * 0.9 + phase[1])
        return radius * (1 - dip) * np.where(t > 0, uneven, 1.0)

    ducts = reshaped(ducts, site, change=change)
    caliber = 2 * site.radius_mm
    left = _least_radius(ducts, site, within_mm=length / 2)
    sign = Sign(
        type=FindingType.DUCT_NARROWING,
        point_mm=site.point_mm,
        extent_mm=length,
        duct=site.duct,
        arc_mm=site.arc_mm,
        evidence={
            "stenosis_percent": 100 * (1 - 2 * left / caliber),
            "reference_caliber_mm": caliber,
            "distance_mm": site.distance_mm,
        },
    )
    settled = replace(plan.settled(size_mm=length, distance_mm=site.distance_mm), severity=severity)
    return ducts, Lesion(plan=settled, point_mm=site.point_mm, signs=(sign,))


def wall_irregularity(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Roughen the walls of one part of the tree: narrow and wide places in quick change."""
    extent = plan.size_mm or rng.uniform(12, 30)
    site = chosen_site(
        ducts, distance_mm=plan.span_mm(20, 36), radius_mm=(0.35, 9), generation=(1, 9), rng=rng
    )
    part = frozenset(
        index
        for index in below(ducts, site.duct)
        if ducts.start_mm[index] - site.distance_mm < extent
    )
    ducts = roughened(ducts, part, amplitude=0.32, grain_mm=0.6, rng=rng)
    parts = tuple(
        (index, float(arc))
        for index in sorted(part)
        for arc in np.arange(0.5, ducts.branches[index].length_mm, 2.0)
    )
    sign = Sign(
        type=FindingType.DUCT_NARROWING,
        point_mm=site.point_mm,
        extent_mm=extent,
        duct=site.duct,
        arc_mm=site.arc_mm,
        parts=parts,
        evidence={"is_wall_irregularity": 1.0, "distance_mm": site.distance_mm},
    )
    settled = plan.settled(size_mm=extent, distance_mm=site.distance_mm)
    return ducts, Lesion(plan=settled, point_mm=site.point_mm, signs=(sign,))


def mass(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Put a mass beside a duct and push the ducts around it aside.

    CID 6057 has no concept for displacement: the mass leaves no finding of that list.
    """
    size = plan.size_mm or rng.uniform(10, 20)
    site = chosen_site(ducts, distance_mm=plan.span_mm(26, 45), radius_mm=(0.3, 9), rng=rng)
    center = site.point_mm + across(site.along, rng=rng) * 0.35 * size
    reach = 0.55 * size
    branches = []
    for duct in ducts.branches:
        away = duct.path_mm - center
        gap = np.linalg.norm(away, axis=1, keepdims=True)
        # Every point moves outward so that the ball of tissue becomes free: r^3 law of a
        # body that swells in soft tissue, without touching what is far.
        moved = (np.maximum(gap, 1e-6) ** 3 + reach**3) ** (1 / 3)
        branches.append(replace(duct, path_mm=center + away * moved / np.maximum(gap, 1e-6)))
    tissue = Balls(center_mm=center[None], radius_mm=np.array([reach * 0.94]))
    settled = plan.settled(size_mm=size, distance_mm=site.distance_mm)
    ducts = replace(ducts, branches=tuple(branches))
    return ducts, Lesion(plan=settled, point_mm=center, tissue=tissue)


def leafless(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Take the side branches away: a bare trunk with few branches.

    Benign in all 12 patients of the largest blinded series (Dinkel 2000, clinical facts 5.2).
    """
    order = ducts.flat.strahler
    top = max(order)
    kept = [i for i in range(len(ducts)) if order[i] >= max(top - 2, 2) or i == 0]
    number = {old: new for new, old in enumerate(kept)}
    branches = []
    for i in kept:
        parent = ducts.branches[i].parent
        new = None if parent is None else number[parent]
        branches.append(replace(ducts.branches[i], parent=new))
    bare = Ducts(branches=tuple(branches), lobules=(), family=ducts.family)
    point = bare.branches[0].path_mm[-1]
    return bare, Lesion(plan=plan.settled(size_mm=bare.total_length_mm / 10), point_mm=point)


def roughened(
    ducts: Ducts,
    part: frozenset[int],
    *,
    amplitude: float,
    grain_mm: float,
    rng: np.random.Generator,
) -> Ducts:
    """Return the tree with radii of some ducts changed at random along their way.

    Parameters
    ----------
    ducts : Ducts
    part : frozenset of int
    amplitude : float
        Standard deviation of the radius, as a share.
    grain_mm : float
        Correlation length along the duct.
    rng : numpy.random.Generator
    """
    dense = with_dense_points(ducts, part, step_mm=0.2)
    radii = []
    for index, duct in enumerate(dense.branches):
        if index not in part:
            radii.append(duct.radius_mm)
            continue
        sigma = max(grain_mm / 0.2, 1.0)
        noise = gaussian_filter1d(rng.normal(size=len(duct.arc_mm)), sigma / 2, mode="reflect")
        noise *= amplitude / max(float(np.std(noise)), 1e-9)
        radii.append(duct.radius_mm * np.clip(1 + noise, 0.3, 1.6))
    return dense.with_radii(tuple(radii))


def _least_radius(ducts: Ducts, site: Site, *, within_mm: float) -> float:
    """Return the smallest half width of the site's duct around it."""
    duct = ducts.branches[site.duct]
    near = np.abs(duct.arc_mm - site.arc_mm) <= within_mm
    return min(float(np.min(duct.radius_mm, where=near, initial=9.0)), duct.radius_at(site.arc_mm))


def _continuous(ducts: Ducts) -> Ducts:
    """Let no daughter start wider than its parent ends."""
    radii: list[Floats] = []
    for duct in ducts.branches:
        if duct.parent is None:
            radii.append(duct.radius_mm)
            continue
        cap = float(radii[duct.parent][-1])
        excess = np.minimum(cap / duct.radius_mm[0], 1.0)
        fade = np.exp(-duct.arc_mm / 4)
        radii.append(duct.radius_mm * (1 - (1 - excess) * fade))
    return ducts.with_radii(tuple(radii))
