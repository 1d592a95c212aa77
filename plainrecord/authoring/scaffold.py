"""A new portal around a folder of files; the caller writes the drafts that do not exist."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plainrecord.authoring import scaffold_texts as texts
from plainrecord.authoring.draft import (
    Answers,
    DatasetDraft,
    draft_dataset,
    licence_of,
    raw_path,
)
from plainrecord.authoring.folders import FoundDataset, LeftOut
from plainrecord.authoring.labels import name_some
from plainrecord.authoring.presentation import ProfiledTable
from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import dump_document

_FOLDER = Path(__file__).with_name("workflows")


def workflows() -> dict[str, str]:
    """The workflows by file name; `# steps: NAME ...` stands for the steps in `steps/NAME.yml`."""

    def read(name: str) -> str:
        return (_FOLDER / f"{name}.yml").read_text(encoding="utf-8")

    def insert(line: re.Match[str]) -> str:
        return "".join(read(f"steps/{name}") for name in line[1].split())

    version = f'"{sys.version_info[0]}.{sys.version_info[1]}"'
    texts = {
        name: re.sub(r" *# steps: (.*)\n", insert, read(name))
        for name in ("publish", "check", "sources")
    }
    return {f"{name}.yml": text.replace('"3.11"', version) for name, text in texts.items()}


@dataclass(frozen=True, slots=True)
class ReadDataset:
    """The tables of a dataset, profiled, and where each of its files comes from: path below the
    dataset's folder -> the file to copy. `package` is the descriptor of a data package; one that has
    a part for Plainrecord already has no `tables` here, and nothing is drafted for it."""

    found: FoundDataset
    tables: tuple[ProfiledTable, ...]
    files: dict[str, Path]
    package: dict[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class PortalDraft:
    """A portal's files (text, or a file to copy), raw files git ignores, and what to report."""

    files: tuple[tuple[str, str | Path], ...]
    questions: tuple[str, ...]
    suggestions: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    private: tuple[str, ...]
    protected: tuple[str, ...]
    drafts: int


def draft_portal(
    folder: Path,
    datasets: Sequence[tuple[ReadDataset, Answers]],
    left: Sequence[LeftOut],
    answers: Answers,
    *,
    program: str,
    versions: Sequence[str],
) -> PortalDraft:
    """The files of the portal; `program` is how GitHub installs Plainrecord ("" if unknown)."""
    title = " ".join((answers.title or texts.title_of(folder)).split())
    files: list[tuple[str, str | Path]] = []
    suggestions: dict[str, list[str]] = {}
    asked: dict[str, list[str]] = {}
    for dataset, _ in datasets:
        for text in _compare_columns(dataset):
            suggestions.setdefault(text, []).append(dataset.found.name)
    private: list[str] = []
    protected: list[str] = []
    drafts = 0
    portal_questions = [] if answers.publisher else [texts.WHO]
    for dataset, answer in _apart(datasets):
        name = dataset.found.name
        target = f"data/{name}"
        package = dataset.package
        if package is not None and not dataset.tables:
            drafted = _keep_package(name, package, answer)
        else:
            named = str((package or {}).get("title") or dataset.found.title)
            drafted = draft_dataset(name, named, dataset.tables, answer, package)
        tables = {file for table in dataset.tables for file in table.files} & dataset.files.keys()
        raw = {path: raw_path(path) for path in tables if drafted.private}
        private.extend(f"{target}/{path}" for path in sorted(raw.values()))
        protected += [name] * drafted.protected
        drafts += not drafted.published
        files.extend(
            (f"{target}/{raw.get(path, path)}", origin) for path, origin in dataset.files.items()
        )
        files.append((f"{target}/datapackage.yaml", dump_document(dict(drafted.descriptor))))
        if dataset.tables and package is None:
            files.append((f"{target}/methodology.md", texts.methodology(dataset.tables)))
        for text in drafted.questions:
            asked.setdefault(text, []).append(f"{target}/datapackage.yaml")
        for text in drafted.suggestions:
            suggestions.setdefault(text, []).append(name)
    questions = [
        *(f"site/portal.yaml: {text}" for text in portal_questions),
        *_list_by_text(asked),
    ]
    if not program:
        questions.append(f"requirements.txt: {texts.PROGRAM}")
    titles = [
        str((dataset.package or {}).get("title") or dataset.found.title) for dataset, _ in datasets
    ]
    originals = [
        path.relative_to(folder).as_posix()
        for dataset, _ in datasets
        for path in sorted({*dataset.found.files, *dataset.files.values()})
        if path.is_relative_to(folder)
    ]
    files = [
        (
            "site/portal.yaml",
            texts.portal(title, answers.publisher, answers.email, titles, portal_questions),
        ),
        ("site/pages/about.md", texts.about(answers.publisher)),
        *files,
        *((f".github/workflows/{name}", text) for name, text in workflows().items()),
        ("requirements.txt", texts.requirements(program, versions)),
        ("README.md", texts.readme(title, questions, protected, program)),
        (".gitignore", texts.gitignore(originals)),
        (".gitattributes", texts.GITATTRIBUTES),
    ]
    return PortalDraft(
        tuple(files),
        tuple(questions),
        (
            *_find_lists([dataset for dataset, _ in datasets]),
            *_list_by_text(suggestions),
        ),
        tuple(left),
        tuple(private),
        tuple(protected),
        drafts,
    )


