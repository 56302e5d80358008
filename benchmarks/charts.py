"""Small charts as SVG files: curves with their intervals, panel beside panel.

Written by hand, since a chart library that writes files weighs more than the whole workbook. One
curve to a panel, so that no meaning hangs on a color.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from galactolab.views.palette import BLACK, BLUE, GRAY, SKY, VERMILION

Floats = npt.NDArray[np.float64]

_WIDTH, _HEIGHT = 300, 220
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 40, 14, 44
_MOST_COLUMNS = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """One curve over its interval; `point` is where the reader stands as it is set."""

    title: str
    note: str
    x: Floats
    y: Floats
    low: Floats
    high: Floats
    point: tuple[float, float] | None = None


def write(path: Path, panels: Sequence[Panel], *, x_label: str, y_label: str) -> Path:
    """Write panels with one scale from 0 to 1 upward; return the path."""
    columns = min(len(panels), _MOST_COLUMNS)
    rows = -(-len(panels) // columns)
    width, height = columns * _WIDTH, rows * _HEIGHT + 26
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
        f'<g font-family="sans-serif" font-size="12" fill="{BLACK}">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for number, panel in enumerate(panels):
        left, top = number % columns * _WIDTH, number // columns * _HEIGHT
        parts.append(f'<g transform="translate({left} {top})">')
        parts.extend(_panel(panel, x_label=x_label, y_label=y_label))
        parts.append("</g>")
    legend = "band: 95 % by patient; synthetic only"
    if any(panel.point for panel in panels):
        legend = "diamond: as the reader is set; " + legend
    parts.append(
        f'<text x="{_LEFT - 6}" y="{height - 9}" font-size="11" '
        f'fill="{GRAY}">{legend}</text></g></svg>'
    )
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")
    return path


def _panel(panel: Panel, *, x_label: str, y_label: str) -> list[str]:
    top_x = float(panel.x[-1])
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> str:
        return f"{_LEFT + x / top_x * wide:.1f},{_TOP + (1 - y) * high:.1f}"

    def line(xs: Floats, ys: Floats) -> str:
        return " ".join(place(x, y) for x, y in zip(xs, ys, strict=True))

    found = [
        f'<text x="{_LEFT}" y="18" font-weight="bold">{escape(panel.title)}</text>',
        f'<text x="{_LEFT}" y="33" fill="{GRAY}">{escape(panel.note)}</text>',
    ]
    for y in (0.0, 0.25, 0.5, 0.75, 1.0):
        a, b = place(0, y).split(",")
        found.append(f'<path d="M{a},{b}h{wide}" stroke="#DDDDDD"/>')
        found.append(f'<text x="{_LEFT - 6}" y="{float(b) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in np.linspace(0, top_x, 4 if top_x > 1 else 5):
        a, b = place(float(x), 0).split(",")
        found.append(f'<path d="M{a},{b}v4" stroke="{GRAY}"/>')
        found.append(f'<text x="{a}" y="{float(b) + 17:.1f}" text-anchor="middle">{x:g}</text>')
    band = line(panel.x, panel.high) + " " + line(panel.x[::-1], panel.low[::-1])
    found.append(f'<polygon points="{band}" fill="{SKY}" fill-opacity="0.35"/>')
    found.append(
        f'<polyline points="{line(panel.x, panel.y)}" fill="none" stroke="{BLUE}" '
        'stroke-width="2.2"/>'
    )
    if panel.point is not None and panel.point[0] <= top_x:
        a, b = place(*panel.point).split(",")
        found.append(
            f'<path d="M{a},{float(b) - 6:.1f}l6,6l-6,6l-6,-6z" fill="{VERMILION}" stroke="white"/>'
        )
    middle, side = _TOP + high / 2, 15
    found.append(
        f'<text x="{_LEFT + wide / 2}" y="{_HEIGHT - 8}" '
        f'text-anchor="middle">{escape(x_label)}</text>'
    )
    found.append(
        f'<text transform="translate({side} {middle}) rotate(-90)" '
        f'text-anchor="middle">{escape(y_label)}</text>'
    )
    return found
