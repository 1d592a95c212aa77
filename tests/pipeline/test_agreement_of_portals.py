"""Small random portals, to which check, build, release and verify must say the same.

`PLAINRECORD_EXAMPLES=500 pytest tests/pipeline/test_agreement_of_portals.py` tries more of them.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.measures.plausibility import RULES
from plainrecord.model.requests import ELEMENTS
from plainrecord.publishing.chart_kinds import CHARTS
from tests.pipeline.test_agreement import run
from tests.portals import SETTINGS, write_portal

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

EXAMPLES = int(os.environ.get("PLAINRECORD_EXAMPLES", "3"))
LONG = settings(
    max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None, print_blob=True
)
"""Each example takes seconds."""
TYPES = ("string", "date", "integer", "number", "boolean", "year")
FIELDS = (
    "id",
    "day",
    "state",
    "count",
    "Count",
    "rows behind",
    "a-b",
    "a.b",
    "x",
    "value",
    "status",
)
NAMES = ("total", "total", "by-day", "tables.rows", "codebook.t", "withheld", "a.b", "a-b", "Total")
CELLS = {
    "string": ("CA", "NY", "Other", "", "(b)(6)", 'a "b", c', "Ä"),
    "date": ("2026-01-31", "2026-02-01", "2025-12-01", ""),
    "integer": ("1", "2", "40", "-3", ""),
    "number": ("1.5", "0.1", "2", ""),
    "boolean": ("true", "false", ""),
    "year": ("2024", "2025", ""),
}
PERIODS = ("", "", "day", "month", "quarter", "year", "weekday", "hour")


def some(*items: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(items)


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The usual value; once in a while another. A portal that is refused for its form tries little."""
    return st.sampled_from([usual] * (24 * len(others)) + list(others))


Fields = Callable[..., st.SearchStrategy[str]]
"""Fields of the given types, where there are any; once in a while one that is not there."""

TABLES = ("t", "t", "days", "cells", "h", "a.b", "total")


