"""A table of evidence as a reader sees it: words, intervals, and the citation of every row."""

from __future__ import annotations

import html
from collections.abc import Sequence

import ipywidgets as w

from galactolab.clinic.evidence import Kind, Row, Table, Value, table
from galactolab.errors import check_one_of
from galactolab.views.citations import cite, sources, with_citations
from galactolab.views.controls import StatusLine
from galactolab.views.keepsake import Keepsake


def table_html(shown: Table, *, columns: Sequence[str]) -> str:
    """Return columns of a table as HTML, with kind and citation in the last one.

    Examples
    --------
    >>> text = table_html(table("contrast_reactions"), columns=("agent", "severe_percent"))
    >>> "non-ionic, low-osmolar" in text, "0.04" in text, "[107&nbsp;B]" in text
    (True, True, True)
    """
    for column in columns:
        check_one_of("The column", column, shown.columns)
    head = "".join(f'<th scope="col">{html.escape(_words(name))}</th>' for name in columns)
    rows = "".join(_row(row, columns) for row in shown)
    note = f"<p><small>{with_citations(shown.note)}</small></p>" if shown.note else ""
    return (
        f'<table class="gl-evidence"><caption>{html.escape(shown.title)}</caption>'
        f'<thead><tr>{head}<th scope="col">source</th></tr></thead><tbody>{rows}</tbody></table>'
        f"{note}{sources(shown.sources)}"
    )


def _words(column: str) -> str:
    return column.replace("_percent", ", %").replace("_mgy", ", mGy").replace("_", " ")


def _row(row: Row, columns: Sequence[str]) -> str:
    cells = "".join(f"<td>{html.escape(_shown(row[name]))}</td>" for name in columns)
    told = row.kind is Kind.REPORTED or str(row.kind) in row.sources
    kind = "" if told else f" ({row.kind})"
    return f"<tr>{cells}<td>{cite(*row.sources)}{kind}</td></tr>"


def _shown(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}" if value >= 10_000 else str(value)
    return f"{value:g}" if isinstance(value, float) else value


class EvidenceTable(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A table of ``data/evidence``, or some of its columns and rows.

    Parameters
    ----------
    name : str
        Which table, see `galactolab.clinic.evidence.names`.
    columns : sequence of str, optional
        Which columns, in which order; by default all.
    **cells : str, int or float
        Only rows that hold these values.

    Examples
    --------
    >>> shown = EvidenceTable("accuracy", columns=("test", "sensitivity"), target="any lesion")
    >>> "galactography" in shown.describe()
    True
    """

    def __init__(self, name: str, *, columns: Sequence[str] = (), **cells: Value) -> None:
        self.table = table(name).where(**cells)
        self.columns = tuple(columns) or tuple(self.table.columns)
        # The foot brings the style sheet, and tells when the kernel is gone.
        super().__init__([w.HTML(table_html(self.table, columns=self.columns)), StatusLine()])
        self.add_class("gl-panel")

    def describe(self) -> str:
        """Return title and rows as text."""
        rows = ("; ".join(row.text(name) for name in self.columns) for row in self.table)
        return "\n".join([self.table.title, *rows])
