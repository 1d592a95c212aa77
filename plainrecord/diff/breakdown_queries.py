"""Count differences between two releases by field, value, period, place and category, a second
time.

The comparison removes equal rows and reads the others. These queries join the published files by
key, or compare whole rows, and count all rows.
"""

from collections.abc import Iterator, Mapping, Sequence

from plainrecord.diff.likely_renames import LETTER, Marks, kind_of_change
from plainrecord.diff.match_rows import blank, differ, folded, one_value, pair_bags, texts
from plainrecord.diff.value_forms import ComparedColumn, cast_sql, date_of, period_of
from plainrecord.model.changes import CHANGE_KINDS, Comparison
from plainrecord.model.counts import as_cells
from plainrecord.model.evidence import Cell
from plainrecord.model.freshness import day_words
from plainrecord.model.revisions import ChangeBreakdown, PairChanges
from plainrecord.receipts.axis_names import name_absent
from plainrecord.receipts.change_ids import LISTED, changes_id
from plainrecord.receipts.engine import identifier, literal

MOST_LINES = 60

Portion = tuple[str, str, tuple[str, ...], str, tuple[tuple[Cell, ...], ...]]
"""A table of counts to be: id, title, columns, query, rows."""


def pairs_sql(comparison: Comparison, old: str, new: str, *, normalise: bool) -> str:
    """The beginning of a query: `pairs` are the rows of both releases that are not equal.

    It has the columns of `PAIRS`. If no key is repeated, rows are joined by key; otherwise they are
    matched as multisets, as in the comparison.
    """
    if _is_unique(comparison):
        joined = _by_key(comparison, old, new, normalise=normalise)
        return f"{joined}, pairs AS (SELECT * FROM lined WHERE what IS NOT NULL)"
    parts = [_part(comparison, name) for name in (*comparison.key, *comparison.fields)]
    sides = texts(old, parts, old=True), texts(new, parts, old=False)
    matched = pair_bags(*sides, len(comparison.key), len(parts), normalise=normalise)
    return f"WITH pairs AS ({matched})"


def _is_unique(comparison: Comparison) -> bool:
    return bool(comparison.key) and not (comparison.duplicates_old or comparison.duplicates_new)


def _line_up(comparison: Comparison, old: str, new: str, *, normalise: bool) -> str:
    """The beginning of a query: `lined` says of rows `what` they are, and how many `times`.

    Joined by key or laid on each other; where rows share a key, or count as the same in several
    spellings, paired as the comparison does it.
    """
    if _is_unique(comparison):
        return _by_key(comparison, old, new, normalise=normalise)
    if not comparison.key and not normalise:
        return _by_row(comparison, old, new)
    paired = pairs_sql(comparison, old, new, normalise=normalise)
    return (
        f"{paired}, lined AS (SELECT *, CASE WHEN NOT in_old THEN 'new' WHEN NOT in_new THEN 'gone' "
        "ELSE 'changed' END AS what, 1 AS times FROM pairs)"
    )


def portion_pair(
    dataset: str,
    pair: PairChanges,
    old: str,
    new: str,
    marks: Mapping[str, Sequence[str]],
    period: str,
    *,
    normalise: bool,
) -> Iterator[Portion]:
    """The tables of a pair: changed fields, new and removed values, and each breakdown."""
    comparison = pair.comparison
    lined = _line_up(comparison, old, new, normalise=normalise)
    made = [_fields(pair, lined, marks, normalise=normalise)] if pair.fields else []
    made += [_values(pair, old, new, normalise=normalise)] if comparison.categories else []
    made += [_breakdown(pair, lined, b, period, normalise=normalise) for b in pair.breakdowns]
    days = f"from {day_words(pair.old)} to {day_words(pair.new)}"
    for name, title, columns, sql, rows in made:
        yield changes_id(dataset, pair.new, name), title.format(days), columns, sql, rows


