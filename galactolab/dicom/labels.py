"""Side and view: what the file says, in the words of `galactolab.terms`.

References
----------
DICOM PS3.16 CID 4014 (views) and CID 4015 (view modifiers), with the SNOMED CT codes and
the SRT codes of files made before the change of 2019.
"""

from __future__ import annotations

import enum
from typing import TypeVar

from galactolab.dicom.content import Content
from galactolab.dicom.errors import attempt, refusal
from galactolab.errors import check_one_of
from galactolab.terms import Code, Laterality, View

W = TypeVar("W", Laterality, View)

_OLD_CODES = {
    "R-10242": View.CC,
    "R-10226": View.MLO,
    "R-10224": View.ML,
    "R-10228": View.LM,
    "R-10230": View.LMO,
    "R-1024A": View.XCCL,
    "R-1024B": View.XCCM,
    "R-10244": View.FB,
    "R-102D0": View.SIO,
}
_CODES = {view.code.value: view for view in View} | _OLD_CODES


class ViewModifier(enum.Enum):
    """What was special about a view, with its code in CID 4015."""

    MAGNIFICATION = Code("399163009", "SCT", "Magnification")
    SPOT_COMPRESSION = Code("399055006", "SCT", "Spot Compression")
    NIPPLE_IN_PROFILE = Code("442581004", "SCT", "Nipple in profile")
    ROLLED_LATERAL = Code("399197002", "SCT", "Rolled Lateral")
    ROLLED_MEDIAL = Code("399226006", "SCT", "Rolled Medial")
    TANGENTIAL = Code("399110001", "SCT", "Tangential")

    @property
    def code(self) -> Code:
        """Coded concept of the modifier."""
        return self.value


def stated_laterality(content: Content, given: Laterality | str | None) -> Laterality | None:
    """Side that the file states, else the one that is `given`, else None.

    Raises
    ------
    DicomReadError
        If file and reader contradict each other, or the file contradicts itself and the
        reader does not decide.
    """
    chosen = _word(Laterality, "laterality", given)
    said = {
        Laterality(text)
        for text in (content.text("ImageLaterality"), content.text("Laterality"))
        if text in ("L", "R")
    }
    return _agreed(content, "laterality", said, chosen)


def stated_view(content: Content, given: View | str | None) -> View | None:
    """View that the file states by code or else by text, else the one that is `given`.

    Raises
    ------
    DicomReadError
        As `stated_laterality`.
    """
    chosen = _word(View, "view", given)
    coded = {
        view
        for item in content.items("ViewCodeSequence")
        if (
            view := attempt(
                lambda item=item: _CODES.get(str(item.get("CodeValue", "")).strip()),  # type: ignore[misc]
                name=content.name,
                reason="its view code is damaged",
            )
        )
    }
    position = content.text("ViewPosition")
    named = {View(position)} if position in {view.value for view in View} else set()
    return _agreed(content, "view", coded | named, chosen)


def _word(words: type[W], name: str, given: W | str | None) -> W | None:
    if given is None or isinstance(given, words):
        return given
    check_one_of(name, given, [word.value for word in words])
    return words(given)


def _agreed(content: Content, name: str, said: set[W], chosen: W | None) -> W | None:
    if len(said) > 1:
        if chosen in said:
            return chosen
        both = " and ".join(sorted(word.value for word in said))
        raise refusal(content.name, f"it contradicts itself: {name} {both}; say which, {name}=")
    if said:
        (word,) = said
        if chosen is not None and chosen != word:
            reason = f"its {name} is {word.value}, but {name}={chosen.value!r} was asked for"
            raise refusal(content.name, reason)
        return word
    return chosen
