"""What is counted of a dataset for the pages of places and groups."""

from dataclasses import dataclass

from plainrecord.model.counts import CountTable
from plainrecord.model.places import PlaceSettings

MOST_LINES = 10
"""How many values of a field a page of a place shows."""
RECEIPT_PREFIX, BY_YEAR = "places-", "-years"
"""How the names of the receipts of places begin, and how those of tables by year end."""
PLACE_TABLE = "numbers.csv"
"""The file with the numbers of a page of a place, beside that page."""
PLACE_TABLE_HEADER = ("dataset", "unit", "by", "value", "count")


@dataclass(frozen=True, slots=True)
class PlaceBreakdown:
    """The counts of each place by another field: place, value, count; None where not released."""

    label: str
    counted: CountTable | None


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """What is counted of one dataset for the pages of a kind.

    `total` has a line for each place: name, count, and for open records rank, number of places and
    count of all records. `years` and `by` have a line for each place and value. `apart` counts the
    values that do not join.
    """

    settings: PlaceSettings
    label: str
    unit: str
    total: CountTable
    apart: CountTable | None
    years: CountTable | None
    by: tuple[PlaceBreakdown, ...]

    def count_tables(self) -> tuple[CountTable, ...]:
        """The tables of counts for the numbers on the pages."""
        listed = (self.total, self.apart, self.years, *(item.counted for item in self.by))
        return tuple(table for table in listed if table is not None)
