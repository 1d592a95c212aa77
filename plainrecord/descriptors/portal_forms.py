"""The portal's settings, the heads of its pages, and the ledgers of datasets as they are written."""

from __future__ import annotations

from pydantic import Field

from plainrecord.model.declarations import Move, Publisher, TypedNumber, WaivedWarning
from plainrecord.model.forms import StrictForm, Texts

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


# The portal's settings and pages


class PageForm(StrictForm):
    numbers: tuple[TypedNumber, ...] = ()


class FetchForm(StrictForm):
    hosts: Texts = ()
    max_bytes: int = Field(default=500_000_000, gt=0)
    max_seconds: int = Field(default=3_600, gt=0, le=1_000_000)


class BundleForm(StrictForm):
    name: str = Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")
    folder: str
    strip: bool = False


class PortalForm(StrictForm):
    title: str = Field(min_length=1)
    tagline: str = ""
    questions: Texts = ()
    waived: tuple[WaivedWarning, ...] = ()
    description: str = ""
    publisher: Publisher
    base_url: str = ""
    repository: str = ""
    language: str = "en"
    notice: str = ""
    fetch: FetchForm = FetchForm()
    bundles: tuple[BundleForm, ...] = ()
    moved: tuple[Move, ...] = ()
