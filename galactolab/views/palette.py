"""Colors, line styles and marker shapes, defined once for pictures and charts.

The colors are those of Okabe and Ito (2008, *Color Universal Design*), which people with
the common color-vision deficiencies can tell apart. No meaning hangs on a color alone:
each layer has its own line style, each finding its own shape and number.
"""

from __future__ import annotations

from typing import Any

from galactolab.terms import FindingType

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GRAY = "#6B6B6B"
#: In place of black in charts: 3.9 to 1 on white, 4.8 to 1 on JupyterLab's dark paper.
INK = "#808080"

#: Layers of a picture in drawing order: label, color, and dash in screen pixels.
LAYERS: dict[str, dict[str, Any]] = {
    "mask": {"label": "Duct mask (outline)", "color": SKY, "dash": [1, 2]},
    "tree": {"label": "Duct tree (centerlines)", "color": YELLOW, "dash": []},
    "findings": {"label": "Findings (numbered)", "color": ORANGE, "dash": []},
    "truth_tree": {"label": "Truth: duct tree", "color": PURPLE, "dash": [9, 5]},
    "truth": {"label": "Truth: findings (T)", "color": GREEN, "dash": [4, 3]},
    "marks": {"label": "Your marks", "color": VERMILION, "dash": []},
}

#: Line styles of centerlines by Strahler order, 1 first; higher orders take the last.
ORDER_STYLES: tuple[dict[str, Any], ...] = (
    {"width": 1.2, "dash": [2, 3], "plotly": "dot", "words": "dotted"},
    {"width": 1.6, "dash": [7, 3], "plotly": "dash", "words": "dashed"},
    {"width": 2.2, "dash": [10, 3, 2, 3], "plotly": "dashdot", "words": "dash-dotted"},
    {"width": 2.8, "dash": [], "plotly": "solid", "words": "solid"},
)

#: Shape of each finding's marker: a name the picture's script draws, and plotly's symbol.
SHAPES: dict[FindingType, tuple[str, str]] = {
    FindingType.INTRALUMINAL_FILLING_DEFECT: ("circle", "circle-open"),
    FindingType.MULTIPLE_FILLING_DEFECT: ("circles", "circle-dot"),
    FindingType.ABRUPT_DUCT_TERMINATION: ("square", "square-open"),
    FindingType.EXTRAVASATION: ("star", "star-open"),
    FindingType.DUCT_NARROWING: ("hourglass", "hourglass-open"),
    FindingType.CYST_FILL: ("hexagon", "hexagon-open"),
    FindingType.DUCT_ECTASIA: ("triangle", "triangle-up-open"),
    FindingType.NORMAL: ("cross", "cross-thin-open"),
}


def order_style(order: int) -> dict[str, Any]:
    """Return the line style of a Strahler order, 1 or above.

    Examples
    --------
    >>> order_style(1)["words"], order_style(9)["words"]
    ('dotted', 'solid')
    """
    return ORDER_STYLES[min(order, len(ORDER_STYLES)) - 1]
