"""Contexts of the templates for claims; see `portal_context`."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.model.claims import JudgedClaim, Words
from plainrecord.model.products import Figure
from plainrecord.pages.portal_context import Place, Shell


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A test on one release: day, verdict as style and words, figures, and `said` beside them."""

    day: str
    date: str
    target: str
    verdict: str
    words: str
    said: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """A test of a claim as the page shows it.

    `meaning` says in a sentence what the claim would need, `said` what the records show. `figures`
    are by role. `absence` says why there is no result. `place` is the dataset it was made on, None
    where none is in this portal.
    """

    anchor: str
    title: str
    meaning: str
    verdict: str
    words: str
    said: Markup | None
    figures: Mapping[str, Figure]
    absence: str
    place: Place | None
    note: str
    history: tuple[LedgerLine, ...]


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """A claim in the register. `summary` is what decided its verdict."""

    title: str
    target: str
    speaker: str
    telling: str
    said: str
    source: str
    verdict: str
    summary: Words


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

    `meaning` says what the verdict means, `source` tells the state of the source, `reply` that of
    the speaker's reply; days are in words. `datasets` are those that it was tested on.
    """

    shell: Shell
    item: JudgedClaim
    meaning: str
    source: str
    looked: str
    said_on: str
    reply: str
    day: str
    parts: tuple[PartView, ...]
    datasets: tuple[Place, ...]
    register: str
    feed: str
