"""Profiles: what the queries count is what plain Python counts; what is rare is suppressed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.measures import profile as profiles
from plainrecord.measures.profile import count_rows, profile_table
from plainrecord.model.counts import SUPPRESSED
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Category, Field, MissingKind, MissingValue, ReleasedTable
from plainrecord.model.profiles import TableProfile
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import identifier

MARKS = (MissingValue("", "missing"), MissingValue("X ", "withheld", MissingKind.WITHHELD))
FIELDS = (
    Field("day", "date"),
    Field("kind", "string", missing_values=MARKS, categories=(Category("a", "Kind A"),)),
)
TABLE = ReleasedTable("d", "t", "T", "", "row", "t", FIELDS, 5, 0, ())
ROWS = """(DATE '2026-01-02', 'a', NULL), (DATE '2026-01-02', 'a', NULL),
    (DATE '2026-03-01', NULL, 'X '), (NULL, NULL, ''), (DATE '2026-02-01', 'b', NULL)"""


def open_queries(table: ReleasedTable, columns: str, rows: str) -> CountQueries:
    opened = duckdb.connect()
    opened.execute('CREATE SCHEMA "d"')
    opened.execute(f"CREATE TABLE d.t AS SELECT * FROM (VALUES {rows}) AS v({columns})")
    published = PublishedTable(table, "datasets/d/downloads/t.parquet", "0" * 64)
    return CountQueries(opened, "d", (published,), "row", table.threshold)


def measure(table: ReleasedTable = TABLE, rows: str = ROWS) -> TableProfile:
    return profile_table(open_queries(table, "day, kind, kind__missing", rows), table)


def test_a_profile_counts_every_kind_of_absence() -> None:
    profile = measure()
    day, kind = profile.fields
    assert profile.rows is not None
    assert profile.repeated is not None
    assert (profile.rows.text, profile.repeated.text) == ("5", "1")
    assert (day.filled.text, day.absent[0].count.text, day.absent[0].share.text) == (
        "80.0%",
        "1",
        "20.0%",
    )
    assert day.minimum is not None
    assert day.maximum is not None
    assert (day.minimum.text, day.maximum.text) == ("2026-01-02", "2026-03-01")
    assert [(a.mark, a.kind, a.count.text, a.share.text) for a in kind.absent] == [
        ("", MissingKind.MISSING, "1", "20.0%"),
        ("X ", MissingKind.WITHHELD, "1", "20.0%"),
    ]
    assert [(v.value, v.label, v.count.text) for v in kind.values] == [
        ("a", "Kind A", "2"),
        ("b", "b", "1"),
    ]
    assert kind.example is not None
    assert kind.example.text == "a"
    assert [table.id for table in profile.counted] == ["d.codebook.t", "d.codebook-values.t"]


def test_a_range_has_the_digits_of_its_numbers() -> None:
    table = replace(TABLE, fields=(Field("x", "number"), Field("n", "number")))
    rows = "(-3.00::DECIMAL(18,2), 0.5), (100.50, 1e300::DOUBLE)"
    x, n = profile_table(open_queries(table, "x, n", rows), table).fields
    ends = [end.text for end in (x.minimum, x.maximum, n.minimum, n.maximum) if end]
    assert ends == ["-3", "100.5", "0.5", "1e+300"]


def test_rare_counts_and_those_that_would_disclose_them_are_suppressed() -> None:
    rows = ", ".join(
        ["(NULL, 'a', NULL)"] * 40 + ["(NULL, 'b', NULL)"] * 30 + ["(NULL, 'c', NULL)"] * 3
        + ["(DATE '2026-01-01', NULL, 'X ')"] * 20 + ["(NULL, NULL, '')"] * 2
    )  # fmt: skip
    profile = measure(replace(TABLE, rows=95, threshold=11), rows)
    day, kind = profile.fields
    assert day.filled.text == "21.1%"
    # The two blanks are the difference between all rows, the filled and the withheld ones.
    assert (kind.filled.text, kind.distinct.text) == (SUPPRESSED, SUPPRESSED)
    assert [(a.mark, a.count.text) for a in kind.absent] == [("", SUPPRESSED), ("X ", "20")]
    # With the three c, they are too few as well: the next smallest goes.
    assert [(v.value, v.count.text) for v in kind.values] == [
        ("a", "40"),
        ("b", SUPPRESSED),
        ("c", SUPPRESSED),
    ]
    for table in profile.counted:
        assert table.receipt.suppressed == sum(row.count(SUPPRESSED) for row in table.rows)
    said = repr([table.rows for table in profile.counted])
    assert not any(f" {count}," in said or f" {count})" in said for count in (2, 3, 30, 73))


def test_few_repeated_rows_are_suppressed() -> None:
    profile = measure(replace(TABLE, threshold=2))
    assert profile.repeated is not None
    assert profile.repeated.text == SUPPRESSED


CELLS = st.sampled_from(["a", "b", "c", "d'", "X ", "", "  "])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.none() | st.integers(-3, 3), CELLS), min_size=1, max_size=40))
def test_the_queries_count_what_python_counts(drawn: list[tuple[int | None, str]]) -> None:
    fields = (Field('n"o', "integer"), Field("k", "string", missing_values=MARKS))
    table = replace(TABLE, fields=fields, rows=len(drawn))
    absent = {"", "X "}

    def sql(number: int | None, text: str) -> str:
        quoted = "'" + text.replace("'", "''") + "'"
        pair = f"NULL, {quoted}" if text in absent else f"{quoted}, NULL"
        return f"({'NULL' if number is None else number}::INTEGER, {pair}::VARCHAR)"

    rows = ", ".join(sql(*row) for row in drawn)
    columns = f"{identifier(fields[0].name)}, k, k__missing"
    queries = open_queries(table, columns, rows)
    measured = profile_table(queries, table)
    numbers = [number for number, _ in drawn if number is not None]
    first, second = measured.fields
    texts = Counter(text for _, text in drawn)
    line = measured.counted[0].rows[2]
    assert line[1:3] == (len(numbers), len(set(numbers)))
    if numbers:
        assert line[3:] == (str(min(numbers)), str(max(numbers)))
    assert first.absent[0].count.text == str(len(drawn) - len(numbers))
    repeats = len(drawn) - len(set(drawn))
    assert (measured.repeated.text if measured.repeated else "0") == str(repeats)
    assert {v.value: v.count.text for v in second.values} == {
        text: str(count) for text, count in texts.items() if text not in absent
    }
    assert {a.mark: a.count.text for a in second.absent} == {
        text: str(count) for text, count in texts.items() if text in absent
    }


def test_a_wide_table_is_counted_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "FIELDS_AT_ONCE", 3)
    fields = tuple(Field(f"c{n}", "string") for n in range(7))
    table = replace(TABLE, fields=fields, rows=2)
    rows = ", ".join(f"({', '.join([repr(text)] * 7)})" for text in ("x", "y"))
    queries = open_queries(table, ", ".join(field.name for field in fields), rows)
    measured = profile_table(queries, table)
    assert [item.field.name for item in measured.fields] == [field.name for field in fields]
    assert {item.distinct.text for item in measured.fields} == {"2"}
    assert [len(item.values) for item in measured.fields] == [2] * 7
    assert [counted.id for counted in measured.counted] == [
        "d.codebook.t", "d.codebook-2.t", "d.codebook-3.t",
        "d.codebook-values.t", "d.codebook-values-2.t", "d.codebook-values-3.t",
    ]  # fmt: skip
    assert measured.notes == ()


def test_a_query_that_is_too_long_is_halved_and_a_field_that_cannot_be_counted_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(profiles, "MOST_SIGNS", 700)
    fields = (*(Field(f"c{n}", "string") for n in range(4)), Field("z" * 300, "string"))
    table = replace(TABLE, fields=fields, rows=1)
    rows = f"({', '.join(['1'] * 5)})"
    queries = open_queries(table, ", ".join(field.name for field in fields), rows)
    measured = profile_table(queries, table)
    assert [item.field.name for item in measured.fields] == [f"c{n}" for n in range(4)]
    assert all(len(counted.receipt.sql) <= 700 for counted in measured.counted)
    assert measured.repeated is None
    assert len(measured.notes) == 2


def test_the_rows_of_each_table_stand_in_one_table_of_counts() -> None:
    queries = open_queries(TABLE, "day, kind, kind__missing", ROWS)
    counted = count_rows(queries)
    assert counted is not None
    assert (counted.id, counted.rows) == ("d.tables.rows", (("t", 5),))
