"""The tutorial works: its commands run in order, and they print what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.md"
PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
ADDRESS = "https://github.com/OWNER/town-stops.git"
ELSEWHERE = ("python -m venv", "pip install")
"""Commands that a reader runs once; the tests run in an environment that has the program."""


class Block(NamedTuple):
    """A fenced block: its language, what follows the language, and its text."""

    language: str
    info: str
    text: str


def fenced(path: Path) -> list[Block]:
    found = re.findall(
        r"^```(\w+) ?([^\n]*)\n(.*?)^```$",
        path.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    return [Block(*parts) for parts in found]


def fits(shown: str, printed: str) -> bool:
    """Whether `printed` is what `shown` says; `...` stands for anything, blanks do not matter."""
    parts = [re.escape(" ".join(part.split())) for part in shown.split("...")]
    return re.search(".*".join(parts), " ".join(printed.split())) is not None


def apply_change(file: Path, change: str) -> None:
    """Replace the lines of `change` without a plus by those without a minus."""
    lines = change.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if not line.startswith("+"))
    new = "".join(line[1:] for line in lines if not line.startswith("-"))
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file.name} does not hold once:\n{old}"
    file.write_text(text.replace(old, new), encoding="utf-8")


class Shell:
    """A shell that keeps its folder and its variables from one block to the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept = folder.parent / "variables"
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "A reader",
            "GIT_AUTHOR_EMAIL": "reader@town.example",
            "GIT_COMMITTER_NAME": "A reader",
            "GIT_COMMITTER_EMAIL": "reader@town.example",
        }

    def run(self, script: str) -> str:
        """What `script` prints; it stops at the first command that fails."""
        before = f". {self.kept}\n" if self.kept.exists() else ""
        after = f"\nexport -p > {self.kept}\npwd > {self.kept}.folder\n"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", before + script + after],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}"
        self.folder = Path(Path(f"{self.kept}.folder").read_text(encoding="utf-8").strip())
        return done.stdout

    def look(self, command: str) -> str:
        """What the preview server prints until it serves, after a reader opened its address."""
        with subprocess.Popen(
            [*command.split(), "--port", "0"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as server:
            try:
                assert server.stdout is not None
                printed = ""
                for line in server.stdout:
                    printed += line
                    address = re.match(r"http://127\.0\.0\.1:\d+/", line)
                    if address:
                        with urllib.request.urlopen(address[0] + "datasets/stops/") as answer:  # noqa: S310
                            assert "Stops by month" in answer.read().decode()
                        return re.sub(r"(?<=127\.0\.0\.1:)\d+", "8000", printed)
            finally:
                server.terminate()
        raise AssertionError(f"{command} served nothing: {printed}")


def follow(page: Path, shell: Shell, hosted: Path) -> None:
    """Do what `page` says, in `shell`; `hosted` stands for the repository on GitHub."""
    printed = ""
    for block in fenced(page):
        if block.language == "yaml":  # a file of another repository, to read only
            continue
        if block.language == "diff":
            apply_change(shell.folder / block.info, block.text)
        elif block.language == "text":
            assert fits(block.text, printed), f"it says:\n{block.text}\nit printed:\n{printed}"
        elif block.text.startswith("plainrecord serve"):
            printed = shell.look(block.text)
        else:
            lines = block.text.splitlines(keepends=True)
            script = "".join(line for line in lines if not line.startswith(ELSEWHERE))
            printed = shell.run(script.replace(ADDRESS, str(hosted)))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the tutorial was done: the portal, and its repository `hosted.git`."""
    folder = tmp_path_factory.mktemp("tutorial")
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder / "hosted.git")], check=True)
    (folder / "work").mkdir()
    follow(TUTORIAL, Shell(folder / "work"), folder / "hosted.git")
    return folder


def test_the_tutorial_works_as_it_is_written(written: Path) -> None:
    assert {block.language for block in fenced(TUTORIAL)} == {"sh", "text", "diff"}
    assert count_commits(written / "hosted.git") == 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_of_the_how_to_works_on_the_portal_of_the_tutorial(
    page: Path, written: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(written, folder)
    shell, hosted = Shell(folder / "work" / "town-stops"), folder / "hosted.git"
    shell.run(f"git remote set-url origin {hosted}\nexport PLAINRECORD='plainrecord==1.0'")
    follow(page, shell, hosted)
    assert fenced(page)


def count_commits(repository: Path) -> int:
    listed = subprocess.run(
        ["git", "-C", str(repository), "rev-list", "--count", "main"],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(listed.stdout)


def test_what_is_printed_otherwise_is_seen() -> None:
    assert fits("a\n...\nd", "a b\nc d")
    assert not fits("a\n...\ne", "a b\nc d")
    assert not fits("1 warning,", "0 warnings,")
