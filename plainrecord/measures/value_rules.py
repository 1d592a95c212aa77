"""Rules about the numbers and values of a table, whenever they were recorded."""

from __future__ import annotations

from plainrecord.core.exact_numbers import exact
from plainrecord.measures.rule_query import (
    MOST_SHOWN,
    Row,
    RuleQuery,
    count_row,
    count_unlisted,
    name_row,
    number_of,
    percent,
)
from plainrecord.model.counts import Sentence, as_cells, number, show
from plainrecord.model.plausibility import Outcome
from plainrecord.model.suppression import suppress
from plainrecord.receipts.counting import keep_all
from plainrecord.receipts.engine import identifier, literal


def try_part(asked: RuleQuery) -> Outcome:
    """Whether a part is above its whole: two fields of a row, or two named values of a group.

    Without `whole` the part is a share itself, held against `maximum` (1 unless given).
    """
    trial, most = asked.trial, asked.trial.maximum if asked.trial.maximum is not None else 1.0
    by, (keys, names) = asked.texts(trial.by), asked.grouped()
    numbers = [trial.value] if trial.names else [n for n in (trial.part, trial.whole) if n]
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
    slack = asked.slack([asked.number(n) for n in numbers], f"{exact(most)} * abs(whole)")
    judged = (
        f"WITH pairs AS (SELECT {keys}{part} AS part, {whole} AS whole FROM {asked.source}{group}), "
        f"judged AS (SELECT *, part > {exact(most)} * whole{slack} AS above, part / nullif(whole, 0) AS share "
        "FROM pairs WHERE part IS NOT NULL AND whole IS NOT NULL)"
    )
    totals = asked.count("", f"{judged} SELECT {_compared('above', asked)} FROM judged")
    if not totals.rows[0][0]:
        return asked.idle("No row has both numbers.")
    compared, beyond = asked.tell(totals, "1.1"), asked.tell(totals, "1.2")
    if not totals.rows[0][1]:
        return asked.outcome(
            False,
            (
                "In " if totals.rows[0][0] == 1 else "In all ",
                *number(compared, "comparison", "comparisons"),
                " the part is not larger than the whole.",
            ),
        )
    said: Sentence = (
        "In ",
        beyond,
        " of ",
        *number(compared, "comparison", "comparisons"),
        " the part is larger than the whole.",
    )
    if asked.threshold:  # a row of a protected table is not shown by itself
        return asked.outcome(True, said)
    listed = asked.count(
        "listed",
        f"{judged} SELECT {names}part, whole FROM judged WHERE above "
        f"ORDER BY share DESC NULLS FIRST, {names}part, whole LIMIT {MOST_SHOWN}",
    )
    at = len(by) + 1
    shares = [
        show(listed, f"{n}.{at}/{n}.{at + 1}") if row[-1] else None
        for n, row in enumerate(listed.rows, 1)
    ]
    if worst := next((share for share in shares if share), None):
        said = (*said, " The highest share is ", worst, ".")
    shown = [
        (*name_row(listed, n, range(1, at)), *count_row(listed, n, (at, at + 1)), share)
        for n, share in enumerate(shares, 1)
    ]
    heads = (*trial.by, "Part", "Whole", "Share")
    return asked.outcome(True, said, heads, shown, left_out=count_unlisted(totals))


def _compared(condition: str, asked: RuleQuery) -> str:
    """How many were compared, how many the rule notices, and how many of those are not listed."""
    found = f"count(*) FILTER ({condition})"
    more = "" if asked.threshold else f", greatest({found} - {MOST_SHOWN}, 0) AS unlisted"
    return f"count(*) AS compared, {found} AS beyond{more}"


