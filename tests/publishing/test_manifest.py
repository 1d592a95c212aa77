"""The manifest and the sums: written and read, and hostile ones refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.core.strict_json import parse_json, serialise_json
from plainrecord.model.products import ListedFile
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing.manifest import (
    Inputs,
    describe_manifest,
    parse_manifest,
    parse_sums,
    write_sums,
)
from tests.portals import write_portal

FILES = [ListedFile("b/ü.txt", 3, "ab" * 32), ListedFile("a.html", 0, "cd" * 32)]
INPUTS = Inputs(
    "12" * 20, "", "https://desk.example", "en", {"plainrecord": "1"}, {"d": (FILES[0],)}
)


def document(**changes: Any) -> bytes:
    made = describe_manifest(FILES, INPUTS, {"d": {"2026-01-01": "ef" * 32}})
    return serialise_json({**made, **changes})


def test_a_manifest_is_read_as_it_was_written() -> None:
    read = parse_manifest(document())
    assert read.problems == ()
    assert list(read.files.values()) == sorted(FILES, key=lambda file: file.path)
    assert read.releases == {"d": {"2026-01-01": "ef" * 32}}
    assert read.tools == {"plainrecord": "1"}
    assert parse_sums(write_sums(FILES)) == ({f.path: f.sha256 for f in FILES}, ())


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "/etc/passwd", "a/../../x", "a\\b", "C:/x", "~/x", "a//b", "", "x\n"),
        *(".git/config", "manifest.json", "SHA256SUMS", "a/%2e%2e/b"),
    ],
)
def test_a_path_that_leaves_the_site_is_reported(path: str) -> None:
    read = parse_manifest(document(files=[{"path": path, "bytes": 1, "sha256": "ab" * 32}]))
    assert read.files == {}
    assert "not safe" in read.problems[0]


@pytest.mark.parametrize(
    "files",
    [
        *(None, {}, [1], [{"path": "a"}], [{"path": "a", "bytes": -1, "sha256": "ab" * 32}]),
        *([{"path": "a", "bytes": True, "sha256": "ab" * 32}],),
        *([{"path": "a", "bytes": 1, "sha256": "AB" * 32}],),
        *([{"path": "a", "bytes": 1, "sha256": "ab" * 32}] * 2,),
    ],
)
def test_a_malformed_manifest_is_reported(files: object) -> None:
    assert parse_manifest(document(files=files)).problems


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b'{"files": [], "files": []}', b'{"files": NaN}', b"[" * 100_000],
)
def test_what_is_no_document_is_reported(content: bytes) -> None:
    assert parse_manifest(content).problems


@pytest.mark.parametrize("text", ["x", "ab  c\n", f"{'ab' * 32} c\n", f"{'ab' * 32}  c\n" * 2])
def test_malformed_sums_are_reported(text: str) -> None:
    assert parse_sums(text.encode())[1]


@given(st.binary(max_size=200))
def test_nothing_makes_the_readers_fall(content: bytes) -> None:
    parse_manifest(content)
    parse_sums(content)


def test_a_site_lists_all_its_files_and_coreutils_agrees(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "p")
    out = root / "_site"
    build_portal(root, out, lambda _: None)
    there = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    listed = parse_manifest((out / "manifest.json").read_bytes())
    assert listed.problems == ()
    assert set(listed.files) == there - {"manifest.json", "SHA256SUMS", ".plainrecord-site"}
    sums, problems = parse_sums((out / "SHA256SUMS").read_bytes())
    assert problems == ()
    assert set(sums) == set(listed.files) | {"manifest.json"}
    inputs = parse_json((out / "manifest.json").read_bytes())
    assert isinstance(inputs, dict)
    assert json.dumps(inputs).count("data/visits/visits.csv") == 1
    assert inputs["receipts"] == ["datasets/visits/receipts.json"]
    program = shutil.which("sha256sum")
    if program:
        done = subprocess.run([program, "-c", "--quiet", "SHA256SUMS"], cwd=out, check=False)
        assert done.returncode == 0
