"""Where a reading fails, and why: missed, false and wrongly named findings, one by one.

`score_findings` counts; here each failure keeps its place, and the numbers that tell a cause,
so that it can be looked at. A cause is read off the truth by geometry alone: it says what lies
there, it does not prove what misled the reader.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from galactolab.reading.duct_points import DuctPoints
from galactolab.reading.score_findings import matched_findings
from galactolab.records import Analysis, Finding, Point
from galactolab.terms import Mimic
from galactolab.tree import DuctTree, Floats

_NEAR_MM = 1.0
_BESIDE_MM = 3.0
_THIN_MM = 0.5
_SMALL_MM = 1.0


class Kind(enum.StrEnum):
    """What went wrong with a finding."""

    MISSED = "missed"
    FALSE = "false"
    WRONG_NAME = "wrong name"


class Cause(enum.StrEnum):
    """What is there, in words for a reader."""

    UNTRACED = "no duct was traced there"
    DOUBTED = "seen, but below the score that counts"
    TINY = "less than 1 mm long"
    UNSEEN = "the duct was traced, and nothing was seen in it"
    CALLED_ELSE = "found, under another name"
    BUBBLE = "called, and flagged as a possible air bubble"
    SHORT_OF_CONTRAST = "called, and flagged as possible under-filling"
    VEIN = "called, and flagged as a possible vein"
    CROSSING = "two ducts cross there"
    BESIDE = "beside a true finding, outside its margin"
    NO_DUCT = "no true duct lies there"
    NODE = "at a branching point"
    THIN = "in a duct below 0.5 mm"
    PLAIN = "in a plain duct"


_OF_MIMIC = {
    Mimic.AIR_BUBBLE: Cause.BUBBLE,
    Mimic.UNDER_FILLING: Cause.SHORT_OF_CONTRAST,
    Mimic.VENOUS_FILLING: Cause.VEIN,
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One thing that the reader got wrong.

    Attributes
    ----------
    kind : Kind
    cause : Cause
    location : (float, float)
        (row, column) in pixels.
    lesion, mark : Finding or None
        What is true there, and what the reader called; one of them may be missing.
    evidence : dict of str to float
        The numbers that the cause was read off, by name with unit.
    """

    kind: Kind
    cause: Cause
    location: Point
    lesion: Finding | None = None
    mark: Finding | None = None
    evidence: dict[str, float] = field(default_factory=dict, hash=False)

    def sentence(self) -> str:
        """Say what happened and why.

        Examples
        --------
        >>> from galactolab.terms import FindingType
        >>> lesion = Finding(type=FindingType.DUCT_NARROWING, location=(3, 4), extent_mm=2)
        >>> Failure(kind=Kind.MISSED, cause=Cause.UNTRACED, location=(3, 4),
        ...         lesion=lesion).sentence()
        'missed: duct narrowing; no duct was traced there'
        """
        named = [
            f"{finding.type.label}{score}"
            for finding, score in (
                (self.mark, "" if self.mark is None else f" (score {self.mark.score:.2f})"),
                (self.lesion, ""),
            )
            if finding is not None
        ]
        return f"{self.kind}: {' for '.join(named)}; {self.cause}"


def failures(
    reading: Analysis, truth: Analysis, *, doubtful: Sequence[Finding] = ()
) -> tuple[Failure, ...]:
    """Return everything that a reading got wrong: missed, then false, then wrongly named.

    Parameters
    ----------
    reading, truth : Analysis
        The reading may be an algorithm's or a student's.
    doubtful : sequence of Finding
        What the reader would have called at a lower score, such as
        ``detect.everything(galactogram, tree, min_score=0.001)``: it tells a lesion that was
        doubted from one that was not seen.

    Examples
    --------
    A narrowing in a duct that nobody traced.

    >>> import pandas as pd
    >>> from galactolab.records import DuctMask
    >>> from galactolab.terms import FindingType
    >>> nothing = DuctTree(branches=(), spacing_mm=(0.1, 0.1))
    >>> mask = DuctMask(pixels=np.zeros((9, 9), bool), spacing_mm=0.1)
    >>> read = Analysis(mask=mask, tree=nothing, measurements=pd.DataFrame())
    >>> lesion = Finding(type=FindingType.DUCT_NARROWING, location=(3, 4))
    >>> true = Analysis(mask=mask, tree=nothing, measurements=pd.DataFrame(), findings=(lesion,))
    >>> [failure.sentence() for failure in failures(read, true)]
    ['missed: duct narrowing; no duct was traced there']
    """
    spacing = truth.tree.spacing_mm
    found = matched_findings(reading.findings, truth.findings, spacing_mm=spacing, tree=truth.tree)
    doubts = matched_findings(doubtful, truth.findings, spacing_mm=spacing, tree=truth.tree)
    doubted = {lesion: doubtful[mark].score for mark, lesion in doubts.hits}
    return (
        *(
            _missed(truth.findings[lesion], reading.tree, doubted.get(lesion))
            for lesion in found.missed
        ),
        *(_false(reading.findings[mark], truth) for mark in found.false),
        *(
            _misnamed(reading.findings[mark], truth.findings[lesion])
            for mark, lesion in found.hits
            if reading.findings[mark].type is not truth.findings[lesion].type
        ),
    )


