"""Check packages: which cells are valid, where the others are, and what the typed table holds."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import frictionless
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.core.strict_json import Json
from plainrecord.model.packages import (
    Category,
    Dialect,
    Field,
    ForeignKey,
    LocatedFile,
    MissingKind,
    MissingValue,
    Package,
    Resource,
    RowRule,
    Schema,
    SourceFile,
)
from plainrecord.readers import csv_fast
from plainrecord.receipts.engine import SQL_TYPES, open_build_database
from plainrecord.validation import block_check, sentinels, value_counts, warnings
from plainrecord.validation.certainty import are_plainly_valid, certainty
from plainrecord.validation.field_check import FrictionlessField
from plainrecord.validation.field_plan import plan_field
from plainrecord.validation.package import CheckResult, check_package
from plainrecord.validation.value_counts import CountedBatch

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "real"


def made(name: str, kind: str = "string", **more: Any) -> Field:
    """A field whose descriptor says the same as its attributes."""
    descriptor: dict[str, Json] = {"name": name, "type": kind, **more.pop("descriptor", {})}
    if "format" in more:
        descriptor["format"] = more["format"]
    if "constraints" in more:
        descriptor["constraints"] = more["constraints"]
    return Field(name, kind, descriptor=descriptor, **more)


def table(
    name: str, fields: Sequence[Field], files: Sequence[SourceFile] = (), **more: Any
) -> Resource:
    schema_keys = {"fields_match", "primary_key", "unique_keys", "foreign_keys"}
    schema = Schema(tuple(fields), **{k: more.pop(k) for k in schema_keys & set(more)})
    settled = {"format": "csv", "encoding": "utf-8", "dialect": Dialect(), **more}
    return Resource(name, name, "", tuple(files), schema=schema, **settled)


def checked(
    folder: Path, resources: Sequence[Resource], contents: Mapping[str, bytes | Path], **more: Any
) -> tuple[CheckResult, Any]:
    """Check the resources; the content of a file is given by its path."""
    files: dict[str, tuple[LocatedFile, ...]] = {}
    for resource in resources:
        located = []
        for source in resource.files:
            content = contents[source.path]
            path = content
            if isinstance(content, bytes):
                path = folder / source.path
                path.write_bytes(content)
            assert isinstance(path, Path)
            located.append(LocatedFile(source, path, source.path, path.stat().st_size, ""))
        files[resource.name] = tuple(located)
    package = Package(
        "stops",
        "Stops",
        "",
        "",
        "stop",
        "data/stops",
        "data/stops/datapackage.yaml",
        tuple(resources),
        None,
    )
    readable = [file.path for group in files.values() for file in group]
    connection = open_build_database(folder / "work" / "build.duckdb", readable)
    return check_package(connection, package, files, **more), connection


def check_text(folder: Path, text: str | bytes, fields: Sequence[Field], **more: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    limit = more.pop("limit_errors", 100)
    resource = table("stops", fields, [SourceFile("stops.csv")], **more)
    return checked(folder, [resource], {"stops.csv": content}, limit_errors=limit)


def rows_of(result: CheckResult, connection: Any, number: int = 0) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = connection.execute(
        "SELECT COLUMNS(lambda c: NOT starts_with(c, '__')) "  # without where a row comes from
        f"FROM {result.tables[number].relation} ORDER BY __file, __row"
    ).fetchall()
    return found


def places(result: CheckResult) -> list[tuple[str, int | None, str]]:
    return [(f.rule, f.row, f.field) for f in result.findings]


def test_typed_table_keeps_order_types_and_marks(tmp_path: Path) -> None:
    marks = (
        MissingValue("", "missing"),
        MissingValue("(B)(7)(E) ", "withheld", MissingKind.WITHHELD),
    )
    fields = [
        made("day", "date", format="%m/%d/%Y"),
        made("operation", missing_values=marks),
        made("people", "integer", missing_values=marks),
        made("share", "number"),
        made("open", "boolean"),
    ]
    text = "day,operation,people,share,open\n10/1/2017,(B)(7)(E) ,0,.5,true\n1/02/2018,,,1e2,0\n"
    result, connection = check_text(tmp_path, text, fields)
    assert result.findings == ()
    assert result.tables[0].relation == 'checked."stops/stops"'
    assert result.tables[0].rows == 2
    assert rows_of(result, connection) == [
        (dt.date(2017, 10, 1), None, "(B)(7)(E) ", 0, None, 0.5, True),
        (dt.date(2018, 1, 2), None, "", None, "", 100.0, False),
    ]


def test_mark_without_its_trailing_blank_is_a_value(tmp_path: Path) -> None:
    marks = (MissingValue("", "missing"), MissingValue("(B)(6) ", "withheld"))
    result, connection = check_text(
        tmp_path, "a,b\n(B)(6),x\n", [made("a", missing_values=marks), made("b")]
    )
    assert rows_of(result, connection) == [("(B)(6)", None, "x")]


def test_errors_name_file_row_field_and_cell(tmp_path: Path) -> None:
    fields = [
        made("age", "integer", constraints={"required": True, "minimum": 0, "maximum": 120}),
        made("sex", constraints={"enum": ["F", "M"]}),
        made("code", constraints={"pattern": "[A-Z]{2}|[0-9]"}),
    ]
    text = "age,sex,code\n12,F,AB\nold,M,7\n130,X,abc\n,F,AB7\n"
    result, _ = check_text(tmp_path, text, fields)
    assert places(result) == [
        ("constraint-error", 5, "age"),
        ("constraint-error", 4, "age"),
        ("type-error", 3, "age"),
        ("constraint-error", 4, "sex"),
        ("constraint-error", 4, "code"),
        ("constraint-error", 5, "code"),
    ]
    type_error = result.findings[2]
    assert (type_error.cell, type_error.file, type_error.field_number) == ("old", "stops.csv", 1)
    assert "integer" in type_error.found


def test_ragged_rows_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    text = "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n"
    result, connection = check_text(tmp_path, text, [made(n, "integer") for n in "abc"])
    assert places(result) == [("extra-cell", 4, ""), ("missing-cell", 3, "c")]
    assert rows_of(result, connection) == [(1, 2, 3), (4, 5, None), (6, 7, 8), (10, 11, 12)]


def test_empty_lines_are_left_out_with_a_warning(tmp_path: Path) -> None:
    text = "a,b\n1,2\n  \n\n3,4\n"
    result, connection = check_text(tmp_path, text, [made("a", "integer"), made("b", "integer")])
    (finding,) = result.findings
    assert (finding.rule, finding.row, finding.count, finding.blocks) == ("blank-row", 3, 2, False)
    assert rows_of(result, connection) == [(1, 2), (3, 4)]


RECORDS = [
    ("csv", "a,b\n1,2\n,\n3,4\n", 3),
    ("csv", 'a,b\n1,2\n"",""\n', 3),
    ("tsv", "a\tb\n1\t2\n\t\n", 3),
    ("csv", "a,b\n" + "1,2\n" * 60_000 + ",\n", 60_002),
    ("json", '[{"a":1,"b":1},{"a":null,"b":null}]', 3),
    ("json", '[{"a":1,"b":1},{}]', 3),
    ("json", '[["a","b"],[1,2],[null,null]]', 3),
    ("ndjson", '{"a":1,"b":1}\n{}\n', 3),
]


@pytest.mark.parametrize("rule", ["constraint-error", "primary-key"])
@pytest.mark.parametrize(("kind", "text", "row"), RECORDS)
def test_rules_hold_in_a_record_without_a_value(
    tmp_path: Path, kind: str, text: str, row: int, rule: str
) -> None:
    constraints = {"required": True} if rule == "constraint-error" else {}
    fields = [made("a", "integer", constraints=constraints), made("b", "integer")]
    key = ("a",) if rule == "primary-key" else ()
    path = f"t.{kind}"
    resource = table("t", fields, [SourceFile(path)], format=kind, primary_key=key)
    result, _ = checked(tmp_path, [resource], {path: text.encode()})
    found = {(f.rule, f.row) for f in result.findings}
    assert {("empty-record", row), (rule, row)} <= found
    assert "blank-row" not in {rule for rule, _ in found}


def test_a_row_of_withheld_marks_is_a_record(tmp_path: Path) -> None:
    marks = (MissingValue("", "missing"), MissingValue("(b)(6)", "withheld"))
    fields = [made("a", missing_values=marks), made("b", missing_values=marks)]
    result, _ = check_text(tmp_path, "a,b\n(b)(6),(b)(6)\n", fields)
    assert result.tables[0].rows == 1
    assert result.findings == ()


def test_line_breaks_and_quotes_inside_cells(tmp_path: Path) -> None:
    text = 'a,b\r\n"x\r\ny","say ""no"""\r\nlone\rz,2\r\n'
    result, connection = check_text(tmp_path, text, [made("a"), made("b")])
    assert rows_of(result, connection)[0] == ("x\r\ny", 'say "no"')


