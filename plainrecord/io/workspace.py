"""A folder for a run's own files below the portal, gone at the end."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Progress = Callable[[str], None]
"""Called with a few words as each step begins."""


@contextmanager
def workspace(root: Path) -> Iterator[Path]:
    """A new folder in `.plainrecord`, removed with all that is in it when the block ends."""
    parent = root / ".plainrecord"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="work-", dir=parent)).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
