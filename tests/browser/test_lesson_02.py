"""The lesson on imaging in a real browser: answers, keyboard alone, restart, dark theme."""

from __future__ import annotations

import re

import pytest

from galactolab.clinic import nipple
from galactolab.clinic.artifacts import artifacts

pytestmark = pytest.mark.browser

KERNEL = "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel"
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
# Contrast ratio of a text against the first painted background behind it (WCAG 2).
CONTRAST = """element => {
  const light = (color) => {
    const parts = color.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const clear = (node) => /rgba\\(.*, 0\\)/.test(getComputedStyle(node).backgroundColor);
  let behind = element;
  while (behind.parentElement && clear(behind)) behind = behind.parentElement;
  const ink = light(getComputedStyle(element).color);
  const paper = light(getComputedStyle(behind).backgroundColor);
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
}"""


def number(page, name, value):
    """Type a number into its box."""
    box = page.get_by_role("spinbutton", name=name, exact=True)
    box.fill(str(value))
    box.press("Enter")


def test_the_lesson_marks_a_wrong_and_a_right_answer(page, open_notebook):
    """The lesson runs as it is shipped; gallery, task and quiz tell right from wrong."""
    open_notebook("02_imaging.ipynb")
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


def test_a_restart_says_what_to_do(page, open_notebook):
    """Controls that nobody hears are greyed and say so."""
    open_notebook(ROOM)
    page.get_by_role("button", name="Expose").wait_for()
    page.wait_for_timeout(1500)
    page.evaluate(f"() => {KERNEL}.restart()")
    page.get_by_text("The kernel has restarted: run this cell again.").first.wait_for()
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    number(page, "volume mL", 3)
    page.get_by_text("Stop, that hurts a lot!").wait_for()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_words_can_be_read_in_both_themes(page, open_notebook, theme):
    """All text of the simulator stands out from what is behind it by 4.5 to 1 or more."""
    open_notebook(ROOM)
    page.get_by_role("button", name="Expose").wait_for()
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
    )
    page.wait_for_timeout(1500)
    texts = page.locator(".gl-panel .widget-label, .gl-panel p, .gl-panel b")
    assert texts.count() > 15
    for index in range(texts.count()):
        one = texts.nth(index)
        if one.is_visible() and one.inner_text().strip():
            assert one.evaluate(CONTRAST) >= 4.5, one.inner_text()