def test_invalid_utf8_is_a_finding_with_its_place(tmp_path: Path) -> None:
    result, _ = check_text(tmp_path, b"a,b\nx,y\nJos\xe9,z\n", [made("a"), made("b")])
    (finding,) = result.findings
    assert (finding.rule, finding.row, finding.file) == ("encoding-invalid", 3, "stops.csv")
    assert "0xE9 at position 12" in finding.found
    assert result.tables == ()


def test_declared_encoding_is_read(tmp_path: Path) -> None:
    result, connection = check_text(
        tmp_path, "a,b\nJosé,z\n".encode("latin-1"), [made("a"), made("b")], encoding="iso-8859-1"
    )
    assert rows_of(result, connection) == [("José", "z")]


@pytest.mark.parametrize(
    ("match", "header", "expected"),
    [
        ("exact", "a,c,b", [("incorrect-label", "b"), ("incorrect-label", "c")]),
        ("exact", "a,b", [("missing-label", "c")]),
        ("exact", "a,b,c,d", [("extra-label", "d")]),
        ("equal", "c,a,b", []),
        ("equal", "c,a,d", [("missing-label", "b"), ("extra-label", "d")]),
        ("subset", "d,c,a,b", []),
        ("subset", "c,a,d", [("missing-label", "b")]),
        ("superset", "c", []),
        ("superset", "c,d", [("extra-label", "d")]),
        ("partial", "d,c", []),
        ("partial", "d,e", [("missing-label", "")]),
        ("equal", "a,b,c,c", [("duplicate-label", "c")]),
        ("exact", "a,,c", [("blank-label", "")]),
        ("equal", "a,b,c,", [("extra-label", "")]),
        ("subset", "a,b,c,", []),
        ("subset", "a,,b,c,", [("duplicate-label", "")]),
        ("exact", "a,a,c", [("duplicate-label", "a")]),
    ],
)
def test_header_by_fields_match(
    tmp_path: Path, match: str, header: str, expected: list[tuple[str, str]]
) -> None:
    row = ",".join("x" for _ in header.split(","))
    fields = [made(name) for name in "abc"]
    result, _ = check_text(tmp_path, f"{header}\n{row}\n", fields, fields_match=match)
    assert [(f.rule, f.field) for f in result.findings] == expected
    assert all(f.row == 1 for f in result.findings)


def test_undeclared_columns_never_pass(tmp_path: Path) -> None:
    fields = [made("b")]
    result, connection = check_text(tmp_path, "a,b\nsecret,2\n", fields, fields_match="subset")
    assert rows_of(result, connection) == [("2",)]


