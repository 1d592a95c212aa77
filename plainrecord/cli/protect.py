"""The command `plainrecord protect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from plainrecord.cli.console import show_findings, show_steps
from plainrecord.cli.options import Command, portal_option, quiet_option
from plainrecord.core.plurals import choose_form, count_noun
from plainrecord.io.load import find_settings

if TYPE_CHECKING:
    from plainrecord.pipeline.protect import WrittenProtection


@click.command("protect", cls=Command)
@portal_option
@click.argument("name")
@click.option(
    "--mirror",
    "mirrors",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Look here first for raw files of an accepted hash.",
)
@quiet_option
def protect_command(root: Path, name: str, mirrors: tuple[Path, ...], quiet: bool) -> None:
    """Protect the people in the dataset NAME: write what may be published to data/NAME/protected.

    Reads the raw file, which stays where it is. Commit what was written; the raw file must not be
    in a public repository.
    """
    find_settings(root)
    from plainrecord.pipeline.protect import protect_dataset  # takes half a second to import

    with show_steps(quiet) as step:
        made = protect_dataset(root, name, step, mirrors)
    show_findings(made.findings)
    if not quiet:
        for path in made.written:
            click.echo(f"wrote {path}")
        if made.rows:
            rows = f"{made.touched:,} of {count_noun(made.rows, 'row')}"
            click.echo(f"{rows} {choose_form(made.touched, 'has', 'have')} a suppressed value")
        for name, count in made.suppressed:
            if count:
                click.echo(f"  {name}: suppressed in {count_noun(count, 'row')}")
        if made.touched:
            click.echo("  Make a field coarser, or leave one out of `keys`, to suppress less.")
        if made.cells:
            click.echo(count_hidden(made))
        click.echo("commit what was written")


def count_hidden(made: WrittenProtection) -> str:
    """How many counts of the released tables are suppressed."""
    cells = f"{made.hidden:,} of {count_noun(made.cells, 'count')}"
    return f"{cells} {choose_form(made.hidden, 'is', 'are')} suppressed"
