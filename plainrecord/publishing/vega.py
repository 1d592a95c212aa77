"""Charts: a series to a Vega-Lite specification, pictures of it, and a sentence."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from plainrecord.core.periods import parse_period
from plainrecord.core.strict_json import Json, serialise_json
from plainrecord.core.translation import Catalogue, _, catalogue, ngettext
from plainrecord.findings.finding import Finding
from plainrecord.model.breaks import describe_break, place_breaks
from plainrecord.model.declarations import Break, ChartDefinition
from plainrecord.model.evidence import Cell
from plainrecord.model.maps import Boundaries
from plainrecord.model.partial_periods import mark_part
from plainrecord.model.products import Chart, LineBreak, Rate, Series, panel_of, raw_text
from plainrecord.model.statuses import is_shown
from plainrecord.publishing import live_charts, pictures
from plainrecord.publishing import vega_marks as marks
from plainrecord.publishing.boundaries import find_boundaries, load_boundaries
from plainrecord.publishing.chart_headlines import (
    find_headline,
    name_unproven,
    number_of,
    write_subtitle,
)
from plainrecord.publishing.chart_kind import ChartKind
from plainrecord.publishing.chart_kinds import CHARTS
from plainrecord.publishing.chart_rows import (
    BREAKS,
    ROWS,
    clean_texts,
    plot_breaks,
    show_number,
    show_rate,
)
from plainrecord.publishing.chart_text import clean_words
from plainrecord.publishing.map_kind import MapKind, name_places
from plainrecord.publishing.plot import NARROW, WIDE, Plot
from plainrecord.receipts.axis_names import name_key
from plainrecord.receipts.receipts_document import Proof

OUTLINES = "boundaries.json"
"""The ending of the file with the outlines of a map that its maintainer brought."""


def draw_chart(
    definition: ChartDefinition,
    dataset: str,
    series: Series,
    changes: Sequence[Break] = (),
    shapes: Boundaries | None = None,
) -> tuple[Chart | None, tuple[Finding, ...]]:
    """The chart, or None with a finding (chart-invalid) where the declaration does not fit its kind.

    Lines stop where the definition declares a break, and at the `changes` found in the records.
    A map has the outlines `shapes` of its maintainer, or those that came with the program; where
    there are none, it is tiles or bars.
    """
    if not isinstance(definition, ChartKind):
        raise TypeError(definition)
    if isinstance(definition, MapKind):
        if shapes := shapes or load_boundaries(definition.boundaries):
            series = definition.locate(series, shapes)
        else:
            definition = _replace_map(definition)
            if isinstance(definition, MapKind):
                series = definition.locate(series, Boundaries("", "", ()))
    problem, expected = _problem(definition, series)
    if problem:
        if all(row[0] in series.columns[0].apart for row in series.rows):
            found = f"chart {definition.name}: no row has a value of {definition.x}"
            return None, (Finding("chart-empty", found, "something to show", dataset=dataset),)
        found = f"chart {definition.name}: {problem}"
        return None, (Finding("chart-invalid", found, expected, dataset=dataset),)
    breaks: tuple[LineBreak, ...] = ()
    if definition.over_time:
        if not definition.drawn(series).rows:
            found = f"chart {definition.name}: no row has a date"
            return None, (Finding("chart-empty", found, "something to show", dataset=dataset),)
        stamps = [str(row[0]) for row in series.rows]
        breaks = place_breaks(stamps, definition.period, (*definition.breaks, *changes))
        noted = place_breaks(stamps, definition.period, definition.events)
        breaks += tuple(replace(note, event=True) for note in noted)
    chart = _compose(
        type(definition),
        dataset,
        definition.name,
        definition.title,
        definition.headline,
        series,
        breaks,
    )
    return replace(chart, description=definition.description, note=definition.note), ()


def _replace_map(definition: MapKind) -> ChartKind:
    """What stands in the place of a map whose boundaries could not be installed."""
    lacking = _("This is no map: the boundaries were not installed where this portal was built.")
    note = f"{definition.note} {lacking}".strip()
    if definition.located:
        lacking = _("Outlines were not installed where this portal was built.")
        note = f"{definition.note} {lacking}".strip()
        return definition.model_copy(update={"boundaries": "", "note": note})
    kind = "tile-map" if definition.boundaries == "us-states" else "bar"
    kept = {key: getattr(definition, key) for key in ChartDefinition.model_fields}
    return CHARTS[kind].model_validate(kept | {"kind": kind, "note": note})


def lacks_shapes(proof: Proof) -> bool:
    """Whether a chart is a map whose boundaries are not here, so that it cannot be drawn."""
    return proof.map is not None and find_boundaries(proof.map) is None


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What a chart is drawn from. Equal ones are written alike: 1 is not 1.0."""

    written: str
    shapes: int  # the identity of the outlines, which `series` keeps alive
    texts: Catalogue
    proof: Proof = field(compare=False)
    series: Series = field(compare=False)


