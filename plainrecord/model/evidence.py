"""Evidence: the receipt that stands behind each number on a page."""

from dataclasses import dataclass

from plainrecord.core.translation import _, ngettext
from plainrecord.model.doubts import Doubt, describe_doubts
from plainrecord.model.packages import ReleasedTable

Cell = None | bool | int | float | str
"""A value of a series: dates are ISO 8601 text, absent values None."""


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A published file that a query reads, which names it "schema"."table"."""

    path: str
    sha256: str
    rows: int
    schema: str = ""
    table: str = ""

    @property
    def row_words(self) -> str:
        """How many rows the file has, in words. `verify` compares the page with them."""
        return ngettext("{count} row", "{count} rows", self.rows).format(count=f"{self.rows:,}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a figure came to be: the query, the published files it reads, what came out.

    `dataset` is the one whose tables the query names without it.
    `suppressed` counts cells that are suppressed: fewer rows than the threshold are behind them.
    `release` is the date of the release ("" where there is none). `doubts` concern the records read.
    """

    sql: str
    files: tuple[ReceiptFile, ...]
    dataset: str
    rows_returned: int
    suppressed: int = 0
    threshold: int = 0
    release: str = ""
    doubts: tuple[Doubt, ...] = ()

    @property
    def rows_read(self) -> int:
        """The rows of all files that the query reads."""
        return sum(file.rows for file in self.files)

    @property
    def doubted(self) -> str:
        """What is doubted of the records read, in sentences; "" for nothing."""
        return describe_doubts(self.doubts)

    @property
    def suppressed_words(self) -> str:
        return word_suppressed(self.suppressed, self.threshold)


def word_suppressed(suppressed: int, threshold: int) -> str:
    """How many counts of a receipt are suppressed, in words. `verify` compares the page with them."""
    if not threshold and suppressed:
        return _("the value, which is suppressed in the published file")
    if not threshold:
        return _("nothing: the query reads the published files as they are")
    if not suppressed:
        return _("nothing: no count from 1 to {most}").format(most=threshold - 1)
    words = ngettext(
        "{count} count from 1 to {most}, which could point to a person",
        "{count} counts from 1 to {most}, which could point to a person",
        suppressed,
    )
    return words.format(count=f"{suppressed:,}", most=threshold - 1)


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A released table as the Parquet file that receipts name, and its dataset's doubts."""

    table: ReleasedTable
    path: str
    sha256: str
    doubts: tuple[Doubt, ...] = ()
