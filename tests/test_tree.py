"""A duct tree has one root, no cycle, and every branch starts where its parent ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from galactolab.errors import GalactolabError
from galactolab.tree import Branch, DuctTree, to_networkx


def line(start, end, parent=None) -> Branch:
    path = np.array([start, end], float)
    return Branch(path=path, radius_mm=np.full(2, 0.5), parent=parent)


@st.composite
def trees(draw) -> DuctTree:
    """Random trees: each new branch starts at the end of any earlier one."""
    size = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    branches = [line((0, 0), rng.normal(size=2))]
    for index in range(1, size):
        parent = int(rng.integers(index))
        start = branches[parent].path[-1]
        branches.append(line(start, start + rng.normal(size=2), parent))
    return DuctTree(branches=tuple(branches), spacing_mm=0.1)


@given(trees())
def test_nodes_are_branches_plus_one(tree):
    """A tree with B branches has B + 1 nodes and, as a graph, no cycle."""
    import networkx as nx

    graph = to_networkx(tree)
    assert graph.number_of_nodes() == len(tree) + 1
    assert nx.is_arborescence(graph)


@given(trees())
def test_strahler_never_falls_toward_the_root(tree):
    """A parent's order is at least that of each child."""
    for branch, order in zip(tree.branches, tree.strahler, strict=True):
        if branch.parent is not None:
            assert tree.strahler[branch.parent] >= order


@given(trees())
def test_every_branch_leads_back_to_the_orifice(tree):
    """The way back ends at the root and is one longer than the generation."""
    for index in range(len(tree)):
        way = tree.way_to_orifice(index)
        assert way[-1] == 0
        assert len(way) == tree.generation[index] + 1


@given(trees(), st.floats(0.01, 10))
def test_lengths_scale_with_spacing_and_orders_do_not(tree, factor):
    """Twice the pixel distance is twice the length; topology is untouched."""
    scaled = replace(tree, spacing_mm=(0.1 * factor, 0.1 * factor))
    assert scaled.total_length_mm == pytest.approx(factor * tree.total_length_mm)
    assert scaled.strahler == tree.strahler


def test_the_empty_tree_is_allowed():
    """An image without ducts has a tree without branches."""
    empty = DuctTree(branches=(), spacing_mm=0.1)
    assert (len(empty), empty.orifice, empty.terminals) == (0, None, ())


@pytest.mark.parametrize(
    ("branches", "words"),
    [
        ((line((0, 0), (1, 1)), line((0, 0), (1, 1))), "one root"),
        ((line((0, 0), (1, 1), parent=0),), "one root"),
        ((line((0, 0), (1, 1)), line((1, 1), (2, 2), parent=1)), "before its child"),
        ((line((0, 0), (1, 1)), line((5, 5), (2, 2), parent=0)), "ends at"),
    ],
)
def test_what_is_no_tree_is_refused(branches, words):
    """Two roots, a cycle, or a gap between parent and child is told in one sentence."""
    with pytest.raises(GalactolabError, match=words):
        DuctTree(branches=branches, spacing_mm=0.1)


@pytest.mark.parametrize(
    ("path", "radius", "words"),
    [
        (np.zeros((1, 2)), np.ones(1), "K >= 2"),
        (np.zeros((3, 3)), np.ones(3), "K, 2"),
        (np.zeros((3, 2)), np.ones(2), "one radius"),
    ],
)
def test_a_branch_needs_points_and_radii(path, radius, words):
    """A path has two points or more, and a radius for each."""
    with pytest.raises(GalactolabError, match=words):
        Branch(path=path, radius_mm=radius)