def redraw_chart(proof: Proof) -> Chart | str:
    """The chart of a receipt, made as the build makes it, or why it cannot be drawn.

    Its headline is the one that the numbers give, or that of the receipt if they prove it.
    """
    if proof.drawn not in CHARTS:
        return f"there is no chart of the kind {proof.drawn!r}"
    series = proof.series
    if series.map:
        shown = find_boundaries(series.map)
        series = replace(series, map=replace(series.map, shapes=shown))
        series = name_places(series, shown) if shown else series
    shapes = id(series.map and series.map.shapes)
    return _redraw(_Drawing(repr(proof), shapes, catalogue(), proof, series))


@lru_cache(maxsize=pictures.MOST_KEPT)  # `verify` compares it with several files and pages
def _redraw(drawing: _Drawing) -> Chart | str:
    proof, series = drawing.proof, drawing.series
    dataset, name = proof.id.rsplit(".", 1)
    try:
        if wrong := name_unproven(proof.headline, proof.series):
            return f"its headline has numbers that are not its own: {', '.join(wrong)}"
        kind = CHARTS[proof.drawn]
        return _compose(kind, dataset, name, proof.title, proof.headline, series, proof.breaks)
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it cannot be drawn: {error}"


def _compose(
    kind: type[ChartKind],
    dataset: str,
    name: str,
    title: str,
    headline: str,
    series: Series,
    breaks: tuple[LineBreak, ...],
) -> Chart:
    sentence = describe(kind, series, breaks)
    specifications = {
        place: specify(kind, title, series, sentence, breaks, width)
        for place, width in (("narrow", NARROW), ("wide", WIDE))
    }
    painted = Markup("").join(
        pictures.paint_picture(document, title, sentence, f"{name}-{place}")
        for place, document in specifications.items()
    )
    return Chart(
        dataset=dataset,
        name=name,
        title=title,
        description="",
        kind=next(key for key, known in CHARTS.items() if known is kind),
        unit=series.unit,
        note="",
        alt=sentence,
        values=" ".join(kind.notes(series)),
        spec=specifications["wide"],
        narrow=specifications["narrow"],
        svg=painted,
        series=series,
        breaks=breaks,
        headline=headline or find_headline(kind, series, breaks),
        given=headline,
        subtitle=write_subtitle(series),
    )


def declare_rate(rate: Rate) -> ChartDefinition:
    """The chart of a rate: dots with intervals or a map for groups; over periods, lines with bands.

    The lines are in one panel, or where `measures.rates` gave them one each in panels of their own.
    """
    declared, names = rate.definition, [column.name for column in rate.series.columns]
    over = "small-multiples" if "facet" in names else "line"
    kind = over if declared.date else "map" if declared.map else "dot"
    axes = {"x": declared.date, "period": declared.period, names[1]: declared.by}
    written = {
        **(axes if declared.date else {"x": declared.by}),
        **({"boundaries": declared.map} if declared.map else {}),
        "kind": kind,
        "name": declared.name,
        "title": declared.title,
        "measure": "value:rate",
        "resource": declared.resource,
    }
    return CHARTS[kind].model_validate(written)


def write_files(chart: Chart) -> dict[str, bytes]:
    """What readers can take away of a chart, by the ending of the file.

    CSV with its numbers, JSON with its specification, SVG and PNG with its picture, and the
    outlines of a map whose boundaries its maintainer brought.
    """
    heading = chart.headline or chart.title
    below = chart.subtitle if heading == chart.title else f"{chart.title}. {chart.subtitle}"
    if doubted := chart.series.receipt.doubted:
        below = f"{below}. {doubted}"
    picture = pictures.write_picture(chart.spec, heading, below, chart.alt)
    shapes = chart.series.map and chart.series.map.shapes
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(column.label or column.name for column in chart.series.columns)
    writer.writerows(map(raw_text, row) for row in chart.series.rows)
    return {
        "csv": table.getvalue().encode(),
        "json": serialise_json(chart.spec, indent=2),
        "svg": picture,
        "png": pictures.write_bitmap(picture),
        **({OUTLINES: shapes.source} if shapes and shapes.source else {}),
    }


