"""Speed and memory of the reading against scikit-image's ridge filters, in one run.

Each method reads the same picture in a process of its own, so that its peak memory is its
own too; what a process needs before it starts (imports, the picture) is part of it. Ratios
are what counts: seconds belong to this machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from skimage import filters

from galactolab import datasets
from galactolab.imagemath import vesselness
from galactolab.imagemath.relief import N_SCALES, SCALE_MM
from galactolab.reading import DEFAULT
from galactolab.records import Galactogram

FULL_FIELD = (4096, 3328)
SPACING_MM = 0.07
# Those of the pipeline, in equal ratios; all methods get the same.
SCALES_MM = np.geomspace(*SCALE_MM, N_SCALES)
SIGMAS_PX = tuple((SCALES_MM / SPACING_MM).tolist())
SEED = 10_500
PEERS = ("frangi", "sato", "meijering")
N_ROUNDS = 3
SIZES_MPX = (1, 3, 6, 12, 24)


def picture(shape: tuple[int, int]) -> Galactogram:
    """Return a virtual patient's galactogram stretched to `shape`, so that no part is empty."""
    case = datasets.virtual_patient(SEED, spacing_mm=SPACING_MM)
    pixels = cv2.resize(case.galactogram.pixels, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return Galactogram(pixels=pixels, spacing_mm=SPACING_MM, intent=case.galactogram.intent)


def run_one(method: str, file: str) -> dict[str, float]:
    """Time one method on one picture in this process; best of two for the fast ones."""
    galactogram = Galactogram(pixels=np.load(file), spacing_mm=SPACING_MM, intent="FOR PROCESSING")
    if method in PEERS:
        n_runs, call = (
            1,
            lambda: getattr(filters, method)(
                galactogram.pixels, sigmas=SIGMAS_PX, black_ridges=False
            ),
        )
    elif method == "vesselness":
        n_runs, call = 2, lambda: vesselness(galactogram.pixels, sigmas_px=SIGMAS_PX)
    else:
        # A record of its own for each run: what is remembered per record must not help.
        n_runs, call = 2, lambda: DEFAULT(replace(galactogram))
    seconds = []
    for _ in range(n_runs):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return {"seconds": min(seconds), "peak_gb": peak_memory_gb()}


def peak_memory_gb() -> float:
    """Return the most memory that this process ever held; NaN where Linux does not say it.

    Not ``ru_maxrss``: a process inherits that from the one that started it.
    """
    try:
        words = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return int(words.split("VmHWM:")[1].split()[0]) * 1024 / 1e9


def measured(method: str, file: Path) -> dict[str, float]:
    """Run one method in a process of its own."""
    command = [sys.executable, __file__, "--one", method, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def against_peers(shape: tuple[int, int] = FULL_FIELD) -> pd.DataFrame:
    """Return seconds, ratio to `frangi` and peak memory of each method.

    What is compared is run in turn, and the median of the rounds counts: a processor that is
    shared or throttled is not as fast from one minute to the next.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.npy"
        np.save(file, picture(shape).pixels)
        rounds = [
            {method: measured(method, file) for method in ("vesselness", "pipeline", "frangi")}
            for _ in range(N_ROUNDS)
        ]
        others = {method: measured(method, file) for method in PEERS if method != "frangi"}
    seconds = pd.DataFrame([{m: row["seconds"] for m, row in each.items()} for each in rounds])
    rows = {
        method: {
            "seconds": float(seconds[method].median()),
            "peak_gb": max(each[method]["peak_gb"] for each in rounds),
        }
        for method in seconds
    }
    table = pd.DataFrame({**rows, **others}).T
    table["times_faster_than_frangi"] = table.loc["frangi", "seconds"] / table["seconds"]
    ratios = seconds[["frangi"]].to_numpy() / seconds
    table["slowest round"], table["fastest round"] = ratios.min(), ratios.max()
    return table


def scaling() -> pd.DataFrame:
    """Return the cost of vesselness and the whole pipeline from 1 to 24 megapixels."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for mpx in SIZES_MPX:
            side = round((mpx * 1e6) ** 0.5)
            file = Path(folder) / f"{mpx}.npy"
            np.save(file, picture((side, side)).pixels)
            row = {"megapixels": mpx}
            for method in ("vesselness", "pipeline"):
                row[f"{method}_s_per_mpx"] = measured(method, file)["seconds"] / mpx
            rows.append(row)
    return pd.DataFrame(rows).set_index("megapixels")


def main() -> None:
    """Print both tables."""
    scales = f"{N_SCALES} scales of {SCALE_MM[0]}-{SCALE_MM[1]} mm"
    pixels = f"{SIGMAS_PX[0]:.1f}-{SIGMAS_PX[-1]:.1f} px"
    print(f"Speed at 4096 x 3328, {scales} ({pixels}), each in a process of its own,")
    print(f"median of {N_ROUNDS} rounds in turn; ratios of single rounds from slowest to fastest")
    print(against_peers().round(2).to_string(), end="\n\n")
    print("Seconds per megapixel: flat means linear cost")
    print(scaling().round(3).to_string(), end="\n\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(run_one(*sys.argv[2:])))
    else:
        main()
