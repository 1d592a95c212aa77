"""Protect a dataset: its raw table is read here, and what may be published is written beside it.

The raw file stays where the maintainer has it. A build reads what is written here alone, so that a
clone of the repository without the raw file builds the same site.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import duckdb

from plainrecord.core.errors import Blocked, UnknownDatasetError, UsageError
from plainrecord.core.paths import PROTECTED_FOLDER
from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import Json, write_exact
from plainrecord.core.translation import Catalogue, parse_catalogue, translated
from plainrecord.descriptors import protected
from plainrecord.descriptors.package import parse_package
from plainrecord.descriptors.portal import parse_portal
from plainrecord.disclosure import release, tables
from plainrecord.disclosure.earlier_releases import EarlierRelease
from plainrecord.disclosure.possible_policies import name_possible, protect_rows_and_tables
from plainrecord.disclosure.records import protect_records
from plainrecord.disclosure.related_fields import find_nested
from plainrecord.disclosure.rows_beside_tables import ProtectedRecords
from plainrecord.disclosure.table_sizes import find_too_many
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.findings.finding import WAIVABLE_ERRORS, Finding, any_blocks
from plainrecord.io import fetch, load, write
from plainrecord.io.references import unfold_references
from plainrecord.io.workspace import Progress, workspace
from plainrecord.model.declarations import COUNT, Coarsening, PrivacyPolicy
from plainrecord.model.packages import (
    CheckedTable,
    Field,
    LocatedFile,
    Package,
    ReleasedTable,
    Resource,
)
from plainrecord.model.protection import (
    NestedValues,
    ProtectedCells,
    ProtectedRows,
    ProtectionReport,
    RemovedField,
)
from plainrecord.pipeline.locate_files import locate_resources
from plainrecord.pipeline.waivers import waive
from plainrecord.publishing.descriptor import describe_field, describe_table
from plainrecord.publishing.formats.csv import write_csv
from plainrecord.receipts import engine
from plainrecord.receipts.engine import identifier, literal
from plainrecord.validation import package as check

MOST_LISTED = 8
"""Values that a finding lists."""

RAW_CACHE = ".plainrecord/raw"
"""Where fetched raw files lie: apart from the cache that a workflow keeps."""
_ACTIONS: tuple[Literal["removed", "generalised"], ...] = ("removed", "generalised")


@dataclass(frozen=True, slots=True)
class WrittenProtection:
    """What was written, by its path below the portal.

    Of the `cells` of tables `hidden` are suppressed, and of the `rows` some value in `touched`;
    `suppressed` has the rows in which each key variable is.
    """

    written: tuple[str, ...]
    cells: int
    hidden: int
    rows: int
    touched: int
    suppressed: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]


def protect_dataset(
    root: Path, name: str, progress: Progress, mirrors: Sequence[Path] = ()
) -> WrittenProtection:
    """Read the raw table of the dataset `name`, protect it, and write `data/NAME/protected/`.

    A raw file with a public address is fetched, or taken from one of the folders `mirrors`.
    `Blocked` with all findings, and nothing changed, where it cannot be done.
    """
    portal = load.load_portal(root)
    item, parsed, document, findings = _read(portal, name)
    findings += _fetch(root, portal, parsed, progress, mirrors)
    language = translated(_read_catalogue(portal))
    with language, workspace(root) as work, _open_raw(root, item, parsed, work, findings) as opened:
        connection, files = opened
        earlier = _read_releases(portal, name)
        rows, records = _prepare(connection, files, parsed, findings, earlier, progress)
        task = _task(connection, rows, parsed, earlier)
        made = _protect(task, records, findings, progress)
        policy_hash = protected.hash_policy(document)
        contents = _write(connection, parsed, rows, records, made, work, policy_hash)
        progress("write the protected tables")
        folder = f"{item.folder}/{PROTECTED_FOLDER}"
        write.write_folder(root, folder, contents)
    return WrittenProtection(
        tuple(f"{folder}/{path}" for path in sorted(contents)),
        sum(table.cells for table in made.tables),
        sum(table.hidden for table in made.tables),
        records.table.rows if records else 0,
        records.touched if records else 0,
        records.suppressed if records else (),
        tuple(findings),
    )


def find_obstacles(root: Path, name: str, progress: Progress) -> tuple[Finding, ...]:
    """What `protect` would refuse in the dataset `name`, if its raw files are here; nothing is written.

    Tables with so many cells together that `protect` would be slow are not tried: a warning says so.
    """
    portal = load.load_portal(root)
    try:
        item, parsed, _, findings = _read(portal, name)
        remote = any(file.remote for resource in parsed.resources for file in resource.files)
        _, missing, absent = locate_resources(root, item.path, parsed, root / RAW_CACHE)
        if remote or missing or absent:
            return ()
        with workspace(root) as work, _open_raw(root, item, parsed, work, findings) as opened:
            connection, files = opened
            earlier = _read_releases(portal, name)
            rows, records = _prepare(connection, files, parsed, findings, earlier, progress)
            task = _task(connection, rows, parsed, earlier)
            if wrong := tables.check_tables(task):
                return wrong
            if large := find_too_many(task):
                return (large,)
            _protect(task, records, findings, progress)
    except UsageError:  # `protect` itself says why
        pass
    except Blocked as blocked:
        return tuple(finding for finding in blocked.findings if finding.blocks)
    return ()


def _read(
    portal: load.RawPortal, name: str
) -> tuple[load.RawDescription, Package, Mapping[str, Json], list[Finding]]:
    """The dataset's folder, its raw table as described, the descriptor, and findings that do not
    block; UsageError where it declares nothing to protect.
    """
    item = _find(portal, name).now
    document, wrong = unfold_references(item.descriptor, item.path, item.descriptor_path)
    parsed, parse_problems = parse_package(
        protected.describe_raw(document), item.folder, item.descriptor_path, ""
    )
    findings = [*wrong, *parse_problems]
    if parsed is None or parsed.policy is None or any_blocks(findings):
        raise Blocked(findings)
    if not isinstance(document, dict) or not parsed.policy.mode:
        raise UsageError(
            f"the privacy policy of {name} declares nothing to protect: "
            "write `tables`, or `mode: records` with `keys`, under privacy in its descriptor"
        )
    if len(parsed.resources) > 1:
        several = ", ".join(resource.name for resource in parsed.resources)
        raise UsageError(
            f"{name} has the tables {several}: records about people are protected one table at a "
            "time, so make a dataset of each"
        )
    return item, parsed, document, findings


@contextmanager
def _open_raw(
    root: Path, item: load.RawDescription, parsed: Package, work: Path, findings: Sequence[Finding]
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, tuple[LocatedFile, ...]]]]:
    """An engine that may read the raw files and earlier releases, and where the former lie; `Blocked` where they do not."""
    files, missing, absent = locate_resources(root, item.path, parsed, root / RAW_CACHE)
    found = [*findings, *absent]
    if missing or any_blocks(found):
        raise Blocked(found)
    readable = [file.path for located in files.values() for file in located]
    readable += item.path.glob(f"releases/*/{PROTECTED_FOLDER}/*.csv")
    connection = engine.open_build_database(work / "protect.duckdb", readable, [work])
    try:
        yield connection, files
    finally:
        connection.close()


def _read_catalogue(portal: load.RawPortal) -> Catalogue | None:
    """The translations into the portal's language; None without any, and where `build` refuses them."""
    settings, _ = parse_portal(portal.settings, portal.settings_path, None)
    content = portal.locales.get(settings.language) if settings else None
    try:
        return parse_catalogue(content) if content else None
    except ValueError:
        return None


