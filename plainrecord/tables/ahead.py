"""Reading ahead: the next block is read while the engine is busy with this one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

_WAIT = 0.1

T = TypeVar("T")


class ReadAhead(Iterator[T], Generic[T]):
    """The blocks of an iterator, each next one read by another thread from now on.

    What the iterator raises is raised here. The thread ends with the blocks, or once nobody holds
    this any more.
    """

    def __init__(self, blocks: Iterator[T]) -> None:
        self._queue: Queue[T | BaseException | None] = Queue(maxsize=1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=_read, args=(blocks, self._queue, self._stopped), name="read-ahead", daemon=True
        )
        self._thread.start()

    def __next__(self) -> T:
        while not self._stopped.is_set():
            try:
                item = self._queue.get(timeout=_WAIT)
            except Empty:
                continue
            if item is None or isinstance(item, BaseException):
                self.close()
            if isinstance(item, BaseException):
                raise item
            if item is not None:
                return item
        raise StopIteration

    def close(self) -> None:
        """End the thread; there are no more blocks."""
        self._stopped.set()
        self._thread.join()

    def __del__(self) -> None:
        self._stopped.set()


def _read(
    blocks: Iterator[T], queue: Queue[T | BaseException | None], stopped: threading.Event
) -> None:
    """Hand each of `blocks` over, then None, or what went wrong instead."""

    def put(item: T | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                queue.put(item, timeout=_WAIT)
            except Full:
                continue
            return

    try:
        for block in blocks:
            put(block)
            if stopped.is_set():
                return
    except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
        put(error)
    else:
        put(None)
