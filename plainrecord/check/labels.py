"""Matching a table's header with its schema, by the schema's `fieldsMatch`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from plainrecord.model.packages import Schema
from plainrecord.rules.findings import Finding

LONGEST = 300
"""How many characters of a label are looked at: a longer one is no label of a schema."""


def match_labels(
    schema: Schema, labels: Sequence[str], wanted: Sequence[int], file: str, row: int | None
) -> tuple[dict[int, int], list[Finding]]:
    """From which column (counted from 0) each wanted field is read, and what is wrong.

    `wanted` numbers the fields of the schema that the file should hold. Under `exact` columns are
    taken by their order, else by their name.
    """
    finding = partial(Finding, file=file, row=row)
    found: list[Finding] = []
    first: dict[str, int] = {}
    labels = [label if len(label) <= LONGEST else label[:LONGEST] + "…" for label in labels]
    names = {schema.fields[at].name for at in wanted}
    # A blank at the edge of a label is no other label, as frictionless has it.
    labels = [label.strip() if label not in names and label.strip() else label for label in labels]
    for place, label in enumerate(labels):
        number = place + 1
        if not label.strip():
            text = f"column {number} has no label"
            found.append(finding("blank-label", text, field_number=number))
        elif label in first:
            text = f'"{label}" is the label of columns {first[label] + 1} and {number}'
            found.append(finding("duplicate-label", text, field=label, field_number=number))
        first.setdefault(label, place)
    places: dict[int, int] = {}
    for order, at in enumerate(wanted):
        name, match = schema.fields[at].name, schema.fields_match
        if match == "exact" and order < len(labels):
            places[at] = order
            label = labels[order]
            if label != name and label.strip():
                text, number = f'"{label}"', order + 1
                found.append(
                    finding("incorrect-label", text, f'"{name}"', field=name, field_number=number)
                )
            continue
        if match != "exact" and name in first:
            places[at] = first[name]
            continue
        needed = schema.fields[at].constraints.get("required") or name in schema.primary_key
        if needed or match in {"exact", "equal", "subset"}:
            text = f'there is no column "{name}"'
            found.append(finding("missing-label", text, f'a column "{name}"', field=name))
    for place in _extra(schema, labels, wanted):
        label, number = labels[place], place + 1
        text, expected = f'"{label}" is not in the schema', "only the columns of the schema"
        found.append(finding("extra-label", text, expected, field=label, field_number=number))
    if schema.fields_match == "partial" and wanted and not places:
        text = "no column of the schema is in the file"
        found.append(finding("missing-label", text, "at least one"))
    return places, found


def _extra(schema: Schema, labels: Sequence[str], wanted: Sequence[int]) -> list[int]:
    """The columns that the schema does not allow."""
    if schema.fields_match == "exact":
        return list(range(len(wanted), len(labels)))
    if schema.fields_match in {"equal", "superset"}:
        names = {schema.fields[at].name for at in wanted}
        return [place for place, label in enumerate(labels) if label not in names]
    return []
