"""What two releases share and not: counts of rows, texts of values, bounded ordered lists."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from plainrecord.model.suppression import Count

Record = tuple[str | None, ...]
"""The values of a row as text; None where there is none."""

ChangeKind = Literal["withheld", "open", "missing", "filled", "respelt", "changed"]
"""How a value changed: withheld by the agency now, open now where it was withheld, no longer
there, there where nothing was, the same in another writing, or another value."""

CHANGE_KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)

RenameKind = Literal["respelt", "misspelt", "alike"]


@dataclass(frozen=True, slots=True)
class RenamedColumn:
    """A column under another name; `compared` where names differ in writing alone."""

    old: str
    new: str
    why: str
    compared: bool


@dataclass(frozen=True, slots=True)
class RetypedColumn:
    """A column whose values are of another type, or dates in another form.

    `compared_as` (number, date, date-time or boolean) says how both were read to be compared;
    empty where they were compared as they are written. `note` says of dates that can be read in
    several ways which was taken, and whether the values decide it.
    """

    name: str
    old: str
    new: str
    compared_as: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """How the columns differ. `renamed` ones are neither in `added` nor in `dropped`;
    `reordered` says whether the columns that both have stand in another order. Where too many were
    added and dropped, they were not `searched` for likely renames."""

    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[RenamedColumn, ...] = ()
    reordered: bool = False
    retyped: tuple[RetypedColumn, ...] = ()
    searched: bool = True


@dataclass(frozen=True, slots=True)
class FieldChange:
    """In how many matched rows a field changed, in all and by each kind of change."""

    field: str
    changed: int
    kinds: tuple[tuple[ChangeKind, int], ...]


@dataclass(frozen=True, slots=True)
class FieldPattern:
    """What nearly all changes of a field are, such as "rounded to whole numbers", in how many rows.

    `pairs` has the old and new values where a field was recoded.
    """

    field: str
    what: str
    rows: int
    pairs: tuple[tuple[str | None, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Reissued:
    """Most records have another key and the same values: how many rows are added, vanished and
    unchanged where the key is left out. `what` says how the keys differ, "" where in no one way."""

    added: int
    vanished: int
    unchanged: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value of a row that changed, and in which way."""

    field: str
    old: str | None
    new: str | None
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that is in both tables with other values; `key` as the new table writes it."""

    key: Record
    values: tuple[ValueChange, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    """A row that vanished and a row that was added, likely one record.

    `old` and `new` are the values of the key (of all compared fields where there is no key).
    `kind`: respelt (spaces, case, accents, punctuation), misspelt (a few letters of `field`), alike
    (`field` differs, all or nearly all else is equal). `evidence` says what speaks for it.
    """

    old: Record
    new: Record
    kind: RenameKind
    field: str
    evidence: str


@dataclass(frozen=True, slots=True)
class RenamePattern:
    """A change of one field that several likely renames share: one cause, rather than many."""

    field: str
    old: str | None
    new: str | None
    count: int


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """Values of a field of few values that are in one table alone, sorted, each with its rows."""

    field: str
    new: tuple[tuple[str, Count], ...]
    gone: tuple[tuple[str, Count], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two tables have in common and what not.

    `key` and `fields` (the compared ones beside the key) are named as in the new table. `changed`
    rows have the same key and other values (none without a key); `respelt` are those of them where
    nothing but writing changed. old_rows + added - vanished is new_rows, and unchanged + changed +
    vanished is old_rows. `duplicates_old` and `duplicates_new` count the rows beyond the first of
    each key (without a key: of each row). Samples have the values of `key`, then of `fields`, up
    to the limit. `renamed` counts all likely renames, `rename_patterns` has the commonest changes of a
    field among them; where `renames_complete` is false, too many
    rows differ or look alike for all to be tried. `relation` is the temporary relation of the rows that
    differ, for `break_down` and `lay_out`, until the next comparison on the connection. `readings`
    names columns that were read before they were compared: as what, and the form of each table.
    `patterns` and `reissued` name one cause of many changes.
    """

    key: tuple[str, ...]
    fields: tuple[str, ...]
    old_rows: int
    new_rows: int
    added: int
    vanished: int
    changed: int
    respelt: int
    unchanged: int
    duplicates_old: int
    duplicates_new: int
    columns: ColumnChanges
    changed_fields: tuple[FieldChange, ...]
    renamed: int
    renames: tuple[Rename, ...]
    rename_patterns: tuple[RenamePattern, ...]
    renames_complete: bool
    categories: tuple[CategoryChange, ...]
    sample_added: tuple[Record, ...]
    sample_vanished: tuple[Record, ...]
    sample_changed: tuple[ChangedRow, ...]
    relation: str
    readings: tuple[tuple[str, str, str, str], ...] = ()
    patterns: tuple[FieldPattern, ...] = ()
    reissued: Reissued | None = None

    @property
    def identical(self) -> bool:
        """Whether both hold the same rows in the compared fields."""
        return not (self.added or self.vanished or self.changed)

    @property
    def same(self) -> bool:
        """Whether both hold the same rows and the same columns, in whatever order."""
        columns = self.columns
        return self.identical and not (columns.added or columns.dropped or columns.renamed)


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """What differs among the rows with one value of a field (or of one period)."""

    value: str | None
    added: int
    vanished: int
    changed: int


@dataclass(frozen=True, slots=True)
class Differences:
    """Sorted queries for COPY: key and fields, or key, `field`, `old`, `new` and `kind`."""

    added: str
    vanished: str
    changed: str


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """A table, its relations as SQL text for FROM.

    `rest` are the rows to match; `alike` rows more are in the table that the other table has just
    so, and none of them shares its key with another row. `head` are the first rows of the table,
    or all. `whole` gives all rows, and is costly where `alike` is not 0; so is `column`, but less,
    which gives them with the column of a name and perhaps no other. `may_hold` says whether a text
    may be a value of the table, and a no is certain.
    """

    rest: str
    head: str
    alike: int
    whole: Callable[[], str]
    column: Callable[[str], str]
    may_hold: Callable[[str], bool]


def whole_side(relation: str) -> ComparedSide:
    """A side of which nothing is left out."""
    return ComparedSide(relation, relation, 0, lambda: relation, lambda _: relation, lambda _: True)
