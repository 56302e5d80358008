"""The injection: how full the tree is, how it feels, and when the wall gives way.

What physics does not give is an own choice of a teaching model: how pain rises with pressure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from galactolab.clinic.cannula import torn
from galactolab.clinic.choices import Choices
from galactolab.clinic.nipple import Nipple, made
from galactolab.patient import filling as fillings
from galactolab.patient.breast import stream
from galactolab.patient.ducts import Ducts
from galactolab.patient.filling import Filling
from galactolab.patient.lesions import Lesion, LesionKind, Plan
from galactolab.patient.planting import planted

#: A leak below this volume in mL is not seen.
LEAK_ML = 0.01
# Share of the way from full to burst at which it hurts.
_HURTS = 0.22


@dataclass(frozen=True, kw_only=True, eq=False)
class Feeling:
    """What hand and patient tell during the injection.

    Attributes
    ----------
    share : float
        Filled share of the tree that the contrast can reach.
    pain : float
        0 (nothing) to 10.
    words : str
        What the patient says.
    resistance : str
        What the hand feels.
    """

    share: float
    pain: float
    words: str
    resistance: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Lobe:
    """What lies behind an orifice, with the volumes at which it is full and at which it bursts."""

    ducts: Ducts
    lesions: tuple[Lesion, ...]
    full_ml: float
    burst_ml: float


def injected(choices: Choices, *, nipple: Nipple | None = None) -> Feeling:
    """Say how the injection feels so far.

    Pain rises slowly until resistance is felt, steeply from there to the burst, and is sharp at
    once where the tip has left the duct.

    Examples
    --------
    >>> calm, sore = (injected(Choices(volume_ml=v)) for v in (0.2, 1.4))
    >>> calm.pain < 4 < sore.pain
    True
    """
    nipple = nipple or made()
    lobe = lobe_behind(nipple, choices.orifice)
    filling = filling_of(lobe.ducts, choices, choices.volume_ml)
    full_ml, burst_ml = lobe.full_ml, lobe.burst_ml
    volume = choices.volume_ml
    pain = 3.0 * min(volume / full_ml, 1.0)
    pain += 7.0 * float(np.clip((volume - full_ml) / (burst_ml - full_ml), 0, 1))
    pain += 0.0 if choices.slowly or volume == 0 else 2.0
    out = torn(choices, nipple=nipple)
    pain = min(max(pain, 8.0 if out and volume > 0 else pain), 10.0)
    if volume == 0:
        words, hand = "Nothing has been injected yet.", "none"
    elif out:
        words, hand = "“That burns, sharply!”", "none: the contrast goes somewhere else"
    elif volume < full_ml:
        words, hand = "“I feel some pressure.”", "low"
    elif pain < 4.5:
        words, hand = "“It feels full now.”", "rising: the tree is full"
    elif volume < burst_ml:
        words, hand = "“That hurts.”", "high, and fluid comes back beside the cannula"
    else:
        words, hand = "“Stop, that hurts a lot!”", "suddenly gone"
    return Feeling(
        share=filling.share if volume > 0 else 0.0, pain=pain, words=words, resistance=hand
    )


@lru_cache(maxsize=16)
def lobe_behind(nipple: Nipple, number: int) -> Lobe:
    """Return the lobe behind an orifice; the one that bleeds holds a papilloma."""
    ducts = nipple.lobe(number)
    lesions: tuple[Lesion, ...] = ()
    if number == nipple.discharging:
        breast = replace(nipple.breast, seed=nipple.orifice(number).seed)
        plan = Plan(kind=LesionKind.PAPILLOMA, size_mm=3.5)
        ducts, lesions = planted(ducts, [plan], breast=breast)
    full_ml, burst_ml = _limits(ducts)
    return Lobe(ducts=ducts, lesions=lesions, full_ml=full_ml, burst_ml=burst_ml)


def filling_of(ducts: Ducts, choices: Choices, volume_ml: float) -> Filling:
    """Fill ducts with a volume in mL; which lobules fill belongs to the orifice."""
    return fillings.injected(
        ducts,
        volume_ml=min(max(volume_ml, 0.0), 3.0),
        concentration_mgi_ml=choices.concentration_mgi_ml,
        lobule_rng=stream(choices.orifice, "acini"),
    )


def fill_name(filling: Filling, volume_ml: float, lobe: Lobe) -> str:
    """Name of the consequence of the volume: too little, right, too much, burst."""
    if filling.leak_ml > LEAK_ML:
        return "fill_burst"
    if filling.share < 0.98:
        return "fill_under"
    past = (volume_ml - lobe.full_ml) / (lobe.burst_ml - lobe.full_ml)
    return "fill_over" if past > _HURTS else "fill_right"


def _limits(ducts: Ducts) -> tuple[float, float]:
    """Volume at which resistance is felt, and the least at which the wall gives way."""
    calm = fillings.injected(ducts, volume_ml=None, lobule_rng=np.random.default_rng(0))
    # The leak grows with the volume: bisection finds where it begins.
    low, high = calm.volume_ml, 3.0
    for _ in range(12):
        middle = (low + high) / 2
        each = fillings.injected(ducts, volume_ml=middle, lobule_rng=np.random.default_rng(0))
        low, high = (low, middle) if each.leak_ml > 0 else (middle, high)
    return calm.volume_ml, high