def _part(comparison: Comparison, name: str) -> ComparedColumn:
    names = {item.new: item.old for item in comparison.columns.renamed if item.compared}
    read = next((rest for column, *rest in comparison.readings if column == name), ())
    return ComparedColumn(names.get(name, name), name, *read)


def column_sql(comparison: Comparison, name: str, *, old: bool) -> str:
    """A column of one of the releases as text, as the comparison reads it."""
    part = _part(comparison, name)
    text = f"CAST({identifier(part.old if old else part.new)} AS VARCHAR)"
    return cast_sql(text, part.kind, part.old_form if old else part.new_form)


def _by_key(comparison: Comparison, old: str, new: str, *, normalise: bool) -> str:
    """Rows joined by key: o0… and n0… unchanged, whether each side exists, and what differs."""
    sides = []
    for relation, letter in ((old, "o"), (new, "n")):
        read = [
            f"{column_sql(comparison, name, old=letter == 'o')} AS {letter}{at}"
            for at, name in enumerate((*comparison.key, *comparison.fields))
        ]
        keys = [
            f"{folded(f'{letter}{at}') if normalise else f'{letter}{at}'} AS {letter}k{at}"
            for at, _ in enumerate(comparison.key)
        ]
        sides.append(
            f"SELECT *, TRUE AS {letter}_there, {', '.join(keys)} FROM "
            f"(SELECT {', '.join(read)} FROM {relation})"
        )
    on = " AND ".join(f"ok{at} IS NOT DISTINCT FROM nk{at}" for at, _ in enumerate(comparison.key))
    apart = " OR ".join(
        differ(f"o{at}", f"n{at}", normalise=normalise)
        for at, _ in enumerate(comparison.fields, len(comparison.key))
    )
    return (
        f"WITH o AS ({sides[0]}), n AS ({sides[1]}), lined AS (SELECT *, coalesce(o_there, FALSE) AS "
        f"in_old, coalesce(n_there, FALSE) AS in_new, CASE WHEN NOT in_old THEN 'new' WHEN NOT in_new "
        f"THEN 'gone' WHEN {apart or 'FALSE'} THEN 'changed' END AS what, 1 AS times "
        f"FROM o FULL JOIN n ON {on})"
    )


def _by_row(comparison: Comparison, old: str, new: str) -> str:
    """Whole rows, each with how many more times one release has it."""
    names = [f"n{at}" for at, _ in enumerate(comparison.fields)]
    sides = []
    for relation, counted in ((old, "1 AS o, 0 AS n"), (new, "0 AS o, 1 AS n")):
        read = ", ".join(
            f"{column_sql(comparison, name, old=relation == old)} AS n{at}"
            for at, name in enumerate(comparison.fields)
        )
        sides.append(f"SELECT {read}, {counted} FROM {relation}")
    listed = ", ".join(names)
    return (
        f"WITH both_releases AS ({' UNION ALL '.join(sides)}), lined AS (SELECT {listed}, TRUE AS "
        "in_new, abs(sum(n) - sum(o)) AS times, CASE WHEN sum(n) > sum(o) THEN 'new' WHEN sum(n) < "
        f"sum(o) THEN 'gone' END AS what FROM both_releases GROUP BY {listed})"
    )


def _fields(
    pair: PairChanges, lined: str, marks: Mapping[str, Sequence[str]], *, normalise: bool
) -> Portion:
    comparison = pair.comparison
    parts = []
    for position, item in enumerate(pair.fields):
        at = (*comparison.key, *comparison.fields).index(item.field)
        hidden = Marks(tuple(marks.get(item.field, ())), False)
        kind = kind_of_change(f"o{at}", f"n{at}", hidden, normalise=normalise)
        parts.append(
            f"SELECT {position} AS place, {literal(item.field)} AS field, {kind} AS kind FROM lined "
            "WHERE what = 'changed'"
        )
    kinds = ", ".join(
        f"count(*) FILTER (kind = {literal(kind)}) AS {identifier(kind)}" for kind in CHANGE_KINDS
    )
    sql = (
        f"{lined} SELECT field, count(kind) AS records, {kinds} FROM ({' UNION ALL '.join(parts)}) "
        "GROUP BY place, field ORDER BY place"
    )
    rows: list[tuple[Cell, ...]] = []
    for item in pair.fields:
        counts = dict(item.kinds)
        cells = (item.changed, *(counts.get(kind, 0) for kind in CHANGE_KINDS))
        rows.append(as_cells((item.field, *cells)))
    columns = ("field", "records", *CHANGE_KINDS)
    return "fields", "Fields that changed {}", columns, sql, tuple(rows)


