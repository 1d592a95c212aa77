"""The register of claims: what somebody said, how it can be tested, and what the test gave."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from plainrecord.core.strict_json import Json
from plainrecord.model.declarations import TypedNumber
from plainrecord.model.forms import Address, Day, DayOrNone, StrictForm
from plainrecord.model.products import NOTHING_TALLIED, Figure, TypedNumberCount


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


Words = tuple[str | Figure, ...]
"""A sentence with figures in it."""


class Reference(StrictForm):
    """A title with its public address ("" where there is none)."""

    title: str = Field(min_length=1)
    url: Address = ""


class ClaimSource(StrictForm):
    """Where the words were found. `sha256` is that of an archived copy, "" where none is kept.

    `status` is `seen` (by the register's maintainer, with an address and a hash), `reported` (by a
    third party only) or `not-found`.
    """

    status: Literal["seen", "reported", "not-found"]
    title: str = Field(min_length=1)
    url: Address = ""
    sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    looked: DayOrNone = ""
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


class ClaimTest(StrictForm):
    """A kind of test (`measures/claim_tests/`): keys for `judging`, `lasting` figures."""

    judging: ClassVar[tuple[str, ...]] = ()
    lasting: ClassVar[tuple[str, ...]] = ()

    @property
    def home(self) -> str:
        """The dataset on whose releases the test is made; "" where it is made on none."""
        return ""

    def problems(self, *, judged: bool) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yield what cannot be in the values of the keys, each with what is expected."""
        yield from ()

    def meaning(self) -> str:
        """What the claim needs to be true, in a sentence."""
        return ""

    def describe(self, result: Result) -> Words:
        """What the records show, in sentences."""
        raise NotImplementedError

    def describe_past(self, result: Result) -> str:  # noqa: ARG002
        """What a past release shows beside its figures; "" for nothing."""
        return ""

    def summary(self, result: Result) -> Words:  # noqa: ARG002
        """The number that decided, in a sentence for the list of claims; nothing where none did."""
        return ()


class ClaimPart(StrictForm):
    """One part of a claim: what it would mean here (`title`), its test, or why there is none."""

    title: str = Field(min_length=1)
    untestable: str = ""
    note: str = ""

    @property
    def tests(self) -> dict[str, ClaimTest]:
        """The tests by their kind; a part that is valid has one or none."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if isinstance(value, ClaimTest)}

    @property
    def test(self) -> ClaimTest | None:
        """The test; None where the part cannot be tested."""
        return next(iter(self.tests.values()), None)


class Reply(StrictForm):
    """What the speaker answered: `status` is `none` (not asked), `asked` or `answered`."""

    status: Literal["none", "asked", "answered"] = "none"
    date: DayOrNone = ""
    text: str = ""
    url: Address = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """The date and address of a reply that nobody asked for."""
        if self.status == "none":
            yield from ((key, "the status asked or answered") for key in ("date", "url"))


class ClaimEntry(StrictForm):
    """An entry of the register. Everything in it is what somebody says, never a fact of the portal.

    `said` is in the third person; `through` reports it, where that is another. `meant` is what the
    speaker meant by the words, `counted` what the data count. `same_records` (yes, no, unknown)
    says whether the data here are those that were meant: with no, the claim is not tested. Either
    `tests` or `untestable`, the reason why not, is given. `changed` is the day of the last change
    to the entry.
    """

    name: str = Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)
    title: str = Field(min_length=1)
    speaker: str = Field(min_length=1)
    said: str = Field(min_length=1)
    source: ClaimSource
    changed: Day
    through: str = ""
    said_on: DayOrNone = ""
    place: str = ""
    concern: str = ""
    wanted: str = ""
    meant: str = ""
    counted: str = ""
    same_records: Literal["yes", "no", "unknown"] = "unknown"
    tests: tuple[ClaimPart, ...] = ()
    untestable: str = ""
    reply: Reply = Reply()
    links: tuple[Reference, ...] = ()
    numbers: tuple[TypedNumber, ...] = ()

    @property
    def telling(self) -> str:
        """Who says it, in words that come before what is said."""
        return f"says, according to {self.through}:" if self.through else "says:"


class Claim(ClaimEntry):
    """An entry with the `file` that holds it."""

    file: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a test gave on one release: its figures by their role, and the bounds of the value.

    `columns` are those that a test found, `of` how many there are.
    `absence` says why the test could not be made there, in a sentence.
    """

    verdict: ClaimVerdict
    figures: Mapping[str, Figure] = field(default_factory=dict)
    bounds: Bounds | None = None
    columns: tuple[str, ...] = ()
    of: int = 0
    absence: str = ""
    release: str = ""

    @property
    def partial(self) -> bool:
        """Whether a count is suppressed, so that others are left out."""
        return any(figure.receipt.suppressed for figure in self.figures.values())


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """A part with its result now and, the oldest first, on each release that the dataset keeps."""

    part: ClaimPart
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
