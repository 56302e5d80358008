"""The program that builds one view: ``python -m galactolab.datasets.worker NAME VIEW``."""

from __future__ import annotations

import sys

import cv2

from galactolab.datasets import darkroom
from galactolab.datasets.library import recipe
from galactolab.errors import GalactolabError
from galactolab.terms import View


def main(name: str, view: str) -> int:
    """Build one view; a user's mistake is told in one line."""
    cv2.setNumThreads(1)  # one process per core is faster than threads that wait
    try:
        darkroom.build_view(recipe(name), View(view))
    except GalactolabError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
