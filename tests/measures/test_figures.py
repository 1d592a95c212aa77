"""Figures and series: right numbers, true receipts, and nothing beyond released files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from plainrecord.findings.finding import Finding
from plainrecord.measures.figures import measure_figure, measure_series
from plainrecord.model.declarations import FigureDefinition, FigureFormat
from plainrecord.model.evidence import Cell, PublishedTable
from plainrecord.model.packages import Category, Field, MissingKind, MissingValue, ReleasedTable
from plainrecord.model.products import Figure, Series
from plainrecord.publishing.render import command
from plainrecord.receipts.engine import open_counter
from plainrecord.receipts.query import Value, run_value, show_value
from tests.portals import declare_chart

MARKS = (MissingValue("", "not recorded"), MissingValue("(b)(6)", "withheld", MissingKind.WITHHELD))
FIELDS = (
    Field("at", "datetime"),
    Field("place", "string"),
    Field("kind", "string", missing_values=MARKS, categories=(Category("a", "Kind A"),)),
    Field("size", "integer"),
)
TABLE = ReleasedTable("d", "t", "T", "", "stop", '"d"."t"', FIELDS, 30, 0, ())
PUBLISHED = PublishedTable(TABLE, "datasets/d/downloads/t.parquet", "ab" * 32)
GUARDED = replace(PUBLISHED, table=replace(TABLE, threshold=11))


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("released") / "t.parquet"
    duckdb.default_connection().sql(
        """SELECT TIMESTAMP '2025-09-15 08:00:00' + INTERVAL (n) DAY AS "at",
        CASE WHEN n < 20 THEN 'north' WHEN n < 25 THEN 'south' ELSE 'east' END AS place,
        CASE WHEN n % 3 = 0 THEN 'a' END AS kind,
        CASE WHEN n % 3 = 1 THEN '(b)(6)' WHEN n % 3 = 2 THEN '' END AS kind__missing,
        n::BIGINT AS size FROM range(30) AS r(n)"""
    ).write_parquet(str(path))
    return path


@pytest.fixture
def counter(parquet: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_counter({"d": {"t": parquet}})
    yield connection
    connection.close()


def figure(counter: duckdb.DuckDBPyConnection, sql: str, style: FigureFormat = "integer",
           table: PublishedTable = PUBLISHED) -> Figure | Finding:  # fmt: skip
    definition = FigureDefinition(name="f", title="F", unit="stop", sql=sql, format=style)
    got, findings = measure_figure(counter, definition, "d", [table])
    return got or findings[0]


def test_a_figure_carries_its_receipt(counter: duckdb.DuckDBPyConnection) -> None:
    got = figure(counter, "SELECT count(*) FROM t")
    assert isinstance(got, Figure)
    assert (got.value, got.shown, got.unit) == (30, "30", "stop")
    assert got.receipt.sql == "SELECT count(*) FROM t"
    assert [(f.path, f.sha256, f.rows) for f in got.receipt.files] == [
        ("datasets/d/downloads/t.parquet", "ab" * 32, 30)
    ]


def test_the_receipt_runs_again_as_it_is_written(
    counter: duckdb.DuckDBPyConnection, parquet: Path
) -> None:
    got = figure(counter, "SELECT count(*) FROM t WHERE place = 'north'")
    assert isinstance(got, Figure)
    script = command(got.receipt).removeprefix("duckdb -c ")
    shell = shutil.which("bash")
    assert shell
    said = subprocess.run(
        [shell, "-c", f"printf %s {script}"], capture_output=True, text=True, check=True
    )
    text = said.stdout.replace("datasets/d/downloads/t.parquet", str(parquet))
    *views, query = [part for part in text.split(";") if part.strip()]
    fresh = duckdb.connect()
    for view in views:
        fresh.execute(view)
    assert fresh.execute(query).fetchone() == (20,)


SQUARED = (
    "WITH a AS (SELECT repeat('x', 2000) AS s), b AS (SELECT replace(s, 'x', s) AS s FROM a) "
    "SELECT length(replace(s, 'x', s)) FROM b, t LIMIT 1"
)
DOUBLED = (
    "WITH RECURSIVE d AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM d "
    "WHERE length(s) < 4000000000) SELECT max(length(s)) FROM d, (SELECT 1 FROM t LIMIT 1)"
)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT count(*) FROM tt", "it reads 'tt'"),
        ("SELECT size FROM t", "more than one row"),
        ("SELECT size FROM t WHERE false", "0 rows"),
        ("SELECT 1, 2 FROM t", "2 columns"),
        ("SELECT max(size) FROM t WHERE false", "null"),
        ("SELECT 42", "it reads no table"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("DROP VIEW t", "not a SELECT"),
        ("COPY t TO 'x.csv'", "not a SELECT"),
        ("SELECT count(*) FROM read_csv('/etc/passwd')", "table function"),
        ("SELECT count(*) FROM '/etc/passwd'", "it reads"),
        ("SELECT random()", "differ from run to run"),
        ("SELECT current_date - DATE '2020-01-01' FROM t", "differ from run to run"),
        ("SELECT age(TIMESTAMP '2020-01-01') FROM t", "differ from run to run"),
        ("SELECT pg_conf_load_time() FROM t", "differ from run to run"),
        ("SELECT count(*) OVER (ORDER BY main.now()) FROM t", "differ from run to run"),
        ("SELECT length(version()) FROM t", "differ from run to run"),
        ("SELECT length(repeat('x', 2000000000)) FROM t LIMIT 1", ""),
        (
            "SELECT list_reduce(list_transform(range(99), lambda i: 'x'), lambda a, b: a || a) FROM t",
            "",
        ),
        ("SELECT list_transform([1], lambda i: random())[1] FROM t LIMIT 1", "from run to run"),
        (SQUARED, ""),
        (DOUBLED, ""),
        ("SELECT count(*) FROM t USING SAMPLE 3", "a sample"),
        ("SELECT count(*) FROM t TABLESAMPLE 50%", "a sample"),
        ("SELECT count(*) FROM (SHOW ALL TABLES)", "the database itself"),
        ("SELECT count(*)::DOUBLE / 0 FROM t", "returns inf"),
        ("SELECT nothing FROM t", "nothing"),
        ("SELEC 1", "not a SELECT"),
    ],
)
def test_a_query_that_gives_no_number_is_a_finding(
    counter: duckdb.DuckDBPyConnection, sql: str, said: str
) -> None:
    got = figure(counter, sql)
    assert isinstance(got, Finding)
    assert got.rule == "figure-failed"
    assert said in got.found


def test_a_small_count_is_not_shown(counter: duckdb.DuckDBPyConnection) -> None:
    got = figure(counter, "SELECT count(*) FROM t WHERE place = 'south'", table=GUARDED)
    assert isinstance(got, Figure)
    assert (got.value, got.shown, got.receipt.suppressed) == (None, "fewer than 11", 1)
    zero = figure(counter, "SELECT count(*) FROM t WHERE place = 'west'", table=GUARDED)
    assert isinstance(zero, Figure)
    assert (zero.value, zero.shown) == (0, "0")


@pytest.mark.parametrize(
    ("value", "style", "shown"),
    [(1234567, "integer", "1,234,567"), (0.4561, "percent", "45.6%"), (12.345, "decimal", "12.3"),
     ("2018-10-01", "date", "1 October 2018"), ("x", "text", "x"),
     (0.99979, "percent", "over 99.9%"), (0.0002, "percent", "under 0.1%"), (1, "percent", "100%"),
     (0, "percent", "0%"), (-0.0002, "percent", "0.0%"), (-0.04, "decimal", "0.0"),
     (-1.8, "decimal", "−1.8"), (-0.5, "percent", "−50.0%"), (-1234, "integer", "−1,234")],
)  # fmt: skip
def test_values_as_readers_see_them(value: Cell, style: str, shown: str) -> None:
    assert show_value(value, style) == shown


def series(
    counter: duckdb.DuckDBPyConnection, table: PublishedTable = PUBLISHED, **given: object
) -> Series | Finding:
    settings = {"name": "c", "title": "C", "kind": "bar", "resource": "t", "x": "place"} | given
    got, findings = measure_series(counter, declare_chart(**settings), table)
    return got or findings[0]


def cells(got: Series | Finding) -> list[tuple[Cell, ...]]:
    assert isinstance(got, Series), got
    return list(got.rows)


def test_bars_come_largest_first_and_the_rest_is_folded(counter: duckdb.DuckDBPyConnection) -> None:
    assert cells(series(counter)) == [
        ("north", 20, "shown"), ("east", 5, "shown"), ("south", 5, "shown"),
    ]  # fmt: skip
    assert cells(series(counter, limit=1)) == [("north", 20, "shown"), ("All others", 10, "shown")]


def test_a_mark_with_several_numbers_has_no_value(counter: duckdb.DuckDBPyConnection) -> None:
    got = series(counter, measure="value:size")
    assert isinstance(got, Finding)
    assert got.rule == "chart-invalid"
    assert "size has several numbers for east, of which a mark can show one" in got.found
    assert len(cells(series(counter, measure="value:size", x="at", period="day"))) == 30
    one = series(counter, measure="value:size", where="size IN (3, 22, 26) OR place IS NULL")
    assert cells(one)[0] == ("east", 26, "shown")
    # rows without a place are no mark
    kinds = series(counter, measure="value:size", x="kind", where="kind IS NULL OR size = 3")
    assert ("Kind A", 3, "shown") in cells(kinds)


def test_absent_values_keep_their_kinds(counter: duckdb.DuckDBPyConnection) -> None:
    assert sorted(cells(series(counter, x="kind"))) == [
        ("Kind A", 10, "shown"), ("Not recorded", 10, "shown"), ("Withheld", 10, "shown"),
    ]  # fmt: skip


def test_small_cells_are_suppressed_and_counted(counter: duckdb.DuckDBPyConnection) -> None:
    got = series(counter, GUARDED)
    assert cells(got) == [
        ("north", 20, "shown"), ("east", None, "suppressed"), ("south", None, "suppressed"),
    ]  # fmt: skip
    assert isinstance(got, Series)
    assert got.receipt.suppressed == 2


def test_the_query_of_a_series_gives_what_is_shown(counter: duckdb.DuckDBPyConnection) -> None:
    got = series(counter, GUARDED, x="kind", y="at", y_period="weekday", kind="heatmap")
    assert isinstance(got, Series)
    counter.execute("USE memory.d")
    raw = counter.execute(got.receipt.sql).fetchall()
    assert [row[:-2] for row in raw] == [row[:-2] for row in got.rows]
    for (*_, value, behind), (*_, shown, status) in zip(raw, got.rows, strict=True):
        hidden = 0 < behind < 11
        assert (shown, status) == ((None, "suppressed") if hidden else (value, "shown"))


def test_an_order_of_categories_is_in_the_query(counter: duckdb.DuckDBPyConnection) -> None:
    places = (Category("south", "Far south"), Category("east", "East"), Category("north", "North"))
    field = Field("place", "string", categories=places, categories_ordered=True)
    fields = tuple(field if f.name == "place" else f for f in FIELDS)
    table = replace(PUBLISHED, table=replace(TABLE, fields=fields))
    assert [row[0] for row in cells(series(counter, table))] == ["Far south", "East", "North"]
    assert [row[0] for row in cells(series(counter, table, kind="line"))] == [
        "Far south", "East", "North",
    ]  # fmt: skip


def test_a_sum_of_floating_numbers_is_the_same_each_time(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    duckdb.default_connection().sql(
        "SELECT sin(n) * 1000 AS size FROM range(1000000) AS r(n)"
    ).write_parquet(str(path))
    sums = set()
    for _ in range(5):
        counter = open_counter({"d": {"t": path}})
        sums.add(counter.execute("SELECT sum(size), avg(size) FROM d.t").fetchone())
        counter.close()
    assert len(sums) == 1


def test_periods(counter: duckdb.DuckDBPyConnection) -> None:
    month = cells(series(counter, kind="line", x="at", period="month"))
    assert month == [("2025-09", 16, "shown"), ("2025-10", 14, "shown")]
    year = cells(series(counter, kind="line", x="at", period="fiscal-year"))
    assert year == [("2025", 16, "shown"), ("2026", 14, "shown")]
    days = cells(series(counter, kind="heatmap", x="at", period="hour", y="at", y_period="weekday"))
    assert next(day for day in days if day[2]) == ("08", "Monday", 5, "shown")
    assert (len(days), ("03", "Sunday", 0, "shown") in days) == (24 * 7, True)


def test_sums_values_and_conditions(counter: duckdb.DuckDBPyConnection) -> None:
    assert cells(series(counter, measure="sum:size"))[0] == ("north", 20, 0, 190, "shown")
    assert cells(series(counter, where="size < 3")) == [("north", 3, "shown")]


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"x": "plaec"}, "chart-field-unknown"),
        ({"measure": "sum:nothing"}, "chart-field-unknown"),
        ({"measure": "median"}, "chart-invalid"),
        ({"period": "month"}, "chart-invalid"),
        ({"x": "at", "period": "decade"}, "chart-invalid"),
        ({"where": "size IN (SELECT size FROM t)"}, "expression-invalid"),
        ({"where": "size > 999"}, "chart-empty"),
        ({"where": "nothing = 1"}, "chart-invalid"),
    ],
)
def test_a_chart_that_cannot_be_computed(
    counter: duckdb.DuckDBPyConnection, given: dict[str, object], rule: str
) -> None:
    got = series(counter, PUBLISHED, **given)
    assert isinstance(got, Finding)
    assert got.rule == rule


def test_a_figure_may_read_another_dataset_and_its_receipt_says_so(parquet: Path) -> None:
    other = replace(PUBLISHED, table=replace(TABLE, dataset="other-set", threshold=40))
    counter = open_counter({"d": {"t": parquet}, "other-set": {"t": parquet}})
    sql = 'SELECT (SELECT count(*) FROM t) - count(*) FROM "other-set".t -- the difference'
    definition = FigureDefinition(name="f", title="F", unit="stop", sql=sql)
    got, _ = measure_figure(counter, definition, "d", [PUBLISHED, other])
    assert got
    assert got.value == 0
    assert got.receipt.threshold == 40
    assert 'CREATE SCHEMA IF NOT EXISTS "other-set"; CREATE VIEW "other-set"."t"' in command(
        got.receipt
    )
    assert command(got.receipt).endswith("-- the difference\n;'")
    _, [alone] = measure_figure(counter, definition, "d", [PUBLISHED])
    counter.close()
    assert "other-set.t" in alone.found


def test_a_figure_cannot_name_a_catalog(counter: duckdb.DuckDBPyConnection) -> None:
    got = figure(counter, "SELECT count(*) FROM system.information_schema.tables")
    assert isinstance(got, Finding)
    assert "catalog" in got.found


@pytest.mark.parametrize(
    ("sql", "style", "value", "shown"),
    [
        ("0.1::DECIMAL(18,1) + 0.2", "decimal", 0.3, "0.3"),
        ("123456789.123456789123", "decimal", "123456789.123456789123", "123,456,789.1"),
        ("9223372036854775811::HUGEINT", "integer", 2**63 + 3, "9,223,372,036,854,775,811"),
        ("9007199254740993.5::DECIMAL(38,1)", "integer", "9007199254740993.5", None),
        ("0.123456789012345678", "percent", "0.123456789012345678", "12.3%"),
    ],
)
def test_a_figure_has_every_digit_of_its_value(
    counter: duckdb.DuckDBPyConnection, sql: str, style: str, value: object, shown: str | None
) -> None:
    got = run_value(counter, "d", f"SELECT {sql}", style, 0)
    assert isinstance(got, Value)
    assert got.value == value
    assert got.shown == (shown or "9,007,199,254,740,994")
