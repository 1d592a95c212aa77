"""What a maintainer declares: the portal's settings, and how a dataset is protected and shown.

Most are pydantic models: the form in which a descriptor's `plainrecord:` block or
`site/portal.yaml` is read is the value that the program uses.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from slugify import slugify

from plainrecord.core.translation import _, to_translate
from plainrecord.model.forms import Address, BaseAddress, Day, Email, Line, StrictForm, Text, Texts
from plainrecord.model.places import PlaceKind

FigureFormat = Literal["integer", "decimal", "percent", "date", "text"]
Period = Literal["day", "month", "quarter", "year", "fiscal-year"]
KnownBoundaries = Annotated[str, Field(pattern="^(us-states|us-counties(/[A-Z]{2})?|countries)$")]


def _sorted(groups: dict[str, str]) -> dict[str, str]:
    return dict(sorted(groups.items()))


DEFINITION = "definition changed"
OFFICES = "offices changed"


class Coarsening(StrictForm):
    """How one field is generalised before release.

    `method` is one of: hour, day, month, quarter, year (dates and times), brackets (numbers,
    `edges` ascending), prefix (text cut to `length` characters), round (numbers to `step`),
    group (values replaced by `groups`, the rest by `other`). `title` is
    what readers see as the name of the field then. One that is `as_needed` is done only where values
    of rows would be suppressed without it.
    """

    field: str
    method: Literal[
        "hour", "day", "month", "quarter", "year", "brackets", "prefix", "round", "group"
    ]
    edges: tuple[float, ...] = ()
    length: int = 0
    step: float = 0.0
    groups: Annotated[dict[str, str], AfterValidator(_sorted)] = Field(default_factory=dict)
    other: str = ""
    title: str = ""
    as_needed: bool = False

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to another method."""
        homes = {"edges": "brackets", "length": "prefix", "step": "round"}
        for key, method in {**homes, "groups": "group", "other": "group"}.items():
            if self.method != method:
                yield key, f"the method {method}"


class TableForm(StrictForm):
    """Up to three fields to count by. A `shown` table has no count hidden for others."""

    dimensions: Texts = Field(min_length=1, max_length=3)
    shown: bool = False

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A dimension named twice."""
        if len(set(self.dimensions)) < len(self.dimensions):
            yield "dimensions", "a field once"


COUNT = "count"
"""The field of counts in each released table of counts."""


def table_name(dimensions: Sequence[str]) -> str:
    """The name of the released table of these dimensions: `by-race-city`, `total` without any."""
    names = [slugify(name) or "field" for name in dimensions]
    return "-".join(["by", *names]) if names else "total"


PrivacyMode = Literal["", "tables", "records"]


Preset = Literal["cms-11", "wa-doh-10", "statcan-round5"]

PRESETS: Mapping[Preset, tuple[str, int]] = {
    "cms-11": ("threshold", 11),
    "wa-doh-10": ("threshold", 10),
    "statcan-round5": ("rounding", 5),
}
"""What a published rule sets: the smallest count that it lets out, or the base of its rounding.

