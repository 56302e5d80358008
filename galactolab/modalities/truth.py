"""What is really in a projected virtual patient, in the form of a reading.

The truth of a view is an `Analysis` like the one that the pipeline makes, so that the score
compares like with like: the mask of filled lumen, the tree of filled ducts as it projects, its
measurements, and the findings that a reader can be asked for in this view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from galactolab.modalities.projection import Frame, ThicknessMaps, cut, frame, render
from galactolab.modalities.signs import shown
from galactolab.patient.lesions import Lesion
from galactolab.patient.phantom import Phantom
from galactolab.records import Analysis, DuctMask, Finding, Step
from galactolab.terms import FindingType, View
from galactolab.tree import Branch, DuctTree

Floats = npt.NDArray[np.float64]

# A duct is ectatic above 2 mm, at the ampulla above 3 mm (clinical facts, section 1.3). The
# ampulla is taken as the first 12 mm from the orifice.
ECTASIA_MM = 2.0
AMPULLA_MM = 3.0
_AMPULLA_REACH_MM = 12.0
_ECTASIA_LENGTH_MM = 2.0
# A stretch goes on over places that are a little narrower than the limit.
_CARRY = 0.7
# Filled pieces of duct shorter than this are no branches of the tree.
_SHORT_MM = 0.3


def analysis(
    phantom: Phantom,
    *,
    view: View,
    spacing_mm: float | tuple[float, float] = 0.1,
    shape: tuple[int, int] | None = None,
    maps: ThicknessMaps | None = None,
) -> Analysis:
    """Return the truth of one view.

    Parameters
    ----------
    phantom : Phantom
    view : View
    spacing_mm : float or (float, float)
        Pixel distance at the object.
    shape : (M, N) or None
        Size of the image; the whole breast when left out.
    maps : ThicknessMaps or None
        The rendered view, if it is at hand; it is made otherwise.

    Returns
    -------
    Analysis
        A normal tree has no findings.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> from galactolab.patient.lesions import Plan
    >>> patient = phantom.make(seed=4, lesions=[Plan(kind="stenosis", size_mm=6)])
    >>> [f.type.label for f in analysis(patient, view=View.CC, spacing_mm=0.4).findings]
    ['duct narrowing']
    """
    from galactolab.reading import measure  # noqa: PLC0415 (the reading room imports slowly)

    if maps is None:
        maps = render(phantom, view=view, spacing_mm=spacing_mm, shape=shape)
    where = frame(phantom, view=view, spacing_mm=spacing_mm, shape=shape)
    flat = projected(phantom, where)
    return Analysis(
        mask=DuctMask(pixels=maps.lumen, spacing_mm=where.spacing_mm),
        tree=flat.tree,
        measurements=measure.branches(flat.tree),
        findings=findings(phantom, where, flat),
        steps=(
            Step(
                stage=f"{__name__}:analysis",
                parameters={"seed": phantom.seed, "view": view.value},
            ),
        ),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Projected:
    """The filled tree in an image, and where each duct of the patient went.

    Attributes
    ----------
    tree : DuctTree
    branch_of : dict of int to int
        For each filled duct, the branch that shows it.
    depths_mm : tuple of (K,) arrays
        Depth along the beam at each point of each branch.
    """

    tree: DuctTree
    branch_of: dict[int, int]
    depths_mm: tuple[Floats, ...]


def projected(phantom: Phantom, where: Frame) -> Projected:
    """Return the filled ducts as a tree in the image.

    Ducts that the contrast did not reach are missing, the last one before them is cut where
    the contrast ends, and a node that lost all but one daughter is no node any more.
    """
    ducts, filled = phantom.ducts, phantom.filling.seen_mm
    visible = [i for i in range(len(ducts)) if filled[i] > _SHORT_MM]
    daughters: dict[int, list[int]] = {i: [] for i in visible}
    for index in visible:
        parent = ducts.branches[index].parent
        if parent is not None:
            daughters[parent].append(index)
    branch_of: dict[int, int] = {}
    paths: list[list[Floats]] = []
    radii: list[list[Floats]] = []
    parents: list[int | None] = []
    for index in visible:
        duct = ducts.branches[index]
        path, radius = cut(duct, filled[index])
        placed = where.placed(path)
        if duct.parent is not None and len(daughters[duct.parent]) == 1:
            number = branch_of[duct.parent]
            paths[number].append(placed[1:])
            radii[number].append(radius[1:])
        else:
            number = len(paths)
            paths.append([placed])
            radii.append([radius])
            parents.append(None if duct.parent is None else branch_of[duct.parent])
        branch_of[index] = number
    whole = [np.concatenate(parts) for parts in paths]
    branches = tuple(
        Branch(path=path[:, :2].copy(), radius_mm=np.concatenate(radius), parent=parent)
        for path, radius, parent in zip(whole, radii, parents, strict=True)
    )
    return Projected(
        tree=DuctTree(branches=branches, spacing_mm=where.spacing_mm),
        branch_of=branch_of,
        depths_mm=tuple(path[:, 2] for path in whole),
    )


def findings(phantom: Phantom, where: Frame, flat: Projected) -> tuple[Finding, ...]:
    """Return what a reader can find in this view: planted signs, and every ectasia."""
    found = [
        shown(sign, phantom, where=where, branch_of=flat.branch_of)
        for lesion in phantom.lesions
        for sign in lesion.signs
    ]
    return (*(finding for finding in found if finding is not None), *_ectasias(flat))


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Two ducts that only seem to meet: they pass each other at different depths.

    Attributes
    ----------
    location : (float, float)
        (row, column) in pixels.
    branches : (int, int)
        Indices in the projected tree.
    gap_mm : float
        Distance of their axes along the beam.
    """

    location: tuple[float, float]
    branches: tuple[int, int]
    gap_mm: float


