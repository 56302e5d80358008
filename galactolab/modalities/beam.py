"""The X-ray beam: anode, filter, tube voltage, tube load, and what they make.

A `Beam` is a value. `spectrum` gives its photons behind filter and compression paddle; the
numbers that a physicist asks for first (`half_value_layer_mm`, `mean_energy_kev`,
`air_kerma_ugy_mas`) follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactolab.errors import GalactolabError, check_between, check_one_of
from galactolab.modalities.materials import Floats, attenuation, energy_kev, table

ANODES = ("Mo", "Rh", "W")
FILTERS = ("Mo", "Rh", "Ag", "Al", "Cu")
KVP_RANGE = (22, 49)

# Usual filters in mm: SpekPy study in the project's science notes, section 3.2.
_USUAL_FILTER_MM = {
    ("Mo", "Mo"): 0.030,
    ("Mo", "Rh"): 0.025,
    ("Rh", "Rh"): 0.025,
    ("W", "Rh"): 0.050,
    ("W", "Ag"): 0.050,
    ("W", "Al"): 0.700,
    ("Rh", "Ag"): 0.030,
}
_USUAL_BY_FILTER_MM = {"Mo": 0.030, "Rh": 0.025, "Ag": 0.050, "Al": 0.700, "Cu": 0.300}

# 1 keV/mg is 1.602e-10 J/kg, here in microgray.
_UGY_PER_KEV_MG = 1.602176634e-16 * 1e6 * 1e6


@dataclass(frozen=True, kw_only=True)
class Beam:
    """Anode, filter, tube voltage and tube load of one exposure.

    Attributes
    ----------
    anode : {"W", "Mo", "Rh"}
        Target material of the tube.
    filter : {"Mo", "Rh", "Ag", "Al", "Cu"}
        Added filter.
    filter_mm : float
        Its thickness; 0 takes the usual one for this pair, e.g. 0.05 mm Rh behind W.
    kvp : int
        Tube voltage in kV, 22 to 49 in steps of 1.
    mas : float or None
        Tube load in mAs, up to 600; None leaves it to the automatic exposure control.
    paddle_mm : float
        Compression paddle, PMMA.

    Examples
    --------
    >>> Beam(anode="W", filter="Rh", kvp=28).filter_mm
    0.05
    >>> Beam(kvp=70)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: kvp is 70 kV, but it has to be between 22 and 49 kV.
    """

    anode: str = "W"
    filter: str = "Rh"
    filter_mm: float = 0.0
    kvp: int = 28
    mas: float | None = None
    paddle_mm: float = 2.4

    def __post_init__(self) -> None:
        """Check once against what a mammography tube can do."""
        check_one_of("anode", self.anode, ANODES)
        check_one_of("filter", self.filter, FILTERS)
        check_between("kvp", self.kvp, *KVP_RANGE, "kV")
        if self.kvp != int(self.kvp):
            sentence = f"kvp is {self.kvp:g} kV, but it has to be a whole number of kV."
            raise GalactolabError(sentence)
        check_between("filter_mm", self.filter_mm, 0, 2, "mm")
        check_between("paddle_mm", self.paddle_mm, 0, 10, "mm")
        if self.mas is not None:
            check_between("mas", self.mas, 0.1, 600, "mAs")
        object.__setattr__(self, "kvp", int(self.kvp))
        if self.filter_mm == 0:
            usual = _USUAL_FILTER_MM.get(
                (self.anode, self.filter), _USUAL_BY_FILTER_MM[self.filter]
            )
            object.__setattr__(self, "filter_mm", usual)

    @property
    def name(self) -> str:
        """Short name as physicists write it.

        >>> Beam(anode="Mo", filter="Rh", kvp=29).name
        'Mo/Rh 29 kV'
        """
        return f"{self.anode}/{self.filter} {self.kvp} kV"


def spectrum(beam: Beam) -> tuple[Floats, Floats]:
    """Photons of a beam behind its filter and the compression paddle.

    Parameters
    ----------
    beam : Beam

    Returns
    -------
    energy_kev : (E,) array
        Middle of each bin.
    photons : (E,) array
        Photons per mm2 and mAs in each bin, in air at 650 mm from the focal spot.

    References
    ----------
    SpekPy model "casim", anode angle 16 degrees: Bujila et al. 2020,
    doi:10.1016/j.ejmp.2020.04.026.

    Examples
    --------
    No photon carries more than the tube voltage.

    >>> energy, photons = spectrum(Beam(kvp=28))
    >>> float(energy[photons > 0].max())
    27.875
    """
    bare = table("spectra")[f"{beam.anode}_{beam.kvp}"]
    depth = beam.filter_mm * attenuation(beam.filter) + beam.paddle_mm * attenuation("pmma")
    return energy_kev(), bare * np.exp(-depth)


def air_kerma_ugy_mas(beam: Beam, *, aluminum_mm: float = 0.0) -> float:
    """Air kerma per mAs at 650 mm behind the paddle, in microgray.

    Parameters
    ----------
    beam : Beam
    aluminum_mm : float
        Extra aluminum in the beam, as in a measurement of the half-value layer.

    Examples
    --------
    >>> round(air_kerma_ugy_mas(Beam(anode="W", filter="Rh", kvp=28)))
    36
    """
    energy, photons = spectrum(beam)
    absorbed = table("attenuation")["air_absorption_mm2_mg"]
    behind = photons * np.exp(-aluminum_mm * attenuation("Al"))
    return float((behind * energy * absorbed).sum() * _UGY_PER_KEV_MG)


def half_value_layer_mm(beam: Beam) -> float:
    """Aluminum that halves the air kerma, in mm.

    Examples
    --------
    >>> round(half_value_layer_mm(Beam(anode="Mo", filter="Mo", kvp=28)), 2)
    0.35
    """
    # Bisection: kerma falls steadily with aluminum.
    half = air_kerma_ugy_mas(beam) / 2
    low, high = 0.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        if air_kerma_ugy_mas(beam, aluminum_mm=middle) > half:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def mean_energy_kev(beam: Beam) -> float:
    """Mean photon energy of the beam that enters the breast, in keV.

    Examples
    --------
    >>> round(mean_energy_kev(Beam(anode="W", filter="Cu", kvp=49)))
    38
    """
    energy, photons = spectrum(beam)
    return float((photons * energy).sum() / photons.sum())
