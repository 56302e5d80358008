"""Where things lie on this computer: the shipped data, and the cache of built files."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """Folder with the recipes and physics tables that come with the package.

    A checkout keeps it beside the package; an installed wheel carries it inside.
    """
    inside = _PACKAGE / "_data"
    return inside if inside.is_dir() else _PACKAGE.parent / "data"


def cache_folder() -> Path:
    """Folder for files that can be built again at any time, made if it is missing.

    The environment variable ``GALACTOLAB_CACHE`` moves it.
    """
    named = os.environ.get("GALACTOLAB_CACHE")
    folder = (
        Path(named) if named else Path(platformdirs.user_cache_dir("galactolab", appauthor=False))
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder
