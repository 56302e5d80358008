"""Descriptors of branching, against trees small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from galactolab.errors import GalactolabError
from galactolab.reading import branching, densitometry, measure
from galactolab.records import Galactogram
from galactolab.tree import Branch, DuctTree
from tests.reading import drawing


def grown(parents: list[int], *, spacing_mm: float = 0.1) -> DuctTree:
    """A tree with these parents; each child starts where its parent ends."""
    rng = np.random.default_rng(0)
    ends = [np.array([0.0, 0.0])]
    branches = []
    for index, parent in enumerate([-1, *parents]):
        start = ends[parent + 1] if index else ends[0]
        end = start + rng.uniform(5, 15, 2)
        ends.append(end)
        branches.append(
            Branch(
                path=np.array([start, end]),
                radius_mm=np.full(2, 0.5),
                parent=None if index == 0 else parent,
            )
        )
    return DuctTree(branches=tuple(branches), spacing_mm=(spacing_mm, spacing_mm))


@st.composite
def trees(draw):
    """Any tree of up to 20 branches, parents before children."""
    count = draw(st.integers(0, 19))
    return grown([draw(st.integers(0, index)) for index in range(count)])


BALANCED = grown([0, 0, 1, 1, 2, 2])
COMB = grown([0, 0, 2, 2, 4, 4])


def test_a_balanced_tree_is_symmetric_and_a_comb_is_not():
    """Partition asymmetry: 0 for halves, 1 where each fork gives off one end."""
    assert branching.partition_asymmetry(BALANCED) == 0
    assert branching.partition_asymmetry(COMB) == 1


def test_a_balanced_tree_has_births_only_and_bifurcation_ratio_two():
    """Orders 3, 2, 1: four, two and one; every fork is a birth."""
    np.testing.assert_allclose(branching.ramification(BALANCED), [[0, 1, 0], [0, 0, 1]])
    assert branching.bifurcation_ratio(BALANCED) == pytest.approx(2)


@settings(max_examples=50)
@given(trees())
def test_rows_of_the_ramification_matrix_sum_to_one_or_nothing(tree):
    """Shares of the bifurcations of one order."""
    sums = branching.ramification(tree).sum(axis=1)
    assert np.all(np.isclose(sums, 1) | (sums == 0))


@settings(max_examples=50)
@given(trees())
def test_strings_tell_the_shape_of_a_tree(tree):
    """Depth first visits each node once; Pruefer's code has two symbols less than nodes."""
    text = branching.depth_first_string(tree)
    assert sorted(text) == list(range(len(tree) + 1))
    assert len(branching.prufer_string(tree)) == max(0, len(tree) - 1)


@settings(max_examples=30)
@given(trees(), st.floats(0.5, 4))
def test_scale_changes_no_descriptor_of_branching(tree, factor):
    """Spacing moves lengths only."""
    spacing = (tree.spacing_mm[0] * factor,) * 2
    other = DuctTree(branches=tree.branches, spacing_mm=spacing)
    assert branching.depth_first_string(other) == branching.depth_first_string(tree)
    np.testing.assert_array_equal(branching.ramification(other), branching.ramification(tree))
    assert other.total_length_mm == pytest.approx(factor * tree.total_length_mm)
    one, two = measure.branches(tree), measure.branches(other)
    np.testing.assert_allclose(two["angle_deg"], one["angle_deg"], atol=1e-6)


def test_a_tree_is_most_like_itself():
    """Cosine 1 on the diagonal, symmetric, between 0 and 1."""
    texts = [branching.prufer_string(tree) for tree in (BALANCED, COMB)]
    found = branching.similarity([*texts, texts[0]])
    assert found[0, 2] == pytest.approx(1)
    assert found[0, 1] < 1
    np.testing.assert_allclose(found, found.T)


def test_circles_round_the_orifice_cross_a_straight_duct_once():
    """Sholl: one crossing per ring until the duct ends, 40 mm away."""
    rings = branching.sholl(drawing.straight_tree((0, 0), (0, 400)), step_mm=5.0)
    assert rings[:, 1].tolist() == [1.0] * 8
    with pytest.raises(GalactolabError, match="step_mm is 0"):
        branching.sholl(COMB, step_mm=0)


def test_a_line_has_dimension_one():
    """Box counting on a straight duct."""
    line = drawing.straight_tree((0, 0), (37, 1500))
    assert branching.fractal_dimension(line) == pytest.approx(1, abs=0.06)


def test_the_volume_of_a_tube_is_weighed_whatever_the_blur():
    """Blur moves signal and loses none: within 8 % of pi r^2 times length."""
    import cv2

    sharp = 0.4 * drawing.shadow([([(50.0, 150.0), (250.0, 150.0)], 0.5)])
    tree = drawing.straight_tree((60.0, 150.0), (240.0, 150.0), radius_mm=0.5)
    for sigma in (0.01, 1.0, 2.0):
        pixels = cv2.GaussianBlur(sharp, (0, 0), sigma)
        picture = Galactogram(pixels=pixels, spacing_mm=0.1, intent="FOR PROCESSING")
        volume = densitometry.volume_mm3(picture, tree, signal_per_mm=0.4)
        assert volume == pytest.approx(np.pi * 0.25 * 18.0, rel=0.08)


def test_gray_values_for_the_eye_are_not_weighed():
    """They are not proportional to the contrast medium."""
    picture = Galactogram(pixels=np.zeros((20, 20)), spacing_mm=0.1)
    with pytest.raises(GalactolabError, match="FOR PROCESSING"):
        densitometry.branches(picture, COMB)
