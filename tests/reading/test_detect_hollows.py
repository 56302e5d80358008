"""A body at the wall of a wide duct leaves a hollow; an empty or narrowed duct has none."""

from __future__ import annotations

import numpy as np
import pytest

from galactolab.reading import detect_hollows
from galactolab.reading.detect_voids import poured
from galactolab.reading.scene import Scene, scene
from galactolab.records import Image
from galactolab.terms import FindingType
from galactolab.tree import Branch, DuctTree

SPACING_MM, RADIUS_MM = 0.1, 1.5
ROW, COLUMN = np.mgrid[:160, :300] * SPACING_MM


def _duct(radius_mm: Image | float = RADIUS_MM) -> Image:
    return 2 * np.sqrt(np.maximum(np.square(radius_mm) - (ROW - 8.0) ** 2, 0)).astype(np.float32)


def _seen(thick: Image) -> Scene:
    noise = np.random.default_rng(1).normal(0, 0.01, thick.shape)
    path = np.column_stack([np.full(280, 80.0), np.arange(10.0, 290.0)])
    branch = Branch(path=path, radius_mm=np.full(280, RADIUS_MM))
    tree = DuctTree(spacing_mm=(SPACING_MM, SPACING_MM), branches=(branch,))
    return scene((thick + noise).astype(np.float32), tree)


def _graded(thick: Image) -> list[float]:
    seen = _seen(thick)
    found = detect_hollows.hollows(poured(seen.signal, seen.tree), seen)
    return [finding.score for finding in detect_hollows.of_hollows(found)]


def test_body_at_the_wall_is_a_filling_defect() -> None:
    body = 2 * np.sqrt(np.maximum(1.2**2 - (ROW - 8.25) ** 2 - (COLUMN - 15) ** 2, 0))
    seen = _seen(np.maximum(_duct() - body, 0).astype(np.float32))
    found = detect_hollows.of_hollows(detect_hollows.hollows(poured(seen.signal, seen.tree), seen))
    best = max(found, key=lambda finding: finding.score)
    assert best.score > 0.5
    assert best.type is FindingType.INTRALUMINAL_FILLING_DEFECT
    assert best.location == pytest.approx((82, 150), abs=6)


def test_plain_and_narrowed_ducts_have_no_hollow() -> None:
    waist = RADIUS_MM - 0.9 * np.exp(-(((COLUMN - 15) / 2) ** 2))
    assert max(_graded(_duct()), default=0) < 0.01
    assert max(_graded(_duct(waist)), default=0) < 0.01
