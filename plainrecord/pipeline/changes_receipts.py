"""Write the receipts of what changed between releases: of numbers, and of lists of records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import duckdb

from plainrecord.diff.across_releases import query_removed_keys
from plainrecord.diff.breakdown_queries import pairs_sql
from plainrecord.diff.change_queries import (
    PublishedSide,
    breakdown_receipts,
    count_moved,
    count_pair,
    count_triangle,
)
from plainrecord.diff.compare import lay_out
from plainrecord.model.counts import CountTable, RecordList
from plainrecord.model.declarations import PrivacyPolicy
from plainrecord.model.doubts import Doubt
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import MissingKind, ReleasedTable
from plainrecord.model.revisions import PairChanges, ReleaseTable, Revisions
from plainrecord.receipts.cell_text import has_mark
from plainrecord.receipts.change_ids import FEW_RETURNED, changes_id, count_likely
from plainrecord.receipts.engine import columns_of, identifier, literal
from plainrecord.receipts.receipt import prove_counts, write_receipt


@dataclass(frozen=True, slots=True)
class DatedTable:
    """A release's table: day, published file, hashes of source files, and how it is protected."""

    date: str
    table: ReleasedTable
    path: str
    sha256: str
    sources: tuple[str, ...] = ()
    source_hashes: tuple[str, ...] = ()
    policy: PrivacyPolicy | None = None
    doubts: tuple[Doubt, ...] = ()


def count_revisions(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    revisions: Revisions,
    releases: Sequence[DatedTable],
) -> Revisions:
    """`revisions` with the receipts of their numbers, over the published files."""
    settings = revisions.settings
    sides = [
        PublishedSide(
            published(release),
            as_published(release.table),
            columns_of(connection, as_compared(release.table)).get(settings.date, ""),
        )
        for release in releases
    ]
    counted: list[CountTable] = []
    for pair, (old, new) in zip(revisions.pairs, pairwise(sides), strict=True):
        before, after = old.entry.table, new.entry.table
        two = (
            replace(old, relation=as_published(before, after, settings.key)),
            replace(new, relation=as_published(after, before, settings.key)),
        )
        marks = marks_of(before, after)
        counted += [
            count_pair(name, revisions, pair, two),
            *breakdown_receipts(name, revisions, pair, two, marks),
        ]
    if revisions.triangle and revisions.triangle.periods:
        counted.append(count_triangle(name, revisions, revisions.triangle, sides))
    if revisions.moved_periods:
        counted.append(count_moved(name, revisions, sides))
    return replace(revisions, counted=tuple(counted))


def record_list_receipts(
    name: str, folder: str, revisions: Revisions, releases: Sequence[DatedTable]
) -> Revisions:
    """`revisions` with the receipts of the files below `folder` that list records."""
    settings = revisions.settings
    record_lists: list[RecordList] = []
    uncounted: list[tuple[str, str]] = []
    for pair, (old, new) in zip(revisions.pairs, pairwise(releases), strict=True):
        if settings.records != "rows" and count_likely(pair, revisions.threshold):
            why = "single records are not published, so readers cannot check which are likely the same"
            uncounted.append((changes_id(name, pair.new, "likely"), why))
        threshold = max(old.table.threshold, new.table.threshold)
        queries = _list_queries(pair, old, new, normalise=settings.normalise)
        for file in pair.files:
            if file.name not in queries:
                continue  # likely renames are a judgement: they are compared with the lists alone
            query = queries[file.name]
            receipt = write_receipt(
                digested(query) if settings.records == "digests" else query,
                [published(old), published(new)],
                file.rows,
                0,
                threshold,
                dataset=name,
                release=pair.new,
            )
            part = file.name.removesuffix(".csv")
            title = f"Records from {pair.old} to {pair.new}: {part}"
            path = f"{folder}/{pair.new}/{file.name}"
            shown = count_shown_lines(pair, file.name)
            record_lists.append(
                RecordList(
                    changes_id(name, pair.new, part),
                    title,
                    revisions.unit,
                    path,
                    shown,
                    receipt,
                )
            )
    counted = list(revisions.counted)
    if revisions.ledger:
        sides = [ReleaseTable(released.date, as_published(released.table)) for released in releases]
        query = query_removed_keys(sides, settings.key, normalise=settings.normalise)
        returned = f"SELECT count(*) AS gone, count(back_in) AS back FROM ({query})"
        read, threshold = [published(released) for released in releases], revisions.threshold
        listed = write_receipt(query, read, revisions.ledger.rows, 0, threshold, dataset=name)
        title = "Records that were in one release and not in the next"
        path = f"{folder}/{revisions.ledger.name}"
        shown = len(revisions.returned[:FEW_RETURNED])
        record_lists.append(
            RecordList(changes_id(name, "vanished"), title, revisions.unit, path, shown, listed)
        )
        if revisions.ledger.rows:
            title = "How often a record was not in the next release, and how often it came back"
            about = (changes_id(name, "returned"), title, revisions.unit, ("gone", "back"))
            rows = ((revisions.ledger.rows, revisions.came_back),)
            counted.append(prove_counts(*about, rows, returned, read, threshold, dataset=name))
    return replace(
        revisions,
        record_lists=tuple(record_lists),
        uncounted=tuple(uncounted),
        counted=tuple(counted),
    )


