"""Claims for programs: schema.org ClaimReview, and the entries of the feed."""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.declarations import Portal
from plainrecord.feeds import Entry, Feed, permanent_id
from plainrecord.model import Json
from plainrecord.paths import CLAIMS_FEED, CLAIMS_PAGE, absolute_url, claim_page, relative_link
from plainrecord.register import JudgedClaim


def review_claim(portal: Portal, judged: JudgedClaim) -> dict[str, Json]:
    """The schema.org ClaimReview of a claim.

    The rating is the verdict in words alone: a number on a scale of truth would say more than a
    test on the records that a portal happens to have. Without a public address it has no `url`.
    """
    claim = judged.claim
    item: dict[str, Json] = {
        "@type": "Claim",
        "name": claim.title,
        "author": {"@type": "Organization", "name": claim.speaker},
    }
    if claim.said_on:
        item["datePublished"] = claim.said_on
    if claim.source.url:
        item["appearance"] = {"@type": "CreativeWork", "url": claim.source.url}
    review: dict[str, Json] = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "claimReviewed": claim.said,
        "itemReviewed": item,
        "author": {"@type": "Organization", "name": portal.publisher.name},
        "datePublished": judged.day,
        "reviewRating": {"@type": "Rating", "alternateName": judged.words},
    }
    if portal.base_url:
        review["url"] = absolute_url(portal.base_url, claim_page(claim.name))
    return review


def feed_claims(portal: Portal, judged: Sequence[JudgedClaim]) -> Feed:
    """The feed of the register: one entry for each claim, dated by the register and the data."""

    def place(target: str) -> str:
        if portal.base_url:
            return absolute_url(portal.base_url, target)
        return relative_link(CLAIMS_FEED, target)

    return Feed(
        id=permanent_id(portal.base_url, CLAIMS_FEED),
        title=f"Said and shown: {portal.title}",
        subtitle="What somebody said of the records, and what the records here show.",
        link=place(CLAIMS_FEED),
        page=place(CLAIMS_PAGE),
        author=portal.publisher.name,
        entries=tuple(
            Entry(
                id=permanent_id(portal.base_url, f"claims/{item.claim.name}/"),
                title=f"{item.words}: {item.claim.title}",
                updated=item.day,
                link=place(claim_page(item.claim.name)),
                summary=f"{item.claim.speaker} {item.claim.telling} {item.claim.said}",
                categories=(item.verdict.value,),
            )
            for item in judged
        ),
    )
