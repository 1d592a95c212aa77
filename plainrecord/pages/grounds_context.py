"""Contexts of two templates: withheld values, and legal bases."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.law.foia import Exemption
from plainrecord.model.counts import CountTable, Shown, show
from plainrecord.model.evidence import Receipt
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.portal_context import Shell


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

    name: str
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
    """Withheld values by period, office or release; `headings` are the fields.

    Those by release were counted release by release, each on its own page: `receipt` is None.
    """

    title: str
    heading: str
    headings: tuple[str, ...]
    groups: tuple[GroupLine, ...]
    receipt: Receipt | None
    proof: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """How a field changed since an earlier release, in sentences; none if suppressed."""

    label: str
    sentences: tuple[Markup, ...]
    receipt: Receipt | None
    proof: str


@dataclass(frozen=True, slots=True)
class WithheldView:
    """The report of one table."""

    anchor: str
    title: str
    rows: int
    unit: str
    summary: tuple[Markup, ...]
    lines: tuple[WithheldLine, ...]
    marks: tuple[MarkLine, ...]
    breakdowns: tuple[WithheldBreakdownView, ...]
    earlier: str
    changes: tuple[ChangeView, ...]
    threshold: int
    receipt: Receipt
    proof: str


@dataclass(frozen=True, slots=True)
class WithheldContext:
    """`withheld.html`: what the agency withheld in a dataset, and why it says it did.

    `used` are the exemptions that the dataset's marks name, `others` the rest of the law's list.
    """

    shell: Shell
    edition: ReleasedDataset
    dataset: str
    tables: tuple[WithheldView, ...]
    used: tuple[Exemption, ...]
    others: tuple[Exemption, ...]


@dataclass(frozen=True, slots=True)
class ProvisionLine:
    """A citation of a law: in standard form, its other name, its heading, its content, its address.

    `trouble` says in a sentence what is wrong with it, "" if nothing is known to be.
    """

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
    title: str
    name: str
    of: str
    rows: int
    total: Shown
    absent: WithheldTotals
    more: WithheldTotals | None
    lines: tuple[BasisLine, ...]
    receipt: Receipt
    proof: str


@dataclass(frozen=True, slots=True)
class LawContext:
    """`law.html`: the legal bases that the records of a dataset name."""

    shell: Shell
    edition: ReleasedDataset
    dataset: str
    tables: tuple[BasisView, ...]
