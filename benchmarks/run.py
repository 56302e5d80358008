"""All benchmarks in one run: ``python3 lab.py bench [physics] [speed] ...``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

#: Where the way to Chromium is known: `checks` is shared with the tests.
sys.path.append(str(Path(__file__).resolve().parents[1] / ".ci"))

BENCHMARKS = (
    "accuracy",
    "failures",
    "peers",
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
    "lessons",
    "answers",
    "viewer",
)
#: These drive a real browser, by a tool for developers.
IN_BROWSER = ("lessons", "answers", "viewer")
NO_PLAYWRIGHT = "It needs the tools for developers: run python3 lab.py test once, then this again."


def main(arguments: Sequence[str]) -> int:
    """Print the named benchmarks' tables, or all of them."""
    unknown = [name for name in arguments if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}.")
        return 2
    for name in arguments or BENCHMARKS:
        print(f"=== {name} ===", flush=True)
        if name in IN_BROWSER and importlib.util.find_spec("playwright") is None:
            print(NO_PLAYWRIGHT)
            continue
        importlib.import_module(name).main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
