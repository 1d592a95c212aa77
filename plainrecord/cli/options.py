"""Options that several commands share, and the settings of the environment."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from plainrecord.core.errors import UsageError

Given = Mapping[str, Any]
"""The values of a command's arguments and options, by the names of its parameters."""


class Option(click.Option):
    """An option; `idle` returns why it has no effect beside the given values, "" if it has one."""

    def __init__(
        self, *names: Any, idle: Callable[[Given], str] = lambda _: "", **settings: Any
    ) -> None:
        super().__init__(*names, **settings)
        self.idle = idle


class Command(click.Command):
    """A command that rejects options which have no effect beside the others."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; click.UsageError for an option without effect."""
        for param in self.params:
            source = ctx.get_parameter_source(param.name or "")
            if not isinstance(param, Option) or source is not ParameterSource.COMMANDLINE:
                continue
            if why := param.idle(ctx.params):
                raise click.UsageError(f"{param.opts[0]} has no effect {why}", ctx)
        return super().invoke(ctx)


def idle_if_json(given: Given) -> str:
    """Why --quiet has no effect, "" if it has one."""
    if given.get("as_json"):
        return "with --json"
    style = given.get("style", "text")
    return f"with --format {style}" if style in ("json", "html") else ""


def idle_if_empty(name: str) -> Callable[[Given], str]:
    """A test for `idle`: the option of the parameter `name` has no effect when empty."""

    def test(given: Given) -> str:
        value = given[name]
        texts = value if isinstance(value, tuple) else (value,)
        return "" if any(text.strip() for text in texts) else "when it is empty"

    return test


portal_option = click.option(
    "--portal",
    "root",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The portal's folder (default: this folder).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
out_option = click.option(
    "--out", type=click.Path(path_type=Path), help="The output folder (default: _site)."
)
base_option = click.option("--base-url", help="The public address of the site.")
Decorator = Callable[[Callable[..., None]], Callable[..., None]]
quiet_option = click.option(
    "--quiet",
    "-q",
    cls=Option,
    idle=idle_if_json,
    is_flag=True,
    help="Print errors and warnings only.",
)


def format_option(words: str, *more: str) -> Decorator:
    """The option --format of a command: text, json, or one of `more`."""
    choice = click.Choice(["text", "json", *more])
    return click.option("--format", "style", type=choice, default="text", help=words)


def stated_day() -> str:
    """The day in SOURCE_DATE_EPOCH (seconds, UTC), "" where unset; UsageError for no number."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return ""
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(int(text)))
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH is {text!r}; it must be a number of seconds") from None