FEWEST_ALIKE = 3
"""Tables with fewer columns may have the same ones by chance: id and name."""


def _list_by_text(texts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Each text once, with the datasets or files that it is for."""
    for text, names in texts.items():
        yield f"{name_some(names)}: {text}"


def _find_lists(datasets: Sequence[ReadDataset]) -> Iterator[str]:
    """What to do with datasets that may be one: with the same columns, or names that differ in a
    date or a number alone."""
    by_columns: dict[tuple[str, ...], list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for dataset in datasets:
        columns = tuple(c.name for table in dataset.tables for c in table.columns)
        if len(dataset.tables) == 1 and len(columns) >= FEWEST_ALIKE:
            by_columns.setdefault(columns, []).append(dataset.found.name)
    united = {name for names in by_columns.values() if len(names) > 1 for name in names}
    for name in (dataset.found.name for dataset in datasets):
        plain = re.sub(r"[\d-]+", " ", name).strip()
        if plain and name not in united:
            by_name.setdefault(plain, []).append(name)
    for reason, groups in (
        ("Their columns are the same", by_columns.values()),
        ("Their names differ in a date or number alone", by_name.values()),
    ):
        for group in groups:
            if len(group) > 1:
                yield (
                    f"{name_some(group)}: {reason}. If each file is a newer state of the same "
                    "records, keep the oldest, and make releases of the newer ones (`plainrecord "
                    "release`). If each has records of its own, put the files into one folder, and "
                    "run init in a new copy."
                )


def _compare_columns(dataset: ReadDataset) -> Iterator[str]:
    """Which columns keep the tables of a folder from being one, where they have most in common."""
    tables = dataset.tables
    sets = [{column.name for column in table.columns} for table in tables]
    if dataset.package or len(tables) < 2 or len({table.sources for table in tables}) < len(tables):
        return
    common, every = set.intersection(*sets), set.union(*sets)
    if len(common) < 2 or len(common) * 3 < len(every) or common == every:
        return
    other = [
        f"{name} ({name_some([t.name for t, one in zip(tables, sets, strict=True) if name in one])})"
        for name in dict.fromkeys(c.name for table in tables for c in table.columns)
        if name not in common
    ]
    yield (
        f"Its files have {len(common)} columns in common. These are not in all: "
        f"{', '.join(other[:8])}. Files with the same columns become one table."
    )


def _apart(
    datasets: Sequence[tuple[ReadDataset, Answers]],
) -> Iterator[tuple[ReadDataset, Answers]]:
    """The datasets, each table about people as one of its own: they are protected one by one."""
    for dataset, answers in datasets:
        if not answers.protect or dataset.package is not None or len(dataset.tables) < 2:
            yield dataset, answers
            continue
        whole = dataset.found
        for table in dataset.tables:
            name = f"{whole.name}-{table.name}"
            title = f"{whole.title}: {table.title or table.name}"
            yield (
                ReadDataset(
                    replace(whole, name=name, title=title),
                    (replace(table, title=""),),
                    {path: dataset.files[path] for path in table.files},
                ),
                answers,
            )


def _keep_package(name: str, package: dict[str, Json], answers: Answers) -> DatasetDraft:
    """A data package whose tables are not drafted for: with a name and what the portal must know."""
    written = package.get("plainrecord")
    own: dict[str, Json] = {**written} if isinstance(written, dict) else {}
    questions: list[str] = []
    if "privacy" not in own:
        if answers.opened:
            own["privacy"] = {"open": answers.opened}
        else:
            own["publish"] = False
            questions.append(texts.PEOPLE)
    licensed: dict[str, Json] = {}
    if not package.get("licenses") and answers.licence:
        licensed["licenses"] = [licence_of(answers.licence)]
    elif not package.get("licenses"):
        questions.append(texts.LICENCE)
    if questions:
        own["questions"] = [*questions]
    return DatasetDraft(
        name, {**package, **licensed, "name": name, "plainrecord": own}, tuple(questions), ()
    )
