"""Speed and memory of the X-ray room against scikit-image's `frangi`, in one run.

Each task runs in a process of its own; peak memory is that process's high-water mark
(``VmHWM``), imports included. Ratios are what counts: seconds belong to this machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from galactolab.modalities import exposure, projection, truth, xray
from galactolab.modalities.beam import Beam
from galactolab.patient import phantom
from galactolab.terms import View

FULL_FIELD = (4096, 3328)
SPACING_MM = 0.07
PREVIEW = (1024, 1024)
PREVIEW_SPACING_MM = 0.21
SIGMAS_PX = (2, 4, 6, 8, 12, 16)  # the six scales of the published complaint about `frangi`
SEED = 10_500
TASKS = ("view", "view with truth", "patient and view", "re-exposure at 1 Mpx", "frangi")


def task(name: str, folder: Path) -> tuple[Callable[[], object], int]:
    """Return what is timed, and how often; what it needs is made before the clock starts."""
    if name == "frangi":
        from skimage import filters  # noqa: PLC0415 (its import is not part of our memory)

        pixels = np.load(folder / "view.npy")
        return lambda: filters.frangi(pixels, sigmas=SIGMAS_PX, black_ridges=False), 1
    rng = np.random.default_rng(0)
    if name == "patient and view":
        return lambda: _radiograph(phantom.make(seed=SEED), rng), 1
    patient = phantom.make(seed=SEED)
    if name == "re-exposure at 1 Mpx":
        maps = projection.render(
            patient, view=View.CC, spacing_mm=PREVIEW_SPACING_MM, shape=PREVIEW
        )
        return lambda: _shown(maps, rng, kvp=30), 3
    if name == "view with truth":
        return lambda: truth.analysis(
            patient, view=View.CC, spacing_mm=SPACING_MM, shape=FULL_FIELD,
            maps=_radiograph(patient, rng),
        ), 1  # fmt: skip

    return lambda: _radiograph(patient, rng), 1


def _radiograph(patient: phantom.Phantom, rng: np.random.Generator) -> projection.ThicknessMaps:
    """Render the geometry and take a radiograph."""
    maps = projection.render(patient, view=View.CC, spacing_mm=SPACING_MM, shape=FULL_FIELD)
    _shown(maps, rng, kvp=28)
    return maps


def _shown(maps: projection.ThicknessMaps, rng: np.random.Generator, *, kvp: int) -> np.ndarray:
    taken = exposure.expose(maps, rng=rng, beam=Beam(kvp=kvp))
    return xray.developed(taken, maps=maps, laterality=maps.laterality, view=maps.view).pixels


def peak_gb() -> float:
    """Return the high-water mark of this process's memory; NaN where the system keeps none."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return float("nan")
    (line,) = (s for s in status.read_text().splitlines() if s.startswith("VmHWM"))
    return int(line.split()[1]) / 1e6


def run_one(name: str, folder: Path) -> dict[str, float]:
    """Time one task in this process; the best of its runs."""
    call, n_runs = task(name, folder)
    seconds = []
    for _ in range(n_runs):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return {"seconds": min(seconds), "peak_gb": peak_gb()}


def against_frangi() -> pd.DataFrame:
    """Return seconds, the share of `frangi`'s time and peak memory of each task."""
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in TASKS:
            if name == "frangi":
                _save_picture(Path(folder))
            command = [sys.executable, __file__, "--one", name, folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            rows[name] = json.loads(done.stdout.splitlines()[-1])
    table = pd.DataFrame(rows).T
    table["frangi_over_it"] = table.loc["frangi", "seconds"] / table["seconds"]
    table["wanted"] = pd.Series({"view": "5 or more", "re-exposure at 1 Mpx": "50 or more"})
    return table


def _save_picture(folder: Path) -> None:
    """Keep the very picture that was made, for the peer."""
    patient = phantom.make(seed=SEED)
    maps = projection.render(patient, view=View.CC, spacing_mm=SPACING_MM, shape=FULL_FIELD)
    np.save(folder / "view.npy", _shown(maps, np.random.default_rng(0), kvp=28))


def main() -> None:
    """Print the table."""
    print(
        f"One view of {FULL_FIELD[0]} x {FULL_FIELD[1]} pixels, geometry included, and frangi on it"
    )
    print("(six scales, one run, each in a process of its own; memory wanted below 2 GB)")
    print(against_frangi().round(3).to_string(), end="\n\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(run_one(sys.argv[2], Path(sys.argv[3]))))
    else:
        main()
