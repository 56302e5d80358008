"""From stored values to pixels where a larger value means more attenuation.

Strategy: each step (modality table or slope, inversion, logarithm, padding) maps one
stored value to one number. So the steps run once over all values that 8 or 16 bits can
hold, and the image is one look-up: the same cost whatever the steps are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from galactolab.dicom.content import Content, words_of
from galactolab.dicom.errors import attempt, refusal
from galactolab.dicom.pixels import Stored, bit_layout
from galactolab.terms import Intent

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.float32]

_FOR_PROCESSING = {
    "1.2.840.10008.5.1.4.1.1.1.1.1",  # Digital X-Ray Image - For Processing
    "1.2.840.10008.5.1.4.1.1.1.2.1",  # Digital Mammography X-Ray Image - For Processing
    "1.2.840.10008.5.1.4.1.1.13.1.5",  # Breast Projection X-Ray Image - For Processing
}


def stated_intent(content: Content) -> Intent:
    """Tell what the pixels are made for: by Presentation Intent Type, else by object class."""
    said = content.text("PresentationIntentType")
    if said in (Intent.FOR_PROCESSING.value, Intent.FOR_PRESENTATION.value):
        return Intent(said)
    processing = content.text("SOPClassUID") in _FOR_PROCESSING
    return Intent.FOR_PROCESSING if processing else Intent.FOR_PRESENTATION


def attenuation(content: Content, stored: Stored) -> Pixels:
    """Pixels of a record: a larger value means more attenuation.

    FOR PRESENTATION: values after the modality table or slope; MONOCHROME1 is turned
    over within the range of the stored bits. Windows (VOI) are left to the viewer.

    FOR PROCESSING: the Pixel Intensity Relationship decides. LIN values are proportional
    to the X-ray intensity and become ``-ln(value / full scale)``, values below one count
    taken as one count. LOG values keep their scale and are turned over where they grow
    with the intensity (sign +1). Where the sign is missing, the photometric
    interpretation stands for it: MONOCHROME1 shows small values bright, so they are
    few photons (+1); MONOCHROME2 the reverse (-1). Where the relationship is missing,
    values that grow with the intensity are taken as LIN, since detectors count, and
    values that fall with it as LOG, since it is the logarithm that turns them over.

    Padding, which no photon made, takes the least attenuation of the other pixels.

    Parameters
    ----------
    content : Content
    stored : (M, N) array of int
        Values from `galactolab.dicom.pixels.stored_pixels`.

    Returns
    -------
    (M, N) array of float32

    References
    ----------
    DICOM PS3.3 C.8.11.3 (DX Image: Pixel Intensity Relationship and Sign), C.11.1
    (Modality LUT), C.7.5.1.1.2 (Pixel Padding), C.7.6.3.1.2 (Photometric Interpretation).
    """
    allocated, stored_bits, _, signed = bit_layout(content)
    candidates = np.arange(2**allocated, dtype=f"u{allocated // 8}")
    meant = candidates.view(f"i{allocated // 8}").astype(int) if signed else candidates.astype(int)
    low = -(2 ** (stored_bits - 1)) if signed else 0
    bounds = np.array([low, low + 2**stored_bits - 1])
    # Bits above the stored ones are gone, so values outside the bounds cannot occur.
    meant = meant.clip(*bounds)
    values, ends = _modality(content, meant), _modality(content, bounds)
    table = _more_is_denser(content, values, float(ends.min()), float(ends.max()))
    index = stored.view(candidates.dtype)
    _darken_padding(content, table, meant, index, signed=signed)
    return _looked_up(table.astype(np.float32), index)


def _more_is_denser(content: Content, values: Floats, low: float, high: float) -> Floats:
    first_is_bright = content.text("PhotometricInterpretation") == "MONOCHROME1"
    if stated_intent(content) is Intent.FOR_PRESENTATION:
        return low + high - values if first_is_bright else values
    sign = content.integer("PixelIntensityRelationshipSign")
    if sign not in (1, -1):
        sign = 1 if first_is_bright else -1
    relationship = content.text("PixelIntensityRelationship")
    if relationship not in ("LIN", "LOG"):
        relationship = "LIN" if sign == 1 else "LOG"
    if relationship == "LOG":
        return values if sign == -1 else low + high - values
    intensity = values if sign == 1 else low + high - values
    steps = np.abs(np.diff(np.unique(values)))
    count = float(steps.min()) if steps.size else 1.0
    full = max(high, count)
    return np.log(full / intensity.clip(count, full))


def _modality(content: Content, stored: npt.NDArray[Any]) -> Floats:
    tables = content.items("ModalityLUTSequence")
    if tables:
        return attempt(
            lambda: _through_table(tables[0], stored),
            name=content.name,
            reason="its Modality LUT is damaged",
        )
    slope, intercept = content.number("RescaleSlope"), content.number("RescaleIntercept")
    slope = 1.0 if slope is None else slope
    if slope == 0 or abs(slope) > 1e30 or abs(intercept or 0.0) > 1e30:
        raise refusal(content.name, "its Rescale Slope or Intercept turns all pixels into one")
    return stored * slope + (intercept or 0.0)


def _through_table(item: Any, stored: npt.NDArray[Any]) -> Floats:  # noqa: ANN401 - pydicom item
    described = item.LUTDescriptor
    if isinstance(described, bytes):
        described = words_of(described, signed=False)
    n_entries, first, bits = (int(value) for value in described)
    n_entries = n_entries or 2**16  # 0 stands for 65536, which 16 bits cannot hold
    if first > 2**15 and stored.min() < 0:
        first -= 2**16
    data = item.LUTData
    if isinstance(data, bytes):
        kind = "<u1" if bits <= 8 and len(data) < 2 * n_entries else "<u2"
        data = np.frombuffer(data, kind)
    entries = (np.asarray(data)[:n_entries] & 0xFFFF).astype(float)
    if len(entries) < n_entries:
        raise ValueError("too few entries")
    mapped: Floats = entries[(stored - first).clip(0, n_entries - 1)]
    return mapped


def _darken_padding(
    content: Content,
    table: Floats,
    meant: npt.NDArray[Any],
    index: npt.NDArray[Any],
    *,
    signed: bool,
) -> None:
    value = content.integer("PixelPaddingValue")
    if value is None:
        return
    limit = content.integer("PixelPaddingRangeLimit")
    ends = [value, value if limit is None else limit]
    if signed:  # written as US by some, although the pixels are signed
        ends = [end - 2**16 if end >= 2**15 else end for end in ends]
    padding = (meant >= min(ends)) & (meant <= max(ends))
    used = np.zeros(len(table), bool)
    used[index.ravel()] = True
    inside = used & ~padding
    table[padding] = table[inside].min() if inside.any() else 0.0


def _looked_up(table: Pixels, index: npt.NDArray[Any]) -> Pixels:
    # Row blocks keep the look-up's wide index copies small.
    pixels = np.empty(index.shape, np.float32)
    rows = max(1, 2**20 // index.shape[1])
    for top in range(0, index.shape[0], rows):
        np.take(table, index[top : top + rows], out=pixels[top : top + rows], mode="clip")
    return pixels
