"""The portal's settings, the heads of its pages, and the ledgers of datasets as they are written."""

from __future__ import annotations

from pydantic import Field

from plainrecord.descriptors.package_forms import NumberForm, WaivedForm
from plainrecord.descriptors.reading import Ours
from plainrecord.descriptors.standard_forms import Texts

# The ledger of a dataset's releases: releases.yaml


class ReleaseForm(Ours):
    date: str
    note: str = ""
    descriptor_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    files: dict[str, str] = Field(default_factory=dict)
    previous: str = Field(default="", pattern="^([0-9a-f]{64})?$")


class LookForm(Ours):
    date: str
    note: str = ""


class WithdrawalForm(Ours):
    release: str
    date: str
    reason: str = Field(min_length=1)


class RepairForm(Ours):
    release: str
    date: str
    reason: str = Field(min_length=1)
    descriptor_sha256: str = Field(pattern="^[0-9a-f]{64}$")


class LedgerForm(Ours):
    releases: tuple[ReleaseForm, ...] = ()
    checks: tuple[LookForm, ...] = ()
    withdrawn: tuple[WithdrawalForm, ...] = ()
    repairs: tuple[RepairForm, ...] = ()


# The sources of a dataset that cannot be reached: sources.yaml


class LostSourceForm(Ours):
    address: str = Field(min_length=1)
    since: str
    found: str = Field(min_length=1)


class SourcesForm(Ours):
    unreachable: tuple[LostSourceForm, ...] = ()


# The portal's settings and pages


class PageForm(Ours):
    numbers: tuple[NumberForm, ...] = ()


class PublisherForm(Ours):
    name: str
    url: str = ""
    email: str = ""


class FetchForm(Ours):
    hosts: Texts = ()
    max_bytes: int = Field(default=500_000_000, gt=0)
    max_seconds: int = Field(default=3_600, gt=0, le=1_000_000)


class BundleForm(Ours):
    name: str = Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")
    folder: str


class MoveForm(Ours):
    name: str = Field(alias="from", pattern="^[a-z0-9]+([-_.][a-z0-9]+)*$")
    to: str = ""
    date: str
    reason: str = Field(min_length=1)
    title: str = ""
    releases: Texts = ()


class PortalForm(Ours):
    title: str = Field(min_length=1)
    tagline: str = ""
    questions: Texts = ()
    waived: tuple[WaivedForm, ...] = ()
    description: str = ""
    publisher: PublisherForm
    base_url: str = ""
    repository: str = ""
    language: str = "en"
    notice: str = ""
    fetch: FetchForm = FetchForm()
    bundles: tuple[BundleForm, ...] = ()
    moved: tuple[MoveForm, ...] = ()
