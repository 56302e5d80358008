"""Records in, plotly figures out: pure, without widgets.

Each figure has a text equivalent, ``describe_…``, made from the same record. Pictures in
millimeters have x to the right and y downward, as the radiograph is seen; this is the one
module in which x and y appear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from galactolab.errors import GalactolabError
from galactolab.records import Analysis
from galactolab.terms import FindingType
from galactolab.tree import DuctTree
from galactolab.views.palette import BLUE, GRAY, INK, ORANGE, SHAPES, VERMILION, order_style
from galactolab.views.wording import branch_sentence, evidence_sentence, finding_title

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

#: One look for all charts: readable type, thin grid, white paper. On a page `lessons.css` gives
#: them the paper and the ink of the theme.
TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": "system-ui, sans-serif", "size": 14, "color": "#1f1f1f"},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "xaxis": {"gridcolor": "#dddddd", "linecolor": GRAY, "zeroline": False, "ticks": "outside"},
        "yaxis": {"gridcolor": "#dddddd", "linecolor": GRAY, "zeroline": False, "ticks": "outside"},
        "margin": {"l": 70, "r": 20, "t": 50, "b": 60},
        "legend": {"orientation": "h", "y": -0.2},
        "hoverlabel": {"font": {"size": 14}},
    }
)


def _figure(title: str, **layout: Any) -> go.Figure:  # noqa: ANN401 (plotly's own keywords)
    return go.Figure(layout={"template": TEMPLATE, "title": title, **layout})


def _plan_axes(figure: go.Figure, **where: int) -> None:
    figure.update_xaxes(title="mm from the left border", **where)
    figure.update_yaxes(
        title="mm from the top border", autorange="reversed", scaleanchor="x", **where
    )


def _by_order(tree: DuctTree) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for index, order in enumerate(tree.strahler):
        found.setdefault(order, []).append(index)
    return dict(sorted(found.items()))


def _joined(pieces: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Put lines behind each other with a gap between them: one trace in place of many."""
    gap = np.full((1, *pieces[0].shape[1:]), np.nan)
    return np.concatenate([part for piece in pieces for part in (piece, gap)])


def _plan_traces(tree: DuctTree) -> list[go.Scatter]:
    traces = []
    for order, indices in _by_order(tree).items():
        points = _joined([tree.branches[i].path * tree.spacing_mm for i in indices])
        owner = _joined([np.full(len(tree.branches[i].path), float(i)) for i in indices])
        style = order_style(order)
        traces.append(
            go.Scatter(
                x=points[:, 1],
                y=points[:, 0],
                customdata=owner,
                mode="lines",
                name=f"order {order} ({style['words']})",
                legendgroup=f"order {order}",
                line={"color": BLUE, "width": 1 + style["width"], "dash": style["plotly"]},
                hovertemplate="branch %{customdata:.0f}<extra></extra>",
            )
        )
    return traces


def _orifice_mark(tree: DuctTree) -> go.Scatter:
    row, column = np.multiply(tree.orifice or (0.0, 0.0), tree.spacing_mm)
    return go.Scatter(
        x=[column],
        y=[row],
        mode="markers+text",
        text=["orifice"],
        textposition="top center",
        marker={"color": INK, "size": 10, "symbol": "diamond"},
        showlegend=False,
        hoverinfo="skip",
    )


def ways_mm(tree: DuctTree) -> list[npt.NDArray[np.float64]]:
    """Return the distance from the orifice, along the ducts, of each branch's points.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> def branch(*points, parent):
    ...     return Branch(path=np.array(points, float), radius_mm=np.ones(2), parent=parent)
    >>> line = DuctTree(spacing_mm=0.1, branches=(
    ...     branch((0, 0), (0, 10), parent=None), branch((0, 10), (0, 30), parent=0)))
    >>> [way.tolist() for way in ways_mm(line)]
    [[0.0, 1.0], [1.0, 3.0]]
    """
    ways: list[npt.NDArray[np.float64]] = []
    for branch in tree.branches:
        start = 0.0 if branch.parent is None else float(ways[branch.parent][-1])
        ways.append(start + branch.arc_mm(tree.spacing_mm))
    return ways


def _caliber_traces(tree: DuctTree) -> list[go.Scatter]:
    ways, traces = ways_mm(tree), []
    for order, indices in _by_order(tree).items():
        style = order_style(order)
        traces.append(
            go.Scatter(
                x=_joined([ways[i] for i in indices]),
                y=_joined([2 * tree.branches[i].radius_mm for i in indices]),
                customdata=_joined([np.full(len(ways[i]), float(i)) for i in indices]),
                mode="lines",
                name=f"order {order} ({style['words']})",
                legendgroup=f"order {order}",
                showlegend=False,
                line={"color": BLUE, "width": 1 + style["width"], "dash": style["plotly"]},
                hovertemplate="branch %{customdata:.0f}: %{y:.2f} mm at %{x:.1f} mm<extra></extra>",
            )
        )
    return traces


