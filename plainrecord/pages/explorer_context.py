"""What the template of the explorer is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from plainrecord.model.counts import CountTable, Label, Shown
from plainrecord.model.explorer import Explorer
from plainrecord.pages.portal_context import DatasetPage


@dataclass(frozen=True, slots=True)
class CountLine:
    """A year or a value, its count, and that as a part of the largest; years may be incomplete."""

    name: Label
    count: Shown
    part: float
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class ValuesView:
    """The first values of a field: the most frequent, or those in an order if it is `ordered`.

    `map` is the path of a document, "" for no map. `names` has the names of places by their codes.
    """

    field: str
    label: str
    anchor: str
    lines: tuple[CountLine, ...]
    counted: CountTable
    names: Mapping[str, str]
    ordered: bool = False
    map: str = ""


@dataclass(frozen=True, slots=True)
class ExplorerContext(DatasetPage):
    """`settings` is the path of explorer.json, `units` the unit's plural, `words` fit the total."""

    settings: str
    explorer: Explorer
    units: str
    words: str
    total: Shown
    years: tuple[CountLine, ...]
    year_label: str
    values: tuple[ValuesView, ...]
