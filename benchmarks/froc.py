"""Findings: sensitivity by kind, names, free-response curves, wAFROC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import charts
import numpy as np
import numpy.typing as npt
import pandas as pd
from patients import Scored, with_intervals

from galactolab.errors import GalactolabError
from galactolab.reading.score_findings import (
    Froc,
    Marks,
    bootstrap_interval,
    froc,
    wafroc,
    wafroc_area,
)
from galactolab.terms import FindingType

Floats = npt.NDArray[np.float64]
N_SAMPLES = 400
MOST_FALSE = 3.0
FOLDER = Path(__file__).resolve().parent / "figures"
KINDS = tuple(kind for kind in FindingType if kind is not FindingType.NORMAL)


def operating_point(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the reader does as it is set, with intervals by patient."""
    return with_intervals(
        rows,
        {
            "planted findings found": lambda t: t["n_found"].sum() / max(t["n_truth"].sum(), 1),
            "type named right among the found": lambda t: (
                t["n_named_right"].sum() / max(t["n_found"].sum(), 1)
            ),
            "false findings per image": lambda t: float(t["n_false"].mean()),
            "normal images without a finding": lambda t: float(
                (t.loc[t["planted"] == "normal", "n_marks"] == 0).mean()
            ),
        },
    )


def by_kind(cases: Sequence[Scored], *, false_per_image: float | None = None) -> pd.DataFrame:
    """Return sensitivity with its interval, and right names, for each kind of lesion.

    As the reader is set, or with every mark down to the score at which the false findings of
    all patients reach a rate. Filling defects count from 1.5 mm on, narrowings from half the
    caliber on.
    """
    marks = [case.marks for case in cases]
    if false_per_image is not None:
        curve = froc([case.all_marks for case in cases])
        least = float(curve.threshold[curve.false_per_image <= false_per_image].min())
        marks = [_from(case.all_marks, least) for case in cases]
    rows = {}
    for kind in KINDS:
        chosen = [_only(case, kind, part) for case, part in zip(cases, marks, strict=True)]
        n = sum(len(marks.lesion_scores) for marks in chosen)
        if not n:
            continue
        low, high = bootstrap_interval(
            chosen, _sensitivity, rng=np.random.default_rng(0), n_samples=N_SAMPLES
        )
        hits = sum(int((marks.lesion_scores >= 0).sum()) for marks in chosen)
        named = sum(int(marks.named_right.sum()) for marks in chosen)
        rows[kind.label] = {
            "lesions": n,
            "sensitivity": hits / n,
            "low": low,
            "high": high,
            "named right": named / hits if hits else float("nan"),
        }
    return pd.DataFrame(rows).T


def _from(marks: Marks, least: float) -> Marks:
    """Return the marks that are scored `least` or more."""
    kept = marks.lesion_scores >= least
    return Marks(
        lesion_scores=np.where(kept, marks.lesion_scores, -1.0),
        lesion_types=marks.lesion_types,
        named_right=marks.named_right & kept,
        false_scores=marks.false_scores[marks.false_scores >= least],
    )


def _only(case: Scored, kind: FindingType, marks: Marks) -> Marks:
    keep = np.array(
        [t is kind and big for t, big in zip(marks.lesion_types, case.large, strict=True)],
        bool,
    )
    return Marks(
        lesion_scores=marks.lesion_scores[keep],
        lesion_types=(kind,) * int(keep.sum()),
        named_right=marks.named_right[keep],
        false_scores=marks.false_scores,
    )


def _sensitivity(marks: Sequence[Marks]) -> float:
    scores = np.concatenate([case.lesion_scores for case in marks])
    return float((scores >= 0).mean()) if len(scores) else float("nan")


