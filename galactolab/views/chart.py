"""A figure as a widget that fills its panel, whatever the width of the page."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

# Checks the spelling of international addresses in JSON; its grammar takes seconds to build.
_GRAMMAR = "rfc3987_syntax"
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
    import plotly.graph_objects as go  # noqa: PLC0415 (imported where a chart is asked for)

    _light_nbformat()
    made = go.FigureWidget(figure)
    made._config = {**made._config, **_CONFIG}  # noqa: SLF001 (plotly has no other way)
    return made


@cache
def _light_nbformat() -> None:
    """Import nbformat, as plotly's first widget does, without a grammar that no chart needs.

    plotly asks for nbformat, nbformat for jsonschema, and jsonschema for a checker of addresses
    where one is installed: most of the wait for a kernel's first chart. jsonschema does without.
    """
    if "jsonschema" in sys.modules or _GRAMMAR in sys.modules:
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # makes the import fail at once
    try:
        import nbformat  # noqa: F401, PLC0415
    except ImportError:
        pass  # plotly works without it
    finally:
        del sys.modules[_GRAMMAR]
