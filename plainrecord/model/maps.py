"""Places on a map: their outlines, and how their values are divided into classes."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_CODE = re.compile(r"[0-9]+|[A-Z]{2,3}")
Point = tuple[float, float]
Ring = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A place with folded `names` and outlines in pixels, () where they have no room."""

    label: str
    names: tuple[str, ...]
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The places of a map. `credit` says in a sentence who made the outlines, and the licence.

    `credit_url` is a page about them, "" where there is none. `source` is the GeoJSON of outlines
    that a maintainer brought, without other properties.
    """

    name: str
    credit: str
    places: tuple[MapPlace, ...]
    credit_url: str = ""
    by_name: Mapping[str, int] = field(default_factory=dict)
    source: bytes = field(default=b"", repr=False)

    def find(self, value: str) -> MapPlace | None:
        """The place that a value names by its code or name; None where it names none, or several."""
        number = self.by_name.get(fold_name(value))
        return None if number is None else self.places[number]

    def name_place(self, value: str) -> str:
        """The name of the place that a value names, "" where it names none."""
        place = self.find(value)
        return place.label if place else ""

    def name_codes(self, values: Iterable[str]) -> dict[str, str]:
        """The names for readers of the values that are codes of places."""
        return {
            value: place.label
            for value in values
            if (self.source or _CODE.fullmatch(value)) and (place := self.find(value))
        }


@dataclass(frozen=True, slots=True)
class MapSettings:
    """How a map is drawn: its boundaries by name, and its classes.

    `classes` is quantile, equal or chosen, with the `edges` that a maintainer chose. `off` are the
    values that are not on the map, `empty` is how many places have no record. `join` and `label`
    are properties in the file of a maintainer. A map of points has the `grid` of its cells in
    degrees, and says how their coordinates were `coarsened` to protect people.
    """

    boundaries: str
    classes: str = "quantile"
    edges: tuple[float, ...] = ()
    off: tuple[str, ...] = ()
    empty: int = 0
    credit: str = ""
    join: str = ""
    label: str = ""
    grid: float = 0.0
    coarsened: str = ""
    shapes: Boundaries | None = field(default=None, compare=False, repr=False)


def fold_name(text: str) -> str:
    """A name without case, accents and signs, for comparing: "St. Lucia" and "ST LUCIA" are equal."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )
    return " ".join(re.sub(r"[^\w]+", " ", plain.casefold().replace("&", " and ")).split())


def index_names(places: Sequence[MapPlace]) -> dict[str, int]:
    """The number of the place of each name; a name of two places is none of either."""
    numbers: dict[str, int] = {}
    several: set[str] = set()
    for number, place in enumerate(places):
        for name in dict.fromkeys(place.names):
            if name and numbers.setdefault(name, number) != number:
                several.add(name)
    return {name: number for name, number in numbers.items() if name not in several}
