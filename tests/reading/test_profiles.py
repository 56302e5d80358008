"""Rows of paths and of numbers are worked on together: what comes out is that of one by one."""

from __future__ import annotations

import numpy as np

from galactolab.reading.lanes import _DISTURBING, _course, _Crowd, _even
from galactolab.reading.profiles import medians_of_runs, normals, normals_of
from galactolab.tree import Branch, DuctTree


def test_normals_of_several_paths_are_those_of_each() -> None:
    """A path's last points look at no other path."""
    rng = np.random.default_rng(0)
    paths = [rng.normal(size=(count, 2)) for count in (2, 5, 30)]
    each = np.concatenate([normals(path, span=4) for path in paths])
    assert np.array_equal(normals_of(paths, span=4), each)


def test_medians_of_runs_are_those_of_numpy() -> None:
    """Runs of several lengths, even and odd, are each sorted by themselves."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=50)
    firsts = rng.integers(0, 40, 30)
    lasts = firsts + rng.integers(1, 10, 30)
    each = [np.median(values[a:b]) for a, b in zip(firsts, lasts, strict=True)]
    assert np.allclose(medians_of_runs(values, firsts, lasts), each, rtol=1e-15)


def test_lane_is_clean_where_no_other_duct_lies_within_its_width() -> None:
    """All pairs of points, gone through one by one, tell the same."""
    rng = np.random.default_rng(0)
    root = Branch(path=np.array([[0.0, 0], [0, 20]]), radius_mm=np.full(2, 0.3))
    ends = rng.uniform(0, 100, (8, 2))
    kids = [
        Branch(path=np.array([[0.0, 20], end]), radius_mm=rng.uniform(0.1, 0.6, 2), parent=0)
        for end in ends
    ]
    tree = _even(DuctTree(branches=(root, *kids), spacing_mm=(0.1, 0.1)))
    crowd = _Crowd(tree)
    for index in range(len(tree)):
        course = _course(tree, index, 8.0)
        width = np.full(len(course.arc_mm), 0.4)
        others = [n for n in range(len(tree)) if n not in course.members]
        near = np.isin(crowd.owner, others) & (crowd.radius > _DISTURBING * 0.4)
        some = course.point_mm[::3]
        far = np.hypot(*(crowd.points[near][:, None] - some).T)
        gap = far - crowd.radius[near]
        disturbed = ((gap <= 0.4) & (far <= 1.25 * 0.4 + 0.3 + crowd.widest)).any(axis=1)
        expected = np.repeat(~disturbed, 3)[: len(course.arc_mm)]
        assert np.array_equal(crowd.clear_of(course, width), expected)
