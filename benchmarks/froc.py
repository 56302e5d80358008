"""Findings: sensitivity by kind, names, free-response curves, wAFROC."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from patients import Scored, with_intervals

from galactolab.errors import GalactolabError
from galactolab.places import cache_folder
from galactolab.reading.score_findings import Marks, bootstrap_interval, froc, wafroc_area
from galactolab.terms import FindingType

N_SAMPLES = 400
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


def by_kind(cases: Sequence[Scored]) -> pd.DataFrame:
    """Return sensitivity with its interval, and right names, for each kind of lesion.

    Filling defects count from 1.5 mm on, narrowings from half the caliber on.
    """
    rows = {}
    for kind in KINDS:
        chosen = [_only(case, kind) for case in cases]
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


def _only(case: Scored, kind: FindingType) -> Marks:
    keep = np.array(
        [t is kind and big for t, big in zip(case.marks.lesion_types, case.large, strict=True)],
        bool,
    )
    return Marks(
        lesion_scores=case.marks.lesion_scores[keep],
        lesion_types=(kind,) * int(keep.sum()),
        named_right=case.marks.named_right[keep],
        false_scores=case.marks.false_scores,
    )


def _sensitivity(marks: Sequence[Marks]) -> float:
    scores = np.concatenate([case.lesion_scores for case in marks])
    return float((scores >= 0).mean()) if len(scores) else float("nan")


def curves(cases: Sequence[Scored]) -> pd.DataFrame:
    """Return points of the free-response curve and the wAFROC area, with intervals."""
    marks = [case.marks for case in cases]
    statistics: dict[str, Callable[[Sequence[Marks]], float]] = {
        f"sensitivity at {rate:g} false per image": (lambda c, r=rate: froc(c).at(r))
        for rate in (0.1, 0.25, 0.5, 1.0)
    }
    statistics["wAFROC area"] = wafroc_area
    rows = {}
    for name, statistic in statistics.items():
        low, high = bootstrap_interval(
            marks, statistic, rng=np.random.default_rng(0), n_samples=N_SAMPLES
        )
        rows[name] = {"value": statistic(marks), "low": low, "high": high}
    return pd.DataFrame(rows).T


def draw(cases: Sequence[Scored]) -> str:
    """Write the curves of all kinds as one page and return where it lies."""
    import plotly.graph_objects as go  # noqa: PLC0415 (a second to load)

    marks = [case.marks for case in cases]
    figure = go.Figure()
    for kind in (None, *KINDS):
        try:
            curve = froc(marks, kind=kind)
        except GalactolabError:
            continue
        figure.add_scatter(
            x=curve.false_per_image,
            y=curve.sensitivity,
            name="all" if kind is None else kind.label,
            line={"shape": "hv", "width": 4 if kind is None else 2},
        )
    figure.update_layout(
        title="Free-response curves on virtual patients (synthetic only)",
        xaxis_title="false findings per image",
        yaxis={"title": "sensitivity", "range": [0, 1.02]},
    )
    folder = cache_folder() / "benchmarks"
    folder.mkdir(exist_ok=True)
    figure.write_html(folder / "froc.html", include_plotlyjs=True)
    return str(folder / "froc.html")


def show(cases: Sequence[Scored], rows: pd.DataFrame) -> None:
    """Print the tables and write the figure."""
    print("Findings at the operating point")
    print(operating_point(rows).round(3).to_string(), end="\n\n")
    print("By kind (filling defects from 1.5 mm, narrowings from 50 %)")
    print(by_kind(cases).round(3).to_string(), end="\n\n")
    print("False findings and images by what was planted")
    columns = ["n_truth", "n_found", "n_named_right", "n_false"]
    table = rows.groupby("planted")[columns].sum()
    table.insert(0, "images", rows.groupby("planted").size())
    print(table.to_string(), end="\n\n")
    print(curves(cases).round(3).to_string(), end="\n\n")
    print(f"Curves: {draw(cases)}", end="\n\n")
