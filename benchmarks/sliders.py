"""How quickly the sliders of lesson 02 answer, beside taking the same picture from scratch.

Each slider is set to its ends and middle; the time is that of the whole callback in the
kernel, with picture, numbers and charts; "processor ms" is what does not depend on who else uses
the machine (all threads added up). The peer is `xray.simulate` of the same patient at the
same pixel size, in the same run: what each move would cost without a preview path.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from galactolab.modalities import preview, xray
from galactolab.patient import phantom
from galactolab.views import Cannulation, DoseTaskCard, Subtraction, XrayBench
from galactolab.views.controls import NumberSlider
from galactolab.views.xray_bench import PATIENT

ROUNDS = 3
SEED = 10_600


def timed(panel: Any, controls: dict[str, Any]) -> dict[str, list[tuple[float, float]]]:  # noqa: ANN401
    """Return the milliseconds of each change of each slider, by the clock and by the processor."""
    found: dict[str, list[tuple[float, float]]] = {}
    for name, control in controls.items():
        if not isinstance(control, NumberSlider):
            continue
        low, high = control.slider.min, control.slider.max
        for value in [low, high, type(low)((low + high) / 2)] * ROUNDS:
            if control.value == value:
                continue
            began, worked = time.perf_counter(), time.process_time()
            control.value = value
            spent = time.perf_counter() - began, time.process_time() - worked
            found.setdefault(name, []).append((1000 * spent[0], 1000 * spent[1]))
            assert panel.status.problem == {}
    return found


def from_scratch_ms() -> float:
    """Median time to simulate the patient of the bench anew."""
    patient = phantom.make(seed=SEED, volume_ml=None)
    spent = []
    for number in range(5):
        began = time.perf_counter()
        rng = np.random.default_rng(number)
        xray.simulate(patient, rng=rng, view="CC", spacing_mm=preview.WHOLE_MM)
        spent.append(1000 * (time.perf_counter() - began))
    return float(np.median(spent))


def run() -> pd.DataFrame:
    """Return one row for each slider of each panel."""
    panels: list[tuple[str, Any, dict[str, Any]]] = []
    bench, whole = XrayBench(), XrayBench()
    whole.controls["object"].value = PATIENT
    panels.append(("bench, test object", bench, bench.controls))
    panels.append(("bench, patient", whole, whole.controls))
    subtraction, room, task = Subtraction(), Cannulation(), DoseTaskCard()
    panels += [(type(p).__name__, p, p.controls) for p in (subtraction, room, task)]
    peer = from_scratch_ms()
    rows = [
        {
            "panel": name,
            "slider": slider,
            "median ms": np.median(times[:, 0]),
            "95 % ms": np.quantile(times[:, 0], 0.95),
            "processor ms": np.median(times[:, 1]),
            "of a simulation": np.median(times[:, 0]) / peer,
        }
        for name, panel, controls in panels
        for slider, times in ((k, np.array(v)) for k, v in timed(panel, controls).items())
    ]
    rows.append({"panel": "xray.simulate, the peer", "median ms": peer, "of a simulation": 1.0})
    return pd.DataFrame(rows)


def main() -> None:
    """Print the table."""
    print(run().round(2).to_string(index=False))


if __name__ == "__main__":
    main()
