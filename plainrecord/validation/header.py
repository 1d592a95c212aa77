"""Matching a table's header with its schema, by the schema's `fieldsMatch`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from plainrecord.findings.finding import Finding
from plainrecord.model.packages import Schema

LONGEST = 300
MOST = 10_000
"""How many characters of a label are shown, and how many the name of a field may have to be found."""


def match_labels(
    schema: Schema,
    labels: Sequence[str],
    wanted: Sequence[int],
    file: str,
    row: int | None,
    *,
    ignore_case: bool = False,
) -> tuple[dict[int, int], list[Finding]]:
    """From which column (counted from 0) each wanted field is read, and what is wrong.

    `wanted` numbers the fields of the schema that the file should hold. Under `exact` columns are
    taken by their order, else by their name: there a column without a label is one more that the
    schema does not know. Under `ignore_case` A and a are one letter.
    """
    finding = partial(Finding, file=file, row=row)
    found: list[Finding] = []
    first: dict[str, int] = {}
    exact = schema.fields_match == "exact"
    names = {schema.fields[at].name for at in wanted if len(schema.fields[at].name) <= MOST}
    labels = [
        label if len(label) <= LONGEST or label in names else label[:LONGEST] + "…"
        for label in labels
    ]
    # A blank at the edge of a label is no other label, as frictionless has it.
    labels = [label.strip() if label not in names and label.strip() else label for label in labels]
    if ignore_case:
        own = {name.casefold(): name for name in names}
        labels = [own.get(label.casefold(), label) for label in labels]
    repeated: set[int] = set()
    for place, label in enumerate(labels):
        number = place + 1
        if exact and place >= len(wanted):  # told of as an extra label, and that is enough
            break
        if not label.strip() and exact:
            text = f"column {number} has no label"
            found.append(finding("blank-label", text, field_number=number))
        elif label in first:
            text = f'"{label}" is the label of columns {first[label] + 1} and {number}'
            found.append(finding("duplicate-label", text, field=label, field_number=number))
            repeated.add(place)
        first.setdefault(label, place)
    places: dict[int, int] = {}
    for order, at in enumerate(wanted):
        name, match = schema.fields[at].name, schema.fields_match
        if match == "exact" and order < len(labels):
            places[at] = order
            label = labels[order]
            if label != name and label.strip() and order not in repeated:
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
