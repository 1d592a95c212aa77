"""Rows: groups of key variables, sensitive values, and tables beside rows."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plainrecord.audit.site import audit_site
from tests.audit.published import COUNTS, HIDDEN, Cell, publish

Row = tuple[str | None, ...]
FIELDS = ("race", "city", "outcome")
SAFE: list[Row] = [
    (race, city, outcome)
    for race in ("ASIAN", "BLACK")
    for city in ("BRONX", "KINGS")
    for outcome in ("release", "arrest")
    for _ in range(6)
]


def publish_rows(
    root: Path,
    rows: Sequence[Row],
    *,
    parquet: bool = True,
    tables: dict[Cell, int] | None = None,
    hidden: Sequence[Cell] = (),
    **more: object,
) -> None:
    """Rows as a build publishes them; None is a suppressed value. With `tables`, those beside it."""
    folder = root / "datasets" / "stops"
    (folder / "downloads").mkdir(parents=True)
    document: dict[str, object] = {"tables": []}
    if tables is not None:
        publish(root, tables, hidden=hidden)
        document = json.loads((folder / "protection.json").read_text())
    records = {"resource": "stops", "keys": ["race", "city"], "sensitive": ["outcome"], **more}
    document |= {"version": 1, "mode": "records", "threshold": 11, "records": records}
    (folder / "protection.json").write_text(json.dumps(document))
    path = folder / "downloads" / "stops.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(FIELDS)
        writer.writerows([["suppressed" if v is None else v for v in row] for row in rows])
    if parquet:
        columns = {}
        for at, name in enumerate(FIELDS):
            columns[name] = pa.array([row[at] for row in rows], type=pa.string())
            marks = ["suppressed" if row[at] is None else None for row in rows]
            columns[f"{name}__missing"] = pa.array(marks, type=pa.string())
        pq.write_table(pa.table(columns), path.with_suffix(".parquet"))


def found(root: Path) -> list[tuple[str, str]]:
    return [(finding.rule, finding.found) for finding in audit_site(root).findings]


@pytest.mark.parametrize("parquet", [True, False])
def test_rows_in_large_groups(tmp_path: Path, parquet: bool) -> None:
    publish_rows(tmp_path, SAFE, parquet=parquet)
    report = audit_site(tmp_path)
    assert report.findings == ()
    (one,) = report.datasets
    assert (one.mode, one.rows, one.groups) == ("records", 48, 4)


@pytest.mark.parametrize("parquet", [True, False])
def test_a_group_that_is_too_small(tmp_path: Path, parquet: bool) -> None:
    rows: list[Row] = [*SAFE, ("WHITE", "BRONX", "release"), ("WHITE", "BRONX", "arrest")]
    publish_rows(tmp_path, rows, parquet=parquet)
    ((rule, text),) = found(tmp_path)
    assert rule == "audit-group-small"
    assert text == (
        "1 combinations of race, city are held by fewer than 11 rows, 2 rows together; one of "
        "them: race WHITE, city BRONX, in 2"
    )


def test_suppressed_values_are_a_group_of_their_own(tmp_path: Path) -> None:
    publish_rows(tmp_path, [*SAFE, ("ASIAN", None, "release"), ("ASIAN", None, "arrest")])
    assert [rule for rule, _ in found(tmp_path)] == ["audit-group-small"]


def test_a_group_with_one_sensitive_value(tmp_path: Path) -> None:
    rows: list[Row] = [*SAFE, *[("WHITE", "BRONX", "arrest")] * 12]
    rows += [("WHITE", "BRONX", None)] * 2
    publish_rows(tmp_path, rows)
    ((rule, text),) = found(tmp_path)
    assert rule == "audit-group-alike"
    assert text.endswith("one of them: race WHITE, city BRONX, with 1")
    (tmp_path / "three").mkdir()
    publish_rows(tmp_path / "three", SAFE, sensitive=[{"field": "outcome", "diversity": 3}])
    assert [rule for rule, _ in found(tmp_path / "three")] == ["audit-group-alike"]


@pytest.mark.parametrize(("name", "derived"), [("rows.stops", False), ("codebook.race", True)])
def test_the_first_rows_in_receipts_are_rows(tmp_path: Path, name: str, derived: bool) -> None:
    publish_rows(tmp_path, SAFE, tables=COUNTS, hidden=[*HIDDEN])
    receipt = {"id": f"stops.{name}", "columns": ["race", "city", "beat"]}
    rows = {"receipts": [{**receipt, "rows": [["ASIAN", "BRONX", "15"]]}]}
    (tmp_path / "datasets/stops/receipts.json").write_text(json.dumps(rows))
    assert any(" is 15: 15 stands" in text for _, text in found(tmp_path)) is derived


def test_a_key_that_is_not_published(tmp_path: Path) -> None:
    publish_rows(tmp_path, SAFE, keys=["race", "age"])
    ((rule, text),) = found(tmp_path)
    assert rule == "audit-unreadable"
    assert text == "datasets/stops/downloads/stops.parquet has no column 'age'"


BLANKS: list[Row] = [*SAFE, *[("ASIAN", None, "arrest")] * 6, *[("ASIAN", None, "release")] * 6]
TRUE: dict[Cell, int] = {
    ("ASIAN", "BRONX"): 15, ("ASIAN", "KINGS"): 21, ("BLACK", "BRONX"): 12, ("BLACK", "KINGS"): 12,
}  # fmt: skip


def test_a_table_minus_the_rows(tmp_path: Path) -> None:
    publish_rows(tmp_path, BLANKS, tables=TRUE)
    ((rule, text),) = found(tmp_path)
    assert rule == "audit-rows-and-tables"
    assert "is 15 in the table, 12 rows show it, so that 3 rows that hide it" in text or (
        "is 21 in the table, 12 rows show it, so that 9 rows that hide it" in text
    )


def test_rows_without_blanks_agree_with_their_tables(tmp_path: Path) -> None:
    counts: dict[Cell, int] = dict.fromkeys(TRUE, 12)
    publish_rows(tmp_path, SAFE, tables=counts)
    assert found(tmp_path) == []


def test_a_hidden_cell_that_the_rows_show(tmp_path: Path) -> None:
    """Every row of the cell is published, and no row that hides something can belong to it."""
    rows: list[Row] = [
        *SAFE,
        *[("WHITE", "BRONX", "arrest")] * 4,
        *[("WHITE", "KINGS", "arrest")] * 40,
    ]
    tables: dict[Cell, int] = {
        **dict.fromkeys(TRUE, 12),
        ("WHITE", "BRONX"): 4,
        ("WHITE", "KINGS"): 40,
    }
    hidden: list[Cell] = [(r, c) for r in ("WHITE", "BLACK") for c in ("BRONX", "KINGS")]
    publish_rows(tmp_path, rows, tables=tables, hidden=hidden, keys=["race"])
    told = [text for rule, text in found(tmp_path) if rule == "audit-cell-derivable"]
    assert any(text.startswith("city BRONX, race WHITE is 4: ") for text in told)


def test_rows_of_which_each_release_suppresses_another_value(tmp_path: Path) -> None:
    """A row is found again by its outcome: one release shows its race, the other its city."""
    told = [(race, city, f"case {n}") for n, (race, city, _) in enumerate(SAFE)]
    here: list[Row] = [
        (None if n < 12 else race, city, case) for n, (race, city, case) in enumerate(told)
    ]
    there: list[Row] = [
        (race, None if n < 3 else city, case) for n, (race, city, case) in enumerate(told)
    ]
    for rows, folder in ((here, "releases/2026-01-01"), (there, "")):
        publish_rows(tmp_path / "one", rows, sensitive=[])
        one = tmp_path / "one" / "datasets" / "stops"
        target = tmp_path / "site" / "datasets" / "stops" / folder
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(one, target, dirs_exist_ok=True)
        shutil.rmtree(one)
    found = [one.found for one in audit_site(tmp_path / "site").findings if "both" in one.expected]
    (only,) = found
    assert only.endswith("one of them: city BRONX, race ASIAN")