`cms-11` is the cell size suppression policy of the U.S. Centers for Medicare & Medicaid Services;
`wa-doh-10` are the small numbers standards of the Washington State Department of Health;
`statcan-round5` is the rounding of the census tables of Statistics Canada, with one difference:
their totals are rounded apart from their parts, ours are the sums of them.
"""


DEFAULT_THRESHOLD = 11


class PrivacyPolicy(StrictForm):
    """How a release protects people in a dataset.

    `open` is the maintainer's reason for publishing the records as they are; it is empty
    when the policy protects. `threshold` is the smallest count that a published table or chart
    shows (0: no threshold).

    In the mode `tables` no rows are released, only `tables` of counts with their margins. In the
    mode `records` rows are released in which each combination of the fields `keys` is held by
    `threshold` rows or more, and each of them has `diversity` values or more of the fields
    `sensitive`; `harmless` fields are released beside them. `people` is the field that holds how
    many people a row stands for, "" where a row is one. `changed` says why the policy protects less
    than that of the release before. `level` 2 hides so many cells that no hidden one can be shown
    to be small, 1 so many that no small one can be narrowed down. Where `rounding` is above 0,
    counts of tables are rounded to its multiples and none is hidden. `structural_zeros` are
    combinations of values that cannot occur, each as fields with their released values.
    """

    open: str = ""
    identifiers: Texts = ()
    coarsen: tuple[Coarsening, ...] = ()
    threshold: int = Field(default=0, ge=0)
    note: str = ""
    changed: str = ""
    mode: PrivacyMode = ""
    preset: Preset | Literal[""] = ""
    level: Literal[1, 2] = 2
    rounding: int = Field(default=0, ge=2)
    people: str = ""
    tables: tuple[TableForm, ...] = ()
    structural_zeros: tuple[dict[str, str], ...] = ()
    keys: Texts = ()
    sensitive: Texts = ()
    harmless: Texts = ()
    diversity: int = Field(default=2, ge=2)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to another mode, and a number beside the preset that sets another."""
        homes = {
            **dict.fromkeys(("level", "people", "preset"), ("tables", "records")),
            "tables": ("tables", "records"),
            "rounding": ("tables",),
            **dict.fromkeys(("keys", "sensitive", "harmless"), ("records",)),
        }
        for key, modes in homes.items():
            if self.effective_mode not in modes:
                yield key, f"the mode {' or '.join(modes)}"
        if self.effective_mode != "records" and any(item.as_needed for item in self.coarsen):
            yield "coarsen", "the mode records, in which alone it can be done as_needed"
        if not self.tables:
            yield "structural_zeros", "tables to release"
        if not self.sensitive:
            yield "diversity", "a field under sensitive"
        if self.preset:
            key, number = PRESETS[self.preset]
            yield "threshold", f"no preset, which sets {key} to {number}"
            yield "rounding", f"no preset, which sets {key} to {number}"
            if key == "rounding" and self.mode == "records":
                yield "preset", "the mode tables: rows that are published could be counted"
        if self.base:
            yield "level", "counts that are suppressed: here they are rounded"
            yield "threshold", "counts that are suppressed: here they are rounded"

    @property
    def effective_mode(self) -> PrivacyMode:
        """The declared mode; `tables` where tables are declared and no mode is."""
        return self.mode or ("tables" if self.tables else "")

    @property
    def base(self) -> int:
        """The number to whose multiples counts are rounded; 0 where they are not."""
        key, number = PRESETS[self.preset] if self.preset else ("rounding", self.rounding)
        return number if key == "rounding" else 0


class FigureDefinition(StrictForm):
    """A number to show: one query over released tables that returns one row with one value.

    `format` is one of integer, decimal, percent, date, text. `unit` is the unit of observation
    (stop, person, arrest): shown on every number. `headline` is False for one that is there for a
    text and stands small, after the others.
    """

    name: str
    title: str
    unit: str = ""
    sql: str
    format: FigureFormat = "integer"
    note: str = ""
    headline: bool = True


class Break(StrictForm):
    """Since when records are not like those before, and why; `label` is for pictures."""

    since: str
    reason: str
    label: str = Field(default=DEFINITION, max_length=32)


class ChartDefinition(StrictForm):
    """A chart declared over one resource.

    Each `kind` is a class of its own in `publishing/charts/`. It `needs` some of the keys `y`,
    `color` and `facet`, and `takes` more. `completed` says what gets a row where there are no
    records: periods, periods in their order, cells, or nothing. `ranked` charts without a period
    begin with the largest value. One that is `located` has points: `x` is their longitude and `y`
    their latitude, or `x` has both.

    `x`, `y`, `color` and `facet`
    name fields; `period` coarsens a date in `x` (day, month, quarter, year, fiscal-year) and
    `y_period`/`color_period` do so for the other axes (hour and weekday as well). `measure` is
    `count`, `sum:FIELD` or `value:FIELD` (the table already holds one number for each mark).
    `where` is an SQL condition over the released table. `breaks` are changes that the maintainer
    knows of, at which lines stop; at `events` they go on. `headline` is the finding in words.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    takes: ClassVar[tuple[str, ...]] = ()
    completed: ClassVar[Literal["periods", "ordered periods", "cells", ""]] = "periods"
    ranked: ClassVar[bool] = False
    located: ClassVar[bool] = False

    name: str
    title: str
    kind: str
    resource: str = ""
    x: str
    period: str = ""
    y: str = ""
    y_period: str = ""
    color: str = ""
    facet: str = ""
    measure: str = "count"
    unit: str = ""
    where: str = ""
    limit: int = Field(default=0, ge=0)
    description: str = ""
    note: str = ""
    breaks: tuple[Break, ...] = ()
    headline: str = ""
    events: tuple[Break, ...] = ()

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to another kind of chart."""
        for key in ("y", "y_period", "color", "facet", "limit"):
            if key not in (*self.needs, *self.takes):
                yield key, f"a kind of chart that has {key}"


