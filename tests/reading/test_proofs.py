"""A tree is proved by what is beyond doubt in it."""

from __future__ import annotations

import numpy as np
import pytest

from galactolab.reading import segment
from galactolab.reading.proofs import Part, Proof, proof
from galactolab.records import Galactogram
from tests.reading.drawing import shadow


@pytest.mark.parametrize(
    ("evident_mm", "passed_mm", "is_tree"),
    [(25.0, 500.0, True), (15.0, 500.0, False), (10.0, 100.0, True), (5.0, 100.0, False)],
)
def test_evident_pieces_prove_a_tree_by_length_and_share(evident_mm, passed_mm, is_tree) -> None:
    """Tissue has up to 15 mm that is evident, in much that is not."""
    assert Proof(evident_mm=evident_mm).suffices(passed_mm) is is_tree


@pytest.mark.parametrize(
    ("changed", "is_tree"),
    [
        ({}, False),
        ({"is_from_nipple": True}, True),
        ({"is_from_nipple": True, "evident_mm": 0.0}, False),
        ({"significance": 13.0}, True),
        ({"significance": 13.0, "deep_mm": 6.0}, False),
    ],
)
def test_a_faint_trunk_needs_the_nipple_or_calm_surroundings(changed, is_tree) -> None:
    """Strands of dense tissue are long, too, but do not lead on from the nipple itself."""
    part = {"length_mm": 30.0, "evident_mm": 3.0, "deep_mm": 20.0, "significance": 8.0}
    found = proof([Part(**(part | {"is_from_nipple": False} | changed))])
    assert found.suffices(300.0) is is_tree


def _breast() -> np.ndarray:
    """Return a breast of 48 mm with its nipple to the left, in log attenuation."""
    rows, columns = np.indices((640, 520)) * 0.1
    deep = np.clip(48.0 - np.hypot(rows - 32.0, columns - 54.0), 0, None)
    return 1.2 * np.sqrt(np.clip(deep / 25.0, 0, 1)) + 0.4 * (deep > 0)


def test_an_ampulla_is_wider_than_the_orifice_before_it() -> None:
    """A filling that ends behind the ampulla has no fork, but no tissue is as bright."""
    filled = [
        ([(320.0, 75.0), (322.0, 180.0)], 0.2),
        ([(322.0, 180.0), (324.0, 200.0), (330.0, 260.0)], 1.5),
    ]
    pixels = _breast() + 0.4 * shadow(filled, shape=(640, 520))
    pixels += np.random.default_rng(0).normal(0, 0.01, pixels.shape)
    picture = Galactogram(pixels=pixels, spacing_mm=0.1, intent="FOR PROCESSING")
    found = segment.ridges(picture).pixels
    assert found[318:330, 190:250].mean() > 0.8
