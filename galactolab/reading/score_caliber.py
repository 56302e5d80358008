"""Overlap of masks for each class of caliber: thin ducts must not hide behind wide ones."""

from __future__ import annotations

import math

import cv2
import numpy as np

from galactolab.errors import GalactolabError
from galactolab.reading.profiles import resampled
from galactolab.records import DuctMask, Image, Mask
from galactolab.tree import DuctTree

CLASSES_MM = ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0), (1.0, 20.0))
# Blur and the rounding to pixels.
_BESIDE_MM = 0.15


def dice_by_caliber(mask: DuctMask, truth: DuctMask, tree: DuctTree) -> dict[str, float]:
    """Return the Dice coefficient within each class of caliber.

    Every pixel, of the reading as of the truth, belongs to the class of the nearest point of
    the true centerline; within a class, twice the overlap is divided by both areas.

    Parameters
    ----------
    mask, truth : DuctMask
    tree : DuctTree
        The true tree.

    Returns
    -------
    dict of str to float
        By class, such as ``"0.2-0.5"`` in mm; not a number where neither has a pixel.

    Raises
    ------
    GalactolabError
        If the masks differ in shape.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> pixels = np.zeros((9, 30), bool)
    >>> pixels[3:6] = True  # a duct 0.3 mm wide
    >>> half = pixels.copy()
    >>> half[:, 15:] = False
    >>> line = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     Branch(path=np.array([[4.0, 0], [4, 29]]), radius_mm=np.full(2, 0.15)),))
    >>> made = [DuctMask(pixels=p, spacing_mm=(0.1, 0.1)) for p in (half, pixels)]
    >>> round(dice_by_caliber(*made, line)["0.2-0.5"], 2)
    0.67
    """
    if mask.pixels.shape != truth.pixels.shape:
        sentence = (
            f"The mask has shape {mask.pixels.shape}, but the truth has shape {truth.pixels.shape}."
        )
        raise GalactolabError(sentence)
    labels = [f"{low:g}-{high:g}" for low, high in CLASSES_MM]
    if not tree.branches:
        return dict.fromkeys(labels, float("nan"))
    both = mask.pixels | truth.pixels
    here = nearest_caliber_mm(tree, mask.pixels.shape)[both]
    found, true = mask.pixels[both], truth.pixels[both]
    table: dict[str, float] = {}
    for label, (low, high) in zip(labels, CLASSES_MM, strict=True):
        part = (here >= low) & (here < high)
        total = int(found[part].sum()) + int(true[part].sum())
        common = int((found & true)[part].sum())
        table[label] = 2 * common / total if total else float("nan")
    return table


def acini(truth: DuctMask, tree: DuctTree) -> Mask:
    """Return the part of a true mask that belongs to filled lobules, not to ducts.

    Acini are dots of 0.1-0.2 mm around the last duct. They are contrast, so the mask of all
    filled lumen has them, but no tube, so neither tree nor centerline does.

    Parameters
    ----------
    truth : DuctMask
    tree : DuctTree
        The true tree.

    Returns
    -------
    (M, N) array of bool
        The pixels that lie outside each duct's caliber by more than 0.15 mm.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> pixels = np.zeros((9, 30), bool)
    >>> pixels[2:5, :20] = True  # a duct 0.3 mm wide
    >>> pixels[7, 25] = True  # an acinus
    >>> line = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     Branch(path=np.array([[3.0, 0], [3, 19]]), radius_mm=np.full(2, 0.15)),))
    >>> np.argwhere(acini(DuctMask(pixels=pixels, spacing_mm=(0.1, 0.1)), line)).tolist()
    [[7, 25]]
    """
    tubes = np.zeros(truth.pixels.shape, np.uint8)
    step = float(np.sqrt(np.prod(truth.spacing_mm)))
    for branch in tree.branches:
        path, radius = resampled(branch.path, branch.radius_mm, step=1.0)
        for (row, column), size in zip(np.round(path).astype(int), radius, strict=True):
            reach = math.ceil((size + _BESIDE_MM) / step)
            cv2.circle(tubes, (int(column), int(row)), reach, 1, cv2.FILLED)
    found: Mask = truth.pixels & ~tubes.view(np.bool_)
    return found


def nearest_caliber_mm(tree: DuctTree, shape: tuple[int, ...]) -> Image:
    """Return the caliber of the nearest duct at every pixel, (M, N), in mm.

    Parameters
    ----------
    tree : DuctTree
        With at least one branch.
    shape : (M, N)
        Of the image that the tree lies in.
    """
    caliber = np.zeros(shape, np.float32)
    for branch in tree.branches:
        path, radius = resampled(branch.path, branch.radius_mm, step=0.5)
        rows, columns = (
            np.clip(np.round(path[:, axis]).astype(int), 0, shape[axis] - 1) for axis in (0, 1)
        )
        caliber[rows, columns] = np.maximum(caliber[rows, columns], 2 * radius)
    lines = caliber > 0
    _, nearest = cv2.distanceTransformWithLabels(
        (~lines).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(int(nearest.max()) + 1, np.float32)
    of_label[nearest[lines]] = caliber[lines]
    found: Image = of_label[nearest]
    return found
