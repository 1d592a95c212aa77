"""Releases of one table side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from plainrecord.core.errors import UsageError
from plainrecord.diff.across_releases import (
    find_date_regressions,
    find_repeats,
    find_returned,
    moved_periods,
    revision_triangle,
)
from plainrecord.model.revisions import (
    DateRegression,
    MovedPeriod,
    ReleaseTable,
    RepeatedRelease,
    ReturnedRecord,
)
from tests.diff.loading import load_file


@pytest.fixture
def connection() -> Any:
    return duckdb.connect()


def release(connection: Any, label: str, rows: str, columns: str = "id, day") -> ReleaseTable:
    connection.execute(f"CREATE TABLE {label} AS SELECT * FROM (VALUES {rows}) t({columns})")
    return ReleaseTable(label, label)


def test_each_period_as_every_release_counted_it(connection: Any) -> None:
    first = release(connection, "r1", "(1, '2025-01-03'), (2, '1/9/2025'), (3, '2025-02-01')")
    second = release(
        connection, "r2", "(1, '2025-01-03'), (3, '2025-02-01'), (4, '2025-04-02'), (5, 'soon')"
    )
    third = release(connection, "r3", "(3, '2025-02-01'), (4, '2025-04-02')")
    triangle = revision_triangle(connection, [first, second, third], "day", "month")
    assert triangle.releases == ("r1", "r2", "r3")
    assert dict(zip(triangle.periods, triangle.counts, strict=True)) == {
        "2025-01": (2, 1, None),
        "2025-02": (1, 1, 1),
        "2025-04": (None, 1, 1),
    }
    assert triangle.newest == ("2025-02", "2025-04", "2025-04")
    assert triangle.undated == (0, 1, 0)
    assert moved_periods(triangle) == (
        MovedPeriod("2025-01", "r1", "r2", 2, 1),
        MovedPeriod("2025-01", "r2", "r3", 1, None),
    )


def test_an_open_period_may_move(connection: Any) -> None:
    first = release(connection, "r1", "(1, DATE '2025-01-03'), (2, DATE '2025-02-01')")
    second = release(
        connection, "r2", "(1, DATE '2025-01-03'), (2, DATE '2025-02-01'), (3, DATE '2025-02-20')"
    )
    assert not moved_periods(revision_triangle(connection, [first, second], "day", "month"))


def test_a_period_within_reach_without_a_row_is_zero(connection: Any) -> None:
    first = release(connection, "r1", "(1, '2025-01-03'), (2, '2025-02-01'), (3, '2025-03-01')")
    second = release(connection, "r2", "(1, '2025-01-03'), (3, '2025-03-01')")
    triangle = revision_triangle(connection, [first, second], "day", "month")
    assert triangle.counts[1] == (1, 0)
    assert moved_periods(triangle) == (MovedPeriod("2025-02", "r1", "r2", 1, 0),)


def test_fiscal_years_and_quarters_are_named(connection: Any) -> None:
    one = release(connection, "r1", "(1, '2018-09-30'), (2, '2018-10-01')")
    assert revision_triangle(connection, [one], "day", "fiscal-year").periods == (
        "FY2018",
        "FY2019",
    )
    assert revision_triangle(connection, [one], "day", "quarter").periods == (
        "2018-Q3",
        "2018-Q4",
    )
    with pytest.raises(UsageError, match="no column"):
        revision_triangle(connection, [one], "date", "month")


def test_a_key_that_comes_back(connection: Any) -> None:
    columns = "name, city"
    rows = ["('FLOYD', 'ROME'), ('ADAMS', 'NATCHEZ')", "('ADAMS', 'NATCHEZ')", "('Floyd ', 'ROME')"]
    releases = [release(connection, f"r{n}", r, columns) for n, r in enumerate(rows, 1)]
    assert find_returned(connection, releases, ["name", "city"]) == ()
    assert find_returned(connection, releases, ["name", "city"], normalise=True) == (
        ReturnedRecord(("FLOYD", "ROME"), "r2", "r3"),
    )


def test_the_same_rows_again(connection: Any) -> None:
    one = release(connection, "r1", "(1, 'a'), (2, 'b'), (2, 'b')")
    two = release(connection, "r2", "(1, 'a'), (2, 'b'), (1, 'a')")
    three = release(connection, "r3", "('b', 2), ('b', 2), ('a', 1)", "day, id")
    four = release(connection, "r4", "('b', 2), ('a', 1), ('b', 2)", "day, id")
    assert find_repeats(connection, [one, two, three, four]) == (
        RepeatedRelease("r3", "r1", True),
        RepeatedRelease("r4", "r3", False),
    )


def test_an_older_release_under_a_newer_date(connection: Any) -> None:
    one = release(connection, "r1", "(1, '2025-03-01')")
    two = release(connection, "r2", "(1, '12/31/2024')")
    three = release(connection, "r3", "(1, 'unknown')")
    assert find_date_regressions(connection, [one, two, three], "day") == (
        DateRegression("r2", "r1", "2024-12-31", "2025-03-01"),
    )


def test_facilities_of_three_releases(real_data: Path) -> None:
    connection = duckdb.connect()
    folder = real_data / "ice-detention-statistics"
    names = (
        "FY26_detentionStats02022026",
        "FY26_detentionStats_02122026",
        "FY26_detentionStats_04092026",
    )
    releases = []
    for number, name in enumerate(names):
        table = load_file(connection, folder / f"{name}.xlsx", f"r{number}", ["Name", "City"])
        releases.append(ReleaseTable(name, table.relation))
    returned = find_returned(connection, releases, ["Name", "City"], normalise=True)
    assert [(back.key[0], back.missing, back.back) for back in returned] == [
        ("FLOYD COUNTY JAIL", names[1], names[2]),
        ("WASHINGTON COUNTY DETENTION CENTER", names[1], names[2]),
    ]


def test_the_287g_list_of_two_days_is_one_list(real_data: Path) -> None:
    connection = duckdb.connect()
    folder = real_data / "ice-287g-participants"
    releases = []
    for number, day in enumerate(("2026-01-05_misdated-as-01052025pm", "2026-02-12", "2026-02-13")):
        path = folder / f"participating_{day}.xlsx"
        releases.append(ReleaseTable(day[:10], load_file(connection, path, f"r{number}").relation))
    assert find_repeats(connection, releases) == (
        RepeatedRelease("2026-02-13", "2026-02-12", False),
    )
    years = revision_triangle(connection, releases, "SIGNED", "year")
    assert dict(zip(years.periods, years.counts, strict=True))["2025"] == (1140, 1133, 1133)
    moved = moved_periods(revision_triangle(connection, releases, "SIGNED", "month"))
    assert {(item.old_release, item.new_release) for item in moved} == {
        ("2026-01-05", "2026-02-12")
    }
    # December 2025 was not over for the list of January: its newest signature is of that month.
    assert {item.period: item.old - (item.new or 0) for item in moved} == {
        "2025-01": -1,
        "2025-02": 1,
        "2025-04": 1,
        "2025-05": 2,
        "2025-06": 2,
        "2025-09": 1,
    }
