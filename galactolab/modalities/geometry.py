"""Distances of the exposure: source, object, detector, focal spot, and the blur they make."""

from __future__ import annotations

from dataclasses import dataclass

from galactolab.errors import check_between, check_one_of

# FWHM to standard deviation of a Gaussian.
_FWHM_TO_SD = 1 / 2.3548


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Where source, breast and detector stand.

    Attributes
    ----------
    magnification : {1.0, 1.5, 1.8}
        Estimated Radiographic Magnification Factor; 1 is a contact view.
    source_to_detector_mm : float
        650 mm in the usual unit.
    focal_spot_mm : float
        Full width at half maximum; 0 takes 0.3 mm for contact and 0.1 mm for magnification
        (large and small focus).
    grid : bool
        Anti-scatter grid in a contact view; a magnification view has none, as its air gap
        does the work.
    motion_mm : float
        Drift of the object during the exposure, along the image's rows; 0 for a still breast.

    References
    ----------
    Distances and focus: VICTRE pipeline, https://github.com/DIDSR/VICTRE_PIPELINE (source
    to detector 65 cm, 0.3 mm FWHM); small focus 0.1 mm. Magnification 1.5 and 1.8: usual
    stands, unverified.

    Examples
    --------
    >>> Geometry(magnification=1.8).focal_spot_mm
    0.1
    >>> Geometry(magnification=3.0)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: magnification is 3.0, but it has to be one of: \
1.0, 1.5, 1.8.
    """

    magnification: float = 1.0
    source_to_detector_mm: float = 650.0
    focal_spot_mm: float = 0.0
    grid: bool = True
    motion_mm: float = 0.0

    def __post_init__(self) -> None:
        """Check once."""
        check_one_of("magnification", self.magnification, (1.0, 1.5, 1.8))
        check_between("source_to_detector_mm", self.source_to_detector_mm, 500, 800, "mm")
        check_between("focal_spot_mm", self.focal_spot_mm, 0, 1, "mm")
        check_between("motion_mm", self.motion_mm, 0, 5, "mm")
        if self.focal_spot_mm == 0:
            spot = 0.3 if self.magnification == 1.0 else 0.1
            object.__setattr__(self, "focal_spot_mm", spot)

    @property
    def has_grid(self) -> bool:
        """Whether a grid really stands in the beam."""
        return self.grid and self.magnification == 1.0

    def gap_mm(self, thickness_mm: float) -> float:
        """Air between the lower side of the breast and the detector.

        The magnification factor holds for the middle of the breast.
        """
        if self.magnification == 1.0:
            return 0.0
        middle = self.source_to_detector_mm * (1 - 1 / self.magnification)
        return max(middle - thickness_mm / 2, 0.0)

    def focal_blur_mm(self, thickness_mm: float) -> float:
        """Return the standard deviation of the focal-spot blur at mid-breast, at the object.

        Examples
        --------
        In contact the penumbra is far below a pixel.

        >>> round(Geometry().focal_blur_mm(50.0), 3)
        0.005
        """
        height = self.gap_mm(thickness_mm) + thickness_mm / 2
        above = self.source_to_detector_mm - height
        # The penumbra on the detector is f * height / above; the object plane is seen
        # enlarged by SID / above, so that the object sees f * height / SID.
        return self.focal_spot_mm * _FWHM_TO_SD * height / (above + height)
