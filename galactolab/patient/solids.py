"""Solids as unions of balls: one shape for ducts, lesions, bubbles, clouds and vessels.

A tube is a row of balls along its axis, an ellipsoid a row of balls of changing radius, a
cloud a heap of balls. A beam crosses each ball on one interval of depth, so that the length
of its way through a union of balls is exact, however the parts overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# A row of balls this many radii apart is thinner than the smooth tube by 0.5 % on its axis.
STEP = 1 / 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Balls:
    """A solid: the union of balls.

    Attributes
    ----------
    center_mm : (n, 3) array of float
        Centers in the breast frame (see `galactolab.patient.breast`), in millimeters.
    radius_mm : (n,) array of float
        Radii in millimeters.

    Examples
    --------
    >>> tube(np.array([[0.0, 0, 0], [10, 0, 0]]), np.array([1.0, 1.0]))
    Balls(31)
    """

    center_mm: Floats
    radius_mm: Floats

    def __len__(self) -> int:
        """Return the number of balls."""
        return len(self.radius_mm)

    def __repr__(self) -> str:
        """Say how many."""
        return f"Balls({len(self)})"


EMPTY = Balls(center_mm=np.zeros((0, 3)), radius_mm=np.zeros(0))


def joined(*solids: Balls) -> Balls:
    """Return the union of several solids.

    Examples
    --------
    >>> one = Balls(center_mm=np.zeros((1, 3)), radius_mm=np.ones(1))
    >>> joined(one, EMPTY, one)
    Balls(2)
    """
    if not solids:
        return EMPTY
    return Balls(
        center_mm=np.concatenate([solid.center_mm for solid in solids]),
        radius_mm=np.concatenate([solid.radius_mm for solid in solids]),
    )


def arc_lengths(path_mm: Floats) -> Floats:
    """Distance along a path from its first point, (K,), in millimeters.

    Examples
    --------
    >>> arc_lengths(np.array([[0.0, 0, 0], [3, 4, 0]])).tolist()
    [0.0, 5.0]
    """
    steps = np.linalg.norm(np.diff(path_mm, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def tube(path_mm: Floats, radius_mm: Floats, *, step: float = STEP) -> Balls:
    """Return a tapering tube along a path.

    Parameters
    ----------
    path_mm : (K, 3) array of float
        Axis of the tube.
    radius_mm : (K,) array of float
        Radius at each point, above 0.
    step : float
        Distance of neighboring balls in units of the local radius.
    """
    arc = arc_lengths(path_mm)
    # Equal steps of "arc divided by radius" put more balls where the tube is thin.
    mean = 0.5 * (radius_mm[1:] + radius_mm[:-1])
    scaled = np.concatenate([[0.0], np.cumsum(np.diff(arc) / mean)]) / step
    wanted = np.linspace(0, scaled[-1], int(np.ceil(scaled[-1])) + 1)
    at = np.interp(wanted, scaled, arc)
    center = np.stack([np.interp(at, arc, path_mm[:, axis]) for axis in range(3)], axis=1)
    return Balls(center_mm=center, radius_mm=np.interp(at, arc, radius_mm))


def ellipsoid(center_mm: Floats, along: Floats, *, length_mm: float, width_mm: float) -> Balls:
    """Return an ellipsoid of revolution about the direction `along`, longer than wide.

    Parameters
    ----------
    center_mm, along : (3,) array of float
        Center, and unit vector of the long axis.
    length_mm, width_mm : float
        Full axes; a length below the width is raised to it.
    """
    half, waist = max(length_mm, width_mm) / 2, width_mm / 2
    # The largest ball that touches the surface from inside with its center at t on the axis.
    reach = half - waist**2 / half
    t = np.linspace(-reach, reach, max(1, int(np.ceil(4 * reach / waist)) * 2 + 1))
    focal = max(half**2 - waist**2, 1e-12)
    radius = waist * np.sqrt(np.maximum(1 - t**2 / focal, 0))
    kept = radius > 0
    return Balls(center_mm=center_mm + t[kept, None] * along, radius_mm=radius[kept])


def lobulated(body: Balls, *, n_lobes: int, rng: np.random.Generator) -> Balls:
    """Return `body` with rounded knobs on its surface.

    Parameters
    ----------
    body : Balls
    n_lobes : int
        Number of knobs.
    rng : numpy.random.Generator
    """
    chosen = rng.integers(0, len(body), n_lobes)
    radius = body.radius_mm[chosen]
    outward = directions(n_lobes, rng=rng)
    knob = radius * rng.uniform(0.45, 0.7, n_lobes)
    center = body.center_mm[chosen] + outward * (radius - 0.4 * knob)[:, None]
    return joined(body, Balls(center_mm=center, radius_mm=knob))


def cluster(
    center_mm: Floats,
    along: Floats,
    *,
    length_mm: float,
    width_mm: float,
    n_balls: int,
    radius_mm: tuple[float, float],
    rng: np.random.Generator,
) -> Balls:
    """Return small balls scattered in an ellipsoid: the acini of a lobule, a crumbly clot."""
    spot = directions(n_balls, rng=rng) * rng.uniform(0, 1, (n_balls, 1)) ** (1 / 3)
    stretched = spot * (width_mm / 2)
    stretched += (spot @ along)[:, None] * along * (length_mm - width_mm) / 2
    return Balls(center_mm=center_mm + stretched, radius_mm=rng.uniform(*radius_mm, n_balls))


def cloud(center_mm: Floats, *, extent_mm: float, n_balls: int, rng: np.random.Generator) -> Balls:
    """Return an irregular, flat heap: each ball buds from an earlier one, as a leak creeps.

    It is spread in a plane at random, as between sheets of tissue, and thins out at its border.

    Parameters
    ----------
    center_mm : (3,) array of float
    extent_mm : float
        Greatest extent of the heap.
    n_balls : int
    rng : numpy.random.Generator
    """
    place = np.zeros((n_balls, 3))
    radius = rng.lognormal(np.log(0.055), 0.4, n_balls)
    step = directions(n_balls, rng=rng)
    mother = (rng.uniform(0, 1, n_balls) ** 0.6 * np.arange(n_balls)).astype(int)
    for index in range(1, n_balls):
        source = mother[index]
        place[index] = place[source] + step[index] * (radius[source] + 0.5 * radius[index])
    place -= place.mean(axis=0)
    sheet = directions(1, rng=rng)[0]
    place -= 0.6 * (place @ sheet)[:, None] * sheet
    border = np.linalg.norm(place, axis=1)
    radius *= np.clip(1.25 - border / border.max(), 0.25, 1)
    reach = float(np.max(np.linalg.norm(place, axis=1) + radius))
    scale = extent_mm / (2 * reach)
    return Balls(center_mm=center_mm + place * scale, radius_mm=radius * scale)


def directions(count: int, *, rng: np.random.Generator) -> Floats:
    """Return `count` unit vectors, uniform on the sphere, (count, 3).

    Examples
    --------
    >>> directions(2, rng=np.random.default_rng(1)).shape
    (2, 3)
    """
    raw = rng.normal(size=(count, 3))
    unit: Floats = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    return unit


def across(along: Floats, *, rng: np.random.Generator) -> Floats:
    """Return a random unit vector perpendicular to the unit vector `along`."""
    raw = rng.normal(size=3)
    raw -= (raw @ along) * along
    unit: Floats = raw / np.linalg.norm(raw)
    return unit
