"""The bench on which one resource is checked: its raw rows, and what was found so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from plainrecord.engine import identifier, literal
from plainrecord.findings import Finding
from plainrecord.keys import Shelf
from plainrecord.model import LocatedFile, Package, Resource

SPACES = literal(" \t\r\n\u00a0")
"""What counts as a blank at the edges of a cell, as SQL text."""

LONGEST = 300
"""How many characters of a cell a finding carries."""


@dataclass
class Bench:
    """One resource under check; `findings` grows as the check goes on.

    The table `raw` holds a row for each row of the files: `_file` (its place in `shown`), `_row`,
    `_width` and the text of each field as `f0`, `f1`, ... `places` says for each file from which
    column a field is read. `relation` is the typed table; row ids are the same in both.
    """

    connection: duckdb.DuckDBPyConnection
    package: Package
    resource: Resource
    files: tuple[LocatedFile, ...]
    limit: int
    findings: list[Finding] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    places: list[dict[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        name = identifier(f"{self.package.name}/{self.resource.name}")
        self.raw, self.relation = f"temp.main.{name}", f"checked.{name}"
        self.fields = self.resource.schema.fields
        self.shelf = Shelf(self.resource.name, self.resource.schema, self.raw, self.relation)

    def list_rows(
        self,
        rule: str,
        number: int | None,
        query: str,
        words: Callable[[Any], str],
        expected: str,
    ) -> None:
        """A finding for each row of `query` (file, row, cell, note) up to the limit, then a count."""
        total = self.number(f"SELECT count(*) FROM ({query})")
        if not total:
            return
        name = self.fields[number].name if number is not None else ""
        rows = self.connection.execute(f"{query} ORDER BY 1, 2, 4 LIMIT {self.limit}").fetchall()
        for file, row, cell, note in rows:
            self.add(
                Finding(
                    rule,
                    words(note),
                    expected,
                    file=self.shown[file],
                    row=row,
                    field=name,
                    field_number=None if number is None else self._place(file, number),
                    cell=cell if cell is None or len(cell) <= LONGEST else cell[:LONGEST] + "…",
                )
            )
        if total > len(rows):
            rest = total - len(rows)
            self.add(Finding(rule, f"{rest:,} more of the same", expected, field=name, count=rest))

    def _place(self, file: int, number: int) -> int | None:
        place = self.places[file].get(number) if file < len(self.places) else None
        return None if place is None else place + 1

    def number(self, query: str) -> int:
        return int(self.connection.execute(query).fetchall()[0][0])

    def add(self, finding: Finding) -> None:
        self.findings.append(
            replace(finding, dataset=self.package.name, resource=self.resource.name)
        )
