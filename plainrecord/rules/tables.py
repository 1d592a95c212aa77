"""Rules: what can be wrong with a table, with the remedy."""

from __future__ import annotations

from collections.abc import Iterable

from plainrecord.rules.portals import Rule, Severity


def _rules() -> Iterable[Rule]:
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


TABLE_RULES = tuple(_rules())
