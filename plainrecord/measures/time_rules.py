"""Rules about how records lie in time: periods, days, offices."""

from __future__ import annotations

from plainrecord.core.exact_numbers import exact
from plainrecord.measures.rule_query import (
    MOST_SHOWN,
    RuleQuery,
    count_row,
    count_unlisted,
    name_row,
    number_of,
    percent,
    shown_rows,
)
from plainrecord.model.counts import label, number, show
from plainrecord.model.packages import MissingKind
from plainrecord.model.plausibility import Outcome
from plainrecord.readers.gaps_in_time import (
    FEWEST_MONTHS,
    SHORTEST_GAP,
    USUAL_DAY,
    USUAL_MONTH,
    read_calendar,
)
from plainrecord.receipts.counting import keep_all
from plainrecord.receipts.engine import identifier, literal

PLACES = 12
"""Shares are compared to so many places: a share is a quotient, which no decimal holds exactly."""


def check_stale(query: RuleQuery) -> Outcome:
    """Which periods hold the same rows as an earlier one, compared by a sum of row hashes."""
    rule = query.rule
    names = rule.fields or tuple(n for n in query.fields if n != rule.date)
    hashed = ", ".join(query.column(name) for name in names)
    prints = (
        f"WITH prints AS (SELECT {query.period()} AS period, count(*) AS n, sum(hash({hashed})"
        f"::HUGEINT) AS print FROM {query.source} GROUP BY 1 HAVING period IS NOT NULL AND n >= "
        f"{max(rule.fewest or 10, query.threshold)}), told AS (SELECT period, n, first_value(period) "
        "OVER (PARTITION BY n, print ORDER BY period) AS earlier FROM prints)"
    )
    found = "count(*) FILTER (earlier <> period)"
    totals = query.count(
        "",
        f"{prints} SELECT count(*) AS periods, {found} AS repeated, "
        f"greatest({found} - {MOST_SHOWN}, 0) AS unlisted FROM told",
        keep_all,
    )
    periods, repeated, _ = (int(number_of(cell)) for cell in totals.rows[0])
    if periods < 2:
        return query.not_applicable("Fewer than two periods have enough rows to compare.")
    said = (
        *((show(totals, "1.2"), " of ") if repeated else ("None of ",)),
        *number(show(totals, "1.1"), "period", "periods"),
        f" {'hold' if repeated > 1 else 'holds'} exactly the same rows as an earlier period.",
    )
    if not repeated:
        return query.outcome(False, said)
    listed = query.count(
        "listed",
        f"{prints} SELECT period, earlier, n FROM told WHERE earlier <> period ORDER BY period "
        f"LIMIT {MOST_SHOWN}",
    )
    rows = shown_rows(listed, names=2, numbers=1)
    heads = ("Period", "Same as", "Rows")
    return query.outcome(True, said, heads, rows, left_out=count_unlisted(totals))