def count_shown_lines(pair: PairChanges, name: str) -> int:
    """How many lines of the file `name` the page of a pair shows."""
    comparison = pair.comparison
    if name == "changed.csv":
        return sum(len(row.values) for row in comparison.sample_changed)
    samples = {"added.csv": comparison.sample_added, "vanished.csv": comparison.sample_vanished}
    return len(samples.get(name, ()))


def _list_queries(
    pair: PairChanges, old: DatedTable, new: DatedTable, *, normalise: bool
) -> Mapping[str, str]:
    """The queries over published files that give what the files of a pair list, by their names."""
    key = pair.comparison.key
    sides = as_published(old.table, new.table, key), as_published(new.table, old.table, key)
    comparison = replace(pair.comparison, relation="pairs")
    lead = pairs_sql(comparison, *sides, normalise=normalise)
    lists = lay_out(comparison, marks=marks_of(old.table, new.table), normalise=normalise)
    queries = {
        "added.csv": lists.added,
        "vanished.csv": lists.vanished,
        "changed.csv": lists.changed,
    }
    return {name: f"{lead} {query}" for name, query in queries.items()}


def digested(query: str) -> str:
    """A query for the SHA-256 of each row's JSON in place of the row, in the order of the digests."""
    return f"SELECT sha256(to_json(t)::VARCHAR) AS digest FROM ({query}) t ORDER BY 1"


def published(release: DatedTable) -> PublishedTable:
    """The table of a release as receipts name it."""
    return PublishedTable(release.table, release.path, release.sha256, release.doubts)


def as_published(
    table: ReleasedTable, other: ReleasedTable | None = None, key: Sequence[str] = ()
) -> str:
    """The relation of `table` as `as_compared` has it, over the published files."""
    table = _over_file(table)
    return as_compared(table, _over_file(other) if other else None, key)


def _over_file(table: ReleasedTable) -> ReleasedTable:
    relation = f"{identifier(table.dataset)}.{identifier(table.resource)}"
    return replace(table, relation=relation)


def as_compared(
    table: ReleasedTable, other: ReleasedTable | None = None, key: Sequence[str] = ()
) -> str:
    """The relation of `table` with its mark where the agency withheld a value.

    A value that protection suppressed reads `suppressed`; other marks stand for no value. So all
    three stay apart. Where `other`, the table that it is compared with by `key`, suppresses a
    value, it is suppressed here too: what only one of them shows did not change.
    """
    columns = []
    alias = ""
    for field in table.fields:
        value = name = identifier(field.name)
        cases = []
        marks = [m.value for m in field.missing_values if m.kind is MissingKind.WITHHELD]
        if marks and field.marks_apart:
            mark = identifier(field.mark_column)
            cases.append(f"{mark} IN ({', '.join(map(literal, marks))}) THEN {mark}")
        suppressed = [hidden] if (hidden := _suppressed(table, field.name, "t")) else []
        hidden = _suppressed(other, field.name, "o") if other and field.name not in key else ""
        if other and hidden and (same := _match(table, other, key)):
            alike = [f"o.{column} IS NOT DISTINCT FROM t.{column}" for column in same]
            rows = f"SELECT 1 FROM {other.relation} AS o WHERE {' AND '.join([*alike, hidden])}"
            suppressed.append(f"EXISTS ({rows})")
        if suppressed:
            alias = " AS t"
            word = literal(MissingKind.SUPPRESSED.value)
            cases.insert(0, f"{' OR '.join(suppressed)} THEN {word}")
        if cases:
            value = f"CASE WHEN {' WHEN '.join(cases)} ELSE CAST({name} AS VARCHAR) END"
        columns.append(value if value == name else f"{value} AS {name}")
    return f"(SELECT {', '.join(columns)} FROM {table.relation}{alias})"


def _suppressed(table: ReleasedTable, name: str, row: str) -> str:
    """SQL for whether a `row` of `table` suppresses the field `name`; "" where none does."""
    fields = [field for field in table.fields if field.name == name]
    return has_mark(fields[0], MissingKind.SUPPRESSED, row) if fields else ""


def _match(table: ReleasedTable, other: ReleasedTable, key: Sequence[str]) -> list[str]:
    """The columns by which the rows of two tables are the same; none where one lacks a key field."""
    sides = [{field.name: field for field in one.fields} for one in (table, other)]
    if not all(name in side for name in key for side in sides):
        return []
    apart = [sides[0][name] for name in key if all(side[name].marks_apart for side in sides)]
    return [identifier(name) for name in (*key, *(field.mark_column for field in apart))]


def marks_of(*tables: ReleasedTable) -> Mapping[str, tuple[str, ...]]:
    return {
        field.name: tuple(m.value for m in field.missing_values if m.kind is MissingKind.WITHHELD)
        for table in tables
        for field in table.fields
    }
