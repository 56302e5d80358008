"""A mask becomes one rooted tree, whatever its size, turn or defects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

from galactolab.errors import GalactolabError
from galactolab.reading import measure, trace
from galactolab.reading.skeleton import filled, half_width_mm, skeleton, thinned
from galactolab.records import DuctMask
from galactolab.tree import to_networkx
from tests.reading import drawing


def test_a_trident_has_five_branches_and_its_widest_end_is_the_orifice():
    """Forks, ends and the way milk flows are found on a clean drawing."""
    tree = trace.tree(drawing.trident())
    assert len(tree) == 5
    assert len(tree.terminals) == 3
    assert tree.strahler[0] == 2
    assert np.hypot(tree.orifice[0] - 290, tree.orifice[1] - 150) < 12


def test_radius_is_that_of_the_round_tube_within_a_tenth_of_a_pixel_width():
    """The half-maximum width of a round tube's shadow gives its radius back."""
    for radius in (0.4, 0.7, 1.2):
        thickness = drawing.shadow([([(20.0, 60.0), (280.0, 200.0)], radius)])
        tree = trace.tree(drawing.masked(thickness), blur_px=0.0)
        assert measure.branches(tree)["caliber_mm"].median() == pytest.approx(2 * radius, abs=0.04)


def test_two_ducts_that_cross_are_followed_straight_on():
    """A crossing is no bifurcation: each duct goes on behind the other one."""
    lines = [
        ([(290.0, 150.0), (230.0, 150.0)], 0.7),
        ([(230.0, 150.0), (180.0, 110.0), (60.0, 230.0)], 0.4),
        ([(230.0, 150.0), (180.0, 190.0), (60.0, 70.0)], 0.4),
    ]
    thickness = drawing.shadow(lines[:1])
    for line in lines[1:]:
        other = drawing.shadow([line])
        thickness = thickness + other
    tree = trace.tree(drawing.masked(thickness))
    assert len(tree) == 3
    ends = sorted(tree.branches[i].path[-1][1] for i in tree.terminals)
    assert ends[0] < 80
    assert ends[1] > 220
    for index in tree.terminals:
        side = tree.branches[index].path[:, 1] - 150
        assert side[len(side) // 4] * side[-1] < 0, "it ends on the side where it did not begin"


def test_a_gap_in_a_straight_duct_is_bridged_and_a_far_piece_is_dropped():
    """Pieces that point at each other belong together."""
    thickness = drawing.shadow([([(290.0, 150.0), (20.0, 150.0)], 0.5)])
    thickness[140:160] = 0
    thickness[40:43, 280:283] = 1
    tree = trace.tree(drawing.masked(thickness))
    assert len(tree) == 1
    assert tree.total_length_mm > 24


def test_a_hole_in_the_lumen_makes_no_loop():
    """A filling defect inside a duct leaves one centerline."""
    thickness = drawing.shadow([([(290.0, 150.0), (20.0, 150.0)], 1.0)])
    thickness[150:160, 146:155] = 0
    assert len(trace.tree(drawing.masked(thickness))) == 1


@pytest.mark.parametrize("turn", ["up-down", "left-right", "quarter"])
def test_turning_the_image_turns_the_tree_and_leaves_its_measures(turn):
    """Flips and quarter turns change places, not lengths, widths or orders."""
    turned = {
        "up-down": lambda a: np.ascontiguousarray(a[::-1]),
        "left-right": lambda a: np.ascontiguousarray(a[:, ::-1]),
        "quarter": lambda a: np.ascontiguousarray(np.rot90(a)),
    }[turn]
    mask = drawing.trident()
    other = replace(mask, pixels=turned(mask.pixels), contrast=turned(mask.contrast))
    first, second = trace.tree(mask), trace.tree(other)
    assert sorted(first.strahler) == sorted(second.strahler)
    assert second.total_length_mm == pytest.approx(first.total_length_mm, rel=0.02)
    calibers = [np.sort(measure.branches(t)["caliber_mm"]) for t in (first, second)]
    np.testing.assert_allclose(calibers[0], calibers[1], atol=0.06)


def test_doubling_the_spacing_doubles_lengths_and_leaves_angles_and_orders():
    """Millimeters come from the spacing alone when all limits scale with it."""
    mask = drawing.trident()
    large = replace(mask, spacing_mm=(0.2, 0.2))
    limits = {"prune_mm": 0.8, "gap_mm": 6.0, "piece_mm": 2.0, "hole_mm": 1.5}
    first = trace.tree(mask, **limits)
    second = trace.tree(large, **{name: 2 * value for name, value in limits.items()})
    one, two = measure.branches(first), measure.branches(second, angle_span_mm=3.0)
    assert first.strahler == second.strahler
    np.testing.assert_allclose(two["length_mm"], 2 * one["length_mm"], rtol=0.05, atol=0.3)
    np.testing.assert_allclose(two["angle_deg"], one["angle_deg"], atol=6)


def test_the_orifice_that_was_asked_for_is_taken():
    """A user's orifice turns the tree around."""
    mask = drawing.trident()
    tree = trace.tree(mask, orifice=(30, 180))
    assert np.hypot(tree.orifice[0] - 30, tree.orifice[1] - 180) < 8
    inside = trace.tree(mask, orifice=(130, 105))
    assert np.hypot(inside.orifice[0] - 130, inside.orifice[1] - 105) < 5
    assert inside.total_length_mm == pytest.approx(tree.total_length_mm, rel=0.05)


def test_pruning_again_changes_nothing():
    """Spurs are removed to a fixed point, so a stricter look finds no more of them."""
    rng = np.random.default_rng(3)
    mask = drawing.trident()
    rough = mask.pixels | ((rng.random(mask.pixels.shape) < 0.3) & _dilated(mask.pixels))
    tree = trace.tree(DuctMask(pixels=rough, spacing_mm=mask.spacing_mm))
    ends = [tree.branches[i] for i in tree.terminals]
    assert len(tree) == 5
    assert all(end.length_mm(tree.spacing_mm) > 0.8 for end in ends)


def _dilated(mask: np.ndarray) -> np.ndarray:
    grown = mask.copy()
    for shift in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        grown |= np.roll(mask, shift, (0, 1))
    return grown


@settings(max_examples=60)
@given(
    hnp.arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.booleans())
)
def test_any_mask_gives_one_tree_with_one_root_and_no_cycle(pixels):
    """Noise, lines, dots and nothing at all are traced without a crash."""
    before = pixels.copy()
    mask = DuctMask(pixels=pixels, spacing_mm=(1.0, 1.0))
    tree = trace.tree(mask)
    np.testing.assert_array_equal(pixels, before)
    table = measure.branches(tree)
    assert len(table) == len(tree)
    if tree.branches:
        graph = to_networkx(tree)
        assert graph.number_of_nodes() == len(tree) + 1
        assert graph.number_of_edges() == len(tree)
        assert all(degree <= 1 for _, degree in graph.in_degree())
        assert table["parent"].isna().sum() == 1
        parents = table["parent"].dropna().astype(int)
        assert (table.loc[parents, "order"].to_numpy() >= table.loc[parents.index, "order"]).all()


