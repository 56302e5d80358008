"""The nipple from the front: its orifices, and which of them discharges when one presses.

One virtual patient has several lobes, each with an orifice of its own; one of them holds the
papilloma that bleeds. Pressing over a lobe brings its fluid to its orifice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from galactolab.errors import check_between
from galactolab.patient import phantom
from galactolab.patient.breast import Breast, random_breast
from galactolab.patient.ducts import Ducts
from galactolab.patient.territory import Territory, random_territory

#: 5 to 9 orifices in more than 90 % of nipples (Love and Barsky 2004, doi:10.1002/cncr.20559).
N_ORIFICES = 6
#: Orifices nearer to each other than this cannot be told apart on a small drawing.
_APART_MM = 1.4
#: Pressing within so many hours of the clock face empties a lobe. Own choice.
_REACH_H = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Orifice:
    """One opening on the nipple and the lobe behind it.

    Attributes
    ----------
    number : int
        From 1, clockwise.
    seed : int
        Grows the lobe.
    place_mm : (float, float)
        Lateral and cranial from the nipple's middle.
    lobe_clock : float
        Direction of its lobe on the clock face as seen from the front, above 0 to 12.
    caliber_mm : float
        Lumen at the opening.
    """

    number: int
    seed: int
    place_mm: tuple[float, float]
    lobe_clock: float
    caliber_mm: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Nipple:
    """The orifices of one virtual patient (left breast).

    Attributes
    ----------
    breast : Breast
    orifices : tuple of Orifice
    discharging : int
        Number of the one that bleeds.
    """

    breast: Breast
    orifices: tuple[Orifice, ...]
    discharging: int

    def orifice(self, number: int) -> Orifice:
        """Return one orifice by number.

        Raises
        ------
        GalactolabError
            If there is none of that number.
        """
        check_between("orifice", number, 1, len(self.orifices))
        return self.orifices[int(number) - 1]

    def pressed(self, clock: float) -> bool:
        """Tell whether pressing at an hour of the clock face brings a drop of fluid.

        Only the lobe that bleeds has fluid to give.
        """
        check_between("clock", clock, 1, 12)
        away = abs(clock - self.orifice(self.discharging).lobe_clock) % 12
        return min(away, 12 - away) <= _REACH_H

    def lobe(self, number: int) -> Ducts:
        """Grow the lobe behind an orifice, without its disease."""
        return _grown(replace(self.breast, seed=self.orifice(number).seed))


@lru_cache(maxsize=4)
def made(seed: int = 19) -> Nipple:
    """Make the nipple of one virtual patient.

    Parameters
    ----------
    seed : int
        0 or above.

    Examples
    --------
    >>> nipple = made(19)
    >>> len(nipple.orifices), nipple.pressed(nipple.orifice(nipple.discharging).lobe_clock)
    (6, True)
    """
    breast = random_breast(seed=seed, density="b", thickness_mm=45)
    chosen: list[tuple[int, Territory]] = []
    number = 100 * seed
    while len(chosen) < N_ORIFICES:
        number += 1
        territory = random_territory(replace(breast, seed=number))
        near = [np.linalg.norm(territory.orifice_mm - one.orifice_mm) for _, one in chosen]
        if min(near, default=math.inf) >= _APART_MM:
            chosen.append((number, territory))
    chosen.sort(key=lambda pair: _clock(*pair[1].orifice_mm[1:]))
    orifices = tuple(
        _orifice(index, one, territory, breast)
        for index, (one, territory) in enumerate(chosen, start=1)
    )
    largest = max(orifices, key=lambda one: len(_grown(replace(breast, seed=one.seed))))
    # The largest lobe is the diseased one: it is worth looking at.
    return Nipple(breast=breast, orifices=orifices, discharging=largest.number)


def _orifice(number: int, seed: int, territory: Territory, breast: Breast) -> Orifice:
    ducts = _grown(replace(breast, seed=seed))
    lateral, cranial = (float(value) for value in territory.orifice_mm[1:])
    return Orifice(
        number=number,
        seed=seed,
        place_mm=(lateral, cranial),
        lobe_clock=_clock(*territory.frame[0][1:]),
        caliber_mm=2 * float(ducts.branches[0].radius_mm[0]),
    )


def _clock(lateral: float, cranial: float) -> float:
    """Hour of a direction on a left breast seen from the front: lateral is at 3 o'clock."""
    hour = math.degrees(math.atan2(lateral, cranial)) / 30 % 12
    return hour or 12.0


@lru_cache(maxsize=16)
def _grown(breast: Breast) -> Ducts:
    return phantom.grown(breast, family="recursive")
