"""Everything that the student decides in the procedure, and between what."""

from __future__ import annotations

from dataclasses import dataclass

from galactolab.errors import check_between, check_one_of
from galactolab.terms import View

#: Nominal outer diameters in mm, rounded from the chart of needle gauges of the English Wikipedia
#: (en.wikipedia.org/wiki/Needle_gauge_comparison_chart, grade D): 0.01225, 0.01625, 0.02825 and
#: 0.02025 inch for 30, 27, 22 and 25 G. Blunt ones of 27 to 30 G are usual: references 1, 2 and 19.
CANNULAS = {"blunt 30 G": 0.31, "blunt 27 G": 0.41, "blunt 22 G": 0.72, "sharp 25 G": 0.51}
AFTER = ("leave the cannula in", "remove and seal", "remove, leave open")
VIEWS = {"CC and ML": (View.CC, View.ML), "CC only": (View.CC,), "MLO only": (View.MLO,)}
#: Force in N at which the breast has its usual thickness.
REFERENCE_N = 60.0


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Everything that the student decides.

    Attributes
    ----------
    orifice : int
        Number of the pore that is cannulated.
    cannula : str
        One of `CANNULAS`.
    depth_mm : float
        Of the tip, 1 to 30 mm.
    purged : bool
    concentration_mgi_ml : float
        50 to 400.
    volume_ml : float
        0 to 3.
    slowly : bool
    after : str
        One of `AFTER`.
    force_n : float
        Compression, 0 to 200 N; 10 N press as about 1 kg does.
    views : str
        One of `VIEWS`.
    magnification : float
        1, 1.5 or 1.8.

    Examples
    --------
    >>> Choices(depth_mm=200)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: depth_mm is 200 mm, but it has to be between 1 and 30 mm.
    """

    orifice: int = 1
    cannula: str = "blunt 30 G"
    depth_mm: float = 7.0
    purged: bool = True
    concentration_mgi_ml: float = 300.0
    volume_ml: float = 0.0
    slowly: bool = True
    after: str = AFTER[0]
    force_n: float = REFERENCE_N
    views: str = "CC and ML"
    magnification: float = 1.0

    def __post_init__(self) -> None:
        """Check once."""
        check_one_of("cannula", self.cannula, CANNULAS)
        check_between("depth_mm", self.depth_mm, 1, 30, "mm")
        check_between("concentration_mgi_ml", self.concentration_mgi_ml, 50, 400, "mgI/mL")
        check_between("volume_ml", self.volume_ml, 0, 3, "mL")
        check_one_of("after", self.after, AFTER)
        check_between("force_n", self.force_n, 0, 200, "N")
        check_one_of("views", self.views, VIEWS)
        check_one_of("magnification", self.magnification, (1.0, 1.5, 1.8))
