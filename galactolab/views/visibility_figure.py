"""Visibility by size of the lesion and machine: what ``benchmarks/visibility.py`` measured.

Every number comes from ``data/studies/visibility.csv``: none is typed in here.
"""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import ipywidgets as w

from galactolab.clinic.risk import wilson
from galactolab.modalities import tables
from galactolab.modalities.nodules import SETTINGS
from galactolab.modalities.visibility import ROSE
from galactolab.views.citations import cite
from galactolab.views.controls import StatusLine
from galactolab.views.keepsake import Keepsake

#: From this share on a size counts as seen.
HALF = 0.5
_SAID = {
    "thin duct": "in a thin duct, filled",
    "wide duct": "in a wide duct, filled",
    "not filled": "behind a stop: not filled",
}


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many patients' nodules of one size were visible.

    Attributes
    ----------
    seen, n : int
    """

    seen: int
    n: int

    @property
    def percent(self) -> float:
        """Share of the patients, in percent."""
        return 100 * self.seen / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval, in percent."""
        return wilson(self.seen, self.n)


Key = tuple[str, str, float]


@cache
def shares() -> Mapping[Key, Share]:
    """Return the counts by setting, machine and size in mm.

    Examples
    --------
    >>> {setting for setting, _, _ in shares()} == set(SETTINGS)
    True
    """
    return {
        (row["setting"], row["machine"], float(row["size_mm"])): Share(
            seen=int(row["n_visible"]), n=int(row["n_patients"])
        )
        for row in tables.rows("visibility", "studies")
    }


@cache
def patients() -> Mapping[str, int]:
    """Return how many patients each machine has looked at."""
    found: dict[str, int] = defaultdict(int)
    for row in tables.rows("visibility", "studies"):
        found[row["machine"]] += int(row["n_patients"])
    return dict(found)


def smallest_mm(machine: str, setting: str) -> float | None:
    """Return from which size on at least half of the nodules are visible, at every size above.

    Examples
    --------
    >>> smallest_mm("ductography", "not filled") is None
    True
    """
    smallest = None
    for size in sorted(_sizes(), reverse=True):
        one = shares()[setting, machine, size]
        if one.seen < HALF * one.n:
            break
        smallest = size
    return smallest


def drawn() -> str:
    """Return the figure as an HTML table: a square for each machine, setting and size."""
    sizes = _sizes()
    groups = "".join(
        f'<th scope="colgroup" colspan="{len(sizes)}">{_SAID[setting]}</th>' for setting in SETTINGS
    )
    heads = "".join(
        f'<th scope="col"{_edge(number)}>{size:g}</th>'
        for _ in SETTINGS
        for number, size in enumerate(sizes)
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(machine)}</th>{"".join(_cells(machine))}</tr>'
        for machine in patients()
    )
    return (
        '<div class="gl-scroll gl-long" tabindex="0" role="group" aria-label="Visibility by size">'
        '<table class="gl-squares"><thead>'
        f'<tr><td></td>{groups}</tr><tr><th scope="col">nodule, mm</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(machine: str) -> Iterator[str]:
    for setting in SETTINGS:
        for number, size in enumerate(_sizes()):
            one = shares()[setting, machine, size]
            low, high = one.interval
            words = (
                f"{machine}, {_SAID[setting]}, {size:g} mm: {one.seen} of {one.n} visible, "
                f"{one.percent:.0f} % ({low:.0f} to {high:.0f})"
            )
            # Blue on the paper of the theme; dark squares carry white figures.
            dark = one.percent > 80
            style = f"background: rgba(0, 90, 156, {0.04 + 0.92 * one.percent / 100:.2f})"
            style += "; color: #fff" if dark else ""
            yield f'<td{_edge(number)} style="{style}" title="{html.escape(words)}">{one.seen}</td>'


def _edge(number: int) -> str:
    return ' class="gl-first"' if number == 0 else ""


def _sizes() -> list[float]:
    return sorted({size for _, _, size in shares()})


def caption() -> str:
    """Say what was done, and what comes out, as HTML."""
    counts = sorted(set(patients().values()))
    people = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    cells = sorted({one.n for one in shares().values()})
    each = f"{cells[0]}" if len(cells) == 1 else f"{cells[0]} to {cells[-1]}"
    full = Share(seen=cells[0], n=cells[0]).interval
    return (
        f"<p><b>Number of patients whose nodule is visible, of {each} in each square.</b> "
        f"{people} simulated patients for each machine, {len(_sizes())} sizes, {len(SETTINGS)} "
        f"settings. {cells[0]} of {cells[0]} means at least {full[0]:.0f} % (95 % interval, "
        "Wilson); each square tells its interval when the pointer rests on it. A nodule is visible "
        f"if a matched filter answers to it {ROSE:g} times as strongly as to the rest of the "
        f"breast {cite('workbook')}. The filter knows place and shape: it is better "
        "than any reader, so compare rows and not figures with patients.</p>" + _compared()
    )


def _compared() -> str:
    """Say from which size on each machine sees half of the nodules."""
    rows = "".join(
        f'<tr><th scope="row">{html.escape(machine)}</th>'
        + "".join(f"<td>{_from(machine, setting)}</td>" for setting in SETTINGS)
        + "</tr>"
        for machine in patients()
    )
    heads = "".join(f'<th scope="col">{_SAID[setting]}</th>' for setting in SETTINGS)
    return (
        "<details><summary>From which size on half of the nodules are visible</summary>"
        f'<table class="gl-evidence"><thead><tr><th scope="col">machine</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></details>"
    )


def _from(machine: str, setting: str) -> str:
    smallest = smallest_mm(machine, setting)
    return "none of these" if smallest is None else f"{smallest:g} mm"


class VisibilityFigure(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """The figure with its caption.

    Examples
    --------
    >>> "ductography" in VisibilityFigure().figure.value
    True
    """

    def __init__(self) -> None:
        self.figure, self.status = w.HTML(drawn() + caption()), StatusLine()
        super().__init__([self.figure, self.status])
        self.add_class("gl-panel")
