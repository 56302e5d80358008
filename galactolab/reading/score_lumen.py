"""How well calibers are measured: traced against true, point after point along the ducts.

A difference of calibers has three sources, and only the last one is the ruler's. A traced point may
be compared with another duct than it lies on; it may lie where no single lumen is to be
measured (within a branch point, or under the shadow of another duct); or the width is
misread. `errors` therefore says of every point which comparison is fair, and `table` prints
all of them side by side, with the share of points that each leaves in.

Letters for shapes: ``K`` points along the traced tree, ``P`` points along the true one.

References
----------
Ten systems of quantitative coronary angiography measured the narrowest lumen of single,
isolated phantom stenoses of 0.5-1.9 mm, without branches or overlap: mean errors of 0.07-0.31 mm,
standard deviations of 0.14-0.24 mm; Keane et al. 1995, doi:10.1161/01.CIR.91.8.2174.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import spatial

from galactolab.records import Finding
from galactolab.terms import FindingType
from galactolab.tree import DuctTree, Floats

CLASSES_MM = ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 20.0))
# The comparisons of `errors`, from the widest to the strictest.
PROTOCOLS = ("every", "matched", "isolated")
_POOLS = (FindingType.CYST_FILL, FindingType.EXTRAVASATION)
_MARGIN_MM = 1.0
_STEP_MM = 0.1
_SPAN = 5  # points to each side that give a direction


def errors(
    tree: DuctTree,
    truth: DuctTree,
    *,
    lesions: Sequence[Finding] = (),
    reach_mm: float = 0.5,
    step_mm: float = 0.5,
    turn_deg: float = 20.0,
    clear_diameters: float = 1.0,
) -> pd.DataFrame:
    """Return true caliber and traced minus true caliber at points along the traced tree.

    Parameters
    ----------
    tree, truth : DuctTree
    lesions : sequence of Finding
        What is really there; cysts and extravasations throw shadows of their own.
    reach_mm : float
        A traced point is compared with the nearest true centerline, no further away.
    step_mm : float
        Distance between the points.
    turn_deg : float
        Largest angle between traced and true direction in a fair match.
    clear_diameters : float
        How far from the next true branch point an isolated lumen begins.

    Returns
    -------
    pandas.DataFrame
        A row for each point: ``true_mm``; ``error_mm``; and whether the comparison is

        ======== ==============================================================
        every    always true: the nearest true centerline, whichever it is
        matched  within half of the true radius, and in the same direction
        isolated matched, at least a diameter away from a branch point, and not
                 under the shadow of another filled duct, a cyst or a cloud
        ======== ==============================================================

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> line = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     Branch(path=np.array([[0.0, 0], [90, 0]]), radius_mm=np.ones(2)),))
    >>> errors(line, line)[["error_mm", "isolated"]].value_counts().index.tolist()
    [(0.0, True)]
    """
    if not tree.branches or not truth.branches:
        return pd.DataFrame({"true_mm": [], "error_mm": []}, dtype=float).assign(
            **{name: np.zeros(0, bool) for name in PROTOCOLS}
        )
    seen, true = _points(tree), _points(truth)
    some = np.concatenate(
        [part[:: max(1, round(step_mm / _STEP_MM))] for part in _split(seen.owner)]
    )
    known = spatial.cKDTree(true.place_mm)
    distance, which = known.query(seen.place_mm[some])
    near = distance <= reach_mm
    some, which, distance = some[near], which[near], distance[near]
    radius = true.radius_mm[which]
    along = np.abs(np.sum(seen.heading[some] * true.heading[which], axis=1))
    matched = (distance <= 0.5 * radius) & (along >= np.cos(np.radians(turn_deg)))
    clear = _node_distance(truth, true.place_mm[which]) >= clear_diameters * 2 * radius
    alone = _is_alone(true, known)[which] & ~_under_pools(
        true.place_mm[which], lesions, truth.spacing_mm
    )
    return pd.DataFrame(
        {
            "true_mm": 2 * radius,
            "error_mm": 2 * (seen.radius_mm[some] - radius),
            "every": np.ones(len(some), bool),
            "matched": matched,
            "isolated": matched & clear & alone,
        }
    )


def table(found: pd.DataFrame) -> pd.DataFrame:
    """Return share of points, bias, SD and median error in mm by comparison and caliber."""
    rows = {}
    for name in PROTOCOLS:
        for low, high in CLASSES_MM:
            inside = (found["true_mm"] >= low) & (found["true_mm"] < high)
            part = found.loc[inside & found[name], "error_mm"]
            rows[name, f"{low:g}-{high:g}"] = {
                "n": len(part),
                "share": len(part) / max(int(inside.sum()), 1),
                "bias_mm": part.mean(),
                "sd_mm": part.std(),
                "median_mm": part.median(),
            }
    return pd.DataFrame(rows).T.rename_axis(["comparison", "caliber_mm"])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Along:
    """All points of a tree, every tenth of a millimeter: places, directions, half widths."""

    place_mm: Floats
    heading: Floats
    radius_mm: Floats
    owner: npt.NDArray[np.int64]


def _points(tree: DuctTree) -> _Along:
    """Lay points evenly on all branches: a path may have far points."""
    places, headings, radii, owners = [], [], [], []
    for index, branch in enumerate(tree.branches):
        arc = branch.arc_mm(tree.spacing_mm)
        at = np.linspace(0, arc[-1], int(arc[-1] / _STEP_MM) + 2)
        path = branch.path * tree.spacing_mm
        place = np.column_stack([np.interp(at, arc, path[:, axis]) for axis in (0, 1)])
        number = np.arange(len(at))
        heading = (
            place[np.minimum(number + _SPAN, len(at) - 1)] - place[np.maximum(number - _SPAN, 0)]
        )
        places.append(place)
        headings.append(heading / np.maximum(np.hypot(*heading.T), 1e-9)[:, None])
        radii.append(np.interp(at, arc, branch.radius_mm))
        owners.append(np.full(len(at), index))
    return _Along(
        place_mm=np.concatenate(places),
        heading=np.concatenate(headings),
        radius_mm=np.concatenate(radii),
        owner=np.concatenate(owners),
    )


def _split(owner: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Return the indices of each branch's points."""
    return np.split(np.arange(len(owner)), np.flatnonzero(np.diff(owner)) + 1)


