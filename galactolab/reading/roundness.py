"""What is round about a patch of contrast: its ellipse, and how it falls on rays from its middle.

Letters for shapes: ``p, q`` rows and columns of the window of a patch, ``T`` directions, ``R``
samples of a ray.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.records import Image, Mask
from galactolab.tree import Floats

_TURNS = 48


@dataclass(frozen=True, kw_only=True, eq=False)
class Ellipse:
    """The ellipse that has the second moments of a patch.

    Attributes
    ----------
    middle : (2,) array
        (row, column) in the window.
    elongation : float
        Long over short axis.
    reach2 : (p, q) array
        Square of the distance from the middle, 1 on the ellipse.
    """

    middle: Floats
    elongation: float
    reach2: Floats

    def likeness(self, part: Mask) -> float:
        """Return how much of a patch and of the ellipse they share, 0 to 1."""
        inside = self.reach2 <= 1
        return float((part & inside).sum() / (part | inside).sum())


def ellipse(part: Mask) -> Ellipse:
    """Return the ellipse of a patch.

    Examples
    --------
    >>> rows, columns = np.mgrid[:41, :61]
    >>> part = np.hypot((rows - 20) / 10, (columns - 30) / 20) < 1
    >>> found = ellipse(part)
    >>> found.middle.round().astype(int).tolist(), round(found.elongation, 1)
    ([20, 30], 2.0)
    """
    rows, columns = np.nonzero(part)
    middle = np.array([rows.mean(), columns.mean()])
    axes, turn = np.linalg.eigh(np.cov(np.stack([rows, columns])) + np.eye(2) / 12)
    down = np.arange(part.shape[0])[:, None] - middle[0]
    right = np.arange(part.shape[1]) - middle[1]
    short, long = ((down * way[0] + right * way[1]) ** 2 for way in turn.T)
    # Half axes are twice the standard deviations.
    return Ellipse(
        middle=middle,
        elongation=math.sqrt(axes[1] / axes[0]),
        reach2=short / (4 * axes[0]) + long / (4 * axes[1]),
    )


def diameter_px(part: Mask) -> float:
    """Return the diameter of the circle of the same area."""
    return 2 * math.sqrt(float(part.sum()) / math.pi)


def rays(
    seen: Image,
    middle: Floats,
    reach_px: float,
    *,
    n_samples: int,
    beyond: int = cv2.BORDER_CONSTANT,
) -> Image:
    """Return the signal along rays from the middle out, (T, R).

    Parameters
    ----------
    seen : (p, q) array of float32
    middle : (2,) array
        (row, column).
    reach_px : float
        Length of a ray.
    n_samples : int
    beyond : int
        How OpenCV continues the window: with nothing, if not told otherwise.
    """
    turn = np.linspace(0, 2 * math.pi, _TURNS, endpoint=False)[:, None]
    away = np.linspace(0, reach_px, n_samples)
    rows = (middle[0] + away * np.sin(turn)).astype(np.float32)
    columns = (middle[1] + away * np.cos(turn)).astype(np.float32)
    found = cv2.remap(seen, columns, rows, cv2.INTER_LINEAR, borderMode=beyond)
    return np.asarray(found, np.float32)


def first_below(along: Image, level: float) -> npt.NDArray[np.int64]:
    """Return the sample at which each ray falls below a level, (T,); their number if none does.

    Examples
    --------
    >>> first_below(np.array([[3, 2, 1], [3, 3, 3]], np.float32), 2.5).tolist()
    [1, 3]
    """
    below = along < level
    found = np.where(below.any(axis=1), below.argmax(axis=1), along.shape[1])
    return np.asarray(found, np.int64)
