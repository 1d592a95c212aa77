"""Every option of every command: when it has an effect, and that it is refused where it has none."""

from __future__ import annotations

import os
from pathlib import Path

import click
import openpyxl
import pytest
from click.testing import CliRunner

from plainrecord.cli import main
from tests.pipeline import test_protect

ALWAYS = "whatever else is given"

EFFECTS = {
    "audit --raw": ALWAYS,
    "audit --format": ALWAYS,
    "audit --quiet": "with --format text",
    "build --portal": ALWAYS,
    "build --out": ALWAYS,
    "build --base-url": ALWAYS,
    "build --strict": ALWAYS,
    "build --quiet": "without --json",
    "build --json": ALWAYS,
    "check --portal": ALWAYS,
    "check --schema": "with tables alone",
    "check --format": ALWAYS,
    "check --limit-errors": ALWAYS,
    "check --strict": ALWAYS,
    "check --quiet": "with --format text or github",
    "diff --key": "with a name",
    "diff --fields": "with a name",
    "diff --normalise": ALWAYS,
    "diff --format": ALWAYS,
    "diff --limit": "with --format json",
    "diff --sheet": "with a workbook",
    "diff --header-row": "with delimited text or a workbook",
    "diff --delimiter": "with delimited text",
    "diff --encoding": "with text or JSON",
    "diff --dialect": ALWAYS,
    "diff --property": "with JSON",
    "diff --withheld": "with --key",
    "fetch --portal": ALWAYS,
    "fetch --mirror": "where a dataset has a file to fetch",
    "fetch --keep": "where a dataset has a file to fetch",
    "fetch --keep-going": ALWAYS,
    "fetch --quiet": ALWAYS,
    "init --yes": ALWAYS,
    "init --title": "with a text",
    "init --publisher": "with a text",
    "init --email": "with a text",
    "init --licence": "with a text",
    "init --row": "with a text",
    "init --protect": ALWAYS,
    "init --open": "with a text",
    "init --program": "with a text",
    "protect --portal": ALWAYS,
    "protect --mirror": "where the dataset has a file to fetch",
    "protect --quiet": ALWAYS,
    "release --portal": ALWAYS,
    "release --date": "with a day",
    "release --note": "with a text",
    "release --checked": "without --repair",
    "release --repair": "with a date, a note and no --checked",
    "release --quiet": ALWAYS,
    "serve --portal": ALWAYS,
    "serve --out": ALWAYS,
    "serve --port": ALWAYS,
    "update --portal": ALWAYS,
    "update --report": ALWAYS,
    "update --date": "with a day",
    "update --quiet": ALWAYS,
    "verify --since": ALWAYS,
    "verify --view": ALWAYS,
    "verify --format": ALWAYS,
    "verify --quiet": "with --format text",
}
"""When each option has an effect."""

ANSWERS = ("title", "publisher", "email", "licence", "row", "open", "program")

IDLE = [
    ("build --quiet", ["--json"]),
    ("check --schema", ["s.json", "folder"]),
    ("check --schema", ["s.json", "datapackage.json"]),
    ("check --quiet", ["--format", "json", "t.csv"]),
    ("check --quiet", ["--format", "html", "t.csv"]),
    ("diff --key", ["", "t.csv", "t.csv"]),
    ("diff --fields", [" ", "t.csv", "t.csv"]),
    ("diff --limit", ["5", "t.csv", "t.csv"]),
    ("diff --sheet", ["A", "t.csv", "t.json"]),
    ("diff --sheet", ["A", "t.xlsx", "--sheet", "B", "t.csv"]),
    ("diff --header-row", ["2", "t.json", "t.parquet"]),
    ("diff --delimiter", [";", "t.xlsx", "t.json"]),
    ("diff --encoding", ["latin-1", "t.xlsx", "t.parquet"]),
    ("diff --property", ["a", "t.csv", "t.xlsx"]),
    ("diff --withheld", ["***", "t.csv", "t.csv"]),
    ("fetch --mirror", [".", "--portal", "portal"]),
    ("fetch --keep", ["--portal", "portal"]),
    *((f"init --{name}", [" ", "folder"]) for name in ANSWERS),
    ("protect --mirror", [".", "--portal", "people", "stops"]),
    ("release --date", ["", "x"]),
    ("release --note", [" ", "x"]),
    ("release --checked", ["--repair", "2024-01-01", "x"]),
    ("release --repair", ["", "x"]),
    ("update --date", [""]),
    ("verify --quiet", ["--format", "json", "site"]),
    ("audit --quiet", ["--format", "json", "site"]),
]
"""Arguments beside which an option does nothing."""


def options_of(name: str) -> list[str]:
    command = main.cli.get_command(click.Context(main.cli), name)
    assert command is not None
    found = [param for param in command.params if isinstance(param, click.Option)]
    return [f"{name} {param.opts[0]}" for param in found]


def test_of_every_option_it_is_known_when_it_has_an_effect() -> None:
    names = main.cli.list_commands(click.Context(main.cli))
    assert {option for name in names for option in options_of(name)} == set(EFFECTS)
    conditional = {option for option, when in EFFECTS.items() if when != ALWAYS}
    assert conditional == {option for option, _ in IDLE}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("options")
    (folder / "t.csv").write_text("k,v\n1,2\n")
    (folder / "t.json").write_text('[{"k": 1, "v": 2}]')
    (folder / "s.json").write_text('{"fields": [{"name": "k"}, {"name": "v"}]}')
    (folder / "t.parquet").write_bytes(b"PAR1")
    openpyxl.Workbook().save(folder / "t.xlsx")
    for name in ("folder/datapackage.json", "datapackage.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text('{"resources": [{"name": "t", "path": "t.csv"}]}')
    site = folder / "portal" / "site"
    site.mkdir(parents=True)
    (site / "portal.yaml").write_text("title: T\npublisher: {name: N, email: n@example.org}\n")
    test_protect.write(folder / "people")
    return folder


@pytest.mark.parametrize(("option", "more"), IDLE)
def test_an_option_that_does_nothing_is_a_usage_error(
    place: Path, monkeypatch: pytest.MonkeyPatch, option: str, more: list[str]
) -> None:
    monkeypatch.chdir(place)
    command, name = option.split()
    result = CliRunner().invoke(main.cli, [command, name, *more])
    error = result.exception
    text = f"{error} {result.output}"
    assert result.exit_code == 2 or type(error).__name__ == "UsageError", text
    assert name in text


@pytest.mark.parametrize(
    "words",
    [
        ["diff", "t.csv", "t.csv", "--key", "k", "--withheld", "*", "--delimiter", ","],
        ["diff", "t.csv", "t.json", "--limit", "1", "--format", "json", "--encoding", "utf-8"],
        ["diff", "t.csv", "t.json", "--delimiter", ",", "--delimiter", ""],
        ["check", "t.csv", "--schema", "s.json", "--quiet", "--format", "github"],
    ],
)
def test_an_option_with_an_effect_is_taken(
    place: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(place)
    result = CliRunner().invoke(main.cli, words)
    assert result.exit_code in (0, 1), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_an_argument_in_other_bytes_is_refused_in_words() -> None:
    made = CliRunner().invoke(main.cli, ["diff", os.fsdecode(b"a\xf1o.csv"), "b.csv"])
    assert (made.exit_code, "is not text in UTF-8" in made.output) == (2, True)
