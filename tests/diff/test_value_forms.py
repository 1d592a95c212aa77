"""One date or moment in two writings is one value, and is said to be written in another form."""

from __future__ import annotations

import duckdb
import pytest

from plainrecord.diff.compare import compare_tables
from plainrecord.diff.value_forms import cast_sql
from plainrecord.model.changes import Comparison
from tests.diff.test_compare import fill


def compare_columns(old: list[str], new: list[str], *, keyed: bool) -> Comparison:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, values in (("t_old", old), ("t_new", new)):
        fill(connection, name, ["id", "seen"], [(str(n), v) for n, v in enumerate(values)])
    return compare_tables(connection, "t_old", "t_new", key=["id"] if keyed else [])


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2025-01-01T10:00:00", "2025-01-01 10:00:00"),
        ("2025-01-01T10:00:00Z", "2025-01-01T10:00:00+00:00"),
        ("2025-01-01T10:00:00Z", "2025-01-01T10:00:00.000Z"),
        ("2025-01-01T10:00:00Z", "2025-01-01T12:00:00+02:00"),
        ("2025-01-01T10:00:00Z", "2025-01-01T12:00:00+0200"),
        ("2025-01-01T10:00:00Z", "2025-01-01 04:00:00-06"),
        ("2025-01-01T10:00:00Z", "2025-01-01 10:00:00"),
        ("2025-01-01T10:00:00Z", "2025-01-01 10:00:00Z"),
        ("2025-01-01T10:00:00Z", "2025-01-01T10:00Z"),
        ("2025-01-01T10:00:00Z", "2025-01-01 10:00:00 UTC"),
        ("2025-01-01T10:00:00.5", "2025-01-01 10:00:00.500"),
        ("2025-01-01 10:00", "2025-01-01 10:00:00"),
        ("2025-01-31 13:00", "1/31/2025 1:00 PM"),
        ("2025-01-31 13:00", "31/01/2025 13:00"),
        ("2025-01-31", "1/31/2025"),
        ("2025-01-31", "01/31/25"),
        ("2025-01-31", "31.01.2025"),
        ("2025-01-31", "31.1.25"),
        ("2025-01-31", "31-01-2025"),
        ("2025-01-31", "01-31-25"),
        ("2025-01-31", "01.31.2025"),
        ("2025-01-31", "31 Jan 2025"),
        ("2025-01-31", "31-Jan-25"),
        ("2025-01-31", "January 31, 2025"),
        ("2025-01-31", "Jan 31, 2025"),
        ("2025-01-31", "20250131"),
        ("2025-01-31", "2025.01.31"),
        ("2025-01-31", "2025/01/31"),
        ("1/31/2025", "01/31/2025"),
        ("1/31/2025", "31.01.2025"),
        ("31/01/2025", "31-01-2025"),
    ],
)
def test_the_same_moment_in_another_form(old: str, new: str, turned: bool, keyed: bool) -> None:
    sides = ([new], [old]) if turned else ([old], [new])
    found = compare_columns(*sides, keyed=keyed)
    assert found.identical
    (retyped,) = found.columns.retyped
    assert retyped.compared_as in ("date", "date-time")
    assert retyped.old != retyped.new


def test_another_moment_is_another_value() -> None:
    found = compare_columns(["2025-01-01T10:00:00Z"], ["2025-01-01T10:00:00+01:00"], keyed=True)
    assert found.changed == 1


FIRSTS = [f"2025-{month:02}-01" for month in (1, 2, 3)]


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("pattern", ["{0}/{1}/2025", "{0}.{1}.2025", "{0}-{1}-2025", "{0}/{1}/25"])
@pytest.mark.parametrize("day_first", [True, False])
def test_dates_with_two_readings_are_read_as_most_agree(
    pattern: str, day_first: bool, keyed: bool
) -> None:
    new = []
    for day in FIRSTS:
        month, of_month = day[5:7], day[8:]
        new.append(pattern.format(*((of_month, month) if day_first else (month, of_month))))
    for sides in ((FIRSTS, new), (new, FIRSTS)):
        found = compare_columns(*sides, keyed=keyed)
        assert found.identical
        assert "most agree" in found.columns.retyped[0].note


def test_what_stays_ambiguous_is_noted() -> None:
    found = compare_columns(["2025-01-01", "2025-02-02"], ["01/01/2025", "02/02/2025"], keyed=True)
    assert found.identical
    assert "2 ways" in found.columns.retyped[0].note
    plain = compare_columns(["2025-01-31", "2025-02-02"], ["01/31/2025", "02/02/2025"], keyed=True)
    assert plain.columns.retyped[0].note == ""


def test_a_key_decides_where_the_days_alone_do_not() -> None:
    days = [f"2025-{m:02}-{d:02}" for m in range(1, 13) for d in range(1, 13)]
    new = [f"{day[8:]}/{day[5:7]}/2025" for day in days]
    assert compare_columns(days, new, keyed=True).identical


LONG = "12345678901234567890123456789012345"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"{LONG}.50", f"{LONG}.5"),
        (f"+00{LONG}.0", LONG),
        ("-.12345678901234567890", "-0.1234567890123456789"),
        ("-0.000000000000", "0"),
        ("12.5e3", "12500"),
        ("1.5E-3", "0.0015"),
        ("1e-12", "0.000000000001"),
        ("1e999999999999", "1e999999999999"),
        ("n/a", "n/a"),
    ],
)
def test_a_number_keeps_all_of_its_digits(written: str, read: str) -> None:
    query = f"SELECT {cast_sql('x', 'number', 'number')} FROM (SELECT $v AS x)"
    assert duckdb.execute(query, {"v": written}).fetchall() == [(read,)]


def test_no_key_in_common_leaves_dates_ambiguous() -> None:
    connection = duckdb.connect()
    fill(connection, "old", ["k", "d"], [("1", "2025-01-01"), ("2", "2025-02-02")])
    fill(connection, "new", ["k", "d"], [("3", "01/01/2025"), ("4", "02/02/2025")])
    found = compare_tables(connection, "old", "new", key=["k"])
    assert "2 ways" in found.columns.retyped[0].note


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["12.5%", "7%", "-0.25 %"], ["0.125", "0.07", "-0.0025"]),
        (["12.5%", "7%", "-0.25 %"], ["12.5", "7", "-0.25"]),
        (["12.5%", "7%", "100%"], ["0.125", "0.07", "1"]),
        (["12.5%", "7%"] * 9 + ["n/a"], ["0.125", "0.07"] * 9 + ["n/a"]),
    ],
)
def test_percents_are_read_as_most_agree(old: list[str], new: list[str], keyed: bool) -> None:
    for sides in ((old, new), (new, old)):
        found = compare_columns(*sides, keyed=keyed)
        assert found.identical
        (retyped,) = found.columns.retyped
        assert retyped.compared_as == "number"
        assert "percents" in retyped.note


def test_a_percent_that_is_another_is_another_value() -> None:
    found = compare_columns(["12.5%", "7%"], ["0.125", "0.08"], keyed=True)
    assert found.changed == 1
    (row,) = found.sample_changed
    assert (row.values[0].old, row.values[0].new) == ("0.07", "0.08")


@pytest.mark.parametrize(("new", "kind"), [("12.50%", "respelt"), ("12.6%", "changed")])
def test_percents_with_other_digits(new: str, kind: str) -> None:
    found = compare_columns(["12.5%", "7%"], [new, "7%"], keyed=True)
    assert [value.kind for row in found.sample_changed for value in row.values] == [kind]
