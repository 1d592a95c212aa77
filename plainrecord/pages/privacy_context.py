"""What the template of the page about privacy is given."""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.model.counts import CountTable, Label, Shown
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.portal_context import Shell


@dataclass(frozen=True, slots=True)
class RemovedFields:
    """Fields that were removed or made less detailed in one way: names, labels, and more of each."""

    change: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LossLine:
    """How many of `all` are suppressed, as a number, as words for a share, and as a share."""

    name: Label | None
    all: Shown
    suppressed: Shown
    share: Shown
    part: float = 0.0


@dataclass(frozen=True, slots=True)
class TableLosses:
    """All counts, the tables with suppressed ones, and the titles of the others."""

    whole: LossLine
    lines: tuple[tuple[str, LossLine], ...]
    complete: tuple[str, ...]
    counted: CountTable


@dataclass(frozen=True, slots=True)
class GroupLossView:
    """The suppressed counts of a table by the values of one of its dimensions."""

    anchor: str
    title: str
    dimension: str
    lines: tuple[LossLine, ...]
    counted: CountTable


@dataclass(frozen=True, slots=True)
class PrivacyContext:
    """`mode` is tables or records. `rows` has a line for all rows, then one for each field.

    `keys`, `sensitive` and `others` are the labels of the fields of released rows.
    """

    shell: Shell
    edition: ReleasedDataset
    dataset: str
    report: str
    mode: str
    level: int
    threshold: int
    rounding: int
    structural_zeros: tuple[str, ...]
    beside: tuple[str, ...]
    nested: tuple[tuple[str, str], ...]
    units: str
    removed: tuple[RemovedFields, ...]
    rows: tuple[LossLine, ...]
    row_receipt: CountTable | None
    keys: tuple[str, ...]
    sensitive: tuple[str, ...]
    others: tuple[str, ...]
    diversity: int
    tables: TableLosses | None
    groups: tuple[GroupLossView, ...]