def test_keys(tmp_path: Path) -> None:
    fields = [made("id", "integer"), made("x", constraints={"unique": True}), made("y")]
    text = "id,x,y\n1,a,p\n01,b,q\n,b,p\n4,,r\n5,,r\n"
    result, _ = check_text(
        tmp_path, text, fields, primary_key=("id",), unique_keys=(("x", "y"), ("y",))
    )
    assert places(result) == [
        ("leading-zero", 3, "id"),
        ("unique-error", 4, "x"),
        ("primary-key", 4, ""),
        ("primary-key", 3, ""),
        ("unique-key", 4, ""),
        ("unique-key", 6, ""),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id,n\n1,2\nx,3\n,5\n", {("type-error", 3), ("primary-key", 4)}),
        ("n,id\n2,1\n3\n5,\n", {("missing-cell", 3), ("primary-key", 4)}),
        ("n\n2\n3\n", {("missing-label", 1)}),
        ("id,n\n1,x\n2,\n3,2\n", {("type-error", 2), ("foreign-key", 3), ("foreign-key", 4)}),
    ],
)
def test_a_key_does_not_report_a_cell_that_has_an_error_of_its_own(
    tmp_path: Path, text: str, found: set[tuple[str, int]]
) -> None:
    fields = [made("id", "integer"), made("n", "integer")]
    links = (ForeignKey(("id", "n"), "", ("n", "id")),) if "1,x" in text else ()
    keys = {"primary_key": ("id",), "foreign_keys": links, "fields_match": "subset"}
    result, _ = check_text(tmp_path, text, fields, **keys)
    assert {(f.rule, f.row) for f in result.findings if f.blocks} == found


def test_keys_far_into_a_large_table_name_the_right_row(tmp_path: Path) -> None:
    """Where a row comes from stays in step with its values over many blocks."""
    ids = [f" {n}" if n % 1000 == 0 else str(n) for n in range(300_000)]
    ids[250_000] = "17"
    text = "id,b\n" + "".join(f"{value},x\n" for value in ids)
    result, connection = check_text(
        tmp_path, text, [made("id", "integer"), made("b")], primary_key=("id",)
    )
    blocking = [f for f in result.findings if f.blocks]
    assert [(f.rule, f.row, f.found) for f in blocking] == [
        ("primary-key", 250_002, "the same as in the row at position 19")
    ]
    rows = rows_of(result, connection)
    assert [row[0] for row in rows] == [int(value) for value in ids]


def test_foreign_keys(tmp_path: Path) -> None:
    agencies = table("agencies", [made("code"), made("name")], [SourceFile("agencies.csv")])
    stops = table(
        "stops",
        [made("id", "integer"), made("agency"), made("parent", "integer")],
        [SourceFile("stops.csv")],
        foreign_keys=(
            ForeignKey(("agency",), "agencies", ("code",)),
            ForeignKey(("parent",), "", ("id",)),
            ForeignKey(("agency",), "absent", ("code",)),
        ),
    )
    contents = {
        "agencies.csv": b"code,name\nA,Alpha\n",
        "stops.csv": b"id,agency,parent\n1,A,\n2,B,1\n3,,9\n",
    }
    result, _ = checked(tmp_path, [stops, agencies], contents)
    assert places(result) == [
        ("foreign-key", 3, "agency"),
        ("foreign-key", 4, "parent"),
        ("foreign-key", None, ""),
    ]


def test_categories(tmp_path: Path) -> None:
    fields = [
        made("sex", categories=(Category("F", "Female"), Category("M", "Male"))),
        made("level", "integer", categories=(Category("1", "one"), Category("2", "two"))),
    ]
    result, _ = check_text(tmp_path, "sex,level\nF,1\nX,02\n,3\n", fields)
    assert places(result) == [
        ("category-error", 3, "sex"),
        ("category-error", 4, "level"),
        ("leading-zero", 3, "level"),
    ]


def test_limit_gives_the_rest_as_a_count(tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"x{n},y\n" for n in range(30))
    result, _ = check_text(tmp_path, text, [made("a", "integer"), made("b")], limit_errors=3)
    assert [(f.row, f.count) for f in result.findings] == [(2, 1), (3, 1), (4, 1), (None, 27)]


def test_padding_and_duplicates_are_warnings(tmp_path: Path) -> None:
    result, connection = check_text(
        tmp_path, "a,b\nx ,1\nx ,1\ny,2\n", [made("a"), made("b", "integer")]
    )
    assert [(f.rule, f.count, f.blocks) for f in result.findings] == [
        ("padded-value", 2, False),
        ("duplicate-row", 1, False),
    ]
    assert rows_of(result, connection)[0] == ("x ", 1)


def test_several_files_and_their_constants(tmp_path: Path) -> None:
    sources = [
        SourceFile("a.csv", values={"year": "2016"}),
        SourceFile("b.csv", values={"year": "x"}),
    ]
    resource = table("stops", [made("n", "integer"), made("p"), made("year", "year")], sources)
    contents = {"a.csv": b"n,p\n1,a\n", "b.csv": b"n,p\n2,b\n"}
    result, connection = checked(tmp_path, [resource], contents)
    assert rows_of(result, connection) == [(1, "a", 2016), (2, "b", None)]
    assert [(f.rule, f.file, f.row, f.field) for f in result.findings] == [
        ("type-error", "b.csv", 2, "year")
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "'; DROP TABLE x; --",
        'a"b',
        "{0}",
        "%s",
        "x\x00y",
        "\\",
        "$1",
        "名前",
        "_row",
        "f0",
    ],
)
def test_hostile_names_and_cells_are_text(tmp_path: Path, hostile: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[hostile, "b"], [hostile, "y"]])
    fields = [made(hostile, constraints={"enum": [hostile]}), made("b")]
    result, connection = check_text(tmp_path, out.getvalue(), fields)
    if result.tables:
        assert rows_of(result, connection) == [(hostile, "y")]
    assert {f.rule for f in result.findings} <= {"hidden-character"}


