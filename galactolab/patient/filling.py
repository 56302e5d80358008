"""What the injected contrast reaches: volume, resistance, reflux, leak.

The contrast front is taken to run along every duct at once and to be slowed by thin lumina:
the cost of a way is the integral of ``1 + (r_ref / r)^2`` along it, and ducts fill in the
order of that cost until the volume is used up. Beyond an obstruction nothing fills; beyond a
tight narrowing ducts fill late, and stay empty when little was injected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galactolab.errors import check_between
from galactolab.patient.ducts import Ducts

Floats = npt.NDArray[np.float64]

# Cannula and tubing hold this much before the duct gets any. Own estimate; the gap between
# the volumes injected (0.1-2 mL) and the lumina of a lobe has to go somewhere.
DEAD_SPACE_ML = 0.1
# A lumen thinner than this slows the front to half its speed.
_SLOW_RADIUS_MM = 0.15
# Walls give way: a filled tree takes up this multiple of its resting volume before it leaks.
_STRETCH = 1.8
# Resistance is felt when the tree is filled and a little stretched.
_FULL = 1.3
# Beyond that, acini and gaps take this much before contrast flows back past the cannula, and
# beyond the second number the wall gives way and half of the rest leaks. Own choices: most
# ducts are full at 0.5-1 mL, and 2 mL is the most that is reported.
_HOLD_ML, _BURST_ML = 0.7, 1.2


@dataclass(frozen=True, kw_only=True, eq=False)
class Filling:
    """How far the contrast came.

    Attributes
    ----------
    volume_ml : float
        Injected; 0.1-2 mL are reported, most ducts are filled by 0.5-1 mL (Radiopaedia;
        Zhang 2017; clinical facts, section 4.1).
    concentration_mgi_ml : float
        Iodine in the agent as injected.
    dilution : float
        Share of secretion in the lumen's content, 0 to below 1.
    filled_mm : tuple of float
        For each duct, the way from its start that is filled.
    lobules : tuple of bool
        For each lobule, whether its acini are filled.
    share : float
        Filled share of the lumen's volume that can be reached.
    reflux_ml : float
        What came back out of the orifice.
    leak_ml : float
        What burst out of an over-filled duct into the tissue.
    """

    volume_ml: float
    concentration_mgi_ml: float
    dilution: float
    filled_mm: tuple[float, ...]
    lobules: tuple[bool, ...]
    share: float
    reflux_ml: float
    leak_ml: float

    @property
    def seen_mm(self) -> tuple[float, ...]:
        """For each duct, the way from its start that iodine shows: none without iodine."""
        return self.filled_mm if self.lumen_mgi_ml > 0 else (0.0,) * len(self.filled_mm)

    @property
    def lumen_mgi_ml(self) -> float:
        """Iodine in the lumen, after dilution by secretion."""
        return self.concentration_mgi_ml * (1 - self.dilution)


def injected(
    ducts: Ducts,
    *,
    blocks: tuple[tuple[int, float], ...] = (),
    volume_ml: float | None = 0.6,
    concentration_mgi_ml: float = 300.0,
    dilution: float = 0.0,
    lobule_rng: np.random.Generator,
) -> Filling:
    """Inject contrast into a tree.

    Parameters
    ----------
    ducts : Ducts
    blocks : tuple of (int, float)
        Duct and distance from its start beyond which nothing passes.
    volume_ml : float or None
        0 to 3 mL; None injects until the tree is full, as one does by feeling the resistance.
    concentration_mgi_ml : float
        0 to 400 mgI/mL.
    dilution : float
        0 to 0.9.
    lobule_rng : numpy.random.Generator
        Decides which acini open.

    Raises
    ------
    GalactolabError
        If a number is outside its range.
    """
    if volume_ml is not None:
        check_between("volume_ml", volume_ml, 0, 3, "mL")
    check_between("concentration_mgi_ml", concentration_mgi_ml, 0, 400, "mgI/mL")
    check_between("dilution", dilution, 0, 0.9)
    costs, volumes = _costs(ducts, blocks)
    open_ml = sum(float(v[np.isfinite(c)].sum()) for c, v in zip(costs, volumes, strict=True))
    if volume_ml is None:
        volume_ml = min(DEAD_SPACE_ML + _FULL * open_ml + 0.1, 3.0)
    inside = max(volume_ml - DEAD_SPACE_ML, 0.0)
    limit, share = _front(costs, volumes, inside)
    filled = tuple(
        _reached_mm(duct.arc_mm, cost, limit)
        for duct, cost in zip(ducts.branches, costs, strict=True)
    )
    excess = max(inside - _STRETCH * open_ml, 0.0)
    # Acini open under pressure only: few in a normal filling, most when it is over-filled.
    chance = 0.25 + 0.7 * min(excess / 1.0, 1.0)
    draw = lobule_rng.uniform(0, 1, len(ducts.lobules))
    lobules = tuple(
        bool(filled[lobule.duct] >= ducts.branches[lobule.duct].length_mm - 0.05 and u < chance)
        for lobule, u in zip(ducts.lobules, draw, strict=True)
    )
    return Filling(
        volume_ml=volume_ml,
        concentration_mgi_ml=concentration_mgi_ml,
        dilution=dilution,
        filled_mm=filled,
        lobules=lobules,
        share=share,
        reflux_ml=max(excess - _HOLD_ML, 0.0),
        leak_ml=max(excess - _BURST_ML, 0.0) / 2,
    )


def _costs(
    ducts: Ducts, blocks: tuple[tuple[int, float], ...]
) -> tuple[list[Floats], list[Floats]]:
    """Cost of the way to each point, and the volume of the piece that ends there, in mL."""
    costs: list[Floats] = []
    volumes: list[Floats] = []
    stops: dict[int, float] = {}
    for index, arc in blocks:
        stops[index] = min(arc, stops.get(index, np.inf))
    for index, duct in enumerate(ducts.branches):
        step = np.diff(duct.arc_mm)
        radius = 0.5 * (duct.radius_mm[1:] + duct.radius_mm[:-1])
        price = np.concatenate([[0.0], np.cumsum(step * (1 + (_SLOW_RADIUS_MM / radius) ** 2))])
        before = 0.0 if duct.parent is None else float(costs[duct.parent][-1])
        cost = before + price
        if index in stops:
            cost = np.where(duct.arc_mm > stops[index], np.inf, cost)
        costs.append(cost)
        volumes.append(np.concatenate([[0.0], step * np.pi * radius**2 / 1000]))
    return costs, volumes


def _front(costs: list[Floats], volumes: list[Floats], inside_ml: float) -> tuple[float, float]:
    """Return the cost that the front reaches, and the filled share of the open volume."""
    cost, volume = np.concatenate(costs), np.concatenate(volumes)
    order = np.argsort(cost, kind="stable")
    order = order[np.isfinite(cost[order])]
    total = np.cumsum(volume[order])
    if inside_ml >= total[-1]:
        return float(cost[order][-1]), 1.0
    limit = float(np.interp(inside_ml, total, cost[order]))
    return limit, inside_ml / float(total[-1])


def _reached_mm(arc_mm: Floats, cost: Floats, limit: float) -> float:
    open_ = np.isfinite(cost)
    if not open_.any() or cost[0] >= limit:
        return 0.0
    return float(np.interp(limit, cost[open_], arc_mm[open_]))
