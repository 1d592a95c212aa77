"""The report of withheld values: counts, suppression, and what grew between two releases."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.measures.withheld import (
    WithheldSide,
    exemptions_of,
    measure_withheld,
    withheld_between,
)
from plainrecord.model.counts import label
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import (
    EarlierTable,
    Field,
    MissingKind,
    MissingValue,
    ReleasedTable,
    WithheldSettings,
)
from plainrecord.model.partial_periods import Extent

BLANK = MissingValue("", "missing")
SEVEN_E = MissingValue("(B)(7)(E) ", "withheld", MissingKind.WITHHELD)
PRIVATE = MissingValue("(B)(6);(B)(7)(C) ", "withheld", MissingKind.WITHHELD)
OPERATION = Field("Operation", "string", missing_values=(BLANK, SEVEN_E, PRIVATE))
BIRTH = Field("Birth Date", "string", missing_values=(PRIVATE,))


def publish(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    fields: tuple[Field, ...],
    *,
    threshold: int = 0,
    name: str = "arrests",
) -> PublishedTable:
    connection.execute('CREATE SCHEMA IF NOT EXISTS "ice"')
    connection.execute(f'CREATE TABLE "ice"."{name}" AS {select}')
    rows = connection.execute(f'SELECT count(*) FROM "ice"."{name}"').fetchall()[0][0]
    table = ReleasedTable(
        "ice", name, name.title(), "", "arrest", f'"ice"."{name}"', fields, rows, threshold, ()
    )
    return PublishedTable(table, f"datasets/ice/downloads/{name}.parquet", "0" * 64)


SMALL = """
    SELECT * FROM (VALUES
        (2017, 'Seattle', 'NAMED', NULL, NULL), (2017, 'Seattle', NULL, '(B)(7)(E) ', NULL),
        (2017, 'Boston', NULL, '', NULL), (2018, 'Boston', NULL, '(B)(7)(E) ', NULL),
        (2018, NULL, NULL, '(B)(6);(B)(7)(C) ', NULL)
    ) t(year, office, "Operation", "Operation__missing", "Birth Date")
