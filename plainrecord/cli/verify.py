"""The desk's command that verifies a published portal."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from plainrecord.cli.console import list_findings, show_findings, show_steps, show_verification
from plainrecord.cli.options import Command, format_option, quiet_option
from plainrecord.verify import site


@click.command("verify", cls=Command)
@click.argument("target")
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A manifest.json or releases.json kept from an earlier visit: what was there must be there.",
)
@format_option("For people, or one JSON document.")
@quiet_option
def verify_command(target: str, since: Path | None, style: str, quiet: bool) -> None:
    """Verify a published portal as a stranger: TARGET is its folder or its address.

    Every listed file is compared with its hash, every receipt is run again, and every figure and
    chart on every page is compared with its receipt. Exit status: 0 all holds, 1 something does
    not, 2 the command cannot be understood, 3 what was checked holds and not all was checked.
    """
    started = time.monotonic()
    with show_steps(quiet or style != "text") as step:
        report = site.verify_site(target, since, step)
    seconds = time.monotonic() - started
    if style == "json":
        document = {
            **site.describe_verification(report),
            "seconds": round(seconds, 1),
            "findings": list_findings(report.findings),
        }
        told = json.dumps(document, indent=2, ensure_ascii=False)
        # Half a character, as a stranger may write, is no UTF-8; in JSON its escape says the same.
        click.echo(told.encode("utf-8", "backslashreplace").decode())
    else:
        show_findings(report.findings, "--format json")
        if not quiet:
            show_verification(report, seconds)
    sys.exit(1 if not report.holds else 3 if report.skipped else 0)
