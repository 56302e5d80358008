"""Several filling defects in one part of a tree are one finding of their own.

A single defect and several of them do not mean the same (papilloma or papillomatosis), so
places of missing contrast that lie together are reported together, at the middle one.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csgraph

from galactolab.reading.scene import Scene
from galactolab.records import Finding
from galactolab.terms import FindingType

# Filling defects are several when a sure one and another of this score lie no further apart
# than this, and the smaller is no speck beside the larger: where there is one, more are likely.
_SURE, _LIKELY = 0.45, 0.1
_TOGETHER_MM = 13.0
# Two are a pair only if the lesser is about as sure: a doubtful one beside a sure one is none.
_AS_SURE = 0.6
_SPECK = 1 / 3


def gathered(graded: list[Finding], scene: Scene) -> list[Finding]:
    """Make one finding of the filling defects that lie in one part of the tree.

    Parameters
    ----------
    graded : list of Finding
        Filling defects and narrowings, each place once.
    scene : Scene
    """
    bodies = [
        finding
        for finding in graded
        if finding.score >= _LIKELY and finding.type is FindingType.INTRALUMINAL_FILLING_DEFECT
    ]
    if len(bodies) < 2:
        return graded
    points = np.array([finding.location for finding in bodies]) * scene.tree.spacing_mm
    spread = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    _, groups = csgraph.connected_components(spread < _TOGETHER_MM, directed=False)
    several: list[Finding] = []
    for group in range(int(groups.max()) + 1):
        members = [bodies[i] for i in np.flatnonzero(groups == group)]
        largest = max(finding.evidence["size_mm"] for finding in members)
        alike = [f for f in members if f.evidence["size_mm"] > _SPECK * largest]
        if _are_several([finding.score for finding in alike]):
            several.append(_together(alike, scene))
            graded = [finding for finding in graded if finding not in members]
    return [*graded, *several]


def _are_several(scores: list[float]) -> bool:
    if len(scores) < 2 or max(scores) < _SURE:
        return False
    return len(scores) > 2 or min(scores) >= _AS_SURE * max(scores)


def _together(members: list[Finding], scene: Scene) -> Finding:
    points = np.array([finding.location for finding in members]) * scene.tree.spacing_mm
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    middle = members[int(np.argmin(np.median(apart, axis=1)))]
    size = float(np.median([finding.evidence["size_mm"] for finding in members]))
    return Finding(
        type=FindingType.MULTIPLE_FILLING_DEFECT,
        location=middle.location,
        extent_mm=float(apart.max()) + size,
        branch=middle.branch,
        score=1 - math.prod(1 - 0.8 * finding.score for finding in members),
        evidence={
            "n_defects": float(len(members)),
            "size_mm": size,
            "apart_mm": float(apart.max()),
            "largest_missing_contrast_percent": max(
                finding.evidence["missing_contrast_percent"] for finding in members
            ),
        },
    )
