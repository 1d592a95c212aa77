"""The command `verify`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plainrecord.cli.console import (
    list_findings,
    print_json,
    show_findings,
    show_steps,
    show_verification,
)
from plainrecord.cli.options import Command, format_option, quiet_option
from plainrecord.core.strict_json import select
from plainrecord.core.word_lists import split_words
from plainrecord.io.remote_site import open_site

if TYPE_CHECKING:
    from plainrecord.verify.view import ViewReport


@click.command("verify", cls=Command)
@click.argument("target")
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A manifest.json or releases.json of an earlier day: check that nothing in it has disappeared.",
)
@click.option(
    "--view",
    is_flag=True,
    help="TARGET is the link of a view in an explorer or of rows: count its number again.",
)
@format_option("Text or JSON.")
@quiet_option
def verify_command(target: str, since: Path | None, view: bool, style: str, quiet: bool) -> None:
    """Verify a published portal. TARGET is its folder or its address.

    Compares every file with its hash, runs every receipt again, and compares every figure and
    chart on every page with its receipt. Exit status: 0 verified, 1 at least one check failed,
    2 usage error, 3 what was checked is correct, but not everything could be checked.
    """
    if view:
        if since:
            raise click.UsageError("--since compares whole portals: use it without --view.")
        sys.exit(_verify_view(target, style, quiet))
    started = time.monotonic()
    open_site(target, Path())
    from plainrecord.verify import site  # takes a second to import

    with show_steps(quiet or style != "text") as step:
        report = site.verify_site(target, since, step)
    seconds = time.monotonic() - started
    if style == "json":
        document = {
            **site.describe_verification(report),
            "seconds": round(seconds, 1),
            "findings": list_findings(report.findings),
        }
        print_json(document)
    else:
        show_findings(report.findings, "--format json")
        if not quiet:
            show_verification(report, seconds)
    sys.exit(1 if not report.holds else 3 if report.skipped else 0)


def _verify_view(address: str, style: str, quiet: bool) -> int:
    """Print the number of a view, counted again; the exit status comes back."""
    from plainrecord.verify.view import verify_view

    report = verify_view(address)
    if style == "json":
        names = split_words(
            "title conditions number suppressed impossible unit sql path sha256 rate"
        )
        compared = select(report.compared, *names) if report.compared else None
        findings = list_findings(report.findings)
        print_json({**select(report, *names), "compared": compared, "findings": findings})
    else:
        show_findings(report.findings, "--format json")
        for view in filter(None, () if quiet else (report, report.compared)):
            _show_view(view)
    return 1 if report.findings else 0


def _show_view(report: ViewReport) -> None:
    """Print a view that a file answers."""
    if not report.sql:
        return
    number = "suppressed" if report.suppressed else "not released"
    if report.impossible:
        number = "not applicable"
    if report.number is not None:
        number = f"{report.number:,}"
    click.echo(f"{number} {report.unit}: {report.title}")
    if report.rate:
        click.echo(f"  {report.rate}")
    for condition in report.conditions:
        click.echo(f"  {condition}")
    click.echo(f"Query    {report.sql}")
    click.echo(f"SHA-256  {report.sha256}  {report.path}")
