"""Lesson 00 as a student takes it: the check, and what every lesson goes through."""

from __future__ import annotations

import re

import pytest

from tests.browser import journey

pytestmark = pytest.mark.browser


def test_the_first_lesson(page, lab, open_notebook):
    """Slider by key, the kernel's word, the report, and what every lesson goes through."""
    name = open_notebook("00_start_here.ipynb")
    kernel_says = page.get_by_text("The kernel sees 7. Everything is ready.")
    handle = page.get_by_role("slider", name=re.compile("move me"))
    handle.scroll_into_view_if_needed()
    handle.focus()
    page.keyboard.press("End")
    page.get_by_text("The kernel sees 10. Go on to 7.").wait_for()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    kernel_says.wait_for()
    report = page.get_by_label("Report").input_value()
    assert "slider round trip: ok" in report
    assert "/" not in report.replace("W/", "")

    journey.answer_wrong_and_right(page, "start")
    journey.readable_in_both_themes(page)
    journey.a_defect_is_told(page)
    journey.run_again_after_a_restart(page, "start")
    journey.reopened_without_a_kernel(page, lab, name, pictures=3)
