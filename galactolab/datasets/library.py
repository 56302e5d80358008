"""The shelf: finding, building and opening the named cases."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from galactolab.datasets import darkroom
from galactolab.datasets.keeping import read_truth
from galactolab.datasets.recipes import VIEWS, Recipe, read_recipe
from galactolab.dicom import DicomReadError, read_galactogram
from galactolab.errors import GalactolabError, check_between
from galactolab.modalities import xray
from galactolab.patient import phantom
from galactolab.places import data_folder
from galactolab.records import Case
from galactolab.terms import FindingType, Intent, View

if TYPE_CHECKING:
    from galactolab.modalities.beam import Beam

Progress = Callable[[int, int, str], None]
Task = tuple[str, View]


def names() -> tuple[str, ...]:
    """Names of the cases in the library, in order.

    Examples
    --------
    >>> "solitary-papilloma" in names()
    True
    """
    return tuple(sorted(file.stem for file in (data_folder() / "cases").glob("*.toml")))


def recipe(name: str) -> Recipe:
    """Return what a case is made of, with its full vignette.

    Raises
    ------
    GalactolabError
        If there is no such case, or its recipe has a fault.

    Examples
    --------
    >>> recipe("solitary-papiloma")
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: There is no case 'solitary-papiloma' (did you mean \
'solitary-papilloma'?); ...
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        sentence = f"There is no case {name!r}{hint}; the cases are: {', '.join(known)}."
        raise GalactolabError(sentence)
    return read_recipe(data_folder() / "cases" / f"{name}.toml")


def path(name: str, *, view: View | str = View.CC, scout: bool = False) -> Path:
    """Path of a case's DICOM file, which is built if it is not there yet.

    Parameters
    ----------
    name : str
        One of `names`.
    view : {"CC", "ML"}
    scout : bool
        True for the view before contrast.
    """
    wanted, held = _case_view(view), recipe(name)
    if not darkroom.is_built(held, wanted):
        darkroom.build_view(held, wanted)
        _discard_older(held)
    return darkroom.file_of(held, wanted, scout=scout)


def load(name: str, *, view: View | str = View.CC, scout: bool = False) -> Case:
    """Open a case: its picture as read from the DICOM file, its truth and its story.

    Parameters
    ----------
    name : str
        One of `names`.
    view : {"CC", "ML"}
    scout : bool
        True for the view before contrast, which has no truth.

    Returns
    -------
    Case

    Raises
    ------
    GalactolabError
        If there is no such case or view.
    """
    wanted, held = _case_view(view), recipe(name)
    file = path(name, view=wanted, scout=scout)
    try:
        galactogram = read_galactogram(file)
    except DicomReadError:
        # Something damaged the file in the cache: make it anew, once.
        darkroom.build_view(held, wanted)
        galactogram = read_galactogram(file)
    known = None if scout else read_truth(darkroom.truth_of(held, wanted))
    return Case(galactogram=galactogram, truth=known, vignette=held.story(), name=name)


def build(*, progress: Progress | None = None, workers: int | None = None) -> tuple[Path, ...]:
    """Build every view of every case that is not in the cache yet.

    Parameters
    ----------
    progress : callable, optional
        Called as ``progress(done, total, name)`` after each view.
    workers : int, optional
        Processes, 1 to 64; as many as there are cores by default. The files do not depend
        on it.

    Returns
    -------
    tuple of pathlib.Path
        The galactograms of all cases.

    Raises
    ------
    GalactolabError
        If a recipe has a fault or a process fails.
    """
    n_workers = os.cpu_count() or 1 if workers is None else workers
    check_between("workers", n_workers, 1, 64)
    recipes = {name: recipe(name) for name in names()}
    everything = [(name, view) for name in recipes for view in VIEWS]
    missing = [task for task in everything if not darkroom.is_built(recipes[task[0]], task[1])]
    done = len(everything) - len(missing)
    report = progress or (lambda *_: None)
    report(done, len(everything), "")
    for name in _each_built(missing, recipes, int(n_workers)):
        done += 1
        report(done, len(everything), name)
    for held in recipes.values():
        _discard_older(held)
    return tuple(darkroom.file_of(recipes[name], view) for name, view in everything)


def virtual_patient(
    seed: int,
    *,
    finding: FindingType | Literal["any"] | None = "any",
    spacing_mm: float = 0.1,
    view: View | str = View.CC,
    intent: Intent | str = Intent.FOR_PROCESSING,
    beam: Beam | None = None,
) -> Case:
    """Make an unnamed patient for studies of accuracy; nothing is written to disk.

    Parameters
    ----------
    seed : int
        0 or above. Seeds below 1000 are for tuning, seeds from 10,000 for testing.
    finding : FindingType, "any" or None
        What is planted: a finding, one drawn from all eight, or nothing.
    spacing_mm : float
        Pixel distance at the object, 0.02 to 2 mm.
    view : {"CC", "ML", "MLO"}
    intent : Intent
    beam : Beam, optional

    Examples
    --------
    >>> virtual_patient(7, finding=None, spacing_mm=0.5).truth.findings
    ()
    """
    patient = phantom.random(seed=seed, finding=finding)
    wanted = xray.view_of(view)
    rng = np.random.default_rng([seed, list(View).index(wanted)])
    case = xray.simulate(
        patient, view=wanted, spacing_mm=spacing_mm, intent=intent, beam=beam, rng=rng
    )
    return replace(case, name=f"virtual-{seed}")


def _case_view(view: View | str) -> View:
    """Return one of the views that each case has."""
    allowed = [known.name for known in VIEWS]
    name = view.name if isinstance(view, View) else view
    if name not in allowed:
        sentence = f"view is {name!r}, but each case has: {', '.join(allowed)}."
        raise GalactolabError(sentence)
    return View(name)


def _each_built(
    missing: Sequence[Task], recipes: dict[str, Recipe], n_workers: int
) -> Iterator[str]:
    """Build views here, or in programs of our own; yield each case's name when it is done.

    Programs instead of a process pool: a pool starts the user's own script again, which goes
    wrong in a notebook's kernel or a script without a main guard.
    """
    if n_workers == 1 or len(missing) < 2:
        for name, view in missing:
            darkroom.build_view(recipes[name], view)
            yield name
        return
    with ThreadPoolExecutor(n_workers) as pool:
        waiting = {pool.submit(_build_elsewhere, task): task for task in missing}
        try:
            for future in as_completed(waiting):
                future.result()
                yield waiting[future][0]
        finally:
            pool.shutdown(cancel_futures=True)


def _build_elsewhere(task: Task) -> None:
    name, view = task
    command = [sys.executable, "-m", "galactolab.datasets.worker", name, view.name]
    # The program and its two words are ours.
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise GalactolabError(f"Building {name} {view.name} stopped: {last}")


def _discard_older(held: Recipe) -> None:
    """Remove what an older recipe or generator of the same name left in the cache."""
    current = darkroom.folder(held)
    for other in current.parent.glob(f"{held.name}-*"):
        if other != current and len(other.name) == len(current.name):
            shutil.rmtree(other, ignore_errors=True)
