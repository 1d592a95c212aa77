"""What a check found: the file, row and field, what was found, what was expected and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypedDict, Unpack

from plainrecord.findings.catalogue import Severity, read_catalogue

WAIVABLE_ERRORS = ("personal-data", "free-text")
"""The rules whose errors a waiver makes a warning: a person decides what is public."""

MOST_WORDS = 2000
"""Characters of what a finding says: a list of allowed values may hold millions."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where.

    `row` is the 1-based row of the file (the header row counts, title lines as well, as in a
    text editor for a file without line breaks inside cells); `cells` are those that a row has too
    many; `count` is how many times the same thing was found where findings are grouped. `rest`
    says that this one only counts what was found beyond those that are listed. `waived` is why a
    warning stays. `severity` and `remedy` come from the rule unless given.
    """

    rule: str
    found: str
    expected: str = ""
    file: str = ""
    dataset: str = ""
    resource: str = ""
    row: int | None = None
    field: str = ""
    field_number: int | None = None
    cell: str | None = None
    cells: tuple[str, ...] = ()
    note: str = ""
    count: int = 1
    rest: bool = False
    severity_given: Severity | None = None
    waived: str = ""
    remedy_given: str = ""

    def __post_init__(self) -> None:
        for name in ("found", "expected"):
            words = getattr(self, name)
            if len(words) > MOST_WORDS:
                object.__setattr__(self, name, words[:MOST_WORDS] + "…")

    @property
    def severity(self) -> Severity:
        return self.severity_given or read_catalogue()[self.rule].severity

    @property
    def remedy(self) -> str:
        return self.remedy_given or read_catalogue()[self.rule].remedy

    @property
    def title(self) -> str:
        return read_catalogue()[self.rule].title

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.ERROR

    @property
    def place(self) -> str:
        """The place in words: `data/stops/stops.csv, row 12, field age`."""
        parts = [self.file or self.dataset or "the portal"]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.field:
            parts.append(f"field {self.field}")
        return ", ".join(parts)


class Where(TypedDict, total=False):
    """The fields of a finding that say where it is, and what is special about it."""

    file: str
    dataset: str
    resource: str
    row: int | None
    field: str
    field_number: int | None
    cell: str | None
    cells: tuple[str, ...]
    note: str
    count: int
    rest: bool
    severity_given: Severity | None
    remedy_given: str


class Findings(list[Finding]):
    """The findings of one check: each is about the file, dataset and resource given here."""

    def __init__(self, findings: Iterable[Finding] = (), **where: Unpack[Where]) -> None:
        super().__init__(findings)
        self.where = where

    def add(self, rule: str, found: str, expected: str = "", **where: Unpack[Where]) -> None:
        """Add a finding; `where` says what is not the same for all of them."""
        merged: Where = {**self.where, **where}
        self.append(Finding(rule, found, expected, **merged))


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Checks of a portal that were not made: how many, of what, why. No fault of the portal."""

    what: str
    why: str
    count: int = 1

    @property
    def words(self) -> str:
        """`2 pages: the address did not answer`; what is one alone is named by its words."""
        return (
            f"{self.count:,} {self.what}: {self.why}"
            if self.count > 1
            else f"{self.what}: {self.why}"
        )


def any_blocks(findings: Iterable[Finding], *, strict: bool = False) -> bool:
    """Whether a build must stop: an error is among them, or under `strict` a warning not waived."""
    return any(finding.blocks or (strict and not finding.waived) for finding in findings)


def suggest(word: str, known: Iterable[str]) -> str:
    """`, did you mean "licenses"?` for the known word nearest to `word`, or an empty text."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f', did you mean "{near[0]}"?' if near else ""
