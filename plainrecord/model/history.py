"""The history of a dataset as its maintainer keeps it: dated releases and days of looking."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from plainrecord.core.strict_json import Json
from plainrecord.model.forms import Day, StrictForm


class Release(StrictForm):
    """One dated release: an entry of the ledger, linked to the one before by its hash.

    `files` holds the SHA-256 of each frozen file by its path in the descriptor; `previous` is the
    hash of the entry before (`chain.entry_hash`), "" for the first.
    """

    date: Day
    note: str = ""
    descriptor_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    files: dict[str, str] = Field(default_factory=dict)
    previous: str = Field(default="", pattern="^([0-9a-f]{64})?$")

    @property
    def entry(self) -> dict[str, Json]:
        """The entry as it is hashed and published."""
        return {**self.model_dump(), "files": dict(sorted(self.files.items()))}


class CheckedDay(StrictForm):
    """A day on which something new was looked for, and nothing was found."""

    date: Day
    note: str = ""


class Withdrawal(StrictForm):
    """A release that was taken back on the day `date`, and why. Its entry stays in the chain."""

    release: str
    date: Day
    reason: str = Field(min_length=1)


class Repair(StrictForm):
    """Since `date` a release is built with a descriptor of this hash, and why; its entry stays."""

    release: str
    date: Day
    reason: str = Field(min_length=1)
    descriptor_sha256: str = Field(pattern="^[0-9a-f]{64}$")


class UnreachableSource(StrictForm):
    """A source that cannot be reached: its address, since which day, and what was found."""

    address: str = Field(min_length=1)
    since: Day
    found: str = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ReleaseLedger:
    """All that `releases.yaml` of a dataset holds, the oldest first. `file` is its path."""

    file: str
    releases: tuple[Release, ...] = ()
    looks: tuple[CheckedDay, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def withdrawn(self) -> Mapping[str, Withdrawal]:
        """The withdrawals by the date of the release."""
        return {item.release: item for item in self.withdrawals}

    @property
    def repaired(self) -> Mapping[str, Repair]:
        """The last repair of each release that has any, by the date of the release."""
        return {item.release: item for item in self.repairs}

    @property
    def kept(self) -> tuple[Release, ...]:
        """The releases that were not withdrawn."""
        return tuple(item for item in self.releases if item.date not in self.withdrawn)

    @property
    def newest(self) -> str:
        """The date of the newest release that is kept, "" where there is none."""
        return self.kept[-1].date if self.kept else ""

    @property
    def last(self) -> str:
        """The date of the last entry, withdrawn or not, "" where there is none."""
        return self.releases[-1].date if self.releases else ""
