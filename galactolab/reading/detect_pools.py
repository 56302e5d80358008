"""Pools: contrast that is wide all around and no duct, leaked or in cysts that fill.

What `patches` finds wide all around is the lumen of a wide duct or of a cyst, or contrast that
has leaked. An extravasation is far from the lumen of its own outline: uneven, not sharp,
ragged. Cysts that touch are smooth, and no contrast goes on beyond them; single ones are the
matter of `detect_balls`. What is read off the place of a pool is read off no duct.
"""

from __future__ import annotations

import cv2
import numpy as np

from galactolab.reading.duct_points import DuctPoints
from galactolab.reading.marks import gap_mm
from galactolab.reading.patches import STEP_MM, Patch, leaked, patches, sealed
from galactolab.reading.scene import RAISED_STEP_MM, Scene, coarse
from galactolab.records import Finding, Mask
from galactolab.terms import FindingType

# What leaks lies beside a duct, but little may be left of that duct in the tree.
_NEAR_DUCT_MM = 3.0
_SURE = 0.5
# A body in a lumen lies no further from the patch than this.
_BESIDE_BODY_MM = 1.0


def pools(scene: Scene) -> list[Patch]:
    """Return the patches that lie beside ducts, widest first."""
    per_mm = max(scene.signal_per_mm, 1e-9)
    small = coarse(scene.signal, scene.tree.spacing_mm, step_mm=STEP_MM)
    shape = (scene.signal.shape[0], scene.signal.shape[1])
    found = patches(small / np.float32(per_mm), least_mm=6 * scene.noise / per_mm, shape=shape)
    ducts = scene.ducts
    return [patch for patch in found if _is_beside(patch, ducts, scene)]


def _is_beside(patch: Patch, ducts: DuctPoints, scene: Scene) -> bool:
    """Return whether a patch lies beside a duct and, unlike the nipple, well below the skin."""
    gap, _, _ = ducts.nearest(np.array(patch.point) * scene.tree.spacing_mm)
    is_nipple = scene.is_nipple(patch.point, patch.extent_mm)
    inside = scene.depth_mm(patch.point) > 0.4 * patch.width_mm and not is_nipple
    return inside and gap < 0.5 * patch.extent_mm + _NEAR_DUCT_MM


def without_bodies(found: list[Patch], bodies: list[Finding], scene: Scene) -> list[Patch]:
    """Leave out the leaks in which a filling defect lies: what a body displaces is lumen."""
    return [
        patch
        for patch in found
        if leaked(patch) <= sealed(patch)
        or all(
            gap_mm(patch.point, body.location, spacing_mm=scene.tree.spacing_mm)
            > 0.5 * patch.extent_mm + _BESIDE_BODY_MM
            for body in bodies
        )
    ]


def of_pools(found: list[Patch], scene: Scene, *, min_score: float = 0.5) -> list[Finding]:
    """Return the extravasations and the cysts among the pools."""
    ducts = scene.ducts
    graded = [_finding(patch, ducts, scene) for patch in found]
    return [finding for finding in graded if finding.score >= min_score]


def _finding(patch: Patch, ducts: DuctPoints, scene: Scene) -> Finding:
    gap, branch, way = ducts.nearest(np.array(patch.point) * scene.tree.spacing_mm)
    leak, cyst = leaked(patch), sealed(patch)
    return Finding(
        type=FindingType.EXTRAVASATION if leak > cyst else FindingType.CYST_FILL,
        location=patch.point,
        extent_mm=patch.extent_mm,
        branch=branch,
        score=max(leak, cyst),
        evidence={
            "extent_mm": patch.extent_mm,
            "width_mm": patch.width_mm,
            "thickness_mm": patch.thickness_mm,
            "unevenness_percent": 100 * patch.unevenness,
            "sharpness_percent": 100 * patch.sharpness,
            "raggedness_mm": patch.raggedness,
            "elongation": patch.elongation,
            "free_border_percent": 100 * patch.free,
            "distance_to_duct_mm": gap,
            "way_from_orifice_mm": way,
        },
    )


def covered(found: list[Patch], scene: Scene, *, margin_mm: float) -> Mask:
    """Return where a sure pool hides what else could be read, on the grid of `scene.raised`."""
    plane = np.zeros(scene.raised.shape, np.uint8)
    for patch in found:
        if max(leaked(patch), sealed(patch)) >= _SURE:
            places = np.argwhere(patch.area) + patch.corner + 0.5
            coarser = (places * (STEP_MM / RAISED_STEP_MM)).astype(int)
            row, column = np.minimum(coarser, np.array(plane.shape) - 1).T
            plane[row, column] = 1
    size = 2 * round(margin_mm / RAISED_STEP_MM) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(plane, disc) > 0, np.bool_)
