"""A comparison of two tables as text and as JSON."""

from collections.abc import Sequence

from click import echo

from plainrecord.core.cut_texts import cut_apart, look_alike
from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import select
from plainrecord.model.changes import Comparison, Record, RetypedColumn
from plainrecord.pipeline.diff import Collation
from plainrecord.pipeline.diff_files import TableSets

FEW = 5
LONGEST = 60
MOST_CELLS = 8
SUMMED = ("old_rows", "new_rows", "added", "vanished", "changed", "respelt", "unchanged", "renamed")
KIND_WORDS = {
    "withheld": "newly withheld",
    "open": "no longer withheld",
    "missing": "now empty",
    "filled": "filled in",
    "respelt": "same value, other spelling",
    "changed": "to another value",
}


def describe_collation(collation: Collation, *, normalise: bool, limit: int) -> dict[str, object]:
    """The comparison as a JSON object: counts first, lists of at most `limit` entries."""
    comparison = collation.comparison
    names = (*comparison.key, *comparison.fields)
    columns = comparison.columns
    return {
        "same": collation.same,
        "identical_rows": comparison.identical and collation.whole,
        "method": "key" if comparison.key else "multiset",
        "key": list(comparison.key),
        "fields": list(comparison.fields),
        "normalised": normalise,
        **select(comparison, "old_rows", "new_rows", "added", "vanished"),
        **select(comparison, "changed", "respelt", "unchanged"),
        "duplicates": {"old": comparison.duplicates_old, "new": comparison.duplicates_new},
        "columns": {
            "added": list(columns.added),
            "dropped": list(columns.dropped),
            "renamed": [select(c, "old", "new", "why", "compared") for c in columns.renamed],
            "renames_searched": columns.searched,
            "reordered": columns.reordered,
            "retyped": [
                {"column": c.name, **select(c, "old", "new", "compared_as", "note")}
                for c in columns.retyped
            ],
        },
        "changed_fields": [
            {"field": f.field, "changed": f.changed, "kinds": dict(f.kinds)}
            for f in comparison.changed_fields
        ],
        "patterns": [select(p, "field", "what", "rows", "pairs") for p in comparison.patterns],
        "reissued": comparison.reissued
        and select(comparison.reissued, "added", "vanished", "unchanged", "what"),
        "categories": [
            {
                "field": c.field,
                "new": [value for value, _ in c.new[:limit]],
                "gone": [value for value, _ in c.gone[:limit]],
            }
            for c in comparison.categories
        ],
        "renamed": comparison.renamed,
        "renames_complete": comparison.renames_complete,
        "rename_patterns": [
            select(p, "field", "old", "new", "count") for p in comparison.rename_patterns
        ],
        "renames": [
            select(r, "old", "new", "kind", "field", "evidence") for r in comparison.renames
        ],
        "added_rows": [dict(zip(names, row, strict=True)) for row in comparison.sample_added],
        "vanished_rows": [dict(zip(names, row, strict=True)) for row in comparison.sample_vanished],
        "changed_rows": [
            {
                "key": dict(zip(comparison.key, row.key, strict=True)),
                "values": [select(v, "field", "old", "new", "kind") for v in row.values],
            }
            for row in comparison.sample_changed
        ],
        "not_read": {
            "old": [*collation.old_unread, *collation.old_left],
            "new": [*collation.new_unread, *collation.new_left],
        },
        "beside": [{"what": what, "old": old, "new": new} for what, old, new in collation.beside],
        "notes": {"old": list(collation.old_notes), "new": list(collation.new_notes)},
        "limit": limit,
    }


def describe_sets(sets: TableSets, *, normalise: bool, limit: int) -> dict[str, object]:
    """Tables as JSON: sums, then each; at the top the one that has the requested columns."""
    made = [result.collation for result in sets.results if result.collation is not None]
    top: dict[str, object] = {
        "same": sets.same,
        "identical_rows": sets.identical,
        "notes": {
            side: [
                f"{getattr(result, side)}: {note}"
                for result in sets.results
                if result.collation is not None
                for note in getattr(result.collation, f"{side}_notes")
            ]
            for side in ("old", "new")
        },
        **{name: sum(getattr(one.comparison, name) for one in made) for name in SUMMED},
    }
    if sets.chosen is not None and sets.chosen.collation is not None:
        top = describe_collation(sets.chosen.collation, normalise=normalise, limit=limit) | {
            "same": sets.same,
            "identical_rows": sets.identical,
        }
    return top | {
        "tables_added": list(sets.added),
        "tables_dropped": list(sets.dropped),
        "tables_renamed": [
            {"old": result.old, "new": result.new, "why": result.why}
            for result in sets.results
            if result.old != result.new
        ],
        "not_compared": [
            {"old": result.old, "new": result.new, "why": result.problem}
            for result in sets.results
            if result.collation is None and result.problem
        ],
        "tables": [
            {"old_table": result.old, "new_table": result.new}
            | (
                {"same": result.same}
                if result.collation is None
                else describe_collation(result.collation, normalise=normalise, limit=limit)
            )
            for result in sets.results
        ],
    }


