"""The viewer in a real browser: what is drawn, and what hands and keys do to it."""

from __future__ import annotations

import pytest

from tests.browser.picture import PICTURE

pytestmark = pytest.mark.browser

MADE = "picture, reading = made_up(1024, 832)\n"
SMALL = MADE + "view = ImageView(picture, analysis=reading, truth=reading)\nview"
FULL = SMALL.replace("1024, 832", "")
KERNEL = "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel"
READY = "() => document.querySelector('.gl-canvas')?.dataset.complete === 'true'"
# Sum of the opaque pixels of the layer that overlays are drawn on.
INK = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 3; i < data.length; i += 4) sum += data[i] > 0;
  return sum;
}"""
MEAN = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i];
  return sum / (data.length / 4);
}"""
# One pointer move for each frame that the browser shows, and the time until its drawing.
DRAG = """async ([button, shift, frames]) => {
  const stage = document.querySelector('.gl-stage'), box = stage.getBoundingClientRect();
  const fire = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, {
    bubbles: true, cancelable: true, pointerId: 1, button, shiftKey: shift,
    clientX: box.left + x, clientY: box.top + y }));
  stage.setPointerCapture = () => {};
  const lags = [], ends = [];
  let moved = null;
  const drawn = () => {
    if (moved !== null) { lags.push(performance.now() - moved); ends.push(performance.now()); }
    moved = null;
  };
  document.addEventListener('gl-draw', drawn);
  fire('pointerdown', 300, 200);
  for (let i = 0; i < frames; i++) {
    await new Promise(requestAnimationFrame);
    moved ??= performance.now();
    fire('pointermove', 300 + 100 * Math.sin(i / 9), 200 + 80 * Math.cos(i / 7));
  }
  await new Promise(requestAnimationFrame);
  fire('pointerup', 300, 200);
  document.removeEventListener('gl-draw', drawn);
  lags.sort((a, b) => a - b);
  const fps = 1000 * (ends.length - 1) / (ends.at(-1) - ends[0]);
  return { median: lags[lags.length >> 1], p95: lags[Math.floor(lags.length * 0.95)], fps };
}"""


def state(page):
    """Return what the canvas says of itself."""
    return page.locator(".gl-canvas").first.evaluate("canvas => ({ ...canvas.dataset })")


def settled(page):
    """Wait for the drawing that an action asked for."""
    frame = "await new Promise(requestAnimationFrame);"
    page.evaluate(f"async () => {{ {frame} {frame} }}")


def execute(page, code):
    """Run code in the notebook's kernel, outside of any cell."""
    page.evaluate(f"code => {KERNEL}.requestExecute({{ code }}).done", code)


@pytest.fixture
def small(page, open_notebook):
    """A notebook that shows a picture of 1024 x 832 with reading and truth."""
    open_notebook(PICTURE, SMALL)
    page.wait_for_function(READY)
    page.locator(".gl-stage").scroll_into_view_if_needed()
    return page


def test_a_full_field_picture_is_fluent(page, lab, open_notebook, record_testsuite_property):
    """Window and pan on 3328 x 4096 follow the hand; only generous bounds are asserted."""
    name_of_notebook = open_notebook(PICTURE, FULL)
    page.wait_for_function(READY)
    for name, button, shift in (("window", 2, False), ("shift", 0, True), ("pan", 0, False)):
        before = state(page)
        speed = page.evaluate(DRAG, [button, shift, 120])
        after = state(page)
        record_testsuite_property(name, speed)
        assert speed["median"] < 100, name
        moved = ("row", "column") if name == "pan" else ("center", "width")
        assert any(before[key] != after[key] for key in moved), name
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    saved = (lab.folder / name_of_notebook).stat().st_size
    assert 10_000 < saved < 200_000  # a thumbnail is in it, the picture is not


def test_values_and_zoom(small):
    """Whole numbers are shown exactly, with row, column and millimeters."""
    page, stage = small, small.locator(".gl-stage")
    box = stage.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    text = page.locator(".gl-readout").inner_text()
    assert "row 51" in text
    assert "mm down" in text
    assert "gray value" in text
    row, column = (int(part.split()[1]) for part in text.split(" · ")[0].split(", "))
    value = float(text.split(" · ")[2].split()[0])
    assert value in range(1000, 6700)
    assert 400 < column < 430
    assert 505 < row < 520

    # The wheel keeps the point under the cursor; 1 is one to one; 0 and Fit show all.
    fit = float(state(page)["zoom"])
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    under = page.locator(".gl-readout").inner_text().split(" · ")[0]
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"() => document.querySelector('.gl-canvas').dataset.zoom > {fit * 1.2}")
    page.mouse.move(box["x"] + 301, box["y"] + 200)
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    now = page.locator(".gl-readout").inner_text().split(" · ")[0]
    for before, after in zip(under.split(","), now.split(","), strict=True):
        assert abs(int(before.split()[1]) - int(after.split()[1])) <= 3
    stage.focus()
    page.keyboard.press("1")
    settled(page)
    assert float(state(page)["zoom"]) == 1
    for _ in range(25):
        page.keyboard.press("+")
    settled(page)
    assert float(state(page)["zoom"]) == 64
    page.keyboard.press("0")
    settled(page)
    assert float(state(page)["zoom"]) == fit
    page.get_by_role("button", name="Zoom in").click()
    settled(page)
    assert float(state(page)["zoom"]) > fit
    page.get_by_role("button", name="Fit the whole picture").click()
    settled(page)
    assert float(state(page)["zoom"]) == fit


