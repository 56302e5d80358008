"""Squares side by side as one small picture, to stand where no kernel runs."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Grays = npt.NDArray[np.uint8]
_WIDE_PX, _GAP_PX = 900, 4
#: Enough for a glance, of gray and of color; a picture of a palette is a third of the file.
_COLORS = 64


def strip(squares: Sequence[Grays], *, limit_bytes: int = 40_000) -> str:
    """Return squares side by side as a PNG in base64; nothing for no square.

    Parameters
    ----------
    squares : sequence of (P, P) or (P, P, 3) array of uint8
        Gray, or red, green and blue; they may differ in size.
    limit_bytes : int
        Largest size of the picture; it is made smaller until it fits.

    Examples
    --------
    >>> import numpy as np
    >>> strip([np.zeros((9, 9), np.uint8)]).startswith("iVBOR"), strip([])
    (True, '')
    """
    from PIL import Image as Pictures  # noqa: PLC0415 (0.05 s, only when a cell shows squares)

    if not squares:
        return ""
    side = min(_WIDE_PX // len(squares), max(len(one) for one in squares))
    while True:
        file = io.BytesIO()
        Pictures.fromarray(_joined(squares, side)).quantize(_COLORS).save(
            file, format="PNG", optimize=True
        )
        if file.tell() <= limit_bytes or side < 32:
            return base64.b64encode(file.getvalue()).decode()
        side = int(side * 0.85)


def _joined(squares: Sequence[Grays], side: int) -> Grays:
    gap = np.full((side, _GAP_PX, 3), 255, np.uint8)
    parts: list[Grays] = []
    for square in squares:
        small = cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)
        colored = small if small.ndim == 3 else np.repeat(small[:, :, None], 3, axis=2)
        parts += [np.asarray(colored, np.uint8), gap]
    return np.concatenate(parts[:-1], axis=1)