def _read_releases(portal: load.RawPortal, name: str) -> list[EarlierRelease]:
    """What the releases of a dataset, and the other datasets of the portal, publish in tables; and
    the rows of the releases.
    """
    dataset = _find(portal, name)
    releases = [
        _read_rows(
            _read_release(frozen, f"the release of {frozen.path.name}", frozen.path.name), frozen
        )
        for frozen in dataset.releases
    ]
    others = [other.now for other in portal.datasets if other is not dataset]
    return [*releases, *(_read_release(one, f"the dataset {one.path.name}") for one in others)]


def _prepare(
    connection: duckdb.DuckDBPyConnection,
    files: dict[str, tuple[LocatedFile, ...]],
    item: Package,
    findings: list[Finding],
    earlier: Sequence[EarlierRelease],
    progress: Progress,
) -> tuple[ReleasedTable, ProtectedRecords | None]:
    """The rows without identifiers and generalised, which are not published, and in the mode
    `records` those that may be; `Blocked` if they cannot be made.

    Fields are generalised as needed, in the order of the policy, until no value is suppressed.
    """
    checked, problems = _check_rows(connection, item, files, progress)
    findings += problems
    if checked is None or any_blocks(findings):
        raise Blocked(findings)
    progress("protect the dataset")
    policy = item.policy or PrivacyPolicy()
    optional = [how for how in policy.coarsen if how.as_needed]
    for done in range(len(optional) + 1):
        left = optional[done:]
        coarsenings = tuple(how for how in policy.coarsen if how not in left)
        step = policy.model_copy(update={"coarsen": coarsenings, "mode": ""})
        rows = _generalise(connection, checked, item, step, findings)
        records = None
        if policy.mode == "records":
            records, wrong = protect_records(_task(connection, rows, item, earlier))
            if records is None:
                raise Blocked([*findings, *wrong])
        if not (records and records.touched):
            break
    return rows, records


