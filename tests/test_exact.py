"""Every digit of a number in a source file is in every download, or the file is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import parse_document
from plainrecord.disclosure.release import release_table
from plainrecord.model.declarations import Coarsening, PrivacyPolicy
from plainrecord.model.packages import (
    DerivedField,
    Dialect,
    Field,
    LocatedFile,
    Package,
    Resource,
    Schema,
    SourceFile,
)
from plainrecord.publishing.downloads import export_tables
from plainrecord.readers.open import open_table
from plainrecord.receipts.engine import open_build_database
from plainrecord.validation.package import CheckResult, check_package
from plainrecord.validation.value_counts import SMALL
from plainrecord.verify.table_formats import compare_tables

OPEN = PrivacyPolicy(open="made up")
FORMS = ("csv", "tsv", "json", "ndjson", "parquet", "inline", "yaml")
NUMBERS = {
    "9007199254740993": "9007199254740993",
    "123456789.123456789123": "123456789.123456789123",
    "2.50": "2.5",
    "-0.0": "0",
    "1e3": "1000",
    "12345678901234567890.5": "12345678901234567890.5",
    "-0.000000000001": "-0.000000000001",
}
INTEGERS = {
    "9007199254740993": "9007199254740993",
    "9223372036854775808": "9223372036854775808",
    "-99999999999999999999999999999999999999": "-99999999999999999999999999999999999999",
    "0": "0",
}


def write(folder: Path, form: str, texts: Sequence[str], kind: str) -> tuple[Path | None, Json]:
    """The numbers as a file of some form, or as inline data."""
    path = folder / f"t.{form}"
    rows = [f'{{"n": {text}}}' for text in texts]
    if form in ("csv", "tsv"):
        path.write_text("\n".join(["n", *texts]) + "\n")
    elif form == "json":
        path.write_text(f"[{', '.join(rows)}]")
    elif form == "ndjson":
        path.write_text("\n".join(rows))
    elif form == "parquet":
        places = pa.decimal128(38, 15 if kind == "number" else 0)
        column = pa.array([Decimal(text) for text in texts], type=places)
        parquet.write_table(pa.table({"n": column}), path)
    elif form == "yaml":
        return None, parse_document("\n".join(f"- {row}" for row in rows))
    else:
        return None, parse_document(f"[{', '.join(rows)}]", json_only=True)
    return path, None


def check(folder: Path, form: str, texts: Sequence[str], kind: str, **more: Any) -> Any:
    """The check of the numbers, the connection and the package."""
    path, data = write(folder, form, texts, kind)
    field = Field("n", kind, descriptor={"name": "n", "type": kind}, **more)
    source = SourceFile(f"t.{form}")
    resource = Resource(
        "t",
        "t",
        "",
        (source,) if path else (),
        schema=Schema((field,)),
        format=form,
        encoding="utf-8",
        dialect=Dialect(delimiter="\t") if form == "tsv" else Dialect(),
        data=data,
    )
    package = Package("p", "p", "", "", "row", "data/p", "data/p/p.json", (resource,), OPEN)
    files = {"t": (LocatedFile(source, path, "t", path.stat().st_size, ""),)} if path else {}
    connection = open_build_database(folder / "w.duckdb", [path] if path else [], [folder])
    return check_package(connection, package, files), connection, package


def said(result: CheckResult) -> list[str]:
    return [finding.rule for finding in result.findings if finding.blocks]


def released(
    result: CheckResult, connection: Any, package: Package, policy: PrivacyPolicy = OPEN
) -> Any:
    """The table of the check as released."""
    resource = package.resources[0]
    table, findings = release_table(connection, result.tables[0], resource, policy, "row", "p")
    assert not findings
    return table


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("kind", "wanted"), [("number", NUMBERS), ("integer", INTEGERS)])
def test_every_digit_comes_from_every_form_into_every_download(
    tmp_path: Path, form: str, kind: str, wanted: dict[str, str]
) -> None:
    checked, connection, package = check(tmp_path, form, list(wanted), kind)
    assert said(checked) == []
    table = released(checked, connection, package)
    export_tables(connection, package, [table], tmp_path / "out")
    texts = list(wanted.values())
    out = tmp_path / "out"
    with (out / "t.csv").open(newline="") as stream:
        assert [row["n"] for row in csv.DictReader(stream)] == texts
    rows = json.loads((out / "t.json").read_text(), parse_float=Decimal, parse_int=Decimal)
    assert [f"{row['n']:f}" for row in rows] == texts  # 0.1, not 0.100, as in the CSV
    values = parquet.read_table(out / "t.parquet").column("n").to_pylist()
    assert [Decimal(str(value)) for value in values] == [Decimal(text) for text in texts]
    sheet = openpyxl.load_workbook(out / "t.xlsx")["Data"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [Decimal(str(cell)) for cell in cells] == [Decimal(text) for text in texts]
    for text, cell in zip(texts, cells, strict=True):
        assert isinstance(cell, str) == (len(text.strip("-0.").replace(".", "")) > 15)
    for other in ("csv", "json", "xlsx"):
        got = compare_tables(out / f"t.{other}", other, out / "t.parquet", [("n", kind, [""])])
        assert (got["other"], got["parquet"], got["differing"]) == (len(texts), len(texts), 0)


def test_a_changed_digit_of_a_download_is_found(tmp_path: Path) -> None:
    checked, connection, package = check(tmp_path, "csv", list(NUMBERS), "number")
    out = tmp_path / "out"
    export_tables(connection, package, [released(checked, connection, package)], out)
    for other in ("csv", "json", "xlsx"):
        place = out / f"t.{other}"
        if other == "xlsx":
            book = openpyxl.load_workbook(place)
            book["Data"]["A3"] = "123456789.123456789124"
            book.save(place)
        else:
            place.write_text(place.read_text().replace("456789123", "456789124"))
        got = compare_tables(place, other, out / "t.parquet", [("n", "number", [""])])
        assert got["differing"] == 1


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "ndjson", "inline", "yaml"])
@pytest.mark.parametrize(
    ("kind", "texts", "rules"),
    [
        ("number", ["1e400"], ["type-error"]),
        ("number", ["1e-400"], ["type-error"]),
        ("number", ["1", "1234567890123456789012345678901234567890.5"], ["type-error"]),
        ("number", ["123456789012345678901234567890", "0.000000001"], ["number-inexact"]),
        ("number", ["123456789012345678901234567890", "1e-300"], ["number-inexact"]),
        ("number", ["0.5", "1e-300", "1.7976931348623157e308"], []),
        ("number", ["12345678901234567890123456789012345678", "-1"], []),
        ("number", ["0.00000000000000000000000000000000000001", "0"], []),
        ("integer", ["1" + "0" * 38], ["type-error"]),
        ("integer", ["9" * 38], []),
    ],
)
def test_what_no_type_keeps_exactly_is_refused_in_every_form(
    tmp_path: Path, form: str, kind: str, texts: list[str], rules: list[str]
) -> None:
    if form == "inline" and "1e400" in texts:  # the descriptor itself cannot be read as JSON
        with pytest.raises(ValueError, match="programs that read JSON cannot store"):
            check(tmp_path, form, texts, kind)
        return
    checked, connection, package = check(tmp_path, form, texts, kind)
    assert said(checked) == rules
    if not rules:
        out = tmp_path / "out"
        export_tables(connection, package, [released(checked, connection, package)], out)
        with (out / "t.csv").open(newline="") as stream:
            found = [Decimal(row["n"]) for row in csv.DictReader(stream)]
        assert found == [Decimal(text) for text in texts]


def test_many_different_numbers_keep_their_decimals(tmp_path: Path) -> None:
    """The typed table is made before the digits of its first rows are known."""
    texts = [*(f"{n}.{n % 9}" for n in range(SMALL + 1)), "0.123456"]
    checked, connection, _ = check(tmp_path, "csv", texts, "number")
    rows = connection.execute(f"SELECT n FROM {checked.tables[0].relation} ORDER BY ALL").fetchall()
    assert sorted(Decimal(text) for text in texts) == [n for (n,) in rows]


def test_numbers_beside_nan_are_doubles_or_refused(tmp_path: Path) -> None:
    checked, connection, _ = check(tmp_path, "csv", ["NaN", "INF", "0.1", "1e5"], "number")
    assert said(checked) == []
    kind = connection.execute(f"SELECT any_value(typeof(n)) FROM {checked.tables[0].relation}")
    assert kind.fetchone() == ("DOUBLE",)
    connection.close()
    refused, _, _ = check(tmp_path, "tsv", ["NaN", "9007199254740993"], "number")
    assert said(refused) == ["number-inexact"]


@pytest.mark.parametrize(
    ("texts", "step", "wanted"),
    [
        (["9007199254740993", "5", "-5", "4"], 10.0, ["9007199254740990", "10", "-10", "0"]),
        (["0.25", "0.3", "123456789012345678.07"], 0.1, ["0.3", "0.3", "123456789012345678.1"]),
    ],
)
def test_rounding_is_exact(
    tmp_path: Path, texts: list[str], step: float, wanted: list[str]
) -> None:
    checked, connection, package = check(tmp_path, "csv", texts, "number")
    policy = PrivacyPolicy(open="x", coarsen=(Coarsening(field="n", method="round", step=step),))
    table = released(checked, connection, package, policy)
    rows = connection.execute(f"SELECT n FROM {table.relation}").fetchall()
    assert [Decimal(n) for (n,) in rows] == [Decimal(text) for text in wanted]


def test_a_field_derived_from_decimals_is_exact(tmp_path: Path) -> None:
    checked, connection, package = check(tmp_path, "csv", ["123456789.123456789123"], "number")
    derived = (DerivedField(Field("twice", "number"), "n * 2"),)
    resource = replace(package.resources[0], derived=derived)
    table = released(checked, connection, replace(package, resources=(resource,)))
    row = connection.execute(f"SELECT twice FROM {table.relation}").fetchone()
    assert row == (Decimal("246913578.246913578246"),)


def test_a_float_of_32_bits_has_its_own_shortest_form(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    parquet.write_table(pa.table({"n": pa.array([0.1, 2.5, None, 1e10], pa.float32())}), path)
    field = Field("n", "number")
    resource = Resource("t", "", "", (), "parquet", "utf-8", Dialect(), Schema((field,)))
    batches = open_table(resource, path).batches([field])
    texts = [text for batch in batches for text in batch.column("c0").to_pylist()]
    assert [text and Decimal(text) for text in texts] == [
        Decimal("0.1"),
        Decimal("2.5"),
        None,
        Decimal("1e10"),
    ]
