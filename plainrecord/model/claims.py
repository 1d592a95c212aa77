"""The register of claims: what somebody said, how it can be tested, and what the test gave.

Frozen values shared by the packages that read, judge and show claims.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from plainrecord.core.strict_json import Json
from plainrecord.model.declarations import TypedNumber
from plainrecord.model.forms import StrictForm
from plainrecord.model.products import NOTHING_TALLIED, Figure, TypedNumberCount


def _exact(value: object) -> object:
    """A number as it was written: a double may have other digits."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if number else value


Exact = Annotated[Decimal, BeforeValidator(_exact)]


class ClaimVerdict(StrEnum):
    """What the written rule says of a claim, or of one test of it."""

    CONTRADICTED = "contradicted"
    SUPPORTED = "supported"
    UNTESTABLE = "not-testable"
    UNTESTED = "not-tested"
    SOURCELESS = "source-not-found"

    @property
    def words(self) -> str:
        """The verdict as readers, feeds and programs get it."""
        return _WORDS[self]

    @property
    def judged(self) -> bool:
        """Whether tests were made of the claim; otherwise what the records show is context alone."""
        return self not in (ClaimVerdict.UNTESTED, ClaimVerdict.SOURCELESS)


_WORDS = {
    ClaimVerdict.CONTRADICTED: "Contradicted by the records here",
    ClaimVerdict.SUPPORTED: "Supported by the records here",
    ClaimVerdict.UNTESTABLE: "Not testable with what is published",
    ClaimVerdict.UNTESTED: "Not tested: we do not have those records",
    ClaimVerdict.SOURCELESS: "Source not found",
}


class Reference(StrictForm):
    """A title with its public address ("" where there is none)."""

    title: str = Field(min_length=1)
    url: str = ""


class ClaimSource(StrictForm):
    """Where the words were found. `sha256` is that of an archived copy, "" where none is kept.

    `status` is `seen` (by the register's maintainer, with an address and a hash), `reported` (by a
    third party only) or `not-found`.
    """

    status: Literal["seen", "reported", "not-found"]
    title: str = Field(min_length=1)
    url: str = ""
    sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    looked: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """The values for which a test agrees with the claim, both ends included."""

    at_least: float = -math.inf
    at_most: float = math.inf


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a value is at least and at most; the same number twice where it is known."""

    low: Decimal | float
    high: Decimal | float


@dataclass(frozen=True, slots=True)
class RowTest:
    """Which share of a table's rows meets `condition`, among those that meet `among` (all: "").

    A row for which the condition is null, since a value in it is absent, tells nothing.
    """

    dataset: str
    resource: str
    condition: str
    expected: Range
    among: str = ""


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """Whether a column of a table has one of `words` in its name or title.

    The claim says that there is such a column where `present` is true, that there is none otherwise.
    """

    dataset: str
    resource: str
    words: tuple[str, ...]
    present: bool


class ValueTest(StrictForm):
    """A figure of the portal, or the answer to a query, against a number that somebody states.

    One of `figure` (`DATASET.NAME`) and `sql` is given, and one of `stated` and `against`, another
    figure. They agree where they differ by no more than `tolerance`.
    """

    figure: str = ""
    sql: str = ""
    stated: Exact | None = Field(default=None, allow_inf_nan=False)
    against: str = ""
    tolerance: Exact = Field(default=Decimal(0), ge=0, allow_inf_nan=False)
    unit: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A figure has a unit of its own."""
        if self.figure:
            yield "unit", "sql: a figure has a unit of its own"


@dataclass(frozen=True, slots=True)
class Untestable:
    """A part of a claim that no test can be written for, and the reason."""

    reason: str


Test = RowTest | ColumnTest | ValueTest | Untestable


@dataclass(frozen=True, slots=True)
class ClaimTest:
    """One part of a claim, with its test. `title` says what the claim would mean for these data."""

    title: str
    test: Test
    note: str = ""


class Reply(StrictForm):
    """What the speaker answered: `status` is `none` (not asked), `asked` or `answered`."""

    status: Literal["none", "asked", "answered"] = "none"
    date: str = ""
    text: str = ""
    url: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """The date and address of a reply that nobody asked for."""
        if self.status == "none":
            yield from ((key, "the status asked or answered") for key in ("date", "url"))


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry of the register. Everything in it is what somebody says, never a fact of the portal.

    `said` is in the third person; `through` reports it, where that is another. `meant` is what the
    speaker meant by the words, `counted` what the data count. `same_records` (yes, no, unknown)
    says whether the data here are those that were meant: with no, the claim is not tested. Either
    `parts` or `untestable`, the reason why not, is given. `changed` is the day of the last change
    to the entry; `file` is the file that holds it.
    """

    name: str
    title: str
    speaker: str
    said: str
    source: ClaimSource
    changed: str
    file: str
    through: str = ""
    said_on: str = ""
    place: str = ""
    concern: str = ""
    wanted: str = ""
    meant: str = ""
    counted: str = ""
    parts: tuple[ClaimTest, ...] = ()
    untestable: str = ""
    same_records: str = "unknown"
    reply: Reply = field(default_factory=Reply)
    links: tuple[Reference, ...] = ()
    numbers: tuple[TypedNumber, ...] = ()

    @property
    def telling(self) -> str:
        """Who says it, in words that come before what is said."""
        return f"says, according to {self.through}:" if self.through else "says:"


@dataclass(frozen=True, slots=True)
class Result:
    """What a test gave on one release: its figures by their role, and the bounds of the value.

    The roles are rows, agree, against, open, share and most for a RowTest, value and stated for a
    ValueTest. `columns` are those that a ColumnTest found, `of` how many there are.
    `absence` says why the test could not be made there, in a sentence.
    """

    verdict: ClaimVerdict
    figures: Mapping[str, Figure] = field(default_factory=dict)
    bounds: Bounds | None = None
    columns: tuple[str, ...] = ()
    of: int = 0
    absence: str = ""
    edition: str = ""


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """A part with its result now and, the oldest first, on each release that the dataset keeps."""

    part: ClaimTest
    now: Result
    history: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim with its verdict. `day` is the newest of its entry, its reply and the data
    that were read.

    `datasets` names those that its tests read now, in order. `tally` counts the numbers in the
    register's own words; `json_ld` is the ClaimReview.
    """

    claim: Claim
    verdict: ClaimVerdict
    parts: tuple[JudgedPart, ...] = ()
    day: str = ""
    datasets: tuple[str, ...] = ()
    tally: TypedNumberCount = NOTHING_TALLIED
    json_ld: Mapping[str, Json] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The verdict in words."""
        return self.verdict.words

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures that the page of the claim shows, each with its receipt."""
        return tuple(
            figure
            for part in self.parts
            for result in (part.now, *part.history)
            for figure in result.figures.values()
        )
