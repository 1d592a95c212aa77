"""The datasets of a folder: which files belong together, and which are no tables.

Each file at the top is a dataset; each subfolder that holds tables is one dataset of them. A
folder with a `datapackage.json` or `.yaml` is a data package and is taken as it is.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from slugify import slugify

from plainrecord.authoring.labels import shown_title
from plainrecord.core.paths import NOT_UTF8, is_utf8
from plainrecord.core.word_lists import split_words

DESCRIPTORS = ("datapackage.json", "datapackage.yaml", "datapackage.yml")
TABLES = split_words(
    "csv tsv tab txt psv dat xlsx xlsm xls ods json ndjson jsonl geojson parquet parq pq "
    "sqlite sqlite3 db zip"
)
PACKINGS = ("gz", "zst", "bz2", "xz")
_OWN_FOLDERS = {"_site", "node_modules", "__pycache__", "__MACOSX", "venv"}
_TEXTS = ("readme", "license", "licence", "changelog", "notice", "source")


@dataclass(frozen=True, slots=True)
class FoundDataset:
    """Files of one dataset: `name` for its address, `title` as written, a package's descriptor."""

    name: str
    title: str
    files: tuple[Path, ...]
    descriptor: Path | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that is not taken, and why."""

    path: Path
    reason: str


def find_datasets(folder: Path) -> tuple[list[FoundDataset], list[LeftOut]]:
    """The datasets below `folder` by their names, and what is left out; a link is not followed."""
    groups: list[tuple[str, list[Path], Path | None]] = []
    left: list[LeftOut] = []
    for directory, names in _walk(folder, left):
        descriptor = next(
            (directory / name for name in DESCRIPTORS if directory / name in names), None
        )
        if descriptor is not None:
            groups.append((directory.name, [p for p in names if p != descriptor], descriptor))
            continue
        tables = []
        for path in names:
            reason = _no_table(path)
            if reason:
                left.append(LeftOut(path, reason))
            else:
                tables.append(path)
        if directory == folder:
            groups.extend((stem_of(Path(path.name)), [path], None) for path in tables)
        elif tables:
            groups.append((directory.name, tables, None))
    named = Counter(slugify(name) for name, _, _ in groups)
    groups = [(_apart(group, named, folder), *group[1:]) for group in groups]
    taken: set[str] = set()
    datasets = [
        FoundDataset(free_name(title, taken), shown_title(title), tuple(files), descriptor)
        for title, files, descriptor in groups
    ]
    return datasets, left


def _apart(
    group: tuple[str, list[Path], Path | None],
    named: Counter[str],
    folder: Path,
) -> str:
    """The name of a dataset, with its folder or kind of file where another has the same."""
    name, files, descriptor = group
    if named[slugify(name)] == 1:
        return name
    first = descriptor or files[0]
    if first.parent == folder:
        return f"{name} ({first.name.removeprefix(name).lstrip('.') or 'file'})"
    above = first.parent.parent
    return name if above == folder else f"{name} ({above.relative_to(folder).as_posix()})"


def free_name(title: str, taken: set[str], *, otherwise: str = "table") -> str:
    """An address part (a-z, 0-9, hyphens) for `title` that is not in `taken`; it is added there."""
    slug = slugify(title, max_length=60, word_boundary=True) or otherwise
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name


def _walk(folder: Path, left: list[LeftOut]) -> Iterator[tuple[Path, list[Path]]]:
    """Each folder with its files, by name; folders of a data package are not gone into."""
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        left.append(LeftOut(folder, error.strerror or "it cannot be opened"))
        return
    files, folders = [], []
    for path in entries:
        if path.name.startswith((".", "~$")) or path.name in _OWN_FOLDERS:
            continue
        if path.is_symlink():
            left.append(LeftOut(path, "it is a link; put the file itself here"))
        elif path.is_dir():
            folders.append(path)
        elif path.is_file():
            files.append(path)
        else:
            left.append(LeftOut(path, "it is no regular file"))
    yield folder, files
    if not any(path.name in DESCRIPTORS for path in files):
        for path in folders:
            yield from _walk(path, left)


def _no_table(path: Path) -> str:
    """Why a file is not looked at, by its name; "" where it may be a table."""
    suffixes = [suffix.lstrip(".").lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKINGS:
        suffixes.pop()
    kind = suffixes[-1] if suffixes else ""
    if kind not in TABLES or (kind == "txt" and path.stem.lower() in _TEXTS):
        return "its name says that it holds no table"
    return "" if is_utf8(str(path)) else NOT_UTF8


def stem_of(path: PurePath) -> str:
    """The path without the endings that say that it is a table, or packed."""
    name = path.as_posix()
    for suffix in reversed(path.suffixes):
        if suffix.lstrip(".").lower() not in (*TABLES, *PACKINGS):
            break
        name = name.removesuffix(suffix)
    return name
