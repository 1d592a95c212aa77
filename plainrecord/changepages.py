"""Pages of what changed: all editions side by side, and each beside the one before."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from plainrecord import changecontexts as views
from plainrecord.changes import (
    Breakdown,
    ChangeFile,
    Comparison,
    Count,
    PairChanges,
    Record,
    Revisions,
    count_words,
    shield,
)
from plainrecord.contexts import Place
from plainrecord.freshness import day_words
from plainrecord.product import Edition
from plainrecord.releasepages import Planned, Shells, releases_path

KEPT_BACK = "kept back"
MOST_PERIODS = 24
FEW = 8
_KINDS = {
    "withheld": "withheld now",
    "open": "open now, was withheld",
    "missing": "no longer there",
    "filled": "filled in",
    "respelt": "written another way",
    "changed": "another value",
}
_FILES = {
    "added.csv": "records that are new in this edition",
    "vanished.csv": "records that the edition before had and this one has not",
    "changed.csv": "each value that changed: before and after",
}
_RECORDS = {
    "counts": "Single records are not listed: they are about people, and the maintainer publishes counts alone.",
    "digests": "Single records are not listed. The files hold a hash of each record instead: who has the edition can tell which record is meant, others cannot read it.",
}


def changes_page(name: str) -> str:
    """The page of all that changed in a dataset."""
    return f"datasets/{name}/changes/index.html"


def plan_changes(
    shells: Shells, trail: tuple[Place, ...], edition: Edition, revisions: Revisions
) -> list[Planned]:
    """The pages of what changed in a dataset; `edition` is the dataset as it is now."""
    package = edition.package
    path, dataset = changes_page(package.name), f"{package.home}/index.html"
    below = (*trail, Place(package.title, dataset))
    shell = shells(
        path,
        f"What changed in {package.title}",
        f"Every edition of {package.title} compared with the one before.",
        below,
        synthetic=package.synthetic,
    )
    folder = path.removesuffix("/index.html")
    most = max((n for p in revisions.pairs for n in (p.comparison.added, p.comparison.vanished)), default=1)  # fmt: skip
    context = views.ChangesContext(
        shell=shell,
        title=package.title,
        dataset=dataset,
        editions=releases_path(package.name),
        feed=f"{folder}/feed.atom",
        unit=revisions.unit,
        first=day_words(revisions.pairs[0].old),
        last=day_words(revisions.pairs[-1].new),
        method=_method(revisions),
        lines=tuple(_line(pair, folder, most) for pair in reversed(revisions.pairs)),
        notices=tuple(_notices(revisions)),
        triangle=_triangle(revisions, package.name),
        ledger=_download(
            revisions.ledger, folder, "every record that was in one edition and not in the next"
        )
        if revisions.ledger
        else None,
    )
    planned: list[Planned] = [(path, "changes.html", context)]
    trail = (*below, Place("What changed", path))
    return [*planned, *(_pair(shells, trail, edition, revisions, p) for p in revisions.pairs)]


def _method(revisions: Revisions) -> str:
    settings = revisions.settings
    if not settings.key:
        return (
            "These records have no identifier, so whole rows are compared: a row counts as new "
            "where this edition has it more often than the one before, and as gone where it has it "
            "less often. A record of which one value changed counts as one gone and one new."
        )
    spaces = " Spaces at the ends and upper or lower case make no difference." * settings.normalise
    return f"A record is recognised by {_and(settings.key)}.{spaces}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _number(count: Count) -> str:
    if count is None:
        return ""
    return count if isinstance(count, str) else f"{count:,}"


def _line(pair: PairChanges, folder: str, most: int) -> views.PairLine:
    found = pair.comparison
    columns = found.columns
    if pair.small:
        note = count_words(pair)
    elif found.same:
        note = "The same records and columns; only the file is another."
    elif found.identical:
        note = "No record differs; the columns do."
    else:
        note = ""
    if not note and (columns.added or columns.dropped):
        note = " ".join(_column_words(found)[:2])

    def bar(count: int) -> views.Bar:
        width = round(100 * count / max(most, 1), 2)
        return views.Bar(0 if pair.small else width, KEPT_BACK if pair.small else f"{count:,}")

    return views.PairLine(
        day=pair.new,
        date=day_words(pair.new),
        target=f"{folder}/{pair.new}/index.html",
        rows=f"{found.old_rows:,} → {found.new_rows:,}",
        added=bar(found.added),
        vanished=bar(found.vanished),
        changed=KEPT_BACK if pair.small else f"{found.changed:,}",
        note=note,
    )


def _notices(revisions: Revisions) -> Iterator[views.Notice]:
    """What deserves a look, each with how it may be read; nothing here accuses anybody."""
    days = {pair.new: pair for pair in revisions.pairs}
    for repeat in revisions.repeats:
        if repeat.stale:
            yield views.Notice(
                f"The edition of {day_words(repeat.release)} repeats an older one",
                f"It holds the same rows as that of {day_words(repeat.earlier)}, though other editions lie between. An old file may have been published again under a new date.",
            )
        else:
            yield views.Notice(
                f"The edition of {day_words(repeat.release)} is the one of {day_words(repeat.earlier)} again",
                "The files are not the same bytes, the records are. A new file is not always new data.",
            )
    for file in revisions.misdated:
        yield views.Notice(
            f"The date in a file’s name is wrong: {file.name}",
            f"The file was released on {day_words(file.release)}; the date in its name cannot be that day: {file.why}. A date in a file’s name does not show when a file was released.",
        )
    for back in revisions.setbacks:
        yield views.Notice(
            f"The edition of {day_words(back.release)} ends earlier than the one before",
            f"Its newest date is {day_words(back.newest)}; the edition of {day_words(back.before)} reached {day_words(back.newest_before)}.",
        )
    gone = sum(pair.comparison.vanished for pair in days.values())
    if gone and not any(pair.small for pair in days.values()):
        renamed = sum(pair.comparison.renamed for pair in days.values())
        also = (
            f" {renamed:,} of them are likely the same record under another spelling."
            if renamed
            else ""
        )
        largest = max(revisions.pairs, key=lambda pair: pair.comparison.vanished)
        yield views.Notice(
            f"{gone:,} times a record was no longer there in the next edition",
            f"Most of them between {day_words(largest.old)} and {day_words(largest.new)}: {largest.comparison.vanished:,}.{also} A record can go because it ended, was corrected or was taken out; the files do not say which.",
        )
    if revisions.returned:
        items = tuple(
            f"{_words(item.key)}: missing on {day_words(item.missing)}, back on {day_words(item.back)}"
            for item in revisions.returned[:FEW]
        )
        count = len(revisions.returned)
        yield views.Notice(
            f"{count:,} {'record' if count == 1 else 'records'} went and came back",
            "They were in an edition, missing from a later one, and in a still later one again.",
            items,
        )
    if revisions.moved and not revisions.threshold:
        periods = len({item.period for item in revisions.moved})
        yield views.Notice(
            f"The past moved: {periods:,} closed {'period has' if periods == 1 else 'periods have'} another count than before",
            "The table below shows what each edition reported for the same period. Counts of a time that was over when an edition appeared should not change without a reason.",
        )


def _words(record: Record) -> str:
    return " · ".join(value if value is not None else "(empty)" for value in record)


def _triangle(revisions: Revisions, name: str) -> views.TriangleView | None:
    triangle, settings = revisions.triangle, revisions.settings
    if triangle is None:
        return None
    moved = {(item.period, item.new_release): item for item in revisions.moved}
    columns = [
        shield([counts[at] or 0 for counts in triangle.counts], revisions.threshold)
        for at in range(len(triangle.releases))
    ]
    rows: list[tuple[bool, views.TriangleRow]] = []
    for line, (period, counts) in enumerate(zip(triangle.periods, triangle.counts, strict=True)):
        cells = []
        for at, (release, count) in enumerate(zip(triangle.releases, counts, strict=True)):
            shown = columns[at][line] if count is not None else None
            item = moved.get((period, release))
            change = ""
            if item is not None and not revisions.threshold:
                change = f"was {item.old:,}" if item.new is not None else f"was {item.old:,}, now not covered"  # fmt: skip
            cells.append(views.TriangleCell("–" if count is None else _number(shown), bool(change), change))  # fmt: skip
        differs = any(cell.moved for cell in cells)
        rows.append((differs, views.TriangleRow(period, tuple(cells))))
    recent = [row for _, row in rows[-MOST_PERIODS:]]
    kept = [row for differs, row in rows[:-MOST_PERIODS] if differs][-MOST_PERIODS:] + recent
    return views.TriangleView(
        settings.date,
        settings.period.replace("-", " "),
        tuple(
            (day_words(r), f"datasets/{name}/releases/{r}/index.html") for r in triangle.releases
        ),
        tuple(reversed(kept)),
        len(rows) - len(kept),
    )


def _download(file: ChangeFile, folder: str, about: str) -> views.ChangeDownload:
    return views.ChangeDownload(
        file.name, f"{folder}/{file.name}", file.rows, file.bytes, file.sha256, about
    )


def _pair(
    shells: Shells,
    trail: tuple[Place, ...],
    edition: Edition,
    revisions: Revisions,
    pair: PairChanges,
) -> Planned:
    package, found, settings = edition.package, pair.comparison, revisions.settings
    folder = f"datasets/{package.name}/changes/{pair.new}"
    path, old, new = f"{folder}/index.html", day_words(pair.old), day_words(pair.new)
    title = f"{package.title}: {old} to {new}"
    about = f"What is new, gone and changed between {old} and {new}."
    listed = settings.records == "rows"
    names = (*found.key, *found.fields)
    shown = tuple(dict.fromkeys([*found.key, *[n for n in settings.fields if n in names][:3]]))
    at = [names.index(name) for name in (shown or names[:6])]
    context = views.ChangeContext(
        shell=shells(path, title, about, trail, synthetic=package.synthetic),
        title=package.title,
        dataset=f"{package.home}/index.html",
        all_changes=changes_page(package.name),
        old=old,
        new=new,
        old_target=f"datasets/{package.name}/releases/{pair.old}/index.html",
        new_target=f"datasets/{package.name}/releases/{pair.new}/index.html",
        before=f"{found.old_rows:,}",
        after=f"{found.new_rows:,}",
        lead=count_words(pair),
        numbers=tuple(_numbers(pair, bool(settings.key))),
        columns=_column_words(found),
        fields=() if pair.small else tuple(_field(item.field, item.changed, item.kinds) for item in found.changed_fields),
        breakdowns=tuple(_breakdown(item, settings.period) for item in pair.breakdowns),
        renames=tuple(
            views.RenameLine(_words(item.old), _words(item.new), item.evidence)
            for item in found.renames
        ),
        renamed=0 if pair.small else found.renamed,
        renames_complete=found.renames_complete,
        categories=tuple(
            (item.field, ", ".join(item.new), ", ".join(item.gone)) for item in found.categories
        ),
        vanished=_records("vanished", "Gone", found.sample_vanished, names, at, found.vanished)
        if listed
        else None,
        added=_records("added", "New", found.sample_added, names, at, found.added)
        if listed
        else None,
        changed=tuple(
            views.ChangedLine(
                _words(row.key),
                tuple(
                    (v.field, _cell(v.old), _cell(v.new), _KINDS[v.kind]) for v in row.values
                ),
            )
            for row in found.sample_changed
        ),
        changed_total=found.changed,
        downloads=tuple(_download(file, folder, _FILES[file.name]) for file in pair.files),
        records=_RECORDS.get(settings.records, ""),
        method=_method(revisions),
        command=_command(revisions, pair),
    )  # fmt: skip
    return path, "change.html", context


def _numbers(pair: PairChanges, keyed: bool) -> Iterator[views.Number]:
    found = pair.comparison
    told = [
        (found.added, "new", "in this edition and not in the one before"),
        (found.vanished, "gone", "in the edition before and not in this one"),
    ]
    if keyed:
        told.append((found.changed, "changed", "in both, with another value"))
    told.append((found.unchanged, "unchanged", "in both, the same in every compared field"))
    for count, label, about in told:
        yield views.Number(KEPT_BACK if pair.small else f"{count:,}", label, about)


def _column_words(found: Comparison) -> tuple[str, ...]:
    columns, told = found.columns, []
    for item in columns.renamed:
        likely = "" if item.compared else "likely "
        told.append(f"The column “{item.old}” is {likely}called “{item.new}” now: {item.why}.")
    if columns.added:
        told.append(f"New {_columns(columns.added)}.")
    if columns.dropped:
        told.append(f"No longer there: {_columns(columns.dropped)}.")
    for retyped in columns.retyped:
        how = f"; they were compared as {retyped.compared_as}s" if retyped.compared_as else ""
        told.append(
            f"The values of “{retyped.name}” are {retyped.new} now and were {retyped.old}{how}."
        )
    if columns.reordered:
        told.append("The columns stand in another order.")
    return tuple(told)


def _columns(names: Sequence[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return f"{'column' if len(names) == 1 else 'columns'} {_and(quoted)}"


def _field(name: str, changed: int, kinds: Sequence[tuple[str, int]]) -> views.FieldLine:
    told = tuple((_KINDS[kind], f"{count:,}") for kind, count in kinds if count)
    return views.FieldLine(name, f"{changed:,}", told)


def _breakdown(item: Breakdown, period: str) -> views.BreakdownView:
    by = f"By {period.replace('-', ' ')} of {item.field}" if item.kind == "period" else f"By {item.field}"  # fmt: skip
    rows = tuple(
        ("(no value)" if value is None else value, *(_number(count) for count in counts))
        for value, *counts in item.lines
    )
    return views.BreakdownView(item.kind, by, item.field, rows, item.more)  # type: ignore[arg-type]


def _cell(value: str | None) -> str:
    if value is None:
        return "(empty)"
    return value if value.strip() else "(blank)"


def _records(
    anchor: str,
    title: str,
    records: Sequence[Record],
    names: Sequence[str],
    at: Sequence[int],
    total: int,
) -> views.RecordList | None:
    if not records:
        return None
    about = (
        "The edition before had these records, this one has not."
        if anchor == "vanished"
        else "This edition has these records, the one before had not."
    )
    rows = tuple(tuple(_cell(record[n]) for n in at) for record in records)
    return views.RecordList(anchor, title, about, tuple(names[n] for n in at), rows, total)


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
