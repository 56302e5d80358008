"""Image mathematics that several rooms need.

`vesselness` finds ridges at many scales, `noise_sd` tells what a ridge has to stand out
from, and `above_background` lifts the ducts off the tissue behind them.
"""

from galactolab.imagemath.background import breast_area, filled_in
from galactolab.imagemath.noise import noise_sd
from galactolab.imagemath.relief import relief
from galactolab.imagemath.standing import above_background
from galactolab.imagemath.vesselness import vesselness

__all__ = [
    "above_background",
    "breast_area",
    "filled_in",
    "noise_sd",
    "relief",
    "vesselness",
]