def crossings(flat: Projected) -> tuple[Crossing, ...]:
    """Return where branches cross in the image without being joined there.

    Parameters
    ----------
    flat : Projected
    """
    # Plan: all steps of all paths as segments (S, 2, 3); near pairs of different branches
    # from a tree of midpoints; both parameters of each pair's intersection at once.
    tree = flat.tree
    if len(tree) < 2:
        return ()
    ends = [
        np.column_stack([branch.path, depth])
        for branch, depth in zip(tree.branches, flat.depths_mm, strict=True)
    ]
    start = np.concatenate([path[:-1] for path in ends])
    step = np.concatenate([np.diff(path, axis=0) for path in ends])
    owner = np.repeat(np.arange(len(tree)), [len(path) - 1 for path in ends])
    reach = float(np.hypot(step[:, 0], step[:, 1]).max())
    pairs = cKDTree(start[:, :2] + step[:, :2] / 2).query_pairs(reach, output_type="ndarray")
    i, j = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]].T
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = step[i, 0] * step[j, 1] - step[i, 1] * step[j, 0]
        apart = start[j, :2] - start[i, :2]
        t = (apart[:, 0] * step[j, 1] - apart[:, 1] * step[j, 0]) / turn
        u = (apart[:, 0] * step[i, 1] - apart[:, 1] * step[i, 0]) / turn
    # Joints are no crossings: daughters start where their parent ends, at t or u of 0 or 1.
    hit = np.flatnonzero((t > 1e-6) & (t < 1 - 1e-6) & (u > 1e-6) & (u < 1 - 1e-6))
    found = []
    for k in hit:
        a, b = start[i[k]] + t[k] * step[i[k]], start[j[k]] + u[k] * step[j[k]]
        found.append(
            Crossing(
                location=(float(a[0]), float(a[1])),
                branches=(int(owner[i[k]]), int(owner[j[k]])),
                gap_mm=abs(float(a[2] - b[2])),
            )
        )
    return tuple(found)


def mimics(phantom: Phantom, *, where: Frame) -> tuple[tuple[Lesion, tuple[float, float]], ...]:
    """Return the lesions that only look like disease, with their (row, column)."""
    pairs = []
    for lesion in phantom.lesions:
        if lesion.is_mimic:
            # Bubbles and clots lie elsewhere in the second view.
            solid = lesion.displacing_in(where.posture.view)
            point = solid.center_mm[0] if len(solid) else lesion.point_mm
            row, column, _ = where.placed(point)
            pairs.append((lesion, (float(row), float(column))))
    return tuple(pairs)


def _ectasias(flat: Projected) -> list[Finding]:
    """One finding for each connected stretch of ducts that are too wide.

    The stretch is followed from the orifice outward through the tree; its place is where the
    caliber is largest, its extent the longest way along it.
    """
    tree = flat.tree
    # For each branch: ways from the orifice, and which points are too wide.
    start: list[float] = []
    groups: list[dict[str, float]] = []
    open_at_end: list[int | None] = []
    for branch in tree.branches:
        before = branch.parent
        way0 = 0.0 if before is None else start[before] + _length(tree, before)
        start.append(way0)
        way = way0 + branch.arc_mm(tree.spacing_mm)
        limit = np.where(way < _AMPULLA_REACH_MM, AMPULLA_MM, ECTASIA_MM)
        wide = 2 * branch.radius_mm > limit
        still = 2 * branch.radius_mm > _CARRY * limit
        group = None if before is None else open_at_end[before]
        for k in range(len(way)):
            if not (wide[k] or (group is not None and still[k])):
                group = None
                continue
            if group is None:
                groups.append({"caliber_mm": 0.0, "from_mm": float(way[k]), "to_mm": 0.0})
                group = len(groups) - 1
            if wide[k]:
                _grow(groups[group], branch, len(open_at_end), k, float(way[k]))
        open_at_end.append(group)
    return [
        Finding(
            type=FindingType.DUCT_ECTASIA,
            location=(group["row"], group["column"]),
            extent_mm=group["to_mm"] - group["from_mm"],
            branch=int(group["branch"]),
            evidence={"caliber_mm": group["caliber_mm"], "distance_mm": group["from_mm"]},
        )
        for group in groups
        if group["to_mm"] - group["from_mm"] >= _ECTASIA_LENGTH_MM
    ]


def _grow(group: dict[str, float], branch: Branch, number: int, k: int, way_mm: float) -> None:
    group["to_mm"] = max(group["to_mm"], way_mm)
    caliber = 2 * float(branch.radius_mm[k])
    if caliber > group["caliber_mm"]:
        group["caliber_mm"] = caliber
        group["branch"] = number
        group["row"], group["column"] = (float(v) for v in branch.path[k])


def _length(tree: DuctTree, index: int) -> float:
    return tree.branches[index].length_mm(tree.spacing_mm)
