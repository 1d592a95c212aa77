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
    shown_rows,
)
from plainrecord.model.counts import Sentence, as_cells, number, show
from plainrecord.model.plausibility import Outcome
from plainrecord.model.suppression import suppress
from plainrecord.receipts.counting import keep_all
from plainrecord.receipts.engine import identifier, literal


def check_part(query: RuleQuery) -> Outcome:
    """Whether a part is above its whole: two fields of a row, or two named values of a group.

    Without `whole`, the part is a share, compared with `maximum` (1 unless given).
    """
    rule, most = query.rule, query.rule.maximum if query.rule.maximum is not None else 1.0
    by, (keys, names) = query.texts(rule.by), query.grouped()
    numbers = [rule.value] if rule.names else [n for n in (rule.part, rule.whole) if n]
    if rule.names:
        name, value = query.column(rule.names), query.number(rule.value)
        pick = f"max({value}) FILTER (WHERE {name}::VARCHAR = {{}})"
        part = pick.format(literal(rule.part))
        whole = pick.format(literal(rule.whole)) if rule.whole else "1"
        group = f" GROUP BY {', '.join(by)}" if by else ""
    else:
        part = query.number(rule.part)
        whole = query.number(rule.whole) if rule.whole else "1"
        group = ""
    slack = query.slack([query.number(n) for n in numbers], f"{exact(most)} * abs(whole)")
    judged = (
        f"WITH pairs AS (SELECT {keys}{part} AS part, {whole} AS whole FROM {query.source}{group}), "
        f"judged AS (SELECT *, part > {exact(most)} * whole{slack} AS above, part / nullif(whole, 0) AS share "
        "FROM pairs WHERE part IS NOT NULL AND whole IS NOT NULL)"
    )
    totals = query.count("", f"{judged} SELECT {_compared('above', query)} FROM judged")
    if not totals.rows[0][0]:
        return query.not_applicable("No row has both numbers.")
    compared, beyond = query.number_words(totals, "1.1"), query.number_words(totals, "1.2")
    if not totals.rows[0][1]:
        return query.outcome(
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
    if query.threshold:  # a row of a protected table is not shown by itself
        return query.outcome(True, said)
    listed = query.count(
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
    heads = (*rule.by, "Part", "Whole", "Share")
    return query.outcome(True, said, heads, shown, left_out=count_unlisted(totals))


def _compared(condition: str, query: RuleQuery) -> str:
    """How many were compared, how many the rule notices, and how many of those are not listed."""
    found = f"count(*) FILTER ({condition})"
    more = "" if query.threshold else f", greatest({found} - {MOST_SHOWN}, 0) AS unlisted"
    return f"count(*) AS compared, {found} AS beyond{more}"


def check_average(query: RuleQuery) -> Outcome:
    """Whether two year-to-date averages imply a value for the time between that cannot be.

    With averages v over the first n periods, the periods in between have the mean
    (n2·v2 - n1·v1) / (n2 - n1); rounding of either by r leaves ±r·(n1 + n2) / (n2 - n1).
    """
    rule = query.rule
    low, high = rule.minimum or 0, rule.maximum
    by, n, v = query.texts(rule.by), query.number(rule.elapsed), query.number(rule.value)
    keys, names = query.grouped()
    part = f"PARTITION BY {', '.join(by)} " if by else ""
    slack = query.slack([v, n], "(abs(n * v) + abs(n0 * v0))")
    never = f"needed + doubt{slack} < {exact(low)} * steps"
    never += "" if high is None else f" OR needed > {exact(high)} * steps + doubt{slack}"
    judged = (
        f"WITH steps AS (SELECT {keys}{n} AS n, {v} AS v, lag({n}) OVER w AS n0, "
        f"lag({v}) OVER w AS v0 FROM {query.source} WINDOW w AS ({part}ORDER BY {n})), "
        "implied AS (SELECT *, n * v - n0 * v0 AS needed, n - n0 AS steps, "
        f"{exact(rule.rounding)} * (n + n0) AS doubt FROM steps WHERE n > n0 AND v IS NOT "
        "NULL AND v0 IS NOT NULL), judged AS (SELECT *, needed / steps AS between_, "
        f"{never} AS never FROM implied)"
    )
    totals = query.count("", f"{judged} SELECT {_compared('never', query)} FROM judged")
    if not totals.rows[0][0]:
        return query.not_applicable("No two averages of one series follow one another.")
    compared, beyond = query.number_words(totals, "1.1"), query.number_words(totals, "1.2")
    said = (
        "In ",
        beyond,
        " of ",
        *number(compared, "step", "steps"),
        " the two averages would need an impossible value in between.",
    )
    if query.threshold or not totals.rows[0][1]:
        return query.outcome(bool(totals.rows[0][1]), said)
    listed = query.count(
        "listed",
        f"{judged} SELECT {names}n0, v0, n, v, between_ FROM judged WHERE never "
        f"ORDER BY {names}n LIMIT {MOST_SHOWN}",
    )
    shown = shown_rows(listed, names=len(by), numbers=5)
    heads = (*rule.by, "Periods before", "Average before", "Periods", "Average", "Needed between")
    return query.outcome(True, said, heads, shown, left_out=count_unlisted(totals))


def check_heaping(query: RuleQuery) -> Outcome:
    """How much numbers gather on multiples of 5 or 10, by their last digit.

    The index is Whipple's (U.N. Demographic Yearbook, technical notes on age heaping), for any
    number: 100 times the share found over the share that even last digits would give.
    """
    rule = query.rule
    v = query.number(rule.field)
    inside = "q = floor(q)"
    inside += f" AND q >= {exact(rule.minimum)}" if rule.minimum is not None else ""
    inside += f" AND q <= {exact(rule.maximum)}" if rule.maximum is not None else ""
    numbers = f"(SELECT {v} AS q FROM {query.source}) AS numbers WHERE {inside}"
    digit = "(abs(q) % 10)::INTEGER"
    each = ", ".join(
        f"count(*) FILTER ({digit} = {d}) AS {identifier(f'ending in {d}')}" for d in range(10)
    )
    counted = query.count(
        "", f"SELECT count(*) AS numbers, {each} FROM {numbers}", lambda row: _suppress(row, query)
    )
    total = int(number_of(counted.rows[0][0]))
    if total < (rule.fewest or 100):
        few = query.count("few", f"SELECT count(*) AS numbers FROM {numbers}")
        return query.not_applicable(
            (
                "There is only " if few.rows[0][0] == 1 else "There are only ",
                *(
                    *number(query.number_words(few, "1.1"), "number", "numbers"),
                    ", too few for a result.",
                ),
            ),
            few,
        )
    digits = (0, 5) if rule.multiple == 5 else (0,)
    expected = len(digits) / 10
    round_ = f"(count(*) FILTER ({digit} IN ({', '.join(map(str, digits))})))"
    chance = f"({expected!r} + 1.96 * sqrt({expected * (1 - expected)!r} / count(*)))"
    index = f"({int(100 / expected)} * {round_} / count(*))"
    judged = query.count(
        "index",
        f"SELECT format('{{:.1f}}%', 100 * {chance}) AS chance, round({index})::BIGINT AS index, "
        f"{round_} / count(*) > {chance} AND {round_} >= {exact(rule.limit or 1.25)} * {expected!r} * count(*) AS noticed "
        f"FROM {numbers}",
        keep_all,
    )
    said = (
        show(counted, f"{'+'.join(f'1.{d + 2}' for d in digits)}/1.1"),
        " of ",
        show(counted, "1.1"),
        (
            f" numbers are multiples of {rule.multiple}. Even last digits would give "
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
    return query.outcome(noticed, said, ("Last digit", "Rows", "Share"), shown)


def _suppress(row: Row, query: RuleQuery) -> Row:
    """The total, and the counts of all digits with small ones suppressed."""
    counts = suppress([int(number_of(cell)) for cell in row[1:]], query.threshold)
    return as_cells((row[0], *counts))


def check_constant(query: RuleQuery) -> Outcome:
    """Which fields hold one value in every row, or none at all.

    Without `fields`: all yes-or-no fields, those with two categories included.
    """
    names = query.rule.fields or tuple(
        f.name for f in query.fields.values() if f.type == "boolean" or len(f.categories) == 2
    )
    if not names:
        return query.not_applicable("The table has no yes-or-no field.")
    alike = [
        f"min({query.column(name)}) IS NOT DISTINCT FROM max({query.column(name)})"
        for name in names
    ]
    single = ", ".join(f"({condition})::INTEGER" for condition in alike)
    totals = query.count(
        "",
        "SELECT total, list_sum(single)::BIGINT AS single, len(single) AS fields FROM (SELECT count(*) "
        f"AS total, [{single}] AS single FROM {query.source})",
        lambda row: (query.mask(row[:1])[0], *row[1:]),
    )
    [flags] = query.run(f"SELECT {', '.join(alike)} FROM {query.source}")
    total = query.run(f"SELECT count(*) FROM {query.source}")[0][0]
    if int(number_of(total)) < (query.rule.fewest or 2):
        return query.not_applicable("There are too few rows.")
    said = (
        show(totals, "1.2"),
        " of ",
        *number(show(totals, "1.3"), "field", "fields"),
        f" {'holds' if totals.rows[0][1] == 1 else 'hold'} one value, or none, in all ",
        query.number_words(totals, "1.1"),
        " rows.",
    )
    found = [name for name, flag in zip(names, flags, strict=True) if flag][:MOST_SHOWN]
    if not found:
        return query.outcome(False, said)
    listed = query.count(
        "listed",
        "SELECT field, value, filled FROM ("
        + " UNION ALL ".join(
            f"SELECT {number} AS place, {literal(name)} AS field, min({query.column(name)})::VARCHAR "
            f"AS value, count({query.column(name)}) AS filled FROM {query.source}"
            for number, name in enumerate(found)
        )
        + ") ORDER BY place",
    )
    shown = shown_rows(listed, names=2, numbers=1)
    return query.outcome(True, said, ("Field", "Value", "Rows with it"), shown)


def check_serials(query: RuleQuery) -> Outcome:
    """Which numbers are not there between the first and the last serial number of each group."""
    rule = query.rule
    keys, names = query.grouped()
    part = f"PARTITION BY {names.rstrip(', ')} " if names else ""
    field = query.column(rule.field)
    spans = (
        f"WITH numbers AS (SELECT DISTINCT {keys}CAST(nullif(regexp_extract({field}::VARCHAR, "
        f"'([0-9]+)[^0-9]*$', 1), '') AS HUGEINT) AS n FROM {query.source}), "
        f"steps AS (SELECT *, n - lag(n) OVER ({part}ORDER BY n) - 1 AS missing FROM numbers "
        f"WHERE n IS NOT NULL), spans AS (SELECT {names}min(n) AS first, max(n) AS last, count(*) AS "
        "there, coalesce(sum(missing), 0) AS missing, coalesce(max(missing), 0) AS longest FROM "
        "steps GROUP BY ALL)"
    )
    holes = f"missing > 0 AND there >= {query.threshold}"
    totals = query.count(
        "",
        f"{spans} SELECT coalesce(sum(there), 0)::BIGINT AS there, coalesce(sum(missing), 0) AS "
        f"missing, greatest(count(*) FILTER ({holes}) - {MOST_SHOWN}, 0) AS unlisted FROM spans",
        keep_all,
    )
    there, gone, _ = (int(number_of(cell)) for cell in totals.rows[0])
    if not there:
        return query.not_applicable("The field holds no serial numbers.")
    said = (
        "Of ",
        *number(show(totals, "1.1+1.2"), "number", "numbers"),
        " between first and last, ",
        show(totals, "1.2"),
        " (",
        show(totals, "1.2/1.1+1.2"),
        f") {'is' if gone == 1 else 'are'} not there.",
    )
    listed = query.count(
        "listed",
        f"{spans} SELECT {names}first, last, there, missing, longest FROM spans WHERE {holes} "
        f"ORDER BY missing DESC, {names}first LIMIT {MOST_SHOWN}",
        keep_all,
    )
    shown = shown_rows(listed, names=len(rule.by), numbers=5)
    heads = (*rule.by, "First", "Last", "There", "Not there", "Longest gap")
    noticed = gone > 0 and gone / (there + gone) >= rule.limit
    return query.outcome(
        noticed, said, heads if shown else (), shown, left_out=count_unlisted(totals)
    )


def check_zeros(query: RuleQuery) -> Outcome:
    """Runs of periods in which a number is 0 beside periods in which it is large."""
    rule = query.rule
    groups = [f"k{n}" for n in range(len(rule.by))]
    keys, names = query.grouped()
    joined = f"JOIN usual USING ({', '.join(groups)})" if groups else "CROSS JOIN usual"
    runs = (
        f"WITH sums AS (SELECT {keys}{query.period()} AS period, sum({query.number(rule.value)}) AS "
        f"value FROM {query.source} GROUP BY ALL), series AS (SELECT * FROM sums WHERE period IS NOT "
        f"NULL AND value IS NOT NULL), numbered AS (SELECT *, row_number() OVER (PARTITION BY {names}"
        f"value = 0 ORDER BY period) AS alike, row_number() OVER ({_partition(groups)}ORDER BY period) "
        f"AS place FROM series), usual AS (SELECT {names}list_sort(list(value) FILTER (value <> 0)) AS "
        "others FROM series GROUP BY ALL), runs AS ("
        f"SELECT {names}min(period) AS first, max(period) AS last, count(*) AS periods FROM numbered "
        f"WHERE value = 0 GROUP BY {names}place - alike HAVING count(*) >= {rule.fewest or 2}), "
        f"found AS (SELECT {names}first, last, periods, others[len(others) // 2 + 1] AS middle FROM "
        f"runs {joined} WHERE len(others) > 0 AND others[len(others) // 2 + 1] >= "
        f"{exact(rule.limit or 10)})"
    )
    more = "" if query.threshold else f", greatest(count(*) - {MOST_SHOWN}, 0) AS unlisted"
    if not query.run(f"{runs} SELECT * FROM series LIMIT 1"):
        return query.not_applicable("There are no numbers over time.")
    totals = query.count("", f"{runs} SELECT count(*) AS runs{more} FROM found", keep_all)
    if not totals.rows[0][0]:
        return query.outcome(False, "No run of zeros appears next to other numbers.")
    said = (
        "There is " if totals.rows[0][0] == 1 else "There are ",
        *number(show(totals, "1.1"), "run of periods", "runs of periods"),
        " with 0 next to periods with other numbers.",
    )
    if query.threshold:  # sums over few rows of a protected table stay back
        return query.outcome(True, said)
    listed = query.count(
        "listed", f"{runs} SELECT * FROM found ORDER BY {names}first LIMIT {MOST_SHOWN}"
    )
    at = len(groups) + 2
    shown = shown_rows(listed, names=at, numbers=2)
    heads = (*rule.by, "From", "To", "Periods", "Middle value of the others")
    return query.outcome(True, said, heads, shown, left_out=count_unlisted(totals))


def _partition(groups: list[str]) -> str:
    return f"PARTITION BY {', '.join(groups)} " if groups else ""
