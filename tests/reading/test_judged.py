"""Which stretches of centerline are ducts, in drawn pictures."""

from __future__ import annotations

import numpy as np
import pytest

from galactolab.reading import segment
from galactolab.records import Galactogram
from tests.reading.drawing import shadow


@pytest.mark.parametrize("seed", range(3))
def test_a_twig_that_runs_beside_its_duct_is_found(seed):
    """It falls off to the far side only, for the wide duct lies on the other."""
    ducts = [
        ([(390.0, 150.0), (30.0, 150.0)], 0.7),
        ([(250.0, 150.0), (120.0, 80.0)], 0.5),
        ([(300.0, 150.0), (286.0, 164.0), (180.0, 164.0)], 0.12),
    ]
    noise = np.random.default_rng(seed).normal(0, 0.01, (400, 300))
    pixels = noise + 0.3 * shadow(ducts, shape=(400, 300))
    picture = Galactogram(pixels=pixels, spacing_mm=0.1, intent="FOR PROCESSING")
    found = segment.ridges(picture).pixels
    assert found[190:280, 163:166].any(axis=1).mean() > 0.9


def test_metal_within_the_breast_does_not_make_ducts_look_flat():
    """The tip of a cannula is much steeper than the ducts that it fills."""
    ducts = [
        ([(390.0, 150.0), (200.0, 150.0), (40.0, 90.0)], 0.7),
        ([(200.0, 150.0), (60.0, 230.0)], 0.5),
        ([(150.0, 130.0), (90.0, 190.0)], 0.4),
        ([(120.0, 195.0), (40.0, 150.0)], 0.3),
    ]
    cannula = [([(390.0, 150.0), (200.0, 150.0)], 0.3)]
    pixels = np.random.default_rng(0).normal(0, 0.01, (400, 300))
    pixels += 0.3 * shadow(ducts, shape=(400, 300)) + 10 * shadow(cannula, shape=(400, 300))
    picture = Galactogram(pixels=pixels, spacing_mm=0.1, intent="FOR PROCESSING")
    found = segment.ridges(picture).pixels
    assert found[60:190].any(axis=1).mean() > 0.95
