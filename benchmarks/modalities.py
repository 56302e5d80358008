"""The machines on the same patients: speed against `frangi`, and visibility by lesion size.

Speed: each machine makes one image of a library patient in this process, and skimage's
`frangi` reads one full-field picture in the same run; the ratio counts. Visibility: nodules of
0.5 to 10 mm in thin, wide and unfilled ducts of simulated patients that no parameter was tuned
on (seeds from 10000); `--write` stores the table that lesson 04 draws.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from speed import FULL_FIELD, measured, picture

from galactolab.modalities import (
    contrast_enhanced,
    ductoscopy,
    mri,
    tomosynthesis,
    ultrasound,
)
from galactolab.modalities.comparison import MACHINES, galactogram
from galactolab.modalities.mri_sequences import T1_FAT_SUPPRESSED, T2_DUCTOGRAPHY
from galactolab.modalities.nodules import SETTINGS, twins
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.places import data_folder

SIZES_MM = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
PER_CELL = 8  # 9 sizes x 3 settings x 8 patients = 216
FIRST_SEED = 10_000
# Tomosynthesis costs more than all others together: every fourth patient.
SELDOM = {"tomosynthesis ductography": 4}


def patient() -> phantom.Phantom:
    """Return the breast of the case `solitary-papilloma`."""
    lesion = Plan(kind="papilloma", size_mm=4, distance_mm=22, lobulated=True)
    return phantom.make(seed=110, density="b", lesions=[lesion], volume_ml=0.8)


def speed() -> pd.DataFrame:
    """Return the time of each machine, first image and moved control, against `frangi`."""
    one = patient()
    rng = np.random.default_rng(1)
    course = ductoscopy.way(one)
    calls: dict[str, Callable[[], object]] = {
        "B-mode": lambda: ultrasound.b_mode(one, rng=rng),
        "B-mode preview": lambda: ultrasound.b_mode(one, spacing_mm=ultrasound.PREVIEW_MM, rng=rng),
        "color Doppler": lambda: ultrasound.color_doppler(one, rng=rng),
        "MR ductography 1 mm": lambda: mri.acquired(one, T2_DUCTOGRAPHY, rng=rng),
        "MRI gadolinium 1 mm": lambda: mri.acquired(
            one, T1_FAT_SUPPRESSED, route="intravenous", rng=rng
        ),
        "direct MR ductography": lambda: mri.acquired(one, route="intraductal", rng=rng),
        "MR preview 2.2 mm": lambda: mri.acquired(
            one, T2_DUCTOGRAPHY, voxel_mm=mri.PREVIEW_MM, rng=rng
        ),
        "ductoscopy": lambda: ductoscopy.view(one, way_mm=course.reach_mm / 2, rng=rng),
        "ductoscopy preview": lambda: ductoscopy.view(
            one, way_mm=course.reach_mm / 2, size_px=ductoscopy.PREVIEW_PX, rng=rng
        ),
        "galactogram 0.1 mm": lambda: galactogram(one, seed=1),
        **_x_ray_calls(one, rng),
    }
    rows = {}
    for name, call in calls.items():
        first, again = _seconds(call), min(_seconds(call), _seconds(call))
        rows[name] = {"first_s": first, "again_s": again}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.npy"
        np.save(file, picture(FULL_FIELD).pixels)
        peer = measured("frangi", file)["seconds"]
    table = pd.DataFrame(rows).T
    table["frangi_over_first"] = peer / table["first_s"]
    table["frangi_over_again"] = peer / table["again_s"]
    return table


def _x_ray_calls(one: phantom.Phantom, rng: np.random.Generator) -> dict[str, Callable[[], object]]:
    """Return what the two machines with X-rays of their own do at first and under a slider."""
    sweep = tomosynthesis.filtered(tomosynthesis.acquired(one, rng=rng))
    pair = contrast_enhanced.acquired(one, rng=rng)
    return {
        "tomosynthesis, one slice": lambda: tomosynthesis.sliced(
            tomosynthesis.filtered(tomosynthesis.acquired(one, rng=rng)), height_mm=20
        ),
        "tomosynthesis, all slices": lambda: tomosynthesis.simulate(one, rng=rng),
        "tomosynthesis, another slice": lambda: tomosynthesis.sliced(sweep, height_mm=20),
        "CEM": lambda: contrast_enhanced.simulate(one, rng=rng),
        "CEM, another weight": lambda: contrast_enhanced.recombined(pair, weight=0.2),
    }


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def looked_at() -> Iterator[dict[str, object]]:
    """Yield one row for each patient and machine."""
    seed = FIRST_SEED
    for turn in range(PER_CELL):
        for size in SIZES_MM:
            for setting in SETTINGS:
                pair = twins(seed=seed, size_mm=size, setting=setting)
                for name, machine in MACHINES.items():
                    if turn % SELDOM.get(name, 1):
                        continue
                    seen = machine(pair, seed)
                    yield {
                        "seed": seed,
                        "setting": setting,
                        "size_mm": size,
                        "caliber_mm": round(pair.caliber_mm, 2),
                        "machine": name,
                        "detectability": round(seen.detectability, 2),
                        "cnr": round(seen.cnr, 2),
                        "is_visible": seen.is_visible,
                    }
                seed += 1


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of visible nodules by machine, setting and size."""
    table = rows.pivot_table("is_visible", ["setting", "machine"], "size_mm", aggfunc="mean")
    return table.reindex([(setting, name) for setting in SETTINGS for name in MACHINES])


def main() -> None:
    """Print both tables."""
    print("Seconds of one image (machine as it is), and how often it fits into one frangi")
    print(speed().round(2).to_string(), end="\n\n")
    rows = pd.DataFrame(looked_at())
    count = rows["seed"].nunique()
    print(
        f"Share of nodules that are visible, {count} simulated patients (seeds from {FIRST_SEED})"
    )
    print(summary(rows).round(2).to_string(), end="\n\n")
    if "--write" in sys.argv:
        folder = data_folder() / "studies"
        folder.mkdir(exist_ok=True)
        rows.to_csv(folder / "visibility.csv", index=False)


if __name__ == "__main__":
    main()
