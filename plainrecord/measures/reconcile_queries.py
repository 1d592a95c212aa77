"""The numbers of a reconciliation, each out of a query over the published files of both sources."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from plainrecord.core.exact_numbers import CLOSENESS, exact
from plainrecord.model.counts import SUPPRESSED, CountTable
from plainrecord.model.declarations import Reconciliation
from plainrecord.model.plausibility import FEW_LINES, MOST_LINES, STATUSES
from plainrecord.receipts.axis_names import APART, NO_VALUE, name_absent
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import identifier, literal
from plainrecord.receipts.query import run_counts

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
