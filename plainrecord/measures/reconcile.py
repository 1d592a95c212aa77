"""Reconciliation: two sources about the same thing, side by side, by queries over published files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import duckdb

from plainrecord.core.exact_numbers import CLOSENESS, exact
from plainrecord.findings.finding import Finding, suggest
from plainrecord.model.counts import SUPPRESSED, CountTable
from plainrecord.model.declarations import COUNT, Reconciliation, SourceSide
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.plausibility import FEW_LINES, MOST_LINES, STATUSES, ReconciliationResult
from plainrecord.receipts.axis_names import APART, NO_VALUE, name_absent
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import expression_problem, holds_doubles, identifier, literal
from plainrecord.receipts.hidden_cells import REFUSAL
from plainrecord.receipts.query import QueryRefused, run_counts

MOST_TOTALS = 20_000


def reconcile_all(
    connection: duckdb.DuckDBPyConnection,
    reconciliations: Sequence[Reconciliation],
    dataset: str,
    published: Sequence[PublishedTable],
    catalogued: Sequence[str] = (),
) -> tuple[tuple[ReconciliationResult, ...], tuple[Finding, ...]]:
    """What each reconciliation came to, and what kept one from being made."""
    accounts: list[ReconciliationResult] = []
    findings: list[Finding] = []
    for reconciliation in reconciliations:
        try:
            account = reconcile_sources(connection, reconciliation, dataset, published, catalogued)
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
    queries = CountQueries(connection, dataset, tables, unit, threshold)
    rounded = holds_doubles(connection, ["here.v", "there.v"], sides)
    counted = reconcile_totals(queries, reconciliation, *sources, rounded=rounded)
    account = ReconciliationResult(reconciliation, dataset, counted)
    results = counted[0]
    row = dict(zip(results.columns, results.rows[0], strict=True))
    if reconciliation.kind == "totals":
        if int(str(row["lines"])) > MOST_TOTALS:
            raise QueryRefused(f"more than {MOST_TOTALS:,} lines; choose a coarser grain")
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


SAME_SUMS = f"abs(here - there) <= {CLOSENESS!r} * greatest(abs(here), abs(there))"
SAME, WITHIN, DIFFERS, HERE, THERE, FEW = STATUSES


def reconcile_totals(
    queries: CountQueries,
    reconciliation: Reconciliation,
    here: str,
    there: str,
    *,
    rounded: bool = False,
) -> tuple[CountTable, ...]:
    """The tables of counts of a reconciliation; QueryRefused where a query gives nothing.

    `here` and `there` are the sides as SQL: their keys as text k0, k1…, the number v, and in n
    the rows behind it. Numbers that are `rounded`, as sums of doubles are, count as the same where
    they differ by no more than that may cost. A line with too few rows is suppressed,
    and so is each total that includes it.
    """
    lined = _side_by_side(reconciliation, here, there)
    absent = _name_absent(queries, reconciliation, lined)
    if reconciliation.kind == "totals":
        equal = SAME_SUMS if rounded else "here = there"
        return tuple(_totals(queries, reconciliation, lined, absent, equal))
    return tuple(_matched(queries, reconciliation, lined, absent))


def _name(reconciliation: Reconciliation, part: str = "") -> str:
    return f"reconciliations.{reconciliation.name}{'.' * bool(part)}{part}"


def _side_by_side(reconciliation: Reconciliation, here: str, there: str) -> str:
    names = [f"k{n}" for n in range(len(reconciliation.keys))]
    on = " AND ".join(f"h.{k} IS NOT DISTINCT FROM t.{k}" for k in names)
    keys = ", ".join(f"coalesce(h.{k}, t.{k}) AS {k}" for k in names)
    return (
        f"WITH h AS ({here}), t AS ({there}), lined AS (SELECT {keys}, h.v AS here, t.v AS there, "
        f"h.n AS rows_here, t.n AS rows_there FROM h FULL JOIN t ON {on})"
    )


def _name_absent(queries: CountQueries, reconciliation: Reconciliation, lined: str) -> str:
    """What a key without a value is called: as no key of either side is."""
    names = ", ".join(literal(NO_VALUE + APART * n) for n in range(3))
    keys = " UNION ".join(f"SELECT lower(k{n}) FROM lined" for n in range(len(reconciliation.keys)))
    sql = f"{lined} SELECT k FROM ({keys}) AS keys(k) WHERE k IN ({names})"
    taken = run_counts(queries.connection, queries.dataset, sql)
    return name_absent(str(row[0]) for row in taken.rows)


def _named(reconciliation: Reconciliation, places: Sequence[int], absent: str) -> str:
    """The keys at `places` as columns with a maintainer's names for them."""
    return "".join(
        f"coalesce(k{n}, {literal(absent)}) AS {identifier(reconciliation.keys[n].name)}, "
        for n in places
    )


