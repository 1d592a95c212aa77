"""Rules about how records lie in time: periods, days, offices."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from statistics import median

from plainrecord.ground.countings import keep_all
from plainrecord.ground.engine import identifier, literal
from plainrecord.model.counts import label, show
from plainrecord.model.packages import MissingKind
from plainrecord.model.trials import Outcome
from plainrecord.tables.calendars import FEWEST_MONTHS, read_calendar
from plainrecord.trials.inquiry import (
    MOST_SHOWN,
    Inquiry,
    count_row,
    count_unlisted,
    name_row,
    number_of,
    percent,
)


def try_stale(asked: Inquiry) -> Outcome:
    """Which periods hold the same rows as an earlier one, compared by a sum of row hashes."""
    trial = asked.trial
    names = trial.fields or tuple(n for n in asked.fields if n != trial.date)
    hashed = ", ".join(asked.column(name) for name in names)
    prints = (
        f"WITH prints AS (SELECT {asked.period()} AS period, count(*) AS n, sum(hash({hashed})"
        f"::HUGEINT) AS print FROM {asked.source} GROUP BY 1 HAVING period IS NOT NULL AND n >= "
        f"{max(trial.fewest or 10, asked.threshold)}), told AS (SELECT period, n, first_value(period) "
        "OVER (PARTITION BY n, print ORDER BY period) AS earlier FROM prints)"
    )
    found = "count(*) FILTER (earlier <> period)"
    totals = asked.count(
        "",
        f"{prints} SELECT count(*) AS periods, {found} AS repeated, "
        f"greatest({found} - {MOST_SHOWN}, 0) AS unlisted FROM told",
        keep_all,
    )
    periods, repeated, _ = (int(number_of(cell)) for cell in totals.rows[0])
    if periods < 2:
        return asked.idle("There are not two periods with enough rows to compare.")
    said = (
        show(totals, "1.2"),
        " of ",
        show(totals, "1.1"),
        " periods hold exactly the same rows as an earlier period.",
    )
    if not repeated:
        return asked.outcome(False, said)
    listed = asked.count(
        "listed",
        f"{prints} SELECT period, earlier, n FROM told WHERE earlier <> period ORDER BY period "
        f"LIMIT {MOST_SHOWN}",
    )
    rows = [
        (*name_row(listed, n, (1, 2)), *count_row(listed, n, (3,)))
        for n in range(1, len(listed.rows) + 1)
    ]
    heads = ("Period", "Same as", "Rows")
    return asked.outcome(True, said, heads, rows, left_out=count_unlisted(totals))


def try_swapped(asked: Inquiry) -> Outcome:
    """Whether two categories changed places: each has the share that the other used to have."""
    trial = asked.trial
    name = asked.texts([trial.field])[0]
    amount = f"sum({asked.number(trial.value)})" if trial.value else "count(*)"
    rows = asked.ask(
        f"SELECT {asked.period()} AS period, {name} AS category, {amount} AS n, count(*) AS behind FROM {asked.source} "
        "GROUP BY 1, 2 HAVING period IS NOT NULL ORDER BY 1, 2"
    )
    amounts: dict[str, dict[str, float]] = defaultdict(dict)
    totals: dict[str, float] = defaultdict(float)
    for period, category, n, behind in rows:
        if asked.shown(behind) is not None:
            amounts[str(period)][str(category)] = number_of(n)
            totals[str(category)] += number_of(n)
    shares = {
        period: {c: n / sum(values.values()) for c, n in values.items()}
        for period, values in amounts.items()
        if sum(values.values()) > 0
    }
    periods, fewest = sorted(shares), trial.fewest or 2
    if len(periods) <= fewest or len(totals) < 2:
        return asked.idle("There is too little history to compare with.")
    leading = sorted(totals, key=lambda c: (-totals[c], c))[:12]
    found: list[tuple[str, ...]] = []
    for number, period in enumerate(periods[fewest:], start=fewest):
        earlier = periods[max(0, number - 6) : number]
        usual = {c: median(shares[p].get(c, 0.0) for p in earlier) for c in leading}
        for a, b in combinations(leading, 2):
            now_a, now_b = shares[period].get(a, 0.0), shares[period].get(b, 0.0)
            as_was = abs(now_a - usual[a]) + abs(now_b - usual[b])
            crossed = abs(now_a - usual[b]) + abs(now_b - usual[a])
            if abs(usual[a] - usual[b]) >= (trial.limit or 0.05) and crossed < as_was / 4:
                found.append((period, a, f"{percent(usual[a])} → {percent(now_a)}",
                              b, f"{percent(usual[b])} → {percent(now_b)}"))  # fmt: skip
    said = f"In {len({f[0] for f in found}):,} of {len(periods) - fewest:,} periods two categories have each other’s usual share."  # fmt: skip
    heads = ("Period", "One", "Usual share → now", "Other", "Usual share → now") if found else ()
    derived = "the usual shares of two categories and which of them changed places"
    return asked.outcome(bool(found), said, heads, found, derived=derived)


def try_one_day(asked: Inquiry) -> Outcome:
    """Whether one day holds most records of its period."""
    trial = asked.trial
    if not asked.days():
        return asked.idle("The day is not published, so this cannot be seen.")
    day, limit = asked.column(trial.date), trial.limit or 0.5
    peaks = (
        f"WITH days AS (SELECT {asked.period()} AS period, strftime({day}, '%Y-%m-%d') AS day, "
        f"count(*) AS n FROM {asked.source} GROUP BY 1, 2 HAVING day IS NOT NULL), "
        "ranked AS (SELECT *, max(n) OVER (PARTITION BY period) AS peak FROM days), "
        "peaks AS (SELECT period, min(day) FILTER (WHERE n = peak) AS day, max(n) AS most, sum(n) AS "
        f"total FROM ranked GROUP BY period HAVING total >= {trial.fewest or 20} AND max(n) >= "
        f"{asked.threshold}), told AS (SELECT *, most >= {limit!r} * total AS high FROM peaks)"
    )
    found = "count(*) FILTER (high)"
    totals = asked.count(
        "",
        f"{peaks} SELECT count(*) AS periods, {found} AS found, "
        f"greatest({found} - {MOST_SHOWN}, 0) AS unlisted FROM told",
        keep_all,
    )
    periods, high, _ = (int(number_of(cell)) for cell in totals.rows[0])
    if not periods:
        return asked.idle("No period has enough records.")
    listed = asked.count(
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
        "In ",
        show(totals, "1.2"),
        " of ",
        show(totals, "1.1"),
        f" periods one day holds {percent(limit)} or more of the records. The highest share is that of ",
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
    return asked.outcome(bool(high), said, heads, rows, left_out=count_unlisted(totals))


def try_calendar(asked: Inquiry) -> Outcome:
    """Whether the last month breaks off (`partial-last-period`), or time has gaps (`time-gaps`)."""
    trial = asked.trial
    if not asked.days():
        return asked.idle("The day is not published, so this cannot be seen.")
    rows = asked.ask(
        f"SELECT strftime({asked.column(trial.date)}, '%Y-%m-%d') AS day, count(*) AS n FROM "
        f"{asked.source} GROUP BY 1 HAVING day IS NOT NULL ORDER BY 1"
    )
    seen = read_calendar({str(day): int(number_of(n)) for day, n in rows})
    if not seen.enough:
        return asked.idle("There are too few months or records to tell.")
    day = asked.column(trial.date)
    if trial.kind == "time-gaps":
        ends = asked.count(
            "",
            f"SELECT strftime(min({day}), '%Y-%m-%d') AS first, strftime(max({day}), '%Y-%m-%d') AS "
            f"last FROM {asked.source}",
        )
        said = (
            "From ",
            label(ends, "1.1"),
            " to ",
            label(ends, "1.2"),
            f" there are {len(seen.gaps) or 'no'} stretches without records.",
        )
        shown = [(gap,) for gap in seen.gaps]
        heads = ("Without records",) if shown else ()
        derived = "stretches without records"
        return asked.outcome(bool(shown), said, heads, shown, derived=derived)
    months = (
        f"WITH months AS (SELECT strftime({day}, '%Y-%m') AS month, max({day}) AS day, count(*) AS n "
        f"FROM {asked.source} GROUP BY 1 HAVING month IS NOT NULL), ranked AS (SELECT *, row_number() "
        "OVER (ORDER BY month DESC) AS place FROM months)"
    )
    end = "strftime(max(day), '%Y-%m-%d') AS last_day"
    if not seen.last:
        last = asked.count("", f"{months} SELECT {end} FROM ranked")
        ending = ("The records end on ", label(last, "1.1"), ". The last month looks whole.")
        return asked.outcome(False, ending)
    last = asked.count(
        "",
        f"{months} SELECT {end}, (any_value(n) FILTER (place = 1))::BIGINT AS final, "
        f"round(median(n) FILTER (place BETWEEN 2 AND {FEWEST_MONTHS + 1}))::BIGINT AS before "
        "FROM ranked",
    )
    cut = (
        "The records end on ",
        label(last, "1.1"),
        ". The last month has ",
        asked.tell(last, "1.2"),
        " records, the months before about ",
        asked.tell(last, "1.3"),
        ".",
    )
    return asked.outcome(True, cut)


def try_unknown(asked: Inquiry) -> Outcome:
    """Whether the share of unknown or missing values of a field rises. Withheld ones are apart.

    The trend is tested after Mann (1945, Econometrica 13, 245-259) and Kendall, with z of 1.96
    or more; and the last third must stand above the first by `limit` (5 percentage points).
    """
    trial = asked.trial
    field = asked.field(trial.field)
    name = identifier(field.name)
    held = [m.value for m in field.missing_values if m.kind == MissingKind.WITHHELD]
    if field.marks_apart and held:
        marks = ", ".join(map(literal, held))
        withheld = f"{name} IS NULL AND {identifier(field.mark_column)} IN ({marks})"
    else:
        withheld = f"{name} IS NULL" if held else "FALSE"
    words = ", ".join(map(literal, trial.unknown))
    named = f" OR {name}::VARCHAR IN ({words})" if words else ""
    small = " AND ".join(
        f"(coalesce({cell}, 0) = 0 OR {cell} >= {asked.threshold})"
        for cell in ("n", "unknown", "withheld")
    )
    kept = (
        f"WITH counted AS (SELECT {asked.period()} AS period, count(*) AS n, count(*) FILTER (({name} "
        f"IS NULL AND NOT coalesce({withheld}, FALSE)){named}) AS unknown, count(*) FILTER ({withheld}) "
        f"AS withheld FROM {asked.source} GROUP BY 1 HAVING period IS NOT NULL AND n >= "
        f"{trial.fewest or 20}), kept AS (SELECT *, unknown / n AS share, row_number() OVER (ORDER BY "
        f"period) AS place, greatest(1, count(*) OVER () // 3) AS third, count(*) OVER () AS periods "
        f"FROM counted WHERE {small})"
    )
    told = asked.ask(f"{kept} SELECT share FROM kept ORDER BY place")
    if len(told) < 5:
        return asked.idle("There are fewer than five periods that can be compared.")
    first = "avg(share) FILTER (place <= third)"
    last = "avg(share) FILTER (place > periods - third)"
    judged = asked.count(
        "",
        f"{kept}, pairs AS (SELECT coalesce(sum(sign(b.share - a.share)), 0) AS score FROM kept a JOIN "
        "kept b ON a.place < b.place), ties AS (SELECT sum(t * (t - 1) * (2 * t + 5)) AS tied FROM "
        "(SELECT count(*) AS t FROM kept GROUP BY share)), "
        f"ends AS (SELECT {first} AS first, {last} AS last, any_value(periods) AS n FROM kept), "
        "spread AS (SELECT *, (n * (n - 1) * (2 * n + 5) - tied) / 18 AS spread FROM ends, pairs, ties), "
        "tested AS (SELECT *, CASE WHEN spread <= 0 OR score = 0 THEN 0 ELSE (score - sign(score)) / "
        "sqrt(spread) END AS z FROM spread) SELECT format('{:.1f} %', 100 * first) AS first, "
        "format('{:.1f} %', 100 * last) AS last, format('{:.1f}', z::DOUBLE) AS trend, "
        f"greatest(n - {MOST_SHOWN}, 0) AS unlisted, z >= 1.96 AND last - first >= "
        f"{trial.limit or 0.05!r} AS noticed FROM tested",
        keep_all,
    )
    said = (
        "Unknown or missing went from ",
        show(judged, "1.1"),
        " in the first third of the periods to ",
        show(judged, "1.2"),
        " in the last. A test for trends gives ",
        show(judged, "1.3"),
        "; by chance alone it seldom comes to 1.96 or more.",
    )
    listed = asked.count(
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
    return asked.outcome(noticed, said, heads, rows, left_out=count_unlisted(judged))
