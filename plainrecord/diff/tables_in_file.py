"""The tables of a workbook, an archive or a folder, and which of two such sets belong together."""

import re
import zipfile
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plainrecord.core import strict_json
from plainrecord.core.errors import UsageError
from plainrecord.core.paths import NOT_UTF8, is_utf8
from plainrecord.diff import sniff
from plainrecord.diff.columns import normalise_name
from plainrecord.readers.batches import READ_ERRORS, Unreadable, reason
from plainrecord.readers.workbooks import KINDS, workbook_kind

MOST_MEMBERS = 2_000
PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a folder or an archive, or a sheet of a workbook.

    `name` is its path below the folder, or the name of the sheet. `path` is the file on this disk,
    `sheet` the name of the sheet. `labels` are those of its header, if it was read.
    """

    name: str
    path: Path
    sheet: str = ""
    labels: tuple[str, ...] = ()
    problem: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class MemberPair:
    """Two members that belong together; `why` where their names differ."""

    old: Member
    new: Member
    why: str = ""


@dataclass(frozen=True, slots=True)
class MemberPairs:
    """Members that belong together, in the order of the old side, and those without a partner."""

    pairs: tuple[MemberPair, ...]
    dropped: tuple[Member, ...]
    added: tuple[Member, ...]


def is_archive(path: Path) -> bool:
    """Whether the file at `path` is a zip that is no workbook."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    return "[Content_Types].xml" not in names and not workbook_kind(path)


def find_format(path: Path) -> str:
    """The format of the file at `path`; "" where it has none that is known."""
    try:
        return sniff.format_of(path)
    except (Unreadable, *READ_ERRORS):
        return ""


def list_sheets(path: Path) -> tuple[Member, ...]:
    """Sheets of the workbook that have a value, with likely labels; none if it cannot be read."""
    if find_format(path) not in KINDS:
        return ()
    try:
        heads = sniff.heads_of(path)
    except (Unreadable, *READ_ERRORS):
        return ()
    members = []
    for name, rows in heads.items():
        if any(any(cell.strip() for cell in row) for row in rows):
            header = rows[sniff.guess_header(rows) - 1]
            members.append(Member(name, path, name, tuple(filter(None, map(str.strip, header)))))
    return tuple(members)


def list_folder(folder: Path) -> tuple[Member, ...]:
    """The files below `folder`, in the order of their paths; hidden ones are left out."""
    members: list[Member] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not _is_hidden(name):
            members.append(Member(name, path, problem="" if is_utf8(name) else NOT_UTF8))
            if len(members) > MOST_MEMBERS:
                raise UsageError(f"{folder}: there are more than {MOST_MEMBERS:,} files")
    return tuple(members)


def unpack(archive: Path, folder: Path) -> tuple[Member, ...]:
    """The files in the zip `archive`, each unpacked below `folder` under a name of our own.

    The sizes that the archive declares are read before anything is unpacked. A file that cannot be
    unpacked is a member with a `problem`.
    """
    folder.mkdir(parents=True)
    members = []
    try:
        with zipfile.ZipFile(archive) as opened:
            listed = [item for item in opened.infolist() if not item.is_dir()]
            listed = [item for item in listed if not _is_hidden(item.filename)]
            if len(listed) > MOST_MEMBERS:
                raise UsageError(f"{archive}: the archive has more than {MOST_MEMBERS:,} files")
            most = strict_json.most_unpacked(archive)
            if sum(item.file_size for item in listed) > most:
                raise UsageError(f"{archive}: the archive unpacks to more than {most:,} bytes")
            for number, item in enumerate(sorted(listed, key=lambda item: item.filename)):
                path = folder / f"{number}{_suffixes(item.filename)}"
                problem = ""
                try:
                    with opened.open(item) as source, path.open("wb") as target:
                        while piece := source.read(PIECE_BYTES):
                            target.write(piece)
                except (RuntimeError, NotImplementedError, *READ_ERRORS) as error:
                    problem = f"it cannot be unpacked: {reason(error)}"
                members.append(Member(item.filename, path, problem=problem))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise UsageError(f"{archive}: the archive cannot be read: {error}") from None
    return tuple(members)


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _suffixes(name: str) -> str:
    """The endings of a file's name that say what it is: `.csv`, `.csv.gz`."""
    match = re.search(r"(\.[a-z0-9]{1,8})?\.[a-z0-9]{1,8}$", name.lower())
    return match[0] if match else ""


def pair_members(old: Sequence[Member], new: Sequence[Member]) -> MemberPairs:
    """Pair corresponding members; each test pairs only members that are unique on both sides.

    By name, by name in another spelling, by file name in another folder, by name without digits and
    with the same labels, by labels, and finally the only remaining one of each side.
    """
    tests: Sequence[tuple[str, Callable[[Member], Hashable]]] = (
        ("", lambda m: m.name),
        ("the names differ in writing alone", lambda m: normalise_name(m.name)),
        ("the files have one name", lambda m: _stem(m.name)),
        (
            "the names differ in digits alone",
            lambda m: re.sub(r"\d+", "", normalise_name(_stem(m.name))),
        ),
        ("they have the same header", lambda m: tuple(map(normalise_name, m.labels))),
    )
    left = (list(old), list(new))
    pairs: list[MemberPair] = []
    for why, test in tests:
        single = [{}, {}]  # type: list[dict[Hashable, list[Member]]]
        for side, members in enumerate(left):
            for member in members:
                if sign := test(member):
                    single[side].setdefault(sign, []).append(member)
        for sign, first in single[0].items():
            second = single[1].get(sign, [])
            if len(first) == len(second) == 1:
                pairs.append(MemberPair(first[0], second[0], why))
                left[0].remove(first[0])
                left[1].remove(second[0])
    if len(old) == len(new) == 1 and left[0]:
        pairs.append(MemberPair(old[0], new[0], "each side has only one"))
        left = ([], [])
    places = {id(member): at for at, member in enumerate(old)}
    pairs.sort(key=lambda pair: places[id(pair.old)])
    return MemberPairs(tuple(pairs), tuple(left[0]), tuple(left[1]))


def _stem(name: str) -> str:
    """The file's name without folders and without what its ending says of its format."""
    return normalise_name(_ENDINGS.sub("", name.rsplit("/", 1)[-1].lower()))


_ENDINGS = re.compile(
    r"(\.(csv|tsv|tab|txt|json|ndjson|jsonl|geojson|parquet|xlsx|xlsm|xlsb|xls|ods|sqlite|sqlite3|db|gz|bz2|xz|zip))+$"
)
