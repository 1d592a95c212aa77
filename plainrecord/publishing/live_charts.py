"""Live charts: a Vega-Lite specification to the Vega specification that a page's script draws.

Vega-Lite is compiled here, so that a reader's browser needs only Vega. The colours become those of
the style sheet, which follow the reader's theme.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping

from plainrecord.core.strict_json import Json

SCRIPT = "charts.js"
"""The asset that draws live charts; absent where its packages could not be installed."""
NARROW, WIDE = 328, 680
WIDTHS = (NARROW, WIDE)
"""Pixels: a phone of 360 px, and the text column of a wide screen."""
_COLORS: Mapping[str, str] = {
    **{
        color: f"var(--chart-{number})"
        for number, color in enumerate(
            ("#1f5f8b", "#c8553d", "#4f7942", "#8a5a9e", "#b8860b", "#5b6770"), 1
        )
    },
    **{
        color: f"var(--seq-{number})"
        for number, color in enumerate(
            ("#e3edf3", "#c3d8e5", "#9cbfd4", "#70a2c0", "#4684a8", "#25668c", "#0f4668")
        )
    },
    "#a8a8a8": "var(--chart-suppressed)",
    "#fdfdfd": "var(--paper)",
    "#d0d0d0": "var(--rule)",
    "#222222": "var(--on-low)",
    "white": "var(--on-high)",
    "#000": "var(--chart-ink)",
    "black": "var(--chart-ink)",
    "#888": "var(--chart-ink)",
    "#ddd": "var(--chart-grid)",
}
_HEX = re.compile(r"#[0-9a-f]{3,6}\b")


def live_path(specification: str, width: int) -> str:
    """Where the compiled specification lies; charts.js derives the same path."""
    return f"{posixpath.splitext(specification)[0]}-{width}.vega.json"


def set_width(specification: Mapping[str, Json], width: int) -> dict[str, Json]:
    """The specification at a width in pixels."""
    sized = dict(specification)
    if "columns" in sized and width < WIDE:
        sized["columns"] = 1
    if sized.get("width") == "container":
        sized["width"] = width
        sized["autosize"] = {"type": "fit-x", "contains": "padding"}
    return sized


def compile_chart(specification: Mapping[str, Json]) -> bytes:
    """The Vega specification as JSON; the same bytes for the same versions of libraries."""
    import vl_convert  # slow to import

    config = specification.get("config")
    settings = dict(config) if isinstance(config, dict) else {}
    settings["mark"] = {"tooltip": True}
    settings["tooltipFormat"] = {"numberFormat": ","}
    compiled = vl_convert.vegalite_to_vega({**specification, "config": settings})
    text = json.dumps(_paint(compiled), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def _paint(part: Json) -> Json:
    """`part` with the colours of the style sheet; the rows of data stay as they are."""
    if isinstance(part, str):
        return _COLORS.get(part) or _HEX.sub(lambda hit: _COLORS.get(hit[0], hit[0]), part)
    if isinstance(part, list):
        return [_paint(item) for item in part]
    if isinstance(part, dict):
        return {key: item if key == "values" else _paint(item) for key, item in part.items()}
    return part
