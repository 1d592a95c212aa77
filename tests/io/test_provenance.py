"""Where a build comes from: git's notes read as text, the date, the tools."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from plainrecord.core.errors import UsageError
from plainrecord.io.provenance import list_tools, read_commit, read_source_date


def git(folder: Path, *arguments: str) -> str:
    settings = [
        "-c",
        "user.name=T",
        "-c",
        "user.email=t@desk.example",
        "-c",
        "init.defaultBranch=main",
    ]
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_commit_is_found_as_git_finds_it(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q")
    assert read_commit(root, {}) == ""
    git(root, "commit", "-q", "--allow-empty", "-m", "one")
    head = git(root, "rev-parse", "HEAD")
    (root / "portal").mkdir()
    assert read_commit(root / "portal", {"GITHUB_SHA": "0" * 40}) == head
    git(root, "pack-refs", "--all")
    assert read_commit(root, {}) == head
    git(root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "two")
    assert read_commit(tmp_path / "tree", {}) == git(tmp_path / "tree", "rev-parse", "HEAD") != head
    git(root, "checkout", "-q", "--detach")
    assert read_commit(root, {}) == head


@pytest.mark.parametrize("head", ["", "ref: ../../../etc/passwd", "ref: refs/../x", "zz", "\x00"])
def test_a_strange_head_gives_no_commit(tmp_path: Path, head: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(head)
    assert read_commit(tmp_path, {}) == ""


def test_without_a_repository_the_workflow_says_it(tmp_path: Path) -> None:
    assert read_commit(tmp_path, {"GITHUB_SHA": "AB" * 20}) == "ab" * 20
    assert read_commit(tmp_path, {"GITHUB_SHA": "main"}) == ""


def test_the_source_date() -> None:
    assert read_source_date({}) == ""
    assert read_source_date({"SOURCE_DATE_EPOCH": "0"}) == "1970-01-01T00:00:00Z"
    for wrong in ("yesterday", "1" * 40):
        with pytest.raises(UsageError):
            read_source_date({"SOURCE_DATE_EPOCH": wrong})


def test_tools_have_versions() -> None:
    assert all(list_tools().values())
