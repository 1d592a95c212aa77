"""A new portal around a folder of files; the caller writes the drafts that do not exist."""

from collections.abc import Iterator, Sequence
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
from plainrecord.authoring.github import workflows
from plainrecord.authoring.presentation import ProfiledTable
from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import dump_document


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
    """A portal's files (text, or a file to copy), raw files git ignores, and what to tell."""

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
    suggestions: list[str] = []
    questions: list[str] = []
    private: list[str] = []
    protected: list[str] = []
    drafts = 0
    portal_questions = [] if answers.publisher else [texts.WHO]
    for dataset, answer in _apart(datasets):
        name = dataset.found.name
        target = f"data/{name}"
        package = dataset.package
        if package is not None and not dataset.tables:
            drafted = _adopt(name, package, answer)
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
        questions.extend(f"{target}/datapackage.yaml: {text}" for text in drafted.questions)
        suggestions.extend(f"{name}: {text}" for text in drafted.suggestions)
    questions = [*(f"site/portal.yaml: {text}" for text in portal_questions), *questions]
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
        tuple(suggestions),
        tuple(left),
        tuple(private),
        tuple(protected),
        drafts,
    )


def _apart(
    datasets: Sequence[tuple[ReadDataset, Answers]],
) -> Iterator[tuple[ReadDataset, Answers]]:
    """The datasets, each table about people as one of its own: they are protected one by one."""
    for dataset, answers in datasets:
        if not answers.protect or dataset.package is not None or len(dataset.tables) < 2:
            yield dataset, answers
            continue
        found = dataset.found
        for table in dataset.tables:
            name = f"{found.name}-{table.name}"
            title = f"{found.title}: {table.title or table.name}"
            yield (
                ReadDataset(
                    replace(found, name=name, title=title),
                    (replace(table, title=""),),
                    {path: dataset.files[path] for path in table.files},
                ),
                answers,
            )


def _adopt(name: str, package: dict[str, Json], answers: Answers) -> DatasetDraft:
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
