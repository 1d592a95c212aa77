"""The specification that a chart is drawn from in a browser, held against its receipt."""

from __future__ import annotations

from plainrecord.core.strict_json import Json, parse_json
from plainrecord.findings.finding import Finding
from plainrecord.receipts.chart_rows import BREAKS, ROWS, plot_breaks, plot_rows
from plainrecord.receipts.sheet import Proof

LONGEST_TOLD = 500
_APART = ("$schema", "datasets")
"""Keys of a specification that are compared by themselves, or tell a version alone."""


def compare_specification(proof: Proof, content: bytes, drawn: Json = None) -> tuple[Finding, ...]:
    """Where the specification of a chart holds other numbers than its receipt.

    `drawn` is the specification as made from the receipt again, whose axes, marks and words must be
    the same; None where other tools may have written it in another way.
    """
    try:
        document = parse_json(content)
    except ValueError as error:
        document, problem = None, str(error)
    else:
        problem = _specification_problem(document)
    if problem:
        found = f"{proof.id}: the specification cannot be compared: {problem}"
        return (Finding("page-differs", found, "the series of the receipt", file=proof.spec),)
    sets = document.get("datasets") if isinstance(document, dict) else None
    rows = sets.get(ROWS) if isinstance(sets, dict) else None
    rules = sets.get(BREAKS, []) if isinstance(sets, dict) else []
    if rules != plot_breaks(proof.breaks):
        found = f"{proof.id}: the chart is broken at {rules}"
        expected = str(plot_breaks(proof.breaks))
        return (Finding("page-differs", found, expected, file=proof.spec),)
    try:
        wanted = plot_rows(proof.drawn, proof.series, proof.breaks)
    except (KeyError, ValueError, TypeError):
        wanted = []
    if rows == wanted:
        return _compare_frames(proof, document, drawn)
    listed = rows if isinstance(rows, list) else []
    pairs = zip(listed, wanted, strict=False)
    first = next((n for n, (one, two) in enumerate(pairs) if one != two), len(wanted))
    said = listed[first] if first < len(listed) else "nothing"
    right = wanted[first] if first < len(wanted) else "nothing"
    found = f"{proof.id}: mark {first + 1} of the chart is {said}"
    return (Finding("page-differs", found, str(right), file=proof.spec),)


def _compare_frames(proof: Proof, document: Json, drawn: Json) -> tuple[Finding, ...]:
    """Where a specification shows the right rows in another way than the receipt's."""
    if not isinstance(drawn, dict) or not isinstance(document, dict):
        return ()
    for key in sorted({*document, *drawn} - set(_APART)):
        if document.get(key) != drawn.get(key):
            found = f"{proof.id}: {key} of the chart is {document.get(key)!r}"[:LONGEST_TOLD]
            wanted = f"{drawn.get(key)!r}"[:LONGEST_TOLD]
            return (Finding("page-differs", found, wanted, file=proof.spec),)
    return ()


def _specification_problem(value: Json) -> str:
    """Why a chart could show other data than its own rows; empty where it could not."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "datasets" and isinstance(inner, dict):
                if not {ROWS} <= set(inner) <= {ROWS, BREAKS}:
                    return "it holds other data sets"
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
