"""Signals of magnetic resonance: how each tissue answers a sequence.

A spoiled gradient echo gives ``M0 sin(a) (1 - E1) / (1 - E1 cos(a)) exp(-TE / T2*)`` with
``E1 = exp(-TR / T1)``; a spin echo gives ``M0 (1 - exp(-TR / T1)) exp(-TE / T2)``. Gadolinium
raises the rates: ``1 / T1 = 1 / T10 + r1 C`` and the same with r2 for T2 and T2*. A spectral
pulse takes away most of the signal of fat.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from galactolab.errors import check_between, check_one_of
from galactolab.modalities import tables

Kind = Literal["spoiled gradient echo", "spin echo"]
FIELDS_T = (1.5, 3.0)


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """What the scanner plays.

    Attributes
    ----------
    name : str
        In the field's words.
    kind : {"spoiled gradient echo", "spin echo"}
    tr_ms, te_ms : float
        Repetition and echo time: 1-20000 ms, 0.5-2000 ms and below the repetition time.
    flip_deg : float
        1-90; a spin echo takes 90.
    fat_left : float
        Share of the fat's signal that is left, 0-1; 1 is no fat suppression.
    noise : float
        Standard deviation of each channel in units of M0, for 1 mm3 at 3 T; own choice, set
        so that clinical images come out as noisy as they are.
    minutes : float
        Duration of one acquisition.

    Examples
    --------
    >>> Sequence(name="T1", kind="spin echo", tr_ms=500, te_ms=900)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: te_ms is 900 ms, but it has to be between 0.5 and 500 ms.
    """

    name: str
    kind: Kind
    tr_ms: float
    te_ms: float
    flip_deg: float = 90.0
    fat_left: float = 1.0
    noise: float = 0.002
    minutes: float = 1.5

    def __post_init__(self) -> None:
        """Refuse what can not be played."""
        check_one_of("kind", self.kind, ("spoiled gradient echo", "spin echo"))
        check_between("tr_ms", self.tr_ms, 1, 20_000, "ms")
        check_between("te_ms", self.te_ms, 0.5, min(2000, self.tr_ms), "ms")
        check_between("flip_deg", self.flip_deg, 1, 90, "degrees")
        check_between("fat_left", self.fat_left, 0, 1)
        check_between("noise", self.noise, 0, 1)


# Times and angles of usual protocols: own choice within what scanners play.
T1 = Sequence(
    name="T1-weighted spoiled gradient echo",
    kind="spoiled gradient echo",
    tr_ms=5.0,
    te_ms=2.3,
    flip_deg=12,
)
T1_FAT_SUPPRESSED = Sequence(
    name="T1-weighted spoiled gradient echo, fat-suppressed",
    kind="spoiled gradient echo",
    tr_ms=5.0,
    te_ms=2.3,
    flip_deg=12,
    fat_left=0.06,
)
T2_DUCTOGRAPHY = Sequence(
    name="MR ductography, heavily T2-weighted",
    kind="spin echo",
    tr_ms=6000,
    te_ms=500,
    fat_left=0.05,
    noise=0.008,
    minutes=5,
)
SEQUENCES: Mapping[str, Sequence] = {
    "T1": T1,
    "T1 fat-suppressed": T1_FAT_SUPPRESSED,
    "T2 ductography": T2_DUCTOGRAPHY,
}


@dataclass(frozen=True, kw_only=True)
class Relaxation:
    """Relaxation times in ms, and protons against water, of one tissue at one field."""

    t1_ms: float
    t2_ms: float
    t2star_ms: float
    protons: float

    def with_gadolinium(self, concentration_mm: float, *, agent: str, field_t: float) -> Relaxation:
        """Return the times at a concentration of the agent in mmol/L.

        Examples
        --------
        >>> water = Relaxation(t1_ms=3500, t2_ms=1000, t2star_ms=400, protons=1)
        >>> round(water.with_gadolinium(1, agent="gadobutrol", field_t=3.0).t1_ms)
        190
        """
        r1, r2 = relaxivity(agent, field_t)
        faster = 1e-3 * concentration_mm
        return Relaxation(
            t1_ms=1 / (1 / self.t1_ms + r1 * faster),
            t2_ms=1 / (1 / self.t2_ms + r2 * faster),
            t2star_ms=1 / (1 / self.t2star_ms + r2 * faster),
            protons=self.protons,
        )


@cache
def relaxation(tissue: str, field_t: float) -> Relaxation:
    """Return the relaxation of a tissue: table ``data/physics/relaxation.csv`` with sources.

    Parameters
    ----------
    tissue : {"fat", "gland", "skin", "muscle", "fluid", "bloody", "lesion"}
    field_t : {1.5, 3.0}

    Examples
    --------
    >>> relaxation("gland", 3.0).t1_ms
    1680.0
    """
    check_one_of("field_t", field_t, FIELDS_T)
    found = {
        row["tissue"]: row for row in tables.rows("relaxation") if float(row["field_t"]) == field_t
    }
    check_one_of("tissue", tissue, found)
    row = found[tissue]
    return Relaxation(
        t1_ms=float(row["t1_ms"]),
        t2_ms=float(row["t2_ms"]),
        t2star_ms=float(row["t2star_ms"]),
        protons=float(row["protons"]),
    )


@cache
def relaxivity(agent: str, field_t: float) -> tuple[float, float]:
    """Return r1 and r2 of an agent in L/(mmol s): ``data/physics/relaxivity.csv``.

    Examples
    --------
    >>> relaxivity("gadobutrol", 3.0)
    (4.97, 7.1)
    """
    check_one_of("field_t", field_t, FIELDS_T)
    found = {
        row["agent"]: row for row in tables.rows("relaxivity") if float(row["field_t"]) == field_t
    }
    check_one_of("agent", agent, found)
    return float(found[agent]["r1_per_mm_s"]), float(found[agent]["r2_per_mm_s"])


def signal(sequence: Sequence, tissue: Relaxation) -> float:
    """Return the signal of a tissue in units of the M0 of water.

    Examples
    --------
    Heavily T2-weighted, fluid outshines gland; T1-weighted, it is dark:

    >>> fluid, gland = relaxation("fluid", 3.0), relaxation("gland", 3.0)
    >>> signal(T2_DUCTOGRAPHY, fluid) > 100 * signal(T2_DUCTOGRAPHY, gland)
    True
    >>> signal(T1, fluid) < signal(T1, gland)
    True
    """
    e1 = math.exp(-sequence.tr_ms / tissue.t1_ms)
    if sequence.kind == "spin echo":
        return tissue.protons * (1 - e1) * math.exp(-sequence.te_ms / tissue.t2_ms)
    angle = math.radians(sequence.flip_deg)
    steady = math.sin(angle) * (1 - e1) / (1 - e1 * math.cos(angle))
    return tissue.protons * steady * math.exp(-sequence.te_ms / tissue.t2star_ms)
