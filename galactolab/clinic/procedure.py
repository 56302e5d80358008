"""The procedure as a chain of choices, and what each of them does to the picture.

`injected` answers while the student injects: how full the tree is and how it feels. `carried_out`
takes all choices to the end: the virtual patient as she lies in the beam, and the
consequences in words. `pictures` takes the views.

What physics does not give is set here, as own choices of a teaching model: how pain rises with
pressure, how much contrast a hard squeeze expels, how thick a breast is under a force.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from galactolab.clinic.consequences import Consequence, consequences
from galactolab.clinic.nipple import Nipple, made
from galactolab.errors import check_between, check_one_of
from galactolab.modalities import projection, xray
from galactolab.modalities.exposure import expose
from galactolab.modalities.geometry import Geometry
from galactolab.patient import filling as fillings
from galactolab.patient.breast import stream
from galactolab.patient.ducts import Ducts
from galactolab.patient.filling import Filling
from galactolab.patient.lesions import Lesion, LesionKind, Plan
from galactolab.patient.phantom import Phantom
from galactolab.patient.planting import planted
from galactolab.patient.solids import Balls, tube
from galactolab.records import Galactogram
from galactolab.terms import Intent, Laterality, View

#: Outer diameters in mm: ISO 9626, nominal.
CANNULAS = {"blunt 30 G": 0.31, "blunt 27 G": 0.41, "blunt 22 G": 0.72, "sharp 25 G": 0.51}
AFTER = ("leave the cannula in", "remove and seal", "remove, leave open")
VIEWS = {"CC and ML": (View.CC, View.ML), "CC only": (View.CC,), "MLO only": (View.MLO,)}
#: Detector pixels of the simulator's pictures.
PITCH_MM = 0.1
# A pore gives way to a cannula of this multiple of its caliber.
_GIVES = 1.25
# Reported depths are 4 to 20 mm, mostly 5 to 10 (clinical facts, section 4.1).
_DEPTHS_MM = (4.0, 10.0, 20.0)
_LIGHT_N = (30.0, 80.0)
_REFERENCE_N = 60.0
# Share of the way from full to burst at which it hurts.
_HURTS = 0.22


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Everything that the student decides.

    Attributes
    ----------
    orifice : int
        Number of the pore that is cannulated.
    cannula : str
        One of `CANNULAS`.
    depth_mm : float
        Of the tip, 1 to 30 mm.
    purged : bool
    concentration_mgi_ml : float
        50 to 400.
    volume_ml : float
        0 to 3.
    slowly : bool
    after : str
        One of `AFTER`.
    force_n : float
        Compression, 0 to 200 N; 10 N press as about 1 kg does.
    views : str
        One of `VIEWS`.
    magnification : float
        1, 1.5 or 1.8.

    Examples
    --------
    >>> Choices(depth_mm=200)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: depth_mm is 200 mm, but it has to be between 1 and 30 mm.
    """

    orifice: int = 1
    cannula: str = "blunt 30 G"
    depth_mm: float = 7.0
    purged: bool = True
    concentration_mgi_ml: float = 300.0
    volume_ml: float = 0.0
    slowly: bool = True
    after: str = AFTER[0]
    force_n: float = _REFERENCE_N
    views: str = "CC and ML"
    magnification: float = 1.0

    def __post_init__(self) -> None:
        """Check once."""
        check_one_of("cannula", self.cannula, CANNULAS)
        check_between("depth_mm", self.depth_mm, 1, 30, "mm")
        check_between("concentration_mgi_ml", self.concentration_mgi_ml, 50, 400, "mgI/mL")
        check_between("volume_ml", self.volume_ml, 0, 3, "mL")
        check_one_of("after", self.after, AFTER)
        check_between("force_n", self.force_n, 0, 200, "N")
        check_one_of("views", self.views, VIEWS)
        check_one_of("magnification", self.magnification, (1.0, 1.5, 1.8))


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
    lobe = _lobe(nipple, choices.orifice)
    filling = _filling(lobe.ducts, choices, choices.volume_ml)
    full_ml, burst_ml = lobe.full_ml, lobe.burst_ml
    volume = choices.volume_ml
    pain = 3.0 * min(volume / full_ml, 1.0)
    pain += 7.0 * float(np.clip((volume - full_ml) / (burst_ml - full_ml), 0, 1))
    pain += 0.0 if choices.slowly or volume == 0 else 2.0
    torn = _torn(nipple, choices)
    pain = min(max(pain, 8.0 if torn and volume > 0 else pain), 10.0)
    if volume == 0:
        words, hand = "Nothing has been injected yet.", "none"
    elif torn:
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
    lobe = _lobe(nipple, choices.orifice)
    ducts, lesions = lobe.ducts, lobe.lesions
    first = _filling(ducts, choices, choices.volume_ml)
    kept = choices.volume_ml * (1 - _lost_share(choices))
    filling = replace(
        _filling(ducts, choices, kept), reflux_ml=first.reflux_ml, leak_ml=first.leak_ml
    )
    torn = _torn(nipple, choices)
    names = _names(nipple, choices, filling, torn=torn)
    ducts, lesions = _with_mishaps(nipple, choices, ducts, lesions, filling, torn=torn)
    # What ran out, and what a tree past fullness gives back, lies on the nipple in part.
    outside = filling.reflux_ml + 0.3 * (choices.volume_ml - kept)
    outside += 0.2 * max(choices.volume_ml - lobe.full_ml, 0.0) if "fill_over" in names else 0.0
    patient = Phantom(
        breast=replace(nipple.breast, thickness_mm=thickness_mm(choices.force_n)),
        ducts=ducts,
        lesions=lesions,
        filling=_empty(filling) if torn else filling,
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
    return float(45.0 * (_REFERENCE_N / max(force_n, 5.0)) ** 0.093)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Lobe:
    """What lies behind an orifice, with the volumes at which it is full and at which it bursts."""

    ducts: Ducts
    lesions: tuple[Lesion, ...]
    full_ml: float
    burst_ml: float


@lru_cache(maxsize=16)
def _lobe(nipple: Nipple, number: int) -> _Lobe:
    """Return the lobe behind an orifice; the one that bleeds holds a papilloma."""
    ducts = nipple.lobe(number)
    lesions: tuple[Lesion, ...] = ()
    if number == nipple.discharging:
        breast = replace(nipple.breast, seed=nipple.orifice(number).seed)
        plan = Plan(kind=LesionKind.PAPILLOMA, size_mm=3.5)
        ducts, lesions = planted(ducts, [plan], breast=breast)
    full_ml, burst_ml = _limits(ducts)
    return _Lobe(ducts=ducts, lesions=lesions, full_ml=full_ml, burst_ml=burst_ml)


def _filling(ducts: Ducts, choices: Choices, volume_ml: float) -> Filling:
    return fillings.injected(
        ducts,
        volume_ml=min(max(volume_ml, 0.0), 3.0),
        concentration_mgi_ml=choices.concentration_mgi_ml,
        lobule_rng=stream(choices.orifice, "acini"),
    )


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


def _lost_share(choices: Choices) -> float:
    """Share of the injected volume that is gone before the exposure. Own choices."""
    lost = 0.5 if choices.after == AFTER[2] else 0.0
    lost += 0.5 if choices.depth_mm < _DEPTHS_MM[0] else 0.0
    hard = max(choices.force_n - _LIGHT_N[1], 0.0) / 120.0
    return float(min(lost + 0.8 * hard, 0.95))


def _torn(nipple: Nipple, choices: Choices) -> bool:
    """Whether the cannula left the duct."""
    caliber = nipple.orifice(choices.orifice).caliber_mm
    forced = CANNULAS[choices.cannula] > _GIVES * caliber
    sharp = choices.cannula.startswith("sharp")
    return forced or sharp or choices.depth_mm > _DEPTHS_MM[2]


def _names(nipple: Nipple, choices: Choices, filling: Filling, *, torn: bool) -> list[str]:
    """Names of the consequences, in the order of the steps."""
    shallow, deep, through = _DEPTHS_MM
    caliber = nipple.orifice(choices.orifice).caliber_mm
    names = ["orifice_right" if choices.orifice == nipple.discharging else "orifice_wrong"]
    if choices.cannula.startswith("sharp"):
        names.append("cannula_sharp")
    else:
        forced = CANNULAS[choices.cannula] > _GIVES * caliber
        names.append("cannula_thick" if forced else "cannula_fits")
    steps = ("depth_shallow", "depth_right", "depth_deep", "depth_through")
    names.append(steps[int(np.searchsorted((shallow, deep, through), choices.depth_mm, "right"))])
    if choices.depth_mm == through:
        names[-1] = "depth_deep"
    names.append("purged" if choices.purged else "air")
    names.append("iodine_right" if choices.concentration_mgi_ml >= 280 else "iodine_low")
    if not torn:
        names.append(_fill_name(filling, choices.volume_ml, _lobe(nipple, choices.orifice)))
    names.append("slow" if choices.slowly or choices.volume_ml == 0 else "fast")
    names.append("ran_out" if choices.after == AFTER[2] else "kept_in")
    low, high = _LIGHT_N
    pressed = int(np.searchsorted((low, high), choices.force_n, "right"))
    names.append(("press_none", "press_light", "press_hard")[pressed])
    names.append("views_two" if choices.views == "CC and ML" else "views_one")
    names.append("contact" if choices.magnification == 1.0 else "magnified")
    return names


def _fill_name(filling: Filling, volume_ml: float, lobe: _Lobe) -> str:
    if filling.leak_ml > 0.01:
        return "fill_burst"
    if filling.share < 0.98:
        return "fill_under"
    past = (volume_ml - lobe.full_ml) / (lobe.burst_ml - lobe.full_ml)
    return "fill_over" if past > _HURTS else "fill_right"


def _with_mishaps(
    nipple: Nipple,
    choices: Choices,
    ducts: Ducts,
    lesions: tuple[Lesion, ...],
    filling: Filling,
    *,
    torn: bool,
) -> tuple[Ducts, tuple[Lesion, ...]]:
    """Add what the choices put beside the disease: bubbles, leaks, veins, an empty segment."""
    wishes: list[Plan] = []
    if not choices.purged and choices.volume_ml > 0:
        wishes.append(Plan(kind=LesionKind.AIR_BUBBLES, count=4, size_mm=1.1))
    if torn and choices.volume_ml > 0:
        size = float(np.clip(16 * choices.volume_ml ** (1 / 3), 4, 25))
        depth = max(choices.depth_mm, 9.0)
        wishes.append(Plan(kind=LesionKind.EXTRAVASATION, size_mm=size, distance_mm=depth))
    elif filling.leak_ml > 0.01:
        size = float(np.clip(25 * filling.leak_ml ** (1 / 3), 6, 25))
        wishes.append(Plan(kind=LesionKind.EXTRAVASATION, size_mm=size))
    if not choices.slowly and choices.volume_ml > 0:
        wishes.append(Plan(kind=LesionKind.VENOUS_FILLING, size_mm=35.0))
    breast = replace(nipple.breast, seed=nipple.orifice(choices.orifice).seed)
    ducts, added = planted(ducts, wishes, breast=breast)
    out = (*lesions, *added)
    if choices.depth_mm > _DEPTHS_MM[1] and not torn:
        out = (*out, _before_tip(ducts, choices.depth_mm))
    return ducts, out


def _before_tip(ducts: Ducts, depth_mm: float) -> Lesion:
    """Return what keeps contrast from the main duct before the cannula's tip."""
    main = ducts.branches[0]
    held = main.arc_mm <= depth_mm
    path, radius = main.path_mm[held], 1.05 * main.radius_mm[held]
    return Lesion(plan=Plan(kind=LesionKind.CLOT), point_mm=path[-1], displacing=tube(path, radius))


def _spilled(nipple: Nipple, choices: Choices, ducts: Ducts, volume_ml: float) -> Balls:
    """Return drops on the nipple, of the volume that came out."""
    size = float(np.clip(6 * volume_ml ** (1 / 3), 1, 12))
    breast = replace(nipple.breast, seed=nipple.orifice(choices.orifice).seed)
    drops = planted(ducts, [Plan(kind=LesionKind.SKIN_CONTRAST, size_mm=size)], breast=breast)
    return drops[1][0].leaked


def _empty(filling: Filling) -> Filling:
    """Return the filling of a duct that the cannula has left: nothing."""
    return replace(
        filling,
        filled_mm=tuple(0.0 for _ in filling.filled_mm),
        lobules=tuple(False for _ in filling.lobules),
        share=0.0,
    )
