"""Rules: what can be wrong with a portal, its descriptors, figures and pages, with the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """A blocker keeps a dataset (or the whole build) from being published; a warning does not."""

    BLOCKER = "blocker"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong: `title` names it, `remedy` says what to do about it."""

    slug: str
    severity: Severity
    title: str
    remedy: str


def _rules() -> Iterable[Rule]:
    blocker, warning = Severity.BLOCKER, Severity.WARNING
    # The portal and its folders
    yield Rule(
        "portal-missing",
        blocker,
        "There is no portal here",
        "Run the command in a folder with site/portal.yaml, name one with --portal, or make one with `plainrecord init`.",
    )
    yield Rule(
        "file-unreadable",
        blocker,
        "A file cannot be read",
        "Check that the file exists and that this user may read it.",
    )
    yield Rule(
        "file-missing",
        blocker,
        "A file that is named is not there",
        "Add the file, or correct its path in the descriptor.",
    )
    yield Rule(
        "path-unsafe",
        blocker,
        "A path leaves its folder",
        "Name the file by a relative path inside the dataset's own folder, without `..`, without links out of it.",
    )
    yield Rule(
        "encoding-invalid",
        blocker,
        "A text is not in its declared encoding",
        "Save the file as UTF-8, or declare its encoding in the resource.",
    )
    yield Rule(
        "yaml-invalid",
        blocker,
        "A file is not valid YAML or JSON",
        "Correct the syntax at the place named.",
    )
    yield Rule(
        "key-unknown", blocker, "A key is not known", "Remove the key or correct its spelling."
    )
    yield Rule(
        "key-misplaced",
        blocker,
        "A key stands where it has no effect",
        "Move the key to where it belongs, or give it another name if it is not the standard's.",
    )
    yield Rule(
        "value-invalid",
        blocker,
        "A value has the wrong form",
        "Write the value in the form that is expected.",
    )
    yield Rule("key-missing", blocker, "A key that is needed is missing", "Add the key.")
    yield Rule(
        "address-unfit",
        blocker,
        "An address may not be published",
        "Write the address of a page or file with http:// or https://, without user name, password, blanks and signs that are not shown.",
    )
    yield Rule(
        "address-relative",
        warning,
        "An address is relative, and leads nowhere in the portal",
        "Write the address with http:// or https://; until then the portal leaves it out.",
    )
    yield Rule(
        "contact-missing",
        warning,
        "Readers cannot write to the publisher",
        "Add `email` under `publisher` in site/portal.yaml.",
    )
    yield Rule(
        "dataset-duplicate",
        blocker,
        "Two datasets have one name",
        "Give each dataset its own `name`.",
    )
    # Releases
    yield Rule(
        "release-outdated",
        blocker,
        "The data are not those of the newest release",
        "Run `plainrecord release` to keep them as a new release, or put back what was changed.",
    )
    yield Rule(
        "release-order",
        blocker,
        "A release is not later than the one before it",
        "Give the new release a later date; entries stand in the order of their dates.",
    )
    yield Rule(
        "release-chain-broken",
        blocker,
        "The chain of releases is broken",
        "Put back the entry as it was published; a correction is a new release.",
    )
    yield Rule(
        "release-changed",
        blocker,
        "A past release was changed",
        "Put the file back as it was released; a correction is a new release.",
    )
    yield Rule(
        "release-missing",
        blocker,
        "A release has no folder",
        "Put the folder back; a dataset keeps all its releases.",
    )
    yield Rule(
        "release-unlisted",
        blocker,
        "A folder of a release has no entry in the ledger",
        "Remove the folder, or put back its entry in releases.yaml.",
    )
    yield Rule(
        "profile-violation",
        blocker,
        "The descriptor breaks the Data Package profile",
        "Change the descriptor as the standard asks.",
    )
    # Sources and fetching
    yield Rule(
        "hash-mismatch",
        blocker,
        "A file is not the one the descriptor names",
        "Fetch the file again. If the source has changed, add the new file as a new release with its own hash.",
    )
    yield Rule(
        "bytes-mismatch",
        blocker,
        "A file does not have the declared size",
        "Correct `bytes`, or put the right file in place.",
    )
    yield Rule(
        "source-not-fetched",
        warning,
        "A dataset is catalogued, but not in this build",
        "Run `plainrecord fetch` (or `fetch --mirror DIR`) and build again.",
    )
    yield Rule(
        "source-unpinned",
        blocker,
        "A remote file has no hash",
        "Give the SHA-256 and the bytes of every file that has a public address.",
    )
    yield Rule(
        "download-failed",
        blocker,
        "A file could not be downloaded",
        "Check the address and the connection, or use a copy with --mirror.",
    )
    yield Rule(
        "download-too-large",
        blocker,
        "A download is larger than the limit",
        "Raise fetch.max_bytes in site/portal.yaml if the size is right.",
    )
    yield Rule(
        "host-not-allowed",
        blocker,
        "An address is on a host that the portal does not allow",
        "Add the host to fetch.hosts in site/portal.yaml if you trust it.",
    )
    yield Rule(
        "question-open",
        warning,
        "A question is not answered yet",
        "Write the answer where the question says, and take the question out of the list `questions`.",
    )
    yield Rule(
        "placeholder-text",
        warning,
        "A text for readers is a placeholder",
        "Write the text, or take it out.",
    )
    # The privacy gate
    yield Rule(
        "privacy-undeclared",
        blocker,
        "A dataset has no privacy policy",
        "Add `plainrecord.privacy`: identifiers, coarsen and threshold; or `open` with the reason in words.",
    )
    yield Rule(
        "privacy-reason-missing",
        blocker,
        "A dataset is open without a reason",
        'Write why the records may be published as they are: `privacy: {open: "..."}`.',
    )
    yield Rule(
        "privacy-field-unknown",
        blocker,
        "The privacy policy names a field that is not there",
        "Correct the name of the field in `plainrecord.privacy`.",
    )
    yield Rule(
        "privacy-method-unfit",
        blocker,
        "A field cannot be coarsened in this way",
        "Choose a method that fits the type of the field.",
    )
    # Derived fields, figures, charts
    yield Rule(
        "expression-invalid",
        blocker,
        "An SQL expression cannot be used",
        "Write one expression over the fields of the row, without queries inside it.",
    )
    yield Rule(
        "derived-value-invalid",
        blocker,
        "A derived field cannot be computed",
        "Correct the expression so that it gives a value of the declared type for every row.",
    )
    yield Rule(
        "comparison-invalid",
        blocker,
        "Editions cannot be compared as declared",
        "Correct `plainrecord.comparison`: name fields that every edition of the table has.",
    )
    yield Rule(
        "comparison-key-repeats",
        Severity.WARNING,
        "Several records have one key",
        "Add a field to `plainrecord.comparison.key` that tells them apart, if there is one.",
    )
    yield Rule(
        "figure-failed",
        blocker,
        "A figure's query does not give a number",
        "Correct the query: it must return one row with one column, from released tables.",
    )
    yield Rule(
        "figure-field-unreleased",
        blocker,
        "A figure reads something that is not released",
        "Use released tables and fields only.",
    )
    yield Rule(
        "chart-field-unknown",
        blocker,
        "A chart names a field that is not there",
        "Correct the name; a field that the privacy gate drops cannot be charted.",
    )
    yield Rule(
        "chart-invalid",
        blocker,
        "A chart cannot be drawn as declared",
        "Correct the chart's declaration.",
    )
    yield Rule(
        "chart-empty",
        warning,
        "A chart has nothing to show",
        "Check the chart's condition, or remove the chart.",
    )
    yield Rule(
        "chart-title",
        warning,
        "The title of a chart names another period than the chart has",
        "Correct the title, or the chart's `period`.",
    )
    # Pages
    yield Rule(
        "template-undefined",
        blocker,
        "A template names something that is not there",
        "Correct the name in the template.",
    )
    yield Rule(
        "template-invalid",
        blocker,
        "A template is not valid",
        "Correct the template at the line named.",
    )
    yield Rule(
        "markup-removed",
        warning,
        "Unsafe markup was taken out of a Markdown text",
        "Remove the markup from the text, so that what you write is what readers see.",
    )
    yield Rule(
        "figure-unknown",
        blocker,
        "A text names a figure that is not there",
        'Correct the name: `figure("NAME")` for a figure of the same dataset, `figure("DATASET.NAME")` for one of another.',
    )
    yield Rule(
        "figure-call-invalid",
        blocker,
        "A figure is called in a way that cannot be followed",
        'Write `{{ figure("NAME") }}` in the running text of Markdown, outside of links; put it into backticks to show it as it is.',
    )
    yield Rule(
        "figure-absent",
        warning,
        "A text names a figure of a dataset that is not in this build",
        "Fetch the dataset and build again; until then the text says that the number is not in this build.",
    )
    yield Rule(
        "number-bare",
        warning,
        "A number is typed into a text, without a receipt",
        "Declare a figure and name it in the text; or waive the number with its reason under `numbers`.",
    )
    yield Rule(
        "waiver-unused",
        warning,
        "A waiver fits nothing",
        "Remove the entry from `numbers` or `waived`, or write it as the text or the warning has it.",
    )
    yield Rule(
        "claim-failed",
        blocker,
        "A test of a claim cannot be made",
        "Correct the test: it may read released tables of this portal by `dataset` and `resource`, and figures by `DATASET.NAME`.",
    )
    yield Rule(
        "claim-synthetic",
        blocker,
        "A claim is tested on made-up data",
        "Test it on real records, or say under `untestable` why that cannot be done.",
    )
    yield Rule(
        "claim-duplicate",
        blocker,
        "Two claims have one name",
        "Give each claim its own name: it is part of its address.",
    )
    yield Rule("link-broken", blocker, "A link leads nowhere", "Correct the link or add the page.")
    yield Rule(
        "third-party-resource",
        blocker,
        "A page makes the browser fetch something from another host",
        "Keep a copy in site/assets and name that.",
    )
    yield Rule(
        "page-script",
        blocker,
        "A page has a script in itself",
        "Put the script into a file in site/assets; what a page shows must be what it says.",
    )
    yield Rule("page-duplicate", blocker, "Two pages have one address", "Rename one of them.")
    yield Rule(
        "query-slow",
        blocker,
        "A query takes longer than a verifier may run it",
        "Split the table, or give it fewer fields; the numbers are not left out, since the speed of a machine must not decide what is published.",
    )
    yield Rule(
        "form-refused",
        blocker,
        "The site would have a form that `plainrecord verify` refuses",
        "Rename what is named, or make it smaller; `verify` could not read the site as it is.",
    )
    # What law the records name
    yield Rule(
        "statute-unread",
        warning,
        "Values of a legal basis are no citation that can be read",
        "Ask the publisher, or unify the values in a derived field; they are shown as they are.",
    )
    yield Rule(
        "statute-impossible",
        warning,
        "A legal basis names a section that does not exist",
        "Ask the publisher what was meant; the value is shown as it is.",
    )
    yield Rule(
        "statute-unlisted",
        warning,
        "A legal basis names a section that is not in the table of known sections",
        "Look the section up. If it exists, add it to `plainrecord/law/provisions.py` with its heading.",
    )
    yield Rule(
        "statute-unfit",
        warning,
        "A legal basis does not fit what the records are about",
        "Ask the publisher what was meant, or correct `of` in `plainrecord.statutes`.",
    )
    # Writing
    yield Rule(
        "output-not-ours",
        blocker,
        "The output folder is not one that plainrecord made",
        "Name another folder with --out, or empty this one yourself.",
    )
    yield Rule(
        "size-near-limit",
        warning,
        "The portal is near the limits of GitHub Pages",
        "Keep large files elsewhere (release assets), or publish fewer formats.",
    )
    yield Rule(
        "size-over-limit",
        blocker,
        "The portal is past the limits of GitHub Pages",
        "Keep large files elsewhere (release assets), or publish fewer formats.",
    )


PORTAL_RULES = tuple(_rules())
