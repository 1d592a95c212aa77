"""The desk: the command line. The only room that prints, shows progress and exits."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from plainrecord import __version__
from plainrecord.desk.console import show_findings
from plainrecord.ground.errors import Blocked, PlainrecordError, UsageError

_PLACES = {
    "build": "portals",
    "check": "checking",
    "diff": "collation",
    "fetch": "portals",
    "init": "init",
    "release": "portals",
    "serve": "portals",
    "update": "sources",
    "verify": "verification",
}
"""Where each command is: only the one that is asked for is imported."""


class Desk(click.Group):
    """The commands, each found when it is named (click: "Lazily Loading Subcommands")."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _PLACES:
            return None
        module = import_module(f"plainrecord.desk.{_PLACES[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


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
        message = str(error)
        if isinstance(error, OSError) and error.strerror and error.filename:
            message = f"{error.filename}: {error.strerror}"
        Console(stderr=True).print(f"[bold red]error:[/] {escape(message)}")
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        Console(stderr=True).print("stopped")
        sys.exit(130)


@click.group(
    cls=Desk, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__)
@click.pass_context
def desk(context: click.Context) -> None:
    """Plainrecord: folders of public records in, a published portal out.

    Without a command, builds the portal in this folder.
    """
    if context.invoked_subcommand is None:
        command = desk.get_command(context, "build")
        if command is not None:
            context.invoke(command, root=Path())
