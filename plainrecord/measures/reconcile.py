"""Reconciliation: two sources about the same thing, side by side, by queries over published files."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from plainrecord.findings.finding import Finding, suggest
from plainrecord.measures.reconcile_queries import reconcile_totals, refuse_estimate
from plainrecord.model.declarations import COUNT, Reconciliation, SourceSide
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.plausibility import STATUSES, ReconciliationResult
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import expression_problem, holds_doubles, identifier
from plainrecord.receipts.hidden_cells import REFUSAL
from plainrecord.receipts.query import QueryRefused

MOST_LINES = 20_000


def reconcile_all(
    connection: duckdb.DuckDBPyConnection,
    reconciliations: Sequence[Reconciliation],
    dataset: str,
    published: Sequence[PublishedTable],
    catalogued: Sequence[str] = (),
    base_url: str = "",
) -> tuple[tuple[ReconciliationResult, ...], tuple[Finding, ...]]:
    """What each reconciliation came to, and what kept one from being made."""
    accounts: list[ReconciliationResult] = []
    findings: list[Finding] = []
    for reconciliation in reconciliations:
        try:
            account = reconcile_sources(
                connection, reconciliation, dataset, published, catalogued, base_url
            )
        except QueryRefused as refused:
            message = f"reconciliation {reconciliation.name}: {refused.reason}"
            expected = "released tables and fields of this portal"
            findings.append(Finding("reconciliation-invalid", message, expected, dataset=dataset))
            continue
        accounts.append(account)
        if account.absence:
            message = f"reconciliation {reconciliation.name}: {account.absence}"
            findings.append(Finding("reconciliation-absent", message, dataset=dataset))
    return tuple(accounts), tuple(findings)


def reconcile_sources(
    connection: duckdb.DuckDBPyConnection,
    reconciliation: Reconciliation,
    dataset: str,
    published: Sequence[PublishedTable],
    catalogued: Sequence[str] = (),
    base_url: str = "",
) -> ReconciliationResult:
    """What comparing came to, or its `absence`; QueryRefused where it cannot be done."""
    known = {(e.table.dataset, e.table.resource): e for e in published}
    read: list[PublishedTable] = []
    for side in (reconciliation.here, reconciliation.there):
        source_key = (side.dataset or dataset, side.resource)
        if source_key in known:
            read.append(known[source_key])
        elif source_key[0] in catalogued:
            return ReconciliationResult(
                reconciliation,
                dataset,
                absence=f"The dataset {source_key[0]} is not in this build.",
            )
        else:
            hint = suggest(side.resource, [r for d, r in known if d == source_key[0]])
            raise QueryRefused(f"there is no table {'/'.join(source_key)}{hint}")
    sources = []
    for side, entry, number in zip(
        (reconciliation.here, reconciliation.there), read, (0, 1), strict=True
    ):
        keys = [(key.here, key.there)[number] for key in reconciliation.keys]
        for text in [*keys, *([side.where] if side.where else [])]:
            if problem := expression_problem(connection, text):
                raise QueryRefused(f"the expression {text!r}: {problem}")
        if entry.table.rows and side.where and _is_empty(connection, side, dataset):
            raise QueryRefused(f"no row meets the condition {side.where!r}")
        if entry.table.holds_counts and (refusal := _refuse_counts(connection, side, dataset)):
            raise QueryRefused(refusal)
        value = _measure(side, entry)
        if not value:
            raise QueryRefused(f"the measure {side.measure!r} names no released field of numbers")
        sources.append(_side_sql(side, keys, value, reconciliation.kind, dataset))
    sides = f"({sources[0]}) AS here FULL JOIN ({sources[1]}) AS there ON FALSE"
    tables = list({(e.table.dataset, e.table.resource): e for e in read}.values())
    unit, threshold = read[0].table.unit, max(entry.table.threshold for entry in read)
    queries = CountQueries(connection, dataset, tables, unit, threshold, base_url)
    rounded = holds_doubles(connection, ["here.v", "there.v"], sides)
    counted = reconcile_totals(queries, reconciliation, *sources, rounded=rounded)
    account = ReconciliationResult(reconciliation, dataset, counted)
    results = counted[0]
    row = dict(zip(results.columns, results.rows[0], strict=True))
    if reconciliation.kind == "totals":
        if int(str(row["lines"])) > MOST_LINES:
            raise QueryRefused(f"more than {MOST_LINES:,} lines; choose a coarser grain")
        return replace(account, suppressed=int(str(row[STATUSES[-1]])))
    account = replace(account, suppressed=int(str(row["suppressed"])))
    matched = account.table("matched")
    if reconciliation.kind == "overlap" and matched:
        here, there, both = (int(str(cell)) for cell in matched.rows[0])
        refusal = refuse_estimate(here, there, both, reconciliation.fewest)
        return replace(account, refusal=refusal)
    return account


def _measure(side: SourceSide, entry: PublishedTable) -> str:
    if side.measure == "count":
        return "count(*)"
    kind, _, name = side.measure.partition(":")
    fields = {field.name: field for field in entry.table.fields}
    if kind != "sum" or name not in fields or fields[name].type not in ("integer", "number"):
        return ""
    return f"sum({identifier(name)})"


def _refuse_counts(connection: duckdb.DuckDBPyConnection, side: SourceSide, dataset: str) -> str:
    """Why a side cannot be taken from a table of counts; "" where it can."""
    if side.measure == "count":
        return f"{side.resource} has counts, not rows: the measure is sum:{COUNT}"
    shown = f"({side.where}\n) AND " if side.where else ""
    hidden = side.model_copy(update={"where": f"{shown}{COUNT} IS NULL"})
    return "" if _is_empty(connection, hidden, dataset) else REFUSAL


def _is_empty(connection: duckdb.DuckDBPyConnection, side: SourceSide, dataset: str) -> bool:
    """Whether no row meets the condition of a side; False where that cannot be computed."""
    table = f"{identifier(side.dataset or dataset)}.{identifier(side.resource)}"
    try:
        return not connection.execute(
            f"SELECT 1 FROM {table} WHERE ({side.where}\n) LIMIT 1"
        ).fetchall()
    except duckdb.Error:
        return False  # the comparison says why


def _side_sql(side: SourceSide, keys: Sequence[str], value: str, kind: str, dataset: str) -> str:
    """One side as SQL: its keys as text k0, k1…, its number v, the rows behind it."""
    table = f"{identifier(side.dataset or dataset)}.{identifier(side.resource)}"
    selected = ", ".join(f"(({text}\n)::VARCHAR) AS k{n}" for n, text in enumerate(keys))
    conditions = [f"({side.where}\n)"] if side.where else []
    if kind == "overlap":  # a thing without a name cannot be matched
        conditions += [f"({text}\n) IS NOT NULL" for text in keys]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {selected}, {value} AS v, count(*) AS n FROM {table}{where} GROUP BY ALL"