def rules(field: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Rules of plausibility, each with the keys that its kind has."""
    names = {"name": some("a", "rows", "by-day", "x.y"), "title": some("A rule", "<b> & x")}
    shapes = []
    for form in RULES.values():
        keys = set(form.model_fields)
        needed: dict[str, Any] = {
            k: field for k in ("field", "date", "value", "elapsed") if k in keys
        }
        needed |= {"part": field} if "part" in keys else {}
        kinds = get_args(form.model_fields["kind"].annotation)
        optional: dict[str, st.SearchStrategy[Any]] = {
            "where": st.builds(lambda f: f'"{f}" IS NOT NULL', field),
            "by": st.lists(field, max_size=1),
            "whole": field,
            "period": some("day", "month", "year"),
            "fewest": some(7, 2),
            "fields": st.lists(field, max_size=2),
            "maximum": some(0.1, 1, 20),
        }
        if kinds[0] in ("zero-run", "impossible-average", "part-above-whole"):
            needed.pop("value" if kinds[0] == "part-above-whole" else "", None)
        kept = {k: v for k, v in optional.items() if k in keys}
        shapes.append(
            st.fixed_dictionaries({**names, **needed, "kind": some(*kinds)}, optional=kept)
        )
    return st.one_of(shapes)


def comparisons(field: st.SearchStrategy[str], table: str) -> st.SearchStrategy[dict[str, Any]]:
    """Reconciliations of the table with itself, or with one that is not there."""
    quoted = st.builds(lambda name: f'"{name}"', field)
    side = st.fixed_dictionaries(
        {
            "label": some("A", "B & <i>"),
            "definition": st.just("D."),
            "resource": some(table, table, "other"),
        },
        optional={
            "measure": st.one_of(st.just("count"), st.builds(lambda f: f"sum:{f}", field)),
            "where": st.builds(lambda f: f"{f} IS NOT NULL", quoted),
        },
    )
    return st.fixed_dictionaries(
        {
            "name": some("r", "totals", "r.lines", "a"),
            "title": st.just("R"),
            "here": side,
            "there": side,
            "keys": st.lists(
                st.fixed_dictionaries({"name": some("k", "Key", "here"), "here": quoted},
                                      optional={"total": st.booleans()}),
                min_size=1, max_size=2,
            ),
        },
        optional={
            "kind": some("totals", "records", "overlap"),
            "absolute": some(0.1, 1),
            "relative": some(0.1, 0.5),
        },
    )  # fmt: skip


def registers(
    field: st.SearchStrategy[str], table: str, dataset: str, figures: Sequence[str]
) -> st.SearchStrategy[dict[str, Any]]:
    """Claims about the dataset, which has `figures`."""
    rows = st.fixed_dictionaries(
        {
            "dataset": mostly(dataset, "other"),
            "resource": mostly(table, "other"),
            "condition": st.builds(lambda f: f'"{f}" IS NOT NULL', field),
            "at_most": mostly(0.7, 0),
        },
        optional={"at_least": mostly(0.5, 1)},
    )
    value = st.fixed_dictionaries(
        {
            "figure": some(*[f"{dataset}.{name}" for name in figures] * 8, "visits.none"),
            "stated": some(1, 0.1, 12345678901234567890),
        },
        optional={"tolerance": some(0, 0.1, 9)},
    )
    test = st.one_of(
        st.fixed_dictionaries({"title": st.just("A test"), "rows": rows}),
        *[st.fixed_dictionaries({"title": st.just("A value of 12"), "value": value})][
            : len(figures)
        ],
        st.fixed_dictionaries({"title": st.just("None"), "untestable": st.just("No records.")}),
    )
    return st.fixed_dictionaries(
        {
            "name": some("one", "total", "visits"),
            "title": some("A claim", "More than 5 & <b>"),
            "speaker": some("An office", " Nobody "),
            "said": some("it is so.", "all  rows\nagree."),
            "changed": st.just("2026-10-02"),
            "source": st.fixed_dictionaries(
                {"status": some("reported", "not-found"), "title": st.just("S")}
            ),
            "tests": st.lists(test, min_size=1, max_size=2),
        },
        optional={"same_records": some("yes", "no", "unknown")},
    ).map(_without_bounds)


def _without_bounds(claim: dict[str, Any]) -> dict[str, Any]:
    """The claim; where it is about other records, without the bounds that would judge it."""
    if claim.get("same_records", "yes") != "yes":
        for test in claim["tests"]:
            for key in ("at_least", "at_most", "tolerance"):
                test.get("rows", test.get("value", {})).pop(key, None)
    return claim


def joined(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda items: {k: v for item in items for k, v in item.items()})


def charts(of: Fields) -> st.SearchStrategy[dict[str, Any]]:
    """Charts, each with the keys that its kind has."""
    kinds = []
    for kind, form in CHARTS.items():
        x = of("string") if "map" in kind else of("date") if kind == "line" else of()
        keys: dict[str, st.SearchStrategy[Any]] = {
            "color": of("string", "boolean"),
            "facet": of("string", "boolean"),
            "y": of("string", "boolean"),
            "limit": some(1, 3),
            "y_period": some("month", ""),
        }
        if kind == "heatmap":
            keys["y"] = of("date")
        more: dict[str, st.SearchStrategy[Any]] = {
            "period": st.sampled_from(PERIODS) if kind in ("line", "bar") else st.just(""),
            "measure": st.builds(lambda f: f"sum:{f}", of("integer", "number")),
            "headline": mostly("They rise.", "12 rows"),
        }
        kinds.append(
            st.fixed_dictionaries(
                {
                    "name": some("by-day", "a-b", "h", "withheld"),
                    "title": mostly("A chart", "A chart of 2024"),
                    "kind": st.just(kind),
                    "x": x,
                    "dated": of("date"),
                    **({"boundaries": st.just("us-states")} if kind == "map" else {}),
                    **{key: keys[key] for key in form.needs},
                },
                optional=more | {key: keys[key] for key in form.takes if key not in form.needs},
            ).map(_fit_period)
        )
    return st.one_of(kinds)


def _fit_period(chart: dict[str, Any]) -> dict[str, Any]:
    """The chart with what goes with a period, where it has one: an x of dates, and no limit."""
    dated = chart.pop("dated")
    if chart.get("period"):
        chart = {**chart, "x": dated}
        chart.pop("limit", None)
    return chart


TOPIC: dict[str, Any] = {"title": "States", "name": "states"}


def newer_keys(of: Fields, table: str) -> dict[str, st.SearchStrategy[Any]]:
    """The keys beside figures and charts that a descriptor can have, each with its values."""
    label = some("Rows", "More & <b>")
    where = st.builds(lambda f: f'"{f}" IS NOT NULL', of())
    resource = mostly(table, "other")
    day, year = mostly("2026-10-02", "2027-01-01"), some("calendar", "fiscal")
    group, dates, numbers = of("string", "boolean", "year"), of("date"), of("integer", "number")
    part = st.fixed_dictionaries({"label": label}, optional={"where": where})
    whole = st.fixed_dictionaries(
        {"label": label, "resource": resource, "group": group, "count": numbers}
    )
    rate = st.fixed_dictionaries(
        {
            "name": mostly("share", "total", "rows", "by-day"),
            "title": some("A rate", "<b> & x"),
            "by": group,
            "numerator": part,
            "denominator": st.one_of(part, part, whole),
            "benchmark": st.just("The rows say nothing of people."),
        },
        optional={
            "resource": resource,
            "measure": st.builds(lambda f: f"sum:{f}", numbers),
            "per": some(1, 1000),
            "where": where,
            "note": some("A note.", "5 rows."),
        },
    )
    dated = st.fixed_dictionaries({"date": dates, "period": some("year", "month", "fiscal-year")})
    mapped = some({"map": "us-states"}, {}, {"unknowns": "counted"})
    explore = st.fixed_dictionaries(
        {"fields": st.lists(group, min_size=1, max_size=2, unique=True)}
    )
    months = st.fixed_dictionaries(
        {"date": dates, "period": some("month", "quarter")},
        optional={"resource": resource, "year": year},
    )
    correction = st.fixed_dictionaries(
        {"date": day, "what": some("A cell.", "<b> 12"), "reason": st.just("A slip.")},
        optional={
            "status": some("corrected", "being examined", "rejected"),
            "figure": mostly("total", "none"),
            "field": of(),
        },
    )
    doubt = st.fixed_dictionaries(
        {
            "status": some("provisional", "doubtful", "superseded"),
            "date": day,
            "reason": some("A slip.", "12 & <b>"),
        },
        optional={"resource": resource, "field": of()},
    )
    spans = st.fixed_dictionaries(
        {"field": dates},
        optional={"from": mostly("2026-01", "x"), "to": some("2026-01", "2026-Q1")},
    )
    by = st.lists(of("string", "boolean"), max_size=1)
    totals = st.fixed_dictionaries(
        {"date": dates}, optional={"year": year, "by": by, "resource": resource}
    )
    place = st.fixed_dictionaries(
        {"kind": mostly(TOPIC["name"], "towns"), "field": of("string")},
        optional={"resource": resource, "by": st.lists(of("boolean", "year"), max_size=1)},
    )
    yearly = st.fixed_dictionaries({"date": dates, "year": year})
    document = st.fixed_dictionaries(
        {
            "file": mostly("t.csv", "no.pdf", "raw/t.csv"),
            "title": label,
            "source": mostly("Records request 12", "https://o.example/a?b=1&c", "x y"),
            "date": mostly("2026-02-03", "2026-02", "2026", "x"),
        },
        optional={
            "kind": some("contract", "document"),
            "note": some("A note of 5.", "<b>"),
            "hash": mostly("0" * 64, "x"),
            "strip": some(False, True),
        },
    )
    about = st.fixed_dictionaries(
        {"field": of("string"), "values": st.lists(some("CA", "Ä", "none"), min_size=1, max_size=2)}
    )
    api = st.fixed_dictionaries(
        {"resource": resource, "date_field": dates},
        optional={"quarters": some(1, 3), "page_size": some(1, 5, 1000), "aliases": some(["x"])},
    )
    covers = st.fixed_dictionaries(
        {},
        optional={
            "from": mostly("2025-12-01", "2026-13-01"),
            "to": mostly("2026-02-15", "2025-01-01"),
            "place": some("Utah", "<b>"),
        },
    )
    compared = st.fixed_dictionaries(
        {"resource": resource},
        optional={
            "key": st.lists(of(), min_size=1, max_size=2),
            "fields": st.lists(of(), max_size=2),
            "normalise": st.booleans(),
            "records": some("rows", "digests", "counts"),
            "place": of("string"),
            "category": of("boolean", "string"),
        },
    )
    known = st.fixed_dictionaries({"title": label, "text": some("Some *text*.", "12 rows", "<b>")})
    link = st.fixed_dictionaries({"link": mostly("known_issues", "#how", "https://o.example/m")})
    point = mostly("Plain.", "{{ figure('total') }} rows.", "About 12 rows.", "<b>")
    return {
        "rates": st.lists(joined(rate, st.one_of(dated, mapped)), min_size=1, max_size=1),
        "explore": joined(explore, st.one_of(months, st.just({}))),
        "corrections": st.lists(correction, min_size=1, max_size=2),
        "doubts": st.lists(joined(doubt, st.one_of(spans, st.just({}))), min_size=1, max_size=2),
        "totals": totals,
        "places": st.lists(joined(place, st.one_of(yearly, st.just({}))), min_size=1, max_size=1),
        "points": st.lists(point, min_size=1, max_size=2),
        "documents": st.lists(
            joined(document, st.one_of(about, st.just({}))), min_size=1, max_size=2
        ),
        "api": api,
        "coverage": covers,
        "comparison": joined(compared, st.one_of(dated, st.just({}))),
        "known_issues": st.lists(known, max_size=2),
        "methodology": st.fixed_dictionaries({}, optional={"collection": link, "audit": link}),
        "frequency": mostly("R/P3M", "weekly", "now and then", "R/x"),
        "citation": some("Cite & <b>", "As you like, 2026."),
        "synthetic": some("Invented.", "12 invented rows."),
        "numbers": st.just([{"text": "12", "reason": "counted by hand"}]),
        "waived": st.just([{"rule": "padded-value", "reason": "The agency's file has these."}]),
        "search": st.lists(of("string"), min_size=1, max_size=1),
    }


@st.composite
def portals(draw: st.DrawFn) -> tuple[dict[str, Any], str, str, dict[str, Any], dict[str, Any]]:
    """A descriptor of a table, its rows, those of a next release, claims, the portal's settings."""
    table = draw(st.sampled_from(TABLES))
    names = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4, unique=True))
    types = {name: draw(st.sampled_from(TYPES)) for name in names}
    if draw(mostly(True, False)):
        types |= {"day": "date", "state": "string", "count": "integer"}
        types.pop("Count", None)  # another case of one that is there
        names = list(types)
    fields = [{"name": name, "type": kind, "title": name} for name, kind in types.items()]
    usual = st.sampled_from(names)
    field = st.sampled_from([*names * 24, "nothing"])

    def of(*kinds: str) -> st.SearchStrategy[str]:
        fit = [name for name in names if types[name] in kinds] or names
        return st.sampled_from([*(fit * 60)[:60], *names, "nothing"])

    def rows(most: int) -> str:
        lines = draw(
            st.lists(
                st.tuples(*(st.sampled_from(CELLS[types[name]]) for name in names)),
                min_size=1,
                max_size=most,
            )
        )
        cells = [
            ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line) for line in lines
        ]
        return "\n".join([",".join(f'"{name}"' for name in names), *cells]) + "\n"

    privacy: Any = {"open": "No person is named in these rows."}
    if draw(mostly(False, True)):
        dates = [name for name in names if types[name] == "date"]
        cut = [{"field": name, "method": draw(some("month", "quarter", "year"))} for name in dates]
        dropped = draw(st.lists(usual, max_size=1))
        privacy = {"identifiers": dropped, "coarsen": cut, "threshold": draw(some(0, 2, 5))}
    quoted = st.builds(lambda name: '"' + name + '"', field)
    query = st.one_of(
        st.just("SELECT count(*) FROM {t}"),
        st.just("SELECT count(*) + 20 FROM {t}"),
        mostly(
            "SELECT count(*) FROM {t}", "SELECT 1", "SELECT count(*) FROM other", "SELECT now()"
        ),
        st.builds(lambda f: f"SELECT count({f}) FROM {{t}}", quoted),
        st.builds(lambda f: f"SELECT max({f}) FROM {{t}}", quoted),
    )
    query = query.map(lambda sql: sql.replace("{t}", f'"{table}"'))
    figure = st.fixed_dictionaries(
        {"name": mostly("total", *NAMES), "title": some("A figure", "<b> & x"), "sql": query},
        optional={"format": mostly("integer", "decimal", "text", "percent", "date")},
    )
    total = {"name": "total", "title": "Rows", "sql": f'SELECT count(*) FROM "{table}"'}
    text = draw(
        mostly("Plain.", "{{ figure('total') }}", '{{ figure("total") }} and 12', "[x](../no/)")
    )
    dataset = draw(mostly("visits", "claims", "a.b"))
    sections = {
        "figures": st.lists(figure, max_size=2, unique_by=lambda item: item["name"]).map(
            lambda items: [total, *(item for item in items if item["name"] != "total")]
        ),
        "charts": st.lists(charts(of), max_size=2, unique_by=lambda item: item["name"]),
        "plausibility": st.lists(rules(field), max_size=1),
        "reconcile": st.lists(comparisons(field, table), max_size=1),
    }
    every = newer_keys(of, table)  # a portal that has them all is refused for one of them
    chosen = draw(st.lists(some("figures", "charts", "charts", *sections), max_size=2, unique=True))
    descriptor: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": dataset,
        "title": draw(mostly("Visits", "Visits of\nan office\n")),
        "description": text,
        "licenses": [{"name": "CC0-1.0", "title": "Public domain", "path": "https://c.example/"}],
        "sources": [{"title": "The office", "path": "https://o.example/"}],
        "resources": [
            {
                "name": table,
                "path": "t.csv",
                "schema": {
                    "fields": fields,
                    "missingValues": [
                        "",
                        {"value": "(b)(6)", "label": "Withheld", "kind": "withheld"},
                    ],
                },
            }
        ],
        "plainrecord": {
            "summary": "Visits.",
            "unit": "visit",
            "updated": "2026-10-01",
            "privacy": privacy,
            **({"figures": [total]} if draw(mostly(True, False)) else {}),
            **{key: draw(sections[key]) for key in chosen},
            **{
                key: draw(every[key])
                for key in draw(st.lists(some(*every), max_size=2, unique=True))
            },
        },
    }
    if draw(st.booleans()):
        descriptor["plainrecord"]["comparison"] = {"resource": table, "key": [names[0]]}
    if draw(mostly(False, True)):
        elements = draw(st.lists(some(*ELEMENTS), min_size=1, max_size=3, unique=True))
        elements = [*{"request_id": 1, "date_completed": 1, "date_received": 1}, *elements]
        log = {element: draw(field) for element in elements}
        descriptor["plainrecord"]["requests"] = {
            "fields": log,
            "as_of": draw(mostly("2026-10-01", "x")),
        }
    figures = [item["name"] for item in descriptor["plainrecord"].get("figures", ())]
    claims = draw(st.lists(registers(field, table, dataset, figures), max_size=1))
    ours = [f"{dataset}.{item['name']}" for item in descriptor["plainrecord"].get("charts", ())]
    wanted = some("x", *ours * 8)
    portal: dict[str, Any] = (
        {"highlights": draw(st.lists(wanted, max_size=1))}
        if ours and draw(some(True, False))
        else {}
    )
    codes = draw(some({}, {"codes": "us-states"}, {"places": {"New York": ["NY"]}}))
    if "places" in descriptor["plainrecord"]:
        portal["places"] = [TOPIC | codes]
    return descriptor, rows(12), rows(14), {"claims": claims}, portal


