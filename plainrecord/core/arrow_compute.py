"""`pyarrow.compute`, imported on first use: as slow as the comparison of two small tables."""

from typing import Any


def __getattr__(name: str) -> Any:
    import pyarrow.compute

    function = getattr(pyarrow.compute, name)
    globals()[name] = function
    return function
