"""How much tree indices change when the same patient is exposed again, and otherwise."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from patients import FIRST_SEED, count, in_parallel

from galactolab.modalities import xray
from galactolab.patient import phantom
from galactolab.reading import DEFAULT
from galactolab.reading.measure import summary

Exposure = tuple[str, int, dict[str, object]]


def indices(exposure: Exposure) -> dict[str, object]:
    """Expose and read one patient once; return its tree indices."""
    group, seed, how = exposure
    thickness = float(how.get("thickness_mm", 50.0))  # type: ignore[arg-type]  # a number
    patient = phantom.make(seed=FIRST_SEED + 700, thickness_mm=thickness)
    case = xray.simulate(
        patient,
        rng=np.random.default_rng(seed),
        view=str(how.get("view", "CC")),
        spacing_mm=float(how.get("spacing_mm", 0.1)),  # type: ignore[arg-type]  # a number
    )
    return {"group": group, **summary(DEFAULT(case.galactogram).tree)}


def exposures(n: int) -> list[Exposure]:
    """Return what is compared: noise alone, pixel size, thickness, view."""
    again: list[Exposure] = [("same exposure again", seed, {}) for seed in range(n)]
    pixels: list[Exposure] = [
        ("pixel 0.05-0.1 mm", 0, {"spacing_mm": s}) for s in (0.05, 0.07, 0.1)
    ]
    thick: list[Exposure] = [("thickness 35-65 mm", 0, {"thickness_mm": t}) for t in (35, 50, 65)]
    views: list[Exposure] = [("view CC, ML, MLO", 0, {"view": v}) for v in ("CC", "ML", "MLO")]
    return [*again, *pixels, *thick, *views]


def main(arguments: Sequence[str] = ()) -> None:
    """Print mean and within-subject standard deviation of each index."""
    n = count(arguments, 10)
    rows = pd.DataFrame(in_parallel(partial(indices), exposures(n)))
    groups = rows.groupby("group", sort=False)
    table = groups.std(numeric_only=True).T
    table.insert(0, "mean", rows[rows["group"] == "same exposure again"].mean(numeric_only=True))
    print(f"One patient exposed {n} times: standard deviation of each tree index")
    print("(other columns: over three pixel sizes, thicknesses, views of one exposure each)")
    print(table.round(3).to_string(), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
