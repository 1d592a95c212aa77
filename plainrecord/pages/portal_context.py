"""What each template is given: one documented, frozen dataclass for each kind of page.

`pages` fills these in; a template reads their fields as its
variables, with `link(target)` and `asset(name)` beside them. The words that a reader sees for
the standards' codes are here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlencode

from markupsafe import Markup

from plainrecord.core.paths import absolute_url, dataset_page
from plainrecord.core.strict_json import Json
from plainrecord.core.translation import _, to_translate
from plainrecord.model.counts import Shown
from plainrecord.model.declarations import Portal
from plainrecord.model.doubts import Doubt
from plainrecord.model.history import UnreachableSource
from plainrecord.model.packages import Field, MissingKind, ReleasedTable
from plainrecord.model.products import (
    Chart,
    Distribution,
    Figure,
    Highlight,
    Rate,
    ReleasedDataset,
    ShareCard,
)
from plainrecord.model.profiles import FieldProfile, TableProfile
from plainrecord.pages.receipt_note import Receipts

KINDS = {
    MissingKind.MISSING: to_translate("nothing was recorded"),
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


HOME = Place(to_translate("Home"), "index.html")


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page shares: title, description, navigation, breadcrumbs, banner.

    `synthetic` is the dataset's sentence on its synthetic data, "" for real records. `interactive`
    is true if the page has live charts; `canonical` is the public address, if there is one.
    `receipts` says how many of the page's figures have one; None on a page without content.
    `path` is the page's path below the site. `doubts` are those about the dataset of the page.
    `feeds` are the feeds that the page announces, `card` is the picture that other sites show for
    a link, None without a public address.
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
    path: str = ""
    doubts: tuple[Doubt, ...] = ()
    feeds: tuple[Place, ...] = ()
    card: ShareCard | None = None

    @property
    def card_address(self) -> str:
        """The public address of the card; "" where there is none."""
        return absolute_url(self.portal.base_url, self.card.path) if self.card else ""

    def report_problem(
        self, about: str = "", anchor: str = "", proof: str = "", sha256: str = ""
    ) -> str:
        """The address to report a problem at: a form or a message, filled in; "" if there is none.

        It is about the page, or a part of it: its title `about`, its `anchor`, the id `proof` of
        its receipt, and the SHA-256 of the file that the receipt reads.
        """
        to = self.portal.problems or self.portal.publisher.email
        if not to:
            return ""
        web = to.startswith(("https://", "http://"))
        page = (self.canonical or self.path) + (f"#{anchor}" if anchor else "")
        lines = [_("Page: {page}").format(page=page)]
        lines += [_("Receipt: {proof}").format(proof=proof)] if proof else []
        lines += [f"SHA-256: {sha256}"] if sha256 else []
        lines += ["", _("What is wrong, and how do you know?"), ""]
        title = _("Problem: {title}").format(title=about or self.title)
        filled = urlencode(
            {"title" if web else "subject": title, "body": "\n".join(lines)}, quote_via=quote
        )
        start = to if web else f"mailto:{to}"
        return f"{start}{'&' if '?' in start else '?'}{filled}"


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """What each page below that of a dataset is given: `dataset` is the path of that page."""

    shell: Shell
    release: ReleasedDataset
    dataset: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dataset", dataset_page(self.release.package.key))


@dataclass(frozen=True, slots=True)
class Card:
    """A dataset in a list: enough to choose it. `rows` counts all its `tables`."""

    name: str
    title: str
    summary: str
    target: str
    built: bool
    absence: str
    synthetic: bool
    unit: str
    rows: Shown | None
    tables: int
    updated: str
    coverage: str
    license: str
    formats: tuple[str, ...]
    keywords: tuple[str, ...]
    figure: Figure | None


@dataclass(frozen=True, slots=True)
class HomeContext:
    """`home.html`: findings, datasets, and apart from real ones those with synthetic data."""

    shell: Shell
    highlights: tuple[Highlight, ...]
    cards: tuple[Card, ...]
    examples: tuple[Card, ...]
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
class NumberCell:
    """A cell of a table. `kind` is key, number, suppressed or absent."""

    text: str | Shown
    kind: str

    @property
    def marked(self) -> str:
        """The cell as shown on the page."""
        return self.text.marked if isinstance(self.text, Shown) else self.text


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart, the address of its Vega-Lite specification, and its numbers as a table.

    `numeric` says for each heading whether its column is numeric. `breaks` says where and why lines
    are broken, and `events` what happened at a time on the axis. `crossings` has both by the row of
    the table before which they stand. `values` says which values are missing and which periods are
    incomplete, "" if none. `files` are the chart's files, each with what it is; `place` is where the records are from.
    """

    chart: Chart
    spec_target: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[NumberCell, ...], ...]
    breaks: tuple[str, ...]
    crossings: Mapping[int, str]
    values: str = ""
    events: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A small table for a reader: headings, which are numbers, and cells.

    `columns` are those of a table of counts whose labels are the first headings.
    """

    caption: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[NumberCell, ...], ...]
    left_out: str | Shown = ""
    columns: tuple[str, ...] = ()

    @property
    def more(self) -> str:
        """The number of further rows as shown on the page; "" if there are none."""
        return self.left_out.marked if isinstance(self.left_out, Shown) else self.left_out

    @property
    def only_one_more(self) -> bool:
        """Whether exactly one more is not listed."""
        return (self.left_out.text if isinstance(self.left_out, Shown) else self.left_out) == "1"


@dataclass(frozen=True, slots=True)
class RateView:
    """A rate as a table and a chart, with sentences on how to read it."""

    rate: Rate
    numbers: Numbers
    chart: ChartView
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DownloadGroup:
    """The downloads of a table, or of the dataset (no rows), why some are `left_out`, what is doubted of it."""

    title: str
    rows: Shown | None
    items: tuple[Distribution, ...]
    left_out: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectionLine:
    """A change made for privacy, in words: to which field, what, why."""

    field: str
    action: str
    reason: str
    table: str


@dataclass(frozen=True, slots=True)
class WarningLine:
    """A kind of warning of the check: its title and how often it occurs.

    `detail` quotes the first finding if the dataset is open, because a finding describes the table
    before protection. `single` is true if it is the only one.
    """

    title: str
    detail: str
    count: int
    single: bool = True


@dataclass(frozen=True, slots=True)
class WarningGroup:
    """The warnings about one field, or about the whole table or dataset (`place` is "")."""

    place: str
    lines: tuple[WarningLine, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about a dataset: a label and a text, with an address if it has one."""

    label: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """Lines to copy that read a dataset in a `program`; `note` says what else to do."""

    program: str
    code: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CitationFile:
    """A file for reference managers; a script puts `line`, with the day of access, before `end`."""

    format: str
    target: str
    line: str
    end: str