def tree(tree: DuctTree) -> go.Figure:
    """Draw the duct tree in millimeters; the line style tells the Strahler order.

    Parameters
    ----------
    tree : DuctTree
        An empty tree gives an empty plan.
    """
    figure = _figure("Duct tree")
    figure.add_traces(_plan_traces(tree))
    if tree.orifice is not None:
        figure.add_trace(_orifice_mark(tree))
    _plan_axes(figure)
    return figure


def describe_tree(tree: DuctTree) -> str:
    """Say what `tree` draws.

    Examples
    --------
    >>> describe_tree(DuctTree(branches=(), spacing_mm=0.1))
    'No duct was traced.'
    """
    if not tree.branches:
        return "No duct was traced."
    return (
        f"{len(tree)} branches with {tree.total_length_mm:.0f} mm of duct in all, "
        f"{len(tree.terminals)} ends, {max(tree.generation)} bifurcations deep, "
        f"highest Strahler order {max(tree.strahler)}. {branch_sentence(tree, 0)}"
    )


def caliber_along(tree: DuctTree) -> go.Figure:
    """Plot the caliber along the way from the orifice, one line for each branch."""
    figure = _figure("Caliber along the way from the orifice")
    figure.add_traces(_caliber_traces(tree))
    figure.update_traces(showlegend=True)
    figure.update_xaxes(title="mm from the orifice")
    figure.update_yaxes(title="caliber in mm", rangemode="tozero")
    return figure


def describe_caliber_along(tree: DuctTree) -> str:
    """Say between which calibers each order of ducts lies."""
    if not tree.branches:
        return "No duct was traced."
    parts = []
    for order, indices in _by_order(tree).items():
        wide = 2 * np.concatenate([tree.branches[i].radius_mm for i in indices])
        parts.append(f"order {order}: {wide.min():.2f} to {wide.max():.2f} mm")
    return f"Caliber by Strahler order: {'; '.join(parts)}."


def calibers(measurements: pd.DataFrame) -> go.Figure:
    """Plot each branch's mean caliber by its generation; the symbol tells the order.

    Parameters
    ----------
    measurements : pandas.DataFrame
        With the columns ``generation``, ``order`` and ``caliber_mm``.
    """
    _need(measurements, "generation", "order", "caliber_mm")
    figure = _figure("Caliber by generation")
    symbols = ("circle-open", "square-open", "diamond-open", "triangle-up-open")
    for order, part in measurements.groupby("order"):
        figure.add_scatter(
            x=part["generation"],
            y=part["caliber_mm"],
            customdata=part.index,
            mode="markers",
            name=f"order {order}",
            marker={
                "color": BLUE,
                "size": 11,
                "symbol": symbols[min(int(str(order)), len(symbols)) - 1],
                "line": {"width": 2},
            },
            hovertemplate="branch %{customdata}: %{y:.2f} mm<extra></extra>",
        )
    figure.update_xaxes(title="bifurcations passed from the orifice", dtick=1)
    figure.update_yaxes(title="mean caliber in mm", rangemode="tozero")
    return figure


def describe_calibers(measurements: pd.DataFrame) -> str:
    """Say the mean caliber of each generation.

    Examples
    --------
    >>> import pandas as pd
    >>> describe_calibers(pd.DataFrame(
    ...     {"generation": [0, 1, 1], "order": [2, 1, 1], "caliber_mm": [2.0, 1.0, 1.5]}))
    'Mean caliber by generation: 0: 2.00 mm (1 branch); 1: 1.25 mm (2 branches).'
    """
    _need(measurements, "generation", "order", "caliber_mm")
    if measurements.empty:
        return "No branch was measured."
    parts = [
        f"{generation}: {part.mean():.2f} mm ({len(part)} branch{'es'[: 2 * (len(part) > 1)]})"
        for generation, part in measurements.groupby("generation")["caliber_mm"]
    ]
    return f"Mean caliber by generation: {'; '.join(parts)}."


def _need(measurements: pd.DataFrame, *columns: str) -> None:
    missing = [name for name in columns if name not in measurements.columns]
    if missing:
        sentence = f"The measurements lack the column {missing[0]!r}, which this chart needs."
        raise GalactolabError(sentence)


def profile(values: npt.ArrayLike, spacing_mm: float, *, unit: str = "pixel value") -> go.Figure:
    """Plot the values along a line.

    Parameters
    ----------
    values : (K,) array
        Values at equal steps from A to B.
    spacing_mm : float
        Length of one step in millimeters.
    unit : str
        What a value is.
    """
    heights = np.asarray(values, float)
    figure = _figure("Profile from A to B")
    figure.add_scatter(
        x=np.arange(len(heights)) * spacing_mm, y=heights, mode="lines", line={"color": BLUE}
    )
    figure.update_xaxes(title="mm from A")
    figure.update_yaxes(title=unit)
    return figure


