"""Recognise by its first bytes a file that is no readable table."""

import codecs
import re
import zipfile
from pathlib import Path
from typing import IO

from plainrecord.readers.batches import READ_ERRORS, Unreadable, source_error

HEAD_BYTES = 4096
MOST_DIRECTORY = 20_000_000
"""Bytes of an old Office file that are searched for its directory."""

TABLES = "a table as CSV, TSV, XLSX, JSON or Parquet"
_EXPORT = f"{TABLES}: save or export it as one of these"
_UNPACK = f"{TABLES}, plain or packed as gzip, bzip2, xz, zst or zip: unpack the file"
_XLS = "`format: xls`, and a name that ends with .xls"
_ODS = "`format: ods`, and a name that ends with .ods"
_PICTURE = f"{TABLES}: a picture of a table cannot be read"

SQLITE = b"SQLite format 3\x00"
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"{\\rtf", "an RTF document", _EXPORT),
    (b"%!PS", "a PostScript document", _EXPORT),
    (b"\x89PNG\r\n", "a PNG picture", _PICTURE),
    (b"\xff\xd8\xff", "a JPEG picture", _PICTURE),
    (b"GIF87a", "a GIF picture", _PICTURE),
    (b"GIF89a", "a GIF picture", _PICTURE),
    (b"II*\x00", "a TIFF picture", _PICTURE),
    (b"MM\x00*", "a TIFF picture", _PICTURE),
    (SQLITE, "an SQLite database", "`format: sqlite`, and a name that ends with .sqlite"),
    (b"\x00\x01\x00\x00Standard ", "an Access database", _EXPORT),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"\x04\x22\x4d\x18", "packed with LZ4", _UNPACK),
    (b"\x1f\x9d", "packed with compress (.Z)", _UNPACK),
    (b"ARROW1\x00\x00", "an Arrow (Feather) file", _EXPORT),
    (b"Obj\x01", "an Avro file", _EXPORT),
    (b"$FL2@(#)", "an SPSS file", _EXPORT),
    (b"<stata_dta>", "a Stata file", _EXPORT),
    (b"version https://git-lfs.", "a pointer of Git LFS", "the file itself: run `git lfs pull`"),
    (b"\x7fELF", "a program", _EXPORT),
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = (
    ("EncryptedPackage", "an encrypted workbook or document", "one saved without a password"),
    ("Workbook", "an old Excel workbook (.xls)", _XLS),
    ("Book", "an old Excel workbook (.xls)", _XLS),
    ("WordDocument", "an old Word document (.doc)", _EXPORT),
)
_XLSB = "`format: xlsb`, and a name that ends with .xlsb"
_MEMBERS = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", _XLSB),
    ("word/document.xml", "a Word document (.docx)", _EXPORT),
    ("ppt/presentation.xml", "a PowerPoint document (.pptx)", _EXPORT),
)
_OPEN_DOCUMENTS = {
    "application/vnd.oasis.opendocument.spreadsheet": "an OpenDocument spreadsheet (.ods)",
    "application/vnd.oasis.opendocument.text": "an OpenDocument text (.odt)",
}
_JSON = re.compile(rb'(\[\s*)?\{\s*"[^"]*"\s*:')
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body")


def refuse_other_kinds(stream: IO[bytes], kind: str, encoding: str) -> None:
    """Raise Unreadable where bytes, packed or not, are no table of the format `kind`."""
    head = stream.read(HEAD_BYTES)
    for beginning, what, expected in _BEGINNINGS:
        if head.startswith(beginning):
            raise _other(what, expected)
    if head[257:262] == b"ustar":
        raise _other("a tar archive", _UNPACK)
    if head.startswith(OLD_OFFICE):
        directory = head + stream.read(MOST_DIRECTORY)
        for name, what, expected in _STREAMS:
            if name.encode("utf-16-le") in directory:
                raise _other(what, expected)
        raise _other("an old Office file", _EXPORT)
    if kind not in {"xlsx", "parquet"} and head.startswith(b"PAR1"):
        raise _other("a Parquet file", "`format: parquet`, and a name that ends with .parquet")
    if kind == "parquet" and not head.startswith(b"PAR1"):
        raise _other(_guess(head, encoding), "a Parquet file, or the format that it has")
    if kind == "xlsx" and not head.startswith(b"PK"):
        raise _other(_guess(head, encoding), "a workbook (.xlsx), or the format that it has")
    if kind not in {"xlsx", "parquet"}:
        _refuse_text(head, encoding, kind)


def refuse_documents(path: Path, kind: str) -> None:
    """Unreadable where the zip at `path` is an Office document, and not the expected workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            declared = ""
            if "mimetype" in names and archive.getinfo("mimetype").file_size < HEAD_BYTES:
                declared = archive.read("mimetype").decode("ascii", errors="replace").strip()
    except (*READ_ERRORS, RuntimeError, NotImplementedError):
        return  # reported where the file is read
    if declared.startswith("application/vnd.oasis.opendocument"):
        what = _OPEN_DOCUMENTS.get(declared, "an OpenDocument file")
        raise _other(what, _ODS if what.endswith("(.ods)") else _EXPORT)
    for name, what, expected in _MEMBERS:
        if name in names:
            raise _other(what, expected)
    workbook = "[Content_Types].xml" in names and any(n.startswith("xl/") for n in names)
    if workbook and kind != "xlsx":
        raise _other("a workbook (.xlsx)", "`format: xlsx`, and a name that ends with .xlsx")
    if kind == "xlsx" and "[Content_Types].xml" not in names:
        content = f"a zip with {min(names)} in it" if names else "an empty zip"
        raise _other(content, "a workbook (.xlsx), or the table in the zip as its `format` says")


def _refuse_text(head: bytes, encoding: str, kind: str) -> None:
    """Unreadable where text is HTML, or has another encoding than the one declared."""
    guess = _guess(head, encoding)
    if guess.startswith("an HTML"):
        more = "the table itself: the page may say why it was sent in its place"
        raise _other(guess, more)
    if guess.startswith("XML"):
        raise _other(guess, _EXPORT)
    if guess == "JSON" and kind not in {"json", "ndjson", "jsonl"}:
        raise _other(guess, "`format: json` and a name that ends with .json, or a table as CSV")
    if guess.startswith("text in UTF"):
        name = guess.removeprefix("text in ").lower()
        expected = f"text in {encoding or 'utf-8'}; else declare `encoding: {name}`"
        raise Unreadable("encoding-invalid", f"the file is {guess}", expected)


def _guess(head: bytes, encoding: str) -> str:
    """What text is, for a message."""
    plain = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if plain.startswith(_MARKUP) or (plain.startswith((b"<?xml", b"<!--")) and b"<html" in plain):
        return "an HTML page"
    if plain.startswith(b"<?xml"):
        return "XML"
    if _JSON.match(plain):
        return "JSON"
    declared = (encoding or "utf-8").lower().replace("_", "-")
    if not declared.startswith(("utf-16", "utf-32", "utf16", "utf32", "u16", "u32")):
        if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            return "text in UTF-32"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "text in UTF-16"
        few = head[:64]
        for name, zeros, letters in (("LE", few[1::2], few[::2]), ("BE", few[::2], few[1::2])):
            if len(few) >= 8 and not any(zeros) and all(letters):
                return f"text in UTF-16-{name}"
    return "empty" if not head else "text or something else"


def _other(what: str, expected: str) -> Unreadable:
    return source_error(f"the file is {what}", expected)
