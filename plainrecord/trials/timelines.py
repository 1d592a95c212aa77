"""Rules about how records lie in time: periods, days, offices."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import combinations
from statistics import median

from plainrecord.ground.engine import identifier, literal
from plainrecord.model.declarations import OFFICES
from plainrecord.model.packages import MissingKind
from plainrecord.model.trials import Break, Outcome, Strip
from plainrecord.tables.calendars import read_calendar
from plainrecord.trials.inquiry import Inquiry, number_of, percent, runs_of

MOST_STRIPS = 60
AROUND = 3
"""How many periods an office must be gone, or new, before it counts as left or joined."""


def try_stale(asked: Inquiry) -> Outcome:
    """Which periods hold the same rows as an earlier one, compared by a sum of row hashes."""
    trial = asked.trial
    names = trial.fields or tuple(n for n in asked.fields if n != trial.date)
    hashed = ", ".join(asked.column(name) for name in names)
    rows = asked.ask(
        f"SELECT {asked.period()} AS period, count(*) AS n, sum(hash({hashed})::HUGEINT)::VARCHAR AS "
        f"print FROM {asked.source} GROUP BY 1 HAVING n >= {trial.fewest or 10} ORDER BY 1"
    )
    if len(rows) < 2:
        return asked.idle("There are not two periods with enough rows to compare.")
    first: dict[tuple[object, ...], str] = {}
    found = []
    for period, count, mark in rows:
        before = first.setdefault((count, mark), str(period))
        if before != str(period) and asked.shown(count) is not None:
            found.append((str(period), before, count))
    said = (
        f"{len(found):,} of {len(rows):,} periods hold exactly the same rows as an earlier period."
    )
    heads = ("Period", "Same as", "Rows") if found else ()
    return asked.outcome(bool(found), said, heads, found)


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
    return asked.outcome(bool(found), said, heads, found)


def try_one_day(asked: Inquiry) -> Outcome:
    """Whether one day holds most records of its period."""
    trial = asked.trial
    if not asked.days():
        return asked.idle("The day is not published, so this cannot be seen.")
    day, limit = asked.column(trial.date), trial.limit or 0.5
    rows = asked.ask(
        f"WITH days AS (SELECT {asked.period()} AS period, strftime({day}, '%Y-%m-%d') AS day, "
        f"count(*) AS n FROM {asked.source} GROUP BY 1, 2 HAVING day IS NOT NULL), "
        "ranked AS (SELECT *, max(n) OVER (PARTITION BY period) AS peak FROM days) "
        "SELECT period, min(day) FILTER (WHERE n = peak) AS day, max(n) AS most, sum(n) AS total "
        f"FROM ranked GROUP BY period HAVING total >= {trial.fewest or 20} ORDER BY max(n) / sum(n) DESC, period"
    )
    rows = [row for row in rows if asked.shown(row[2]) is not None]
    if not rows:
        return asked.idle("No period has enough records.")
    shown = [(p, d, n, total, percent(number_of(n) / number_of(total))) for p, d, n, total in rows]
    found = [row for row, raw in zip(shown, rows, strict=True)
             if number_of(raw[2]) >= limit * number_of(raw[3])]  # fmt: skip
    p, d, n, total, share = shown[0]
    said = (
        f"In {len(found):,} of {len(rows):,} periods one day holds {percent(limit)} or more of the "
        f"records. The highest share is that of {d}: {n:,} of {total:,} in {p}, {share}."
    )
    heads = ("Period", "Day", "Records of the day", "Records of the period", "Share")
    return asked.outcome(bool(found), said, heads, found or shown[:5])


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
    first, last = str(rows[0][0]), str(rows[-1][0])
    if trial.kind == "time-gaps":
        said = (
            f"From {first} to {last} there are {len(seen.gaps) or 'no'} stretches without records."
        )
        shown = [(gap,) for gap in seen.gaps]
        return asked.outcome(bool(shown), said, ("Without records",) if shown else (), shown)
    end = f"The records end on {last}."
    if not seen.last:
        return asked.outcome(False, f"{end} The last month looks whole.")
    said = f"{end} The last month has {asked.words(seen.final)} records, the months before about {seen.before:,.0f}."  # fmt: skip
    return asked.outcome(True, said)


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
    rows = asked.ask(
        f"SELECT {asked.period()} AS period, count(*) AS n, count_if(({name} IS NULL AND NOT "
        f"coalesce({withheld}, FALSE)){named}) AS unknown, count_if({withheld}) AS withheld FROM "
        f"{asked.source} GROUP BY 1 HAVING period IS NOT NULL AND n >= {trial.fewest or 20} ORDER BY 1"
    )
    kept = [row for row in rows if all(asked.shown(cell) is not None for cell in row[1:])]
    if len(kept) < 5:
        return asked.idle("There are fewer than five periods that can be compared.")
    shares = [number_of(row[2]) / number_of(row[1]) for row in kept]
    third = max(1, len(shares) // 3)
    first, last = sum(shares[:third]) / third, sum(shares[-third:]) / third
    z = trend(shares)
    noticed = z >= 1.96 and last - first >= (trial.limit or 0.05)
    said = (
        f"Unknown or missing went from {percent(first)} in the first third of the periods to "
        f"{percent(last)} in the last. A test for trends gives {z:.1f}; by chance "
        "alone it seldom comes to 1.96 or more."
    )
    shown = [(p, n, u, percent(s), w) for (p, n, u, w), s in zip(kept, shares, strict=True)]
    heads = ("Period", "Rows", "Unknown or missing", "Share", "Withheld (not counted)")
    return asked.outcome(noticed, said, heads, shown)


def trend(values: list[float]) -> float:
    """Mann-Kendall's z of a series, ties taken into account: above 0 it rises."""
    n = len(values)
    score = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    ties = [values.count(value) for value in set(values)]
    spread = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if spread <= 0 or score == 0:
        return 0.0
    return (score - math.copysign(1, score)) / math.sqrt(spread)


