"""What is drafted of a table: sentence, figures and charts that say something true and useful."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plainrecord.authoring.columns import Column, label_columns
from plainrecord.authoring.draft import Answers, DatasetDraft, draft_dataset
from plainrecord.authoring.labels import inner_label, shown_label, shown_title
from plainrecord.authoring.presentation import Presentation, ProfiledTable
from plainrecord.pipeline.source_tables import SourceTable, read_source

Rows = Sequence[Sequence[object]]


def table(tmp_path: Path, rows: Rows) -> ProfiledTable:
    path = tmp_path / "table.csv"
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    with duckdb.connect() as connection:
        (found,) = read_source(connection, path, "t", tmp_path)
    assert isinstance(found, SourceTable), found
    return ProfiledTable("t", path.name, found.resource, found.columns, found.rows, found.key)


def months(groups: Sequence[str]) -> Rows:
    dates = [f"20{20 + n // 12}-{n % 12 + 1:02}-01" for n in range(36)]
    rows = [(day, group, len(day) + n, n % 7) for n, day in enumerate(dates) for group in groups]
    return [("date", "county", "arrests", "released"), *rows]


def daily() -> Rows:
    days = [f"2024-0{1 + n // 28}-{n % 28 + 1:02}" for n in range(200)]
    return [
        ("day", "men", "women", "total"),
        *((d, 200 + n, 9, 209 + n) for n, d in enumerate(days)),
    ]


def stops(rows: int = 60) -> Rows:
    made = [
        (
            f"s{n}",
            f"{2021 + n % 3}-{1 + n % 12:02}-{1 + n % 28:02}",
            ("North", "South")[n % 2],
            ("Taser", "Baton", "Hands")[n % 3],
            16 + n % 60,
            1000 + n,
        )
        for n in range(rows)
    ]
    return [("id", "date", "precinct", "force_type", "age", "report_number"), *made]


def facilities() -> Rows:
    rows = [(n * 37 % 997, f"Jail {n}", n * 13 + 5) for n in range(30)]
    return [("beds", "facility", "population"), *rows]


def votes() -> Rows:
    """Numbers for each precinct and candidate: to be added up, and not counted."""
    people = (("Mayor", "Rivera"), ("Mayor", "Stone"), ("Sheriff", "Lang"))
    rows = [
        (f"P{n:02}", contest, name, 20 + n, f"{n}.5%")
        for n in range(12)
        for contest, name in people
    ]
    return [("precinct", "contest", "candidate", "votes", "share"), *rows]


def wide() -> Rows:
    names = ("Chad", "Chile", "Ghana", "India", "Kenya")
    rows = [(name, *(100 * n + y for y in range(2015, 2021))) for n, name in enumerate(names)]
    return [("country", *range(2015, 2021)), *rows]


def yearly() -> Rows:
    return [("year", "complaints"), *((2010 + n, 40 + n % 3) for n in range(12))]


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        (months(["Adams", "Cook"]), ("date", "county")),
        (daily(), ("day",)),
        (stops(), ("id",)),
        (facilities(), ("facility",)),
        (wide(), ("country",)),
        (yearly(), ("year",)),
        ([("a", "b"), (1, 2)], ()),
    ],
    ids=["panel", "daily", "stops", "facilities", "wide", "yearly", "one row"],
)
def test_a_measure_is_no_key(tmp_path: Path, rows: Rows, key: tuple[str, ...]) -> None:
    assert table(tmp_path, rows).key == key


@pytest.mark.parametrize(
    ("rows", "summary", "charts"),
    [
        (
            months(["Adams", "Cook"]),
            "Arrests and released for each date and county, from January 2020 to December 2022.",
            ["line date sum:arrests", "small-multiples date sum:arrests"],
        ),
        (
            daily(),
            "Total, men and women for each day, from January 2024 to August 2024.",
            ["line day sum:total", "line day sum:men", "line day sum:women"],
        ),
        (
            stops(),
            "Records from January 2021 to December 2023, with force type and precinct.",
            ["line date", "bar force_type", "bar precinct"],
        ),
        (
            wide(),
            "Records, with country and a column for each year from 2015 to 2020.",
            ["bar country value:2020", "bar country value:2015"],
        ),
        (
            yearly(),
            "Complaints for each year, from 2010 to 2021.",
            ["line year sum:complaints"],
        ),
        (
            votes(),
            "Votes for each precinct and candidate.",
            ["bar contest sum:votes", "bar candidate sum:votes", "bar precinct sum:votes"],
        ),
        ([("id", "date", "cause")], "A table that has no row yet, with ID, date and cause.", []),
        (
            [("agency", "year", "cases"), ("PD", 2024, 7)],
            "Records, with agency, year and cases.",
            [],
        ),
    ],
    ids=["panel", "daily", "stops", "wide", "yearly", "votes", "no row", "one row"],
)
def test_what_a_page_shows_first(
    tmp_path: Path, rows: Rows, summary: str, charts: list[str]
) -> None:
    view = Presentation(table(tmp_path, rows), "Records", "record")
    assert view.summary() == summary
    assert [
        " ".join(str(chart[part]) for part in ("kind", "x", "measure") if part in chart)
        for chart in view.charts()
    ] == charts


def test_a_date_that_stands_for_a_month_covers_it_whole(tmp_path: Path) -> None:
    view = Presentation(table(tmp_path, months(["Adams"])), "Arrests", "record")
    assert view.coverage() == {"from": "2020-01-01", "to": "2022-12-31"}
    single = Presentation(table(tmp_path, stops()), "Stops", "record")
    assert single.coverage() == {"from": "2021-01-01", "to": "2023-12-24"}


def test_columns_of_one_year_each_differ_in_the_year_alone(tmp_path: Path) -> None:
    rows = [("name", "beds 2016", "seen 2016", "FY 2017"), ("Ash", 1, 2, 3)]
    assert table(tmp_path, rows).years == ()
    assert table(tmp_path, wide()).years == tuple(map(str, range(2015, 2021)))


def test_counts_are_known_by_their_first_word(tmp_path: Path) -> None:
    days = [f"2024-01-{n + 1:02}" for n in range(20)]
    rows = [(d, f"F{n}", f"Jail {n}", 9 + n) for d in days for n in range(2)]
    made = table(tmp_path, [("date", "code", "facility", "n_detained"), *rows])
    assert Presentation(made, "Jails", "record").added


def figures(view: Presentation) -> list[object]:
    return [made["title"] for made in view.figures()]


def test_figures_add_up_no_numbers_of_reports_and_no_days_of_a_jail(tmp_path: Path) -> None:
    counted = Presentation(table(tmp_path, stops()), "Stops", "stop")
    assert figures(counted) == ["Stops", "Age, median", "Force type: Baton", "Newest date"]
    daily_count = Presentation(table(tmp_path, daily()), "Jail", "record")
    assert figures(daily_count) == ["Rows", "Total, newest day", "Newest day"]
    beds = Presentation(table(tmp_path, facilities()), "Jails", "record")
    assert figures(beds) == ["Records", "Beds, sum of all rows"]


def test_a_type_of_force_is_no_office(tmp_path: Path) -> None:
    rules = Presentation(table(tmp_path, stops()), "Stops", "stop").rules()
    assert [rule["field"] for rule in rules if rule["kind"] == "coverage"] == ["precinct"]


def drafted(tmp_path: Path, rows: int) -> DatasetDraft:
    return draft_dataset("stops", "Stops", [table(tmp_path, stops(rows))], Answers(protect=True))


@pytest.mark.parametrize(
    ("rows", "method", "first"),
    [(3000, "month", "over-time"), (90, "year", "over-time"), (30, "", "by-group-1")],
    ids=["month", "year", "no chart over time"],
)
def test_protected_dates_are_cut_until_counts_can_be_shown(
    tmp_path: Path, rows: int, method: str, first: str
) -> None:
    ours: Any = drafted(tmp_path, rows).descriptor["plainrecord"]
    methods = {item["field"]: item["method"] for item in ours["privacy"].get("coarsen", ())}
    assert methods.get("date", "") == method
    assert ours["charts"][0]["name"] == first


@pytest.mark.parametrize(
    ("write", "name", "shown"),
    [
        (shown_label, "DATE_OF_STOP", "Date of stop"),
        (shown_label, "Lfd. Nr.", "Lfd. nr."),
        (shown_label, "CaseID", "Case ID"),
        (shown_label, "Date/Time", "Date/time"),
        (shown_label, "ID/Number (Total)", "ID/number (total)"),
        (shown_label, "Black/African American", "Black/African American"),
        (shown_label, "PM2.5", "PM2.5"),
        (shown_label, "Officer.Name", "Officer name"),
        (inner_label, "ISO code", "ISO code"),
        (inner_label, "Case ID", "case ID"),
        (shown_title, "building_permits_2021-2024", "Building permits 2021-2024"),
        (shown_title, "foia-log", "FOIA log"),
        (shown_title, "HudsonCounty", "Hudson County"),
    ],
)
def test_names_as_a_reader_writes_them(write: Callable[[str], str], name: str, shown: str) -> None:
    assert write(name) == shown


@pytest.mark.parametrize(
    ("names", "labels", "inside"),
    [
        (["Date Of Stop", "reason"], ["Date of stop", "Reason"], ["date of stop", "reason"]),
        (["Anzahl Fälle", "AMT"], ["Anzahl Fälle", "AMT"], ["Anzahl Fälle", "AMT"]),
        (["Jahr", "Art der Maßnahme"], ["Jahr", "Art der Maßnahme"], ["Jahr", "Art der Maßnahme"]),
    ],
)
def test_german_nouns_keep_their_capitals(
    names: list[str], labels: list[str], inside: list[str]
) -> None:
    columns = label_columns([Column(name) for name in names], {})
    assert [column.label for column in columns] == labels
    assert [column.inner for column in columns] == inside


@pytest.mark.parametrize(
    ("kind", "least", "most", "days"),
    [
        ("yearmonth", "2023-11", "2024-02", ("2023-11-01", "2024-02-29")),
        ("year", "2019", "2024", ("2019-01-01", "2024-12-31")),
    ],
)
def test_months_and_years_are_covered_whole(
    kind: str, least: str, most: str, days: tuple[str, str]
) -> None:
    column = Column("period", kind, rows=9, filled=9, distinct=4, least=least, most=most)
    view = Presentation(ProfiledTable("t", "t.csv", {}, (column,), 9), "T", "record")
    assert view.coverage() == {"from": days[0], "to": days[1]}


@pytest.mark.parametrize(
    ("rows", "explored"),
    [
        (stops(120), {"fields": ["force_type", "precinct"], "date": "date", "period": "month"}),
        (stops(99), {}),
        (months([f"County {n}" for n in range(9)]), {}),
        (
            [
                ("year", "count", "kind"),
                *((2020 + n % 3, "ab"[n % 2], "xyz"[n % 3]) for n in range(200)),
            ],
            {"fields": ["year", "kind"]},
        ),
    ],
    ids=["records", "few", "numbers", "years, and a field called count"],
)
def test_readers_may_combine_fields_where_rows_are_records(
    tmp_path: Path, rows: Rows, explored: object
) -> None:
    assert Presentation(table(tmp_path, rows), "T", "record").explore() == explored


def test_fields_that_readers_combine_stay_within_what_a_page_loads() -> None:
    columns = [
        Column(f"kind{n}", rows=10**7, filled=10**7, distinct=24, top=(("a", 9),)) for n in range(6)
    ]
    view = Presentation(ProfiledTable("t", "t.csv", {}, tuple(columns), 10**7), "T", "record")
    assert view.explore() == {"fields": ["kind0", "kind1", "kind2"]}
