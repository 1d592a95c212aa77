"""Values of identifiers are found in every byte, and never printed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plainrecord.audit.canaries import identifying_columns
from plainrecord.audit.site import audit_site
from plainrecord.core.errors import UsageError


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "raw.csv"
    lines = ["name,a_number,outcome,day"]
    lines += [
        f"Émile Person{at:03},A{at + 200_000_000},release,2026-01-0{at % 9 + 1}" for at in range(60)
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def search(site: Path, raw: Path) -> list[tuple[str, str]]:
    found = audit_site(site, raw=raw).findings
    assert not any("Person0" in f.found or "A2000" in f.found for f in found)
    return [(finding.file, finding.field) for finding in found]


def test_nothing_of_other_columns(site: Path, raw: Path) -> None:
    (site / "index.html").write_text("release 2026-01-05, A20000001, Person, xA200000017")
    assert search(site, raw) == []


def test_in_each_kind_of_file(site: Path, raw: Path) -> None:
    (site / "a.html").write_text("<p>x</p><!-- Émile Person007 -->", encoding="utf-8")
    (site / "b.json").write_text(json.dumps({"n": "Émile Person007"}))
    (site / "c.bin").write_bytes(b"\0\0\0" + b"A200000017")
    pq.write_table(
        pa.table({"id": [f"A{at + 200_000_000}" for at in range(40)]}), site / "d.parquet"
    )
    with zipfile.ZipFile(site / "e.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.txt", "see A200000017.")
    book = openpyxl.Workbook()
    book.properties.creator = "A200000017"
    book.save(site / "f.xlsx")
    found = search(site, raw)
    for wanted in (
        ("a.html", "name"), ("b.json", "name"), ("c.bin", "a_number"),
        ("d.parquet: rows", "a_number"), ("e.zip: x.txt", "a_number"),
        ("f.xlsx: docProps/core.xml", "a_number"),
    ):  # fmt: skip
        assert wanted in found


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("name,day\nPerson 1,2026-01-02\n", "utf-16", "cannot be read as CSV in UTF-8"),
        ("name;day\nPerson 1;2026-01-02\n", "utf-8", "no column identifies people"),
        ("", "utf-8", "no column identifies people"),
    ],
)
def test_a_raw_file_with_nothing_to_search_is_refused(
    tmp_path: Path, text: str, encoding: str, said: str
) -> None:
    path = tmp_path / "raw.csv"
    path.write_text(text, encoding=encoding)
    with pytest.raises(UsageError, match=said):
        identifying_columns(path)


def test_a_raw_file_may_have_long_texts(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    path.write_text(f"name,text\nPerson 1,{'x' * 200_000}\n")
    assert list(identifying_columns(path)) == ["name", "text"]
