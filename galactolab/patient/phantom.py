"""The virtual patient: breast, ducts, lesions and what the contrast filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from galactolab.errors import GalactolabError, check_between, check_one_of
from galactolab.patient import growth as growing, walk
from galactolab.patient.breast import Breast, Density, random_breast, stream
from galactolab.patient.ducts import Ducts
from galactolab.patient.filling import Filling, injected
from galactolab.patient.lesions import Lesion, LesionKind, Plan
from galactolab.patient.planting import planted
from galactolab.patient.solids import EMPTY, Balls
from galactolab.patient.territory import random_territory
from galactolab.terms import FindingType, Laterality

Family = Literal["recursive", "random_walk"]

# 40-450 branches per lobe; one large lobe had 440 (Going and Mohun 2006,
# doi:10.1007/s10549-005-9122-7). A lobe that got stuck with fewer is grown again,
# with shorter branches each time.
FEWEST_BRANCHES = 40
_ATTEMPTS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Phantom:
    """A virtual patient in front of the machine.

    Attributes
    ----------
    breast : Breast
    ducts : Ducts
        The injected lobe, with the lumina that its lesions left.
    lesions : tuple of Lesion
    filling : Filling
    seed : int
    laterality : Laterality
    spilled : Balls
        Contrast that flowed back and lies on the nipple.
    """

    breast: Breast
    ducts: Ducts
    lesions: tuple[Lesion, ...]
    filling: Filling
    seed: int
    laterality: Laterality
    spilled: Balls = EMPTY

    def __repr__(self) -> str:
        """Say what is there."""
        kinds = ", ".join(lesion.kind for lesion in self.lesions) or "no lesion"
        return f"Phantom(seed {self.seed}, {self.laterality}, {self.ducts!r}, {kinds})"


def make(  # noqa: PLR0913 (each is one thing that a teacher sets by name)
    *,
    seed: int,
    density: Density = "b",
    laterality: Laterality = Laterality.LEFT,
    thickness_mm: float = 45.0,
    lesions: Sequence[Plan | Lesion] = (),
    growth: Family = "recursive",
    main_caliber_mm: float | None = None,
    volume_ml: float | None = 0.6,
    concentration_mgi_ml: float = 300.0,
    dilution: float = 0.0,
) -> Phantom:
    """Make a virtual patient.

    Parameters
    ----------
    seed : int
        Chooses everything that is not said; 0 or above.
    density : {"a", "b", "c", "d"}
    laterality : Laterality
    thickness_mm : float
        Of the compressed breast, 15-110 mm.
    lesions : sequence of Plan or Lesion
    growth : {"recursive", "random_walk"}
        Family of the ductal tree.
    main_caliber_mm : float or None
        Lumen of the main duct, 0.4-6 mm; drawn for a woman who does not lactate when left out.
    volume_ml, concentration_mgi_ml, dilution : float
        The injection: see `galactolab.patient.filling.injected`.

    Raises
    ------
    GalactolabError
        If a value is outside its range.

    Examples
    --------
    >>> make(seed=4, lesions=[Plan(kind="papilloma", size_mm=4)]).lesions
    (Lesion(papilloma, 4.0 mm),)
    >>> make(seed=4, volume_ml=-1)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: volume_ml is -1 mL, but it has to be between 0 and 3 mL.
    """
    _check_seed(seed)
    check_one_of("laterality", laterality, list(Laterality))
    breast = random_breast(seed=int(seed), density=density, thickness_mm=thickness_mm)
    ducts = grown(breast, family=growth, main_caliber_mm=main_caliber_mm)
    ducts, found = planted(ducts, lesions, breast=breast)
    filling = injected(
        ducts,
        blocks=tuple(block for lesion in found for block in lesion.blocks),
        volume_ml=volume_ml,
        concentration_mgi_ml=concentration_mgi_ml,
        dilution=dilution,
        lobule_rng=stream(int(seed), "acini"),
    )
    if not any(filling.filled_mm):
        # Nothing came out of the cannula, so nothing leaks either.
        found = tuple(replace(one, leaked=EMPTY) for one in found)
    spilled = EMPTY
    if filling.reflux_ml > 0.05:
        size = 5 * filling.reflux_ml ** (1 / 3)
        drops = planted(ducts, [Plan(kind=LesionKind.SKIN_CONTRAST, size_mm=size)], breast=breast)
        spilled = drops[1][0].leaked
    if filling.leak_ml > 0.01:
        # A leak of this volume, spread in the tissue: twice as wide as a ball of it.
        size = min(2 * 12.4 * filling.leak_ml ** (1 / 3), 30)
        burst = Plan(kind=LesionKind.EXTRAVASATION, size_mm=max(size, 3.0))
        found = (*found, *planted(ducts, [burst], breast=breast)[1])
    return Phantom(
        breast=breast,
        ducts=ducts,
        lesions=found,
        spilled=spilled,
        filling=filling,
        seed=int(seed),
        laterality=Laterality(laterality),
    )


def _check_seed(seed: object) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise GalactolabError(f"seed is {seed!r}, but it has to be an integer of 0 or above.")


def grown(breast: Breast, *, family: Family, main_caliber_mm: float | None = None) -> Ducts:
    """Grow the lobe of this breast that is injected.

    The caliber of the main duct is 1.9 ± 0.6 mm in lactation (Ramsay et al. 2005,
    doi:10.1111/j.1469-7580.2005.00417.x). Ectasia begins above 2 mm, so a caliber that is
    drawn for a woman who does not lactate stays below: 1.5 ± 0.35 mm, 0.7 to 1.9 mm (own
    choice; no measurement in non-lactating women was found).
    """
    check_one_of("growth", family, ["recursive", "random_walk"])
    rng = stream(breast.seed, "lobe")
    drawn = float(np.clip(rng.normal(1.5, 0.35), 0.7, 1.9))
    caliber = drawn if main_caliber_mm is None else main_caliber_mm
    check_between("main_caliber_mm", caliber, 0.4, 6, "mm")
    territory = random_territory(breast)
    for attempt in range(_ATTEMPTS):
        first = breast.nipple_mm[0] + growing.first_branch_mm(rng)
        if family == "random_walk":
            ducts = walk.random_walk(territory, main_radius_mm=caliber / 2, first_mm=first, rng=rng)
        else:
            ducts = growing.recursive(
                territory,
                main_radius_mm=caliber / 2,
                first_mm=first,
                rules=growing.random_rules(rng, shorter=0.85**attempt),
                rng=rng,
            )
        if len(ducts) >= FEWEST_BRANCHES:
            break
    return ducts


_KINDS_OF_FINDING: dict[FindingType, tuple[LesionKind, ...]] = {
    FindingType.INTRALUMINAL_FILLING_DEFECT: (LesionKind.PAPILLOMA,),
    FindingType.MULTIPLE_FILLING_DEFECT: (LesionKind.PAPILLOMAS, LesionKind.DCIS),
    FindingType.ABRUPT_DUCT_TERMINATION: (
        LesionKind.CUP_OBSTRUCTION,
        LesionKind.RAGGED_OBSTRUCTION,
    ),
    FindingType.EXTRAVASATION: (LesionKind.EXTRAVASATION,),
    FindingType.DUCT_NARROWING: (LesionKind.STENOSIS,),
    FindingType.CYST_FILL: (LesionKind.CYST,),
    FindingType.DUCT_ECTASIA: (LesionKind.ECTASIA,),
    FindingType.NORMAL: (),
}


def random(*, seed: int, finding: FindingType | str | None = "any") -> Phantom:
    """Make a random patient, for studies of accuracy.

    Parameters
    ----------
    seed : int
    finding : FindingType, its name, None or "any"
        The finding that the planted lesion causes; None or `FindingType.NORMAL` for a normal
        tree; ``"any"`` draws one of all eight with equal chance.

    Examples
    --------
    >>> random(seed=3, finding=FindingType.DUCT_NARROWING).lesions[0].kind.name
    'STENOSIS'
    """
    _check_seed(seed)
    rng = stream(seed, "random patient")
    if finding == "any":
        finding = list(FindingType)[int(rng.integers(len(FindingType)))]
    if isinstance(finding, str):
        check_one_of("finding", finding, ["any", None, *(known.name for known in FindingType)])
        finding = FindingType[finding]
    kinds = () if finding is None else _KINDS_OF_FINDING[finding]
    plans = [Plan(kind=kinds[int(rng.integers(len(kinds)))])] if kinds else []
    densities: tuple[Density, ...] = ("a", "b", "c", "d")
    return make(
        seed=seed,
        # 10, 40, 40 and 10 % of women: usual shares of the four categories.
        density=densities[int(rng.choice(4, p=[0.1, 0.4, 0.4, 0.1]))],
        laterality=list(Laterality)[int(rng.integers(2))],
        thickness_mm=float(np.clip(rng.normal(50, 11), 28, 80)),
        lesions=plans,
        volume_ml=None,
        concentration_mgi_ml=float(rng.choice([200.0, 300.0, 370.0])),
    )
