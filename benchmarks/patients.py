"""The patients of the accuracy benchmarks, and one row of scores for each reading.

Seeds from 10,000 are for testing only; tuning uses seeds below 1000. Another first seed can be set
by the variable GALACTOLAB_FIRST_SEED, for a run on patients that nobody has seen at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from galactolab import datasets
from galactolab.reading import (
    DEFAULT,
    detect,
    score,
    score_caliber,
    score_findings,
    score_lumen,
    score_tree,
)
from galactolab.reading.measure import summary
from galactolab.records import Case
from galactolab.terms import FindingType

FIRST_SEED = int(os.environ.get("GALACTOLAB_FIRST_SEED", "10000"))
PLANTED = (
    FindingType.INTRALUMINAL_FILLING_DEFECT,
    FindingType.MULTIPLE_FILLING_DEFECT,
    FindingType.ABRUPT_DUCT_TERMINATION,
    FindingType.DUCT_NARROWING,
    FindingType.DUCT_ECTASIA,
    FindingType.EXTRAVASATION,
    FindingType.CYST_FILL,
    None,
)
SPACINGS_MM = (0.07, 0.1)
N_PROCESSES = min(2, os.cpu_count() or 1)

Given = TypeVar("Given")
Got = TypeVar("Got")


# A curve goes on below the score at which the reader speaks up.
LENIENT_SCORE = 0.001


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """One reading scored against its truth.

    Attributes
    ----------
    row : dict
        Shares and counts by name.
    marks, all_marks : Marks
        As the reader is set, and with every doubtful mark, for curves.
    large : tuple of bool
        For each lesion, whether the acceptance targets ask for it.
    caliber : pandas.DataFrame
        From `score_lumen.errors`.
    length_errors_mm : (n,) array
        Of the branches whose two nodes were found.
    found, true : dict
        Tree indices of the reading and of the truth.
    """

    row: dict[str, object]
    marks: score_findings.Marks
    all_marks: score_findings.Marks
    large: tuple[bool, ...]
    caliber: pd.DataFrame
    length_errors_mm: npt.NDArray[np.float64]
    found: dict[str, float]
    true: dict[str, float]


def planted(index: int) -> FindingType | None:
    """Return what patient `index` has: each kind in turn, every eighth one nothing."""
    return PLANTED[index % len(PLANTED)]


def patient(index: int) -> Case:
    """Return test patient `index`: densities as in women, both pixel sizes, clinical dose."""
    return datasets.virtual_patient(
        FIRST_SEED + index,
        finding=planted(index),
        spacing_mm=SPACINGS_MM[index // len(PLANTED) % len(SPACINGS_MM)],
    )


def scored(index: int) -> Scored:
    """Read test patient `index` and score the reading."""
    case = patient(index)
    truth, reading = case.truth, DEFAULT(case.galactogram)
    assert truth is not None
    kind = planted(index)
    marks = score_findings.marks(reading, truth)
    doubtful = detect.everything(case.galactogram, reading.tree, min_score=LENIENT_SCORE)
    found = marks.lesion_scores >= 0
    node = score_tree.nodes(reading.tree, truth.tree)
    parts, holes = score.betti_errors(reading.mask, truth.mask)
    lobules = score_caliber.acini(truth.mask, truth.tree)
    ducts, mask = truth.mask.pixels & ~lobules, reading.mask.pixels
    precision, _ = score.centerline_shares(mask, truth.mask)
    _, recall = score.centerline_shares(mask, ducts)
    row: dict[str, object] = {
        "planted": "normal" if kind is None else kind.label,
        "spacing_mm": case.galactogram.spacing_mm[0],
        "dice": score.dice(reading.mask, truth.mask),
        "cl_dice": score.cl_dice(reading.mask, truth.mask),
        "dice_ducts": score.dice(mask & ~lobules, ducts),
        "cl_dice_ducts": 2 * precision * recall / max(precision + recall, 1e-9),
        "betti_0": parts,
        "betti_1": holes,
        "node_precision": node.precision,
        "node_recall": node.recall,
        "node_f1": node.f1,
        "reached": score_tree.reachable_terminals(reading.tree, truth.tree),
        "one_root": sum(branch.parent is None for branch in reading.tree.branches) == 1,
        "n_truth": len(truth.findings),
        "n_found": int(found.sum()),
        "n_named_right": int((marks.named_right & found).sum()),
        "n_false": len(marks.false_scores),
        "n_marks": len(reading.findings),
    }
    row |= {
        f"dice {label}": value
        for label, value in score_caliber.dice_by_caliber(
            reading.mask, truth.mask, truth.tree
        ).items()
    }
    return Scored(
        row=row,
        marks=marks,
        all_marks=score_findings.marks(replace(reading, findings=doubtful), truth),
        large=tuple(_is_large(finding) for finding in truth.findings),
        caliber=score_lumen.errors(reading.tree, truth.tree, lesions=truth.findings),
        length_errors_mm=score_tree.branch_length_errors(reading.tree, truth.tree),
        found=summary(reading.tree),
        true=summary(truth.tree),
    )


def _is_large(finding: object) -> bool:
    """Return whether the acceptance targets ask for this lesion: 1.5 mm, or half the caliber."""
    evidence = finding.evidence  # type: ignore[attr-defined]
    return (
        evidence.get("length_mm", evidence.get("size_mm", 9.0)) >= 1.5
        and evidence.get("stenosis_percent", 99.0) >= 50
    )


def in_parallel(work: Callable[[Given], Got], given: Iterable[Given]) -> list[Got]:
    """Do the work in two processes, in order."""
    with ProcessPoolExecutor(N_PROCESSES) as pool:
        return list(pool.map(work, given, chunksize=4))


def interval(
    table: pd.DataFrame, statistic: Callable[[pd.DataFrame], float], *, n_samples: int = 1000
) -> tuple[float, float, float]:
    """Return the statistic and its 95 % bootstrap interval, resampled by row."""
    rng = np.random.default_rng(0)
    draws = [
        statistic(table.iloc[rng.integers(len(table), size=len(table))]) for _ in range(n_samples)
    ]
    low, high = np.nanpercentile(draws, (2.5, 97.5))
    return statistic(table), float(low), float(high)


def with_intervals(
    table: pd.DataFrame, statistics: dict[str, Callable[[pd.DataFrame], float]]
) -> pd.DataFrame:
    """Return a row with value, low and high for each statistic."""
    return pd.DataFrame(
        {name: interval(table, statistic) for name, statistic in statistics.items()},
        index=["value", "low", "high"],
    ).T


def count(arguments: Sequence[str], default: int) -> int:
    """Return the number of patients that was asked for."""
    return int(arguments[0]) if arguments else default
