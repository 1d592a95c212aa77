"""What is made from released tables: files, figures, charts, quality profiles, outputs."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from markupsafe import Markup

from plainrecord.core.plurals import several, unit_of
from plainrecord.core.strict_json import Json
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import TableCheck
from plainrecord.model.counts import CountTable, Shown, show, show_status
from plainrecord.model.declarations import TypedNumber
from plainrecord.model.documents import PublishedDocument
from plainrecord.model.doubts import mark_doubts
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.explorer import Explorer
from plainrecord.model.freshness import Freshness
from plainrecord.model.history import ReleaseLedger
from plainrecord.model.maps import MapSettings
from plainrecord.model.packages import Field, Package, ReleasedTable
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.model.place_counts import PlaceCounts
from plainrecord.model.plausibility import Outcome, ReconciliationResult
from plainrecord.model.profiles import TableProfile
from plainrecord.model.rate_settings import RateDefinition
from plainrecord.model.requests import Tracker
from plainrecord.model.rows import TableRows
from plainrecord.model.statuses import SHOWN
from plainrecord.model.withheld import BasisTable, WithheldTable

NO_MARKUP = Markup("")


def raw_text(value: Cell) -> str:
    """`value` as canonical text: numbers and truth as in JSON, texts as they are, None as ""."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)


