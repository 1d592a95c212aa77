"""Rules: what can be wrong with a dataset that is a log of requests, with the remedy."""

from __future__ import annotations

from plainrecord.rules.portals import Rule, Severity

REQUEST_RULES = (
    Rule(
        "requests-element-unknown",
        Severity.BLOCKER,
        "A request log names an element that the standard does not have",
        "Use an element of the standard; who asked has none, on purpose.",
    ),
    Rule(
        "requests-field-unknown",
        Severity.BLOCKER,
        "A request log names a field that is not there",
        "Correct the name; a field that the privacy gate drops cannot be read.",
    ),
    Rule(
        "requests-incomplete",
        Severity.BLOCKER,
        "A request log does not say when requests were made or answered",
        "Name the fields of `request_id`, of `date_completed`, and of one day from which time runs.",
    ),
    Rule(
        "requester-published",
        Severity.BLOCKER,
        "A request log would publish who asked",
        "Add the field to `privacy.identifiers`, so that it is dropped.",
    ),
    Rule(
        "requests-protected",
        Severity.BLOCKER,
        "A request log has a threshold for counts",
        "Drop what names people and publish without a threshold, or leave `requests` out.",
    ),
    Rule(
        "requests-too-many",
        Severity.BLOCKER,
        "A request log has too many rows",
        "Split the log by years, or leave `requests` out.",
    ),
)
