"""Rules about the numbers and values of a table, whenever they were recorded."""

from __future__ import annotations

import math

from plainrecord.ground.engine import literal
from plainrecord.model.trials import Outcome
from plainrecord.trials.inquiry import Inquiry, number_of, percent, runs_of


def try_part(asked: Inquiry) -> Outcome:
    """Whether a part is above its whole: two fields of a row, or two named values of a group.

    Without `whole` the part is a share itself, held against `maximum` (1 unless given).
    """
    trial, most = asked.trial, asked.trial.maximum if asked.trial.maximum is not None else 1.0
    by = asked.texts(trial.by)
    if trial.names:
        name, value = asked.column(trial.names), asked.number(trial.value)
        pick = f"max({value}) FILTER (WHERE {name}::VARCHAR = {{}})"
        part = pick.format(literal(trial.part))
        whole = pick.format(literal(trial.whole)) if trial.whole else "1"
        group = f" GROUP BY {', '.join(by)}" if by else ""
    else:
        part = asked.number(trial.part)
        whole = asked.number(trial.whole) if trial.whole else "1"
        group = ""
    keys = "".join(f"{text} AS k{n}, " for n, text in enumerate(by))
    names = "".join(f"k{n}, " for n in range(len(by)))
    rows = asked.ask(
        f"WITH pairs AS (SELECT {keys}{part} AS part, {whole} AS whole FROM {asked.source}{group}), "
        f"judged AS (SELECT *, part > {most!r} * whole AS above, part / nullif(whole, 0) AS share "
        "FROM pairs WHERE part IS NOT NULL AND whole IS NOT NULL), "
        "counted AS (SELECT count(*) AS compared, count_if(above) AS beyond FROM judged) "
        f"SELECT {names}part, whole, share, compared, beyond FROM counted LEFT JOIN judged ON above "
        f"ORDER BY share DESC NULLS FIRST, {names}part LIMIT 1000"
    )
    compared, beyond = (int(number_of(cell)) for cell in rows[0][-2:])
    if not compared:
        return asked.idle("No row has both numbers.")
    if not beyond:
        said = f"In all {asked.words(compared)} comparisons the part is no more than it can be."
        return asked.outcome(False, said)
    shares = [number_of(row[-3]) for row in rows if row[-3] is not None]
    worst = (
        f" The highest share is {shares[0] * 100:,.0f} percent."
        if shares and not asked.threshold
        else ""
    )
    said = f"In {asked.words(beyond)} of {asked.words(compared)} comparisons the part is above what it is a part of.{worst}"  # fmt: skip
    if asked.threshold:  # a row of a protected table is not shown by itself
        return asked.outcome(True, said)
    shown = [(*r[: len(by)], r[-5], r[-4], percent(number_of(r[-3])) if r[-3] is not None else None)
             for r in rows]  # fmt: skip
    return asked.outcome(True, said, (*trial.by, "Part", "Whole", "Share"), shown)