def try_average(asked: RuleQuery) -> Outcome:
    """Whether two year-to-date averages imply a value for the time between that cannot be.

    With averages v over the first n periods, the periods in between have the mean
    (n2·v2 - n1·v1) / (n2 - n1); rounding of either by r leaves ±r·(n1 + n2) / (n2 - n1).
    """
    trial = asked.trial
    low, high = trial.minimum or 0, trial.maximum
    by, n, v = asked.texts(trial.by), asked.number(trial.elapsed), asked.number(trial.value)
    keys, names = asked.grouped()
    part = f"PARTITION BY {', '.join(by)} " if by else ""
    slack = asked.slack([v, n], "(abs(n * v) + abs(n0 * v0))")
    never = f"needed + doubt{slack} < {exact(low)} * steps"
    never += "" if high is None else f" OR needed > {exact(high)} * steps + doubt{slack}"
    judged = (
        f"WITH steps AS (SELECT {keys}{n} AS n, {v} AS v, lag({n}) OVER w AS n0, "
        f"lag({v}) OVER w AS v0 FROM {asked.source} WINDOW w AS ({part}ORDER BY {n})), "
        "implied AS (SELECT *, n * v - n0 * v0 AS needed, n - n0 AS steps, "
        f"{exact(trial.rounding)} * (n + n0) AS doubt FROM steps WHERE n > n0 AND v IS NOT "
        "NULL AND v0 IS NOT NULL), judged AS (SELECT *, needed / steps AS between_, "
        f"{never} AS never FROM implied)"
    )
    totals = asked.count("", f"{judged} SELECT {_compared('never', asked)} FROM judged")
    if not totals.rows[0][0]:
        return asked.idle("No two averages of one series follow one another.")
    compared, beyond = asked.tell(totals, "1.1"), asked.tell(totals, "1.2")
    said = (
        *("In ", beyond, " of ", *number(compared, "step", "steps")),
        " the two averages would need an impossible value in between.",
    )
    if asked.threshold or not totals.rows[0][1]:
        return asked.outcome(bool(totals.rows[0][1]), said)
    listed = asked.count(
        "listed",
        f"{judged} SELECT {names}n0, v0, n, v, between_ FROM judged WHERE never "
        f"ORDER BY {names}n LIMIT {MOST_SHOWN}",
    )
    at = len(by) + 1
    shown = [
        (*name_row(listed, place, range(1, at)), *count_row(listed, place, range(at, at + 5)))
        for place in range(1, len(listed.rows) + 1)
    ]
    heads = (*trial.by, "Periods before", "Average before", "Periods", "Average", "Needed between")
    return asked.outcome(True, said, heads, shown, left_out=count_unlisted(totals))


def try_heaping(asked: RuleQuery) -> Outcome:
    """How much numbers gather on multiples of 5 or 10, by their last digit.

    The index is Whipple's (U.N. Demographic Yearbook, technical notes on age heaping), for any
    number: 100 times the share found over the share that even last digits would give.
    """
    trial = asked.trial
    v = asked.number(trial.field)
    inside = "q = floor(q)"
    inside += f" AND q >= {exact(trial.minimum)}" if trial.minimum is not None else ""
    inside += f" AND q <= {exact(trial.maximum)}" if trial.maximum is not None else ""
    numbers = f"(SELECT {v} AS q FROM {asked.source}) AS numbers WHERE {inside}"
    digit = "(abs(q) % 10)::INTEGER"
    each = ", ".join(
        f"count(*) FILTER ({digit} = {d}) AS {identifier(f'ending in {d}')}" for d in range(10)
    )
    counted = asked.count(
        "", f"SELECT count(*) AS numbers, {each} FROM {numbers}", lambda row: _suppress(row, asked)
    )
    total = int(number_of(counted.rows[0][0]))
    if total < (trial.fewest or 100):
        few = asked.count("few", f"SELECT count(*) AS numbers FROM {numbers}")
        return asked.idle(
            (
                "There is only " if few.rows[0][0] == 1 else "There are only ",
                *(*number(asked.tell(few, "1.1"), "number", "numbers"), ", too few for a result."),
            ),
            few,
        )
    digits = (0, 5) if trial.multiple == 5 else (0,)
    expected = len(digits) / 10
    round_ = f"(count(*) FILTER ({digit} IN ({', '.join(map(str, digits))})))"
    chance = f"({expected!r} + 1.96 * sqrt({expected * (1 - expected)!r} / count(*)))"
    index = f"({int(100 / expected)} * {round_} / count(*))"
    judged = asked.count(
        "index",
        f"SELECT format('{{:.1f}}%', 100 * {chance}) AS chance, round({index})::BIGINT AS index, "
        f"{round_} / count(*) > {chance} AND {round_} >= {exact(trial.limit or 1.25)} * {expected!r} * count(*) AS noticed "
        f"FROM {numbers}",
        keep_all,
    )
    said = (
        show(counted, f"{'+'.join(f'1.{d + 2}' for d in digits)}/1.1"),
        " of ",
        show(counted, "1.1"),
        (
            f" numbers are multiples of {trial.multiple}. Even last digits would give "
            f"{percent(expected)}, by chance up to "
        ),
        show(judged, "1.1"),
        ". The index is ",
        show(judged, "1.2"),
        ", where 100 means no excess of round numbers.",
    )
    shown = [
        (str(d), show(counted, f"1.{d + 2}"), show(counted, f"1.{d + 2}/1.1")) for d in range(10)
    ]
    noticed = judged.rows[0][2] is True
    return asked.outcome(noticed, said, ("Last digit", "Rows", "Share"), shown)


