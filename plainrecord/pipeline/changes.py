"""Compare the releases of a dataset, each with the one before it.

Only released tables are compared. What was computed of two releases is kept in the cache under the
hashes of their published files, so that a new release costs one comparison.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import TypeAdapter

from plainrecord.core.errors import UsageError
from plainrecord.core.plurals import choose_form, count_noun
from plainrecord.core.word_lists import split_words
from plainrecord.diff.across_releases import (
    check_key,
    common_period,
    find_date_regressions,
    find_repeats,
    find_returned,
    moved_periods,
    query_removed_keys,
    revision_triangle,
)
from plainrecord.diff.compare import break_down, compare_tables, lay_out, write_likely
from plainrecord.diff.file_dates import NamedFile, find_misdated
from plainrecord.findings.finding import Finding, Where, suggest
from plainrecord.io import cache
from plainrecord.model.changes import Comparison
from plainrecord.model.declarations import ComparisonSettings
from plainrecord.model.packages import Package
from plainrecord.model.products import Output
from plainrecord.model.revisions import (
    ChangeBreakdown,
    ChangeFile,
    PairChanges,
    ProtectionChange,
    ReleaseTable,
    RepeatedRelease,
    Revisions,
    describe_protection,
    suppress_categories,
    suppress_fields,
)
from plainrecord.model.suppression import Count, suppress
from plainrecord.pipeline.changes_receipts import (
    DatedTable,
    as_compared,
    count_revisions,
    digested,
    marks_of,
    record_list_receipts,
)
from plainrecord.publishing.formats.csv import copy_csv
from plainrecord.receipts.change_ids import LIKELY, LISTED
from plainrecord.receipts.engine import literal

MOST_RENAMES = 100_000
BROKEN_DOWN = 60
CODE = split_words(
    "diff/across_releases diff/categories diff/change_patterns diff/columns diff/compare "
    "diff/detect_forms diff/likely_renames diff/match_rows diff/value_changes diff/value_forms "
    "model/changes model/revisions model/suppression pipeline/changes "
    "pipeline/changes_receipts receipts/change_ids receipts/engine"
)
"""The modules whose change makes the cached comparisons of releases invalid."""

PAIR = TypeAdapter(PairChanges)


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing the releases of a dataset."""

    revisions: Revisions | None = None
    outputs: tuple[Output, ...] = ()
    findings: tuple[Finding, ...] = ()


def changes_folder(name: str) -> str:
    """The folder of the pages that show what changed in a dataset."""
    return f"datasets/{name}/changes"


def compare_releases(
    connection: duckdb.DuckDBPyConnection,
    item: Package,
    releases: Sequence[DatedTable],
    staging: Path,
    kept: Path,
) -> Compared:
    """The releases of `item` side by side, the oldest first; nothing where there is but one.

    `staging` is a folder for the files that are made, `kept` that of the cache. A setting that
    does not fit the tables is a finding (comparison-invalid).
    """
    settings = item.comparison
    if settings is None or len(releases) < 2:
        return Compared()
    vintages = [ReleaseTable(release.date, as_compared(release.table)) for release in releases]
    try:
        known = [field.name for field in releases[-1].table.fields]
        broken_down = filter(None, (settings.date, settings.place, settings.category))
        for name in (*settings.key, *settings.fields, *broken_down):
            if name not in known:
                raise UsageError(f"there is no released field {name!r}{suggest(name, known)}")
        if settings.date:  # dates that were cut to the quarter have no months
            period = common_period(connection, vintages, settings.date, settings.period)
            settings = settings.model_copy(update={"period": period})
        staging.mkdir(parents=True, exist_ok=True)
        code = cache.fingerprint(cache.fingerprint_code(CODE), duckdb.__version__)
        pairs: list[PairChanges] = []
        outputs: list[Output] = []
        for old, new in pairwise(releases):
            pair, files = _load_pair(connection, settings, (old, new), code, staging, kept)
            pairs.append(pair)
            folder = f"{changes_folder(item.name)}/{pair.new}"
            outputs += [Output(f"{folder}/{name}", path) for name, path in files.items()]
        threshold = max(release.table.threshold for release in releases)
        revisions = Revisions(settings, releases[-1].table.unit, threshold, tuple(pairs))
        revisions = _look_across(connection, revisions, releases, vintages)
        revisions = count_revisions(connection, item.name, revisions, releases)
        if settings.key and settings.records == "rows":
            check_key(connection, vintages, settings.key)
            query = query_removed_keys(vintages, settings.key, normalise=settings.normalise)
            path = staging / "vanished.csv"
            copy_csv(connection, query, path)
            back = connection.execute(f"SELECT count(back_in) FROM ({query})").fetchall()[0][0]
            ledger = _measure_file("vanished.csv", path, connection)
            revisions = replace(revisions, ledger=ledger, came_back=int(back))
            outputs.append(Output(f"{changes_folder(item.name)}/vanished.csv", path))
        revisions = record_list_receipts(item.name, changes_folder(item.name), revisions, releases)
        return Compared(revisions, tuple(outputs), tuple(_repeated_keys(item, pairs)))
    except UsageError as error:
        expected, where = "fields that every compared release has", _where(item)
        return Compared(findings=(Finding("comparison-invalid", str(error), expected, **where),))


