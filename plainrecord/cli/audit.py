"""The command that attacks the protected datasets of a published portal."""

import sys
import time
from pathlib import Path

import click

from plainrecord.cli.console import list_findings, print_json, show_audit, show_findings, show_steps
from plainrecord.cli.options import Command, format_option, quiet_option


@click.command("audit", cls=Command)
@click.argument("target")
@click.option(
    "--raw",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A raw CSV file, whose identifying values are searched in every byte of the portal.",
)
@format_option("For people, or one JSON document.")
@quiet_option
def audit_command(target: str, raw: Path | None, style: str, quiet: bool) -> None:
    """Try to derive what a published portal hides: TARGET is its folder or its address.

    All published numbers about each protected dataset are collected and every hidden cell is
    attacked. Exit status: 0 nothing can be derived, 1 something can, 2 the command cannot be
    understood, 3 nothing was found and not all was looked at.
    """
    from plainrecord.audit import report as reports  # slow to import
    from plainrecord.audit import site

    started = time.monotonic()
    with show_steps(quiet or style != "text") as step:
        report = site.audit_address(target, step, raw)
    seconds = time.monotonic() - started
    if style == "json":
        document = {
            **reports.describe_audit(report),
            "seconds": round(seconds, 1),
            "findings": list_findings(report.findings),
        }
        print_json(document)
    else:
        show_findings(report.findings, "--format json")
        if not quiet:
            show_audit(report, reports.summarise(report), seconds)
    sys.exit(1 if not report.holds else 3 if report.skipped else 0)
