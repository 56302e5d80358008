"""Source of notebook cells that make a full-field picture and its reading quickly."""

PICTURE = """
import numpy as np, cv2, pandas as pd
from galactolab.records import Analysis, DuctMask, Finding, Galactogram
from galactolab.terms import FindingType
from galactolab.tree import Branch, DuctTree
from galactolab.views import Bench, ImageView

def made_up(rows=4096, columns=3328):
    k, spacing = rows / 4096, 0.07 * 4096 / rows
    def branch(start, end, width, parent=None):
        path = np.linspace(start, end, 300) * k
        return Branch(path=path, radius_mm=np.full(300, width / 2), parent=parent)
    tree = DuctTree(spacing_mm=(spacing, spacing), branches=(
        branch((2000, 2800), (2000, 2000), 2.0), branch((2000, 2000), (1200, 1000), 1.2, 0),
        branch((2000, 2000), (2800, 1000), 1.2, 0)))
    drawn = np.zeros((rows, columns), np.uint8)
    for one in tree.branches:
        points = one.path[:, ::-1].round().astype(np.int32)
        cv2.polylines(drawn, [points], False, 1, max(3, round(25 * k)))
    rng = np.random.default_rng(20_260)
    pixels = rng.integers(1000, 1200, (rows, columns), dtype=np.uint16).astype(np.float32)
    pixels[:, : columns // 4] += 1500
    pixels += np.float32(4000) * drawn
    pixels[0, 0] = 16383
    findings = (
        Finding(type=FindingType.DUCT_NARROWING, location=(2000 * k, 2400 * k), extent_mm=3.0,
                branch=0, score=0.9, evidence={"stenosis_percent": 62.0}),
        Finding(type=FindingType.ABRUPT_DUCT_TERMINATION, location=(1200 * k, 1000 * k),
                branch=1, score=0.6))
    reading = Analysis(
        mask=DuctMask(pixels=drawn.astype(bool), spacing_mm=(spacing, spacing)), tree=tree,
        measurements=pd.DataFrame({"order": tree.strahler}), findings=findings)
    picture = Galactogram(pixels=pixels, spacing_mm=(spacing, spacing), laterality="L", view="CC")
    return picture, reading
"""
