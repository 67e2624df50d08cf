"""LightGBM without the libraries that it would load beside it.

It imports pandas, scikit-learn, pyarrow and others when they are installed, only to accept their types: 120 MB in every
web process for nothing. What is loaded already (in a training) stays.
"""

from __future__ import annotations

import sys

_COMPANIONS = ("pandas", "sklearn", "pyarrow", "matplotlib", "graphviz", "dask", "polars")

_hidden = [name for name in _COMPANIONS if name not in sys.modules]
# None in sys.modules makes an import fail, which LightGBM takes for "not installed".
sys.modules.update(dict.fromkeys(_hidden))  # type: ignore[arg-type]
try:
    import lightgbm
finally:
    for _name in _hidden:
        sys.modules.pop(_name, None)

__all__ = ["lightgbm"]
