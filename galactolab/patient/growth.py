"""Growth by recursive branching, after the duct model of the VICTRE phantom.

The rules and their numbers are those of the public parameter table of VICTRE (C. Graff, FDA;
https://github.com/DIDSR/breastPhantom), read in its configuration files and widened to human
calibers: main ducts of 1.9 ± 0.6 mm with the first branch 8.0 ± 5.5 mm from the nipple
(Ramsay et al. 2005, doi:10.1111/j.1469-7580.2005.00417.x), 20-40 terminal units per lobe of
1-4 mm (IARC breast atlas). VICTRE's own tree starts at 1 mm and ends at 0.16 mm.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galactolab.patient.ducts import Duct, Ducts, Lobule
from galactolab.patient.joining import merged
from galactolab.patient.solids import across, cluster
from galactolab.patient.territory import OpenSpace, Territory

Floats = npt.NDArray[np.float64]

MAIN_CALIBER_MM = (1.9, 0.6)
FIRST_BRANCH_MM = (8.0, 5.5)
_TRIES = 12
_POINTS = 5
_SWAY = 0.5
# Ducts bend gently: no wave is shorter than this, or than some calibers.
_WAVE_MM, _WAVE_CALIBERS = 2.5, 4.0
_APART = 1.2
# Ducts below this radius end without a sign.
_THIN_MM = 0.25


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a lobe branches; ranges are uniform.

    Attributes
    ----------
    branch_mm : float
        Length of branches on main paths.
    side_shrink : float
        Length of a side branch, as a share of its parent's (VICTRE: 0.5).
    length_spread : float
        Half width of the relative spread of lengths (VICTRE: 0.1).
    ratio : (float, float)
        Radius of the first daughter divided by its parent's (VICTRE: 0.65-0.99).
    exponent : float
        Of the law that gives the second daughter's radius; 3 is the cubic law.
    stop_radius_mm : float
        Thinner ducts do not branch.
    max_branches, max_generation : int
    """

    branch_mm: float = 9.0
    side_shrink: float = 0.66
    length_spread: float = 0.35
    ratio: tuple[float, float] = (0.65, 0.99)
    exponent: float = 3.0
    stop_radius_mm: float = 0.12
    max_branches: int = 450
    max_generation: int = 12


def random_rules(rng: np.random.Generator, *, shorter: float = 1.0) -> Rules:
    """Return the rules of one lobe, drawn widely: lobes differ greatly.

    Parameters
    ----------
    rng : numpy.random.Generator
    shorter : float
        Factor on the length of branches, for a lobe with little room.
    """
    return Rules(
        branch_mm=shorter * rng.uniform(9.5, 17.0),
        side_shrink=rng.uniform(0.55, 0.78),
        exponent=rng.uniform(2.5, 3.5),
        stop_radius_mm=rng.uniform(0.10, 0.16),
        max_generation=int(rng.integers(8, 13)),
    )


def first_branch_mm(rng: np.random.Generator) -> float:
    """Draw the way from the orifice to the first branching: lognormal, 8.0 ± 5.5 mm."""
    mean, spread = FIRST_BRANCH_MM
    variance = math.log(1 + (spread / mean) ** 2)
    drawn = rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance))
    return float(np.clip(drawn, 1.5, 30))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Bud:
    """A branch that is still to grow."""

    start: Floats
    toward: Floats
    radius_mm: float
    length_mm: float
    level: int
    generation: int
    parent: int


def recursive(
    territory: Territory,
    *,
    main_radius_mm: float,
    first_mm: float,
    rules: Rules,
    rng: np.random.Generator,
) -> Ducts:
    """Grow one lobe.

    Parameters
    ----------
    territory : Territory
    main_radius_mm : float
        Half width of the main duct behind the nipple.
    first_mm : float
        Way from the orifice to the first branching.
    rules : Rules
    rng : numpy.random.Generator

    Returns
    -------
    Ducts
    """
    space = OpenSpace(territory, rng=rng)
    trunk = main_duct(territory, radius_mm=main_radius_mm, length_mm=first_mm, rng=rng)
    branches = [trunk]
    space.add(trunk.path_mm)
    # Breadth first, so that late siblings do not starve when the cap on branches is reached.
    buds = deque(_buds(trunk, 0, level=0, generation=0, rules=rules, rng=rng))
    while buds:
        bud = buds.popleft()
        grown = _grown(bud, territory, space, rng=rng)
        if grown is None:
            continue
        duct, free = grown
        branches.append(duct)
        space.add(duct.path_mm)
        # A wide duct that met the border tries to go on; a thin one may end there.
        if (
            (free or duct.radius_mm[-1] > _THIN_MM)
            and duct.radius_mm[-1] > rules.stop_radius_mm
            and len(branches) + len(buds) + 2 <= rules.max_branches
            and bud.generation < rules.max_generation
        ):
            index = len(branches) - 1
            buds.extend(
                _buds(duct, index, level=bud.level, generation=bud.generation, rules=rules, rng=rng)
            )
    return ended(Ducts(branches=merged(branches)), rng=rng)


