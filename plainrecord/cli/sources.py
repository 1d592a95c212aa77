"""The command `update`."""

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
from plainrecord.io.load import find_settings
from plainrecord.model.freshness import parse_day


@click.command("update", cls=Command)
@portal_option
@click.argument("names", nargs=-1)
@click.option(
    "--report", type=click.Path(path_type=Path), help="Write a report of the changes, as Markdown."
)
@click.option(
    "--date",
    cls=Option,
    idle=idle_if_empty("date"),
    default="",
    help="The date to record (default: today).",
)
@quiet_option
def update_command(
    root: Path, names: tuple[str, ...], report: Path | None, date: str, quiet: bool
) -> None:
    """Download the sources of datasets (all, or NAMES) again and apply changes.

    A file that changed replaces the one in the repository, or its hash and size are written to
    the descriptor. A dataset that keeps releases gets a new release. A source that cannot be
    reached is recorded in data/NAME/sources.yaml and named on the dataset's page. If nothing
    changed, nothing is written.
    """
    day = date or stated_day() or time.strftime("%Y-%m-%d", time.gmtime())
    if parse_day(day) is None:
        raise UsageError(f"--date is {day!r}; write a date as 2026-10-01")
    find_settings(root)
    from plainrecord.pipeline.update import update_sources  # takes a second to import
    from plainrecord.pipeline.update_report import write_report

    with show_steps(quiet) as step:
        news = update_sources(root, names, day, step)
    if report is not None:
        report.write_text(write_report(news), encoding="utf-8")
    for item in news:
        for change in item.changes:
            done = f"not applied: {change.refused}" if change.refused else "changed"
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
        nothing = "; nothing changed" if all(item.quiet for item in news) else ""
        click.echo(f"checked {count_noun(sources, 'source')}{nothing}")