class ApiSettings(StrictForm):
    """How a dataset's records are paged for programs: the last quarters by `date_field`."""

    resource: str
    date_field: str
    quarters: int = Field(default=3, ge=1)
    page_size: int = Field(default=1000, ge=1)
    aliases: Texts = ()


class ExploreSettings(StrictForm):
    """What readers may combine on the page where they explore a dataset.

    Records are counted by `fields`, and by the `period` of `date` where it names a field. `year` is
    how periods are added up: calendar years, or the fiscal years of the U.S. government, which
    begin in October of the year before. `resource` is the first unless given. `maps` names the
    boundaries of fields whose values are places: they can be chosen on a map, too.
    """

    fields: Texts = Field(min_length=1, max_length=8)
    resource: str = ""
    date: str = ""
    period: Literal["month", "quarter", "year", "fiscal-year"] = "month"
    year: Literal["calendar", "fiscal"] = "calendar"
    maps: dict[str, KnownBoundaries] = Field(default_factory=dict)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A period without a date, a kind of year that it cannot be added up to, an unused map."""
        if not {*self.maps} <= {*self.fields}:
            yield "maps", "fields that are listed under fields"
        if not self.date:
            yield "period", "a field under date"
        if not self.date or self.period not in ("month", "quarter"):
            yield "year", "a date, and the period month or quarter"
        if len({*self.fields, self.date}) < len(self.fields) + 1:
            yield "fields", "each field once, and the date apart"


class RequestLog(StrictForm):
    """How a table is read as a log of requests for records.

    `fields` has the field that holds each element (`requests.ELEMENTS`). `agency` is the agency of all rows where no field names one. `as_of` is the day on which the log was true:
    "" for the day of the build, `not stated` where nobody knows.
    """

    resource: str = ""
    fields: dict[str, str] = Field(min_length=1)
    agency: str = ""
    as_of: str = ""


class ComparisonSettings(StrictForm):
    """How successive releases of a dataset are compared.

    `key` names a record in every release; without one, whole rows are compared. `fields` are
    compared beside it (all that two releases share unless given). `date` with `period`, `place`
    and `category` are fields by which differences are broken down. `records` says what is offered
    of single records: rows, digests (a hash of each) or counts alone.
    """

    resource: str = ""
    key: Texts = ()
    fields: Texts = ()
    normalise: bool = False
    date: str = ""
    period: Period = "month"
    place: str = ""
    category: str = ""
    records: Literal["", "rows", "digests", "counts"] = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What needs another key: a period its date, a breakdown a field that is compared."""
        if not self.date:
            yield "period", "date, a field of the table"
        compared = {*self.key, *self.fields}
        for name in ("date", "place", "category"):
            if self.fields and getattr(self, name) not in compared:
                yield name, "a field that is among key and fields"


class PlausibilityRule(StrictForm):
    """One rule that is switched on for a table.

    Each kind is a class of its own in `measures/rules/`, with its keys. `limit` is where a rule
    begins to notice, `fewest` how much there must be before it looks. For readers: the `question`
    that it asks, the `meaning` of a yes, and what else could explain it (`otherwise`).
    """

    question: ClassVar[str]
    meaning: ClassVar[str]
    otherwise: ClassVar[str]

    kind: str
    name: str
    title: str
    resource: str = ""
    note: str = ""
    where: str = ""

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield what cannot be in the values of the keys, each with what is expected."""
        yield from ()


class SourceSide(StrictForm):
    """One of the two sources: a released table, what is counted in it, and how it defines that.

    An empty `dataset` is the one that declares the reconciliation. `measure` is `count` or
    `sum:FIELD`.
    """

    label: str
    dataset: str = ""
    resource: str = ""
    measure: str = "count"
    where: str = ""
    definition: str


class Key(StrictForm):
    """What the two are lined up by: an SQL expression over a row of each. `total` keys group."""

    name: str
    here: str
    there: str = ""
    total: bool = False


class Reconciliation(StrictForm):
    """Two sources to hold against each other.

    `kind` is totals (numbers at a common grain), records (rows as multisets of the keys) or
    overlap (two lists of the same things, each named by the keys). Numbers agree where they
    differ by no more than `absolute`, or by no more than `relative` of the larger.
    """

    name: str
    title: str
    kind: Literal["totals", "records", "overlap"] = "totals"
    here: SourceSide
    there: SourceSide
    keys: tuple[Key, ...] = Field(min_length=1)
    absolute: float = Field(default=0.0, ge=0)
    relative: float = Field(default=0.0, ge=0, lt=1)
    fewest: int = Field(default=7, ge=7)
    note: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to another kind."""
        if self.kind != "overlap":
            yield "fewest", "the kind overlap"
        else:
            yield from ((f"keys.{n}.total", "totals or records") for n in range(len(self.keys)))
        if self.kind != "totals":
            measures = ("here.measure", "there.measure")
            yield from ((k, "the kind totals") for k in ("absolute", "relative", *measures))


