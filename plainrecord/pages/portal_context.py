"""What each template is given: one documented, frozen dataclass for each kind of page.

`pages` fills these in; a template reads their fields as its
variables, with `link(target)` and `asset(name)` beside them. The words that a reader sees for
the standards' codes are here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup

from plainrecord.core.strict_json import Json
from plainrecord.core.translation import to_translate
from plainrecord.model.counts import CountTable, Shown
from plainrecord.model.declarations import Portal
from plainrecord.model.history import LostSource
from plainrecord.model.packages import MissingKind
from plainrecord.model.products import Chart, Distribution, Edition, Figure, Rate
from plainrecord.pages.receipt_note import Receipts

if TYPE_CHECKING:  # it imports this module
    from plainrecord.pages.trials_context import Numbers

KINDS = {
    MissingKind.MISSING: to_translate("missing: nothing was recorded"),
    MissingKind.NOT_COLLECTED: to_translate("not collected by the agency"),
    MissingKind.NOT_APPLICABLE: to_translate("does not apply"),
    MissingKind.UNKNOWN: to_translate("recorded as unknown"),
    MissingKind.WITHHELD: to_translate("withheld by the agency"),
    MissingKind.SUPPRESSED: to_translate("suppressed by us for privacy"),
}
CONSTRAINTS = {
    "required": to_translate("Required"),
    "unique": to_translate("Unique"),
    "minimum": to_translate("Minimum"),
    "maximum": to_translate("Maximum"),
    "exclusiveMinimum": to_translate("More than"),
    "exclusiveMaximum": to_translate("Less than"),
    "minLength": to_translate("Minimum length"),
    "maxLength": to_translate("Maximum length"),
    "pattern": to_translate("Pattern"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A page to go to: in the header (`current` where the reader is) or as a breadcrumb."""

    title: str
    target: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page shares: title, description, navigation, breadcrumbs, banner.

    `synthetic` is the dataset's sentence on its synthetic data, "" for real records. `interactive`
    is true if the page has live charts; `canonical` is the public address, if there is one.
    `receipts` says how many of the page's figures have one; None on a page without content.
    """

    portal: Portal
    title: str
    description: str
    navigation: tuple[Place, ...]
    breadcrumbs: tuple[Place, ...] = ()
    synthetic: str = ""
    interactive: bool = False
    canonical: str = ""
    receipts: Receipts | None = None


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
    rows: Shown | None
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


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A moved dataset in the catalogue: its old name, the page there, and what happened."""

    title: str
    target: str
    text: str


