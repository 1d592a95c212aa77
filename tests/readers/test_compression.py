"""Packed files: read like plain ones, within bounds, and never a traceback."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import frictionless
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.core import strict_json
from plainrecord.findings.finding import Finding
from plainrecord.pipeline.check import check_paths

TEXT = b"a,b\n1,x\nq,y\n"
SCHEMA = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda content: zipped({"t.csv": content}),
}


def lay_out(folder: Path, name: str, content: bytes, **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    resource = {"name": "t", "path": name, "schema": SCHEMA, **more}
    descriptor = folder / "datapackage.json"
    descriptor.write_text(json.dumps({"resources": [resource]}))
    return descriptor


def findings(folder: Path, name: str, content: bytes, **more: Any) -> list[Finding]:
    [subject] = check_paths([lay_out(folder, name, content, **more)], None, lambda _: None)
    return list(subject.findings)


def told(found: list[Finding]) -> list[tuple[str, int | None, str]]:
    return [(f.rule, f.row, f.field) for f in found]


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("declared", [True, False])
def test_a_packed_file_is_read_as_frictionless_reads_it(
    tmp_path: Path, kind: str, declared: bool
) -> None:
    content = PACKERS[kind](TEXT)
    name, more = ("t.csv", {"compression": kind}) if declared else (f"t.csv.{kind}", {})
    more["bytes"] = len(content)  # type: ignore[assignment]
    assert told(findings(tmp_path, name, content, **more)) == [("type-error", 3, "a")]
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.flatten(["type", "rowNumber"]) == [["type-error", 3]]


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_file_that_is_not_what_it_should_be(tmp_path: Path, kind: str) -> None:
    content = PACKERS[kind](TEXT * 100)
    for place, bad in (
        ("cut", content[:-9]),
        ("short", content[:20]),
        ("flipped", content[:30] + bytes([content[30] ^ 255]) + content[31:]),
        ("empty", b""),
        ("plain", TEXT),
    ):
        found = findings(tmp_path / place, f"t.csv.{kind}", bad, compression=kind)
        assert [f for f in found if f.blocks], place
        if place in ("empty", "plain"):
            assert f"not packed as {kind}" in found[0].found


def test_a_compression_that_nobody_knows(tmp_path: Path) -> None:
    [finding] = findings(tmp_path, "t.csv", TEXT, compression="rar")
    assert (finding.rule, finding.expected) == ("source-error", "one of gz, bz2, xz, zst, zip")


def test_the_file_of_a_zip_is_named_or_the_first(tmp_path: Path) -> None:
    content = zipped({"good.csv": b"a,b\n1,x\n", "notes/": b"", "notes/bad.csv": TEXT})
    first, named, none = (tmp_path / name for name in ("first", "named", "none"))
    assert told(findings(first, "t.csv.zip", content)) == [("archive-rest", None, "")]
    assert told(findings(named, "t.zip", content, innerpath="notes/bad.csv")) == [
        ("type-error", 3, "a")
    ]
    [missing] = findings(none, "t.zip", content, innerpath="../etc/passwd.csv")
    assert missing.rule == "source-error"
    assert "good.csv, notes/bad.csv" in missing.expected


def test_the_inner_file_says_the_format(tmp_path: Path) -> None:
    content = zipped({"t.tsv": b"a\tb\nq\tx\n"})
    found = findings(tmp_path, "t.zip", content, innerpath="t.tsv")
    assert told(found) == [("type-error", 2, "a")]
    lines = zipped({"t.json": b'[{"a": 1, "b": "x"}, {"a": "q", "b": "y"}]'})
    assert told(findings(tmp_path, "t.json.zip", lines)) == [("type-error", 3, "a")]


def test_a_name_that_climbs_leads_nowhere(tmp_path: Path) -> None:
    inside = tmp_path / "package"
    assert told(findings(inside, "t.csv.zip", zipped({"../../t.csv": TEXT}))) == [
        ("type-error", 3, "a")
    ]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "datapackage.json",
        "t.csv.zip",
    ]


def set_flag(content: bytes, flag: int) -> bytes:
    """The zip with a flag set for every file, in its own header and in the directory."""
    changed = bytearray(content)
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(sign)
        changed[place + at] |= flag
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped({}), "contains no file"),
        (zipped({"t.csv": zipped({"t.csv": TEXT})}), "packed once more"),
        (zipped({"t.csv": gzip.compress(TEXT)}), "packed once more"),
        (set_flag(zipped({"t.csv": TEXT}), 1), "encrypted"),
        (b"PK\x03\x04 and then nothing", "archive cannot be read"),
    ],
)
def test_a_zip_that_is_no_table_is_refused_in_words(
    tmp_path: Path, content: bytes, words: str
) -> None:
    [finding] = findings(tmp_path, "t.csv.zip", content)
    assert finding.rule == "source-error"
    assert words in finding.found


@pytest.mark.parametrize("kind", PACKERS)
def test_a_bomb_is_bounded(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_json, "FREE_BYTES", 10_000)
    monkeypatch.setattr(strict_json, "MOST_RATIO", 10)
    content = PACKERS[kind](b"a,b\n" + b"1,x\n" * 2_000_000)
    [finding] = findings(tmp_path, f"t.csv.{kind}", content)
    assert "unpacks to more than" in finding.found


def test_a_size_that_lies_is_found(tmp_path: Path) -> None:
    content = bytearray(zipped({"t.csv": TEXT * 1000}, zipfile.ZIP_STORED))
    place = content.find(b"PK\x01\x02")
    content[place + 24 : place + 28] = (50).to_bytes(4, "little")
    found = findings(tmp_path, "t.csv.zip", bytes(content))
    assert [f.rule for f in found if f.blocks]


@given(st.data(), st.sampled_from(sorted(PACKERS)))
@settings(max_examples=40, deadline=None)
def test_no_bytes_of_a_packed_file_break_the_check(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
) -> None:
    content = bytearray(PACKERS[kind](TEXT * 3))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)))
    found = findings(tmp_path_factory.mktemp("x"), f"t.csv.{kind}", bytes(content[:end]))
    assert found
