"""Contexts of the templates for claims; see `portal_context`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plainrecord.core.strict_json import Json
from plainrecord.model.claims import Claim
from plainrecord.model.products import Figure
from plainrecord.pages.portal_context import Place, Shell


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A test on one release: its day, the verdict as a style and in words, its figures.

    `columns` has the columns found, for a test that searches for columns. `absence` is the reason
    why there is no result.
    """

    day: str
    date: str
    target: str
    verdict: str
    words: str
    figures: tuple[Figure, ...]
    columns: tuple[str, ...] | None
    absence: str


@dataclass(frozen=True, slots=True)
class PartView:
    """A test of a claim as the page shows it.

    `kind` is rows, columns, value or none. `meaning` says in a sentence what the claim would need.
    `figures` are by role, and `partial` is true where one of them is suppressed and others are
    left out; `columns` are those that were found among `of`. `absence` says why there
    is no result. `place` is the dataset it was made on, None where none is in this portal.
    """

    anchor: str
    title: str
    kind: str
    meaning: str
    verdict: str
    words: str
    figures: Mapping[str, Figure]
    partial: bool
    columns: tuple[str, ...]
    of: int
    absence: str
    place: Place | None
    note: str
    history: tuple[LedgerLine, ...]


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """A claim in the register. `figures` decided its verdict: agree and rows, or value."""

    title: str
    target: str
    speaker: str
    telling: str
    said: str
    source: str
    verdict: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class VerdictGroup:
    """The claims with one verdict, and what it means in a sentence."""

    verdict: str
    words: str
    meaning: str
    cards: tuple[ClaimCard, ...]


@dataclass(frozen=True, slots=True)
class RegisterContext:
    """`claims.html`: every claim, by its verdict. `feed` is the address of the Atom feed."""

    shell: Shell
    groups: tuple[VerdictGroup, ...]
    count: int
    feed: str


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """`claim.html`: one claim, what was said, what the records show, and what was answered.

    `verdict` is a word for styles, `words` the verdict in words, `meaning` what it means. `source`
    tells the state of the source, `reply` that of the speaker's reply; days are in words.
    `datasets` are those that it was tested on. `context` is true where the claim is not judged, so
    that what the records here show is context alone.
    """

    shell: Shell
    claim: Claim
    verdict: str
    words: str
    meaning: str
    context: bool
    source: str
    looked: str
    said_on: str
    reply: str
    day: str
    parts: tuple[PartView, ...]
    datasets: tuple[Place, ...]
    register: str
    feed: str
    json_ld: Mapping[str, Json]
