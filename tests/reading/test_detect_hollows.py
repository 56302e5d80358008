"""A body at the wall of a wide duct leaves a hollow; an empty or narrowed duct has none."""

from __future__ import annotations

import numpy as np
import pytest

from galactolab.reading import detect_hollows
from galactolab.reading.detect_voids import ground, poured
from galactolab.reading.scene import Scene, scene
from galactolab.records import Image
from galactolab.terms import FindingType
from galactolab.tree import Branch, DuctTree

SPACING_MM, RADIUS_MM = 0.1, 1.5
ROW, COLUMN = np.mgrid[:160, :300] * SPACING_MM


def _duct(radius_mm: Image | float = RADIUS_MM) -> Image:
    return 2 * np.sqrt(np.maximum(np.square(radius_mm) - (ROW - 8.0) ** 2, 0)).astype(np.float32)


def _seen(thick: Image, radius_mm: float = RADIUS_MM) -> Scene:
    noise = np.random.default_rng(1).normal(0, 0.01, thick.shape)
    path = np.column_stack([np.full(280, 80.0), np.arange(10.0, 290.0)])
    branch = Branch(path=path, radius_mm=np.full(280, radius_mm))
    tree = DuctTree(spacing_mm=(SPACING_MM, SPACING_MM), branches=(branch,))
    return scene((thick + noise).astype(np.float32), tree)


def _graded(thick: Image, radius_mm: float = RADIUS_MM) -> list[float]:
    seen = _seen(thick, radius_mm)
    found = detect_hollows.hollows(poured(ground(seen.signal, seen.tree)), seen)
    return [finding.score for finding in detect_hollows.of_hollows(found)]


def test_body_at_the_wall_is_a_filling_defect() -> None:
    body = 2 * np.sqrt(np.maximum(1.2**2 - (ROW - 8.25) ** 2 - (COLUMN - 15) ** 2, 0))
    seen = _seen(np.maximum(_duct() - body, 0).astype(np.float32))
    found = detect_hollows.of_hollows(
        detect_hollows.hollows(poured(ground(seen.signal, seen.tree)), seen)
    )
    best = max(found, key=lambda finding: finding.score)
    assert best.score > 0.5
    assert best.type is FindingType.INTRALUMINAL_FILLING_DEFECT
    assert best.location == pytest.approx((82, 150), abs=6)


def test_plain_and_narrowed_ducts_have_no_hollow() -> None:
    waist = RADIUS_MM - 0.9 * np.exp(-(((COLUMN - 15) / 2) ** 2))
    assert max(_graded(_duct()), default=0) < 0.01
    assert max(_graded(_duct(waist)), default=0) < 0.01


def test_small_body_that_pushes_the_walls_out_is_a_filling_defect() -> None:
    """What the ducts that lead there cannot explain is a bulge; without a body it is none."""
    bulge = 0.35 + 0.75 * np.exp(-(((COLUMN - 15) / 1.3) ** 4))
    body = 2 * np.sqrt(np.maximum(0.85**2 - (ROW - 8.1) ** 2 - (COLUMN - 15) ** 2, 0))
    with_body = _graded(np.maximum(_duct(bulge) - body, 0).astype(np.float32), 0.35)
    assert max(with_body, default=0) > 0.5
    assert max(_graded(_duct(bulge), 0.35), default=0) < 0.01


def test_small_hollow_between_ducts_that_cross_is_none() -> None:
    tubes = [
        2 * np.sqrt(np.maximum(0.35**2 - (ROW - 8.0 - slope * (COLUMN - 15) - away) ** 2, 0))
        for slope, away in ((0.0, 0.55), (0.0, -0.55), (0.6, 0.0), (-0.6, 0.0))
    ]
    assert max(_graded(sum(tubes).astype(np.float32), 0.35), default=0) < 0.1
