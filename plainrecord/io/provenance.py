"""Where a build comes from: commit (Git's files read as text), date, versions of its tools."""

import datetime
import platform
import re
import zlib
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from plainrecord import __version__
from plainrecord.core.errors import UsageError
from plainrecord.core.word_lists import split_words

MOST_BYTES = 10_000_000
_TOOLS = split_words(
    "duckdb pyarrow altair vl-convert-python frictionless pandas jinja2 markdown nh3 xlsxwriter"
)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"refs/[A-Za-z0-9_.+@-]+(?:/[A-Za-z0-9_.+@-]+)*")


def read_commit(root: Path, environment: Mapping[str, str]) -> str:
    """The commit that is checked out around `root`, else GITHUB_SHA, else "".

    Git's own layout (gitrepository-layout, gitformat-pack): HEAD names a commit or a ref; a ref is
    a file of its own or a line of packed-refs; in a worktree `.git` is a file that says where.
    """
    for folder in (root.resolve(), *root.resolve().parents):
        git = folder / ".git"
        if git.is_file():
            named = _read(git).removeprefix("gitdir:").strip()
            git = folder / named
        if (git / "HEAD").is_file():
            common = git / (_read(git / "commondir").strip() or ".")
            return _follow(git, common)
    given = environment.get("GITHUB_SHA", "").lower()
    return given if _COMMIT.fullmatch(given) else ""


def _follow(git: Path, common: Path) -> str:
    head = _read(git / "HEAD").strip()
    name = head.removeprefix("ref:").strip()
    if head == name:
        return head if _COMMIT.fullmatch(head) else ""
    if not _REF.fullmatch(name) or ".." in name:
        return ""
    for folder in (git, common):
        content = _read(folder / name).strip()
        if _COMMIT.fullmatch(content):
            return content
    for line in _read(common / "packed-refs").splitlines():
        commit, _, ref = line.partition(" ")
        if ref == name and _COMMIT.fullmatch(commit):
            return commit
    return ""


def _read(path: Path) -> str:
    """The text of a small file; nothing where it cannot be read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return ""
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def read_source_date(environment: Mapping[str, str]) -> str:
    """SOURCE_DATE_EPOCH as a UTC date-time, "" where unset; UsageError for no number."""
    given = environment.get("SOURCE_DATE_EPOCH", "")
    if not given:
        return ""
    try:
        moment = datetime.datetime.fromtimestamp(int(given), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH is {given!r}, not a number of seconds") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def list_tools() -> Mapping[str, str]:
    """The versions of what makes the bytes: this program, Python, zlib, and the libraries."""
    versions = {
        "plainrecord": __version__,
        "python": platform.python_version(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }
    return versions | {name: metadata.version(name) for name in _TOOLS}
