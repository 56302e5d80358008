"""The lobes of a breast as a figure: openings on the nipple, ducts from in front and the side.

As in `galactolab.views.figures`: records in, plotly figure out, no widget.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from galactolab.patient.breast import Breast
from galactolab.patient.ducts import Ducts
from galactolab.patient.lobes import Lobe
from galactolab.views.figures import TEMPLATE
from galactolab.views.palette import BLUE, GRAY, INK, ORANGE, ORDER_STYLES, order_style

Floats = npt.NDArray[np.float64]
# Axes of the breast frame: away from the nipple, lateral, cranial.
_DEPTH, _LATERAL, _CRANIAL = 0, 1, 2
_PANELS = (
    ("Nipple, from in front", _LATERAL, _CRANIAL),
    ("Breast, from in front", _LATERAL, _CRANIAL),
    ("Breast, from the side", _DEPTH, _CRANIAL),
)
_NAMES = {_DEPTH: "mm from the nipple's base", _LATERAL: "mm lateral", _CRANIAL: "mm up"}


def atlas(breast: Breast, lobes: Sequence[Lobe], *, chosen: int, units: bool = True) -> go.Figure:
    """Draw the openings on the nipple and the lobes behind them, one of them injected.

    Parameters
    ----------
    breast : Breast
    lobes : sequence of Lobe
    chosen : int
        Which opening is injected: its lobe is drawn by Strahler order, the others in gray.
    units : bool
        Mark the terminal duct lobular units of the chosen lobe.
    """
    titles = [title for title, _, _ in _PANELS]
    figure = make_subplots(
        1, 3, subplot_titles=titles, column_widths=[0.26, 0.4, 0.34], horizontal_spacing=0.07
    )
    figure.update_layout(template=TEMPLATE, height=520, margin={"b": 140, "l": 60, "t": 40})
    figure.update_layout(legend={"y": -0.26, "yanchor": "top", "x": 0.0})
    figure.add_traces([*_nipple(breast, lobes, chosen)], rows=1, cols=1)
    for column, (_, across, up) in enumerate(_PANELS[1:], start=2):
        traces = [
            _outline(breast, across),
            *_others(lobes, chosen, across, up),
            *_chosen(lobes[chosen], across, up, units),
        ]
        for trace in traces:
            trace.showlegend = column == 2 and trace.name is not None
        figure.add_traces(traces, rows=1, cols=column)
    rim = 1.12 * breast.nipple_mm[1] / 2
    sides = (-1.1 * breast.medial_mm, 1.1 * breast.lateral_mm)
    spans = ((-rim, rim), sides, (-1.5 * breast.nipple_mm[0], 1.05 * breast.depth_mm))
    for column, (_, across, up) in enumerate(_PANELS, start=1):
        anchor = "x" if column == 1 else f"x{column}"
        shared = {"constrain": "domain", "row": 1, "col": column}
        figure.update_xaxes(
            title={"text": _NAMES[across], "standoff": 8}, range=spans[column - 1], **shared
        )
        title = {"text": _NAMES[up] if column == 1 else None, "standoff": 4}
        figure.update_yaxes(title=title, scaleanchor=anchor, **shared)
    return figure


def _nipple(breast: Breast, lobes: Sequence[Lobe], chosen: int) -> Iterator[go.Scatter]:
    angle = np.linspace(0, 2 * np.pi, 90)
    radius = breast.nipple_mm[1] / 2
    yield go.Scatter(
        x=radius * np.sin(angle),
        y=radius * np.cos(angle),
        mode="lines",
        line={"color": GRAY, "width": 1.5},
        showlegend=False,
        hoverinfo="skip",
    )
    for central, symbol in ((True, "diamond"), (False, "circle")):
        numbers = [k for k, lobe in enumerate(lobes) if lobe.central is central]
        places = np.array([lobes[k].orifice_mm for k in numbers])
        yield go.Scatter(
            x=places[:, _LATERAL],
            y=places[:, _CRANIAL],
            customdata=numbers,
            mode="markers+text",
            text=[str(k + 1) for k in numbers],
            textposition="top center",
            marker={
                "symbol": [symbol if k == chosen else f"{symbol}-open" for k in numbers],
                "size": [16 if k == chosen else 11 for k in numbers],
                "color": [BLUE if k == chosen else INK for k in numbers],
            },
            name=f"opening, {'central' if central else 'peripheral'} group",
            hovertemplate="opening %{text}<extra></extra>",
        )


def _outline(breast: Breast, across: int) -> go.Scatter:
    """Return the border of the breast, from in front or from the side."""
    angle = np.linspace(0, 360, 121)
    reach = np.array([breast.reach_mm(float(toward)) for toward in angle])
    up = reach * np.cos(np.radians(angle))
    lateral = reach * np.sin(np.radians(angle))
    if across == _DEPTH:
        up = np.linspace(-breast.caudal_mm, breast.cranial_mm, 121)
        whole = np.where(up > 0, breast.cranial_mm, breast.caudal_mm)
        lateral = breast.depth_mm * (1 - np.sqrt(1 - (up / whole) ** 2))
    return go.Scatter(
        x=lateral.round(1),
        y=up.round(1),
        mode="lines",
        line={"color": GRAY, "width": 1.5, "dash": "dot"},
        name="skin (dotted)",
        legendgroup="skin",
        hoverinfo="skip",
    )


def _lines(ducts: Ducts, indices: Sequence[int], across: int, up: int) -> tuple[Floats, Floats]:
    gap = np.full((1, 3), np.nan)
    pieces = [part for i in indices for part in (ducts.branches[i].path_mm, gap)]
    points = np.concatenate(pieces)
    return points[:, across].round(2), points[:, up].round(2)


def _others(lobes: Sequence[Lobe], chosen: int, across: int, up: int) -> Iterator[go.Scatter]:
    for number, lobe in enumerate(lobes):
        if number == chosen:
            continue
        # Twigs of lobes in the background would only be a gray cloud.
        thick = [i for i, order in enumerate(lobe.ducts.flat.strahler) if order > 1]
        x, y = _lines(lobe.ducts, thick or range(len(lobe.ducts)), across, up)
        yield go.Scatter(
            x=x,
            y=y,
            customdata=[number] * len(x),
            mode="lines",
            line={"color": "#9a9a9a", "width": 1},
            name=None,
            hovertemplate=f"opening {number + 1}<extra></extra>",
        )


def _chosen(lobe: Lobe, across: int, up: int, units: bool) -> Iterator[Any]:
    orders = lobe.ducts.flat.strahler
    top = len(ORDER_STYLES)  # this style stands for all orders from here on
    for order in sorted({min(order, top) for order in orders}):
        x, y = _lines(
            lobe.ducts, [i for i, n in enumerate(orders) if min(n, top) == order], across, up
        )
        style = order_style(order)
        tail = f" to {max(orders)}" if order == top < max(orders) else ""
        yield go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": BLUE, "width": 1 + style["width"], "dash": style["plotly"]},
            name=f"order {order}{tail} ({style['words']})",
            legendgroup=f"order {order}",
            hoverinfo="skip",
        )
    if units and lobe.ducts.lobules:
        ends = np.array([lobe.ducts.branches[unit.duct].path_mm[-1] for unit in lobe.ducts.lobules])
        yield go.Scatter(
            x=ends[:, across].round(2),
            y=ends[:, up].round(2),
            mode="markers",
            marker={"symbol": "circle-open", "color": ORANGE, "size": 8, "line": {"width": 2}},
            name="terminal duct lobular unit",
            legendgroup="units",
            hoverinfo="skip",
        )


def describe_lobe(lobe: Lobe, *, number: int, of: int) -> str:
    """Say which opening leads where, in a sentence.

    Examples
    --------
    >>> from galactolab.patient.lobes import lobes
    >>> print(describe_lobe(lobes(Breast(seed=3), n_lobes=5)[4], number=5, of=5))
    Opening 5 of 5, peripheral group: a lobe toward ... o'clock with ... ducts of ... mm, \
order ..., ... terminal duct lobular units, main duct ... mm wide.
    """
    ducts = lobe.ducts
    group = "central" if lobe.central else "peripheral"
    hour = round(lobe.clock_h) or 12
    return (
        f"Opening {number} of {of}, {group} group: a lobe toward {hour} o'clock with "
        f"{len(ducts)} ducts of {ducts.total_length_mm:.0f} mm, order {max(ducts.flat.strahler)}, "
        f"{len(ducts.lobules)} terminal duct lobular units, main duct "
        f"{2 * float(ducts.branches[0].radius_mm.max()):.1f} mm wide."
    )
