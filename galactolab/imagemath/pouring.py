"""Water over a landscape: up to which level it stands, everywhere.

Letters for shapes: an image has ``M`` rows and ``N`` columns.

Plan. Water at a pixel stands at the lowest pass on any way from it to the frame (morphological
reconstruction by erosion). Sorting all pixels, as scikit-image does, takes an order of magnitude
longer than what is needed here: most of a picture lies at sea level and drains to the frame at
once; slopes are dry after as many steps as they are long; and only hollows, each in a window of
its own, need water to find its way.

References
----------
Vincent 1993, doi:10.1109/83.217222 (morphological reconstruction).
"""

from __future__ import annotations

import cv2
import numpy as np

from galactolab.records import Image, Mask

# Erosions at a time. Slopes are no longer than a wide duct's, and looking costs as much as some.
_STEPS = 16
_AROUND = np.ones((3, 3), np.uint8)


def water_level(ground: Image) -> Image:
    """Return the level of water that has been poured over a landscape and runs off at its frame.

    Parameters
    ----------
    ground : (M, N) array of float32
        Heights; water crosses from a pixel to all eight around it.

    Returns
    -------
    (M, N) array of float32
        The ground itself where that is dry.

    Examples
    --------
    A hollow fills up to the lower side of its rim:

    >>> print(water_level(np.array([[0, 0, 0, 0, 0], [3, 3, 3, 3, 3], [0, 3, 1, 2, 0],
    ...                             [3, 3, 3, 3, 3], [0, 0, 0, 0, 0]], np.float32))[2])
    [0. 3. 2. 2. 0.]
    """
    level = np.full_like(ground, ground.max())
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        level[edge] = ground[edge]
    sea = _sea(ground)
    level[sea] = ground[sea]
    level = _seeped(level, ground)
    wet = (level > ground).view(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(wet, connectivity=8)
    for left, top, width, height, _ in boxes[1:].tolist():
        # What lies around a hollow is dry, so none gets water from another.
        window = np.s_[top - 1 : top + height + 1, left - 1 : left + width + 1]
        level[window] = _settled(level[window], ground[window])
    return level


def _sea(ground: Image) -> Mask:
    """Return the lowest pixels of all that hang together with the frame."""
    count, labels = cv2.connectedComponents((ground == ground.min()).view(np.uint8), connectivity=8)
    labels = np.asarray(labels, np.int32).reshape(ground.shape)
    at_frame = np.zeros(count, np.bool_)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        at_frame[edge] = True
    at_frame[0] = False
    return at_frame[labels]


def _seeped(level: Image, ground: Image) -> Image:
    """Let the water sink for some steps."""
    for _ in range(_STEPS):
        level = np.asarray(cv2.max(ground, cv2.erode(level, _AROUND)), np.float32)
    return level


def _settled(level: Image, ground: Image) -> Image:
    """Let the water sink until it stands."""
    while not np.array_equal(sunk := _seeped(level, ground), level):
        level = sunk
    return level
