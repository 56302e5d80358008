"""Ducts drawn by hand: tubes with the shadow that a round lumen has."""

from __future__ import annotations

import itertools

import numpy as np

from galactolab.records import DuctMask
from galactolab.tree import Branch, DuctTree


def shadow(
    lines: list[tuple[list[tuple[float, float]], float]],
    *,
    shape: tuple[int, int] = (300, 300),
    spacing_mm: float = 0.1,
) -> np.ndarray:
    """Return the path length (mm) through straight tubes: (corner points in px, radius in mm)."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float)
    total = np.zeros(shape)
    for points, radius in lines:
        nearest = np.full(shape, np.inf)
        for (r0, c0), (r1, c1) in itertools.pairwise(points):
            along = np.array([r1 - r0, c1 - c0])
            share = ((rows - r0) * along[0] + (columns - c0) * along[1]) / (along @ along)
            share = np.clip(share, 0, 1)
            away = np.hypot(rows - r0 - share * along[0], columns - c0 - share * along[1])
            nearest = np.minimum(nearest, away * spacing_mm)
        total = np.maximum(total, 2 * np.sqrt(np.maximum(radius**2 - nearest**2, 0)))
    return total.astype(np.float32)


def masked(thickness: np.ndarray, *, spacing_mm: float = 0.1) -> DuctMask:
    """Return the mask of a shadow, with the shadow as its contrast."""
    return DuctMask(pixels=thickness > 0, spacing_mm=(spacing_mm, spacing_mm), contrast=thickness)


def trident(spacing_mm: float = 0.1) -> DuctMask:
    """Return a trunk from the bottom that forks twice: 5 branches, 3 ends."""
    return masked(
        shadow(
            [
                ([(290.0, 150.0), (200.0, 150.0)], 0.8),
                ([(200.0, 150.0), (60.0, 60.0)], 0.5),
                ([(200.0, 150.0), (130.0, 195.0)], 0.6),
                ([(130.0, 195.0), (30.0, 180.0)], 0.4),
                ([(130.0, 195.0), (50.0, 260.0)], 0.4),
            ],
            spacing_mm=spacing_mm,
        ),
        spacing_mm=spacing_mm,
    )


def straight_tree(
    *corners: tuple[float, float], radius_mm: float = 0.5, spacing_mm: float = 0.1
) -> DuctTree:
    """Return a tree of one duct through these points (px), a point at every pixel."""
    pieces = [
        np.linspace(a, b, int(np.hypot(b[0] - a[0], b[1] - a[1])) + 1)[:-1]
        for a, b in itertools.pairwise(corners)
    ]
    path = np.concatenate([*pieces, [corners[-1]]])
    branch = Branch(path=path, radius_mm=np.full(len(path), radius_mm))
    return DuctTree(branches=(branch,), spacing_mm=(spacing_mm, spacing_mm))
