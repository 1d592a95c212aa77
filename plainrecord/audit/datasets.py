"""What several datasets give away together, where they count the same people.

Nothing published says that they do. A reader sees it: a total and all that both show agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from plainrecord.audit.attack import attack_cells
from plainrecord.audit.nested import list_equations
from plainrecord.audit.records import RowCounter, compare_with_tables, narrow_by_rows
from plainrecord.audit.releases import ReleaseLeak, attack_releases
from plainrecord.audit.report import report_releases
from plainrecord.audit.tables import AuditedRelease, Key, UnreadableError, read_labels
from plainrecord.findings.finding import Finding

RULE = "audit-datasets-reveal"

Releases = Sequence[AuditedRelease]


@dataclass(frozen=True, slots=True)
class _PublishedRows:
    """A Parquet file of a dataset: its path, its columns, and how many rows it has."""

    dataset: str
    path: str
    columns: frozenset[str]
    count: int


def attack_datasets(
    root: Path,
    paths: Sequence[str],
    datasets: Mapping[str, Releases],
    known: Mapping[str, set[int]],
) -> Iterator[Finding]:
    """What tables or rows of another dataset give away of each; `known` are the cells of each
    release that its own tables give away.
    """
    for ours, theirs in combinations(datasets.values(), 2):
        for one, other in product(ours, theirs):
            if any(set(one.dimension_sets) & set(other.dimension_sets)):
                for leak in attack_releases([one, other], known):
                    yield report_releases(leak, RULE)
    published = [rows for path in paths if (rows := _describe(root, path))]
    for name, releases in datasets.items():
        for release in releases:
            fields = {field for names in release.dimension_sets for field in names}
            for rows in published:
                same = rows.count == release.shown.get(()) and rows.columns & fields
                if same and rows.dataset != name:
                    yield from _count_rows(root, release, rows, known.get(release.key, set()))


def _describe(root: Path, path: str) -> _PublishedRows | None:
    if not path.startswith("datasets/") or not path.endswith(".parquet"):
        return None
    try:
        file = pq.ParquetFile(root / path)
    except (pa.ArrowException, OSError):
        return None  # `audit.channels` says so
    columns = frozenset(file.schema_arrow.names)
    return _PublishedRows(path.split("/")[1], path, columns, file.metadata.num_rows)


def _count_rows(
    root: Path, release: AuditedRelease, rows: _PublishedRows, known: set[int]
) -> Iterator[Finding]:
    """What rows of as many records give away of the tables with which they agree."""
    folder, _, file = rows.path.rpartition("/downloads/")
    titles, labels = read_labels(root / folder / "downloads" / "datapackage.json")
    policy = {"mode": "records", "resource": file.removesuffix(".parquet")}
    described = replace(release, folder=folder, protection=policy, titles=titles, labels=labels)
    try:
        counted, possible = RowCounter(root, described).bound_cells()
    except UnreadableError:
        return
    tables: dict[frozenset[str], list[Key]] = {}
    for key in counted:
        tables.setdefault(frozenset(name for name, _ in key), []).append(key)
    agreeing = [
        keys
        for names, keys in tables.items()
        if names
        and any(release.shown.get(key) for key in keys)
        and all(
            key in release.number
            or counted[key] <= release.shown.get(key, 0) <= counted[key] + possible.get(key, 0)
            for key in keys
        )
    ]
    shown = {key: counted[key] for keys in agreeing for key in keys}
    yield from compare_with_tables(release, shown, rows.path, RULE)
    bounds = narrow_by_rows(release, release.first_bounds(), shown, possible, rows.count)
    small = release.small if release.level == 1 else None
    equations = list_equations(release)
    attack = attack_cells(equations, bounds, threshold=release.threshold, small=small)
    for cell in attack.narrowed:
        if cell.decided and cell.number not in known:
            how = f"{rows.path} has as many rows, and they agree with what is shown: {cell.how}"
            key = release.hidden[cell.number]
            yield report_releases(ReleaseLeak(release, key, cell.least, cell.greatest, how), RULE)
