"""Published accuracy of each test, with intervals, sources, and where sources disagree."""

from __future__ import annotations

import html
from collections import defaultdict

import ipywidgets as w

from galactolab.clinic.evidence import Row, Table, table
from galactolab.views.citations import cite, sources, with_citations
from galactolab.views.controls import StatusLine
from galactolab.views.keepsake import Keepsake

#: Two figures of one test for one target that are this far apart disagree.
APART_PERCENT = 15.0
_TOPICS = (
    "accuracy of galactography",
    "specificity of MRI for cancer",
    "sensitivity of ductoscopy",
    "cytology",
    "predictive value of MRI",
)
_POOLED = ("pooled", "network", "commentary", "pooled to 2015")


def accuracy(*, pooled_only: bool = True) -> str:
    """Return the accuracy table as HTML, grouped by what was looked for.

    Parameters
    ----------
    pooled_only : bool
        Only reviews; else single studies, too.

    Examples
    --------
    >>> "69 % (59-78)" in accuracy()
    True
    """
    held = table("accuracy")
    rows = [row for row in held if row["study"] in _POOLED] if pooled_only else list(held)
    apart = disagreeing(rows)
    lines = []
    for target in dict.fromkeys(row.text("target") for row in rows):
        lines.append(f'<tr><th colspan="6" scope="rowgroup">{html.escape(target)}</th></tr>')
        lines += [_line(row, apart) for row in rows if row["target"] == target]
    heads = ("test", "sensitivity", "specificity", "study", "source", "remark")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    names = [name for row in rows for name in row.sources]
    return (
        '<div class="gl-scroll gl-long" tabindex="0" role="group" aria-label="Published accuracy">'
        f'<table class="gl-evidence"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody>'
        f"</table></div><p>{html.escape(held.note)} ≠ marks figures of one test for one target "
        f"that lie {APART_PERCENT:g} points or more apart.</p>{sources(names)}"
    )


def disagreeing(rows: list[Row]) -> dict[tuple[str, str], set[str]]:
    """Return for each test and target which figures disagree between studies.

    Examples
    --------
    >>> "specificity" in disagreeing(list(table("accuracy")))["MRI", "cancer"]
    True
    """
    held: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for figure in ("sensitivity", "specificity"):
            if row[figure] is not None:
                held[row.text("test"), row.text("target")][figure].append(row.number(figure))
    return {
        key: {name for name, values in found.items() if max(values) - min(values) >= APART_PERCENT}
        for key, found in held.items()
    }


def _line(row: Row, apart: dict[tuple[str, str], set[str]]) -> str:
    doubted = apart.get((row.text("test"), row.text("target")), set())
    cells = "".join(
        f"<td class='gl-whole'>{_figure(row, name)}{' ≠' if name in doubted else ''}</td>"
        for name in ("sensitivity", "specificity")
    )
    size = ""
    if row["n_studies"]:
        size = f", {row.text('n_studies')} studies"
    if row["n_patients"]:
        size += f", {row.text('n_patients')} patients"
    return (
        f'<tr><th scope="row">{html.escape(row.text("test"))}</th>{cells}'
        f"<td>{html.escape(row.text('study') + size)}</td><td>{cite(*row.sources)}</td>"
        f"<td>{html.escape(row.text('note'))}</td></tr>"
    )


def _figure(row: Row, name: str) -> str:
    if row[name] is None:
        return "-"
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    interval = "" if low is None else f" ({low:g}-{high:g})"
    return f"{row.number(name):g} %{interval}"


def contradictions(*topics: str) -> str:
    """Return what sources disagree about, as HTML; all topics when none is named.

    Examples
    --------
    >>> "97 %" in contradictions("specificity of MRI for cancer")
    True
    """
    held: Table = table("disagreements")
    rows = [row for row in held if not topics or row["topic"] in topics]
    heads = ("about", "one side", "other side", "so this workbook", "sources")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(row.text("topic"))}</th>'
        + "".join(
            f"<td>{with_citations(row.text(name))}</td>"
            for name in ("one_side", "other_side", "handling")
        )
        + f"<td>{cite(*row.sources)}</td></tr>"
        for row in rows
    )
    return (
        '<div class="gl-scroll" tabindex="0" role="group" aria-label="Disagreements">'
        f'<table class="gl-evidence"><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )


class AccuracyTable(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Published accuracy of each test, and what the sources disagree about.

    Examples
    --------
    >>> shown = AccuracyTable()
    >>> "71 procedures" in shown.table.value
    False
    >>> shown.singles.value = True
    >>> "71 procedures" in shown.table.value
    True
    """

    def __init__(self) -> None:
        self.status = StatusLine()
        self.singles = w.Checkbox(
            description="single studies, too", value=False, style={"description_width": "initial"}
        )
        self.table = w.HTML(accuracy())
        doubts = w.HTML(
            "<details><summary>Where the sources disagree, and what this workbook makes of it"
            f"</summary>{contradictions(*_TOPICS)}</details>"
        )
        super().__init__([self.singles, self.table, doubts, self.status])
        self.add_class("gl-panel")
        self.singles.observe(self.status.guard(lambda _: self._fill()), "value")

    def _fill(self) -> None:
        self.table.value = accuracy(pooled_only=not self.singles.value)
        self.status.say("With single studies." if self.singles.value else "Only reviews.")
