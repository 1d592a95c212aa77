"""Live charts: a Vega-Lite specification to the Vega specification that a page's script draws.

Vega-Lite is compiled here, so that a reader's browser needs only Vega. The colours become those of
the style sheet, which follow the reader's theme.
"""

import json
import posixpath
import re
from collections.abc import Mapping

from plainrecord.core.strict_json import Json
from plainrecord.model.packages import MissingKind
from plainrecord.publishing.pictures import compile_specification

SCRIPT = "charts.js"
"""The asset that draws live charts; absent where its packages could not be installed."""
PROPERTIES: Mapping[str, str] = {
    **{f"mark-{n}": f"--chart-{n}" for n in range(1, 7)},
    **{name: f"--chart-{name}" for name in ("ink", "grid", "outline")},
    "on-dark": "--on-high",
    "on-status": "--on-low",
}
"""The custom property of the style sheet for a colour of the palette, where its name is another."""
_HEX = re.compile(r"#[0-9a-f]{3,6}\b")


def live_path(specification: str, width: int) -> str:
    """Where the compiled specification lies; charts.js derives the same path."""
    return f"{posixpath.splitext(specification)[0]}-{width}.vega.json"


def compile_chart(specification: Mapping[str, Json], key: str) -> bytes:
    """The Vega specification as JSON, the same bytes each time; `key` is the still picture's."""
    compiled = compile_specification(json.dumps(specification))
    text = json.dumps(
        _paint(dict(compiled), _list_colors(key)),
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return text.encode()


def _list_colors(key: str) -> Mapping[str, str]:
    """What stands in a page for each colour; patterns are those of the still picture `key`."""
    from plainrecord.publishing.vega_marks import PALETTE  # slow to import

    statuses = {status.value: f"url(#{key}-{status.value})" for status in MissingKind}
    return {
        color: statuses.get(name) or f"var({PROPERTIES.get(name) or f'--{name}'})"
        for color, name in PALETTE.items()
    }


def _paint(part: Json, colors: Mapping[str, str]) -> Json:
    """`part` with the colours of the style sheet; the rows of data stay as they are."""
    if isinstance(part, str):
        return colors.get(part) or _HEX.sub(lambda hit: colors.get(hit[0], hit[0]), part)
    if isinstance(part, list):
        return [_paint(item, colors) for item in part]
    if isinstance(part, dict):
        return {
            key: item if key == "values" else _paint(item, colors) for key, item in part.items()
        }
    return part
