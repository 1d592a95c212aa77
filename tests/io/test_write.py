"""Writing a site: what was there before survives, and what is not ours is never touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.io import write
from plainrecord.model.products import Output


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_site_replaces_an_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    root = tmp_path / "portal"
    write.write_site([Output("a/index.html", b"1"), Output("old.html", b"1")], out, root)
    source = tmp_path / "big.csv"
    source.write_bytes(b"x")
    write.write_site([Output("a/index.html", b"2"), Output("big.csv", source)], out, root)
    assert names(out) == {write.MARKER, "a/index.html", "big.csv"}
    assert (out / "a/index.html").read_bytes() == b"2"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("._site")] == []


@pytest.mark.parametrize("kind", ["foreign", "file", "link", "root"])
def test_a_folder_that_is_not_ours_is_never_emptied(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "portal"
    root.mkdir()
    out = tmp_path / "out"
    if kind == "foreign":
        out.mkdir()
        (out / "thesis.txt").write_text("years of work")
    elif kind == "file":
        out.write_text("x")
    elif kind == "link":
        out.symlink_to(root)
    else:
        out = tmp_path
    before = names(tmp_path)
    with pytest.raises(Blocked) as caught:
        write.write_site([Output("index.html", b"")], out, root)
    assert caught.value.findings[0].rule == "output-not-ours"
    assert names(tmp_path) == before


def test_a_failure_while_writing_leaves_the_old_site(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    write.write_site([Output("index.html", b"old")], out, tmp_path / "p")
    with pytest.raises(FileNotFoundError):
        write.write_site([Output("index.html", b"new"), Output("x", tmp_path / "gone")], out,
                         tmp_path / "p")  # fmt: skip
    assert (out / "index.html").read_bytes() == b"old"


def test_a_run_stopped_between_its_renames_is_mended(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    write.write_site([Output("index.html", b"old")], out, tmp_path / "p")
    out.rename(tmp_path / "._site.old")
    with pytest.raises(FileNotFoundError):
        write.write_site([Output("x", tmp_path / "gone")], out, tmp_path / "p")
    assert (out / "index.html").read_bytes() == b"old"


def test_sizes_near_and_past_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "FILE_LIMIT", 100)
    monkeypatch.setattr(write, "SITE_LIMIT", 200)
    found = write.check_sizes([Output("a", b"x" * 80), Output("b", b"x" * 81)])
    assert [(f.rule, f.file) for f in found] == [("size-near-limit", "b"), ("size-near-limit", "")]
    found = write.check_sizes([Output("a", b"x" * 101), Output("b", b"x" * 100)])
    assert {(f.rule, f.file) for f in found} == {
        ("size-over-limit", "a"), ("size-near-limit", "b"), ("size-over-limit", ""),
    }  # fmt: skip
