"""Receipts as data: read and write `receipts.json` beside each dataset's page.

A receipt has the query, the published files that it reads, and the result, as text and as numbers.
`docs/verification.md` describes the document key by key.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from pydantic import TypeAdapter, ValidationError

from plainrecord.core.exact_numbers import typeset
from plainrecord.core.paths import absolute_url, path_problem
from plainrecord.core.strict_json import Json, items_in, objects_in, select
from plainrecord.model.counts import CountTable, RecordList
from plainrecord.model.doubts import STATUSES as DOUBTS
from plainrecord.model.doubts import Doubt
from plainrecord.model.evidence import Cell, Receipt, ReceiptFile
from plainrecord.model.maps import MapSettings
from plainrecord.model.packages import MissingKind
from plainrecord.model.partial_periods import PartPeriod, mark_part
from plainrecord.model.products import (
    Chart,
    Figure,
    LineBreak,
    Series,
    SeriesColumn,
    panel_of,
    raw_text,
)
from plainrecord.model.statuses import SHOWN, STATUSES, is_shown, status_word
from plainrecord.receipts.axis_names import label_key
from plainrecord.receipts.engine import identifier, literal

NAME = "receipts.json"
MOST_RECEIPTS = 5_000
MOST_SIGNS = 100_000
MOST_ROWS = 20_000
MOST_PARTS = 1_000
"""The most periods of a table of counts that are not whole: one period may be in several rows."""
FORMATS = ("integer", "decimal", "percent", "date", "text")
PART_DETAILS = ("share", "panel", "status")
"""What a period that is not whole may say besides: see `PartPeriod`."""
DOUBT_KEYS = ("status", "date", "about", "reason")
ROLES = ("key", "count", "bound", "value", "status")


@dataclass(frozen=True, slots=True)
class Proof:
    """A receipt as read: of a figure (`format`, `value`, `shown`), a chart, a table of counts, a list.

    A chart has `drawn` (its kind), `columns`, `rows`, `measure`, `breaks` where its lines stop,
    `parts` (periods that are not whole), `map` (how a map is drawn), `headline` (where the
    maintainer wrote it), and `spec`, the path of its specification. A table of counts has
    `counted`, the names of its columns, `rows`, `parts`, and `labels`, what columns have in words. A list of records has `lists`, the path of its CSV file, and `listed`, how many of its
    lines pages show.
    """

    id: str
    title: str
    unit: str
    sql: str
    files: tuple[ReceiptFile, ...]
    rows_returned: int
    suppressed: int
    threshold: int
    format: str = ""
    value: Cell = None
    shown: str = ""
    drawn: str = ""
    spec: str = ""
    headline: str = ""
    columns: tuple[SeriesColumn, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    breaks: tuple[LineBreak, ...] = ()
    measure: str = ""
    parts: tuple[PartPeriod, ...] = ()
    map: MapSettings | None = None
    status: str = ""
    counted: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    lists: str = ""
    listed: int = 0
    release: str = ""
    doubts: tuple[Doubt, ...] = ()

    @property
    def of_figure(self) -> bool:
        return not (self.drawn or self.counted or self.lists)

    @property
    def of_chart(self) -> bool:
        return bool(self.drawn)

    @property
    def series(self) -> Series:
        """What a chart is drawn from."""
        receipt = Receipt("", (), "", self.rows_returned, doubts=self.doubts)
        return Series(
            self.columns, self.rows, receipt, self.measure, self.unit, self.parts, self.map
        )


@dataclass(frozen=True, slots=True)
class ReceiptsDocument:
    """One `receipts.json` as read: its dataset and release, its proofs, what cannot be read."""

    dataset: str
    release: str
    proofs: tuple[Proof, ...]
    problems: tuple[str, ...] = ()
    unchecked: tuple[tuple[str, str], ...] = ()


def receipts_path(dataset: str) -> str:
    """The path of the receipts of `dataset`: of a dataset, or of one release as `NAME@DATE`."""
    name, _, date = dataset.partition("@")
    return f"datasets/{name}/releases/{date}/{NAME}" if date else f"datasets/{name}/{NAME}"


def describe_receipts(
    dataset: str,
    release: str,
    figures: Sequence[Figure],
    charts: Sequence[Chart],
    folder: str,
    counts: Sequence[CountTable] = (),
    unchecked: Sequence[tuple[str, str]] = (),
    record_lists: Sequence[RecordList] = (),
) -> dict[str, Json]:
    """The document `receipts.json` of a dataset whose charts' specifications are below `folder`.

    `unchecked` has numbers on pages that no query over published files gives, with the reason.
    """
    listed: list[Json] = []
    for figure in figures:
        own = select(figure, "id", "title", "unit", "format", "value", "shown", "status")
        listed.append({**own, **_common(figure.receipt)})
    for chart in charts:
        columns: list[Json] = [
            {
                **select(c, "name", "label", "type", "role", *(["period"] if c.period else [])),
                **({"apart": apart} if (apart := _list_apart(chart.series, place)) else {}),
                **({"names": dict(c.names)} if c.names else {}),
            }
            for place, c in enumerate(chart.series.columns)
        ]
        rows: list[Json] = [list(row) for row in chart.series.rows]
        breaks: list[Json] = [
            {
                **select(b, "before", "at", "label", "reason"),
                **({"event": True} if b.event else {}),
            }
            for b in chart.breaks
        ]
        listed.append(
            {
                **select(chart, "id", "title", "unit"),
                "chart": chart.kind,
                "measure": chart.series.measure,
                "spec": f"{folder}/charts/{chart.name}.json",
                **({"headline": chart.given} if chart.given else {}),
                "columns": columns,
                "rows": rows,
                **({"breaks": breaks} if breaks else {}),
                **_list_parts(chart.series.parts),
                **({"map": _describe_map(chart.series.map)} if chart.series.map else {}),
                **_common(chart.series.receipt),
            }
        )
    for table in counts:
        names: list[Json] = list(table.columns)
        cells: list[Json] = [list(row) for row in table.rows]
        own = {**select(table, "id", "title", "unit"), "counts": names, "rows": cells}
        labels: dict[str, Json] = {"labels": dict(table.labels)} if table.labels else {}
        listed.append({**own, **labels, **_list_parts(table.parts), **_common(table.receipt)})
    for record_list in record_lists:
        own = {
            **select(record_list, "id", "title", "unit"),
            "lists": record_list.path,
            "listed": record_list.listed,
        }
        listed.append({**own, **_common(record_list.receipt)})
    document: dict[str, Json] = {"dataset": dataset, "release": release, "receipts": listed}
    if unchecked:
        document["not_checkable"] = [{"id": name, "why": why} for name, why in unchecked]
    return document


def _describe_map(settings: MapSettings) -> dict[str, Json]:
    return {
        **select(settings, "boundaries", "classes", "empty", "credit"),
        "edges": list(settings.edges),
        "off": list(settings.off),
        **({"join": settings.join, "label": settings.label} if settings.join else {}),
        **({"grid": settings.grid} if settings.grid else {}),
        **({"coarsened": settings.coarsened} if settings.coarsened else {}),
    }


def _list_parts(parts: Sequence[PartPeriod]) -> dict[str, Json]:
    """The periods that are not whole, under their key; nothing where there are none."""
    listed: list[Json] = [
        {
            **select(part, "column", "stamp", "reason"),
            **{name: text for name in PART_DETAILS if (text := getattr(part, name))},
        }
        for part in parts
    ]
    return {"parts": listed} if listed else {}


def _list_apart(series: Series, place: int) -> list[Json]:
    """The words in a key column that stand for absent values, or for all others, and occur."""
    there = {row[place] for row in series.rows}
    return [word for word in series.columns[place].apart if word in there]


def _common(receipt: Receipt) -> dict[str, Json]:
    return {
        "sql": receipt.sql,
        "files": [select(f, "path", "sha256", "rows", "schema", "table") for f in receipt.files],
        **select(receipt, "rows_returned", "suppressed", "threshold"),
        **({"release": receipt.release} if receipt.release else {}),
        **({"doubts": list_doubts(receipt.doubts)} if receipt.doubts else {}),
    }


def list_doubts(doubts: Sequence[Doubt]) -> list[Json]:
    """Doubts as data: status, date, what it is about and the reason."""
    return [select(doubt, *DOUBT_KEYS) for doubt in doubts]


def write_command(sql: str, files: Sequence[ReceiptFile], dataset: str, base_url: str) -> str:
    """A line for a terminal that runs the query on the files below `base_url`, or right here."""
    views = []
    for file in files:
        relation = identifier(file.table)
        if file.schema != dataset:
            views.append(f"CREATE SCHEMA IF NOT EXISTS {identifier(file.schema)};")
            relation = f"{identifier(file.schema)}.{relation}"
        views.append(
            f"CREATE VIEW {relation} AS FROM {literal(absolute_url(base_url, file.path))};"
        )
    # The query goes in as written: a comment ends at its line, and blanks in a text count.
    ending = "\n;" if "--" in sql else ";"
    script = " ".join([*views, sql.strip().rstrip(";") + ending])
    quoted = "'" + script.replace("'", "'\\''") + "'"
    return f"duckdb -c {quoted}"


def parse_receipts(document: Json) -> ReceiptsDocument:
    """The document `receipts.json` as values; errors are returned, not raised."""
    if not isinstance(document, dict):
        return ReceiptsDocument("", "", (), ("it is not an object",))
    dataset, release = document.get("dataset"), document.get("release")
    listed = document.get("receipts")
    if not isinstance(dataset, str) or not isinstance(release, str) or not isinstance(listed, list):
        return ReceiptsDocument("", "", (), ("it lacks dataset, release or receipts",))
    if len(listed) > MOST_RECEIPTS:
        return ReceiptsDocument(
            dataset, release, (), (f"it has more than {MOST_RECEIPTS:,} receipts",)
        )
    day = dataset.partition("@")[2]
    if day and release != day:
        return ReceiptsDocument(dataset, release, (), (f"its release is not {day[:20]!r}",))
    proofs: list[Proof] = []
    problems: list[str] = []
    seen: set[str] = set()
    for number, item in enumerate(listed, 1):
        try:
            proof = _parse_receipt(item)
        except ValueError as error:
            named = str(item.get("id", ""))[:200] if isinstance(item, dict) else ""
            problems.append(f"receipt {number}{f' ({named})' if named else ''}: {error}")
            continue
        if proof.id in seen:
            problems.append(f"receipt {number}: the id {proof.id!r} is there already")
        elif proof.release not in {"", release, *(f.schema.partition("@")[2] for f in proof.files)}:
            problems.append(f"receipt {number}: it reads no file of {proof.release[:20]!r}")
        elif not proof.id.startswith(f"{dataset}."):
            problems.append(f"receipt {number}: the id {proof.id!r} is not one of {dataset}")
        else:
            proofs.append(proof)
            seen.add(proof.id)
    unchecked = tuple(
        (str(item.get("id")), str(item.get("why")))
        for item in objects_in(document, "not_checkable")
    )
    return ReceiptsDocument(dataset, release, tuple(proofs), tuple(problems), unchecked)


_NAMES = {"chart": "drawn", "counts": "counted"}
"""Keys of the document that have another name in a `Proof`."""
_KEYS = {name: key for key, name in _NAMES.items()}
_NEEDED = {
    "lists": ("listed",),
    "counts": ("rows",),
    "chart": ("columns", "rows", "spec"),
    "": ("format", "value", "shown"),
}
"""The keys that a receipt must have, by the key that says of what it is one; "" for a figure."""
_PROBLEMS = {
    "missing": "is missing",
    "string_type": "is not a text",
    "int_type": "is not a whole number",
    "tuple_type": "is not a list",
    "dataclass_type": "is not an object",
}


@cache
def _proofs() -> TypeAdapter[Proof]:
    return TypeAdapter(Proof)


def _parse_receipt(item: Json) -> Proof:
    """A receipt; ValueError, in words, for what is none."""
    if not isinstance(item, dict):
        raise ValueError("it is not an object")
    kind = next((key for key in _NEEDED if key in item), "")
    for key in _NEEDED[kind]:
        if key not in item:
            raise ValueError(f"{key} is missing")
    for key, value in item.items():
        if key != "value" and isinstance(value, str) and len(value) > MOST_SIGNS:
            raise ValueError(f"{key} has {len(value):,} characters, more than {MOST_SIGNS:,}")
    if len(items_in(item, "rows")) > MOST_ROWS:
        raise ValueError(f"it has more than {MOST_ROWS:,} rows")
    given = {_NAMES.get(key, key): value for key, value in item.items()}
    if isinstance(drawn := item.get("map"), dict):  # outlines are read from files of their own
        given["map"] = {key: value for key, value in drawn.items() if key != "shapes"}
    if isinstance(doubts := item.get("doubts"), list):
        given["doubts"] = [
            {key: d[key] for key in DOUBT_KEYS if key in d} if isinstance(d, dict) else d
            for d in doubts
        ]
    try:
        proof = _proofs().validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        problem = _PROBLEMS.get(first["type"], f"is not as documented: {first['msg']}")
        location = [_KEYS.get(str(at), at) for at in first["loc"]]
        if location[-1] in ("bool", "int", "float", "str"):  # what a cell may be
            location, problem = location[:-1], "is not a value"
        place = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in location)
        raise ValueError(f"{place.removeprefix('.')} {problem}") from None
    if problem := next(_find_problems(proof), ""):
        raise ValueError(problem)
    return proof


def _find_problems(proof: Proof) -> Iterator[str]:
    """What the values of a receipt say that cannot be."""
    numbers = (proof.rows_returned, proof.suppressed, proof.threshold, proof.listed)
    if min(*numbers, *(file.rows for file in proof.files)) < 0:
        yield "a number of rows or lines is below 0"
    if wrong := [doubt.status for doubt in proof.doubts if doubt.status not in DOUBTS]:
        yield f"the status {wrong[0][:20]!r} is not one of {', '.join(DOUBTS)}"
    if proof.lists and (path_problem(proof.lists) or not proof.lists.endswith(".csv")):
        yield "lists is not the path of a CSV file"
    if proof.of_figure and proof.format not in FORMATS:
        yield f"format is not one of {', '.join(FORMATS)}"
    width = len(proof.columns) if proof.of_chart else len(proof.counted)
    most = max(len(proof.rows), 0 if proof.of_chart else MOST_PARTS)
    if max(len(proof.parts), len(proof.breaks)) > most:
        yield "parts or breaks are more than the rows"
    if any(len(row) != width for row in proof.rows):
        yield "a row has not one cell for each column"
    elif proof.of_chart:
        yield from _find_chart_problems(proof)


def _find_chart_problems(proof: Proof) -> Iterator[str]:
    roles = [column.role for column in proof.columns]
    if wrong := [role for role in roles if role not in ROLES]:
        yield f"the role {wrong[0]!r} is not one of {', '.join(ROLES)}"
    if roles[-2:] != ["value", "status"]:
        yield "the last columns are not value and status"
    for number, (*_, value, status) in enumerate(proof.rows, 1):
        # Receipts without a measure are older, and have "shown" beside a value that is null.
        if status not in STATUSES or (proof.measure and (value is None) == (status == SHOWN)):
            yield f"row {number} has the value {value!r} and the status {status!r}"
    if proof.map and not 0 <= proof.map.grid <= 90:
        yield "grid of a map is not a number of degrees"


def show_rows(
    columns: Sequence[SeriesColumn],
    rows: Sequence[Sequence[Cell]],
    parts: Sequence[PartPeriod] = (),
) -> list[list[tuple[str, str]]]:
    """The rows of a chart's table as readers see them: the text and the kind of each cell.

    The numbers in a column have equally many decimals. The status has no cell of its own.
    """
    digits = [
        max(len(_show_number(cell).partition(".")[2]) for cell in cells)
        for cells in zip(*rows, strict=True)
    ]
    return [
        [
            _show_cell(column, cell, row[-1], parts, panel_of(columns, row), decimals)
            for column, cell, decimals in zip(columns, row, digits, strict=True)
            if column.role != "status"
        ]
        for row in rows
    ]


def _show_number(cell: Cell) -> str:
    """A number with up to four decimals; "" for what is no number."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return ""
    return typeset(f"{round(cell, 4):,}".removesuffix(".0"))


def _show_cell(
    column: SeriesColumn,
    cell: Cell,
    status: Cell,
    parts: Sequence[PartPeriod],
    panel: Cell,
    decimals: int,
) -> tuple[str, str]:
    if column.role in ("value", "bound"):
        if not is_shown(status):
            return status_word(status), str(status)
        whole, _, fraction = _show_number(cell).partition(".")
        if decimals and whole and "e" not in whole + fraction:
            return f"{whole}.{fraction:0<{decimals}}", "number"
        return _show_number(cell) or raw_text(cell), "number"
    if column.role == "count":
        few = MissingKind.SUPPRESSED.value
        return (status_word(few), few) if cell is None else (f"{cell:,}", "number")
    text = raw_text(cell)
    return mark_part(text, column.name, parts, panel, label_key(cell, column)), "key"
