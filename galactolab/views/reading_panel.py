"""Choose a case or a file, have it read, look at everything that was found."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import ipywidgets as w

from galactolab.errors import GalactolabError
from galactolab.reading import DEFAULT, Pipeline
from galactolab.records import Analysis, Case, Galactogram
from galactolab.terms import View
from galactolab.views.background import Background, Wish
from galactolab.views.controls import StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake
from galactolab.views.reading_tabs import ReadingTabs

_CHOOSE = "choose a case…"
_VIEWS = ("CC", "ML")
Source = str | os.PathLike[str] | Case | Galactogram


class Library(Protocol):
    """Where named cases come from: `galactolab.datasets`, or a teacher's own."""

    def names(self) -> Sequence[str]:
        """Names of the cases."""

    def load(self, name: str, *, view: View | str) -> Case:
        """Open one case."""


class ReadingPanel(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A place to read: case or DICOM file, picture, findings, charts, truth.

    Parameters
    ----------
    source : str, path, Case or Galactogram, optional
        What to open first: the name of a case, a DICOM file, or a record.
    pipeline : Pipeline
        What reads it.
    library : Library, optional
        Named cases; by default `galactolab.datasets`.
    height : int
        Height of the picture in screen pixels.

    Attributes
    ----------
    view : ImageView or None
        The picture, once there is one.
    case : Case or None
    analysis : Analysis or None
        The reading; asking for it waits until it is done.
    """

    def __init__(
        self,
        source: Source | None = None,
        *,
        pipeline: Pipeline = DEFAULT,
        library: Library | None = None,
        height: int = 520,
    ) -> None:
        self._pipeline, self._height = pipeline, height
        self._library = library if library is not None else library_of_cases()
        self.view: ImageView | None = None
        self._source: Source | None = None
        self._naming = False
        self._case: Case | None = None
        self._analysis: Analysis | None = None
        self.status = StatusLine()
        self._background = Background(self.status)
        self.tabs = ReadingTabs(self.status, self._background)
        self._story = w.HTML()
        self._picture = w.VBox()
        children = (*self._choices(), self._story, self._picture, *self._extras(), self.tabs)
        super().__init__([*children, self._background.cancel_button, self.status])
        self.add_class("gl-panel")
        if source is not None:
            self.status.guard(self.choose)(source)

    def _choices(self) -> tuple[Any, ...]:
        wide = w.Layout(width="22em", max_width="100%")
        self.cases = w.Dropdown(
            options=[_CHOOSE, *self._library.names()], description="case", layout=wide
        )
        self.direction = w.Dropdown(options=_VIEWS, description="view")
        self.direction.layout = w.Layout(width="13em")
        self.file = w.Text(
            description="or file",
            placeholder="path of a DICOM file",
            layout=wide,
            continuous_update=False,
        )
        self.spacing = w.BoundedFloatText(
            description="pixel size in mm (0: as the file says)",
            value=0.0,
            min=0.0,
            max=10.0,
            step=0.01,
            tooltip="Only for a file that does not state it; 0 takes the file's own",
            style={"description_width": "initial"},
            layout=w.Layout(width="24em", max_width="100%"),
        )
        self.read = w.Button(description="Open file", tooltip="Open and read the file")
        # The foot of this tall panel is often off the page: what it says stands here, too.
        self._beside = w.HTML()
        self._beside.add_class("gl-beside")
        self.status.observe(lambda _: self._say_beside(), ["running", "problem"])
        chosen = self.status.guard(lambda _: self._chose())
        self.cases.observe(chosen, "value")
        self.direction.observe(chosen, "value")
        self.read.on_click(self.status.guard(lambda _: self._typed()))
        row = w.Layout(flex_flow="row wrap", grid_gap="4px 12px")
        return (
            w.HBox([self.cases, self.direction], layout=row),
            w.HBox([self.file, self.spacing, self.read, self._beside], layout=row),
        )

    def _extras(self) -> tuple[Any, ...]:
        """Return what a lesson adds between the picture and the tabs."""
        return ()

    # ---- what a program asks ----------------------------------------------------------
    @property
    def case(self) -> Case | None:
        """What is open; asking waits until it is there."""
        if self._case is None and self._source is not None:
            self._opened(self._load(self._source), 0.0, read=False)
        return self._case

    @property
    def analysis(self) -> Analysis | None:
        """What was read; asking waits until it is there."""
        case = self.case
        if self._analysis is None and case is not None:
            running = self._background.future_of(("read", id(case)))
            self._show(running.result() if running else self._pipeline(case.galactogram))
        return self._analysis

    def choose(self, source: Source) -> None:
        """Open a case by name, a DICOM file by path, or a record, and read it."""
        if isinstance(source, str) and source in self._library.names():
            if self.cases.value != source:
                self.cases.value = source  # it calls back here
                return
        else:
            self._name(source)
        self._source, self._case, self._analysis = source, None, None
        label = source if isinstance(source, str | os.PathLike) else "the picture"
        self._background.want(
            Wish(
                key=("open", id(source)),
                call=partial(self._load, source),
                accept=self._opened,
                words=f"Opening {Path(label).name}",
            )
        )

    # ---- steps --------------------------------------------------------------------------
    def _name(self, source: Source) -> None:
        """Let the list say what is open, without opening it again."""
        name = source.name if isinstance(source, Case) else None
        self._naming = True
        self.cases.value = name if name in self._library.names() else _CHOOSE
        self._naming = False

    def _chose(self) -> None:
        if self.cases.value != _CHOOSE and not self._naming:
            self.choose(self.cases.value)

    def _typed(self) -> None:
        if not self.file.value.strip():
            raise GalactolabError("No file is named: type the path of a DICOM file first.")
        self.choose(Path(self.file.value.strip()).expanduser())

    def _say_beside(self) -> None:
        """Repeat beside the button what runs, or what went wrong."""
        sentence, running = self.status.problem.get("sentence", ""), self.status.running
        words, kind = (running, "gl-working") if running else (sentence, "gl-wrong-beside")
        said = f'<div class="{kind}">{html.escape(words)}</div>' if words else ""
        self._beside.value = said

    def _load(self, source: Source) -> Case:
        if isinstance(source, Case):
            return source
        if isinstance(source, Galactogram):
            return Case(galactogram=source)
        if isinstance(source, str) and source in self._library.names():
            return self._library.load(source, view=self.direction.value)
        from galactolab.dicom import read_galactogram  # noqa: PLC0415 (pydicom takes 0.6 s)

        path = Path(source)
        spacing = self.spacing.value or None
        return Case(galactogram=read_galactogram(path, spacing_mm=spacing), name=path.name)

    def _opened(self, case: Case, _: float, *, read: bool = True) -> None:
        self._case, self._analysis = case, None
        self._story.value = f"<p>{html.escape(case.vignette)}</p>" if case.vignette else ""
        if self.view is None:
            self.view = ImageView(case.galactogram, height=self._height)
            self._picture.children = (self.view,)
        else:
            self.view.load(case.galactogram)
        self.view.send_ahead()
        self.keep(self.view)
        if read:
            self._read(case)

    def _read(self, case: Case) -> None:
        self._background.want(
            Wish(
                key=("read", id(case)),
                call=partial(self._pipeline, case.galactogram),
                accept=lambda analysis, _: self._show(analysis),
                words="Reading",
            )
        )

    def _show(self, analysis: Analysis) -> None:
        """Show a reading in picture and tabs."""
        if self.view is None or self._case is None:
            return
        self._analysis = analysis
        self.view.show(analysis, truth=self._case.truth)
        self.tabs.show(self.view, analysis, self._case.truth)
        n = len(analysis.findings)
        doubtful = sum(finding.mimic is not None for finding in analysis.findings)
        doubt = f", {doubtful} of them may be no disease" if doubtful else ""
        self.status.say(f"Read: {len(analysis.tree)} branches, {n} finding{'s' * (n != 1)}{doubt}.")

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Let a small picture stand where no kernel runs."""
        data = super()._repr_mimebundle_(**kwargs)
        if data is not None and self.view is not None:
            data = {**data, "image/png": self.view.thumbnail()}
        return data


def library_of_cases() -> Library:
    """Return the shipped case library."""
    from galactolab import datasets  # noqa: PLC0415 (it pulls in the virtual patient)

    library: Library = datasets
    return library
