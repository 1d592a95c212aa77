"""Compare the Vega-Lite specification of a chart with its receipt (called by `verify.site`)."""

from collections.abc import Iterator

from plainrecord.core.strict_json import Json, parse_json, reach
from plainrecord.findings.finding import Finding
from plainrecord.publishing.chart_kinds import kind_of
from plainrecord.publishing.chart_rows import BREAKS, ROWS, plot_breaks
from plainrecord.receipts.receipts_document import Proof
from plainrecord.verify.page_numbers import LONGEST_TEXT

_APART = ("$schema", "datasets")
"""Keys of a specification that are compared by themselves, or name a version alone."""


def compare_specification(proof: Proof, content: bytes, drawn: Json = None) -> Iterator[Finding]:
    """Where the specification of a chart holds other numbers than its receipt; the first only.

    `drawn` is the specification as made from the receipt again, whose axes, marks and words must be
    the same; None where other tools may have written it in another way.
    """
    difference = _specification_difference(proof, content, drawn)
    if difference:
        problem, expected = difference
        yield Finding("page-differs", f"{proof.id}: {problem}", expected, file=proof.spec)


def _specification_difference(proof: Proof, content: bytes, drawn: Json) -> tuple[str, str] | None:
    try:
        document = parse_json(content)
    except ValueError as error:
        document, problem = None, str(error)
    else:
        problem = _specification_problem(document)
    if problem:
        found = f"the specification cannot be compared: {problem}"
        return found, "the series of the receipt"
    datasets = reach(document, "datasets")
    rows = reach(datasets, ROWS)
    breaks = datasets.get(BREAKS, []) if isinstance(datasets, dict) else []
    if breaks != plot_breaks(proof.breaks):
        return f"the chart is broken at {breaks}", str(plot_breaks(proof.breaks))
    kind = kind_of(proof.drawn)
    try:
        expected = kind.rows(proof.series, proof.breaks)
        if isinstance(rows, list):
            expected = [*expected, *kind.fill(proof.series, rows[len(expected) :])]
    except (KeyError, ValueError, TypeError):
        expected = []
    if rows != expected:
        given = rows if isinstance(rows, list) else []
        pairs = zip(given, expected, strict=False)
        first = next((n for n, (one, two) in enumerate(pairs) if one != two), len(expected))
        mark, right = (
            listed[first] if first < len(listed) else "nothing" for listed in (given, expected)
        )
        return f"mark {first + 1} of the chart is {mark}", str(right)
    if isinstance(drawn, dict) and isinstance(document, dict):
        for key in sorted({*document, *drawn} - set(_APART)):
            if document.get(key) != drawn.get(key):
                found = f"{key} of the chart is {document.get(key)!r}"
                return found, f"{drawn.get(key)!r}"[:LONGEST_TEXT]
    return None


def _specification_problem(value: Json) -> str:
    """Why a chart could show other data than its own rows; empty where it could not."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "datasets" and isinstance(inner, dict):
                if not {ROWS} <= set(inner) <= {ROWS, BREAKS}:
                    return "it contains other data sets"
            elif key == "data" and inner not in ({"name": ROWS}, {"name": BREAKS}):
                return "it reads other data"
            elif key in ("transform", "params", "usermeta"):
                return f"it has {key}, which can change what is shown"
            elif problem := _specification_problem(inner):
                return problem
    elif isinstance(value, list):
        for item in value:
            if problem := _specification_problem(item):
                return problem
    return ""
