"""Dates in the names of files."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.diff.file_dates import NamedFile, dates_in, find_misdated


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("participatingAgencies01052025pm.xlsx", ["2025-01-05"]),
        ("participatingAgencies-20250221214937.xlsx", ["2025-02-21"]),
        ("participating_2026-02-13.xlsx", ["2026-02-13"]),
        ("ICE_Facility_List_11-06-2017-web.xlsx", ["2017-11-06"]),
        ("FY26_detentionStats_04092026.xlsx", ["2026-04-09"]),
        ("stats 122520.csv", ["2020-12-25"]),
        ("stops_20251112.csv", ["2025-11-12"]),
        ("stops_12112011.csv", ["2011-12-11"]),
        ("stops_20111211.csv", ["2011-12-11"]),
        ("log_3_25_19.csv", ["2019-03-25"]),
        ("list_2025-13-01.csv", []),
        ("list_02302025.csv", []),
        ("2019-ICFO-53623.csv", []),
        ("case 123456789.csv", []),
        ("stops.csv", []),
        ("a_2025-01-05_b_02062025.csv", ["2025-01-05", "2025-02-06"]),
    ],
)
def test_days_are_read_from_names(name: str, days: list[str]) -> None:
    assert [found.isoformat() for found in dates_in(name)] == days


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(["%Y%m%d", "%m%d%Y", "%Y-%m-%d", "%m-%d-%Y"]))  # fmt: skip
def test_a_day_in_a_name_is_found(date: dt.date, form: str) -> None:
    assert date in dates_in(f"list{date.strftime(form)}am.xlsx")


def test_the_list_of_january_2026_is_misdated() -> None:
    files = [
        NamedFile("09292025am.xlsx", day("2025-09-29")),
        NamedFile("participatingAgencies01052025pm.xlsx", day("2026-01-05")),
        NamedFile("02122026pm.xlsx", day("2026-02-12")),
    ]
    (found,) = find_misdated(files)
    assert (found.release, found.found) == ("2026-01-05", "2025-01-05")
    assert "another year" in found.why
    assert find_misdated(files[1:2]) == (found,)


def test_a_name_before_that_of_the_release_before_and_one_after_the_release() -> None:
    files = [
        NamedFile("list_2025-06-30.csv", day("2025-07-10")),
        NamedFile("list_2025-03-31.csv", day("2025-10-10")),
        NamedFile("list_2026-12-31.csv", day("2026-01-10")),
        NamedFile("list_2025-12-31.csv", day("2026-01-20")),
    ]
    assert ["before" in found.why or "after" in found.why for found in find_misdated(files)] == [True, True]  # fmt: skip
    assert [found.found for found in find_misdated(files)] == ["2025-03-31", "2026-12-31"]


def test_one_day_that_fits_is_enough() -> None:
    files = [
        NamedFile("2026-01-05_misdated-as-01052025pm.xlsx", day("2026-01-05")),
        NamedFile("without.xlsx", day("2026-01-06")),
        NamedFile("later_01072026.xlsx", day("2026-01-06")),
    ]
    assert find_misdated(files) == ()
