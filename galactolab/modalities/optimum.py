"""The best technique at a dose limit, by trying all that the unit can do.

The answer depends on what has to be seen. Iodine alone is seen best far above its K edge,
where it stops most and the breast least; but then the gland beside the ducts fades. So a
technique also has to keep most of the gland's visibility.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from galactolab.errors import check_between
from galactolab.modalities.beam import KVP_RANGE, Beam
from galactolab.modalities.detector import Detector
from galactolab.modalities.duct_phantom import Slab
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.quality import Quality, expected

#: Pairs of anode and filter that units have; copper is for contrast-enhanced mammography.
PAIRS = (
    ("W", "Rh"),
    ("W", "Ag"),
    ("W", "Al"),
    ("W", "Cu"),
    ("Mo", "Mo"),
    ("Mo", "Rh"),
    ("Rh", "Rh"),
    ("Rh", "Ag"),
)
#: Share of the best visibility of gland that a technique has to keep. Own choice.
GLAND_KEPT = 0.95
_MAS = (0.1, 600.0)


@dataclass(frozen=True, kw_only=True)
class DoseTask:
    """What has to be seen, and at which dose.

    Attributes
    ----------
    dose_limit_mgy : float
        Mean glandular dose of one view, 0.2 to 5 mGy.
    caliber_mm : float
        Of the duct that has to be seen.
    slab : Slab
    detector : Detector

    Examples
    --------
    >>> DoseTask(dose_limit_mgy=0)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: dose_limit_mgy is 0 mGy, but it has to be between \
0.2 and 5 mGy.
    """

    dose_limit_mgy: float = 1.5
    caliber_mm: float = 0.3
    slab: Slab = field(default_factory=Slab)
    detector: Detector = field(default_factory=Detector)

    def __post_init__(self) -> None:
        """Check once."""
        check_between("dose_limit_mgy", self.dose_limit_mgy, 0.2, 5, "mGy")

    def tried(self, beam: Beam, geometry: Geometry) -> Quality:
        """Say what a technique promises."""
        return expected(
            caliber_mm=self.caliber_mm,
            slab=self.slab,
            beam=beam,
            detector=self.detector,
            geometry=geometry,
        )


@dataclass(frozen=True, kw_only=True)
class Technique:
    """A beam with its tube load, grid or not, and what they promise."""

    beam: Beam
    geometry: Geometry
    quality: Quality

    @property
    def name(self) -> str:
        """Say it as a technologist would."""
        grid = "grid" if self.geometry.has_grid else "no grid"
        return f"{self.beam.name}, {self.quality.mas:.0f} mAs, {grid}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How near a technique is to the best one.

    Attributes
    ----------
    technique, best : Technique
        What was chosen, and the best that the unit can do within the limit.
    iodine_best : Technique
        The best for iodine alone, whatever happens to the gland.
    share : float
        SDNR of the duct over the best one.
    gland_needed : float
        SDNR that the gland has to keep.
    within_dose, keeps_gland : bool
    """

    technique: Technique
    best: Technique
    iodine_best: Technique
    share: float
    gland_needed: float
    within_dose: bool
    keeps_gland: bool

    @property
    def passed(self) -> bool:
        """Within the limit, the gland kept, and 97 % of the best or more."""
        return self.within_dose and self.keeps_gland and self.share >= 0.97


def at_limit(task: DoseTask) -> list[Technique]:
    """Return every technique of the unit with the tube load that uses up the dose limit.

    The SDNR rises with the load, so nothing below the limit is better. The tube gives no more
    than 600 mAs.
    """
    found = []
    for beam, geometry in _modes():
        each = task.tried(replace(beam, mas=100.0), geometry)
        mas = min(100.0 * task.dose_limit_mgy / each.mgd_mgy, _MAS[1])
        if mas >= _MAS[0]:
            settled = replace(beam, mas=mas)
            quality = task.tried(settled, geometry)
            found.append(Technique(beam=settled, geometry=geometry, quality=quality))
    return found


def frontier(techniques: list[Technique]) -> dict[str, tuple[list[float], list[float]]]:
    """Return SDNR of gland and of the duct along the voltages of each pair, with grid.

    Parameters
    ----------
    techniques : list of Technique
        As `at_limit` gives them.
    """
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for one in techniques:
        if one.geometry.has_grid:
            gland, duct = lines.setdefault(f"{one.beam.anode}/{one.beam.filter}", ([], []))
            gland.append(one.quality.gland_sdnr)
            duct.append(one.quality.sdnr)
    return lines


def judged(task: DoseTask, *, beam: Beam, geometry: Geometry) -> Verdict:
    """Compare a technique with the best one.

    Parameters
    ----------
    task : DoseTask
    beam : Beam
        Without a tube load the automatic exposure sets it.
    geometry : Geometry

    Examples
    --------
    >>> verdict = judged(DoseTask(), beam=Beam(kvp=28, mas=300), geometry=Geometry())
    >>> verdict.within_dose, verdict.best.beam.name
    (False, 'W/Rh 28 kV')
    """
    techniques = at_limit(task)
    needed = GLAND_KEPT * max(one.quality.gland_sdnr for one in techniques)
    keeping = [one for one in techniques if one.quality.gland_sdnr >= needed]
    best = max(keeping, key=lambda one: one.quality.sdnr)
    chosen = task.tried(beam, geometry)
    return Verdict(
        technique=Technique(beam=beam, geometry=geometry, quality=chosen),
        best=best,
        iodine_best=max(techniques, key=lambda one: one.quality.sdnr),
        share=chosen.sdnr / best.quality.sdnr,
        gland_needed=needed,
        # A hair over the limit is a rounded number box, not a fault.
        within_dose=chosen.mgd_mgy <= 1.005 * task.dose_limit_mgy,
        keeps_gland=chosen.gland_sdnr >= 0.995 * needed,
    )


def _modes() -> Iterator[tuple[Beam, Geometry]]:
    for anode, filter_ in PAIRS:
        for kvp in range(KVP_RANGE[0], KVP_RANGE[1] + 1):
            for grid in (True, False):
                yield Beam(anode=anode, filter=filter_, kvp=kvp), Geometry(grid=grid)
