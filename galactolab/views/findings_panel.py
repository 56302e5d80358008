"""The panel of the lesson on findings: a reading whose four stages lie open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as w

from galactolab.errors import GalactolabError
from galactolab.reading import DEFAULT, Pipeline
from galactolab.records import Analysis, Case
from galactolab.views.bench import Bench
from galactolab.views.reading_panel import Library, ReadingPanel, Source

#: Which parameters of the shipped stages can be turned, and how far.
RANGES: dict[str, dict[str, object]] = {
    "segment": {
        "scale_mm": (0.1, 3.0, 0.1),
        "min_significance": (1.0, 8.0, 0.25),
        "min_length_mm": (0.0, 10.0, 0.5),
    },
    "trace": {"prune_mm": (0.0, 5.0, 0.1), "gap_mm": (0.0, 15.0, 0.5)},
    "detect": {"min_score": (0.0, 1.0, 0.05)},
}


class FindingsPanel(ReadingPanel):
    """A reading panel with a bench for each stage: segment, trace, detect.

    Parameters
    ----------
    source : str, path, Case or Galactogram, optional
    pipeline : Pipeline
        Its stages are on the benches.
    ranges : dict of str to dict, optional
        Parameters to turn, by stage; by default `RANGES`.
    library : Library, optional
    height : int
        Height of the picture in screen pixels.

    Attributes
    ----------
    benches : dict of str to Bench
    pipeline : Pipeline
        The stages as tuned.
    """

    def __init__(
        self,
        source: Source | None = None,
        *,
        pipeline: Pipeline = DEFAULT,
        ranges: dict[str, dict[str, object]] | None = None,
        library: Library | None = None,
        height: int = 520,
    ) -> None:
        self._ranges = RANGES if ranges is None else ranges
        self.benches: dict[str, Bench] = {}
        super().__init__(source, pipeline=pipeline, library=library, height=height)

    def _extras(self) -> tuple[Any, ...]:
        stages, ranges = self._pipeline, self._ranges
        ground = Bench(stages.segment, None, name="1 Segment", **ranges.get("segment", {}))
        ducts = Bench(stages.trace, ground, name="2 Trace", **ranges.get("trace", {}))
        marks = Bench(stages.detect, None, ducts, name="3 Detect", **ranges.get("detect", {}))
        self.benches = {"segment": ground, "trace": ducts, "detect": marks}
        for bench in self.benches.values():
            bench.layout = w.Layout(flex="1 1 27em", min_width="0")
        marks.listen(self._detected)
        row = w.Layout(flex_flow="row wrap", grid_gap="8px 24px")
        self.hood = w.Accordion([w.HBox([*self.benches.values()], layout=row)])
        self.hood.set_title(0, "Under the hood: turn the stages' parameters")
        return (self.hood,)

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline with the stages as tuned on the benches."""
        stages = {name: bench.stage for name, bench in self.benches.items()}
        return replace(self._pipeline, **stages)

    @property
    def analysis(self) -> Analysis | None:
        """What was read with the parameters as they are now; asking waits for it."""
        if self.case is None:
            return None
        self._feed(self.case)
        findings = self.benches["detect"].result
        if self._analysis is None:
            self._detected(findings)
        return self._analysis

    _fed: Case | None = None

    def _feed(self, case: Case) -> None:
        if self._fed is not case:
            self._fed = case
            # The last one first, without a start: nothing may mix two pictures.
            self.benches["detect"].feed(case.galactogram, self.benches["trace"], start=False)
            self.benches["segment"].feed(case.galactogram)

    def _read(self, case: Case) -> None:
        self._feed(case)

    def _detected(self, findings: Any) -> None:  # noqa: ANN401 (checked here)
        case = self._case
        if case is None:
            raise GalactolabError("Nothing is open: choose a case first.")
        mask, tree = (self.benches[name].result for name in ("segment", "trace"))
        measurements = self._pipeline.measure(tree)
        found = tuple(sorted(findings, key=lambda finding: -finding.score))
        self._show(Analysis(mask=mask, tree=tree, measurements=measurements, findings=found))
