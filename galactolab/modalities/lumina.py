"""What fills the ducts: their own fluid at rest, or what was injected.

Ducts exist without contrast. At rest a thin duct is nearly collapsed and a wide one holds
fluid, which is why ultrasound and T2-weighted MR see ectatic ducts and miss thin ones; an
injection distends the ducts that it reaches to their full caliber.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galactolab.modalities.projection import cut
from galactolab.patient.ducts import Duct
from galactolab.patient.lesions import Lesion, LesionKind
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import EMPTY, Balls, joined, tube

Floats = npt.NDArray[np.float64]

# Share of the caliber that a duct keeps at rest: all of it from 2 mm, where ectasia begins,
# and a third of it at 0.5 mm and below. Own choice; no measurement at rest was found.
_OPEN_MM, _CLOSED_MM, _LEAST = 2.0, 0.5, 0.35
# Solids of the lumen that are tissue; clots and bubbles are not.
TISSUE_KINDS = frozenset(
    {
        LesionKind.PAPILLOMA,
        LesionKind.PAPILLOMAS,
        LesionKind.DCIS,
        LesionKind.CUP_OBSTRUCTION,
        LesionKind.RAGGED_OBSTRUCTION,
    }
)
MALIGNANT_KINDS = frozenset({LesionKind.DCIS, LesionKind.RAGGED_OBSTRUCTION})


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """The ducts and what lies in and beside them, as solids in the breast frame.

    Attributes
    ----------
    lumen : Balls
        Fluid: ducts, acini that were opened, cysts.
    injected : Balls
        The part of it that the injection reached; empty without one.
    benign, malignant : Balls
        Tissue inside the lumen.
    debris : Balls
        Clots and inspissated secretion.
    air : Balls
        Bubbles, which come with an injection.
    mass : Balls
        Tissue beside the ducts.
    calcium : Balls
    """

    lumen: Balls
    injected: Balls
    benign: Balls
    malignant: Balls
    debris: Balls
    air: Balls
    mass: Balls
    calcium: Balls


def resting_radius_mm(radius_mm: Floats) -> Floats:
    """Return the half width that a duct keeps when nothing is injected.

    Examples
    --------
    >>> resting_radius_mm(np.array([0.2, 0.5, 1.0, 2.0])).round(2).tolist()
    [0.07, 0.28, 1.0, 2.0]
    """
    wide = (2 * radius_mm - _CLOSED_MM) / (_OPEN_MM - _CLOSED_MM)
    kept: Floats = radius_mm * (_LEAST + (1 - _LEAST) * np.clip(wide, 0, 1))
    return kept


def contents(phantom: Phantom, *, injected: bool) -> Contents:
    """Return the solids in and beside the ducts, at rest or after the injection.

    Parameters
    ----------
    phantom : Phantom
    injected : bool
        Whether the phantom's injection was given.
    """
    tubes = [_tube(duct) for duct in phantom.ducts.branches]
    filled = EMPTY
    if injected:
        filled = joined(
            *(
                tube(*cut(duct, way))
                for duct, way in zip(phantom.ducts.branches, phantom.filling.filled_mm, strict=True)
                if way > 0.05
            ),
            *(lesion.leaked for lesion in phantom.lesions),
        )
    pools = joined(*(lesion.pooling for lesion in phantom.lesions))
    return Contents(
        lumen=joined(*tubes, pools, filled),
        injected=joined(filled, pools) if injected else EMPTY,
        benign=_solids(phantom.lesions, TISSUE_KINDS - MALIGNANT_KINDS),
        malignant=_solids(phantom.lesions, MALIGNANT_KINDS),
        debris=_solids(phantom.lesions, frozenset({LesionKind.CLOT})),
        air=_solids(phantom.lesions, frozenset({LesionKind.AIR_BUBBLES})) if injected else EMPTY,
        mass=joined(*(lesion.tissue for lesion in phantom.lesions)),
        calcium=joined(*(lesion.calcium for lesion in phantom.lesions)),
    )


def _tube(duct: Duct) -> Balls:
    return tube(duct.path_mm, resting_radius_mm(duct.radius_mm))


def _solids(lesions: tuple[Lesion, ...], kinds: frozenset[LesionKind]) -> Balls:
    return joined(*(lesion.displacing for lesion in lesions if lesion.kind in kinds))
