"""The catalogue of messages, `catalogue.toml`; docs/messages.md is printed from it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

HEAD = """\
# Messages

All messages of a check, in the order of a build. An **error** prevents publication and leaves the
earlier site unchanged. A **warning** does not, unless `--strict` is given.
"""


class Severity(StrEnum):
    """An error prevents publication of a dataset or of the whole portal; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Message:
    """A kind of finding: its title, what it means, and what to do (`remedy`)."""

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
        f"**To do:** {message.remedy}\n"
        for slug, message in read_catalogue().items()
    )
    return "\n".join((HEAD, *sections))


if __name__ == "__main__":
    sys.stdout.write(document_catalogue())
