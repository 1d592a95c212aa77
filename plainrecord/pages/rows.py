"""The pages where readers sort and filter the rows of a table, and the documents that they read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plainrecord.core.paths import absolute_url
from plainrecord.core.plurals import fit_unit, several
from plainrecord.core.strict_json import Json, select
from plainrecord.core.translation import _
from plainrecord.model.counts import Label, Shown, count_shown, label
from plainrecord.model.packages import Field
from plainrecord.model.products import Distribution, ReleasedDataset
from plainrecord.model.rows import (
    LONGEST,
    MOST_COLUMNS,
    TableRows,
    absence_words,
    list_filters,
)
from plainrecord.pages.codebook import show_rows
from plainrecord.pages.portal_context import DatasetPage, Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts
from plainrecord.pages.releases import describe_version, name_release


@dataclass(frozen=True, slots=True)
class RowsContext(DatasetPage):
    """`settings` is the path of the document that the script and `plainrecord verify` read.

    `headings` are those of `lines`, the first rows; `columns` is how many the table has. `tables`
    are pages of tables of the dataset to go to, or all that have one.
    """

    table: TableRows
    settings: str
    units: str
    total: Shown
    headings: tuple[str, ...]
    lines: tuple[tuple[Label, ...], ...]
    columns: int
    downloads: tuple[Distribution, ...]
    bytes: int
    tables: tuple[Place, ...]


LISTED = 20
"""With more tables than these, the page of the first lists them all: each page with all of them
would take as many links as their square."""


def rows_page(release: ReleasedDataset, table: TableRows) -> str:
    """The path of the page of a table's rows."""
    return f"{release.package.home}/rows/{table.resource}/index.html"


def first_rows_page(release: ReleasedDataset) -> str:
    """The page of the first table with rows; "" where the dataset releases none."""
    return rows_page(release, release.rows[0]) if release.rows else ""


def describe_rows(
    release: ReleasedDataset, base_url: str, releases: Sequence[ReleasedDataset] = ()
) -> Iterator[tuple[str, dict[str, Json]]]:
    """The document of each page, with its path: which file is read, and what its columns are.

    `releases` are those of the dataset.
    """
    package = release.package
    for table in release.rows:
        page = rows_page(release, table)
        pages = (
            (item, rows_page(item, same))
            for item in releases
            for same in item.rows
            if same.resource == table.resource
        )
        columns: list[Json] = [_describe_column(field) for field in table.fields]
        yield (
            page.replace("index.html", "rows.json"),
            {
                "dataset": package.key,
                "title": package.title,
                "table": table.title,
                **({"synthetic": package.synthetic} if package.synthetic else {}),
                "unit": table.unit,
                "units": several(table.unit),
                "file": table.path,
                "url": absolute_url(base_url, table.path) if base_url else "",
                "page": page,
                "sha256": table.sha256,
                "rows": table.rows,
                "shown": MOST_COLUMNS,
                "longest": LONGEST,
                "citation": release.citation,
                "columns": columns,
                **describe_version(release, [table.sha256], pages),
            },
        )


def _describe_column(field: Field) -> dict[str, Json]:
    """A column: how to read and name its values, and how a reader may filter it."""
    words: list[Json] = [
        {"value": mark.value, "label": name}
        for mark, name in zip(field.missing_values, absence_words(field), strict=True)
    ]
    named: dict[str, Json] = {c.value: c.label for c in field.categories if c.label != c.value}
    return {
        **select(field, "name", "type"),
        "label": field.label,
        "absent": words,
        "filters": [*list_filters(field.type, named=bool(named))],
        **({"mark": field.mark_column} if field.marks_apart else {}),
        **({"categories": named} if named else {}),
    }


def plan_rows(shells: Shells, trail: tuple[Place, ...], release: ReleasedDataset) -> Iterator[Page]:
    """The page of each table whose rows are released."""
    package = release.package
    pages = tuple(Place(table.title, rows_page(release, table)) for table in release.rows)
    files: dict[str, list[Distribution]] = {}
    for item in release.distributions:
        files.setdefault(item.resource, []).append(item)
    for number, (table, place) in enumerate(zip(release.rows, pages, strict=True)):
        title = _("Rows: {title}").format(title=name_release(table.title, package))
        about = _("Sort and filter the rows of {title}, and download what you see.").format(
            title=package.title
        )
        total = show_rows(release, table.resource)
        if total is None:
            raise ValueError(table.resource)
        lines = tuple(
            tuple(label(table.first, f"{line}.{column}") for column in range(1, len(row) + 1))
            for line, row in enumerate(table.first.rows, 1)
        )
        downloads = tuple(files[table.resource])
        path, receipts = place.target, describe_receipts(figures=count_shown(total))
        context = RowsContext(
            shell=shells(path, title, about, trail, synthetic=package.synthetic, receipts=receipts),
            release=release,
            table=table,
            settings=place.target.replace("index.html", "rows.json"),
            units=fit_unit(total.text, table.unit),
            total=total,
            headings=tuple(field.label for field in table.fields[:MOST_COLUMNS]),
            lines=lines,
            columns=len(table.fields),
            downloads=downloads,
            bytes=next(item.bytes for item in downloads if item.path == table.path),
            tables=_list_tables(pages, number),
        )
        yield Page(place.target, "rows.html", context)


def _list_tables(pages: tuple[Place, ...], number: int) -> tuple[Place, ...]:
    """The pages that page `number` (from 0) lists: all, or the first and those beside it."""
    if len(pages) <= LISTED or not number:
        return pages
    start = max(1, number - 1)
    return (Place(_("All tables"), pages[0].target), *pages[start : number + 2])
