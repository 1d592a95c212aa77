"""Pages of places and groups: what a maintainer declares, and which places there are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import Field as Key

from plainrecord.core.us_states import TERRITORIES, TILES, name_state
from plainrecord.model.forms import StrictForm, Texts
from plainrecord.model.maps import fold_name as fold_words

PLACES = "places/index.html"
MOST_PLACES = 5_000
"""How many values a field of places may have: each has a page."""


def fold_name(name: str) -> str:
    """What is the same for all spellings of a place; a name without letters and digits is its own."""
    return fold_words(name) or name


class PlaceKind(StrictForm):
    """A kind of place or group that has pages, across datasets: states, facilities, forces.

    Values of datasets are joined by name, without regard to case and accents. With the `codes`
    us-states they are names, postal codes or FIPS codes of states and territories. `places` lists the names for
    readers, each with the other spellings that records have; what it does not list does not join.
    """

    name: str = Key(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    title: str = Key(min_length=1)
    description: str = ""
    codes: Literal["", "us-states"] = ""
    places: Mapping[str, Texts] = Key(default_factory=dict)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A list beside codes."""
        if self.codes:
            yield "places", "no codes, which name the places"

    def join(self, value: str) -> str | None:
        """The name of the place that `value` means; None where it is none of the kind."""
        if self.codes:
            return name_state(value) or None
        if not self.places:
            return " ".join(value.split()) or None
        return self.by_spelling.get(fold_name(value))

    @property
    def known(self) -> Mapping[str, Sequence[str]]:
        """The names that the kind lists, each with other spellings: a state's is its postal code."""
        states = {name: (code,) for code, (_column, _row, name) in TILES.items()}
        return {**states, **TERRITORIES} if self.codes else self.places

    @cached_property
    def by_spelling(self) -> dict[str, str]:
        """The name of a listed place by each of its spellings, folded."""
        return {
            fold_name(text): name for name, more in self.places.items() for text in (name, *more)
        }


class PlaceSettings(StrictForm):
    """The field whose values have pages, and `date` and `by` that each page counts by."""

    kind: str
    field: str
    resource: str = ""
    date: str = ""
    year: Literal["calendar", "fiscal"] = "calendar"
    by: Texts = Key(default=(), max_length=4)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A kind of year without a date, a field twice."""
        if not self.date:
            yield "year", "a date"
        if len({self.field, self.date, *self.by}) < len(self.by) + 2:
            yield "by", "each field once"


@dataclass(frozen=True, slots=True)
class PlaceList:
    """The places of a kind that occur in records: their names and addresses, by folded name."""

    kind: PlaceKind
    names: Mapping[str, str] = field(default_factory=dict)
    slugs: Mapping[str, str] = field(default_factory=dict)

    def page(self, name: str) -> str:
        """The path of the page of a place."""
        return f"places/{self.kind.name}/{self.slugs[fold_name(name)]}/index.html"

    def find(self, value: str) -> str | None:
        """The name of the place with a page that `value` means; None where there is none."""
        name = self.kind.join(value)
        return self.names.get(fold_name(name) or name) if name else None

    @property
    def absent(self) -> tuple[str, ...]:
        """The names that the kind lists and no record has, in their order."""
        return tuple(sorted(name for name in self.kind.known if fold_name(name) not in self.names))

    @property
    def path(self) -> str:
        """The path of the page that lists them."""
        return f"places/{self.kind.name}/index.html"
