"""The desk: the command line. The only room that prints, shows progress and exits."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn

from plainrecord import __version__, build, collation, fetch, plan, server, starter
from plainrecord.console import list_findings, show_findings, show_steps, show_verdict
from plainrecord.errors import Blocked, PlainrecordError, UsageError
from plainrecord.findings import Finding, any_blocks
from plainrecord.tally import describe_collation, show_collation

portal_option = click.option(
    "--portal", "root", type=click.Path(path_type=Path), default=Path(), help="The portal's folder."
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print findings only.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
out_option = click.option(
    "--out", type=click.Path(path_type=Path), help="The output folder (default: _site)."
)
Decorator = Callable[[Callable[..., None]], Callable[..., None]]
base_option = click.option("--base-url", help="The site's public address.")


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


def split_names(text: str) -> list[str]:
    """The names in a list with commas between; a name with a comma stands in double quotes."""
    return [name.strip() for name in next(csv.reader([text]), []) if name.strip()]


def main() -> None:
    """Run the command; what goes wrong is said in words, with exit status 1 (or 2 for usage)."""
    try:
        desk.main(standalone_mode=False)
    except Blocked as error:
        show_findings(error.findings)
        Console(stderr=True).print("[bold red]Nothing was published.[/]")
        sys.exit(1)
    except (UsageError, click.UsageError) as error:
        message = error.format_message() if isinstance(error, click.UsageError) else str(error)
        Console(stderr=True).print(f"[bold red]error:[/] {escape(message)}")
        sys.exit(2)
    except (PlainrecordError, click.ClickException, OSError) as error:
        Console(stderr=True).print(f"[bold red]error:[/] {escape(str(error))}")
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        Console(stderr=True).print("stopped")
        sys.exit(130)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.pass_context
def desk(context: click.Context) -> None:
    """Plainrecord: folders of public records in, a published portal out.

    Without a command, builds the portal in this folder.
    """
    if context.invoked_subcommand is None:
        context.invoke(build_command, root=Path())


@desk.command("build")
@portal_option
@out_option
@base_option
@click.option("--strict", is_flag=True, help="Warnings block as well.")
@quiet_option
@json_option
def build_command(
    root: Path,
    out: Path | None = None,
    base_url: str | None = None,
    strict: bool = False,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Check everything and build the site."""
    started = time.monotonic()
    try:
        with show_steps(quiet or as_json) as step:
            report = build.build_portal(
                root, out or root / "_site", step, base_url=base_url, strict=strict
            )
    except Blocked as error:
        if as_json:
            click.echo(
                json.dumps({"built": False, "findings": list_findings(error.findings)}, indent=2)
            )
            sys.exit(1)
        raise
    seconds = time.monotonic() - started
    if as_json:
        document = {
            "built": True, "datasets": report.datasets, "catalogued": report.catalogued,
            "rows": report.rows, "pages": report.pages, "files": report.files,
            "bytes": report.bytes, "seconds": round(seconds, 1),
            "findings": list_findings(report.findings),
        }  # fmt: skip
        click.echo(json.dumps(document, indent=2))
        return
    show_findings(report.findings)
    if not quiet:
        more = f", {report.catalogued} catalogued only" if report.catalogued else ""
        warnings = sum(finding.count for finding in report.findings)
        Console().print(
            f"[bold green]Built[/] {escape(str(out or root / '_site'))}: "
            f"{report.datasets} datasets{more}, {report.rows:,} rows, {report.pages} pages, "
            f"{report.files} files, {report.bytes / 1e6:.1f} MB, {warnings:,} warnings, "
            f"{seconds:.1f} s",
            highlight=False,
        )


