"""Protection of rows: what it drops, generalises and re-orders, shown on the rows that come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from plainrecord.disclosure.release import check_policy, find_loosened, release_table
from plainrecord.model.declarations import Coarsening, PrivacyPolicy
from plainrecord.model.packages import (
    CheckedTable,
    DerivedField,
    Dialect,
    Field,
    MissingKind,
    MissingValue,
    Resource,
    Schema,
)
from plainrecord.receipts.engine import open_build_database

MARKS = (MissingValue("", "missing"), MissingValue("(b)(6) ", "withheld", MissingKind.WITHHELD))
FIELDS = (
    Field("id", "string"),
    Field("at", "datetime"),
    Field("age", "integer", missing_values=MARKS),
    Field("fips", "string"),
)
CHECKED = CheckedTable("d", "t", '"checked"."d/t"', FIELDS, 3, ())


def resource(*derived: DerivedField) -> Resource:
    return Resource("t", "T", "", (), "csv", "utf-8", Dialect(), Schema(FIELDS), derived=derived)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = open_build_database(tmp_path / "w.duckdb", (), [tmp_path])
    opened.execute('CREATE SCHEMA IF NOT EXISTS "checked"')
    opened.execute(
        """CREATE TABLE "checked"."d/t" AS SELECT * FROM (VALUES
        ('p3', TIMESTAMP '2026-03-01 10:59:59', 17, NULL, '06037'),
        ('p2', TIMESTAMP '2026-02-01 09:15:00', NULL, '(b)(6) ', '06001'),
        ('p1', TIMESTAMP '2026-02-01 09:15:00', 65, NULL, NULL)
        ) AS v(id, "at", age, age__missing, fips)"""
    )
    yield opened
    opened.close()


def released(
    connection: duckdb.DuckDBPyConnection, policy: PrivacyPolicy, *derived: DerivedField
) -> tuple[list[str], list[tuple[object, ...]]]:
    table, findings = release_table(connection, CHECKED, resource(*derived), policy, "stop", "f")
    assert findings == ()
    assert table is not None
    result = connection.execute(f"SELECT * FROM {table.relation}")
    return [column[0] for column in result.description], result.fetchall()


def test_identifiers_go_others_are_generalised_and_order_shows_nothing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    policy = PrivacyPolicy(
        identifiers=("id",),
        coarsen=(
            Coarsening(field="at", method="quarter"),
            Coarsening(field="age", method="brackets", edges=(18.0, 25.0, 65.0)),
            Coarsening(field="fips", method="prefix", length=2),
        ),
        threshold=11,
    )
    names, rows = released(connection, policy)
    assert names == ["at", "age", "age__missing", "fips"]
    assert rows == [
        ("2026-Q1", "65 and over", None, None),
        ("2026-Q1", "under 18", None, "06"),
        ("2026-Q1", None, "(b)(6) ", "06"),
    ]


def test_open_records_stay_as_they_are_and_in_order(connection: duckdb.DuckDBPyConnection) -> None:
    names, rows = released(connection, PrivacyPolicy(open="public bodies"))
    assert names == ["id", "at", "age", "age__missing", "fips"]
    assert [row[0] for row in rows] == ["p3", "p2", "p1"]


@pytest.mark.parametrize(
    "how",
    [
        Coarsening(field="fips", method="group", groups={"06037": "-", "06001": "Alameda"}),
        Coarsening(field="fips", method="group", groups={"06001": "Alameda"}, other="-"),
        Coarsening(field="fips", method="prefix", length=2),
    ],
)
def test_a_generalised_text_is_no_code_for_a_missing_value(
    connection: duckdb.DuckDBPyConnection, how: Coarsening
) -> None:
    codes = tuple(MissingValue(code, "withheld") for code in ("-", "06"))
    fields = [replace(f, missing_values=codes) if f.name == "fips" else f for f in CHECKED.fields]
    connection.execute('ALTER TABLE checked."d/t" ADD COLUMN fips__missing VARCHAR')
    checked = replace(CHECKED, fields=tuple(fields))
    policy = PrivacyPolicy(coarsen=(how,))
    table, [finding] = release_table(connection, checked, resource(), policy, "u", "f")
    assert table is None
    assert finding.found.endswith(f" read {'06' if how.length else '-'!r}")


def test_thousands_of_groups_are_taken_at_once(connection: duckdb.DuckDBPyConnection) -> None:
    groups = {**{f"{n}": 'Other\'s \0 "x"' for n in range(20_000)}, "06037": "L'A"}
    policy = PrivacyPolicy(coarsen=(Coarsening(field="fips", method="group", groups=groups),))
    _, rows = released(connection, policy)
    assert {row[-1] for row in rows} == {None, "06001", "L'A"}


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("hour", "2026-03-01 10:00:00"),
        ("day", "2026-03-01"),
        ("month", "2026-03"),
        ("year", "2026"),
    ],
)
def test_dates_coarsen(connection: duckdb.DuckDBPyConnection, method: str, value: str) -> None:
    coarsen = ({"field": "at", "method": method},)
    policy = PrivacyPolicy.model_validate({"coarsen": coarsen})
    _, rows = released(connection, policy)
    assert value in {str(row[1]) for row in rows}


def test_a_derived_field_is_computed_after_the_check(connection: duckdb.DuckDBPyConnection) -> None:
    derived = DerivedField(Field("adult", "boolean"), "age >= 18")
    names, rows = released(connection, PrivacyPolicy(open="x"), derived)
    assert names[-1] == "adult"
    assert [row[-1] for row in rows] == [False, None, True]


@pytest.mark.parametrize(
    "sql",
    [
        "(SELECT max(age) FROM checked.t)",
        "age); DROP TABLE x; SELECT (1",
        "age FROM other --",
        "row_number() OVER ()",
        "1 +",
        "(SELECT content FROM read_text('/etc/hostname'))",
    ],
)
def test_an_expression_is_only_an_expression(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> None:
    derived = DerivedField(Field("x", "string"), sql)
    policy = PrivacyPolicy(open="x")
    table, findings = release_table(connection, CHECKED, resource(derived), policy, "u", "f")
    assert table is None
    assert [f.rule for f in findings] == ["expression-invalid"]


def test_a_derived_value_that_cannot_be_is_a_finding(connection: duckdb.DuckDBPyConnection) -> None:
    derived = DerivedField(Field("x", "integer"), "id")
    table, findings = release_table(
        connection, CHECKED, resource(derived), PrivacyPolicy(open="x"), "u", "f"
    )
    assert table is None
    assert [f.rule for f in findings] == ["derived-value-invalid"]


def test_a_released_date_is_written_in_one_form(connection: duckdb.DuckDBPyConnection) -> None:
    fields = tuple(replace(f, format="%m/%d/%Y") if f.name == "at" else f for f in FIELDS)
    checked = replace(CHECKED, fields=fields)
    policy = PrivacyPolicy(open="x")
    table, _ = release_table(connection, checked, resource(), policy, "u", "f")
    assert table is not None
    assert [f.format for f in table.fields if f.name == "at"] == ["default"]


def test_an_expression_may_hold_constants_and_casts(connection: duckdb.DuckDBPyConnection) -> None:
    sql = "CASE CAST(age AS INTEGER) // 10 WHEN 1 THEN 'teens' ELSE lpad(fips, 8, '0') END"
    _, rows = released(connection, PrivacyPolicy(open="x"), DerivedField(Field("x", "string"), sql))
    assert [row[-1] for row in rows] == ["teens", "00006001", None]


def test_a_policy_must_fit_the_fields() -> None:
    policy = PrivacyPolicy(
        identifiers=("idd",),
        coarsen=(
            Coarsening(field="fips", method="month"),
            Coarsening(field="age", method="brackets", edges=(5.0, 1.0)),
        ),
    )
    found = check_policy(policy, (resource(),), "f")
    assert [f.rule for f in found] == [
        "privacy-field-unknown", "privacy-method-unfit", "privacy-method-unfit",
    ]  # fmt: skip


GROUP = Coarsening(field="fips", method="group", groups={"a": "X"}, other="Others")


def changed(**values: object) -> Coarsening:
    return GROUP.model_copy(update=values)


@pytest.mark.parametrize(
    ("before", "now", "loosened"),
    [
        (GROUP, GROUP, False),
        (GROUP, changed(other="All"), False),
        (GROUP, changed(groups={"a": "X", "b": "Others"}), False),
        (GROUP, changed(groups={"a": "X", "b": "B"}), True),
        (GROUP, changed(groups={"a": "X", "b": "B", "c": "C"}, other=""), True),
        (changed(groups={"a": "X", "b": "B"}), GROUP, False),
        (
            Coarsening(field="fips", method="round", step=0.1),
            Coarsening(field="fips", method="round", step=0.3),
            False,
        ),
        (
            Coarsening(field="fips", method="round", step=0.3),
            Coarsening(field="fips", method="round", step=0.1),
            True,
        ),
    ],
)
def test_a_policy_that_distinguishes_values_that_were_one_is_weaker(
    before: Coarsening, now: Coarsening, loosened: bool
) -> None:
    old, new = (PrivacyPolicy(mode="tables", coarsen=(how,)) for how in (before, now))
    assert bool(find_loosened(old, new)) == loosened
