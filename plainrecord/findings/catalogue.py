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


def _portal_rules() -> Iterable[Rule]:
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


PORTAL_RULES = tuple(_portal_rules())


def _table_rules() -> Iterable[Rule]:
    blocker, warning = Severity.BLOCKER, Severity.WARNING
    yield Rule(
        "source-error",
        blocker,
        "A table cannot be read",
        "Check that the file is whole and that `format`, `dialect` and `encoding` say what it is.",
    )
    yield Rule(
        "memory-exceeded",
        blocker,
        "The data do not fit into memory",
        "Split the table into several, or move its longest texts into files of their own.",
    )
    yield Rule(
        "schema-missing",
        warning,
        "A table has no schema",
        "Describe its fields in `schema`: without one only the header and the layout are checked.",
    )
    yield Rule(
        "archive-rest",
        warning,
        "Only one file of an archive is read",
        "Name the file to read in `innerpath`, or pack each table by itself: the others are not checked.",
    )
    yield Rule(
        "workbook-rest",
        warning,
        "Only one sheet of a workbook is read",
        "Name the sheet in `dialect.sheetName`, and describe each other table as a resource.",
    )
    yield Rule(
        "workbook-hidden",
        warning,
        "A worksheet has hidden rows or columns",
        "Nothing needs doing if they are part of the table: they are read and published. Else delete them.",
    )
    yield Rule(
        "formula-unstored",
        blocker,
        "A formula has no stored value",
        "Open the workbook in a spreadsheet program and save it: the program that wrote it calculated nothing.",
    )
    yield Rule(
        "hidden-character",
        warning,
        "Text holds characters that nobody sees",
        "Ask the publisher, or remove them in a derived field; they are published as they are.",
    )
    yield Rule(
        "quote-open",
        warning,
        "A quote is never closed",
        "Close the quote, or declare another `quoteChar` if the sign is no quote.",
    )
    yield Rule(
        "quote-stray",
        warning,
        "A quote takes text or rows into a cell",
        "Look at the line: close the quote, write a quote inside a quoted cell twice, or declare "
        "another `quoteChar` if the sign is no quote.",
    )
    yield Rule(
        "header-absent",
        warning,
        "A further file of a table has no header",
        "Nothing needs doing if the file goes on where the one before ends; else give it a header.",
    )
    yield Rule(
        "blank-label",
        blocker,
        "A column has no label",
        "Give the column a label in the header row, or correct `dialect.headerRows`.",
    )
    yield Rule(
        "duplicate-label", blocker, "Two columns have one label", "Give each column its own label."
    )
    yield Rule(
        "incorrect-label",
        blocker,
        "A column's label is not the one in the schema",
        "Correct the label or the schema, or allow another order with `fieldsMatch`.",
    )
    yield Rule(
        "missing-label",
        blocker,
        "A column of the schema is not in the table",
        "Add the column, or allow its absence with `fieldsMatch`.",
    )
    yield Rule(
        "extra-label",
        blocker,
        "The table has a column that the schema does not know",
        "Describe the column in the schema, or allow it with `fieldsMatch: subset`.",
    )
    yield Rule(
        "extra-cell",
        blocker,
        "A row has more cells than the header",
        "Look for a separator that is not quoted in this row.",
    )
    yield Rule(
        "missing-cell",
        blocker,
        "A row has fewer cells than the header",
        "Look for a line break inside a cell, or add the empty cells.",
    )
    yield Rule(
        "blank-row",
        warning,
        "A row is empty",
        "Nothing needs doing: the row is left out. Remove it from the file if you can.",
    )
    yield Rule(
        "empty-record",
        warning,
        "A record has no value",
        "If it is none, remove it or name its row in `dialect.commentRows`: it counts as a record.",
    )
    yield Rule(
        "table-empty",
        warning,
        "A table has no row",
        "Nothing needs doing if there is nothing to tell. Else look whether the file is whole.",
    )
    yield Rule(
        "type-error",
        blocker,
        "A cell is not of its field's type",
        "Correct the cell, declare the mark in `missingValues`, or change the field's type or format.",
    )
    yield Rule(
        "number-inexact",
        blocker,
        "No type keeps all numbers of a column exactly",
        "Give very large and very small numbers, or NaN, a column of their own, or make the field a string.",
    )
    yield Rule(
        "constraint-error",
        blocker,
        "A cell breaks a constraint of its field",
        "Correct the cell, or the constraint where it is the constraint that is wrong.",
    )
    yield Rule(
        "category-error",
        blocker,
        "A cell is none of its field's categories",
        "Correct the cell, or add the value to `categories`.",
    )
    yield Rule(
        "unique-error",
        blocker,
        "A value that must be unique is there twice",
        "Correct the value, or remove the constraint `unique`.",
    )
    yield Rule(
        "unique-key",
        blocker,
        "A unique key is there twice",
        "Correct the rows, or the schema's `uniqueKeys`.",
    )
    yield Rule(
        "primary-key",
        blocker,
        "A primary key is empty or there twice",
        "Correct the rows, or choose fields for `primaryKey` that identify a row.",
    )
    yield Rule(
        "foreign-key",
        blocker,
        "A reference leads to no row",
        "Correct the value, or add the row that it refers to.",
    )
    yield Rule(
        "duplicate-row",
        warning,
        "Rows repeat other rows",
        "Find out whether they are the same event; without an identifier they may be different ones.",
    )
    yield Rule(
        "padded-value",
        warning,
        "Values begin or end with a blank",
        "Ask the publisher, or unify the values in a derived field; they are published as they are.",
    )
    # What looks odd, though the schema allows it
    yield Rule(
        "text-mangled",
        warning,
        "Text looks as if it was read in a wrong encoding",
        "Find the file's true encoding and declare it; if the publisher mangled it, say so in `known_issues`.",
    )
    yield Rule(
        "sentinel-value",
        warning,
        "Values look like marks for an unknown value",
        "If they are, declare them in `missingValues` with a label, so that nobody counts them.",
    )
    yield Rule(
        "mark-undeclared",
        warning,
        "Values look like marks for withheld values",
        "Declare each mark in `missingValues` of the field, to the letter, with `kind: withheld`.",
    )
    yield Rule(
        "leading-zero",
        warning,
        "Numbers begin with a zero",
        "If they are codes (a postal or county code), declare the field as `string`, or the zero is lost.",
    )
    yield Rule(
        "category-respelt",
        warning,
        "One thing is spelt in more than one way",
        "Ask the publisher, or unify the values in a derived field; they are published as they are.",
    )
    yield Rule(
        "mixed-dates",
        warning,
        "Dates are written in more than one way",
        "Find out whether day and month can be told apart; declare the field as a date once they are alike.",
    )
    yield Rule(
        "time-gap",
        warning,
        "There is a stretch of time without records",
        "Find out whether nothing happened or nothing was recorded, and say so in `known_issues`.",
    )
    yield Rule(
        "period-partial",
        warning,
        "The last period is not whole",
        "Say so where it is charted: a reader would take it for a decline.",
    )
    yield Rule(
        "row-rule",
        blocker,
        "Rows break a rule of the dataset",
        "Correct the rows, or the rule in `plainrecord.checks` where it is the rule that is wrong.",
    )
    yield Rule(
        "trial-invalid",
        blocker,
        "A plausibility rule cannot be put to its table",
        "Correct the rule in `plainrecord.plausibility`: use released fields of the right type.",
    )
    yield Rule(
        "reconciliation-invalid",
        blocker,
        "Two sources cannot be compared as declared",
        "Correct the entry in `plainrecord.reconcile`: released tables and fields, and one key or more.",
    )
    yield Rule(
        "reconciliation-absent",
        warning,
        "A source to compare with is not in this build",
        "Fetch the files of the other dataset, and build again.",
    )
    yield Rule(
        "table-invalid",
        blocker,
        "A table breaks its schema",
        "Correct the table, or the schema where it is the schema that is wrong.",
    )