def _task(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    item: Package,
    earlier: Sequence[EarlierRelease],
) -> ProtectionTask:
    policy = item.policy or PrivacyPolicy()
    return ProtectionTask(connection, rows, policy, item.descriptor_path, earlier)


def _protect(
    task: ProtectionTask,
    records: ProtectedRecords | None,
    findings: Sequence[Finding],
    progress: Progress,
) -> tables.ProtectedTables:
    """The tables that may be released; `Blocked`, with what is possible, if they may not."""
    if not tables.check_tables(task) and (large := find_too_many(task)):
        progress(f"protect the dataset, which can take minutes: {large.found}")
    _, made, problems = protect_rows_and_tables(task, records)
    if made is None:
        if problems[0].rule == "protection-impossible":
            possible = name_possible(task)
            problems = (replace(problems[0], found=problems[0].found + possible), *problems[1:])
        raise Blocked([*findings, *problems])
    return made


def _read_release(frozen: load.RawDescription, words: str, date: str = "") -> EarlierRelease:
    """What a release, or another dataset, published in its protected tables, if it has any."""
    report = protected.read_report(frozen.protection)
    cuboids: dict[tuple[str, ...], dict[tuple[str, ...], int | None]] = {}
    for table in report.tables if report else ():
        path = frozen.path / PROTECTED_FOLDER / f"{table.resource}.csv"
        if not path.is_file():
            found = f"{words} has no table {table.resource}"
            folder = f"{frozen.folder}/{PROTECTED_FOLDER}"
            raise Blocked([Finding("file-missing", found, path.name, file=folder)])
        text = load.load_text(path)
        cells = cuboids[table.dimensions] = {}
        for row in csv.DictReader(io.StringIO(text)):
            count = row[COUNT]
            if count not in ("0", tables.IMPOSSIBLE.value):
                cells[tuple(row[name] for name in table.dimensions)] = (
                    int(count) if count.isdecimal() else None
                )
    rounding = report.rounding if report else 0
    coarsen = _read_coarsenings(frozen) if cuboids else {}
    return EarlierRelease(words, date, cuboids, coarsen=coarsen, rounding=rounding)


def _read_coarsenings(frozen: load.RawDescription) -> dict[str, Coarsening]:
    """How the fields of a release, or of another dataset, are generalised."""
    document, _ = unfold_references(frozen.descriptor, frozen.path, frozen.descriptor_path)
    raw = protected.describe_raw(document)
    parsed, _ = parse_package(raw, frozen.folder, frozen.descriptor_path, "")
    policy = parsed.policy if parsed else None
    return {how.field: how for how in policy.coarsen} if policy else {}


def _read_rows(release: EarlierRelease, frozen: load.RawDescription) -> EarlierRelease:
    """A release with its rows, if it published any."""
    report = protected.read_report(frozen.protection)
    if report is None or report.records is None:
        return release
    path = frozen.path / PROTECTED_FOLDER / f"{report.records.resource}.csv"
    relation = f"read_csv({literal(str(path))}, all_varchar = true, header = true)"
    return replace(release, rows=relation, keys=report.records.keys)


