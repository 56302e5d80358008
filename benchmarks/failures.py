"""What the reader gets wrong on the patients of `accuracy`: a table of causes, and a sheet.

Who has looked at these patients has seen the test: a change that the sheet suggests has to be
measured on others (GALACTOLAB_FIRST_SEED).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from contact_sheet import Crop, Entry, cropped, write
from patients import FIRST_SEED, count, in_parallel, patient

from galactolab.reading import DEFAULT, detect, score
from galactolab.reading.failures import Cause, Failure, Kind, failures
from galactolab.records import Analysis, Finding, Mask, Point
from galactolab.views.wording import evidence_phrase

N_PATIENTS = 100
LENIENT_SCORE = 0.001
SIDE_MM = 20.0
#: How many pictures of each group the sheet shows.
SHOWN = {Kind.MISSED: 8, Kind.FALSE: 8, Kind.WRONG_NAME: 4}
N_WORST = 4
PICTURE = Path(__file__).resolve().parent / "figures" / "failures.webp"
_MOST_PHRASES = 3
TITLES = {
    Kind.MISSED: "Missed",
    Kind.FALSE: "False",
    Kind.WRONG_NAME: "Found, wrong name",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Shot:
    """One failure with its picture.

    Attributes
    ----------
    patient : int
    failure : Failure
    crop : Crop
    """

    patient: int
    failure: Failure
    crop: Crop


@dataclass(frozen=True, kw_only=True, eq=False)
class Read:
    """What one patient's reading got wrong, and its mask where that is worst."""

    patient: int
    dice: float
    cl_dice: float
    shots: tuple[Shot, ...]
    worst: Crop
    wrong: dict[str, float]


def read(index: int) -> Read:
    """Read test patient `index` and keep pictures of what went wrong."""
    case = patient(index)
    truth, galactogram = case.truth, case.galactogram
    assert truth is not None
    reading = DEFAULT(galactogram)
    doubtful = detect.everything(galactogram, reading.tree, min_score=LENIENT_SCORE)
    shots = tuple(
        Shot(
            patient=FIRST_SEED + index,
            failure=failure,
            crop=cropped(case, reading, center=failure.location, side_mm=SIDE_MM),
        )
        for failure in failures(reading, truth, doubtful=doubtful)
    )
    spot = _worst_spot(reading, truth)
    worst = cropped(case, reading, center=spot, side_mm=SIDE_MM, masks=True)
    return Read(
        patient=FIRST_SEED + index,
        dice=score.dice(reading.mask, truth.mask),
        cl_dice=score.cl_dice(reading.mask, truth.mask),
        shots=shots,
        worst=worst,
        wrong=_areas_mm2(reading.mask.pixels, truth.mask.pixels, galactogram.spacing_mm),
    )


def _worst_spot(reading: Analysis, truth: Analysis) -> Point:
    """Return the middle of the square that holds the most wrong pixels."""
    wrong = (reading.mask.pixels != truth.mask.pixels).astype(np.float32)
    side = round(SIDE_MM / truth.mask.spacing_mm[0])
    share = cv2.boxFilter(wrong, -1, (side, side), borderType=cv2.BORDER_CONSTANT)
    row, column = np.unravel_index(int(np.argmax(share)), share.shape)
    return float(row), float(column)


def _areas_mm2(found: Mask, true: Mask, spacing_mm: tuple[float, float]) -> dict[str, float]:
    pixel = spacing_mm[0] * spacing_mm[1]
    return {
        "too_much_mm2": float((found & ~true).sum()) * pixel,
        "missing_mm2": float((true & ~found).sum()) * pixel,
        "true_area_mm2": float(true.sum()) * pixel,
    }


def table(shots: Sequence[Shot]) -> pd.DataFrame:
    """Return how often each cause stands behind each kind of failure."""
    rows = [
        {
            "failure": str(shot.failure.kind),
            "finding": _subject(shot.failure).type.label,
            "cause": str(shot.failure.cause),
        }
        for shot in shots
    ]
    if not rows:
        return pd.DataFrame({"count": []})
    counted = pd.DataFrame(rows).groupby(["failure", "cause", "finding"]).size()
    return counted.rename("count").reset_index().sort_values(
        ["failure", "count"], ascending=[True, False]
    )  # fmt: skip


