"""What is made from released tables: files, figures, charts, quality profiles, outputs.

Frozen values shared by the rooms after the privacy gate; like `model`, nothing here does work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from plainrecord.accounts import Account
from plainrecord.findings import Finding
from plainrecord.model import (
    Field,
    Json,
    MissingKind,
    Package,
    ReleasedTable,
    TableCheck,
)
from plainrecord.receipts import Cell as Cell
from plainrecord.receipts import PublishedTable as PublishedTable
from plainrecord.receipts import Receipt as Receipt
from plainrecord.receipts import ReceiptFile as ReceiptFile
from plainrecord.trials import Outcome

NO_MARKUP = Markup("")


@dataclass(frozen=True, slots=True)
class Output:
    """One file of the portal: its path below the site's root, and its bytes or where they lie."""

    path: str
    content: bytes | Path


@dataclass(frozen=True, slots=True)
class Distribution:
    """A download: its address below the site's root, format, size, rows and hash."""

    title: str
    path: str
    format: str
    media_type: str
    bytes: int
    sha256: str
    resource: str = ""
    rows: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its receipt. `shown` is the text for a reader (1,234 or 45.6 %)."""

    dataset: str
    name: str
    title: str
    value: Cell
    shown: str
    unit: str
    note: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class SeriesColumn:
    """A column of a series. `role` is key, value or status; `type` is as in Table Schema."""

    name: str
    label: str
    type: str
    role: str


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers behind a chart, small: rows of cells in the order of `columns`.

    The last column is `status`: "shown", or "suppressed" (its value is then None).
    """

    columns: tuple[SeriesColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: Vega-Lite spec, static pictures for light and dark, and a sentence.

    `alt` says in words what is drawn and its highest and lowest values. `spec` holds its data.
    `svg` is one static picture whose colours come from CSS (`currentColor` and custom
    properties), safe to place in a page under the portal's Content-Security-Policy.
    """

    dataset: str
    name: str
    title: str
    description: str
    kind: str
    unit: str
    note: str
    alt: str
    spec: Mapping[str, Json]
    svg: Markup
    series: Series


@dataclass(frozen=True, slots=True)
class MissingShare:
    """How many values of a field are absent under one mark."""

    mark: str
    label: str
    kind: MissingKind
    count: int


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How often a value occurs; `count` is None where it is kept back for privacy."""

    value: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """What a released column holds: how full it is, its range, its commonest values.

    `minimum`/`maximum`/`example` are text as in the CSV, empty where privacy or type forbid them.
    """

    field: Field
    rows: int
    filled: int
    absent: tuple[MissingShare, ...]
    distinct: int
    minimum: str = ""
    maximum: str = ""
    example: str = ""
    values: tuple[ValueCount, ...] = ()


@dataclass(frozen=True, slots=True)
class TableProfile:
    """The quality profile of a released table, a FieldProfile for each of its fields."""

    resource: str
    rows: int
    duplicate_rows: int
    fields: tuple[FieldProfile, ...]
    notes: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Edition:
    """A dataset as the portal shows it: its package and all that was made from it.

    `built` is False for a dataset that is catalogued only; its tables, figures, charts and
    distributions are then empty and `absence` says why in a sentence. `*_html` is markup that the
    room `prose` made safe. `left_out` says by resource which format is not offered. `json_ld` is the schema.org Dataset description.
    """

    package: Package
    built: bool
    absence: str = ""
    description_html: Markup = NO_MARKUP
    methodology_html: Markup = NO_MARKUP
    issues_html: tuple[tuple[str, Markup], ...] = ()
    tables: tuple[ReleasedTable, ...] = ()
    profiles: tuple[TableProfile, ...] = ()
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    checks: tuple[TableCheck, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    accounts: tuple[Account, ...] = ()
    citation: str = ""
    json_ld: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page of the portal in its own words, its Markdown made safe."""

    name: str
    title: str
    description: str
    html: Markup
    order: int