def _fetch(
    root: Path,
    portal: load.RawPortal,
    item: Package,
    progress: Progress,
    mirrors: Sequence[Path],
) -> list[Finding]:
    """Bring the raw files that have a public address; findings for those that cannot be had."""
    sources = [file for resource in item.resources for file in resource.files if file.remote]
    settings, findings = parse_portal(portal.settings, portal.settings_path, None)
    if mirrors and not sources:
        raise UsageError(f"--mirror has no effect: {item.name} has no file to download")
    if not sources or settings is None:
        return list(findings) if settings is None else []
    index = fetch.index_mirrors(mirrors, sources) if mirrors else None
    problems: list[Finding] = []
    for source in sources:
        progress(f"fetch {source.path}")
        _, failed = fetch.fetch_file(
            source,
            root / RAW_CACHE,
            portal=settings,
            mirrors=index,
            progress=lambda _done, _total: None,
        )
        problems += failed
    return problems


def _find(portal: load.RawPortal, name: str) -> load.RawDataset:
    """The dataset's folders; UsageError where no dataset has that name."""
    names = portal.name_datasets()
    if name not in names:
        raise UnknownDatasetError([name], names)
    return names[name]


def _check_rows(
    connection: duckdb.DuckDBPyConnection,
    item: Package,
    files: dict[str, tuple[LocatedFile, ...]],
    progress: Progress,
) -> tuple[CheckedTable | None, list[Finding]]:
    """The raw table, checked; None with findings where it cannot be protected."""
    policy = item.policy or PrivacyPolicy()
    findings = list(release.check_policy(policy, item.resources, item.descriptor_path))
    if any_blocks(findings):
        return None, findings
    progress(f"check {item.name}")
    result = check.check_package(connection, item, files)
    # What a field holds that is not published does not matter here.
    published = {*policy.keys, *policy.sensitive, *policy.harmless}
    published |= {name for table in policy.tables for name in table.dimensions}
    findings += waive(
        item.waived,
        [f for f in result.findings if f.rule not in WAIVABLE_ERRORS or f.field in published],
    )
    return (result.tables[0] if result.tables else None), findings


def _generalise(
    connection: duckdb.DuckDBPyConnection,
    checked: CheckedTable,
    item: Package,
    policy: PrivacyPolicy,
    findings: Sequence[Finding],
) -> ReleasedTable:
    """The rows without identifiers and less detailed, or `Blocked`."""
    file = item.descriptor_path
    rows, problems = release.release_table(
        connection, checked, item.resources[0], policy, item.unit, file
    )
    if rows is None:
        raise Blocked([*findings, *problems])
    if ungrouped := [*_find_ungrouped(connection, checked, item.resources[0], policy, file)]:
        raise Blocked([*findings, *ungrouped])
    return rows


def _find_ungrouped(
    connection: duckdb.DuckDBPyConnection,
    checked: CheckedTable,
    resource: Resource,
    policy: PrivacyPolicy,
    file: str,
) -> Iterator[Finding]:
    """A finding for each field of which some values are in no group, and would stay as they are.

    A value that is not listed is in no group even where it is the name of one.
    """
    derived = {made.field.name: made.sql for made in resource.derived}
    for item in policy.coarsen:
        if item.method != "group" or item.other:
            continue
        listed = literal(json.dumps([*item.groups], ensure_ascii=False))
        field = derived.get(item.field, identifier(item.field))
        values = connection.execute(
            f"SELECT * FROM (SELECT CAST(({field}\n) AS VARCHAR) AS value, count(*) FROM "
            f"{checked.relation} GROUP BY ALL) WHERE value NOT IN "
            f"(SELECT unnest(from_json({listed}, '[\"VARCHAR\"]'))) ORDER BY ALL"
        ).fetchall()
        if values:
            listed = ", ".join(repr(value) for value, _ in values[:MOST_LISTED])
            listed += ", …" if len(values) > MOST_LISTED else ""
            records = count_noun(sum(count for _, count in values), "row")
            found = f"{count_noun(len(values), 'value')} in no group ({records}): {listed}"
            expected = "each value under `groups`, or `other` for all that are not"
            yield Finding("privacy-value-ungrouped", found, expected, file=file, field=item.field)


