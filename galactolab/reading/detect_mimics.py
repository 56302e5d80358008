"""What only looks like disease: air bubbles, under-filling, contrast in veins.

A reader who knows the mimics says "refill and look again" instead of "papilloma". Each of
them is told by geometry and densitometry, in ratios without a unit:

* an air bubble is a ball that is empty of contrast: what is missing has the round outline,
  the depth and the dome of a ball, and the ball fits into the lumen;
* in an under-filled tree ducts stop while they are full: nearly all ends lie far above what
  can just be seen, and are wide against the trunk;
* a vein or lymphatic is even: it neither thins nor branches over a way that no duct goes.

Looks and tests: Slawson & Johnson 2001, RadioGraphics 21(1):133-150, and the sources of the
workbook's table of artifacts. CID 6057 has no words for mimics, so they carry codes of a
private scheme (`galactolab.terms.Mimic`); the finding itself keeps its concept of CID 6057.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import ndimage

from galactolab import imagemath
from galactolab.reading import detect_lumen
from galactolab.reading.grading import grade
from galactolab.reading.lanes import Lane
from galactolab.reading.profiles import median
from galactolab.reading.scene import Scene, scene
from galactolab.records import OF_MIMIC, Finding, Galactogram, Point
from galactolab.terms import FindingType, Mimic
from galactolab.tree import DuctTree, Floats

# A detail is seen when it stands about five times above the noise (Rose 1948, J Opt Soc Am
# 38(2):196-208, doi:10.1364/JOSA.38.000196): ends of ducts are counted in this unit.
ROSE = 5.0
_FILLED = (FindingType.INTRALUMINAL_FILLING_DEFECT, FindingType.MULTIPLE_FILLING_DEFECT)
_NEAR_MM = 1.0
_SURE = 0.5


@dataclass(frozen=True, kw_only=True)
class Lookalike:
    """A place that looks like disease and is likely none.

    Attributes
    ----------
    mimic : Mimic
    location : (float, float)
        (row, column) in pixels.
    extent_mm : float
    branch : int
    score : float
        How sure the reader is, 0 to 1.
    evidence : dict of str to float
        The numbers it rests on.
    """

    mimic: Mimic
    location: Point
    extent_mm: float
    branch: int
    score: float
    evidence: dict[str, float] = field(default_factory=dict, hash=False)


def lookalikes(
    galactogram: Galactogram, tree: DuctTree, *, min_score: float = 0.5
) -> tuple[Lookalike, ...]:
    """Return what only looks like disease, most certain first.

    Parameters
    ----------
    galactogram : Galactogram
    tree : DuctTree
    min_score : float
        0 to 1.

    Examples
    --------
    >>> empty = Galactogram(pixels=np.zeros((20, 20)), spacing_mm=0.1)
    >>> lookalikes(empty, DuctTree(branches=(), spacing_mm=(0.1, 0.1)))
    ()
    """
    if not tree.branches:
        return ()
    signal = imagemath.above_background(galactogram)
    return in_scene(scene(signal, tree, pixels=galactogram.pixels), min_score=min_score)


def in_scene(seen: Scene, *, min_score: float = 0.5) -> tuple[Lookalike, ...]:
    """Return the mimics in a scene that is already prepared."""
    short = under_filling(seen)
    found = [*bubbles(seen), short]
    if short.score < min_score:
        # Every duct of an under-filled tree ends while it is even and full.
        found.extend(veins(seen))
    kept = [mimic for mimic in found if mimic.score >= min_score]
    return tuple(sorted(kept, key=lambda mimic: (-mimic.score, *mimic.location)))


def flagged(
    findings: Sequence[Finding], seen: Scene, *, dips: list[detect_lumen.Dip] | None = None
) -> list[Finding]:
    """Return the findings, those that are likely mimics with their `Finding.mimic` set.

    Why stands in their evidence: the numbers of the likeness, by names with ``mimic_`` before
    them, and ``mimic_score``.
    `dips` are those of the scene, where they are known already. A filling defect may be a
    bubble; a stop may be the end of too little contrast; what lies on a vein is no duct's.
    """
    kinds = {finding.type for finding in findings}
    mimics: list[Lookalike] = []
    if kinds.intersection(_FILLED):
        mimics += bubbles(seen, dips=dips)
    if FindingType.ABRUPT_DUCT_TERMINATION in kinds:
        mimics.append(under_filling(seen))
    if findings and not any(_is_short(mimic) for mimic in mimics):
        mimics += veins(seen)
    sure = [mimic for mimic in mimics if mimic.score >= _SURE]
    return [_with_mimic(finding, _of(finding, sure, seen.tree)) for finding in findings]


def _with_mimic(finding: Finding, found: Lookalike | None) -> Finding:
    if found is None:
        return replace(finding, mimic=None)
    why = {"score": found.score, **found.evidence}
    likeness = {f"{OF_MIMIC}{name}": value for name, value in why.items()}
    return replace(finding, mimic=found.mimic, evidence={**finding.evidence, **likeness})


def _is_short(mimic: Lookalike) -> bool:
    return mimic.mimic is Mimic.UNDER_FILLING and mimic.score >= _SURE


def _of(finding: Finding, mimics: Sequence[Lookalike], tree: DuctTree) -> Lookalike | None:
    for found in mimics:
        gap = np.subtract(finding.location, found.location) * tree.spacing_mm
        near = float(np.hypot(gap[0], gap[1])) <= _NEAR_MM + 0.5 * found.extent_mm
        if {
            Mimic.AIR_BUBBLE: near and finding.type in _FILLED,
            Mimic.UNDER_FILLING: finding.type is FindingType.ABRUPT_DUCT_TERMINATION,
            Mimic.VENOUS_FILLING: finding.branch == found.branch,
        }[found.mimic]:
            return found
    return None


def bubbles(seen: Scene, *, dips: list[detect_lumen.Dip] | None = None) -> list[Lookalike]:
    """Return every place of missing contrast, graded by how much of a ball it is.

    The volume that is missing gives the ball's radius ``R``. A ball has second moments of
    ``R^2 / 5`` in its shadow along every axis, a depth of ``2 R`` in its middle, and a dome
    between; each ratio is 1 for an empty ball, and their product is the likeness. A small
    round papilloma is a ball, too: one image cannot tell it from a bubble, a refill can.
    """
    return [
        found
        for dip in (detect_lumen.dips(seen) if dips is None else dips)
        if dip.certainty >= 3 * ROSE and dip.length_mm <= 2 * dip.size_mm
        for found in [_ball(dip, seen)]
        if found is not None
    ]


def _ball(dip: detect_lumen.Dip, seen: Scene) -> Lookalike | None:
    lane, spacing = seen.lanes[dip.branch], np.asarray(seen.tree.spacing_mm)
    gap = lane.point_mm - np.multiply(dip.point, spacing)
    at = int(np.argmin(np.hypot(*gap.T)))
    gone, along, across, pixel = _missing(lane, at, dip.size_mm, seen.signal_per_mm)
    weight = _largest_part(gone) * pixel
    volume = float(weight.sum())
    if volume <= 0:
        return None
    radius = (3 * volume / (4 * math.pi)) ** (1 / 3)
    middle = [float((weight * axis).sum()) / volume for axis in (along, across)]
    x, y = along - middle[0], across - middle[1]
    moments = [[float((weight * a * b).sum()) / volume for a in (x, y)] for b in (x, y)]
    short, long = np.sqrt(5 * np.maximum(np.linalg.eigvalsh(moments), 1e-9))
    fullness = radius / math.sqrt(short * long)
    depth = float(np.percentile(gone[weight > 0], 98)) / (2 * radius)
    rho = np.hypot(x, y)
    near = rho < 1.5 * radius
    ball = 2 * np.sqrt(np.maximum(radius**2 - rho**2, 0))
    if near.sum() < 6 or float(gone[near].std()) == 0:
        return None
    dome = max(float(np.corrcoef(ball[near], gone[near])[0, 1]), 0.0)
    likeness = dome * min(fullness, 1 / fullness) * min(depth, 1 / depth) * short / long
    room = radius / dip.lumen_mm
    return Lookalike(
        mimic=Mimic.AIR_BUBBLE,
        location=dip.point,
        extent_mm=2 * radius,
        branch=dip.branch,
        score=grade(likeness, middle=0.62, width=0.03) * grade(-room, middle=-1.15, width=0.04),
        evidence={
            "likeness_to_an_empty_ball": float(likeness),
            "fit_of_its_dome": dome,
            "depth_over_diameter": depth,
            "diameter_mm": 2 * radius,
            "share_of_lumen": room,
            "long_over_short_axis": float(long / short),
            "signal_to_noise": dip.certainty,
        },
    )


def _missing(
    lane: Lane, at: int, size_mm: float, signal_per_mm: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return contrast missing around a point in mm, places along and across, pixel areas."""
    step = max(median(np.diff(lane.arc_mm)), 1e-3)
    reach = max(2, round(2 * size_mm / step))
    part = slice(max(at - reach, 0), at + reach + 1)
    calm = ndimage.gaussian_filter1d(
        np.maximum(lane.picture, 0).astype(np.float64), 0.1 / step, axis=0, mode="nearest"
    )
    full = detect_lumen.valley_floor(calm, size=round(3 * size_mm / step))
    across = lane.offset_mm[part].astype(np.float64)
    inside = np.abs(across) <= 1.05 * lane.lumen_mm[part, None]
    gone = np.where(inside, full[part] - calm[part], 0) / max(signal_per_mm, 1e-9)
    along = (lane.arc_mm[part] - lane.arc_mm[at])[:, None] + 0 * across
    return gone, along, across, np.gradient(across, axis=1) * step