def test_window_and_keys(small):
    """A typed window is applied exactly; presets and inversion change the pixels."""
    page, canvas = small, small.locator(".gl-canvas")
    page.get_by_role("spinbutton", name="center").fill("2000")
    page.get_by_role("spinbutton", name="center").press("Enter")
    page.get_by_role("spinbutton", name="width").fill("500")
    page.get_by_role("spinbutton", name="width").press("Enter")
    settled(page)
    assert (state(page)["center"], state(page)["width"]) == ("2000", "500")
    narrow = canvas.evaluate(MEAN)
    page.get_by_label("Window preset").select_option("full")
    settled(page)
    assert abs(canvas.evaluate(MEAN) - narrow) > 5
    before = canvas.evaluate(MEAN)
    page.get_by_label("Inverted").check()
    settled(page)
    assert state(page)["inverted"] == "true"
    assert canvas.evaluate(MEAN) > before + 20

    # Arrows pan, brackets window; letters that edit cells elsewhere stay here.
    page.locator(".gl-stage").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    settled(page)
    before = state(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("]")
    settled(page)
    after = state(page)
    assert float(after["column"]) > float(before["column"])
    assert float(after["center"]) > float(before["center"])
    cells = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
    there_were = page.evaluate(cells)
    for focused in (page.locator(".gl-stage"), page.get_by_role("button", name="Ruler")):
        focused.focus()
        for key in "ddabmlx":
            page.keyboard.press(key)
        assert page.evaluate(cells) == there_were


def test_overlays_and_findings(small):
    """Every layer can be switched, and leaves other ink on the picture."""
    page, overlay = small, small.locator(".gl-overlay")
    boxes = page.locator(".gl-layers input")
    assert boxes.count() == 5
    for index in range(boxes.count()):
        before = overlay.evaluate(INK)
        boxes.nth(index).click()
        settled(page)
        assert overlay.evaluate(INK) != before, boxes.nth(index).get_attribute("data-layer")

    # A finding's button brings it to the middle and says so; N goes to the next.
    page.locator(".gl-finding[data-kind=finding]", has_text="duct narrowing").click()
    settled(page)
    assert abs(float(state(page)["row"]) - 500) < 1
    assert abs(float(state(page)["column"]) - 600) < 1
    assert "stenosis 62 %" in page.locator(".gl-live").inner_text()
    page.locator(".gl-stage").focus()
    page.keyboard.press("n")
    settled(page)
    assert abs(float(state(page)["row"]) - 300) < 1
    chosen = page.locator(".gl-finding[aria-current=true]")
    assert "abrupt duct termination" in chosen.inner_text()


def test_ruler_and_profile(small):
    """A drag of 200 screen pixels at one to one is 200 image pixels long."""
    page = small
    page.locator(".gl-stage").focus()
    page.keyboard.press("1")
    page.get_by_role("button", name="Ruler").click()
    box = page.locator(".gl-stage").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.move(box["x"] + 400, box["y"] + 200)
    page.mouse.up()
    said = page.locator(".gl-live").inner_text()
    assert said == f"Ruler: {200 * 0.07 * 4:.2f} mm."

    # Crosshair, P, Enter, arrows, Enter: the profile appears without a mouse.
    page.locator(".gl-stage").focus()
    page.keyboard.press("c")
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".gl-plot").wait_for()
    assert "Profile over" in page.locator(".gl-plot").get_attribute("aria-label")
    assert "Profile of" in page.locator(".gl-live").inner_text()


def test_kernel_and_picture_hear_of_each_other(small, open_notebook):
    """Traits go both ways."""
    page = small
    page.locator(".gl-stage").focus()
    page.keyboard.press("1")
    page.wait_for_timeout(400)
    execute(page, "assert view.view[2] == 1, view.view")
    execute(page, "view.set_window(3000, 700); view.goto((100, 50), 8)")
    page.wait_for_function("() => document.querySelector('.gl-canvas').dataset.zoom === '8'")
    assert (state(page)["center"], state(page)["row"]) == ("3000", "100")

    # After a restart the view says what to do in place of lying there dead.
    page.evaluate(f"() => {KERNEL}.restart()")
    page.get_by_text("The kernel has restarted: run this cell again.").wait_for()
    assert page.locator(".gl-bar").evaluate("bar => bar.inert")


def test_two_views_and_a_closed_one(page, open_notebook):
    """Several views live on one page; a closed one leaves nothing behind."""
    open_notebook(PICTURE, SMALL, "ImageView(picture)")
    two = "() => document.querySelectorAll('.gl-canvas[data-complete=true]').length === 2"
    page.wait_for_function(two)
    execute(page, "view.close()")
    page.wait_for_function("() => document.querySelectorAll('.gl-canvas').length === 1")


def test_a_view_scrolled_away_comes_back(page, open_notebook):
    """A picture that left the screen is drawn again and still obeys."""
    open_notebook(PICTURE, SMALL, *[f"print('\\n' * 30, {n})" for n in range(30)])
    page.wait_for_function(READY)
    content = page.locator(".jp-Notebook .jp-WindowedPanel-outer, .jp-WindowedPanel-outer").first
    content.evaluate("el => el.scrollTo(0, el.scrollHeight)")
    page.wait_for_timeout(800)
    content.evaluate("el => el.scrollTo(0, 0)")
    page.locator(".gl-canvas").wait_for()
    page.get_by_label("Window preset").select_option("full")
    settled(page)
    assert page.locator(".gl-canvas").evaluate(MEAN) > 1
