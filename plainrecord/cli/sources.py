"""The desk's command that looks after the sources of a portal."""

from __future__ import annotations

import time
from pathlib import Path

import click

from plainrecord.cli.console import plain, show_steps
from plainrecord.cli.options import (
    Command,
    Option,
    idle_if_empty,
    portal_option,
    quiet_option,
    stated_day,
)
from plainrecord.core.errors import UsageError
from plainrecord.core.plurals import count_noun
from plainrecord.model.freshness import parse_day
from plainrecord.pipeline.update import update_sources
from plainrecord.pipeline.update_report import write_report


@click.command("update", cls=Command)
@portal_option
@click.argument("names", nargs=-1)
@click.option("--report", type=click.Path(path_type=Path), help="Write what is new, as Markdown.")
@click.option(
    "--date",
    cls=Option,
    idle=idle_if_empty("date"),
    default="",
    help="The day of records and releases (default: today).",
)
@quiet_option
def update_command(
    root: Path, names: tuple[str, ...], report: Path | None, date: str, quiet: bool
) -> None:
    """Read the sources of datasets (all, or NAMES) again, and take what is new.

    A file that changed takes the place of the one in the repository, or its hash and size go into
    the descriptor; a dataset that keeps releases gets a new one. A source that cannot be reached is
    recorded in data/NAME/sources.yaml, and the page of the dataset says so. Where nothing changed,
    nothing is written.
    """
    day = date or stated_day() or time.strftime("%Y-%m-%d", time.gmtime())
    if parse_day(day) is None:
        raise UsageError(f"--date is {day!r}; write a day as 2026-10-01")
    with show_steps(quiet) as step:
        news = update_sources(root, names, day, step)
    if report is not None:
        report.write_text(write_report(news), encoding="utf-8")
    for item in news:
        for change in item.changes:
            done = f"not taken: {change.refused}" if change.refused else "changed"
            click.echo(f"{item.name}: {plain(change.address)}: {plain(done)}")
        for source in item.lost:
            click.echo(
                f"{item.name}: {plain(source.address)}: not reachable since {source.since} "
                f"({plain(source.found)})"
            )
        for address in item.back:
            click.echo(f"{item.name}: {plain(address)}: reachable again")
        for problem in item.problems:
            click.echo(f"{item.name}: {plain(problem)}")
    if not quiet:
        sources = sum(item.looked for item in news)
        nothing = ", nothing new" if all(item.quiet for item in news) else ""
        click.echo(f"looked at {count_noun(sources, 'source')}{nothing}")
