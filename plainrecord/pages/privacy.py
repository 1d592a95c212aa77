"""The page of a protected dataset: what was removed, made less detailed and suppressed, and for whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from plainrecord.core.html import identify
from plainrecord.core.translation import _
from plainrecord.model.counts import CountTable, Label, Shown, count_shown, label, show
from plainrecord.model.products import GroupLoss, ReleasedDataset
from plainrecord.model.protection import ProtectionReport
from plainrecord.pages.portal_context import DatasetPage, Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts


@dataclass(frozen=True, slots=True)
class RemovedFields:
    """Fields that were removed or made less detailed in one way: names, labels, and more of each."""

    change: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LossLine:
    """How many of `all` are suppressed, as a number, as words for a share, and as a share."""

    name: Label | None
    all: Shown
    suppressed: Shown
    share: Shown
    part: float = 0.0


@dataclass(frozen=True, slots=True)
class TableLosses:
    """All counts, the tables with suppressed ones, and the titles of the others."""

    whole: LossLine
    lines: tuple[tuple[str, LossLine], ...]
    complete: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupLossView:
    """The suppressed counts of a table by the values of one of its dimensions."""

    anchor: str
    title: str
    dimension: str
    lines: tuple[LossLine, ...]
    counted: CountTable


@dataclass(frozen=True, slots=True)
class PrivacyContext(DatasetPage):
    """`report` is the path of `rule`. `rows` has a line for all rows, then one for each field.

    `keys`, `sensitive` and `others` are the labels of the fields of released rows.
    """

    report: str
    rule: ProtectionReport
    structural_zeros: tuple[str, ...]
    nested: tuple[tuple[str, str], ...]
    removed: tuple[RemovedFields, ...]
    rows: tuple[LossLine, ...]
    keys: tuple[str, ...]
    sensitive: tuple[str, ...]
    others: tuple[str, ...]
    tables: TableLosses | None
    groups: tuple[GroupLossView, ...]


def privacy_page(release: ReleasedDataset) -> str:
    """The path of the page; "" where the dataset has none."""
    return f"{release.package.home}/privacy/index.html" if release.protection else ""


def plan_privacy(
    shells: Shells, trail: tuple[Place, ...], release: ReleasedDataset
) -> Iterator[Page]:
    """The page where a dataset was protected with `plainrecord protect`."""
    report, counts = release.package.protection, release.protection
    if report is None or counts is None:
        return
    path = privacy_page(release)
    title = _("Removed to protect privacy: {title}").format(title=release.package.title)
    about = _("What was removed, made less detailed or suppressed in {title}.").format(
        title=release.package.title
    )
    labels = {field.name: field.label for table in release.tables for field in table.fields}
    records = report.records
    named = (records.keys, records.sensitive) if records else ((), ())
    released = [
        field.name
        for table in release.tables
        if records and table.resource == records.resource
        for field in table.fields
    ]
    tables = _describe_tables(release, counts.cells)
    groups = tuple(_describe_group(group) for group in counts.groups)
    rows = _describe_rows(counts.rows)
    receipts = describe_receipts(figures=count_shown((tables, groups, rows)))
    shell = shells(
        path, title, about, trail, synthetic=release.package.synthetic, receipts=receipts
    )
    context = PrivacyContext(
        shell=shell,
        release=release,
        report=f"{release.package.home}/protection.json",
        rule=report,
        structural_zeros=tuple(
            ", ".join(f"{name} {value}" for name, value in zero.items())
            for zero in report.structural_zeros
        ),
        removed=_describe_removed(report, labels),
        rows=rows,
        keys=tuple(labels[name] for name in named[0]),
        sensitive=tuple(labels[name] for name in named[1]),
        others=tuple(labels[name] for name in released if name not in (*named[0], *named[1])),
        nested=tuple((labels[item.field], labels[item.within]) for item in report.nested),
        tables=tables,
        groups=groups,
    )
    yield Page(path, "privacy.html", context)


def _describe_removed(
    report: ProtectionReport, labels: Mapping[str, str]
) -> tuple[RemovedFields, ...]:
    """The fields by what was done: removed for each reason, made less detailed."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for item in report.fields:
        if item.action == "generalised":
            label = labels.get(item.field, item.field)
            change, field = _("Made less detailed"), (label, item.reason)
        else:
            label, _colon, why = item.reason.rpartition(": ")
            change, field = _("Removed: {why}").format(why=why), (label, "")
        groups.setdefault(change, []).append((item.field, *field))
    return tuple(RemovedFields(change, tuple(fields)) for change, fields in groups.items())


def _describe_tables(release: ReleasedDataset, counted: CountTable | None) -> TableLosses | None:
    if counted is None:
        return None
    titles = {table.resource: table.title for table in release.tables}
    names = [titles.get(str(row[0]), str(row[0])) for row in counted.rows]
    losses = [_sum_losses(counted, [line]) for line in range(1, len(names) + 1)]
    hidden = [row[2] != 0 for row in counted.rows]
    return TableLosses(
        _sum_losses(counted, range(1, len(names) + 1)),
        tuple(compress(zip(names, losses, strict=True), hidden)),
        tuple(name for name, some in zip(names, hidden, strict=True) if not some),
    )


def _sum_losses(counted: CountTable, lines: Sequence[int]) -> LossLine:
    """The counts in some lines of the table together, and those that are suppressed."""
    every, hidden = ("+".join(f"{line}.{column}" for line in lines) for column in (2, 3))
    return LossLine(
        None, show(counted, every), show(counted, hidden), show(counted, f"{hidden}/{every}")
    )


def _describe_group(group: GroupLoss) -> GroupLossView:
    lines = tuple(
        LossLine(
            label(group.counted, f"{line}.1"),
            show(group.counted, f"{line}.2"),
            show(group.counted, f"{line}.3"),
            show(group.counted, f"{line}.3/{line}.2"),
            int(row[2]) / int(row[1]) if row[1] and row[2] else 0.0,
        )
        for line, row in enumerate(group.counted.rows, 1)
        if not isinstance(row[1], str) and not isinstance(row[2], str)
    )
    return GroupLossView(
        anchor=identify(group.table, group.dimension),
        title=group.table,
        dimension=group.dimension,
        lines=lines,
        counted=group.counted,
    )


def _describe_rows(counted: CountTable | None) -> tuple[LossLine, ...]:
    """All rows, then those in which each field is suppressed."""
    if counted is None:
        return ()
    return tuple(
        LossLine(
            label(counted, f"{line}.1"),
            show(counted, "1.2"),
            show(counted, f"{line}.2"),
            show(counted, f"{line}.2/1.2"),
        )
        for line in range(1, len(counted.rows) + 1)
    )
