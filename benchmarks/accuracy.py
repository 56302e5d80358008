"""Accuracy on virtual patients that were never used for tuning, with intervals by case.

Seeds from 10,000 are for testing only; tuning uses seeds below 1000. Every number is about
synthetic patients and says nothing about clinical performance.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from galactolab import datasets
from galactolab.reading import DEFAULT, score
from galactolab.reading.score_findings import matched_findings
from galactolab.records import Analysis, Case
from galactolab.terms import FindingType

FIRST_SEED = 10_000
N_PATIENTS = 40
N_BOOTSTRAP = 2000
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


def patients(n: int) -> list[Case]:
    """Return `n` patients: each kind of finding in turn, every eighth one normal."""
    return [
        datasets.virtual_patient(
            FIRST_SEED + index,
            finding=PLANTED[index % len(PLANTED)],
            spacing_mm=(0.07, 0.1)[index // len(PLANTED) % 2],
        )
        for index in range(n)
    ]


def case_row(case: Case, analysis: Analysis) -> dict[str, object]:
    """Score one reading against its truth."""
    truth = case.truth
    assert truth is not None
    matched = matched_findings(
        analysis.findings,
        truth.findings,
        spacing_mm=case.galactogram.spacing_mm,
        tree=truth.tree,
    )
    n_named = sum(analysis.findings[f].type is truth.findings[t].type for f, t in matched.hits)
    kinds = sorted({finding.type.label for finding in truth.findings})
    return {
        "case": case.name,
        "truth": ", ".join(kinds) or "normal",
        "dice": score.dice(analysis.mask, truth.mask),
        "cl_dice": score.cl_dice(analysis.mask, truth.mask),
        "n_truth": len(truth.findings),
        "n_found": len(matched.hits),
        "n_named_right": n_named,
        "n_false": len(matched.false),
    }


def interval(
    table: pd.DataFrame, statistic: Callable[[pd.DataFrame], float]
) -> tuple[float, float, float]:
    """Return the statistic and its 95 % bootstrap interval, resampled by case."""
    rng = np.random.default_rng(0)
    draws = [
        statistic(table.iloc[rng.integers(len(table), size=len(table))]) for _ in range(N_BOOTSTRAP)
    ]
    low, high = np.nanpercentile(draws, (2.5, 97.5))
    return statistic(table), float(low), float(high)


STATISTICS: dict[str, Callable[[pd.DataFrame], float]] = {
    "mean Dice": lambda t: float(t["dice"].mean()),
    "mean clDice": lambda t: float(t["cl_dice"].mean()),
    "planted findings found": lambda t: t["n_found"].sum() / max(t["n_truth"].sum(), 1),
    "type named right among the found": lambda t: (
        t["n_named_right"].sum() / max(t["n_found"].sum(), 1)
    ),
    "false findings per image": lambda t: float(t["n_false"].mean()),
    "normal images without a finding": lambda t: float(
        (t.loc[t["n_truth"] == 0, "n_false"] == 0).mean()
    ),
}


def tables(n: int = N_PATIENTS) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the summary with intervals, the results by finding, and one row per case."""
    cases = patients(n)
    rows = pd.DataFrame([case_row(case, DEFAULT(case.galactogram)) for case in cases])
    summary = pd.DataFrame(
        {name: interval(rows, statistic) for name, statistic in STATISTICS.items()},
        index=["value", "low", "high"],
    ).T
    by_kind = rows.groupby("truth")[["n_truth", "n_found", "n_named_right", "n_false"]].sum()
    by_kind.insert(0, "images", rows.groupby("truth").size())
    return summary, by_kind, rows


def main(arguments: Sequence[str] = ()) -> None:
    """Print all tables; the first argument may be the number of patients."""
    n = int(arguments[0]) if arguments else N_PATIENTS
    summary, by_kind, rows = tables(n)
    print(f"Accuracy on {n} virtual patients, seeds {FIRST_SEED} to {FIRST_SEED + n - 1}")
    print("(70 and 100 um; synthetic only; 95 % bootstrap interval by case)")
    print(summary.round(3).to_string(), end="\n\n")
    print(by_kind.to_string(), end="\n\n")
    print(rows.round(3).to_string(index=False), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
