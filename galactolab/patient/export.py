"""The ductal tree in forms that other programs read: SWC and networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from galactolab.patient.ducts import Ducts

if TYPE_CHECKING:
    import networkx as nx


def to_swc(ducts: Ducts) -> str:
    """Return the tree as SWC text: number, type, x, y, z, radius, number before.

    Coordinates are those of the breast frame in millimeters, and the type is 0 (undefined),
    for SWC knows neurons only. The first point of a daughter is the last of its parent and is
    written once.

    Examples
    --------
    >>> import numpy as np
    >>> from galactolab.patient.ducts import Duct
    >>> one = Duct(path_mm=np.array([[0.0, 0, 0], [3, 0, 0]]), radius_mm=np.array([0.5, 0.4]))
    >>> print(to_swc(Ducts(branches=(one,))), end="")
    # ducts in millimeters: x to the chest wall, y lateral, z cranial
    1 0 0.0000 0.0000 0.0000 0.5000 -1
    2 0 3.0000 0.0000 0.0000 0.4000 1
    """
    lines = ["# ducts in millimeters: x to the chest wall, y lateral, z cranial"]
    last: list[int] = []
    count = 0
    for duct in ducts.branches:
        before = -1 if duct.parent is None else last[duct.parent]
        first = 0 if duct.parent is None else 1
        for point, radius in zip(duct.path_mm[first:], duct.radius_mm[first:], strict=True):
            count += 1
            x, y, z = point
            lines.append(f"{count} 0 {x:.4f} {y:.4f} {z:.4f} {radius:.4f} {before}")
            before = count
        last.append(before)
    return "\n".join(lines) + "\n"


def to_networkx(ducts: Ducts) -> nx.DiGraph[Any]:
    """Return the tree as a directed graph away from the orifice.

    Node 0 is the orifice and node ``i + 1`` the far end of duct ``i``. Nodes carry
    ``point_mm`` (x, y, z); edges carry ``duct``, ``length_mm`` and ``caliber_mm`` (mean).

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> ducts = phantom.make(seed=4).ducts
    >>> graph = to_networkx(ducts)
    >>> graph.number_of_edges() == len(ducts) == graph.number_of_nodes() - 1
    True
    """
    import networkx as nx  # noqa: PLC0415 (0.2 s that most sessions never need)

    graph: nx.DiGraph[Any] = nx.DiGraph()
    for index, duct in enumerate(ducts.branches):
        start = 0 if duct.parent is None else duct.parent + 1
        graph.add_node(start, point_mm=tuple(duct.path_mm[0].tolist()))
        graph.add_node(index + 1, point_mm=tuple(duct.path_mm[-1].tolist()))
        graph.add_edge(
            start,
            index + 1,
            duct=index,
            length_mm=duct.length_mm,
            caliber_mm=float(2 * duct.radius_mm.mean()),
        )
    return graph
