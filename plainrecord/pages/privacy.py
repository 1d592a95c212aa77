"""The page of a protected dataset: what was removed, made less detailed and suppressed, and for whom."""

from __future__ import annotations

from collections.abc import Iterator

from plainrecord.core.html import identify
from plainrecord.core.translation import _
from plainrecord.model.counts import CountTable, count_shown, label, show
from plainrecord.model.products import GroupLoss, ReleasedDataset
from plainrecord.model.protection import ProtectionReport
from plainrecord.pages.portal_context import Page, Place, Shells
from plainrecord.pages.privacy_context import (
    GroupLossView,
    LossLine,
    PrivacyContext,
    RemovedLine,
    TableLine,
)
from plainrecord.pages.receipt_note import describe_receipts


def privacy_page(edition: ReleasedDataset) -> str:
    """The path of the page; "" where the dataset has none."""
    return f"{edition.package.home}/privacy/index.html" if edition.protection else ""


def plan_privacy(
    shells: Shells, trail: tuple[Place, ...], edition: ReleasedDataset
) -> Iterator[Page]:
    """The page where a dataset was protected with `plainrecord protect`."""
    report, counts = edition.package.protection, edition.protection
    if report is None or counts is None:
        return
    path = privacy_page(edition)
    title = _("Removed to protect privacy: {title}").format(title=edition.package.title)
    about = _("What was removed, made less detailed or suppressed in {title}.").format(
        title=edition.package.title
    )
    tables = _describe_tables(edition, counts.cells)
    groups = tuple(_describe_group(group) for group in counts.groups)
    rows = _describe_rows(counts.rows)
    receipts = describe_receipts(figures=count_shown((tables, groups, rows)))
    shell = shells(
        path, title, about, trail, synthetic=edition.package.synthetic, receipts=receipts
    )
    context = PrivacyContext(
        shell=shell,
        edition=edition,
        dataset=f"{edition.package.home}/index.html",
        report=f"{edition.package.home}/protection.json",
        rule=report,
        structural_zeros=tuple(
            ", ".join(f"{name} {value}" for name, value in zero.items())
            for zero in report.structural_zeros
        ),
        removed=_describe_removed(report),
        rows=rows,
        tables=tables,
        groups=groups,
    )
    yield Page(path, "privacy.html", context)


def _describe_removed(report: ProtectionReport) -> tuple[RemovedLine, ...]:
    words = {"removed": _("Removed"), "generalised": _("Made less detailed")}
    return tuple(RemovedLine(item.field, words[item.action], item.reason) for item in report.fields)


def _describe_tables(edition: ReleasedDataset, counted: CountTable | None) -> tuple[TableLine, ...]:
    if counted is None:
        return ()
    titles = {table.resource: table.title for table in edition.tables}
    return tuple(
        TableLine(
            titles.get(str(row[0]), str(row[0])),
            LossLine(
                None,
                show(counted, f"{line}.2"),
                show(counted, f"{line}.3"),
                show(counted, f"{line}.3/{line}.2"),
            ),
        )
        for line, row in enumerate(counted.rows, 1)
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
