"""Which machine shows an intraductal nodule of 0.5 to 10 mm, in simulated patients.

Every machine looks at the same patients, in thin, wide and unfilled ducts, and at their twins
without the nodule; `galactolab.modalities.visibility` says whether the nodule is visible. No
parameter was tuned on these patients (seeds from 10000). It takes most of an hour: what is done
is kept in the cache folder (`visibility.part.csv`), and a run that was stopped goes on from
there as long as the file is not removed. With `--write` the counts go to
`data/studies/visibility.csv`, which lesson 04 draws, and the file is removed.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from galactolab.modalities.comparison import MACHINES
from galactolab.modalities.nodules import SETTINGS, Setting, twins
from galactolab.places import cache_folder, data_folder

SIZES_MM = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
PER_CELL = 8  # 9 sizes x 3 settings x 8 patients = 216
FIRST_SEED = 10_000
COLUMNS = (
    "seed", "setting", "size_mm", "caliber_mm", "machine", "detectability", "cnr", "is_visible",
)  # fmt: skip


def patients() -> Iterator[tuple[int, float, Setting]]:
    """Yield seed, size and setting of each patient, one for each cell before the second."""
    seed = FIRST_SEED
    for _ in range(PER_CELL):
        for size in SIZES_MM:
            for setting in SETTINGS:
                yield seed, size, setting
                seed += 1


def looked_at(seed: int, size_mm: float, setting: Setting) -> list[dict[str, object]]:
    """Return one row for each machine."""
    pair = twins(seed=seed, size_mm=size_mm, setting=setting)
    seen = {name: machine(pair, seed) for name, machine in MACHINES.items()}
    return [
        {
            "seed": seed,
            "setting": setting,
            "size_mm": size_mm,
            "caliber_mm": round(pair.caliber_mm, 2),
            "machine": name,
            "detectability": round(one.detectability, 2),
            "cnr": round(one.cnr, 2),
            "is_visible": one.is_visible,
        }
        for name, one in seen.items()
    ]


def collected(part: Path) -> pd.DataFrame:
    """Return all rows, going on from what `part` holds; each patient is kept when done."""
    done = set(pd.read_csv(part)["seed"]) if part.exists() else set()
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("a", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        if not done:
            table.writeheader()
        for seed, size, setting in patients():
            if seed not in done:
                table.writerows(looked_at(seed, size, setting))
                file.flush()
    return pd.read_csv(part)


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each setting, machine and size how many patients there were and were visible."""
    cells = rows.groupby(["setting", "machine", "size_mm"], sort=False)["is_visible"]
    table = cells.agg(n_patients="size", n_visible="sum").reset_index()
    order = {name: number for number, name in enumerate((*SETTINGS, *MACHINES))}
    table = table.sort_values(
        ["setting", "machine", "size_mm"], key=lambda one: one.map(lambda v: order.get(v, v))
    )
    return table.reset_index(drop=True)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of visible nodules by machine, setting and size."""
    table = rows.pivot_table("is_visible", ["setting", "machine"], "size_mm", aggfunc="mean")
    return table.reindex([(setting, name) for setting in SETTINGS for name in MACHINES])


def main() -> None:
    """Print the shares, and store the rows if asked to."""
    part = cache_folder() / "visibility.part.csv"
    rows = collected(part)
    count = rows.groupby("machine")["seed"].nunique()
    print(
        f"Share of nodules that are visible, {count.min()} simulated patients for each machine "
        f"(seeds from {FIRST_SEED})"
    )
    print(summary(rows).round(2).to_string(), end="\n\n")
    if "--write" in sys.argv:
        folder = data_folder() / "studies"
        folder.mkdir(exist_ok=True)
        counted(rows).to_csv(folder / "visibility.csv", index=False)
        part.unlink()


if __name__ == "__main__":
    main()
