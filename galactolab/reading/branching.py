"""How a tree branches, in the descriptors that were published for galactograms.

All of them depend on the rooted tree alone, so they can be taken from the truth in the
patient, from its projection and from a segmented image, and compared. Letters for
shapes: ``B`` branches, ``O`` the highest Strahler order, ``T`` trees.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from galactolab.errors import check_between
from galactolab.tree import DuctTree, Floats

Text = tuple[int, ...]


def ramification(tree: DuctTree) -> Floats:
    """Return the ramification (R) matrix: how ducts of each order arise.

    Parameters
    ----------
    tree : DuctTree

    Returns
    -------
    (O - 1, O) array of float
        Entry ``[k - 2, i - 1]`` with ``i < k`` is the share of bifurcations of order ``k``
        whose smaller child has order ``i``; entry ``[k - 2, k - 1]`` is the share born from
        two children of order ``k - 1``. A row sums to 1, or to 0 where no bifurcation has
        that order. Where more than two branches spring from one point, the two of highest
        order count. A tree of order 1 gives an empty matrix.

    References
    ----------
    Bakic, Albert, Maidment 2003, Acad Radiol 10:198-204.

    Examples
    --------
    A trunk with one side branch, then a fork: half of the order-2 bifurcations are a
    side branch (first column), half are a birth (second column).

    >>> def branch(*points, parent):
    ...     return Branch(path=np.array(points, float), radius_mm=np.ones(2), parent=parent)
    >>> from galactolab.tree import Branch
    >>> ramification(DuctTree(spacing_mm=(0.1, 0.1), branches=(
    ...     branch((0, 0), (1, 0), parent=None),
    ...     branch((1, 0), (2, 2), parent=0), branch((1, 0), (3, 0), parent=0),
    ...     branch((3, 0), (4, -1), parent=2), branch((3, 0), (4, 1), parent=2))))
    array([[0.5, 0.5]])
    """
    orders = tree.strahler
    top = max(orders, default=1)
    counts = np.zeros((top - 1, top))
    for order, kids in zip(orders, tree.children, strict=True):
        if len(kids) >= 2:
            second, first = sorted(orders[i] for i in kids)[-2:]
            counts[order - 2, order - 1 if first == second else second - 1] += 1
    sums = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts / np.maximum(sums, 1), np.float64)


def bifurcation_ratio(tree: DuctTree) -> float:
    """Return how many ducts of one order there are for each duct of the next.

    A duct of order ``k`` is a chain of branches of that order. The mean ratio is the
    geometric one, ``(N_1 / N_O) ** (1 / (O - 1))``; not-a-number for a tree of order 1.
    Growth tip by tip gives 3 or more, synchronous growth 2 to 3.

    References
    ----------
    Sequential and synchronous growth models related to vertex analysis and branching
    ratios (acemap 136989765).
    """
    orders = tree.strahler
    top = max(orders, default=1)
    if top == 1:
        return math.nan
    begins = Counter(
        order
        for order, branch in zip(orders, tree.branches, strict=True)
        if branch.parent is None or orders[branch.parent] != order
    )
    return float((begins[1] / begins[top]) ** (1 / (top - 1)))


def partition_asymmetry(tree: DuctTree) -> float:
    """Return the mean of ``|n1 - n2| / (n1 + n2 - 2)`` over the bifurcations.

    ``n1`` and ``n2`` are the terminals below the two largest children. 0: halves are
    equal; 1: every fork gives off a single terminal. Forks into two terminals say nothing
    and are left out; not-a-number where no other fork exists.

    References
    ----------
    The mean of the asymmetry of a tree's partitions: Van Pelt et al. 1992, Bull Math Biol
    54:759, doi:10.1007/BF02459929. Leaving out forks into two terminals is a choice of ours.
    """
    leaves = _terminals_below(tree)
    shares = []
    for kids in tree.children:
        if len(kids) >= 2:
            second, first = sorted(leaves[i] for i in kids)[-2:]
            if first + second > 2:
                shares.append((first - second) / (first + second - 2))
    return float(np.mean(shares)) if shares else math.nan


def depth_first_string(tree: DuctTree) -> Text:
    """Return the node labels in pre-order.

    Labels are canonical: they count the nodes breadth first from the orifice (0), the
    child with more terminals (then the longer one) first, so that a mirrored image gives
    the same string.

    References
    ----------
    Megalooikonomou et al. 2009, IEEE Trans Med Imaging, PMC3390200.
    """
    labels, ordered = _labels(tree)
    text = [0] if tree.branches else []
    stack = [0] if tree.branches else []
    while stack:
        index = stack.pop()
        text.append(labels[index])
        stack.extend(reversed(ordered[index]))
    return tuple(text)


def prufer_string(tree: DuctTree) -> Text:
    """Return the Prüfer code: repeatedly drop the lowest leaf and note its neighbor.

    Labels as in `depth_first_string`, the orifice being node 0. The code of a tree of
    ``B`` branches has ``B - 1`` symbols and says everything about its shape.

    References
    ----------
    Megalooikonomou et al. 2009, IEEE Trans Med Imaging, PMC3390200.

    Examples
    --------
    >>> prufer_string(DuctTree(branches=(), spacing_mm=(0.1, 0.1)))
    ()
    """
    import networkx as nx  # noqa: PLC0415 (0.2 s that most sessions never need)

    labels, _ = _labels(tree)
    if not labels:
        return ()
    graph: nx.Graph[int] = nx.Graph()
    for index, branch in enumerate(tree.branches):
        graph.add_edge(labels[index], 0 if branch.parent is None else labels[branch.parent])
    return tuple(nx.to_prufer_sequence(graph)) if len(graph) > 2 else ()


def similarity(texts: Sequence[Text]) -> Floats:
    """Return how alike trees are by the words of their strings, (T, T), 0 to 1.

    Node labels are words; each tree is its vector of term frequency times inverse
    document frequency (with 1 added, so that a word of all trees still counts), and two
    trees are compared by the cosine.

    Parameters
    ----------
    texts : sequence of tuple of int, length T
        From `depth_first_string` or `prufer_string`.

    References
    ----------
    Megalooikonomou et al. 2009, IEEE Trans Med Imaging, PMC3390200.

    Examples
    --------
    >>> similarity([(0, 1, 2), (0, 1, 2), (3, 3, 3)]).round(2).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    words = {word: column for column, word in enumerate(sorted({w for t in texts for w in t}))}
    counts = np.zeros((len(texts), len(words)))
    for row, text in enumerate(texts):
        for word, number in Counter(text).items():
            counts[row, words[word]] = number / len(text)
    vectors = counts * (1 + np.log(len(texts) / np.maximum((counts > 0).sum(axis=0), 1)))
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return np.asarray(unit @ unit.T, np.float64)


