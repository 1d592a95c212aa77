"""Counts of values that an agency withheld, and of legal bases.

`measures/withheld.py` and `measures/legal_basis.py` make them from released tables. A count of None is suppressed by us for privacy: it is neither zero nor missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as declare

from plainrecord.law.statutes import Citation
from plainrecord.model.counts import CountTable
from plainrecord.model.packages import Field

Count = int | None


@dataclass(frozen=True, slots=True)
class MarkCount:
    """How often one mark occurs in a field, and the exemptions that it names."""

    mark: str
    exemptions: tuple[str, ...]
    count: Count


@dataclass(frozen=True, slots=True)
class WithheldField:
    """A field with marks for withheld values. `whole` is whether every row is withheld."""

    field: Field
    withheld: Count
    whole: bool
    marks: tuple[MarkCount, ...]


@dataclass(frozen=True, slots=True)
class WithheldGroup:
    """One period or office: its rows, and of each field how many values are withheld."""

    name: str
    rows: Count
    withheld: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class WithheldBreakdown:
    """Withheld values by the values of one field, or its years; `kind` is period or office."""

    kind: str
    label: str
    groups: tuple[WithheldGroup, ...]
    counted: CountTable


@dataclass(frozen=True, slots=True)
class WithheldChange:
    """What became of a field between two releases of the same records.

    `once` is how many rows are alike in all shared fields with exactly one row of the other
    release. Among them `closed` showed a value and are withheld now, `blank_closed` were blank and
    are withheld now, `opened` were withheld and are not now. `repeated` more rows match as
    multisets: rows that are alike cannot be told apart, so of all matched rows at least
    `closed_least` and at most `closed_most` went from not withheld to withheld.
    """

    field: Field
    old_rows: Count
    new_rows: Count
    once: Count
    repeated: Count
    closed: Count
    blank_closed: Count
    opened: Count
    closed_least: Count
    closed_most: Count
    counted: CountTable | None = declare(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class WithheldTable:
    """The report of withheld values of one released table."""

    resource: str
    title: str
    unit: str
    rows: int
    threshold: int
    fields: tuple[WithheldField, ...]
    breakdowns: tuple[WithheldBreakdown, ...]
    counted: CountTable
    earlier: str = ""
    changes: tuple[WithheldChange, ...] = ()

    def count_tables(self) -> Iterator[CountTable]:
        """What is counted for all that a page shows of the report."""
        yield self.counted
        if any(item.withheld != 0 for item in self.fields):
            yield from (part.counted for part in self.breakdowns)
        yield from (change.counted for change in self.changes if change.counted)


@dataclass(frozen=True, slots=True)
class Basis:
    """A legal basis as written, how often, and what it cites: None where nothing was recognised."""

    written: str
    count: Count
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class BasisTable:
    """Legal bases in a field, `of` stop, arrest or removal; rows without, and with `more`."""

    resource: str
    field: Field
    of: str
    unit: str
    rows: int
    absent: Count
    bases: tuple[Basis, ...]
    more: Count
    threshold: int
    counted: CountTable
