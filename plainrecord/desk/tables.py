"""The desk's commands about tables: check them, and compare two of them."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from plainrecord import build
from plainrecord.corridor import collation
from plainrecord.desk.console import show_findings, show_steps, show_verdict
from plainrecord.desk.tally import describe_collation, show_collation
from plainrecord.rules.findings import any_blocks

Decorator = Callable[[Callable[..., None]], Callable[..., None]]
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print findings only.")


def say(text: str) -> None:
    """Print a document as UTF-8; half a character, which UTF-8 has not, as its escape."""
    click.echo(text.encode("utf-8", "backslashreplace"))


def twice(
    name: str, kind: click.ParamType[Any] | type, words: str, absent: str | None
) -> Decorator:
    """An option for two tables: given once for both, or twice, first for OLD; a pair of values."""

    def pair(context: click.Context, param: click.Parameter, given: tuple[object, ...]) -> object:
        del context
        if len(given) > 2:
            raise click.BadParameter("give it once for both tables, or twice", param=param)
        return (given[0], given[-1]) if given else (absent, absent)

    return click.option(name, type=kind, multiple=True, callback=pair, help=words)


def split_names(lists: Sequence[str]) -> list[str]:
    """The names in lists with commas between; a name with a comma stands in double quotes."""
    return [name.strip() for row in csv.reader(lists) for name in row if name.strip()]


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--portal", "root", type=click.Path(path_type=Path), hidden=True)
@click.option(
    "--schema",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The schema of a table: a Table Schema or a resource's descriptor.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "github", "html"]),
    default="text",
    help="For people, a Frictionless Report, workflow annotations, or a page.",
)
@click.option(
    "--limit-errors",
    default=100,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many errors of a kind and field are listed; the rest is counted.",
)
@click.option("--strict", is_flag=True, help="Warnings block as well.")
@quiet_option
def check_command(
    paths: tuple[Path, ...],
    root: Path | None,
    schema: Path | None,
    style: str,
    limit_errors: int,
    strict: bool,
    quiet: bool,
) -> None:
    """Check portals, data packages or tables, and build nothing.

    A PATH is a portal's folder, a data package (its folder or descriptor), or a table with
    --schema. Without one, the portal in this folder is checked. Exit status: 0 valid, 1 not
    valid, 2 the command cannot be understood.
    """
    started = time.monotonic()
    wanted = [*([root] if root else []), *paths] or [Path()]
    with show_steps(quiet or style != "text") as step:
        checked = build.check_paths(wanted, schema, step, limit_errors=limit_errors, strict=strict)
    findings = [finding for subject in checked for finding in subject.findings]
    bad = any_blocks(findings)
    if style == "json":
        tables = [(subject.package, subject.checks, subject.findings) for subject in checked]
        report = build.describe_report(tables, time.monotonic() - started)
        say(json.dumps(report, indent=2, ensure_ascii=False))
    elif style == "html":
        say(build.render_report(checked))
    elif style == "github":
        for line in build.annotate_findings(build.place_findings(checked)):
            say(line)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            tables_shown = [(s.label, s.checks, s.findings) for s in checked]
            with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(build.summarise_findings(tables_shown))
    else:
        show_findings(findings)
    if not quiet and style in ("text", "github"):
        show_verdict(checked, bad, time.monotonic() - started)
    sys.exit(1 if bad else 0)


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--key", "keys", multiple=True, help="The columns that name a row, with commas between."
)
@click.option(
    "--fields",
    multiple=True,
    help="The columns to compare, with commas between (default: all shared).",
)
@click.option("--normalise", is_flag=True, help="Spaces and case make no difference.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For people or programs.",
)
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(min=0),
    help="Longest list in JSON.",
)
@twice("--sheet", str, "The sheet of a workbook, by name or number.", "")
@twice("--header-row", click.IntRange(min=1), "The row of the header, the first row being 1.", None)
@twice("--delimiter", str, "What stands between cells.", "")
@twice("--encoding", str, "The encoding of the text (default: UTF-8).", "")
@twice(
    "--dialect", click.Path(path_type=Path), "A file with a dialect, a schema or a resource.", None
)
@click.option("--withheld", multiple=True, help="A mark by which the agency withholds a value.")
def diff_command(
    old: Path,
    new: Path,
    keys: tuple[str, ...],
    fields: tuple[str, ...],
    normalise: bool,
    style: str,
    limit: int,
    sheet: tuple[str, str],
    header_row: tuple[int | None, int | None],
    delimiter: tuple[str, str],
    encoding: tuple[str, str],
    dialect: tuple[Path | None, Path | None],
    withheld: tuple[str, ...],
) -> None:
    """Compare two tables: CSV (also .gz, TSV, with | or ;), XLSX, Parquet or JSON.

    With --key rows are matched by it, without one whole rows are compared. Delimiter, sheet and
    header row are found by themselves; options that describe the layout are for both tables, or
    given twice for OLD and NEW. Exit status: 0 the same, 1 different, 2 the tables cannot be
    compared.
    """
    sides = [
        collation.TablePath(path, sheet[n], header_row[n], delimiter[n], encoding[n], dialect[n])
        for n, path in enumerate((old, new))
    ]
    found = collation.collate_files(
        *sides,
        key=split_names(keys),
        fields=split_names(fields) or None,
        normalise=normalise,
        withheld=withheld,
        limit=limit,
    )
    if style == "json":
        document = describe_collation(found, normalise=normalise, limit=limit)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        show_collation(found)
    sys.exit(0 if found.comparison.same else 1)
