"""How a check went: what read each file, what was checked, how many errors there were."""

from dataclasses import dataclass
from enum import StrEnum


class Reader(StrEnum):
    """Who read a file: the fast reader vouches for the layout, or the careful one had to."""

    FAST = "fast"
    CAREFUL = "careful"


@dataclass(frozen=True, slots=True)
class FileReading:
    """How one file was read; `labels` is its header row, empty where it has none."""

    shown: str
    rows: int
    reader: Reader
    bytes: int | None
    sha256: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """The errors in the cells of a field and in keys that begin with it."""

    name: str
    type: str
    errors: int


@dataclass(frozen=True, slots=True)
class TableCheck:
    """What was checked in one table; `errors` counts every error, listed or not."""

    resource: str
    rows: int
    read: bool
    readings: tuple[FileReading, ...]
    fields: tuple[FieldCheck, ...]
    errors: int
