"""What is gathered of a galactogram's ridges over all scales.

Letters for shapes: a pyramid level has ``m`` rows and ``n`` columns, the image ``M`` and ``N``.

Plan. Each scale brings its curvature on the pyramid level it needs. It is compared with the
usual curvature of the texture there, strip by strip so that the parts stay in the cache, and
the maps of the level keep what stands out most. At the end the levels are laid on top of each
other on the full grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from galactolab.imagemath.grid import covered, enlarged, enlarged_rows, spread
from galactolab.imagemath.noise import local_level
from galactolab.imagemath.strips import by_strips
from galactolab.imagemath.vesselness import Curvature
from galactolab.records import Image, Mask

# Scales at which a trunk is told from texture: above noise, below lobules.
_TRUNK_MM = (0.15, 1.7)
_CELL_MM = 2.0
# Rows of a strip that is enlarged: with those around it, few are enlarged twice.
_LAID_ROWS = 256
# What makes evidence 1: curvature over the 90th percentile of texture in the whole breast,
# over the local texture, and over the range of gray values in tissue.
_OVERALL, _LOCAL, _OF_RANGE = 4.0, 8.0, 0.06


@dataclass(kw_only=True, eq=False)
class OverScales:
    """Gathers scale by scale, from the finest to the widest.

    Attributes
    ----------
    area, inner : (M, N) array of bool
        The breast, and the breast without its skin.
    gray_range : float
        Of the tissue.
    rounding : float
        What the arithmetic leaves of a constant image.
    spacing_mm : (float, float)
    is_single : bool
        Whether there is one scale only.
    spent : list
        Where the arrays of a scale are put once they are no longer needed.
    fine : (M, N) array of float32
        Steepness at the two finest scales, once those have been taken.
    noise : float
        The 90th percentile of what `fine` has along ridges.
    """

    area: Mask
    inner: Mask
    gray_range: float
    rounding: float
    spacing_mm: tuple[float, float]
    is_single: bool
    spent: list[tuple[Image, Image]]
    fine: Image = field(init=False)
    noise: float = field(init=False)
    _by_factor: dict[int, _Maps] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """See the breast as coarsely as its texture is read."""
        shape = (max(1, self.area.shape[0] // 8), max(1, self.area.shape[1] // 8))
        self._coarse_area: Mask = covered(self.area, shape=shape) > 0.5

    def take(self, level: Curvature) -> None:
        """Take one scale into account; its arrays are used up."""
        row_mm, column_mm = self.spacing_mm
        scale = self._scale_mm(level)
        cell = (_CELL_MM / row_mm / level.factor, _CELL_MM / column_mm / level.factor)
        usual = local_level(level.along, cell_px=cell, inside=self._coarse_area)
        overall = self._overall(level)
        if not self._by_factor:
            self._take_fine(level, overall)
        is_trunk = _TRUNK_MM[0] <= scale <= _TRUNK_MM[1] or self.is_single
        floor = max(_OVERALL * overall, _OF_RANGE * self.gray_range) if is_trunk else math.inf
        rounding = self.rounding
        cells, floor = usual + np.float32(rounding), floor + rounding
        if level.factor in self._by_factor:
            self._by_factor[level.factor].add(level, cells, scale=scale, floor=floor)
            self.spent.append((level.across, level.along))
        else:
            self._by_factor[level.factor] = _Maps.of(level, cells, scale=scale, floor=floor)

    def take_thinnest(self, level: Curvature) -> None:
        """Look for the thinnest ducts at a scale below all others, before those are taken."""
        fine, self.noise = self._steepness(level, self._overall(level))
        self.fine = np.empty(self.area.shape, np.float32)

        def strip(part: slice) -> None:
            self.fine[part] = fine(part)

        by_strips(strip, self.area.shape[0])
        self.spent.append((level.across, level.along))

    def _take_fine(self, level: Curvature, overall: float) -> None:
        """Where noise is white the thinnest scale shows more, where it is blurred this one."""
        fine, noise = self._steepness(level, overall)
        share = np.float32(noise / self.noise)

        def strip(part: slice) -> None:
            known = self.fine[part]
            known *= share
            np.maximum(known, fine(part), out=known)

        by_strips(strip, self.area.shape[0])
        self.noise = noise

    def _steepness(
        self, level: Curvature, overall: float
    ) -> tuple[Callable[[slice], Image], float]:
        """Return the steepness at one scale in rows of the full grid, and that of noise."""
        scale = self._scale_mm(level)
        large = enlarged(level.across, factor=level.factor, shape=_shape(self.area))
        return lambda part: large[part] * np.float32(1 / scale), (overall + self.rounding) / scale

    def _scale_mm(self, level: Curvature) -> float:
        return math.sqrt(math.prod(level.sigma_px) * math.prod(self.spacing_mm))

    def _overall(self, level: Curvature) -> float:
        """Return the 90th percentile of the texture in the whole breast."""
        # One pixel in nine says as much about a percentile as all of them.
        every = max(1, 3 // level.factor)
        along = level.along[::every, ::every]
        size = (along.shape[1], along.shape[0])
        within = cv2.resize(self.inner.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        texture = along[within.reshape(along.shape) > 0]
        return float(np.quantile(texture[:: max(1, texture.size // 200_000)], 0.9))

    def gathered(self) -> tuple[Image, Image, Image]:
        """Return significance, steepness and evidence of all levels on the full grid."""
        shape = _shape(self.area)
        first = min(self._by_factor)
        found = self._by_factor.pop(first)
        if first > 1:
            self._by_factor[first], found = found, _Maps.blank(shape)
        for factor, maps in self._by_factor.items():
            found.lay(maps, factor=factor)
        return found.significance, found.steepness, found.evidence


@dataclass(frozen=True, kw_only=True, eq=False)
class _Maps:
    """The three maps on one level of the pyramid, and room for what is usual there."""

    usual: Image
    significance: Image
    steepness: Image
    evidence: Image

    @classmethod
    def blank(cls, shape: tuple[int, ...]) -> _Maps:
        usual, significance, steepness, evidence = (np.zeros(shape, np.float32) for _ in range(4))
        return cls(usual=usual, significance=significance, steepness=steepness, evidence=evidence)

    @classmethod
    def of(cls, level: Curvature, cells: Image, *, scale: float, floor: float) -> _Maps:
        """Return the maps of one scale, in its own arrays; a second one is added to them."""
        made = cls(
            usual=spread(cells, shape=(level.across.shape[0], level.across.shape[1])),
            significance=np.empty_like(level.across),
            steepness=level.across,
            evidence=level.along,
        )

        def strip(part: slice) -> None:
            across, along, local = level.across[part], level.along[part], made.usual[part]
            cv2.divide(across, local, dst=made.significance[part])
            np.maximum(_evidence(across, along, local, floor), 0, out=along)
            np.multiply(across, np.float32(1 / scale), out=across)

        by_strips(strip, level.across.shape[0])
        return made

    def lay(self, maps: _Maps, *, factor: int) -> None:
        """Lay the maps of a coarser level on these, which are on the full grid."""
        shape = (self.evidence.shape[0], self.evidence.shape[1])

        def strip(part: slice) -> None:
            # One map after the other, as what the strips of all threads hold adds up.
            answer = enlarged_rows(maps.evidence, part, factor=factor, shape=shape)
            known = self.evidence[part]
            np.maximum(known, answer, out=known)
            answer = enlarged_rows(maps.significance, part, factor=factor, shape=shape)
            better = cv2.compare(answer, self.significance[part], cv2.CMP_GT)
            cv2.copyTo(answer, better, self.significance[part])
            answer = enlarged_rows(maps.steepness, part, factor=factor, shape=shape)
            cv2.copyTo(answer, better, self.steepness[part])

        by_strips(strip, shape[0], rows=_LAID_ROWS)

    def add(self, level: Curvature, cells: Image, *, scale: float, floor: float) -> None:
        """Take one scale into account, compared with the usual curvature in coarse cells."""
        shape = (level.across.shape[0], level.across.shape[1])
        usual = spread(cells, shape=shape, out=self.usual)

        def strip(part: slice) -> None:
            across, local = level.across[part], usual[part]
            answer = cv2.divide(across, local)
            better = cv2.compare(answer, self.significance[part], cv2.CMP_GT)
            cv2.copyTo(answer, better, self.significance[part])
            cv2.copyTo(across * np.float32(1 / scale), better, self.steepness[part])
            if floor < math.inf:
                sure = self.evidence[part]
                cv2.max(_evidence(across, level.along[part], local, floor), sure, dst=sure)

        by_strips(strip, level.across.shape[0])


def _shape(mask: Mask) -> tuple[int, int]:
    return mask.shape[0], mask.shape[1]


def _evidence(across: Image, along: Image, local: Image, floor: float) -> Image:
    """Return how sure a ridge is: its straight part over what it needs; 0 without end to that."""
    needed = np.maximum(local * np.float32(_LOCAL), np.float32(floor))
    return np.asarray(cv2.divide(cv2.subtract(across, along), needed), np.float32)
