"""Unions of balls stand for the solids that their names promise."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from galactolab.patient import solids


def _inside(solid, points):
    away = np.linalg.norm(points[:, None] - solid.center_mm[None], axis=-1)
    return (away <= solid.radius_mm).any(axis=1)


def test_a_tube_has_the_volume_of_a_cylinder_with_round_ends(rng):
    """Counting random points: pi r^2 L + 4/3 pi r^3 within 3 %."""
    solid = solids.tube(np.array([[0.0, 0, 0], [10, 0, 0]]), np.array([1.0, 1.0]))
    low, high = np.array([-1.5, -1.5, -1.5]), np.array([11.5, 1.5, 1.5])
    share = _inside(solid, rng.uniform(low, high, (60_000, 3))).mean()
    volume = share * np.prod(high - low)
    assert volume == pytest.approx(np.pi * 10 + 4 / 3 * np.pi, rel=0.03)


def test_a_tapering_tube_keeps_its_radius_at_each_place():
    """Halfway from 1 mm to 0.2 mm the balls have 0.6 mm."""
    solid = solids.tube(np.array([[0.0, 0, 0], [8, 0, 0]]), np.array([1.0, 0.2]))
    nearest = np.argmin(np.abs(solid.center_mm[:, 0] - 4))
    assert solid.radius_mm[nearest] == pytest.approx(0.6, abs=0.03)


@given(length=st.floats(1, 12), ratio=st.floats(0.2, 1))
def test_an_ellipsoid_has_its_axes(length, ratio):
    """No point lies beyond half the length or half the width; both are reached."""
    along = np.array([0.0, 1, 0])
    solid = solids.ellipsoid(np.zeros(3), along, length_mm=length, width_mm=ratio * length)
    reach = np.max(np.abs(solid.center_mm @ along) + solid.radius_mm)
    assert reach <= length / 2 * 1.001
    assert reach >= length / 2 * 0.9
    assert solid.radius_mm.max() == pytest.approx(ratio * length / 2)


def test_a_cloud_has_the_extent_that_is_asked_for(rng):
    """Its farthest surface lies at half the extent from its middle."""
    solid = solids.cloud(np.ones(3), extent_mm=9, n_balls=80, rng=rng)
    reach = np.max(np.linalg.norm(solid.center_mm - 1, axis=1) + solid.radius_mm)
    assert reach == pytest.approx(4.5)


def test_directions_are_of_unit_length_and_without_preference(rng):
    """Mean of many unit vectors is near zero."""
    unit = solids.directions(4000, rng=rng)
    assert np.allclose(np.linalg.norm(unit, axis=1), 1)
    assert np.linalg.norm(unit.mean(axis=0)) < 0.05
