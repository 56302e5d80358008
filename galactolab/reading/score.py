"""How well a reading agrees with the truth: overlap, centerlines, topology.

Letters for shapes: masks have ``M`` rows and ``N`` columns. Every function takes the
reading first and the truth second.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import stats
from skimage import morphology

from galactolab.errors import GalactolabError
from galactolab.records import DuctMask, Image, Mask


def _pair(mask: DuctMask | Mask, truth: DuctMask | Mask) -> tuple[Mask, Mask]:
    first, second = (
        item.pixels if isinstance(item, DuctMask) else np.asarray(item, np.bool_)
        for item in (mask, truth)
    )
    if first.shape != second.shape:
        sentence = f"The mask has shape {first.shape}, but the truth has shape {second.shape}."
        raise GalactolabError(sentence)
    return first, second


def _count(mask: Mask) -> int:
    return int(np.count_nonzero(mask))


def dice(mask: DuctMask | Mask, truth: DuctMask | Mask) -> float:
    """Return the share of pixels in common: twice the overlap over both areas.

    Parameters
    ----------
    mask, truth : DuctMask or (M, N) array of bool

    Returns
    -------
    float
        0 to 1; 1 where both are empty.

    References
    ----------
    Dice, Ecology 26:297 (1945), doi:10.2307/1932409.

    Examples
    --------
    >>> dice(np.array([[1, 1, 0]], bool), np.array([[0, 1, 1]], bool))
    0.5
    """
    first, second = _pair(mask, truth)
    total = _count(first) + _count(second)
    return 2 * _count(first & second) / total if total else 1.0


def cl_dice(mask: DuctMask | Mask, truth: DuctMask | Mask) -> float:
    """Return the agreement of centerlines: clDice.

    The harmonic mean of two shares: of the reading's centerline that lies in the true
    ducts, and of the true centerline that the reading covers. Thin branches count by
    length, not by area.

    Parameters
    ----------
    mask, truth : DuctMask or (M, N) array of bool

    Returns
    -------
    float
        0 to 1; 1 where both are empty.

    References
    ----------
    Shit et al., CVPR 2021, doi:10.1109/CVPR46437.2021.01629.

    Examples
    --------
    >>> truth = np.zeros((7, 20), bool)
    >>> truth[3] = True
    >>> half = truth.copy()
    >>> half[:, 10:] = False
    >>> round(cl_dice(half, truth), 3)  # all of it right, half of it found
    0.667
    """
    precision, recall = centerline_shares(mask, truth)
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def centerline_shares(mask: DuctMask | Mask, truth: DuctMask | Mask) -> tuple[float, float]:
    """Return (precision, recall) of centerlines, the two halves of `cl_dice`."""
    first, second = _pair(mask, truth)
    return _covered(first, second), _covered(second, first)


def _covered(mask: Mask, other: Mask) -> float:
    """Share of one mask's centerline that lies inside another; 1 for an empty mask pair."""
    if not mask.any():
        return float(not other.any())
    line: Mask = morphology.skeletonize(mask)  # type: ignore[no-untyped-call]  # no types there
    return _count(line & other) / _count(line)


def betti_errors(mask: DuctMask | Mask, truth: DuctMask | Mask) -> tuple[int, int]:
    """Return by how many parts and by how many holes the reading differs from the truth.

    Betti number 0 counts 8-connected parts, Betti number 1 counts holes (4-connected
    background that does not reach the border).

    Parameters
    ----------
    mask, truth : DuctMask or (M, N) array of bool

    Returns
    -------
    (int, int)
        Absolute differences.

    Examples
    --------
    >>> ring = np.pad(np.ones((3, 3), bool), 1)
    >>> ring[2, 2] = False
    >>> betti_errors(ring, np.pad(np.ones((3, 3), bool), 1))
    (0, 1)
    """
    (parts, holes), (true_parts, true_holes) = (_betti(m) for m in _pair(mask, truth))
    return abs(parts - true_parts), abs(holes - true_holes)


def _betti(mask: Mask) -> tuple[int, int]:
    padded = np.pad(mask, 1)
    parts = cv2.connectedComponents(padded.view(np.uint8), connectivity=8)[0] - 1
    holes = cv2.connectedComponents((~padded).view(np.uint8), connectivity=4)[0] - 2
    return parts, holes


def auc(answer: Image, truth: DuctMask | Mask) -> float:
    """Return the area under the ROC curve of a filter's answer, pixel by pixel.

    The chance that a random duct pixel gets a higher value than a random other pixel.

    Parameters
    ----------
    answer : (M, N) array of float
    truth : DuctMask or (M, N) array of bool

    Returns
    -------
    float
        0 to 1; not a number where the truth is empty or full.

    References
    ----------
    Hanley and McNeil, Radiology 143:29 (1982), doi:10.1148/radiology.143.1.7063747.

    Examples
    --------
    >>> auc(np.array([[0.1, 0.4, 0.35, 0.8]]), np.array([[0, 0, 1, 1]], bool))
    0.75
    """
    inside = truth.pixels if isinstance(truth, DuctMask) else np.asarray(truth, np.bool_)
    if inside.shape != answer.shape:
        sentence = f"The answer has shape {answer.shape}, but the truth has shape {inside.shape}."
        raise GalactolabError(sentence)
    n_in = _count(inside)
    n_out = inside.size - n_in
    if not n_in or not n_out:
        return float("nan")
    ranks = stats.rankdata(answer.ravel())[inside.ravel()].sum()
    return float((ranks - n_in * (n_in + 1) / 2) / (n_in * n_out))
