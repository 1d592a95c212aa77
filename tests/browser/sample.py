"""A small portal of sample values: no reading, no building, only what pages are made from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from plainrecord.descriptors.package_forms import read_chart
from plainrecord.descriptors.synonyms import parse_synonyms
from plainrecord.findings.finding import Finding
from plainrecord.io.load import builtin_folder
from plainrecord.model.counts import SUPPRESSED, CountTable, label, show
from plainrecord.model.declarations import (
    KnownIssue,
    Move,
    Portal,
    PrivacyPolicy,
    Publisher,
    TypedNumber,
)
from plainrecord.model.evidence import Cell, Receipt, ReceiptFile
from plainrecord.model.freshness import measure_freshness
from plainrecord.model.history import CheckedDay, Release, ReleaseLedger, Withdrawal
from plainrecord.model.packages import (
    Category,
    Contributor,
    Field,
    License,
    MissingKind,
    MissingValue,
    Package,
    Protection,
    ReleasedTable,
    Source,
)
from plainrecord.model.products import (
    Chart,
    Distribution,
    Figure,
    FigureIndex,
    FigureScope,
    History,
    Output,
    ReleasedDataset,
    RenderedText,
    Series,
    SeriesColumn,
    TextPage,
)
from plainrecord.model.profiles import FieldProfile, MissingShare, TableProfile, ValueCount
from plainrecord.pages import search
from plainrecord.pages.portal import find_entries, plan_site
from plainrecord.pages.portal_context import Page
from plainrecord.publishing import live_charts
from plainrecord.publishing.citations import write_citations
from plainrecord.publishing.feeds import render_feeds, write_feed
from plainrecord.publishing.markdown import render_passage
from plainrecord.publishing.plot import NARROW, WIDE
from plainrecord.publishing.render import render_pages
from plainrecord.publishing.vega import draw_chart

TOP = Path(__file__).parents[2]
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
QUARTERS = [f"{year}-Q{quarter}" for year in (2023, 2024) for quarter in (1, 2, 3, 4)]
STOPS = (2410, 2632, 2588, None, 2301, 2744, 2899, 2615)

PORTAL = Portal(
    title="Open Enforcement Records",
    tagline="Public records of stops, arrests and detention, checked and ready to cite.",
    description="Every number on these pages can be run again from the files beside it.",
    publisher=Publisher(
        name="The Records Desk", url="https://records.example", email="desk@records.example"
    ),
    base_url="https://desk.example/records",
    repository="https://code.example/desk/records",
    moved=(
        Move.model_validate(
            {
                "from": "street-stops",
                "to": "stops",
                "date": "2024-11-02",
                "reason": "The form has a new name.",
            }
        ),
        Move.model_validate(
            {
                "from": "fines",
                "date": "2024-12-24",
                "reason": "A court sealed them.",
                "title": "Fines",
                "releases": ("2024-01-05",),
            }
        ),
    ),
)
TEXTS = (
    TextPage("about", "About", "Who makes this, and why.", Markup("<p>We file requests.</p>"), 2),
    TextPage(
        "methodology",
        "Methodology",
        "How records become pages.",
        Markup(
            "<h2>Checks</h2><p>Each table is checked.</p><table><thead><tr><th>Step</th></tr>"
            "</thead><tbody><tr><td>Read</td></tr></tbody></table>"
        ),
        1,
    ),
)


def receipt(name: str, suppressed: int = 0) -> Receipt:
    return Receipt(
        sql=f"SELECT quarter, count(*) AS stops\nFROM '{name}.parquet'\nGROUP BY ALL ORDER BY ALL",
        files=(ReceiptFile("datasets/stops/files/stops.parquet", HASH, 20189),),
        dataset="",
        rows_returned=8,
        suppressed=suppressed,
        threshold=10,
    )


def figure(name: str, title: str, shown: str, unit: str, note: str = "") -> Figure:
    return Figure("stops", name, title, 1, shown, unit, note, receipt(name))


def chart(
    name: str, title: str, kind: str, rows: tuple[tuple[Cell, ...], ...], **keys: str
) -> Chart:
    """A chart as the build draws it, the rest of whose `keys` are columns with their labels."""
    series = Series(
        columns=(
            *(SeriesColumn(key, label, "string", "key") for key, label in keys.items()),
            SeriesColumn("value", "Stops", "integer", "value"),
            SeriesColumn("status", "Status", "string", "status"),
        ),
        rows=tuple((*row, "shown" if row[-1] else "suppressed") for row in rows),
        receipt=receipt(name, suppressed=1),
    )
    definition = read_chart(
        {
            "name": name,
            "title": title,
            "kind": kind,
            **{key: key for key in keys},
            "description": "Quarters are those of the calendar, by the date of the stop.",
            "note": "The fourth quarter of 2023 is suppressed.",
        }
    )
    drawn, findings = draw_chart(definition, "stops", replace(series, unit="stops per quarter"))
    assert drawn, findings
    return drawn


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple((f"{x:02}", day, 1 + x * y % 7) for x in range(24) for y, day in enumerate(DAYS))


FIELDS = (
    Field("stop_id", "string", title="Number of the stop", constraints={"required": True}),
    Field(
        "reason",
        "string",
        title="Reason",
        description="Why the person was stopped, as the officer wrote it down.",
        categories=(Category("tip", "A tip"), Category("crime", "Criminal activity")),
        missing_values=(
            MissingValue("", "nothing written"),
            MissingValue(" ", "a space"),
            MissingValue("b(7)(E) ", "withheld under exemption 7(E)", MissingKind.WITHHELD),
        ),
    ),
    Field("age", "string", title="Age", generalised="years to brackets of ten"),
)
TABLE = ReleasedTable(
    dataset="stops",
    resource="stops",
    title="Stops",
    description="One row for each stop.",
    unit="stop",
    relation="r",
    fields=FIELDS,
    rows=20189,
    threshold=10,
    protections=(
        Protection("officer", "removed", "names a person"),
        Protection("age", "generalised", "years to brackets of ten"),
        Protection("", "threshold", "counts from 1 to 9 are not shown"),
    ),
    primary_key=("stop_id",),
)
BOOK_QUERY = "SELECT unnest(['all rows', 'stop_id']) AS line, unnest([count(*), count(stop_id)]) AS rows FROM stops"
COUNTED = CountTable(
    "stops.codebook.stops",
    "Fields of Stops",
    "stop",
    ("line", "rows", "different", "least", "most"),
    (
        ("all rows", 20189, None, None, None),
        ("rows that repeat an earlier one", 3, None, None, None),
        ("stop_id", 20189, 20189, None, None),
        ("reason", 18000, 2, None, None),
        ("age", 20188, 9, "10-19", "90-99"),
    ),
    Receipt(
        BOOK_QUERY,
        (ReceiptFile("datasets/stops/files/stops.parquet", HASH, 20189, "stops", "stops"),),
        "stops",
        5,
        threshold=10,
    ),
)
HELD = CountTable(
    "stops.codebook-values.stops",
    "Values of Stops",
    "stop",
    ("field", "value", "mark", "rows"),
    (
        ("all rows", None, None, 20189),
        ("reason", "crime", None, SUPPRESSED),
        ("reason", "tip", None, 12000),
        ("reason", None, "", 2000),
        ("reason", None, "b(7)(E) ", 189),
    ),
    dataclasses.replace(COUNTED.receipt, suppressed=1),
)
PROFILE = TableProfile(
    "stops",
    show(COUNTED, "2.2"),
    (
        FieldProfile(FIELDS[0], show(COUNTED, "3.2/1.2"), show(COUNTED, "3.3"), ()),
        FieldProfile(
            FIELDS[1],
            show(COUNTED, "4.2/1.2"),
            show(COUNTED, "4.3"),
            (
                MissingShare(
                    *("", "nothing written", MissingKind.MISSING),
                    *(show(HELD, "4.4"), show(HELD, "4.4/1.4")),
                ),
                MissingShare(
                    *("b(7)(E) ", "withheld", MissingKind.WITHHELD),
                    *(show(HELD, "5.4"), show(HELD, "5.4/1.4")),
                ),
            ),
            example=label(HELD, "3.2"),
            values=(
                ValueCount("tip", "A tip", label(HELD, "3.2"), show(HELD, "3.4")),
                ValueCount("crime", "", label(HELD, "2.2"), show(HELD, "2.4")),
            ),
        ),
        FieldProfile(
            FIELDS[2],
            show(COUNTED, "5.2/1.2"),
            show(COUNTED, "5.3"),
            (
                MissingShare(
                    *("", "missing", MissingKind.MISSING),
                    *(show(COUNTED, "1.2-5.2"), show(COUNTED, "1.2-5.2/1.2")),
                ),
            ),
            show(COUNTED, "5.4"),
            show(COUNTED, "5.5"),
        ),
    ),
    (COUNTED, HELD),
    (show(HELD, "1.4"),),
    show(COUNTED, "1.2"),
    ("Two quarters hold fewer rows than the rest.",),
)


def download(title: str, kind: str, count: int, resource: str = "stops") -> Distribution:
    path = f"datasets/stops/files/stops.{kind.lower()}"
    rows = 20189 if resource else None
    return Distribution(title, path, kind, "text/csv", count, HASH, resource, rows)


FIGURES = (
    figure("all", "Stops in eight quarters", "20,189", "stop"),
    figure("detained", "Stops that ended in detention", "18.4%", "stop", "Of known outcomes."),
    figure("median", "Stops in the middle quarter", "2,610", "stop"),
)


def describe_methodology(folder: str) -> RenderedText:
    """How the stops were made, as it stands on a page below `folder`."""
    text = (
        "### How it was made\n\nBy a generator with a seed: all "
        '{{ figure("all") }} stops, in which {{ figure("arrests.total") }} are not counted. '
        "The form has 40 boxes; 12 are of use."
    )
    known = {(item.dataset, item.name): item for item in FIGURES}
    setting = FigureScope(
        "data/stops/methodology.md",
        f"{folder}/methodology/index.html",
        "stops",
        FigureIndex(known, {("arrests", "total"): True}),
        (TypedNumber(text="40 boxes", reason="counted on the form"),),
    )
    return render_passage(text, setting)[0]


METHODOLOGY = describe_methodology("datasets/stops")
STOPS_RELEASE = ReleasedDataset(
    package=Package(
        name="stops",
        title="Enforcement stops",
        summary="Each stop that officers wrote down in eight quarters. BuiltDataset up for this portal.",
        description="",
        unit="stop",
        folder="data/stops",
        descriptor_path="data/stops/datapackage.yaml",
        resources=(),
        policy=PrivacyPolicy(identifiers=("officer",), threshold=10, note="Reviewed each year."),
        licenses=(License("CC0-1.0", "Creative Commons Zero", "https://license.example/zero"),),
        sources=(Source("A seeded generator", "https://code.example/generator", version="2"),),
        contributors=(Contributor("Ada Desk", ("author",), "", "", "The Records Desk"),),
        keywords=("stops", "police"),
        version="2024.4",
        updated="2025-01-15",
        frequency="R/P3M",
        coverage_from="2023-01-01",
        coverage_to="2024-12-31",
        coverage_place="United States",
        release="2025-01-15",
        synthetic="No stop here took place, and no person here exists.",
        known_issues=(KnownIssue(title="Winter", text="text"),),
    ),
    built=True,
    description_html=Markup("<p>An officer fills in a form after each stop.</p>"),
    methodology_html=METHODOLOGY.html,
    methodology_tally=METHODOLOGY.tally,
    issues_html=(
        ("The fourth quarter of 2023 is short", Markup("<p>Two offices sent nothing.</p>")),
    ),
    tables=(TABLE,),
    profiles=(PROFILE,),
    figures=FIGURES,
    charts=(
        chart(
            "by-quarter",
            "Stops by quarter",
            "line",
            tuple(zip(QUARTERS, STOPS, strict=True)),
            x="Quarter",
        ),
        chart("by-hour", "Stops by weekday and hour", "heatmap", HOURS, x="Hour", y="Weekday"),
    ),
    distributions=(
        download("Stops as CSV", "CSV", 2_345_678),
        download("Stops as Parquet", "Parquet", 345_678),
        download("Everything in one file", "ZIP", 3_345_678, ""),
    ),
    findings=(
        Finding("chart-empty", "SECRET-CELL", resource="stops", field="age", count=4),
        Finding("chart-empty", "SECRET-CELL 2", resource="stops", field="age"),
    ),
    citation="The Records Desk (2025). Enforcement stops, release 2024.4. https://desk.example/records/datasets/stops/",
    json_ld={"@type": "Dataset", "name": "Enforcement stops"},
    freshness=measure_freshness("R/P3M", "2025-01-15", ["2025-03-01"], "2025-06-01"),
)
ARRESTS_RELEASE = ReleasedDataset(
    package=dataclasses.replace(
        STOPS_RELEASE.package,
        name="arrests",
        title="Arrests",
        summary="Each arrest that the agency has released. The files are not part of this build.",
        synthetic="",
        unit="arrest",
        policy=PrivacyPolicy(open="The agency published it so."),
    ),
    built=False,
    absence="Its files are public, but were not fetched for this build.",
)
RELEASES = (STOPS_RELEASE, ARRESTS_RELEASE)


def freeze(date: str) -> ReleasedDataset:
    """The stops as they were on a day, at the address that keeps them."""
    package = dataclasses.replace(STOPS_RELEASE.package, release=date, updated=date, frozen=True)
    moved = [item.path.replace("datasets/stops", package.home) for item in _DOWNLOADS]
    return dataclasses.replace(
        STOPS_RELEASE,
        package=package,
        methodology_html=describe_methodology(package.home).html,
        distributions=tuple(
            dataclasses.replace(item, path=path)
            for item, path in zip(_DOWNLOADS, moved, strict=True)
        ),
        freshness=None,
    )


def release(date: str, note: str, file: str, previous: str) -> Release:
    return Release(
        date=date, note=note, descriptor_sha256=HASH, files={file: HASH}, previous=previous
    )


_DOWNLOADS = STOPS_RELEASE.distributions
HISTORIES = {
    "stops": History(
        "stops",
        STOPS_RELEASE.package.title,
        ReleaseLedger(
            "data/stops/releases.yaml",
            (
                release("2024-07-15", "", "stops.csv", ""),
                release("2024-10-15", "The first.", "https://a.example/s.csv", HASH),
                release("2025-01-15", "A form more.", "stops.csv", HASH),
            ),
            (CheckedDay(date="2025-03-01", note="As before."),),
            (Withdrawal(release="2024-07-15", date="2024-08-01", reason="It named a person."),),
        ),
        (freeze("2024-10-15"), freeze("2025-01-15")),
    )
}


def hostile(value: Any, text: str) -> Any:
    """`value` with every text in it followed by `text`; addresses and code words stay."""
    if isinstance(value, Markup):
        return value + escape(text)
    if isinstance(value, str) and not isinstance(value, MissingKind):
        return value + text
    if isinstance(value, tuple):
        return tuple(hostile(item, text) for item in value)
    if isinstance(value, dict):
        return {key: hostile(item, text) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = {"rule", "resource", "role", "type", "base_url", "severity_given"}
        if isinstance(value, Package | Chart | TextPage):
            kept.add("name")  # these are slugs: the descriptor is refused otherwise
        if isinstance(value, Package):
            kept.add("release")
        if isinstance(value, History | Move):
            kept |= {"name", "to"}
        if isinstance(value, Release | Move | Withdrawal):
            kept |= {"date", "release", "releases"}  # days: the ledger is refused otherwise
        if isinstance(value, Distribution | ReceiptFile):
            kept.add("path")
        changed = {
            item.name: hostile(getattr(value, item.name), text)
            for item in dataclasses.fields(value)
            if item.name not in kept
        }
        return dataclasses.replace(value, **changed)
    return value


def templates() -> dict[str, str]:
    folder = TOP / "templates"
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.html"))
    }


def assets() -> dict[str, bytes]:
    """What pages load: without the build hook's bundles where it could not make them."""
    folders = (TOP / "site" / "assets", builtin_folder("front"))
    paths = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def sample_pages() -> tuple[Page, ...]:
    return plan_site(PORTAL, RELEASES, TEXTS, HISTORIES)


