"""A tree is a galactogram; a fold, a wire or a calcified vessel is not."""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from galactolab.imagemath import relief
from galactolab.reading import segment
from galactolab.reading.ductal import Ductal, ductal
from galactolab.reading.network import Edge, Network
from galactolab.reading.pieces import Piece
from galactolab.records import Galactogram
from tests.reading import foreign

NIPPLE = (30.0, 60.0)


def _asked() -> Ductal:
    return Ductal(nipples=np.array([NIPPLE]), floor=0.1)


def _judged(
    lines: list[tuple[tuple[float, float], ...]],
    *,
    radius: tuple[float, float] = (0.5, 0.4),
    steepness: float = 0.4,
    is_seed: bool = False,
) -> bool:
    """Ask about polylines (row, column) in mm that meet where they share a point."""
    net, nodes, pieces = Network(), {}, {}
    for line in lines:
        for point in line:
            if point not in nodes:
                nodes[point] = net.add_node(np.array(point), radius[0])
        for first, last in itertools.pairwise(line):
            path = np.linspace(first, last, 30)
            edge = Edge(
                start=nodes[first], end=nodes[last], path=path, radius=np.linspace(*radius, 30)
            )
            pieces[net.add_edge(edge)] = Piece(
                length=edge.length,
                width=1.0,
                significance=20.0,
                steepness=steepness,
                evidence=2.0,
                fine=1.0,
                above_noise=5.0,
                is_deep=True,
                is_seed=is_seed,
            )
    return _asked().may_be(set(net.edges), net, pieces)


def test_a_line_that_leads_to_the_nipple_is_a_duct() -> None:
    assert _judged([((30.0, 57.0), (32.0, 35.0))])


def test_a_line_far_from_the_nipple_is_a_fold() -> None:
    assert not _judged([((2.0, 40.0), (5.0, 10.0))])


def test_a_line_across_before_the_nipple_is_none() -> None:
    assert not _judged([((20.0, 55.0), (40.0, 55.0))])


def test_a_line_that_widens_inward_is_a_vessel() -> None:
    assert not _judged([((30.0, 57.0), (32.0, 35.0))], radius=(0.4, 1.2))


def test_metal_that_leads_to_the_nipple_is_a_wire() -> None:
    assert not _judged([((30.0, 57.0), (32.0, 35.0))], steepness=3.0)


def test_what_a_reader_pointed_at_is_a_duct() -> None:
    assert _judged([((2.0, 40.0), (5.0, 10.0))], is_seed=True)


def test_what_branches_is_a_tree_wherever_it_lies() -> None:
    trunk = ((2.0, 40.0), (2.0, 32.0), (2.0, 24.0), (2.0, 16.0), (2.0, 8.0))
    twigs = [((2.0, column), (8.0, column - 4)) for column in (32.0, 24.0, 16.0)]
    assert _judged([trunk, *twigs])
    burrs = [((2.0, column), (3.0, column - 1)) for column in (32.0, 24.0, 16.0)]
    assert not _judged([trunk, *burrs])


@pytest.mark.parametrize("turns", range(4))
def test_the_nipple_is_found_on_each_side(turns: int) -> None:
    """A half disc at the chest wall; where all is breast, nobody knows."""
    pixels = np.zeros((300, 300), np.float32)
    cv2.circle(pixels, (0, 150), 200, 1.0, cv2.FILLED)
    rng = np.random.default_rng(0)
    pixels = np.rot90(pixels + rng.normal(0, 0.01, pixels.shape), turns).astype(np.float32)
    spacing = (0.2, 0.2)
    found = relief(Galactogram(pixels=np.ascontiguousarray(pixels), spacing_mm=spacing))
    expected = [(30.0, 40.0), (20.0, 30.0), (30.0, 20.0), (40.0, 30.0)][turns]
    asked = ductal(found, spacing_mm=spacing, floor=0.1)
    assert np.hypot(*(asked.nipples[0] - expected)) < 3
    whole = replace(found, depths=())
    assert not len(ductal(whole, spacing_mm=spacing, floor=0.1).nipples)


@pytest.mark.parametrize("kind", ["fold", "wire", "tram track"])
def test_lines_in_a_plain_mammogram_are_no_ducts(kind: str) -> None:
    """Folds are wide and straight, wires steep, calcified arteries double."""
    look = foreign.LOOKS["plain"] if "plain" in foreign.LOOKS else foreign.Look()
    seen = foreign.picture(look, rng=np.random.default_rng(3), filled=False).galactogram
    pixels = seen.pixels.copy()
    span = float(np.ptp(pixels))
    rows, columns = pixels.shape
    start, end = (int(0.72 * columns), int(0.15 * rows)), (int(0.95 * columns), int(0.4 * rows))
    width, height = {"fold": (15, 0.15), "wire": (4, 1.0), "tram track": (4, 0.3)}[kind]
    for shift in (0, 20) if kind == "tram track" else (0,):
        line = np.zeros(pixels.shape, np.float32)
        cv2.line(line, (start[0] + shift, start[1]), (end[0] + shift, end[1]), 1.0, width)
        pixels += height * span * cv2.GaussianBlur(line, (0, 0), 1.0)
    assert not segment.ridges(replace(seen, pixels=pixels)).pixels.any()
