"""Contexts of the templates for checks and reports; see `portal_context`."""

from dataclasses import dataclass

from plainrecord.findings.finding import Finding
from plainrecord.pages.portal_context import DatasetPage


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A source file as read; `address` is its public address, `reader` the name of the reader."""

    name: str
    address: str
    rows: int
    reader: str
    bytes: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class CheckedField:
    """The rules for the values of a field, and the number of errors."""

    name: str
    rules: tuple[str, ...]
    errors: int


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule over the whole table, and how many rows broke it."""

    text: str
    errors: int


@dataclass(frozen=True, slots=True)
class LookedFor:
    """A possible problem that was searched for, how often it was found, and where."""

    title: str
    count: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedTableView:
    """How one table was checked: files read, rules, and possible problems."""

    anchor: str
    title: str
    rows: int
    errors: int
    files: tuple[CheckedFile, ...]
    fields: tuple[CheckedField, ...]
    rules: tuple[CheckedRule, ...]
    looked_for: tuple[LookedFor, ...]


@dataclass(frozen=True, slots=True)
class CheckContext(DatasetPage):
    """check.html: how the data of one dataset were checked."""

    tables: tuple[CheckedTableView, ...]


@dataclass(frozen=True, slots=True)
class ReportSubject:
    """One package of a report: its tables, and findings that belong to no table."""

    label: str
    tables: tuple[CheckedTableView, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ReportContext:
    """report.html: the page of `plainrecord check --format html`."""

    valid: bool
    errors: int
    warnings: int
    style: str
    subjects: tuple[ReportSubject, ...]
