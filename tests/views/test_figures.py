"""Charts say what their records say, and each has words that say the same."""

from __future__ import annotations

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.reading import measure
from galactolab.records import Analysis, DuctMask
from galactolab.tree import DuctTree
from galactolab.views import figures


def test_the_tree_is_drawn_in_millimeters_with_a_style_for_each_order(big_y):
    """Points are millimeters; orders differ by dash and not only by color."""
    drawn = figures.tree(big_y)
    lines = [trace for trace in drawn.data if trace.mode == "lines"]
    assert {trace.line.dash for trace in lines} == {"dot", "dash"}
    assert {trace.line.color for trace in lines} == {lines[0].line.color}
    widest = max(np.nanmax(np.asarray(trace.x, float)) for trace in lines)
    assert widest == pytest.approx(180 * 0.1)
    assert drawn.layout.yaxis.autorange == "reversed"


def test_calibers_run_from_the_orifice_outward(big_y):
    """The farthest point lies as far as the longest way through the tree."""
    drawn = figures.caliber_along(big_y)
    farthest = max(np.nanmax(np.asarray(trace.x, float)) for trace in drawn.data)
    way = big_y.branches[0].length_mm(big_y.spacing_mm) + big_y.branches[1].length_mm((0.1, 0.1))
    assert farthest == pytest.approx(way)
    assert "order 1: 0.80 to 0.80 mm" in figures.describe_caliber_along(big_y)


def test_each_branch_is_a_point_of_the_caliber_chart(reading):
    """Points carry the branch they stand for."""
    drawn = figures.calibers(reading.measurements)
    branches = sorted(int(i) for trace in drawn.data for i in trace.customdata)
    assert branches == [0, 1, 2]
    with pytest.raises(GalactolabError, match="lack the column"):
        figures.calibers(reading.measurements.drop(columns="order"))


def test_findings_have_numbers_shapes_and_words(reading):
    """The chart shows what the words list."""
    drawn = figures.findings(reading)
    marks = [trace for trace in drawn.data if trace.mode == "markers+text"]
    assert sorted(text for trace in marks for text in trace.text) == ["1", "2"]
    assert len({trace.marker.symbol for trace in marks}) == 2
    lines = figures.describe_findings(reading).splitlines()
    assert lines[0].startswith("1. duct narrowing, 2.0 mm, score 0.90. Rests on: stenosis 62 %")
    assert len(lines) == 2


def test_a_profile_is_as_long_as_its_line():
    """Eleven values at 0.5 mm span 5 mm."""
    drawn = figures.profile(np.arange(11.0), 0.5, unit="ln attenuation")
    assert drawn.data[0].x[-1] == 5.0
    assert drawn.layout.yaxis.title.text == "ln attenuation"


def test_a_chosen_branch_is_brought_out_in_both_plots(reading):
    """The last two traces are the chosen branch, empty when none is chosen."""
    *_, plan, way = figures.reading(reading, chosen=1).data
    assert len(plan.x) == len(way.x) == len(reading.tree.branches[1].path)
    *_, plan, way = figures.reading(reading).data
    assert len(plan.x) == len(way.x) == 0


def test_an_empty_tree_gives_empty_charts_and_says_so():
    """A picture without ducts is no error."""
    empty = DuctTree(branches=(), spacing_mm=(0.1, 0.1))
    mask = DuctMask(pixels=np.zeros((4, 4), bool), spacing_mm=(0.1, 0.1))
    nothing = Analysis(mask=mask, tree=empty, measurements=measure.branches(empty))
    assert figures.describe_tree(empty) == "No duct was traced."
    assert figures.describe_findings(nothing) == "No finding."
    assert figures.describe_calibers(nothing.measurements) == "No branch was measured."
    figures.reading(nothing)
    figures.findings(nothing)
    figures.calibers(nothing.measurements)
    assert len(figures.tree(empty).data) == 0
