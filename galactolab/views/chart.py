"""A figure as a widget that fills its panel, whatever the width of the page."""

from __future__ import annotations

from typing import Any

_CONFIG = {
    "responsive": True,
    "displaylogo": False,
    # Only buttons that work without a network.
    "modeBarButtons": [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
}


def chart(figure: Any) -> Any:  # noqa: ANN401 (plotly ships no types)
    """Return a plotly figure as a widget.

    Draw over it rather than making another one: a page never gets a figure's memory back.
    Let `StatusLine.nudge` follow, since it takes its width when the window tells of a change.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure

    Examples
    --------
    >>> import plotly.graph_objects as go
    >>> chart(go.Figure())._config["responsive"]
    True
    """
    import plotly.graph_objects as go  # noqa: PLC0415 (the widget takes two seconds)

    made = go.FigureWidget(figure)
    made._config = {**made._config, **_CONFIG}  # noqa: SLF001 (plotly has no other way)
    return made
