"""The dynamic curve: how tissues take up gadolinium and lose it again."""

from __future__ import annotations

import itertools

import numpy as np

from galactolab.modalities.mri import enhancement_curve
from galactolab.modalities.mri_sequences import Sequence
from galactolab.views.palette import BLUE, GRAY, VERMILION

#: Tissue, its words, color and dash.
_LINES = (
    ("malignant", "malignant lesion", VERMILION, ""),
    ("benign", "benign lesion", BLUE, "7 3"),
    ("gland", "gland", GRAY, "2 3"),
)
_WIDE, _HIGH, _LEFT, _RIGHT, _LOW = 340, 120, 48, 118, 24
_END_MIN = 10.0


def drawn(*, minutes: float, sequence: Sequence, field_t: float) -> str:
    """Return the curves as SVG, with the moment of the picture marked.

    Parameters
    ----------
    minutes : float
        Time of the picture after the injection.
    sequence : Sequence
    field_t : float

    Examples
    --------
    >>> from galactolab.modalities.mri_sequences import T1
    >>> drawn(minutes=2, sequence=T1, field_t=3.0).count("<polyline")
    3
    """
    at = np.linspace(0, _END_MIN, 61)
    curves = {
        tissue: enhancement_curve(tissue, at.tolist(), sequence=sequence, field_t=field_t)
        for tissue, *_ in _LINES
    }
    top = max(float(max(curve.max() for curve in curves.values())), 1.0)

    def place(minute: float, percent: float) -> str:
        x = _LEFT + (_WIDE - _LEFT - _RIGHT) * minute / _END_MIN
        return f"{x:.1f},{_HIGH - _LOW - (_HIGH - _LOW - 8) * percent / top:.1f}"

    ends = _parted([float(curves[tissue][-1]) / top for tissue, *_ in _LINES])
    parts = [_axes(top)]
    for (tissue, words, color, dash), end in zip(_LINES, ends, strict=True):
        points = " ".join(place(t, v) for t, v in zip(at, curves[tissue], strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2.2" '
            f'stroke-dasharray="{dash}"/><text x="{_WIDE - _RIGHT + 5}" '
            f'y="{_HIGH - _LOW + 4 - (_HIGH - _LOW - 8) * end:.1f}" fill="currentColor" '
            f'font-size="13">{words}</text>'
        )
    moment = place(min(minutes, _END_MIN), 0).split(",")[0]
    parts.append(
        f'<line x1="{moment}" x2="{moment}" y1="8" y2="{_HIGH - _LOW}" stroke="currentColor"/>'
    )
    words = ", ".join(
        f"{name} {np.interp(minutes, at, curves[tissue]):.0f} %" for tissue, name, *_ in _LINES
    )
    return (
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="Signal above that before '
        f'gadolinium, {minutes:g} minutes after it: {words}" style="width: {_WIDE}px; '
        f'max-width: 100%; color: inherit; font-family: inherit">{"".join(parts)}</svg>'
    )


def _axes(top: float) -> str:
    return (
        f'<path d="M{_LEFT} 8V{_HIGH - _LOW}H{_WIDE - _RIGHT}" fill="none" stroke="currentColor" '
        f'stroke-opacity="0.6"/><g fill="currentColor" font-size="12">'
        f'<text x="{_LEFT - 4}" y="14" text-anchor="end">{top:.0f} %</text>'
        f'<text x="{_LEFT}" y="{_HIGH - 8}" text-anchor="middle">0</text>'
        f'<text x="{_WIDE - _RIGHT}" y="{_HIGH - 8}" text-anchor="end">{_END_MIN:g} min</text></g>'
    )


def _parted(heights: list[float], *, least: float = 0.16) -> list[float]:
    """Move the words of neighboring lines apart.

    Examples
    --------
    >>> _parted([0.5, 0.45], least=0.2)
    [0.575, 0.375]
    """
    order = np.argsort(heights)
    moved = np.array(heights, float)
    for low, high in itertools.pairwise(order):
        lack = least - (moved[high] - moved[low])
        if lack > 0:
            moved[low] -= lack / 2
            moved[high] += lack / 2
    return [round(float(one), 4) for one in moved]
