"""What can be planted in a virtual patient: diseases, and the mimics that trap learners.

A `Plan` says what is wanted; `galactolab.patient.planting` finds a place for it and makes a
`Lesion` of it: the solids that displace contrast, the pools that take it up, where the lumen
is blocked, and the signs that a reader should find.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError, check_between
from galactolab.patient.solids import EMPTY, Balls
from galactolab.terms import FindingType, View

Floats = npt.NDArray[np.float64]


class LesionKind(enum.StrEnum):
    """What was planted: the cause, not the finding."""

    PAPILLOMA = "papilloma"
    PAPILLOMAS = "multiple papillomas"
    DCIS = "DCIS"
    CUP_OBSTRUCTION = "obstruction with cup-shaped end"
    RAGGED_OBSTRUCTION = "obstruction with ragged end"
    STENOSIS = "stenosis"
    WALL_IRREGULARITY = "wall irregularity"
    ECTASIA = "ectasia"
    CYST = "cyst filling from a duct"
    MASS = "mass beside the ducts"
    LEAFLESS_TREE = "leafless tree"
    EXTRAVASATION = "extravasation"
    AIR_BUBBLES = "air bubbles"
    CALCIFICATIONS = "calcifications"
    CLOT = "clot or inspissated secretion"
    VENOUS_FILLING = "venous filling"
    SKIN_CONTRAST = "contrast on the skin"


# Sizes that can be asked for: what they mean, and their range in millimeters.
SIZE_RANGE_MM: dict[LesionKind, tuple[float, float]] = {
    LesionKind.PAPILLOMA: (1.0, 15.0),
    LesionKind.PAPILLOMAS: (0.6, 5.0),
    LesionKind.DCIS: (0.4, 4.0),
    LesionKind.CUP_OBSTRUCTION: (1.0, 15.0),
    LesionKind.RAGGED_OBSTRUCTION: (1.0, 15.0),
    LesionKind.STENOSIS: (1.5, 25.0),
    LesionKind.WALL_IRREGULARITY: (3.0, 60.0),
    LesionKind.ECTASIA: (2.1, 8.0),
    LesionKind.CYST: (1.5, 25.0),
    LesionKind.MASS: (4.0, 40.0),
    LesionKind.LEAFLESS_TREE: (1.0, 100.0),
    LesionKind.EXTRAVASATION: (3.0, 30.0),
    LesionKind.AIR_BUBBLES: (0.3, 3.0),
    LesionKind.CALCIFICATIONS: (2.0, 40.0),
    LesionKind.CLOT: (1.0, 8.0),
    LesionKind.VENOUS_FILLING: (5.0, 80.0),
    LesionKind.SKIN_CONTRAST: (1.0, 12.0),
}

MIMICS = frozenset(
    {
        LesionKind.AIR_BUBBLES,
        LesionKind.CLOT,
        LesionKind.VENOUS_FILLING,
        LesionKind.SKIN_CONTRAST,
    }
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A wish for one lesion; what is left out is drawn at random.

    Attributes
    ----------
    kind : LesionKind
    size_mm : float or None
        Greatest extent; for an ectasia the caliber.
    distance_mm : float or None
        Way from the orifice along the ducts.
    severity : float or None
        Share of the caliber that a narrowing takes, 0 to 1.
    count : int or None
        How many, for kinds that come in numbers.
    lobulated : bool or None
        Whether a papilloma has knobs.

    Examples
    --------
    >>> Plan(kind="papilloma", size_mm=4).kind.name
    'PAPILLOMA'
    >>> Plan(kind="stenosis", size_mm=300)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: size_mm of stenosis is 300 mm, but it has to be \
between 1.5 and 25 mm.
    """

    kind: LesionKind
    size_mm: float | None = None
    distance_mm: float | None = None
    severity: float | None = None
    count: int | None = None
    lobulated: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be, by name and range."""
        try:
            kind = LesionKind(self.kind)
        except ValueError:
            known = ", ".join(LesionKind)
            sentence = f"kind of a lesion is {self.kind!r}, but it has to be one of: {known}."
            raise GalactolabError(sentence) from None
        object.__setattr__(self, "kind", kind)
        if self.size_mm is not None:
            check_between(f"size_mm of {kind}", self.size_mm, *SIZE_RANGE_MM[kind], "mm")
        if self.distance_mm is not None:
            check_between(f"distance_mm of {kind}", self.distance_mm, 0, 150, "mm")
        if self.severity is not None:
            check_between(f"severity of {kind}", self.severity, 0.1, 0.95)
        if self.count is not None:
            check_between(f"count of {kind}", self.count, 1, 30)

    def settled(self, *, size_mm: float, distance_mm: float | None = None) -> Plan:
        """Return the plan with the size and place that were drawn for it."""
        return replace(
            self,
            size_mm=float(np.clip(size_mm, *SIZE_RANGE_MM[self.kind])),
            distance_mm=self.distance_mm if distance_mm is None else distance_mm,
        )

    def span_mm(self, low: float, high: float) -> tuple[float, float]:
        """Return where it may lie along the ducts: the wish, or the usual range."""
        if self.distance_mm is None:
            return low, high
        return self.distance_mm, self.distance_mm


@dataclass(frozen=True, kw_only=True, eq=False)
class Sign:
    """What a reader should find, in the breast frame.

    Attributes
    ----------
    type : FindingType
    point_mm : (3,) array of float
    extent_mm : float
    duct : int or None
        Index of the duct that it lies on.
    arc_mm : float
        Distance from that duct's start.
    evidence : mapping of str to float
    parts : tuple of (int, float)
        Duct and distance from its start of each place, for a sign that has several.
    """

    type: FindingType
    point_mm: Floats
    extent_mm: float
    duct: int | None
    arc_mm: float
    parts: tuple[tuple[int, float], ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesion:
    """A lesion in its place.

    Attributes
    ----------
    plan : Plan
        With every number filled in.
    signs : tuple of Sign
        What a reader should find; none for a mimic.
    point_mm : (3,) array of float
        Middle of the lesion.
    displacing : Balls
        Tissue or air inside the lumen, where no contrast is.
    elsewhere : Balls or None
        The same in the lateral and oblique views, if it moves between views.
    pooling : Balls
        Lumen beside the ducts that fills from them: cysts.
    pool_ducts : tuple of int
        For each ball of `pooling`, the duct that feeds it.
    leaked : Balls
        Contrast outside every lumen.
    tissue : Balls
        Soft tissue outside the ducts.
    calcium : Balls
        Calcifications.
    blocks : tuple of (int, float)
        Duct and distance from its start beyond which nothing fills.
    """

    plan: Plan
    point_mm: Floats
    signs: tuple[Sign, ...] = ()
    displacing: Balls = EMPTY
    elsewhere: Balls | None = None
    pooling: Balls = EMPTY
    pool_ducts: tuple[int, ...] = ()
    leaked: Balls = EMPTY
    tissue: Balls = EMPTY
    calcium: Balls = EMPTY
    blocks: tuple[tuple[int, float], ...] = ()

    @property
    def kind(self) -> LesionKind:
        """What it is."""
        return self.plan.kind

    @property
    def is_mimic(self) -> bool:
        """Whether it only looks like disease."""
        return self.kind in MIMICS

    def displacing_in(self, view: View) -> Balls:
        """Return what displaces contrast in a view: bubbles and clots move, tissue does not."""
        stays = self.elsewhere is None or view in (View.CC, View.FB)
        return self.displacing if stays or self.elsewhere is None else self.elsewhere

    def __repr__(self) -> str:
        """Say what and how large."""
        return f"Lesion({self.kind}, {self.plan.size_mm or 0:.1f} mm)"
