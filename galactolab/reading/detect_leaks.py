"""Leaks: dense contrast in the tissue beside a duct, an extravasation with a frayed border.

What `patches` finds wide all around is the lumen of a wide duct or of a cyst, or contrast that
has leaked. It is leaked if it is far from the lumen of its own outline: uneven, not sharp,
ragged. Whatever else is read off the same place is read off no duct, so a sure leak hides it.
"""

from __future__ import annotations

import cv2
import numpy as np

from galactolab.reading.duct_points import DuctPoints
from galactolab.reading.patches import STEP_MM, Patch, leaked, patches
from galactolab.reading.scene import RAISED_STEP_MM, Scene, coarse
from galactolab.records import Finding, Mask
from galactolab.terms import FindingType

# The nipple is a patch, too: none whose border lies so near the orifice is a leak.
_NIPPLE_MM = 1.0


def leaks(scene: Scene) -> list[Patch]:
    """Return the patches that may have leaked, widest first."""
    per_mm = max(scene.signal_per_mm, 1e-9)
    small = coarse(scene.signal, scene.tree.spacing_mm, step_mm=STEP_MM)
    shape = (scene.signal.shape[0], scene.signal.shape[1])
    found = patches(small / np.float32(per_mm), least_mm=6 * scene.noise / per_mm, shape=shape)
    ducts = DuctPoints(scene.tree)
    return [patch for patch in found if _is_beside(patch, ducts, scene)]


def _is_beside(patch: Patch, ducts: DuctPoints, scene: Scene) -> bool:
    point = np.array(patch.point) * scene.tree.spacing_mm
    gap, _, _ = ducts.nearest(point)
    reach = 0.5 * patch.extent_mm + _NIPPLE_MM
    return gap < reach and ducts.to_orifice(point) > 0.5 * patch.width_mm + _NIPPLE_MM


def of_leaks(found: list[Patch], scene: Scene, *, min_score: float = 0.5) -> list[Finding]:
    """Return the extravasations among the patches."""
    ducts = DuctPoints(scene.tree)
    graded = [_finding(patch, ducts, scene) for patch in found]
    return [finding for finding in graded if finding.score >= min_score]


def covered(found: list[Patch], scene: Scene, *, margin_mm: float) -> Mask:
    """Return where a sure leak hides what else could be read, on the grid of `scene.raised`."""
    plane = np.zeros(scene.raised.shape, np.uint8)
    for patch in found:
        if leaked(patch) >= 0.5:
            rows, columns = np.nonzero(patch.area)
            step = STEP_MM / RAISED_STEP_MM
            place = (np.stack([rows, columns], axis=1) + patch.corner + 0.5) * step
            row, column = np.minimum(place.astype(int), np.array(plane.shape) - 1).T
            plane[row, column] = 1
    size = 2 * round(margin_mm / RAISED_STEP_MM) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(plane, disc) > 0, np.bool_)


def _finding(patch: Patch, ducts: DuctPoints, scene: Scene) -> Finding:
    gap, branch, way = ducts.nearest(np.array(patch.point) * scene.tree.spacing_mm)
    return Finding(
        type=FindingType.EXTRAVASATION,
        location=patch.point,
        extent_mm=patch.extent_mm,
        branch=branch,
        score=leaked(patch),
        evidence={
            "extent_mm": patch.extent_mm,
            "width_mm": patch.width_mm,
            "thickness_mm": patch.thickness_mm,
            "unevenness_percent": 100 * patch.unevenness,
            "sharpness_percent": 100 * patch.sharpness,
            "raggedness_mm": patch.raggedness,
            "elongation": patch.elongation,
            "distance_to_duct_mm": gap,
            "way_from_orifice_mm": way,
        },
    )