def _grouped(places: Sequence[int]) -> tuple[str, str, str]:
    """The keys at `places` for a SELECT, and GROUP BY and ORDER BY over them."""
    keys = "".join(f"k{n}, " for n in places)
    numbers = ", ".join(str(n + 1) for n in range(len(places)))
    return keys, f" GROUP BY {numbers}" if places else "", f" ORDER BY {numbers}" if places else ""


def _few(count: str, threshold: int) -> str:
    return f"coalesce({count} BETWEEN 1 AND {threshold - 1}, FALSE)"


# Totals: line by line


def _totals(
    queries: CountQueries, reconciliation: Reconciliation, lined: str, absent: str, equal: str
) -> Iterator[CountTable]:
    title, every = reconciliation.title, range(len(reconciliation.keys))
    few = " OR ".join(_few(f"rows_{side}", queries.threshold) for side in ("here", "there"))
    close = f"abs(here - there) <= {exact(reconciliation.absolute)}"
    if reconciliation.relative:
        part, whole = Decimal(str(reconciliation.relative)).as_integer_ratio()
        close += f" OR {whole} * abs(here - there) <= {part} * greatest(abs(here), abs(there))"
    judged = (
        f"{lined}, judged AS (SELECT *, CASE WHEN {few} THEN {literal(FEW)} "
        f"WHEN here IS NULL AND there IS NULL THEN {literal(DIFFERS)} "
        f"WHEN here IS NULL THEN {literal(THERE)} WHEN there IS NULL THEN {literal(HERE)} "
        f"WHEN {equal} THEN {literal(SAME)} WHEN {close} THEN {literal(WITHIN)} "
        f"ELSE {literal(DIFFERS)} END AS result FROM lined)"
    )
    counted = ", ".join(
        f"count(*) FILTER (result = {literal(word)}) AS {identifier(word)}" for word in STATUSES
    )
    unlisted = (
        f"CASE WHEN count(*) <= {FEW_LINES} THEN 0 "
        f"ELSE greatest(count(*) FILTER (result <> {literal(SAME)}) - {MOST_LINES}, 0) END AS unlisted"
    )
    sql = f"{judged} SELECT count(*) AS lines, {counted}, {unlisted} FROM judged"
    results = queries.run(_name(reconciliation), title, sql)
    yield results
    groups = [n for n in every if reconciliation.keys[n].total]
    keys, grouped, order = _grouped(groups)
    totals = (
        f"SELECT {keys}coalesce(sum(here), 0) AS here, coalesce(sum(there), "
        f"0) AS there, count(*) AS lines, count(*) FILTER (result <> {literal(SAME)}) AS differing FROM judged"
        f"{grouped} HAVING count(*) > 0 AND NOT bool_or(result = {literal(FEW)})"
    )
    sums = queries.run(
        _name(reconciliation, "totals"),
        f"{title}: totals",
        f"{judged} SELECT {_named(reconciliation, groups, absent)}here, there, lines, differing "
        f"FROM ({totals}){order}",
    )
    if sums.rows:
        yield sums
    alike = queries.run(
        _name(reconciliation, "alike"),
        f"{title}: equal totals over other lines",
        f"{judged} SELECT count(*) AS totals, count(*) FILTER ({equal} AND differing > 0) AS alike "
        f"FROM ({totals})",
    )
    if alike.rows[0][1]:
        yield alike
    whole = int(results.rows[0][0] or 0) <= FEW_LINES
    where = "" if whole else f" WHERE result <> {literal(SAME)}"
    lines = queries.run(
        _name(reconciliation, "lines"),
        f"{title}: line by line" if whole else f"{title}: lines that are not the same",
        f"{judged} SELECT {_named(reconciliation, every, absent)}here, there, result FROM judged{where} "
        f"ORDER BY {', '.join(f'judged.k{n}' for n in every)} LIMIT {MOST_LINES}",
        lambda row: (*row[:-3], SUPPRESSED, SUPPRESSED, FEW) if row[-1] == FEW else row,
    )
    if lines.rows:
        yield lines


