"""Coordinates of records to cells of a grid, each of which is a circle on a map."""

import math
import re
from collections.abc import Sequence

import duckdb

from plainrecord.model.maps import MapSettings
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.receipts.engine import identifier, literal, query_limits

MOST_CELLS = 600
"""The most cells of a map: the finest grid that has no more is taken."""
GRIDS = tuple(step * 10.0**power for power in (1, 0, -1, -2, -3, -4) for step in (5, 2, 1))
"""The grids in degrees, from coarse to fine. The finest is about 10 metres."""
MULTIPLES = (1215, 405, 135, 45, 15, 5, 3, 1)
"""The grids over rounded coordinates, in steps: odd, so that no coordinate is on a border."""
NO_POINT, ORIGIN, OUTSIDE = "Not a point", "At 0, 0", "Out of range"
WORDS = (NO_POINT, ORIGIN, OUTSIDE)
"""What stands in the place of a cell where a record is on none."""
LABEL = "Latitude, longitude"
_PAIR = r"^\s*\[?\s*([-+.0-9eE]+)\s*,\s*([-+.0-9eE]+)\s*\]?\s*$"
_ROUNDED = re.compile("(?:^|Generalised )(rounded to ([0-9.e-]+))(?:$| for privacy)")
"""What a release says of a field that it rounded, here or in the file that `protect` wrote."""


def find_problem(x: Field, y: Field | None) -> tuple[str, str]:
    """Why the two fields are no longitude and latitude, and what is expected; empty if they are."""
    expected = "x: a field of longitudes and y: one of latitudes, or x: a geopoint"
    if y is None:
        wrong = x.type not in ("geopoint", "string", "any")
        return (
            (f"{x.name} has the type {x.type}, and there is no y", expected) if wrong else ("", "")
        )
    for field in (x, y):
        if field.type not in ("number", "integer"):
            return f"{field.name} has the type {field.type}", expected
    if x.name.lower() in ("lat", "latitude") or y.name.lower() in ("lon", "long", "longitude"):
        return f"x is {x.name} and y is {y.name}: they are swapped", expected
    return "", ""


def locate_points(
    connection: duckdb.DuckDBPyConnection,
    table: ReleasedTable,
    x: Field,
    y: Field | None,
    where: str,
    *,
    single: bool,
) -> tuple[str, MapSettings]:
    """SQL for the cell of a record, "latitude, longitude" of its middle, and the grid.

    What is no point on the earth has a word instead. `single` points have no grid: each is a cell.
    """
    latitude, longitude = _read_sql(x, y)
    given = [field.generalised or field.description for field in (x, y) if field]
    matches = list(map(_ROUNDED.search, given))
    steps = [float(match[2]) for match in matches if match]
    coarsened = ", ".join(dict.fromkeys(match[1] for match in matches if match))
    grids: Sequence[float] = [n * max(steps) for n in MULTIPLES] if steps else GRIDS
    grid = 0.0
    if not single:
        on_earth = f"abs({latitude}) <= 90 AND abs({longitude}) <= 180"
        points = (
            f"SELECT {latitude} AS y, {longitude} AS x FROM {identifier(table.resource)} "
            f"WHERE ({where or 'TRUE'}\n) AND {on_earth}"
        )
        grid = _choose_grid(connection, table, points, grids)
    cell = f"{latitude} || ', ' || {longitude}"
    if grid:
        number = f"%.{max(0, -math.floor(math.log10(grid) + 1e-9))}f"
        if steps:
            decimals = max(len(f"{step:f}".rstrip("0").partition(".")[2]) for step in steps)
            number = f"%.{decimals}f"
        middles = (f"round({each} / {grid!r}) * {grid!r} + 0.0" for each in (latitude, longitude))
        cell = f"printf('{number}, {number}', {', '.join(middles)})"
    return (
        f"CASE WHEN {latitude} IS NULL OR {longitude} IS NULL THEN "
        f"{literal(NO_POINT)} "
        f"WHEN NOT (abs({latitude}) <= 90 AND abs({longitude}) <= 180) THEN {literal(OUTSIDE)} "
        f"WHEN {latitude} = 0 AND {longitude} = 0 THEN {literal(ORIGIN)} ELSE {cell} END"
    ), MapSettings("", classes="", grid=grid, coarsened=coarsened)


def _read_sql(x: Field, y: Field | None) -> tuple[str, str]:
    """SQL for latitude and longitude as numbers; null where a text has none.

    Table Schema v2: a geopoint is "longitude, latitude", an array of the two, or an object.
    """
    name = identifier(x.name)
    if y is not None:
        return f"CAST({identifier(y.name)} AS DOUBLE)", f"CAST({name} AS DOUBLE)"
    if x.type == "geopoint" and x.format == "object":
        parts = (f"json_extract_string({name}, '$.{key}')" for key in ("lat", "lon"))
    else:
        parts = (f"regexp_extract({name}, {literal(_PAIR)}, {group})" for group in (2, 1))
    latitude, longitude = (f"TRY_CAST({part} AS DOUBLE)" for part in parts)
    return latitude, longitude


def _choose_grid(
    connection: duckdb.DuckDBPyConnection,
    table: ReleasedTable,
    points: str,
    grids: Sequence[float],
) -> float:
    """The finest of the grids on which the points have at most `MOST_CELLS` cells."""
    chosen = grids[0]
    with query_limits(connection):
        connection.execute(f"USE memory.{identifier(table.dataset)}")
        for grid in grids:
            [(many,)] = connection.execute(
                f"SELECT count(*) FROM (SELECT DISTINCT round(y / {grid!r}), round(x / {grid!r}) "
                f"FROM ({points}) LIMIT {MOST_CELLS + 1})"
            ).fetchall()
            if many > MOST_CELLS:
                break
            chosen = grid
    return chosen
