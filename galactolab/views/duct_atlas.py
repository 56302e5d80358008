"""The ducts of a virtual breast: choose an opening on the nipple, see the lobe behind it."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets as w

from galactolab.patient.breast import Breast
from galactolab.patient.lobes import Lobe, lobes
from galactolab.views.atlas_figures import atlas, describe_lobe
from galactolab.views.background import Background, Wish
from galactolab.views.chart import chart
from galactolab.views.controls import NumberSlider, StatusLine
from galactolab.views.keepsake import Keepsake


class DuctAtlas(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Openings on the nipple and the lobes that they lead to.

    Parameters
    ----------
    seed : int
        Which virtual breast.
    n_lobes : int
        How many duct systems it has, 4 to 20.

    Attributes
    ----------
    lobes : tuple of Lobe
    chosen : int
        Index of the opening that is injected.
    figure : plotly.graph_objects.FigureWidget or None
        Once there are lobes.

    Examples
    --------
    >>> atlas = DuctAtlas(seed=3, n_lobes=4)
    >>> atlas.opening.value = 2
    >>> atlas.chosen, "Opening 2 of 4" in atlas.describe()
    (1, True)
    """

    def __init__(self, *, seed: int = 12, n_lobes: int = 9) -> None:
        self.lobes: tuple[Lobe, ...] = ()
        self.figure: Any = None
        self.status = StatusLine()
        self._background = Background(self.status)
        self.breast = w.BoundedIntText(description="breast", value=seed, min=0, max=999)
        self.breast.layout = w.Layout(width="10em")
        self.count = NumberSlider("duct_systems", low=4, high=20, step=1, value=n_lobes)
        self.opening = NumberSlider("inject_opening", low=1, high=n_lobes, step=1, value=1)
        self.units = w.Checkbox(value=True, description="terminal duct lobular units", indent=False)
        self._chart = w.VBox()
        row = w.HBox([self.breast, self.count, self.opening, self.units])
        row.layout = w.Layout(flex_flow="row wrap")
        super().__init__([row, self._chart, self._background.cancel_button, self.status])
        self.add_class("gl-panel")
        for control in (self.breast, self.count):
            control.observe(self.status.guard(lambda _: self._grow()), "value")
        for control in (self.opening, self.units):
            control.observe(self.status.guard(lambda _: self._draw()), "value")
        self._grow()

    @property
    def chosen(self) -> int:
        """Index of the opening that is injected."""
        return min(int(self.opening.value), len(self.lobes)) - 1

    def describe(self) -> str:
        """Return which opening leads where."""
        if not self.lobes:
            return "The breast is growing."
        lobe = self.lobes[self.chosen]
        return describe_lobe(lobe, number=self.chosen + 1, of=len(self.lobes))

    def _grow(self) -> None:
        self.status.stale = bool(self.lobes)
        breast, n = Breast(seed=self.breast.value), self.count.value
        self._background.want(
            Wish(
                key=(breast.seed, n),
                call=partial(lobes, breast, n_lobes=n),
                accept=lambda grown, _: self._accept(grown),
                words="Growing the ducts",
            )
        )

    def _accept(self, grown: tuple[Lobe, ...]) -> None:
        self.lobes = grown
        for control in (self.opening.slider, self.opening.box):
            control.max = len(grown)
        self.status.stale = False
        self._draw()

    def _draw(self) -> None:
        if not self.lobes:
            return
        breast = Breast(seed=self.breast.value)
        drawn = atlas(breast, self.lobes, chosen=self.chosen, units=self.units.value)
        if self.figure is None:
            self.figure = chart(drawn)
            self._chart.children = (self.figure,)
            self._chart.add_class("gl-result")
            self.status.nudge()
        else:
            # The same widget takes the new lines: a page never gets a figure's memory back.
            with self.figure.batch_update():
                self.figure.data = []
                self.figure.add_traces(drawn.data)
        for trace in self.figure.data:
            if trace.customdata is not None:
                trace.on_click(self.status.guard(self._clicked))
        self.status.say(self.describe())

    def _clicked(self, trace: Any, points: Any, _: object) -> None:  # noqa: ANN401 (plotly's own)
        if points.point_inds:
            self.opening.value = int(trace.customdata[points.point_inds[0]]) + 1
