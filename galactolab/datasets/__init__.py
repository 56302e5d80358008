"""The case library: named virtual patients, built on first use.

`names` lists them, `load` gives one as a `Case`, `path` its DICOM file, `build` makes all of
them, `recipe` shows what a case is made of, and `virtual_patient` makes an unnamed one.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
