"""Whether lines that hang together may be ducts: a tree that leads to the nipple, not a line.

Letters for shapes: an image has ``M`` rows and ``N`` columns, ``K`` points of centerline.

Plain mammograms are full of bright lines: folds of skin, wires, hairs, scratches, calcified
arteries and ducts, rims of cysts. They are as steep as iodine, but they do not branch. A filled
tree does, over and over. Where contrast stops soon after the nipple there are few forks or none:
such a part has to begin near the nipple, to lead away from it, to grow no wider on its way, and
to be no steeper than iodine. But an orifice is narrow and the ampulla behind it is wide: what
stands out farther than all tissue differs may widen, too. Where the nipple is unknown, as in a
detail without air, a line is taken on trust.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from galactolab.imagemath.relief import Relief
from galactolab.imagemath.standing import metal_from
from galactolab.reading.network import Network
from galactolab.reading.pieces import Piece
from galactolab.records import Mask
from galactolab.tree import Floats

# All three arms of a fork lead on for this far, or it is a burr of a line. On tuning pictures,
# trees have four forks and more, lines of any kind have two at most.
_ARM_MM, _FORKS, _TREE_MM = 2.5, 3, 30.0
# A short tree begins this close to the nipple, whose place is known to some millimeters, and this
# share of its extent leads away from there.
_NEAR_MM, _AWAY = 15.0, 0.6
# A line begins at the nipple: strands of tissue do not reach so far.
_AT_MM = 3.0
# Its far half is not as wide as this many times its start.
_WIDENS = 1.5
# It may widen if it rises above its sides by this many ranges of the tissue: no gland or mass does.
_BRIGHT = 1.0
# Metal is no more than this share of a short tree with a cannula in it.
_METAL = 0.5
# The breast touches less than this share of the side of the image that is before the nipple.
_FREE = 0.5
# What stands out of the outline of a breast by less is none.
_STANDS_OUT_MM = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Ductal:
    """What is asked of lines that may be ducts.

    Attributes
    ----------
    nipples : (S, 2) array of float
        Where the nipple may be, (row, column) in mm; none where that is unknown.
    floor : float
        Least steepness of a filled duct.
    gray_range : float
        Of the tissue; where it is not known, infinite.
    """

    nipples: Floats
    floor: float
    gray_range: float = math.inf

    def may_be(self, part: set[int], net: Network, pieces: dict[int, Piece]) -> bool:
        """Return whether the edges `part`, which hang together, may be ducts."""
        if not len(self.nipples) or any(pieces[number].is_seed for number in part):
            return True
        length = sum(pieces[number].length for number in part)
        if length >= _TREE_MM and _forks(part, net, enough=_FORKS) >= _FORKS:
            return True
        metal = {n for n in part if pieces[n].steepness > metal_from(self.floor)}
        if sum(pieces[number].length for number in metal) > _METAL * length:
            return False
        points = np.concatenate([net.edges[number].path for number in part])
        radius = np.concatenate([net.edges[number].radius for number in part])
        may_widen = self._is_bright([pieces[number] for number in part - metal])
        return any(
            _leads_away(points, radius, nipple, may_widen=may_widen) for nipple in self.nipples
        )

    def begins_at_nipple(self, part: set[int], net: Network) -> bool:
        """Return whether the edges `part` begin at the nipple; False where none is known."""
        if not len(self.nipples):
            return False
        points = np.concatenate([net.edges[number].path for number in part])
        reach = np.hypot(*(points[:, np.newaxis] - self.nipples).transpose(2, 0, 1))
        return float(reach.min()) < _AT_MM

    def _is_bright(self, pieces: list[Piece]) -> bool:
        """Return whether the widest piece rises above its sides by more than tissue differs."""
        widest = max(pieces, key=lambda piece: piece.width)
        return widest.steepness * widest.width > _BRIGHT * self.gray_range


def ductal(found: Relief, *, spacing_mm: tuple[float, float], floor: float) -> Ductal:
    """Return what is asked of the lines of one picture.

    Parameters
    ----------
    found : Relief
    spacing_mm : (float, float)
    floor : float
        Least steepness of a filled duct.
    """
    return Ductal(nipples=_nipples(found, spacing_mm), floor=floor, gray_range=found.gray_range)


def _nipples(found: Relief, spacing_mm: tuple[float, float]) -> Floats:
    """Return the foremost point of the breast and the middle of what stands out of it, in mm."""
    none = np.zeros((0, 2))
    if not found.depths:
        return none
    breast = found.depths[0] > 0
    cell = np.array(found.flat.shape) * spacing_mm / breast.shape
    front = _foremost(breast)
    if front is None:
        return none
    places = [front]
    if len(found.depths) > 1:
        out = np.argwhere(breast & (found.depths[1] < -_STANDS_OUT_MM))
        # The corners of a breast stand out, too: what lies around the front is the nipple.
        near = np.hypot(*((out - front) * cell).T) < 2 * _NEAR_MM
        if near.any():
            places.append(out[near].mean(axis=0))
    return np.asarray((np.array(places) + 0.5) * cell, np.float64)


def _foremost(breast: Mask) -> Floats | None:
    """Return the point (row, column) farthest from the chest wall; none if that is not seen."""
    turned = (breast, breast[::-1], breast.T, breast.T[::-1])
    shares = [float(each[0].mean()) for each in turned]
    wall = int(np.argmax(shares))
    if shares[wall] == 0 or float(turned[wall][-1].mean()) > _FREE:
        return None
    rows, columns = np.nonzero(turned[wall])
    row, column = float(rows.max()), float(columns[rows == rows.max()].mean())
    if wall % 2:
        row = turned[wall].shape[0] - 1 - row
    return np.array([row, column] if wall < 2 else [column, row])


def _leads_away(points: Floats, radius: Floats, nipple: Floats, *, may_widen: bool) -> bool:
    """Return whether a line of given half widths leads away from the nipple, wider nowhere."""
    reach = np.hypot(*(points - nipple).T)
    extent = float(np.hypot(*np.ptp(points, axis=0)))
    if reach.min() > _NEAR_MM or np.ptp(reach) < _AWAY * extent:
        return False
    if may_widen:
        return True
    order = np.argsort(reach)
    start, far = radius[order[: len(order) // 3 + 1]], radius[order[len(order) // 2 :]]
    return float(np.median(far)) < _WIDENS * float(np.median(start))


def _forks(part: set[int], net: Network, *, enough: int) -> int:
    """Count the nodes from which three ways lead on, up to `enough`."""
    nodes = {node for number in part for node in _ends(net, number)}
    count = 0
    for node in nodes:
        arms = set(net.arms[node])
        if len(arms) >= 3 and sum(_leads_on(net, arm, node) for arm in arms) >= 3:
            count += 1
            if count >= enough:
                break
    return count


def _ends(net: Network, number: int) -> tuple[int, int]:
    edge = net.edges[number]
    return edge.start, edge.end


def _leads_on(net: Network, first: int, node: int) -> bool:
    """Return whether a way through an edge leads away from a node far enough."""
    seen, front = {node}, [(net.edges[first].other(node), net.edges[first].length)]
    while front:
        at, length = front.pop()
        if at in seen:
            continue
        if length >= _ARM_MM:
            return True
        seen.add(at)
        front.extend(
            (net.edges[arm].other(at), length + net.edges[arm].length) for arm in net.arms[at]
        )
    return False
