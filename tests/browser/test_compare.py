"""Linked views, swipe, magnifier and marks, by hand and by key."""

from __future__ import annotations

import pytest

from tests.browser.picture import PICTURE
from tests.browser.test_image_view import MADE, MEAN, execute, settled, state

pytestmark = pytest.mark.browser

BOTH = MADE + (
    "from galactolab.views import Compare\nfrom dataclasses import replace\n"
    "other = replace(picture, pixels=picture.pixels[::2, ::2] + 500, spacing_mm=0.56)\n"
    "both = Compare(ImageView(picture, analysis=reading), other, names=('one', 'two'))\nboth"
)
MARKING = MADE + (
    "view = ImageView(picture)\nview.marking = True\n"
    "view.mark_kinds = ['cyst fill', 'duct narrowing']\nview"
)
TWO = "() => document.querySelectorAll('.gl-canvas[data-complete=true]').length === 2"
DATA = "() => [...document.querySelectorAll('.gl-canvas')].map((canvas) => ({ ...canvas.dataset }))"


def test_linked_views_and_swipe(page, open_notebook):
    """Window, place and pointer reach the other picture in millimeters; the line moves by key."""
    open_notebook(PICTURE, BOTH)
    page.wait_for_function(TWO)
    stage = page.locator(".gl-stage").first
    stage.scroll_into_view_if_needed()
    stage.focus()
    for key in ("+", "+", "ArrowRight", "]"):
        page.keyboard.press(key)
    settled(page)
    first, second = page.evaluate(DATA)
    assert float(second["center"]) == float(first["center"])
    assert float(second["row"]) * 2 == pytest.approx(float(first["row"]))
    assert float(second["zoom"]) == pytest.approx(2 * float(first["zoom"]))
    box = stage.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    assert page.locator(".gl-ghost").nth(1).evaluate("ghost => !ghost.hidden")
    texts = page.locator(".gl-readout").all_inner_texts()
    rows = [int(text.split()[1].rstrip(",")) for text in texts]
    assert abs(rows[0] - 2 * rows[1]) <= 2

    page.get_by_role("button", name="Swipe").click()
    divider = page.get_by_role("slider", name="Part of the screen that shows the first picture")
    divider.wait_for()
    half = page.locator(".gl-canvas").first.evaluate(MEAN)
    divider.focus()
    page.keyboard.press("Home")
    settled(page)
    all_second = page.locator(".gl-canvas").first.evaluate(MEAN)
    page.keyboard.press("End")
    settled(page)
    all_first = page.locator(".gl-canvas").first.evaluate(MEAN)
    assert abs(all_first - all_second) > 1
    assert half not in {all_first, all_second}
    page.wait_for_timeout(300)
    execute(page, "assert both.first.split == 1, both.first.split")


def test_magnifier_and_marks_by_key(page, open_notebook):
    """The glass follows the crosshair; a mark is set, named and removed without a mouse."""
    open_notebook(PICTURE, MARKING)
    page.wait_for_function(
        "() => document.querySelector('.gl-canvas')?.dataset.complete === 'true'"
    )
    stage = page.locator(".gl-stage")
    stage.scroll_into_view_if_needed()
    stage.focus()
    page.keyboard.press("c")
    page.keyboard.press("g")
    settled(page)
    glass = page.locator(".gl-glass")
    assert glass.is_visible()
    before, place = glass.evaluate(MEAN), glass.get_attribute("style")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")
    settled(page)
    assert glass.evaluate(MEAN) != before
    assert glass.get_attribute("style") != place
    page.keyboard.press("m")
    page.get_by_label("Name of mark A").select_option("duct narrowing")
    page.wait_for_timeout(300)
    execute(page, "assert view.marks[0]['kind'] == 'duct narrowing', view.marks")
    execute(page, "assert abs(view.marks[0]['row'] - 512) < 2, view.marks")
    stage.focus()
    page.keyboard.press("Backspace")
    page.get_by_text("No mark yet").wait_for()
    page.keyboard.press("g")
    settled(page)
    assert not glass.is_visible()
    assert state(page)["complete"] == "true"
