"""The rules of `plainrecord verify`: what can be wrong with a portal that is already published."""

from __future__ import annotations

from plainrecord.rules.portals import Rule, Severity

_TELL = "Do not rely on what is named here. Tell the publisher, and keep a copy of what you saw."
_AGAIN = "Publish the portal again from a build that nothing was changed in afterwards."


def _rule(slug: str, title: str, remedy: str = _TELL) -> Rule:
    return Rule(slug, Severity.BLOCKER, title, remedy)


PROOF_RULES: tuple[Rule, ...] = (
    _rule(
        "manifest-missing",
        "There is no manifest here",
        "Name the address or the folder of a portal that plainrecord built: the place where manifest.json lies.",
    ),
    _rule("manifest-invalid", "The manifest or the list of sums cannot be trusted"),
    _rule("sums-differ", "The manifest and SHA256SUMS do not agree", _AGAIN),
    _rule("published-file-missing", "A file of the portal cannot be had"),
    _rule("published-file-changed", "A file of the portal is not the one that was published"),
    _rule(
        "published-file-unlisted",
        "A file lies in the portal that the manifest does not list",
        "Do not rely on this file: it was not made by the build. Remove it, or publish again.",
    ),
    _rule("receipt-invalid", "A receipt cannot be read"),
    _rule("receipt-file-wrong", "A receipt is about a file that is not the published one"),
    _rule("receipt-refused", "The query of a receipt cannot be run"),
    _rule("receipt-differs", "A receipt says something else than its query gives"),
    _rule("list-differs", "A list of records is not what it is said to be"),
    _rule("list-unproven", "A list of records has no receipt"),
    _rule("table-unproven", "A published table has no receipt"),
    _rule("receipt-unshown", "A figure with a receipt is shown on no page"),
    _rule("figure-unproven", "A page shows a figure that has no receipt"),
    _rule("page-differs", "A page shows something else than the receipt"),
    _rule("document-differs", "A document for programs says something else than what it is about"),
    _rule("package-differs", "A data package does not agree with its files"),
    _rule("chain-broken", "The chain of releases is broken"),
    _rule(
        "history-rewritten",
        "A release that was there is gone or was changed",
        "Compare with the copy that you kept, and ask the publisher why. A release is for good.",
    ),
    _rule(
        "dataset-gone",
        "A dataset that was there is gone",
        "Ask the publisher where it went. A publisher names it under `moved` in site/portal.yaml, with the reason.",
    ),
    _rule(
        "rows-gone",
        "Rows that were published are gone",
        "Compare with the copy that you kept, and ask the publisher why. A publisher keeps editions with `plainrecord release`.",
    ),
)
