"""Narrowings that crossings and bifurcations hide are read off the caliber of the whole duct."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from galactolab.reading.detect_narrowings import agreed, of_waists, waists
from galactolab.reading.scene import Scene, scene
from galactolab.records import Finding, Image
from galactolab.terms import FindingType
from galactolab.tree import Branch, DuctTree
from tests.reading import drawing

SHAPE = (300, 620)
ROW = 150.0


def tapered(radius_mm: Image, *, row: float, first: int) -> tuple[Image, Branch]:
    """Return a straight duct from a column on, with these radii."""
    picture = np.zeros(SHAPE, np.float32)
    away = 0.1 * np.abs(np.arange(SHAPE[0])[:, None] - row)
    columns = np.arange(first, first + len(radius_mm))
    picture[:, columns] = 2 * np.sqrt(np.maximum(radius_mm**2 - away**2, 0))
    path = np.column_stack([np.full(len(columns), row), columns])
    return picture, Branch(path=path.astype(float), radius_mm=radius_mm)


def waisted(share: float, *, length: int = 500) -> Image:
    """Return the radii of a duct of 1.2 mm that loses a share of its caliber midway."""
    along = np.clip(1 - np.abs(np.arange(length) - length / 2) / 25, 0, 1)
    return np.asarray(0.6 * (1 - share * along), np.float64)


def seen(thickness: Image, *branches: Branch) -> Scene:
    """Return the scene of a thickness, blurred and noisy."""
    rng = np.random.default_rng(2)
    signal = ndimage.gaussian_filter(thickness, 0.6) + rng.normal(0, 0.01, SHAPE)
    tree = DuctTree(branches=branches, spacing_mm=(0.1, 0.1))
    return scene(np.asarray(signal, np.float32), tree)


def sure(view: Scene) -> list[Finding]:
    """Return the narrowings of a usual score."""
    return [finding for finding in of_waists(view) if finding.score >= 0.5]


@pytest.mark.parametrize("share", [0.55, 0.7])
def test_a_waist_has_its_place_and_its_percentage(share: float):
    """Contrast before and behind tells how wide the duct should be."""
    thickness, branch = tapered(waisted(share), row=ROW, first=60)
    (narrowing,) = sure(seen(thickness, branch))
    assert narrowing.location[1] == pytest.approx(310, abs=5)
    assert narrowing.evidence["stenosis_percent"] == pytest.approx(100 * share, abs=12)


def test_a_duct_that_crosses_the_waist_does_not_hide_it():
    """What is read together with a neighbor can only look too full."""
    thickness, branch = tapered(waisted(0.75), row=ROW, first=60)
    crossing = drawing.shadow([([(20.0, 300.0), (280.0, 320.0)], 0.25)], shape=SHAPE)
    way = drawing.straight_tree((ROW, 559.0), (20.0, 559.0), (20.0, 300.0), (280.0, 320.0))
    other = Branch(path=way.branches[0].path, radius_mm=np.full(len(way.branches[0].path), 0.25),
                   parent=0)  # fmt: skip
    found = sure(seen(thickness + crossing, branch, other))
    assert any(f.location == pytest.approx((ROW, 310), abs=8) for f in found)


def test_a_duct_that_only_gets_thinner_has_no_waist():
    """Ducts taper on their way from the orifice; nothing is wider further on."""
    thickness, branch = tapered(np.linspace(0.8, 0.2, 500), row=ROW, first=60)
    assert waists(seen(thickness, branch)) == []


def test_two_readings_of_one_place_speak_for_each_other():
    """Both narrowings become surer, and a filling defect there does not."""
    thickness, branch = tapered(waisted(0.6), row=ROW, first=60)
    view = seen(thickness, branch)
    one, other = (
        Finding(type=FindingType.DUCT_NARROWING, location=(ROW, c), extent_mm=2, score=0.4)
        for c in (305.0, 312.0)
    )
    body = Finding(type=FindingType.INTRALUMINAL_FILLING_DEFECT, location=(ROW, 308.0), score=0.4)
    scores = [finding.score for finding in agreed([one, body], [other], view)]
    assert scores == pytest.approx([0.64, 0.4, 0.64])
