"""A share as people: of a hundred, how many are affected, and how sure that number is."""

from __future__ import annotations

import html

from galactolab.clinic.risk import Share, in_whole_people
from galactolab.views.palette import VERMILION

_COLUMNS, _STEP, _PEOPLE = 20, 20, 100


def people(share: Share, *, label: str, key: str) -> str:
    """Return a hundred people as HTML with a drawing and the same in words.

    Filled people are affected even at the low end of the interval; hatched ones only at its
    high end; the others are not.

    Parameters
    ----------
    share : Share
    label : str
        Who the hundred are, as HTML that is already safe.
    key : str
        A word that no other drawing on the page has.

    Examples
    --------
    >>> drawing = people(Share(percent=12.3, low=9.9, high=15.3, events=71, n=575),
    ...     label="clear or serous", key="a")
    >>> drawing.count('class="sure"'), drawing.count('class="perhaps"')
    (10, 5)
    """
    low, _, high = _ends(share)
    words = in_words(share)
    kinds = ["sure"] * low + ["perhaps"] * (high - low) + ["no"] * (_PEOPLE - high)
    figures = "".join(_person(index, kind, key) for index, kind in enumerate(kinds))
    rows = -(-_PEOPLE // _COLUMNS)
    return (
        f"<figure><figcaption><b>{label}</b><br>{html.escape(words)}</figcaption>"
        f'<svg viewBox="0 0 {_COLUMNS * _STEP} {rows * (_STEP + 8)}" role="img" '
        f'aria-label="{html.escape(words, quote=True)}">{_hatch(key)}{figures}</svg></figure>'
    )


def in_words(share: Share) -> str:
    """Return a share in whole people, with its interval and its counts.

    Examples
    --------
    >>> in_words(Share(percent=10.2))
    'About 10 of 100 people. Printed as 10.2 %; no counts, so no interval.'
    """
    low, middle, high = _ends(share)
    if share.n is None:
        return (
            f"About {middle} of 100 people. Printed as {share.percent:g} %; "
            "no counts, so no interval."
        )
    return (
        f"About {middle} of 100 people, 95 % interval {low} to {high}. "
        f"Counted: {share.events} of {share.n}."
    )


def _ends(share: Share) -> tuple[int, int, int]:
    middle = in_whole_people(share.percent)
    if share.low is None or share.high is None:
        return middle, middle, middle
    return in_whole_people(share.low), middle, in_whole_people(share.high)


def _person(index: int, kind: str, key: str) -> str:
    x = index % _COLUMNS * _STEP + _STEP / 2
    y = index // _COLUMNS * (_STEP + 8)
    fill = {"sure": VERMILION, "perhaps": f"url(#gl-hatch-{key})", "no": "none"}[kind]
    line = VERMILION if kind != "no" else "currentColor"
    faint = ' stroke-opacity="0.55"' if kind == "no" else ""
    return (
        f'<g class="{kind}" fill="{fill}" stroke="{line}" stroke-width="1.2"{faint}>'
        f'<circle cx="{x:g}" cy="{y + 6:g}" r="4"/>'
        f'<path d="M{x - 6:g} {y + 25:g} v-6 a6 7 0 0 1 12 0 v6 z"/></g>'
    )


def _hatch(key: str) -> str:
    return (
        f'<defs><pattern id="gl-hatch-{key}" width="3.5" height="3.5" '
        'patternTransform="rotate(45)" patternUnits="userSpaceOnUse">'
        f'<rect width="1.5" height="3.5" fill="{VERMILION}"/></pattern></defs>'
    )


def legend() -> str:
    """Return what the three kinds of people mean, as HTML."""
    return (
        "<p>Filled: affected even at the low end of the interval. Hatched: only at its high "
        "end. Outlined: not affected.</p>"
    )