def try_average(asked: Inquiry) -> Outcome:
    """Whether two year-to-date averages imply a value for the time between that cannot be.

    With averages v over the first n periods, the periods in between have the mean
    (n2·v2 - n1·v1) / (n2 - n1); rounding of either by r leaves ±r·(n1 + n2) / (n2 - n1).
    """
    trial = asked.trial
    low = trial.minimum if trial.minimum is not None else 0.0
    high = "'infinity'::DOUBLE" if trial.maximum is None else repr(trial.maximum)
    by, n, v = asked.texts(trial.by), asked.number(trial.elapsed), asked.number(trial.value)
    keys = "".join(f"{text} AS k{i}, " for i, text in enumerate(by))
    names = "".join(f"k{i}, " for i in range(len(by)))
    part = f"PARTITION BY {', '.join(by)} " if by else ""
    rows = asked.ask(
        f"WITH steps AS (SELECT {keys}{n} AS n, {v}::DOUBLE AS v, lag({n}) OVER w AS n0, "
        f"lag({v}::DOUBLE) OVER w AS v0 FROM {asked.source} WINDOW w AS ({part}ORDER BY {n})), "
        "implied AS (SELECT *, (n * v - n0 * v0) / (n - n0) AS between_, "
        f"{trial.rounding!r} * (n + n0) / (n - n0) AS doubt FROM steps WHERE n > n0 AND v IS NOT "
        "NULL AND v0 IS NOT NULL), judged AS (SELECT *, between_ + doubt < "
        f"{low!r} OR between_ - doubt > {high} AS never FROM implied), "
        "counted AS (SELECT count(*) AS compared, count_if(never) AS beyond FROM judged) "
        f"SELECT {names}n0, v0, n, v, between_, compared, beyond FROM counted LEFT JOIN judged ON "
        f"never ORDER BY {names}n LIMIT 1000"
    )
    compared, beyond = (int(number_of(cell)) for cell in rows[0][-2:])
    if not compared:
        return asked.idle("No two averages of one series follow one another.")
    said = f"In {asked.words(beyond)} of {asked.words(compared)} steps the two averages would need a value in between that cannot be."  # fmt: skip
    shown = [(*r[:-3], round(number_of(r[-3]), 2)) for r in rows] if beyond and not asked.threshold else []  # fmt: skip
    heads = (*trial.by, "Periods before", "Average before", "Periods", "Average", "Needed between")
    return asked.outcome(beyond > 0, said, heads if shown else (), shown)


def try_heaping(asked: Inquiry) -> Outcome:
    """How much numbers gather on multiples of 5 or 10, by their last digit.

    The index is Whipple's (U.N. Demographic Yearbook, technical notes on age heaping), for any
    number: 100 times the share found over the share that even last digits would give.
    """
    trial = asked.trial
    v = asked.number(trial.field)
    inside = "q = floor(q)"
    inside += f" AND q >= {trial.minimum!r}" if trial.minimum is not None else ""
    inside += f" AND q <= {trial.maximum!r}" if trial.maximum is not None else ""
    rows = asked.ask(
        f"SELECT (abs(q) % 10)::INTEGER AS digit, count(*) AS n FROM (SELECT {v} AS q FROM "
        f"{asked.source}) AS numbers WHERE {inside} GROUP BY 1 ORDER BY 1"
    )
    counts = {int(number_of(digit)): int(number_of(n)) for digit, n in rows}
    total = sum(counts.values())
    if total < (trial.fewest or 100):
        return asked.idle(f"There are only {asked.words(total)} numbers, too few to tell.")
    digits = (0, 5) if trial.multiple == 5 else (0,)
    expected = len(digits) / 10
    share = sum(counts.get(d, 0) for d in digits) / total
    chance = expected + 1.96 * math.sqrt(expected * (1 - expected) / total)
    index = 100 * share / expected
    noticed = share > chance and index >= 100 * (trial.limit or 1.25)
    said = (
        f"{percent(share)} of {asked.words(total)} numbers are multiples of {trial.multiple}. Even last "
        f"digits would give {percent(expected)}, by chance up to {percent(chance)}. The index is "
        f"{index:.0f}, where 100 means no gathering."
    )
    shown = [(d, asked.shown(counts.get(d, 0)),
              percent(counts.get(d, 0) / total) if asked.shown(counts.get(d, 0)) is not None else None)
             for d in range(10)]  # fmt: skip
    return asked.outcome(noticed, said, ("Last digit", "Rows", "Share"), shown)


def try_constant(asked: Inquiry) -> Outcome:
    """Which fields hold one value in every row, or none at all.

    Without `fields`: all yes-or-no fields, those with two categories included.
    """
    names = asked.trial.fields or tuple(
        f.name for f in asked.fields.values() if f.type == "boolean" or len(f.categories) == 2
    )
    if not names:
        return asked.idle("The table has no yes-or-no field.")
    rows = asked.ask(
        " UNION ALL ".join(
            f"SELECT {number} AS place, count({asked.column(name)}) AS filled, "
            f"min({asked.column(name)})::VARCHAR AS low, max({asked.column(name)})::VARCHAR AS high, "
            f"count(*) AS total FROM {asked.source}"
            for number, name in enumerate(names)
        )
        + " ORDER BY place"
    )
    total = int(number_of(rows[0][-1]))
    if total < (asked.trial.fewest or 2):
        return asked.idle("There are too few rows.")
    found = [
        (names[int(number_of(place))], low if filled else None, asked.shown(filled))
        for place, filled, low, high, _ in rows
        if low == high
    ]
    said = f"{len(found)} of {len(names)} fields hold one value, or none, in all {asked.words(total)} rows."  # fmt: skip
    return asked.outcome(
        bool(found), said, ("Field", "Value", "Rows with it") if found else (), found
    )


