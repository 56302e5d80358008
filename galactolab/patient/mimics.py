"""What traps learners: bubbles, clots, leaks, veins, contrast on the skin.

How each looks and how it is told from disease: clinical facts, section 4.4. An extravasation
is a finding of CID 6057; the other mimics leave no finding.
"""

# ruff: noqa: ARG001 (all planters have one signature, whether they need each part or not)
from __future__ import annotations

import numpy as np
import numpy.typing as npt

from galactolab.patient.breast import Breast
from galactolab.patient.ducts import Ducts
from galactolab.patient.lesions import Lesion, Plan, Sign
from galactolab.patient.sites import chosen_site
from galactolab.patient.solids import (
    Balls,
    across,
    cloud,
    cluster,
    directions,
    ellipsoid,
    joined,
    tube,
)
from galactolab.terms import FindingType

Floats = npt.NDArray[np.float64]


def extravasation(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Leak contrast into the tissue, at the cannula's tip unless a place is asked for.

    The cannula lies 0.4-2 cm deep, mostly 0.5-1 cm (clinical facts, section 4.1).
    """
    extent = plan.size_mm or rng.uniform(7, 15)
    site = chosen_site(
        ducts, distance_mm=plan.span_mm(breast.nipple_mm[0] + 2, 20), radius_mm=(0.2, 9), rng=rng
    )
    outward = across(site.along, rng=rng) + np.array([0.8, 0, 0])  # away from the skin
    outward /= np.linalg.norm(outward)
    center = site.point_mm + outward * (site.radius_mm + 0.32 * extent)
    heap = cloud(center, extent_mm=extent, n_balls=int(rng.integers(600, 1000)), rng=rng)
    neck = tube(np.stack([site.point_mm, center]), np.array([0.35, 0.8]) * min(1.0, extent / 8))
    sign = Sign(
        type=FindingType.EXTRAVASATION,
        point_mm=center,
        extent_mm=extent,
        duct=site.duct,
        arc_mm=site.arc_mm,
        evidence={"extent_mm": extent, "distance_mm": site.distance_mm},
    )
    settled = plan.settled(size_mm=extent, distance_mm=site.distance_mm)
    return ducts, Lesion(plan=settled, point_mm=center, signs=(sign,), leaked=joined(heap, neck))


def air_bubbles(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Put round bubbles of air into wide ducts; they lie elsewhere in the next view."""
    size = plan.size_mm or rng.uniform(0.6, 1.2)
    count = plan.count or int(rng.integers(1, 5))
    first, second = (_bubbles(plan, ducts, size, count, rng=rng) for _ in range(2))
    settled = plan.settled(size_mm=size)
    return ducts, Lesion(
        plan=settled, point_mm=first.center_mm[0], displacing=first, elsewhere=second
    )


def _bubbles(
    plan: Plan, ducts: Ducts, size: float, count: int, *, rng: np.random.Generator
) -> Balls:
    centers, radii = [], []
    for _ in range(count):
        site = chosen_site(ducts, distance_mm=plan.span_mm(12, 40), radius_mm=(0.4, 9), rng=rng)
        radius = min(size / 2 * rng.uniform(0.8, 1.2), 0.85 * site.radius_mm)
        lift = max(site.radius_mm - radius, 0) * 0.9
        centers.append(site.point_mm + across(site.along, rng=rng) * lift)
        radii.append(radius)
    return Balls(center_mm=np.stack(centers), radius_mm=np.array(radii))


def clot(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Put a soft, irregular clot into a wide duct; it slides between views."""
    size = plan.size_mm or rng.uniform(1.5, 4)
    site = chosen_site(ducts, distance_mm=plan.span_mm(14, 40), radius_mm=(0.45, 9), rng=rng)
    aside = (site.distance_mm - 9, site.distance_mm + 9)
    other = chosen_site(ducts, distance_mm=aside, radius_mm=(0.45, 9), rng=rng)
    here, there = (
        cluster(
            place.point_mm,
            place.along,
            length_mm=size,
            width_mm=1.5 * place.radius_mm,
            n_balls=int(rng.integers(8, 16)),
            radius_mm=(0.25 * place.radius_mm, 0.5 * place.radius_mm),
            rng=rng,
        )
        for place in (site, other)
    )
    settled = plan.settled(size_mm=size, distance_mm=site.distance_mm)
    return ducts, Lesion(plan=settled, point_mm=site.point_mm, displacing=here, elsewhere=there)


def venous_filling(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Fill thin, even channels that do not follow the tree."""
    size = plan.size_mm or rng.uniform(20, 45)
    site = chosen_site(ducts, distance_mm=plan.span_mm(14, 28), rng=rng)
    channels = []
    for _ in range(int(rng.integers(2, 4))):
        heading = across(np.array([1.0, 0, 0]), rng=rng) + np.array([0.8, 0, 0])
        path = [site.point_mm + across(site.along, rng=rng) * 2]
        for _ in range(int(size / 1.5)):
            heading = heading + 0.22 * directions(1, rng=rng)[0]
            heading /= np.linalg.norm(heading)
            path.append(path[-1] + 1.5 * heading)
        points = np.stack(path)
        points = points[breast.within(points, margin_mm=3.0)]
        if len(points) > 3:
            channels.append(tube(points, np.full(len(points), rng.uniform(0.2, 0.4))))
    settled = plan.settled(size_mm=size)
    leak = joined(*channels)
    return ducts, Lesion(plan=settled, point_mm=site.point_mm, leaked=leak)


def skin_contrast(
    plan: Plan, ducts: Ducts, breast: Breast, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Leave drops of contrast on the nipple and the areola."""
    size = plan.size_mm or rng.uniform(2, 5)
    count = plan.count or int(rng.integers(2, 6))
    radius = breast.nipple_mm[1] / 2
    drops = []
    for _ in range(count):
        side = across(np.array([1.0, 0, 0]), rng=rng)
        depth = -breast.nipple_mm[0] + rng.uniform(0, breast.nipple_mm[0])
        middle = np.array([depth, 0, 0]) + side * radius
        own = size / 2 * rng.uniform(0.5, 1)
        # A drop runs along the skin.
        along = across(side, rng=rng)
        drops.append(
            ellipsoid(middle, along, length_mm=2 * own, width_mm=own * rng.uniform(0.6, 1))
        )
    settled = plan.settled(size_mm=size)
    return ducts, Lesion(plan=settled, point_mm=breast.tip_mm, leaked=joined(*drops))
