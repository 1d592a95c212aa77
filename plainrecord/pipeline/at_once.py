"""Work on several datasets at once: small ones, whose work waits for engine and compression.

Both let other threads run. A large table has the engine's own threads, and the memory of one is
enough; so a portal with a large file is worked on one dataset after the other.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

FEWEST, MOST_BYTES, MOST_THREADS = 4, 10_000_000, 4
"""From how many datasets on, and up to which size of their files, threads are used; and how many."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_datasets(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    files: Iterable[Path],
    *,
    alone: bool = False,
) -> list[Result]:
    """What `work` gives for each of `items`, in their order; `files` are all that it reads.

    `work` must not depend on what it does for another item, and is done one at a time if `alone`.
    Its first exception is raised.
    """
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    alone = alone or threads == 1 or len(items) < FEWEST
    if alone or any(path.stat().st_size > MOST_BYTES for path in files):
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))
