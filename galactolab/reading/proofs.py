"""Whether there is a filled tree in a picture at all, or tissue that only looks like one.

Lines pass for ducts one by one (`judged`), and in each breast some strands of tissue do. So what
passed has to be proved by what is beyond doubt in it, in one of five ways: much of it is evident;
less is, but it is a great share of all; a long trunk is, among much that is faint; it leads on
from the nipple itself; or it stands far out of its surroundings all the way.
"""

from __future__ import annotations

from dataclasses import dataclass

# Least evident length and least share of it in what passed. On tuning pictures, trees have 12 mm
# and more. Dense tissue without contrast has up to 15 mm, but there it is one part in 26 of what
# passes with it at most; in most trees, one in 11 at least. A short trunk with next to nothing
# else is a tree, too, and so is a long one among much that is faint: no tissue had as much as that.
_EVIDENT = ((8.0, 0.06), (5.0, 0.3), (20.0, 0.03))
# No shorter part proves anything.
SHORTEST_MM = 5.0
# What begins at the nipple and leads on for so long, if only so much of it is evident.
_FROM_NIPPLE_MM, _LEAST_MM = 15.0, 2.5
# A long line below the rim of the breast, and its mean significance: on tuning pictures, tissue
# that is so long has 9.4 at most. Lines that branch as ducts do have more in thin or flat pictures
# in which no piece alone is evident.
_CLEAR_MM, _CLEAR = 15.0, 11.0


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What is beyond doubt in the lines of one picture.

    Attributes
    ----------
    evident_mm : float
        Evident length of the part that hangs together, may be ducts and has most of it.
    from_nipple_mm : float
        Length of the longest part that begins at the nipple and is evident somewhere.
    clear_mm : float
        Length below the rim of the breast of the longest part that stands far out there.
    """

    evident_mm: float = 0.0
    from_nipple_mm: float = 0.0
    clear_mm: float = 0.0

    def suffices(self, passed_mm: float) -> bool:
        """Return whether what passed, of a given length in all, is a filled tree.

        Examples
        --------
        >>> Proof(evident_mm=10).suffices(100), Proof(evident_mm=10).suffices(500)
        (True, False)
        """
        share = self.evident_mm / max(passed_mm, 1e-9)
        return (
            any(self.evident_mm >= length and share >= least for length, least in _EVIDENT)
            or self.from_nipple_mm >= _FROM_NIPPLE_MM
            or self.clear_mm >= _CLEAR_MM
        )


@dataclass(frozen=True, kw_only=True)
class Part:
    """Lines that hang together and may be ducts.

    Attributes
    ----------
    length_mm, evident_mm, deep_mm : float
        All of it, what is evident, and what lies below the rim of the breast.
    significance : float
        Mean of what lies below the rim.
    is_from_nipple : bool
        Whether it begins at the nipple.
    """

    length_mm: float
    evident_mm: float
    deep_mm: float
    significance: float
    is_from_nipple: bool


def proof(parts: list[Part]) -> Proof:
    """Return what is beyond doubt in the parts of one picture.

    Examples
    --------
    >>> trunk = Part(
    ...     length_mm=30, evident_mm=3, deep_mm=24, significance=7, is_from_nipple=True
    ... )
    >>> proof([trunk]).from_nipple_mm
    30
    """
    from_nipple = [p for p in parts if p.is_from_nipple and p.evident_mm >= _LEAST_MM]
    clear = [p for p in parts if p.significance >= _CLEAR]
    return Proof(
        evident_mm=max((p.evident_mm for p in parts), default=0.0),
        from_nipple_mm=max((p.length_mm for p in from_nipple), default=0.0),
        clear_mm=max((p.deep_mm for p in clear), default=0.0),
    )
