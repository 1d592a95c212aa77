"""The history of a dataset as its maintainer keeps it: dated releases and days of looking.

Frozen values; nothing here does work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plainrecord.core.strict_json import Json


@dataclass(frozen=True, slots=True)
class Release:
    """One dated release: an entry of the ledger, linked to the one before by its hash.

    `files` holds the SHA-256 of each frozen file by its path in the descriptor; `previous` is the
    hash of the entry before (`chain.entry_hash`), "" for the first.
    """

    date: str
    note: str
    descriptor_sha256: str
    files: Mapping[str, str] = field(default_factory=dict)
    previous: str = ""

    @property
    def entry(self) -> dict[str, Json]:
        """The entry as it is hashed and published."""
        return {
            "date": self.date,
            "note": self.note,
            "descriptor_sha256": self.descriptor_sha256,
            "files": dict(sorted(self.files.items())),
            "previous": self.previous,
        }


@dataclass(frozen=True, slots=True)
class CheckedDay:
    """A day on which something new was looked for, and nothing was found."""

    date: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A release that was taken back on the day `date`, and why. Its entry stays in the chain."""

    release: str
    date: str
    reason: str


@dataclass(frozen=True, slots=True)
class Repair:
    """Since the day `date` a release is built with another descriptor than its own, and why.

    `descriptor_sha256` is the hash of that descriptor. The entry of the release stays as it is.
    """

    release: str
    date: str
    reason: str
    descriptor_sha256: str

    @property
    def entry(self) -> dict[str, Json]:
        """The repair as it is written and published."""
        return {
            "release": self.release,
            "date": self.date,
            "reason": self.reason,
            "descriptor_sha256": self.descriptor_sha256,
        }


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
