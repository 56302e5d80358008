"""Make the physics tables of this folder from SpekPy and xraydb.

Run ``python data/physics/make_tables.py [FOLDER]`` with the extra ``physics`` installed;
without FOLDER the tables beside this script are written anew. A development test runs it
into a temporary folder and compares, so a table can not drift away from its origin.

What is made, all on the same grid of 0.25 keV bins from 5 to 49 keV:

``spectra.csv``
    photons / mm2 / mAs in each bin, in air at 650 mm from the focal spot, for Mo, Rh and W
    anodes at 22 to 49 kV in steps of 1 kV, behind the tube's beryllium window (0.5 mm; W
    0.63 mm) and 650 mm of air, before any filter. SpekPy model "casim", anode angle 16 degrees.
``attenuation.csv``
    linear attenuation (1/mm) of tissues, filters and converters; mass attenuation of iodine
    (mm2/mg); mass energy absorption of air and gland (mm2/mg). xraydb (Elam tables) for
    all that is or enters the breast and for the converters; SpekPy's own coefficients for
    filters, paddle and the energy absorption of air, so that a beam made from these tables
    is the beam that SpekPy makes (PMMA differs by 3 % between the two at 17 keV).

References
----------
SpekPy: Bujila et al. 2020, doi:10.1016/j.ejmp.2020.04.026; Poludniowski et al. 2021,
doi:10.1002/mp.14945. xraydb: https://github.com/xraypy/XrayDB. Tissue mass fractions: ICRU
(skin, breast, blood; as SpekPy ships them) and the usual Hammerstein fractions for adipose
and glandular tissue with densities 0.93 and 1.04 g/cm3, ash taken as phosphorus.
Hydroxyapatite (calcification): 3.16 g/cm3, textbook value. Cesium iodide 4.51, amorphous
selenium 4.28 g/cm3, textbook values.
"""

# ruff: noqa: INP001 (a script beside its tables, no package)
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import spekpy
import xraydb

Floats = npt.NDArray[np.float64]

STEP_KEV = 0.25
EDGES_KEV = np.arange(5.0, 49.0 + STEP_KEV / 2, STEP_KEV)
CENTERS_KEV = EDGES_KEV[:-1] + STEP_KEV / 2
WINDOW_MM = {"Mo": 0.5, "Rh": 0.5, "W": 0.63}
KVP = range(22, 50)

# Mass fractions and density (g/cm3).
MATERIALS: dict[str, tuple[dict[str, float], float]] = {
    "adipose": ({"H": 0.112, "C": 0.619, "N": 0.017, "O": 0.251, "P": 0.001}, 0.93),
    "glandular": ({"H": 0.102, "C": 0.184, "N": 0.032, "O": 0.677, "P": 0.005}, 1.04),
    "breast": (
        {"H": 0.106, "C": 0.332, "N": 0.03, "O": 0.527}
        | {"Na": 0.001, "P": 0.001, "S": 0.002, "Cl": 0.001},
        1.02,
    ),
    "skin": (
        {"H": 0.1, "C": 0.204, "N": 0.042, "O": 0.645}
        | {"Na": 0.002, "P": 0.001, "S": 0.002, "Cl": 0.003, "K": 0.001},
        1.09,
    ),
    "blood": (
        {"H": 0.102, "C": 0.11, "N": 0.033, "O": 0.745, "Na": 0.001}
        | {"P": 0.001, "S": 0.002, "Cl": 0.003, "K": 0.002, "Fe": 0.001},
        1.06,
    ),
    "water": ({"H": 0.111894, "O": 0.888106}, 1.0),
    "calcification": ({"H": 0.002007, "O": 0.414069, "P": 0.184987, "Ca": 0.398937}, 3.16),
    "air": ({"N": 0.755267, "O": 0.231781, "Ar": 0.012827, "C": 0.000124}, 1.20479e-3),
    "selenium": ({"Se": 1.0}, 4.28),
    "cesium_iodide": ({"Cs": 0.511549, "I": 0.488451}, 4.51),
}
# What stands in the beam before the breast, by the names that SpekPy knows.
HARDWARE = {
    "pmma": "Polymethyl Methacrylate (Lucite Perspex or Plexiglas)",
    "Al": "Al",
    "Cu": "Cu",
    "Mo": "Mo",
    "Rh": "Rh",
    "Ag": "Ag",
}
_ELECTRON_KEV = 510.999


def bin_mean(element: str, kind: str = "total") -> Floats:
    """Mean mass attenuation (cm2/g) over each bin: matters only where an edge falls in one."""
    inside = (np.arange(5) - 2) / 5 * STEP_KEV
    energies = (CENTERS_KEV[:, None] + inside[None, :]) * 1e3
    values = xraydb.mu_elam(element, energies.ravel(), kind=kind)
    mean: Floats = np.asarray(values, float).reshape(energies.shape).mean(axis=1)
    return mean


def linear_per_mm(fractions: dict[str, float], density: float) -> Floats:
    """Linear attenuation of a mixture in 1/mm."""
    parts = [w * bin_mean(element) for element, w in fractions.items()]
    total: Floats = density * np.sum(parts, axis=0) / 10
    return total


def compton_transfer() -> Floats:
    """Mean share of the photon energy that a Compton electron takes (Klein and Nishina)."""
    cosine = np.linspace(-1.0, 1.0, 2001)[None, :]
    alpha = (CENTERS_KEV / _ELECTRON_KEV)[:, None]
    ratio: Floats = 1 / (1 + alpha * (1 - cosine))
    cross = ratio**2 * (ratio + 1 / ratio - (1 - cosine**2))
    share: Floats = (cross * (1 - ratio)).sum(axis=1) / cross.sum(axis=1)
    return share


def absorption_mm2_mg(fractions: dict[str, float]) -> Floats:
    """Mass energy absorption of a mixture in mm2/mg: photoelectric and Compton recoil."""
    share = compton_transfer()
    values = [
        w * (bin_mean(element, "photo") + share * bin_mean(element, "incoh"))
        for element, w in fractions.items()
    ]
    total: Floats = np.sum(values, axis=0) / 10
    return total


def spectrum(anode: str, kvp: int) -> Floats:
    """Photons / mm2 / mAs in each bin at 650 mm, through window and air, without filter."""
    source = spekpy.Spek(kvp=kvp, th=16, targ=anode, z=65, dk=STEP_KEV, mas=1, physics="casim")
    source.multi_filter([("Be", WINDOW_MM[anode]), ("Air", 650.0)])
    energy, fluence = source.get_spectrum(edges=False)
    on_grid = np.zeros_like(CENTERS_KEV)
    index = np.rint((energy - CENTERS_KEV[0]) / STEP_KEV).astype(int)
    inside = (index >= 0) & (index < len(on_grid))
    on_grid[index[inside]] = fluence[inside] * STEP_KEV / 100
    return on_grid


def spectra() -> tuple[list[str], Floats]:
    """All unfiltered spectra, one column each."""
    names = [f"{anode}_{kvp}" for anode in WINDOW_MM for kvp in KVP]
    columns = [spectrum(anode, kvp) for anode in WINDOW_MM for kvp in KVP]
    return names, np.column_stack(columns)


def attenuation() -> tuple[list[str], Floats]:
    """All attenuation and absorption columns."""
    columns = {name: linear_per_mm(*stuff) for name, stuff in MATERIALS.items()}
    source = spekpy.Spek(kvp=28, th=16, targ="W")
    for name, material in HARDWARE.items():
        columns[name] = source.mu_data.get_mu_t(material, CENTERS_KEV, 1.0)
    columns["iodine_mm2_mg"] = bin_mean("I") / 10
    air = source.muen_air_data.get_muen_over_rho_air(CENTERS_KEV)
    columns["air_absorption_mm2_mg"] = air / 10
    columns["gland_absorption_mm2_mg"] = absorption_mm2_mg(MATERIALS["glandular"][0])
    return list(columns), np.column_stack(list(columns.values()))


def save(path: Path, names: list[str], table: Floats) -> None:
    """Write one table as comma-separated text, energy first."""
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(",".join(["kev", *names]) + "\n")
        for energy, row in zip(CENTERS_KEV, table, strict=True):
            file.write(",".join([f"{energy:.3f}", *(f"{value:.6g}" for value in row)]) + "\n")


def main(folder: Path) -> None:
    """Write both tables into `folder`."""
    save(folder / "attenuation.csv", *attenuation())
    save(folder / "spectra.csv", *spectra())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
