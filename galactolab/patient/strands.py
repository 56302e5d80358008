"""Lines in the breast that are not ducts: Cooper's ligaments, fibers, veins and arteries.

They attenuate like gland. A reader, and an algorithm, has to tell them from filled ducts.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from galactolab.patient.breast import Breast, stream
from galactolab.patient.solids import Balls, directions, joined, tube

Floats = npt.NDArray[np.float64]

# Balls one radius apart: coarse, but these lines are soft and lie on a coarse plate.
_STEP = 1.0


@lru_cache(maxsize=4)
def grown(breast: Breast) -> Balls:
    """Return all strands of a breast; the last few are kept.

    Parameters
    ----------
    breast : Breast
    """
    rng = stream(breast.seed, "strands")
    return joined(
        *_ligaments(breast, rng=rng), *_fibers(breast, rng=rng), *_vessels(breast, rng=rng)
    )


def _ligaments(breast: Breast, *, rng: np.random.Generator) -> list[Balls]:
    """Return arcs from the skin inward: Cooper's ligaments hang the gland to the skin."""
    found = []
    for _ in range(int(rng.integers(45, 80))):
        angle = rng.uniform(0, 2 * np.pi)
        start = _at(breast, level=0.97, depth=rng.uniform(0.12, 0.8), angle=angle)
        inward = _at(breast, level=0.6, depth=rng.uniform(0.3, 0.7), angle=angle) - start
        inward /= np.linalg.norm(inward)
        found.append(
            _strand(start, inward, length_mm=rng.uniform(10, 28), sway=0.10,
                    radius_mm=rng.uniform(0.15, 0.4), rng=rng)
        )  # fmt: skip
    return found


def _fibers(breast: Breast, *, rng: np.random.Generator) -> list[Balls]:
    """Return thin fibers in the gland, drawn toward the nipple more than across."""
    found = []
    for _ in range(int(rng.integers(110, 200))):
        start = _at(
            breast,
            level=rng.uniform(0.2, 0.85),
            depth=rng.uniform(0.15, 0.85),
            angle=rng.uniform(0, 2 * np.pi),
        )
        toward = -start / np.linalg.norm(start) + 0.8 * directions(1, rng=rng)[0]
        toward /= np.linalg.norm(toward)
        found.append(
            _strand(start, toward, length_mm=rng.uniform(8, 30), sway=0.12,
                    radius_mm=float(rng.lognormal(np.log(0.25), 0.35)), rng=rng)
        )  # fmt: skip
    return found


def _vessels(breast: Breast, *, rng: np.random.Generator) -> list[Balls]:
    """Return long, even, winding vessels under the skin; some branch once."""
    found = []
    for _ in range(int(rng.integers(4, 9))):
        angle = rng.uniform(0, 2 * np.pi)
        start = _at(breast, level=rng.uniform(0.7, 0.92), depth=0.95, angle=angle)
        goal = _at(breast, level=0.9, depth=rng.uniform(0.1, 0.3), angle=angle + rng.normal(0, 0.5))
        toward = (goal - start) / np.linalg.norm(goal - start)
        radius = float(np.clip(rng.lognormal(np.log(0.75), 0.35), 0.4, 1.6))
        length = np.linalg.norm(goal - start) * rng.uniform(0.6, 1.0)
        found.append(
            _strand(start, toward, length_mm=float(length), sway=0.14, radius_mm=radius, rng=rng)
        )
        if rng.uniform() < 0.6:
            fork = found[-1].center_mm[len(found[-1]) // 2]
            aside = toward + 0.6 * directions(1, rng=rng)[0]
            aside /= np.linalg.norm(aside)
            found.append(
                _strand(fork, aside, length_mm=float(length) * 0.5, sway=0.14,
                        radius_mm=0.7 * radius, rng=rng)
            )  # fmt: skip
    return found


def _at(breast: Breast, *, level: float, depth: float, angle: float) -> Floats:
    """Return the point at a share of the depth, and of the way from the axis to the skin."""
    y, z = np.sin(angle), np.cos(angle)
    across = breast.lateral_mm if y > 0 else breast.medial_mm
    upright = breast.cranial_mm if z > 0 else breast.caudal_mm
    rim = level * np.sqrt(max(1 - (1 - depth) ** 2, 0.0))
    return np.array([depth * breast.depth_mm, y * across * rim, z * upright * rim])


def _strand(
    start: Floats,
    toward: Floats,
    *,
    length_mm: float,
    sway: float,
    radius_mm: float,
    rng: np.random.Generator,
) -> Balls:
    """Return a line that sways at random while it keeps its general direction."""
    count = max(4, int(length_mm / 1.5))
    turn = np.cumsum(rng.normal(0, sway, (count, 3)), axis=0)
    turn -= turn.mean(axis=0)
    steps = toward + turn
    steps *= length_mm / count / np.linalg.norm(steps, axis=1, keepdims=True)
    path = start + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    t = np.linspace(0, 1, count + 1)
    taper = np.clip(8 * np.minimum(t, 1 - t), 0.35, 1)
    return tube(path, radius_mm * taper, step=_STEP)
