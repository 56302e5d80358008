"""Segmentation by one threshold on one ridge filter: what the lessons compare with.

The filters of scikit-image, as they are, beside ours. None of them knows what a duct is; a
threshold makes a mask of any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from skimage import filters

from galactolab import imagemath
from galactolab.errors import check_between, check_one_of
from galactolab.records import DuctMask, Galactogram, Image

FILTERS = ("vesselness", "frangi", "sato", "meijering")
_N_SCALES = 6


def filtered(
    galactogram: Galactogram,
    *,
    filter: str = "vesselness",  # noqa: A002 (the word that a lesson uses)
    scale_mm: tuple[float, float] = (0.1, 1.6),
) -> Image:
    """Return what a ridge filter answers at each pixel, (M, N).

    Parameters
    ----------
    galactogram : Galactogram
    filter : {"vesselness", "frangi", "sato", "meijering"}
        Ours, or one of scikit-image with its own defaults.
    scale_mm : (float, float)
        Finest and widest scale, six in all.

    Raises
    ------
    GalactolabError
        If there is no such filter, or the scales are not above zero.

    References
    ----------
    Frangi et al., MICCAI 1998, doi:10.1007/BFb0056195. Sato et al., Med Image Anal 2:143
    (1998), doi:10.1016/S1361-8415(98)80009-1. Meijering et al., Cytometry 58A:167 (2004),
    doi:10.1002/cyto.a.20022.

    Examples
    --------
    >>> pixels = np.zeros((40, 60), np.float32)
    >>> pixels[20] = 1
    >>> picture = Galactogram(pixels=pixels, spacing_mm=0.1)
    >>> [int(filtered(picture, filter=name).argmax() // 60) for name in FILTERS]
    [20, 20, 20, 20]
    """
    check_one_of("filter", filter, FILTERS)
    low, high = scale_mm
    check_between("scale_mm", low, 1e-3, high, "mm")
    pixel_mm = float(np.mean(galactogram.spacing_mm))
    sigmas = [float(s) / pixel_mm for s in np.geomspace(low, high, _N_SCALES)]
    calls: dict[str, Callable[[Image], Image]] = {
        "vesselness": partial(imagemath.vesselness, sigmas_px=sigmas),
        **{
            name: partial(getattr(filters, name), sigmas=sigmas, black_ridges=False)
            for name in FILTERS[1:]
        },
    }
    return np.asarray(calls[filter](galactogram.pixels), np.float32)


def thresholded(
    galactogram: Galactogram,
    *,
    filter: str = "vesselness",  # noqa: A002 (as above)
    scale_mm: tuple[float, float] = (0.1, 1.6),
    share: float = 0.03,
) -> DuctMask:
    """Return the pixels at which a ridge filter answers loudest: a stage for a pipeline.

    Parameters
    ----------
    galactogram : Galactogram
    filter : {"vesselness", "frangi", "sato", "meijering"}
    scale_mm : (float, float)
    share : float
        Of all pixels, 0.0001 to 0.5. A share and not a level, because each filter has a scale
        of its own.

    Raises
    ------
    GalactolabError
        If a parameter is out of its range.

    Examples
    --------
    >>> pixels = np.zeros((40, 60), np.float32)
    >>> pixels[20] = 1
    >>> mask = thresholded(Galactogram(pixels=pixels, spacing_mm=0.1), share=1 / 40)
    >>> bool(mask.pixels[20].all()), int(mask.pixels.sum())
    (True, 60)
    """
    check_between("share", share, 1e-4, 0.5)
    answer = filtered(galactogram, filter=filter, scale_mm=scale_mm)
    level = float(np.quantile(answer, 1 - share))
    return DuctMask(pixels=answer > level, spacing_mm=galactogram.spacing_mm)
