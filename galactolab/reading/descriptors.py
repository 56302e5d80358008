"""Every number that describes a tree, with its unit and where it comes from.

`measure` and `branching` compute them; here they stand in one table, so that a report or a
lesson can show value, unit and source side by side. `caliber_profile` gives the widths along every
branch that the summaries are taken from.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from galactolab.errors import GalactolabError, check_between
from galactolab.reading import branching, densitometry, measure
from galactolab.records import Galactogram
from galactolab.terms import Intent
from galactolab.tree import DuctTree

_BAKIC = "Bakic, Albert, Maidment 2003, Acad Radiol 10:198-204"
_SHOLL = "Sholl profile: Skoura et al. 2011, doi:10.1007/978-3-642-23960-1_53"
_ORDERS = "Horton-Strahler: Strahler 1957, doi:10.1029/TR038i006p00913; " + _BAKIC
_LENGTH = "along the centerline, at the object; a projection shortens what runs along the beam"
_WIDTH = "width at half maximum of the blurred shadow of a round tube (reading.profiles)"
_COUNT = "counted on the rooted tree"

#: Unit and source of each number in `table`.
SOURCES: dict[str, tuple[str, str]] = {
    "n_branches": ("", _COUNT),
    "n_terminals": ("", _COUNT),
    "n_bifurcations": ("", _COUNT),
    "total_length_mm": ("mm", _LENGTH),
    "volume_mm3": ("mm3", "round tubes of the measured widths"),
    "highest_order": ("", _ORDERS),
    "deepest_generation": ("", _COUNT),
    "root_caliber_mm": ("mm", _WIDTH),
    "largest_caliber_mm": ("mm", _WIDTH),
    "terminal_caliber_mm": ("mm", _WIDTH),
    "mean_branch_length_mm": ("mm", _LENGTH),
    "mean_tortuosity": ("", "path over chord: Hart et al. 1999, Int J Med Inform 53:239-252"),
    "mean_angle_deg": ("deg", "turn from the parent's direction, each over 1.5 mm"),
    "bifurcation_ratio": ("", _ORDERS),
    "partition_asymmetry": ("", "Van Pelt et al. 1992, doi:10.1007/BF02459929"),
    "fractal_dimension": ("", "box counting: Gonzato 1998, Comput Geosci 24:95-100"),
    "sholl_peak": ("crossings", _SHOLL),
    "sholl_peak_mm": ("mm", _SHOLL),
    "contrast_volume_mm3": ("mm3", "densitometry, Beer-Lambert (reading.densitometry)"),
}


def table(tree: DuctTree, galactogram: Galactogram | None = None) -> pd.DataFrame:
    """Return the numbers of a tree with their units and sources.

    Parameters
    ----------
    tree : DuctTree
    galactogram : Galactogram, optional
        FOR PROCESSING: adds the volume of contrast by densitometry, where the tree has ducts that
        are wide enough to calibrate on.

    Returns
    -------
    pandas.DataFrame
        Index ``descriptor``; columns ``value``, ``unit``, ``source``. What a tree is too
        small for is not-a-number.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> duct = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     Branch(path=np.array([[0.0, 0], [200, 0]]), radius_mm=np.full(2, 0.5)),))
    >>> table(duct).loc[["total_length_mm", "sholl_peak"], ["value", "unit"]].rename_axis(None)
                     value       unit
    total_length_mm   20.0         mm
    sholl_peak         1.0  crossings
    """
    rings = branching.sholl(tree)
    top = int(np.argmax(rings[:, 1])) if len(rings) else None
    values = {
        **measure.summary(tree),
        "sholl_peak": math.nan if top is None else float(rings[top, 1]),
        "sholl_peak_mm": math.nan if top is None else float(rings[top, 0]),
        "contrast_volume_mm3": _weighed(tree, galactogram),
    }
    rows = [(name, values[name], *SOURCES[name]) for name in SOURCES]
    columns = ["descriptor", "value", "unit", "source"]
    return pd.DataFrame(rows, columns=columns).set_index("descriptor")


def _weighed(tree: DuctTree, galactogram: Galactogram | None) -> float:
    if galactogram is None or galactogram.intent is not Intent.FOR_PROCESSING or not len(tree):
        return math.nan
    try:
        return densitometry.volume_mm3(galactogram, tree)
    except GalactolabError:  # no duct is wide enough to calibrate on
        return math.nan


def caliber_profile(tree: DuctTree, *, step_mm: float = 0.5) -> pd.DataFrame:
    """Return the caliber along every branch.

    Parameters
    ----------
    tree : DuctTree
    step_mm : float
        Distance between the points, 0.05 to 20 mm.

    Returns
    -------
    pandas.DataFrame
        Columns ``branch``, ``arc_mm`` (from the start of the branch), ``way_mm`` (from the
        orifice) and ``caliber_mm``; both ends of each branch are included.

    Raises
    ------
    GalactolabError
        If `step_mm` is outside its range.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> cone = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     Branch(path=np.array([[0.0, 0], [20, 0]]), radius_mm=np.array([1.0, 0.5])),))
    >>> caliber_profile(cone, step_mm=1.0)["caliber_mm"].tolist()
    [2.0, 1.5, 1.0]
    """
    check_between("step_mm", step_mm, 0.05, 20, "mm")
    starts: list[float] = []
    parts = []
    for index, branch in enumerate(tree.branches):
        arc = branch.arc_mm(tree.spacing_mm)
        before = 0.0
        if branch.parent is not None:
            above = tree.branches[branch.parent].length_mm(tree.spacing_mm)
            before = starts[branch.parent] + above
        starts.append(before)
        at = np.linspace(0, arc[-1], max(2, round(float(arc[-1]) / step_mm) + 1))
        parts.append(
            pd.DataFrame(
                {
                    "branch": index,
                    "arc_mm": at,
                    "way_mm": before + at,
                    "caliber_mm": 2 * np.interp(at, arc, branch.radius_mm),
                }
            )
        )
    columns = ["branch", "arc_mm", "way_mm", "caliber_mm"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
