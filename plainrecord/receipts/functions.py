"""The functions that a query may call: they give the same for the same arguments on any day and machine.

Whatever is not listed is refused, also what a later version of the engine brings. Not listed are
the clock, chance, settings, the catalog, the version of the engine and its own internals.
"""

from pathlib import Path

from plainrecord.core.strict_json import Json

FUNCTIONS = frozenset(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split())
"""Operators and functions as the engine's parser names them: `functions.txt`, one a line."""

CLOCK_WORDS = frozenset(
    ("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp")
)
"""Words that read the clock without brackets, where no column has their name."""


def call_problem(node: dict[str, Json]) -> str:
    """Why a node of a parsed statement makes a result differ from run to run; empty if it does not."""
    if node.get("class") == "COLUMN_REF":
        names = node.get("column_names")
        word = str(names[0]).lower() if isinstance(names, list) and len(names) == 1 else ""
        return _differs(word) if word in CLOCK_WORDS else ""
    name = str(node.get("function_name") or "").lower()
    if node.get("class") not in {"FUNCTION", "WINDOW"} or not name:
        return ""
    given = node.get("arguments") or node.get("children")
    if name == "age" and (not isinstance(given, list) or len(given) < 2):
        return "it uses age with one date, which may differ from run to run; use two dates"
    if name in FUNCTIONS:
        return ""
    return _differs(name)


def _differs(name: str) -> str:
    return f"it uses {name}, which may differ from run to run or from machine to machine"