@dataclass(frozen=True, slots=True)
class Output:
    """One file of the portal: its path below the site's root, and its bytes or where they lie."""

    path: str
    content: bytes | Path


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file by its path, size and SHA-256; `rows` of a published table."""

    path: str
    bytes: int
    sha256: str
    rows: int | None = None


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
    """A number with its receipt and text; None where `status` says that it is suppressed."""

    dataset: str
    name: str
    title: str
    value: Cell
    shown: str
    unit: str
    note: str
    receipt: Receipt
    format: str = "integer"
    headline: bool = True
    status: str = SHOWN

    @property
    def id(self) -> str:
        """What pages and receipts call it: `DATASET.figure`."""
        return f"{self.dataset}.{self.name}"

    @property
    def counts(self) -> str:
        """What the number beside it counts, in words; empty where its title begins with that."""
        words = unit_of(self.unit, self.format)
        nouns = "|".join(map(re.escape, (words, several(words))))
        return "" if re.match(rf"({nouns})\b", self.title, re.IGNORECASE) else words

    @property
    def is_suppressed(self) -> bool:
        """Whether it depends on a count that a protected table suppresses."""
        return bool(self.receipt.suppressed and not self.receipt.threshold)

    @property
    def raw(self) -> str:
        """The value as canonical text: what a page carries beside what it shows."""
        return raw_text(self.value)

    @property
    def marked(self) -> Markup:
        """The number as it stands on every page, so that a verifier finds it and its receipt."""
        number = Markup('<data class="figure-value" data-figure="{}" value="{}">{}</data>').format(
            self.id, self.raw, self.shown
        )
        return number + self.doubt_mark

    @property
    def doubt_mark(self) -> Markup:
        """What stands beside the number where its records are doubted; empty where they are not."""
        words = mark_doubts(self.receipt.doubts)
        return Markup(' <small class="doubt">({})</small>').format(words) if words else NO_MARKUP


@dataclass(frozen=True, slots=True)
class SeriesColumn:
    """A column of a series. `role` is key, bound (an end of an interval), value or status; `type` is as in Table Schema.

    `period` is how a date in a key column is cut ("" for what is no date, or stays whole).
    `apart` are the words in a key column that stand for absent values and for all others. `names`
    has the name for readers of each value that is a code of a place.
    """

    name: str
    label: str
    type: str
    role: str
    period: str = ""
    apart: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict, hash=False)

    def show(self, cell: Cell) -> Cell:
        """A cell as readers see it: the name of a place instead of its code."""
        return self.names.get(cell, cell) if isinstance(cell, str) else cell


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers behind a chart, small: rows of cells in the order of `columns`.

    The last column is `status`: "shown", or why there is no value, which is then None (one of
    `model.statuses`). `measure` is as declared, `unit` what is counted or measured ("" where
    nobody says). `parts` are the periods that are not whole, `map` is how a map is drawn.
    """

    columns: tuple[SeriesColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    receipt: Receipt
    measure: str = "count"
    unit: str = ""
    parts: tuple[PartPeriod, ...] = ()
    map: MapSettings | None = None


def panel_of(columns: Sequence[SeriesColumn], row: Sequence[Cell]) -> Cell:
    """The value of the facet in a row of a series; None where it has none."""
    return next((cell for c, cell in zip(columns, row, strict=True) if c.name == "facet"), None)


@dataclass(frozen=True, slots=True)
class LineBreak:
    """Where lines of a chart stop and begin anew: between the stamps `before` and `at`.

    At an `event` they go on: it is noted there and can be compared across.

    The two are the same where the change falls inside a period: its point then stands alone.
    `label` is a few words for the picture, `reason` says what changed and since when.
    """

    before: str
    at: str
    label: str
    reason: str
    event: bool = False

    @property
    def inside(self) -> bool:
        return self.before == self.at


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: Vega-Lite specification, still pictures, and sentences.

    `headline` is its finding, "" where there is none, and `given` that of the maintainer;
    `subtitle` says what is counted, by what and when. `alt` says in words what is drawn, its trend
    and its highest and lowest values, `values` what is said of values that are not there. `spec` is
    the specification of the wide picture, `narrow` that of the narrow one; both hold their data. `svg` is a narrow and a wide picture, whose colours come from
    the style sheet of the page.
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
    breaks: tuple[LineBreak, ...] = ()
    values: str = ""
    headline: str = ""
    given: str = ""
    subtitle: str = ""
    narrow: Mapping[str, Json] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What pages and receipts call it: `DATASET.chart`."""
        return f"{self.dataset}.{self.name}"


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate by group as measured: `counted` has a row for each group (and period).

    Its columns are those of `measures.rates.COLUMNS`. `interval` is the name of the method.
    `unmatched` are groups without a denominator, `hidden` those with a suppressed count.
    """

    definition: RateDefinition
    counted: CountTable
    series: Series
    interval: str
    unmatched: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def show(self, row: int, column: str) -> Shown:
        """The number in a row of `counted` (from 1), or the word for why it is not there."""
        places = self.counted.columns
        shown = show(self.counted, f"{row}.{places.index(column) + 1}")
        why = f"{column}_absence" if f"{column}_absence" in places else "absence"
        return shown if shown.text else show_status(self.counted, f"{row}.{places.index(why) + 1}")

    def mark_parts(self, parts: tuple[PartPeriod, ...]) -> "Rate":
        """The rate with the periods on its axis that are not whole."""
        column = "period" if self.definition.date else "group"
        own = tuple(replace(part, column=column) for part in parts if part.column == "x")
        return replace(
            self,
            counted=replace(self.counted, parts=own),
            series=replace(self.series, parts=parts),
        )


@dataclass(frozen=True, slots=True)
class FigureIndex:
    """Figures by (dataset, name); unmeasured ones (True: only catalogued); moved datasets."""

    measured: Mapping[tuple[str, str], Figure] = field(default_factory=dict)
    unmeasured: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FigureScope:
    """Where a text stands: file, page, dataset, first line (0: descriptor), waivers."""

    file: str
    page: str = "index.html"
    dataset: str = ""
    index: FigureIndex = FigureIndex()
    waivers: tuple[TypedNumber, ...] = ()
    row: int = 0


@dataclass(frozen=True, slots=True)
class TypedNumberCount:
    """The numbers in prose: each with a receipt, each waiver once, and the bare ones."""

    figures: tuple[str, ...] = ()
    waived: tuple[TypedNumber, ...] = ()
    bare: tuple[str, ...] = ()


NOTHING_TALLIED = TypedNumberCount()


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A text as it stands on a page: safe markup, its figures in place, and its numbers."""

    html: Markup
    tally: TypedNumberCount = NOTHING_TALLIED


@dataclass(frozen=True, slots=True)
class GroupLoss:
    """How many counts of a table are suppressed, for each value of one of its dimensions."""

    table: str
    dimension: str
    counted: CountTable


@dataclass(frozen=True, slots=True)
class ProtectionCounts:
    """The suppressed counts of each table, those by group, and the suppressed values of rows."""

    cells: CountTable | None
    groups: tuple[GroupLoss, ...]
    rows: CountTable | None

    def count_tables(self) -> tuple[CountTable, ...]:
        """The tables of counts for the numbers on the page about privacy."""
        whole = (table for table in (self.cells, self.rows) if table)
        return (*whole, *(group.counted for group in self.groups))


@dataclass(frozen=True, slots=True)
class SearchedField:
    """A field of a released table whose different published `values` readers can search."""

    resource: str
    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleasedDataset:
    """A dataset, or one of its releases, as the portal shows it: all that was made from its package.

    `built` is False for a dataset that is listed without its data; its tables, figures, charts and
    distributions are then empty, and `absence` gives the reason in a sentence. `*_html` is safe
    markup with its figures filled in. `tally` counts the numbers in the texts of the dataset's
    page, `methodology_tally` those in its methodology. Only a dataset as it is now has
    `freshness`. `tracker` is None unless the dataset is a log of requests. `counted_rows` has a
    line for each of `tables`. `left_out` pairs a resource with a format that is not offered.
    `json_ld` is the schema.org Dataset description.
    """

    package: Package
    built: bool
    absence: str = ""
    description_html: Markup = NO_MARKUP
    methodology_html: Markup = NO_MARKUP
    points_html: tuple[Markup, ...] = ()
    issues_html: tuple[tuple[str, Markup], ...] = ()
    tables: tuple[ReleasedTable, ...] = ()
    profiles: tuple[TableProfile, ...] = ()
    counted_rows: CountTable | None = None
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    rates: tuple[Rate, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    searched: tuple[SearchedField, ...] = ()
    findings: tuple[Finding, ...] = ()
    checks: tuple[TableCheck, ...] = ()
    withheld: tuple[WithheldTable, ...] = ()
    bases: tuple[BasisTable, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    accounts: tuple[ReconciliationResult, ...] = ()
    citation: str = ""
    tally: TypedNumberCount = NOTHING_TALLIED
    methodology_tally: TypedNumberCount = NOTHING_TALLIED
    json_ld: Mapping[str, Json] = field(default_factory=dict)
    freshness: Freshness | None = None
    tracker: Tracker | None = None
    protection: ProtectionCounts | None = None
    explorer: Explorer | None = None
    places: tuple[PlaceCounts, ...] = ()
    documents: tuple[PublishedDocument, ...] = ()
    rows: tuple[TableRows, ...] = ()

    @property
    def whole_file(self) -> Distribution | None:
        """The download that has all tables: the zip, or the first file where there is none."""
        whole = [item for item in self.distributions if item.path.endswith(".zip")]
        return next(iter((*whole, *self.distributions)), None)

    def count_tables(self) -> tuple[CountTable, ...]:
        """The tables of counts for the numbers on the release's further pages."""
        rows = (self.counted_rows,) if self.counted_rows else ()
        first = (table.first for table in self.rows)
        profiled = (table for profile in self.profiles for table in profile.counted)
        withheld = (table for report in self.withheld for table in report.count_tables())
        tried = (table for outcome in self.outcomes for table in outcome.counted)
        settled = (table for account in self.accounts for table in account.counted)
        asked = self.tracker.counted if self.tracker else ()
        grounds = (*withheld, *(table.counted for table in self.bases))
        hidden = self.protection.count_tables() if self.protection else ()
        rates = (rate.counted for rate in self.rates)
        explored = self.explorer.count_tables() if self.explorer else ()
        placed = (table for item in self.places for table in item.count_tables())
        measured = (*rows, *profiled, *hidden, *rates, *explored, *first, *placed)
        return (*grounds, *tried, *settled, *asked, *measured)

    def list_uncounted(self) -> tuple[tuple[str, str], ...]:
        """Numbers on the release's further pages that have no receipt, and why."""
        tracker = self.tracker
        if tracker is None or not tracker.uncounted:
            return ()
        return ((f"{tracker.dataset}.requests.exemptions", tracker.uncounted),)


@dataclass(frozen=True, slots=True)
class History:
    """A dataset's ledger and its releases that were not withdrawn, the oldest first."""

    name: str
    title: str
    ledger: ReleaseLedger
    releases: tuple[ReleasedDataset, ...]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A finding on the home page: a chart with a headline, its dataset's title, its picture.

    `values` is what is said of the values in the picture.
    """

    chart: Chart
    dataset: str
    sparkline: Markup
    values: str


@dataclass(frozen=True, slots=True)
class ShareCard:
    """The picture for links: path, words, chart, and its receipt's id ("" for none)."""

    path: str
    words: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page of the portal in its own words, its Markdown made safe."""

    name: str
    title: str
    description: str
    html: Markup
    order: int
    tally: TypedNumberCount = NOTHING_TALLIED