def main_duct(
    territory: Territory, *, radius_mm: float, length_mm: float, rng: np.random.Generator
) -> Duct:
    """Return the main duct: narrow at the orifice, then bending into the lobe.

    Ducts are thin just under the skin and widen in the nipple; nearly half are below
    0.5 mm there (Taneri et al. 2006, doi:10.1159/000096775).
    """
    n = max(8, int(length_mm / 0.5))
    t = np.linspace(0, 1, n)
    s = t * length_mm
    straight = np.array([1.0, 0.0, 0.0])
    bend = np.clip((s - 3) / 8, 0, 1)[:, None]
    heading = (1 - bend) * straight + bend * territory.frame[0]
    sway = across(territory.frame[0], rng=rng) * 0.25
    heading = heading + np.sin(s / rng.uniform(2.5, 4))[:, None] * sway
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    steps = heading[:-1] * np.diff(s)[:, None]
    path = territory.orifice_mm + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    neck = rng.uniform(0.25, 0.45)
    opened = np.clip(s / min(6.0, 0.8 * length_mm), 0, 1)
    widening = neck + (1 - neck) * (3 * opened**2 - 2 * opened**3)
    return Duct(path_mm=path, radius_mm=radius_mm * widening, parent=None)


def _buds(
    duct: Duct,
    index: int,
    *,
    level: int,
    generation: int,
    rules: Rules,
    rng: np.random.Generator,
) -> list[_Bud]:
    """Return the two daughters of a duct.

    The second radius follows r0^n = r1^n + r2^n. The angles are those of least volume for
    these radii (Murray), spread upward by up to 12 degrees as VICTRE's bounds are.
    """
    r0 = float(duct.radius_mm[-1])
    first = rng.uniform(*rules.ratio)
    second = max((1 - first**rules.exponent) ** (1 / rules.exponent), 0.25)
    heading = duct.path_mm[-1] - duct.path_mm[-2]
    heading /= np.linalg.norm(heading)
    side = across(heading, rng=rng)
    buds = []
    for number, (own, other) in enumerate(((first, second), (second, first))):
        cosine = (1 + own**4 - other**4) / (2 * own**2)
        angle = math.acos(min(max(cosine, 0.2), 1.0)) + rng.uniform(0, 0.21)
        sign = 1.0 if number == 0 else -1.0
        stray = side + rng.normal(0, 0.1, 3)
        stray -= (stray @ heading) * heading
        toward = math.cos(angle) * heading + sign * math.sin(angle) * stray / np.linalg.norm(stray)
        own_level = level + number
        length = rules.branch_mm * rules.side_shrink**own_level
        length *= 1 + rng.uniform(-rules.length_spread, rules.length_spread)
        buds.append(
            _Bud(
                start=duct.path_mm[-1],
                toward=toward,
                radius_mm=r0 * own,
                length_mm=max(length, 1.0),
                level=own_level,
                generation=generation + 1,
                parent=index,
            )
        )
    return buds


def _grown(
    bud: _Bud, territory: Territory, space: OpenSpace, *, rng: np.random.Generator
) -> tuple[Duct, bool] | None:
    """Grow one branch as a chain of arcs; also tell whether it stayed clear of the border."""
    n_arcs = 4
    points, heading, free = [bud.start[None]], bud.toward, True
    goal = space.goal(bud.start, bud.toward, reach_mm=2.5 * bud.length_mm)
    for number in range(n_arcs):
        arc = None
        for most_bend in (0.8, 1.9):  # a tighter turn may still save it from the border
            arc = arc or _arc(
                points[-1][-1],
                heading,
                bud.length_mm / n_arcs,
                territory,
                goal,
                most_bend=most_bend,
                # Near its start a branch still lies beside its parent and its sister.
                space=space if number else None,
                rng=rng,
            )
        if arc is None:
            free = False
            break
        points.append(arc[0])
        heading = arc[1]
    path = np.concatenate(points)
    if len(path) < 2:
        return None
    path = _swaying(path, caliber_mm=2 * bud.radius_mm, rng=rng)
    t = np.linspace(0, 1, len(path))
    # Cubic with flat ends, as in VICTRE; each branch thins by 0-15 % of its radius.
    thinner = 1 - rng.uniform(0, 0.15) * (3 * t**2 - 2 * t**3)
    return Duct(path_mm=path, radius_mm=bud.radius_mm * thinner, parent=bud.parent), free


