"""The sections of a dataset's page: facts, charts, downloads, protections, warnings, lines of code."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from markupsafe import Markup, escape

from plainrecord.core.paths import absolute_url
from plainrecord.core.plurals import add_article
from plainrecord.core.translation import _, ngettext
from plainrecord.findings.finding import Finding
from plainrecord.model.breaks import describe_break, describe_crossings
from plainrecord.model.counts import label, label_period
from plainrecord.model.declarations import Portal
from plainrecord.model.doubts import mark_doubts
from plainrecord.model.freshness import day_words, frequency_words
from plainrecord.model.packages import MissingKind
from plainrecord.model.products import Chart, Distribution, Rate, ReleasedDataset
from plainrecord.pages import codebook
from plainrecord.pages import portal_context as contexts
from plainrecord.pages.count_tables import tabulate
from plainrecord.pages.portal_context import Example, Fact
from plainrecord.receipts.receipts_document import show_rows


def state_facts(release: ReleasedDataset) -> tuple[Fact, ...]:
    """The facts about a dataset, in the order of the page; unknown ones are omitted."""
    package = release.package
    facts = [
        Fact(_("Each row is"), add_article(package.unit)) if package.unit else None,
        Fact(_("Covers"), describe_coverage(release)),
        Fact(_("Place"), package.coverage_place),
        Fact(_("Updated"), day_words(package.updated)),
        Fact(_("Version"), package.version),
        Fact(_("Update frequency"), frequency_words(package.frequency)),
        Fact(_("Homepage"), package.homepage, package.homepage),
    ]
    facts += [Fact(_("Licence"), item.title or item.name, item.path) for item in package.licenses]
    return tuple(fact for fact in facts if fact is not None and fact.text)


MOST_HEADLINES = 3
_SHARE = re.compile(r"(?:under |over )?([0-9.]+)%")
_ACCESSED = {
    "bib": (",\n  urldate = {YYYY-MM-DD}", "\n}"),
    "ris": ("Y2  - YYYY/MM/DD/\n", "ER  -"),
    "json": (',\n    "accessed": {"date-parts": [[YYYY, MM, DD]]}', "\n  }\n]"),
}
"""For each kind of citation the line with the day of access, and what it stands before."""


def list_citations(release: ReleasedDataset) -> tuple[contexts.CitationFile, ...]:
    """The files by which reference managers cite a release."""
    if not release.built:
        return ()
    named = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON"}
    return tuple(
        contexts.CitationFile(name, f"{release.package.home}/citation.{ending}", *_ACCESSED[ending])
        for ending, name in named.items()
    )


def make_points(release: ReleasedDataset) -> tuple[Markup, ...]:
    """Main points from the numbers: rows, what charts find, and which field is least complete."""
    package = release.package
    points = []
    rows = codebook.sum_rows(release) if len(release.tables) == 1 else None
    if rows is not None and package.unit and not package.protection:
        text = _("The data have {rows} {noun}; each is {unit}.")
        if package.coverage_from and package.coverage_to:
            text = _("The data have {rows} {noun}; each is {unit}. They cover {span}.")
        noun = ngettext("row", "rows", 1 if rows.text == "1" else 2)
        if rows.text == "0":
            text = _("The data have no rows.")
        span, unit = describe_coverage(release), add_article(package.unit)
        points.append(escape(text).format(rows=rows.marked, noun=noun, unit=unit, span=span))
    rated = [rate.definition.name for rate in release.rates]
    link = Markup('<a href="#chart-{}" data-headline="{}">{}</a>{}.')
    headlines: dict[str, Chart] = {}
    for chart in release.charts:
        if chart.headline and chart.name not in rated:
            headlines.setdefault(chart.headline, chart)
    for chart in [*headlines.values()][:MOST_HEADLINES]:
        doubts = mark_doubts(chart.series.receipt.doubts)
        mark = f" ({doubts})" if doubts else ""
        points.append(link.format(chart.name, chart.id, chart.headline, mark))
    return (*points, *_describe_least_complete(release))


def _describe_least_complete(release: ReleasedDataset) -> Iterator[Markup]:
    """The field of the source of which most was withheld, or else is missing, in a sentence."""
    made = {
        (table.name, item.field.name)
        for table in release.package.resources
        for item in table.derived
    }
    texts = {
        MissingKind.WITHHELD: _("{field} was withheld by the agency in {share} of the rows."),
        MissingKind.MISSING: _("{field} is missing in {share} of the rows."),
    }
    for kind, text in texts.items():
        shares = [
            (float(share[1]), profile.field, item.share)
            for table in release.profiles
            for profile in table.fields
            for item in profile.absent
            if (table.resource, profile.field.name) not in made
            if item.kind is kind and (share := _SHARE.fullmatch(item.share.text))
        ]
        if shares and (most := max(shares, key=lambda item: item[0]))[0] > 0:
            name = Markup("“{}”").format(most[1].label)
            yield escape(text).format(field=name, share=most[2].marked)
            return


def view_chart(chart: Chart, folder: str, place: str = "") -> contexts.ChartView:
    """A chart with its numbers as a table; `place` is where the records are from."""
    path = f"{folder}/charts/{chart.name}"
    columns = [column for column in chart.series.columns if column.role != "status"]
    period = columns[0].period
    stamps = [str(row[0]) for row in chart.series.rows]
    crossings = describe_crossings(stamps, chart.breaks, period)
    return contexts.ChartView(
        chart=chart,
        spec_target=f"{path}.json",
        headings=tuple(column.label or column.name for column in columns),
        numeric=tuple(column.role in ("count", "bound", "value") for column in columns),
        rows=tuple(
            tuple(contexts.NumberCell(*cell) for cell in row)
            for row in show_rows(chart.series.columns, chart.series.rows, chart.series.parts)
        ),
        values=chart.values,
        breaks=tuple(describe_break(broken, period) for broken in chart.breaks if not broken.event),
        events=tuple(describe_break(broken, period) for broken in chart.breaks if broken.event),
        files=(
            (_("Numbers (CSV)"), f"{path}.csv"),
            (_("Picture (PNG)"), f"{path}.png"),
            (_("Picture (SVG)"), f"{path}.svg"),
            (_("Specification (Vega-Lite)"), f"{path}.json"),
        ),
        place=place,
        crossings=crossings,
    )


def view_rates(release: ReleasedDataset) -> tuple[contexts.RateView, ...]:
    """The rates of a dataset, each with its chart."""
    charts = {chart.name: chart for chart in release.charts}
    return tuple(_view_rate(rate, charts[rate.definition.name], release) for rate in release.rates)


def _view_rate(rate: Rate, chart: Chart, release: ReleasedDataset) -> contexts.RateView:
    definition, counted = rate.definition, rate.counted
    below = definition.denominator
    labels = {**counted.labels, "lower": _("From"), "upper": _("To")}
    written = {"group": label, "period": label_period}
    rows = [
        [
            written[column](counted, f"{row}.{counted.columns.index(column) + 1}")
            if column in written
            else rate.show(row, column)
            for column in labels
        ]
        for row in range(1, len(counted.rows) + 1)
    ]
    sentences = [
        _("From and To are the ends of a 95% interval for chance variation: {method}.").format(
            method=rate.interval
        )
    ]
    if not below.count and definition.numerator.where:
        sentences.append(
            _("Rows for which “{part}” is unknown are left out of both counts.")
            if definition.unknowns == "left out"
            else _("Rows for which “{part}” is unknown count in “{whole}”.")
        )
        sentences[-1] = sentences[-1].format(part=definition.numerator.label, whole=below.label)
    if rate.unmatched:
        sentences.append(
            _("The table of “{whole}” has no number for: {groups}.").format(
                whole=below.label, groups=", ".join(rate.unmatched)
            )
        )
    if rate.hidden:
        sentences.append(
            _("To protect people, the counts and the rate are suppressed for: {groups}.").format(
                groups=", ".join(rate.hidden)
            )
        )
    return contexts.RateView(
        rate=rate,
        numbers=replace(
            tabulate(definition.title, [*labels.values()], rows), columns=tuple(counted.labels)
        ),
        chart=view_chart(chart, release.package.home),
        sentences=tuple(sentences),
    )


def group_downloads(release: ReleasedDataset) -> tuple[contexts.DownloadGroup, ...]:
    """The downloads, a group for each table and one for the whole dataset."""
    groups: dict[str, list[Distribution]] = {}
    for item in release.distributions:
        groups.setdefault(item.resource, []).append(item)
    tables = {table.resource: table for table in release.tables}
    made = []
    for resource in sorted(groups, key=lambda name: (name == "", list(groups).index(name))):
        table = tables.get(resource)
        title = (table.title or resource) if table else resource or _("The whole dataset")
        rows = codebook.show_rows(release, resource) if table else None
        left_out = tuple(why for name, why in release.left_out if name == resource)
        doubts = tuple(
            doubt
            for doubt in release.package.doubts
            if table and doubt.resource == resource and not doubt.field
        )
        made.append(contexts.DownloadGroup(title, rows, tuple(groups[resource]), left_out, doubts))
    return tuple(made)


def list_protections(release: ReleasedDataset) -> tuple[contexts.ProtectionLine, ...]:
    """The changes made for privacy, in words; a protected dataset has a page of them."""
    if release.package.protection:
        return ()
    several = len(release.tables) > 1
    return tuple(
        contexts.ProtectionLine(
            item.field, item.action, item.reason, (table.title or table.resource) if several else ""
        )
        for table in release.tables
        for item in table.protections
        if item.field  # the threshold is said once, for the dataset
    )


def group_warnings(release: ReleasedDataset) -> tuple[contexts.WarningGroup, ...]:
    """What the check noticed, by field and kind; quoted only where the dataset is open."""
    grouped: dict[str, dict[str, list[Finding]]] = {}
    several = len(release.tables) > 1
    for finding in release.findings:
        kinds = grouped.setdefault(_name_place(finding, several=several), {})
        kinds.setdefault(finding.title, []).append(finding)
    return tuple(
        contexts.WarningGroup(
            place,
            tuple(
                _warning_line(title, alike, quoted=release.package.shows_values)
                for title, alike in kinds.items()
            ),
        )
        for place, kinds in grouped.items()
    )


def _warning_line(title: str, alike: list[Finding], *, quoted: bool) -> contexts.WarningLine:
    """The findings of one kind about one field, the first of them quoted."""
    detail = alike[0].found if quoted else ""
    count = sum(finding.count for finding in alike)
    return contexts.WarningLine(title, detail, count, single=len(alike) == 1)


def _name_place(finding: Finding, *, several: bool) -> str:
    """The field and the table that a finding is about, "" for the dataset."""
    if not finding.field:
        return _("Table {table}").format(table=finding.resource) if finding.resource else ""
    of_table = finding.resource and several
    words = _("Field {field} of the table {table}") if of_table else _("Field {field}")
    return words.format(field=finding.field, table=finding.resource)


def describe_coverage(release: ReleasedDataset) -> str:
    """The time that a dataset covers, in words; "" if it is not stated."""
    start, end = map(day_words, (release.package.coverage_from, release.package.coverage_to))
    if start and end and start != end:
        return _("{start} to {end}").format(start=start, end=end)
    return start or end


def list_examples(portal: Portal, release: ReleasedDataset) -> tuple[Example, ...]:
    """How to read a table with pandas, R, DuckDB, JavaScript and Excel: the first, or the largest
    of a protected dataset, whose first one holds the total alone.

    Addresses are absolute if the portal has a public address, otherwise paths in a copy of it.
    Text is read as text: a code such as 007 keeps its zeros.
    """
    first = next((item.resource for item in release.distributions if item.resource), "")
    if release.package.protection:
        first = max(release.tables, key=lambda table: table.rows).resource
    files = {i.format: i for i in reversed(release.distributions) if i.resource == first}
    made = []
    if table := files.get("CSV"):
        place = _quoted(portal, table)
        read = f"import pandas as pd\n\ntable = pd.read_csv({place}, dtype=str)"
        made.append(Example("Python (pandas)", read))
        made.append(Example("R", f'table <- read.csv({place}, colClasses = "character")'))
    if table := files.get("Parquet"):
        place = _place(portal, table).replace("'", "''")
        made.append(Example("DuckDB", f"SELECT * FROM '{place}' LIMIT 10;"))
    if (table := files.get("JSON")) and portal.base_url:
        read = f"const rows = await (await fetch({_quoted(portal, table)})).json();"
        made.append(Example("JavaScript", read))
    if table := files.get("XLSX"):
        note = _("Open this file, or use Data > Get Data. The records are in the sheet “Data”.")
        made.append(Example("Excel", _place(portal, table), note))
    return tuple(made)


def _place(portal: Portal, item: Distribution) -> str:
    return absolute_url(portal.base_url, item.path)


def _quoted(portal: Portal, item: Distribution) -> str:
    return json.dumps(_place(portal, item))
