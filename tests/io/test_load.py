"""Loading a portal: hostile folders and documents end in findings."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.core.yaml_json import parse_document
from plainrecord.io import load
from plainrecord.model.packages import SourceFile


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def rules(root: Path) -> set[str]:
    with pytest.raises(Blocked) as caught:
        load.load_portal(root)
    return {finding.rule for finding in caught.value.findings}


def test_a_folder_without_settings_is_no_portal(tmp_path: Path) -> None:
    assert rules(tmp_path) == {"portal-missing"}


def test_all_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    write(tmp_path, **{"site/portal.yaml": "title: [", "data/a/datapackage.yaml": "a: 1\na: 2\n",
                       "data/b/datapackage.json": "{", "data/c/readme.txt": ""})  # fmt: skip
    (tmp_path / "data/d").mkdir()
    (tmp_path / "data/d/datapackage.yaml").write_bytes(b"title: caf\xe9\n")
    with pytest.raises(Blocked) as caught:
        load.load_portal(tmp_path)
    places = {(f.rule, f.file) for f in caught.value.findings}
    assert places == {
        ("yaml-invalid", "site/portal.yaml"),
        ("yaml-invalid", "data/a/datapackage.yaml"),
        ("yaml-invalid", "data/b/datapackage.json"),
        ("file-missing", "data/c"),
        ("encoding-invalid", "data/d/datapackage.yaml"),
    }


def test_a_link_out_of_the_portal_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, **{"datapackage.yaml": "name: x\n"})
    root = write(tmp_path / "portal", **{"site/portal.yaml": "title: x\n"})
    (root / "data").mkdir()
    (root / "data" / "x").symlink_to(outside)
    assert rules(root) == {"path-unsafe"}


def test_dates_and_words_stay_text() -> None:
    document = parse_document("a: 2026-10-01\nb: no\nc: true\nd: 1\n")
    assert document == {"a": "2026-10-01", "b": "no", "c": True, "d": 1}


def test_yaml_bombs_are_refused() -> None:
    bomb = "a: &a [x]\nb: [" + ", ".join(["*a"] * 200) + "]\n"
    with pytest.raises(ValueError, match="200 aliases"):
        parse_document(bomb)


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system [x]", "[" * 5000, "a: b: c"])
def test_hostile_yaml_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_document(text)


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (SourceFile("../secret.csv"), "path-unsafe"),
        (SourceFile("link.csv"), "path-unsafe"),
        (SourceFile("none.csv"), "file-missing"),
        (SourceFile("circle.csv"), "file-missing"),
        (SourceFile("t.csv", hash="SHA256:" + "0" * 64), "hash-mismatch"),
        (SourceFile("t.csv", sha256="0" * 64), "hash-mismatch"),
        (SourceFile("t.csv", hash="0" * 32), "hash-mismatch"),
        (SourceFile("t.csv", hash="sha1:" + "0" * 40), "hash-mismatch"),
        (SourceFile("t.csv", hash="quark:00"), "value-invalid"),
        (SourceFile("t.csv", bytes=1), "bytes-mismatch"),
    ],
)
def test_files_out_of_place_or_changed(tmp_path: Path, source: SourceFile, rule: str) -> None:
    folder = tmp_path / "data" / "a"
    write(folder, **{"t.csv": "a\n1\n"})
    write(tmp_path, **{"secret.csv": "a\n1\n"})
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "circle.csv").symlink_to("circle.csv")
    _, findings = load.locate_files(tmp_path, folder, [source])
    assert [finding.rule for finding in findings] == [rule]


def test_the_name_of_an_algorithm_may_be_written_in_other_ways(tmp_path: Path) -> None:
    write(tmp_path, **{"t.csv": "a\n1\n"})
    digest = hashlib.sha256(b"a\n1\n").hexdigest()
    for name in ("SHA256", "sha-256", "Sha256"):
        source = SourceFile("t.csv", hash=f"{name}:{digest.upper()}")
        assert load.locate_files(tmp_path, tmp_path, [source])[1] == ()


def test_a_file_that_the_system_refuses_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, **{"t.csv": "a\n1\n"})

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    located, (finding,) = load.locate_files(tmp_path, tmp_path, [SourceFile("t.csv")])
    assert (located, finding.rule, finding.found) == ((), "file-unreadable", "Permission denied")


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"b": [{"a": 1, "c": 2, "a": 1}]}'])
def test_a_key_of_json_occurs_once(text: str) -> None:
    with pytest.raises(ValueError, match="'a' occurs twice"):
        parse_document(text, json_only=True)


def test_a_wrong_hash_names_both(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    write(folder, **{"t.csv": "a\n1\n"})
    _, (finding,) = load.locate_files(tmp_path, folder, [SourceFile("t.csv", sha256="0" * 64)])
    assert "0" * 64 in finding.expected
    assert len(finding.found.split()[-1]) == 64


def test_a_folder_is_read_and_never_left(tmp_path: Path) -> None:
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "a.yaml").write_text("a")
    (tmp_path / "suite" / ".hidden").write_text("b")
    (tmp_path / "suite" / "out").symlink_to("/etc")
    assert load.load_folder(tmp_path, "suite") == ({"a.yaml": b"a"}, ())
    for folder, rule in (("../x", "path-unsafe"), ("/etc", "path-unsafe"), ("no", "file-missing"),
                         ("suite/out", "path-unsafe")):  # fmt: skip
        files, findings = load.load_folder(tmp_path, folder)
        assert (files, [f.rule for f in findings]) == ({}, [rule])


@pytest.mark.parametrize(
    "text",
    [
        *("- " * 100_000, "? " * 100_000, "[" * 100_000, "{a: " * 100_000, "- ? " * 50_000),
        "".join(" " * n + "a:\n" for n in range(2000)),
    ],
    ids=["list", "key", "flow", "mapping", "mixed", "indented"],
)
def test_a_document_nested_without_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):  # in the words of the installed PyYAML
        parse_document(text)