@pytest.mark.parametrize(
    "names", [("age", "Age"), ("rowid", "b"), ("a", "a__missing")], ids=["case", "rowid", "mark"]
)
def test_names_that_cannot_stand_together_are_refused(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    marks = (MissingValue("", "missing"), MissingValue("x", "withheld"))
    fields = [made(name, missing_values=marks) for name in names]
    result, _ = check_text(tmp_path, ",".join(names) + "\n1,2\n", fields)
    assert {f.rule for f in result.findings} == {"value-invalid"}
    assert result.tables == ()


def test_a_pattern_cannot_stall_the_check(tmp_path: Path) -> None:
    fields = [made("a", constraints={"pattern": "(a+)+$"}), made("b")]
    result, _ = check_text(tmp_path, f"a,b\n{'a' * 60}!,1\n", fields)
    assert places(result) == [("constraint-error", 2, "a")]


def test_an_impossible_field_is_a_finding(tmp_path: Path) -> None:
    fields = [
        made("a", "integer", constraints={"minLength": 2}),
        made("b", constraints={"pattern": "(?=x)"}),
    ]
    result, _ = check_text(tmp_path, "a,b\n1,2\n", fields)
    assert [(f.rule, f.field) for f in result.findings] == [
        ("value-invalid", "a"),
        ("value-invalid", "b"),
    ]


def test_large_integers_and_times_with_an_offset(tmp_path: Path) -> None:
    fields = [made("n", "integer"), made("t", "datetime")]
    text = "n,t\n9223372036854775807,2024-01-01T00:30:00+01:00\n9223372036854775808,2024-01-01T00:30:00Z\n"
    result, connection = check_text(tmp_path, text, fields)
    assert places(result) == []
    assert rows_of(result, connection) == [
        (2**63 - 1, dt.datetime.fromisoformat("2023-12-31T23:30")),
        (2**63, dt.datetime.fromisoformat("2024-01-01T00:30")),
    ]


# Against frictionless itself. Where we differ on purpose is in tests/conformance.

EXAMPLES = int(os.environ.get("PLAINRECORD_EXAMPLES", "200"))
"""How many tables are made; at night 20,000."""

_WORDS = st.sampled_from(
    [
        *("", "a", "abc", "ABCD", " x ", "é", "0", "5", "05", "-3", "+7", " 8 ", "1.5"),
        *("1e3", "nan", "inf", "-", "9.99", "10", "100.0", "true", "True", "yes", "FALSE", "1"),
        *("2024-01-02", "2024-02-30", "1999-12-31", "0001-01-01", "NA", "2024"),
        *('say "x"', "two\nlines", "2024-01-02T10:00:00", "12:30:00", "24:00:00", "99999"),
        *("2030-06-01", "2024-01-02T10:00:00Z", "2024-05"),
    ]
)
_CONSTRAINTS: Mapping[str, Sequence[dict[str, Json]]] = {
    "string": [
        {},
        {"required": True},
        {"minLength": 2},
        {"maxLength": 3},
        {"enum": ["a", "abc", "5"]},
        {"pattern": "[a-z]+"},
        {"unique": True},
        {"unique": True, "minLength": 2},
    ],
    "integer": [
        {},
        {"required": True},
        {"minimum": 0},
        {"maximum": 8},
        {"exclusiveMinimum": 5},
        {"enum": [5, 8]},
        {"unique": True},
        {"unique": True, "maximum": 7},
    ],
    "number": [
        {},
        {"minimum": 1.5},
        {"exclusiveMaximum": 10},
        {"enum": [1.5, 5]},
        {"unique": True},
        {"unique": True, "maximum": 5},
    ],
    "boolean": [{}, {"required": True}, {"enum": [True]}, {"unique": True}],
    "date": [
        {},
        {"minimum": "2000-01-01"},
        {"exclusiveMaximum": "2024-01-02"},
        {"required": True},
        {"unique": True, "minimum": "2000-01-01"},
    ],
    "datetime": [{}, {"required": True}],
    "time": [{}, {"unique": True}],
    "year": [{}, {"minimum": 2000}, {"unique": True}],
    "yearmonth": [{}, {"unique": True}],
    "duration": [{}],
    "array": [{}],
    "any": [{}, {"enum": ["a", 5]}, {"unique": True}],
}


@contextmanager
def as_large() -> Iterator[None]:
    """Small tables go the way of large ones: blocks of few rows, counted by value, gathered."""
    with (
        patch.object(value_counts, "SMALL", 0),
        patch.object(value_counts, "FEW", 1),
        patch.object(warnings, "SMALL", 0),
        patch.object(block_check, "SMALL", 0),
        patch.object(csv_fast, "BLOCK_BYTES", 200),
        patch.object(csv_fast, "LONG_BLOCK_BYTES", 200),
        patch.object(csv_fast, "JOINED_BYTES", 400),
    ):
        yield


_FIELDS = st.sampled_from([(kind, c) for kind, given_ in _CONSTRAINTS.items() for c in given_])


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    columns=st.lists(_FIELDS, min_size=2, max_size=4),
    body=st.lists(st.lists(_WORDS, min_size=1, max_size=5), max_size=8),
    marks=st.sampled_from([[""], ["", "NA"], ["-"], []]),
    counted=st.booleans(),
    keyed=st.sampled_from(["", "primaryKey", "foreignKeys"]),
)
def test_errors_are_those_of_frictionless(
    columns: list[tuple[str, dict[str, Json]]],
    body: list[list[str]],
    marks: list[str],
    counted: bool,
    keyed: str,
) -> None:
    """Error for error, with the cells looked at one by one or `counted` as those of a large table."""
    if "datetime" in (columns[0][0], columns[1][0]):  # with a zone and without: docs/conformance.md
        keyed = ""
    body = body * 2 if counted else body
    rows = [
        row
        for row in body
        if any(cell.strip() and cell not in marks for cell in row[: len(columns)])
    ]
    names = [f"c{number}" for number in range(len(columns))]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["a title"], names, *rows])
    missing_values = tuple(MissingValue(mark, mark) for mark in marks)
    fields = [
        made(name, kind, constraints=constraints, missing_values=missing_values)
        for name, (kind, constraints) in zip(names, columns, strict=True)
    ]
    written: dict[str, Any] = {"delimiter": ",", "quoteChar": '"', "lineTerminator": "\n"}
    peer: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
        "name": "stops",
        "format": "csv",
        "encoding": "utf-8",
        "dialect": {**written, "headerRows": [2], "skipInitialSpace": False},
        "schema": {
            "fields": [dict(field.descriptor) for field in fields],
            "missingValues": marks,
        },
    }
    keys: dict[str, Any] = {}
    if keyed == "primaryKey":
        peer["schema"]["primaryKey"] = ["c0"]
        keys["primary_key"] = ("c0",)
    elif keyed:
        reference = {"resource": "", "fields": ["c0"]}
        peer["schema"]["foreignKeys"] = [{"fields": ["c1"], "reference": reference}]
        keys["foreign_keys"] = (ForeignKey(("c1",), "", ("c0",)),)
    with tempfile.TemporaryDirectory() as folder:
        dialect = Dialect(header_rows=(2,))  # frictionless guesses where the first row may be it
        with as_large() if counted else nullcontext():
            result, _ = check_text(Path(folder), out.getvalue(), fields, dialect=dialect, **keys)
        with frictionless.system.use_context(trusted=True):
            report = frictionless.Resource.from_descriptor(
                {**peer, "path": str(Path(folder) / "stops.csv")}
            ).validate()
    expected = sorted(
        (e.type, e.row_number, *getattr(e, "field_names", [getattr(e, "field_name", "") or ""]))
        for task in report.tasks
        for e in {
            (e.type, e.row_number) if e.type == "extra-cell" else id(e): e for e in task.errors
        }.values()
        if hasattr(e, "row_number")
    )
    ours = sorted((f.rule, f.row, f.field) for f in result.findings if f.blocks)
    unread = {row for rule, row, name in expected if (rule, name) in _UNREAD}
    assert ours == [e for e in expected if e[0] != "primary-key" or e[1] not in unread]


