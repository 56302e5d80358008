"""A panel opens, reads, links and compares; what goes wrong is said in it."""

from __future__ import annotations

import pytest

from galactolab.reading import DEFAULT
from galactolab.views import FindingsPanel, ReadingPanel


@pytest.fixture
def panel(library, reading):
    """A panel with a case whose truth is known, read without a mistake."""
    return ReadingPanel("known", library=library, pipeline=lambda _: reading)


def test_choosing_a_case_opens_and_reads_it(panel, galactogram, reading):
    """Picture, words and table belong to the case; the story is shown as text."""
    assert panel.cases.value == "known"
    assert panel.view.galactogram is galactogram
    n_branches = len(reading.tree)
    assert len(panel.analysis.tree) == n_branches > 0
    assert f"{n_branches} branches" in panel.tabs.words.value
    assert "caliber in mm" in panel.tabs.table.value
    assert "&lt;52&gt;" in panel._story.value
    assert panel.status.problem == {}


def test_a_branch_chosen_anywhere_is_chosen_everywhere(panel):
    """Picture, number box and charts show the same branch."""
    panel.tabs.selected_index = 1
    panel.view.branch = 1
    assert panel.tabs.branch.value == 1
    assert "Branch 1" in panel.tabs.branch_words.value
    assert len(panel.tabs.figure.data[-1].x) == len(panel.analysis.tree.branches[1].path)
    panel.tabs.branch.value = 2
    assert panel.view.branch == 2
    panel.tabs.branch.value = -1
    assert panel.view.branch is None
    assert len(panel.tabs.figure.data[-1].x) == 0


def test_a_click_in_a_chart_goes_to_the_picture(panel):
    """The point that was clicked carries its branch."""
    panel.tabs.selected_index = 1
    trace = panel.tabs.figure.data[0]

    class Points:
        point_inds = (3,)

    panel.tabs._clicked_chart(trace, Points(), None)
    assert panel.view.branch == int(trace.customdata[3])


def test_there_is_one_chart_widget_however_many_cases_are_opened(panel):
    """A page never gets a figure's memory back, so the same one takes new lines."""
    panel.tabs.selected_index = 1
    first = panel.tabs.figure
    panel.cases.value = "unknown"
    assert panel.tabs.figure is first


def test_comparing_shows_the_truth_and_says_how_well(panel):
    """The button switches the truth on and counts hits and misses."""
    panel.tabs.compare.click()
    assert panel.view.layers["truth"]
    assert "of 2 true findings found" in panel.tabs.comparison.value
    assert "Dice" in panel.tabs.comparison.value


def test_without_truth_there_is_nothing_to_compare(panel):
    """A real picture has no truth, and the panel says so."""
    panel.cases.value = "unknown"
    assert panel.tabs.compare.disabled
    assert "no truth" in panel.tabs.comparison.value


def test_a_file_that_is_not_there_is_told_beside_the_button(panel):
    """The foot of the panel is often off the page; a success clears both lines."""
    panel.file.value = "nowhere.dcm"
    panel.read.click()
    assert "nowhere.dcm" in panel.status.problem["sentence"]
    assert "nowhere.dcm" in panel._beside.value
    panel.cases.value = "known"
    assert panel._beside.value == ""


def test_each_view_can_be_chosen(panel):
    """Both directions open the case again."""
    for direction in ("ML", "CC"):
        panel.direction.value = direction
        assert panel.status.problem == {}
        assert panel.analysis is not None


@pytest.mark.parametrize(
    ("path", "words"),
    [("", "No file is named"), ("nowhere.dcm", "no such file"), (".", "folder")],
)
def test_a_wrong_file_is_told_in_one_sentence(panel, path, words):
    """The sentence stands in the panel, without a trace."""
    panel.file.value = path
    panel.read.click()
    assert words in panel.status.problem["sentence"]
    assert panel.status.problem["trace"] == ""


def test_a_defect_of_ours_is_shown_with_its_trace(panel):
    """A case that cannot be opened for an unknown reason is not silent."""
    panel.cases.value = "broken"
    assert "the shelf is empty" in panel.status.problem["sentence"]
    assert "Traceback" in panel.status.problem["trace"]


def test_a_saved_panel_shows_a_small_picture_and_what_to_do(panel):
    """Where no kernel runs there is a PNG and a sentence."""
    bundle = panel._repr_mimebundle_()
    assert len(bundle["image/png"]) < 60_000
    assert "run this cell again" in bundle["text/plain"]


def test_the_list_names_a_case_that_is_open(library):
    """A case of the shelf is named, and not opened a second time; a mere picture is not."""
    case = library.load("known", view="CC")
    shown = ReadingPanel(case, library=library)
    assert shown.cases.value == "known"
    assert shown.case is case
    shown.choose(case.galactogram)
    assert "choose" in shown.cases.value


def test_a_record_can_be_read_without_a_library(galactogram, library):
    """A galactogram in hand needs no case; the shipped pipeline reads it."""
    n_branches = len(DEFAULT(galactogram).tree)
    assert len(ReadingPanel(galactogram, library=library).analysis.tree) == n_branches


def test_the_lesson_panel_reads_as_the_pipeline_does(library, galactogram):
    """With untouched benches the result is the pipeline's own."""
    panel = FindingsPanel("known", library=library)
    plain = DEFAULT(galactogram)
    assert panel.status.problem == {}
    assert [f.type for f in panel.analysis.findings] == [f.type for f in plain.findings]
    assert len(panel.analysis.tree) == len(plain.tree)


def test_turning_a_stage_changes_picture_and_pipeline(library):
    """A bench's new result is drawn, and its parameters are in the pipeline."""
    panel = FindingsPanel("known", library=library)
    before = panel.view.overlays_stamp
    panel.benches["detect"].controls["min_score"].value = 1.0
    assert panel.view.overlays_stamp != before
    assert panel.pipeline.detect.keywords["min_score"] == 1.0
    assert all(finding.score >= 1.0 for finding in panel.analysis.findings)
