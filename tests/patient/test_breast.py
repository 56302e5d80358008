"""The breast has the size, the postures and the limits that it says."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from galactolab.errors import GalactolabError
from galactolab.patient.breast import Breast, random_breast, stream
from galactolab.patient.outline import outline, slab_thickness
from galactolab.terms import View


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("density", "e", "one of: a, b, c, d"),
        ("thickness_mm", 200.0, "between 15 and 110 mm"),
        ("depth_mm", float("nan"), "between 40 and 180 mm"),
        ("lateral_mm", 0.0, "between 35 and 140 mm"),
    ],
)
def test_an_impossible_breast_is_refused_by_name_and_range(name, value, said):
    with pytest.raises(GalactolabError, match=f"{name} is .*{said}"):
        Breast(seed=1, **{name: value})


def test_a_view_that_is_not_modeled_is_refused():
    with pytest.raises(GalactolabError, match="view is 'XCCL'"):
        Breast(seed=1).positioned(View.XCCL)


@given(x=st.floats(0, 60), y=st.floats(-40, 40), z=st.floats(-40, 40))
def test_views_keep_depth_and_lengths_in_their_plane(x, y, z):
    """The depth is the same in each view; CC shows y, ML shows z, untouched."""
    breast, point = Breast(seed=1), np.array([x, y, z])
    cc, ml = (breast.positioned(v).placed(point) for v in (View.CC, View.ML))
    assert cc[1] == ml[1] == x
    assert cc[0] == pytest.approx(y, abs=1e-9)
    assert ml[0] == pytest.approx(z, abs=1e-9)


@pytest.mark.parametrize("view", [View.CC, View.ML, View.MLO])
def test_what_lies_in_the_breast_lies_between_the_plates(view, rng):
    """Compressed, no point of the breast leaves the thickness."""
    breast = Breast(seed=1, thickness_mm=40)
    points = rng.uniform([0, -75, -75], [88, 85, 90], (4000, 3))
    points = points[breast.within(points, margin_mm=2)]
    beam = breast.positioned(view).placed(points)[:, 2]
    assert len(points) > 500
    assert np.abs(beam).max() < 26


def test_the_outline_passes_the_nipple_at_the_depth_of_the_breast():
    """The skin lies about as far from the chest wall as the breast is deep."""
    breast = Breast(seed=3)
    edge = outline(breast, breast.positioned(View.CC))
    assert np.interp(0, edge.up_mm, edge.out_mm) == pytest.approx(breast.depth_mm, abs=3)


def test_a_rounded_edge_is_a_half_circle():
    """At a quarter of the thickness under the edge: sqrt(3)/2 of it."""
    depth = np.float32([0, 10, 20, 60])
    assert slab_thickness(depth, thickness_mm=40).tolist() == pytest.approx(
        [0, 20 * 3**0.5, 40, 40], rel=1e-5
    )


def test_each_part_has_its_own_random_numbers():
    """Equal names give equal streams, other names or seeds give others."""
    draw = stream(5, "ducts").uniform()
    assert stream(5, "ducts").uniform() == draw
    assert stream(5, "gland").uniform() != draw
    assert stream(6, "ducts").uniform() != draw


def test_random_breasts_differ_and_repeat():
    one, other = (random_breast(seed=s, density="b", thickness_mm=45) for s in (1, 2))
    assert one == random_breast(seed=1, density="b", thickness_mm=45)
    assert one.depth_mm != other.depth_mm
