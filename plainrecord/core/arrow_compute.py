"""The functions of `pyarrow.compute`, which is imported when the first of them is used.

Its import takes as long as the comparison of two small tables, which needs none of them.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    import pyarrow.compute

    function = getattr(pyarrow.compute, name)
    globals()[name] = function
    return function
