"""Compare two releases of a table: what was added, removed and changed, and how.

Relations are SQL text for a FROM clause (the `relation` of a `ReleasedTable`). The engine does all
work on rows; the results are frozen values whose order does not depend on that of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from plainrecord.core.errors import NoSharedColumnError, UsageError
from plainrecord.diff.categories import find_categories
from plainrecord.diff.change_patterns import find_patterns, find_reissued
from plainrecord.diff.columns import (
    MOST_PAIRS,
    choose_parts,
    find_renamed,
    pair_columns,
    renamed_in_writing,
)
from plainrecord.diff.detect_forms import detect_forms
from plainrecord.diff.likely_renames import LikelyRenames, Marks, find_renames, kind_of_change
from plainrecord.diff.match_rows import (
    ADDED,
    CHANGED,
    PAIRS,
    VANISHED,
    Matches,
    match_rows,
    one_value,
)
from plainrecord.diff.value_changes import count_fields, sample_changed
from plainrecord.diff.value_forms import ComparedColumn, date_of, period_of
from plainrecord.model.changes import (
    BreakdownRow,
    ColumnChanges,
    ComparedSide,
    Comparison,
    Differences,
    Record,
    RetypedColumn,
    whole_side,
)
from plainrecord.receipts.change_ids import (
    AFTER,
    BEFORE,
    RENAME_COLUMNS,
    changed_columns,
    trim_evidence,
)
from plainrecord.receipts.engine import columns_of, identifier, literal

if TYPE_CHECKING:
    import duckdb


SHOWN = 12
"""Of so many columns with equal values and other names a message tells."""


def compare_tables(
    connection: duckdb.DuckDBPyConnection,
    old: str | ComparedSide,
    new: str | ComparedSide,
    *,
    key: Sequence[str] = (),
    fields: Sequence[str] | None = None,
    normalise: bool = False,
    marks: Mapping[str, Sequence[str]] | None = None,
    exemptions: bool = False,
    limit: int = 100,
    renames: int | None = None,
) -> Comparison:
    """What changed from `old` to `new`, relations or sides of which equal rows are left out.

    With a `key` rows are matched by it; rows that share a key are matched as bags. Without one the
    tables are compared as bags of rows, and nothing counts as changed. `fields` (default: all that
    both tables have) are compared beside the key. `normalise` compares texts trimmed, with single
    spaces and in one case, a blank one as none. `marks` names for each field the values by which
    the agency withholds; with `exemptions`, what looks like an exemption of the Freedom of
    Information Act is one too. Without either nothing counts as withheld or open. Samples and lists
    hold up to `limit` rows, `renames` up to as many as are asked for. UsageError where a column is not in both tables.
    """
    old = whole_side(old) if isinstance(old, str) else old
    new = whole_side(new) if isinstance(new, str) else new
    before, after = columns_of(connection, old.rest), columns_of(connection, new.rest)
    shared = pair_columns(list(before), list(after))
    if not shared:
        same = find_renamed(connection, (old, [*before]), (new, [*after]), [*before], [*after])
        pairs = ", ".join(f"{item.old} -> {item.new}" for item in same[:SHOWN])
        hint = f"; by their values these may be the same: {pairs}" if pairs else ""
        raise NoSharedColumnError(f"the two tables have no column in common{hint}")
    keys = choose_parts(shared, key, "key")
    chosen = choose_parts(shared, fields, "field") if fields is not None else shared
    columns = (*keys, *(part for part in chosen if part not in keys))
    parts, retyped = detect_forms(connection, (old, before), (new, after), columns, len(keys))
    if any(part.kind for part in parts):  # the same text may then be read in two ways
        old, new = whole_side(old.whole()), whole_side(new.whole())
    key_parts, rest = parts[: len(keys)], parts[len(keys) :]
    matches = match_rows(connection, old, new, key_parts, rest, normalise=normalise)
    added, vanished, changed = _numbers(
        connection,
        f"SELECT count_if({ADDED}), count_if({VANISHED}), count_if({CHANGED}) FROM {PAIRS}",
    )
    hidden = [
        Marks(tuple((marks or {}).get(p.new, (marks or {}).get(p.old, ()))), exemptions)
        for p in matches.parts
    ]
    field_changes, respelt = count_fields(connection, matches, hidden)
    counts = {item.field: item.changed for item in field_changes}
    reissued = find_reissued(connection, matches, added, vanished)
    likely = LikelyRenames()
    if reissued is None:  # records under another key are no renames, each of its own
        most = limit if renames is None else renames
        likely = find_renames(connection, matches, counts, vanished, added, most)
    return Comparison(
        key=tuple(part.new for part in key_parts),
        fields=tuple(part.new for part in rest),
        old_rows=matches.old_rows,
        new_rows=matches.new_rows,
        added=added,
        vanished=vanished,
        changed=changed,
        respelt=respelt,
        unchanged=matches.old_rows - vanished - changed,
        duplicates_old=matches.duplicates_old,
        duplicates_new=matches.duplicates_new,
        columns=_columns(
            connection, (old, list(before)), (new, list(after)), shared, retyped, key_parts
        ),
        changed_fields=field_changes,
        renamed=likely.count,
        renames=likely.first,
        rename_patterns=likely.patterns,
        renames_complete=likely.whole,
        categories=find_categories(connection, matches, limit),
        sample_added=_sample(connection, matches, ADDED, "n", limit),
        sample_vanished=_sample(connection, matches, VANISHED, "o", limit),
        sample_changed=sample_changed(connection, matches, field_changes, limit),
        relation=PAIRS,
        patterns=find_patterns(connection, matches, field_changes),
        reissued=reissued,
        readings=tuple((p.new, p.kind, p.old_form, p.new_form) for p in parts if p.kind),
    )


def break_down(
    connection: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    field: str,
    *,
    period: str = "",
    normalise: bool = False,
    limit: int = 100,
) -> tuple[BreakdownRow, ...]:
    """What differs by the values of `field`, up to `limit` rows.

    With a `period` (a key of `PERIODS`) the field is read as a date and the rows are the last ones,
    in the order of time; otherwise those with most differences come first, and with `normalise` spellings that
    compare as one value are one, shown as the first of them. A changed row counts where the new
    table has it. Only of use until the next comparison on the connection.
    """
    names = (*comparison.key, *comparison.fields)
    if field not in names:
        raise UsageError(f'"{field}" is not one of the compared fields')
    at = names.index(field)
    value = f"CASE WHEN in_new THEN n{at} ELSE o{at} END"
    if period:
        value = period_of(date_of(value, "VARCHAR"), period)
    order = "1 DESC NULLS FIRST" if period else "count(*) DESC, 1 NULLS LAST"
    named, same = one_value(normalise=normalise and not period)
    rows = connection.execute(
        f"SELECT {named}, count_if({ADDED}), count_if({VANISHED}), count_if({CHANGED}) FROM "
        f"(SELECT in_old, in_new, {value} AS v FROM {comparison.relation}) GROUP BY {same} "
        f"ORDER BY {order} LIMIT {limit}"
    ).fetchall()
    return tuple(BreakdownRow(*row) for row in (rows[::-1] if period else rows))


def lay_out(
    comparison: Comparison,
    *,
    marks: Mapping[str, Sequence[str]] | None = None,
    exemptions: bool = False,
    normalise: bool = False,
) -> Differences:
    """Queries for the rows that differ, for COPY; the options as they were compared.

    Only of use until the next comparison on the connection.
    """
    names = (*comparison.key, *comparison.fields)
    width = len(comparison.key)

    def rows(condition: str, side: str) -> str:
        values = ", ".join(f"{side}{i} AS {identifier(name)}" for i, name in enumerate(names))
        order = ", ".join(f"{side}{i}" for i in range(len(names)))
        return f"SELECT {values} FROM {comparison.relation} WHERE {condition} ORDER BY {order}"

    keys = ", ".join(f"n{i} AS {identifier(name)}" for i, name in enumerate(comparison.key))
    columns = [identifier(name) for name in changed_columns(comparison.key)]
    lead = f"{keys}, " if keys else ""
    order = ", ".join(f"n{i}" for i in range(width))
    queries = [
        f"SELECT {', '.join([*(f'n{i}' for i in range(width)), str(i)])} AS part, o{i} AS o, n{i} AS n, "
        f"{kind_of_change(f'o{i}', f'n{i}', Marks(tuple((marks or {}).get(name, ())), exemptions), normalise=normalise)} AS kind "
        f"FROM {comparison.relation} WHERE {CHANGED}"
        for i, name in enumerate(names)
        if i >= width
    ]
    named = " ".join(f"WHEN {i} THEN {literal(name)}" for i, name in enumerate(names))
    if not queries or not width:
        empty = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in columns)
        changed = f"SELECT {lead}{empty} FROM {comparison.relation} WHERE false"
    else:
        changed = (
            f"SELECT {lead}CASE part {named} END AS {columns[0]}, o AS {columns[1]}, "
            f"n AS {columns[2]}, kind AS {columns[3]} FROM ({' UNION ALL '.join(queries)}) "
            f"WHERE kind IS NOT NULL ORDER BY {order}, part, o, n"
        )
    return Differences(added=rows(ADDED, "n"), vanished=rows(VANISHED, "o"), changed=changed)


def write_likely(comparison: Comparison) -> str:
    """The likely renames as CSV: the old record, the new one, which field differs, how, and why.

    The evidence does not repeat the name of the field.
    """
    names = comparison.key or comparison.fields
    heads = [*(BEFORE + name for name in names), *(AFTER + name for name in names)]
    lines: list[Sequence[str | None]] = [[*heads, *RENAME_COLUMNS]]
    for item in comparison.renames:
        lines.append([*item.old, *item.new, item.field, item.kind, trim_evidence(item)])
    return "".join(",".join(map(_quote, line)) + "\n" for line in lines)


def _quote(value: str | None) -> str:
    """A cell as the engine writes it: nothing for null, an empty text in quotes."""
    if value is None:
        return ""
    plain = value and not any(sign in value for sign in ',"\n\r')
    return value if plain else '"' + value.replace('"', '""') + '"'


def _numbers(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return tuple(int(number or 0) for number in connection.execute(query).fetchall()[0])


def _columns(
    connection: duckdb.DuckDBPyConnection,
    old: tuple[ComparedSide, list[str]],
    new: tuple[ComparedSide, list[str]],
    shared: tuple[ComparedColumn, ...],
    retyped: tuple[RetypedColumn, ...],
    key: Sequence[ComparedColumn],
) -> ColumnChanges:
    dropped = [name for name in old[1] if name not in {part.old for part in shared}]
    added = [name for name in new[1] if name not in {part.new for part in shared}]
    likely = find_renamed(connection, old, new, dropped, added, key)
    was = [old[1].index(part.old) for part in shared]
    return ColumnChanges(
        added=tuple(name for name in added if name not in {item.new for item in likely}),
        dropped=tuple(name for name in dropped if name not in {item.old for item in likely}),
        renamed=(*renamed_in_writing(shared), *likely),
        reordered=was != sorted(was),
        retyped=retyped,
        searched=len(dropped) * len(added) <= MOST_PAIRS,
    )


def _sample(
    connection: duckdb.DuckDBPyConnection, matches: Matches, condition: str, side: str, limit: int
) -> tuple[Record, ...]:
    values = ", ".join(f"{side}{i}" for i in range(len(matches.parts)))
    return tuple(
        connection.execute(
            f"SELECT {values} FROM {PAIRS} WHERE {condition} ORDER BY ALL LIMIT {limit}"
        ).fetchall()
    )
