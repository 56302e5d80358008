"""A drawing of the nipple from the front, and the meters of the injection, as SVG and HTML.

Pure: records in, text out. Numbers stand beside every mark, so nothing hangs on a color.
"""

from __future__ import annotations

import html
import math

from galactolab.clinic.nipple import Nipple
from galactolab.clinic.procedure import Feeling

_SIZE = 210.0
_FACE = 84.0


def nipple_svg(nipple: Nipple, *, pressed: float | None = None, chosen: int | None = None) -> str:
    """Draw the orifices, the place that is pressed, and the drop that appears.

    Parameters
    ----------
    nipple : Nipple
    pressed : float or None
        Hour of the clock face.
    chosen : int or None
        Orifice that is going to be cannulated: it gets a ring.
    """
    middle, radius_mm = _SIZE / 2, nipple.breast.nipple_mm[1] / 2
    scale = 0.62 * _FACE / (0.36 * radius_mm)
    parts = [
        f'<circle cx="{middle}" cy="{middle}" r="{_FACE}" fill="#c98f7a" stroke="currentColor"/>',
        f'<circle cx="{middle}" cy="{middle}" r="{_FACE * 0.72:.0f}" fill="#dba794"/>',
    ]
    parts += [_hour(hour, middle) for hour in (12, 3, 6, 9)]
    drop = nipple.discharging if pressed is not None and nipple.pressed(pressed) else None
    for one in nipple.orifices:
        x = middle + one.place_mm[0] * scale
        y = middle - one.place_mm[1] * scale
        if one.number == drop:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="#7a0c12"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#3b1d14"/>')
        if one.number == chosen:
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="14" fill="none" stroke="#000" '
                'stroke-width="2.5" stroke-dasharray="5 3"/>'
            )
        parts.append(
            f'<text x="{x + 13:.1f}" y="{y + 5:.1f}" font-size="14" fill="#1f1f1f">'
            f"{one.number}</text>"
        )
    if pressed is not None:
        parts.append(_finger(pressed, middle))
    label = html.escape(describe_nipple(nipple, pressed=pressed, chosen=chosen), quote=True)
    return (
        f'<svg role="img" aria-label="{label}" width="{_SIZE:.0f}" height="{_SIZE:.0f}" '
        f'viewBox="0 0 {_SIZE:.0f} {_SIZE:.0f}" style="font-family:system-ui,sans-serif">'
        f"{''.join(parts)}</svg>"
    )


def describe_nipple(
    nipple: Nipple, *, pressed: float | None = None, chosen: int | None = None
) -> str:
    """Say in words what `nipple_svg` draws.

    Examples
    --------
    >>> from galactolab.clinic.nipple import made
    >>> print(describe_nipple(made(), pressed=12))
    Left nipple from the front, 6 orifices, numbered clockwise. Pressed at 12 o'clock: nothing \
comes.
    """
    words = f"Left nipple from the front, {len(nipple.orifices)} orifices, numbered clockwise."
    if pressed is not None:
        drop = (
            f"a dark drop comes out of orifice {nipple.discharging}"
            if nipple.pressed(pressed)
            else "nothing comes"
        )
        words += f" Pressed at {pressed:g} o'clock: {drop}."
    if chosen is not None:
        caliber = nipple.orifice(chosen).caliber_mm
        words += f" Orifice {chosen} is chosen; it is {caliber:.1f} mm wide."
    return words


def meters(feeling: Feeling) -> str:
    """Draw how full the tree is and how much it hurts, with the words beside it."""
    return (
        _bar("Tree filled", 100 * feeling.share, 100, f"{100 * feeling.share:.0f} %", "#0072B2")
        + _bar("Pain", feeling.pain, 10, f"{feeling.pain:.0f} of 10", "#D55E00")
        + f"<p><b>Patient:</b> {html.escape(feeling.words)} <b>Resistance:</b> "
        f"{html.escape(feeling.resistance)}.</p>"
    )


def _bar(name: str, value: float, top: float, words: str, color: str) -> str:
    share = 100 * min(max(value / top, 0), 1)
    return (
        '<div style="display:flex;gap:8px;align-items:center;margin:3px 0">'
        f'<span style="flex:none;width:6em">{name}</span>'
        f'<div role="meter" aria-label="{name}" aria-valuemin="0" aria-valuemax="{top:g}" '
        f'aria-valuenow="{value:.1f}" style="flex:1 1 8em;max-width:16em;height:14px;'
        'border:1px solid currentColor">'
        f'<div style="width:{share:.1f}%;height:100%;background:{color}"></div></div>'
        f"<span>{words}</span></div>"
    )


def _hour(hour: int, middle: float) -> str:
    x, y = _at(hour, middle, _FACE + 13)
    return (
        f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="13" text-anchor="middle" '
        f'fill="currentColor">{hour}</text>'
    )


def _finger(hour: float, middle: float) -> str:
    x, y = _at(hour, middle, _FACE - 9)
    return (
        f'<g><circle cx="{x:.1f}" cy="{y:.1f}" r="12" fill="#fff" fill-opacity="0.75" '
        'stroke="#000" stroke-width="2"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="11" text-anchor="middle">press</text></g>'
    )


def _at(hour: float, middle: float, radius: float) -> tuple[float, float]:
    angle = math.radians(30 * hour)
    return middle + radius * math.sin(angle), middle - radius * math.cos(angle)
