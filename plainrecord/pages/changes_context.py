"""Contexts of the templates for comparisons; see `portal_context`."""

from dataclasses import dataclass

from plainrecord.model.counts import CountTable, RecordList, Shown
from plainrecord.pages.portal_context import Shell


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of 0 to 100 units for a number, and the number in words."""

    width: float
    text: str  # markup where it carries a receipt


@dataclass(frozen=True, slots=True)
class PairLine:
    """Two successive releases in the list of all; `note` says so if nothing differs."""

    day: str
    date: str
    target: str
    rows: str
    added: Bar
    vanished: Bar
    changed: str
    note: str


@dataclass(frozen=True, slots=True)
class ReturnedList:
    """Records that came back: lines of `file`, each a `key` in words, and the days."""

    file: str
    key: tuple[str, ...]
    heading: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something across releases that deserves a look; `counted` has the receipt of its numbers."""

    title: str
    text: str
    returned: ReturnedList | None = None
    counted: CountTable | None = None


@dataclass(frozen=True, slots=True)
class TriangleCell:
    """A count as one release reported it; `moved` where a closed period is not what it was."""

    text: str
    moved: bool = False
    change: str = ""


@dataclass(frozen=True, slots=True)
class TriangleRow:
    """A period and its counts, one for each release."""

    period: Shown
    cells: tuple[TriangleCell, ...]


@dataclass(frozen=True, slots=True)
class TriangleView:
    """The revision triangle: `releases` are (release's day, page); `left_out` counts quiet periods."""

    field: str
    period: str
    releases: tuple[tuple[str, str], ...]
    rows: tuple[TriangleRow, ...]
    left_out: int
    counted: CountTable | None


@dataclass(frozen=True, slots=True)
class ChangeDownload:
    """A file with records that differ."""

    name: str
    target: str
    rows: int
    bytes: int
    sha256: str
    about: str


@dataclass(frozen=True, slots=True)
class ChangesContext:
    """`changes.html`: all releases of a dataset, each compared with the one before, the newest
    first.

    `grown` are the rows of the first release and of the newest.
    """

    shell: Shell
    title: str
    dataset: str
    releases: str
    feed: str
    unit: str
    first: str
    last: str
    grown: tuple[str, str]
    method: str
    lines: tuple[PairLine, ...]
    notices: tuple[Notice, ...]
    triangle: TriangleView | None
    ledger: ChangeDownload | None
    record_list: RecordList | None


@dataclass(frozen=True, slots=True)
class Number:
    """A headline number of a pair: its text, its label and its meaning."""

    text: str
    label: str
    about: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """In how many rows a field changed, and how: (what happened, how many)."""

    field: str
    changed: str
    kinds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LineName:
    """The value of a line, and a description of its leading and trailing spaces."""

    value: Shown
    blanks: str


@dataclass(frozen=True, slots=True)
class BreakdownView:
    """What differs by period, place or category: rows of a value and three numbers."""

    anchor: str
    title: str
    heading: str
    rows: tuple[tuple[LineName, str, str, str], ...]
    more: bool
    counted: CountTable | None = None


@dataclass(frozen=True, slots=True)
class RecordListView:
    """Records that were added or removed: the shown fields, the values, and the total.

    `total_text` is the total as shown on the page, `file` the list of all. A heading is the name of a
    field and its label.
    """

    anchor: str
    title: str
    about: str
    file: str
    headings: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    total_text: str


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A changed record: its key, and for each change name, label, before, after and kind."""

    key: str
    values: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class RenamePatternLine:
    """One change of a field that `count` of the likely renames share; `label` is for readers."""

    field: str
    label: str
    old: str
    new: str
    count: int


@dataclass(frozen=True, slots=True)
class RenameLine:
    """A removed and an added record, probably one: before, after, field ("" for none), evidence."""

    old: str
    new: str
    field: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """`change.html`: one release beside the one before it.

    `categories` are lines of a field, a value that one release alone has, its rows before and after.
    `columns` are sentences on the columns, `command` runs the comparison again in a terminal.
    Numbers are markup where they carry a receipt, that of `counted`.
    `likely` is the file of the likely renames, whose columns are `before_names` and `after_names`, `changed_file` that of what
    changed, with `changed_names` in each column of its table; `record_lists` stand behind the files.
    """

    shell: Shell
    title: str
    dataset: str
    all_changes: str
    old: str
    new: str
    old_target: str
    new_target: str
    before: str
    after: str
    lead: str
    sameness: str
    numbers: tuple[Number, ...]
    columns: tuple[str, ...]
    fields: tuple[FieldLine, ...]
    fields_counted: CountTable | None
    breakdowns: tuple[BreakdownView, ...]
    renames: tuple[RenameLine, ...]
    renamed: int
    likely: str
    before_names: tuple[str, ...]
    after_names: tuple[str, ...]
    rename_patterns: tuple[RenamePatternLine, ...]
    renames_complete: bool
    categories: tuple[tuple[str, LineName, str, str], ...]
    categories_counted: CountTable | None
    vanished: RecordListView | None
    added: RecordListView | None
    changed: tuple[ChangedLine, ...]
    changed_names: tuple[tuple[str, ...], ...]
    changed_file: str
    changed_total: int
    changed_text: str
    downloads: tuple[ChangeDownload, ...]
    records: str
    method: str
    command: str
    counted: CountTable | None
    record_lists: tuple[RecordList, ...]
