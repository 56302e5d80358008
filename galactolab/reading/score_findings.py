"""How well findings agree with the truth: matches, FROC and wAFROC.

A mark is a hit when its point lies in the lesion widened by a margin; several marks on one
lesion count once and none of them is false. Operating points alone are no figures of
merit: `froc` gives the whole curve and `wafroc_area` an area. Intervals come from
resampling patients, not lesions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError, check_between
from galactolab.records import Analysis, Finding
from galactolab.terms import FindingType
from galactolab.tree import DuctTree, Floats


@dataclass(frozen=True, kw_only=True)
class Matches:
    """Which marks hit which lesions.

    Attributes
    ----------
    hits : tuple of (int, int)
        (finding, lesion) for each lesion that was found, by its best mark.
    missed : tuple of int
        Lesions without a mark.
    false : tuple of int
        Findings that hit nothing; further marks on a found lesion are not counted here.
    """

    hits: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    false: tuple[int, ...]


def matched_findings(
    findings: Sequence[Finding],
    truth: Sequence[Finding],
    *,
    spacing_mm: tuple[float, float],
    tree: DuctTree | None = None,
    margin_mm: float = 1.0,
) -> Matches:
    """Match marks with lesions.

    Parameters
    ----------
    findings, truth : sequence of Finding
    spacing_mm : (float, float)
    tree : DuctTree or None
        The true tree, for the caliber where a lesion lies.
    margin_mm : float
        A mark counts within the lesion's extent widened by this, or by half of the local
        caliber if that is more; 0 to 20 mm. A dilated duct is long, and its place is where it
        is widest: its whole extent counts to both sides.

    Raises
    ------
    GalactolabError
        If `margin_mm` is outside its range.

    References
    ----------
    The acceptance radius has to be fixed beforehand: Chakraborty, J Am Coll Radiol 2006
    conventions of free-response studies.

    Examples
    --------
    >>> lesion = Finding(type=FindingType.DUCT_NARROWING, location=(50, 50), extent_mm=2)
    >>> near = Finding(type=FindingType.DUCT_NARROWING, location=(50, 65), score=0.9)
    >>> far = Finding(type=FindingType.DUCT_NARROWING, location=(50, 95), score=0.8)
    >>> matched_findings([near, far], [lesion], spacing_mm=(0.1, 0.1))
    Matches(hits=((0, 0),), missed=(), false=(1,))
    """
    check_between("margin_mm", margin_mm, 0, 20, "mm")
    away = np.full((len(findings), len(truth)), np.inf)
    for column, lesion in enumerate(truth):
        margin = max(margin_mm, 0.5 * _caliber_at(lesion, tree))
        share = 1.0 if lesion.type is FindingType.DUCT_ECTASIA else 0.5
        for row, finding in enumerate(findings):
            gap = np.subtract(finding.location, lesion.location) * spacing_mm
            distance = float(np.hypot(gap[0], gap[1]))
            if distance <= share * lesion.extent_mm + margin:
                away[row, column] = distance
    same = np.array([[f.type is t.type for t in truth] for f in findings], bool)
    hits: dict[int, int] = {}
    for wanted in (same, np.ones_like(same)):
        _greedy(np.where(wanted.reshape(away.shape), away, np.inf), findings, hits)
    taken = set(hits.values())
    return Matches(
        hits=tuple(sorted((row, column) for column, row in hits.items())),
        missed=tuple(column for column in range(len(truth)) if column not in hits),
        false=tuple(
            row
            for row in range(len(findings))
            if row not in taken and not np.isfinite(away[row]).any()
        ),
    )


def _greedy(away: Floats, findings: Sequence[Finding], hits: dict[int, int]) -> None:
    """Give each lesion its most certain mark, nearest lesion first."""
    taken = set(hits.values())
    for row in sorted(range(len(findings)), key=lambda i: -findings[i].score):
        columns = [c for c in np.argsort(away[row]) if np.isfinite(away[row, c]) and c not in hits]
        if columns and row not in taken:
            hits[int(columns[0])] = row


def _caliber_at(lesion: Finding, tree: DuctTree | None) -> float:
    if tree is None or lesion.branch is None or lesion.branch >= len(tree):
        return 0.0
    branch = tree.branches[lesion.branch]
    gap = (branch.path - np.asarray(lesion.location)) * tree.spacing_mm
    return 2 * float(branch.radius_mm[int(np.argmin(np.hypot(*gap.T)))])


@dataclass(frozen=True, kw_only=True, eq=False)
class Marks:
    """The scores of one patient's marks, ready for curves.

    Attributes
    ----------
    lesion_scores : (n_lesions,) array
        Score of the mark on each lesion, below 0 where there is none.
    lesion_types : tuple of FindingType
    named_right : (n_lesions,) array of bool
        Whether that mark has the lesion's type.
    false_scores : (n_false,) array
    """

    lesion_scores: Floats
    lesion_types: tuple[FindingType, ...]
    named_right: npt.NDArray[np.bool_]
    false_scores: Floats


def marks(reading: Analysis, truth: Analysis, *, margin_mm: float = 1.0) -> Marks:
    """Return the scores of one patient's marks.

    Parameters
    ----------
    reading, truth : Analysis
        The reading may be an algorithm's or a student's.
    margin_mm : float
        As in `matched_findings`.
    """
    found = matched_findings(
        reading.findings,
        truth.findings,
        spacing_mm=truth.tree.spacing_mm,
        tree=truth.tree,
        margin_mm=margin_mm,
    )
    scores = np.full(len(truth.findings), -1.0)
    right = np.zeros(len(truth.findings), bool)
    for row, column in found.hits:
        scores[column] = reading.findings[row].score
        right[column] = reading.findings[row].type is truth.findings[column].type
    return Marks(
        lesion_scores=scores,
        lesion_types=tuple(lesion.type for lesion in truth.findings),
        named_right=right,
        false_scores=np.array([reading.findings[row].score for row in found.false], float),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Froc:
    """A free-response curve: one point for each threshold, from strict to lenient.

    Attributes
    ----------
    threshold : (T,) array
    false_per_image : (T,) array
        Non-lesion localizations per image (NLF).
    sensitivity : (T,) array
        Lesion localizations per lesion (LLF).
    """

    threshold: Floats
    false_per_image: Floats
    sensitivity: Floats

    def at(self, false_per_image: float) -> float:
        """Return the best sensitivity with no more than so many false marks per image."""
        allowed = self.false_per_image <= false_per_image + 1e-12
        return float(self.sensitivity[allowed].max(initial=0.0))


def froc(cases: Sequence[Marks], *, kind: FindingType | None = None) -> Froc:
    """Return the free-response curve of several patients.

    Parameters
    ----------
    cases : sequence of Marks
    kind : FindingType or None
        Count only lesions of this type; false marks always count in full.

    Raises
    ------
    GalactolabError
        If there is no patient, or none with such a lesion.

    References
    ----------
    Bunch et al. 1978, J Appl Photogr Eng 4:166 (free-response paradigm).
    """
    if not cases:
        raise GalactolabError("There are 0 cases, but a curve needs at least 1.")
    lesions = np.concatenate([_chosen(case, kind) for case in cases])
    if not len(lesions):
        label = "any type" if kind is None else kind.label
        raise GalactolabError(f"No case has a lesion of {label}, so there is no curve.")
    false = np.concatenate([case.false_scores for case in cases])
    levels = np.unique(np.concatenate([lesions[lesions >= 0], false]))[::-1]
    threshold = np.concatenate([[np.inf], levels])
    return Froc(
        threshold=threshold,
        false_per_image=_share_above(false, threshold) / len(cases),
        sensitivity=_share_above(lesions, threshold) / len(lesions),
    )


def _share_above(scores: Floats, threshold: Floats) -> Floats:
    ordered = np.sort(scores)
    return np.asarray(len(ordered) - np.searchsorted(ordered, threshold, side="left"), np.float64)


def _chosen(case: Marks, kind: FindingType | None) -> Floats:
    if kind is None:
        return case.lesion_scores
    wanted = np.array([lesion is kind for lesion in case.lesion_types], bool)
    return np.asarray(case.lesion_scores[wanted], np.float64)


def wafroc(cases: Sequence[Marks]) -> tuple[Floats, Floats]:
    """Return the weighted AFROC curve: false-positive patients, weighted lesions found.

    Parameters
    ----------
    cases : sequence of Marks
        With and without lesions.

    Returns
    -------
    false_share, sensitivity : (T,) arrays
        Share of patients without any lesion who get a mark at all, and mean share of the lesions
        found of those who have some, from strict to lenient; both end at 1.

    Raises
    ------
    GalactolabError
        If either group is missing.

    References
    ----------
    Chakraborty & Zhai 2016, Med Phys 43:2548 (weighted AFROC).
    """
    normal = [case for case in cases if not len(case.lesion_scores)]
    ill = [case for case in cases if len(case.lesion_scores)]
    if not normal or not ill:
        sentence = (
            f"There are {len(ill)} patients with and {len(normal)} without lesions, "
            "but the curve needs both."
        )
        raise GalactolabError(sentence)
    worst = np.array([case.false_scores.max(initial=-1.0) for case in normal])
    scores = [case.lesion_scores for case in ill]
    levels = np.unique(np.concatenate([*scores, worst]))
    threshold = np.concatenate([[np.inf], levels[levels >= 0][::-1], [-1.0]])
    found = [_share_above(lesions, threshold) / len(lesions) for lesions in scores]
    return _share_above(worst, threshold) / len(worst), np.mean(found, axis=0)


def wafroc_area(cases: Sequence[Marks]) -> float:
    """Return the area under the weighted AFROC curve.

    The chance that a lesion is rated above the worst false mark of a patient without any,
    lesions of one patient sharing one vote; not-a-number where either group is missing.

    References
    ----------
    Chakraborty & Zhai 2016, Med Phys 43:2548 (weighted AFROC figure of merit).
    """
    try:
        false_share, sensitivity = wafroc(cases)
    except GalactolabError:
        return float("nan")
    return float(np.trapezoid(sensitivity, false_share))


def bootstrap_interval(
    cases: Sequence[Marks],
    statistic: Callable[[Sequence[Marks]], float],
    *,
    rng: np.random.Generator,
    n_samples: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile interval of a statistic when patients are drawn again.

    Parameters
    ----------
    cases : sequence of Marks
    statistic : callable, sequence of Marks -> float
        Draws for which it cannot be computed are left out.
    rng : numpy.random.Generator
    n_samples : int
    level : float
        Share of draws inside, 0.5 to 0.999.
    """
    check_between("level", level, 0.5, 0.999)
    values = []
    for _ in range(n_samples):
        drawn = [cases[i] for i in rng.integers(0, len(cases), len(cases))]
        try:
            values.append(float(statistic(drawn)))
        except GalactolabError:
            continue
    low, high = np.nanpercentile(values or [np.nan], [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)
