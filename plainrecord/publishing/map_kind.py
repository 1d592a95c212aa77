"""What maps with real boundaries share: their keys, and how values are joined to places."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from plainrecord.core.strict_json import Json
from plainrecord.core.translation import _, ngettext
from plainrecord.model.maps import Boundaries, MapSettings
from plainrecord.model.packages import MissingKind
from plainrecord.model.products import LineBreak, Series
from plainrecord.model.statuses import SHOWN, status_word
from plainrecord.publishing.boundaries import find_boundaries, is_builtin
from plainrecord.publishing.chart_kind import ChartKind
from plainrecord.publishing.chart_rows import show_value
from plainrecord.receipts.absent_rows import is_zero_without_rows

MOST_OFF_MAP = 1 / 3
"""The largest share of the values that may be no place of the boundaries."""
MOST_NAMED = 12
"""How many values a note or a finding names."""


class MapKind(ChartKind):
    """A map of places. The values of `x` name them by code or name.

    `boundaries` is us-states, us-counties, us-counties/TX, countries, or a GeoJSON or TopoJSON file
    in the dataset's folder. In a file, `join` is the property that the values of `x` name, `label`
    the one with the name for readers, and `credit` says who made it and its licence.
    """

    completed: ClassVar = ""

    boundaries: str
    join: str = ""
    label: str = ""
    credit: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        yield from super().idle_keys()
        own = bool(self.boundaries) and not is_builtin(self.boundaries)
        for key in ("join", "label", "credit"):
            if not own:
                yield key, "a file of boundaries"
        if own and not (self.join and self.credit):
            yield "boundaries", "join, a property in the file, and credit, its source and licence"

    def choose_classes(self) -> tuple[str, tuple[float, ...]]:
        """The classes by name, and their edges where they are chosen."""
        return "", ()

    def locate(self, series: Series, shapes: Boundaries) -> Series:
        """The series with the settings of its map over `shapes`."""
        classes, edges = self.choose_classes()
        names = [str(row[0]) for row in series.rows]
        settings = MapSettings(
            boundaries=self.boundaries,
            classes=classes,
            edges=edges,
            off=tuple(n for n in names if not ((place := shapes.find(n)) and place.rings)),
            credit=shapes.credit,
            join=self.join,
            label=self.label,
            shapes=shapes,
        )
        located = replace(name_places(series, shapes), map=settings)
        return replace(located, map=replace(settings, empty=len(_list_empty(located))))

    def problem(self, series: Series) -> str:
        """Why values cannot stand on the map; empty where they can."""
        shapes = series.map and series.map.shapes
        if not shapes:
            return ""
        if series.columns[0].type not in ("string", "any"):
            return f"{self.x} has the type {series.columns[0].type}: a code of a place is a text"
        names = [str(row[0]) for row in series.rows if row[0] not in series.columns[0].apart]
        return find_problem(self.x, names, shapes)

    @classmethod
    def rows(cls, series: Series, breaks: Sequence[LineBreak] = ()) -> list[Json]:
        """Also a mark for each place without a record, where the outlines are known."""
        return [*super().rows(series, breaks), *_list_empty(series)]

    @classmethod
    def drawn(cls, series: Series) -> Series:
        off = series.map.off if series.map else ()
        return replace(series, rows=tuple(row for row in series.rows if str(row[0]) not in off))

    @classmethod
    def fill(cls, series: Series, given: Sequence[Json]) -> list[Json]:
        """The right marks of the places that `given` marks name, for which there is no record."""
        there = {str(series.columns[0].show(row[0])) for row in series.rows}
        names = [str(mark.get("x")) for mark in given if isinstance(mark, dict)]
        return [_mark_empty(series, name) for name in names if name not in there]

    @classmethod
    def notes(cls, series: Series) -> tuple[str, ...]:
        """Also how many places have no record, what is not on the map, and who made the outlines."""
        notes = list(super().notes(series))
        settings = series.map
        if settings is None:
            return tuple(notes)
        if settings.empty:
            notes.append(count_empty(settings.empty, counted=is_zero_without_rows(series.measure)))
        shapes = find_boundaries(settings)
        notes += note_off(series, settings.off, shapes.name_place if shapes else lambda _value: "")
        if settings.credit:
            notes.append(settings.credit)
        return tuple(notes)


def note_off(
    series: Series, off: Collection[str], name_place: Callable[[str], str]
) -> Iterator[str]:
    """Sentences on values that are `off` a map: places that it does not draw, and what is no place.

    `name_place` gives the name of the place of a value, "" for what is none.
    """
    rows = [row for row in series.rows if str(row[0]) in off]
    words = [(name_place(str(row[0])), f"({show_value(row[-2], row[-1])})", row[0]) for row in rows]
    if places := [f"{name} {number}" for name, number, _value in words if name]:
        names = _join_first(places)
        yield _("Places that this map does not draw: {names}.").format(names=names)
    if rest := [f"{value} {number}" for name, number, value in words if not name]:
        yield _("Not on the map: {names}.").format(names=_join_first(rest))


def name_places(series: Series, shapes: Boundaries) -> Series:
    """The series with the names of the places of which its rows have codes."""
    key, *others = series.columns
    names = shapes.name_codes(str(row[0]) for row in series.rows)
    return replace(series, columns=(replace(key, names=names), *others))


def count_empty(count: int, *, counted: bool) -> str:
    """A sentence on the places of a map without a record: zero where records are `counted`."""
    zero = ngettext(
        "{count} place has no records: its count is 0.",
        "{count} places have no records: their count is 0.",
        count,
    )
    nothing = ngettext(
        "{count} place has no records, so there is no data.",
        "{count} places have no records, so there is no data.",
        count,
    )
    return (zero if counted else nothing).format(count=f"{count:,}")


def find_problem(field: str, names: Sequence[str], shapes: Boundaries) -> str:
    """Why the values `names` of a field cannot stand on one map; empty where they can."""
    seen: dict[str, str] = {}
    twice: list[str] = []
    for name in names:
        place = shapes.find(name)
        if place and seen.setdefault(place.label, name) != name:
            twice.append(f"{seen[place.label]!r} and {name!r} are one place, {place.label}")
    if twice:
        return f"{_join_first(twice, '; ')}. Derive a field with one spelling for each place"
    off = [name for name in names if not shapes.find(name)]
    if not seen or len(off) > MOST_OFF_MAP * len(names):
        problem = f"{len(off):,} of {len(names):,} values of {field} are no places of"
        return f"{problem} {shapes.name}: {_join_first(list(map(repr, off)))}"
    return ""


def _join_first(words: Sequence[str], comma: str = ", ") -> str:
    more = f" and {len(words) - MOST_NAMED:,} more" if len(words) > MOST_NAMED else ""
    return comma.join(words[:MOST_NAMED]) + more


def _list_empty(series: Series) -> list[dict[str, Json]]:
    """The marks of all places for which the series has no row."""
    shapes = series.map and series.map.shapes
    if not shapes:
        return []
    there = {place.label for row in series.rows if (place := shapes.find(str(row[0])))}
    return [
        _mark_empty(series, place.label)
        for place in shapes.places
        if place.rings and place.label not in there
    ]


def _mark_empty(series: Series, name: str) -> dict[str, Json]:
    return {"x": name, **describe_empty(series)}


def describe_empty(series: Series) -> dict[str, Json]:
    """The value of a place without a record: zero where records are counted."""
    if is_zero_without_rows(series.measure):
        return {"value": 0, "status": SHOWN, "text": "0"}
    missing = MissingKind.MISSING.value
    return {"value": None, "status": missing, "text": status_word(missing)}
