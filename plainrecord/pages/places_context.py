"""The contexts of the pages of places and groups."""

from dataclasses import dataclass

from plainrecord.model.counts import CountTable, Shown
from plainrecord.model.documents import PublishedDocument
from plainrecord.pages.explorer_context import CountLine
from plainrecord.pages.portal_context import Place, Shell, TestedClaim


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """The counts of a place by a field; without `lines` where the portal does not release them.

    Between years with `gaps` are some without records. Where only the most frequent values are
    listed, `cut` is how many.
    """

    label: str
    lines: tuple[CountLine, ...]
    gaps: bool = False
    cut: int = 0


@dataclass(frozen=True, slots=True)
class PlaceRate:
    """A rate of the place, with the ends of its interval, and the address of its receipt."""

    title: str
    words: str
    rate: Shown
    lower: Shown
    upper: Shown
    target: str


@dataclass(frozen=True, slots=True)
class PlaceDataset:
    """What a dataset records about a place: `count` records, named by `words`.

    `view` is the choice of the place in the explorer, as an address has it after the #.

    `share`, `rank` and `places` are None where the dataset publishes counts alone.
    """

    title: str
    target: str
    explorer: str
    view: str
    issues: str
    coverage: str
    synthetic: bool
    units: str
    words: str
    count: Shown
    share: Shown | None
    rank: Shown | None
    places: Shown | None
    years: PlaceTable | None
    tables: tuple[PlaceTable, ...]
    rates: tuple[PlaceRate, ...]
    citation: str
    documents: tuple[PublishedDocument, ...]


@dataclass(frozen=True, slots=True)
class PlaceContext:
    """`place.html`: a place, dataset by dataset. `without` are datasets that have none of it."""

    shell: Shell
    name: str
    kind: str
    parent: str
    datasets: tuple[PlaceDataset, ...]
    without: tuple[Place, ...]
    claims: tuple[TestedClaim, ...]
    table: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place in the list of a kind: its count in each dataset, None where it has no record."""

    name: str
    target: str
    counts: tuple[Shown | None, ...]


@dataclass(frozen=True, slots=True)
class UnjoinedValues:
    """The values of a dataset that name no place of the kind."""

    title: str
    label: str
    lines: tuple[CountLine, ...]


@dataclass(frozen=True, slots=True)
class PlaceKindContext:
    """`places.html`: all places of a kind, the values that do not join, and the receipts.

    `absent` are places that the kind lists and no record names.
    """

    shell: Shell
    description: str
    datasets: tuple[Place, ...]
    rows: tuple[PlaceRow, ...]
    absent: tuple[str, ...]
    unjoined: tuple[UnjoinedValues, ...]
    counted: tuple[CountTable, ...]


@dataclass(frozen=True, slots=True)
class PlacesContext:
    """`place-kinds.html`: the kinds of places that have pages, each with its number of places."""

    shell: Shell
    kinds: tuple[tuple[Place, str], ...]