def _subject(failure: Failure) -> Finding:
    """Return what the student would look up: the lesion, or the false mark."""
    subject = failure.lesion if failure.mark is None else failure.mark
    assert subject is not None
    return subject


def chosen(shots: Sequence[Shot], kind: Kind, number: int) -> list[Shot]:
    """Choose what to show: each finding and cause in turn; among them the surest, the largest."""
    groups: dict[tuple[str, Cause], list[Shot]] = {}
    for shot in shots:
        if shot.failure.kind is kind:
            key = _subject(shot.failure).type.label, shot.failure.cause
            groups.setdefault(key, []).append(shot)
    for group in groups.values():
        group.sort(key=lambda shot: (-_subject(shot.failure).score, -_size(shot), shot.patient))
    frequent = sorted(groups.values(), key=len, reverse=True)
    turns = max(map(len, frequent), default=0)
    order = [group[turn] for turn in range(turns) for group in frequent if turn < len(group)]
    return order[:number]


def _size(shot: Shot) -> float:
    return _subject(shot.failure).extent_mm


def caption(shot: Shot) -> tuple[str, ...]:
    """Say in three lines what it is, why, and on which numbers."""
    failure = shot.failure
    mark, lesion = failure.mark, failure.lesion
    called = "" if mark is None else f"{mark.type.label}, score {mark.score:.2f}"
    true = "" if lesion is None else f"{lesion.type.label}, {lesion.extent_mm:.1f} mm"
    title = f"{called} for {lesion.type.label}" if mark and lesion else called or true
    why = "" if failure.cause is Cause.CALLED_ELSE else str(failure.cause)
    phrases = [evidence_phrase(name, value) for name, value in failure.evidence.items()
               if name != "extent_mm"][:_MOST_PHRASES]  # fmt: skip
    return title, *([why] if why else []), ", ".join(phrases)


def sheet(reads: Sequence[Read]) -> list[tuple[str, list[Entry]]]:
    """Return the groups of the contact sheet."""
    shots = [shot for one in reads for shot in one.shots]
    groups = []
    for kind, most in SHOWN.items():
        all_of = [shot for shot in shots if shot.failure.kind is kind]
        shown = chosen(shots, kind, most)
        title = f"{TITLES[kind]}: {len(all_of)} in {len(reads)} patients, {len(shown)} shown"
        groups.append((title, [_entry(shot.patient, shot.crop, caption(shot)) for shot in shown]))
    worst = sorted(reads, key=lambda one: one.dice)[:N_WORST]
    title = f"Lowest Dice: {len(worst)} of {len(reads)} patients, where most pixels are wrong"
    groups.append((title, [_entry(one.patient, one.worst, _of_mask(one)) for one in worst]))
    return groups


def _of_mask(one: Read) -> tuple[str, ...]:
    phrases = ", ".join(evidence_phrase(name, value) for name, value in one.wrong.items())
    return f"Dice {one.dice:.2f}, clDice {one.cl_dice:.2f}", phrases


def _entry(seed: int, crop: Crop, words: tuple[str, ...]) -> Entry:
    return Entry(label=f"{seed}", crop=crop, words=words)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the causes and draw the sheet; the first argument may be the number of patients."""
    n = count(arguments, N_PATIENTS)
    reads = in_parallel(read, range(n))
    shots = [shot for one in reads for shot in one.shots]
    spoiled = sum(bool(one.shots) for one in reads)
    print(f"Failures in {n} virtual patients, seeds {FIRST_SEED} to {FIRST_SEED + n - 1}:")
    print(f"{len(shots)} in {spoiled} patients; {n - spoiled} are read without a wrong finding")
    print(table(shots).to_string(index=False), end="\n\n")
    path = write(PICTURE, sheet(reads), columns=4)
    size = path.stat().st_size // 1000
    print(f"The sheet: benchmarks/figures/{path.name}, {size} kB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
