"""Codebook pages: what every released field means, allows and holds."""

from collections.abc import Iterator

from plainrecord.core.html import identify
from plainrecord.core.strict_json import Json
from plainrecord.core.translation import _
from plainrecord.model.counts import CountTable, LinkedNumber, Shown, show
from plainrecord.model.packages import Field
from plainrecord.model.products import ReleasedDataset
from plainrecord.model.profiles import FieldProfile
from plainrecord.pages import portal_context as contexts
from plainrecord.pages.portal_context import Fact
from plainrecord.receipts.change_ids import describe_blanks

_NONE = LinkedNumber("none", "", "")
_NOTHING = LinkedNumber("", "", "")


def describe_tables(release: ReleasedDataset) -> tuple[contexts.CodebookTable, ...]:
    """The tables of a dataset as its codebook shows them."""
    profiles = {profile.resource: profile for profile in release.profiles}
    tables = []
    for table in release.tables:
        profile = profiles.get(table.resource)
        measured = {item.field.name: item for item in profile.fields} if profile else {}
        tables.append(
            contexts.CodebookTable(
                anchor=f"table-{identify(table.resource)}",
                table=table,
                rows=(profile and profile.rows)
                or show_rows(release, table.resource)
                or LinkedNumber(f"{table.rows:,}", "", ""),
                fields=tuple(
                    _codebook_field(
                        field, measured.get(field.name), identify(table.resource, field.name)
                    )
                    for field in table.fields
                ),
                profile=profile,
            )
        )
    return tuple(tables)


def show_rows(release: ReleasedDataset, resource: str) -> Shown | None:
    """The row count of a table of the release; None if there is no such table."""
    for row, table in enumerate(release.tables, 1):
        if table.resource == resource:
            counted = release.counted_rows
            if counted is None:
                return LinkedNumber(f"{table.rows:,}", "", "")
            return show(counted, f"{row}.2")
    return None


def sum_rows(release: ReleasedDataset) -> Shown | None:
    """The rows of all tables of the release together; None where it has none."""
    if not release.built:
        return None
    counted: CountTable | None = release.counted_rows
    if counted is None or not counted.rows:
        return LinkedNumber(f"{sum(table.rows for table in release.tables):,}", "", "")
    return show(counted, "+".join(f"{row}.2" for row in range(1, len(counted.rows) + 1)))


def _codebook_field(
    field: Field, profile: FieldProfile | None, anchor: str
) -> contexts.CodebookField:
    return contexts.CodebookField(
        anchor=f"field-{anchor}",
        field=field,
        type=field.type if field.format in ("", "default") else f"{field.type} ({field.format})",
        constraints=tuple(
            Fact(_(contexts.CONSTRAINTS[name]), _("yes") if value is True else str(value))
            for name, value in field.constraints.items()
            if name in contexts.CONSTRAINTS and value is not False and value is not None
        ),
        allowed=tuple(_allowed(field, profile)),
        closed=bool(field.categories or field.constraints.get("enum")),
        absent=_absent(field, profile),
        profile=profile,
        example=(profile.example if profile and not field.example else None)
        or LinkedNumber(field.example, "", ""),
    )


def _allowed(field: Field, profile: FieldProfile | None) -> Iterator[contexts.AllowedValue]:
    """The values a schema allows with how often each occurs; then any other, the commonest first."""
    seen = {item.value: item for item in profile.values} if profile else {}
    enum = field.constraints.get("enum")
    listed = [(item.value, item.label) for item in field.categories]
    if not listed and isinstance(enum, list):
        listed = [(_word(item), "") for item in enum]
    for value, label in listed:
        counted = seen.pop(value, None)
        yield contexts.AllowedValue(
            counted.shown if counted else LinkedNumber(value, "", ""),
            label if label != value else "",
            counted.count if counted else _NOTHING,
            describe_blanks(value),
        )
    for item in seen.values():
        label = "" if listed or item.label == item.value else item.label
        yield contexts.AllowedValue(item.shown, label, item.count, describe_blanks(item.value))


def _word(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _absent(field: Field, profile: FieldProfile | None) -> tuple[contexts.AbsentValue, ...]:
    """The declared marks, then others that were counted; () where no cell is absent."""
    counts = {item.mark: item for item in profile.absent} if profile else {}
    lines = []
    for mark in field.missing_values:
        seen = counts.pop(mark.value, None)
        count, share = (
            (seen.count, seen.share) if seen else (_NONE if profile else _NOTHING, _NOTHING)
        )
        kind = _(contexts.KINDS[mark.kind])
        lines.append(contexts.AbsentValue(mark.value, mark.label, kind, count, share))
    lines += [
        contexts.AbsentValue(
            item.mark, item.label, _(contexts.KINDS[item.kind]), item.count, item.share
        )
        for item in counts.values()
    ]
    if all(not line.mark and line.count.text in ("0", "none") for line in lines):
        return ()  # how full the field is says that no cell is blank
    return tuple(lines)