@dataclass(frozen=True, slots=True)
class Age:
    """How old the newest release was on `as_of`: sentences and days; `due` may be ""."""

    lines: tuple[str, ...]
    late: bool
    newest: str
    due: str
    as_of: str


@dataclass(frozen=True, slots=True)
class ReleasePosition:
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
    """A claim that was tested on a dataset; `verdict` is a style, `words` the verdict in words."""

    title: str
    target: str
    speaker: str
    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class DatasetContext:
    """`dataset.html`: a dataset's main page, with or without its data.

    `standing` is None if the dataset keeps no releases; `age` is that of the newest release. `lost`
    are sources that cannot be reached, `since` in words. `points` are the main points: those of the
    maintainer, or sentences made from the numbers. `citations` are files for reference managers.
    """

    shell: Shell
    release: ReleasedDataset
    points: tuple[Markup, ...]
    citations: tuple[CitationFile, ...]
    card: Card
    facts: tuple[Fact, ...]
    charts: tuple[ChartView, ...]
    examples: tuple[Example, ...]
    rates: tuple[RateView, ...]
    corrections: tuple[CorrectionLine, ...]
    downloads: tuple[DownloadGroup, ...]
    protections: tuple[ProtectionLine, ...]
    privacy: str
    explorer: str
    rows: str
    threshold: int
    warnings: tuple[WarningGroup, ...]
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
    standing: ReleasePosition | None
    age: Age | None
    lost: tuple[UnreachableSource, ...]


@dataclass(frozen=True, slots=True)
class AllowedValue:
    """A value, its label, its count ("" if unknown), and a description of spaces around it."""

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
    """A field of a released table, and its profile where it was measured."""

    anchor: str
    field: Field
    type: str
    constraints: tuple[Fact, ...]
    allowed: tuple[AllowedValue, ...]
    closed: bool
    absent: tuple[AbsentValue, ...]
    profile: FieldProfile | None
    example: Shown

    @property
    def labelled(self) -> bool:
        """Whether any of the values has a meaning."""
        return any(item.label for item in self.allowed)


@dataclass(frozen=True, slots=True)
class CodebookTable:
    """A released table, its fields, and its quality profile with the tables of counts behind it."""

    anchor: str
    table: ReleasedTable
    rows: Shown
    fields: tuple[CodebookField, ...]
    profile: TableProfile | None


@dataclass(frozen=True, slots=True)
class CodebookContext(DatasetPage):
    """`codebook.html`: every field of every released table of a dataset."""

    tables: tuple[CodebookTable, ...]
    corrections: tuple[CorrectionLine, ...]


@dataclass(frozen=True, slots=True)
class MethodologyContext(DatasetPage):
    """`methodology.html`: how a dataset was made, from its `methodology.md`."""

    text: Markup


@dataclass(frozen=True, slots=True)
class TextContext:
    """`text.html`: a page of the portal in its own words."""

    shell: Shell
    title: str
    lead: str
    text: Markup


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A correction as listed: its day and status in words, and what it concerns with its address."""

    id: str
    day: str
    status: str
    what: str
    reason: str
    about: Place
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class CorrectionsContext:
    """`corrections.html`: all corrections of the portal, the newest first, and their feed."""

    shell: Shell
    corrections: tuple[CorrectionLine, ...]
    feed: str


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


class Page(NamedTuple):
    """A page to render: its path, its template, and the context dataclass of that template.

    `root` is empty for a page with relative links. A page that a server shows at any address
    (the 404 page) has absolute ones that begin with `root`.
    """

    path: str
    template: str
    context: object
    root: str = ""


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
