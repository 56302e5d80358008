"""Lesson 00 as a student takes it: the check, the viewer, a wrong and a right answer."""

from __future__ import annotations

import json
import re

import pytest

from tests.browser.test_image_view import KERNEL, settled

pytestmark = pytest.mark.browser


def test_the_first_lesson(page, lab, open_notebook):
    """Slider by key, kernel's word, report, questions, restart, reopen without a kernel."""
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

    # A wrong answer says why, and a right one, by keyboard alone.
    card = page.locator(".gl-panel", has_text="The white, branching lines").last
    card.scroll_into_view_if_needed()
    card.get_by_label("arteries of the breast").focus()
    page.keyboard.press("Space")
    card.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    card.get_by_text("Not quite.").first.wait_for()
    card.get_by_label("milk ducts filled").focus()
    page.keyboard.press("Space")
    card.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    card.get_by_text("Right.").first.wait_for()

    # Saved, restarted, reopened: small, honest, and with pictures that need no kernel.
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")
    assert (lab.folder / name).stat().st_size < 200_000
    page.evaluate(f"() => {KERNEL}.restart()")
    page.get_by_text("The kernel has restarted: run this cell again.").first.wait_for()
    # Elsewhere the file is not trusted: small pictures stand where the views were.
    notebook = json.loads((lab.folder / name).read_text("utf-8"))
    notebook["metadata"]["sent"] = True
    (lab.folder / "sent.ipynb").write_text(json.dumps(notebook), "utf-8")
    page.goto(lab.address("sent.ipynb"))
    image = page.locator(".jp-OutputArea-output img").first
    image.wait_for(state="attached")
    settled(page)
    assert image.evaluate("image => image.naturalWidth") > 100
