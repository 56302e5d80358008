"""A gallery by finding: the picture, its histology story, and what looks like it."""

from __future__ import annotations

import html
import tomllib
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as w

from galactolab.clinic.evidence import Row, table
from galactolab.places import data_folder
from galactolab.records import Case
from galactolab.terms import FindingType
from galactolab.views.background import Background, Wish
from galactolab.views.citations import cite, sources
from galactolab.views.compare import linked
from galactolab.views.controls import StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake
from galactolab.views.reading_panel import Library, library_of_cases

_ALONE = "nothing"


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One finding of the gallery: its case, its row of the evidence, its mimics."""

    title: str
    case: str
    row: Row
    mimics: tuple[str, ...]


def exhibits() -> dict[str, Exhibit]:
    """Return the gallery of ``data/gallery.toml`` by title.

    Examples
    --------
    >>> exhibits()["Leafless tree"].row["likely"]
    'benign in all 12'
    """
    found = tomllib.loads((data_folder() / "gallery.toml").read_text("utf-8"))
    rows = table("findings")
    return {
        entry["title"]: Exhibit(
            title=entry["title"],
            case=entry["case"],
            row=rows.only(finding=entry["finding"]),
            mimics=tuple(entry["mimics"]),
        )
        for entry in found.values()
    }


class FindingsGallery(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Choose a finding and, beside it, one of its mimics.

    Parameters
    ----------
    library : Library, optional
        Named cases; by default `galactolab.datasets`.
    height : int
        Height of the pictures in screen pixels.

    Attributes
    ----------
    finding, mimic : ipywidgets.Dropdown
    views : tuple of ImageView
        What is shown: the finding and, where one is chosen, its mimic.
    """

    def __init__(self, *, library: Library | None = None, height: int = 420) -> None:
        self._library, self._height = library or library_of_cases(), height
        self._exhibits = exhibits()
        self._cases: tuple[Case, ...] = ()
        self.views: tuple[ImageView, ...] = ()
        self.status = StatusLine()
        self._background = Background(self.status)
        wide = w.Layout(width="24em", max_width="100%")
        self.finding = w.Dropdown(options=list(self._exhibits), description="finding", layout=wide)
        self.mimic = w.Dropdown(options=[_ALONE], description="beside it", layout=wide)
        self.show_sign = w.Button(description="Show the sign", tooltip="Go to the planted lesion")
        self.whole = w.Button(description="Whole picture", tooltip="Fit the pictures again")
        self._story, self._pictures = w.HTML(), w.HBox()
        self._pictures.layout = w.Layout(flex_flow="row wrap", grid_gap="12px")
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 12px")
        super().__init__(
            [
                w.HBox([self.finding, self.mimic, self.show_sign, self.whole], layout=row),
                self._pictures,
                self._story,
                self._background.cancel_button,
                self.status,
            ]
        )
        self.add_class("gl-panel")
        self.finding.observe(self.status.guard(lambda _: self._chose()), "value")
        self.mimic.observe(self.status.guard(lambda _: self._open()), "value")
        self.show_sign.on_click(self.status.guard(lambda _: self._to_sign()))
        self.whole.on_click(self.status.guard(lambda _: self._fit()))

    @property
    def exhibit(self) -> Exhibit:
        """The finding that is chosen."""
        return self._exhibits[self.finding.value]

    def _chose(self) -> None:
        names = (_ALONE, *self.exhibit.mimics)
        if self.mimic.options != names:
            self.mimic.options = names
        if self.mimic.value != _ALONE:
            self.mimic.value = _ALONE  # it opens
        else:
            self._open()

    def _open(self) -> None:
        names = [self.exhibit.case, *([self.mimic.value] if self.mimic.value != _ALONE else [])]
        self._background.want(
            Wish(
                key=tuple(names),
                call=lambda: tuple(self._library.load(name, view="CC") for name in names),
                accept=partial(self._show, self.exhibit),
                words=f"Opening {' and '.join(names)}",
            )
        )

    def _show(self, exhibit: Exhibit, cases: tuple[Case, ...], _: float) -> None:
        self._cases = cases
        for view in self.views[len(cases) :]:
            view.close()
        kept = self.views[: len(cases)]
        for view, case in zip(kept, cases, strict=False):
            view.load(case.galactogram, truth=case.truth)
        fresh = tuple(self._view(case) for case in cases[len(kept) :])
        self.views = (*kept, *fresh)
        self._pictures.children = self.views
        for view, case in zip(self.views, cases, strict=True):
            view.picture = {**view.picture, "title": case.name or ""}
            view.set_layers(truth=False, truth_tree=False)
            view.send_ahead()
        if len(self.views) > 1:
            linked(*self.views, parts=("window",))
        self.keep(self.views[0])
        self._story.value = _told(exhibit, cases)
        self.status.say(f"{exhibit.title}: {exhibit.row['appearance']}.")

    def _view(self, case: Case) -> ImageView:
        view = ImageView(case.galactogram, truth=case.truth, height=self._height, compact=True)
        view.layout = w.Layout(flex="1 1 24em", min_width="0", width="auto")
        return view

    def _to_sign(self) -> None:
        for view, case in zip(self.views, self._cases, strict=True):
            planted = [
                finding
                for finding in (case.truth.findings if case.truth else ())
                if finding.type is not FindingType.NORMAL
            ]
            view.set_layers(truth=True)
            if planted:
                view.goto(planted[0].location, zoom=1.0)
        self.status.say("The signs that were planted are marked with T and a number.")

    def _fit(self) -> None:
        for view in self.views:
            view.fit()
            view.set_layers(truth=False)

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Open the first finding when a cell shows the gallery."""
        if not self.views:
            self.status.guard(self._chose)()
        data = super()._repr_mimebundle_(**kwargs)
        if data is None or not self.views:
            return data
        return {**data, "image/png": self.views[0].thumbnail()}


def _told(exhibit: Exhibit, cases: tuple[Case, ...]) -> str:
    row = exhibit.row
    facts = (
        ("Looks like", row.text("appearance")),
        ("Most likely", row.text("likely")),
        ("Cancer?", row.text("cancer_signal")),
        ("Mimics", row.text("mimic")),
        ("Next step", row.text("next_step")),
    )
    listed = "".join(f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in facts if text)
    stories = "".join(
        f"<p><b>{html.escape(case.name or '')}:</b> {html.escape(case.vignette)}</p>"
        for case in cases
    )
    return (
        f'<dl class="gl-facts">{listed}</dl><p>{cite(*row.sources)}</p>'
        f"{stories}{sources(row.sources)}"
    )