def check_swapped(query: RuleQuery) -> Outcome:
    """Whether two categories changed places: each has the share that the other used to have.

    The usual share is the middle one of the six periods before. Compared are the twelve largest
    categories; a cell with fewer rows than the threshold is left out.
    """
    rule = query.rule
    fewest, limit = rule.fewest or 2, rule.limit or 0.05
    amount = f"coalesce(sum({query.number(rule.value)}), 0)" if rule.value else "count(*)"
    usual = "WINDOW w AS (PARTITION BY category ORDER BY place ROWS BETWEEN 6 PRECEDING AND 1 PRECEDING)"
    crossed = "abs(a.share - b.usual) + abs(b.share - a.usual)"
    found = (
        f"WITH cells AS (SELECT {query.period()} AS period, {query.texts([rule.field])[0]} AS category, "
        f"{amount} AS n FROM {query.source} GROUP BY 1, 2 HAVING period IS NOT NULL AND count(*) >= "
        f"{query.threshold}), periods AS (SELECT period, sum(n) AS total, row_number() OVER (ORDER BY "
        "period) AS place FROM cells GROUP BY 1 HAVING sum(n) > 0), largest AS (SELECT category, "
        "row_number() OVER (ORDER BY sum(n) DESC, category) AS rank FROM cells GROUP BY 1 QUALIFY rank "
        "<= 12), shares AS (SELECT period, place, category, rank, coalesce(n, 0) / total AS share FROM "
        "periods CROSS JOIN largest LEFT JOIN cells USING (period, category)), told AS (SELECT *, "
        f"median(share) OVER w AS usual FROM shares {usual}), found AS (SELECT a.period, a.rank AS first, "
        "b.rank AS second, a.category AS one, a.usual AS one_usual, a.share AS one_now, b.category AS "
        "other, b.usual AS other_usual, b.share AS other_now FROM told a JOIN told b ON a.place = b.place "
        f"AND a.rank < b.rank WHERE a.place > {fewest} AND round(abs(a.usual - b.usual), {PLACES}) >= {limit!r} "
        f"AND round({crossed} - (abs(a.share - a.usual) + abs(b.share - b.usual)) / 4, {PLACES}) < 0)"
    )
    totals = query.count(
        "",
        f"{found} SELECT greatest((SELECT count(*) FROM periods) - {fewest}, 0) AS compared, "
        f"count(DISTINCT period) AS swapped, greatest(count(*) - {MOST_SHOWN}, 0) AS unlisted, "
        "(SELECT count(*) FROM largest) > 1 AS several FROM found",
        keep_all,
    )
    compared, swapped, _, several = totals.rows[0]
    if not (compared and several):
        return query.not_applicable("There is too little history to compare with.")
    said = (
        *(("In ", show(totals, "1.2"), " of ") if swapped else ("In none of ",)),
        *number(show(totals, "1.1"), "period", "periods"),
        f" {'' if swapped else 'do '}two categories have each other’s usual share.",
    )
    if not swapped:
        return query.outcome(False, said)
    shares = ", ".join(
        f"format('{{:.1f}}%', 100 * {name}) AS {name}"
        for name in ("one_usual", "one_now", "other_usual", "other_now")
    )
    listed = query.count(
        "listed",
        f"{found} SELECT period, one, other, {shares} FROM found ORDER BY period, first, second "
        f"LIMIT {MOST_SHOWN}",
        keep_all,
    )
    rows = [
        (
            *name_row(listed, n, (1, 2)),
            *count_row(listed, n, (4, 5)),
            label(listed, f"{n}.3"),
            *count_row(listed, n, (6, 7)),
        )
        for n in range(1, len(listed.rows) + 1)
    ]
    heads = ("Period", "One", "Usual share", "Share now", "Other", "Usual share", "Share now")
    return query.outcome(True, said, heads, rows, left_out=count_unlisted(totals))


def check_one_day(query: RuleQuery) -> Outcome:
    """Whether one day holds most records of its period."""
    rule = query.rule
    if not query.days():
        return query.not_applicable("The day is not published, so this cannot be checked.")
    day, limit = query.column(rule.date), rule.limit or 0.5
    peaks = (
        f"WITH days AS (SELECT {query.period()} AS period, strftime({day}, '%Y-%m-%d') AS day, "
        f"count(*) AS n FROM {query.source} GROUP BY 1, 2 HAVING day IS NOT NULL), "
        "ranked AS (SELECT *, max(n) OVER (PARTITION BY period) AS peak FROM days), "
        "peaks AS (SELECT period, min(day) FILTER (WHERE n = peak) AS day, max(n) AS most, sum(n) AS "
        f"total FROM ranked GROUP BY period HAVING total >= {rule.fewest or 20} AND max(n) >= "
        f"{query.threshold}), told AS (SELECT *, most >= {exact(limit)} * total AS high FROM peaks)"
    )
    found = "count(*) FILTER (high)"
    totals = query.count(
        "",
        f"{peaks} SELECT count(*) AS periods, {found} AS found, "
        f"greatest({found} - {MOST_SHOWN}, 0) AS unlisted FROM told",
        keep_all,
    )
    periods, high, _ = (int(number_of(cell)) for cell in totals.rows[0])
    if not periods:
        return query.not_applicable("No period has enough records.")
    listed = query.count(
        "listed",
        f"{peaks} SELECT period, day, most, total FROM told{' WHERE high' if high else ''} "
        f"ORDER BY most / total DESC, period LIMIT {MOST_SHOWN if high else 5}",
    )
    rows = [
        (
            *name_row(listed, n, (1, 2)),
            *(show(listed, f"{n}.{cells}") for cells in ("3", "4", f"3/{n}.4")),
        )
        for n in range(1, len(listed.rows) + 1)
    ]
    said = (
        *(("In ", show(totals, "1.2"), " of ") if high else ("In none of ",)),
        *number(show(totals, "1.1"), "period", "periods"),
        f" {'one day holds' if high else 'does one day hold'} {percent(limit)} or more of the records. The highest share is that of ",
        label(listed, "1.2"),
        ": ",
        show(listed, "1.3"),
        " of ",
        show(listed, "1.4"),
        " in ",
        label(listed, "1.1"),
        ", ",
        show(listed, "1.3/1.4"),
        ".",
    )
    heads = ("Period", "Day", "Records of the day", "Records of the period", "Share")
    return query.outcome(bool(high), said, heads, rows, left_out=count_unlisted(totals))


