"""Files that are no table of the declared format are named by their first bytes."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.readers.batches import Unreadable
from plainrecord.readers.open import open_table

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return stream.getvalue()


def workbook() -> bytes:
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.save(stream)
    return stream.getvalue()


def columns() -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.table({"a": [1]}), stream)
    return stream.getvalue()


KINDS = {
    "PDF": b"%PDF-1.7\n1 0 obj",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "JPEG": b"\xff\xd8\xff\xe0",
    "SQLite": b"SQLite format 3\x00" + bytes(90),
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "RAR": b"Rar!\x1a\x07\x00",
    "tar": bytes(257) + b"ustar\x0000",
    ".xls)": OLE + "Workbook".encode("utf-16-le"),
    ".doc)": OLE + "WordDocument".encode("utf-16-le"),
    "encrypted": OLE + "EncryptedPackage".encode("utf-16-le"),
    ".ods": zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml="x"),
    ".docx": zipped(word__document_xml="x", content_xml="x"),
    "(.xlsx)": workbook(),
    "Parquet": columns(),
    "HTML": b"\xef\xbb\xbf \n<!DOCTYPE html><html><body>404, sorry</body></html>",
    "XML": b'<?xml version="1.0"?><rows/>',
    "UTF-16": "a,b\n1,2\n".encode("utf-16"),
    "UTF-16-LE": "a,b\n1,2\n".encode("utf-16-le"),
    "UTF-32": "a,b\n1,2\n".encode("utf-32"),
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
}


def refusal(path: Path, form: str) -> str:
    resource = Resource("t", "t", "", (), form, "utf-8", Dialect(), Schema(()))
    with pytest.raises(Unreadable) as caught:
        open_table(resource, path)
    assert caught.value.finding.expected
    return caught.value.finding.found


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "tsv"])
@pytest.mark.parametrize("what", KINDS)
def test_the_message_says_what_the_file_is(tmp_path: Path, what: str, form: str) -> None:
    path = tmp_path / f"t.{form}"
    path.write_bytes(KINDS[what])
    assert what in refusal(path, form)


@pytest.mark.parametrize(
    "content", [b'{"error": "not found"}', b'[{"a":1}]', b' [\n {"a b":', b'{"a":1}\n{"a":2}\n']
)
def test_json_that_is_called_a_table_of_text(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert refusal(path, "csv") == "the file is JSON"


@pytest.mark.parametrize("what", sorted({*KINDS} - {".ods", ".docx", "(.xlsx)"}))
def test_the_same_in_a_packed_file(tmp_path: Path, what: str) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(KINDS[what]))
    assert what in refusal(path, "csv")


@pytest.mark.parametrize("what", sorted({*KINDS} - {"(.xlsx)"}))
def test_what_is_no_workbook(tmp_path: Path, what: str) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(KINDS[what])
    assert what in refusal(path, "xlsx") or what == "Parquet"


def test_text_that_begins_oddly_is_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for text in ("<5,b\n1,2\n", "OR,b\n1,2\n", "PK,b\n1,2\n", "id,<html>\n1,2\n", "a,b\n\x00,2\n"):
        path.write_text(text)
        resource = Resource("t", "t", "", (), "csv", "utf-8", Dialect(), Schema(()))
        assert open_table(resource, path).labels is not None
