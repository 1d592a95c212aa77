"""Forms of descriptors: what may stand in more than one place."""

from __future__ import annotations

from typing import Any

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.descriptors.package import parse_package
from plainrecord.descriptors.package_forms import PackageForm
from plainrecord.descriptors.reading import read_form

RULE: Json = {"rule": "a <= b", "severity": "warning"}


@pytest.mark.parametrize(
    ("resource", "rules"),
    [
        ({"checks": [RULE]}, ["a <= b"]),
        ({"plainrecord": {"checks": [RULE]}}, ["a <= b"]),
        ({"checks": [RULE], "plainrecord": {"checks": []}}, []),
        ({"checks": [{"type": "table-dimensions"}]}, []),  # somebody else's key
        ({"checks": "none"}, []),
    ],
)
def test_row_rules_stand_in_our_part_or_beside_it(
    resource: dict[str, Json], rules: list[str]
) -> None:
    document: Json = {"resources": [{"name": "t", "path": "t.csv", **resource}]}
    form, findings = read_form(PackageForm, document, "datapackage.yaml")
    assert form is not None, findings
    assert [check.rule for check in form.resources[0].plainrecord.checks] == rules


RATE: Any = {
    "name": "n",
    "title": "t",
    "by": "a",
    "numerator": {"label": "N"},
    "denominator": {"label": "D"},
    "benchmark": "None.",
}


@pytest.mark.parametrize(
    ("path", "form", "idle"),
    [
        ("charts", {"kind": "line", "y": "b"}, "y"),
        ("charts", {"kind": "heatmap", "y_period": "month"}, "y_period"),
        ("charts", {"kind": "bar", "facet": "b"}, "facet"),
        ("charts", {"kind": "tile-map", "color": "b"}, "color"),
        ("charts", {"kind": "line", "limit": 5}, "limit"),
        ("charts", {"kind": "bar", "period": "month", "limit": 5}, "limit"),
        ("rates", {"unknowns": "counted"}, "unknowns"),
        ("rates", {"period": "month"}, "period"),
        (
            "rates",
            {"denominator": {"label": "P", "count": "n", "group": "g", "period": "y"}},
            "denominator.period",
        ),
        ("coarsen", {"method": "month", "edges": [1.0]}, "edges"),
        ("coarsen", {"method": "month", "length": 2}, "length"),
        ("coarsen", {"method": "prefix", "step": 2.0}, "step"),
        ("coarsen", {"method": "round", "groups": {"a": "b"}}, "groups"),
        ("coarsen", {"method": "round", "other": "b"}, "other"),
        ("comparison", {"key": ["a"], "period": "year"}, "period"),
        ("comparison", {"key": ["a"], "fields": ["b"], "place": "c"}, "place"),
    ],
)
def test_a_key_of_our_own_without_effect_is_reported(
    path: str, form: dict[str, Json], idle: str
) -> None:
    whole = {
        "charts": {"charts": [{"name": "n", "title": "t", "x": "a", **form}]},
        "rates": {"rates": [{**RATE, **form}]},
        "coarsen": {"privacy": {"coarsen": [{"field": "a", **form}]}},
        "comparison": {"comparison": form},
    }[path]
    document: Any = {"resources": [{"name": "t", "path": "t.csv"}], "plainrecord": whole}
    _, findings = read_form(PackageForm, document, "d.yaml")
    [finding] = [f for f in findings if f.rule == "key-misplaced"]
    assert finding.found.startswith(f"`{idle}` of plainrecord.")


def test_fields_that_a_comparison_names_are_there() -> None:
    schema = {"fields": [{"name": "state"}]}
    ours = {"comparison": {"key": ["sate"]}, "api": {"resource": "t", "date_field": "day"}}
    document: Any = {
        "resources": [{"name": "t", "path": "t.csv", "schema": schema}],
        "plainrecord": ours,
    }
    _, findings = parse_package(document, "data/x", "d.yaml", "", portal=False)
    told = [f.found for f in findings if f.rule == "value-invalid"]
    assert told[0].startswith("comparison names the field 'sate'")
    assert told[1].startswith("api names the field 'day'")


@pytest.mark.parametrize(
    ("year", "period", "title"),
    [("fiscal", "fiscal-year", "Stops by fiscal year"), ("calendar", "year", "Stops by year")],
)
def test_totals_are_charts_before_the_others(year: str, period: str, title: str) -> None:
    ours = {
        "unit": "stop",
        "totals": {"date": "day", "year": year, "by": ["outcome"]},
        "charts": [{"name": "own", "title": "Own", "kind": "bar", "x": "outcome"}],
    }
    fields = [{"name": "day", "type": "date"}, {"name": "outcome", "title": "How it ended"}]
    document: Any = {
        "resources": [{"name": "t", "path": "t.csv", "schema": {"fields": fields}}],
        "plainrecord": ours,
    }
    package, _ = parse_package(document, "data/x", "d.yaml", "", portal=False)
    assert package is not None
    totals, outcome, own = package.charts
    assert (totals.name, totals.title, totals.x) == ("totals", title, "day")
    assert (totals.period, totals.resource) == (period, "t")
    assert (outcome.title, outcome.x) == ("Stops by how it ended", "outcome")
    assert own.name == "own"


def test_a_chart_of_its_own_with_the_name_of_the_totals_is_reported() -> None:
    chart = {"name": "totals", "title": "Own", "kind": "bar", "x": "day"}
    document: Any = {
        "resources": [{"name": "t", "path": "t.csv"}],
        "plainrecord": {"totals": {"date": "day"}, "charts": [chart]},
    }
    _, findings = parse_package(document, "data/x", "d.yaml", "", portal=False)
    assert any("two charts are called 'totals'" in finding.found for finding in findings)


def test_no_other_file_takes_the_name_of_the_receipts() -> None:
    chart = {"name": "receipts", "title": "Own", "kind": "bar", "x": "day"}
    document: Any = {
        "resources": [{"name": "receipts", "path": "t.csv"}],
        "plainrecord": {"charts": [chart]},
    }
    _, findings = parse_package(document, "data/x", "d.yaml", "")
    found = {finding.found for finding in findings}
    assert {"a resource is called 'receipts'", "a chart is called 'receipts'"} <= found


@pytest.mark.parametrize("mode", [{}, {"mode": "tables"}])
def test_a_mode_that_is_not_written_is_that_of_its_tables(mode: dict[str, Json]) -> None:
    fields = [{"name": "state", "type": "string"}, {"name": "kind", "type": "string"}]
    table = {"name": "t", "path": "t.csv", "schema": {"fields": fields}}
    total = {"name": "total", "path": "total.csv", "schema": {"fields": [{"name": "count"}]}}
    document: Any = {
        "resources": [total, table],
        "plainrecord": {
            "privacy": {**mode, "tables": [{"dimensions": ["state", "kind"]}]},
            "explore": {"fields": ["state", "kind"]},
            "places": [{"kind": "states", "field": "state"}],
            "doubts": [
                {"status": "doubtful", "date": "2026-01-01", "reason": "R.", "field": "state"}
            ],
        },
    }
    _, findings = parse_package(document, "data/x", "d.yaml", "")
    assert not [finding for finding in findings if "names the field" in finding.found]
