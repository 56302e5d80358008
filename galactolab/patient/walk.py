"""Growth by a branching and annihilating random walk.

Tips of ducts walk at random, split at random, and stop for good where they meet another duct.
With measured rates these three rules gave size, shape and density of the mouse mammary tree
(Hannezo et al. 2017, doi:10.1016/j.cell.2017.08.026). The subtrees come out far more unequal
than those of recursive branching. Rates for human lobes were not found; they are set so that
lobes have 40 to 450 branches.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from galactolab.patient.ducts import Duct, Ducts
from galactolab.patient.growth import ended, main_duct
from galactolab.patient.joining import merged
from galactolab.patient.solids import across, directions
from galactolab.patient.territory import Territory

Floats = npt.NDArray[np.float64]

_STEP_MM = 0.5
_MEET_MM = 2.0
_MOST_BRANCHES = 450
_MOST_STEPS = 400


def random_walk(
    territory: Territory, *, main_radius_mm: float, first_mm: float, rng: np.random.Generator
) -> Ducts:
    """Grow one lobe.

    Parameters
    ----------
    territory : Territory
    main_radius_mm : float
        Half width of the main duct behind the nipple.
    first_mm : float
        Way from the orifice to the first branching.
    rng : numpy.random.Generator
    """
    trunk = main_duct(territory, radius_mm=main_radius_mm, length_mm=first_mm, rng=rng)
    walk = _Walk(territory, trunk, split_mm=rng.uniform(7.0, 12.0), rng=rng)
    for _ in range(_MOST_STEPS):
        if not walk.tips:
            break
        walk.advance()
    paths, parents = walk.kept()
    radii = _radii(paths, parents, main_radius_mm=main_radius_mm, rng=rng)
    radii[0] = trunk.radius_mm
    ducts = [
        Duct(path_mm=path, radius_mm=radius, parent=parent)
        for path, radius, parent in zip(paths, radii, parents, strict=True)
    ]
    return ended(Ducts(branches=merged(ducts), family="random_walk"), rng=rng)


class _Walk:
    """The tips, the paths behind them, and a grid that knows where ducts are."""

    def __init__(
        self, territory: Territory, trunk: Duct, *, split_mm: float, rng: np.random.Generator
    ) -> None:
        breast = territory.breast
        self._territory, self._rng, self._split = territory, rng, _STEP_MM / split_mm
        self._low = np.array([-30.0, -breast.medial_mm - 10, -breast.caudal_mm - 10])
        high = np.array([breast.depth_mm, breast.lateral_mm, breast.cranial_mm]) + 10
        self._owner = np.full(np.ceil((high - self._low) / _MEET_MM).astype(int), -1)
        self.paths: list[list[Floats]] = [list(trunk.path_mm)]
        self.parents: list[int | None] = [None]
        self.tips: list[int] = []
        self._heading: dict[int, Floats] = {}
        self._mark(trunk.path_mm, 0)
        self._fork(0, trunk.along(trunk.length_mm))

    def _cells(self, points_mm: Floats) -> tuple[npt.NDArray[np.intp], ...]:
        cells = ((points_mm - self._low) / _MEET_MM).astype(np.intp)
        return tuple(np.clip(cells[..., axis], 0, self._owner.shape[axis] - 1) for axis in range(3))

    def _mark(self, points_mm: Floats, index: int) -> None:
        self._owner[self._cells(points_mm)] = index

    def _fork(self, index: int, heading: Floats) -> None:
        side = across(heading, rng=self._rng)
        for sign in (1.0, -1.0):
            angle = self._rng.uniform(0.45, 0.95)
            toward = np.cos(angle) * heading + sign * np.sin(angle) * side
            self.paths.append([self.paths[index][-1]])
            self.parents.append(index)
            self.tips.append(len(self.paths) - 1)
            self._heading[len(self.paths) - 1] = toward

    def advance(self) -> None:
        """Let every tip take one step: turn, meet or leave, split."""
        tips, self.tips = self.tips, []
        here = np.stack([self.paths[tip][-1] for tip in tips])
        heading = np.stack([self._heading[tip] for tip in tips])
        heading += 0.28 * directions(len(tips), rng=self._rng)
        heading += 0.05 * self._territory.outward(here)
        heading /= np.linalg.norm(heading, axis=1, keepdims=True)
        there = here + _STEP_MM * heading
        free = self._territory.contains(there)
        owner = self._owner[self._cells(there + heading * _MEET_MM)]
        splits = self._rng.uniform(0, 1, len(tips)) < self._split
        for k, tip in enumerate(tips):
            if not free[k] or self._meets(tip, int(owner[k])):
                continue
            self.paths[tip].append(there[k])
            self._mark(there[k], tip)
            long_enough = len(self.paths[tip]) * _STEP_MM > 2.5
            if splits[k] and long_enough and len(self.paths) + 2 <= _MOST_BRANCHES:
                self._fork(tip, heading[k])
            else:
                self._heading[tip] = heading[k]
                self.tips.append(tip)

    def _meets(self, tip: int, owner: int) -> bool:
        """Tell whether a tip met another duct: not itself, its parent, or its sister at birth."""
        parent = self.parents[tip]
        if owner in (-1, tip, parent):
            return False
        young = len(self.paths[tip]) * _STEP_MM < 3
        return not (young and self.parents[owner] == parent)

    def kept(self) -> tuple[list[Floats], list[int | None]]:
        """Return paths and parents of the branches that took at least one step."""
        number: dict[int, int] = {}
        paths: list[Floats] = []
        parents: list[int | None] = []
        for index, path in enumerate(self.paths):
            if len(path) < 3:
                continue
            parent = self.parents[index]
            number[index] = len(paths)
            paths.append(np.stack(path))
            parents.append(None if parent is None else number[parent])
        return paths, parents


def _radii(
    paths: list[Floats],
    parents: list[int | None],
    *,
    main_radius_mm: float,
    rng: np.random.Generator,
) -> list[Floats]:
    """Give radii from the number of ends that a duct feeds.

    The law r0^n = r1^n + r2^n makes the radius grow as the n-th root of the ends; n is drawn
    from 2.5 to 3.5, and each branch thins by up to 15 % along its way.
    """
    ends = np.zeros(len(paths))
    fed = {parent for parent in parents if parent is not None}
    for index in reversed(range(len(paths))):
        if index not in fed:
            ends[index] = 1
        parent = parents[index]
        if parent is not None:
            ends[parent] += ends[index]
    exponent = rng.uniform(2.5, 3.5)
    start = main_radius_mm * (ends / ends[0]) ** (1 / exponent)
    radii: list[Floats] = []
    for index, path in enumerate(paths):
        t = np.linspace(0, 1, len(path))
        # Terminals of this family would stay wide; daughters carry on where parents thinned.
        parent = parents[index]
        cap = np.inf if parent is None else float(radii[parent][-1])
        radii.append(min(start[index], cap) * (1 - rng.uniform(0.03, 0.18) * t))
    return radii
