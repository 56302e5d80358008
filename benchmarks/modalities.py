"""The machines of lesson 04 against `frangi`: first picture, and every control.

Each machine takes its first picture of a library patient that was not seen before (another seed
for each, so that nothing is remembered), and then each of its controls is set to both ends and
the middle of its range: what a hand waits for is the preview where the machine has one. The peer
is skimage's `frangi` on one full-field picture, in the same process. The wall clock counts, for
that is what a hand waits for, so run it on a machine that does nothing else; the processor seconds
of all threads, which other programs stretch less, stand beside it (`frangi` uses one thread).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from skimage import filters
from speed import FULL_FIELD, SIGMAS_PX, picture

from galactolab.modalities import ductoscopy, lavage, mri, tomosynthesis, ultrasound
from galactolab.modalities.mri_sequences import T2_DUCTOGRAPHY
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.views.controls import NumberSlider
from galactolab.views.machine_controls import Machine, machines

#: A first picture fits this often into one `frangi`, a moved control that often.
FIRST, MOVED = 10, 50
SEED = 110


def patient(seed: int) -> phantom.Phantom:
    """Return a breast like that of the case `solitary-papilloma`."""
    lesion = Plan(kind="papilloma", size_mm=4, distance_mm=22, lobulated=True)
    return phantom.make(seed=seed, density="b", lesions=[lesion], volume_ml=0.8)


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of processor and of the wall clock."""
    began, on_wall = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - began, time.perf_counter() - on_wall


def taken(machine: Machine, one: phantom.Phantom, *, draft: bool = False) -> None:
    """Take a picture, or the preview of it, as the panel does."""
    job = machine.draft(one) if draft else None
    job = job or machine.job(one)
    machine.accept(job(lambda _done, _total: None))
    machine.shown(np.asarray(one.lesions[0].point_mm))


def values(control: Any) -> list[Any]:  # noqa: ANN401 (ipywidgets ships no types)
    """Return ends and middle of a slider, or every choice."""
    if isinstance(control, NumberSlider):
        low, high = control.slider.min, control.slider.max
        return [low, type(control.value)((low + high) / 2), high]
    return list(getattr(control, "_options_values", ())) or [True, False]


def first_pictures() -> Iterator[tuple[str, float, float]]:
    """Yield name and seconds of the first picture of every machine, each of a new patient."""
    rng = np.random.default_rng(1)
    for number, machine in enumerate(machines()):
        one = patient(SEED + number)
        yield f"{machine.name}, as in the lesson", *timed(lambda m=machine, p=one: taken(m, p))
    others: dict[str, Callable[[phantom.Phantom], object]] = {
        "color Doppler": lambda p: ultrasound.color_flow(p, rng=rng),
        "sonogalactography": lambda p: ultrasound.b_mode(p, injected=True, rng=rng),
        "MR ductography, indirect": lambda p: mri.acquired(p, T2_DUCTOGRAPHY, rng=rng),
        "MR ductography, direct": lambda p: mri.acquired(p, route="intraductal", rng=rng),
        "tomosynthesis, all slices": lambda p: tomosynthesis.simulate(p, rng=rng),
        "ductoscopy": lambda p: ductoscopy.view(p, way_mm=8, rng=rng),
        "lavage": lambda p: lavage.sampled(p, rng=rng),
    }
    for number, (name, call) in enumerate(others.items(), start=20):
        one = patient(SEED + number)
        yield name, *timed(lambda c=call, p=one: c(p))


def moved_controls() -> Iterator[tuple[str, float, float]]:
    """Yield name and greatest seconds of every control of the lesson."""
    one = patient(SEED)
    for machine in machines():
        taken(machine, one)
        for control in (*machine.slow, *machine.quick):
            start, spent = control.value, []
            for value in values(control):
                control.value = value
                is_slow = control in machine.slow
                spent.append(
                    timed(
                        lambda m=machine, s=is_slow: (
                            taken(m, one, draft=True) if s else m.shown(one.lesions[0].point_mm)
                        )
                    )
                )
            control.value = start
            taken(machine, one)
            yield f"{machine.name}: {_name(control)}", *np.max(spent, axis=0).tolist()
    course, rng = ductoscopy.way(one), np.random.default_rng(1)
    spent = [
        timed(lambda at=at: ductoscopy.view(one, way_mm=at, rng=rng))
        for at in np.linspace(0, course.reach_mm, 7)
    ]
    yield "Ductoscopy: way_mm", *np.max(spent, axis=0).tolist()


def _name(control: Any) -> str:  # noqa: ANN401 (as above)
    return str(
        control.box.description if isinstance(control, NumberSlider) else control.description
    )


def against_frangi() -> pd.DataFrame:
    """Return all times, how often each fits into one `frangi`, and whether that is enough."""
    pixels = picture(FULL_FIELD).pixels
    peer = timed(lambda: filters.frangi(pixels, sigmas=SIGMAS_PX, black_ridges=False))
    rows = [("frangi, 3328 x 4096 px", *peer, 1)]
    rows += [(*row, FIRST) for row in first_pictures()]
    rows += [(*row, MOVED) for row in moved_controls()]
    table = pd.DataFrame(rows, columns=["what", "cpu s", "wall s", "asked"])
    table["by clock"] = peer[1] / table["wall s"].clip(lower=1e-4)
    table["by processor"] = peer[0] / table["cpu s"].clip(lower=1e-4)
    table["holds"] = table["by clock"] >= table["asked"]
    return table.set_index("what")


def main() -> None:
    """Print the table."""
    print("Seconds of each picture, and how often it fits into one frangi")
    print(against_frangi().round(2).to_string(), end="\n\n")


if __name__ == "__main__":
    main()