def curves(cases: Sequence[Scored]) -> pd.DataFrame:
    """Return points of the free-response curve and the wAFROC area, with intervals."""
    marks = [case.all_marks for case in cases]
    statistics: dict[str, Callable[[Sequence[Marks]], float]] = {
        f"sensitivity at {rate:g} false per image": (lambda c, r=rate: froc(c).at(r))
        for rate in (0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
    }
    statistics["wAFROC area"] = wafroc_area
    rows = {}
    for name, statistic in statistics.items():
        low, high = bootstrap_interval(
            marks, statistic, rng=np.random.default_rng(0), n_samples=N_SAMPLES
        )
        rows[name] = {"value": statistic(marks), "low": low, "high": high}
    return pd.DataFrame(rows).T


def draw(cases: Sequence[Scored]) -> list[Path]:
    """Write the free-response curves and the wAFROC curve as pictures; return where."""
    marks = [case.all_marks for case in cases]
    grid = np.linspace(0, MOST_FALSE, 121)
    panels = []
    for kind in (None, *KINDS):
        try:
            froc(marks, kind=kind)
        except GalactolabError:
            continue
        steps, low, high = _with_band(marks, lambda c, k=kind: _read_off(froc(c, kind=k), grid))
        at = float(np.mean([len(case.marks.false_scores) for case in cases]))
        own = [case.marks if kind is None else _only(case, kind, case.marks) for case in cases]
        n = sum(len(part.lesion_scores) for part in own)
        panels.append(
            charts.Panel(
                title="all lesions" if kind is None else kind.label,
                note=f"{n} lesions",
                x=grid,
                y=steps,
                low=low,
                high=high,
                point=(at, _sensitivity(own)),
            )
        )
    folder = FOLDER
    names = {"froc": panels}
    words = {"froc": ("false findings per image", "sensitivity")}
    try:
        share = np.linspace(0, 1, 101)
        y, low, high = _with_band(marks, lambda c: np.interp(share, *_rising(*wafroc(c))))
        area = f"area {wafroc_area(marks):.3f}, {len(marks)} patients"
        names["wafroc"] = [
            charts.Panel(title="wAFROC", note=area, x=share, y=y, low=low, high=high)
        ]
        words["wafroc"] = ("normal patients with a finding", "weighted share of lesions found")
    except GalactolabError:
        pass
    return [
        charts.write(folder / f"{name}.svg", parts, x_label=words[name][0], y_label=words[name][1])
        for name, parts in names.items()
    ]


def _read_off(curve: Froc, grid: Floats) -> Floats:
    """Return the best sensitivity at each rate of false findings."""
    index = np.searchsorted(curve.false_per_image, grid + 1e-12, side="right") - 1
    return np.asarray(curve.sensitivity[index], np.float64)


def _rising(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Keep the highest point at each place, so that a curve of steps can be interpolated."""
    last = np.append(np.diff(x) > 0, True)
    return x[last], y[last]


def _with_band(
    marks: Sequence[Marks], curve: Callable[[Sequence[Marks]], Floats]
) -> tuple[Floats, Floats, Floats]:
    """Return a curve with its 95 % band, patients drawn again."""
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(N_SAMPLES):
        chosen = [marks[i] for i in rng.integers(len(marks), size=len(marks))]
        try:
            drawn.append(curve(chosen))
        except GalactolabError:
            continue
    low, high = np.percentile(drawn, (2.5, 97.5), axis=0)
    return curve(marks), low, high


def show(cases: Sequence[Scored], rows: pd.DataFrame) -> None:
    """Print the tables and write the figure."""
    print("Findings at the operating point")
    print(operating_point(rows).round(3).to_string(), end="\n\n")
    print("By kind (filling defects from 1.5 mm, narrowings from 50 %)")
    print(by_kind(cases).round(3).to_string(), end="\n\n")
    print("By kind at 1 false finding per image")
    print(by_kind(cases, false_per_image=1.0).round(3).to_string(), end="\n\n")
    print("False findings and images by what was planted")
    columns = ["n_truth", "n_found", "n_named_right", "n_false"]
    table = rows.groupby("planted")[columns].sum()
    table.insert(0, "images", rows.groupby("planted").size())
    print(table.to_string(), end="\n\n")
    print(curves(cases).round(3).to_string(), end="\n\n")
    print("Curves:", ", ".join(f"benchmarks/figures/{path.name}" for path in draw(cases)))
    print()
