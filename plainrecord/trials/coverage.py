"""The rule about who reports when: offices by period, and where a line over time should be broken."""

from __future__ import annotations

from plainrecord.ground.countings import keep_all
from plainrecord.ground.engine import identifier, literal
from plainrecord.model.counts import Shown, label, show
from plainrecord.model.declarations import OFFICES
from plainrecord.model.trials import Break, Outcome, Strip
from plainrecord.trials.inquiry import (
    MOST_SHOWN,
    Inquiry,
    count_unlisted,
    number_of,
    percent,
    runs_of,
)

MOST_STRIPS = 60
MOST_PROVED = 600
"""Above that many periods the squares of offices have no receipt: its query would be too long."""

AROUND = 3
"""How many periods an office must be gone, or new, before it counts as left or joined."""


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
    always = sum(all(series) for series in counts.values())
    breaks = find_breaks(counts, periods, trial.limit or 0.05, trial.changes)
    cells = (
        f"WITH cells AS (SELECT {asked.texts([trial.field])[0]} AS office, {asked.period()} AS period, "
        f"count(*) AS n FROM {asked.source} GROUP BY 1, 2 HAVING period IS NOT NULL), offices AS (SELECT "
        "office, count(*) AS periods, min(period) AS first, max(period) AS last, sum(n)::BIGINT AS n "
        "FROM cells GROUP BY 1)"
    )
    whole = "(SELECT count(DISTINCT period) FROM cells)"
    partly = len(counts) - always
    totals = asked.count(
        "",
        f"{cells} SELECT count(*) FILTER (periods = {whole}) AS always, count(*) AS offices, {whole} AS "
        f"periods, greatest(count(*) FILTER (periods < {whole}) - {MOST_SHOWN}, 0) AS unlisted "
        "FROM offices",
        keep_all,
    )
    said = (
        show(totals, "1.1"),
        " of ",
        show(totals, "1.2"),
        " offices have records in each of the ",
        show(totals, "1.3"),
        (
            f" periods. {len(breaks) or 'No'} point{' was' if len(breaks) < 2 else 's were'} found where a "
            "line over time should be broken."
        ),
    )
    rows_: list[tuple[str | Shown, ...]] = []
    if partly:
        listed = asked.count(
            "listed",
            f"{cells} SELECT office, periods, first, last FROM offices WHERE periods < {whole} "
            f"ORDER BY n DESC, office LIMIT {MOST_SHOWN}",
            keep_all,
        )
        for n, (office, *_) in enumerate(listed.rows, 1):
            rows_.append((label(listed, f"{n}.1"), show(listed, f"{n}.2"), label(listed, f"{n}.3"),
                          label(listed, f"{n}.4"), _without(counts[str(office)], periods)))  # fmt: skip
    busiest = sorted(counts, key=lambda o: (-sum(counts[o]), o))[:MOST_STRIPS]
    proof = None
    if len(periods) <= MOST_PROVED:
        each = ", ".join(
            f"coalesce(sum(n) FILTER (period = {literal(period)}), 0)::BIGINT AS {identifier(period)}"
            for period in periods
        )
        proof = asked.count(
            "strips",
            f"{cells} SELECT office, count(*) AS periods, {each} FROM cells WHERE office IN "
            f"({', '.join(map(literal, busiest))}) GROUP BY 1 ORDER BY 1",
            lambda row: (*row[:2], *asked.mask(row[2:])),
        )
    strips = [
        Strip(o, tuple(asked.shown(n) for n in counts[o]), proof, row)
        for row, o in enumerate(sorted(busiest), 1)
    ]
    heads = ("Office", "Periods with records", "First", "Last", "Without records")
    return asked.outcome(
        bool(partly or breaks), said, heads if rows_ else (), rows_,
        periods=periods, strips=strips, breaks=breaks,
        left_out=count_unlisted(totals),
        derived="points where a line should be broken, and periods without records",
    )  # fmt: skip


def _without(series: list[int], periods: list[str]) -> str:
    """The periods in which an office has no records, in words."""
    runs = runs_of([count == 0 for count in series])
    return ", ".join(periods[a] if a == b else f"{periods[a]} to {periods[b]}" for a, b in runs)


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
