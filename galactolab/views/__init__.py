"""What people see: the only door for ipywidgets, anywidget and plotly.

Nothing is imported before it is used, so that ``import galactolab`` stays quick and a
shell without a notebook never pays for widgets.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
