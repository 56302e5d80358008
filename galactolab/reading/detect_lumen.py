"""Filling defects and narrowings: places where a duct holds less contrast than around.

The area under the profile across a duct is proportional to the cross-section of the
contrast, whatever the shape of the lumen (densitometry). Where it dips between two
shoulders, contrast is missing. What is missing is told by the outline: a filling defect
leaves the walls where they were (or pushes them out), a narrowing draws them in.

References
----------
Geometric and densitometric stenosis, their errors and agreement: ten quantitative coronary
systems, accuracy 0.07-0.31 mm; densitometric area does not depend on how the edge is
defined, r = 0.99 for three definitions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, signal

from galactolab.reading.grading import grade
from galactolab.reading.lanes import Lane
from galactolab.reading.marks import each_once, gap_mm
from galactolab.reading.profiles import median, normals, quantile
from galactolab.reading.scene import Scene
from galactolab.records import Finding
from galactolab.terms import FindingType
from galactolab.tree import Floats

_LONGEST_MM = 12.0
# A body in the lumen is hardly longer than the lumen is wide; a narrowing is. Bodies are up
# to 1.7 times as long as wide, and half of that is where more than half of the loss is.
_BODY_LENGTH = 1.5
# A shallow loss stands for a thin body, which is short. Where a duct turns away from the beam it
# holds less contrast, too, but evenly and over a longer way: more than this times the body's width.
_LONGEST_BODY = 1.6
# Share of the expected narrowing of the outline from which the walls come in.
_WALLS_COME_IN = 0.5
# A short hourglass is a narrowing, too, where the walls come in nearly as far as they should.
# But in a duct that is wider than usual, what is that short is a body.
_SHORT, _WALLS_FOLLOW, _HOURGLASS, _USUAL_MM = 0.95, 0.65, 0.36, 2.0
# Within the nipple every duct narrows towards its orifice, and the cannula fills it; a body in
# the lumen is told from that by its walls, but not at the very orifice.
_NIPPLE_MM = 3.5
_ORIFICE_MM = 1.5
# Less deep below the skin than this, a duct is on its way to the orifice, wherever that was seen.
_SKIN_MM = 2.5


@dataclass(frozen=True, kw_only=True)
class Dip:
    """A place where contrast is missing.

    `missing` and `narrowed` are the shares of cross-section and of width that are gone at
    the worst place, `depth` the share of signal that is gone over half a millimeter square;
    `size_mm` is the diameter of the ball that would displace as much contrast; `outline` is 0 where
    the walls stay and 1 where they come in as far as the missing contrast asks for.
    `stenosis` is the share of caliber that is gone against `reference_mm`, the caliber between
    the shoulders, both by densitometry. `level` is the width of the narrower shoulder over
    that of the lumen here: low where a wide duct passes into a narrow one. `fullness` is the
    contrast over that of a full round tube of the width seen here: about 1 where nothing is in
    the lumen, so that only the shoulders are too bright, as where ducts lie on each other.
    `own_shoulder` is the cross-section of a shoulder on the same branch over the reference: low
    on a thin duct between two wide ones, which is no narrowing.
    """

    branch: int
    point: tuple[float, float]
    length_mm: float
    size_mm: float
    lumen_mm: float
    missing: float
    depth: float
    narrowed: float
    outline: float
    certainty: float
    stenosis: float
    reference_mm: float
    level: float
    fullness: float
    own_shoulder: float

    @property
    def slenderness(self) -> float:
        """Length over the width of the lumen."""
        return self.length_mm / max(2 * self.lumen_mm, 1e-6)

    @property
    def is_narrowing(self) -> bool:
        """Whether the walls come in, and over a longer way than a body in the lumen is."""
        if self.slenderness > _BODY_LENGTH:
            return self.outline > _WALLS_COME_IN
        return (
            self.slenderness > _SHORT
            and self.outline > _WALLS_FOLLOW
            and self.narrowed > _HOURGLASS
            and self.reference_mm < _USUAL_MM
        )


def dips(scene: Scene, *, min_missing: float = 0.12) -> list[Dip]:
    """Return all places of missing contrast in a tree, each once."""
    lanes = (*scene.wide, *scene.lanes)
    found = [dip for lane in lanes for dip in _dips_of(lane, scene, min_missing)]
    start = scene.tree.branches[0].path[0]
    away = [np.subtract(dip.point, start) * scene.tree.spacing_mm for dip in found]
    inside = [
        dip
        for dip, gap in zip(found, away, strict=True)
        if math.hypot(*gap) > (_NIPPLE_MM if dip.is_narrowing else _ORIFICE_MM)
        and (not dip.is_narrowing or scene.depth_mm(dip.point) > _SKIN_MM)
    ]
    return _once(inside, scene)


def _once(found: list[Dip], scene: Scene) -> list[Dip]:
    """Keep the largest of several readings of one place."""

    def is_same(dip: Dip, known: Dip) -> bool:
        gap = gap_mm(dip.point, known.point, spacing_mm=scene.tree.spacing_mm)
        return gap <= max(0.5, 0.5 * max(dip.size_mm, known.size_mm))

    return each_once(found, certainty=lambda dip: dip.missing * dip.size_mm, is_same=is_same)


def of_lumen(found: list[Dip], scene: Scene) -> list[Finding]:
    """Grade all dips as filling defects and narrowings, each place once, whatever the score."""
    graded = [_narrowing(dip) if dip.is_narrowing else _defect(dip) for dip in found]
    return once(graded, scene)


def once(graded: list[Finding], scene: Scene) -> list[Finding]:
    """Keep the most certain of several findings of one place: two bodies do not overlap."""

    def is_same(finding: Finding, known: Finding) -> bool:
        gap = gap_mm(finding.location, known.location, spacing_mm=scene.tree.spacing_mm)
        return gap <= max(1.0, 0.4 * (finding.evidence["size_mm"] + known.evidence["size_mm"]))

    return each_once(graded, certainty=lambda finding: finding.score, is_same=is_same)


def valley_floor(values: Floats, *, size: int) -> Floats:
    """Return the values (K, W) with every valley along K shorter than `size` points filled.

    A valley is filled to the lower one of its two shoulders, so a step or a taper is none.

    Examples
    --------
    >>> valley_floor(np.array([[5.0], [5], [1], [5], [4], [3], [3]]), size=3).T.tolist()
    [[5.0, 5.0, 5.0, 5.0, 4.0, 3.0, 3.0]]
    """
    size = min(size, 2 * len(values) - 1) | 1
    risen = ndimage.maximum_filter1d(values, size, axis=0, mode="nearest")
    return np.asarray(ndimage.minimum_filter1d(risen, size, axis=0, mode="nearest"), np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Loss:
    """What is gone along one straightened duct: shares, signal, what there should be."""

    lane: Lane
    missing: Floats
    gone: Floats
    full: Floats
    step: float


def _dips_of(lane: Lane, scene: Scene, min_missing: float) -> list[Dip]:
    step = float(lane.arc_mm[-1] - lane.arc_mm[0]) / max(len(lane.arc_mm) - 1, 1)
    if step <= 0 or lane.clean.sum() * step < 2.0:
        return []
    # Along each line of the straightened duct, what lies between two brighter stretches.
    seen = _calm(np.maximum(lane.picture, 0), lane, step)
    full = valley_floor(seen, size=round(_LONGEST_MM / step))
    inside = np.abs(lane.offset_mm) <= 1.05 * lane.lumen_mm[:, None]
    gone = np.where(inside, full - seen, 0)
    whole = np.maximum(np.where(inside, full, 0).sum(axis=1), 1e-9)
    missing = gone.sum(axis=1) / whole
    loss = _Loss(lane=lane, missing=missing, gone=gone, full=full, step=step)
    found = []
    for worst, part in _valleys(missing, min_missing):
        if not lane.own[worst] or not _has_shoulders(lane, part, step):
            continue
        width = float(lane.offset_mm[worst, 1] - lane.offset_mm[worst, 0])
        certainty = (
            float(gone[worst].sum())
            * width
            / max(scene.area_noise(2 * float(lane.lumen_mm[worst])), 1e-9)
        )
        if certainty >= 4:
            found.append(_described(loss, part, worst, scene=scene, certainty=certainty))
    return found


def _valleys(missing: Floats, least: float) -> list[tuple[int, slice]]:
    """Return the worst point and the stretch of each place where contrast is missing."""
    padded = np.concatenate([[0.0], missing, [0.0]])
    peaks, facts = signal.find_peaks(padded, height=least, prominence=0.5 * least)
    found: list[tuple[int, slice]] = []
    for place in np.argsort(-facts["peak_heights"]):
        worst = int(peaks[place]) - 1
        if any(part.start <= worst < part.stop for _, part in found):
            continue
        low = missing < 0.4 * missing[worst]
        before, after = np.flatnonzero(low[:worst]), np.flatnonzero(low[worst:])
        start = int(before[-1]) + 1 if len(before) else 0
        stop = worst + int(after[0]) if len(after) else len(missing)
        found.append((worst, slice(start, stop)))
    return found


def _described(loss: _Loss, part: slice, worst: int, *, scene: Scene, certainty: float) -> Dip:
    """Tell where a dip lies, how long it is, and what its outline does."""
    lane, missing, gone, step = loss.lane, loss.missing, loss.gone, loss.step
    deep = np.zeros(len(missing), bool)
    deep[part] = missing[part] > 0.5 * missing[worst]
    size = round(_LONGEST_MM / step)
    width = _calm(lane.width_mm[:, None], lane, step)
    narrowed = (1 - width / np.maximum(valley_floor(width, size=size), 1e-9))[:, 0]
    expected = 1 - np.sqrt(np.clip(1 - missing[deep], 0, 1))
    weight = np.where(deep[:, None], gone, 0)
    total = max(float(weight.sum()), 1e-12)
    at = int(np.clip(round(float((weight.sum(axis=1) @ np.arange(len(deep))) / total)), 0,
                     len(deep) - 1))  # fmt: skip
    aside = float((weight * lane.offset_mm).sum() / total)
    point = lane.point_mm[at] + aside * normals(lane.point_mm)[at]
    row, column = point / scene.tree.spacing_mm
    across = lane.offset_mm[part, 1] - lane.offset_mm[part, 0]
    volume = float((gone[part].sum(axis=1) * across).sum()) * step / max(scene.signal_per_mm, 1e-9)
    return Dip(
        branch=lane.branch,
        size_mm=(6 * volume / math.pi) ** (1 / 3),
        point=(float(row), float(column)),
        length_mm=float(deep.sum() * step),
        lumen_mm=float(lane.lumen_mm[worst]),
        missing=float(missing[worst]),
        depth=_depth(lane, part, gone, loss.full, step),
        narrowed=float(narrowed[deep].max()),
        outline=float(narrowed[deep].sum() / max(float(expected.sum()), 1e-9)),
        certainty=certainty,
        **_against_shoulders(lane, part, worst, scene=scene),
    )


def _against_shoulders(lane: Lane, part: slice, worst: int, *, scene: Scene) -> dict[str, float]:
    """Compare the cross-section of contrast with that of the duct before and behind.

    The reference lies between both shoulders as far as the worst place does, but no more
    than half above the lower one: behind a bifurcation a duct is thinner by right.
    """
    reach = round(4.0 / max(median(np.diff(lane.arc_mm)), 1e-3))
    sides, widths, own = list[float](), list[float](), [0.0]
    for side in (
        slice(max(part.start - reach, 0), part.start),
        slice(part.stop, part.stop + reach),
    ):
        area = lane.area[side][lane.clean[side]]
        sides.append(quantile(area, 0.6) if len(area) else 0.0)
        mine = lane.area[side][lane.clean[side] & lane.own[side]]
        if len(mine) > 0.25 * reach:
            own.append(median(mine))
        wide = lane.width_mm[side][lane.clean[side]]
        widths.append(quantile(wide, 0.6) if len(wide) else 0.0)
    before, after = sides
    share = (worst - part.start) / max(part.stop - part.start, 1)
    whole = min((1 - share) * before + share * after, 1.5 * min(before, after))
    left = median(lane.area[max(worst - 2, 0) : worst + 3])
    stenosis = 1 - math.sqrt(min(max(left, 0.0) / max(whole, 1e-9), 1.0))
    section = max(whole, 0.0) / max(scene.signal_per_mm, 1e-9)
    width = median(lane.width_mm[max(worst - 2, 0) : worst + 3])
    tube = math.pi * width**2 / 3 * scene.signal_per_mm
    return {
        "stenosis": stenosis,
        "reference_mm": 2 * math.sqrt(section / math.pi),
        "level": min(widths) / max(2 * float(lane.lumen_mm[worst]), 1e-6),
        "fullness": left / max(tube, 1e-9),
        "own_shoulder": max(own) / max(whole, 1e-9),
    }


def _depth(lane: Lane, part: slice, gone: Floats, full: Floats, step: float) -> float:
    """Return the largest share of signal that is gone over about half a millimeter square."""
    across = median(lane.offset_mm[part, 1] - lane.offset_mm[part, 0])
    size = (max(1, round(0.5 / step)), max(1, round(0.5 / max(across, 1e-6))))
    lost = ndimage.uniform_filter(gone[part], size, mode="nearest")
    there = ndimage.uniform_filter(full[part], size, mode="nearest")
    inside = np.abs(lane.offset_mm[part]) <= 0.7 * lane.lumen_mm[part, None]
    return float(np.where(inside, lost / np.maximum(there, 1e-9), 0).max())


def _calm(values: Floats, lane: Lane, step: float) -> Floats:
    """Bridge what is read together with a neighbor, and smooth along the duct; (K, W)."""
    place = np.arange(len(values))
    known = place[lane.clean]
    after = np.clip(np.searchsorted(known, place), 0, len(known) - 1)
    before = np.maximum(after - (known[after] > place), 0)
    span = np.maximum(known[after] - known[before], 1)
    share = np.clip((place - known[before]) / span, 0, 1)[:, None]
    whole = (1 - share) * values[known[before]] + share * values[known[after]]
    return np.asarray(
        ndimage.gaussian_filter1d(whole, 0.25 / step, axis=0, mode="nearest"), np.float64
    )


def _has_shoulders(lane: Lane, part: slice, step: float) -> bool:
    """Return whether clean duct is seen on both sides, and in the dip itself."""
    reach = round(5.0 / step)
    before = lane.clean[max(part.start - reach, 0) : part.start]
    after = lane.clean[part.stop : part.stop + reach]
    inside = lane.clean[part]
    enough = 0.5 / step
    return bool(before.sum() >= enough and after.sum() >= enough and inside.mean() > 0.5)


def _defect(dip: Dip) -> Finding:
    score = (
        grade(dip.size_mm, middle=1.0, width=0.06)
        * grade(dip.depth, middle=0.45, width=0.03)
        * grade(dip.missing, middle=0.35, width=0.025)
        * grade(-_stretch(dip), middle=-_LONGEST_BODY, width=0.05)
        * grade(dip.certainty, middle=12, width=2.5)
        * grade(dip.level, middle=0.5, width=0.02)
        * grade(-dip.fullness, middle=-1.0, width=0.05)
    )
    return Finding(
        type=FindingType.INTRALUMINAL_FILLING_DEFECT,
        location=dip.point,
        extent_mm=dip.length_mm,
        branch=dip.branch,
        score=score,
        evidence={
            "missing_contrast_percent": 100 * dip.missing,
            "size_mm": dip.size_mm,
            "depth_percent": 100 * dip.depth,
            "outline_narrowing_percent": 100 * max(dip.narrowed, 0.0),
            "length_over_caliber": dip.slenderness,
            "width_of_shoulders_percent": 100 * dip.level,
            "fullness_percent": 100 * dip.fullness,
            "caliber_mm": 2 * dip.lumen_mm,
            "signal_to_noise": dip.certainty,
        },
    )


def _stretch(dip: Dip) -> float:
    """Return how long the loss is, over the width of a body that displaces as much."""
    return dip.slenderness / math.sqrt(max(dip.missing, 1e-6))


def _narrowing(dip: Dip) -> Finding:
    # Two readings of the same loss have to agree, so the lesser of them counts.
    stenosis = min(dip.stenosis, 1 - math.sqrt(max(1 - dip.missing, 0.0)))
    score = (
        grade(stenosis, middle=0.40, width=0.02)
        * grade(dip.reference_mm, middle=0.7, width=0.03)
        * grade(dip.certainty, middle=36, width=4)
        * grade(dip.own_shoulder, middle=0.5, width=0.03)
        * grade(dip.level, middle=0.5, width=0.02)
    )
    return Finding(
        type=FindingType.DUCT_NARROWING,
        location=dip.point,
        extent_mm=dip.length_mm,
        branch=dip.branch,
        score=score,
        evidence={
            "stenosis_percent": 100 * stenosis,
            "outline_narrowing_percent": 100 * max(dip.narrowed, 0.0),
            "missing_contrast_percent": 100 * dip.missing,
            "size_mm": dip.size_mm,
            "length_over_caliber": dip.slenderness,
            "reference_caliber_mm": dip.reference_mm,
            "signal_to_noise": dip.certainty,
        },
    )