def _swaying(path: Floats, *, caliber_mm: float, rng: np.random.Generator) -> Floats:
    """Let a branch wind about its course: the way is some 6 % longer than the chord.

    Measured on mouse ducts (Paine et al. 2016, doi:10.1371/journal.pcbi.1004839).
    """
    chord = path[-1] - path[0]
    length = float(np.linalg.norm(chord))
    if length < 1e-6:
        return path
    along = chord / length
    t = np.linspace(0, 1, len(path))
    swayed = path.copy()
    for waves in (1, 2, 3):
        if length / waves < max(_WAVE_MM, _WAVE_CALIBERS * caliber_mm):
            break
        # The slope of each wave is alike, so that long and short ones bend the course alike.
        size = length / (2 * np.pi * waves) * abs(rng.normal(0, _SWAY))
        swayed += size * np.sin(2 * np.pi * waves * t)[:, None] * across(along, rng=rng)
    return swayed


def _arc(
    start: Floats,
    heading: Floats,
    length_mm: float,
    territory: Territory,
    goal: Floats | None,
    *,
    most_bend: float,
    space: OpenSpace | None,
    rng: np.random.Generator,
) -> tuple[Floats, Floats] | None:
    """Try several circular arcs at once and return the best one and its end direction.

    Plan: `_TRIES` arcs of random bend and azimuth, (T, P, 3) points; those that leave the
    territory drop out; of the others the one that heads outward and to the goal, and that
    does not run along another duct, wins.
    """
    bend = rng.beta(2, 3.5, _TRIES) * most_bend
    azimuth = rng.uniform(0, 2 * math.pi, _TRIES)
    one = _cross(heading, np.array([0.36, 0.48, 0.8]))
    one /= np.linalg.norm(one)
    other = _cross(heading, one)
    normal = np.cos(azimuth)[:, None] * one + np.sin(azimuth)[:, None] * other
    turned = bend[:, None] * np.linspace(1 / _POINTS, 1, _POINTS)
    scale = length_mm / bend[:, None]
    path = (
        start
        + (scale * np.sin(turned))[..., None] * heading
        + (scale * (1 - np.cos(turned)))[..., None] * normal[:, None]
    )
    end = np.cos(bend)[:, None] * heading + np.sin(bend)[:, None] * normal
    inside = territory.contains(path).all(axis=1)
    if not inside.any():
        return None
    score = 0.4 * np.einsum("td,td->t", end, territory.outward(path[:, -1]))
    if goal is not None:
        away = goal - path[:, -1]
        away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-9
        score += np.einsum("td,td->t", end, away)
    if space is not None:
        score -= _APART * space.crowding(path)
    score += rng.normal(0, 0.2, _TRIES)
    best = int(np.argmax(np.where(inside, score, -np.inf)))
    return path[best], end[best]


def _cross(a: Floats, b: Floats) -> Floats:
    """Return the cross product of two vectors; for single ones numpy's takes ten times longer."""
    return np.array(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def ended(ducts: Ducts, *, rng: np.random.Generator) -> Ducts:
    """Taper the terminal ducts and put lobules at 20 to 40 of them.

    Numbers: 20-40 terminal units per lobe (IARC breast atlas) of 1-4 mm.
    """
    branches = list(ducts.branches)
    terminals = ducts.flat.terminals
    for index in terminals:
        duct = branches[index]
        # A wide one that ends all the same thins out: a blunt end would look like disease.
        end = min(0.55, _THIN_MM / 2 / float(duct.radius_mm[-1]))
        taper = 1 - (1 - end) * (duct.arc_mm / duct.length_mm) ** (2 if end > 0.5 else 1)
        branches[index] = Duct(
            path_mm=duct.path_mm,
            radius_mm=np.maximum(duct.radius_mm * taper, 0.04),
            parent=duct.parent,
        )
    count = min(len(terminals), int(rng.integers(20, 41)))
    chosen = sorted(rng.choice(terminals, count, replace=False).tolist())
    lobules = tuple(_lobule(branches[index], index, rng=rng) for index in chosen)
    return Ducts(branches=tuple(branches), lobules=lobules, family=ducts.family)


def _lobule(duct: Duct, index: int, *, rng: np.random.Generator) -> Lobule:
    length, along = rng.uniform(1.0, 2.6), duct.along(duct.length_mm)
    acini = cluster(
        duct.path_mm[-1] + along * length * 0.45,
        along,
        length_mm=length,
        width_mm=length * rng.uniform(0.5, 0.9),
        n_balls=int(rng.integers(10, 30)),
        radius_mm=(0.06, 0.15),
        rng=rng,
    )
    return Lobule(duct=index, acini=acini)
