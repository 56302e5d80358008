"""Lobes keep apart, end in lobules, and grow the same way each time."""

from __future__ import annotations

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.patient.breast import Breast
from galactolab.patient.lobes import lobes

BREAST = Breast(seed=12)


@pytest.fixture(scope="module")
def grown():
    return lobes(BREAST, n_lobes=9)


def test_openings_lie_on_the_nipple_and_apart(grown):
    """Each opening is on the tip, no two share a place, and there are two groups."""
    places = np.array([lobe.orifice_mm for lobe in grown])
    assert (np.hypot(places[:, 1], places[:, 2]) < BREAST.nipple_mm[1] / 2).all()
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert gaps[~np.eye(len(places), dtype=bool)].min() > 0.5
    assert {lobe.central for lobe in grown} == {True, False}


def test_every_lobe_starts_at_its_opening_and_ends_in_lobules(grown):
    """The main duct begins at the opening; terminal ducts end in lobules."""
    for lobe in grown:
        assert np.allclose(lobe.ducts.branches[0].path_mm[0], lobe.orifice_mm, atol=0.5)
        assert lobe.ducts.lobules


def test_lobes_stay_inside_the_breast(grown):
    """No duct leaves the skin."""
    for lobe in grown:
        points = np.concatenate([branch.path_mm for branch in lobe.ducts.branches])
        deep = points[points[:, 0] > 5]
        assert BREAST.within(deep, margin_mm=0.0).mean() > 0.99


def test_the_same_breast_grows_the_same_lobes(grown):
    """The seed decides everything."""
    again = lobes(BREAST, n_lobes=9)
    assert [len(lobe.ducts) for lobe in again] == [len(lobe.ducts) for lobe in grown]


@pytest.mark.parametrize("n", [3, 21])
def test_a_number_of_lobes_that_cannot_be_is_refused(n):
    """Between 4 and 20."""
    with pytest.raises(GalactolabError, match="n_lobes"):
        lobes(BREAST, n_lobes=n)