def show_comparison(comparison: Collation | TableSets) -> None:
    """Print a comparison as text: of one table, or of each table that differs."""
    if isinstance(comparison, Collation):
        show_collation(comparison)
        return
    chosen = comparison.chosen
    if chosen is not None and chosen.collation is not None:
        show_collation(chosen.collation)
        echo("The other tables do not have these columns; whole rows were compared.")
    elif comparison.same:
        echo("All tables are the same.")
    for word, names in (("added", comparison.added), ("dropped", comparison.dropped)):
        if names:
            echo(f"tables {word}: {', '.join(map(_short, names))}")
    for result in comparison.results:
        if result.old != result.new:
            echo(f"table renamed: {_short(result.old)} -> {_short(result.new)}: {result.why}")
    same = [result.new for result in comparison.results if result.same]
    if same:
        echo(f"unchanged tables: {', '.join(map(_short, same))}")
    for result in comparison.results:
        if result.same or result is chosen:
            continue
        echo("")
        echo(f"== {_short(result.new)}")
        if result.collation is not None:
            if not result.keyed:
                echo(
                    "note: the table does not have the requested columns; whole rows were compared"
                )
            show_collation(result.collation)
        elif result.problem:
            echo(f"It could not be compared: {result.problem}")
        else:
            echo("The files differ; they were not compared as tables.")


def show_collation(collation: Collation) -> None:
    """Print the comparison of two tables: counts first, then the first few of each kind."""
    comparison = collation.comparison
    for side, notes in (("old", collation.old_notes), ("new", collation.new_notes)):
        for note in notes:
            echo(f"note: {side} table: {note}")
    how = f"matched by {', '.join(comparison.key)}" if comparison.key else "whole rows compared"
    echo(
        f"{count_noun(comparison.old_rows, 'row')} -> {count_noun(comparison.new_rows, 'row')} ({how})"
    )
    if comparison.identical:
        rows = "The rows that were read" if not collation.whole else "The rows"
        echo(f"{rows} are the same{'' if comparison.same else ', but the columns differ'}.")
    for side, unread, left in (
        ("old", collation.old_unread, collation.old_left),
        ("new", collation.new_unread, collation.new_left),
    ):
        if unread:
            echo(f"not compared in the {side} file: {', '.join(map(_short, unread))}")
        if left:
            echo(f"excluded in the {side} file, as requested: {', '.join(map(_short, left))}")
    for what, was, now in collation.beside:
        echo(f"{what} differ: {_short(was or None)} -> {_short(now or None)}")
    echo(f"  added      {comparison.added:,}")
    echo(f"  removed    {comparison.vanished:,}")
    if comparison.key:
        spelt = f" ({comparison.respelt:,} of them only in spelling)" if comparison.respelt else ""
        echo(f"  changed    {comparison.changed:,}{spelt}")
    echo(f"  unchanged  {comparison.unchanged:,}")
    if comparison.duplicates_old or comparison.duplicates_new:
        what = (
            "rows that share their key with another row"
            if comparison.key
            else "rows that occur more than once"
        )
        echo(
            f"  repeated   {comparison.duplicates_old:,} in old, {comparison.duplicates_new:,} in new "
            f"({what}; all are counted)"
        )
    _show_columns(comparison)
    _show_rows(comparison)


