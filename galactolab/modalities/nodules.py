"""Patients in pairs: one with an intraductal nodule, and her twin without it.

The twin has the same breast, the same ducts (widened where the nodule was) and the same
filling. Three settings are what the machines differ in: a thin duct, a wide (ectatic) duct, and
a thin duct that the contrast does not reach because an obstruction lies well before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from galactolab.errors import check_between, check_one_of
from galactolab.patient import phantom as patients
from galactolab.patient.breast import Density, stream
from galactolab.patient.ducts import Ducts
from galactolab.patient.filling import injected
from galactolab.patient.lesions import Lesion, LesionKind, Plan, Sign
from galactolab.patient.phantom import Phantom
from galactolab.patient.sites import Site, chosen_site, plateau, reshaped, site_at
from galactolab.patient.solids import across, ellipsoid
from galactolab.terms import FindingType

Floats = npt.NDArray[np.float64]
Setting = Literal["thin duct", "wide duct", "not filled"]
SETTINGS: tuple[Setting, ...] = ("thin duct", "wide duct", "not filled")

# A nodule is this much narrower than long, and its duct this much wider than it (the same
# ranges as the planted papillomas of `galactolab.patient.contents`).
_NARROWER, _ROOM = 0.7, 1.25
_DENSITIES: tuple[Density, ...] = ("a", "b", "c", "d")


@dataclass(frozen=True, kw_only=True, eq=False)
class Twins:
    """The same patient with and without a nodule.

    Attributes
    ----------
    ill, well : Phantom
    size_mm : float
        Length of the nodule.
    caliber_mm : float
        Of the duct before the nodule widened it.
    setting : str
    duct : int
        Where it sits.
    distance_mm : float
        Way from the orifice.
    """

    ill: Phantom
    well: Phantom
    size_mm: float
    caliber_mm: float
    setting: Setting
    duct: int
    distance_mm: float


def twins(*, seed: int, size_mm: float, setting: Setting) -> Twins:
    """Return a patient with a nodule, and her twin.

    Parameters
    ----------
    seed : int
    size_mm : float
        0.3-15 mm.
    setting : {"thin duct", "wide duct", "not filled"}

    Examples
    --------
    >>> pair = twins(seed=7, size_mm=2, setting="thin duct")
    >>> len(pair.ill.lesions), len(pair.well.lesions), pair.caliber_mm < 1.3
    (1, 0, True)
    """
    check_between("size_mm", size_mm, 0.3, 15, "mm")
    check_one_of("setting", setting, SETTINGS)
    rng = stream(seed, "nodule")
    is_wide = setting == "wide duct"
    host = patients.make(
        seed=seed,
        density=_DENSITIES[int(rng.choice(4, p=[0.1, 0.4, 0.4, 0.1]))],
        thickness_mm=float(np.clip(rng.normal(50, 10), 30, 75)),
        main_caliber_mm=float(rng.uniform(2.4, 4.0)) if is_wide else None,
    )
    site = chosen_site(
        host.ducts,
        distance_mm=(16, 34) if is_wide else (22, 50),
        radius_mm=(0.9, 9) if is_wide else (0.25, 0.55),
        clear_mm=min(size_mm / 2, 2.5),
        rng=rng,
    )
    ducts, lesion = _planted(host.ducts, site, size_mm=size_mm, rng=rng)
    blocks = (_stop(ducts, site.duct, site.arc_mm, before_mm=2 * size_mm + 3),)
    filling = injected(
        ducts,
        blocks=blocks if setting == "not filled" else (),
        volume_ml=None,
        concentration_mgi_ml=300,
        lobule_rng=stream(seed, "acini"),
    )
    ill = replace(host, ducts=ducts, lesions=(lesion,), filling=filling)
    return Twins(
        ill=ill,
        well=replace(ill, lesions=()),
        size_mm=size_mm,
        caliber_mm=2 * site.radius_mm,
        setting=setting,
        duct=site.duct,
        distance_mm=site.distance_mm,
    )


def _stop(ducts: Ducts, duct: int, arc_mm: float, *, before_mm: float) -> tuple[int, float]:
    """Return the place that lies a way nearer to the orifice, in a duct before if need be.

    A stop within the same duct would leave its neighbors filled, into which a large nodule
    reaches.
    """
    while arc_mm <= before_mm:
        parent = ducts.branches[duct].parent
        if parent is None:
            return duct, 0.1
        duct, before_mm = parent, before_mm - arc_mm
        arc_mm = ducts.branches[duct].length_mm
    return duct, arc_mm - before_mm


def _planted(
    ducts: Ducts, site: Site, *, size_mm: float, rng: np.random.Generator
) -> tuple[Ducts, Lesion]:
    """Put an ellipsoid on the wall of a duct, which gives way."""
    width = _NARROWER * size_mm
    lumen = max(site.radius_mm, 0.5 * _ROOM * width)

    def wider(way_mm: Floats, radius_mm: Floats) -> Floats:
        share = plateau(way_mm, before_mm=0.7 * size_mm, after_mm=0.6 * size_mm, edge_mm=size_mm)
        share = share * np.clip((site.distance_mm + way_mm) / 12, 0, 1) ** 2
        return radius_mm + share * np.maximum(lumen - radius_mm, 0)

    ducts = reshaped(ducts, site, change=wider)
    here = site_at(ducts, site.duct, site.arc_mm)
    outward = across(here.along, rng=rng)
    center = here.point_mm + 0.9 * max(lumen - width / 2, 0) * outward
    body = ellipsoid(center, here.along, length_mm=size_mm, width_mm=width)
    sign = Sign(
        type=FindingType.INTRALUMINAL_FILLING_DEFECT,
        point_mm=center,
        extent_mm=size_mm,
        duct=site.duct,
        arc_mm=site.arc_mm,
    )
    plan = Plan(kind=LesionKind.PAPILLOMA, distance_mm=site.distance_mm)
    return ducts, Lesion(plan=plan, point_mm=center, signs=(sign,), displacing=body)
