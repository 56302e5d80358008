"""How an intravenous agent comes and goes: concentration in tissue over time.

The agent in the plasma falls in two exponentials (Tofts and Kermode 1991,
doi:10.1002/mrm.1910170208), crosses into the tissue with the transfer constant ``Ktrans`` and
back with ``Ktrans / ve``. A high Ktrans in a small space washes out (curve type III), a middle
one stays level (II), a low one rises (I).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from galactolab.errors import check_between, check_one_of

# Amplitudes in kg/L and rates in 1/min of the plasma curve after a bolus: Tofts and Kermode.
PLASMA = ((3.99, 0.144), (4.78, 0.0111))


class Exchange(NamedTuple):
    """Transfer constant in 1/min, and share of space outside the cells."""

    ktrans_per_min: float
    space: float


# Own choices that give the published behavior: papillomas are well-defined foci with a level
# curve (type II), cancers wash out, normal gland enhances slowly and little (MRI signs in
# nipple discharge, clinical facts section 7).
EXCHANGE: Mapping[str, Exchange] = {
    "benign": Exchange(ktrans_per_min=0.30, space=0.30),
    "malignant": Exchange(ktrans_per_min=0.70, space=0.32),
    "gland": Exchange(ktrans_per_min=0.015, space=0.20),
    "skin": Exchange(ktrans_per_min=0.03, space=0.20),
    "muscle": Exchange(ktrans_per_min=0.03, space=0.12),
    "fat": Exchange(ktrans_per_min=0.0, space=0.1),
}


def concentration_mm(tissue: str, minutes: float, *, dose_mmol_kg: float = 0.1) -> float:
    """Return the agent in a tissue in mmol/L.

    Parameters
    ----------
    tissue : {"benign", "malignant", "gland", "skin", "muscle", "fat"}
    minutes : float
        After the injection, 0-30; before it there is none.
    dose_mmol_kg : float
        0-0.3 mmol per kg of body weight; 0.1 is usual.

    Examples
    --------
    A cancer washes out while the gland still rises:

    >>> [round(concentration_mm("malignant", t), 2) for t in (1, 6)]
    [0.24, 0.2]
    >>> [round(concentration_mm("gland", t), 3) for t in (1, 6)]
    [0.012, 0.052]
    """
    check_one_of("tissue", tissue, EXCHANGE)
    check_between("minutes", minutes, 0, 30, "min")
    check_between("dose_mmol_kg", dose_mmol_kg, 0, 0.3, "mmol/kg")
    inward, space = EXCHANGE[tissue]
    back = inward / space
    return sum(
        dose_mmol_kg
        * inward
        * amplitude
        * (math.exp(-back * minutes) - math.exp(-rate * minutes))
        / (rate - back)
        for amplitude, rate in PLASMA
    )
