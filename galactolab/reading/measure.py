"""Measure: one row of numbers for each branch, and one row for the whole tree.

Lengths, calibers and angles are taken at the object, in millimeters and degrees. The
descriptors of branching that were published for galactograms (ramification matrix,
strings, Sholl profile, asymmetry) stand in `galactolab.reading.branching`; `summary`
gathers those that are one number.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from galactolab.errors import check_between
from galactolab.reading import branching
from galactolab.reading.profiles import median, quantiles
from galactolab.tree import Branch, DuctTree, Floats

COLUMNS: dict[str, str] = {
    "parent": "Int64",
    "generation": "int64",
    "order": "int64",
    "n_children": "int64",
    "length_mm": "float64",
    "chord_mm": "float64",
    "tortuosity": "float64",
    "caliber_mm": "float64",
    "caliber_min_mm": "float64",
    "caliber_max_mm": "float64",
    "caliber_start_mm": "float64",
    "caliber_end_mm": "float64",
    "taper": "float64",
    "angle_deg": "float64",
    "volume_mm3": "float64",
}


def branches(tree: DuctTree, *, angle_span_mm: float = 1.5) -> pd.DataFrame:
    """Return one row of measurements for each branch, in the tree's order.

    Parameters
    ----------
    tree : DuctTree
    angle_span_mm : float
        Stretch of duct on each side of a bifurcation that gives the directions between
        which the branching angle is taken, 0.1 to 20 mm.

    Returns
    -------
    pandas.DataFrame
        Index ``branch``, and the columns

        =================== ====================================================
        parent              index of the parent branch, missing for the root
        generation          bifurcations passed from the orifice
        order               Horton-Strahler order
        n_children          branches that spring from its end
        length_mm           along the path
        chord_mm            from first to last point
        tortuosity          length over chord, 1 for a straight branch
        caliber_mm          median width of the lumen
        caliber_min_mm      5th percentile of the width
        caliber_max_mm      95th percentile of the width
        caliber_start_mm    median width in the first quarter
        caliber_end_mm      median width in the last quarter
        taper               change of width per length (mm per mm), below 0: thinning
        angle_deg           turn from the parent's direction, missing for the root
        volume_mm3          of the round tube with these radii
        =================== ====================================================

    Raises
    ------
    GalactolabError
        If `angle_span_mm` is outside its range.

    References
    ----------
    Strahler order on galactograms: Bakic et al. 2003, Acad Radiol 10:198-204.

    Examples
    --------
    A trunk that gives off one daughter to each side.

    >>> def branch(*points, parent):
    ...     path = np.array(points, float)
    ...     return Branch(path=path, radius_mm=np.full(len(path), 0.5), parent=parent)
    >>> y = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     branch((0, 40), (40, 40), parent=None),
    ...     branch((40, 40), (70, 0), parent=0),
    ...     branch((40, 40), (80, 80), parent=0)))
    >>> columns = ["order", "length_mm", "caliber_mm", "angle_deg"]
    >>> branches(y)[columns].round(1).rename_axis(None)
       order  length_mm  caliber_mm  angle_deg
    0      2        4.0         1.0        NaN
    1      1        5.0         1.0       53.1
    2      1        5.7         1.0       45.0
    """
    check_between("angle_span_mm", angle_span_mm, 0.1, 20, "mm")
    shapes = [_shape(branch, tree.spacing_mm) for branch in tree.branches]
    rows = [
        {
            "parent": branch.parent,
            "generation": tree.generation[index],
            "order": tree.strahler[index],
            "n_children": len(tree.children[index]),
            "angle_deg": _angle_deg(tree, index, angle_span_mm),
            **shapes[index],
        }
        for index, branch in enumerate(tree.branches)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    return table.rename_axis("branch")


def summary(tree: DuctTree) -> dict[str, float]:
    """Return the numbers that describe a whole tree, by name with unit.

    Parameters
    ----------
    tree : DuctTree

    Returns
    -------
    dict
        Counts, total length and volume, caliber of the root and of the terminals, depth,
        highest order, bifurcation ratio, partition asymmetry and fractal dimension. What
        a tree is too small for is not-a-number.

    Examples
    --------
    >>> summary(DuctTree(branches=(), spacing_mm=(0.1, 0.1)))["n_branches"]
    0.0
    """
    table = branches(tree)
    ends = table[table["n_children"] == 0]
    empty = table.empty
    return {
        "n_branches": float(len(table)),
        "n_terminals": float(len(ends)),
        "n_bifurcations": float((table["n_children"] > 1).sum()),
        "total_length_mm": float(table["length_mm"].sum()),
        "volume_mm3": float(table["volume_mm3"].sum()),
        "highest_order": 0.0 if empty else float(table["order"].max()),
        "deepest_generation": math.nan if empty else float(table["generation"].max()),
        "root_caliber_mm": math.nan if empty else float(table["caliber_mm"].iloc[0]),
        "largest_caliber_mm": math.nan if empty else float(table["caliber_max_mm"].max()),
        "terminal_caliber_mm": float(ends["caliber_end_mm"].median()),
        "mean_branch_length_mm": float(table["length_mm"].mean()),
        "mean_tortuosity": float(table["tortuosity"].mean()),
        "mean_angle_deg": float(table["angle_deg"].mean()),
        "bifurcation_ratio": branching.bifurcation_ratio(tree),
        "partition_asymmetry": branching.partition_asymmetry(tree),
        "fractal_dimension": branching.fractal_dimension(tree),
    }


def _shape(branch: Branch, spacing_mm: tuple[float, float]) -> dict[str, Any]:
    """Return what one branch shows by itself."""
    arc = branch.arc_mm(spacing_mm)
    length = float(arc[-1])
    across = (branch.path[-1] - branch.path[0]) * spacing_mm
    chord = float(np.hypot(across[0], across[1]))
    caliber = 2.0 * branch.radius_mm
    quarter = max(1, len(arc) // 4)
    low, middle, high = quantiles(caliber, 0.05, 0.5, 0.95)
    radius2 = branch.radius_mm**2
    return {
        "length_mm": length,
        "chord_mm": chord,
        "tortuosity": length / chord if chord > 0 else math.nan,
        "caliber_mm": middle,
        "caliber_min_mm": low,
        "caliber_max_mm": high,
        "caliber_start_mm": median(caliber[:quarter]),
        "caliber_end_mm": median(caliber[-quarter:]),
        "taper": _slope(arc, caliber),
        "volume_mm3": float(math.pi * np.sum(np.diff(arc) * (radius2[1:] + radius2[:-1]) / 2)),
    }


def _slope(along: Floats, values: Floats) -> float:
    """Return the least-squares slope, not-a-number where there is no length."""
    centered = along - along.mean()
    spread = float(centered @ centered)
    return float(centered @ values) / spread if spread > 0 else math.nan


def _angle_deg(tree: DuctTree, index: int, span_mm: float) -> float:
    """Return the turn from the parent's last stretch to the branch's first one."""
    branch = tree.branches[index]
    if branch.parent is None:
        return math.nan
    before = tree.branches[branch.parent].path[::-1] * tree.spacing_mm
    after = branch.path * tree.spacing_mm
    into, out = -_direction(before, span_mm), _direction(after, span_mm)
    sine = into[0] * out[1] - into[1] * out[0]
    return math.degrees(math.atan2(abs(float(sine)), float(into @ out)))


def _direction(points_mm: Floats, span_mm: float) -> Floats:
    """Return the vector from the first point to the last one within `span_mm` of it."""
    reach = np.hypot(*(points_mm - points_mm[0]).T)
    beyond = np.flatnonzero(reach > span_mm)
    last = max(1, int(beyond[0])) if len(beyond) else len(points_mm) - 1
    step: Floats = points_mm[last] - points_mm[0]
    return step
