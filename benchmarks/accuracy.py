"""Accuracy on 100 virtual patients that were never used for tuning, with intervals by case.

Every number is about synthetic patients and says nothing about clinical performance.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import froc
import numpy as np
import pandas as pd
from patients import FIRST_SEED, Scored, count, in_parallel, scored, with_intervals

from galactolab.reading.score_tree import CALIBER_CLASSES_MM

N_PATIENTS = 100


def overlap_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return masks and trees against the truth, with intervals by patient."""
    names = {
        "dice": "mean Dice",
        "cl_dice": "mean clDice",
        "node_f1": "node F1 at 1 mm",
        "reached": "terminals reached from the orifice",
    }
    names |= {name: f"mean {name} mm" for name in rows if str(name).startswith("dice ")}
    return with_intervals(
        rows,
        {label: (lambda t, n=name: float(t[n].mean())) for name, label in names.items()},
    )


def caliber_table(cases: Sequence[Scored]) -> pd.DataFrame:
    """Return bias and standard deviation of the caliber with intervals by patient."""
    errors = pd.concat(
        [case.caliber.assign(case=number) for number, case in enumerate(cases)], ignore_index=True
    )
    rng = np.random.default_rng(0)
    rows = []
    for low, high in CALIBER_CLASSES_MM:
        part = errors[(errors["true_mm"] >= low) & (errors["true_mm"] < high)]
        groups = [group["error_mm"].to_numpy() for _, group in part.groupby("case")]
        if not groups:
            continue
        draws = [
            np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
            for _ in range(300)
        ]
        bias = np.percentile([draw.mean() for draw in draws], (2.5, 97.5))
        spread = np.percentile([draw.std() for draw in draws], (2.5, 97.5))
        rows.append(
            {
                "caliber_mm": f"{low:g}-{high:g}",
                "n": len(part),
                "bias_mm": part["error_mm"].mean(),
                "bias low": bias[0],
                "bias high": bias[1],
                "sd_mm": part["error_mm"].std(),
                "sd low": spread[0],
                "sd high": spread[1],
            }
        )
    return pd.DataFrame(rows).set_index("caliber_mm")


def main(arguments: Sequence[str] = ()) -> None:
    """Print all tables; the first argument may be the number of patients."""
    n = count(arguments, N_PATIENTS)
    cases = in_parallel(scored, range(n))
    rows = pd.DataFrame([case.row for case in cases])
    print(f"Accuracy on {n} virtual patients, seeds {FIRST_SEED} to {FIRST_SEED + n - 1}")
    print("(70 and 100 um, all densities, clinical dose; synthetic only; 95 % intervals by case)")
    print(overlap_table(rows).round(3).to_string(), end="\n\n")
    print("Caliber, traced minus true")
    print(caliber_table(cases).round(3).to_string(), end="\n\n")
    froc.show(cases, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
