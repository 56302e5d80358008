"""A virtual ductography (galactography) department, for teaching and research.

It does not diagnose. See `notebooks/00_start_here.ipynb` for a first look, and
`CONTRIBUTING.md` for the plan of the house.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

__version__ = "0.1.0"
