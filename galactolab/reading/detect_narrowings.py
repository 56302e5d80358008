"""Narrowings again, read off the caliber alone: where both neighbors of a thin place are wider.

A duct gets thinner on its way from the orifice, never wider. So a place with less contrast than
a stretch of the same duct further on is narrowed, whatever lies before it: a wide trunk that it
leaves, or another duct that crosses it there. What is read together with a neighbor can only
look too full, so the thin place itself may be read so. A shoulder is read where the duct is alone;
where it nowhere is, as the least that contrast, width and height allow, and that counts for less.

No reading alone makes a narrowing or forbids one. Each speaks for it by so many log-odds: a long,
pale waist with walls that come in makes up for a thin duct, or for shoulders that lie in a crowd.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage, signal

from galactolab.reading.grading import grade, weighed
from galactolab.reading.lanes import heir
from galactolab.reading.marks import gap_mm
from galactolab.reading.profiles import quantile
from galactolab.reading.scene import Ints, Scene
from galactolab.records import Finding, Mask
from galactolab.terms import FindingType
from galactolab.tree import Floats, arc_along

# A shoulder lies between these distances from the thinnest place, and takes this much of duct.
_NEAR_MM, _FAR_MM, _SHOULDER_MM = 0.6, 7.0, 1.2
# Two ducts that lie on each other hold more contrast than one of the width seen.
_ALONE = 1.25
# Within the nipple every duct narrows on its way to the orifice, wherever that was seen.
_NIPPLE_MM = 3.5
_SKIN_MM = 2.5
# What speaks for a narrowing: a reading, where it says nothing for it, where it says all it can,
# and by how many log-odds. Fitted by logistic regression, the sign of each weight given by what
# a narrowing is, to the waists of some 180 pictures: patients with a narrowing or without any
# finding (seeds < 1000), and galactograms of another simulator.
_SIGNS = (
    # What crosses the thin place can hide the loss from a reading, but does not add to one.
    ("deepest", 0.22, 0.42, 3.0),
    ("stenosis", 0.3, 0.65, 0.8),
    ("walls", 0.0, 0.4, 1.3),
    ("paler", 0.1, 0.5, 0.95),
    ("log_reference", math.log(0.45), math.log(1.0), 3.85),
    ("log_certainty", math.log(8), math.log(50), 3.55),
    ("length", 0.5, 2.0, 1.45),
    ("own_shoulder", 0.5, 0.9, 1.0),
    ("alone", 0.0, 1.2, 3.3),
)
_ENOUGH, _WIDTH = 16.1, 0.4
# Two readings below this score do not speak for each other.
_LEAST_SUPPORT = 0.2


@dataclass(frozen=True, kw_only=True)
class Waist:
    """A place of a duct with less contrast than before and behind.

    Attributes
    ----------
    branch : int
    point : (float, float)
        (row, column) in pixels, in the middle of the thin stretch.
    length_mm : float
        Of the stretch that has lost half of what the thinnest place has lost.
    stenosis, walls, paler : float
        Share of the caliber that is gone, by contrast, by width at half height and by height.
    reference_mm : float
        Caliber of the thinner shoulder.
    own_shoulder : float
        Caliber of the better shoulder on the branch itself over the reference.
    certainty : float
        Contrast that is missing over noise.
    alone_mm : float
        How much of the more crowded shoulder is read alone.
    """

    branch: int
    point: tuple[float, float]
    length_mm: float
    stenosis: float
    walls: float
    reference_mm: float
    own_shoulder: float
    certainty: float
    paler: float
    alone_mm: float


def of_waists(scene: Scene) -> list[Finding]:
    """Grade the thin places of all ducts as narrowings, whatever the score."""
    return [_finding(waist) for waist in waists(scene)]


def waists(scene: Scene, *, min_stenosis: float = 0.2) -> list[Waist]:
    """Return the places where a duct is thinner than before and behind."""
    found = [waist for duct in _ducts(scene) for waist in _waists_of(duct, scene, min_stenosis)]
    start = scene.tree.branches[0].path[0]
    away = [np.subtract(waist.point, start) * scene.tree.spacing_mm for waist in found]
    return [
        waist
        for waist, gap in zip(found, away, strict=True)
        if math.hypot(*gap) > _NIPPLE_MM and scene.depth_mm(waist.point) > _SKIN_MM
    ]


def agreed(found: list[Finding], others: list[Finding], scene: Scene) -> list[Finding]:
    """Return all findings; narrowings of one place that were read in two ways are surer."""
    return [
        *(_supported(finding, others, scene) for finding in found),
        *(_supported(finding, found, scene) for finding in others),
    ]


def _supported(finding: Finding, others: list[Finding], scene: Scene) -> Finding:
    if finding.type is not FindingType.DUCT_NARROWING or finding.score < _LEAST_SUPPORT:
        return finding
    doubt = [
        1 - other.score
        for other in others
        if other.type is finding.type
        and other.score >= _LEAST_SUPPORT
        and _is_same(finding, other, scene)
    ]
    return replace(finding, score=1 - (1 - finding.score) * min(doubt, default=1.0))


def _is_same(finding: Finding, other: Finding, scene: Scene) -> bool:
    gap = gap_mm(finding.location, other.location, spacing_mm=scene.tree.spacing_mm)
    return gap < 1.0 + 0.25 * (finding.extent_mm + other.extent_mm)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Duct:
    """A duct from where it leaves another one down to its end, and the way that leads there.

    Its caliber by contrast (`held`), by width (`seen`) and by height (`tall`), and where these are
    those of one duct `alone`; elsewhere, the `least` of them. `own` is the duct itself, `branch`
    the part of the tree.
    """

    point_mm: Floats
    arc_mm: Floats
    own: Mask
    branch: Ints
    held: Floats
    seen: Floats
    tall: Floats
    least: Floats
    alone: Mask
    step: float


def _ducts(scene: Scene) -> Iterator[_Duct]:
    """Follow each duct through its bifurcations, always into the widest child."""
    tree = scene.tree
    heirs = [heir(tree, index) for index in range(len(tree))]
    carried_on = set(heirs)
    for index, branch in enumerate(tree.branches):
        if index in carried_on:
            continue
        chain: list[int] = []
        follow: int | None = index
        while follow is not None:
            chain.append(follow)
            follow = heirs[follow]
        before: list[int] = []
        parent, length = branch.parent, 0.0
        while parent is not None and length < _FAR_MM:
            before.insert(0, parent)
            length += float(np.ptp(scene.lanes[parent].arc_mm[scene.lanes[parent].own]))
            parent = tree.branches[parent].parent
        yield _joined(before, chain, scene)


def _joined(before: list[int], chain: list[int], scene: Scene) -> _Duct:
    """Join the readings of some branches, the first of which only lead there."""
    lanes = [scene.lanes[index] for index in (*before, *chain)]
    point = np.concatenate([lane.point_mm[lane.own] for lane in lanes])
    counts = [int(lane.own.sum()) for lane in lanes]
    arc = arc_along(point)
    step = float(arc[-1]) / max(len(arc) - 1, 1)
    size = max(3, round(0.4 / max(step, 1e-3))) | 1
    area = np.concatenate([lane.area[lane.own] for lane in lanes])
    section = np.maximum(area, 0) / max(scene.signal_per_mm, 1e-9)
    held = ndimage.median_filter(2 * np.sqrt(section / math.pi), size=size, mode="nearest")
    # The width at half height of a round tube is the root of three times its radius.
    width = np.concatenate([lane.width_mm[lane.own] for lane in lanes])
    seen = ndimage.median_filter(width * 2 / math.sqrt(3), size=size, mode="nearest")
    clean = np.concatenate([lane.clean[lane.own] for lane in lanes])
    height = np.concatenate([lane.height[lane.own] for lane in lanes])
    tall = ndimage.median_filter(
        np.maximum(height, 0) / max(scene.signal_per_mm, 1e-9), size=size, mode="nearest"
    )
    alone = clean & (held < _ALONE * seen)
    return _Duct(
        point_mm=point,
        arc_mm=arc,
        own=np.arange(len(point)) >= sum(counts[: len(before)]),
        branch=np.repeat([*before, *chain], counts),
        held=held,
        seen=seen,
        tall=tall,
        least=np.where(alone, held, np.minimum(np.minimum(held, seen), tall)),
        alone=alone,
        step=step,
    )


def _waists_of(duct: _Duct, scene: Scene, min_stenosis: float) -> list[Waist]:
    if duct.step <= 0 or duct.own.sum() * duct.step < 2 * _SHOULDER_MM:
        return []
    calm = ndimage.gaussian_filter1d(duct.held, 0.3 / duct.step, mode="nearest")
    lows, _ = signal.find_peaks(-calm, prominence=0.1)
    found = []
    for low in lows[duct.own[lows]]:
        before = _shoulder(duct, duct.arc_mm - duct.arc_mm[low] < -_NEAR_MM, low)
        after = _shoulder(duct, duct.arc_mm - duct.arc_mm[low] > _NEAR_MM, low)
        if before is None or after is None:
            continue
        if 1 - float(duct.held[low]) / max(min(before.held, after.held), 1e-9) >= min_stenosis:
            found.append(_described(duct, int(low), (before, after), scene))
    return found


@dataclass(frozen=True, kw_only=True)
class _Shoulder:
    """Calibers on one side of a waist: by contrast, width, height; on the branch itself."""

    held: float
    seen: float
    tall: float
    own: float
    alone_mm: float


def _shoulder(duct: _Duct, side: Mask, low: int) -> _Shoulder | None:
    """Read one side where the duct is alone, or all of it where that is too little."""
    near = side & (np.abs(duct.arc_mm - duct.arc_mm[low]) < _FAR_MM)
    if near.sum() * duct.step < _SHOULDER_MM:
        return None
    alone = near & duct.alone
    alone_mm = float(alone.sum()) * duct.step
    if alone_mm >= _SHOULDER_MM:
        near = alone
    own = near & duct.own
    return _Shoulder(
        held=quantile(duct.least[near], 0.6),
        seen=quantile(duct.seen[near], 0.6),
        tall=quantile(duct.tall[near], 0.6),
        own=quantile(duct.least[own], 0.6) if own.sum() * duct.step >= _SHOULDER_MM else 0.0,
        alone_mm=alone_mm,
    )


def _described(duct: _Duct, low: int, sides: tuple[_Shoulder, _Shoulder], scene: Scene) -> Waist:
    whole, wide, tall = (
        max(min(getattr(side, name) for side in sides), 1e-9) for name in ("held", "seen", "tall")
    )
    thin = duct.held < 0.5 * (whole + duct.held[low])
    labels, _ = ndimage.label(thin)
    part = np.flatnonzero(labels == labels[low])
    at = int(
        np.clip(
            round(float(np.average(part, weights=whole - duct.held[part] + 1e-6))), 0, len(thin) - 1
        )
    )
    row, column = duct.point_mm[at] / scene.tree.spacing_mm
    gone = math.pi / 4 * (whole**2 - duct.held[low] ** 2) * scene.signal_per_mm
    return Waist(
        branch=int(duct.branch[low]),
        point=(float(row), float(column)),
        length_mm=len(part) * duct.step,
        stenosis=1 - float(duct.held[low]) / whole,
        walls=1 - float(duct.seen[low]) / wide,
        reference_mm=whole,
        own_shoulder=max(side.own for side in sides) / whole,
        certainty=gone / max(scene.area_noise(wide), 1e-9),
        paler=1 - float(duct.tall[low]) / tall,
        alone_mm=min(side.alone_mm for side in sides),
    )


def _log_odds(waist: Waist) -> float:
    """Return how much all readings together speak for a narrowing."""
    reading = {
        "deepest": max(waist.stenosis, waist.walls, waist.paler),
        "stenosis": waist.stenosis,
        "walls": waist.walls,
        "paler": waist.paler,
        "log_reference": math.log(max(waist.reference_mm, 1e-6)),
        "log_certainty": math.log(max(waist.certainty, 1e-6)),
        "length": waist.length_mm,
        "own_shoulder": waist.own_shoulder,
        "alone": waist.alone_mm,
    }
    return weighed(reading, _SIGNS)


def _finding(waist: Waist) -> Finding:
    score = grade(_log_odds(waist), middle=_ENOUGH, width=_WIDTH)
    return Finding(
        type=FindingType.DUCT_NARROWING,
        location=waist.point,
        extent_mm=waist.length_mm,
        branch=waist.branch,
        score=score,
        evidence={
            "stenosis_percent": 100 * waist.stenosis,
            "outline_narrowing_percent": 100 * waist.walls,
            "paler_percent": 100 * waist.paler,
            "shoulder_alone_mm": waist.alone_mm,
            "size_mm": waist.reference_mm,
            "reference_caliber_mm": waist.reference_mm,
            "signal_to_noise": waist.certainty,
        },
    )
