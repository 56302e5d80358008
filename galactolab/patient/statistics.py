"""How grown lobes compare with what is known of real ones.

`lobes` makes the table of a population; `PUBLISHED` holds the numbers beside which it is
printed, each with its source.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from galactolab.patient.breast import random_breast
from galactolab.patient.ducts import Ducts
from galactolab.patient.phantom import Family, grown

if TYPE_CHECKING:
    import pandas as pd

# Name of a column of `lobes`: low, high, and where the numbers come from.
PUBLISHED: dict[str, tuple[float, float, str]] = {
    "n_branches": (40, 450, "440 segments in one large lobe, Going and Mohun 2006"),
    "n_lobules": (20, 40, "terminal units per lobe, IARC breast atlas"),
    "first_branch_mm": (2.5, 13.5, "8.0 ± 5.5 mm from the nipple, Ramsay et al. 2005"),
    "main_caliber_mm": (0.5, 2.5, "1.9 ± 0.6 mm in lactation, Ramsay et al. 2005"),
    "bifurcation_ratio": (2.0, 4.0, "synchronous 2-3, sequential growth 3 and above"),
    "path_over_chord": (1.02, 1.12, "chord 6.1 % shorter, mouse, Paine et al. 2016"),
}


def lobe(ducts: Ducts, *, nipple_mm: float) -> dict[str, float]:
    """Return the measures of one lobe.

    Parameters
    ----------
    ducts : Ducts
    nipple_mm : float
        Length of the nipple: the first branching is measured from its base.
    """
    flat = ducts.flat
    streams = stream_counts(ducts)
    chord = [float(np.linalg.norm(duct.path_mm[-1] - duct.path_mm[0])) for duct in ducts.branches]
    length = [duct.length_mm for duct in ducts.branches]
    caliber = np.array([2 * duct.radius_mm.mean() for duct in ducts.branches])
    ends = list(flat.terminals)
    return {
        "n_branches": float(len(ducts)),
        "n_terminals": float(len(ends)),
        "n_lobules": float(len(ducts.lobules)),
        "generations": float(max(flat.generation)),
        "root_order": float(flat.strahler[0]),
        "bifurcation_ratio": (streams[0] / streams[-1]) ** (1 / max(len(streams) - 1, 1)),
        "total_length_mm": ducts.total_length_mm,
        "volume_ml": ducts.volume_ml,
        "first_branch_mm": ducts.branches[0].length_mm - nipple_mm,
        "main_caliber_mm": float(2 * ducts.branches[0].radius_mm.max()),
        "median_caliber_mm": float(np.median(caliber)),
        "end_caliber_mm": float(np.median(caliber[ends])),
        "path_over_chord": float(np.median(np.array(length) / np.maximum(chord, 1e-9))),
    }


def stream_counts(ducts: Ducts) -> tuple[int, ...]:
    """Return the number of Strahler streams of each order, from 1 up.

    A stream is a run of ducts of equal order: it begins where the order changes.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> stream_counts(phantom.make(seed=4).ducts)[-1]
    1
    """
    orders = ducts.flat.strahler
    counts = [0] * max(orders)
    for duct, order in zip(ducts.branches, orders, strict=True):
        if duct.parent is None or orders[duct.parent] != order:
            counts[order - 1] += 1
    return tuple(counts)


def lobes(seeds: Iterable[int], *, family: Family) -> pd.DataFrame:
    """Grow one lobe for each seed and return one row of measures for each.

    Parameters
    ----------
    seeds : iterable of int
    family : {"recursive", "random_walk"}

    Examples
    --------
    >>> lobes(range(3), family="recursive").shape
    (3, 13)
    """
    import pandas as pd  # noqa: PLC0415 (0.4 s that rendering never needs)

    rows = []
    for seed in seeds:
        breast = random_breast(seed=seed, density="b", thickness_mm=45)
        rows.append(lobe(grown(breast, family=family), nipple_mm=breast.nipple_mm[0]))
    return pd.DataFrame(rows)


def caliber_by_generation(seeds: Iterable[int], *, family: Family) -> pd.DataFrame:
    """Return mean and spread of the caliber, and the mean length, for each generation.

    Parameters
    ----------
    seeds : iterable of int
    family : {"recursive", "random_walk"}

    Examples
    --------
    >>> table = caliber_by_generation(range(3), family="recursive")
    >>> bool(table.caliber_mm[0] > table.caliber_mm[4])
    True
    """
    import pandas as pd  # noqa: PLC0415 (0.4 s that rendering never needs)

    rows = []
    for seed in seeds:
        ducts = grown(random_breast(seed=seed, density="b", thickness_mm=45), family=family)
        rows += [
            {"generation": generation, "caliber_mm": 2 * duct.radius_mm.mean(),
             "length_mm": duct.length_mm}
            for duct, generation in zip(ducts.branches, ducts.flat.generation, strict=True)
        ]  # fmt: skip
    groups = pd.DataFrame(rows).groupby("generation")
    return pd.DataFrame(
        {
            "n": groups.size(),
            "caliber_mm": groups.caliber_mm.mean(),
            "caliber_sd_mm": groups.caliber_mm.std(),
            "length_mm": groups.length_mm.mean(),
        }
    )
