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
        ("2025-01-31", "31JAN2025"),
        ("2025-01-31 13:00:00", "31JAN2025:13:00:00"),
        ("2025-01-31 13:00:00", "Jan 31 2025  1:00PM"),
        ("2025-01-01 13:00:00", "Jan  1 2025  1:00PM"),
        ("2025-01-31 13:00:00", "31-JAN-25 01.00.00.000000 PM"),
        ("2025-01-31 13:00", "January 31, 2025 1:00 PM"),
        ("2025-01-31 13:00", "31 Jan 2025 13:00"),
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


NUMBERS, DAYS = ["1234.5", "-2", "0.25"], ["2024-01-01", "2024-01-31", "2025-12-31"]
TIMES = ["2024-01-01T10:00:00", "2024-01-31T13:30:00", "2025-12-31T23:59:59"]
TRUE = ["true", "false", "true"]


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "form"),
    [
        (NUMBERS, ["1234,5", "-2", "0,25"], "number, decimal comma"),
        (NUMBERS, ["1.234,50", "-2,0", ",25"], "number, decimal comma"),
        (NUMBERS, ["1,234.50", "(2)", "0.25"], "number, thousands separated"),
        (NUMBERS, ["1\u202f234,50", "2-", "0,25"], "number, decimal comma"),
        (NUMBERS, ["1'234.5", "−2", "0.25"], "number, thousands separated"),
        (NUMBERS, ["$1,234.50", "-$2.00", "$.25"], "amount in dollars, thousands separated"),
        (NUMBERS, ["$1,234.50", "($2.00)", "0.25"], "amount in dollars, thousands separated"),
        (NUMBERS, ["1.234,50 €", "-2,00 €", "0,25\xa0€"], "amount in euros, decimal comma"),
        (["0.125", "0.07", "1"], ["12,5 %", "7,0 %", "100 %"], "percent"),
        (DAYS, ["45292", "45322", "46022"], "date, serial number"),
        (DAYS, ["43830", "43860", "44560"], "date, serial number from 1904"),
        (DAYS, ["45292.0", "45322.0", "46022.0"], "date, serial number"),
        (
            DAYS,
            [
                "Monday, January 1, 2024",
                "Wednesday, January 31, 2024",
                "Wednesday, December 31, 2025",
            ],
            "date, weekday named",
        ),
        (DAYS, ["January 1st, 2024", "January 31st, 2024", "December 31st, 2025"], "date, ordinal"),
        (DAYS, ["2024-W01-1", "2024-W05-3", "2026-W01-3"], "date, ISO week"),
        (TIMES, ["45292.4166666667", "45322.5625", "46022.9999884259"], "date-time, serial number"),
        (TIMES, ["1704103200", "1706707800", "1767225599"], "date-time, seconds since 1970"),
        (
            TIMES,
            ["1704103200000", "1706707800000", "1767225599000"],
            "date-time, milliseconds since 1970",
        ),
        (
            TIMES,
            ["20240101T100000", "20240131T133000", "20251231T235959"],
            "date-time, digits alone",
        ),
        (TIMES, ["20240101100000", "20240131133000", "20251231235959"], "date-time, digits alone"),
        (["10:00", "13:30", "23:59"], ["10:00 AM", "1:30 PM", "11:59 PM"], "time, 12 hours"),
        (["10:00", "00:05", "23:59"], ["1000", "0005", "2359"], "time, digits alone"),
        (["10:00", "00:05", "23:59"], ["1000", "5", "2359"], "time, digits alone"),
        (["2024-01", "2024-12", "2025-03"], ["Jan-24", "Dec-24", "Mar-25"], "month, named"),
        (
            ["2024-01", "2024-12", "2025-03"],
            ["01/2024", "12/2024", "3/2025"],
            "month, before the year",
        ),
        (TRUE, ["Y", "N", "Y"], "boolean, Y and N"),
        (TRUE, ["1", "0", "1"], "boolean, 1 and 0"),
        (TRUE, ["-1", "0", "-1"], "boolean, -1 and 0"),
        (TRUE, ["Yes", "No", "YES"], "boolean, yes and no"),
        (["Y", "N", "Y"], ["t", "f", "t"], "boolean, T and F"),
    ],
)
def test_the_same_value_in_another_form(
    old: list[str], new: list[str], form: str, turned: bool, keyed: bool
) -> None:
    found = compare_columns(*((new, old) if turned else (old, new)), keyed=keyed)
    assert found.identical
    (retyped,) = found.columns.retyped
    assert form in (retyped.old, retyped.new)
    assert retyped.compared_as


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["45292", "45293"], ["2014-01-01", "2015-06-01"]),  # ZIP codes
        (["F", "F"], ["N", "N"]),  # one code may mean anything
        (["1", "0", "7"], ["Y", "N", "Y"]),
        (["€5", "€6"], ["$5", "$6"]),
        (["1,5", "2,5"], ["15", "25"]),
        (["02134", "02135"], ["2134", "2135"]),  # in no key, the zeros are part of the value
        (["02134", "02135"], ["2134.0", "2135.0"]),
        (["02134", "02135"], ["2,134", "2,135"]),
        (["030 123 456", "030 123 457"], ["30123456", "30123457"]),
        (["1", "0", "1", "0"], ["Y", "N", "N", "Y"]),  # two codes agree by chance
        (
            ["45292", "45000", "45001", "45002"],
            ["2024-01-01", "2020-01-01", "2020-02-01", "2020-03-01"],
        ),
        (["NA", "NA", "45292"], ["-", "--", "2020-01-01"]),  # no value agrees with none
        (["1/2/2025", "3/4/2025"], ["02/01/2025", "04/03/2025"]),
        (["1,234", "2,345"], ["1.234", "2.345"]),
        (
            ["2024-01-02", "2024-01-03"],
            ["Monday, January 2, 2024", "Tuesday, January 3, 2024"],
        ),
        (["2025-01-01T23:59:60"], ["2025-01-02 00:00:00"]),
        (["2025-01-01T24:00:00"], ["2025-01-02 00:00:00"]),
        (["2025-01-01 10:00:00 EST"], ["2025-01-01 10:00:00"]),
        (["1/31/25"], ["1925-01-31"]),
        (["+5", "6"], ["-5", "-6"]),
    ],
)
def test_other_values_stay_other_values(old: list[str], new: list[str]) -> None:
    found = compare_columns(old, new, keyed=True)
    assert found.changed == len(old)


