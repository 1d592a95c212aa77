"""Draft a portal from a folder of files: every table is read and profiled."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath

import duckdb

from plainrecord.authoring.columns import Column, label_columns, profile_column
from plainrecord.authoring.folders import FoundDataset, LeftOut, find_datasets, free_name, stem_of
from plainrecord.authoring.labels import shown_title
from plainrecord.authoring.presentation import ProfiledTable
from plainrecord.authoring.scaffold import ReadDataset
from plainrecord.core.errors import UsageError
from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import parse_document
from plainrecord.findings.finding import any_blocks
from plainrecord.pipeline.at_once import map_datasets
from plainrecord.pipeline.check_targets import describe_package
from plainrecord.pipeline.source_tables import (
    MOST_COLUMNS,
    SourceTable,
    find_key,
    read_source,
    unite,
    write_csv,
)
from plainrecord.receipts.engine import open_cursor
from plainrecord.validation.package import check_package

MOST_FILES = 250
"""Files that one `init` reads: each takes some 60 ms, with a query or more for each column."""


def read_folder(
    folder: Path, connection: duckdb.DuckDBPyConnection, work: Path
) -> tuple[list[ReadDataset], list[LeftOut]]:
    """The datasets below `folder`, every table read and profiled; what is not one, with the reason.

    Tables that the check cannot read as they lie are written as CSV below `work`. UsageError where
    the folder is a portal already, or holds no table.
    """
    if (folder / "site" / "portal.yaml").exists():
        raise UsageError(
            f"{folder} is already a portal (it has site/portal.yaml); nothing was changed. "
            "To preview it, run plainrecord serve there"
        )
    datasets, left = find_datasets(folder)
    count = sum(len(dataset.files) for dataset in datasets)
    if count > MOST_FILES:
        raise UsageError(
            f"{folder} holds {count:,} files that may be tables, and init reads at most "
            f"{MOST_FILES}: join files with the same columns into one, or choose the files that "
            "readers need first; nothing was changed"
        )

    def read_one(dataset: FoundDataset) -> tuple[ReadDataset, list[LeftOut]]:
        aside: list[LeftOut] = []
        own = work / dataset.name
        own.mkdir()
        return _read_dataset(dataset, open_cursor(connection), own, aside), aside

    made = map_datasets(
        read_one, datasets, [path for dataset in datasets for path in dataset.files]
    )
    left += [item for _, aside in made for item in aside]
    read = [dataset for dataset, _ in made if dataset.tables or dataset.package is not None]
    if not read:
        reasons = "".join(f"\n  {item.path.name}: {item.reason}" for item in left[:10])
        raise UsageError(f"{folder} contains no readable table{reasons}")
    return read, left


def _read_dataset(
    dataset: FoundDataset,
    connection: duckdb.DuckDBPyConnection,
    work: Path,
    left: list[LeftOut],
) -> ReadDataset:
    if dataset.descriptor is not None:
        return _read_package(dataset, dataset.descriptor, connection, left)
    read: list[tuple[Path, SourceTable]] = []
    for index, path in enumerate(dataset.files):
        before = _stamp(path)
        sources = list(read_source(connection, path, f"t{index}", work))
        if before != _stamp(path):
            left.append(LeftOut(path, "it changed while it was read; run init once more"))
            continue
        readable = [source for source in sources if isinstance(source, SourceTable)]
        left += [LeftOut(path, str(each)) for each in sources if isinstance(each, UsageError)]
        widest = max((len(source.columns) for source in readable), default=0)
        for source in readable:
            if source.part and len(source.columns) < 2 <= widest:
                left.append(LeftOut(path, f"{source.part}: one column, as on a cover or in a note"))
            else:
                read.append((path, source))
    files: dict[str, Path] = {}
    united = unite(connection, [source for _, source in read]) if read else None
    if united is not None:
        taken: set[str] = set()
        made = []
        for path, source in read:
            name = dataset.name
            if source.rewritten:
                name = free_name(source.part or stem_of(PurePath(path.name)), taken, otherwise=name)
            made.append(_placed(connection, source, path, name, work, files))
        paths: list[Json] = [table.path for table in made]
        table = replace(
            made[0],
            name=dataset.name,
            resource={"path": paths, **made[0].resource},
            columns=united.columns,
            rows=united.rows,
            key=united.key,
            notes=united.notes,
            sources=tuple(path.name for path, _ in read),
        )
        return ReadDataset(dataset, (table,), files)
    tables: list[ProfiledTable] = []
    taken = set()
    for path, source in read:
        title = dataset.title if len(dataset.files) == 1 else path.name.split(".")[0]
        name = free_name(source.part or title, taken, otherwise=dataset.name)
        several = bool(source.part) or len(dataset.files) > 1
        placed = _placed(connection, source, path, name, work, files)
        tables.append(replace(placed, title=shown_title(source.part or title) if several else ""))
    return ReadDataset(dataset, tuple(tables), files)


def _placed(
    connection: duckdb.DuckDBPyConnection,
    source: SourceTable,
    path: Path,
    name: str,
    work: Path,
    files: dict[str, Path],
) -> ProfiledTable:
    """The table with its file among `files`: as it lies, or written as CSV."""
    notes, resource = list(source.notes), source.resource
    if not source.rewritten:
        suffix = "".join(s.lower() for s in path.suffixes[-2:] if len(s) < 9)
        stem = next((p for p, origin in files.items() if origin == path), "")
        target = (
            stem
            or f"{free_name(path.name.removesuffix(''.join(path.suffixes)), set(), otherwise=name)}{suffix}"
        )
        while not stem and target in files:
            target = f"{name}-{target}"
        files[target] = path
    else:
        target = f"{name}.csv"
        copy = work / f"{len(list(work.iterdir()))}-{target}"
        write_csv(connection, source, copy)
        files[target] = copy
        resource = {"format": "csv"}
        notes.append(f"its values were written as CSV, cell by cell, because {source.rewritten}")
    return ProfiledTable(
        name=name,
        path=target,
        resource=resource,
        columns=source.columns,
        rows=source.rows,
        key=source.key,
        notes=tuple(notes),
        sources=(path.name,),
    )


def _read_package(
    dataset: FoundDataset,
    descriptor: Path,
    connection: duckdb.DuckDBPyConnection,
    left: list[LeftOut],
) -> ReadDataset:
    try:
        document = parse_document(descriptor.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        left.append(LeftOut(descriptor, f"the descriptor cannot be read: {error.args[0]}"))
        return ReadDataset(dataset, (), {})
    if not isinstance(document, dict):
        left.append(LeftOut(descriptor, "the descriptor is not an object"))
        return ReadDataset(dataset, (), {})
    top = descriptor.parent
    inside = [
        path
        for path in sorted(top.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and path != descriptor
        and not any(part.startswith(".") for part in path.relative_to(top).parts)
    ]
    files = {path.relative_to(top).as_posix(): path for path in inside}
    tables = (
        ()
        if "plainrecord" in document
        else tuple(_package_tables(dataset.name, descriptor, connection))
    )
    return ReadDataset(dataset, tables, files, document)


def _package_tables(
    name: str, descriptor: Path, connection: duckdb.DuckDBPyConnection
) -> Iterator[ProfiledTable]:
    """The tables of a data package, read by its schema; none where that cannot be done."""
    subject = describe_package(descriptor)
    if subject.package is None or subject.absent or any_blocks(subject.findings):
        return
    package = replace(subject.package, name=name)
    result = check_package(connection, package, subject.files)
    resources = {resource.name: resource for resource in package.resources}
    for table in result.tables:
        if len(table.fields) > MOST_COLUMNS:
            continue
        resource = resources[table.resource]
        relation = table.relation
        columns = [
            _as_declared(
                profile_column(connection, relation, field.name, decimal_comma=False), field.type
            )
            for field in table.fields
        ]
        titles = {field.name: field.title for field in table.fields}
        labelled = label_columns(columns, titles)
        yield ProfiledTable(
            name=resource.name,
            path="",
            resource={"path": [file.path for file in resource.files]},
            columns=labelled,
            rows=table.rows,
            key=resource.schema.primary_key or find_key(connection, relation, labelled),
            title=resource.title if len(result.tables) > 1 else "",
        )


def _as_declared(column: Column, kind: str) -> Column:
    """A column as its schema declares it: the ends of its values hold where they are of that type."""
    alike = ({"integer", "number", "year"}, {"date", "datetime"}, {"yearmonth"})
    same = column.type == kind or any({column.type, kind} <= kinds for kinds in alike)
    ends = (column.least, column.most) if same else ("", "")
    return replace(
        column, type=kind, format="default", least=ends[0], most=ends[1], padded=0, question=""
    )


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