def _node_distance(tree: DuctTree, place_mm: Floats) -> Floats:
    """Return the distance of each place to the nearest branch point in mm, (K,)."""
    forks = [
        branch.path[-1] * tree.spacing_mm
        for branch, kids in zip(tree.branches, tree.children, strict=True)
        if kids
    ]
    if not forks:
        return np.full(len(place_mm), np.inf)
    distance, _ = spatial.cKDTree(np.array(forks)).query(place_mm)
    return np.asarray(distance, np.float64)


def _under_pools(
    place_mm: Floats, lesions: Sequence[Finding], spacing_mm: tuple[float, float]
) -> npt.NDArray[np.bool_]:
    """Return which places lie within the extent of contrast that is no duct, (K,)."""
    under = np.zeros(len(place_mm), bool)
    for lesion in lesions:
        if lesion.type in _POOLS:
            gap = place_mm - np.multiply(lesion.location, spacing_mm)
            # The extent is a greatest diameter; what is frayed reaches out from the middle.
            under |= np.hypot(*gap.T) <= 0.5 * lesion.extent_mm + _MARGIN_MM
    return under


def _is_alone(along: _Along, known: spatial.cKDTree) -> npt.NDArray[np.bool_]:
    """Return whether no other branch's lumen reaches into the one at each point, (P,)."""
    # Pairs of points nearer than two of the widest half widths, then each pair by its own.
    alone = np.ones(len(along.owner), bool)
    wide = along.radius_mm > np.percentile(along.radius_mm, 95)
    for group, reach in (
        (~wide, 2 * float(np.percentile(along.radius_mm, 95))),
        (wide, 2 * float(along.radius_mm.max())),
    ):
        members = np.flatnonzero(group)
        # A wide duct reaches over narrow ones, too: each pair is seen from its wider side.
        pairs = spatial.cKDTree(along.place_mm[members]).sparse_distance_matrix(
            known, reach, output_type="coo_matrix"
        )
        one, other = members[pairs.row], pairs.col
        touch = (along.owner[one] != along.owner[other]) & (
            pairs.data < along.radius_mm[one] + along.radius_mm[other]
        )
        alone[one[touch]] = False
        alone[other[touch]] = False
    return alone