# Records as multisets, and overlap: rows or different things in both


def _matched(
    queries: CountQueries, reconciliation: Reconciliation, lined: str, absent: str
) -> Iterator[CountTable]:
    title, places = reconciliation.title, []
    if reconciliation.kind == "records":
        # Of each kind of row, as many are in both as the smaller side has.
        places = [n for n, key in enumerate(reconciliation.keys) if key.total]
        rows = ", ".join(
            f"coalesce(sum({what}), 0)::BIGINT AS {name}"
            for name, what in (
                ("here", "rows_here"),
                ("there", "rows_there"),
                ("both_", "least(coalesce(rows_here, 0), coalesce(rows_there, 0))"),
            )
        )
    else:  # different things, however many rows each has
        rows = "count(rows_here) AS here, count(rows_there) AS there, count(rows_here + rows_there) AS both_"
    keys, grouped, order = _grouped(places)
    few = " OR ".join(
        _few(count, queries.threshold)
        for count in ("here", "there", "both_", "(here - both_)", "(there - both_)")
    )
    judged = (
        f"{lined}, matched AS (SELECT {keys}{rows} FROM lined{grouped}), "
        f"judged AS (SELECT *, {few} AS few FROM matched)"
    )
    sums = ", ".join(
        f"coalesce(sum({what}) FILTER (NOT few), 0)::BIGINT AS {name}"
        for name, what in (
            ("in_both", "both_"),
            ("only_here", "here - both_"),
            ("only_there", "there - both_"),
        )
    )
    sql = f"{judged} SELECT {sums}, count(*) FILTER (few) AS suppressed FROM judged"
    yield queries.run(_name(reconciliation), title, sql)
    kept = f"SELECT {_named(reconciliation, places, absent)}here, there, both_ FROM judged WHERE NOT few"
    listed = queries.run(
        _name(reconciliation, "matched"), f"{title}: rows matched", f"{judged} {kept}{order}"
    )
    if not listed.rows:
        return
    yield listed
    if reconciliation.kind == "overlap":
        here, there, both = (int(str(cell)) for cell in listed.rows[0])
        if not refuse_estimate(here, there, both, reconciliation.fewest):
            yield queries.run(
                _name(reconciliation, "estimate"),
                f"{title}: how many there are in all",
                f"{judged} {estimate_sql('here', 'there', 'both_', f'({kept})')}",
            )


Z = 1.959964
FEWEST = 7
"""With fewer matches Chapman's estimate is biased (Robson and Regier 1964, Trans. Am. Fish. Soc. 93)."""


def refuse_estimate(here: int, there: int, both: int, fewest: int = FEWEST) -> str:
    """Why no range for all things is given; "" where one may be."""
    fewest = max(fewest, FEWEST)
    if both < fewest:
        return f"Too few are on both lists: with fewer than {fewest:,}, an estimate would be little more than a guess."
    if both in (here, there):
        return "One list lies wholly inside the other, so the overlap says nothing of what both have missed."
    return ""


def estimate_sql(here: str, there: str, both: str, source: str) -> str:
    """A query for the range for all things, listed or not: `low` and `high`, over one row of `source`.

    Chapman's estimator (1951, Univ. Calif. Publ. Stat. 1, 131-160) with its variance (Seber 1982,
    The Estimation of Animal Abundance, 60), and a log-normal interval for the number on neither
    list (Burnham, in Chao 1987, Biometrics 43, 783-791), so that it never falls below what is listed. It
    assumes that being on one list tells nothing of being on the other, that nothing enters or
    leaves, and that all matches are found and right.
    """
    return (
        f"SELECT floor(listed + unseen / spread)::BIGINT AS low, ceil(listed + unseen * spread)::BIGINT "
        f"AS high FROM (SELECT *, exp({Z} * sqrt(ln(1 + variance / (unseen * unseen)))) AS spread "
        "FROM (SELECT *, greatest((a + 1) * (b + 1) / (c + 1) - 1 - listed, 0.5) AS unseen, "
        "(a + 1) * (b + 1) * (a - c) * (b - c) / ((c + 1) * (c + 1) * (c + 2)) AS variance "
        f"FROM (SELECT {here}::DOUBLE AS a, {there}::DOUBLE AS b, {both}::DOUBLE AS c, a + b - c AS "
        f"listed FROM {source})))"
    )
