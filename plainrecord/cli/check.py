"""The command `check`."""

import os
import sys
import time
from pathlib import Path

import click

from plainrecord.cli.console import (
    LIMIT_ERRORS,
    print_json,
    print_text,
    show_findings,
    show_steps,
    show_verdict,
)
from plainrecord.cli.options import Command, format_option, quiet_option
from plainrecord.findings.finding import any_blocks
from plainrecord.pipeline import check


@click.command("check", cls=Command)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--portal", "root", type=click.Path(path_type=Path), hidden=True)
@click.option(
    "--schema",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The schema of a table: a Table Schema or the descriptor of a resource.",
)
@format_option(
    "Text, a Frictionless report (JSON), GitHub annotations, or an HTML page.", "github", "html"
)
@click.option(
    "--limit-errors",
    default=LIMIT_ERRORS,
    show_default=True,
    type=click.IntRange(min=1),
    help="List at most this many errors of a kind for each field; count the others.",
)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
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
    """Check portals, data packages or tables without building.

    A PATH is the folder of a portal, a data package (folder, descriptor or zip), or a table;
    give the table's schema with --schema. Without a PATH, the portal in this folder is checked.
    Exit status: 0 valid, 1 not valid, 2 usage error.
    """
    started = time.monotonic()
    targets = [*([root] if root else []), *paths] or [Path()]
    with show_steps(quiet or style != "text") as step:
        checked = check.check_paths(targets, schema, step, limit_errors=limit_errors, strict=strict)
    findings = [finding for subject in checked for finding in subject.findings]
    bad = any_blocks(findings)
    if style == "json":
        tables = check.report_packages(checked)
        report = check.describe_report(tables, time.monotonic() - started)
        print_json(report)
    elif style == "html":
        from plainrecord.pipeline import check_page

        print_text(check_page.render_report(checked))
    elif style == "github":
        for line in check.annotate_findings(check.place_findings(checked)):
            print_text(line)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            packages = check.report_packages(checked)
            tables_shown = [
                (subject.label, package.checks, package.findings)
                for subject, package in zip(checked, packages, strict=True)
            ]
            with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(check.summarise_findings(tables_shown))
    else:
        # With several packages, the path of the package is printed before each file's name.
        shown = check.place_findings(checked, lines=False) if len(checked) > 1 else findings
        show_findings(shown, "--format json", limit_errors=limit_errors)
    if not quiet and style in ("text", "github"):
        show_verdict(checked, bad, time.monotonic() - started)
    sys.exit(1 if bad else 0)
