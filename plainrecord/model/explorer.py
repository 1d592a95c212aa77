"""The page where readers explore a dataset: its fields, its file, and what it shows at first."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from plainrecord.model.counts import CountTable
from plainrecord.model.declarations import ExploreSettings
from plainrecord.model.packages import Package

CUBE = "explorer"
"""The name of the table of combinations in queries."""
CUBE_FILE = f"{CUBE}.parquet"
COUNT = "count"
"""The column with the count of a combination."""


@dataclass(frozen=True, slots=True)
class ExplorerField:
    """A field among whose values a reader chooses, by its name in the file and its label."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Explorer:
    """The published combinations of a dataset, and the first view of its page.

    `path` and `sha256` are those of the Parquet file with `cells` combinations. `years` has a line
    for each year, `values` a table for each of `fields` with its most frequent values. `part_stamps`
    are periods that the records do not cover as a whole.
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
    agreed: CountTable
    part_stamps: tuple[str, ...] = ()

    def count_tables(self) -> tuple[CountTable, ...]:
        """What stands behind the numbers of the first view."""
        years = (self.years,) if self.years else ()
        return (self.total, *years, *self.values, self.agreed)


def cube_path(package: Package) -> str:
    """Where the file with the combinations of a dataset is published."""
    return f"{package.home}/downloads/{CUBE_FILE}"


class DocumentedColumn(BaseModel):
    """A column of the file that a reader combines, by its name and its label."""

    name: str
    label: str


class ExplorerDocument(BaseModel):
    """What of `explorer.json` the number of a view depends on."""

    title: str
    unit: str
    units: str
    file: str
    count: str
    fields: list[DocumentedColumn]
    period: DocumentedColumn | None = None

    @property
    def labels(self) -> dict[str, str]:
        """The label of each field by its name."""
        return {field.name: field.label for field in self.fields}