def try_serials(asked: Inquiry) -> Outcome:
    """Which numbers are not there between the first and the last serial number of each group."""
    trial = asked.trial
    keys = "".join(f"{text} AS k{n}, " for n, text in enumerate(asked.texts(trial.by)))
    names = "".join(f"k{n}, " for n in range(len(trial.by)))
    part = f"PARTITION BY {names.rstrip(', ')} " if names else ""
    field = asked.column(trial.field)
    rows = asked.ask(
        f"WITH numbers AS (SELECT DISTINCT {keys}TRY_CAST(regexp_extract({field}::VARCHAR, "
        f"'([0-9]+)[^0-9]*$', 1) AS BIGINT) AS n FROM {asked.source}), "
        f"steps AS (SELECT *, n - lag(n) OVER ({part}ORDER BY n) - 1 AS missing FROM numbers "
        f"WHERE n IS NOT NULL) SELECT {names}min(n) AS first, max(n) AS last, count(*) AS there, "
        "coalesce(sum(missing), 0) AS missing, coalesce(max(missing), 0) AS longest FROM steps "
        f"GROUP BY ALL ORDER BY missing DESC, {names}first"
    )
    there = sum(int(number_of(row[-3])) for row in rows)
    gone = sum(int(number_of(row[-2])) for row in rows)
    if not there:
        return asked.idle("The field holds no serial numbers.")
    share = gone / (there + gone)
    heads = (*trial.by, "First", "Last", "There", "Not there", "Longest gap")
    shown = [row for row in rows if row[-2] and asked.shown(row[-3]) is not None]
    said = f"Of {there + gone:,} numbers between first and last, {gone:,} ({percent(share)}) are not there."  # fmt: skip
    return asked.outcome(gone > 0 and share >= trial.limit, said, heads if shown else (), shown)


def try_zeros(asked: Inquiry) -> Outcome:
    """Runs of periods in which a number is 0 beside periods in which it is large."""
    trial = asked.trial
    keys = "".join(f"{text} AS k{n}, " for n, text in enumerate(asked.texts(trial.by)))
    rows = asked.ask(
        f"SELECT {keys}{asked.period()} AS period, sum({asked.number(trial.value)}) AS value, "
        f"count(*) AS behind FROM {asked.source} GROUP BY ALL ORDER BY ALL"
    )
    series: dict[tuple[object, ...], list[tuple[str, float]]] = {}
    for *group, period, value, _ in rows:
        if value is not None and period is not None:
            series.setdefault(tuple(group), []).append((str(period), number_of(value)))
    found: list[tuple[str | int | float, ...]] = []
    for keyed, values in series.items():
        usual = sorted(v for _, v in values if v)
        if not usual or usual[len(usual) // 2] < (trial.limit or 10):
            continue
        for first, last in runs_of([v == 0 for _, v in values]):
            if last - first + 1 >= (trial.fewest or 2):
                found.append((*map(str, keyed), values[first][0], values[last][0], last - first + 1,
                              usual[len(usual) // 2]))  # fmt: skip
    if not series:
        return asked.idle("There are no numbers over time.")
    said = f"There are {len(found):,} runs of periods with 0 beside periods with real numbers." if found else "No run of zeros stands beside real numbers."  # fmt: skip
    heads = (*trial.by, "From", "To", "Periods", "Middle value of the others")
    shown = [] if asked.threshold else found  # sums over few rows of a protected table stay back
    return asked.outcome(bool(found), said, heads if shown else (), shown)