def _suppress(row: Row, asked: RuleQuery) -> Row:
    """The total, and the counts of all digits with small ones suppressed."""
    counts = suppress([int(number_of(cell)) for cell in row[1:]], asked.threshold)
    return as_cells((row[0], *counts))


def try_constant(asked: RuleQuery) -> Outcome:
    """Which fields hold one value in every row, or none at all.

    Without `fields`: all yes-or-no fields, those with two categories included.
    """
    names = asked.trial.fields or tuple(
        f.name for f in asked.fields.values() if f.type == "boolean" or len(f.categories) == 2
    )
    if not names:
        return asked.idle("The table has no yes-or-no field.")
    alike = [
        f"min({asked.column(name)}) IS NOT DISTINCT FROM max({asked.column(name)})"
        for name in names
    ]
    single = ", ".join(f"({condition})::INTEGER" for condition in alike)
    totals = asked.count(
        "",
        "SELECT total, list_sum(single)::BIGINT AS single, len(single) AS fields FROM (SELECT count(*) "
        f"AS total, [{single}] AS single FROM {asked.source})",
        lambda row: (asked.mask(row[:1])[0], *row[1:]),
    )
    [flags] = asked.ask(f"SELECT {', '.join(alike)} FROM {asked.source}")
    total = asked.ask(f"SELECT count(*) FROM {asked.source}")[0][0]
    if int(number_of(total)) < (asked.trial.fewest or 2):
        return asked.idle("There are too few rows.")
    said = (
        show(totals, "1.2"),
        " of ",
        *number(show(totals, "1.3"), "field", "fields"),
        f" {'holds' if totals.rows[0][1] == 1 else 'hold'} one value, or none, in all ",
        *(asked.tell(totals, "1.1"), " rows."),
    )
    found = [name for name, flag in zip(names, flags, strict=True) if flag][:MOST_SHOWN]
    if not found:
        return asked.outcome(False, said)
    listed = asked.count(
        "listed",
        "SELECT field, value, filled FROM ("
        + " UNION ALL ".join(
            f"SELECT {number} AS place, {literal(name)} AS field, min({asked.column(name)})::VARCHAR "
            f"AS value, count({asked.column(name)}) AS filled FROM {asked.source}"
            for number, name in enumerate(found)
        )
        + ") ORDER BY place",
    )
    shown = [
        (*name_row(listed, n, (1, 2)), show(listed, f"{n}.3"))
        for n in range(1, len(listed.rows) + 1)
    ]
    return asked.outcome(True, said, ("Field", "Value", "Rows with it"), shown)


