"""Reconciliation: two sources about the same thing, side by side, by queries over published files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from plainrecord.ground.engine import expression_problem, identifier, time_limit
from plainrecord.ground.receipts import write_receipt
from plainrecord.model.accounts import (
    Account,
    GroupTotal,
    Line,
    Matched,
    Range,
    Reconciliation,
    SourceSide,
)
from plainrecord.model.evidence import PublishedTable, Receipt
from plainrecord.rules.findings import Finding, suggest
from plainrecord.trials.capture import estimate_range

SECONDS = 60.0
MOST_LINES = 20_000
NO_KEY = "(no value)"


def reconcile_all(
    connection: duckdb.DuckDBPyConnection,
    reconciliations: Sequence[Reconciliation],
    dataset: str,
    published: Sequence[PublishedTable],
    catalogued: Sequence[str] = (),
    base_url: str = "",
) -> tuple[tuple[Account, ...], tuple[Finding, ...]]:
    """What each reconciliation came to, and what kept one from being made."""
    accounts: list[Account] = []
    findings: list[Finding] = []
    for reconciliation in reconciliations:
        got = reconcile_sources(
            connection, reconciliation, dataset, published, catalogued, base_url
        )
        if isinstance(got, Finding):
            findings.append(got)
            continue
        accounts.append(got)
        if got.absence:
            said = f"reconciliation {reconciliation.name}: {got.absence}"
            findings.append(Finding("reconciliation-absent", said, dataset=dataset))
    return tuple(accounts), tuple(findings)


def reconcile_sources(
    connection: duckdb.DuckDBPyConnection,
    reconciliation: Reconciliation,
    dataset: str,
    published: Sequence[PublishedTable],
    catalogued: Sequence[str] = (),
    base_url: str = "",
) -> Account | Finding:
    """What comparing came to, or a finding (reconciliation-invalid) where it cannot be done.

    `connection` is a counter over the files of `published`. A dataset of `catalogued` is known
    but not in this build: the account then says so in `absence`.
    """
    known = {(e.table.dataset, e.table.resource): e for e in published}
    read: list[PublishedTable] = []
    for side in (reconciliation.here, reconciliation.there):
        place = (side.dataset or dataset, side.resource)
        if place in known:
            read.append(known[place])
        elif place[0] in catalogued:
            return Account(
                reconciliation, dataset, absence=f"The dataset {place[0]} is not in this build."
            )
        else:
            hint = suggest(side.resource, [r for d, r in known if d == place[0]])
            return _fail(reconciliation, dataset, f"there is no table {'/'.join(place)}{hint}")
    sources = []
    for side, entry, number in zip(
        (reconciliation.here, reconciliation.there), read, (0, 1), strict=True
    ):
        keys = [(key.here, key.there)[number] for key in reconciliation.keys]
        for text in [*keys, *([side.where] if side.where else [])]:
            if problem := expression_problem(connection, text):
                return _fail(reconciliation, dataset, f"the expression {text!r}: {problem}")
        value = _measure(side, entry)
        if not value:
            return _fail(reconciliation, dataset, f"the measure {side.measure!r} names no released field of numbers")  # fmt: skip
        sources.append(_side_sql(side, keys, value, reconciliation.kind, dataset))
    threshold = max(entry.table.threshold for entry in read)
    run = {"totals": _totals, "records": _records, "overlap": _overlap}[reconciliation.kind]
    sql = run(reconciliation, *sources)
    try:
        connection.execute(f"USE memory.{identifier(dataset)}")
        with time_limit(connection, SECONDS):
            rows = connection.execute(sql).fetchmany(MOST_LINES + 1)
    except duckdb.Error as error:
        return _fail(reconciliation, dataset, str(error).split("\n")[0])
    if len(rows) > MOST_LINES:
        return _fail(
            reconciliation, dataset, f"more than {MOST_LINES:,} lines; choose a coarser grain"
        )
    tables = list({(e.table.dataset, e.table.resource): e for e in read}.values())
    receipt = write_receipt(sql, tables, base_url, len(rows), 0, threshold, dataset=dataset)
    account = Account(reconciliation, dataset)
    if reconciliation.kind == "totals":
        account = _settle(account, rows, threshold)
    else:
        account = _match(account, rows, threshold)
    return replace(account, receipt=_counted(receipt, account.suppressed))


def _fail(reconciliation: Reconciliation, dataset: str, found: str) -> Finding:
    return Finding(
        "reconciliation-invalid",
        f"reconciliation {reconciliation.name}: {found}",
        "released tables and fields of this portal",
        dataset=dataset,
    )


def _counted(receipt: Receipt, suppressed: int) -> Receipt:
    return replace(receipt, suppressed=suppressed)


def _measure(side: SourceSide, entry: PublishedTable) -> str:
    if side.measure == "count":
        return "count(*)"
    kind, _, name = side.measure.partition(":")
    fields = {field.name: field for field in entry.table.fields}
    if kind != "sum" or name not in fields or fields[name].type not in ("integer", "number"):
        return ""
    return f"sum({identifier(name)})"


def _side_sql(side: SourceSide, keys: Sequence[str], value: str, kind: str, dataset: str) -> str:
    """One side as SQL: its keys as text k0, k1…, its number v, the rows behind it."""
    place = identifier(side.resource)
    if side.dataset and side.dataset != dataset:
        place = f"{identifier(side.dataset)}.{place}"
    selected = ", ".join(f"(({text}\n)::VARCHAR) AS k{n}" for n, text in enumerate(keys))
    conditions = [f"({side.where}\n)"] if side.where else []
    if kind == "overlap":  # a thing without a name cannot be matched
        conditions += [f"({text}\n) IS NOT NULL" for text in keys]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {selected}, {value} AS v, count(*) AS n FROM {place}{where} GROUP BY ALL"


def _joined(reconciliation: Reconciliation, here: str, there: str) -> tuple[str, list[str]]:
    names = [f"k{n}" for n in range(len(reconciliation.keys))]
    on = " AND ".join(f"h.{k} IS NOT DISTINCT FROM t.{k}" for k in names)
    keys = ", ".join(f"coalesce(h.{k}, t.{k}) AS {k}" for k in names)
    return (
        f"WITH h AS ({here}), t AS ({there}), lined AS (SELECT {keys}, h.v AS here, t.v AS there, "
        f"h.n AS rows_here, t.n AS rows_there FROM h FULL JOIN t ON {on})"
    ), names


def _totals(reconciliation: Reconciliation, here: str, there: str) -> str:
    lined, names = _joined(reconciliation, here, there)
    return f"{lined} SELECT * FROM lined ORDER BY {', '.join(names)}"


def _records(reconciliation: Reconciliation, here: str, there: str) -> str:
    """Rows as multisets: of each kind of row, as many are in both as the smaller side has."""
    lined, names = _joined(reconciliation, here, there)
    groups = [k for k, key in zip(names, reconciliation.keys, strict=True) if key.total]
    keys = "".join(f"{k}, " for k in groups)
    order = f" GROUP BY {', '.join(groups)} ORDER BY {', '.join(groups)}" if groups else ""
    return (
        f"{lined} SELECT {keys}coalesce(sum(rows_here), 0) AS here, coalesce(sum(rows_there), 0) AS "
        "there, coalesce(sum(least(coalesce(rows_here, 0), coalesce(rows_there, 0))), 0) AS both_ "
        f"FROM lined{order}"
    )


def _overlap(reconciliation: Reconciliation, here: str, there: str) -> str:
    """Different things, however many rows each has."""
    lined, _ = _joined(reconciliation, here, there)
    return f"{lined} SELECT count(rows_here) AS here, count(rows_there) AS there, count(rows_here + rows_there) AS both_ FROM lined"  # fmt: skip


def agree(here: float, there: float, absolute: float, relative: float) -> bool:
    """Whether two numbers differ by no more than the tolerance, absolute or of the larger."""
    return abs(here - there) <= max(absolute, relative * max(abs(here), abs(there)))


def _settle(account: Account, rows: Sequence[tuple[object, ...]], threshold: int) -> Account:
    reconciliation = account.reconciliation
    width = len(reconciliation.keys)
    lines: list[Line] = []
    for row in rows:
        keys = tuple(NO_KEY if cell is None else str(cell) for cell in row[:width])
        here, there = (
            None if cell is None else float(str(cell)) for cell in row[width : width + 2]
        )
        behind = [int(str(cell)) for cell in row[width + 2 :] if cell is not None]
        if any(0 < count < threshold for count in behind):
            lines.append(Line(keys, None, None, "suppressed"))
        elif here is None or there is None:
            status = "differs" if here is None and there is None else "here" if there is None else "there"  # fmt: skip
            lines.append(Line(keys, here, there, status))
        elif here == there:
            lines.append(Line(keys, here, there, "equal"))
        else:
            close = agree(here, there, reconciliation.absolute, reconciliation.relative)
            lines.append(Line(keys, here, there, "within" if close else "differs"))
    return replace(
        account,
        lines=tuple(lines),
        groups=_group(reconciliation, lines),
        suppressed=sum(line.status == "suppressed" for line in lines),
    )


def _group(reconciliation: Reconciliation, lines: Sequence[Line]) -> tuple[GroupTotal, ...]:
    """Totals by the keys that group; a group with a suppressed cell has none, or it could be solved for."""
    places = [n for n, key in enumerate(reconciliation.keys) if key.total]
    grouped: Mapping[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        grouped[tuple(line.keys[n] for n in places)].append(line)
    return tuple(
        GroupTotal(
            keys,
            sum(line.here or 0 for line in inside),
            sum(line.there or 0 for line in inside),
            len(inside),
            sum(line.status != "equal" for line in inside),
        )
        for keys, inside in sorted(grouped.items())
        if not any(line.status == "suppressed" for line in inside)
    )


def _match(account: Account, rows: Sequence[tuple[object, ...]], threshold: int) -> Account:
    kept: list[Matched] = []
    for row in rows:
        here, there, both = (int(str(cell)) for cell in row[-3:])
        keys = tuple(NO_KEY if cell is None else str(cell) for cell in row[:-3])
        if not any(0 < n < threshold for n in (here, there, both, here - both, there - both)):
            kept.append(Matched(keys, here, there, both))
    account = replace(account, matched=tuple(kept), suppressed=len(rows) - len(kept))
    if account.reconciliation.kind == "overlap" and kept:
        found = estimate_range(
            kept[0].here, kept[0].there, kept[0].both, account.reconciliation.fewest
        )
        if isinstance(found, Range):
            return replace(account, estimate=found)
        return replace(account, refusal=found)
    return account
