"""The command `diff`."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from plainrecord.cli.console import print_json
from plainrecord.cli.diff_output import describe_collation, describe_sets, show_comparison
from plainrecord.cli.options import Command, Decorator, Given, Option, format_option, idle_if_empty
from plainrecord.pipeline import diff, diff_files


def per_table_option(
    name: str, kind: click.ParamType[Any] | type, words: str, absent: str | None, *into: str
) -> Decorator:
    """An option given once, or twice (OLD, NEW); its value, the parameter `into`, is a pair."""

    def pair(context: click.Context, param: click.Parameter, given: tuple[object, ...]) -> object:
        del context
        if len(given) > 2:
            raise click.BadParameter(
                "give it once for both tables, or twice: first for OLD, then for NEW", param=param
            )
        return (given[0], given[-1]) if given else (absent, absent)

    def idle(given: Given) -> str:
        values = given[into[0] if into else name.removeprefix("--").replace("-", "_")]
        return _describe_idle(name, values, (given["old"], given["new"]))

    return click.option(
        name, *into, cls=Option, idle=idle, type=kind, multiple=True, callback=pair, help=words
    )


def _describe_idle(name: str, values: tuple[object, object], paths: tuple[Path, Path]) -> str:
    """Why a layout option has no effect on the given files, "" if it has one."""
    uses = [diff_files.uses_layout(path, name) for path in paths]
    if values[0] == values[1]:
        return "" if any(uses) else "for files of these formats"
    idle = [
        path for path, value, used in zip(paths, values, uses, strict=True) if value and not used
    ]
    return f"for {idle[0].name}, because of its format" if idle else ""


def split_names(lists: Sequence[str]) -> list[str]:
    """The names in comma-separated lists; a name that contains a comma is in double quotes."""
    return [name.strip() for row in csv.reader(lists) for name in row if name.strip()]


@click.command("diff", cls=Command)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "keys",
    cls=Option,
    idle=idle_if_empty("keys"),
    multiple=True,
    help="Columns that identify a row, separated by commas; quote names with commas: '\"a, b\"'.",
)
@click.option(
    "--fields",
    cls=Option,
    idle=idle_if_empty("fields"),
    multiple=True,
    help="Columns to compare, separated by commas (default: all shared).",
)
@click.option("--normalise", is_flag=True, help="Ignore differences in spaces and case.")
@format_option("Text or JSON.")
@click.option(
    "--limit",
    cls=Option,
    idle=lambda given: "" if given["style"] == "json" else "without --format json",
    default=20,
    show_default=True,
    type=click.IntRange(min=0),
    help="Maximum length of lists in JSON.",
)
@per_table_option("--sheet", str, "Sheet of a workbook, by name or number.", "")
@per_table_option("--header-row", click.IntRange(min=1), "Row of the header, counted from 1.", None)
@per_table_option("--delimiter", str, "Character that separates cells.", "")
@per_table_option("--encoding", str, "Encoding of the text (default: UTF-8).", "")
@per_table_option(
    "--dialect", click.Path(path_type=Path), "File with a dialect, a schema or a resource.", None
)
@per_table_option(
    "--property", str, "Path of the list of records in JSON, such as data.rows.", "", "within"
)
@click.option(
    "--withheld",
    cls=Option,
    idle=lambda given: "" if given["keys"] else "without --key",
    multiple=True,
    help="Mark that the agency writes for a withheld value (with --key).",
)
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
    within: tuple[str, str],
    withheld: tuple[str, ...],
) -> None:
    """Compare two tables: CSV (also .gz, TSV, with | or ;), XLSX, Parquet or JSON.

    In two workbooks, zips or folders, each table is compared with its counterpart.

    With --key, rows with the same key are compared; without it, whole rows are. Delimiter, sheet
    and header row are detected. An option that describes the layout applies to both tables; give
    it twice to describe OLD and NEW separately. Exit status: 0 the same, 1 different, 2 the
    tables cannot be compared, or usage error.
    """
    sides = [
        diff.TablePath(
            path, sheet[n], header_row[n], delimiter[n], encoding[n], dialect[n], within[n]
        )
        for n, path in enumerate((old, new))
    ]
    comparison = diff_files.compare_paths(
        *sides,
        key=split_names(keys),
        fields=split_names(fields) or None,
        normalise=normalise,
        withheld=withheld,
        limit=limit,
    )
    if style == "json":
        describe = (
            describe_sets if isinstance(comparison, diff_files.TableSets) else describe_collation
        )
        document = describe(comparison, normalise=normalise, limit=limit)  # type: ignore[arg-type]
        print_json(document)
    else:
        show_comparison(comparison)
    sys.exit(0 if comparison.agrees else 1)
