"""What the template of the page about privacy is given."""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.model.counts import CountTable, Label, Shown
from plainrecord.model.protection import ProtectionReport
from plainrecord.pages.portal_context import DatasetPage


@dataclass(frozen=True, slots=True)
class RemovedLine:
    """A field that was removed or made less detailed, and how."""

    field: str
    change: str
    detail: str


@dataclass(frozen=True, slots=True)
class LossLine:
    """How many of `all` are suppressed, as a number, as words for a share, and as a share."""

    name: Label | None
    all: Shown
    suppressed: Shown
    share: Shown
    part: float = 0.0


@dataclass(frozen=True, slots=True)
class TableLine:
    """A released table with its suppressed counts."""

    title: str
    loss: LossLine


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
    """`report` is the path of `rule`. `rows` has a line for all rows, then one for each field."""

    report: str
    rule: ProtectionReport
    structural_zeros: tuple[str, ...]
    removed: tuple[RemovedLine, ...]
    rows: tuple[LossLine, ...]
    tables: tuple[TableLine, ...]
    groups: tuple[GroupLossView, ...]
