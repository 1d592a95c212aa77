"""A map of the states, one tile for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from plainrecord.core.strict_json import Json
from plainrecord.core.us_states import TILES, is_territory, state_code
from plainrecord.model.evidence import Cell
from plainrecord.model.packages import MissingKind
from plainrecord.model.products import LineBreak, Series
from plainrecord.model.statuses import SHOWN, is_shown, status_word
from plainrecord.publishing import svg
from plainrecord.publishing.chart_kind import ChartKind, Plot
from plainrecord.publishing.chart_rows import name_rows, show_number, show_value
from plainrecord.receipts.absent_rows import COUNT

MOST_OFF_MAP = 0.1
"""The largest share of the values of a map that may name no state; one may beside two states."""

if TYPE_CHECKING:
    from altair.utils.schemapi import SchemaBase

    from plainrecord.publishing.vega_marks import AnyChart


class TileMap(ChartKind):
    """A shaded tile for each state; a sentence below it names what is no state."""

    words = "Map of states, one tile per state"
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
        nothing: dict[str, Json] = (
            {"value": 0, "status": SHOWN, "text": "0"}
            if series.measure == COUNT
            else {
                "value": None,
                "status": MissingKind.MISSING.value,
                "text": status_word("missing"),
            }
        )
        tiles: list[Json] = []
        for code, (across, down, name) in TILES.items():
            told = there.get(code, nothing)
            tile: dict[str, Json] = {"code": code, "state": name, "column": across, "row": down}
            tiles.append({**tile, **{key: told[key] for key in ("value", "status", "text")}})
        return tiles

    @classmethod
    def notes(cls, series: Series) -> tuple[str, ...]:
        """Also how many tiles have no records, and what is not on the map."""
        said = list(super().notes(series))
        there = {state_code(str(row[0])) for row in series.rows} - {""}
        nothing = "which is zero" if series.measure == COUNT else "so there is no data"
        if without := len(TILES) - len(there):
            tiles = "1 tile has" if without == 1 else f"{without} tiles have"
            said.append(f"{tiles} no records, {nothing}.")
        if off := name_elsewhere(series):
            said.append(f"Not on the map: {', '.join(off)}.")
        return tuple(said)

    @classmethod
    def specify(cls, plot: Plot) -> AnyChart:
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks

        shown = plot.frame[plot.frame["status"].map(is_shown)]
        most = max(map(float, shown["value"]), default=0.0)
        hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
        place: dict[str, SchemaBase] = {
            "x": alt.X("column:O", axis=hidden, scale=alt.Scale(domain=list(range(11)))),
            "y": alt.Y("row:O", axis=hidden, scale=alt.Scale(domain=list(range(8)))),
        }
        outlined = f"({marks.EMPTY}) || ({marks.ABSENT})"
        told = marks.tooltip(plot.labels, "state")
        boxes = alt.core.UnitSpec(
            mark=alt.MarkDef("rect", stroke="white", strokeWidth=2, invalid="show"),
            encoding=alt.FacetedEncoding(
                **place,
                color=marks.shades(plot.labels),
                stroke=alt.StrokeValue(
                    "white", condition={"test": outlined, "value": marks.OUTLINE}
                ),
                strokeWidth=alt.StrokeWidthValue(2, condition={"test": outlined, "value": 1}),
                tooltip=told,
            ),
        )
        ink = alt.ColorValue(
            "#222222",
            condition=[  # the fills of statuses are the same in both themes, so their ink is dark
                {"test": marks.ABSENT, "value": "#111111"},
                {"test": f"datum.value > {most} * 0.5", "value": "white"},
            ],
        )
        codes = alt.core.UnitSpec(
            mark=alt.MarkDef("text", fontSize=12, dy=-6),
            encoding=alt.FacetedEncoding(**place, text=alt.Text("code:N"), color=ink, tooltip=told),
        )
        words = alt.core.UnitSpec(
            mark=alt.MarkDef("text", fontSize=9, dy=8, limit=52),
            encoding=alt.FacetedEncoding(
                **place,
                text=alt.Text("text:N"),
                color=ink,
                # A tile with zero or without a value is known by its fill, which the key names.
                opacity=alt.OpacityValue(1, condition={"test": outlined, "value": 0}),
                tooltip=told,
            ),
        )
        return alt.core.TopLevelLayerSpec(
            data=marks.ROWS,
            layer=[boxes, codes, words, *marks.status_key(plot.frame)],
            width="container",
            height=360,
        )

    @classmethod
    def draw(cls, series: Series, title: str, alt: str, breaks: Sequence[LineBreak]) -> Markup:  # noqa: ARG003
        picture = svg.Picture()
        tiles = [tile for tile in cls.rows(series) if isinstance(tile, dict)]
        numbers = [tile["value"] for tile in tiles]
        most = max((float(n) for n in numbers if isinstance(n, int | float)), default=1.0)
        side = svg.WIDTH / 11
        for tile in tiles:
            got, status, words = tile["value"], tile["status"], str(tile["text"])
            number = float(got) if isinstance(got, int | float) else None
            kind = str(status) if number is None else svg.shade(number, most)
            x, y = float(str(tile["column"])) * side, float(str(tile["row"])) * side
            told = f"{tile['state']}: {words}"
            picture.box(x + 1, y + 1, side - 2, side - 2, f"tile {kind}", told)
            dark = number is not None and number > most * 4 / svg.STEPS
            ink = "on-dark" if dark else "on-light" if kind.startswith("seq") else "label"
            picture.text(x + side / 2, y + side / 2 + 1, str(tile["code"]), ink, "middle", 16)
            if number:
                picture.text(x + side / 2, y + side / 2 + 18, _short(number), ink, "middle", 12)
        present: list[tuple[Cell, ...]] = [(str(tile["status"]),) for tile in tiles]
        return picture.finish(svg.draw_key(picture, side * 8 + 16, most, present), title, alt)


def name_elsewhere(series: Series) -> tuple[str, ...]:
    """The values of a map that name no state, each with its number."""
    return tuple(
        f"{row[0]} ({show_value(row[-2], row[-1])})"
        for row in series.rows
        if not state_code(str(row[0]))
    )


def _short(number: float) -> str:
    if number >= 10_000:
        return f"{number / 1000:.0f}k"
    return f"{number / 1000:.1f}k" if number >= 1000 else show_number(number)


CHART = ("tile-map", TileMap)
