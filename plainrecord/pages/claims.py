"""Pages of the register of claims: all of them by verdict, and one page for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.paths import CLAIMS_FEED, CLAIMS_PAGE, claim_page, dataset_page
from plainrecord.core.translation import _, to_translate
from plainrecord.model.claims import (
    Claim,
    ClaimTest,
    ClaimVerdict,
    JudgedClaim,
    JudgedPart,
    Result,
    Words,
)
from plainrecord.model.counts import say
from plainrecord.model.freshness import day_words
from plainrecord.model.products import Figure, ReleasedDataset
from plainrecord.pages import portal_context as contexts
from plainrecord.pages.portal_context import HOME, Page, Place, Shell, Shells
from plainrecord.pages.receipt_note import describe_receipts


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


TITLE = to_translate("Fact checks")
PLACE = contexts.Place(TITLE, CLAIMS_PAGE)
MEANINGS = {
    ClaimVerdict.CONTRADICTED: to_translate(
        "The result of at least one test is entirely outside the range that the "
        "claim allows. This applies to the records in this portal; other records may show something else."
    ),
    ClaimVerdict.SUPPORTED: to_translate(
        "The result of every test is entirely within the range that the claim allows. "
        "This applies to the records in this portal and proves no more than that."
    ),
    ClaimVerdict.UNTESTABLE: to_translate(
        "The records in this portal neither support nor contradict the claim."
    ),
    ClaimVerdict.UNTESTED: to_translate(
        "The claim is about records that this portal does not have, so it is not "
        "tested. What the records here show is context only."
    ),
    ClaimVerdict.SOURCELESS: to_translate(
        "We looked for the source of the claim and did not find it. It may still "
        "exist. A claim without its source gets no verdict."
    ),
}
PART_WORDS = {
    ClaimVerdict.CONTRADICTED: to_translate("Contradicts the claim"),
    ClaimVerdict.SUPPORTED: to_translate("Agrees with the claim"),
    ClaimVerdict.UNTESTABLE: to_translate("Inconclusive"),
    ClaimVerdict.UNTESTED: "",
    ClaimVerdict.SOURCELESS: "",
}
_UNKNOWN = to_translate("We do not know whether the speaker meant these records.")
SOURCES = {
    "seen": to_translate("read by us; its address and the hash of our copy are given"),
    "reported": to_translate("known only through a third party; we have no copy of the original"),
    "not-found": to_translate("looked for and not found"),
}
_DECIDED = (ClaimVerdict.SUPPORTED, ClaimVerdict.CONTRADICTED)
_COUNTED = to_translate(
    "Three kinds of numbers have no receipt: those in a quoted claim, which are the speaker’s; the "
    "limits of a test; and the counts of columns and claims."
)


def plan_claims(
    shells: Shells, judged: Sequence[JudgedClaim], releases: Sequence[ReleasedDataset]
) -> list[Page]:
    """The register and the page of each claim; none where the portal has no claims."""
    if not judged:
        return []
    titles = {release.package.name: release.package.title for release in releases}
    planned = [_register(shells, judged)]
    planned += [_claim(shells, item, titles) for item in judged]
    return planned


def _register(shells: Shells, judged: Sequence[JudgedClaim]) -> Page:
    groups = tuple(
        VerdictGroup(
            verdict.value,
            verdict.words,
            _(MEANINGS[verdict]),
            tuple(_card(item) for item in judged if item.verdict is verdict),
        )
        for verdict in ClaimVerdict
        if any(item.verdict is verdict for item in judged)
    )
    cards = [card for group in groups for card in group.cards]
    shown = sum(isinstance(part, Figure) for card in cards for part in card.summary)
    about = _(
        "What officials and others say about these records, and whether the records here support it."
    )
    receipts = describe_receipts(figures=shown, unproved=_(_COUNTED))
    shell = shells(CLAIMS_PAGE, _(TITLE), about, (HOME,), receipts=receipts)
    context = RegisterContext(shell, groups, len(judged), CLAIMS_FEED)
    return Page(CLAIMS_PAGE, "claims.html", context)


def _card(item: JudgedClaim) -> ClaimCard:
    claim = item.claim
    return ClaimCard(
        title=claim.title,
        target=claim_page(claim.name),
        speaker=claim.speaker,
        telling=claim.telling,
        said=claim.said,
        source=_(SOURCES[claim.source.status]),
        verdict=item.verdict.value,
        summary=_summary(item),
    )


def _summary(item: JudgedClaim) -> Words:
    """What the first test that gave the verdict found."""
    for part in item.parts:
        decided = part.now.verdict is item.verdict and item.verdict in _DECIDED
        if decided and part.part.test and (summary := part.part.test.summary(part.now)):
            return summary
    return ()


def _claim(shells: Shells, item: JudgedClaim, titles: Mapping[str, str]) -> Page:
    claim, path = item.claim, claim_page(item.claim.name)
    about = f"{claim.speaker} {claim.telling} {claim.said} {item.words}."
    numbers = sum(
        len(result.figures) for part in item.parts for result in (part.now, *part.history)
    )
    receipts = describe_receipts(item.tally, figures=numbers, unproved=_(_COUNTED))
    unknown = item.verdict in _DECIDED and item.claim.same_records == "unknown"
    meaning = _(MEANINGS[item.verdict])
    context = ClaimContext(
        shell=shells(path, claim.title, about, (HOME, PLACE), receipts=receipts),
        item=item,
        meaning=f"{meaning} {_(_UNKNOWN)}" if unknown else meaning,
        source=_(SOURCES[claim.source.status]),
        looked=day_words(claim.source.looked) if claim.source.looked else "",
        said_on=day_words(claim.said_on) if claim.said_on else "",
        reply=_describe_reply(claim),
        day=day_words(item.day),
        parts=tuple(_part(number, part, titles) for number, part in enumerate(item.parts, 1)),
        datasets=tuple(
            contexts.Place(titles[name], dataset_page(name))
            for name in item.datasets
            if name in titles
        ),
        register=CLAIMS_PAGE,
        feed=CLAIMS_FEED,
    )
    return Page(path, "claim.html", context)


def list_tested(name: str, judged: Sequence[JudgedClaim]) -> tuple[contexts.TestedClaim, ...]:
    """The judged claims that were tested on the dataset `name`, in the order of the register."""
    return tuple(
        contexts.TestedClaim(
            item.claim.title,
            claim_page(item.claim.name),
            item.claim.speaker,
            item.verdict.value,
            item.words,
        )
        for item in judged
        if name in item.datasets and item.verdict.judged
    )


def _describe_reply(claim: Claim) -> str:
    reply = claim.reply
    if reply.status == "answered":
        return _("Answered on {date}:").format(date=day_words(reply.date))
    if reply.status == "asked":
        return _("We asked the speaker on {date} and have had no answer yet.").format(
            date=day_words(reply.date)
        )
    return _("We have not yet asked the speaker. Any reply will be published here in full.")


def _part(number: int, item: JudgedPart, titles: Mapping[str, str]) -> PartView:
    test, now = item.part.test, item.now
    key = test.home if test else ""
    name = key.partition("@")[0]
    return PartView(
        anchor=f"test-{number}",
        title=item.part.title,
        meaning=test.meaning() if test else "",
        verdict=now.verdict.value,
        words=_(PART_WORDS[now.verdict]),
        said=say(test.describe(now)) if test and not now.absence else None,
        figures=now.figures,
        absence=now.absence,
        place=contexts.Place(titles[name], dataset_page(key)) if name in titles else None,
        note=item.part.note,
        history=tuple(_line(test, result, name) for result in reversed(item.history) if test),
    )


def _line(test: ClaimTest, result: Result, dataset: str) -> LedgerLine:
    return LedgerLine(
        day=result.release,
        date=day_words(result.release),
        target=dataset_page(f"{dataset}@{result.release}"),
        verdict=result.verdict.value,
        words=_(PART_WORDS[result.verdict]),
        said=result.absence or test.describe_past(result),
        figures=tuple(result.figures.values()),
    )
