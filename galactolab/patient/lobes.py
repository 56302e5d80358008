"""All lobes of one breast: which opening leads where.

An image of one patient needs the one lobe that is injected (`galactolab.patient.phantom`);
here the others are grown beside it, for the lesson on anatomy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galactolab.errors import check_between
from galactolab.patient import growth as growing
from galactolab.patient.breast import Breast, stream
from galactolab.patient.ducts import Ducts
from galactolab.patient.territory import Territory

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Lobe:
    """One duct system with its opening.

    Attributes
    ----------
    orifice_mm : (3,) array of float
        In the breast frame: away from the nipple, lateral, cranial.
    clock_h : float
        Where the lobe lies, as on the dial of a clock that the patient wears: 12 is up; 0 to 12.
    central : bool
        Whether its opening belongs to the central group on the nipple.
    ducts : Ducts
    """

    orifice_mm: Floats
    clock_h: float
    central: bool
    ducts: Ducts


def lobes(breast: Breast, *, n_lobes: int = 9) -> tuple[Lobe, ...]:
    """Grow several lobes, none into the territory of another.

    Openings lie in a central and a peripheral group, and the systems do not join each other
    (Love and Barsky 2004, doi:10.1002/cncr.20559). How many there are depends on where one
    counts; by default there are nine, as ultrasound saw on average in lactation
    (Ramsay et al. 2005). How the territories part the breast is our own choice.

    Parameters
    ----------
    breast : Breast
        Its seed decides how the ducts grow.
    n_lobes : int
        4 to 20.

    Examples
    --------
    >>> found = lobes(Breast(seed=3), n_lobes=5)
    >>> len(found), sum(lobe.central for lobe in found)
    (5, 2)
    """
    check_between("n_lobes", n_lobes, 4, 20)
    n_central = max(2, round(n_lobes / 4))
    n_outer = n_lobes - n_central
    rng = stream(breast.seed, "lobes")
    start = rng.uniform(0, 2 * math.pi)
    places = [(True, n_central, k) for k in range(n_central)]
    places += [(False, n_outer, k) for k in range(n_outer)]
    made = []
    for central, n_ring, k in places:
        clock = start + 2 * math.pi * (k + 0.15 * rng.uniform(-1, 1)) / n_ring
        tilt = math.radians(14 if central else 52)
        territory = _territory(breast, clock=clock, tilt=tilt, n_ring=n_ring, rng=rng)
        made.append(_grown(territory, clock=clock, central=central, rng=rng))
    return tuple(made)


def _territory(
    breast: Breast, *, clock: float, tilt: float, n_ring: int, rng: np.random.Generator
) -> Territory:
    """Return a wedge of a ring of `n_ring` that touches its neighbors but does not overlap."""
    across = np.array([0.0, math.sin(clock), math.cos(clock)])
    axis = np.array([math.cos(tilt), 0, 0]) + math.sin(tilt) * across
    radial = np.array([-math.sin(tilt), 0, 0]) + math.cos(tilt) * across
    central = tilt < math.radians(30)
    offset = (0.09 if central else 0.3) * breast.nipple_mm[1]
    round_mm = breast.nipple_mm[1] / 2
    back = round_mm - math.sqrt(round_mm**2 - offset**2) + 0.6
    around = min(math.pi / n_ring * math.sin(tilt), math.radians(28)) * 0.95
    return Territory(
        breast=breast,
        orifice_mm=breast.tip_mm + offset * across + np.array([back, 0.0, 0.0]),
        frame=np.stack([axis, np.cross(axis, radial), radial]),
        spread=(math.tan(around), math.tan(math.radians(13 if central else 24))),
        reach_mm=breast.depth_mm * rng.uniform(0.65, 0.92),
    )


def _grown(territory: Territory, *, clock: float, central: bool, rng: np.random.Generator) -> Lobe:
    """Grow the ducts of a territory; a lobe that finds little room stays small."""
    ducts = growing.recursive(
        territory,
        main_radius_mm=float(np.clip(rng.normal(0.75, 0.15), 0.4, 0.95)),
        first_mm=territory.breast.nipple_mm[0] + growing.first_branch_mm(rng),
        rules=growing.random_rules(rng, shorter=1.0),
        rng=rng,
    )
    hours = math.degrees(clock) / 30 % 12
    return Lobe(orifice_mm=territory.orifice_mm, clock_h=hours, central=central, ducts=ducts)
