"""The heads of a portal's pages, and the ledgers of datasets as they are written."""

from __future__ import annotations

from pydantic import Field

from plainrecord.model.declarations import TypedNumber
from plainrecord.model.forms import StrictForm

# The ledger of a dataset's releases: releases.yaml


class ReleaseForm(StrictForm):
    date: str
    note: str = ""
    descriptor_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    files: dict[str, str] = Field(default_factory=dict)
    previous: str = Field(default="", pattern="^([0-9a-f]{64})?$")


class LookForm(StrictForm):
    date: str
    note: str = ""


class WithdrawalForm(StrictForm):
    release: str
    date: str
    reason: str = Field(min_length=1)


class RepairForm(StrictForm):
    release: str
    date: str
    reason: str = Field(min_length=1)
    descriptor_sha256: str = Field(pattern="^[0-9a-f]{64}$")


class LedgerForm(StrictForm):
    releases: tuple[ReleaseForm, ...] = ()
    checks: tuple[LookForm, ...] = ()
    withdrawn: tuple[WithdrawalForm, ...] = ()
    repairs: tuple[RepairForm, ...] = ()


# The sources of a dataset that cannot be reached: sources.yaml


class LostSourceForm(StrictForm):
    address: str = Field(min_length=1)
    since: str
    found: str = Field(min_length=1)


class SourcesForm(StrictForm):
    unreachable: tuple[LostSourceForm, ...] = ()


# Pages of the portal


class PageForm(StrictForm):
    numbers: tuple[TypedNumber, ...] = ()
