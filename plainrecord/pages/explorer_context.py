"""What the template of the explorer is given."""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.model.counts import CountTable, Label, Shown
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.portal_context import Shell


@dataclass(frozen=True, slots=True)
class CountLine:
    """A year or a value, its count, and that as a part of the largest."""

    name: Label
    count: Shown
    part: float


@dataclass(frozen=True, slots=True)
class ValuesView:
    """The most frequent values of a field."""

    field: str
    label: str
    anchor: str
    lines: tuple[CountLine, ...]
    counted: CountTable


@dataclass(frozen=True, slots=True)
class ExplorerContext:
    """`settings` is the path of the document that the script and `plainrecord verify` read.

    `units` is the unit in the plural, `words` in the form that fits the total.
    """

    shell: Shell
    edition: ReleasedDataset
    dataset: str
    settings: str
    cube: str
    units: str
    words: str
    total: Shown
    total_table: CountTable
    years: tuple[CountLine, ...]
    year_table: CountTable | None
    year_label: str
    values: tuple[ValuesView, ...]
    agreed: CountTable | None
    sha256: str
