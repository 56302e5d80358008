"""Accuracy on 100 virtual patients that were never used for tuning, with intervals by case.

Every number is about synthetic patients and says nothing about clinical performance.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import froc
import numpy as np
import numpy.typing as npt
import pandas as pd
from patients import FIRST_SEED, Scored, count, in_parallel, interval, scored, with_intervals

from galactolab.reading import score_lumen

N_PATIENTS = 100
N_SAMPLES = 300


def overlap_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return masks and trees against the truth, with intervals by patient."""
    names = {
        "dice": "mean Dice",
        "cl_dice": "mean clDice",
        "dice_ducts": "mean Dice, acini left out",
        "cl_dice_ducts": "mean clDice, acini left out",
        "betti_0": "mean Betti 0 error (parts)",
        "betti_1": "mean Betti 1 error (holes)",
        "node_precision": "node precision at 1 mm",
        "node_recall": "node recall at 1 mm",
        "node_f1": "node F1 at 1 mm",
        "reached": "terminals reached from the orifice",
        "one_root": "trees with one root",
    }
    names |= {name: f"mean {name} mm" for name in rows if str(name).startswith("dice ")}
    return with_intervals(
        rows,
        {label: (lambda t, n=name: float(t[n].mean())) for name, label in names.items()},
    )


def caliber_table(cases: Sequence[Scored]) -> pd.DataFrame:
    """Return bias and standard deviation of the caliber with intervals by patient."""
    rows = {}
    for protocol in score_lumen.PROTOCOLS:
        for low, high in score_lumen.CLASSES_MM:
            groups, n = [], 0
            for found in (case.caliber for case in cases):
                inside = (found["true_mm"] >= low) & (found["true_mm"] < high)
                groups.append(found.loc[inside & found[protocol], "error_mm"].to_numpy())
                n += int(inside.sum())
            count_in = sum(map(len, groups))
            if count_in:
                kept = {"n": count_in, "share": count_in / n}
                rows[protocol, f"{low:g}-{high:g}"] = kept | _spread(groups)
    return pd.DataFrame(rows).T.rename_axis(["comparison", "caliber_mm"])


def _spread(groups: Sequence[npt.NDArray[np.float64]]) -> dict[str, float]:
    """Return mean and standard deviation of errors with intervals by patient."""
    rng = np.random.default_rng(0)
    draws = [
        np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
        for _ in range(N_SAMPLES)
    ]
    draws = [draw for draw in draws if len(draw)]
    whole = np.concatenate(groups)
    row: dict[str, float] = {}
    for name, statistic in (("bias", np.mean), ("sd", np.std)):
        low, high = np.percentile([statistic(draw) for draw in draws], (2.5, 97.5))
        row |= {f"{name}_mm": float(statistic(whole)), f"{name} low": low, f"{name} high": high}
    return row


def length_table(cases: Sequence[Scored]) -> pd.DataFrame:
    """Return the error of branch lengths where both nodes were found, as bias and SD."""
    return pd.DataFrame(
        {"branch length, mm": {"n": sum(len(case.length_errors_mm) for case in cases)}
         | _spread([case.length_errors_mm for case in cases])}
    ).T  # fmt: skip


def index_table(cases: Sequence[Scored]) -> pd.DataFrame:
    """Return each tree index: true mean, traced minus true with interval, correlation."""
    found, true = (
        pd.DataFrame([getattr(case, name) for case in cases]) for name in ("found", "true")
    )
    rows = {}
    for name in true:
        pair = pd.DataFrame({"true": true[name], "gap": found[name] - true[name]}).dropna()
        if len(pair) < 3:
            continue
        value, low, high = interval(pair, lambda t: float(t["gap"].mean()))
        both = pair["true"] + pair["gap"]
        varied = pair["true"].std() > 0 and both.std() > 0
        rows[name] = {
            "n": len(pair),
            "true mean": pair["true"].mean(),
            "true SD": pair["true"].std(),
            "traced - true": value,
            "low": low,
            "high": high,
            "SD of it": pair["gap"].std(),
            "r": float(np.corrcoef(pair["true"], both)[0, 1]) if varied else float("nan"),
        }
    return pd.DataFrame(rows).T


def main(arguments: Sequence[str] = ()) -> None:
    """Print all tables; the first argument may be the number of patients."""
    n = count(arguments, N_PATIENTS)
    cases = in_parallel(scored, range(n))
    rows = pd.DataFrame([case.row for case in cases])
    print(f"Accuracy on {n} virtual patients, seeds {FIRST_SEED} to {FIRST_SEED + n - 1}")
    print("(70 and 100 um, all densities, clinical dose; synthetic only; 95 % intervals by case)")
    print(overlap_table(rows).round(3).to_string(), end="\n\n")
    print("Caliber, traced minus true, by comparison (score_lumen): every point; points matched in")
    print("place and direction; of these, isolated lumina, as in quantitative angiography")
    print(caliber_table(cases).round(3).to_string(), end="\n\n")
    print("Branches whose two nodes were found: traced minus true length")
    print(length_table(cases).round(3).to_string(), end="\n\n")
    print("Tree indices, traced beside true")
    print(index_table(cases).round(3).to_string(), end="\n\n")
    froc.show(cases, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