def _where(item: Package) -> Where:
    return Where(file=item.descriptor_path, dataset=item.name)


def _repeated_keys(item: Package, pairs: Sequence[PairChanges]) -> Iterator[Finding]:
    """A warning where the newest release has several records under one key."""
    comparison = pairs[-1].comparison
    if comparison.key and comparison.duplicates_new:
        rows = f"{comparison.duplicates_new:,} of {count_noun(comparison.new_rows, 'row')}"
        repeat = choose_form(comparison.duplicates_new, "repeats", "repeat")
        key, expected = ", ".join(comparison.key), "a key that each record has for itself"
        found = f"{rows} of the release of {pairs[-1].new} {repeat} the {key} of another"
        yield Finding("comparison-key-repeats", found, expected, **_where(item))


def _load_pair(
    connection: duckdb.DuckDBPyConnection,
    settings: ComparisonSettings,
    releases: tuple[DatedTable, DatedTable],
    code: str,
    staging: Path,
    kept: Path,
) -> tuple[PairChanges, dict[str, Path]]:
    """Two releases compared, now or in an earlier build, and the files that list the records."""
    old, new = releases
    inputs = [repr((e.date, e.path, e.sha256, e.table.threshold, e.table.fields)) for e in releases]
    key = cache.fingerprint(code, repr(settings), *inputs)
    known = cache.read_entry(kept, key)
    names = ("added.csv", "vanished.csv", "changed.csv", LIKELY)
    files = {name: staging / f"{new.date}-{name}" for name in names}
    if known is not None:
        pair = PAIR.validate_json(known)
        contents = {f.name: cache.read_entry(kept, f"{key}-{f.name}") for f in pair.files}
        if all(contents.values()):
            for name, content in contents.items():
                files[name].write_bytes(content or b"")
            return pair, {name: files[name] for name in contents}
    pair = _compare_pair(connection, settings, old, new, files)
    for file in pair.files:
        cache.write_entry(kept, f"{key}-{file.name}", files[file.name].read_bytes())
    cache.write_entry(kept, key, PAIR.dump_json(pair))
    return pair, {file.name: files[file.name] for file in pair.files}


def _compare_pair(
    connection: duckdb.DuckDBPyConnection,
    settings: ComparisonSettings,
    old: DatedTable,
    new: DatedTable,
    files: Mapping[str, Path],
) -> PairChanges:
    names = [{field.name for field in release.table.fields} for release in (old, new)]
    fields = [name for name in settings.fields if name in names[0] & names[1]]
    marks = marks_of(old.table, new.table)
    comparison = compare_tables(
        connection,
        as_compared(old.table, new.table, settings.key),
        as_compared(new.table, old.table, settings.key),
        key=settings.key,
        fields=fields if settings.fields else None,
        normalise=settings.normalise,
        marks=marks,
        limit=LISTED,
        renames=MOST_RENAMES,
    )
    changed = comparison.changed_fields
    if new.table.holds_counts:
        # One field can change, equal counts are no renamed records, and how many rows of the table
        # hold a value reads like how many records do.
        changed = ()
        comparison = replace(comparison, renames=(), renamed=0, rename_patterns=(), categories=())
    threshold = max(old.table.threshold, new.table.threshold)
    counts = (comparison.added, comparison.vanished, comparison.changed, comparison.unchanged)
    small = any(0 < count < threshold for count in counts)
    breakdowns: tuple[ChangeBreakdown, ...] = ()
    if not small and not new.table.holds_counts:  # their sums would give away what is hidden
        breakdowns = tuple(_break_down(connection, comparison, settings, threshold))
    made: list[ChangeFile] = []
    if settings.records == "rows" or (settings.records == "digests" and not small):
        lists = lay_out(comparison, marks=marks, normalise=settings.normalise)
        queries = {f"{kind}.csv": getattr(lists, kind) for kind in ("added", "vanished", "changed")}
        for name, query in queries.items():
            if name == "changed.csv" and not settings.key:
                continue  # without a key a changed row is one that vanished and one that came
            query = digested(query) if settings.records == "digests" else query
            copy_csv(connection, query, files[name])
            made.append(_measure_file(name, files[name], connection))
    if settings.records == "rows" and comparison.renames:
        files[LIKELY].write_text(write_likely(comparison), encoding="utf-8", newline="")
        made.append(_measure_file(LIKELY, files[LIKELY], connection))
    categories = () if small else suppress_categories(comparison.categories, threshold)
    comparison = replace(comparison, renames=comparison.renames[:LISTED], categories=categories)
    if small:
        comparison = replace(comparison, patterns=(), reissued=None)
    if settings.records != "rows":
        comparison = replace(
            comparison,
            sample_added=(),
            sample_vanished=(),
            sample_changed=(),
            renames=(),
            rename_patterns=(),
            categories=(),
        )
    return PairChanges(
        old=old.date,
        new=new.date,
        comparison=replace(comparison, changed_fields=()),
        breakdowns=breakdowns,
        files=tuple(made),
        small=small,
        fields=() if small else suppress_fields(changed, threshold),
    )


