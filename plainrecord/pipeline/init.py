"""Draft a portal from a folder of files: every table is read and profiled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from plainrecord.authoring.folders import FoundDataset, LeftOut, find_datasets, free_name
from plainrecord.authoring.labels import shown_title
from plainrecord.authoring.presentation import ProfiledTable
from plainrecord.authoring.scaffold import ReadDataset
from plainrecord.core.errors import UsageError
from plainrecord.core.yaml_json import parse_document
from plainrecord.pipeline.source_tables import SourceTable, read_source, write_csv


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
    found, left = find_datasets(folder)
    read = []
    for number, dataset in enumerate(found):
        made = _read_dataset(dataset, connection, work, number, left)
        if made.tables or made.package is not None:
            read.append(made)
    if not read:
        reasons = "".join(f"\n  {item.path.name}: {item.reason}" for item in left[:10])
        raise UsageError(f"{folder} contains no readable table{reasons}")
    return read, left


def _read_dataset(
    dataset: FoundDataset,
    connection: duckdb.DuckDBPyConnection,
    work: Path,
    number: int,
    left: list[LeftOut],
) -> ReadDataset:
    if dataset.descriptor is not None:
        return _read_package(dataset, dataset.descriptor, left)
    tables: list[ProfiledTable] = []
    files: dict[str, Path] = {}
    taken: set[str] = set()
    for place, path in enumerate(dataset.files):
        before = _stamp(path)
        sources = list(read_source(connection, path, f"t{number}-{place}", work))
        if before != _stamp(path):
            left.append(LeftOut(path, "it changed while it was read; run init once more"))
            continue
        widest = max((len(s.columns) for s in sources if isinstance(s, SourceTable)), default=0)
        for source in sources:
            if (
                isinstance(source, SourceTable)
                and source.part
                and len(source.columns) < 2 <= widest
            ):
                left.append(LeftOut(path, f"{source.part}: one column, as on a cover or in a note"))
                continue
            if isinstance(source, UsageError):
                left.append(LeftOut(path, str(source)))
                continue
            title = dataset.title if len(dataset.files) == 1 else path.name.split(".")[0]
            name = free_name(source.part or title, taken, otherwise=dataset.name)
            several = bool(source.part) or len(dataset.files) > 1
            made = _placed(connection, source, path, name, work, files)
            tables.append(replace(made, title=shown_title(source.part or title) if several else ""))
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
    if source.as_is:
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
        notes.append(
            "its values were written as CSV, cell by cell, because the check cannot read this form"
        )
    return ProfiledTable(
        name=name,
        path=target,
        resource=resource,
        columns=source.columns,
        rows=source.rows,
        key=source.key,
        notes=tuple(notes),
        source=path.name,
    )


def _read_package(dataset: FoundDataset, descriptor: Path, left: list[LeftOut]) -> ReadDataset:
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
    return ReadDataset(dataset, (), files, document)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