@desk.command("check")
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
        checked = build.check_paths(wanted, schema, step, limit_errors=limit_errors)
    findings = [finding for subject in checked for finding in subject.findings]
    bad = any_blocks(findings, strict=strict)
    if style == "json":
        tables = [(subject.package, subject.checks, subject.findings) for subject in checked]
        report = build.describe_report(tables, time.monotonic() - started)
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    elif style == "html":
        click.echo(build.render_report(checked))
    elif style == "github":
        for line in build.annotate_findings(findings):
            click.echo(line)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            tables_shown = [(s.label, s.checks, s.findings) for s in checked]
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(build.summarise_findings(tables_shown))
    else:
        show_findings(findings)
    if not quiet and style in ("text", "github"):
        show_verdict(checked, bad, time.monotonic() - started)
    sys.exit(1 if bad else 0)


@desk.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--key", default="", help="The columns that name a row, with commas between.")
@click.option("--fields", help="The columns to compare, with commas between (default: all shared).")
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
    key: str,
    fields: str | None,
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
        key=split_names(key),
        fields=split_names(fields) if fields else None,
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


@desk.command("fetch")
@portal_option
@click.option(
    "--mirror", "mirrors", multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Look here first for files of an accepted hash.",
)  # fmt: skip
@click.argument("names", nargs=-1)
@quiet_option
def fetch_command(
    root: Path, mirrors: tuple[Path, ...], names: tuple[str, ...], quiet: bool
) -> None:
    """Fetch the source files of datasets (all, or NAMES), each verified by its hash."""
    planned, found = plan.plan_portal(root)
    known = {item.name for item in planned.packages}
    unknown = sorted(set(names) - known)
    if unknown:
        raise UsageError(
            f"no dataset is called {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        )
    if any(f.blocks for f in found):
        raise Blocked(found)
    wanted = [
        source
        for item in planned.packages
        if not names or item.name in names
        for resource in item.resources
        for source in resource.files
        if source.remote
    ]
    index = fetch.index_mirrors(mirrors, wanted) if mirrors else None
    findings: list[Finding] = []
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as bars:
        for source in wanted:
            task = bars.add_task(escape(source.path.rsplit("/", 1)[-1]), total=source.bytes)

            def advance(done: int, total: int | None, task: TaskID = task) -> None:
                bars.update(task, completed=done, total=total)

            got = fetch.fetch_file(
                source,
                plan.cache_folder(root),
                portal=planned.portal,
                mirrors=index,
                progress=advance,
            )
            bars.remove_task(task)
            if isinstance(got, Finding):
                findings.append(got)
            elif not quiet:
                note = f" (accepted copy: {got.copy_note})" if got.copy_note else ""
                bars.console.print(f"have {escape(source.path)}{escape(note)}", highlight=False)
    if findings:
        show_findings(findings)
        sys.exit(1)
    if not quiet:
        console.print(f"[bold green]{len(wanted)} files[/] are here and verified", highlight=False)


@desk.command("serve")
@portal_option
@out_option
@click.option("--port", default=8000, show_default=True)
def serve_command(root: Path, out: Path | None, port: int) -> None:
    """Build, serve on this machine, rebuild and reload on every change."""
    target = out or root / "_site"

    def rebuild() -> bool:
        try:
            with show_steps(False) as step:
                report = build.build_portal(root, target, step, base_url="")
        except Blocked as error:
            show_findings(error.findings)
            return False
        Console().print(f"built {report.pages} pages", highlight=False)
        return True

    if not rebuild() and not target.is_dir():
        raise Blocked([Finding("portal-missing", "the first build failed", "a portal that builds")])
    Console().print(f"http://127.0.0.1:{port}/ (stop with Ctrl-C)", highlight=False)
    watched = [root / name for name in ("site", "templates", "data") if (root / name).is_dir()]
    server.serve_folder(target, port, rebuild, watched)


@desk.command("init")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def init_command(folder: Path) -> None:
    """Make a new portal from a folder of CSV files."""
    tables = {path.name: path for path in sorted(folder.glob("*.csv"))}
    if not tables:
        raise UsageError(f"{folder} holds no .csv file")
    for path, text in starter.draft_portal(folder, tables):
        target = folder / path
        if target.exists():
            click.echo(f"kept  {path} (it exists)")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        click.echo(f"wrote {path}")
    click.echo(
        "Now answer the lines marked TODO in data/*/datapackage.yaml, then run plainrecord build."
    )