_UNREAD = {("type-error", "c0"), ("missing-cell", "c0")}
"""Errors of a key's cell, which frictionless calls absent as well: docs/conformance.md."""

_SURE = [
    *((kind, "default") for kind in _CONSTRAINTS),
    *(
        ("date", "%m/%d/%Y"),
        ("date", "%d.%m.%Y"),
        ("date", "%Y%m%d"),
        ("datetime", "%m/%d/%Y %H:%M"),
    ),
]
_TEXTS = [
    *("+7", "-0", "007", "7.", ".5", "1.50", "-3.25", "999999999999999999", "0.1", "1e3", "0000"),
    *("1/2/2017", "01/02/2017", "2/29/2017", "13/1/2017", "1/2/17", "3.4.2020", "20200229"),
    *("2024-02-29", "2023-02-29", "2024-01-02T03:04:05", "2024-01-02T03:04:05Z", "1/2/2017 3:04"),
    *(
        "2024-01-02T24:00:00",
        "23:59:59",
        "23:59:60",
        "1000-01-01",
        "2024-12",
        "2024-13",
        "true",
        "0",
    ),
    *("1/2/2017 ", " 1/2/2017", "1 /2/2017", "2024-01-02T03:04:05z", "9999-12-31", "1/2/2017 03:4"),
]


@pytest.mark.parametrize(("kind", "form"), _SURE)
def test_what_sql_accepts_is_what_frictionless_reads(kind: str, form: str) -> None:
    """The fast way never accepts what frictionless refuses, nor reads another value."""
    field = made("x", kind, format=form) if form != "default" else made("x", kind)
    reader, certain = FrictionlessField(field), certainty(field, "t.x", {})
    column = SQL_TYPES[kind]
    connection = duckdb.connect()
    for text in _TEXTS:
        fast = connection.execute(
            f"SELECT {certain.valid}, CAST({certain.typed} AS VARCHAR) FROM (SELECT ? AS x) t",
            [text],
        ).fetchall()[0]
        if fast[0]:
            result = reader.check(text)
            assert result.errors == (), text
            slow = connection.execute(
                f"SELECT CAST(CAST(? AS {column}) AS VARCHAR)", [result.canonical]
            ).fetchall()[0]
            assert fast[1] == slow[0], text


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    field=_FIELDS,
    texts=st.lists(_WORDS | st.sampled_from(_TEXTS) | st.text("0159-T:Z. xé", max_size=21)),
    alike=st.booleans(),
    marks=st.sampled_from([[""], ["", "NA"], ["-"], []]),
    listed=st.sampled_from([0, 0, 1, 9]),
)
def test_python_never_accepts_what_sql_would_not(
    field: tuple[str, dict[str, Json]], texts: list[str], alike: bool, marks: list[str], listed: int
) -> None:
    texts = texts[:1] * 3 if alike else texts
    missing = tuple(MissingValue(mark, mark) for mark in marks)
    categories = tuple(Category(text, text) for text in texts[:listed] if field[0] == "string")
    made_field = made(
        "x", field[0], constraints=field[1], missing_values=missing, categories=categories
    )
    plan = plan_field(0, made_field, "x")
    present = plan.present(texts)
    if plan.accepts(present):
        seen = pa.table({"x": pa.array(present, pa.string())})
        uncertain = duckdb.connect().execute(f"SELECT x FROM seen WHERE {plan.uncertain('x')}")
        assert uncertain.fetchall() == [], seen


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    texts=st.lists(
        st.dates().map(lambda day: f"{day.month}/{day.day}/{day.year}")
        | st.text("0129/ ", max_size=10)
        | st.sampled_from(["02/30/2020", "12/31/1899", "1/1/0999", ""]),
        min_size=1,
        max_size=4,
    ),
    least=st.none() | st.dates(dt.date(1000, 1, 1)),
)
def test_python_never_accepts_days_in_digits_that_sql_would_not(
    texts: list[str], least: dt.date | None
) -> None:
    constraints: dict[str, Json] = {} if least is None else {"minimum": f"{least:%m/%d/%Y}"}
    field = made("x", "date", format="%m/%d/%Y", constraints=constraints)
    plan, seen = plan_field(0, field, "x"), pa.table({"x": pa.array(texts)})
    query = f"SELECT x FROM seen WHERE {plan.uncertain('x')}"
    if plan.accepts(texts):
        assert duckdb.connect().execute(query).fetchall() == [], seen


@pytest.mark.parametrize(
    ("texts", "certain"),
    [(["F", "M", "F"], True), (["F", "X"], False), (["F", "f"], False), (["F", " M"], False)],
)
def test_python_knows_categories(texts: list[str], *, certain: bool) -> None:
    field = made("x", categories=(Category("F", "Female"), Category("M", "Male")))
    assert are_plainly_valid(field, texts, {}) is certain


