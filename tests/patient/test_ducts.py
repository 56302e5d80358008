"""Lobes are trees, grow in their territory, and look like what is published."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from galactolab.errors import GalactolabError
from galactolab.patient import export, statistics
from galactolab.patient.breast import random_breast
from galactolab.patient.ducts import Duct, Ducts
from galactolab.patient.phantom import grown
from galactolab.patient.territory import random_territory

FAMILIES = ["recursive", "random_walk"]


def _breast(seed):
    return random_breast(seed=seed, density="b", thickness_mm=45)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=3)
@given(seed=st.integers(0, 900))
def test_a_lobe_is_one_binary_tree_inside_its_territory(family, seed):
    """40-450 ducts, two daughters or none, lumina positive, ducts under the skin."""
    breast = _breast(seed)
    ducts = grown(breast, family=family)
    assert 40 <= len(ducts) <= 450
    assert all(len(kids) in (0, 2) for kids in ducts.flat.children)
    points = np.concatenate([duct.path_mm for duct in ducts.branches[1:]])
    assert breast.level(points).max() < 1.0
    # Branches sway a little about courses that stay inside.
    assert random_territory(breast).contains(points).mean() > 0.8
    assert min(duct.radius_mm.min() for duct in ducts.branches) >= 0.02


@pytest.mark.parametrize("family", FAMILIES)
def test_calibers_fall_away_from_the_nipple(family):
    """No daughter starts wider than its parent ends."""
    ducts = grown(_breast(12), family=family)
    for duct in ducts.branches[1:]:
        assert duct.radius_mm[0] <= ducts.branches[duct.parent].radius_mm[-1] * 1.001


@pytest.mark.parametrize("family", FAMILIES)
def test_lobes_lie_within_the_published_ranges(family):
    """Means over 8 lobes lie between the limits of each published measure."""
    table = statistics.lobes(range(8), family=family)
    for name, (low, high, source) in statistics.PUBLISHED.items():
        assert low <= table[name].mean() <= high, (name, table[name].mean(), source)


def test_the_two_families_differ_in_their_topology():
    """Random walks run through more generations than recursive branching."""
    recursive, walked = (statistics.lobes(range(4), family=f).generations for f in FAMILIES)
    assert walked.mean() > recursive.mean() + 2


def test_caliber_falls_with_the_generation():
    table = statistics.caliber_by_generation(range(4), family="recursive")
    assert table.caliber_mm.is_monotonic_decreasing or (np.diff(table.caliber_mm[:7]) < 0).all()


def test_streams_halve_or_better():
    """Horton's law: each order has at least twice the streams of the next."""
    counts = statistics.stream_counts(grown(_breast(3), family="recursive"))
    assert counts[-1] == 1
    assert all(low >= 2 * high for low, high in itertools.pairwise(counts))


def test_growth_repeats_and_does_not_depend_on_what_ran_before():
    """The same seed gives the same bytes, whatever was grown in between."""
    first = grown(_breast(7), family="recursive")
    grown(_breast(8), family="random_walk")
    again = grown(_breast(7), family="recursive")
    assert all(
        np.array_equal(a.path_mm, b.path_mm) and np.array_equal(a.radius_mm, b.radius_mm)
        for a, b in zip(first.branches, again.branches, strict=True)
    )


def test_way_is_the_distance_along_the_ducts():
    """From the middle of a daughter: up through the node, and out into its sister."""

    def duct(*points, parent=None):
        path = np.array(points, float)
        return Duct(path_mm=path, radius_mm=np.full(len(path), 0.5), parent=parent)

    y = Ducts(
        branches=(
            duct((0, 0, 0), (8, 0, 0)),
            duct((8, 0, 0), (12, 0, 0), parent=0),
            duct((8, 0, 0), (8, 6, 0), parent=0),
        )
    )
    way = y.way_mm(1, 3.0)
    assert way[0].tolist() == [-11, -3]
    assert way[1].tolist() == [-3, 1]
    assert np.abs(way[2]).tolist() == [3, 9]


def test_a_duct_that_does_not_start_where_its_parent_ends_is_refused():
    one = Duct(path_mm=np.eye(3)[:2], radius_mm=np.ones(2))
    lost = Duct(path_mm=np.eye(3)[:2] + 5, radius_mm=np.ones(2), parent=0)
    with pytest.raises(GalactolabError, match="does not start where its parent 0 ends"):
        Ducts(branches=(one, lost))


def test_swc_and_networkx_hold_the_whole_tree():
    """One SWC point for each point but the shared ones; lengths add up to the tree's."""
    ducts = grown(_breast(5), family="recursive")
    rows = [line.split() for line in export.to_swc(ducts).splitlines()[1:]]
    points = sum(len(duct.path_mm) for duct in ducts.branches) - (len(ducts) - 1)
    assert len(rows) == points
    assert all(int(row[6]) < int(row[0]) for row in rows)
    graph = export.to_networkx(ducts)
    total = sum(length for _, _, length in graph.edges(data="length_mm"))
    assert total == pytest.approx(ducts.total_length_mm)
