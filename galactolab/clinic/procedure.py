"""The procedure as a chain of choices, and what each of them does to the picture.

`injected` answers while the student injects: how full the tree is and how it feels. `carried_out`
takes all choices to the end: the virtual patient as she lies in the beam, and the
consequences in words. `pictures` takes the views.

What physics does not give is set here, as own choices of a teaching model: how much contrast a
hard squeeze expels, how thick a breast is under a force.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from galactolab.clinic.cannula import DEPTHS_MM, before_tip, cannula_names, emptied, torn
from galactolab.clinic.choices import AFTER, CANNULAS, REFERENCE_N, VIEWS, Choices
from galactolab.clinic.consequences import Consequence, consequences
from galactolab.clinic.injection import (
    LEAK_ML,
    Feeling,
    fill_name,
    filling_of,
    injected,
    lobe_behind,
)
from galactolab.clinic.nipple import Nipple, made
from galactolab.modalities import projection, xray
from galactolab.modalities.exposure import expose
from galactolab.modalities.geometry import Geometry
from galactolab.patient.ducts import Ducts
from galactolab.patient.filling import Filling
from galactolab.patient.lesions import Lesion, LesionKind, Plan
from galactolab.patient.phantom import Phantom
from galactolab.patient.planting import planted
from galactolab.patient.solids import Balls
from galactolab.records import Galactogram
from galactolab.terms import Intent, Laterality

__all__ = [
    "AFTER",
    "CANNULAS",
    "PITCH_MM",
    "VIEWS",
    "Choices",
    "Feeling",
    "Outcome",
    "carried_out",
    "injected",
    "pictures",
    "thickness_mm",
]

#: Detector pixels of the simulator's pictures.
PITCH_MM = 0.1
# Light compression. Own choice.
_LIGHT_N = (30.0, 80.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """The patient in the beam, and what led there.

    Attributes
    ----------
    choices : Choices
    phantom : Phantom
    feeling : Feeling
    consequences : tuple of Consequence
        In the order of the steps.
    """

    choices: Choices
    phantom: Phantom
    feeling: Feeling
    consequences: tuple[Consequence, ...]

    @property
    def readable(self) -> bool:
        """Whether nothing went wrong that spoils the picture."""
        return all(one.good for one in self.consequences)


def carried_out(choices: Choices, *, nipple: Nipple | None = None) -> Outcome:
    """Carry all choices to the end.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> outcome = carried_out(Choices(orifice=made().discharging, volume_ml=0.5, purged=False))
    >>> [one.name for one in outcome.consequences if not one.good]
    ['air']
    """
    nipple = nipple or made()
    lobe = lobe_behind(nipple, choices.orifice)
    ducts, lesions = lobe.ducts, lobe.lesions
    first = filling_of(ducts, choices, choices.volume_ml)
    kept = choices.volume_ml * (1 - _lost_share(choices))
    filling = replace(
        filling_of(ducts, choices, kept), reflux_ml=first.reflux_ml, leak_ml=first.leak_ml
    )
    out = torn(choices, nipple=nipple)
    names = _names(nipple, choices, filling, out_of_duct=out)
    ducts, lesions = _with_mishaps(nipple, choices, ducts, lesions, filling, out_of_duct=out)
    # What ran out, and what a tree past fullness gives back, lies on the nipple in part.
    outside = filling.reflux_ml + 0.3 * (choices.volume_ml - kept)
    outside += 0.2 * max(choices.volume_ml - lobe.full_ml, 0.0) if "fill_over" in names else 0.0
    patient = Phantom(
        breast=replace(nipple.breast, thickness_mm=thickness_mm(choices.force_n)),
        ducts=ducts,
        lesions=lesions,
        filling=emptied(filling) if out else filling,
        seed=nipple.breast.seed,
        laterality=Laterality.LEFT,
    )
    if outside > 0.05:
        patient = replace(patient, spilled=_spilled(nipple, choices, ducts, outside))
    known = consequences()
    return Outcome(
        choices=choices,
        phantom=patient,
        feeling=injected(choices, nipple=nipple),
        consequences=tuple(known[name] for name in names),
    )


def pictures(outcome: Outcome, *, rng: np.random.Generator) -> tuple[list[Galactogram], float]:
    """Take the views that were chosen.

    Returns
    -------
    galactograms : list of Galactogram
        FOR PRESENTATION.
    dose_mgy : float
        Sum of the mean glandular doses.
    """
    choices, dose_mgy = outcome.choices, 0.0
    geometry = Geometry(
        magnification=choices.magnification,
        # A breast that is not held drifts. Own choice.
        motion_mm=0.8 if choices.force_n < _LIGHT_N[0] else 0.0,
    )
    taken = []
    for view in VIEWS[choices.views]:
        spacing = PITCH_MM / choices.magnification
        maps = projection.render(outcome.phantom, view=view, spacing_mm=spacing)
        shot = expose(maps, rng=rng, geometry=geometry)
        dose_mgy += shot.mgd_mgy
        taken.append(
            xray.developed(
                shot,
                maps=maps,
                laterality=outcome.phantom.laterality,
                view=view,
                intent=Intent.FOR_PRESENTATION,
            )
        )
    return taken, dose_mgy


def thickness_mm(force_n: float) -> float:
    """Thickness of this breast under a force: 45 mm at 60 N, more when it is held less.

    An own choice for teaching, not a measured law.

    Examples
    --------
    >>> [round(thickness_mm(n)) for n in (10, 60, 150)]
    [53, 45, 41]
    """
    return float(45.0 * (REFERENCE_N / max(force_n, 5.0)) ** 0.093)


def _lost_share(choices: Choices) -> float:
    """Share of the injected volume that is gone before the exposure. Own choices."""
    lost = 0.5 if choices.after == AFTER[2] else 0.0
    lost += 0.5 if choices.depth_mm < DEPTHS_MM[0] else 0.0
    hard = max(choices.force_n - _LIGHT_N[1], 0.0) / 120.0
    return float(min(lost + 0.8 * hard, 0.95))


def _names(nipple: Nipple, choices: Choices, filling: Filling, *, out_of_duct: bool) -> list[str]:
    """Names of the consequences, in the order of the steps."""
    names = ["orifice_right" if choices.orifice == nipple.discharging else "orifice_wrong"]
    names += cannula_names(choices, nipple=nipple)
    names.append("purged" if choices.purged else "air")
    names.append("iodine_right" if choices.concentration_mgi_ml >= 280 else "iodine_low")
    if not out_of_duct:
        names.append(fill_name(filling, choices.volume_ml, lobe_behind(nipple, choices.orifice)))
    names.append("slow" if choices.slowly or choices.volume_ml == 0 else "fast")
    names.append("ran_out" if choices.after == AFTER[2] else "kept_in")
    low, high = _LIGHT_N
    pressed = int(np.searchsorted((low, high), choices.force_n, "right"))
    names.append(("press_none", "press_light", "press_hard")[pressed])
    names.append("views_two" if choices.views == "CC and ML" else "views_one")
    names.append("contact" if choices.magnification == 1.0 else "magnified")
    return names


def _with_mishaps(
    nipple: Nipple,
    choices: Choices,
    ducts: Ducts,
    lesions: tuple[Lesion, ...],
    filling: Filling,
    *,
    out_of_duct: bool,
) -> tuple[Ducts, tuple[Lesion, ...]]:
    """Add what the choices put beside the disease: bubbles, leaks, veins, an empty segment."""
    wishes: list[Plan] = []
    if not choices.purged and choices.volume_ml > 0:
        wishes.append(Plan(kind=LesionKind.AIR_BUBBLES, count=4, size_mm=1.1))
    if out_of_duct and choices.volume_ml > 0:
        size = float(np.clip(16 * choices.volume_ml ** (1 / 3), 4, 25))
        depth = max(choices.depth_mm, 9.0)
        wishes.append(Plan(kind=LesionKind.EXTRAVASATION, size_mm=size, distance_mm=depth))
    elif filling.leak_ml > LEAK_ML:
        size = float(np.clip(25 * filling.leak_ml ** (1 / 3), 6, 25))
        wishes.append(Plan(kind=LesionKind.EXTRAVASATION, size_mm=size))
    if not choices.slowly and choices.volume_ml > 0:
        wishes.append(Plan(kind=LesionKind.VENOUS_FILLING, size_mm=35.0))
    breast = replace(nipple.breast, seed=nipple.orifice(choices.orifice).seed)
    ducts, added = planted(ducts, wishes, breast=breast)
    out = (*lesions, *added)
    if choices.depth_mm > DEPTHS_MM[1] and not out_of_duct:
        out = (*out, before_tip(ducts, choices.depth_mm))
    return ducts, out


def _spilled(nipple: Nipple, choices: Choices, ducts: Ducts, volume_ml: float) -> Balls:
    """Return drops on the nipple, of the volume that came out."""
    size = float(np.clip(6 * volume_ml ** (1 / 3), 1, 12))
    breast = replace(nipple.breast, seed=nipple.orifice(choices.orifice).seed)
    drops = planted(ducts, [Plan(kind=LesionKind.SKIN_CONTRAST, size_mm=size)], breast=breast)
    return drops[1][0].leaked
