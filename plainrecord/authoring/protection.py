"""What a dataset about people releases at first: two-way tables whose counts are mostly large."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from plainrecord.authoring.columns import Column
from plainrecord.authoring.presentation import (
    LENGTHS,
    MOST_CHARTS,
    PEOPLE,
    Presentation,
    days_between,
    grain_of,
    is_average,
    name_newest,
)
from plainrecord.core.strict_json import Json
from plainrecord.model.declarations import COUNT, table_name
from plainrecord.receipts.engine import identifier

THRESHOLD = 11
MOST_DIMENSIONS = 4
AGES = (0, 18, 25, 35, 45, 55, 65, 120)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column by which records are counted, and how its values are made less detailed."""

    column: Column
    coarsen: dict[str, Json]

    @property
    def name(self) -> str:
        return self.column.name


@dataclass(frozen=True, slots=True)
class ProtectionDraft:
    """What the descriptor of a protected dataset declares beside its table."""

    privacy: dict[str, Json]
    figures: list[Json]
    charts: list[Json]
    explore: dict[str, Json]
    coverage: dict[str, Json]
    comparison: dict[str, Json]


def draft_protection(view: Presentation, identifiers: Sequence[str]) -> ProtectionDraft | None:
    """Tables to release of `view`; None where no column divides its records into large groups."""
    people = _people(view)
    dimensions = _choose_dimensions(view)
    small = view.table.rows < 2 * THRESHOLD
    if not dimensions or small or (view.added and not people):
        return None
    pairs = [list(pair) for pair in pairwise(dimensions)] or [dimensions]
    privacy: dict[str, Json] = {"mode": "tables", "identifiers": list(identifiers)}
    coarsen: list[Json] = [d.coarsen for d in dimensions if d.coarsen]
    if coarsen:
        privacy["coarsen"] = coarsen
    privacy["threshold"] = THRESHOLD
    if people:
        privacy["people"] = people.name
    privacy["tables"] = [{"dimensions": [d.name for d in pair]} for pair in pairs]
    units = people.label if people else view.units
    figure: dict[str, Json] = {"name": "total", "title": units, "sql": f"SELECT {COUNT} FROM total"}
    if view.added and view.time:  # a sum over all dates counts people once for each of them
        at, dated = identifier(view.time.name), identifier(_released(view, dimensions[:1]))
        newest = f"SELECT {COUNT} FROM {dated} WHERE {at} = (SELECT max({at}) FROM {dated})"
        title = f"{units}, {name_newest(view.time)}"
        figure = {"name": "newest-total", "title": title, "sql": newest}
    timed = dimensions[0].column is view.time
    return ProtectionDraft(
        privacy=privacy,
        figures=[figure],
        charts=list(_charts(view, dimensions, units)),
        explore={"fields": [d.name for d in dimensions]},
        coverage=view.coverage(str(dimensions[0].coarsen.get("method", "")) if timed else ""),
        comparison={"resource": _released(view, pairs[0])},
    )


def _choose_dimensions(view: Presentation) -> list[Dimension]:
    """The time, a telling column, then what describes people: as many as there are, at most four."""
    candidates = [
        c
        for c in view.categories
        if sum(count >= THRESHOLD for _, count in c.top) * 2 > len(c.top) and not c.person
    ]
    of_people = [c for c in candidates if {*c.words} & PEOPLE]
    others = [c for c in candidates if c not in of_people]
    ages = [c for c in view.columns if c.type == "integer" and "age" in c.words]
    chosen = [*others[:1], *of_people[:2]]
    brackets: dict[str, Json] = {"method": "brackets", "edges": list(AGES)}
    made = [Dimension(column, {}) for column in chosen]
    made += [Dimension(column, {"field": column.name, **brackets}) for column in ages[:1]]
    made += [Dimension(view.state, {})] if view.state else []
    made += [Dimension(column, {}) for column in others[1:]]
    time = _choose_time(view, made[0].column.distinct if made else 1)
    return [*([time] if time else []), *made][:MOST_DIMENSIONS]


def _choose_time(view: Presentation, groups: int) -> Dimension | None:
    """The time of the table, cut to the shortest period in which counts by group are large enough.

    None where there is no such period, or only one.
    """
    column = view.time
    if column is None:
        return None
    if view.added:
        return Dimension(column, {})
    if not column.is_date:
        return Dimension(column, {}) if view.table.rows >= THRESHOLD * column.distinct else None
    days = days_between(column)
    if days is None:
        return None
    for method, length in LENGTHS.items():
        if days <= length:
            break  # all dates would be in one period
        periods = max(days / length, 1)
        if view.table.rows / periods >= 2 * THRESHOLD * groups or (
            method == "year" and view.table.rows / periods >= 2 * THRESHOLD
        ):
            return Dimension(column, {"field": column.name, "method": method})
    return None


def _people(view: Presentation) -> Column | None:
    """The column that says how many people a row is about, where rows hold such numbers."""
    if not (view.added or view.grouped):
        return None
    return next(
        (
            c
            for c in (*view.sums, *view.added_up)
            if c.type == "integer"
            and c.filled == c.rows
            and int(c.least) >= 0
            and not is_average(c)
        ),
        None,
    )


def _released(view: Presentation, dimensions: Sequence[Dimension]) -> str:
    """The name of the released table: its fields stand in the order of the raw table."""
    names = {dimension.name for dimension in dimensions}
    return table_name([c.name for c in view.table.columns if c.name in names])


def _charts(
    view: Presentation, dimensions: Sequence[Dimension], units: str
) -> Iterator[dict[str, Json]]:
    """Over time, by each other dimension, and by two of them together."""

    def by(
        name: str, title: str, kind: str, fields: Sequence[Dimension], *, x: Dimension, **keys: Json
    ) -> dict[str, Json]:
        own = {"kind": kind, "resource": _released(view, fields), "x": x.name, **keys}
        title = f"{units} by {title}"
        return {"name": name, "title": title, **own, "measure": f"value:{COUNT}"}

    left = MOST_CHARTS
    timed = dimensions[0].column is view.time
    groups = dimensions[1:] if timed else dimensions
    if timed:
        time = dimensions[0]
        step = time.coarsen.get("method") or grain_of(time.column)
        yield by("over-time", str(step), "line" if step != "quarter" else "bar", [time], x=time)
        left -= 1
    if view.added:
        return
    for number, group in enumerate(groups[: left - 1], 1):
        kind = "tile-map" if group.column is view.state else "bar"
        yield by(f"by-group-{number}", group.column.inner, kind, [group], x=group)
    if len(groups) > 1:
        one, two = groups[:2]
        title = f"{one.column.inner} and {two.column.inner}"
        yield by("two-groups", title, "heatmap", [one, two], x=two, y=one.name)
