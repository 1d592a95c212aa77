"""Two workbooks, archives or folders: every table of one with its partner."""

import filecmp
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from plainrecord.core.errors import UsageError
from plainrecord.core.word_lists import split_words
from plainrecord.diff.tables_in_file import (
    Member,
    MemberPairs,
    find_format,
    is_archive,
    list_folder,
    list_sheets,
    pair_members,
    unpack,
)
from plainrecord.pipeline.diff import Collation, TablePath, collate_files

DEEPEST = 3
"""A folder, an archive in it and a workbook in that; what lies deeper is compared byte by byte."""

TABLES = split_words(
    ".csv .tsv .tab .txt .json .ndjson .jsonl .geojson .parquet .xlsx .xlsm .xlsb .xls "
    ".ods .sqlite .sqlite3 .db"
)
PACKED = (".gz", ".bz2", ".xz")


@dataclass(frozen=True, slots=True)
class TableResult:
    """Two members that belong together, compared.

    `old` and `new` are their names, `why` says why they were paired where the names differ.
    `collation` is None for what is no table, or cannot be compared; `same` then says whether the
    files are the same byte by byte, and `problem` why they were not compared as tables, if they
    should have been. `keyed` says whether the options --key and --fields could be followed, `sheets`
    whether the two are sheets.
    """

    old: str
    new: str
    why: str
    collation: Collation | None
    same: bool
    problem: str = ""
    keyed: bool = True
    sheets: bool = False