def _values(pair: PairChanges, old: str, new: str, *, normalise: bool) -> Portion:
    """All values of the given fields that only one release has, with the rows in each release."""
    comparison = pair.comparison
    read, names = [], []
    rows: list[tuple[Cell, ...]] = []
    for position, item in enumerate(comparison.categories):
        names.append(f"WHEN {position} THEN {literal(item.field)}")
        for relation, earlier in ((old, True), (new, False)):
            value = column_sql(comparison, item.field, old=earlier)
            read.append(
                f"SELECT {position} AS place, {value} AS v, {+earlier} AS o, {+(not earlier)} AS n "
                f"FROM {relation}"
            )
        rows += [as_cells((item.field, value, 0, count)) for value, count in item.new]
        rows += [as_cells((item.field, value, count, 0)) for value, count in item.gone]
    same = folded("v") if normalise else "v"
    sql = (
        f"WITH both_releases AS ({' UNION ALL '.join(read)}), by_value AS (SELECT place, min(v) AS "
        "value, sum(o)::BIGINT AS before, sum(n)::BIGINT AS after FROM both_releases "
        f"WHERE NOT {blank('v')} GROUP BY place, {same}), listed AS (SELECT *, row_number() OVER "
        "(PARTITION BY place, before = 0 ORDER BY value) AS turn FROM by_value "
        f"WHERE (before = 0 OR after = 0) AND regexp_matches(value, {LETTER})) "
        f"SELECT CASE place {' '.join(names)} END AS field, value, before, after FROM listed "
        f"WHERE turn <= {LISTED} ORDER BY place, after = 0, value"
    )
    columns = ("field", "value", "before", "after")
    return "values", "Values that appeared or disappeared {}", columns, sql, tuple(rows)


def _breakdown(
    pair: PairChanges, lined: str, item: ChangeBreakdown, period: str, *, normalise: bool
) -> Portion:
    comparison = pair.comparison
    at = (*comparison.key, *comparison.fields).index(item.field)
    both = bool(comparison.key) or normalise
    value = f"CASE WHEN in_new THEN n{at} ELSE o{at} END" if both else f"n{at}"
    latest = item.kind == "period"  # the page shows the latest ones, in the order of time
    if latest:
        value = period_of(date_of(value, "VARCHAR"), period)
    sums = ", ".join(
        f"coalesce(sum(times) FILTER (what = '{what}'), 0)::BIGINT AS {identifier(what)}"
        for what in ("new", "gone", "changed")
    )
    named, same = one_value(normalise=normalise and not latest)
    order = f"{named} DESC NULLS FIRST" if latest else f"sum(times) DESC, {named} NULLS LAST"
    absent = name_absent(line[0] for line in item.lines)
    sql = (
        f"{lined} SELECT coalesce(value, {literal(absent)}) AS value, new, gone, changed FROM ("
        f"SELECT {named} AS value, {sums}, row_number() OVER (ORDER BY {order}) AS place FROM "
        f"(SELECT what, times, {value} AS v FROM lined WHERE what IS NOT NULL) GROUP BY {same}) "
        f"WHERE place <= {MOST_LINES} ORDER BY place{' DESC' * latest}"
    )
    rows = tuple(
        as_cells((absent if name is None else name, *counts)) for name, *counts in item.lines
    )
    columns = ("value", "new", "gone", "changed")
    return item.kind, f"What changed {{}} by {item.kind}", columns, sql, rows
