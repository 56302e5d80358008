"""The lesson on imaging in a real browser: answers, keyboard alone, and what all go through."""

from __future__ import annotations

import re

import pytest

from galactolab.clinic import nipple
from galactolab.clinic.artifacts import artifacts
from tests.browser import journey

pytestmark = pytest.mark.browser

LESSON = "02_imaging.ipynb"
BENCH = "from galactolab.views import XrayBench\nbench = XrayBench()\nbench"
ROOM = "from galactolab.views import Cannulation\nroom = Cannulation()\nroom"
# Every drawing of the picture, with whether anything could be drawn.
WATCH = """() => {
  window.drawn = [];
  document.addEventListener('gl-draw', (e) => window.drawn.push({ ...e.target.dataset }));
}"""
# Accessible name of what has the focus.
FOCUSED = """() => {
  const on = document.activeElement;
  return (on.getAttribute('aria-label') || on.labels?.[0]?.innerText || on.innerText || '').trim();
}"""


def test_the_whole_lesson(page, lab, open_notebook):
    """Gallery, task and quiz tell right from wrong; then what every lesson goes through."""
    open_notebook(LESSON)
    gallery = page.locator(".gl-panel").filter(has_text="What do you see?").last
    gallery.locator(".gl-canvas[data-complete=true]").first.wait_for()
    order = [one.title for one in artifacts()]
    choose = page.get_by_label("What do you see?")
    check = gallery.get_by_role("button", name="Check")
    choose.select_option(order[0])
    check.click()
    said = gallery.get_by_text(re.compile(r"^(Right|Not quite: this is .*)\.$")).first
    said.wait_for()
    told = said.inner_text()
    title = told.removeprefix("Not quite: this is ").removesuffix(".")
    choose.select_option(order[0] if told == "Right." else title)
    check.click()
    gallery.get_by_text("Right.", exact=True).first.wait_for()
    other = next(one for one in order if one != title)
    choose.select_option(other)
    check.click()
    gallery.get_by_text("Not quite").first.wait_for()

    task = page.locator(".gl-panel").filter(has_text="dose limit mGy").last
    task.get_by_role("button", name="Check").click()
    task.get_by_text("Over the limit:").first.wait_for()
    task.get_by_role("button", name="Show the best").click()
    task.get_by_text("100 % of the limit").first.wait_for()
    task.get_by_role("button", name="Check").click()
    task.get_by_text("Solved").first.wait_for()

    journey.answer_wrong_and_right(page, "imaging")
    journey.readable_in_both_themes(page)
    journey.a_defect_is_told(page)
    journey.run_again_after_a_restart(page, "imaging")
    journey.reopened_without_a_kernel(page, lab, LESSON, pictures=3)


def tab_to(page, name):
    """Press Tab until the control of this name has the focus."""
    for _ in range(40):
        if page.evaluate(FOCUSED) == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {name}; it is now on {page.evaluate(FOCUSED)!r}")


def test_a_study_by_keyboard_alone(page, open_notebook):
    """Tab, letters, Space and Enter carry out the whole procedure."""
    woman = nipple.made()
    open_notebook(ROOM)
    keys = page.keyboard
    page.get_by_role("spinbutton", name="press at hour").focus()
    keys.press("Control+a")
    keys.type(str(round(woman.orifice(woman.discharging).lobe_clock)))
    tab_to(page, "Press gently")
    keys.press("Space")
    page.get_by_text(f"a dark drop comes out of orifice {woman.discharging}").wait_for()
    tab_to(page, "cannulate")
    for _ in range(woman.discharging - 1):
        keys.press("ArrowDown")
    tab_to(page, "purge the air first")
    keys.press("Space")
    tab_to(page, "volume mL")
    keys.press("Control+a")
    keys.type("0.5")
    tab_to(page, "compression N")
    page.get_by_text("I feel some pressure").wait_for()
    # The first "compression N" is its number box.
    keys.press("Control+a")
    keys.type("60")
    tab_to(page, "views")
    keys.press("ArrowUp")
    tab_to(page, "Expose")
    keys.press("Enter")
    page.get_by_text("Every choice was sound").wait_for()
    assert page.locator(".gl-canvas").count() == 2


def test_the_picture_follows_a_slider_without_a_flicker(page, open_notebook):
    """Arrow keys expose again; at no moment is the stage empty, and the numbers follow."""
    open_notebook(BENCH)
    page.locator(".gl-canvas[data-complete=true]").wait_for()
    page.evaluate(WATCH)
    page.get_by_role("slider", name="voltage kV").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)
    page.locator(".gl-status").get_by_text("W/Rh 33 kV").wait_for()
    page.wait_for_function("() => window.drawn.at(-1)?.complete === 'true'")
    drawn = page.evaluate("() => window.drawn")
    assert len(drawn) >= 2
    assert all(one["coarse"] == "true" for one in drawn)
    assert drawn[0]["width"] == drawn[-1]["width"] == "2"
    figure = page.locator(".js-plotly-plot")
    figure.wait_for()
    page.wait_for_function(
        "() => document.querySelector('.js-plotly-plot')._fullData.at(-1).x[0] === 33"
    )
    assert figure.bounding_box()["width"] > 900