def write_described(root: Path, descriptor: dict[str, Any], **files: str | None) -> Path:
    """A portal with one dataset of the `descriptor`, and its `files`."""
    data = "data/visits"
    own: dict[str, str | None] = {
        f"{data}/datapackage.yaml": json.dumps(descriptor),
        f"{data}/visits.csv": None,
        f"{data}/methodology.md": "By hand.\n",
    }
    return write_portal(root, **own, **files)


@LONG
@given(portals())
def test_four_commands_say_the_same(
    drawn: tuple[dict[str, Any], str, str, dict[str, Any], dict[str, Any]],
) -> None:
    descriptor, first, second, register, portal = drawn
    name = descriptor["name"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        data = "data/visits"
        root = write_described(
            place / "portal",
            descriptor,
            **{
                f"{data}/t.csv": first,
                "site/portal.yaml": SETTINGS + (yaml.safe_dump(portal) if portal else ""),
                "site/claims.yaml": json.dumps(register) if register["claims"] else None,
            },
        )
        agree(root, place / "site")
        for day, rows in (("2026-10-01", first), ("2026-11-01", second)):
            (root / data / "t.csv").write_text(rows)
            status, said = run("release", name, "--date", day, "--portal", root)
            if status == 0:
                assert agree(root, place / "site"), f"kept on {day}, and not built: {said}"
            elif day == "2026-10-01":
                assert not agree(root, place / "site"), f"built, and not kept: {said}"
                return


def name_errors(printed: str) -> set[str]:
    """The rules of the errors in what a command printed."""
    return set(re.findall(r"^error .*\[([a-z-]+)\]", printed, re.MULTILINE))


def agree(root: Path, site: Path) -> bool:
    """Whether the portal builds; check says the same, and verify and audit find nothing in it."""
    checked, said = run("check", root)
    built, told = run("build", "--portal", root, "--out", site)
    assert checked == built, f"check: {said}\nbuild: {told}"
    assert name_errors(said) == name_errors(told), f"check: {said}\nbuild: {told}"
    if built == 0:
        for command in ("verify", "audit"):
            status, words = run(command, site)
            assert status == 0, words
    return built == 0