def _show_columns(comparison: Comparison) -> None:
    columns = comparison.columns
    if columns.added:
        echo(f"columns added: {', '.join(columns.added)}")
    if columns.dropped:
        echo(f"columns dropped: {', '.join(columns.dropped)}")
    for item in columns.renamed:
        likely = "column renamed" if item.compared else "column probably renamed (not compared)"
        echo(f"{likely}: {item.old} -> {item.new}: {item.why}")
    if not columns.searched:
        echo("too many columns were added and dropped to look for renamed columns")
    for column in columns.retyped:
        echo(f"column type changed: {_retyped(column)}")
    if columns.reordered:
        echo("the columns are in another order")
    for change in comparison.categories:
        for word, values in (("new", change.new), ("removed", change.gone)):
            if values:
                more = ", …" if len(values) > FEW else ""
                echo(
                    f"{word} values in {change.field}: {', '.join(_short(value) for value, _ in values[:FEW])}{more}"
                )
    patterns = {item.field: item for item in comparison.patterns}
    for field in comparison.changed_fields:
        kinds = ", ".join(f"{count:,} {KIND_WORDS[kind]}" for kind, count in field.kinds)
        rows = "row" if field.changed == 1 else "rows"
        if pattern := patterns.get(field.field):
            explained = f"{pattern.rows:,} {pattern.what}{_recoded(pattern.pairs)}"
            kinds = explained if pattern.rows == field.changed else f"{kinds}; {explained}"
        echo(f"{field.field} changed in {field.changed:,} {rows}: {kinds}")
    if not comparison.key:
        for moved in comparison.patterns:
            echo(f"{moved.field}: {moved.rows:,} {moved.what}")
    if (again := comparison.reissued) is not None:
        how = f", {again.what}" if again.what else ""
        echo(
            f"identifiers reissued{how}: without {', '.join(comparison.key)}, {again.added:,} added, "
            f"{again.vanished:,} removed, {again.unchanged:,} unchanged"
        )


def _show_rows(comparison: Comparison) -> None:
    for word, total, rows in (
        ("added", comparison.added, comparison.sample_added),
        ("removed", comparison.vanished, comparison.sample_vanished),
    ):
        if rows:
            echo(f"{word}:")
            for row in rows[:FEW]:
                echo(f"  {_line(row)}")
            _rest(total, len(rows[:FEW]))
    if comparison.sample_changed:
        echo("changed:")
        for changed in comparison.sample_changed[:FEW]:
            values = "; ".join(
                f"{v.field}: {_change(v.old, v.new)}" for v in changed.values[:MOST_CELLS]
            ) + ("; …" if len(changed.values) > MOST_CELLS else "")
            echo(f"  {_line(changed.key)} | {values}")
        _rest(comparison.changed, len(comparison.sample_changed[:FEW]))
    if comparison.renames:
        echo("probably the same record under another name (counted above as removed and added):")
        for rename in comparison.renames[:FEW]:
            pairs = [*zip(rename.old, rename.new, strict=True)]
            old, new = (
                _line(side) for side in zip(*(_cut_apart(*pair) for pair in pairs), strict=True)
            )
            echo(f"  {old} -> {new}: {rename.evidence}")
        _rest(comparison.renamed, len(comparison.renames[:FEW]))
        for pattern in comparison.rename_patterns:
            change = f"{pattern.field}: {_change(pattern.old, pattern.new)}"
            echo(f"  the same change in {pattern.count:,} of them: {change}")
    if not comparison.renames_complete:
        echo("too many rows differ or are similar to look for every renamed record")


def _rest(total: int, shown: int) -> None:
    if total > shown:
        echo(f"  … and {total - shown:,} more (--format json --limit N lists them)")


def _retyped(column: RetypedColumn) -> str:
    read = f", compared as {column.compared_as}" if column.compared_as else ""
    note = f" ({column.note})" if column.note else ""
    return f"{column.name}: {column.old} -> {column.new}{read}{note}"


def _line(values: Record) -> str:
    more = " | …" if len(values) > MOST_CELLS else ""
    return " | ".join(_short(value) for value in values[:MOST_CELLS]) + more


def _recoded(pairs: Sequence[tuple[str | None, str | None]]) -> str:
    listed = [_change(old, new) for old, new in pairs[:FEW]]
    more = ["…"] if len(pairs) > FEW else []
    return f" ({', '.join(listed + more)})" if pairs else ""


def _change(old: str | None, new: str | None) -> str:
    """Two values of a cell that differ, and are shown so that the difference is seen."""
    return " -> ".join(map(_short, _cut_apart(old, new)))


def _cut_apart(old: str | None, new: str | None) -> tuple[str | None, str | None]:
    """Two values, those that look the same when they are cut from before where they differ."""
    if old is None or new is None or old == new or not look_alike([_short(old), _short(new)]):
        return old, new
    start, parts = cut_apart([old, new], LONGEST - 2)
    shown = [ascii(part)[1:-1] for part in parts] if look_alike(parts) else parts
    before, [first, second] = "…" if start else "", shown
    return before + first, before + second


def _short(value: str | None) -> str:
    if value is None:
        return "(empty)"
    plain = "".join(letter if letter.isprintable() else "·" for letter in value)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