def _missed(lesion: Finding, traced: DuctTree, doubt: float | None) -> Failure:
    gap = _gap_mm(traced, lesion.location)
    small = lesion.extent_mm < _SMALL_MM
    evidence = {"extent_mm": lesion.extent_mm}
    if np.isfinite(gap):
        evidence["to_traced_duct_mm"] = gap
    if doubt is not None:
        evidence["score_of_the_doubtful_mark"] = doubt
    if gap > max(_NEAR_MM, 0.5 * lesion.extent_mm):
        cause = Cause.UNTRACED
    elif doubt is not None:
        cause = Cause.DOUBTED
    else:
        cause = Cause.TINY if small else Cause.UNSEEN
    return Failure(
        kind=Kind.MISSED,
        cause=cause,
        location=lesion.location,
        lesion=lesion,
        evidence={**evidence, **lesion.evidence},
    )


def _misnamed(mark: Finding, lesion: Finding) -> Failure:
    return Failure(
        kind=Kind.WRONG_NAME,
        cause=Cause.CALLED_ELSE,
        location=lesion.location,
        lesion=lesion,
        mark=mark,
        evidence=dict(mark.evidence),
    )


def _false(mark: Finding, truth: Analysis) -> Failure:
    tree, spacing = truth.tree, truth.tree.spacing_mm
    gaps = [_distance_mm(mark.location, lesion, spacing) for lesion in truth.findings]
    beside = min(gaps, default=np.inf)
    place = np.multiply(mark.location, spacing)
    gap = _gap_mm(tree, mark.location)
    around = _around(tree, mark.location)
    width = 2 * min((radius for _, radius in around.values()), default=float("nan"))
    node = _to_node_mm(tree, place)
    if mark.mimic is not None:
        cause = _OF_MIMIC[mark.mimic]
    elif gap > _NEAR_MM:
        cause = Cause.NO_DUCT
    elif beside <= _BESIDE_MM:
        cause = Cause.BESIDE
    elif _strangers(tree, list(around)):
        cause = Cause.CROSSING
    elif node <= _NEAR_MM:
        cause = Cause.NODE
    else:
        cause = Cause.THIN if width < _THIN_MM else Cause.PLAIN
    numbers = {
        "to_true_duct_mm": gap,
        "true_caliber_mm": width,
        "to_branching_mm": node,
        "to_true_finding_mm": beside,
    }
    told = {name: value for name, value in numbers.items() if np.isfinite(value)}
    return Failure(
        kind=Kind.FALSE,
        cause=cause,
        location=mark.location,
        mark=mark,
        evidence={**told, **mark.evidence},
    )


def _gap_mm(tree: DuctTree, point: Point) -> float:
    if not tree.branches:
        return float("inf")
    return DuctPoints(tree).nearest(np.multiply(point, tree.spacing_mm))[0]


def _distance_mm(point: Point, lesion: Finding, spacing_mm: tuple[float, float]) -> float:
    """Return the way from a point to the border of a lesion, 0 inside."""
    gap = np.subtract(point, lesion.location) * spacing_mm
    return max(0.0, float(np.hypot(gap[0], gap[1])) - 0.5 * lesion.extent_mm)


def _around(tree: DuctTree, point: Point) -> dict[int, tuple[float, float]]:
    """Return gap and radius in mm of each branch that comes near a point."""
    found = {}
    for index, branch in enumerate(tree.branches):
        gap = (branch.path - np.asarray(point)) * tree.spacing_mm
        away = np.hypot(*gap.T)
        nearest = int(np.argmin(away))
        if away[nearest] <= _NEAR_MM:
            found[index] = float(away[nearest]), float(branch.radius_mm[nearest])
    return found


def _strangers(tree: DuctTree, branches: Sequence[int]) -> bool:
    """Return whether two of the branches share no node: one lies in front of the other."""
    parents = {index: tree.branches[index].parent for index in branches}
    return any(
        a not in (b, parents[b]) and parents[a] not in (b, parents[b])
        for a in branches
        for b in branches
        if a < b
    )


def _to_node_mm(tree: DuctTree, place_mm: Floats) -> float:
    """Return the way to the nearest point where branches spring."""
    away = [
        float(np.hypot(*(branch.path[-1] * tree.spacing_mm - place_mm)))
        for branch, children in zip(tree.branches, tree.children, strict=True)
        if children
    ]
    return min(away, default=float("inf"))