@pytest.mark.parametrize("shape", [(1, 50), (50, 1), (1, 1), (16, 16)])
@pytest.mark.parametrize("value", [False, True])
def test_empty_and_full_masks_of_any_shape_are_traced(shape, value):
    """The least images give a tree or the empty tree."""
    tree = trace.tree(DuctMask(pixels=np.full(shape, value), spacing_mm=(0.1, 0.1)))
    assert len(tree) <= 4
    assert value or not tree.branches


def test_wrong_parameters_are_named():
    """A mistake is told by name and range."""
    mask = drawing.trident()
    with pytest.raises(GalactolabError, match="prune_mm is -1 mm"):
        trace.tree(mask, prune_mm=-1)
    with pytest.raises(GalactolabError, match="outside the 300 x 300 px image"):
        trace.tree(mask, orifice=(400, 10))


def test_thinning_agrees_with_scikit_image_in_length_and_connection():
    """The thinned picture covers the peer's, and ours is as long within 2 %."""
    from scipy import ndimage
    from skimage.morphology import skeletonize

    mask = drawing.trident().pixels
    ours = np.zeros_like(mask)
    ours[tuple(thinned(mask).T)] = True
    theirs = skeletonize(mask)
    assert (ndimage.label(ours, np.ones((3, 3)))[1]) == 1
    assert (ours & ~mask).sum() == 0
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.04)
    distance = ndimage.distance_transform_edt(~theirs)
    assert distance[ours].max() <= 3


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas, inside skan
def test_length_of_a_shared_skeleton_is_that_of_skan():
    """Both graph tools measure the same skeleton alike."""
    from skan import Skeleton, summarize
    from skimage.morphology import skeletonize

    thin = skeletonize(drawing.trident().pixels)
    theirs = summarize(Skeleton(thin), separator="-")["branch-distance"].sum()
    found = skeleton(thin)
    ours = sum(np.hypot(*np.diff(path, axis=0).T).sum() for path in found.paths)
    assert ours == pytest.approx(theirs, rel=0.02)


def test_half_width_counts_to_the_border_of_the_pixels():
    """A band of 7 pixels has a half width of 3.5 pixels in its middle."""
    band = np.zeros((20, 60), bool)
    band[6:13] = True
    points = np.array([[9.0, 30.0]])
    assert half_width_mm(band, points, spacing_mm=(0.1, 0.1))[0] == pytest.approx(0.35)


def test_only_narrow_holes_are_filled():
    """The space between two ducts stays open, a defect is closed."""
    plate = np.ones((60, 60), bool)
    plate[10:15, 10:15] = False
    plate[25:55, 25:55] = False
    closed = filled(plate, hole_mm=1.0, spacing_mm=(0.1, 0.1))
    assert closed[12, 12]
    assert not closed[40, 40]