def try_serials(asked: RuleQuery) -> Outcome:
    """Which numbers are not there between the first and the last serial number of each group."""
    trial = asked.trial
    keys, names = asked.grouped()
    part = f"PARTITION BY {names.rstrip(', ')} " if names else ""
    field = asked.column(trial.field)
    spans = (
        f"WITH numbers AS (SELECT DISTINCT {keys}CAST(nullif(regexp_extract({field}::VARCHAR, "
        f"'([0-9]+)[^0-9]*$', 1), '') AS HUGEINT) AS n FROM {asked.source}), "
        f"steps AS (SELECT *, n - lag(n) OVER ({part}ORDER BY n) - 1 AS missing FROM numbers "
        f"WHERE n IS NOT NULL), spans AS (SELECT {names}min(n) AS first, max(n) AS last, count(*) AS "
        "there, coalesce(sum(missing), 0) AS missing, coalesce(max(missing), 0) AS longest FROM "
        "steps GROUP BY ALL)"
    )
    holes = f"missing > 0 AND there >= {asked.threshold}"
    totals = asked.count(
        "",
        f"{spans} SELECT coalesce(sum(there), 0)::BIGINT AS there, coalesce(sum(missing), 0) AS "
        f"missing, greatest(count(*) FILTER ({holes}) - {MOST_SHOWN}, 0) AS unlisted FROM spans",
        keep_all,
    )
    there, gone, _ = (int(number_of(cell)) for cell in totals.rows[0])
    if not there:
        return asked.idle("The field holds no serial numbers.")
    said = (
        "Of ",
        *number(show(totals, "1.1+1.2"), "number", "numbers"),
        *(" between first and last, ", show(totals, "1.2"), " ("),
        *(show(totals, "1.2/1.1+1.2"), f") {'is' if gone == 1 else 'are'} not there."),
    )
    listed = asked.count(
        "listed",
        f"{spans} SELECT {names}first, last, there, missing, longest FROM spans WHERE {holes} "
        f"ORDER BY missing DESC, {names}first LIMIT {MOST_SHOWN}",
        keep_all,
    )
    at = len(trial.by) + 1
    shown = [
        (*name_row(listed, n, range(1, at)), *count_row(listed, n, range(at, at + 5)))
        for n in range(1, len(listed.rows) + 1)
    ]
    heads = (*trial.by, "First", "Last", "There", "Not there", "Longest gap")
    noticed = gone > 0 and gone / (there + gone) >= trial.limit
    return asked.outcome(
        noticed, said, heads if shown else (), shown, left_out=count_unlisted(totals)
    )


def try_zeros(asked: RuleQuery) -> Outcome:
    """Runs of periods in which a number is 0 beside periods in which it is large."""
    trial = asked.trial
    groups = [f"k{n}" for n in range(len(trial.by))]
    keys, names = asked.grouped()
    joined = f"JOIN usual USING ({', '.join(groups)})" if groups else "CROSS JOIN usual"
    runs = (
        f"WITH sums AS (SELECT {keys}{asked.period()} AS period, sum({asked.number(trial.value)}) AS "
        f"value FROM {asked.source} GROUP BY ALL), series AS (SELECT * FROM sums WHERE period IS NOT "
        f"NULL AND value IS NOT NULL), numbered AS (SELECT *, row_number() OVER (PARTITION BY {names}"
        f"value = 0 ORDER BY period) AS alike, row_number() OVER ({_partition(groups)}ORDER BY period) "
        f"AS place FROM series), usual AS (SELECT {names}list_sort(list(value) FILTER (value <> 0)) AS "
        "others FROM series GROUP BY ALL), runs AS ("
        f"SELECT {names}min(period) AS first, max(period) AS last, count(*) AS periods FROM numbered "
        f"WHERE value = 0 GROUP BY {names}place - alike HAVING count(*) >= {trial.fewest or 2}), "
        f"found AS (SELECT {names}first, last, periods, others[len(others) // 2 + 1] AS middle FROM "
        f"runs {joined} WHERE len(others) > 0 AND others[len(others) // 2 + 1] >= "
        f"{exact(trial.limit or 10)})"
    )
    more = "" if asked.threshold else f", greatest(count(*) - {MOST_SHOWN}, 0) AS unlisted"
    if not asked.ask(f"{runs} SELECT * FROM series LIMIT 1"):
        return asked.idle("There are no numbers over time.")
    totals = asked.count("", f"{runs} SELECT count(*) AS runs{more} FROM found", keep_all)
    if not totals.rows[0][0]:
        return asked.outcome(False, "No run of zeros appears next to other numbers.")
    said = (
        "There is " if totals.rows[0][0] == 1 else "There are ",
        *number(show(totals, "1.1"), "run of periods", "runs of periods"),
        " with 0 next to periods with other numbers.",
    )
    if asked.threshold:  # sums over few rows of a protected table stay back
        return asked.outcome(True, said)
    listed = asked.count(
        "listed", f"{runs} SELECT * FROM found ORDER BY {names}first LIMIT {MOST_SHOWN}"
    )
    at = len(groups) + 2
    shown = [
        (*name_row(listed, n, range(1, at + 1)), *count_row(listed, n, (at + 1, at + 2)))
        for n in range(1, len(listed.rows) + 1)
    ]
    heads = (*trial.by, "From", "To", "Periods", "Middle value of the others")
    return asked.outcome(True, said, heads, shown, left_out=count_unlisted(totals))


def _partition(groups: list[str]) -> str:
    return f"PARTITION BY {', '.join(groups)} " if groups else ""
