"""Refuse files above 500 kB: the project ships recipes, not pictures.

``python .ci/large_files.py FILE ...`` prints one line for each file that is too large. The
lock files are let through; they hold a line for each hash.
"""

from __future__ import annotations

import sys
from pathlib import Path

LIMIT_KB = 500
ALLOWED = {"requirements.lock", "requirements-dev.lock"}


def main(names: list[str]) -> int:
    """Check the named files."""
    sizes = {Path(name): Path(name).stat().st_size for name in names if Path(name).is_file()}
    large = {path: size for path, size in sizes.items() if size > 1000 * LIMIT_KB}
    large = {path: size for path, size in large.items() if path.name not in ALLOWED}
    for path, size in large.items():
        print(f"{path} has {size / 1000:.0f} kB, at most {LIMIT_KB} kB are allowed.")
    return int(bool(large))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
