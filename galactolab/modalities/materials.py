"""How strongly each material weakens X-rays: the shipped tables, read once.

Everything in this room counts on one energy grid, `ENERGY_KEV`: ``E`` bins of 0.25 keV from
5 to 49 keV. The tables lie in ``data/physics`` together with the script that made them from
SpekPy and xraydb, so neither is needed to take a radiograph.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from galactolab.errors import check_between, check_one_of
from galactolab.places import data_folder

Floats = npt.NDArray[np.float64]

TISSUES = ("adipose", "glandular", "skin", "contrast", "calcium")


@cache
def table(name: str) -> dict[str, Floats]:
    """Read one table of ``data/physics`` as columns by name.

    Parameters
    ----------
    name : {"attenuation", "spectra"}
        Which table.

    Returns
    -------
    dict of str to (E,) array
        The column ``"kev"`` holds the middle of each energy bin.
    """
    path = data_folder() / "physics" / f"{name}.csv"
    with path.open(encoding="ascii") as file:
        heads = file.readline().strip().split(",")
        values = np.loadtxt(file, delimiter=",")
    return {head: np.ascontiguousarray(values[:, i]) for i, head in enumerate(heads)}


def energy_kev() -> Floats:
    """Middle of each energy bin, (E,), in keV."""
    return table("attenuation")["kev"]


def attenuation(material: str) -> Floats:
    """Linear attenuation coefficient of a material on the energy grid.

    Parameters
    ----------
    material : str
        ``"adipose"``, ``"glandular"``, ``"breast"``, ``"skin"``, ``"blood"``, ``"water"``,
        ``"calcification"``, ``"air"``, ``"pmma"``, ``"Al"``, ``"Cu"``, ``"Mo"``, ``"Rh"``,
        ``"Ag"``, ``"selenium"`` or ``"cesium_iodide"``.

    Returns
    -------
    (E,) array
        In 1/mm.

    References
    ----------
    Elam tables through xraydb, https://github.com/xraypy/XrayDB; compositions in
    ``data/physics/make_tables.py``.

    Examples
    --------
    Gland stops more than fat, which is why a mammogram shows it.

    >>> at_20_kev = abs(energy_kev() - 20.0).argmin()
    >>> [round(10 * float(attenuation(m)[at_20_kev]), 2) for m in ("adipose", "glandular")]
    [0.52, 0.79]
    """
    columns = table("attenuation")
    names = [name for name in columns if name != "kev" and not name.endswith("mm2_mg")]
    check_one_of("material", material, names)
    return columns[material]


def contrast_attenuation(concentration_mgi_ml: float) -> Floats:
    """Linear attenuation of an iodinated contrast agent on the energy grid.

    It is water with iodine in it; against a full iohexol solution the difference is at
    most 0.5 % between 15 and 40 keV.

    Parameters
    ----------
    concentration_mgi_ml : float
        Iodine in mg per mL, 0 to 400.

    Returns
    -------
    (E,) array
        In 1/mm.

    Examples
    --------
    >>> at_20_kev = abs(energy_kev() - 20.0).argmin()
    >>> round(contrast_attenuation(300.0)[at_20_kev] / contrast_attenuation(0.0)[at_20_kev])
    10
    """
    check_between("concentration_mgi_ml", concentration_mgi_ml, 0, 400, "mgI/mL")
    columns = table("attenuation")
    # 1 mg/mL is 1e-3 mg/mm3.
    return columns["water"] + 1e-3 * concentration_mgi_ml * columns["iodine_mm2_mg"]


def tissue_attenuation(tissue: str, *, concentration_mgi_ml: float) -> Floats:
    """Linear attenuation of one of the `TISSUES` that thickness maps hold.

    Calcium stands for hydroxyapatite.
    """
    check_one_of("tissue", tissue, TISSUES)
    if tissue == "contrast":
        return contrast_attenuation(concentration_mgi_ml)
    return attenuation("calcification" if tissue == "calcium" else tissue)
