"""A new portal around a folder of files: what is written where, and what is still open.

Nothing is written below the folder here: the caller writes the drafts that do not exist yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from plainrecord.authoring import scaffold_texts as texts
from plainrecord.authoring.draft import Answers, DatasetDraft, ProfiledTable, draft_dataset
from plainrecord.authoring.folders import FoundDataset, LeftOut, find_datasets, free_name
from plainrecord.authoring.github import workflows
from plainrecord.authoring.source_tables import SourceTable, read_source, write_csv
from plainrecord.ground.documents import dump_document, parse_document
from plainrecord.ground.errors import UsageError
from plainrecord.model.packages import Json


@dataclass(frozen=True, slots=True)
class ReadDataset:
    """The tables of a dataset, profiled, and where each of its files comes from: path below the
    dataset's folder -> the file to copy. `package` is the descriptor of a data package."""

    found: FoundDataset
    tables: tuple[ProfiledTable, ...]
    files: dict[str, Path]
    package: dict[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class PortalDraft:
    """The files of a portal as (path below it, text or the file to copy), and what to tell."""

    files: tuple[tuple[str, str | Path], ...]
    questions: tuple[str, ...]
    suggestions: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    private: tuple[str, ...]


def read_folder(
    folder: Path, connection: duckdb.DuckDBPyConnection, work: Path
) -> tuple[list[ReadDataset], list[LeftOut]]:
    """The datasets below `folder`, every table read and profiled; what is not one, with the reason.

    Tables that the check cannot read as they lie are written as CSV below `work`. UsageError where
    the folder is a portal already, or holds no table.
    """
    if (folder / "site" / "portal.yaml").exists():
        raise UsageError(
            f"{folder} is a portal already (it has site/portal.yaml), and nothing was changed. "
            "To look at it, run plainrecord serve there"
        )
    found, left = find_datasets(folder)
    read = []
    for number, dataset in enumerate(found):
        made = _read_dataset(dataset, connection, work, number, left)
        if made.tables or made.package is not None:
            read.append(made)
    if not read:
        reasons = "".join(f"\n  {item.path.name}: {item.reason}" for item in left[:10])
        raise UsageError(f"{folder} holds no table that can be read{reasons}")
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
        sources = list(read_source(connection, path, f"t{number}-{place}"))
        if before != _stamp(path):
            left.append(LeftOut(path, "it changed while it was read; run init once more"))
            continue
        for source in sources:
            if isinstance(source, UsageError):
                left.append(LeftOut(path, str(source)))
                continue
            title = dataset.title if len(dataset.files) == 1 else path.name.split(".")[0]
            name = free_name(f"{title} {source.part}" if source.part else title, taken)
            tables.append(_placed(connection, source, path, name, work, files))
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
        notes.append("the check cannot read it as it lies, so it was written as CSV")
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
        left.append(LeftOut(descriptor, "the descriptor is no object"))
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


def draft_portal(
    folder: Path,
    datasets: Sequence[tuple[ReadDataset, Answers]],
    left: Sequence[LeftOut],
    answers: Answers,
    *,
    program: str,
    versions: Sequence[str],
) -> PortalDraft:
    """The files of the portal, each dataset with its own answers; `answers` are the portal's.

    `program` is how GitHub installs Plainrecord ("" where that is not known), `versions` the exact
    versions of all else.
    """
    title = " ".join((answers.title or texts.title_of(folder)).split())
    files: list[tuple[str, str | Path]] = []
    suggestions: list[str] = []
    questions: list[str] = []
    private: list[str] = []
    portal_questions = [] if answers.publisher else [texts.WHO]
    for dataset, said in datasets:
        name = dataset.found.name
        place = f"data/{name}"
        if dataset.package is not None:
            drafted = _adopt(name, dataset.package, said)
        else:
            drafted = draft_dataset(name, dataset.tables, said)
            drafted = replace(
                drafted, descriptor={**drafted.descriptor, "title": dataset.found.title}
            )
        if drafted.identifiers:
            private.extend(f"{place}/{path}" for path in dataset.files)
        files.extend((f"{place}/{path}", origin) for path, origin in dataset.files.items())
        files.append((f"{place}/datapackage.yaml", dump_document(dict(drafted.descriptor))))
        if dataset.tables:
            files.append((f"{place}/methodology.md", texts.methodology(dataset.tables)))
        questions.extend(f"{place}/datapackage.yaml: {text}" for text in drafted.questions)
        suggestions.extend(f"{name}: {text}" for text in drafted.suggestions)
    questions = [*(f"site/portal.yaml: {text}" for text in portal_questions), *questions]
    if not program:
        questions.append(f"requirements.txt: {texts.PROGRAM}")
    titles = [dataset.found.title for dataset, _ in datasets]
    originals = [
        path.relative_to(folder).as_posix()
        for dataset, _ in datasets
        for path in dataset.found.files
    ]
    files = [
        ("site/portal.yaml", texts.portal(title, answers.publisher, titles, portal_questions)),
        ("site/pages/about.md", texts.about(answers.publisher, titles)),
        *files,
        *((f".github/workflows/{name}", text) for name, text in workflows().items()),
        ("requirements.txt", texts.requirements(program, versions)),
        ("README.md", texts.readme(title, questions, bool(private))),
        (".gitignore", texts.gitignore(originals, private)),
        (".gitattributes", texts.GITATTRIBUTES),
    ]
    return PortalDraft(
        tuple(files), tuple(questions), tuple(suggestions), tuple(left), tuple(private)
    )


def _adopt(name: str, package: dict[str, Json], answers: Answers) -> DatasetDraft:
    """A data package as it is, with what the portal needs beside it: a name and a privacy policy."""
    written = package.get("plainrecord")
    own: dict[str, Json] = {**written} if isinstance(written, dict) else {}
    questions: list[str] = []
    if "privacy" not in own:
        if answers.opened:
            own["privacy"] = {"open": answers.opened}
        else:
            own["publish"] = False
            questions.append(texts.PEOPLE)
    if not package.get("licenses"):
        questions.append(texts.LICENCE)
    if questions:
        own["questions"] = [*questions]
    return DatasetDraft(name, {**package, "name": name, "plainrecord": own}, tuple(questions), ())


def people_in(dataset: ReadDataset) -> Iterator[str]:
    """The columns of a dataset that look as if they named people."""
    for table in dataset.tables:
        for column in table.columns:
            if column.person:
                yield column.name
