"""What a figure counts: records where its query counts rows, and nothing known where it does not."""

import json
from collections.abc import Mapping

import duckdb

from plainrecord.core.strict_json import Json, items_in, reach
from plainrecord.model.evidence import PublishedTable
from plainrecord.receipts.engine import walk_nodes

_COUNTS = frozenset({"count_star", "count", "count_if", "countif"})
_AVERAGES = frozenset({"avg", "mean", "sum"})


def row_unit(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    dataset: str,
    read: Mapping[tuple[str, str], PublishedTable],
) -> str:
    """The unit of the table whose rows a figure counts (counts, sums of constants); "" else."""
    row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    tree: Json = json.loads(row[0]) if row else None
    node = reach(next(iter(items_in(tree, "statements")), None), "node")
    source = reach(node, "from_table")
    if not isinstance(node, dict) or not isinstance(source, dict):
        return ""
    if source.get("type") != "BASE_TABLE" or node.get("group_expressions"):
        return ""
    if reach(node, "cte_map", "map"):
        return ""
    key = (str(source.get("schema_name") or dataset), str(source.get("table_name")))
    selected = node.get("select_list")
    if key not in read or not isinstance(selected, list) or len(selected) != 1:
        return ""
    return read[key].table.unit if _counts_rows(selected[0]) else ""


def _counts_rows(expression: Json) -> bool:
    """Whether an expression is made of counts of rows and of constants, with one count or more."""
    if not isinstance(expression, dict):
        return False
    counted, loose = 0, False
    pending: list[Json] = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending += part
        elif isinstance(part, dict):
            kind, name = part.get("class"), str(part.get("function_name")).lower()
            if kind in ("COLUMN_REF", "SUBQUERY", "WINDOW"):
                loose = True
            elif kind == "FUNCTION" and _counts(part, name):
                counted += 1
            else:
                pending += part.values()
    return counted > 0 and not loose


def _counts(call: dict[str, Json], name: str) -> bool:
    """Whether a function counts rows."""
    if call.get("distinct"):
        return False
    return name in _COUNTS or (name in _AVERAGES and _of_constants(call))


def _of_constants(call: dict[str, Json]) -> bool:
    """Whether a sum or an average is one of a CASE whose results are constants."""
    given = call.get("children") or call.get("arguments")  # as older and newer engines name them
    case = given[0] if isinstance(given, list) and len(given) == 1 else None
    case = case.get("expression", case) if isinstance(case, dict) else None
    if not isinstance(case, dict) or case.get("class") != "CASE":
        return False
    results = [case.get("else_expr")]
    results += [reach(check, "then_expr") for check in items_in(case, "case_checks")]
    nodes = [node for result in results for node in walk_nodes(result)]
    return not any(node.get("class") in ("COLUMN_REF", "SUBQUERY", "FUNCTION") for node in nodes)
