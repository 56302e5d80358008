"""Why was a finding called? The duct that leads to it, unrolled: brightness and caliber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from galactolab.errors import GalactolabError, check_between
from galactolab.records import Analysis, Finding, Galactogram
from galactolab.tree import DuctTree
from galactolab.views.figures import TEMPLATE, ways_mm
from galactolab.views.palette import BLUE, ORANGE, VERMILION
from galactolab.views.wording import evidence_sentence, finding_title

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class DuctProfile:
    """A way through the tree, unrolled.

    Attributes
    ----------
    way_mm : (K,) array
        Distance from the orifice along the ducts.
    value : (K,) array
        Pixel value on the centerline.
    caliber_mm : (K,) array
    start_mm, end_mm : float
        Where the finding begins and ends on this way.
    finding : Finding
    number : int
        The finding's number in the reading, from 1.
    """

    way_mm: Floats
    value: Floats
    caliber_mm: Floats
    start_mm: float
    end_mm: float
    finding: Finding
    number: int


def profile_to(galactogram: Galactogram, analysis: Analysis, number: int = 1) -> DuctProfile:
    """Follow the ducts from the orifice to a finding and to the end of its branch.

    Parameters
    ----------
    galactogram : Galactogram
    analysis : Analysis
    number : int
        The finding's number, from 1.

    Raises
    ------
    GalactolabError
        If there is no such finding, or it lies on no branch.
    """
    check_between("number", number, 1, len(analysis.findings))
    finding, tree = analysis.findings[number - 1], analysis.tree
    if finding.branch is None or finding.branch >= len(tree):
        sentence = f"Finding {number}, {finding.type.label}, lies on no branch to follow."
        raise GalactolabError(sentence)
    way, path, radius = _unrolled(tree, finding.branch)
    from scipy import ndimage  # noqa: PLC0415 (0.5 s, only for a profile)

    value = ndimage.map_coordinates(
        galactogram.pixels, path.T, order=1, mode="nearest", output=np.float64
    )
    gap = (path - np.asarray(finding.location)) * tree.spacing_mm
    at = float(way[int(np.argmin(np.hypot(*gap.T)))])
    half = max(finding.extent_mm, 1.0) / 2
    return DuctProfile(
        way_mm=way,
        value=value,
        caliber_mm=2 * radius,
        start_mm=max(0.0, at - half),
        end_mm=min(float(way[-1]), at + half),
        finding=finding,
        number=number,
    )


def _unrolled(tree: DuctTree, branch: int) -> tuple[Floats, Floats, Floats]:
    chain: list[int] = []
    here: int | None = branch
    while here is not None:
        chain.append(here)
        here = tree.branches[here].parent
    ways = ways_mm(tree)
    chain.reverse()
    return (
        np.concatenate([ways[i] for i in chain]),
        np.concatenate([tree.branches[i].path for i in chain]),
        np.concatenate([tree.branches[i].radius_mm for i in chain]),
    )


def along_duct(galactogram: Galactogram, analysis: Analysis, number: int = 1) -> go.Figure:
    """Plot brightness and caliber along the duct that leads to a finding.

    Parameters
    ----------
    galactogram : Galactogram
    analysis : Analysis
    number : int
        The finding's number, from 1.
    """
    from plotly.subplots import make_subplots  # noqa: PLC0415 (pulls in plotly's figure factory)

    seen = profile_to(galactogram, analysis, number)
    title = f"{seen.number}. {finding_title(seen.finding)}"
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    figure.update_layout(template=TEMPLATE, title=title, height=460, showlegend=False)
    lines: tuple[tuple[Floats, str, str, dict[str, Any]], ...] = (
        (seen.value, "value on the centerline", BLUE, {}),
        (seen.caliber_mm, "caliber in mm", VERMILION, {"rangemode": "tozero"}),
    )
    for row, (heights, words, color, axis) in enumerate(lines, start=1):
        figure.add_scatter(
            x=seen.way_mm, y=heights, mode="lines", line={"color": color}, row=row, col=1
        )
        figure.update_yaxes(title=words, row=row, col=1, **axis)
        figure.add_vrect(
            x0=seen.start_mm,
            x1=seen.end_mm,
            fillcolor=ORANGE,
            opacity=0.25,
            line={"color": ORANGE, "width": 2, "dash": "dot"},
            row=row,
            col=1,
        )
    figure.update_xaxes(title="mm from the orifice", row=2, col=1)
    return figure


def describe_along_duct(galactogram: Galactogram, analysis: Analysis, number: int = 1) -> str:
    """Say what `along_duct` draws: the duct inside the finding and outside it."""
    seen = profile_to(galactogram, analysis, number)
    inside = (seen.way_mm >= seen.start_mm) & (seen.way_mm <= seen.end_mm)
    outside = ~inside if (~inside).any() else inside
    place = f"{seen.start_mm:.1f} to {seen.end_mm:.1f} mm from the orifice"
    return (
        f"{seen.number}. {finding_title(seen.finding)}, {place}. Inside: lowest value "
        f"{seen.value[inside].min():.3g}, caliber {seen.caliber_mm[inside].min():.2f} to "
        f"{seen.caliber_mm[inside].max():.2f} mm. On the rest of this way: median value "
        f"{np.median(seen.value[outside]):.3g}, median caliber "
        f"{np.median(seen.caliber_mm[outside]):.2f} mm. {evidence_sentence(seen.finding)}"
    ).rstrip()
