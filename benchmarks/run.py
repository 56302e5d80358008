"""All benchmarks in one run: ``python3 lab.py bench [physics] [speed] ...``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

BENCHMARKS = (
    "accuracy",
    "mimics",
    "repeatability",
    "classification",
    "vessels",
    "speed",
    "physics",
    "anatomy",
    "xray_speed",
    "modalities",
    "visibility",
    "sliders",
    "viewer",
)


def main(arguments: Sequence[str]) -> int:
    """Print the named benchmarks' tables, or all of them."""
    unknown = [name for name in arguments if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}.")
        return 2
    for name in arguments or BENCHMARKS:
        print(f"=== {name} ===", flush=True)
        importlib.import_module(name).main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
