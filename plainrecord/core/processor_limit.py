"""A limit on the processor time of work that a hostile input could make endless."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class LimitExceeded(Exception):  # noqa: N818 - it names what happened
    """Work took more processor time than it may."""


@contextmanager
def processor_limit(seconds: float) -> Iterator[None]:
    """Raises `LimitExceeded` after `seconds` of processor time, where there is such a timer."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield
        return

    def stop(*_: object) -> None:
        raise LimitExceeded

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
