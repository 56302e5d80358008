"""Benches and panels in a real browser: stale cue, visible errors, Voila."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.browser.picture import PICTURE
from tests.browser.server import await_answer, free_port, stop

pytestmark = pytest.mark.browser

BENCH = """
def stage(number, *, gain=1.0, way="up"):
    if way == "down":
        raise RuntimeError("boom in a stage")
    return number * gain

bench = Bench(stage, 2.0, gain=(0.0, 4.0, 0.5), way=("up", "down"))
bench
"""
PANEL = """
from galactolab.records import Case
from galactolab.views import ReadingPanel
picture, reading = made_up(1024, 832)

class Shelf:
    def names(self):
        return ("one",)

    def load(self, name, *, view):
        return Case(galactogram=picture, truth=reading, name=name)

panel = ReadingPanel(library=Shelf(), pipeline=lambda _: reading)
panel
"""


def test_a_bench_computes_and_shows_a_broken_stage(page, open_notebook):
    """Arrow keys on the slider change the result; an exception is a line under the control."""
    open_notebook(PICTURE, BENCH)
    status = page.locator(".gl-status")
    status.get_by_text("2.0 (").wait_for()
    handle = page.get_by_role("slider", name="gain")
    handle.focus()
    page.keyboard.press("End")
    status.get_by_text("8.0 (").wait_for()
    page.get_by_label("way").select_option("down")
    problem = page.locator(".gl-problem")
    problem.get_by_text("boom in a stage").first.wait_for()
    assert page.locator(".gl-stale-note").is_visible()
    problem.get_by_text("Details for a report").click()
    assert "Traceback" in problem.locator("pre").inner_text()
    page.get_by_label("way").select_option("up")
    problem.wait_for(state="hidden")


def test_a_case_is_read_and_a_branch_is_linked_with_the_chart(page, open_notebook):
    """Choose, look at the findings, open the charts, choose a branch by key."""
    open_notebook(PICTURE, PANEL)
    page.get_by_label("case").select_option("one")
    page.locator(".gl-finding, .gl-empty").first.wait_for()
    page.get_by_role("tab", name="Charts").click()
    page.locator(".js-plotly-plot").wait_for()
    page.locator(".gl-stage").focus()
    page.keyboard.press("b")
    page.wait_for_function(
        "() => document.querySelector('.js-plotly-plot')._fullData.at(-1).x?.length > 2"
    )
    page.get_by_label("or file").fill("/no/such/file.dcm")
    page.get_by_label("or file").press("Enter")
    page.get_by_role("button", name="Open file").click()
    page.locator(".gl-problem").get_by_text("no such file").wait_for()


def test_a_view_lives_in_voila(page, lab, own_folders, tmp_path):
    """The page without code shows the picture and turns its window."""
    shown = "picture, reading = made_up(1024, 832)\nImageView(picture)"
    file = lab.folder / lab.add(PICTURE, shown, name="voila.ipynb")
    port, log = free_port(), tmp_path / "voila.txt"
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "voila", "--no-browser", f"--port={port}", str(file)]
    with log.open("wb") as words:
        server = subprocess.Popen(command, env=own_folders, stdout=words, stderr=words)
    try:
        await_answer(url, server, log, seconds=90)
        # Voila's own page asks for an icon font from outside: it is kept from doing so.
        page.route(lambda asked: not asked.startswith(url), lambda route: route.abort())
        page.goto(url)
        page.locator(".gl-canvas[data-complete=true]").wait_for()
        before = page.locator(".gl-canvas").get_attribute("data-width")
        page.get_by_label("Window preset").select_option("ducts")
        page.locator(f".gl-canvas:not([data-width='{before}'])").wait_for()
    finally:
        stop(server)
    page.outside.clear()
    page.errors.clear()
