"""The page with the rows of a released table: the file that it reads, and its first rows."""

from dataclasses import dataclass

from pydantic import BaseModel

from plainrecord.core.plurals import begin_sentence
from plainrecord.model.counts import CountTable
from plainrecord.model.packages import Field
from plainrecord.model.views import ViewDocument

MOST_COLUMNS = 10
"""The columns that the page shows before a reader chooses others."""
TEXTS = ("string", "any", "object", "array", "list", "geopoint", "geojson", "duration")
"""Types whose values a reader searches for a part of the text."""
RANGES = ("integer", "number", "year", "yearmonth", "date", "datetime")
"""Types whose values a reader limits by the smallest and the largest."""
UNLISTED = ("number", "date", "datetime")
"""Types whose values are not listed to choose from."""
LONGEST = 300
"""Characters of a text that the page shows."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """A released table at `path`; `first` has rows of `MOST_COLUMNS` as readers see them."""

    resource: str
    title: str
    unit: str
    fields: tuple[Field, ...]
    path: str
    sha256: str
    rows: int
    first: CountTable


def list_filters(kind: str, *, named: bool) -> tuple[str, ...]:
    """How a reader may filter a column of a type; `named` where its values have labels."""
    able = {
        "values": kind not in UNLISTED,
        "range": kind in RANGES,
        "text": kind in TEXTS and not named,
    }
    return tuple(name for name, holds in able.items() if holds)


def absence_words(field: Field) -> tuple[str, ...]:
    """What absent values of a field are called: a word for each of its marks."""
    return tuple(begin_sentence(mark.label) for mark in field.missing_values)


class RowsColumn(BaseModel):
    """A column in `rows.json`: how its values are filtered, and the column of its marks."""

    name: str
    label: str
    type: str
    filters: list[str]
    mark: str = ""


class RowsDocument(ViewDocument):
    """What of `rows.json` the number of a view depends on."""

    file: str
    columns: list[RowsColumn]
