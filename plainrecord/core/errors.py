"""The exceptions that this project raises, as a tree:

    PlainrecordError          anything that a person should read, never a traceback
    ├── Blocked               a step found errors; carries them all
    └── UsageError            the command was given something that makes no sense
        ├── UnknownDatasetError  a dataset that the portal does not have
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


class UnknownDatasetError(UsageError):
    """A command names datasets that the portal does not have; `known` are those that it has."""

    def __init__(self, names: Iterable[str], known: Iterable[str]) -> None:
        wrong = ", ".join(repr(name) for name in names)
        there = ", ".join(sorted(known))
        choice = f"the datasets are {there}" if there else "the portal has no datasets"
        super().__init__(f"no dataset is called {wrong}; {choice}")


class NoSharedColumnError(UsageError):
    """Two tables that were to be compared have no column in common."""
