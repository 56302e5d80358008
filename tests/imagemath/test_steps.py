"""Borders of muscles are told from ducts, wherever the ducts lie."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from galactolab.imagemath import steps

SPACING_MM = (0.25, 0.25)
SHAPE = (240, 240)


def line(*points, width_mm):
    """Return a mask of a line through (row, column) in mm."""
    corners = (np.array(points)[:, ::-1] / SPACING_MM[0]).round().astype(np.int32)
    canvas = np.zeros(SHAPE, np.uint8)
    thickness = round(width_mm / SPACING_MM[0])
    cv2.polylines(canvas, [corners], isClosed=False, color=1, thickness=thickness)
    return canvas > 0


def muscle():
    """Return an image with a bright corner, and its edge as a ridge, 1.5 mm wide."""
    rows, columns = np.indices(SHAPE) * SPACING_MM[0]
    image = np.clip(40 - rows - 0.7 * columns + 0.5, 0, 1).astype(np.float32)
    return image, line((40, 0), (0, 40 / 0.7), width_mm=1.5)


def found(ridges, image, *, gray_range=1.0):
    return steps.step_lines(ridges, image, gray_range=gray_range, spacing_mm=SPACING_MM)


def test_the_edge_of_a_muscle_is_a_step():
    """All of it, and nothing far from it."""
    image, edge = muscle()
    lines = found(edge, image)
    assert lines[edge].mean() > 0.9
    near = cv2.dilate(edge.view(np.uint8), np.ones((17, 17), np.uint8)) > 0
    assert not lines[~near].any()


def test_a_tree_beside_the_muscle_stays():
    """Also where it touches the edge."""
    image, edge = muscle()
    tree = line((55, 55), (35, 35), (22, 26), width_mm=1.0)
    lines = found(edge | tree, np.maximum(image, 1.5 * tree.astype(np.float32)))
    assert lines[edge & ~tree].mean() > 0.8
    away = cv2.distanceTransform((~edge).view(np.uint8), cv2.DIST_L2, 3) * SPACING_MM[0] > 3
    assert not lines[tree & away].any()


@pytest.mark.parametrize("width_mm", [0.5, 1.0, 2.0, 3.0])
def test_a_duct_on_even_tissue_is_no_step(width_mm):
    """Whatever its width."""
    duct = line((30, 5), (30, 55), width_mm=width_mm)
    assert not found(duct, duct.astype(np.float32)).any()


def test_a_thin_duct_on_a_slope_is_no_step():
    """There it falls off on one side only, as a step does, but it is thin."""
    rows = np.indices(SHAPE)[0] * SPACING_MM[0]
    duct = line((30, 5), (30, 55), width_mm=0.5)
    slope = (1 / (1 + np.exp((rows - 30) / 3))).astype(np.float32)
    assert not found(duct, slope + 0.1 * duct.astype(np.float32)).any()


def test_a_bush_on_a_slope_is_no_step():
    """A step has no branches."""
    rows = np.indices(SHAPE)[0] * SPACING_MM[0]
    bush = line((30, 5), (30, 55), width_mm=1.0)
    for column in range(8, 52, 6):
        bush |= line((30, column), (22, column + 4), width_mm=1.0)
        bush |= line((30, column), (38, column + 4), width_mm=1.0)
    slope = (1 / (1 + np.exp((rows - 30) / 3))).astype(np.float32)
    assert not found(bush, slope).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 3), (50, 60)])
def test_small_and_dull_images_have_no_step(shape):
    """No crash, too."""
    everywhere, image = np.ones(shape, np.bool_), np.zeros(shape, np.float32)
    assert not found(everywhere, image, gray_range=0.0).any()
    assert not found(~everywhere, image).any()
