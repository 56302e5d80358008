"""What was read, in four tabs: words, charts, a table of branches, and the truth."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as w
import pandas as pd

from galactolab.reading import score
from galactolab.reading.score_findings import matched_findings
from galactolab.records import Analysis, Finding
from galactolab.views import figures
from galactolab.views.background import Background, Wish
from galactolab.views.chart import chart
from galactolab.views.controls import StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.wording import branch_sentence, doubt_phrase, finding_title

_TITLES = ("In words", "Charts", "Branches", "Against the truth")
_CHARTS = 1
_TABLE_COLUMNS = {
    "order": "order",
    "generation": "generation",
    "length_mm": "length in mm",
    "caliber_mm": "caliber in mm",
    "caliber_min_mm": "narrowest in mm",
    "caliber_max_mm": "widest in mm",
    "angle_deg": "angle in °",
}


class ReadingTabs(w.Tab):  # type: ignore[misc]  # ipywidgets ships no types
    """Text, charts, table and comparison of one reading, linked with its picture.

    A branch chosen in a chart, in the number box or in the picture is chosen in all three.
    The charts are made when their tab is first opened: plotly's widget takes two seconds
    and five megabytes.

    Parameters
    ----------
    status : StatusLine
    background : Background
        Where the comparison is computed.
    """

    def __init__(self, status: StatusLine, background: Background) -> None:
        self._status, self._background = status, background
        self._view: ImageView | None = None
        self._analysis: Analysis | None = None
        self._truth: Analysis | None = None
        self.figure: Any = None
        self.words, self.table, self.comparison = w.HTML(), w.HTML(), w.HTML()
        self.branch = w.BoundedIntText(
            description="branch (-1: none)", min=-1, max=-1, value=-1, tooltip="-1 chooses none"
        )
        self.branch.style.description_width = "initial"
        self.branch_words = w.HTML()
        self.compare = w.Button(description="Compare with the truth")
        self.compare.layout = w.Layout(width="auto", align_self="flex-start")
        self._charts = w.VBox([w.HTML("The charts appear when something has been read.")])
        pages = (
            self.words,
            self._charts,
            w.VBox([w.HBox([self.branch, self.branch_words]), self.table]),
            w.VBox([self.compare, self.comparison]),
        )
        super().__init__(children=pages, titles=_TITLES)
        self.observe(status.guard(self._opened_tab), "selected_index")
        self.branch.observe(status.guard(self._typed_branch), "value")
        self.compare.on_click(status.guard(lambda _: self._start_comparing()))

    def show(self, view: ImageView, analysis: Analysis, truth: Analysis | None) -> None:
        """Show another reading."""
        if view is not self._view:
            view.observe(self._status.guard(self._chosen_branch), "branch")
        self._view, self._analysis, self._truth = view, analysis, truth
        text = "\n".join(
            (
                figures.describe_findings(analysis),
                figures.describe_tree(analysis.tree),
                figures.describe_caliber_along(analysis.tree),
            )
        )
        self.words.value = _paragraphs(text)
        self.branch.max, self.branch.value = len(analysis.tree) - 1, -1
        self.table.value = branch_table(analysis.measurements)
        self.comparison.value = ""
        self.compare.disabled = truth is None
        if truth is None:
            self.comparison.value = "<p>For this picture no truth is known.</p>"
        if self.figure is not None or self.selected_index == _CHARTS:
            self._draw()

    # ---- charts -----------------------------------------------------------------------
    def _opened_tab(self, _: object) -> None:
        if self.selected_index == _CHARTS and self.figure is None and self._analysis is not None:
            self._draw()

    def _draw(self) -> None:
        if self._analysis is None:
            return
        drawn = figures.reading(self._analysis)
        if self.figure is None:
            self.figure = chart(drawn)
            self._charts.children = (self.figure,)
            self._status.nudge()
        else:
            # The same widget takes the new lines: a page never gets a figure's memory back.
            self.figure.data = []
            self.figure.add_traces(drawn.data)
        for trace in self.figure.data:
            if trace.customdata is not None:
                trace.on_click(self._status.guard(self._clicked_chart))

    def _clicked_chart(self, trace: Any, points: Any, _: object) -> None:  # noqa: ANN401
        if points.point_inds and self._view is not None:
            self._view.branch = int(trace.customdata[points.point_inds[0]])

    # ---- one branch, three places -----------------------------------------------------
    def _typed_branch(self, _: object) -> None:
        if self._view is not None:
            self._view.branch = self.branch.value if self.branch.value >= 0 else None

    def _chosen_branch(self, _: object) -> None:
        if self._view is None or self._analysis is None:
            return
        chosen, tree = self._view.branch, self._analysis.tree
        self.branch.value = -1 if chosen is None else chosen
        self.branch_words.value = "" if chosen is None else branch_sentence(tree, chosen)
        if self.figure is not None:
            lines = figures.chosen_lines(tree, chosen)
            with self.figure.batch_update():
                for trace, (x, y) in zip(self.figure.data[-2:], lines, strict=True):
                    trace.x, trace.y = x, y

    # ---- truth ------------------------------------------------------------------------
    def _start_comparing(self) -> None:
        analysis, truth, view = self._analysis, self._truth, self._view
        if analysis is None or truth is None or view is None:
            return
        view.set_layers(truth=True, truth_tree=True)
        self._background.want(
            Wish(
                key=("compare", id(analysis)),
                call=lambda: comparison(analysis, truth),
                accept=self._compared,
                words="Comparing with the truth",
            )
        )

    def _compared(self, text: str, _: float) -> None:
        self.comparison.value = _paragraphs(text)
        self._status.say(text.split("\n", maxsplit=1)[0])


def comparison(analysis: Analysis, truth: Analysis) -> str:
    """Say how well a reading agrees with the truth, one line for each fact."""
    spacing = analysis.mask.spacing_mm
    match = matched_findings(analysis.findings, truth.findings, spacing_mm=spacing, tree=truth.tree)
    lines = [
        f"{len(match.hits)} of {len(truth.findings)} true findings found, {len(match.false)} false."
    ]
    lines += [
        f"Found: T{lesion + 1} {finding_title(truth.findings[lesion], with_score=False)}, "
        f"by finding {mark + 1} ({_named(analysis.findings[mark])})."
        for mark, lesion in match.hits
    ]
    lines += [
        f"Missed: T{lesion + 1} {finding_title(truth.findings[lesion], with_score=False)}."
        for lesion in match.missed
    ]
    lines += [
        f"False: {mark + 1} {finding_title(analysis.findings[mark])}." for mark in match.false
    ]
    lines.append(
        f"Duct mask: Dice {score.dice(analysis.mask, truth.mask):.2f}, "
        f"clDice {score.cl_dice(analysis.mask, truth.mask):.2f} (1 is perfect)."
    )
    return "\n".join(lines)


def _named(finding: Finding) -> str:
    return ", ".join(filter(None, (finding.type.label, doubt_phrase(finding))))


def branch_table(measurements: pd.DataFrame) -> str:
    """Return the measurements as an HTML table, one row for each branch.

    Examples
    --------
    >>> "caliber in mm" in branch_table(pd.DataFrame({"caliber_mm": [1.234]}))
    True
    """
    shown = [name for name in _TABLE_COLUMNS if name in measurements.columns]
    renamed = measurements[shown].rename(columns=_TABLE_COLUMNS)
    table: str = renamed.to_html(
        float_format="{:.2f}".format,
        border=0,
        classes="gl-table",
        na_rep="-",
        index_names=False,
    )
    return f'<div class="gl-scroll" tabindex="0" role="group" aria-label="Branches">{table}</div>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines())
