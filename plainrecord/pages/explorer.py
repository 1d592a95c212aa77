"""The page where a reader combines the fields of a dataset, and the document that its script reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plainrecord.core.paths import absolute_url
from plainrecord.core.plurals import fit_unit, several
from plainrecord.core.strict_json import Json, select
from plainrecord.core.translation import _
from plainrecord.model.counts import CountTable, Shown, count_shown, show
from plainrecord.model.explorer import COUNT, Explorer
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.count_tables import CountLine, describe_lines
from plainrecord.pages.portal_context import DatasetPage, Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts
from plainrecord.pages.releases import describe_version, name_release


@dataclass(frozen=True, slots=True)
class ValuesView:
    """The first values of a field: the most frequent, or those in an order if it is `ordered`.

    `map` is the path of a document, "" for no map. `names` has the names of places by their codes.
    """

    field: str
    label: str
    anchor: str
    lines: tuple[CountLine, ...]
    counted: CountTable
    names: Mapping[str, str]
    ordered: bool = False
    map: str = ""


@dataclass(frozen=True, slots=True)
class ExplorerContext(DatasetPage):
    """`settings` is the path of explorer.json, `units` the unit's plural, `words` fit the total."""

    settings: str
    explorer: Explorer
    units: str
    words: str
    total: Shown
    years: tuple[CountLine, ...]
    year_label: str
    values: tuple[ValuesView, ...]


def explorer_page(release: ReleasedDataset) -> str:
    """The path of the page; "" where the dataset has none."""
    return f"{release.package.home}/explore/index.html" if release.explorer else ""


def settings_path(release: ReleasedDataset) -> str:
    """The path of the document that the page's script and a verifier read."""
    return f"{release.package.home}/explore/explorer.json"


def _map_path(release: ReleasedDataset, number: int) -> str:
    """The path of the document with the map of the field with that number."""
    return f"{release.package.home}/explore/map-{number}.json"


def describe_explorer(
    release: ReleasedDataset, base_url: str, releases: Sequence[ReleasedDataset] = ()
) -> Iterator[tuple[str, dict[str, Json]]]:
    """The documents that the page reads, with their paths: its own, and one for each map.

    `releases` are those of the dataset.
    """
    explorer = release.explorer
    if explorer is None:
        return
    hashes = [table.sha256 for table in explorer.tables] or [explorer.sha256]
    pages = ((item, explorer_page(item)) for item in releases if item.explorer)
    version = describe_version(release, hashes, pages)
    yield settings_path(release), _describe_settings(release, explorer, base_url) | version
    for number, field in enumerate(explorer.fields, 1):
        if drawn := explorer.maps.get(field.name):
            yield _map_path(release, number), dict(drawn)


def _describe_settings(
    release: ReleasedDataset, explorer: Explorer, base_url: str
) -> dict[str, Json]:
    """Which file is read, its columns with their labels, and what is counted."""
    settings, package = explorer.settings, release.package
    document: dict[str, Json] = {
        "dataset": package.key,
        "title": package.title,
        **({"synthetic": package.synthetic} if package.synthetic else {}),
        "unit": explorer.unit,
        "units": several(explorer.unit),
        "page": explorer_page(release),
        "citation": release.citation,
        "count": COUNT,
    }
    fields: list[Json] = [
        {
            **select(field, "name", "label"),
            **(
                {"values": [select(v, "name", "value", "mark") for v in field.values]}
                if field.values
                else {}
            ),
            **({"order": list(field.order)} if field.order else {}),
            **({"known": list(field.known)} if explorer.parts else {}),
            **({"names": dict(field.names)} if field.names else {}),
        }
        for field in explorer.fields
    ]
    document["fields"] = fields
    if explorer.tables:
        tables: list[Json] = [
            select(
                table, "dimensions", "file", "sha256", *(["impossible"] * bool(table.impossible))
            )
            for table in explorer.tables
        ]
        return {**document, "rounding": explorer.rounding, "tables": tables}
    document |= {
        "file": explorer.path,
        "url": absolute_url(base_url, explorer.path) if base_url else "",
        "sha256": explorer.sha256,
        "cells": explorer.cells,
        **({"parts": [part.model_dump() for part in explorer.parts]} if explorer.parts else {}),
        **({"rates": [rate.model_dump() for rate in explorer.rates]} if explorer.rates else {}),
    }
    stamps: list[Json] = list(explorer.part_stamps)
    if settings.date:
        document["period"] = {
            "name": settings.date,
            "label": explorer.period_label,
            "kind": settings.period,
            "year": "fiscal" if settings.period == "fiscal-year" else settings.year,
            "incomplete": stamps,
        }
    return document


def plan_explorer(
    shells: Shells, trail: tuple[Place, ...], release: ReleasedDataset
) -> Iterator[Page]:
    """The page where a dataset has an explorer."""
    explorer, package = release.explorer, release.package
    if explorer is None:
        return
    path = explorer_page(release)
    title = _("Explore: {title}").format(title=name_release(package.title, package))
    about = _("Choose values, and see how many {units} there are, year by year.").format(
        units=several(explorer.unit)
    )
    years = describe_lines(explorer.years) if explorer.years else ()
    values = tuple(
        ValuesView(
            field=field.name,
            label=field.label,
            anchor=f"field-{place}",
            lines=describe_lines(counted, periods=bool(field.order)),
            counted=counted,
            names=field.names,
            ordered=bool(field.order),
            map=_map_path(release, place) if field.name in explorer.maps else "",
        )
        for place, (field, counted) in enumerate(
            zip(explorer.fields, explorer.values, strict=True), 1
        )
    )
    total = show(explorer.total, "1.1")
    receipts = describe_receipts(figures=count_shown((total, years, values)))
    settings = explorer.settings
    fiscal = settings.period == "fiscal-year" or settings.year == "fiscal"
    context = ExplorerContext(
        shell=shells(path, title, about, trail, synthetic=package.synthetic, receipts=receipts),
        release=release,
        settings=settings_path(release),
        explorer=explorer,
        units=several(explorer.unit),
        words=fit_unit(total.text, explorer.unit),
        total=total,
        years=years,
        year_label=_("Fiscal year") if fiscal else _("Year"),
        values=values,
    )
    yield Page(path, "explorer.html", context)
