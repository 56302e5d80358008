"""The reading room: from a galactogram to mask, tree, measurements and findings."""

from galactolab.reading import detect, measure, score, segment, trace
from galactolab.reading.pipeline import Pipeline, replayed

DEFAULT = Pipeline(
    segment=segment.ridges,
    trace=trace.tree,
    measure=measure.branches,
    detect=detect.everything,
)

__all__ = ["DEFAULT", "Pipeline", "detect", "measure", "replayed", "score", "segment", "trace"]