@pytest.mark.parametrize(
    ("own", "texts", "certain"),
    [
        ({}, ["true", "0", "FALSE"], True),
        ({}, ["true", "yes"], False),
        ({"trueValues": ["yes"]}, ["true", "1"], False),
        ({"falseValues": ["no"]}, ["false"], False),
    ],
)
def test_python_knows_booleans_in_their_usual_form_alone(
    own: dict[str, Json], texts: list[str], *, certain: bool
) -> None:
    field = made("x", "boolean", descriptor={"name": "x", "type": "boolean", **own})
    assert are_plainly_valid(field, texts, {}) is certain


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    _WORDS
    | st.sampled_from([*sentinels.MARKS, "a DO NOT USE b", "JosÃ©", " x"])
    | st.text("ÃÂâ€ \t\u00a0a\n")
)
def test_the_engine_and_python_see_the_same_signs(text: str) -> None:
    seen = {
        sign
        for sign, condition in sentinels.SIGNS.items()
        if duckdb.execute(f"SELECT {condition.replace('{cell}', '$1')}", [text]).fetchall()[0][0]
    }
    assert seen == set(sentinels.find_sentinels(text))


def test_a_quote_that_is_left_open_in_the_header_is_hinted_at(tmp_path: Path) -> None:
    result, _ = check_text(tmp_path, 'id,"place\n1,a\n2,b\n', [made("id"), made("place")])
    [finding] = [f for f in result.findings if f.blocks]
    assert finding.rule == "incorrect-label"
    assert "close the quote" in finding.remedy


@pytest.mark.parametrize("second", [4, 3, 2])
def test_keys_that_rise_file_by_file_are_unique_only_if_they_go_on_rising(
    tmp_path: Path, second: int
) -> None:
    fields = [made("id", "integer"), made("b")]
    sources = [SourceFile("a.csv"), SourceFile("b.csv")]
    stops = table("stops", fields, sources, primary_key=("id",))
    contents = {"a.csv": b"id,b\n1,x\n2,x\n3,x\n", "b.csv": f"id,b\n{second},x\n9,x\n".encode()}
    result, _ = checked(tmp_path, [stops], contents)
    assert [(f.rule, f.file, f.row) for f in result.findings if f.blocks] == (
        [] if second == 4 else [("primary-key", "b.csv", 2)]
    )


@pytest.mark.parametrize(
    ("kind", "constraints", "texts"),
    [
        ("integer", {"minimum": 1, "maximum": 9}, ["1", "", "9"]),
        ("string", {"minLength": 1, "maxLength": 3}, ["a", "", "abc"]),
        ("date", {}, ["2024-02-29", "", "1999-12-31"]),
        ("datetime", {}, ["2024-02-29T10:00:00", "", "1999-12-31T23:59:59"]),
        ("datetime", {}, ["2024-02-29T10:00:00Z", ""]),
        ("date", {"minimum": "2000-01-01", "exclusiveMaximum": "2025-01-01"}, ["2000-01-01"]),
        ("number", {"minimum": 0, "maximum": 10}, ["0.5", "9.99", "7", ""]),
        ("year", {"minimum": 2000}, ["2000", "2024", ""]),
        ("string", {"enum": ["a", "b"]}, ["a", "b", "", "a"]),
    ],
)
def test_plain_texts_need_no_engine(
    kind: str, constraints: dict[str, Json], texts: list[str]
) -> None:
    missing = (MissingValue("", "missing"),)
    plan = plan_field(0, made("x", kind, constraints=constraints, missing_values=missing), "x")
    assert plan.accepts(plan.present(texts))


_MESSY = [
    *("1,2024-01-02T10:00:00Z,A,2024-01-02,12", "2,2024-01-02T10:00:00Z,B ,2024-01-02,x"),
    *("3,,A,1900-01-01,", "x,yesterday,C,2024-02-30,9", ",,,,", "5,1900-01-01T00:00:00Z,A,,007"),
    *(" ,2024-01-02,é,2024-01-03,1", "6,2024-01-02T10:00:00Z,a,2024-01-02,12,more", "7,,A"),
]