@dataclass(frozen=True, slots=True)
class CatalogueContext:
    """`catalogue.html`: all datasets in one table, and those that were renamed or withdrawn."""

    shell: Shell
    cards: tuple[Card, ...]
    moved: tuple[MovedLine, ...]


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a chart's table. `kind` is key, number, suppressed or absent."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart, the address of its Vega-Lite specification, and its numbers as a table.

    `numeric` says for each heading whether its column is numeric. `breaks` says where and why lines
    are broken, `events` what is noted beside them, `crossings` the rows of the table before which
    both are told. `values` says which values are missing and which periods are incomplete, "" if
    none. `files` are the chart's files, each with what it is; `place` is where the records are from.
    """

    chart: Chart
    spec_target: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    breaks: tuple[str, ...]
    crossings: Mapping[int, str]
    values: str = ""
    events: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class RateView:
    """A rate as a table and a chart, with sentences on how to read it."""

    rate: Rate
    numbers: Numbers
    chart: ChartView
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DownloadGroup:
    """The downloads of one table, or those of the whole dataset (no rows then).

    `left_out` says which formats are not offered, and why.
    """

    title: str
    rows: Shown | None
    items: tuple[Distribution, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectionLine:
    """A change made for privacy, in words: to which field, what, why."""

    field: str
    action: str
    reason: str
    table: str


@dataclass(frozen=True, slots=True)
class WarningLine:
    """A warning of the check: title, place, what was expected, and the count.

    `detail` quotes the finding only if the dataset is open, because a finding describes the table
    before protection.
    """

    title: str
    place: str
    expected: str
    detail: str
    count: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about a dataset: a label and a text, with an address if it has one."""

    label: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Age:
    """How old the newest release is: sentences as of the day `as_of`, and days (ISO 8601).

    `due` is empty where no day is set for the next release.
    """

    lines: tuple[str, ...]
    late: bool
    newest: str
    due: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The position of a release among the releases of its dataset; days are in words.

    `fixed` is true on the release's permanent page (`own_target`). `count` is the number of
    releases. `repaired` says when and why its descriptor was replaced.
    """

    date: str
    newest: str
    is_newest: bool
    fixed: bool
    newest_target: str
    own_target: str
    releases_target: str
    count: int
    repaired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestedClaim:
    """A claim that was tested on a dataset: its title, page, speaker and verdict.

    `verdict` is a style, `words` the verdict in words.
    """

    title: str
    target: str
    speaker: str
    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class DatasetContext:
    """`dataset.html`: a dataset's main page, with or without its data.

    `standing` is None if the dataset keeps no releases; `age` is that of the newest release. `lost`
    are sources that cannot be reached, `since` in words.
    """

    shell: Shell
    edition: Edition
    card: Card
    facts: tuple[Fact, ...]
    charts: tuple[ChartView, ...]
    rates: tuple[RateView, ...]
    downloads: tuple[DownloadGroup, ...]
    protections: tuple[ProtectionLine, ...]
    privacy: str
    explorer: str
    threshold: int
    warnings: tuple[WarningLine, ...]
    withheld: str
    law: str
    codebook: str
    check: str
    plausibility: str
    reconciliations: tuple[Place, ...]
    methodology: str
    changes: str
    scorecard: str
    claims: tuple[TestedClaim, ...]
    json_ld: Mapping[str, Json]
    standing: Standing | None
    age: Age | None
    lost: tuple[LostSource, ...]


@dataclass(frozen=True, slots=True)
class AllowedValue:
    """A value that may occur (or does), its label, and its number: `count` is "" if unknown.

    `blanks` describes leading and trailing spaces, which are invisible.
    """

    value: Shown
    label: str
    count: Shown
    blanks: str = ""


@dataclass(frozen=True, slots=True)
class AbsentValue:
    """One mark of an absent value with its meaning, its kind, and how often it occurs."""

    mark: str
    label: str
    kind: str
    count: Shown
    share: Shown


@dataclass(frozen=True, slots=True)
class CodebookField:
    """A field of a released table. `filled` is a share, None where it was not measured."""

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
    filled: Shown | None
    distinct: Shown | None
    minimum: Shown | None
    maximum: Shown | None
    example: Shown

    @property
    def labelled(self) -> bool:
        """Whether any of the values has a meaning."""
        return any(item.label for item in self.allowed)


@dataclass(frozen=True, slots=True)
class CodebookTable:
    """A released table with its fields and what the quality profile says of it.

    `counted` are the tables of counts behind the numbers, `summed` the rows over which marks of
    absence were counted.
    """

    anchor: str
    title: str
    description: str
    rows: Shown
    unit: str
    primary_key: tuple[str, ...]
    repeated: Shown | None
    notes: tuple[str, ...]
    fields: tuple[CodebookField, ...]
    counted: tuple[CountTable, ...]
    summed: tuple[Shown, ...]


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
class VerifyContext:
    """`verify.html`: how a reader checks the portal. `repository` is OWNER/NAME on GitHub, or ""."""

    shell: Shell
    address: str
    repository: str


@dataclass(frozen=True, slots=True)
class NotFoundContext:
    """`404.html`: the page for an address that leads nowhere."""

    shell: Shell


Planned = tuple[str, str, object]
"""A page: its path, its template, the context of that template."""


class Shells(Protocol):
    """A function that makes the shell of a page."""

    def __call__(
        self,
        path: str,
        title: str,
        description: str,
        breadcrumbs: tuple[Place, ...] = (),
        *,
        synthetic: str = "",
        receipts: Receipts | None = None,
    ) -> Shell: ...
