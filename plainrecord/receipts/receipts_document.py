"""Receipts as data: read and write `receipts.json` beside each dataset's page.

A receipt has the query, the published files that it reads, and the result, as text and as numbers.
`docs/verification.md` describes the document key by key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from plainrecord.core.exact_numbers import typeset
from plainrecord.core.paths import absolute_url, path_problem
from plainrecord.core.strict_json import Json, objects_in, select
from plainrecord.model.counts import CountTable, RecordList
from plainrecord.model.doubts import STATUSES as DOUBTS
from plainrecord.model.doubts import Doubt
from plainrecord.model.evidence import Cell, Receipt, ReceiptFile
from plainrecord.model.maps import MapSettings
from plainrecord.model.packages import MissingKind
from plainrecord.model.partial_periods import mark_part
from plainrecord.model.products import (
    Chart,
    Figure,
    LineBreak,
    PartPeriod,
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
    maintainer wrote it), and `spec`, the path of its specification. A table of counts has `counted`, the names of its columns, and
    `rows`. A list of records has `lists`, the path of its CSV file, and `listed`, how many of its
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
        parts: list[Json] = [
            {
                **select(p, "column", "stamp", "reason"),
                **{name: text for name in PART_DETAILS if (text := getattr(p, name))},
            }
            for p in chart.series.parts
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
                **({"parts": parts} if parts else {}),
                **({"map": _describe_map(chart.series.map)} if chart.series.map else {}),
                **_common(chart.series.receipt),
            }
        )
    for table in counts:
        names: list[Json] = list(table.columns)
        cells: list[Json] = [list(row) for row in table.rows]
        own = {**select(table, "id", "title", "unit"), "counts": names, "rows": cells}
        listed.append({**own, **_common(table.receipt)})
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


def _parse_receipt(item: Json) -> Proof:
    if not isinstance(item, dict):
        raise ValueError("it is not an object")
    files = item.get("files")
    if not isinstance(files, list):
        raise ValueError("files is not a list")
    common = Proof(
        id=_text(item, "id"),
        title=_text(item, "title"),
        unit=_text(item, "unit"),
        sql=_text(item, "sql"),
        files=tuple(
            ReceiptFile(**_parse(file, "file", "path", "sha256", "rows", "schema", "table"))
            for file in files
        ),
        rows_returned=_count(item, "rows_returned"),
        suppressed=_count(item, "suppressed"),
        threshold=_count(item, "threshold"),
        release=_text(item, "release") if "release" in item else "",
        doubts=_parse_doubts(item.get("doubts", [])),
    )
    if "counts" in item:
        return _add_counts(common, item)
    if "lists" in item:
        return replace(common, lists=_list_path(item), listed=_count(item, "listed"))
    return _add_series(common, item) if "chart" in item else _add_value(common, item)


def _parse_doubts(listed: Json) -> tuple[Doubt, ...]:
    if not isinstance(listed, list):
        raise ValueError("doubts is not a list")
    doubts = tuple(Doubt(**_parse(entry, "doubt", *DOUBT_KEYS)) for entry in listed)
    if wrong := [doubt.status for doubt in doubts if doubt.status not in DOUBTS]:
        raise ValueError(f"the status {wrong[0][:20]!r} is not one of {', '.join(DOUBTS)}")
    return doubts


def _add_value(common: Proof, item: dict[str, Json]) -> Proof:
    style, value = _text(item, "format"), item.get("value")
    if style not in FORMATS:
        raise ValueError(f"format is not one of {', '.join(FORMATS)}")
    if "value" not in item or isinstance(value, list | dict):
        raise ValueError("value is not a value")
    shown = _text(item, "shown")
    status = _text(item, "status") if "status" in item else ""
    return replace(common, format=style, value=value, shown=shown, status=status)


def _add_series(common: Proof, item: dict[str, Json]) -> Proof:
    listed = item.get("columns")
    if not isinstance(listed, list):
        raise ValueError("columns is not a list")
    columns = tuple(_parse_column(column) for column in listed)
    if [c.role for c in columns][-2:] != ["value", "status"]:
        raise ValueError("the last columns are not value and status")
    rows = _parse_rows(item, len(columns))
    measure = _text(item, "measure") if "measure" in item else ""
    for number, (*_, value, status) in enumerate(rows, 1):
        # Receipts without a measure are older, and have "shown" beside a value that is null.
        if status not in STATUSES or (measure and (value is None) == (status == SHOWN)):
            raise ValueError(f"row {number} has the value {value!r} and the status {status!r}")
    parts = item.get("parts", [])
    if not isinstance(parts, list) or len(parts) > len(rows):
        raise ValueError("parts is not a list, or is longer than the rows")
    broken = item.get("breaks", [])
    if not isinstance(broken, list) or len(broken) > len(rows):
        raise ValueError("breaks is not a list, or is longer than the rows")
    return replace(
        common,
        drawn=_text(item, "chart"),
        spec=_text(item, "spec"),
        headline=_text(item, "headline") if "headline" in item else "",
        columns=columns,
        rows=rows,
        breaks=tuple(
            LineBreak(
                **_parse(entry, "break", "before", "at", "label", "reason"),
                event=isinstance(entry, dict) and entry.get("event") is True,
            )
            for entry in broken
        ),
        measure=measure,
        parts=tuple(PartPeriod(**_parse_part(p)) for p in parts),
        map=_parse_map(item["map"]) if "map" in item else None,
    )


def _parse_map(item: Json) -> MapSettings:
    own = ("join", "label") if isinstance(item, dict) and "join" in item else ()
    read = _parse(item, "map", "boundaries", "classes", "credit", *own)
    edges, off = (item[k] if isinstance(item, dict) and k in item else [] for k in ("edges", "off"))
    if not isinstance(edges, list) or not isinstance(off, list):
        raise ValueError("edges and off of a map are not lists")
    numbers = [e for e in edges if isinstance(e, int | float) and not isinstance(e, bool)]
    names = [name for name in off if isinstance(name, str)]
    if len(numbers) < len(edges) or len(names) < len(off):
        raise ValueError("edges of a map are not numbers, or off is not a list of texts")
    given = item if isinstance(item, dict) else {}
    grid = given.get("grid", 0.0)
    if not isinstance(grid, int | float) or not 0 <= grid <= 90:
        raise ValueError("grid of a map is not a number of degrees")
    return MapSettings(
        **read,
        edges=tuple(numbers),
        off=tuple(names),
        empty=_count(given, "empty"),
        grid=grid,
        coarsened=_text(given, "coarsened") if "coarsened" in given else "",
    )


def _parse_part(part: Json) -> dict[str, Any]:
    more = [name for name in PART_DETAILS if isinstance(part, dict) and name in part]
    return _parse(part, "part", "column", "stamp", "reason", *more)


def _add_counts(common: Proof, item: dict[str, Json]) -> Proof:
    listed = item.get("counts")
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    if not isinstance(listed, list) or not names or len(names) != len(listed):
        raise ValueError("counts is not a list of names")
    return replace(common, counted=tuple(names), rows=_parse_rows(item, len(names)))


def _list_path(item: dict[str, Json]) -> str:
    path = _text(item, "lists")
    if path_problem(path) or not path.endswith(".csv"):
        raise ValueError("lists is not the path of a CSV file")
    return path


def _parse_rows(item: dict[str, Json], width: int) -> tuple[tuple[Cell, ...], ...]:
    rows = item.get("rows")
    if not isinstance(rows, list):
        raise ValueError("rows is not a list")
    if len(rows) > MOST_ROWS:
        raise ValueError(f"it has more than {MOST_ROWS:,} rows")
    read: list[tuple[Cell, ...]] = []
    for row in rows:
        if not isinstance(row, list) or len(row) != width:
            raise ValueError("a row has not one cell for each column")
        cells = tuple(cell for cell in row if not isinstance(cell, list | dict))
        if len(cells) != len(row):
            raise ValueError("a cell is not a value")
        read.append(cells)
    return tuple(read)


def _parse_column(column: Json) -> SeriesColumn:
    more = ["period"] if isinstance(column, dict) and "period" in column else []
    read = SeriesColumn(**_parse(column, "column", "name", "label", "type", "role", *more))
    apart = column.get("apart", []) if isinstance(column, dict) else []
    if not isinstance(apart, list) or not all(isinstance(word, str) for word in apart):
        raise ValueError("apart is not a list of texts")
    names = column.get("names", {}) if isinstance(column, dict) else {}
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ValueError("names is not an object of texts")
    read = replace(read, apart=tuple(map(str, apart)), names={k: str(v) for k, v in names.items()})
    if read.role not in ROLES:
        raise ValueError(f"the role {read.role!r} is not one of {', '.join(ROLES)}")
    return read


def _parse(item: Json, what: str, *names: str) -> dict[str, Any]:
    """The named texts, and the count `rows`, of an object inside a receipt."""
    if not isinstance(item, dict):
        raise ValueError(f"a {what} is not an object")
    return {name: (_count if name == "rows" else _text)(item, name) for name in names}


def _text(item: dict[str, Json], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")
    if len(value) > MOST_SIGNS:
        raise ValueError(f"{key} has {len(value):,} characters, more than {MOST_SIGNS:,}")
    return value


def _count(item: dict[str, Json], key: str) -> int:
    value = item.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{key} is not a whole number")
    return value


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
