"""The page that compares a release with the one before: new, removed and changed records."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.periods import name_period
from plainrecord.core.translation import _, ngettext, to_translate
from plainrecord.model.changes import CategoryChange, Comparison, Record, Rename
from plainrecord.model.counts import (
    CountTable,
    LinkedNumber,
    RecordList,
    Shown,
    count_shown,
    label,
    label_period,
    show,
)
from plainrecord.model.declarations import COUNT
from plainrecord.model.freshness import day_words
from plainrecord.model.products import ReleasedDataset
from plainrecord.model.revisions import (
    ChangeBreakdown,
    ChangeFile,
    FieldCount,
    PairChanges,
    Revisions,
)
from plainrecord.model.suppression import Count
from plainrecord.pages.portal_context import DatasetPage, Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts
from plainrecord.receipts.axis_names import NO_VALUE, name_axis
from plainrecord.receipts.change_ids import (
    AFTER,
    BEFORE,
    KIND_WORDS,
    LIKELY,
    changed_columns,
    changes_id,
    count_likely,
    count_words,
    describe_blanks,
    trim_evidence,
)

NOT_SHOWN = to_translate("not shown")
_LISTED = to_translate("The records listed here are checked against the files named above.")
_JUDGED = to_translate("Which records were likely renamed is an estimate.")
_JUDGED_COUNTED = to_translate("The number of likely renames is an estimate and has no receipt.")
_FILES = {
    "added.csv": to_translate("records that are new in this release"),
    "vanished.csv": to_translate("records of the previous release that are not in this one"),
    "changed.csv": to_translate("each changed value, before and after"),
    LIKELY: to_translate("records that were likely renamed"),
}
_RECORD_LISTS = {
    "vanished": to_translate("These records were in the previous release and are not in this one."),
    "added": to_translate("These records are in this release and were not in the previous one."),
}
_RECORDS = {
    "counts": to_translate(
        "Individual records are not listed, because they are about people. Only counts are published."
    ),
    "digests": to_translate(
        "Individual records are not listed. The files contain a hash of each record instead: anyone who has the release can tell which record is meant; others cannot read it."
    ),
}


@dataclass(frozen=True, slots=True)
class ChangeDownload:
    """A file with records that differ, its address, and what it has."""

    file: ChangeFile
    target: str
    about: str


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
class ChangeContext(DatasetPage):
    """`change.html`: one release beside the one before it.

    `categories` are lines of a field, a value that one release alone has, its rows before and after.
    `columns` are sentences on the columns, `command` runs the comparison again in a terminal.
    Numbers are markup where they carry a receipt, that of `counted`.
    `likely` is the file of the likely renames, whose columns are `before_names` and `after_names`, `changed_file` that of what
    changed, with `changed_names` in each column of its table; `record_lists` stand behind the files.
    """

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


def plan_pair(
    shells: Shells,
    trail: tuple[Place, ...],
    release: ReleasedDataset,
    revisions: Revisions,
    pair: PairChanges,
    labels: Mapping[str, str],
) -> Page:
    """The page that compares a release with the one before."""
    package, comparison, settings = release.package, pair.comparison, revisions.settings
    folder = f"datasets/{package.name}/changes/{pair.new}"
    path, old, new = f"{folder}/index.html", day_words(pair.old), day_words(pair.new)
    title = _("{title}: {old} to {new}").format(title=package.title, old=old, new=new)
    about = _("What was added, removed and changed between {old} and {new}.").format(
        old=old, new=new
    )
    listed = settings.records == "rows"
    names = (*comparison.key, *comparison.fields)
    beside = settings.fields or ([COUNT] if revisions.unit == COUNT else [])
    shown = tuple(dict.fromkeys([*comparison.key, *[n for n in beside if n in names][:3]]))
    at = [names.index(name) for name in (shown or names[:6])]
    before = mark_number(revisions, pair, "before", comparison.old_rows)
    after = mark_number(revisions, pair, "after", comparison.new_rows)
    numbers = tuple(_numbers(revisions, pair))
    changed_text = mark_number(revisions, pair, "changed", comparison.changed)
    again = changed_text if comparison.sample_changed else ""

    def name_field(field: str) -> str:
        return labels.get(field, field)

    def find(part: str) -> CountTable | None:
        return revisions.find_counts(changes_id(package.name, pair.new, part))

    def list_records(
        kind: str, title: str, records: Sequence[Record], count: int
    ) -> RecordListView | None:
        if not listed or not records:
            return None
        return RecordListView(
            anchor=kind,
            title=title,
            about=_(_RECORD_LISTS[kind]),
            file=f"{folder}/{kind}.csv",
            headings=tuple((names[n], labels.get(names[n], names[n])) for n in at),
            rows=tuple(tuple(_cell(record[n]) for n in at) for record in records),
            total=count,
            total_text=mark_number(revisions, pair, kind, count),
        )

    vanished = list_records(
        "vanished", _("Removed"), comparison.sample_vanished, comparison.vanished
    )
    added = list_records("added", _("New"), comparison.sample_added, comparison.added)
    by_field = find("fields")
    fields = tuple(
        _field(item, position, labels, by_field) for position, item in enumerate(pair.fields, 1)
    )
    by_value = find("values")
    categories = tuple(_list_values(comparison.categories, labels, by_value))
    breakdowns = tuple(
        _breakdown(item, settings.period, labels, find(item.kind)) for item in pair.breakdowns
    )
    likely = next((f"{folder}/{LIKELY}" for file in pair.files if file.name == LIKELY), "")
    renamed = count_likely(pair, revisions.threshold)
    listing = vanished or added or comparison.sample_changed
    counted = [_(_LISTED)] * bool(listing) + [_(_JUDGED)] * bool(likely)
    counted += [_(_JUDGED_COUNTED)] * bool(renamed and not likely)
    marked = (before, after, numbers, again, fields, categories, breakdowns, vanished, added)
    receipts = describe_receipts(figures=count_shown(marked), unproved=" ".join(counted))
    context = ChangeContext(
        shell=shells(path, title, about, trail, synthetic=package.synthetic, receipts=receipts),
        release=release,
        all_changes=f"datasets/{package.name}/changes/index.html",
        old=old,
        new=new,
        old_target=f"datasets/{package.name}/releases/{pair.old}/index.html",
        new_target=f"datasets/{package.name}/releases/{pair.new}/index.html",
        before=before,
        after=after,
        lead=count_words(pair) if pair.small else "",
        sameness=describe_sameness(pair),
        numbers=numbers,
        columns=describe_columns(comparison),
        fields=fields,
        fields_counted=by_field,
        breakdowns=breakdowns,
        renames=tuple(
            RenameLine(join_record(item.old), join_record(item.new), *_evidence(item, labels))
            for item in comparison.renames
        ),
        renamed=renamed,
        likely=likely,
        before_names=tuple(BEFORE + name for name in comparison.key or comparison.fields),
        after_names=tuple(AFTER + name for name in comparison.key or comparison.fields),
        rename_patterns=tuple(
            RenamePatternLine(
                item.field, name_field(item.field), _cell(item.old), _cell(item.new), item.count
            )
            for item in comparison.rename_patterns * bool(likely)
        ),
        renames_complete=comparison.renames_complete,
        categories=categories,
        categories_counted=by_value,
        vanished=vanished,
        added=added,
        changed=tuple(
            ChangedLine(
                join_record(row.key),
                tuple(
                    (v.field, name_field(v.field), _cell(v.old), _cell(v.new), KIND_WORDS[v.kind])
                    for v in row.values
                ),
            )
            for row in comparison.sample_changed
        ),
        changed_names=(comparison.key, *((name,) for name in changed_columns(comparison.key))),
        changed_file=f"{folder}/changed.csv",
        changed_total=comparison.changed,
        changed_text=changed_text,
        downloads=tuple(offer_file(file, folder, _(_FILES[file.name])) for file in pair.files),
        records=""
        if pair.small and settings.records == "digests"
        else _(_RECORDS.get(settings.records, "")),
        method=describe_method(revisions, labels)
        + (
            _(" Where one of the two releases suppresses it, it is not compared.")
            if revisions.unit == COUNT
            else _(" A value that one of the two releases suppresses is not compared.")
            if package.protection and settings.key
            else ""
        )
        + _describe_repeated(pair, old, new),
        command=_command(revisions, pair),
        counted=revisions.find_counts(changes_id(package.name, pair.new)),
        record_lists=tuple(
            item for item in revisions.record_lists if item.receipt.release == pair.new
        ),
    )
    return Page(path, "change.html", context)


def _describe_repeated(pair: PairChanges, old: str, new: str) -> str:
    """How many records repeat the key of another, as a sentence; empty where none does."""
    comparison = pair.comparison
    if not comparison.key or not (comparison.duplicates_old or comparison.duplicates_new):
        return ""
    how = _(" Identical records are matched first, the rest in the order of their values.")
    if pair.small:
        return _(" Some records share a key.{how}").format(how=how)
    counts = _(
        "{duplicates_old} in the release of {old}, {duplicates_new} in that of {new}"
    ).format(
        duplicates_old=f"{comparison.duplicates_old:,}",
        old=old,
        duplicates_new=f"{comparison.duplicates_new:,}",
        new=new,
    )
    return _(" Some records share a key ({counts}; these counts have no receipt).{how}").format(
        counts=counts, how=how
    )


def _evidence(item: Rename, labels: Mapping[str, str]) -> tuple[str, str]:
    """What speaks for one record: the field under the name that readers know or "", and the rest."""
    evidence = trim_evidence(item)
    return "" if evidence == item.evidence else labels.get(item.field, item.field), evidence


def describe_sameness(pair: PairChanges) -> str:
    """That no record of a pair differs, in a sentence; empty where any does or may."""
    if pair.small:
        return ""
    if pair.comparison.same:
        return _("The records and columns are the same; only the file differs.")
    return _("No record changed; only the columns did.") if pair.comparison.identical else ""


def mark_number(revisions: Revisions, pair: PairChanges, name: str, count: int) -> str:
    """A number of a pair as markup that names its receipt; as plain text where it has none."""
    if pair.small and name not in ("before", "after"):
        return _(NOT_SHOWN)
    table = next((t for t in revisions.counted if t.receipt.release == pair.new), None)
    return show(table, f"1.{table.columns.index(name) + 1}").marked if table else f"{count:,}"


def _numbers(revisions: Revisions, pair: PairChanges) -> Iterator[Number]:
    comparison = pair.comparison
    fresh = _("in this release and not in the previous one")
    gone = _("in the previous release and not in this one")
    numbers = [(comparison.added, "added", "new", fresh)]
    numbers.append((comparison.vanished, "vanished", "removed", gone))
    if revisions.settings.key:
        changed = _("in both, with a different value")
        numbers.append((comparison.changed, "changed", "changed", changed))
    same = _("in both, identical in every compared field")
    numbers.append((comparison.unchanged, "unchanged", "unchanged", same))
    for count, name, heading, about in numbers:
        yield Number(mark_number(revisions, pair, name, count), heading, about)


def describe_columns(comparison: Comparison) -> tuple[str, ...]:
    """Sentences on how the columns differ, the likeliest renames first."""
    columns, sentences = comparison.columns, []
    for item in columns.renamed:
        likely = "" if item.compared else _("likely ")
        sentences.append(
            _("The column “{old}” was {likely}renamed “{new}”: {why}.").format(
                old=item.old, likely=likely, new=item.new, why=item.why
            )
        )
    if columns.added:
        sentences.append(_("New {added}.").format(added=_columns(columns.added)))
    if columns.dropped:
        sentences.append(_("Removed {dropped}.").format(dropped=_columns(columns.dropped)))
    for retyped in columns.retyped:
        how = (
            _("; they were compared as {compared_as}s").format(compared_as=retyped.compared_as)
            if retyped.compared_as
            else ""
        )
        how += f" ({retyped.note})" if retyped.note else ""
        sentences.append(
            _("The values of “{name}” changed from {old} to {new}{how}.").format(
                name=retyped.name, old=retyped.old, new=retyped.new, how=how
            )
        )
    sentences += [
        _("Changes of “{field}”: {what}.").format(field=item.field, what=item.what)
        for item in comparison.patterns
    ]
    if comparison.reissued is not None:
        how = f" ({comparison.reissued.what})" if comparison.reissued.what else ""
        sentences.append(
            _(
                "Identifiers were reissued{how}: apart from them, most records are unchanged."
            ).format(how=how)
        )
    if columns.reordered:
        sentences.append(_("The order of the columns changed."))
    return tuple(sentences)


def _columns(names: Sequence[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return ngettext("column {names}", "columns {names}", len(names)).format(
        names=join_words(quoted)
    )


def _field(
    item: FieldCount, row: int, labels: Mapping[str, str], table: CountTable | None
) -> FieldLine:
    """A line on a field: `row` is its row in the table of counts."""

    def show_kind(name: str, count: Count) -> str:
        return _show_cell(table, row, table.columns.index(name) + 1 if table else 0, count)

    kinds = tuple(
        (KIND_WORDS[kind], show_kind(kind, count)) for kind, count in item.kinds if count != 0
    )
    return FieldLine(labels.get(item.field, item.field), show_kind("records", item.changed), kinds)


def _list_values(
    categories: Sequence[CategoryChange], labels: Mapping[str, str], table: CountTable | None
) -> Iterator[tuple[str, LineName, str, str]]:
    """A line for each new or removed value: the field, the value, its rows before and after."""
    lines: list[tuple[str, str, Count, Count]] = []
    for item in categories:
        lines += [(item.field, value, 0, rows) for value, rows in item.new]
        lines += [(item.field, value, rows, 0) for value, rows in item.gone]
    for row, (field, value, *counts) in enumerate(lines, 1):
        before, after = (_show_cell(table, row, at, count) for at, count in enumerate(counts, 3))
        yield labels.get(field, field), _name(table, f"{row}.2", value), before, after


def _breakdown(
    item: ChangeBreakdown, period: str, labels: Mapping[str, str], table: CountTable | None
) -> BreakdownView:
    dated, name = item.kind == "period", labels.get(item.field, item.field)
    by = (
        _("By {replace} of “{name}”").format(replace=period.replace("-", " "), name=name)
        if dated
        else _("By “{name}”").format(name=name)
    )
    rows = []
    for line, (value, *counts) in enumerate(item.lines, 1):
        cells = [_show_cell(table, line, at, count) for at, count in enumerate(counts, 2)]
        named = _name(table, f"{line}.1", NO_VALUE if value is None else value, dated=dated)
        rows.append((named, *cells))
    heading = name_axis(name, period) if dated else name
    return BreakdownView(item.kind, by, heading, tuple(rows), item.more, table)  # type: ignore[arg-type]


def _name(table: CountTable | None, cell: str, text: str, *, dated: bool = False) -> LineName:
    """The value or period of a line; values that differ only in spaces are distinguished."""
    shown: Shown = LinkedNumber(name_period(text) if dated else text, "", "")
    if table:
        shown = (label_period if dated else label)(table, cell)
    return LineName(shown, describe_blanks(text))


def _show_cell(table: CountTable | None, row: int, column: int, count: Count) -> str:
    """A count with the mark of its receipt, as plain text where it has none or is suppressed."""
    if table and count is not None:
        return show(table, f"{row}.{column}").marked
    return show_count(count)


def _cell(value: str | None) -> str:
    """A value for a page; the word for a missing value looks different from a value."""
    if value is None or not value.strip():
        word = _("(empty)") if value is None else _("(blank)")
        return Markup('<span class="quiet">{}</span>').format(word)
    return value


def join_record(record: Record) -> Markup:
    """The values of a record in one line."""
    return Markup(" · ").join(map(_cell, record))


def _command(revisions: Revisions, pair: PairChanges) -> str:
    """The comparison as a command on the published files, once they are downloaded."""
    settings = revisions.settings
    words = ["plainrecord", "diff", f"{pair.old}.parquet", f"{pair.new}.parquet"]
    if settings.key:
        words += ["--key", ",".join(_quoted(name) for name in settings.key)]
    fields = [name for name in settings.fields if name in pair.comparison.fields]
    if fields:
        words += ["--fields", ",".join(_quoted(name) for name in fields)]
    words += ["--normalise"] * settings.normalise
    return shlex.join(words)


def _quoted(name: str) -> str:
    return f'"{name}"' if "," in name else name


def describe_method(revisions: Revisions, labels: Mapping[str, str]) -> str:
    """How records are recognised from release to release, in a sentence or two."""
    settings = revisions.settings
    if not settings.key:
        return _(
            "These records have no identifier, so whole rows are compared. A row counts as new if "
            "this release has it more often than the previous one, and as removed if it has it less "
            "often. A record with one changed value counts as one removed and one new."
        )
    spaces = (
        _(" Leading and trailing spaces and upper or lower case are ignored.") * settings.normalise
    )
    names = [labels.get(name, name) for name in settings.key]
    if revisions.unit == COUNT:
        return _(
            "The counts of the table {table} are compared: each is a record here. They are matched by "
            "{names}."
        ).format(table=settings.resource, names=quote_names(names))
    return _("Records are matched by {names}.{spaces}").format(
        names=quote_names(names), spaces=spaces
    )


def join_words(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return _(" and ").join(filter(None, [", ".join(names[:-1]), names[-1]]))


def quote_names(names: Sequence[str]) -> str:
    """`“a”, “b” and “c”`."""
    return join_words([f"“{name}”" for name in names])


def show_count(count: Count) -> str:
    """A count as a reader sees it."""
    return _("suppressed") if count is None else f"{count:,}"


def offer_file(file: ChangeFile, folder: str, about: str) -> ChangeDownload:
    """A download in `folder`, with what it is about."""
    return ChangeDownload(file, f"{folder}/{file.name}", about)
