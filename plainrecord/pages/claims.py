"""Pages of the register of claims: all of them by verdict, and one page for each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from plainrecord.core.paths import CLAIMS_FEED, CLAIMS_PAGE, claim_page, dataset_page
from plainrecord.model.claims import (
    Claim,
    ClaimVerdict,
    ColumnTest,
    JudgedClaim,
    JudgedPart,
    Range,
    Result,
    RowTest,
    ValueTest,
)
from plainrecord.model.freshness import day_words
from plainrecord.model.products import Edition, Figure
from plainrecord.pages import claims_context as claimcontexts
from plainrecord.pages import portal_context as contexts
from plainrecord.pages.portal_context import Planned, Shells
from plainrecord.pages.receipt_note import tell_receipts

TITLE = "Said and shown"
PLACE = contexts.Place(TITLE, CLAIMS_PAGE)
MEANINGS = {
    ClaimVerdict.CONTRADICTED: "At least one test gives a result that lies wholly outside what the "
    "claim means. This holds for the records in this portal. Other records may say something else.",
    ClaimVerdict.SUPPORTED: "Every test gives a result that lies wholly within what the claim means. "
    "This holds for the records in this portal, and proves no more than that.",
    ClaimVerdict.UNTESTABLE: "The records in this portal do not decide it, one way or the other.",
    ClaimVerdict.UNTESTED: "The claim is about records that this portal does not hold, so no test of it "
    "is made. What the records here show is context and decides nothing.",
    ClaimVerdict.SOURCELESS: "What is said to exist was looked for and not found. That is no proof "
    "that it does not exist. A claim without its source is not judged.",
}
PART_WORDS = {
    ClaimVerdict.CONTRADICTED: "Contradicts the claim",
    ClaimVerdict.SUPPORTED: "Agrees with the claim",
    ClaimVerdict.UNTESTABLE: "Does not tell",
    ClaimVerdict.UNTESTED: "",
    ClaimVerdict.SOURCELESS: "",
}
_UNKNOWN = "We do not know whether these are the records that were meant."
SOURCES = {
    "seen": "seen by us, with its address and the hash of a copy",
    "reported": "known through a third party only; we keep no copy of the original",
    "not-found": "looked for and not found",
}
_DECIDED = (ClaimVerdict.SUPPORTED, ClaimVerdict.CONTRADICTED)
_COUNTED = (
    "Numbers in what somebody says are theirs. The limits of a test were set in the register, and "
    "columns and claims were counted by the build; they have no receipt."
)


def plan_claims(
    shells: Shells,
    home: contexts.Place,
    judged: Sequence[JudgedClaim],
    editions: Sequence[Edition],
) -> list[Planned]:
    """The register and the page of each claim; none where the portal has no claims."""
    if not judged:
        return []
    titles = {edition.package.name: edition.package.title for edition in editions}
    planned = [_register(shells, home, judged)]
    planned += [_claim(shells, home, item, titles) for item in judged]
    return planned


def _register(shells: Shells, home: contexts.Place, judged: Sequence[JudgedClaim]) -> Planned:
    groups = tuple(
        claimcontexts.VerdictGroup(
            verdict.value,
            verdict.words,
            MEANINGS[verdict],
            tuple(_card(item) for item in judged if item.verdict is verdict),
        )
        for verdict in ClaimVerdict
        if any(item.verdict is verdict for item in judged)
    )
    shown = sum(len(card.figures) for group in groups for card in group.cards)
    about = "What somebody said about these records, and what the records here show."
    receipts = tell_receipts(numbers=shown, counted=_COUNTED)
    shell = shells(CLAIMS_PAGE, TITLE, about, (home,), receipts=receipts)
    context = claimcontexts.RegisterContext(shell, groups, len(judged), CLAIMS_FEED)
    return CLAIMS_PAGE, "claims.html", context


def _card(item: JudgedClaim) -> claimcontexts.ClaimCard:
    claim = item.claim
    return claimcontexts.ClaimCard(
        title=claim.title,
        target=claim_page(claim.name),
        speaker=claim.speaker,
        telling=claim.telling,
        said=claim.said,
        source=SOURCES[claim.source.status],
        verdict=item.verdict.value,
        figures=_deciding_figures(item),
    )


def _deciding_figures(item: JudgedClaim) -> dict[str, Figure]:
    """The figures of the first test that gave the verdict: agree and rows, or value."""
    for part in item.parts:
        figures = part.now.figures
        if part.now.verdict is item.verdict and item.verdict in _DECIDED:
            for roles in (("agree", "rows"), ("value",)):
                if all(role in figures for role in roles):
                    return {role: figures[role] for role in roles}
    return {}


def _claim(
    shells: Shells, home: contexts.Place, item: JudgedClaim, titles: Mapping[str, str]
) -> Planned:
    claim, path = item.claim, claim_page(item.claim.name)
    about = f"{claim.speaker} {claim.telling} {claim.said} {item.words}."
    numbers = sum(
        len(result.figures) for part in item.parts for result in (part.now, *part.history)
    )
    receipts = tell_receipts(item.tally, numbers=numbers, counted=_COUNTED)
    context = claimcontexts.ClaimContext(
        shell=shells(path, claim.title, about, (home, PLACE), receipts=receipts),
        claim=claim,
        verdict=item.verdict.value,
        words=item.words,
        meaning=_tell_meaning(item),
        context=not item.verdict.judged,
        source=SOURCES[claim.source.status],
        looked=day_words(claim.source.looked) if claim.source.looked else "",
        said_on=day_words(claim.said_on) if claim.said_on else "",
        reply=_tell_reply(claim),
        day=day_words(item.day),
        parts=tuple(_part(number, part, titles) for number, part in enumerate(item.parts, 1)),
        datasets=tuple(
            contexts.Place(titles[name], dataset_page(name))
            for name in item.datasets
            if name in titles
        ),
        register=CLAIMS_PAGE,
        feed=CLAIMS_FEED,
        json_ld=item.json_ld,
    )
    return path, "claim.html", context


def list_tested(name: str, judged: Sequence[JudgedClaim]) -> tuple[contexts.TestedClaim, ...]:
    """The claims that were tested on the dataset `name`, in the order of the register.

    One that is not judged is not among them: the dataset gives it context alone.
    """
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


def _tell_meaning(item: JudgedClaim) -> str:
    unknown = item.verdict in _DECIDED and item.claim.same_records == "unknown"
    return f"{MEANINGS[item.verdict]} {_UNKNOWN}" if unknown else MEANINGS[item.verdict]


def _tell_reply(claim: Claim) -> str:
    reply = claim.reply
    if reply.status == "answered":
        return f"Answered on {day_words(reply.date)}:"
    if reply.status == "asked":
        return f"Asked on {day_words(reply.date)}. There is no answer yet."
    return "The speaker has not been asked yet. A reply will stand here in full."


def _part(number: int, item: JudgedPart, titles: Mapping[str, str]) -> claimcontexts.PartView:
    test, now = item.part.test, item.now
    kind, meaning, key = "none", "", ""
    if isinstance(test, RowTest):
        kind, meaning, key = "rows", _word_range(test.expected), test.dataset
    elif isinstance(test, ColumnTest):
        kind, meaning, key = "columns", _word_columns(test), test.dataset
    elif isinstance(test, ValueTest):
        kind, meaning, key = "value", _word_value(test), test.figure.rpartition(".")[0]
    name = key.partition("@")[0]
    return claimcontexts.PartView(
        anchor=f"test-{number}",
        title=item.part.title,
        kind=kind,
        meaning=meaning,
        verdict=now.verdict.value,
        words=PART_WORDS[now.verdict],
        figures=now.figures,
        partial=any(figure.receipt.suppressed for figure in now.figures.values()),
        columns=now.columns,
        of=now.of,
        absence=now.absence,
        place=contexts.Place(titles[name], dataset_page(key)) if name in titles else None,
        note=item.part.note,
        history=tuple(_line(result, name, kind) for result in reversed(item.history)),
    )


def _line(result: Result, dataset: str, kind: str) -> claimcontexts.LedgerLine:
    return claimcontexts.LedgerLine(
        day=result.edition,
        date=day_words(result.edition),
        target=dataset_page(f"{dataset}@{result.edition}"),
        verdict=result.verdict.value,
        words=PART_WORDS[result.verdict],
        figures=tuple(result.figures.values()),
        columns=result.columns if kind == "columns" and result.of else None,
        absence=result.absence,
    )


def _word_range(expected: Range) -> str:
    low, high = expected.at_least, expected.at_most
    if low == 1:
        return "The claim needs every row to agree."
    if high == 0:
        return "The claim needs that no row agrees."
    if math.isinf(high):
        return f"The claim needs at least {_percent(low)} of the rows to agree."
    if math.isinf(low):
        return f"The claim needs no more than {_percent(high)} of the rows to agree."
    return f"The claim needs from {_percent(low)} to {_percent(high)} of the rows to agree."


def _word_columns(test: ColumnTest) -> str:
    words = ", ".join(f"“{word}”" for word in test.words)
    some = "a column" if test.present else "no column"
    return f"The claim needs {some} with one of these words in its name or title: {words}."


def _word_value(test: ValueTest) -> str:
    said = "" if test.stated is None else f"The number that was stated is {_plain(test.stated)}. "
    if test.tolerance:
        return f"{said}A difference of up to {_plain(test.tolerance)} counts as the same."
    return f"{said}Both must be the same."


def _percent(share: float) -> str:
    return f"{_plain(round(share * 100, 6))}%"


def _plain(number: Decimal | float) -> str:
    return f"{Decimal(str(number)):,f}".removesuffix(".0")
