"""Ductal lavage, aspiration and smear: how many cells come, and what the cytologist says.

No image is made. The model is a chain of chances with published figures: so many cells come,
and the sample is adequate if they are enough; an adequate one of a breast with cancer that sheds
into the lumen is called suspicious with the test's sensitivity, any other with one minus its
specificity. A published interval becomes a Beta distribution with the same mean and width, so
that a virtual cohort carries the uncertainty of the literature. Cells tell nothing about the
place.

How many cells are enough is our assumption: the counts of all methods are log-normal with the
same spread, and one threshold decides for all. Four published figures, the medians and the
shares of adequate samples of lavage and of aspiration (Dooley et al. 2001, reference 145), then
leave one spread (a factor of about 30) and one threshold (about 970 cells) that give all four.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from scipy import special, stats

from galactolab.errors import check_one_of
from galactolab.modalities import tables
from galactolab.modalities.lumina import MALIGNANT_KINDS
from galactolab.patient.phantom import Phantom

Method = Literal["lavage", "aspiration", "smear"]
METHODS: tuple[Method, ...] = ("lavage", "aspiration", "smear")

# The methods of which both the cells and the adequate samples were counted.
_COUNTED: tuple[Method, Method] = ("lavage", "aspiration")
# A figure without a printed interval is treated as if it came from this many samples.
_ASSUMED_SAMPLES = 60.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A published share with its 95 % interval.

    Attributes
    ----------
    estimate : float
    interval : (float, float) or None
        None where the source prints none.
    reference : str
        Name of the source in the list of references.
    source : str
        What was read there.
    """

    estimate: float
    interval: tuple[float, float] | None
    reference: str
    source: str

    def beta(self) -> tuple[float, float]:
        """Return the parameters of a Beta distribution with this mean and interval width.

        Examples
        --------
        >>> a, b = figure("smear", "sensitivity").beta()
        >>> [round(float(stats.beta(a, b).ppf(q)), 2) for q in (0.025, 0.975)]
        [0.53, 0.71]
        """
        mean = self.estimate
        if self.interval is None:
            return mean * _ASSUMED_SAMPLES, (1 - mean) * _ASSUMED_SAMPLES
        sd = (self.interval[1] - self.interval[0]) / (2 * 1.96)
        samples = mean * (1 - mean) / sd**2 - 1
        return mean * samples, (1 - mean) * samples


@dataclass(frozen=True, kw_only=True)
class Cytology:
    """A sample and its reading.

    Attributes
    ----------
    method : str
    n_cells : int
        Duct cells in the sample.
    is_adequate : bool
    is_suspicious : bool or None
        None without an adequate sample.
    chance_suspicious : float
        That an adequate sample of this patient is called suspicious.
    interval : (float, float)
        95 % interval of that chance.
    has_cancer : bool
        Whether the lumen really holds a cancer: the truth.
    """

    method: str
    n_cells: int
    is_adequate: bool
    is_suspicious: bool | None
    chance_suspicious: float
    interval: tuple[float, float]
    has_cancer: bool


def figure(method: str, measure: str) -> Figure:
    """Return a published figure: ``data/physics/cytology.csv``.

    Parameters
    ----------
    method : {"lavage", "aspiration", "smear"}
    measure : {"adequate", "median_cells", "sensitivity", "specificity"}

    Examples
    --------
    >>> figure("lavage", "adequate").estimate
    0.78
    """
    check_one_of("method", method, METHODS)
    found = {row["measure"]: row for row in tables.rows("cytology") if row["test"] == method}
    check_one_of("measure", measure, found)
    row = found[measure]
    interval = (float(row["low"]), float(row["high"])) if row["low"] else None
    return Figure(
        estimate=float(row["estimate"]),
        interval=interval,
        reference=row["reference"],
        source=row["source"],
    )


def sampled(phantom: Phantom, method: Method = "lavage", *, rng: np.random.Generator) -> Cytology:
    """Take a sample and read it.

    Parameters
    ----------
    phantom : Phantom
    method : {"lavage", "aspiration", "smear"}
    rng : numpy.random.Generator

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> sample = sampled(phantom.make(seed=4), rng=np.random.default_rng(1))
    >>> sample.has_cancer, round(sample.chance_suspicious, 2)
    (False, 0.29)
    """
    has_cancer = sheds(phantom)
    right = figure(method, "sensitivity" if has_cancer else "specificity")
    chance = right.estimate if has_cancer else 1 - right.estimate
    a, b = right.beta()
    low, high = (float(v) for v in stats.beta(a, b).ppf([0.025, 0.975]))
    interval = (low, high) if has_cancer else (1 - high, 1 - low)
    cells = _count(method, rng=rng)
    is_adequate = cells >= enough_cells()[0]
    drawn = float(rng.beta(a, b))
    drawn = drawn if has_cancer else 1 - drawn
    called = bool(rng.uniform() < drawn)
    return Cytology(
        method=method,
        n_cells=cells,
        is_adequate=is_adequate,
        is_suspicious=called if is_adequate else None,
        chance_suspicious=chance,
        interval=interval,
        has_cancer=has_cancer,
    )


@cache
def enough_cells() -> tuple[float, float]:
    """Return how many cells make a sample adequate, and the spread of counts.

    Returns
    -------
    threshold : float
        In cells.
    spread : float
        Factor of one standard deviation of a log-normal distribution.

    Examples
    --------
    >>> threshold, spread = enough_cells()
    >>> round(threshold), round(spread, 1)
    (970, 30.3)
    """
    # log(median / threshold) = z(adequate) log(spread), once for each method.
    z = {m: float(stats.norm.ppf(figure(m, "adequate").estimate)) for m in _COUNTED}
    log = {m: math.log(figure(m, "median_cells").estimate) for m in _COUNTED}
    lavage, aspiration = _COUNTED
    spread = (log[lavage] - log[aspiration]) / (z[lavage] - z[aspiration])
    return math.exp(log[lavage] - z[lavage] * spread), math.exp(spread)


def _count(method: Method, *, rng: np.random.Generator) -> int:
    """Draw how many cells come."""
    threshold, spread = enough_cells()
    median = figure("aspiration" if method == "smear" else method, "median_cells").estimate
    # The figures of smears are of samples that were read, so these had enough cells.
    below = float(special.ndtr(math.log(threshold / median) / math.log(spread)))
    lowest = below if method == "smear" else 0.0
    z = float(special.ndtri(lowest + (1 - lowest) * rng.uniform(1e-9, 1 - 1e-9)))
    cells = median * spread**z
    return math.ceil(cells) if method == "smear" else int(cells)


def sheds(phantom: Phantom) -> bool:
    """Tell whether a cancer sheds cells into the cannulated lobe.

    A mass beside the ducts does not: its cells never reach the lumen that is washed.
    """
    return any(lesion.kind in MALIGNANT_KINDS for lesion in phantom.lesions)
