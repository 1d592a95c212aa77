"""How many examples a property is tried with."""

from __future__ import annotations

import os


def examples(few: int) -> int:
    """`few` in a usual run, twenty times as many where `PLAINRECORD_EXAMPLES` is set, as at night."""
    return few * (20 if "PLAINRECORD_EXAMPLES" in os.environ else 1)