def _write(
    connection: duckdb.DuckDBPyConnection,
    item: Package,
    rows: ReleasedTable,
    records: ProtectedRecords | None,
    made: tables.ProtectedTables,
    work: Path,
    policy_hash: str,
) -> dict[str, bytes]:
    """The files of the folder `protected/` by their name."""
    contents: dict[str, bytes] = {}
    described: list[Json] = []
    released = [*([records.table] if records else []), *(entry.table for entry in made.tables)]
    for table in released:
        path = work / f"{table.resource}.csv"
        write_csv(connection, table, path)
        content = contents[path.name] = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        fields = [_describe(field) for field in table.fields]
        described.append(describe_table(table, len(content), digest, fields, {}))
    document: dict[str, Json] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": item.name,
        "title": item.title,
        "resources": described,
    }
    policy = item.policy or PrivacyPolicy()
    optional: dict[str, Any] = {
        "rounding": policy.rounding,
        "beside": {date: tuple(map(dict, cells)) for date, cells in made.beside.items()},
        "structural_zeros": tuple(map(dict, policy.structural_zeros)),
        "nested": _find_nested(connection, item, rows, policy),
        "records": records
        and ProtectedRows(
            resource=records.table.resource,
            keys=policy.keys,
            sensitive=policy.sensitive,
            diversity=policy.diversity if policy.sensitive else 1,
            rows=records.table.rows,
            touched=records.touched,
            suppressed=dict(records.suppressed),
        ),
    }
    report = ProtectionReport(
        version=1,
        mode="records" if policy.mode == "records" else "tables",
        threshold=policy.threshold,
        level=policy.level,
        measure=COUNT,
        unit=item.unit,
        policy=policy_hash,
        rows=made.counted,
        fields=tuple(_list_changed(rows, released)),
        tables=tuple(
            ProtectedCells(
                resource=entry.table.resource,
                dimensions=entry.dimensions,
                cells=entry.cells,
                hidden=entry.hidden,
                **({"sums": True} if entry.sums else {}),
            )
            for entry in made.tables
        ),
        alternatives=made.alternatives,
        **{key: value for key, value in optional.items() if value},
    )
    contents["datapackage.json"] = (write_exact(document, indent=2) + "\n").encode()
    contents["protection.json"] = (
        write_exact(report.model_dump(mode="json", exclude_unset=True)) + "\n"
    ).encode()
    return contents


def _find_nested(
    connection: duckdb.DuckDBPyConnection, item: Package, rows: ReleasedTable, policy: PrivacyPolicy
) -> tuple[NestedValues, ...]:
    """The dimensions that are computed from one other, which is released in all its detail."""
    (resource,) = item.resources
    names = {name for table in policy.tables for name in table.dimensions}
    whole = {field.name for field in resource.schema.fields}
    exact = whole - {how.field for how in policy.coarsen}
    pairs = []
    for derived in resource.derived:
        sources = {name for name in whole if re.search(rf"\b{re.escape(name)}\b", derived.sql)}
        if derived.field.name in names and len(sources) == 1 and sources <= exact & names:
            pairs.append((sources.pop(), derived.field.name))
    nested = find_nested(connection, rows, pairs)
    return tuple(
        NestedValues(field=field, within=within, values=values)
        for (field, within), values in nested.items()
    )


def _list_changed(rows: ReleasedTable, released: Sequence[ReleasedTable]) -> list[RemovedField]:
    """The fields of the raw table that are not released, or less detailed, in this order."""
    names = {field.name for table in released for field in table.fields}
    left = [
        RemovedField(
            field=field.name,
            action="removed",
            reason=f"{field.label}: not among the fields to release",
        )
        for field in rows.fields
        if field.name not in names
    ]
    removed, coarser = (
        [
            RemovedField(field=item.field, action=action, reason=item.reason)
            for item in rows.protections
            if item.action == action
        ]
        for action in _ACTIONS
    )
    return [*removed, *left, *(item for item in coarser if item.field in names)]


def _describe(field: Field) -> Json:
    """A field as the standard describes it, with what each missing value means here."""
    marks: list[Json] = [
        {"value": mark.value, "label": mark.label, "kind": mark.kind.value}
        for mark in field.missing_values
    ]
    return {**describe_field(field), "missingValues": marks}
