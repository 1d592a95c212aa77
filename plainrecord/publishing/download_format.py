"""What every format of downloads in `publishing/formats/` declares and shares."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import duckdb

from plainrecord.model.packages import Field, Package, ReleasedTable
from plainrecord.receipts.engine import literal

LONGEST_LINE = 64_000_000

Comparison = dict[str, str | int]
"""Rows in each file (`other` and `parquet`), how many are `differing`, and the `first` one.

1 is the first row of data. `refused` says in words why the two cannot be compared.
"""


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """A released table to write; `longest` has the characters in the longest text of each field."""

    connection: duckdb.DuckDBPyConnection
    package: Package
    table: ReleasedTable
    citation: str
    longest: Sequence[int]


@dataclass(frozen=True, slots=True)
class ParquetTwin:
    """A table to compare a file with: the relation of its Parquet file, with its fields."""

    connection: duckdb.DuckDBPyConnection
    source: str
    fields: Sequence[Field]


class DownloadFormat(ABC):
    """A format: the `suffix` of its files, its `title`, media type, and a `note` for readers.

    Downloads are listed by `place`. Files that are `lasting` stay as they are when other versions
    of this program publish the portal again. One that `describes` its table has a text about it.
    """

    suffix: ClassVar[str]
    title: ClassVar[str]
    media_type: ClassVar[str]
    note: ClassVar[str]
    place: ClassVar[int]
    lasting: ClassVar[bool] = True
    describes: ClassVar[bool] = False

    def unfit(self, export: ExportedTable) -> str:  # noqa: ARG002
        """Why the table is not offered in the format, for a reader; "" where it is."""
        return ""

    @abstractmethod
    def write(self, export: ExportedTable, path: Path) -> None:
        """Write the table to `path`: the same bytes for the same table."""

    def compare(self, file: Path, twin: ParquetTwin) -> Comparison:
        """The rows of `file` beside those of its Parquet file."""
        raise NotImplementedError

    def about(self, file: Path) -> str:
        """What the file says about the table; ValueError where it cannot be read."""
        raise NotImplementedError


def copy_query(connection: duckdb.DuckDBPyConnection, query: str, path: Path, options: str) -> None:
    """Let the engine write the rows of a query to `path`."""
    connection.execute(f"COPY ({query}) TO {literal(str(path))} ({options})")


def names_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """The names of the columns of a query."""
    described = connection.execute(f"SELECT * FROM ({query}) LIMIT 0").description
    return [str(column[0]) for column in described]


def compare_relations(
    connection: duckdb.DuckDBPyConnection,
    left: tuple[Sequence[str], str],
    right: tuple[Sequence[str], str],
) -> Comparison:
    """The rows of two tables side by side; each is its columns in SQL, and where they come from."""
    sides = [
        f"SELECT {', '.join(f'{sql} AS {letter}{n}' for n, sql in enumerate(columns))} FROM {position}"
        for letter, (columns, position) in (("l", left), ("r", right))
    ]
    differ = " OR ".join(f"l{n} IS DISTINCT FROM r{n}" for n in range(len(left[0])))
    row = connection.execute(
        f"SELECT count(l0), count(r0), coalesce(count_if({differ}), 0), min(CASE WHEN {differ} THEN place END) "
        f"FROM (SELECT *, row_number() OVER () AS place "
        f"FROM ({sides[0]}) POSITIONAL JOIN ({sides[1]}))"
    ).fetchone() or (0, 0, 0, None)
    return {"other": row[0], "parquet": row[1], "differing": row[2], "first": row[3] or 0}
