"""What the X-ray room reports about an exposure, as it will stand in the header."""

from __future__ import annotations

from dataclasses import dataclass, fields
from numbers import Real

from galactolab.dicom.labels import ViewModifier
from galactolab.errors import GalactolabError, check_between, check_one_of
from galactolab.terms import Code

# Materials as DICOM spells them (PS3.3 C.8.7.10 and C.8.7.11), by chemical symbol.
MATERIALS = {
    "Mo": "MOLYBDENUM",
    "Rh": "RHODIUM",
    "W": "TUNGSTEN",
    "Ag": "SILVER",
    "Al": "ALUMINUM",
    "Cu": "COPPER",
}
ANODES = ("Mo", "Rh", "W")
FILTERS = ("Mo", "Rh", "Ag", "Al", "Cu")

# DICOM PS3.16 CID 12, the nonionic agents that ductography uses.
AGENTS = {
    "iohexol": Code("109218004", "SCT", "Iohexol"),
    "iopamidol": Code("109219007", "SCT", "Iopamidol"),
    "ioversol": Code("109222009", "SCT", "Ioversol"),
    "iodixanol": Code("353962003", "SCT", "Iodixanol"),
    "iopromide": Code("353903006", "SCT", "Iopromide"),
}

# Allowed range and unit of each number; wide enough for any mammography unit.
_RANGES = {
    "kvp": (15.0, 60.0, "kV"),
    "filter_mm": (0.0, 5.0, "mm"),
    "mas": (0.0, 2000.0, "mAs"),
    "focal_spot_mm": (0.01, 2.0, "mm"),
    "thickness_mm": (1.0, 200.0, "mm"),
    "force_n": (0.0, 500.0, "N"),
    "dose_mgy": (0.0, 1000.0, "mGy"),
    "entrance_mgy": (0.0, 10000.0, "mGy"),
    "half_value_layer_mm": (0.01, 10.0, "mm"),
    "pitch_mm": (0.005, 5.0, "mm"),
    "magnification": (1.0, 10.0, ""),
    "source_detector_mm": (100.0, 3000.0, "mm"),
    "source_object_mm": (50.0, 3000.0, "mm"),
    "concentration_mg_ml": (0.0, 500.0, "mg/mL"),
    "volume_ml": (0.0, 20.0, "mL"),
}


@dataclass(frozen=True, kw_only=True)
class Technique:
    """How a view was exposed; what is None is left out of the header.

    Attributes
    ----------
    kvp : float
        Tube voltage in kV.
    anode, filter_material : str
        Chemical symbols: anode Mo, Rh or W; filter Mo, Rh, Ag, Al or Cu.
    filter_mm : float
        Filter thickness.
    mas : float
        Tube load in mAs.
    focal_spot_mm : float
        Nominal size of the focal spot.
    grid : bool
        Whether an antiscatter grid was used.
    thickness_mm, force_n : float
        Compressed thickness of the breast, and force of the compression in newton.
    dose_mgy, entrance_mgy : float
        Mean glandular dose, and entrance dose.
    half_value_layer_mm : float
        Half-value layer of the beam in mm of aluminum.
    pitch_mm : float
        Pixel size at the detector; it has to equal the spacing at the object times the
        magnification, and is computed so where it is None.
    magnification : float
        Size at the detector / size at the object. Where it is None it follows from the
        two distances, and is 1 without them.
    source_detector_mm, source_object_mm : float
        Distances from the focal spot.
    agent : str
        Contrast agent, e.g. "iohexol"; None together with the next two on a scout view.
    concentration_mg_ml, volume_ml : float
        Iodine concentration and injected volume.
    modifiers : tuple of ViewModifier
        E.g. spot compression; magnification adds its own.

    Examples
    --------
    >>> Technique(kvp=30, anode="W", filter_material="Rh", mas=80).kvp
    30.0
    >>> Technique(kvp=300)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: kvp is 300 kV, but it has to be between 15 and 60 kV.
    """

    kvp: float | None = None
    anode: str | None = None
    filter_material: str | None = None
    filter_mm: float | None = None
    mas: float | None = None
    focal_spot_mm: float | None = None
    grid: bool | None = None
    thickness_mm: float | None = None
    force_n: float | None = None
    dose_mgy: float | None = None
    entrance_mgy: float | None = None
    half_value_layer_mm: float | None = None
    pitch_mm: float | None = None
    magnification: float | None = None
    source_detector_mm: float | None = None
    source_object_mm: float | None = None
    agent: str | None = None
    concentration_mg_ml: float | None = None
    volume_ml: float | None = None
    modifiers: tuple[ViewModifier, ...] = ()

    def __post_init__(self) -> None:
        """Check each number against what a mammography unit can do."""
        for name, (low, high, unit) in _RANGES.items():
            value = getattr(self, name)
            if value is not None:
                if not isinstance(value, Real):
                    raise GalactolabError(f"{name} is {value!r}, but it has to be a number.")
                check_between(name, float(value), low, high, unit)
                object.__setattr__(self, name, float(value))
        choices = {"anode": ANODES, "filter_material": FILTERS, "agent": tuple(AGENTS)}
        for name, allowed in choices.items():
            if getattr(self, name) is not None:
                check_one_of(name, getattr(self, name), allowed)
        self._check_geometry()

    def _check_geometry(self) -> None:
        detector, thing = self.source_detector_mm, self.source_object_mm
        if detector is None or thing is None:
            return
        if thing > detector:
            sentence = (
                f"source_object_mm is {thing:g} mm, but it has to be at most "
                f"source_detector_mm, {detector:g} mm."
            )
            raise GalactolabError(sentence)
        ratio = detector / thing
        if self.magnification is not None and abs(self.magnification / ratio - 1) > 0.01:
            sentence = (
                f"magnification is {self.magnification:g}, but the source distances "
                f"{detector:g} and {thing:g} mm make it {ratio:.4g}."
            )
            raise GalactolabError(sentence)

    @property
    def enlargement(self) -> float:
        """Magnification that counts: stated, else from the distances, else 1.

        >>> Technique(source_detector_mm=660, source_object_mm=440).enlargement
        1.5
        """
        if self.magnification is not None:
            return self.magnification
        if self.source_detector_mm is None or self.source_object_mm is None:
            return 1.0
        return self.source_detector_mm / self.source_object_mm

    @property
    def with_contrast(self) -> bool:
        """Whether anything is said about a contrast agent."""
        told = (self.agent, self.concentration_mg_ml, self.volume_ml)
        return any(value is not None for value in told)

    def fingerprint(self) -> str:
        """All fields as text, the same in every process."""
        return ";".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))
