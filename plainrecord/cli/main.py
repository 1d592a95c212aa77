"""The command line: `plainrecord COMMAND`, each command imported when it is called."""

import gc
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from plainrecord import __version__
from plainrecord.core.errors import Blocked, PlainrecordError, UsageError
from plainrecord.core.paths import is_utf8

# pydantic would look through every installed package for plug-ins, and run what it finds.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# numpy's OpenBLAS would start a thread for each core, for linear algebra that nothing here does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Arrow's mimalloc would return freed memory to the system after 10 ms, and pay to have it cleared.
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "500")

_COMMANDS = {
    "audit": ("audit", "Try to derive what a published portal hides."),
    "build": ("portal", "Check the portal and build its site."),
    "check": ("check", "Check portals, data packages or tables without building."),
    "diff": ("diff", "Compare two tables, workbooks, archives or folders."),
    "fetch": ("portal", "Download the source files of datasets."),
    "init": ("init", "Create a portal from a folder of tables, and build it."),
    "protect": ("protect", "Make publishable files from records about people."),
    "release": ("portal", "Freeze a dataset as a release."),
    "serve": ("portal", "Preview the portal; rebuild and reload after each change."),
    "update": ("sources", "Download the sources of datasets again; report changes."),
    "verify": ("verify", "Verify a published portal."),
}
"""Each command's module and summary. Only the module of the command that runs is imported."""


class CommandGroup(click.Group):
    """The commands, each imported when it runs (click: "Lazily Loading Subcommands")."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; click.UsageError for one that is not text in UTF-8, such as a path."""
        for word in args:
            if not is_utf8(word):
                raise click.UsageError(f"{word!a} is not text in UTF-8; rename the file or folder")
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in sorted(_COMMANDS.items())])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"plainrecord.cli.{_COMMANDS[cmd_name][0]}")
        if not gc.isenabled():
            if "duckdb" not in sys.modules:  # it reports objects left at the end
                gc.freeze()
            gc.enable()
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


def run() -> None:
    """Run the command as a process of its own, which ends without taking its objects apart.

    The system frees the memory of a process in less time. Where the output cannot be written,
    Python ends the process, and says so.
    """
    status: object = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(1)
    os._exit(status if isinstance(status, int) else 0)


def main() -> None:
    """Run the command; print an error as a sentence, with exit status 1 (2 for wrong usage)."""
    gc.disable()  # nothing is garbage while modules are imported
    try:
        cli.main(standalone_mode=False)
    except Blocked as error:
        from plainrecord.cli.console import show_findings  # the help needs none of it

        show_findings(error.findings)
        click.secho("Nothing was written.", fg="red", bold=True, err=True)
        sys.exit(1)
    except (UsageError, click.UsageError) as error:
        message = error.format_message() if isinstance(error, click.UsageError) else str(error)
        _print_error(message)
        sys.exit(2)
    except (PlainrecordError, click.ClickException, OSError) as error:
        message = str(error)
        if isinstance(error, OSError) and error.strerror and error.filename:
            message = f"{error.filename}: {error.strerror}"
        _print_error(message)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        sys.exit(130)


def _print_error(message: str) -> None:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {message}", err=True)


@click.group(
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__)
@click.pass_context
def cli(context: click.Context) -> None:
    """Plainrecord turns a folder of public records into a website.

    Without a command, it builds the portal in this folder.
    """
    from plainrecord.receipts.engine import query_allowance  # the help needs none of it

    context.with_resource(query_allowance())
    if context.invoked_subcommand is None:
        command = cli.get_command(context, "build")
        if command is not None:
            context.invoke(command, root=Path())