def _largest_part(gone: Floats) -> Floats:
    """Keep the connected part with the most missing contrast."""
    deep = np.where(gone > 0.25 * np.percentile(gone, 99.5), gone, 0)
    labels, count = ndimage.label(deep > 0)
    if not count:
        return deep
    sums = ndimage.sum_labels(deep, labels, np.arange(1, count + 1))
    return np.asarray(np.where(labels == 1 + int(np.argmax(sums)), deep, 0), np.float64)


@dataclass(frozen=True, kw_only=True)
class _End:
    """The last stretch of a duct: noise units, caliber, and how even the duct is."""

    branch: int
    certainty: float
    caliber_mm: float
    length_mm: float
    evenness: float


def _ends(seen: Scene) -> list[_End]:
    """Read the ends of all ducts of two millimeters and more by densitometry."""
    found = []
    for index in seen.tree.terminals:
        lane = seen.lanes[index]
        area, arc = lane.area[lane.own], lane.arc_mm[lane.own]
        if not len(arc) or arc[-1] - arc[0] < 2.0:
            continue
        caliber = _caliber_mm(area, seen)
        last = (arc > arc[-1] - 1.5) & (arc <= arc[-1] - 0.3)
        end = median(area[last])
        width = median(caliber[last])
        quarter = max(1, len(arc) // 4)
        thick, thin = median(caliber[:quarter]), median(caliber[-quarter:])
        tail = caliber[lane.clean[lane.own]]
        spread = float(np.std(tail) / max(float(np.mean(tail)), 1e-9)) if len(tail) else 1.0
        found.append(
            _End(
                branch=index,
                certainty=end / max(seen.area_noise(width), 1e-9),
                caliber_mm=width,
                length_mm=float(arc[-1] - arc[0]),
                evenness=min(thick, thin) / max(thick, thin, 1e-9) - spread,
            )
        )
    return found


def _caliber_mm(area: Floats, seen: Scene) -> Floats:
    """Return the width of the round tube that holds this much contrast."""
    section = np.maximum(area, 0) / max(seen.signal_per_mm, 1e-9)
    return np.asarray(2 * np.sqrt(section / math.pi), np.float64)


def under_filling(seen: Scene) -> Lookalike:
    """Return how much the tree looks as if too little contrast was injected.

    One full end may be an obstruction; here three ends of four are full, far above the
    threshold of sight, and wide against the trunk.
    """
    ends = _ends(seen)
    trunk = 2 * float(np.median(seen.tree.branches[0].radius_mm))
    levels = [end.certainty / ROSE for end in ends]
    shares = [end.caliber_mm / max(trunk, 1e-9) for end in ends]
    level = float(np.percentile(levels, 25)) if len(ends) > 1 else 0.0
    share = float(np.median(shares)) if ends else 0.0
    widest = max(ends, key=lambda end: end.certainty, default=None)
    branch = 0 if widest is None else widest.branch
    return Lookalike(
        mimic=Mimic.UNDER_FILLING,
        location=_last_point(seen.tree, branch),
        extent_mm=0.0,
        branch=branch,
        score=grade(level, middle=3.3, width=0.2) * grade(share, middle=0.28, width=0.02),
        evidence={
            "ends_over_threshold_of_sight": level,
            "end_over_trunk_caliber": share,
            "n_ends": float(len(ends)),
        },
    )


def veins(seen: Scene) -> list[Lookalike]:
    """Return the last stretches that are long, even and full up to where they are lost."""
    found = []
    for end in _ends(seen):
        slender = end.length_mm / max(end.caliber_mm, 1e-6)
        score = (
            grade(slender, middle=19, width=0.8)
            * grade(end.evenness, middle=0.83, width=0.015)
            * grade(end.certainty / ROSE, middle=6, width=0.4)
        )
        path = seen.tree.branches[end.branch].path
        row, column = path[len(path) // 2]
        found.append(
            Lookalike(
                mimic=Mimic.VENOUS_FILLING,
                location=(float(row), float(column)),
                extent_mm=end.length_mm,
                branch=end.branch,
                score=score,
                evidence={
                    "length_over_caliber": slender,
                    "evenness": end.evenness,
                    "end_over_threshold_of_sight": end.certainty / ROSE,
                    "caliber_mm": end.caliber_mm,
                },
            )
        )
    return found


def _last_point(tree: DuctTree, branch: int) -> Point:
    row, column = tree.branches[branch].path[-1]
    return float(row), float(column)
