"""Match a table's header with its schema, by the schema's `fieldsMatch`."""

from collections.abc import Sequence
from functools import partial

from plainrecord.findings.finding import Finding
from plainrecord.model.packages import Schema

LONGEST_SHOWN = 300
"""How many characters of a label are shown."""
LONGEST_NAME = 10_000
"""A field with a longer name is not looked up in the header."""


def match_labels(
    schema: Schema,
    labels: Sequence[str],
    expected: Sequence[int],
    file: str,
    row: int | None,
    *,
    ignore_case: bool = False,
) -> tuple[dict[int, int], list[Finding]]:
    """The column (counted from 0) of each expected field, and what is wrong with the header.

    `expected` numbers the fields of the schema that the file should hold. Under `exact` columns are
    taken by their order, else by their name: there a column without a label is one that the schema
    does not know. Under `ignore_case` A and a are one letter.
    """
    finding = partial(Finding, file=file, row=row)
    match = schema.fields_match
    exact = match == "exact"
    names = {schema.fields[n].name for n in expected}
    labels = _normalise(labels, {n for n in names if len(n) <= LONGEST_NAME}, ignore_case)
    findings: list[Finding] = []
    first: dict[str, int] = {}
    repeated: set[int] = set()
    for column, label in enumerate(labels):
        if exact and column >= len(expected):  # reported as an extra label below
            break
        if not label.strip() and exact:
            text = f"column {column + 1} has no label"
            findings.append(finding("blank-label", text, field_number=column + 1))
        elif label in first:
            text = f'"{label}" is the label of columns {first[label] + 1} and {column + 1}'
            findings.append(finding("duplicate-label", text, field=label, field_number=column + 1))
            repeated.add(column)
        first.setdefault(label, column)
    columns: dict[int, int] = {}
    for order, number in enumerate(expected):
        name = schema.fields[number].name
        if exact and order < len(labels):
            columns[number] = order
            label = labels[order]
            if label != name and label.strip() and order not in repeated:
                wrong = partial(finding, "incorrect-label", field=name, field_number=order + 1)
                findings.append(wrong(f'"{label}"', f'"{name}"'))
            continue
        if not exact and name in first:
            columns[number] = first[name]
            continue
        needed = schema.fields[number].constraints.get("required") or name in schema.primary_key
        if needed or match in {"exact", "equal", "subset"}:
            text = f'there is no column "{name}"'
            findings.append(finding("missing-label", text, f'a column "{name}"', field=name))
    for column, label in enumerate(labels):
        extra = column >= len(expected) if exact else label not in names
        if extra and match in {"exact", "equal", "superset"}:
            there = "there once more" if label in names else "not in the schema"
            text, allowed = f'"{label}" is {there}', "only the columns of the schema"
            findings.append(
                finding("extra-label", text, allowed, field=label, field_number=column + 1)
            )
    if match == "partial" and expected and not columns:
        text = "no column of the schema is in the file"
        findings.append(finding("missing-label", text, "at least one"))
    return columns, findings


def _normalise(labels: Sequence[str], names: set[str], ignore_case: bool) -> list[str]:
    """The labels cut to the length that is shown, without blanks at their edges, as frictionless does."""
    by_folded = {name.casefold(): name for name in names} if ignore_case else {}
    normalised = []
    for label in labels:
        text = label
        if text not in names and len(text) > LONGEST_SHOWN:
            text = text[:LONGEST_SHOWN] + "…"
        if text not in names:
            text = text.strip() or text
        normalised.append(by_folded.get(text.casefold(), text))
    return normalised
