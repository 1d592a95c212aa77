"""Vega-Lite specifications to the Vega specifications that the script of pages draws."""

from __future__ import annotations

import json
from typing import Any

from plainrecord.model.packages import MissingKind
from plainrecord.publishing.live_charts import compile_chart, live_path
from plainrecord.publishing.vega_marks import STATUS_COLORS

SPEC: dict[str, Any] = {
    "width": "container",
    "data": {"values": [{"office": "#1f5f8b", "stops": 3}]},
    "mark": {"type": "bar", "color": "#1f5f8b"},
    "encoding": {
        "x": {"field": "stops", "type": "quantitative"},
        "y": {"field": "office", "type": "nominal"},
    },
}


def test_a_compiled_chart_has_its_width_its_rows_and_the_colours_of_the_page() -> None:
    compiled = json.loads(compile_chart({**SPEC, "width": 328}, "c-narrow"))
    assert compiled["width"] == 328
    assert compiled["data"][0]["values"] == SPEC["data"]["values"]
    assert "var(--chart-1)" in json.dumps(compiled["marks"])
    assert "#1f5f8b" not in json.dumps(compiled["marks"])
    assert "tooltip" in json.dumps(compiled["marks"])
    assert compile_chart({**SPEC, "width": 328}, "c-narrow") == compile_chart(
        {**SPEC, "width": 328}, "c-narrow"
    )


def test_the_path_of_a_live_chart_follows_from_that_of_its_specification() -> None:
    assert live_path("datasets/a/charts/b.json", 680) == "datasets/a/charts/b-680.vega.json"


def test_a_status_has_the_pattern_of_the_still_picture() -> None:
    marked = {**SPEC, "mark": {"type": "bar", "color": STATUS_COLORS[MissingKind.SUPPRESSED]}}
    assert b"url(#c-narrow-suppressed)" in compile_chart(marked, "c-narrow")
