"""Ectasia: ducts that are too wide.

A duct is ectatic above 2 mm, the ampulla above 3 mm (clinical facts, section 1.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactolab.reading.grading import grade
from galactolab.reading.profiles import quantile
from galactolab.reading.scene import Scene
from galactolab.records import Finding, Mask, Point
from galactolab.terms import FindingType
from galactolab.tree import DuctTree, Floats

DUCT_LIMIT_MM = 2.0
AMPULLA_LIMIT_MM = 3.0
AMPULLA_REACH_MM = 10.0
_SHORTEST_MM = 2.3
_LEAST_HELD = 0.85
# Two equal ducts side by side hold the contrast of a round tube 0.71 times as wide as both.
_ALONE = 0.75


def ectasias(scene: Scene, *, hidden: Mask | None = None, min_score: float = 0.5) -> list[Finding]:
    """Return one finding for each connected part of the tree that is too wide."""
    wide = _wide_parts(scene, hidden)
    found = []
    for part in _connected(scene.tree, set(wide)):
        length = sum(wide[i].length_mm for i in part)
        worst = max(part, key=lambda i: wide[i].length_mm * wide[i].times_limit)
        level = max(
            wide[i].times_limit for i in part if wide[i].length_mm >= 0.5 * wide[worst].length_mm
        )
        # Where ducts meet or cross they are wide together, but over a short way each.
        score = grade(level, middle=1.045, width=0.012) * grade(
            wide[worst].length_mm, middle=_SHORTEST_MM, width=0.08
        )
        if score >= min_score:
            found.append(
                Finding(
                    type=FindingType.DUCT_ECTASIA,
                    location=wide[worst].middle,
                    extent_mm=length,
                    branch=worst,
                    score=score,
                    evidence={
                        "largest_caliber_mm": max(wide[i].caliber_mm for i in part),
                        "times_limit": level,
                        "length_mm": length,
                        "longest_part_mm": wide[worst].length_mm,
                        "n_branches": float(len(part)),
                    },
                )
            )
    return found


@dataclass(frozen=True, kw_only=True)
class _WidePart:
    """What of one branch is too wide: how long, how much, how wide, and where its middle is."""

    length_mm: float
    times_limit: float
    caliber_mm: float
    middle: Point


def _wide_parts(scene: Scene, hidden: Mask | None) -> dict[int, _WidePart]:
    tree = scene.tree
    starts = _distance_of_starts(tree)
    wide: dict[int, _WidePart] = {}
    for index, branch in enumerate(tree.branches):
        arc = branch.arc_mm(tree.spacing_mm)
        limit = np.where(starts[index] + arc < AMPULLA_REACH_MM, AMPULLA_LIMIT_MM, DUCT_LIMIT_MM)
        caliber = 2 * branch.radius_mm
        # Two ducts side by side are wide, too, but hold less contrast than one of that width.
        held = _held(scene, index, len(caliber))
        above = (caliber > limit) & (held > np.maximum(_LEAST_HELD * limit, _ALONE * caliber))
        if hidden is not None:
            above &= ~hidden[scene.on_grid(branch.path)]
        if not above.any():
            continue
        # The middle of what is too wide, so that place and extent together tell where it is.
        row, column = branch.path[int(np.median(np.flatnonzero(above)))]
        wide[index] = _WidePart(
            length_mm=float(np.sum(np.diff(arc) * above[1:])),
            times_limit=quantile((caliber / limit)[above], 0.75),
            caliber_mm=2 * quantile(branch.radius_mm, 0.95),
            middle=(float(row), float(column)),
        )
    return wide


def _held(scene: Scene, index: int, count: int) -> Floats:
    """Return the width of the round tube that holds a branch's contrast, point by point."""
    lane = scene.lanes[index]
    section = np.maximum(lane.area[lane.own], 0) / max(scene.signal_per_mm, 1e-9)
    caliber = 2 * np.sqrt(section / np.pi)
    at = np.linspace(0, len(caliber) - 1, count)
    return np.asarray(np.interp(at, np.arange(len(caliber)), caliber), np.float64)


def _distance_of_starts(tree: DuctTree) -> list[float]:
    """Return the way from the orifice to the start of each branch in mm."""
    starts: list[float] = []
    for branch in tree.branches:
        if branch.parent is None:
            starts.append(0.0)
        else:
            above = tree.branches[branch.parent].length_mm(tree.spacing_mm)
            starts.append(starts[branch.parent] + above)
    return starts


def _connected(tree: DuctTree, members: set[int]) -> list[list[int]]:
    """Return groups of branches that hang together, also through siblings."""
    group: dict[int, int] = {}
    for index in sorted(members):
        parent = tree.branches[index].parent
        siblings = () if parent is None else tree.children[parent]
        known = [group[i] for i in (parent, *siblings) if i in group and i is not None]
        group[index] = known[0] if known else index
    found: dict[int, list[int]] = {}
    for index, name in group.items():
        found.setdefault(name, []).append(index)
    return list(found.values())