@dataclass(frozen=True, slots=True)
class TableSets:
    """All tables of two places; `chosen` alone has the columns of --key and --fields."""

    results: tuple[TableResult, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    chosen: TableResult | None = None

    @property
    def same(self) -> bool:
        """Whether both hold the same tables, all of them compared, under the same names."""
        paired = all(result.same and result.old == result.new for result in self.results)
        return paired and not (self.added or self.dropped)

    @property
    def agrees(self) -> bool:
        """As `same`: all tables were asked for."""
        return self.same

    @property
    def identical(self) -> bool:
        """Whether all tables hold the same rows, whatever the names of tables and columns."""
        made = [
            result.same
            if result.collation is None
            else result.collation.whole and result.collation.comparison.identical
            for result in self.results
        ]
        return all(made) and not (self.added or self.dropped)


LAYOUTS = {
    "--sheet": {"xlsx"},
    "--header-row": {"csv", "tsv", "xlsx"},
    "--delimiter": {"csv", "tsv"},
    "--encoding": {"csv", "tsv", "json", "ndjson", "jsonl", "geojson"},
    "--property": {"json", "geojson"},
}
"""The formats whose files have what an option of the layout names."""


def uses_layout(path: Path, option: str) -> bool:
    """Whether `option` can change how what lies at `path` (also if unreadable) is read."""
    if not path.is_file() or is_archive(path):
        return True
    kind = find_format(path)
    return not kind or option not in LAYOUTS or kind in LAYOUTS[option]


def compare_paths(old: TablePath, new: TablePath, **options: Any) -> Collation | TableSets:
    """What is in two places compared as by `collate_files`; UsageError where it cannot be."""
    for side in (old, new):
        if not side.path.exists():
            raise UsageError(f"there is no file {side.path}")
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as work:
        folders = (Path(work) / str(number) for number in count())
        sets = [_expand(side, folders) for side in (old, new)]
        single = [
            not tables and not _holds_files(side.path)
            for tables, side in zip(sets, (old, new), strict=True)
        ]
        if all(single) or _are_one_table(sets):
            return collate_files(old, new, **options)
        members = [
            (Member(side.path.name, side.path),) if alone else tables
            for tables, side, alone in zip(sets, (old, new), single, strict=True)
        ]
        results, added, dropped = _compare_members(
            (old, new), (members[0], members[1]), folders, options, DEEPEST
        )
        return _gather(old, new, results, added, dropped, options)


def _gather(
    old: TablePath,
    new: TablePath,
    results: Sequence[TableResult],
    added: Sequence[str],
    dropped: Sequence[str],
    options: dict[str, Any],
) -> Collation | TableSets:
    compared = [result for result in results if result.collation is not None]
    if not compared and not added and not dropped and not results:
        raise UsageError(f"{old.path} and {new.path} hold no file")
    asked = bool(options.get("key") or options.get("fields"))
    keyed = [result for result in compared if result.keyed]
    if asked and not keyed:
        message = next((result.problem for result in results if result.problem), "")
        if not results:
            message = (
                f"no table of {old.path} belongs to one of {new.path}: their names and headers "
                "are not alike. Compare one file with one, or join the parts of a table into one"
            )
        raise UsageError(message or "no table has the columns of --key and --fields")
    if len(results) == 1 and compared and not added and not dropped and compared[0].collation:
        return compared[0].collation
    chosen = None
    if asked and len(keyed) == 1 and keyed[0].collation is not None:
        chosen = replace(
            keyed[0], collation=_note_choice(keyed[0], keyed[0].collation, len(results))
        )
    return TableSets(tuple(results), tuple(added), tuple(dropped), chosen)


def _note_choice(chosen: TableResult, made: Collation, tables: int) -> Collation:
    """`made` with a note in front that says which of several tables was read by the key."""
    old, new = (
        f'of {tables} sheets "{name}" was read'
        if chosen.sheets
        else f'of {tables} tables "{name}" was read'
        for name in (chosen.old, chosen.new)
    )
    return replace(made, old_notes=(old, *made.old_notes), new_notes=(new, *made.new_notes))


def _expand(side: TablePath, folders: Iterator[Path]) -> tuple[Member, ...]:
    """The members of what is at `side`; empty for one table."""
    if side.path.is_dir():
        return list_folder(side.path)
    if not side.path.is_file():
        return ()
    if is_archive(side.path):
        return unpack(side.path, next(folders))
    if side.sheet or side.descriptor is not None:
        return ()
    return list_sheets(side.path)


def _holds_files(path: Path) -> bool:
    """Whether `path` is a folder or an archive, also where it is empty."""
    return path.is_dir() or (path.is_file() and is_archive(path))


def _are_one_table(sets: Sequence[Sequence[Member]]) -> bool:
    """Whether sheets are read as one table each; beside one table, the one like it is."""
    sheets = [bool(members) and bool(members[0].sheet) for members in sets]
    if all(sheets):
        return max(map(len, sets)) == 1
    return any(sheets) and not all(sets)


def _compare_members(
    sides: tuple[TablePath, TablePath],
    members: tuple[Sequence[Member], Sequence[Member]],
    folders: Iterator[Path],
    options: dict[str, Any],
    depth: int,
) -> tuple[list[TableResult], list[str], list[str]]:
    pairs: MemberPairs = pair_members(*members)
    results: list[TableResult] = []
    added = [member.name for member in pairs.added]
    dropped = [member.name for member in pairs.dropped]
    for pair in pairs.pairs:
        inner = [
            _expand(replace(side, path=member.path), folders)
            if depth and not member.sheet and not member.problem
            else ()
            for side, member in zip(sides, (pair.old, pair.new), strict=True)
        ]
        if all(inner) and not _are_one_table(inner):
            lists = inner[0], inner[1]
            below, more, less = _compare_members(sides, lists, folders, options, depth - 1)
            results += [
                replace(
                    result,
                    old=f"{pair.old.name}: {result.old}",
                    new=f"{pair.new.name}: {result.new}",
                    why=pair.why or result.why,
                )
                for result in below
            ]
            added += [f"{pair.new.name}: {name}" for name in more]
            dropped += [f"{pair.old.name}: {name}" for name in less]
        else:
            results.append(_compare_pair(sides, pair.old, pair.new, pair.why, options))
    return results, added, dropped


def _compare_pair(
    sides: tuple[TablePath, TablePath], old: Member, new: Member, why: str, options: dict[str, Any]
) -> TableResult:
    problem = old.problem or new.problem
    if problem:
        return TableResult(old.name, new.name, why, None, False, problem)
    equal = not old.sheet and not new.sheet and filecmp.cmp(old.path, new.path, shallow=False)
    if not (_is_table(old) and _is_table(new)):
        return TableResult(old.name, new.name, why, None, equal)
    pair = [
        replace(side, path=member.path, sheet=member.sheet or side.sheet, paired=bool(member.sheet))
        for side, member in zip(sides, (old, new), strict=True)
    ]
    first = ""
    asked = bool(options.get("key") or options.get("fields"))
    for keyed in (True, False) if asked else (True,):
        chosen = options if keyed else {**options, "key": (), "fields": None}
        try:
            made = collate_files(pair[0], pair[1], **chosen)
        except UsageError as error:
            message = str(error)
            for member in (old, new):
                message = message.replace(str(member.path), member.name)
            first = first or message
        else:
            sheets = bool(old.sheet)
            return TableResult(old.name, new.name, why, made, made.same, first, keyed, sheets)
    return TableResult(old.name, new.name, why, None, equal, "" if equal else first)


def _is_table(member: Member) -> bool:
    """Whether a member is compared as a table: a sheet, or a file by its ending."""
    name = member.name.lower()
    for ending in PACKED:
        name = name.removesuffix(ending)
    return bool(member.sheet) or name.endswith(TABLES)
