"""What is drawn over a picture says where things are, in the picture's own pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactolab.records import DuctMask, Finding
from galactolab.terms import FindingType, Mimic
from galactolab.views import figures, overlays
from galactolab.views.palette import LAYERS, SHAPES


def test_outlines_run_along_the_border_of_the_mask(reading):
    """Every point of an outline is a mask pixel with a neighbor outside."""
    mask = reading.mask.pixels
    inside = np.pad(mask, 1)
    core = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    border = mask & ~core
    for path in overlays.outlines(reading.mask):
        rows, columns = path.points.astype(int).T
        assert border[rows, columns].all()


def test_a_hole_has_an_outline_of_its_own():
    """A ring of duct is drawn with its inner border, too."""
    ring = np.ones((9, 9), bool)
    ring[3:6, 3:6] = False
    assert len(overlays.outlines(DuctMask(pixels=ring, spacing_mm=(0.1, 0.1)))) == 2


def test_the_message_holds_all_points_in_order(reading):
    """The lengths that are sent cut the buffer into the very paths."""
    drawn = overlays.overlays_of(reading, reading)
    content, points = drawn.message()
    sent = np.frombuffer(points, np.float32).reshape(-1, 2)
    lengths = [path["length"] for paths in content["paths"].values() for path in paths]
    assert sum(lengths) == len(sent)
    start = sum(path["length"] for path in content["paths"]["mask"])
    first = reading.tree.branches[0].path
    assert np.allclose(sent[start : start + len(first)], first, atol=1e-4)
    assert set(content["paths"]) | set(content["markers"]) < set(LAYERS)


def test_truth_is_told_from_a_reading_without_color(reading):
    """Truth has another shape, another numbering and no score."""
    drawn = overlays.overlays_of(reading, reading).markers
    assert [m["label"] for m in drawn["findings"]] == ["1", "2"]
    assert [m["label"] for m in drawn["truth"]] == ["T1", "T2"]
    assert {m["shape"] for m in drawn["truth"]} == {"diamond"}
    assert "diamond" not in {m["shape"] for m in drawn["findings"]}
    assert "score" not in drawn["truth"][0]["text"]


def test_each_finding_has_a_shape_of_its_own():
    """No two kinds of finding look alike, in the picture or in a chart."""
    assert set(SHAPES) == set(FindingType)
    assert len({shape for shape, _ in SHAPES.values()}) == len(FindingType)
    assert len({symbol for _, symbol in SHAPES.values()}) == len(FindingType)


def test_a_normal_reading_is_listed_but_not_placed():
    """A reading of "normal" has no place in the picture."""
    (marker,) = overlays.markers((Finding(type=FindingType.NORMAL, location=(0, 0)),))
    assert marker["row"] is None


def test_what_may_be_a_bubble_says_so_wherever_it_is_drawn(reading):
    """A mimic has a question mark in picture and chart, a doubt in words, and advice."""
    bubble = replace(
        reading.findings[0],
        type=FindingType.INTRALUMINAL_FILLING_DEFECT,
        mimic=Mimic.AIR_BUBBLE,
    )
    doubted = replace(reading, findings=(bubble, reading.findings[1]))
    first, second = overlays.markers(doubted.findings)
    assert (first["label"], second["label"]) == ("1?", "2")
    assert first["doubt"] == "may be an air bubble"
    assert "may be an air bubble" in first["text"]
    assert "Rests on: stenosis 62 %. Refill and look again" in first["detail"]
    assert not second["doubt"]
    assert "may be" not in second["text"]
    words = figures.describe_findings(doubted)
    assert "may be an air bubble. Rests on: stenosis 62 %. Refill" in words.replace("..", ".")
    drawn = [text for trace in figures.findings(doubted).data for text in trace.text or ()]
    assert {"1?", "2"} <= set(drawn)