def sholl(tree: DuctTree, *, step_mm: float = 5.0) -> Floats:
    """Return how often circles round the orifice are crossed, (R, 2): radius_mm, crossings.

    Parameters
    ----------
    tree : DuctTree
    step_mm : float
        Distance between the circles, 0.1 to 50 mm.

    Raises
    ------
    GalactolabError
        If `step_mm` is outside its range.

    References
    ----------
    Skoura et al. 2011, doi:10.1007/978-3-642-23960-1_53.
    """
    check_between("step_mm", step_mm, 0.1, 50, "mm")
    if not tree.branches or tree.orifice is None:
        return np.zeros((0, 2))
    reaches = [
        np.hypot(*((branch.path - tree.orifice) * tree.spacing_mm).T) for branch in tree.branches
    ]
    rings = np.arange(1, int(max(map(np.max, reaches)) / step_mm) + 1)
    crossings = np.zeros(len(rings))
    for reach in reaches:
        ring = np.floor(reach / step_mm).astype(int)
        for low, high in zip(np.minimum(ring[1:], ring[:-1]), np.maximum(ring[1:], ring[:-1]),
                             strict=True):  # fmt: skip
            crossings[low:high] += 1
    return np.column_stack([rings * step_mm, crossings])


def fractal_dimension(tree: DuctTree) -> float:
    """Return the box-counting dimension of the centerlines, between 1 and 2.

    Square boxes of 1 mm, doubled up to a quarter of the tree's width; not-a-number for a
    tree that is too small for three sizes.

    References
    ----------
    Box counting: Gonzato 1998, Comput Geosci 24:95-100.
    """
    if not tree.branches:
        return math.nan
    points = _even_points_mm(tree, step_mm=0.25)
    points -= points.min(axis=0)
    n_sizes = int(math.log2(max(float(points.max()), 1e-9) / 4)) + 1 if points.max() > 4 else 0
    if n_sizes < 3:
        return math.nan
    sizes = 2.0 ** np.arange(n_sizes)
    boxes = [len(np.unique((points // size) @ np.array([1.0, 1e5]))) for size in sizes]
    return float(-np.polyfit(np.log(sizes), np.log(boxes), 1)[0])


def _even_points_mm(tree: DuctTree, *, step_mm: float) -> Floats:
    """Return points on all centerlines, no further apart than `step_mm`."""
    pieces = []
    for branch in tree.branches:
        arc = branch.arc_mm(tree.spacing_mm)
        at = np.linspace(0, arc[-1], int(arc[-1] / step_mm) + 2)
        path = branch.path * tree.spacing_mm
        pieces.append(np.column_stack([np.interp(at, arc, path[:, axis]) for axis in (0, 1)]))
    return np.concatenate(pieces)


def _terminals_below(tree: DuctTree) -> npt.NDArray[np.int64]:
    """Return the number of terminals at or below each branch, (B,)."""
    leaves = np.zeros(len(tree.branches), np.int64)
    for index in reversed(range(len(tree.branches))):
        leaves[index] = max(1, sum(int(leaves[i]) for i in tree.children[index]))
    return leaves


def _labels(tree: DuctTree) -> tuple[list[int], list[list[int]]]:
    """Return each branch's canonical label (of its far node) and its ordered children."""
    leaves = _terminals_below(tree)
    lengths = [branch.length_mm(tree.spacing_mm) for branch in tree.branches]
    ordered = [sorted(kids, key=lambda i: (-int(leaves[i]), -lengths[i])) for kids in tree.children]
    labels = [0] * len(tree.branches)
    queue = [0] if tree.branches else []
    for number, index in enumerate(queue, start=1):  # the queue grows while it is read
        labels[index] = number
        queue.extend(ordered[index])
    return labels, ordered