"""
FIELDS = (Field("year", "year"), Field("office", "string"), OPERATION, BIRTH)


def test_a_period_that_is_not_whole_is_marked() -> None:
    connection = duckdb.connect()
    published = publish(connection, SMALL, FIELDS)
    extent = Extent(covers_to="2018-09-01")
    declared = WithheldSettings("year", "office")
    report = measure_withheld(connection, published, declared, extent=extent)
    assert report is not None
    period, office = (part.counted for part in report.breakdowns)
    assert [label(period, f"{row}.1").text for row in (1, 2)] == ["2017", "2018 (incomplete)"]
    assert office.parts == ()


def test_counts_by_field_exemption_period_and_office() -> None:
    connection = duckdb.connect()
    published = publish(connection, SMALL, FIELDS)
    report = measure_withheld(connection, published, WithheldSettings("year", "office"))
    assert report is not None
    operation, birth = report.fields
    assert (operation.withheld, operation.whole) == (3, False)
    assert (birth.withheld, birth.whole) == (5, True)
    assert [(m.exemptions, m.count) for m in operation.marks] == [
        (("(b)(7)(E)",), 2),
        (("(b)(6)", "(b)(7)(C)"), 1),
    ]
    period, office = report.breakdowns
    assert [(g.name, g.rows, g.withheld) for g in period.groups] == [
        ("2017", 3, (1, 3)),
        ("2018", 2, (2, 2)),
    ]
    assert [(g.name, g.rows, g.withheld) for g in office.groups] == [
        ("Boston", 2, (1, 2)),
        ("Seattle", 2, (1, 2)),
        ("not given", 1, (1, 1)),
    ]
    assert report.counted.receipt.files[0].sha256 == "0" * 64
    connection.execute("USE memory.ice")
    assert connection.execute(report.counted.receipt.sql).fetchall() == [(5, 3, 5, 2, 1, 5)]


def test_an_office_called_not_given_is_not_what_is_not_given() -> None:
    connection = duckdb.connect()
    published = publish(connection, SMALL.replace("'Boston'", "'Not given'"), FIELDS)
    report = measure_withheld(connection, published, WithheldSettings("", "office"))
    assert report is not None
    assert [(g.name, g.rows) for g in report.breakdowns[0].groups] == [
        ("Not given", 2), ("Seattle", 2), ("not given (no such value)", 1),
    ]  # fmt: skip


def test_years_of_a_day_are_called_years() -> None:
    connection = duckdb.connect()
    dated = SMALL.replace("(2017,", "(DATE '2017-05-01',").replace("(2018,", "(DATE '2018-05-01',")
    fields = (Field("year", "date", title="Day of the arrest"), *FIELDS[1:])
    published = publish(connection, dated, fields)
    report = measure_withheld(connection, published, WithheldSettings("year", "office"))
    assert report is not None
    years, office = report.breakdowns
    assert (years.label, [g.name for g in years.groups]) == ("Year of the arrest", ["2017", "2018"])
    assert office.label == "office"


def test_a_table_without_such_marks_has_no_report() -> None:
    connection = duckdb.connect()
    published = publish(connection, "SELECT 1 AS a", (Field("a", "integer"),))
    assert measure_withheld(connection, published, WithheldSettings()) is None


def test_small_counts_are_suppressed_and_cannot_be_had_by_subtraction() -> None:
    connection = duckdb.connect()
    select = """
        SELECT CASE WHEN i < 3 THEN '2016' WHEN i < 60 THEN '2017' ELSE '2018' END AS year,
            CASE WHEN i < 100 THEN NULL ELSE 'x' END AS "Operation",
            CASE WHEN i < 4 THEN '(B)(6);(B)(7)(C) ' WHEN i < 100 THEN '(B)(7)(E) ' END
                AS "Operation__missing"
        FROM range(200) t(i)
    """
    fields = (Field("year", "string"), OPERATION)
    published = publish(connection, select, fields, threshold=11)
    report = measure_withheld(connection, published, WithheldSettings("year"))
    assert report is not None
    (operation,) = report.fields
    assert operation.withheld == 100
    assert [m.count for m in operation.marks] == [None, None]
    (period,) = report.breakdowns
    hidden = [g.name for g in period.groups if g.rows is None]
    assert hidden == ["2016", "2017"]
    assert all(g.withheld == (None,) for g in period.groups if g.rows is None)


def test_an_exemption_is_read_from_the_label_where_the_mark_names_none() -> None:
    mark = MissingValue("W", "withheld: 5 U.S.C. 552(b)(6) and (b)(7)(C)", MissingKind.WITHHELD)
    assert exemptions_of(mark) == ("(b)(6)", "(b)(7)(C)")
    for code in ("W", "-9", "9", "6", "1.4"):
        assert exemptions_of(MissingValue(code, "withheld", MissingKind.WITHHELD)) == ()
    for code, exemption in (("1.4(C)", "(b)(1)"), ("7(C)", "(b)(7)(C)")):
        assert exemptions_of(MissingValue(code, "", MissingKind.WITHHELD)) == (exemption,)


def test_an_earlier_release_is_compared() -> None:
    connection = duckdb.connect()
    new = publish(connection, SMALL, FIELDS)
    old = publish(
        connection,
        SMALL.replace("(2017, 'Seattle', NULL, '(B)(7)(E) ',", "(2017, 'Tacoma', NULL, '',")
        .replace("(2018, 'Boston', NULL, '(B)(7)(E) '", "(2018, 'Boston', 'OPEN', NULL"),
        FIELDS,
        name="before",
    )  # fmt: skip
    earlier = EarlierTable(
        "before", (("year", "year"), ("office", "office")), (("Operation", "Operation"),)
    )
    report = measure_withheld(connection, new, WithheldSettings(earlier=earlier), [old])
    assert report is not None
    (change,) = report.changes
    assert (change.old_rows, change.new_rows) == (5, 5)
    assert (change.closed, change.opened) == (1, 0)
    assert report.earlier == "Before"


STATE = st.sampled_from(("shown", "blank", "held"))
ROWS = st.lists(st.tuples(st.sampled_from("ab"), STATE), max_size=7)


def fill(
    connection: duckdb.DuckDBPyConnection, name: str, rows: list[tuple[str, str]]
) -> WithheldSide:
    connection.execute(f'CREATE OR REPLACE TABLE {name} (k VARCHAR, "Operation" VARCHAR, "Operation__missing" VARCHAR)')  # fmt: skip
    for key, state in rows:
        value = "x" if state == "shown" else None
        mark = {"shown": None, "blank": "", "held": SEVEN_E.value}[state]
        connection.execute(f"INSERT INTO {name} VALUES (?, ?, ?)", [key, value, mark])
    return WithheldSide(name, ("k",), OPERATION)


@settings(max_examples=40, deadline=None)
@given(ROWS, ROWS)
def test_bounds_hold_for_every_way_to_pair_the_rows(
    old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    connection = duckdb.connect()
    change = withheld_between(
        connection, fill(connection, "old", old), fill(connection, "new", new)
    )
    least = most = pairs = 0
    for key in "ab":
        before = Counter(s == "held" for k, s in old if k == key)
        after = Counter(s == "held" for k, s in new if k == key)
        here = min(before.total(), after.total())
        ways = [
            closed
            for closed in range(here + 1)
            if any(
                closed + both <= after[True]
                and both <= before[True]
                and closed <= before[False]
                and here - closed - both - back <= before[False] - closed
                and here - closed - both <= after[False]
                and back <= before[True] - both
                for both in range(here - closed + 1)
                for back in range(here - closed - both + 1)
            )
        ]
        least, most, pairs = least + min(ways), most + max(ways), pairs + here
    assert (change.closed_least, change.closed_most) == (least, most)
    assert (change.once or 0) + (change.repeated or 0) == pairs


@pytest.fixture(scope="module")
def arrests(real_data: Path) -> duckdb.DuckDBPyConnection:
    """The arrests of 2019-ICFO-53623, typed as a release has them."""
    connection = duckdb.connect()
    files = str(real_data / "ice-ero-2019-icfo-53623" / "EROArrests_*.csv.gz")
    connection.execute('CREATE SCHEMA "ice"')
    connection.execute(
        f"""CREATE TABLE "ice"."arrests" AS SELECT "Area of Responsibility" AS area,
            strptime("Apprehension Date", '%m/%d/%Y')::DATE AS day,
            "Apprehension Method" AS method, "Apprehension Landmark" AS landmark,
            "Citizenship" AS citizenship, "Gender" AS gender,
            CASE WHEN "Operation" <> '(B)(7)(E) ' THEN "Operation" END AS "Operation",
            CASE WHEN "Operation" = '(B)(7)(E) ' THEN "Operation" WHEN "Operation" IS NULL THEN '' END
                AS "Operation__missing",
            filename[-11:-8] AS year
        FROM read_csv('{files}', all_varchar=true, delim='|', header=true, skip=5, filename=true)"""
    )
    return connection


def test_a_fifth_of_the_operations_of_2018_is_withheld(arrests: duckdb.DuckDBPyConnection) -> None:
    fields = (Field("year", "string"), Field("area", "string"), OPERATION)
    table = ReleasedTable(
        "ice", "arrests", "", "", "arrest", '"ice"."arrests"', fields, 544_059, 0, ()
    )
    published = PublishedTable(table, "datasets/ice/downloads/arrests.parquet", "0" * 64)
    report = measure_withheld(arrests, published, WithheldSettings("year", "area"))
    assert report is not None
    assert report.fields[0].withheld == 117_238
    groups = {g.name: (g.rows, g.withheld) for g in report.breakdowns[0].groups}
    assert groups["2018"] == (158_581, (34_558,))


def test_54_operations_were_named_once_and_are_withheld_now(
    real_data: Path, arrests: duckdb.DuckDBPyConnection
) -> None:
    path = real_data / "ice-ero-seattle-releases" / "release-1_2018-ICFO-36170_2019-03.xlsx"
    sheet = openpyxl.load_workbook(path, read_only=True)["FY2017 Arrests"]
    arrests.execute(
        'CREATE TABLE first (day DATE, method VARCHAR, landmark VARCHAR, citizenship VARCHAR, gender VARCHAR, "Operation" VARCHAR, "Operation__missing" VARCHAR)'
    )
    rows = [r[:10] for r in sheet.iter_rows(min_row=7, values_only=True) if any(r[:10])]
    assert len(rows) == 2_656
    arrests.executemany(
        "INSERT INTO first VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(r[9], r[8], r[2], r[6], r[7], r[3], None if r[3] else "") for r in rows],
    )
    match = ("day", "method", "landmark", "citizenship", "gender")
    change = withheld_between(
        arrests,
        WithheldSide("first", match, OPERATION),
        WithheldSide('"ice"."arrests"', match, OPERATION, "year = '2017' AND area LIKE 'Seattle%'"),
    )
    assert (change.old_rows, change.new_rows) == (2_656, 3_376)
    assert (change.once, change.repeated) == (1_981, 675)
    assert (change.closed, change.opened) == (54, 0)
    assert (change.closed_least, change.closed_most) == (95, 96)


def test_more_than_half_of_the_threat_levels_are_withheld(real_data: Path) -> None:
    connection = duckdb.connect()
    path = real_data / "ice-ero-2019-icfo-53623" / "ICERemovals_FY2019.csv.gz"
    level = Field("level", "string", missing_values=(MissingValue("NA", "NA"), SEVEN_E))
    published = publish(
        connection,
        f"""SELECT NULL::VARCHAR AS level, "RC Threat Level" AS level__missing
            FROM read_csv('{path}', all_varchar=true, delim='|', header=true, skip=5)""",
        (level,),
        name="removals",
    )
    report = measure_withheld(connection, published, WithheldSettings())
    assert report is not None
    assert (report.rows, report.fields[0].withheld) == (241_513, 130_842)


def test_trade_secrets_in_the_facility_list(real_data: Path) -> None:
    path = real_data / "ice-facility-list-2017" / "ICE_Facility_List_11-06-2017-web.xlsx"
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for sheet, expected in (("GM Facilities", 55), ("ICE Dedicated Facilities", 24)):
        found = [
            mark
            for row in book[sheet].iter_rows(values_only=True)
            for cell in row
            if isinstance(cell, str)
            and (mark := exemptions_of(MissingValue(cell, "")))
        ]  # fmt: skip
        assert found == [("(b)(4)",)] * expected