def try_coverage(asked: Inquiry) -> Outcome:
    """Which offices have records in which periods, and where the set of offices changed.

    A break is where offices that hold `limit` (5 %) or more of the records join or leave for at
    least three periods, and at each change that the maintainer declares.
    """
    trial = asked.trial
    rows = asked.ask(
        f"SELECT {asked.texts([trial.field])[0]} AS office, {asked.period()} AS period, count(*) AS n "
        f"FROM {asked.source} GROUP BY 1, 2 HAVING period IS NOT NULL ORDER BY 1, 2"
    )
    periods = sorted({str(row[1]) for row in rows})
    if len(periods) < 2:
        return asked.idle("There are fewer than two periods.")
    place = {period: number for number, period in enumerate(periods)}
    counts: dict[str, list[int]] = {}
    for office, period, n in rows:
        series = counts.setdefault(str(office), [0] * len(periods))
        series[place[str(period)]] = int(number_of(n))
    shown: list[tuple[str | int, ...]] = []
    for office, series in sorted(
        counts.items(), key=lambda item: (all(item[1]), -sum(item[1]), item[0])
    ):
        reported = [n for n, count in enumerate(series) if count]
        empty = [count == 0 for count in series]
        without = [
            periods[a] if a == b else f"{periods[a]} to {periods[b]}" for a, b in runs_of(empty)
        ]
        shown.append((office, f"{len(reported)} of {len(periods)}", periods[reported[0]],
                      periods[reported[-1]], ", ".join(without)))  # fmt: skip
    always = sum(all(series) for series in counts.values())
    breaks = find_breaks(counts, periods, trial.limit or 0.05, trial.changes)
    said = (
        f"{always:,} of {len(counts):,} offices have records in each of the {len(periods):,} periods. "
        f"{len(breaks) or 'No'} point{' was' if len(breaks) < 2 else 's were'} found where a line over "
        "time should be broken."
    )
    busiest = sorted(counts, key=lambda o: (-sum(counts[o]), o))[:MOST_STRIPS]
    strips = [Strip(o, tuple(asked.shown(n) for n in counts[o])) for o in sorted(busiest)]
    heads = ("Office", "Periods with records", "First", "Last", "Without records")
    partly = [row for row in shown if row[4]]
    return asked.outcome(
        always < len(counts) or bool(breaks), said, heads if partly else (), partly,
        periods=periods, strips=strips, breaks=breaks,
    )  # fmt: skip


def find_breaks(
    counts: dict[str, list[int]], periods: list[str], limit: float, declared: tuple[Break, ...]
) -> list[Break]:
    """Where the set of reporting offices changed enough, and the declared changes, in order."""
    found = list(declared)
    totals = [sum(series[n] for series in counts.values()) for n in range(len(periods))]
    for n in range(1, len(periods)):
        for word, near, apart in (
            ("joined", range(n, min(n + AROUND, len(periods))), range(max(0, n - AROUND), n)),
            ("left", range(max(0, n - AROUND), n), range(n, min(n + AROUND, len(periods)))),
        ):
            if len(apart) < AROUND or not sum(totals[m] for m in near):
                continue
            edge = n if word == "joined" else n - 1
            moved = [o for o, s in counts.items() if s[edge] and not any(s[m] for m in apart)]
            weight = sum(counts[o][m] for o in moved for m in near) / sum(totals[m] for m in near)
            if moved and weight >= limit:
                offices = ", ".join(sorted(moved)[:5]) + (" and others" if len(moved) > 5 else "")
                found.append(
                    Break(
                        periods[n], f"{offices} {word}: {percent(weight)} of the records", OFFICES
                    )
                )
    return sorted(found, key=lambda change: (change.since, change.reason))
