"""From a planned lesion to one in its place, for every kind.

Sizes where none is asked for: papillomas average 7 mm by ultrasound (Radiol Med 2007;
112:354-365) and are smaller where the lumen limits them; solitary ones are central, most
within 4 cm of the nipple; papillomatosis and DCIS sit in peripheral ducts (clinical facts,
section 5.6, after Dinkel 2000 and the Korean series of nine cancers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError
from galactolab.patient import contents, mimics, walls
from galactolab.patient.breast import Breast, stream
from galactolab.patient.ducts import Ducts
from galactolab.patient.lesions import Lesion, LesionKind, Plan

Floats = npt.NDArray[np.float64]
Planter = Callable[[Plan, Ducts, Breast, np.random.Generator], tuple[Ducts, Lesion]]

PLANTERS: dict[LesionKind, Planter] = {
    LesionKind.LEAFLESS_TREE: walls.leafless,
    LesionKind.MASS: walls.mass,
    LesionKind.ECTASIA: walls.ectasia,
    LesionKind.WALL_IRREGULARITY: walls.wall_irregularity,
    LesionKind.STENOSIS: walls.stenosis,
    LesionKind.PAPILLOMA: contents.papilloma,
    LesionKind.PAPILLOMAS: contents.papillomas,
    LesionKind.DCIS: contents.dcis,
    LesionKind.CUP_OBSTRUCTION: contents.cup_obstruction,
    LesionKind.RAGGED_OBSTRUCTION: contents.ragged_obstruction,
    LesionKind.CYST: contents.cysts,
    LesionKind.CALCIFICATIONS: contents.calcifications,
    LesionKind.EXTRAVASATION: mimics.extravasation,
    LesionKind.AIR_BUBBLES: mimics.air_bubbles,
    LesionKind.CLOT: mimics.clot,
    LesionKind.VENOUS_FILLING: mimics.venous_filling,
    LesionKind.SKIN_CONTRAST: mimics.skin_contrast,
}


def planted(
    ducts: Ducts, wishes: Sequence[Plan | Lesion], *, breast: Breast
) -> tuple[Ducts, tuple[Lesion, ...]]:
    """Plant lesions into a tree, those that shape the whole tree first.

    Parameters
    ----------
    ducts : Ducts
    wishes : sequence of Plan or Lesion
        A `Lesion` stands for its plan: it is planted anew in this tree.
    breast : Breast

    Returns
    -------
    ducts : Ducts
        With its changed lumina.
    lesions : tuple of Lesion
        In the order of planting.

    Raises
    ------
    GalactolabError
        If a lesion is wider than the breast is thick.
    """
    plans = [wish.plan if isinstance(wish, Lesion) else wish for wish in wishes]
    order = list(PLANTERS)
    lesions: list[Lesion] = []
    for number, plan in sorted(enumerate(plans), key=lambda item: order.index(item[1].kind)):
        if plan.size_mm is not None and plan.size_mm > breast.thickness_mm:
            sentence = (
                f"size_mm of {plan.kind} is {plan.size_mm:g} mm, but the compressed breast "
                f"leaves room for 0 to {breast.thickness_mm:g} mm."
            )
            raise GalactolabError(sentence)
        rng = stream(breast.seed, "lesion", number, plan.kind)
        ducts, lesion = PLANTERS[plan.kind](plan, ducts, breast, rng)
        lesions.append(lesion)
    return ducts, tuple(lesions)
