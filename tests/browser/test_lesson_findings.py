"""Lesson 03 as a student takes it, in the dark theme and on a small screen."""

from __future__ import annotations

import pytest

from tests.browser.test_image_view import execute, settled

pytestmark = pytest.mark.browser

DARK = """async () => {
  const wanted = { theme: 'JupyterLab Dark' };
  await window.jupyterapp.commands.execute('apputils:change-theme', wanted);
}"""
LIGHT = DARK.replace("Dark", "Light")
CONTRAST = """([selector]) => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (el) => getComputedStyle(el).backgroundColor;
  const clear = (el) => /rgba\\(.*, 0\\)|transparent/.test(ground(el));
  const texts = [...document.querySelectorAll(selector)].filter((el) => el.innerText?.trim());
  const worst = texts.map((el) => {
    let under = el;
    while (under.parentElement && clear(under)) under = under.parentElement;
    const a = luminance(getComputedStyle(el).color), b = luminance(ground(under));
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
  return Math.min(...worst);
}"""


@pytest.fixture
def lesson(page, open_notebook):
    """The lesson, run to its end on a small screen in the dark theme."""
    page.set_viewport_size({"width": 1024, "height": 768})
    open_notebook("03_findings.ipynb")
    page.evaluate(DARK)
    yield page
    page.evaluate(LIGHT)


def panel(page, text):
    """Return the innermost panel that holds a text, on the screen."""
    found = page.locator(".gl-panel", has_text=text).last
    found.scroll_into_view_if_needed()
    return found


def test_the_lesson_on_findings(lesson):
    """Marks wrong and right by key, the report, a broken callback, readable in the dark."""
    page = lesson
    exercise = panel(page, "Case 1 of 6")
    exercise.locator(".gl-canvas[data-complete=true]").wait_for()
    exercise.get_by_role("button", name="It is normal").focus()
    page.keyboard.press("Enter")
    exercise.get_by_text("Not quite: 0 of").first.wait_for()
    truth = "exercise.case.truth.findings[0]"
    execute(page, "import gc; from galactolab.views import ReadingExercise as Sought")
    find = "next(x for x in gc.get_objects() if isinstance(x, Sought))"
    execute(page, f"exercise = {find}; lesion = {truth}")
    execute(page, "exercise.view.goto(lesion.location, 1.0)")
    stage = exercise.locator(".gl-stage")
    stage.focus()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.gl-canvas')].some((c) => c.dataset.zoom === '1')"
    )
    page.keyboard.press("c")
    page.keyboard.press("m")
    exercise.get_by_label("Name of mark A").select_option("duct narrowing")
    exercise.get_by_role("button", name="Check my marks").focus()
    page.keyboard.press("Enter")
    exercise.get_by_text("Right: everything found and named.").first.wait_for()

    # What a reader can read: ink against ground of panels and viewer, in the dark theme.
    settled(page)
    assert page.evaluate(CONTRAST, [".gl-view button, .gl-view label, .gl-live, .gl-panel p"]) > 4.5
    assert page.evaluate(
        "() => document.querySelector('.jp-Notebook').scrollWidth <= window.innerWidth"
    )

    # A callback that is broken on purpose says so in its panel, with the trace folded out.
    execute(page, "exercise._next = lambda: 1 / 0")
    exercise.get_by_role("button", name="Next case").click()
    exercise.locator(".gl-problem").get_by_text("ZeroDivisionError").first.wait_for()
