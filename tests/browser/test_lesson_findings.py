"""Lesson 03 as a student takes it, on a small screen, and what every lesson goes through."""

from __future__ import annotations

import pytest

from tests.browser import journey
from tests.browser.test_image_view import execute

pytestmark = pytest.mark.browser

LESSON = "03_findings.ipynb"


def panel(page, text):
    """Return the innermost panel that holds a text, on the screen."""
    found = page.locator(".gl-panel", has_text=text).last
    found.scroll_into_view_if_needed()
    return found


def test_the_lesson_on_findings(page, lab, open_notebook):
    """Marks wrong and right by key on a small screen, and what every lesson goes through."""
    page.set_viewport_size({"width": 1024, "height": 768})
    open_notebook(LESSON)
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
    exercise.locator(".gl-canvas[data-zoom='1']").wait_for()
    page.keyboard.press("c")
    page.keyboard.press("m")
    exercise.get_by_label("Name of mark A").select_option("duct narrowing")
    exercise.get_by_role("button", name="Check my marks").focus()
    page.keyboard.press("Enter")
    exercise.get_by_text("Right: everything found and named.").first.wait_for()

    assert page.evaluate(
        "() => document.querySelector('.jp-Notebook').scrollWidth <= window.innerWidth"
    )

    # A callback that is broken on purpose says so in its panel, with the trace folded out.
    execute(page, "exercise._next = lambda: 1 / 0")
    exercise.get_by_role("button", name="Next case").click()
    exercise.locator(".gl-problem").get_by_text("ZeroDivisionError").first.wait_for()

    journey.answer_wrong_and_right(page, "findings")
    journey.readable_in_both_themes(page)
    journey.a_defect_is_told(page)
    journey.run_again_after_a_restart(page, "findings")
    journey.reopened_without_a_kernel(page, lab, LESSON, pictures=6)
