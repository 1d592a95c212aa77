"""What the template of a table's rows is given."""

from dataclasses import dataclass

from plainrecord.model.counts import Label, Shown
from plainrecord.model.products import Distribution
from plainrecord.model.rows import TableRows
from plainrecord.pages.portal_context import DatasetPage, Place


@dataclass(frozen=True, slots=True)
class RowsContext(DatasetPage):
    """`settings` is the path of the document that the script and `plainrecord verify` read.

    `headings` are those of `lines`, the first rows; `columns` is how many the table has. `tables`
    are pages of tables of the dataset to go to, or all that have one.
    """

    table: TableRows
    settings: str
    units: str
    total: Shown
    headings: tuple[str, ...]
    lines: tuple[tuple[Label, ...], ...]
    columns: int
    downloads: tuple[Distribution, ...]
    bytes: int
    tables: tuple[Place, ...]
