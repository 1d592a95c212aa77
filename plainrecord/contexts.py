"""What each template is given: one documented, frozen dataclass for each kind of page.

Nothing here does work. The room `pages` fills these in; a template reads their fields as its
variables, with `link(target)` and `asset(name)` beside them. The words that a reader sees for
the standards' codes are here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.declarations import Portal
from plainrecord.findings import Finding
from plainrecord.model import Json, MissingKind
from plainrecord.product import Chart, Distribution, Edition, Figure

FREQUENCIES = {
    "R/P1D": "every day",
    "R/P1W": "every week",
    "R/P1M": "every month",
    "R/P3M": "every quarter",
    "R/P6M": "twice a year",
    "R/P1Y": "every year",
    "irregular": "at irregular times",
}
KINDS = {
    MissingKind.MISSING: "missing: nothing was recorded",
    MissingKind.NOT_COLLECTED: "not collected by the agency",
    MissingKind.NOT_APPLICABLE: "does not apply",
    MissingKind.UNKNOWN: "recorded as unknown",
    MissingKind.WITHHELD: "withheld by the agency",
    MissingKind.SUPPRESSED: "suppressed by us for privacy",
}
CONSTRAINTS = {
    "required": "Required",
    "unique": "Unique",
    "minimum": "Least",
    "maximum": "Most",
    "exclusiveMinimum": "More than",
    "exclusiveMaximum": "Less than",
    "minLength": "Shortest",
    "maxLength": "Longest",
    "pattern": "Pattern",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A page to go to: in the header (`current` where the reader is) or as a breadcrumb."""

    title: str
    target: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page: title, description, navigation, breadcrumbs, banner.

    `synthetic` is the dataset's own words on being made up, empty for real records. `interactive`
    is true where charts can come alive, `canonical` the public address where there is one.
    """

    portal: Portal
    title: str
    description: str
    navigation: tuple[Place, ...]
    breadcrumbs: tuple[Place, ...] = ()
    synthetic: str = ""
    interactive: bool = False
    canonical: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A dataset in a list: enough to choose it. `rows` counts all its tables."""

    name: str
    title: str
    summary: str
    target: str
    built: bool
    absence: str
    synthetic: bool
    unit: str
    rows: int | None
    updated: str
    coverage: str
    license: str
    formats: tuple[str, ...]
    keywords: tuple[str, ...]
    figure: Figure | None


@dataclass(frozen=True, slots=True)
class HomeContext:
    """`home.html`: the portal's front page."""

    shell: Shell
    cards: tuple[Card, ...]
    synthetic_titles: tuple[str, ...]
    built_count: int
    rows: int


@dataclass(frozen=True, slots=True)
class CatalogueContext:
    """`catalogue.html`: all datasets in one table."""

    shell: Shell
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a chart's table. `kind` is key, number, suppressed or absent."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart, the address of its Vega-Lite spec, and its numbers as a table.

    `numeric` says for each heading whether its column holds numbers.
    """

    chart: Chart
    spec_target: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[TableCell, ...], ...]


@dataclass(frozen=True, slots=True)
class DownloadGroup:
    """The downloads of one table, or those of the whole dataset (no rows then).

    `left_out` says which formats are not offered, and why.
    """

    title: str
    rows: int | None
    items: tuple[Distribution, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectionLine:
    """Something done for privacy, in words: to which field, what, why."""

    field: str
    action: str
    reason: str
    table: str


@dataclass(frozen=True, slots=True)
class WarningLine:
    """Something that the check found: what, where, what was expected, how often.

    `detail` quotes what was found only where the dataset is open: a finding speaks of the table
    before the privacy gate.
    """

    title: str
    place: str
    expected: str
    detail: str
    count: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the facts beside a dataset: a label and a text, with an address where it has one."""

    label: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class DatasetContext:
    """`dataset.html`: a dataset's main page, built or only catalogued."""

    shell: Shell
    edition: Edition
    card: Card
    facts: tuple[Fact, ...]
    charts: tuple[ChartView, ...]
    downloads: tuple[DownloadGroup, ...]
    protections: tuple[ProtectionLine, ...]
    threshold: int
    warnings: tuple[WarningLine, ...]
    codebook: str
    check: str
    plausibility: str
    reconciliations: tuple[Place, ...]
    methodology: str
    json_ld: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class AllowedValue:
    """A value that may occur (or does), its label, and how often: `count` "" where not known."""

    value: str
    label: str
    count: str


@dataclass(frozen=True, slots=True)
class AbsentValue:
    """One mark of an absent value with its meaning, its kind, and how often it occurs."""

    mark: str
    label: str
    kind: str
    count: int | None
    share: str


@dataclass(frozen=True, slots=True)
class CodebookField:
    """A field of a released table. `filled` is a share in words, "" where it was not measured."""

    anchor: str
    name: str
    label: str
    type: str
    description: str
    generalised: str
    constraints: tuple[Fact, ...]
    allowed: tuple[AllowedValue, ...]
    closed: bool
    absent: tuple[AbsentValue, ...]
    filled: str
    distinct: int | None
    minimum: str
    maximum: str
    example: str


@dataclass(frozen=True, slots=True)
class CodebookTable:
    """A released table with its fields and what the quality profile says of it."""

    anchor: str
    title: str
    description: str
    rows: int
    unit: str
    primary_key: tuple[str, ...]
    duplicate_rows: int
    notes: tuple[str, ...]
    fields: tuple[CodebookField, ...]


@dataclass(frozen=True, slots=True)
class CodebookContext:
    """`codebook.html`: every field of every released table of a dataset."""

    shell: Shell
    edition: Edition
    dataset: str
    tables: tuple[CodebookTable, ...]


@dataclass(frozen=True, slots=True)
class MethodologyContext:
    """`methodology.html`: how a dataset was made, from its `methodology.md`."""

    shell: Shell
    edition: Edition
    dataset: str
    text: Markup


@dataclass(frozen=True, slots=True)
class TextContext:
    """`text.html`: a page of the portal in its own words."""

    shell: Shell
    title: str
    lead: str
    text: Markup


@dataclass(frozen=True, slots=True)
class NotFoundContext:
    """`404.html`: the page for an address that leads nowhere."""

    shell: Shell


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A source file as it was read; `address` is where it was published, `reader` who read it."""

    name: str
    address: str
    rows: int
    reader: str
    bytes: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class CheckedField:
    """What the values of a field were held to, and how many broke it."""

    name: str
    rules: tuple[str, ...]
    errors: int


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule over the whole table, and how many rows broke it."""

    text: str
    errors: int


@dataclass(frozen=True, slots=True)
class LookedFor:
    """Something odd that was looked for, how often it was found, and where in words."""

    title: str
    count: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedTableView:
    """How one table was checked: what was read, held to rules, and looked for."""

    anchor: str
    title: str
    rows: int
    errors: int
    files: tuple[CheckedFile, ...]
    fields: tuple[CheckedField, ...]
    rules: tuple[CheckedRule, ...]
    looked_for: tuple[LookedFor, ...]


@dataclass(frozen=True, slots=True)
class CheckContext:
    """check.html: how the data of one dataset were checked. `dataset` is its page."""

    shell: Shell
    edition: Edition
    dataset: str
    tables: tuple[CheckedTableView, ...]


@dataclass(frozen=True, slots=True)
class ReportSubject:
    """One package of a report: its tables, and what is wrong beside them."""

    label: str
    tables: tuple[CheckedTableView, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ReportContext:
    """report.html: the page of `plainrecord check --format html`, alone in its file."""

    valid: bool
    errors: int
    warnings: int
    style: str
    subjects: tuple[ReportSubject, ...]