def check_gaps(query: RuleQuery) -> Outcome:
    """Which stretches of time have no records, where months, or days, have many as a rule.

    Where a month is empty, empty months are told, else stretches of days: of four or more, and
    three times as long as 99 of 100 stretches are. `readers.gaps_in_time` warns of the same.
    """
    if not query.days():
        return query.not_applicable("The day is not published, so this cannot be checked.")
    gap = "date_diff('{unit}', {unit}, lead({unit}) OVER (ORDER BY {unit})) - 1"
    name = "strftime({}, '%Y-%m')"
    step = "{}::VARCHAR"
    found = (
        f"WITH days AS (SELECT {query.column(query.rule.date)}::DATE AS day, count(*) AS n FROM "
        f"{query.source} GROUP BY 1 HAVING day IS NOT NULL), months AS (SELECT date_trunc('month', day)"
        "::DATE AS month, sum(n) AS n FROM days GROUP BY 1), known AS (SELECT count(*) AS months, "
        "coalesce(median(n), 0) AS usual FROM months), by_month AS (SELECT month, "
        f"{gap.format(unit='month')} AS gap FROM months), by_day AS (SELECT day, "
        f"{gap.format(unit='day')} AS gap FROM days), ranked AS (SELECT *, row_number() OVER (ORDER BY "
        "gap) AS place, count(*) OVER () AS steps FROM by_day WHERE gap IS NOT NULL), edge AS (SELECT "
        f"greatest({SHORTEST_GAP}, 3 * max(gap) FILTER (place = steps * 99 // 100 + 1)) AS shortest FROM "
        f"ranked), found AS (SELECT {name.format('month + INTERVAL 1 MONTH')} AS first, "
        f"{name.format('month + to_months(gap::INTEGER)')} AS last FROM by_month WHERE gap > 0 UNION ALL "
        f"SELECT {step.format('(day + 1)')}, {step.format('(day + gap::INTEGER)')} FROM by_day, edge "
        "WHERE gap >= shortest AND NOT EXISTS (SELECT 1 FROM by_month WHERE gap > 0) AND (SELECT "
        f"median(n) FROM days) >= {USUAL_DAY})"
    )
    totals = query.count(
        "",
        f"{found} SELECT (SELECT min(day)::VARCHAR FROM days) AS first, (SELECT max(day)::VARCHAR FROM "
        f"days) AS last, count(*) AS stretches, greatest(count(*) - {MOST_SHOWN}, 0) AS unlisted, (SELECT "
        f"months >= {FEWEST_MONTHS} AND usual >= {USUAL_MONTH} FROM known) AS enough FROM found",
        keep_all,
    )
    stretches, _, enough = totals.rows[0][2:]
    if not enough:
        return query.not_applicable("There are too few months or records for a result.")
    said = (
        "From ",
        label(totals, "1.1"),
        " to ",
        label(totals, "1.2"),
        f" there {'are' if int(number_of(stretches)) > 1 else 'is'} ",
        *((show(totals, "1.3"), " ") if stretches else ("no ",)),
        f"{'stretches' if int(number_of(stretches)) > 1 else 'stretch'} without records.",
    )
    if not stretches:
        return query.outcome(False, said)
    listed = query.count(
        "listed",
        f"{found} SELECT CASE WHEN first = last THEN first ELSE first || ' to ' || last END AS stretch "
        f"FROM found ORDER BY first LIMIT {MOST_SHOWN}",
        keep_all,
    )
    rows = shown_rows(listed, names=1)
    return query.outcome(True, said, ("Without records",), rows, left_out=count_unlisted(totals))


def check_ending(query: RuleQuery) -> Outcome:
    """Whether the last month breaks off."""
    rule = query.rule
    if not query.days():
        return query.not_applicable("The day is not published, so this cannot be checked.")
    day = query.column(rule.date)
    rows = query.run(
        f"SELECT strftime({day}, '%Y-%m-%d') AS day, count(*) AS n FROM {query.source} GROUP BY 1 "
        "HAVING day IS NOT NULL ORDER BY 1"
    )
    seen = read_calendar({str(day): int(number_of(n)) for day, n in rows})
    if not seen.enough:
        return query.not_applicable("There are too few months or records for a result.")
    months = (
        f"WITH months AS (SELECT strftime({day}, '%Y-%m') AS month, max({day}) AS day, count(*) AS n "
        f"FROM {query.source} GROUP BY 1 HAVING month IS NOT NULL), ranked AS (SELECT *, row_number() "
        "OVER (ORDER BY month DESC) AS place FROM months)"
    )
    end = "strftime(max(day), '%Y-%m-%d') AS last_day"
    if not seen.last:
        last = query.count("", f"{months} SELECT {end} FROM ranked")
        ending = ("The records end on ", label(last, "1.1"), ". The last month looks complete.")
        return query.outcome(False, ending)
    last = query.count(
        "",
        f"{months} SELECT {end}, (any_value(n) FILTER (place = 1))::BIGINT AS final, "
        f"round(median(n) FILTER (place BETWEEN 2 AND {FEWEST_MONTHS + 1}))::BIGINT AS before "
        "FROM ranked",
    )
    cut = (
        "The records end on ",
        label(last, "1.1"),
        ". The last month has ",
        *number(query.number_words(last, "1.2"), "record", "records"),
        ", the months before about ",
        query.number_words(last, "1.3"),
        ".",
    )
    return query.outcome(True, cut)


