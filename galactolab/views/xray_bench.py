"""The physics bench: turn voltage, filter, load, grid, pixel; see picture, numbers, charts."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as w

from galactolab.modalities import preview, quality
from galactolab.modalities.beam import KVP_RANGE, Beam
from galactolab.modalities.detector import DETECTORS, Detector
from galactolab.modalities.duct_phantom import CALIBERS_MM, Slab
from galactolab.modalities.exposure import Exposure
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.optimum import PAIRS
from galactolab.modalities.quality import Quality
from galactolab.records import Galactogram
from galactolab.views import physics_figures
from galactolab.views.chart import chart
from galactolab.views.controls import LatestWins, NumberSlider, StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake
from galactolab.views.physics_figures import BenchState

TEST_OBJECT, PATIENT = "test object with ducts", "virtual patient, whole breast"
_ROW_HEAD = "text-align:left;font-weight:normal;white-space:nowrap"
#: Gray window in log attenuation above the background, the same for every technique.
_WINDOWS = {TEST_OBJECT: (0.8, 2.0), PATIENT: (0.35, 1.5)}
_NAMED = {"description_width": "6.5em"}
# A preview takes a few hundredths of a second: a short rest is enough.
_REST_S, _CHARTS_S = 0.015, 0.25


class XrayBench(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Sliders for one exposure, a live picture, numbers and four charts.

    The geometry is rendered once; each change exposes it again. A burst of changes shows the
    last one only.

    Parameters
    ----------
    height : int
        Height of the picture in screen pixels.

    Attributes
    ----------
    controls : dict of str to widget
    state : BenchState
        The technique as set now.
    quality : Quality
        What it promises.

    Examples
    --------
    >>> bench = XrayBench()
    >>> bench.controls["kvp"].value = 32
    >>> bench.state.beam.name
    'W/Rh 32 kV'
    """

    def __init__(self, *, height: int = 430) -> None:
        self.status = StatusLine()
        self.controls = _controls()
        self._reference: Quality | None = None
        self._taken: Exposure | None = None
        picture, self._taken = self._exposed(self.state)
        self.view = ImageView(picture, height=height)
        self._shown: str = self.controls["object"].value
        self.view.set_window(*_WINDOWS[self._shown])
        self.figure = chart(physics_figures.bench(self.state))
        self.numbers, self.words = w.HTML(), w.HTML()
        self._soon = LatestWins(self.status.guard(self._update), rest_s=_REST_S)
        self._charts = LatestWins(self.status.guard(self._draw_charts), rest_s=_CHARTS_S)
        super().__init__([self._top(), self.figure, self.words, self.status])
        self.add_class("gl-panel")
        self.status.nudge()
        for name, control in self.controls.items():
            turned = self._load_turned if name == "mas" else lambda _: self._soon()
            control.observe(self.status.guard(turned), "value")
        self._update()

    def _top(self) -> Any:  # noqa: ANN401 (ipywidgets ships no types)
        self._keep = w.Button(
            description="Keep as reference", tooltip="Compare what follows with this technique"
        )
        self._keep.on_click(self.status.guard(self._kept))
        self._reset = w.Button(description="Defaults", tooltip="Back to W/Rh 28 kV")
        self._reset.on_click(self.status.guard(self._to_defaults))
        row = w.Layout(flex_flow="row wrap", grid_gap="2px 8px")
        buttons = w.HBox([self._keep, self._reset], layout=row)
        left = w.VBox([*self.controls.values(), buttons])
        left.layout = w.Layout(flex="1 0 24em")
        left.add_class("gl-aligned")
        self.view.layout = w.Layout(flex="3 1 24em", min_width="0", width="auto")
        self.numbers.layout = w.Layout(flex="0 0 auto")
        parts = [left, self.view, self.numbers]
        return w.HBox(parts, layout=w.Layout(flex_flow="row wrap", grid_gap="4px 16px"))

    # ---- what a program asks -----------------------------------------------------------
    @property
    def state(self) -> BenchState:
        """The technique as set now.

        Raises
        ------
        GalactolabError
            If a number is outside what a tube or a breast can have.
        """
        held = {name: control.value for name, control in self.controls.items()}
        anode, filter_ = held["beam"].split("/")
        beam = Beam(
            anode=anode,
            filter=filter_,
            kvp=held["kvp"],
            mas=None if held["automatic"] else held["mas"],
        )
        if held["object"] == PATIENT:
            slab = preview.slab_like_patient(held["concentration"])
        else:
            slab = Slab(
                thickness_mm=held["thickness"],
                glandularity=held["gland"] / 100,
                concentration_mgi_ml=held["concentration"],
            )
        return BenchState(
            beam=beam,
            slab=slab,
            detector=Detector.named(held["detector"]),
            geometry=Geometry(magnification=held["magnification"], grid=held["grid"]),
            caliber_mm=held["caliber"],
        )

    @property
    def quality(self) -> Quality:
        """What the technique as set now promises."""
        return self.state.quality

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Let a small picture stand where no kernel runs."""
        self.view.send_ahead()
        data = super()._repr_mimebundle_(**kwargs)
        return data if data is None else {**data, "image/png": self.view.thumbnail()}

    # ---- how it works ------------------------------------------------------------------
    def _exposed(self, state: BenchState) -> tuple[Galactogram, Exposure]:
        common: dict[str, Any] = {
            "beam": state.beam,
            "detector": state.detector,
            "geometry": state.geometry,
        }
        if self.controls["object"].value == PATIENT:
            agent = state.slab.concentration_mgi_ml
            return preview.of_patient(concentration_mgi_ml=agent, **common)
        return preview.of_slab(state.slab, **common)

    def _update(self) -> None:
        state = self.state
        picture, self._taken = self._exposed(state)
        self._show(picture)
        on_slab = self._shown == TEST_OBJECT
        for name in ("thickness", "gland"):
            _switch(self.controls[name], on=on_slab)
        self.controls["grid"].disabled = state.geometry.magnification != 1.0
        now = state.quality
        self._follow_the_automatic(now)
        taken = self._taken
        seen = quality.measured(taken, caliber_mm=state.caliber_mm) if on_slab else None
        self.numbers.value = numbers_table(now, self._reference, measured=seen)
        self.status.say(
            f"{state.beam.name}, {now.mas:.0f} mAs: SDNR {now.sdnr:.1f} per pixel for the duct of "
            f"{state.caliber_mm:g} mm, {now.mgd_mgy:.2f} mGy."
        )
        # Charts cost the page more than the picture does: they come when the hand rests.
        self._charts(state)

    def _load_turned(self, _: object) -> None:
        # With the automatic on, the panel itself moves this control: nothing new to expose.
        if not self.controls["automatic"].value:
            self._soon()

    def _follow_the_automatic(self, now: Quality) -> None:
        """Let the gray load say what the automatic chose; by hand one goes on from there."""
        automatic, load = self.controls["automatic"].value, self.controls["mas"]
        _switch(load, on=not automatic)
        if automatic:
            load.value = min(max(round(now.mas), load.slider.min), load.slider.max)

    def _draw_charts(self, state: BenchState) -> None:
        taken = self._taken if self._shown == TEST_OBJECT else None
        self._draw(state, None if taken is None else physics_figures.profile_of(taken))
        self.words.value = f"<p>{html.escape(physics_figures.describe_bench(state))}</p>"

    def _show(self, picture: Galactogram) -> None:
        """Show a new exposure; another object has a gray window of its own."""
        kind = self.controls["object"].value
        if kind == self._shown:
            self.view.follow(picture)
            return
        self._shown = kind
        with self.view.hold_sync():
            self.view.load(picture)
            self.view.set_window(*_WINDOWS[kind])

    def _draw(self, state: BenchState, profile: Any) -> None:  # noqa: ANN401 (a pair of arrays)
        lines = physics_figures.bench_lines(state, profile)
        with self.figure.batch_update():
            for trace, (x, y) in zip(self.figure.data, lines.values(), strict=True):
                trace.x, trace.y = x, y

    def _kept(self, _: object) -> None:
        self._reference = self.quality
        self._update()

    def _to_defaults(self, _: object) -> None:
        fresh = _controls()
        for name, control in self.controls.items():
            if name != "object":
                control.value = fresh[name].value
            fresh[name].close()


def _controls() -> dict[str, Any]:
    def slider(name: str, low: float, high: float, step: float, value: float) -> NumberSlider:
        made = NumberSlider(name, low=low, high=high, step=step, value=value)
        # The picture follows the hand; `LatestWins` drops what is overtaken.
        made.slider.continuous_update = True
        return made

    def choice(name: str, options: Any, value: object) -> Any:  # noqa: ANN401
        return w.Dropdown(
            options=options,
            value=value,
            description=name,
            style=_NAMED,
            layout=w.Layout(width="23em", max_width="100%"),
        )

    low, high = KVP_RANGE
    return {
        "object": choice("object", (TEST_OBJECT, PATIENT), TEST_OBJECT),
        "beam": choice("anode/filter", ["/".join(pair) for pair in PAIRS], "W/Rh"),
        "kvp": slider("voltage_kV", low, high, 1, 28),
        "automatic": w.Checkbox(value=True, description="automatic exposure", indent=False),
        "mas": slider("load_mAs", 1, 600, 1, 65),
        "concentration": slider("iodine_mg/mL", 0, 400, 10, 300),
        "thickness": slider("breast_mm", 20, 90, 1, 45),
        "gland": slider("gland_%", 0, 100, 1, 20),
        "caliber": choice(
            "duct", [(f"{caliber:g} mm wide", caliber) for caliber in CALIBERS_MM], 0.3
        ),
        "detector": choice("detector", list(DETECTORS), "a-Se 85 um"),
        "magnification": choice("magnify", [("1 (contact)", 1.0), ("1.5", 1.5), ("1.8", 1.8)], 1.0),
        "grid": w.Checkbox(value=True, description="anti-scatter grid", indent=False),
    }


def _switch(pair: NumberSlider, *, on: bool) -> None:
    pair.box.disabled = pair.slider.disabled = not on


#: Rows of the table: what it is, how it is written, and a word on what it means.
_ROWS: tuple[tuple[str, str, str, float], ...] = (
    ("contrast", "Contrast of the duct in %", "{:.1f}", 100.0),
    ("noise", "Noise of a pixel in %", "{:.2f}", 100.0),
    ("sdnr", "SDNR (CNR) per pixel", "{:.1f}", 1.0),
    ("detail_sdnr", "SDNR of 1 mm of the duct", "{:.0f}", 1.0),
    ("gland_sdnr", "SDNR of 3 mm of gland", "{:.1f}", 1.0),
    ("scatter_to_primary", "Scatter over primary", "{:.2f}", 1.0),
    ("mas", "Tube load in mAs", "{:.0f}", 1.0),
    ("mgd_mgy", "Mean glandular dose in mGy", "{:.2f}", 1.0),
)


def numbers_table(now: Quality, reference: Quality | None, *, measured: float | None) -> str:
    """Write what a technique promises as an HTML table, beside a reference.

    Parameters
    ----------
    now, reference : Quality
    measured : float or None
        SDNR as found in the picture.
    """
    heads = ["", "now"] + ([] if reference is None else ["reference", "ratio"])
    rows = []
    for name, words, form, factor in _ROWS:
        value = getattr(now, name) * factor
        cells = [words, form.format(value)]
        if reference is not None:
            before = getattr(reference, name) * factor
            ratio = f"{value / before:.2f}" if before > 0 else "-"
            cells += [form.format(before), ratio]
        rows.append(cells)
        if name == "sdnr" and measured is not None:
            rows.append(["the same, measured", f"{measured:.1f}"])
    head = "".join(f'<th scope="col">{cell}</th>' for cell in heads)
    body = "".join(
        f'<tr><th scope="row" style="{_ROW_HEAD}">{cells[0]}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells[1:])
        + "<td></td>" * (len(heads) - len(cells))
        + "</tr>"
        for cells in rows
    )
    table = f'<table class="gl-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    # In the patient nothing can be measured against a truth: the numbers are a slab's.
    note = "" if measured is not None else "<p>For a slab as thick and glandular as she is.</p>"
    return table + note
