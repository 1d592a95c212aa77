"""Options that several commands share, and what the machine states beside them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import click

from plainrecord.ground.errors import UsageError

portal_option = click.option(
    "--portal", "root", type=click.Path(path_type=Path), default=Path(), help="The portal's folder."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
out_option = click.option(
    "--out", type=click.Path(path_type=Path), help="The output folder (default: _site)."
)
base_option = click.option("--base-url", help="The site's public address.")
Decorator = Callable[[Callable[..., None]], Callable[..., None]]
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print findings only.")


def format_option(words: str, *more: str) -> Decorator:
    """The option --format of a command: text, json, or one of `more`."""
    choice = click.Choice(["text", "json", *more])
    return click.option("--format", "style", type=choice, default="text", help=words)


def stated_day() -> str:
    """The day in SOURCE_DATE_EPOCH (seconds since 1970, UTC), "" where it is not set.

    UsageError when it is no number (https://reproducible-builds.org/specs/source-date-epoch/).
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return ""
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(int(text)))
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH is {text!r}, and not a number of seconds") from None
