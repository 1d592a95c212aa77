"""Types, placeholders, places and people, as columns of text show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pytest

from plainrecord.authoring.columns import Column, profile_column


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def profile(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    values: Iterable[str | None],
    *,
    decimal_comma: bool = False,
) -> Column:
    connection.execute(
        "CREATE OR REPLACE TABLE t AS SELECT unnest(?::VARCHAR[]) AS c", [list(values)]
    )
    quoted = name.replace('"', '""')
    connection.execute(f'CREATE OR REPLACE VIEW named AS SELECT c AS "{quoted}" FROM t')
    return profile_column(connection, "named", name, decimal_comma=decimal_comma)


@pytest.mark.parametrize(
    ("values", "type_", "form", "options"),
    [
        (["1", "2", "-30"], "integer", "default", {}),
        (["01", "02", "30"], "string", "default", {}),
        (["2014", " 2014"], "string", "default", {}),
        (["2020-12-23 ", "2021-01-01"], "string", "default", {}),
        (["K", *map(str, range(1, 13))], "string", "default", {}),
        (['{"id": 1}', '{"id": 2}'], "object", "default", {}),
        (["[1, 2]", "[]"], "array", "default", {}),
        (["{1}", "{2}"], "string", "default", {}),
        (["1,234", "12", "1,000,000"], "integer", "default", {"groupChar": ","}),
        ([".5", "2", "3.25"], "number", "default", {}),
        (["1,234.5", "2"], "number", "default", {"groupChar": ","}),
        (["3,5", "4,25"], "number", "default", {"decimalChar": ","}),
        (["1.234,5", "2,0"], "number", "default", {"groupChar": ".", "decimalChar": ","}),
        (["$1,200", "$3.50"], "number", "default", {"groupChar": ",", "bareNumber": False}),
        (["12%", "3.5%"], "number", "default", {"groupChar": ",", "bareNumber": False}),
        (["1" * 30], "string", "default", {}),
        ([" 1", "2"], "string", "default", {}),
        (["2020-12-23", "2021-01-01"], "date", "default", {}),
        (["12/23/2020", "1/2/2021"], "date", "%m/%d/%Y", {}),
        (["23/12/2020", "1/2/2021"], "date", "%d/%m/%Y", {}),
        (["20.07.2023", "1.2.2021"], "date", "%d.%m.%Y", {}),
        (["20-Jul-2023"], "date", "%d-%b-%Y", {}),
        (["July 4, 2023", "May 12, 2020"], "date", "%B %d, %Y", {}),
        (["2020-12-23T20:48:22.070Z"], "datetime", "default", {}),
        (["2020-12-23 20:48:22"], "datetime", "%Y-%m-%d %H:%M:%S", {}),
        (["12/23/2020 08:48:22 PM"], "datetime", "%m/%d/%Y %I:%M:%S %p", {}),
        (["12/23/2020 20:48"], "datetime", "%m/%d/%Y %H:%M", {}),
        (["20:48", "9:05"], "time", "%H:%M", {}),
        (["2024-01", "2023-12"], "yearmonth", "default", {}),
        (["true", "false"], "boolean", "default", {}),
        (["True", "False"], "boolean", "default", {}),
        (
            ["tRue", "False"],
            "boolean",
            "default",
            {"trueValues": ["tRue"], "falseValues": ["False"]},
        ),
        (["yes", "no"], "string", "default", {}),
        (["2024-02-30"], "string", "default", {}),
        (["", None], "string", "default", {}),
    ],
    ids=repr,
)
def test_the_type_of_a_column(
    connection: duckdb.DuckDBPyConnection,
    values: list[str | None],
    type_: str,
    form: str,
    options: dict[str, object],
) -> None:
    column = profile(connection, "thing", values)
    assert (column.type, column.format, dict(column.options)) == (type_, form, options)


def test_one_value_in_three_hundred_thousand_decides(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        "CREATE TABLE many AS SELECT CASE WHEN n = 250000 THEN '1a' ELSE n::VARCHAR END AS c "
        "FROM range(300000) AS r(n)"
    )
    assert profile_column(connection, "many", "c", decimal_comma=False).type == "string"


def test_eight_digits_are_a_date_only_under_a_name_that_says_so(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert profile(connection, "arrest_date", ["20240115", "20231224"]).format == "%Y%m%d"
    assert profile(connection, "inmates", ["20240115", "20231224"]).type == "integer"


def test_a_comma_is_decimal_where_semicolons_part_the_cells(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    values = ["1,234", "5,678"]
    assert profile(connection, "n", values).options == {"groupChar": ","}
    column = profile(connection, "n", values, decimal_comma=True)
    assert (column.type, column.options) == ("number", {"decimalChar": ","})
    assert (column.least, column.most) == ("1.234000", "5.678000")


def test_digits_under_a_name_of_codes_are_text(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("ZIP", "county_fips", "ori_code", "plz"):
        assert profile(connection, name, ["12345", "23456"]).type == "string"


def test_day_or_month_first_is_a_question(connection: duckdb.DuckDBPyConnection) -> None:
    column = profile(connection, "d", ["01/02/2020", "03/04/2021"])
    assert column.format == "%m/%d/%Y"
    assert "%d/%m/%Y" in column.question
    assert not profile(connection, "d", ["01/13/2020", "03/04/2021"]).question


@pytest.mark.parametrize(
    ("values", "type_", "placeholders"),
    [
        (["1", "2", "N/A", "-"], "integer", {"-": "missing", "N/A": "not-applicable"}),
        (["1", " - "], "integer", {" - ": "missing"}),
        (["2020-01-01", "UNKNOWN"], "date", {"UNKNOWN": "unknown"}),
        (["1.5", "(b)(6)"], "number", {"(b)(6)": "withheld"}),
        (["male", "female", "Unknown"], "string", {}),
        (["male", "female", "NULL"], "string", {"NULL": "missing"}),
        ([*map(str, range(20)), "see note"], "integer", {"see note": "unknown"}),
        ([*map(str, range(5)), "see note"], "string", {}),
    ],
    ids=repr,
)
def test_placeholders_are_proposed_as_missing_values(
    connection: duckdb.DuckDBPyConnection,
    values: list[str],
    type_: str,
    placeholders: dict[str, str],
) -> None:
    column = profile(connection, "thing", values)
    assert column.type == type_
    assert {mark.value: mark.kind for mark in column.placeholders} == placeholders
    assert column.filled == len(values) - len(placeholders)


@pytest.mark.parametrize(
    ("name", "values", "person"),
    [
        ("first_name", ["Ada"], "name"),
        ("LastName", ["Lovelace"], "name"),
        ("Fecha de nacimiento", ["1990-01-01"], "birth-date"),
        ("DOB", ["1/1/1990"], "birth-date"),
        ("contact", ["a@b.example", "c@d.example"], "email"),
        ("contact", ["(555) 123-4567"], "phone"),
        ("id", ["123-45-6789"], "ssn"),
        ("file", ["A123456789", "A 012-345-678"], "a-number"),
        ("where", ["12 Main St", "3400 W 5th Avenue, Chicago, IL 60601"], "address"),
        ("Name", ["Lovelace, Ada", "Hopper, Grace"], "name"),
        ("Name", ["Adams County", "Stewart Detention Center of Lumpkin"], ""),
        ("county_name", ["Adams"], ""),
        ("officer_id", ["17"], "officer"),
        ("Officer", ["17"], "officer"),
        ("Officer-defined ethnicity", ["White"], ""),
        ("latitude", ["44.9778", "45.1012"], "coordinates"),
        ("latitude", ["44.9", "45.1"], ""),
        ("country_of_birth", ["Mexico"], ""),
        ("dirección", ["Mayor 5"], "address"),
        ("dirección", ["x"], ""),
        ("ip", ["10.0.0.1"], "ip"),
        ("reason", ["traffic"], ""),
    ],
    ids=repr,
)
def test_columns_about_people(
    connection: duckdb.DuckDBPyConnection, name: str, values: list[str], person: str
) -> None:
    assert profile(connection, name, values).person == person


@pytest.mark.parametrize(
    ("name", "values", "place"),
    [
        ("state", ["TX", "CA"], "state"),
        ("where", ["Texas", "California", "Ohio"], "state"),
        ("Country Name", ["Georgia", "France", "Mexico", "Chad"], "country"),
        ("county_fips", ["06001", "48113"], "county-fips"),
        ("county", ["Adams"], "county"),
        ("lat", ["44.9"], "latitude"),
        ("long", ["-93.2"], "longitude"),
        ("long", ["930"], ""),
    ],
    ids=repr,
)
def test_columns_of_places(
    connection: duckdb.DuckDBPyConnection, name: str, values: list[str], place: str
) -> None:
    assert profile(connection, name, values).place == place


def test_a_name_with_quotes_and_a_table_without_rows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    column = profile(connection, 'a "b"', [])
    assert (column.type, column.rows, column.filled, column.is_unique) == ("string", 0, 0, False)


def test_real_stops(connection: duckdb.DuckDBPyConnection, real_data: Path) -> None:
    path = real_data / "ms-highway-patrol-stops" / "ms_stops_2013-2016.csv.gz"
    connection.execute(f"CREATE VIEW ms AS FROM read_csv('{path}', all_varchar = true)")
    found = {
        name: profile_column(connection, "ms", name, decimal_comma=False)
        for name in ("stop_date", "county_fips", "county_name", "officer_id", "driver_age", "id")
    }
    assert (found["stop_date"].type, found["stop_date"].least[:10]) == ("date", "2013-01-01")
    assert found["county_fips"].place == "county-fips"
    assert found["county_name"].is_category is False  # 82 values are too many to list
    assert (found["officer_id"].person, found["driver_age"].type) == ("officer", "integer")
    assert found["id"].is_unique
