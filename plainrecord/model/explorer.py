"""The page where readers explore a dataset: its fields, its file, and what it shows at first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from plainrecord.core.periods import parse_period
from plainrecord.core.strict_json import Json
from plainrecord.model.counts import CountTable
from plainrecord.model.declarations import ExploreSettings
from plainrecord.model.packages import Package
from plainrecord.model.partial_periods import Extent, PartPeriod, find_parts
from plainrecord.model.views import ViewDocument

CUBE = "explorer"
"""The name of the table of combinations in queries."""
CUBE_FILE = f"{CUBE}.parquet"
COUNT = "count"
"""The column with the count of a combination."""
YEAR, PERIOD = "year", "period"
"""What the incomplete periods are in the receipt of the table by year: its lines, or shorter ones."""
YEAR_SIGNS = 4
"""How many signs of a period name its year, by which a large file is split."""


@dataclass(frozen=True, slots=True)
class ReleasedValue:
    """A value of a dimension: name, text in tables (None: absent), the mark that says why."""

    name: str
    value: str | None
    mark: str


@dataclass(frozen=True, slots=True)
class ExplorerField:
    """A field to choose values of; `values` are those of released tables, () if open.

    `order` has the values in time or in the order of the codebook, () where the most frequent are
    first. `known` has all values, which a page needs if it loads a part of the file. `names` has the names for readers of values that are codes of places.
    """

    name: str
    label: str
    values: tuple[ReleasedValue, ...] = ()
    order: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


class ExplorerRate(BaseModel, frozen=True):
    """A rate of a view: `numerator` and `denominator` are columns of the combinations.

    `words` say what it is, `part` and `whole` what the two columns count.
    """

    name: str
    title: str
    words: str
    per: int
    numerator: str
    denominator: str
    part: str
    whole: str


@dataclass(frozen=True, slots=True)
class CellTable:
    """A released table of counts that answers choices of its dimensions.

    `impossible` is what stands in the place of a count if the combination cannot occur, "" if all can.
    """

    dimensions: tuple[str, ...]
    file: str
    sha256: str
    impossible: str = ""


class FilePart(BaseModel, frozen=True):
    """Bytes of a file that a page loads by themselves: where they begin, how many, their hash."""

    start: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Explorer:
    """The published combinations of a dataset, and the first view of its page.

    `path` and `sha256` are those of the Parquet file with `cells` combinations. `parts` are its
    groups of rows and its description if it has a group for each year, of which a page loads what
    it needs; () if it has one group. A protected dataset has no file: `tables` are the released tables in which a choice is
    looked up. `years` has a line for each year, `values` a table for each of `fields` with its most
    frequent values. `maps` are the documents of maps by field.
    """

    settings: ExploreSettings
    period_label: str
    fields: tuple[ExplorerField, ...]
    path: str
    sha256: str
    cells: int
    unit: str
    total: CountTable
    years: CountTable | None
    values: tuple[CountTable, ...]
    agreed: CountTable | None = None
    tables: tuple[CellTable, ...] = ()
    rounding: int = 0
    maps: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    rates: tuple[ExplorerRate, ...] = ()
    parts: tuple[FilePart, ...] = ()

    @property
    def part_stamps(self) -> tuple[str, ...]:
        """The periods that the records do not cover as a whole."""
        parts = self.years.parts if self.years else ()
        return tuple(part.stamp for part in parts if part.column == PERIOD)

    def count_tables(self) -> tuple[CountTable, ...]:
        """What stands behind the numbers of the first view."""
        others = (table for table in (self.years, self.agreed) if table)
        return (self.total, *others, *self.values)


def cube_path(package: Package) -> str:
    """Where the file with the combinations of a dataset is published."""
    return f"{package.home}/downloads/{CUBE_FILE}"


def find_incomplete(
    stamps: Sequence[str], years: Sequence[str], period: str, year: str, extent: Extent
) -> tuple[PartPeriod, ...]:
    """The periods `stamps`, in order, and the `years` that the records do not cover as a whole."""
    parts = find_parts(PERIOD, stamps, period, extent)
    if not stamps or period in ("year", "fiscal-year"):
        return (*parts, *(replace(part, column=YEAR) for part in parts))
    # A year is whole if all its periods are: the page's script marks the same.
    kind = "fiscal-year" if year == "fiscal" else "year"
    short = find_parts(YEAR, years, kind, Extent(covers_from=stamps[0], covers_to=stamps[-1]))
    whole = {*years} - {part.stamp for part in short}
    spans = {name: span for name in sorted(whole) if (span := parse_period(name, kind))}
    inside = {
        name: replace(part, column=YEAR, stamp=name, share="")
        for part in parts
        for name, (first, after) in spans.items()
        if (own := parse_period(part.stamp, period)) and first <= own[0] < after
    }
    return (*parts, *short, *inside.values())


class DocumentedColumn(BaseModel):
    """A column of the file that a reader combines, by its name and its label, or a dimension."""

    name: str
    label: str
    values: list[ReleasedValue] = []
    known: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()
    names: dict[str, str] = {}


class ExplorerDocument(ViewDocument):
    """What of `explorer.json` the number of a view depends on."""

    file: str = ""
    count: str
    fields: list[DocumentedColumn]
    parts: tuple[FilePart, ...] = ()
    tables: tuple[CellTable, ...] = ()
    period: DocumentedColumn | None = None
    rates: tuple[ExplorerRate, ...] = ()

    def name_values(self, field: str, values: Iterable[str]) -> str:
        """Chosen values of a field in words: places by name."""
        names = next(item.names for item in self.fields if item.name == field)
        return " or ".join(names.get(value, value) for value in values)

    @property
    def labels(self) -> dict[str, str]:
        """The label of each field by its name."""
        return {field.name: field.label for field in self.fields}