DAYS_OF_JANUARY = [f"2025-01-{day}" for day in range(13, 32)]
PERCENTS, SHARES = [f"{n}%" for n in range(10, 29)], [f"0.{n}" for n in range(10, 29)]
SECOND = "2024-01-01T10:00:00"


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["Y", "N"] * 9 + ["F"], ["true", "false"] * 9 + ["false"]),
        (["Y", "N"] * 9 + ["1"], ["true", "false"] * 9 + ["true"]),
        ([*PERCENTS, "5"], [*SHARES, "0.05"]),
        ([*PERCENTS, "1,234%"], [*SHARES, "0.01234"]),
        ([*DAYS_OF_JANUARY, "1900-02-29"], [f"1/{d}/2025" for d in range(13, 32)] + ["3/1/1900"]),
        ([f"{SECOND}.5Z", f"{SECOND}.123456789Z"], [f"{SECOND}.5", f"{SECOND}.123456"]),
        (["1704103200", "1704103200.1234"], [SECOND, f"{SECOND}.123"]),
        (["$5"] * 19 + ["€5"], ["5"] * 20),
        (["5", "(3)"], ["5", "3"]),
    ],
)
def test_one_other_value_among_values_of_another_form(
    old: list[str], new: list[str], turned: bool
) -> None:
    found = compare_columns(*((new, old) if turned else (old, new)), keyed=True)
    assert found.changed == 1


def test_one_and_minus_one_are_not_one_value() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t_old AS SELECT unnest([1, 2]) AS id, unnest([1, 0]) AS v")
    connection.execute("CREATE TABLE t_new AS SELECT id, CAST(-v AS VARCHAR) AS v FROM t_old")
    assert compare_tables(connection, "t_old", "t_new", key=["id"]).changed == 1


def test_a_sign_that_may_be_either_is_noted() -> None:
    found = compare_columns(["1,234", "2,345"], ["1.234", "2.345"], keyed=True)
    assert "2 ways" in found.columns.retyped[0].note
    found = compare_columns(["1.234", "2.345"], ["1234", "2345"], keyed=True)
    assert found.identical
    assert "most agree" in found.columns.retyped[0].note


def test_one_word_for_no_value_hides_no_form() -> None:
    found = compare_columns(["true", "NA", "false"], ["1", "NA", "0"], keyed=True)
    assert found.identical


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (["001", "002"], ["1", "2"], True),
        (["45292", "45293"], ["2024-01-01", "2024-01-02"], True),
        (["1", "01"], ["1", "2"], False),  # two records
        (["1E2", "100"], ["100", "2"], False),
    ],
)
def test_a_key_in_another_form(old: list[str], new: list[str], same: bool) -> None:
    connection = duckdb.connect()
    for name, keys in (("t_old", old), ("t_new", new)):
        fill(connection, name, ["id", "v"], [(key, str(n)) for n, key in enumerate(keys)])
    found = compare_tables(connection, "t_old", "t_new", key=["id"])
    assert found.identical == same
    assert bool(found.columns.retyped[0].compared_as) == same


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


def test_a_date_of_the_engine_is_written_in_no_way() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t_old AS SELECT 1 AS id, '2024-01-01' AS d")
    connection.execute("CREATE TABLE t_new AS SELECT 1 AS id, DATE '2024-01-01' AS d")
    found = compare_tables(connection, "t_old", "t_new", key=["id"])
    assert found.identical
    assert not found.columns.retyped