def test_many_blocks_say_what_one_block_says(tmp_path: Path) -> None:
    """What was seen in one block is remembered in the next; places and counts stay right."""
    fields = [
        *(made("id", "integer", constraints={"required": True}), made("moment", "datetime")),
        *(made("kind"), made("day", "date"), made("age", "integer")),
    ]
    fields = [replace(f, missing_values=(MissingValue("", "missing"),)) for f in fields]
    rows = [_MESSY[(n * n + n // 3) % len(_MESSY)] for n in range(120)]
    text = "id,moment,kind,day,age\n" + "".join(f"{row}\n" for row in rows)
    (tmp_path / "often").mkdir()
    once, _ = check_text(tmp_path, text, fields)
    with as_large():
        often, _ = check_text(tmp_path / "often", text, fields)
    assert {f.rule for f in once.findings} > {"type-error", "sentinel-value", "padded-value"}
    assert often.findings == once.findings


def test_numbers_past_the_column_type_are_errors(tmp_path: Path) -> None:
    result, _ = check_text(
        tmp_path, "n,b\n1e400,1\ninf,2\nsNaN,3\n", [made("n", "number"), made("b")]
    )
    assert places(result) == [("type-error", 2, "n"), ("type-error", 4, "n")]


def test_a_schema_without_fields_is_a_finding(tmp_path: Path) -> None:
    result, _ = check_text(tmp_path, "a,b\n1,2\n", [])
    assert [f.rule for f in result.findings] == ["value-invalid"]


def test_a_finding_carries_the_start_of_a_long_cell(tmp_path: Path) -> None:
    result, _ = check_text(tmp_path, f"a,b\n{'x' * 9999},1\n", [made("a", "integer"), made("b")])
    assert result.findings[0].cell == "x" * 300 + "…"


# Real records


@pytest.fixture(scope="module")
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the real records are not beside this repository")
    return REAL


def test_real_arrests_have_their_known_rows(real: Path, tmp_path: Path) -> None:
    marks = tuple(MissingValue(v, v) for v in ("", "(B)(7)(E) ", "(B)(6);(B)(7)(C) "))
    names = ["Area of Responsibility", "Apprehension Date", "Apprehension Method"]
    names += ["Apprehension Landmark", "Operation", "Processing Disposition", "Birth Date"]
    names += ["Citizenship", "Gender"]
    fields = [
        made(n, "date", format="%m/%d/%Y")
        if n == "Apprehension Date"
        else made(n, missing_values=marks)
        for n in names
    ]
    years = {2016: 110_104, 2018: 158_581}
    sources = [
        SourceFile(f"EROArrests_FY{year}.csv.gz", values={"fy": str(year)}) for year in years
    ]
    folder = real / "ice-ero-2019-icfo-53623"
    resource = table(
        "arrests",
        [*fields, made("fy", "year")],
        sources,
        dialect=Dialect(delimiter="|", header_rows=(6,)),
    )
    result, connection = checked(tmp_path, [resource], {s.path: folder / s.path for s in sources})
    assert not [f for f in result.findings if f.blocks]
    counted = connection.execute(
        f"SELECT fy, count(*), count(*) FILTER (WHERE \"Operation__missing\" = '(B)(7)(E) ') "
        f"FROM {result.tables[0].relation} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert [row[:2] for row in counted] == list(years.items())
    assert counted[1][2] == 34_558
    duplicate = next(f for f in result.findings if f.rule == "duplicate-row")
    assert duplicate.count > 0


def test_real_nypd_file_ends_in_a_record_without_a_value(real: Path, tmp_path: Path) -> None:
    fields = [made(n) for n in ("year", "pct", "datestop", "age")]
    resource = table("sqf", fields, [SourceFile("sqf-2016.csv.gz")], fields_match="subset")
    path = real / "nypd-stop-question-frisk" / "sqf-2016.csv.gz"
    result, _ = checked(tmp_path, [resource], {"sqf-2016.csv.gz": path})
    assert result.tables[0].rows == 12_405
    assert [(f.row, f.count) for f in result.findings if f.rule == "empty-record"] == [(12_406, 1)]
    assert not [f for f in result.findings if f.blocks]


def test_real_workbook_has_its_known_rows(real: Path, tmp_path: Path) -> None:
    fields = [made("STATE"), made("COUNTY"), made("SIGNED", "date")]
    name = "participating_2026-05-18.xlsx"
    resource = table("agencies", fields, [SourceFile(name)], format="xlsx", fields_match="subset")
    path = real / "ice-287g-participants" / name
    result, connection = checked(tmp_path, [resource], {name: path})
    assert result.tables[0].rows == 1_843
    assert not [f for f in result.findings if f.blocks]
    found = connection.execute(
        f"SELECT count(*) FROM {result.tables[0].relation} WHERE \"COUNTY\" = '#N/A'"
    ).fetchone()
    assert 213 <= found[0] <= 222


# Whatever bytes come

_HEADS = st.sampled_from(
    [b"", b"a,b\n1,2\n", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"PAR1", b'[{"a":', b'"']
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    head=_HEADS,
    body=st.binary(max_size=200),
    form=st.sampled_from(["csv", "tsv", "json", "ndjson", "xlsx", "parquet"]),
    packed=st.booleans(),
)
def test_any_bytes_give_findings_or_rows(head: bytes, body: bytes, form: str, packed: bool) -> None:
    content = head + body
    with tempfile.TemporaryDirectory() as folder:
        result, connection = check_text(
            Path(folder),
            gzip.compress(content) if packed else content,
            [made("a", "integer"), made("b")],
            format=form,
        )
        connection.close()
    assert result.tables or any(finding.blocks for finding in result.findings)


def test_a_file_that_unpacks_without_end_is_stopped(tmp_path: Path) -> None:
    bomb = gzip.compress(b"a,b\n" + b"1,x\n" * 60_000_000, 9)
    result, _ = check_text(tmp_path, bomb, [made("a", "integer"), made("b")])
    assert [f.rule for f in result.findings] == ["source-error"]
    assert "unpacks to more than" in result.findings[0].found


def test_more_columns_than_a_table_has_are_refused(tmp_path: Path) -> None:
    wide = ",".join(f"c{n}" for n in range(20_000)) + "\n"
    result, _ = check_text(tmp_path, wide, [made("a", "integer"), made("b")])
    assert [(f.rule, f.found) for f in result.findings] == [
        ("source-error", "the header has 20,000 columns")
    ]


def test_odd_things_are_reported_as_warnings(tmp_path: Path) -> None:
    fields = [made("age", "integer"), made("kind"), made("day", "date"), made("text"), made("when")]
    rows = [
        f"{n % 60 + 20},{'Jail Model' if n % 3 else 'Task Force'},2024-0{n % 9 + 1}-15,plain {n % 5},{n % 28 + 1}/1/2024"
        for n in range(200)
    ]
    rows += [
        "999,Jail Model ,1900-12-31,DO NOT USE,2024-01-05",
        "0,jail model,2024-01-15,cafÃ©,2/3/2024",
    ]
    text = "age,kind,day,text,when\n" + "\n".join(rows) + "\n"
    result, _ = check_text(tmp_path, text, fields)
    found = {(f.rule, f.field): f.count for f in result.findings if not f.blocks}
    assert found[("sentinel-value", "age")] == 2
    assert found[("sentinel-value", "day")] == 1
    assert found[("sentinel-value", "text")] == 1
    assert found[("category-respelt", "kind")] == 2
    assert found[("padded-value", "kind")] == 1
    assert found[("text-mangled", "text")] == 1
    assert found[("mixed-dates", "when")] == 1
    assert found[("time-gap", "day")]


@pytest.mark.parametrize("count", [150, 6000])
def test_small_and_large_tables_show_the_same_oddities(tmp_path: Path, count: int) -> None:
    """A small block is counted in Python and a large one in the engine; both must agree."""
    fields = [made("code", "integer"), made("kind"), made("age", "integer"), made("day", "date")]
    lines = [f"{'0' if n == 7 else ''}{n + 1},{'A ' if n == 9 else 'A'},{99 if n == 3 else 30},"
             f"{'1970-01-01' if n == 5 else '2024-01-02'}" for n in range(count)]  # fmt: skip
    result, _ = check_text(tmp_path, "code,kind,age,day\n" + "\n".join(lines) + "\n", fields)
    assert sorted((f.rule, f.field, f.count, f.row) for f in result.findings) == [
        ("category-respelt", "kind", 1, 11),
        ("leading-zero", "code", 1, 9),
        ("padded-value", "kind", 1, 11),
        ("sentinel-value", "age", 1, 5),
        ("sentinel-value", "day", 1, 7),
    ]


def test_rules_over_rows(tmp_path: Path) -> None:
    fields = [made("a", "integer"), made("b", "integer"), made("total", "integer")]
    rules = (
        RowRule("order", "a <= b", "warning", "a comes first"),
        RowRule("whole", 'abs(("a" + "b") - "total") <= 0', "error"),
        RowRule("bad", "(SELECT 1)", "warning"),
        RowRule("unknown", "nothing > 1", "warning"),
    )
    text = "a,b,total\n1,2,3\n5,4,9\n1,1,3\n,1,1\n"
    result, _ = check_text(tmp_path, text, fields, rules=rules)
    assert [(f.rule, f.row, f.blocks) for f in result.findings] == [
        ("row-rule", 3, False),
        ("row-rule", 4, True),
        ("expression-invalid", None, True),
        ("expression-invalid", None, True),
    ]


def test_a_rule_does_not_judge_a_cell_that_was_not_read(tmp_path: Path) -> None:
    fields = [made("a", "integer"), made("b", "integer")]
    rules = (
        RowRule("there", "a IS NOT NULL", "error"),
        RowRule("order", "coalesce(A, 0) >= b", "warning"),
        RowRule("small", "b < 5", "warning"),
    )
    result, _ = check_text(tmp_path, 'a,b\n1,1\nx,7\n"",8\n', fields, rules=rules)
    assert [(f.rule, f.expected, f.row, f.count) for f in result.findings] == [
        ("type-error", "", 3, 1),
        ("row-rule", "a IS NOT NULL", 4, 1),
        ("row-rule", "coalesce(A, 0) >= b", 4, 1),
        ("row-rule", "b < 5", 3, 2),
    ]


def test_what_the_engine_cannot_take_is_a_finding(tmp_path: Path) -> None:
    fields = [made("a", constraints={"pattern": "((a{1,100}){1,100}){1,100}"}), made("b")]
    result, _ = check_text(tmp_path, "a,b\naaa!,1\n", fields)
    assert [(f.rule, f.field) for f in result.findings] == [("value-invalid", "a")]


def test_one_file_that_the_engine_cannot_take_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a block had set aside is gone when its transaction is rolled back; the next file begins anew."""
    store = block_check.BlockCheck._store

    def fail_in_the_first(
        self: block_check.BlockCheck, cells: Sequence[str], block: CountedBatch, *, hashed: bool
    ) -> None:
        if self._file == 0:
            raise duckdb.OutOfMemoryException("no memory is left")
        store(self, cells, block, hashed=hashed)

    monkeypatch.setattr(block_check.BlockCheck, "_store", fail_in_the_first)
    stops = table("stops", [made("a", "integer"), made("b")], [SourceFile("a.csv"), SourceFile("b.csv")])  # fmt: skip
    contents = {"a.csv": b"a,b\nx,1\n", "b.csv": b"a,b\ny,1\n"}
    result, _ = checked(tmp_path, [stops], contents)
    assert [(f.rule, f.file) for f in result.findings] == [("memory-exceeded", "a.csv")]
    assert result.tables == ()


@pytest.mark.parametrize("kind", ["integer", "number", "date", "duration", "geopoint"])
def test_a_cell_without_end_cannot_stall_the_check(tmp_path: Path, kind: str) -> None:
    more = {"bareNumber": False} if kind in ("integer", "number") else {}
    cell = "1" * 50_000 + "x" * 50_000 + "1"
    result, _ = check_text(
        tmp_path, f"a,b\n{cell},1\n", [made("a", kind, descriptor=more), made("b")]
    )
    assert places(result)[0] == ("type-error", 2, "a")


def test_a_table_of_a_header_alone_is_reported(tmp_path: Path) -> None:
    result, _ = check_text(tmp_path, "a,b\n", [made("a"), made("b")])
    assert [(f.rule, f.file, f.blocks) for f in result.findings] == [
        ("table-empty", "stops.csv", False)
    ]


class _Counting:
    """A connection that counts the statements it is given."""

    def __init__(self, connection: Any) -> None:
        self._connection, self.count = connection, 0

    def __getattr__(self, name: str) -> Any:
        if name in {"execute", "sql"}:
            self.count += 1
        return getattr(self._connection, name)


@pytest.mark.parametrize(
    ("kind", "constraints", "cell", "errors"),
    [
        ("integer", {}, "x", 1),
        ("integer", {"required": True}, "", 1),
        ("date", {}, "2024-13-01", 1),
        ("string", {"enum": ["a"]}, "b", 1),
        ("string", {"pattern": "[a-z]"}, "A", 1),
        ("string", {"maxLength": 1, "pattern": "[a-z]"}, "AB", 2),
    ],
)
def test_bad_cells_in_many_columns_take_no_more_statements_than_in_few(
    tmp_path: Path, kind: str, constraints: dict[str, Json], cell: str, errors: int
) -> None:
    """A statement looks at the names of all columns: one for each column costs their square."""
    counts = []
    for width in (5, 60):
        fields = [made(f"c{n}", kind, constraints=constraints) for n in range(width)]
        fields = [replace(f, missing_values=(MissingValue("", "missing"),)) for f in fields]
        fields.append(made("id"))
        path = tmp_path / "stops.csv"
        lines = [",".join(f.name for f in fields), *[",".join([*[cell] * width, "1"])] * 3]
        path.write_text("\n".join(lines) + "\n")
        connection: Any = _Counting(open_build_database(tmp_path / f"{width}.duckdb", [path]))
        source = SourceFile("stops.csv")
        resource = table("stops", fields, [source])
        package = Package("s", "", "", "", "", "", "datapackage.yaml", (resource,), None)
        files = {"stops": (LocatedFile(source, path, source.path, path.stat().st_size, ""),)}
        result = check_package(connection, package, files)
        found = [f for f in result.findings if f.blocks]
        assert len(found) == 3 * width * errors
        assert sorted({f.field_number or 0 for f in found}) == list(range(1, width + 1))
        counts.append(connection.count)
    assert counts[0] == counts[1]
