"""Is this computer ready? The student moves a slider and the *kernel* confirms."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

import ipywidgets as w

from galactolab import __version__
from galactolab.views.controls import NumberSlider, StatusLine
from galactolab.views.keepsake import Keepsake

_SHOWN = (
    "jupyterlab",
    "ipywidgets",
    "anywidget",
    "plotly",
    "numpy",
    "scikit-image",
    "opencv-python-headless",
    "pydicom",
)
_ASKED = 7


class EnvironmentCheck(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A slider to move, an answer from the kernel, and a report that can be pasted.

    Examples
    --------
    >>> check = EnvironmentCheck()
    >>> check.passed
    False
    >>> check.slider.value = 7
    >>> check.passed
    True
    """

    def __init__(self) -> None:
        self.slider = NumberSlider("move_me_to_7", low=0, high=10, step=1, value=0)
        self.status = StatusLine()
        self.report = w.Textarea(
            value=report_text(),
            description="Report",
            # Not disabled: a keyboard can reach and copy it then.
            rows=5,
            layout=w.Layout(width="48em", max_width="100%"),
        )
        super().__init__([self.slider, self.status, self.report])
        self.add_class("gl-panel")
        self.passed = False
        self.slider.observe(self.status.guard(self._moved), "value")
        self.status.say("Waiting: move the slider to 7.")

    def _moved(self, _: object) -> None:
        value = self.slider.value
        self.passed = value == _ASKED
        tail = "Everything is ready." if self.passed else f"Go on to {_ASKED}."
        self.status.say(f"The kernel sees {value}. {tail}")
        if self.passed:
            self.report.value = report_text() + "\nslider round trip: ok"


def report_text() -> str:
    """Return versions of what matters, in lines that can be pasted into a message.

    It holds no user name and no path.

    Examples
    --------
    >>> report_text().splitlines()[0].startswith("galactolab ")
    True
    """
    versions = [f"{name} {importlib.metadata.version(name)}" for name in _SHOWN]
    return "\n".join(
        [
            f"galactolab {__version__}, Python {sys.version.split()[0]}",
            f"{platform.system()} {platform.machine()}",
            ", ".join(versions),
        ]
    )