def _break_down(
    connection: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    settings: ComparisonSettings,
    threshold: int,
) -> Iterator[ChangeBreakdown]:
    compared = {*comparison.key, *comparison.fields}
    fields: tuple[tuple[Literal["period", "place", "category"], str, str], ...] = (
        ("period", settings.date, settings.period),
        ("place", settings.place, ""),
        ("category", settings.category, ""),
    )
    for kind, field, period in fields:
        if not field or field not in compared:
            continue
        rows = break_down(
            connection,
            comparison,
            field,
            period=period,
            normalise=settings.normalise,
            limit=BROKEN_DOWN + 1,
        )
        more = len(rows) > BROKEN_DOWN
        rows = rows[-BROKEN_DOWN:] if period else rows[:BROKEN_DOWN]
        columns: list[tuple[Count, ...]] = [
            suppress([getattr(row, part) for row in rows], threshold)
            for part in ("added", "vanished", "changed")
        ]
        lines = tuple((row.value, *counts) for row, *counts in zip(rows, *columns, strict=True))
        dated = kind != "period" or any(row.value is not None for row in rows)
        if lines and dated:
            yield ChangeBreakdown(kind, field, lines, more)


def _look_across(
    connection: duckdb.DuckDBPyConnection,
    revisions: Revisions,
    releases: Sequence[DatedTable],
    vintages: Sequence[ReleaseTable],
) -> Revisions:
    """What shows only where more than two releases lie side by side."""
    settings = revisions.settings
    files = [
        NamedFile(source.rsplit("/", 1)[-1], dt.date.fromisoformat(release.date))
        for release in releases
        for source in release.sources[:1]
    ]
    across = replace(
        revisions,
        repeats=find_repeats(connection, vintages),
        misdated=find_misdated(files),
        reused=tuple(_find_reused(releases)),
        protections=tuple(_find_protections(releases)),
    )
    if settings.key and settings.records == "rows":
        back = find_returned(connection, vintages, settings.key, normalise=settings.normalise)
        across = replace(across, returned=back)
    if not settings.date:
        return across
    triangle = revision_triangle(connection, vintages, settings.date, settings.period)
    return replace(
        across,
        triangle=triangle,
        moved=moved_periods(triangle),
        setbacks=find_date_regressions(connection, vintages, settings.date),
    )


def _find_reused(releases: Sequence[DatedTable]) -> Iterator[RepeatedRelease]:
    """The releases whose source files have the bytes of those of an earlier one, the nearest."""
    for at, release in enumerate(releases):
        for before in range(at - 1, -1, -1):
            if release.source_hashes and release.source_hashes == releases[before].source_hashes:
                yield RepeatedRelease(release.date, releases[before].date, before < at - 1)
                break


def _find_protections(releases: Sequence[DatedTable]) -> Iterator[ProtectionChange]:
    """Where the protection of a release is not that of the one before."""
    for old, new in pairwise(releases):
        if old.policy is not None and new.policy is not None:
            sentences = describe_protection(old.policy, new.policy)
            if sentences:
                yield ProtectionChange(new.date, old.date, sentences)


def _measure_file(name: str, path: Path, connection: duckdb.DuckDBPyConnection) -> ChangeFile:
    content = path.read_bytes()
    read = f"read_csv({literal(str(path))}, header = true, all_varchar = true, delim = ',')"
    rows = connection.execute(f"SELECT count(*) FROM {read}").fetchall()[0][0]
    return ChangeFile(name, int(rows), len(content), hashlib.sha256(content).hexdigest())
