"""Charts: a series to a Vega-Lite specification, a static picture and a sentence.

`live_charts` compiles the specification for the script of pages.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from plainrecord.core.strict_json import Json
from plainrecord.findings.finding import Finding
from plainrecord.model.breaks import place_breaks, read_stamp, tell_break
from plainrecord.model.declarations import Break, ChartDefinition
from plainrecord.model.evidence import Cell
from plainrecord.model.partial_periods import mark_part
from plainrecord.model.products import Chart, LineBreak, Rate, Series
from plainrecord.model.statuses import is_shown
from plainrecord.publishing import svg
from plainrecord.publishing.chart_kind import ChartKind, Plot
from plainrecord.publishing.chart_kinds import CHARTS
from plainrecord.publishing.chart_rows import BREAKS, ROWS, keep_dated, plot_breaks, show_number


def draw_chart(
    definition: ChartDefinition, dataset: str, series: Series, changes: Sequence[Break] = ()
) -> Chart | Finding:
    """The chart, or a finding (chart-invalid) when the declaration does not fit its kind.

    Lines stop where the definition declares a break, and at the `changes` found in the records.
    """
    if not isinstance(definition, ChartKind):
        raise TypeError(definition)
    problem, expected = _problem(definition, series)
    if problem:
        found = f"chart {definition.name}: {problem}"
        return Finding("chart-invalid", found, expected, dataset=dataset)
    breaks: tuple[LineBreak, ...] = ()
    if definition.over_time:
        stamps = [str(row[0]) for row in series.rows]
        breaks = place_breaks(stamps, definition.period, (*definition.breaks, *changes))
    kind = type(definition)
    sentence = describe(kind, series, breaks)
    return Chart(
        dataset=dataset,
        name=definition.name,
        title=definition.title,
        description=definition.description,
        kind=definition.kind,
        unit=series.unit,
        note=definition.note,
        alt=sentence,
        values=" ".join(kind.notes(series)),
        spec=specify(kind, definition.title, series, sentence, breaks),
        svg=kind.draw(_drawn(kind, series), definition.title, sentence, breaks),
        series=series,
        breaks=breaks,
    )


def draw_rate(rate: Rate, dataset: str) -> Chart | Finding:
    """The chart of a rate: bars for groups, or a line for each group over periods."""
    declared = rate.definition
    axes = {"x": declared.date, "period": declared.period, "color": declared.by}
    kind = "line" if declared.date else "bar"
    written = {
        **(axes if declared.date else {"x": declared.by}),
        "kind": kind,
        "name": declared.name,
        "title": declared.title,
        "measure": "value:rate",
        "resource": declared.resource,
    }
    return draw_chart(CHARTS[kind].model_validate(written), dataset, rate.series)


def _problem(definition: ChartKind, series: Series) -> tuple[str, str]:
    """What is wrong with a chart, "" for nothing; and what is expected."""
    for axis in definition.needs:
        if svg.column(series, axis) < 0:
            return f"a {definition.kind} without {axis}", f"the field for {axis}"
    if problem := definition.problem(series):
        return problem, definition.fits
    problem = _break_problem(definition, series) if definition.breaks else ""
    return problem, "breaks of a line over time: `since` a day, month, quarter or year"


def _break_problem(definition: ChartKind, series: Series) -> str:
    """Why lines cannot be broken as declared; empty where they can."""
    if not definition.over_time:
        return f"a {definition.kind} has no line to break"
    wrong = [change.since for change in definition.breaks if read_stamp(change.since) is None]
    if wrong:
        return f"a break is since {wrong[0]!r}"
    if not any(read_stamp(str(row[0]), definition.period) for row in series.rows):
        return f"no value of {definition.x} is a time"
    return ""


def _drawn(kind: type[ChartKind], series: Series) -> Series:
    return keep_dated(series) if kind.over_time else series


def draw_again(
    kind: str, title: str, series: Series, breaks: tuple[LineBreak, ...] = ()
) -> tuple[str, str] | str:
    """The sentence and the static picture of a chart from its receipt, or why it cannot be drawn."""
    if kind not in CHARTS:
        return f"there is no chart of the kind {kind!r}"
    try:
        sentence = describe(CHARTS[kind], series, breaks)
        drawn = _drawn(CHARTS[kind], series)
        return sentence, str(CHARTS[kind].draw(drawn, title, sentence, breaks))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it cannot be drawn: {error}"


def specify_again(
    kind: str, title: str, series: Series, breaks: tuple[LineBreak, ...] = ()
) -> dict[str, Json] | str:
    """The specification of a chart from its receipt, or why there is none."""
    if kind not in CHARTS:
        return f"there is no chart of the kind {kind!r}"
    try:
        sentence = describe(CHARTS[kind], series, breaks)
        made = specify(CHARTS[kind], title, series, sentence, breaks)
        return dict(json.loads(json.dumps(made)))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it cannot be drawn: {error}"


def describe(kind: type[ChartKind], series: Series, breaks: Sequence[LineBreak] = ()) -> str:
    """What is drawn in words: highest and lowest, what is not there, periods not whole, breaks."""
    drawn = _drawn(kind, series).rows
    shown = [row for row in drawn if is_shown(row[-1])]
    count = len(drawn)
    words = f"{kind.words}, {count:,} {'value' if count == 1 else 'values'}."
    if shown:
        names = [column.name for column in series.columns if column.role == "key"]

        def name(row: tuple[Cell, ...]) -> str:
            keys = (mark_part(str(k), c, series.parts) for k, c in zip(row, names, strict=False))
            return f"{', '.join(keys)} ({show_number(svg.as_number(row[-2]))})"

        ordered = sorted(shown, key=lambda row: svg.as_number(row[-2]))
        words += f" Highest: {name(ordered[-1])}. Lowest: {name(ordered[0])}."
    return " ".join([words, *kind.notes(series), *map(tell_break, breaks)])


def specify(
    kind: type[ChartKind],
    title: str,
    series: Series,
    sentence: str,
    breaks: Sequence[LineBreak] = (),
) -> dict[str, Json]:
    """The Vega-Lite specification with its data inside, made with Altair."""
    plotted = kind.rows(series, breaks)
    frame = pd.DataFrame(plotted)  # which columns there are is what the builders look at
    labels = {c.name: c.label for c in series.columns}
    # Validating each part as it is set takes most of the time of a small build. The specifications
    # have a handful of shapes, all made here; the tests validate every one of them.
    with debug_mode(False):
        chart = kind.specify(Plot(frame, labels, breaks))
        chart.description = f"{title}. {sentence}"
        chart.config = alt.Config(
            background="transparent",
            font="system-ui, sans-serif",
            view=alt.ViewConfig(stroke=None),
            axis=alt.AxisConfig(labelFontSize=12, titleFontSize=12),
        )
        document = {"$schema": alt.SCHEMA_URL, **chart.to_dict(validate=False)}
    there = {BREAKS: plot_breaks(breaks)} if breaks else {}
    document["datasets"] = {ROWS: plotted, **there}
    return document
