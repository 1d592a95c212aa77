"""The rows inside a chart's specification, made from its series, and what is said beside a chart.

The build puts them there, and `plainrecord verify` makes them again from the receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from plainrecord.ground.gaps import COUNT
from plainrecord.ground.states import TILES, state_code
from plainrecord.model.breaks import number_stretches
from plainrecord.model.packages import Json, MissingKind
from plainrecord.model.parts import MARK, is_part, tell_part
from plainrecord.model.products import Cell, LineBreak, PartPeriod, Series
from plainrecord.model.statuses import SHOWN, count_absent, is_shown, status_word

ROWS = "rows"
"""The name of the data set inside a specification (Vega-Lite, top-level `datasets`)."""
BREAKS = "breaks"
"""The name of the data set with the places where lines are broken."""
MOST_ROWS = 4
"""The most rows of labels above a chart."""
LINES = ("line", "small-multiples")
"""The kinds of charts that draw lines."""
WHOLE = "whole"


def show_number(value: float) -> str:
    """A number as a label: 12, 1,234, 12.5. One that is not zero never reads as zero."""
    if isinstance(value, int):  # a format with decimals goes by a double
        return f"{value:,}"
    if value.is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 0.05 else f"{value:.1g}"


def show_value(value: Cell, status: Cell) -> str:
    """A value as a label, or the word for why it is not there."""
    if not is_shown(status):
        return status_word(status)
    return show_number(value) if isinstance(value, int | float) else str(value)


def plot_rows(kind: str, series: Series, breaks: Sequence[LineBreak] = ()) -> list[Json]:
    """A JSON object for each mark of a chart of `kind`, absent values with their status.

    `text` says the value in words, or why it is not there. A map has a tile for each state. Where
    a line has gaps, each point says in which `stretch` of its line it lies. Where a period is not
    whole, `cover` says so of each mark, and a line to such a point is one of its own.
    """
    names = [column.name for column in series.columns]
    records: list[dict[str, Json]] = [dict(zip(names, row, strict=True)) for row in series.rows]
    for record in records:
        record["text"] = show_value(_cell(record["value"]), _cell(record["status"]))
    if kind == "tile-map":
        return _tile_rows(records, series.measure)
    if kind in LINES:
        _add_stretches(records, breaks)
    if series.parts:
        _add_cover(kind, records, series.parts)
    return list(records)


def plot_breaks(breaks: Sequence[LineBreak]) -> list[Json]:
    """A JSON object for each rule across a chart: the stamps beside it, its label and its row."""
    return [
        {"before": b.before, "at": b.at, "label": b.label, "row": (len(breaks) - 1 - n) % MOST_ROWS}
        for n, b in enumerate(breaks)
    ]


def tell_values(kind: str, series: Series) -> tuple[str, ...]:
    """What is said beside a chart: values that are not there, off the map, periods not whole."""
    said = list(count_absent(row[-1] for row in series.rows))
    if kind == "tile-map":
        there = {state_code(str(row[0])) for row in series.rows} - {""}
        nothing = "which is zero" if series.measure == COUNT else "so there is no data"
        if without := len(TILES) - len(there):
            tiles = "1 tile has" if without == 1 else f"{without} tiles have"
            said.append(f"{tiles} no records, {nothing}.")
        if off := name_elsewhere(series):
            said.append(f"Not on the map: {', '.join(off)}.")
    said += map(tell_part, series.parts)
    return tuple(said)


def name_elsewhere(series: Series) -> tuple[str, ...]:
    """The values of a map that name no state, each with its number."""
    return tuple(
        f"{row[0]} ({show_value(row[-2], row[-1])})"
        for row in series.rows
        if not state_code(str(row[0]))
    )


def _cell(value: Json) -> Cell:
    return None if isinstance(value, list | dict) else value


def _add_stretches(records: Sequence[dict[str, Json]], breaks: Sequence[LineBreak]) -> None:
    """Say of each point in which stretch of its line it lies, where any line has a gap."""
    if not breaks and all(is_shown(record["status"]) for record in records):
        return
    stretches = number_stretches([str(record["x"]) for record in records], breaks)
    hidden: dict[tuple[str, str], int] = {}
    for record in records:
        line = (str(record.get("color")), str(record.get("facet")))
        hidden[line] = hidden.get(line, 0) + (not is_shown(record["status"]))
        record["stretch"] = stretches[str(record["x"])] + hidden[line]


def _add_cover(kind: str, records: list[dict[str, Json]], parts: Sequence[PartPeriod]) -> None:
    """Say of each mark whether its period is whole; repeat points to which a dashed line leads."""
    for record in records:
        part = is_part(record["x"], "x", parts) or is_part(record.get("y"), "y", parts)
        record["cover"] = MARK if part else WHOLE
    if kind not in LINES:
        return
    lines: dict[tuple[str, ...], list[dict[str, Json]]] = {}
    for record in records:
        own = (str(record.get("color")), str(record.get("facet")), str(record.get("stretch")))
        if is_shown(record["status"]):
            lines.setdefault(own, []).append(record)
    for points in lines.values():
        points.sort(key=lambda record: str(record["x"]))
        for one, two in pairwise(points):
            covers = {one["cover"], two["cover"]}
            if covers == {MARK, WHOLE}:
                records.append({**(one if one["cover"] == WHOLE else two), "cover": MARK})


def _tile_rows(records: Sequence[dict[str, Json]], measure: str) -> list[Json]:
    """A record for each state; one without a row has a count of zero, and of all else no data."""
    there: dict[str, dict[str, Json]] = {}
    for record in records:
        there.setdefault(state_code(str(record["x"])), record)
    nothing: dict[str, Json] = (
        {"value": 0, "status": SHOWN, "text": "0"}
        if measure == COUNT
        else {"value": None, "status": MissingKind.MISSING.value, "text": status_word("missing")}
    )
    tiles: list[Json] = []
    for code, (across, down, name) in TILES.items():
        told = there.get(code, nothing)
        tile: dict[str, Json] = {"code": code, "state": name, "column": across, "row": down}
        tiles.append({**tile, **{key: told[key] for key in ("value", "status", "text")}})
    return tiles
