"""The exceptions that this project raises, as a tree:

    PlainrecordError          anything that a person should read, never a traceback
    ├── Blocked               a step found errors; carries them all
    └── UsageError            the command was given something that makes no sense
        └── NoSharedColumnError  two tables that cannot be compared at all

Packages return findings where they can go on, and raise `Blocked` where they cannot.
"""

from collections.abc import Iterable

from plainrecord.findings.finding import Finding


class PlainrecordError(Exception):
    """Anything that a person should read instead of a traceback."""


class Blocked(PlainrecordError):  # noqa: N818 - an outcome with its findings, not a fault
    """A step cannot go on; `findings` says all that is wrong, at least one of them an error."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("; ".join(f"{f.place}: {f.found}" for f in self.findings))


class UsageError(PlainrecordError):
    """The command was given something that makes no sense; the exit status is 2."""


class NoSharedColumnError(UsageError):
    """Two tables that were to be compared have no column in common."""
