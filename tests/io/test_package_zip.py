"""A zip of a data package is unpacked below our own folder, or refused in words."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from unittest.mock import patch

import pytest

from plainrecord.core import strict_json
from plainrecord.core.errors import UsageError
from plainrecord.io import package_zip
from plainrecord.io.load import DESCRIPTORS
from plainrecord.io.package_zip import unpack_package
from plainrecord.pipeline.check import check_paths, place_findings

DESCRIPTOR = {
    "name": "visits",
    "resources": [
        {
            "name": "visits",
            "path": "data/visits.csv",
            "schema": {"fields": [{"name": "id", "type": "integer"}, {"name": "place"}]},
        }
    ],
}


def make_zip(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("top", ["", "visits/"])
@pytest.mark.parametrize(("rows", "errors"), [("1,a\n", []), ("x,a\n", ["type-error"])])
def test_a_zipped_package_is_checked(
    tmp_path: Path, top: str, rows: str, errors: list[str]
) -> None:
    files: dict[str, str | bytes] = {
        f"{top}datapackage.json": json.dumps(DESCRIPTOR),
        f"{top}data/visits.csv": f"id,place\n{rows}",
    }
    path = make_zip(tmp_path / "visits.zip", files)
    [subject] = check_paths([path], None, lambda _: None)
    assert [finding.rule for finding in subject.findings] == errors
    assert subject.label == str(path)
    assert [check.rows for check in subject.checks] == [1]
    for finding in place_findings([subject]):  # what was unpacked is gone: the zip is there
        assert (finding.file, finding.row) == (path.as_posix(), None)
    for finding in place_findings([subject], lines=False):
        assert (finding.file, finding.row) == (f"{path.as_posix()}/data/visits.csv", 2)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"readme.txt": "no package"}, "contains no data package"),
        ({"a/datapackage.json": "{}", "b/x.csv": "a"}, "contains no data package"),
        ({"datapackage.json": "{}", "../out.csv": "a"}, "has a `..`"),
        ({"datapackage.json": "{}", "/etc/out.csv": "a"}, "it is absolute"),
        ({"datapackage.json": "{}", "a\\..\\b": "a"}, "backslash"),
        ({"datapackage.json": "{}", ".hidden/x": "a"}, "hidden"),
    ],
)
def test_a_zip_that_cannot_be_unpacked_is_refused(
    tmp_path: Path, files: dict[str, str | bytes], said: str
) -> None:
    path = make_zip(tmp_path / "x.zip", files)
    with pytest.raises(UsageError, match=said):
        unpack_package(path, tmp_path / "in" / "here", DESCRIPTORS)
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "in" / "out.csv").exists()


def test_what_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", {"datapackage.json": "{}", "a.csv": b"0" * 100_000})
    with (
        patch.object(strict_json, "FREE_BYTES", 1000),
        patch.object(strict_json, "MOST_RATIO", 2),
        pytest.raises(UsageError, match="unpacks to 100,002 bytes"),
    ):
        unpack_package(path, tmp_path / "here", DESCRIPTORS)
    with patch.object(package_zip, "MOST_FILES", 1), pytest.raises(UsageError, match="2 files"):
        unpack_package(path, tmp_path / "there", DESCRIPTORS)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"PK\x03\x04" + b"\0" * 60])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.zip cannot be unpacked"):
        unpack_package(path, tmp_path / "here", DESCRIPTORS)


def test_a_broken_or_encrypted_file_is_refused(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("a.csv", "id\n" + "7\n" * 50)
    broken = whole.getvalue().replace(b"7\n7\n7", b"8\n8\n8", 1)
    path = tmp_path / "x.zip"
    path.write_bytes(broken)
    with pytest.raises(UsageError, match="cannot be unpacked"):
        unpack_package(path, tmp_path / "here", DESCRIPTORS)
    flagged = bytearray(whole.getvalue())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        flagged[flagged.index(sign) + place] |= 1
    path.write_bytes(bytes(flagged))
    with pytest.raises(UsageError, match="cannot be unpacked"):
        unpack_package(path, tmp_path / "there", DESCRIPTORS)
