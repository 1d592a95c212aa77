"""The rows inside a chart's specification, made from its series.

The build puts them there, and `plainrecord verify` makes them again from the receipt.
"""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.ground.states import TILES, state_code
from plainrecord.model.breaks import number_stretches
from plainrecord.model.packages import Json
from plainrecord.model.products import Cell, LineBreak

ROWS = "rows"
"""The name of the data set inside a specification (Vega-Lite, top-level `datasets`)."""
BREAKS = "breaks"
"""The name of the data set with the places where lines are broken."""
MOST_ROWS = 4
"""The most rows of labels above a chart."""
LINES = ("line", "small-multiples")
"""The kinds of charts that draw lines."""


def plot_rows(
    kind: str,
    names: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    breaks: Sequence[LineBreak] = (),
) -> list[Json]:
    """A JSON object for each mark of a chart of `kind`; `names` are those of the series' columns.

    A heat map and a map keep suppressed cells, to shade them; lines and bars leave them out. A
    map has a tile for each state, with the status "none" where the series says nothing. Where a
    line has gaps, each point says in which `stretch` of its line it lies.
    """
    records: list[dict[str, Json]] = [dict(zip(names, row, strict=True)) for row in rows]
    if kind == "tile-map":
        return _tile_rows(records)
    if kind in LINES:
        _add_stretches(records, breaks)
    kept = [r for r in records if kind == "heatmap" or r["status"] == "shown"]
    return list(kept)


def plot_breaks(breaks: Sequence[LineBreak]) -> list[Json]:
    """A JSON object for each rule across a chart: the stamps beside it, its label and its row."""
    return [
        {"before": b.before, "at": b.at, "label": b.label, "row": (len(breaks) - 1 - n) % MOST_ROWS}
        for n, b in enumerate(breaks)
    ]


def _add_stretches(records: Sequence[dict[str, Json]], breaks: Sequence[LineBreak]) -> None:
    """Say of each point in which stretch of its line it lies, where any line has a gap."""
    if not breaks and all(record["status"] == "shown" for record in records):
        return
    stretches = number_stretches([str(record["x"]) for record in records], breaks)
    hidden: dict[tuple[str, str], int] = {}
    for record in records:
        line = (str(record.get("color")), str(record.get("facet")))
        hidden[line] = hidden.get(line, 0) + (record["status"] != "shown")
        record["stretch"] = stretches[str(record["x"])] + hidden[line]


def _tile_rows(records: Sequence[dict[str, Json]]) -> list[Json]:
    placed: list[Json] = []
    there: set[str] = set()
    for record in records:
        code = state_code(str(record["x"]))
        if code:
            across, down, name = TILES[code]
            there.add(code)
            placed.append(
                {"code": code, "state": name, "column": across, "row": down,
                 "value": record["value"], "status": record["status"]}
            )  # fmt: skip
    placed += [
        {"code": code, "state": name, "column": across, "row": down, "value": 0, "status": "none"}
        for code, (across, down, name) in TILES.items()
        if code not in there
    ]
    return placed
