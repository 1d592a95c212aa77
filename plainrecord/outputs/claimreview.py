"""A claim for programs: schema.org ClaimReview."""

from __future__ import annotations

from plainrecord.core.paths import absolute_url, claim_page
from plainrecord.core.strict_json import Json
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.declarations import Portal


def review_claim(portal: Portal, judged: JudgedClaim) -> dict[str, Json]:
    """The schema.org ClaimReview of a claim.

    The rating is the verdict in words alone: a number on a scale of truth would say more than a
    test on the records that a portal happens to have. A claim that was not tested, or is not judged,
    has no rating. Without a public address the review has no `url`.
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
    }
    if judged.verdict.judged:
        review["reviewRating"] = {"@type": "Rating", "alternateName": judged.words}
    else:
        review["reviewBody"] = f"{judged.words}."
    if portal.base_url:
        review["url"] = absolute_url(portal.base_url, claim_page(claim.name))
    return review