class Correction(StrictForm):
    """What was wrong, why, and since when that is said: of a part or the whole dataset."""

    date: Day
    what: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    status: Literal["corrected", "being examined", "rejected"] = "corrected"
    figure: str = ""
    chart: str = ""
    field: str = ""

    @property
    def outcome(self) -> str:
        """The status in words for readers: Examined and not changed."""
        return _(_OUTCOMES[self.status])


_OUTCOMES = {
    "corrected": to_translate("Corrected"),
    "being examined": to_translate("Being examined"),
    "rejected": to_translate("Examined and not changed"),
}


def correction_ids(dataset: str, corrections: Sequence[Correction]) -> list[str]:
    """The anchor of each correction of `dataset`: made of what it says, so that others do not move it."""
    ids: list[str] = []
    for item in corrections:
        parts = (dataset, item.what, item.figure, item.chart, item.field)
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        name = f"correction-{item.date}-{digest[:8]}"
        again = ids.count(name)
        ids.append(f"{name}-{again + 1}" if again else name)
    return ids


class KnownIssue(StrictForm):
    """Something known to be wrong with a dataset, in the maintainer's words (Markdown)."""

    title: str
    text: str


class Totals(StrictForm):
    """Totals by kind of `year` of `date`, and a chart for each field of `by`, shown first."""

    date: str = Field(min_length=1)
    year: Literal["calendar", "fiscal"] = "calendar"
    by: Texts = ()
    resource: str = ""


class TypedNumber(StrictForm):
    """A number in prose (`112 columns`) that stays without a receipt, and the reason."""

    text: Text = Field(min_length=1)
    reason: str = Field(min_length=1)


class WaivedWarning(StrictForm):
    """A warning that somebody read and accepts: its rule, the field ("" for any), the reason."""

    rule: str
    field: str = ""
    reason: str = Field(min_length=1)


UNNAMED_PUBLISHER = "Unnamed publisher"
"""What a drafted portal calls its publisher until somebody says who it is; never published."""


class Publisher(StrictForm):
    name: Line
    url: Address = ""
    email: Email = ""


class Move(StrictForm):
    """A dataset renamed `to`, or withdrawn (""), why, and the releases it had before."""

    name: str = Field(alias="from", pattern="^[a-z0-9]+([-_.][a-z0-9]+)*$")
    to: str = ""
    date: Day
    reason: str = Field(min_length=1)
    title: str = ""
    releases: tuple[Day, ...] = ()


class FetchSettings(StrictForm):
    """The hosts that source files may be fetched from, and the limits of one file and of all."""

    hosts: Texts = ()
    max_bytes: int = Field(default=500_000_000, gt=0)
    max_seconds: int = Field(default=3_600, gt=0, le=1_000_000)


class Bundle(StrictForm):
    """A folder offered as `files/NAME.zip`; `strip` takes hidden metadata out of its originals."""

    name: str = Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")
    folder: str
    strip: bool = False


class Portal(StrictForm):
    """The portal's own settings (site/portal.yaml)."""

    title: Line = Field(min_length=1)
    tagline: Line = ""
    questions: Texts = ()
    waived: tuple[WaivedWarning, ...] = ()
    description: str = ""
    publisher: Publisher
    base_url: BaseAddress = ""
    repository: Address = ""
    problems: str = Field(default="", pattern=r"^(https?://\S+|[^\s@:]+@[^\s@]+)?$")
    language: str = Field(default="en", pattern="^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$")
    notice: str = ""
    highlights: Texts = ()
    fetch: FetchSettings = FetchSettings()
    bundles: tuple[Bundle, ...] = ()
    moved: tuple[Move, ...] = ()
    places: tuple[PlaceKind, ...] = ()

    def present_names(self) -> dict[str, str]:
        """The present name of each dataset that was renamed, by the old one."""
        return {move.name: move.to for move in self.moved if move.to}


@dataclass(frozen=True, slots=True)
class PageText:
    """A page of the portal: `site/pages/NAME.md`, whose Markdown begins on line `row`."""

    name: str
    title: str
    description: str
    markdown: str
    order: int
    file: str
    numbers: tuple[TypedNumber, ...] = ()
    row: int = 1