def sample_site() -> Mapping[str, bytes]:
    """The whole sample portal by path, with the specs that a build would write beside it."""
    planned = sample_pages()
    entries = search.write_list(find_entries(planned), parse_synonyms(None, "")[0])
    loaded = {**assets(), search.LIST: entries}
    outputs, findings = render_pages(planned, templates(), loaded)
    assert findings == ()
    site = {}
    every = (*RELEASES, *HISTORIES["stops"].releases)
    lists = (Output("manifest.json", b"{}"), Output("SHA256SUMS", b""))
    beside = [file for release in every for file in write_citations(PORTAL, release)]
    beside += [write_feed(feed) for feed in render_feeds(PORTAL, RELEASES, HISTORIES)]
    for output in (*outputs, *_specs(), *lists, *beside):
        assert isinstance(output.content, bytes)
        site[output.path] = output.content
    return site


def _specs() -> tuple[Output, ...]:
    made = []
    for release in (STOPS_RELEASE, *HISTORIES["stops"].releases):
        for item in release.charts:
            path = f"{release.package.home}/charts/{item.name}.json"
            made.append(Output(path, json.dumps(item.spec).encode()))
            made += [
                Output(f"{release.package.home}/charts/{item.name}.{ending}", b"")
                for ending in ("csv", "svg", "png")
            ]
            for place, width, spec in (("narrow", NARROW, item.narrow), ("wide", WIDE, item.spec)):
                compiled = live_charts.compile_chart(spec, f"{item.name}-{place}")
                made.append(Output(live_charts.live_path(path, width), compiled))
    return tuple(made)
