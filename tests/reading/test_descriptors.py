"""The table of descriptors is complete, and its numbers are those of drawn trees."""

from __future__ import annotations

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.reading import branching, descriptors, measure
from galactolab.records import Galactogram
from galactolab.tree import DuctTree
from tests.reading import drawing

EMPTY = DuctTree(branches=(), spacing_mm=(0.1, 0.1))


def test_every_number_of_the_summary_has_a_unit_and_a_source(y_tree: DuctTree):
    """No descriptor is printed without where it comes from; mm stand where the name says so."""
    table = descriptors.table(y_tree)
    assert set(measure.summary(y_tree)) <= set(table.index)
    assert (table["source"].str.len() > 5).all()
    for name, unit in table["unit"].items():
        assert str(name).endswith("_mm") == (unit == "mm")


def test_numbers_of_a_drawn_y(y_tree: DuctTree):
    """Three branches, two ends, order 2; a trunk of 0.3 mm and two of 0.4 times root 2."""
    value = descriptors.table(y_tree)["value"]
    assert (value["n_branches"], value["n_terminals"], value["highest_order"]) == (3, 2, 2)
    assert value["total_length_mm"] == pytest.approx(0.3 + 2 * 0.4 * 2**0.5)
    assert np.isnan(value["sholl_peak"])  # smaller than the first circle


def test_the_contrast_of_a_tube_is_weighed_only_where_pixels_are_physics():
    """Pi r^2 times length for FOR PROCESSING, nothing for gray values."""
    tree = drawing.straight_tree((60.0, 150.0), (240.0, 150.0), radius_mm=0.8)
    pixels = 0.4 * drawing.shadow([([(30.0, 150.0), (270.0, 150.0)], 0.8)])
    raw = Galactogram(pixels=pixels, spacing_mm=0.1, intent="FOR PROCESSING")
    shown = Galactogram(pixels=pixels, spacing_mm=0.1)
    weighed = descriptors.table(tree, raw)["value"]["contrast_volume_mm3"]
    assert weighed == pytest.approx(np.pi * 0.64 * 18, rel=0.1)
    assert np.isnan(descriptors.table(tree, shown)["value"]["contrast_volume_mm3"])


def test_a_profile_runs_on_from_the_parent(y_tree: DuctTree):
    """The way of a daughter starts where its parent's ends; every branch has both ends."""
    profile = descriptors.caliber_profile(y_tree, step_mm=0.1)
    trunk, left = (profile[profile["branch"] == index] for index in (0, 1))
    assert left["way_mm"].iloc[0] == pytest.approx(trunk["way_mm"].iloc[-1])
    assert left["arc_mm"].iloc[0] == 0
    assert profile["caliber_mm"].unique() == pytest.approx([0.1])
    with pytest.raises(GalactolabError, match="step_mm is 0"):
        descriptors.caliber_profile(y_tree, step_mm=0)


def test_an_empty_tree_has_no_profile_and_no_nan_traceback():
    """Counts are 0, the rest is not-a-number."""
    assert descriptors.caliber_profile(EMPTY).empty
    assert descriptors.table(EMPTY)["value"]["n_branches"] == 0
    assert branching.depth_first_string(EMPTY) == ()
