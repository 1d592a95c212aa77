"""Contexts of two templates: withheld values, and legal bases."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.law.foia import Exemption
from plainrecord.model.counts import CountTable, Shown, show
from plainrecord.model.withheld import BasisTable, WithheldTable
from plainrecord.pages.portal_context import DatasetPage


@dataclass(frozen=True, slots=True)
class WithheldTotals:
    """A count with its share of the rows; both say "suppressed" where it is."""

    count: Shown
    share: Shown

    @classmethod
    def of(cls, table: CountTable, cells: str, whole: str) -> WithheldTotals:
        """The number that `cells` of a table make, and its share of the cell `whole`."""
        return cls(show(table, cells), show(table, f"{cells}/{whole}"))

    @property
    def suppressed(self) -> bool:
        return self.count.suppressed


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """An exemption of a field: `anchor` leads to its explanation, `code` is "" for none named."""

    code: str
    short: str
    anchor: str
    count: Shown


@dataclass(frozen=True, slots=True)
class MarkLine:
    """A mark as the agency wrote it, its meaning, and its number in each field."""

    field: str
    mark: str
    reading: str
    count: Shown


@dataclass(frozen=True, slots=True)
class WithheldLine:
    """A field with withheld values. `whole` is whether every row is withheld."""

    label: str
    whole: bool
    tally: WithheldTotals
    reasons: tuple[ReasonLine, ...]


@dataclass(frozen=True, slots=True)
class GroupLine:
    name: Shown
    rows: Shown
    tallies: tuple[WithheldTotals, ...]


@dataclass(frozen=True, slots=True)
class WithheldBreakdownView:
    """Withheld values by period, office, or release (`counted` is then on its page)."""

    title: str
    heading: str
    headings: tuple[str, ...]
    groups: tuple[GroupLine, ...]
    counted: CountTable | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """How a field changed since an earlier release, in sentences; none if suppressed."""

    label: str
    sentences: tuple[Markup, ...]
    counted: CountTable | None


@dataclass(frozen=True, slots=True)
class WithheldView:
    """The report of one table."""

    anchor: str
    table: WithheldTable
    summary: tuple[Markup, ...]
    lines: tuple[WithheldLine, ...]
    marks: tuple[MarkLine, ...]
    breakdowns: tuple[WithheldBreakdownView, ...]
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class WithheldContext(DatasetPage):
    """`withheld.html`: `used` exemptions are named by marks, `others` are not."""

    tables: tuple[WithheldView, ...]
    used: tuple[Exemption, ...]
    others: tuple[Exemption, ...]


@dataclass(frozen=True, slots=True)
class ProvisionLine:
    """A citation: standard form, other name, heading, content, address, what is wrong."""

    text: str
    twin: str
    title: str
    about: str
    address: str
    trouble: str


@dataclass(frozen=True, slots=True)
class BasisLine:
    """A legal basis as written, how often, and what it cites."""

    written: str
    tally: WithheldTotals
    provisions: tuple[ProvisionLine, ...]
    odd: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BasisView:
    """The legal bases in one field."""

    anchor: str
    table: BasisTable
    of: str
    total: Shown
    absent: WithheldTotals
    more: WithheldTotals | None
    lines: tuple[BasisLine, ...]


@dataclass(frozen=True, slots=True)
class LawContext(DatasetPage):
    """`law.html`: the legal bases that the records of a dataset name."""

    tables: tuple[BasisView, ...]