def compile_files(chart: Chart, path: str) -> dict[str, bytes]:
    """What a page draws live of the chart whose specification is at `path`, by path: the Vega
    specification for each width."""
    return {
        live_charts.live_path(path, width): live_charts.compile_chart(
            specification, f"{chart.name}-{place}"
        )
        for place, width, specification in (
            ("narrow", NARROW, chart.narrow),
            ("wide", WIDE, chart.spec),
        )
    }


def _problem(definition: ChartKind, series: Series) -> tuple[str, str]:
    """What is wrong with a chart, "" for nothing; and what is expected."""
    for axis in definition.needs:
        if axis not in {column.name for column in series.columns}:
            return f"a {definition.kind} without {axis}", f"the field for {axis}"
    if problem := definition.problem(series):
        return problem, definition.fits
    if wrong := name_unproven(definition.headline, series):
        numbers = "numbers of the chart, such as its values, or shares of their sum in percent"
        return f"the headline has {', '.join(wrong)}, which the chart does not give", numbers
    problem = ""
    if definition.breaks or definition.events:
        problem = _break_problem(definition, series)
    return problem, "breaks and events of a line over time: `since` a day, month, quarter or year"


def _break_problem(definition: ChartKind, series: Series) -> str:
    """Why lines cannot be broken as declared; empty where they can."""
    if not definition.over_time:
        return f"a {definition.kind} has no line to break"
    changes = (*definition.breaks, *definition.events)
    wrong = [change.since for change in changes if parse_period(change.since) is None]
    if wrong:
        return f"a break or an event is since {wrong[0]!r}"
    if not any(parse_period(str(row[0]), definition.period) for row in series.rows):
        return f"no value of {definition.x} is a time"
    return ""


def describe(kind: type[ChartKind], series: Series, breaks: Sequence[LineBreak] = ()) -> str:
    """What is drawn in words: highest and lowest, what is not there, periods not whole, breaks."""
    drawn = kind.drawn(series).rows
    shown = [row for row in drawn if is_shown(row[-1])]
    count = len(drawn)
    words = ngettext("{kind}, {count} value.", "{kind}, {count} values.", count)
    words = words.format(kind=_(kind.words), count=f"{count:,}")
    if kind.over_time and (trend := find_headline(kind, series, breaks)):
        words += f" {trend}."
    if shown:
        columns = [column for column in series.columns if column.role == "key"]

        def name(row: tuple[Cell, ...]) -> str:
            panel = panel_of(series.columns, row)
            keys = (
                mark_part(str(key), column.name, series.parts, panel, name_key(key, column))
                for key, column in zip(row, columns, strict=False)
            )
            return f"{', '.join(keys)} ({_show_interval(series, row)})"

        ordered = sorted(shown, key=number_of)
        ends = _("Highest: {highest}. Lowest: {lowest}.")
        words += f" {ends.format(highest=name(ordered[-1]), lowest=name(ordered[0]))}"
    sentences = [
        *kind.notes(series),
        *(describe_break(one, series.columns[0].period) for one in breaks),
        *(doubt.words for doubt in series.receipt.doubts),
    ]
    return " ".join([words, *sentences])


def _show_interval(series: Series, row: Sequence[Cell]) -> str:
    """The value in a row in words, with its interval where it has one."""
    value = number_of(row)
    ends = [
        show_rate(cell)
        for column, cell in zip(series.columns, row, strict=True)
        if column.role == "bound" and isinstance(cell, int | float)
    ]
    if len(ends) != 2:
        return show_number(value)
    words = _("{value}, 95% interval {lower} to {upper}")
    return words.format(value=show_rate(value), lower=ends[0], upper=ends[1])


def specify(
    kind: type[ChartKind],
    title: str,
    series: Series,
    sentence: str,
    breaks: Sequence[LineBreak] = (),
    width: int = WIDE,
) -> dict[str, Json]:
    """The Vega-Lite specification of a width in pixels with its data inside, made with Altair."""
    plotted = kind.rows(series, breaks)
    frame = pd.DataFrame(plotted)  # which columns there are is what the builders look at
    columns = {c.name: replace(c, label=clean_words(c.label)) for c in series.columns}
    # Validating each part as it is set takes most of the time of a small build. The specifications
    # have a handful of shapes, all made here; the tests validate every one of them.
    with debug_mode(False):
        noted = [clean_texts(one) for one in breaks]
        parts = [clean_texts(one) for one in series.parts]
        chart = kind.specify(Plot(frame, columns, noted, parts, width, series.map))
        chart.description = clean_words(f"{title}. {sentence}")
        chart.config = marks.configure()
        document = {"$schema": alt.SCHEMA_URL, **chart.to_dict(validate=False)}
    there = {BREAKS: plot_breaks(breaks)} if breaks else {}
    document["datasets"] = {ROWS: plotted, **there}
    return document
