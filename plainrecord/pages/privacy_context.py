"""What the template of the page about privacy is given."""

from dataclasses import dataclass

from plainrecord.model.counts import CountTable, Label, Shown
from plainrecord.model.protection import ProtectionReport
from plainrecord.pages.portal_context import DatasetPage


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


@dataclass(frozen=True, slots=True)
class GroupLossView:
    """The suppressed counts of a table by the values of one of its dimensions."""

    anchor: str
    title: str
    dimension: str
    lines: tuple[LossLine, ...]
    counted: CountTable


@dataclass(frozen=True, slots=True)
class PrivacyContext(DatasetPage):
    """`report` is the path of `rule`. `rows` has a line for all rows, then one for each field.

    `keys`, `sensitive` and `others` are the labels of the fields of released rows.
    """

    report: str
    rule: ProtectionReport
    structural_zeros: tuple[str, ...]
    nested: tuple[tuple[str, str], ...]
    removed: tuple[RemovedFields, ...]
    rows: tuple[LossLine, ...]
    keys: tuple[str, ...]
    sensitive: tuple[str, ...]
    others: tuple[str, ...]
    tables: TableLosses | None
    groups: tuple[GroupLossView, ...]
