"""How far what is packed may unpack."""

from __future__ import annotations

from pathlib import Path

MOST_UNPACKED = 50_000_000_000
MOST_RATIO = 300
FREE_BYTES = 200_000_000
"""A packed file may unpack to 300 times its size, or to 200 MB whatever its size, and to 50 GB."""


def most_unpacked(path: Path) -> int:
    """How many bytes the packed file at `path` may unpack to."""
    return min(MOST_UNPACKED, max(FREE_BYTES, MOST_RATIO * path.stat().st_size))
