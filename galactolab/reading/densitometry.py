"""How much contrast medium the ducts hold, weighed by the shadow that it throws.

A width is read off the border of a shadow, and the border is blurred. The shadow's weight is
not: blur moves signal but loses none, so the integral of the signal across a duct, divided by
what a millimeter of contrast medium gives, is the cross-section of the lumen, round or not.

Letters for shapes: ``B`` branches, ``K`` points along one of them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from galactolab import imagemath
from galactolab.errors import GalactolabError, check_between
from galactolab.reading import profiles
from galactolab.records import Galactogram
from galactolab.terms import Intent
from galactolab.tree import DuctTree, Floats

# How far the signal is integrated, in half widths and mm.
_REACH, _MARGIN_MM = 1.3, 0.3
# Ducts that are wide enough for their width to be trusted.
_WIDE_MM = 0.6


def branches(
    galactogram: Galactogram, tree: DuctTree, *, signal_per_mm: float | None = None
) -> pd.DataFrame:
    """Return cross-section and volume of each branch by densitometry.

    Parameters
    ----------
    galactogram : Galactogram
        FOR PROCESSING: its pixels are proportional to the path through contrast medium.
    tree : DuctTree
    signal_per_mm : float, optional
        Log attenuation of a millimeter of contrast medium; calibrated on the tree's own wide
        ducts, taken as round, when not given.

    Returns
    -------
    pandas.DataFrame
        Index ``branch``; columns ``section_mm2`` (median along the branch),
        ``equivalent_caliber_mm`` (of the round lumen with this section), ``volume_mm3``.

    Raises
    ------
    GalactolabError
        If the galactogram is not FOR PROCESSING, `signal_per_mm` is not above zero, or the
        tree has no duct wide enough to calibrate on.

    References
    ----------
    Beer-Lambert: the logarithm of the transmitted fraction is proportional to the path.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> rows = np.abs(np.arange(300) - 150)[:, None] * 0.1 * np.ones(200)
    >>> chord = 2 * np.sqrt(np.maximum(1.0 - rows**2, 0))  # a tube of radius 1 mm
    >>> picture = Galactogram(pixels=0.4 * chord, spacing_mm=0.1, intent="FOR PROCESSING")
    >>> path = np.column_stack([np.full(100, 150.0), np.arange(50.0, 150)])
    >>> duct = DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     Branch(path=path, radius_mm=np.ones(100)),))
    >>> print(branches(picture, duct, signal_per_mm=0.4)["section_mm2"].iloc[0].round(1))
    3.1
    """
    if galactogram.intent is not Intent.FOR_PROCESSING:
        sentence = (
            f"{galactogram!r} can not be weighed: gray values that were made for the eye are not "
            "proportional to the contrast medium; use the image FOR PROCESSING."
        )
        raise GalactolabError(sentence)
    columns = ["section_mm2", "equivalent_caliber_mm", "volume_mm3"]
    if not tree.branches:
        return pd.DataFrame(columns=columns, dtype=float).rename_axis("branch")
    areas = _areas(galactogram, tree)
    if signal_per_mm is None:
        signal_per_mm = calibrated(areas, [branch.radius_mm for branch in tree.branches])
    check_between("signal_per_mm", signal_per_mm, 1e-6, 1e6, "per mm")
    rows = []
    for branch, area in zip(tree.branches, areas, strict=True):
        section = np.maximum(area / signal_per_mm, 0)
        arc = branch.arc_mm(tree.spacing_mm)
        middle = float(np.median(section))
        volume = float(np.sum(np.diff(arc) * (section[1:] + section[:-1]) / 2))
        rows.append((middle, 2 * (middle / np.pi) ** 0.5, volume))
    return pd.DataFrame(rows, columns=columns).rename_axis("branch")


def volume_mm3(
    galactogram: Galactogram, tree: DuctTree, *, signal_per_mm: float | None = None
) -> float:
    """Return the volume of contrast medium in the whole tree; parameters as in `branches`."""
    return float(branches(galactogram, tree, signal_per_mm=signal_per_mm)["volume_mm3"].sum())


def calibrated(areas: list[Floats], radii_mm: list[Floats]) -> float:
    """Return the signal of a millimeter of contrast medium from wide ducts, taken as round.

    Parameters
    ----------
    areas : list of (K,) arrays
        Signal integrated across each branch.
    radii_mm : list of (K,) arrays
        Half widths at the same points.

    Raises
    ------
    GalactolabError
        If no duct is wide enough.
    """
    area, radius = np.concatenate(areas), np.concatenate(radii_mm)
    wide = 2 * radius >= _WIDE_MM
    if wide.sum() < 10:
        sentence = (
            f"The widest duct is {2 * float(radius.max(initial=0)):.1f} mm wide, but calibrating "
            f"needs ducts of {_WIDE_MM} mm; give signal_per_mm."
        )
        raise GalactolabError(sentence)
    return float(np.median(area[wide] / (np.pi * radius[wide] ** 2)))


def _areas(galactogram: Galactogram, tree: DuctTree) -> list[Floats]:
    """Integrate the signal above the background across each branch."""
    signal = imagemath.above_background(galactogram)
    paths = [branch.path * tree.spacing_mm for branch in tree.branches]
    stops = np.cumsum([len(path) for path in paths])[:-1]
    radius = np.concatenate([branch.radius_mm for branch in tree.branches])
    seen = profiles.across(
        signal,
        np.concatenate(paths),
        np.concatenate([profiles.normals(path) for path in paths]),
        _REACH * radius + _MARGIN_MM,
        spacing_mm=tree.spacing_mm,
    )
    step = seen.offset_mm[:, 1] - seen.offset_mm[:, 0]
    weight = np.asarray(np.sum(seen.values, axis=1) * step, np.float64)
    return list(np.split(weight, stops))
