"""Codebook pages: what every released field means, allows and holds."""

from __future__ import annotations

from plainrecord.model.packages import Field
from plainrecord.model.products import Edition, FieldProfile
from plainrecord.pages.contexts import portal as contexts
from plainrecord.pages.contexts.portal import Fact


def describe_tables(edition: Edition) -> tuple[contexts.CodebookTable, ...]:
    """The tables of a dataset as its codebook shows them."""
    profiles = {profile.resource: profile for profile in edition.profiles}
    tables = []
    for table in edition.tables:
        profile = profiles.get(table.resource)
        measured = {item.field.name: item for item in profile.fields} if profile else {}
        tables.append(
            contexts.CodebookTable(
                anchor=f"table-{table.resource}",
                title=table.title or table.resource,
                description=table.description,
                rows=table.rows,
                unit=table.unit,
                primary_key=table.primary_key,
                duplicate_rows=profile.duplicate_rows if profile else 0,
                notes=profile.notes if profile else (),
                fields=tuple(
                    _codebook_field(field, measured.get(field.name), f"{table.resource}-{position}")
                    for position, field in enumerate(table.fields, start=1)
                ),
            )
        )
    return tuple(tables)


def _codebook_field(
    field: Field, profile: FieldProfile | None, anchor: str
) -> contexts.CodebookField:
    rows = profile.rows if profile else 0
    return contexts.CodebookField(
        anchor=f"field-{anchor}",
        name=field.name,
        label=field.title,
        type=field.type if field.format in ("", "default") else f"{field.type} ({field.format})",
        description=field.description,
        generalised=field.generalised,
        constraints=tuple(
            Fact(contexts.CONSTRAINTS[name], "yes" if value is True else str(value))
            for name, value in field.constraints.items()
            if name in contexts.CONSTRAINTS and value is not False and value is not None
        ),
        allowed=_allowed(field, profile),
        closed=bool(field.categories or field.constraints.get("enum")),
        absent=_absent(field, profile),
        filled=share(profile.filled, rows) if profile else "",
        distinct=profile.distinct if profile else None,
        minimum=profile.minimum if profile else "",
        maximum=profile.maximum if profile else "",
        example=(profile.example if profile else "") or field.example,
    )


def _allowed(field: Field, profile: FieldProfile | None) -> tuple[contexts.AllowedValue, ...]:
    """The values a schema allows with how often each occurs; else the commonest values."""
    seen = {item.value: item for item in profile.values} if profile else {}

    def count(value: str) -> str:
        if value not in seen:
            return ""
        found = seen[value].count
        return "kept back" if found is None else f"{found:,}"

    if field.categories:
        return tuple(
            contexts.AllowedValue(
                item.value, item.label if item.label != item.value else "", count(item.value)
            )
            for item in field.categories
        )
    enum = field.constraints.get("enum")
    if isinstance(enum, list) and enum:
        return tuple(contexts.AllowedValue(str(item), "", count(str(item))) for item in enum)
    return tuple(
        contexts.AllowedValue(item.value, item.label, count(item.value)) for item in seen.values()
    )


def _absent(field: Field, profile: FieldProfile | None) -> tuple[contexts.AbsentValue, ...]:
    """The declared marks of absence first, then any other that the profile counted."""
    rows = profile.rows if profile else 0
    counts = {item.mark: item for item in profile.absent} if profile else {}
    lines = []
    for mark in field.missing_values:
        seen = counts.pop(mark.value, None)
        count = seen.count if seen else (0 if profile else None)
        part = "" if count is None else share(count, rows)
        lines.append(
            contexts.AbsentValue(mark.value, mark.label, contexts.KINDS[mark.kind], count, part)
        )
    lines += [
        contexts.AbsentValue(
            item.mark, item.label, contexts.KINDS[item.kind], item.count, share(item.count, rows)
        )
        for item in counts.values()
    ]
    return tuple(lines)


def share(part: int, whole: int) -> str:
    """A share in per cent that says 0 % and 100 % only where it is exactly so."""
    if not whole or not part:
        return "0 %"
    if part == whole:
        return "100 %"
    per_cent = min(max(100 * part / whole, 0.1), 99.9)
    return f"{per_cent:.1f} %"