def describe_profile(values: npt.ArrayLike, spacing_mm: float, *, unit: str = "pixel value") -> str:
    """Say where a profile is lowest and highest.

    Examples
    --------
    >>> describe_profile([1.0, 4.0, 2.0], 0.5)
    'Profile over 1.0 mm: pixel value from 1 (at 0.0 mm) to 4 (at 0.5 mm).'
    """
    heights = np.asarray(values, float)
    low, high = int(heights.argmin()), int(heights.argmax())
    return (
        f"Profile over {(len(heights) - 1) * spacing_mm:.1f} mm: {unit} "
        f"from {heights[low]:.4g} (at {low * spacing_mm:.1f} mm) "
        f"to {heights[high]:.4g} (at {high * spacing_mm:.1f} mm)."
    )


def findings(analysis: Analysis) -> go.Figure:
    """Draw numbered findings over the duct tree, each kind with its own shape.

    A question mark behind a number says that the finding may be a mimic.
    """
    figure = _figure("Findings")
    figure.add_traces(_plan_traces(analysis.tree))
    figure.update_traces(line={"color": GRAY}, showlegend=False, hoverinfo="skip")
    for kind in FindingType:
        chosen = [
            (number, finding)
            for number, finding in enumerate(analysis.findings, start=1)
            if finding.type is kind and kind is not FindingType.NORMAL
        ]
        if not chosen:
            continue
        places = np.array([finding.location for _, finding in chosen]) * analysis.tree.spacing_mm
        figure.add_scatter(
            x=places[:, 1],
            y=places[:, 0],
            mode="markers+text",
            name=kind.label,
            text=[f"{number}{'?' if finding.mimic else ''}" for number, finding in chosen],
            textposition="top right",
            customdata=[[finding_title(f), evidence_sentence(f)] for _, f in chosen],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
            marker={
                "color": VERMILION,
                "size": 16,
                "symbol": SHAPES[kind][1],
                "line": {"width": 2.5},
            },
        )
    _plan_axes(figure)
    return figure


def describe_findings(analysis: Analysis) -> str:
    """List the findings with the numbers they rest on, one line each."""
    if not analysis.findings:
        return "No finding."
    return "\n".join(
        f"{number}. {finding_title(finding)}. {evidence_sentence(finding)}".rstrip()
        for number, finding in enumerate(analysis.findings, start=1)
    )


def reading(analysis: Analysis, *, chosen: int | None = None) -> go.Figure:
    """Draw tree and caliber side by side, with one branch brought out in both.

    One figure with two plots costs a page half of what two figures cost.

    Parameters
    ----------
    analysis : Analysis
    chosen : int, optional
        Index of a branch.
    """
    from plotly.subplots import make_subplots  # noqa: PLC0415 (pulls in plotly's figure factory)

    ducts = analysis.tree
    titles = ("Duct tree", "Caliber along the way from the orifice")
    figure = make_subplots(rows=1, cols=2, subplot_titles=titles, horizontal_spacing=0.1)
    figure.update_layout(template=TEMPLATE, height=460, margin={"b": 120})
    figure.update_layout(legend={"y": -0.32, "yanchor": "top"})
    for column, traces in ((1, _plan_traces(ducts)), (2, _caliber_traces(ducts))):
        for trace in traces:
            figure.add_trace(trace, row=1, col=column)
    if ducts.orifice is not None:
        figure.add_trace(_orifice_mark(ducts), row=1, col=1)
    for column, (x, y) in enumerate(chosen_lines(ducts, chosen), start=1):
        line = {"color": ORANGE, "width": 7}
        words = "chosen branch (thick)"
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line=line,
                opacity=0.8,
                name=words,
                showlegend=column == 1,
                hoverinfo="skip",
            ),
            row=1,
            col=column,
        )
    _plan_axes(figure, row=1, col=1)
    figure.update_xaxes(title="mm from the orifice", row=1, col=2)
    figure.update_yaxes(title="caliber in mm", rangemode="tozero", row=1, col=2)
    return figure


def chosen_lines(
    tree: DuctTree, chosen: int | None
) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Return x and y of one branch, in the plan and along the way; empty for None."""
    nothing = np.empty(0)
    if chosen is None:
        return [(nothing, nothing), (nothing, nothing)]
    branch = tree.branches[chosen]
    plan = branch.path * tree.spacing_mm
    return [(plan[:, 1], plan[:, 0]), (ways_mm(tree)[chosen], 2 * branch.radius_mm)]
