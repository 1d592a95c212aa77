"""Take the values of personal fields out of a comparison that is printed."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from plainrecord.model.changes import ChangedRow, Comparison, Record, Rename

HIDDEN = "(not shown)"


def mask_comparison(comparison: Comparison, hidden: Collection[str]) -> Comparison:
    """`comparison` without a value of the columns `hidden`; which rows and columns differ stays."""
    renamed = [c.new for c in comparison.columns.renamed if c.old in hidden]
    names = {*hidden, *renamed}
    if not names & {*comparison.key, *comparison.fields}:
        return comparison
    both = (*comparison.key, *comparison.fields)

    def cell(column: str, value: str | None) -> str | None:
        return HIDDEN if column in names and value is not None else value

    def cells(record: Record, columns: Sequence[str]) -> Record:
        return tuple(cell(*pair) for pair in zip(columns, record, strict=True))

    def changed(row: ChangedRow) -> ChangedRow:
        values = tuple(
            replace(v, old=cell(v.field, v.old), new=cell(v.field, v.new)) for v in row.values
        )
        return ChangedRow(cells(row.key, comparison.key), values)

    def likely(rename: Rename) -> Rename:
        columns = comparison.key or both
        old, new = cells(rename.old, columns), cells(rename.new, columns)
        same = (old, new) == (rename.old, rename.new) and rename.field not in names
        return replace(rename, old=old, new=new, evidence=rename.evidence if same else HIDDEN)

    return replace(
        comparison,
        sample_added=tuple(cells(row, both) for row in comparison.sample_added),
        sample_vanished=tuple(cells(row, both) for row in comparison.sample_vanished),
        sample_changed=tuple(map(changed, comparison.sample_changed)),
        renames=tuple(map(likely, comparison.renames)),
        rename_patterns=tuple(p for p in comparison.rename_patterns if p.field not in names),
        categories=tuple(c for c in comparison.categories if c.field not in names),
        patterns=tuple(
            replace(p, pairs=()) if p.field in names else p for p in comparison.patterns
        ),
    )
