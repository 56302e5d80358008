"""How a planted sign shows in one view: whether contrast reaches it, where, and how long.

What a reader can find is less than what was planted: a lesion in a duct that did not fill is
no finding, and a lesion that runs along the beam looks short.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from galactolab.modalities.projection import Frame
from galactolab.patient.lesions import Sign
from galactolab.patient.phantom import Phantom
from galactolab.records import Finding
from galactolab.terms import FindingType

Floats = npt.NDArray[np.float64]

# Contrast that ends this short of a place still shows it.
_NEAR_MM = 0.5
# A sign with several places needs this many of them.
_FEWEST_PARTS = 2
# What lies along the duct; everything else is about as long in each direction.
_ALONG = (FindingType.INTRALUMINAL_FILLING_DEFECT, FindingType.DUCT_NARROWING)
_SHORTEST_MM = 1.0


def shown(
    sign: Sign, phantom: Phantom, *, where: Frame, branch_of: Mapping[int, int]
) -> Finding | None:
    """Return the finding that a sign causes in a view, or None if it cannot be seen there.

    Parameters
    ----------
    sign : Sign
    phantom : Phantom
    where : Frame
        The view.
    branch_of : mapping of int to int
        For each filled duct, the branch of the projected tree.
    """
    evidence = dict(sign.evidence)
    point, extent = sign.point_mm, sign.extent_mm
    if sign.parts:
        reached = [part for part in sign.parts if _reaches(phantom, *part)]
        if len(reached) < min(_FEWEST_PARTS, len(sign.parts)):
            return None
        point, extent = _spread(reached, phantom, where, size_mm=evidence.get("size_mm", 0.0))
        if "n_defects" in evidence:
            evidence["n_defects"] = float(len(reached))
    elif sign.duct is not None:
        beyond = extent / 2 if sign.type in _ALONG else 0.0
        if not _reaches(phantom, sign.duct, sign.arc_mm + beyond):
            return None
        if sign.type in _ALONG:
            extent = _foreshortened(sign, phantom, where)
    row, column, _ = where.placed(point)
    if not (0 <= row < where.shape[0] and 0 <= column < where.shape[1]):
        return None
    return Finding(
        type=sign.type,
        location=(float(row), float(column)),
        extent_mm=extent,
        branch=None if sign.duct is None else branch_of.get(sign.duct),
        evidence=evidence,
    )


def _reaches(phantom: Phantom, duct: int, arc_mm: float) -> bool:
    """Whether iodine comes as far as a place, or as the end of its duct."""
    seen = phantom.filling.seen_mm[duct]
    wanted = min(arc_mm, phantom.ducts.branches[duct].length_mm)
    return seen > 0 and seen >= wanted - _NEAR_MM


def _in_plane_mm(points_mm: Floats, where: Frame) -> Floats:
    """Return places in the plane of the image in millimeters, (K, 2)."""
    flat: Floats = where.placed(points_mm)[:, :2] * np.asarray(where.spacing_mm)
    return flat


def _spread(
    parts: list[tuple[int, float]], phantom: Phantom, where: Frame, *, size_mm: float
) -> tuple[Floats, float]:
    """Return the place nearest to the middle of several, and how far they spread."""
    points = np.stack([phantom.ducts.branches[duct].at(arc) for duct, arc in parts])
    flat = _in_plane_mm(points, where)
    middle = (flat.min(axis=0) + flat.max(axis=0)) / 2
    nearest = int(np.argmin(np.hypot(*(flat - middle).T)))
    gaps = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    return points[nearest], float(gaps.max()) + size_mm


def _foreshortened(sign: Sign, phantom: Phantom, where: Frame) -> float:
    """Length of a lesion along its duct as it projects; never less than it is wide."""
    assert sign.duct is not None  # noqa: S101 (the caller has asked)
    duct = phantom.ducts.branches[sign.duct]
    ends = np.clip(sign.arc_mm + np.array([-0.5, 0.5]) * sign.extent_mm, 0, duct.length_mm)
    path = np.stack([duct.at(float(arc)) for arc in np.linspace(ends[0], ends[1], 15)])
    flat = np.linalg.norm(np.diff(_in_plane_mm(path, where), axis=0), axis=1).sum()
    share = float(flat / np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    return max(sign.extent_mm * share, sign.evidence.get("width_mm", _SHORTEST_MM))
