"""``python -m galactolab`` is the command line."""

import sys

from galactolab.cli import main

if __name__ == "__main__":
    sys.exit(main())
