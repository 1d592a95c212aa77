"""The rows inside a chart's specification, made from its series.

The build puts them there, and `plainrecord verify` makes them again from the receipt.
"""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.ground.states import TILES, state_code
from plainrecord.model.packages import Json
from plainrecord.model.products import Cell

ROWS = "rows"
"""The name of the data set inside a specification (Vega-Lite, top-level `datasets`)."""


def plot_rows(kind: str, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[Json]:
    """A JSON object for each mark of a chart of `kind`; `names` are those of the series' columns.

    A heat map and a map keep suppressed cells, to shade them; lines and bars leave them out. A
    map has a tile for each state, with the status "none" where the series says nothing.
    """
    records: list[dict[str, Json]] = [dict(zip(names, row, strict=True)) for row in rows]
    if kind == "tile-map":
        return _tile_rows(records)
    kept = [r for r in records if kind == "heatmap" or r["status"] == "shown"]
    return list(kept)


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
