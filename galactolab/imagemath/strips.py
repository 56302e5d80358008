"""Work on an image strip by strip: each stays in the cache, and several are done at a time.

Letters for shapes: an image has ``M`` rows and ``N`` columns.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

# Few enough that half a dozen strips of a mammogram stay in the cache of one processor.
STRIP_ROWS = 32


def by_strips(work: Callable[[slice], None], n_rows: int, *, rows: int = STRIP_ROWS) -> None:
    """Call `work` with the rows of each strip, in several threads.

    Parameters
    ----------
    work : callable, slice -> None
        Writes into rows of arrays that were made before; NumPy and OpenCV let the other
        threads run meanwhile.
    n_rows : int
        ``M``.
    rows : int
        Of a strip.

    Examples
    --------
    >>> import numpy as np
    >>> image, doubled = np.arange(400.0), np.empty(400)
    >>> def work(rows):
    ...     np.multiply(image[rows], 2, out=doubled[rows])
    >>> by_strips(work, 400)
    >>> bool((doubled == 2 * image).all())
    True
    """
    parts = [slice(first, first + rows) for first in range(0, n_rows, rows)]
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        list(pool.map(work, parts))
