"""Cannula and duct: whether it fits, how deep its tip lies, whether it has left the duct."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactolab.clinic.choices import CANNULAS, Choices
from galactolab.clinic.nipple import Nipple
from galactolab.patient.ducts import Ducts
from galactolab.patient.filling import Filling
from galactolab.patient.lesions import Lesion, LesionKind, Plan
from galactolab.patient.solids import tube

#: Reported depths of the tip are 4 to 20 mm (references 19, 52, 100 and 118), mostly 5 to 10.
DEPTHS_MM = (4.0, 10.0, 20.0)
# A pore gives way to a cannula of this multiple of its caliber. Own choice.
_GIVES = 1.25


def forced(choices: Choices, *, nipple: Nipple) -> bool:
    """Whether the cannula is thicker than the pore gives way to.

    Examples
    --------
    >>> from galactolab.clinic.nipple import made
    >>> [forced(Choices(cannula=name), nipple=made()) for name in ("blunt 30 G", "blunt 22 G")]
    [False, True]
    """
    caliber = nipple.orifice(choices.orifice).caliber_mm
    return CANNULAS[choices.cannula] > _GIVES * caliber


def torn(choices: Choices, *, nipple: Nipple) -> bool:
    """Whether the cannula left the duct: forced, sharp, or too deep."""
    sharp = choices.cannula.startswith("sharp")
    return forced(choices, nipple=nipple) or sharp or choices.depth_mm > DEPTHS_MM[2]


def cannula_names(choices: Choices, *, nipple: Nipple) -> list[str]:
    """Names of the consequences of cannula and depth."""
    if choices.cannula.startswith("sharp"):
        fit = "cannula_sharp"
    else:
        fit = "cannula_thick" if forced(choices, nipple=nipple) else "cannula_fits"
    steps = ("depth_shallow", "depth_right", "depth_deep", "depth_through")
    step = int(np.searchsorted(DEPTHS_MM, choices.depth_mm, "right"))
    # The deepest that was reported is deep, and not yet through.
    return [fit, steps[step - (choices.depth_mm == DEPTHS_MM[2])]]


def before_tip(ducts: Ducts, depth_mm: float) -> Lesion:
    """Return what keeps contrast from the main duct before the cannula's tip."""
    main = ducts.branches[0]
    held = main.arc_mm <= depth_mm
    path, radius = main.path_mm[held], 1.05 * main.radius_mm[held]
    return Lesion(plan=Plan(kind=LesionKind.CLOT), point_mm=path[-1], displacing=tube(path, radius))


def emptied(filling: Filling) -> Filling:
    """Return the filling of a duct that the cannula has left: nothing."""
    return replace(
        filling,
        filled_mm=tuple(0.0 for _ in filling.filled_mm),
        lobules=tuple(False for _ in filling.lobules),
        share=0.0,
    )
