"""The catalogue of messages: what each finding means and what to do about it, by its slug.

`catalogue.toml` beside this file holds them. docs/messages.md is made from it:
`python -m plainrecord.findings.catalogue > docs/messages.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

HEAD = """\
# Messages

Everything that a check can find, in the order of a build. A **blocker** keeps the portal from being
published and leaves the earlier site as it is; a **warning** does not, unless `--strict` is given.
"""


class Severity(StrEnum):
    """A blocker keeps a dataset (or the whole build) from being published; a warning does not."""

    BLOCKER = "blocker"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Message:
    """What a kind of finding is called (`title`), why it matters (`meaning`), what to do."""

    severity: Severity
    title: str
    meaning: str
    remedy: str


@cache
def read_catalogue() -> Mapping[str, Message]:
    """Every message by its slug, in the order of a build."""
    import tomllib  # most commands find nothing

    text = Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            slug: Message(
                severity=Severity(entry["severity"]),
                title=entry["title"],
                meaning=entry["meaning"],
                remedy=entry["remedy"],
            )
            for slug, entry in tomllib.loads(text).items()
        }
    )


def document_catalogue() -> str:
    """The catalogue as Markdown: the text of docs/messages.md."""
    sections = (
        f"## {slug}\n\n**{message.title}** ({message.severity})\n\n{message.meaning}\n\n"
        f"*To do:* {message.remedy}\n"
        for slug, message in read_catalogue().items()
    )
    return "\n".join((HEAD, *sections))


if __name__ == "__main__":
    sys.stdout.write(document_catalogue())
