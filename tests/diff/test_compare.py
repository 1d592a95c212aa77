"""The comparison of two tables, against a plain reference and by example."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.core.errors import UsageError
from plainrecord.diff.compare import break_down, compare_tables, lay_out, write_likely
from plainrecord.model.changes import Comparison, Rename
from plainrecord.receipts.engine import identifier
from tests.examples import examples

Row = tuple[Any, ...]


def fill(connection: Any, name: str, columns: Sequence[Any], rows: Sequence[Row]) -> str:
    """A table with `columns` (name or "name TYPE") and its relation."""
    typed = [c if isinstance(c, tuple) else (c, "VARCHAR") for c in columns]
    listed = ", ".join(f"{identifier(c)} {kind}" for c, kind in typed)
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({listed})")
    if rows:
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
    return name


def compare(
    columns: Sequence[Any], old: Sequence[Row], new: Sequence[Row], **options: Any
) -> Comparison:
    connection = duckdb.connect()
    fill(connection, "t_old", columns, old)
    fill(connection, "t_new", columns, new)
    return compare_tables(connection, "t_old", "t_new", **options)


# The reference


def fold(value: str | None) -> str | None:
    if value is None:
        return None
    plain = " ".join(unicodedata.normalize("NFC", value).split())
    return plain.upper().lower() or None


def reference(
    old: Sequence[Row], new: Sequence[Row], width: int, *, normalise: bool
) -> tuple[int, int, int, int]:
    """Added, vanished, changed and unchanged rows, by counting in plain Python."""
    if normalise:
        old = [tuple(fold(v) for v in row) for row in old]
        new = [tuple(fold(v) for v in row) for row in new]
    groups: dict[Row, tuple[Counter[Row], Counter[Row]]] = defaultdict(
        lambda: (Counter(), Counter())
    )
    for at, rows in enumerate((old, new)):
        for row in rows:
            groups[row[:width]][at][row] += 1
    added = vanished = changed = unchanged = 0
    for before, after in groups.values():
        same = sum((before & after).values())
        gone, come = sum(before.values()) - same, sum(after.values()) - same
        both = min(gone, come) if width else 0
        unchanged += same
        changed += both
        vanished += gone - both
        added += come - both
    return added, vanished, changed, unchanged


TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "a", "A", "a ", " a", "b", "b  c", "b c", "B\u00a0C", "#N/A"]),
    st.sampled_from(["é", "e\u0301", "É", "日本", "a'b", 'a"b', "a\tb", "a\nb", "\u2003a"]),
)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=12)


@settings(max_examples=examples(25))
@given(ROWS, ROWS, st.integers(0, 2), st.booleans())
def test_a_comparison_counts_what_a_plain_reference_counts(
    old: list[Row], new: list[Row], width: int, normalise: bool
) -> None:
    columns = ["k", "l", "value"]
    found = compare(columns, old, new, key=columns[:width], normalise=normalise)
    counts = (found.added, found.vanished, found.changed, found.unchanged)
    assert counts == reference(old, new, width, normalise=normalise)
    assert found.old_rows + found.added - found.vanished == found.new_rows
    assert found.unchanged + found.changed + found.vanished == found.old_rows
    assert found.identical == (counts[:3] == (0, 0, 0))
    for field in found.changed_fields:
        assert sum(count for _, count in field.kinds) == field.changed <= found.changed


@settings(max_examples=examples(12))
@given(ROWS, ROWS, st.integers(0, 2))
def test_old_with_the_differences_is_new(old: list[Row], new: list[Row], width: int) -> None:
    columns = ["k", "l", "value"]
    connection = duckdb.connect()
    fill(connection, "t_old", columns, old)
    fill(connection, "t_new", columns, new)
    found = compare_tables(connection, "t_old", "t_new", key=columns[:width])
    listed = lay_out(found)
    added = Counter(connection.execute(listed.added).fetchall())
    vanished = Counter(connection.execute(listed.vanished).fetchall())
    assert (added.total(), vanished.total()) == (found.added, found.vanished)
    before = connection.execute(
        f"SELECT o0, o1, o2 FROM {found.relation} WHERE in_old AND in_new"
    ).fetchall()
    after = connection.execute(
        f"SELECT n0, n1, n2 FROM {found.relation} WHERE in_old AND in_new"
    ).fetchall()
    made = Counter(old)
    made.subtract(vanished)
    made.subtract(Counter(before))
    made.update(added)
    made.update(Counter(after))
    assert +made == Counter(new)
    assert not -made
    changed = connection.execute(listed.changed).fetchall()
    assert len(changed) == sum(field.changed for field in found.changed_fields)


NUMBERS = st.lists(st.tuples(st.integers(-5, 20), st.integers(-5, 20)), min_size=1, max_size=10)


@settings(max_examples=examples(25))
@given(NUMBERS, NUMBERS, st.sampled_from(["VARCHAR", "DOUBLE", "DECIMAL(9, 2)", "INTEGER"]))
def test_numbers_of_another_type_are_the_same_numbers(
    old: list[Row], new: list[Row], kind: str
) -> None:
    connection = duckdb.connect()
    fill(connection, "t_old", [("k", "BIGINT"), ("v", "BIGINT")], old)
    fill(connection, "t_new", [("k", kind), ("v", kind)], new)
    found = compare_tables(connection, "t_old", "t_new", key=["k"])
    before, after = ([tuple(Decimal(v) for v in row) for row in rows] for rows in (old, new))
    counts = (found.added, found.vanished, found.changed, found.unchanged)
    assert counts == reference(before, after, 1, normalise=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1", "1.0000000000000"),
        ("47.6062", "47.60620000000000"),
        (".5", "0.5"),
        ("1000", "1e3"),
        ("10000000000000000", "1e+16"),
        ("-0", "0.0"),
        ("123456789012345678", "123456789012345678.0"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(old: str, new: str) -> None:
    columns = ["id", "v"]
    connection = duckdb.connect()
    fill(connection, "t_old", columns, [("a", old), ("b", "2")])
    fill(connection, "t_new", [columns[0], ("v", "DOUBLE")], [("a", float(new)), ("b", 2.0)])
    if float(old) == float(new) and len(old) < 18:
        assert compare_tables(connection, "t_old", "t_new", key=["id"]).identical
    fill(connection, "t_new", columns, [("a", new), ("b", "2.00")])
    found = compare_tables(connection, "t_old", "t_new", key=["id"])
    assert found.changed == found.respelt  # the same, or told as another spelling


def test_numbers_and_times_that_were_read_are_shown_without_noughts() -> None:
    connection = duckdb.connect()
    fill(
        connection,
        "t_old",
        [("k", "BIGINT"), ("v", "BIGINT"), ("t", "DATE")],
        [(100, 5, "2025-01-02")],
    )
    fill(connection, "t_new", ["k", "v", "t"], [("100.0", "7.50", "2025-01-02 10:00")])
    found = compare_tables(connection, "t_old", "t_new", key=["k"])
    row = found.sample_changed[0]
    assert row.key == ("100",)
    assert [(v.old, v.new) for v in row.values] == [
        ("5", "7.5"),
        ("2025-01-02 00:00:00", "2025-01-02 10:00:00"),
    ]


def test_numbers_in_groups_of_three_are_another_spelling() -> None:
    old = [("a", "1000"), ("b", "1234567.5"), ("c", "$5,000"), ("d", "1,5")]
    new = [("a", "1,000"), ("b", "1,234,567.50"), ("c", "5000"), ("d", "15")]
    found = compare(["id", "v"], old, new, key=["id"])
    assert dict(found.changed_fields[0].kinds) == {"respelt": 3, "changed": 1}


def test_yes_and_no_in_capitals_are_read() -> None:
    old, new = (
        [("a", "true"), ("b", "false"), ("c", None)],
        [("a", "TRUE"), ("b", "TRUE"), ("c", None)],
    )
    found = compare(["id", "v"], old, new, key=["id"])
    assert (found.changed, found.unchanged) == (1, 2)
    assert [(c.old, c.new, c.compared_as) for c in found.columns.retyped] == [
        ("boolean", "boolean, TRUE", "boolean")
    ]
    assert not compare(["id", "v"], new, new, key=["id"]).columns.retyped


@pytest.mark.parametrize(
    ("zoned", "written"),
    [
        ("2025-01-02 03:04:05.5+00", "2025-01-02T03:04:05.500Z"),
        ("1970-01-01 00:00:01+00", "1969-12-31 18:00:01-06:00"),
        ("1970-01-01 00:00:01+00", "1969-12-31T18:00:01-0600"),
        ("1970-01-01 00:00:01.25+00", "1969-12-31T18:00:01.250-06:00"),
    ],
)
def test_moments_with_a_zone_are_read(zoned: str, written: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    fill(connection, "t_old", ["k", ("v", "TIMESTAMP WITH TIME ZONE")], [("a", zoned)])
    fill(connection, "t_new", ["k", "v"], [("a", written)])
    found = compare_tables(connection, "t_old", "t_new", key=["k"])
    assert found.identical


def test_where_the_first_rows_have_no_value_the_form_is_looked_for_further_down() -> None:
    blank = [(f"a{n}", None) for n in range(1_100)]
    old = [*blank, ("x", "2025-01-02"), ("y", "2025-03-01")]
    new = [*blank, ("x", "1/2/2025"), ("y", "3/1/2025")]
    assert compare(["id", "day"], old, new, key=["id"]).identical
    assert compare(["id", "day"], old[::-1], new, key=["id"]).identical


# By example


def test_kinds_of_change_are_distinguished() -> None:
    values = [
        ("1", "HQ CROSSCHECK", "(b)(7)(E)", "withheld"),
        ("2", "(b)(7)(E)", "HQ CROSSCHECK", "open"),
        ("3", "x", None, "missing"),
        ("4", None, "x", "filled"),
        ("5", "St Johns", "St. Johns", "respelt"),
        ("6", "1.50", "1.5", "respelt"),
        ("7", "1.5", "15", "changed"),
        ("8", "Precinct 1", "Precinct 2", "changed"),
        ("9", "(b)(7)(E)", None, "missing"),
        ("10", "2019", "2020", "changed"),
        ("11", "1.5e-3", "1.5e3", "changed"),
        ("12", "1.2345E3", "1234.5", "respelt"),
    ]
    old = [(key, before) for key, before, _, _ in values]
    new = [(key, after) for key, _, after, _ in values]
    found = compare(["id", "v"], old, new, key=["id"], marks={"v": ["(b)(7)(E)"]})
    kinds = {row.key[0]: row.values[0].kind for row in found.sample_changed}
    assert kinds == {key: kind for key, _, _, kind in values}
    assert found.changed == 12
    assert found.respelt == 3


def test_without_marks_nothing_counts_as_withheld() -> None:
    found = compare(["id", "v"], [("1", "a")], [("1", "(b)(6)")], key=["id"])
    assert found.changed_fields[0].kinds == (("changed", 1),)


def test_columns_that_come_go_move_and_change_their_type() -> None:
    connection = duckdb.connect()
    people = [(f"p{n}", f"2019-01-{n + 1:02}", f"a{n}", f"place {n}", "x") for n in range(25)]
    fill(connection, "t_old", ["id", "day", "First Name", "town", "gone"], people)
    moved = [(p[1].replace("2019-01-", "1/") + "/2019", p[0], p[2], p[3], "y") for p in people]
    fill(connection, "t_new", ["day", "id", "first_name", "city", "fresh"], moved)
    found = compare_tables(connection, "t_old", "t_new", key=["id"])
    assert (found.changed, found.unchanged) == (0, 25)
    columns = found.columns
    assert (columns.added, columns.dropped) == (("fresh",), ("gone",))
    assert columns.reordered
    assert [(c.old, c.new, c.compared) for c in columns.renamed] == [
        ("First Name", "first_name", True),
        ("town", "city", False),
    ]
    assert "100%" in columns.renamed[1].why
    retyped = columns.retyped[0]
    assert (retyped.name, retyped.old, retyped.new) == ("day", "date", "date, month first")
    assert retyped.compared_as == "date"
    assert found.identical
    assert not found.same


def test_one_odd_value_hides_no_date() -> None:
    old = [(f"k{n}", f"2019-01-{n + 1:02}") for n in range(20)] + [("x", "N/A")]
    new = [(f"k{n}", f"1/{n + 1}/2019") for n in range(20)] + [("x", "N/A")]
    found = compare(["id", "day"], old, new, key=["id"])
    assert found.identical
    assert found.columns.retyped == ()
    mixed = compare(["id", "v"], [("a", "2019-01-02 00:00:00")], [("a", "7")], key=["id"])
    assert [(c.old, c.new, c.compared_as) for c in mixed.columns.retyped] == [
        ("date-time", "integer", "")
    ]
    assert mixed.changed == 1


def test_duplicate_keys_are_bags() -> None:
    old = [("a", "1"), ("a", "2"), ("a", "2"), ("b", "1")]
    new = [("a", "2"), ("a", "3"), ("b", "1"), ("b", "1")]
    found = compare(["k", "v"], old, new, key=["k"])
    assert (found.added, found.vanished, found.changed, found.unchanged) == (1, 1, 1, 2)
    assert (found.duplicates_old, found.duplicates_new) == (2, 2)


def test_a_key_without_a_value_is_a_key_like_any_other() -> None:
    old = [(None, "a"), ("", "b")]
    found = compare(["k", "v"], old, [(None, "a"), ("", "c")], key=["k"])
    assert (found.added, found.vanished, found.changed, found.unchanged) == (0, 0, 1, 1)


def test_a_rename_is_said_and_stays_in_the_counts() -> None:
    old = [("LA", "ALEXANDRIA STAGING FACILI", "96 George"), ("TX", "Precinct 1", "a")]
    new = [("LA", "ALEXANDRIA STAGING FACILITY", "96 George"), ("TX", "Precinct 2", "b")]
    rest = [("FL", f"Jail of county {chr(65 + n)}", f"{n} Road") for n in range(20)]
    found = compare(["state", "name", "street"], old + rest, new + rest, key=["state", "name"])
    assert (found.added, found.vanished, found.renamed) == (2, 2, 1)
    rename = found.renames[0]
    assert rename.old == ("LA", "ALEXANDRIA STAGING FACILI")
    assert rename.new == ("LA", "ALEXANDRIA STAGING FACILITY")
    assert rename.evidence.startswith("name differs by 2 letters")


def test_events_of_two_months_are_not_one_record_on_another_day() -> None:
    def log(month: int) -> list[Row]:
        return [
            (f"2025-{month:02}-{n + 1:02}", f"place {n}", f"why {n}", f"who {n}") for n in range(20)
        ]

    columns = ["day", "place", "why", "who"]
    for key in ([], ["day"], ["place", "day"]):
        assert not compare(columns, log(1), log(2), key=key).renamed, key
    stayed = log(1)
    mended = [("2025-02-11", *stayed[0][1:]), *stayed[1:]]
    assert compare(columns, stayed, mended).renamed == 1  # a date that was put right in a list


def test_a_change_that_many_renames_share_is_reported_once() -> None:
    rows = [(f"2020-01-{n:02}", f"Jail {chr(65 + n)}", "Mexico") for n in range(1, 25)]
    old = [(*row, None) for row in rows[:20]] + [(*row, "x") for row in rows[20:]]
    new = [(*row, "NA") for row in rows[:20]] + [(*row, "y") for row in rows[20:23]]
    found = compare(["day", "place", "country", "offence"], old, new)
    assert found.renamed == 23
    assert [(p.field, p.old, p.new, p.count) for p in found.rename_patterns] == [
        ("offence", None, "NA", 20),
        ("offence", "x", "y", 3),
    ]


def test_a_breakdown_by_place_and_by_period() -> None:
    connection = duckdb.connect()
    old = [("1", "2018-09-30", "TX"), ("2", "2018-10-01", "CA"), ("3", "2019-01-02", "CA")]
    new = [("1", "2018-09-30", "NV"), ("3", "2019-01-02", "CA"), ("4", "2019-09-30", "CA")]
    columns = ["id", "day", "state"]
    fill(connection, "t_old", columns, old)
    fill(connection, "t_new", columns, new)
    found = compare_tables(connection, "t_old", "t_new", key=["id"])
    places = break_down(connection, found, "state")
    assert [(r.value, r.added, r.vanished, r.changed) for r in places] == [
        ("CA", 1, 1, 0),
        ("NV", 0, 0, 1),
    ]
    years = break_down(connection, found, "day", period="fiscal-year")
    assert [(r.value, r.added, r.vanished, r.changed) for r in years] == [
        ("FY2018", 0, 0, 1),
        ("FY2019", 1, 1, 0),
    ]
    fill(connection, "t_old", columns, [("1", "2018-09-30", "Texas"), ("4", None, " ")])
    fill(connection, "t_new", columns, [("2", "2018-09-30", "TEXAS "), ("3", "2018-09-30", "Utah")])
    found = compare_tables(connection, "t_old", "t_new", key=["id"], normalise=True)
    spelt = break_down(connection, found, "state", normalise=True)
    assert [(r.value, r.added, r.vanished) for r in spelt] == [
        ("TEXAS ", 1, 1),
        ("Utah", 1, 0),
        (None, 0, 1),
    ]
    with pytest.raises(UsageError, match="not one of the compared fields"):
        break_down(connection, found, "county")
    with pytest.raises(UsageError, match="no period"):
        break_down(connection, found, "day", period="week")


def test_differences_are_laid_out_for_copy() -> None:
    connection = duckdb.connect()
    fill(connection, "t_old", ["kind", "v", "w"], [("a", "1", "x"), ("b", "2", "y")])
    fill(connection, "t_new", ["kind", "v", "w"], [("b", "3", None), ("c", "4", "z")])
    found = compare_tables(connection, "t_old", "t_new", key=["kind"])
    listed = lay_out(found)
    assert connection.execute(listed.added).fetchall() == [("c", "4", "z")]
    assert connection.execute(listed.vanished).fetchall() == [("a", "1", "x")]
    cursor = connection.execute(listed.changed)
    assert [column[0] for column in cursor.description] == [
        *("kind", "field", "old", "new", "kind_"),
    ]
    assert cursor.fetchall() == [
        ("b", "v", "2", "3", "changed"),
        ("b", "w", "y", None, "missing"),
    ]


def test_samples_are_bounded_and_in_one_order() -> None:
    rows = [(f"k{n:03}", f"v{n}") for n in range(50)]
    found = compare(["k", "v"], [], rows, key=["k"], limit=3)
    assert found.added == 50
    assert found.sample_added == (("k000", "v0"), ("k001", "v1"), ("k002", "v2"))
    again = compare(["k", "v"], [], rows[::-1], key=["k"], limit=3)
    assert again == found


def test_what_cannot_be_compared_is_said_in_words() -> None:
    connection = duckdb.connect()
    fill(connection, "t_old", ["state", "agency"], [])
    fill(connection, "t_new", ["state", "office"], [])
    fill(connection, "t_other", ["x"], [])
    with pytest.raises(UsageError, match=r'key "stat" is not a column of both tables.*"state"'):
        compare_tables(connection, "t_old", "t_new", key=["stat"])
    with pytest.raises(UsageError, match='field "agency" is not a column of both'):
        compare_tables(connection, "t_old", "t_new", fields=["agency"])
    with pytest.raises(UsageError, match="no column in common"):
        compare_tables(connection, "t_old", "t_other")


def test_hostile_names_of_columns_are_names() -> None:
    columns = ['a"; DROP TABLE t_old; --', "b'c", "sel,ect", "o0", "n0", "v0", "kind1"]
    old = [("1", "2", "3", "4", "5", "6", "7")]
    new = [("1", "2", "x", "4", "y", "6", "z")]
    found = compare(columns, old, new, key=columns[:2])
    assert [f.field for f in found.changed_fields] == ["sel,ect", "n0", "kind1"]


def test_likely_renames_are_written_as_the_engine_writes() -> None:
    old, new = ('a "b", c', None), ("line\nline", "")
    rename = Rename(old, new, "alike", "who", "who is similar")
    found: Any = SimpleNamespace(key=("who", "day"), fields=("state",), renames=(rename,))
    text = write_likely(found)
    assert text.splitlines()[0] == ("before_who,before_day,after_who,after_day,field,kind,evidence")
    [line] = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert line == ['a "b", c', "", "line\nline", "", "who", "alike", "is similar"]
    assert ',,"line\nline","",who' in text  # no value, and an empty one