def check_unknown(query: RuleQuery) -> Outcome:
    """Whether the share of unknown or missing values of a field rises. Withheld ones are apart.

    The trend is tested after Mann (1945, Econometrica 13, 245-259) and Kendall, with z of 1.96
    or more; and the last third must stand above the first by `limit` (5 percentage points).
    """
    rule = query.rule
    field = query.field(rule.field)
    name = identifier(field.name)
    held = [m.value for m in field.missing_values if m.kind == MissingKind.WITHHELD]
    if field.marks_apart and held:
        marks = ", ".join(map(literal, held))
        withheld = f"{name} IS NULL AND {identifier(field.mark_column)} IN ({marks})"
    else:
        withheld = f"{name} IS NULL" if held else "FALSE"
    words = ", ".join(map(literal, rule.unknown))
    named = f" OR {name}::VARCHAR IN ({words})" if words else ""
    small = " AND ".join(
        f"(coalesce({cell}, 0) = 0 OR {cell} >= {query.threshold})"
        for cell in ("n", "unknown", "withheld")
    )
    kept = (
        f"WITH counted AS (SELECT {query.period()} AS period, count(*) AS n, count(*) FILTER (({name} "
        f"IS NULL AND NOT coalesce({withheld}, FALSE)){named}) AS unknown, count(*) FILTER ({withheld}) "
        f"AS withheld FROM {query.source} GROUP BY 1 HAVING period IS NOT NULL AND n >= "
        f"{rule.fewest or 20}), kept AS (SELECT *, unknown / n AS share, row_number() OVER (ORDER BY "
        f"period) AS place, greatest(1, count(*) OVER () // 3) AS third, count(*) OVER () AS periods "
        f"FROM counted WHERE {small})"
    )
    told = query.run(f"{kept} SELECT share FROM kept ORDER BY place")
    if len(told) < 5:
        return query.not_applicable("There are fewer than five periods that can be compared.")
    first = "avg(share) FILTER (place <= third)"
    last = "avg(share) FILTER (place > periods - third)"
    judged = query.count(
        "",
        f"{kept}, pairs AS (SELECT coalesce(sum(sign(b.share - a.share)), 0) AS score FROM kept a JOIN "
        "kept b ON a.place < b.place), ties AS (SELECT sum(t * (t - 1) * (2 * t + 5)) AS tied FROM "
        "(SELECT count(*) AS t FROM kept GROUP BY share)), "
        f"ends AS (SELECT {first} AS first, {last} AS last, any_value(periods) AS n FROM kept), "
        "spread AS (SELECT *, (n * (n - 1) * (2 * n + 5) - tied) / 18 AS spread FROM ends, pairs, ties), "
        "tested AS (SELECT *, CASE WHEN spread <= 0 OR score = 0 THEN 0 ELSE (score - sign(score)) / "
        "sqrt(spread) END AS z FROM spread) SELECT format('{:.1f}%', 100 * first) AS first, "
        "format('{:.1f}%', 100 * last) AS last, format('{:.1f}', z::DOUBLE) AS trend, "
        f"greatest(n - {MOST_SHOWN}, 0) AS unlisted, z >= 1.96 AND round(last - first, {PLACES}) "
        f">= {rule.limit or 0.05!r} AS noticed FROM tested",
        keep_all,
    )
    said = (
        "Unknown or missing went from ",
        show(judged, "1.1"),
        " in the first third of the periods to ",
        show(judged, "1.2"),
        " in the last. A test for trends gives ",
        show(judged, "1.3"),
        "; by chance alone it rarely reaches 1.96.",
    )
    listed = query.count(
        "listed",
        f"{kept} SELECT period, n, unknown, withheld FROM kept ORDER BY place LIMIT {MOST_SHOWN}",
    )
    rows = [
        (
            label(listed, f"{n}.1"),
            *(show(listed, f"{n}.{cells}") for cells in ("2", "3", f"3/{n}.2", "4")),
        )
        for n in range(1, len(listed.rows) + 1)
    ]
    heads = ("Period", "Rows", "Unknown or missing", "Share", "Withheld (not counted)")
    noticed = judged.rows[0][4] is True
    return query.outcome(noticed, said, heads, rows, left_out=count_unlisted(judged))
