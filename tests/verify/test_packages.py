"""Data packages: zips that are broken, or that hold other files than those beside them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from plainrecord.findings.finding import Finding
from plainrecord.model.products import ListedFile
from plainrecord.verify.packages import compare_zip, find_undescribed
from tests.tampering import digest

ROWS = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(500))


def package(folder: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    (folder / "rows.csv").write_bytes(ROWS)
    with zipfile.ZipFile(folder / "all.zip", "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return folder / "all.zip"


def compared(zipped: Path) -> tuple[Finding, ...]:
    csv = zipped.with_name("rows.csv")
    files = {
        "d/rows.csv": ListedFile("d/rows.csv", csv.stat().st_size, digest(csv)),
        "d/all.zip": ListedFile("d/all.zip", zipped.stat().st_size, digest(zipped)),
    }
    return tuple(compare_zip("d/all.zip", zipped, files))


def test_the_files_beside_a_zip_and_its_readme_are_in_it(tmp_path: Path) -> None:
    assert compared(package(tmp_path, {"README.txt": b"Words.", "rows.csv": ROWS})) == ()


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"README.txt": b""}, ["rows.csv is not in the zip"]),
        ({"Rows.csv": b"a,b\n"}, ["Rows.csv is in the zip alone", "rows.csv is not in the zip"]),
        ({"rows.csv": ROWS, "x/rows.csv": b"a\n"}, ["x/rows.csv is in the zip alone"]),
        ({"rows.csv": ROWS + b"1,1\n"}, ["rows.csv in the zip is another file"]),
    ],
)
def test_another_file_in_a_zip_is_named(
    tmp_path: Path, members: dict[str, bytes], said: list[str]
) -> None:
    assert [finding.found for finding in compared(package(tmp_path, members))] == said


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_with_broken_bytes_is_reported(tmp_path: Path, method: int) -> None:
    zipped = package(tmp_path, {"rows.csv": ROWS}, method)
    content = bytearray(zipped.read_bytes())
    start = content.index(b"rows.csv") + len(b"rows.csv") + 12
    content[start : start + 40] = bytes(byte ^ 255 for byte in content[start : start + 40])
    zipped.write_bytes(content)
    findings = compared(zipped)
    assert [finding.rule for finding in findings] == ["package-differs"]
    assert "not a zip that can be read" in findings[0].found


def test_a_table_that_no_descriptor_names_is_reported() -> None:
    paths = ("d/rows.csv", "d/rows.parquet", "d/alone.parquet", "e/rows.xlsx", "e/rows.parquet")
    files = {path: ListedFile(path, 1, "0" * 64) for path in paths}
    told = tuple(find_undescribed(files, {"e/rows.parquet"}))
    assert [finding.file for finding in told] == ["d/rows.parquet"]
