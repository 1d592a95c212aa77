"""A map of the states, one tile for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from plainrecord.core.strict_json import Json
from plainrecord.core.translation import to_translate
from plainrecord.core.us_states import TILES, is_territory, name_state, state_code
from plainrecord.model.products import LineBreak, Series
from plainrecord.publishing.chart_kind import ChartKind
from plainrecord.publishing.chart_rows import name_rows
from plainrecord.publishing.map_kind import count_empty, describe_empty, note_off
from plainrecord.publishing.plot import Plot
from plainrecord.receipts.absent_rows import is_zero_without_rows

COLUMNS, ROWS_DOWN = 11, 8
MOST_WIDTH = 560
"""A map is not wider than this, in pixels."""
MOST_OFF_MAP = 0.1
"""The largest share of the values of a map that may name no state; one may beside two states."""

if TYPE_CHECKING:
    from altair.utils.schemapi import SchemaBase

    from plainrecord.publishing.vega_marks import AnyChart


class TileMap(ChartKind):
    """A shaded tile for each state; a sentence below it names what is no state."""

    words = to_translate("Map of states, one tile per state")
    completed = ""
    fits = (
        "a field of texts in which nearly all values are postal codes, names or FIPS codes of "
        "states, one row for each; or a chart of another kind, such as bar"
    )

    def problem(self, series: Series) -> str:
        """Why values cannot stand on a map of states; empty where they can.

        Words for absent values and the rest of a limited list are no places. Territories are, though
        the map has no tile for most of them.
        """
        if series.columns[0].type not in ("string", "any"):
            return (
                f"{self.x} has the type {series.columns[0].type}: a number may be any code, and "
                "a FIPS code is a text of two digits"
            )
        names = [str(row[0]) for row in series.rows]
        codes: dict[str, str] = {}
        for name in names:
            code = state_code(name)
            if code and codes.setdefault(code, name) != name:
                return f"{codes[code]!r} and {name!r} are one state"
            if names.count(name) > 1:
                return f"{name!r} has more than one row"
        places = [name for name in names if name not in series.columns[0].apart]
        off = [name for name in places if not state_code(name) and not is_territory(name)]
        if not codes or len(off) > max(MOST_OFF_MAP * len(places), len(codes) > 1):
            shown = ", ".join(repr(name) for name in off[:3])
            more = f" and {len(off) - 3:,} more" if len(off) > 3 else ""
            share = f"{len(off):,} of {len(places):,} values of {self.x} are no states"
            return f"{share} ({100 * len(off) / max(1, len(places)):.0f}%): {shown}{more}"
        return ""

    @classmethod
    def rows(cls, series: Series, breaks: Sequence[LineBreak] = ()) -> list[Json]:  # noqa: ARG003
        """A record for each state; one without a row has a count of zero, and of all else no data."""
        there: dict[str, dict[str, Json]] = {}
        for record in name_rows(series):
            there.setdefault(state_code(str(record["x"])), record)
        nothing = describe_empty(series)
        tiles: list[Json] = []
        for code, (across, down, name) in TILES.items():
            row = there.get(code, nothing)
            tile: dict[str, Json] = {"code": code, "state": name, "column": across, "row": down}
            tiles.append({**tile, **{key: row[key] for key in ("value", "status", "text")}})
        return tiles

    @classmethod
    def drawn(cls, series: Series) -> Series:
        return replace(series, rows=tuple(row for row in series.rows if state_code(str(row[0]))))

    @classmethod
    def notes(cls, series: Series) -> tuple[str, ...]:
        """Also how many tiles have no records, and what is not on the map."""
        notes = list(super().notes(series))
        there = {state_code(str(row[0])) for row in series.rows} - {""}
        if without := len(TILES) - len(there):
            notes.append(count_empty(without, counted=is_zero_without_rows(series.measure)))
        off = [str(row[0]) for row in series.rows if not state_code(str(row[0]))]
        return (*notes, *note_off(series, off, name_state))

    @classmethod
    def specify(cls, plot: Plot) -> AnyChart:
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks

        side = min(plot.width, MOST_WIDTH) / COLUMNS
        across, down = (
            alt.Scale(domain=list(range(count)), paddingInner=0.06, paddingOuter=0)
            for count in (COLUMNS, ROWS_DOWN)
        )
        place: dict[str, SchemaBase] = {
            "x": alt.X("column:O", axis=None, scale=across),
            "y": alt.Y("row:O", axis=None, scale=down),
        }
        tooltip = marks.tooltip(plot, "state")
        height = side * ROWS_DOWN
        top = marks.SHADES_HEIGHT + 6
        boxes = marks.layer(
            alt.MarkDef(
                "rect", strokeWidth=1, invalid="show", description=marks.describe_mark("state")
            ),
            **place,
            color=marks.shades(plot, left=0, top=top),
            stroke=marks.outlined(),
            tooltip=tooltip,
        )
        ink = marks.ink_on_shades(plot.frame)
        size, dy = (13, -7) if plot.wide else (11, 0)
        mark = alt.MarkDef("text", fontSize=size, dy=dy, baseline="middle", aria=False)
        codes = marks.layer(mark, **place, text=alt.Text("code:N"), color=ink, tooltip=tooltip)
        layers = [boxes, codes]
        if plot.wide:
            # A tile with zero or without a value is known by its fill, which the key names.
            number = {
                "expr": f"({marks.EMPTY}) || ({marks.ABSENT}) ? '' : datum.value < 1000 ? "
                "datum.text : format(datum.value, '.3~s')"
            }
            mark = alt.MarkDef(
                "text", fontSize=11, dy=8, baseline="middle", aria=False, text=number
            )
            layers.append(marks.layer(mark, **place, color=ink, tooltip=tooltip))
        return marks.lay_out(
            plot,
            layers,
            height,
            right=plot.width - side * COLUMNS,
            top=top,
            key=10,
        )


CHART = ("tile-map", TileMap)
