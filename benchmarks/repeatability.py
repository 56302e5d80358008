"""How much tree indices change when the same patient is exposed again, and otherwise.

One healthy patient is exposed ten times: only the noise differs. Then one thing at a time is
changed, and the noise with it: tube voltage, pixel size, thickness of the compressed breast,
view. Standard deviations stand beside the spread among patients: an index is
worth comparing between patients when it varies more among them than within one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from patients import FIRST_SEED, count, in_parallel

from galactolab.modalities import xray
from galactolab.modalities.beam import Beam
from galactolab.patient import phantom
from galactolab.reading import DEFAULT
from galactolab.reading.measure import summary

N_AGAIN, N_PATIENTS = 10, 10
AGAIN, OTHERS = "again", "patients"
KVPS = (26, 28, 30, 32)
SPACINGS_MM = (0.05, 0.07, 0.1)
THICKNESSES_MM = (35.0, 50.0, 65.0)
VIEWS = ("CC", "ML", "MLO")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One exposure of one patient, and the group of exposures that it belongs to."""

    group: str
    patient: int = 0
    noise_seed: int = 0
    kvp: int = 28
    spacing_mm: float = 0.1
    thickness_mm: float = 50.0
    view: str = "CC"


def indices(setting: Setting) -> dict[str, object]:
    """Expose and read one patient once; return its tree indices."""
    patient = phantom.make(
        seed=FIRST_SEED + 700 + setting.patient, thickness_mm=setting.thickness_mm
    )
    case = xray.simulate(
        patient,
        rng=np.random.default_rng(setting.noise_seed),
        view=setting.view,
        spacing_mm=setting.spacing_mm,
        beam=Beam(kvp=setting.kvp),
    )
    return {"group": setting.group, **summary(DEFAULT(case.galactogram).tree)}


def settings(n: int) -> list[Setting]:
    """Return all exposures: noise alone, then one thing changed at a time, then patients."""
    plain = [
        *(Setting(group=AGAIN) for _ in range(n)),
        *(Setting(group="kV 26-32", kvp=kvp) for kvp in KVPS),
        *(Setting(group="pixel 0.05-0.1 mm", spacing_mm=step) for step in SPACINGS_MM),
        *(Setting(group="thickness 35-65 mm", thickness_mm=mm) for mm in THICKNESSES_MM),
        *(Setting(group="CC, ML, MLO", view=view) for view in VIEWS),
        *(Setting(group=OTHERS, patient=number) for number in range(N_PATIENTS)),
    ]
    return [replace(setting, noise_seed=number) for number, setting in enumerate(plain)]


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each index' mean and its standard deviation within each group."""
    groups = rows.groupby("group", sort=False)
    found = groups.std(numeric_only=True).T.rename(columns=lambda name: f"SD {name}")
    again = rows[rows["group"] == AGAIN].drop(columns="group")
    found.insert(0, "mean", again.mean())
    found.insert(2, "% of mean", 100 * again.std() / again.mean().abs())
    # Share of the variance among patients that is not noise of the measurement.
    among = found[f"SD {OTHERS}"] ** 2
    found["reliability"] = (1 - found[f"SD {AGAIN}"] ** 2 / among).where(among > 0).clip(lower=0)
    return found


def main(arguments: Sequence[str] = ()) -> None:
    """Print mean and within-subject standard deviation of each index."""
    n = count(arguments, N_AGAIN)
    rows = pd.DataFrame(in_parallel(indices, settings(n)))
    print(
        f"One patient (seed {FIRST_SEED + 700}) exposed {n} times: SD of each tree index, also as"
    )
    print(
        "% of its mean; then SD over four tube voltages, three pixel sizes, thicknesses and views;"
    )
    print(f"last, SD among {N_PATIENTS} patients. Reliability: 1 - noise variance / that variance.")
    print(table(rows).round(3).to_string(), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