TABLE_RULES = tuple(_table_rules())


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


SCORE_RULES = (
    Rule(
        "standard-unknown",
        Severity.BLOCKER,
        "A crosswalk names a standard that is not there",
        "Name a standard that comes with plainrecord, such as enforcement-stop.",
    ),
    Rule(
        "crosswalk-element-unknown",
        Severity.BLOCKER,
        "A crosswalk names an element that the standard does not have",
        "Correct the name; the page of the standard lists all elements.",
    ),
    Rule(
        "crosswalk-field-unknown",
        Severity.BLOCKER,
        "A crosswalk names a table or a field that the dataset does not have",
        "Correct the name, or list the element under `absent` with the reason.",
    ),
    Rule(
        "crosswalk-value-unknown",
        Severity.BLOCKER,
        "A crosswalk names a value that is not there",
        "On the left stands a category of the field, on the right a category of the element or `unknown`.",
    ),
    Rule(
        "crosswalk-invalid",
        Severity.BLOCKER,
        "A crosswalk contradicts itself",
        "Say of each element one thing: a field, `aggregated`, `absent` or `inapplicable`; and name levels of the element.",
    ),
    Rule(
        "crosswalk-element-unsaid",
        Severity.WARNING,
        "A crosswalk says nothing about an element",
        "Name its field, or list it under `absent` with the reason.",
    ),
    Rule(
        "crosswalk-value-unmapped",
        Severity.WARNING,
        "A value in the records is not in the crosswalk",
        "Add the value to `values` of the element, with the category that it means.",
    ),
    Rule(
        "crosswalk-failed",
        Severity.BLOCKER,
        "An element of a crosswalk cannot be computed",
        "Correct the expression: it reads the fields of one released row and gives a category of the element.",
    ),
    Rule(
        "methodology-link-invalid",
        Severity.BLOCKER,
        "The methodology checklist links to something that is not there",
        "Name a heading of methodology.md as `#its-anchor`, a public address, or `known_issues`.",
    ),
)
