"""Rules about the numbers and values of a table, whenever they were recorded."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from plainrecord.core.exact_numbers import exact
from plainrecord.core.translation import gettext as _
from plainrecord.core.translation import ngettext, to_translate
from plainrecord.measures.rule_query import (
    MOST_SHOWN,
    DatedRule,
    RangedRule,
    Row,
    Rule,
    RuleQuery,
    count_row,
    count_unlisted,
    name_row,
    number_of,
    percent,
    share_text,
)
from plainrecord.model.counts import as_cells, fill, number, show, verb_number
from plainrecord.model.forms import Texts
from plainrecord.model.plausibility import Outcome
from plainrecord.model.suppression import suppress
from plainrecord.receipts.counting import keep_all
from plainrecord.receipts.engine import identifier, literal


class PartRule(Rule):
    """Whether a part is above its whole: two fields of a row, or two named values of a group.

    Without `whole`, the part is a share, compared with `maximum` (1 unless given).
    """

    question: ClassVar = to_translate("Is a part larger than the whole it belongs to?")
    meaning: ClassVar = to_translate(
        "A part cannot be larger than its whole, so at least one of the two numbers is not what its label says."
    )
    otherwise: ClassVar = to_translate(
        "Two rows may have been swapped, the whole may be counted at a different time from the part, or the part may count events and the whole persons."
    )

    kind: Literal["part-above-whole"]
    part: str
    whole: str = ""
    names: str = ""
    value: str = ""
    by: Texts = ()
    maximum: float = 1.0

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """The field of the numbers, where a part is a field itself."""
        if not self.names:
            yield "value", "names, the field that says which value is the part"

    def evaluate(self, query: RuleQuery) -> Outcome:
        most = self.maximum
        by, (keys, names) = query.texts(self.by), query.grouped(self.by)
        numbers = [self.value] if self.names else [n for n in (self.part, self.whole) if n]
        if self.names:
            name, value = query.column(self.names), query.number(self.value)
            pick = f"max({value}) FILTER (WHERE {name}::VARCHAR = {{}})"
            part = pick.format(literal(self.part))
            whole = pick.format(literal(self.whole)) if self.whole else "1"
            group = f" GROUP BY {', '.join(by)}" if by else ""
        else:
            part = query.number(self.part)
            whole = query.number(self.whole) if self.whole else "1"
            group = ""
        slack = query.slack([query.number(n) for n in numbers], f"{exact(most)} * abs(whole)")
        judged = (
            f"WITH pairs AS (SELECT {keys}{part} AS part, {whole} AS whole FROM {query.source}{group}), "
            f"judged AS (SELECT *, part > {exact(most)} * whole{slack} AS above, part / nullif(whole, 0) AS share "
            "FROM pairs WHERE part IS NOT NULL AND whole IS NOT NULL)"
        )
        totals = query.count("", f"{judged} SELECT {_compared('above', query)} FROM judged")
        if not totals.rows[0][0]:
            return query.not_applicable(_("No row has both numbers."))
        compared = number(query.number_words(totals, "1.1"), "comparison", "comparisons")
        beyond = query.number_words(totals, "1.2")
        if not totals.rows[0][1]:
            words = ngettext(
                "In {} the part is not larger than the whole.",
                "In all {} the part is not larger than the whole.",
                int(number_of(totals.rows[0][0])),
            )
            return query.outcome(False, fill(words, compared))
        sentence = fill(_("In {} of {} the part is larger than the whole."), beyond, compared)
        if query.threshold:  # a row of a protected table is not shown by itself
            return query.outcome(True, sentence)
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
            sentence += fill(" " + _("The highest share is {}."), worst)
        shown = [
            (*name_row(listed, n, range(1, at)), *count_row(listed, n, (at, at + 1)), share)
            for n, share in enumerate(shares, 1)
        ]
        heads = (*self.by, _("Part"), _("Whole"), _("Share"))
        return query.outcome(True, sentence, heads, shown, left_out=count_unlisted(totals))


def _compared(condition: str, query: RuleQuery) -> str:
    """How many were compared, how many the rule notices, and how many of those are not listed."""
    matches = f"count(*) FILTER ({condition})"
    more = "" if query.threshold else f", greatest({matches} - {MOST_SHOWN}, 0) AS unlisted"
    return f"count(*) AS compared, {matches} AS beyond{more}"


class AverageRule(RangedRule):
    """Whether two year-to-date averages imply a value for the time between that cannot be.

    With averages v over the first n periods, the periods in between have the mean
    (n2·v2 - n1·v1) / (n2 - n1); rounding of either by r leaves ±r·(n1 + n2) / (n2 - n1).
    """

    question: ClassVar = to_translate("Are averages since the start of the year consistent?")
    meaning: ClassVar = to_translate(
        "Two such averages give the average of the days between them. If that is below zero, one of the two averages is wrong."
    )
    otherwise: ClassVar = to_translate(
        "An earlier day may have been revised, or the agency may have counted the days differently."
    )

    kind: Literal["impossible-average"]
    value: str
    elapsed: str
    by: Texts = ()
    minimum: float = 0.0
    rounding: float = Field(default=0.0, ge=0)

    def evaluate(self, query: RuleQuery) -> Outcome:
        low, high = self.minimum or 0, self.maximum
        by, n, v = query.texts(self.by), query.number(self.elapsed), query.number(self.value)
        keys, names = query.grouped(self.by)
        part = f"PARTITION BY {', '.join(by)} " if by else ""
        slack = query.slack([v, n], "(abs(n * v) + abs(n0 * v0))")
        never = f"needed + doubt{slack} < {exact(low)} * steps"
        never += "" if high is None else f" OR needed > {exact(high)} * steps + doubt{slack}"
        judged = (
            f"WITH steps AS (SELECT {keys}{n} AS n, {v} AS v, lag({n}) OVER w AS n0, "
            f"lag({v}) OVER w AS v0 FROM {query.source} WINDOW w AS ({part}ORDER BY {n})), "
            "implied AS (SELECT *, n * v - n0 * v0 AS needed, n - n0 AS steps, "
            f"{exact(self.rounding)} * (n + n0) AS doubt FROM steps WHERE n > n0 AND v IS NOT "
            "NULL AND v0 IS NOT NULL), judged AS (SELECT *, needed / steps AS between_, "
            f"{never} AS never FROM implied)"
        )
        totals = query.count("", f"{judged} SELECT {_compared('never', query)} FROM judged")
        if not totals.rows[0][0]:
            return query.not_applicable(_("No two averages of one series follow one another."))
        sentence = fill(
            _("In {} of {} the two averages would need an impossible value in between."),
            query.number_words(totals, "1.2"),
            number(query.number_words(totals, "1.1"), "step", "steps"),
        )
        if query.threshold or not totals.rows[0][1]:
            return query.outcome(bool(totals.rows[0][1]), sentence)
        heads = (
            _("Periods before"),
            _("Average before"),
            _("Periods"),
            _("Average"),
            _("Needed between"),
        )
        listed = (
            f"{judged} SELECT {names}n0, v0, n, v, between_ FROM judged WHERE never "
            f"ORDER BY {names}n LIMIT {MOST_SHOWN}"
        )
        return query.listed(True, sentence, totals, (*self.by, *heads), len(by), listed)


class HeapingRule(RangedRule):
    """How much numbers gather on multiples of 5 or 10, by their last digit.

    The index is Whipple's (U.N. Demographic Yearbook, technical notes on age heaping), for any
    number: 100 times the share found over the share that even last digits would give.
    """

    question: ClassVar = to_translate("Are there too many round numbers?")
    meaning: ClassVar = to_translate(
        "Many round values mean that numbers were estimated or rounded by hand, so small differences between them say little."
    )
    otherwise: ClassVar = to_translate(
        "Some things are naturally round, such as scheduled times or fixed amounts."
    )

    kind: Literal["heaping"]
    field: str
    multiple: Literal[5, 10] = 5
    limit: float = Field(default=1.25, gt=1)
    fewest: int = Field(default=100, ge=1)

    def evaluate(self, query: RuleQuery) -> Outcome:
        v = query.number(self.field)
        inside = "q = floor(q)"
        inside += f" AND q >= {exact(self.minimum)}" if self.minimum is not None else ""
        inside += f" AND q <= {exact(self.maximum)}" if self.maximum is not None else ""
        numbers = f"(SELECT {v} AS q FROM {query.source}) AS numbers WHERE {inside}"
        digit = "(abs(q) % 10)::INTEGER"
        each = ", ".join(
            f"count(*) FILTER ({digit} = {d}) AS {identifier(f'ending in {d}')}" for d in range(10)
        )
        sql = f"SELECT count(*) AS numbers, {each} FROM {numbers}"
        counted = query.count("", sql, lambda row: _suppress(row, query))
        total = int(number_of(counted.rows[0][0]))
        if total < self.fewest:
            few = query.count("few", f"SELECT count(*) AS numbers FROM {numbers}")
            words = ngettext(
                "There is only {}, too few for a result.",
                "There are only {}, too few for a result.",
                int(number_of(few.rows[0][0])),
            )
            numbers_ = number(query.number_words(few, "1.1"), "number", "numbers")
            return query.not_applicable(fill(words, numbers_), few)
        digits = (0, 5) if self.multiple == 5 else (0,)
        expected = len(digits) / 10
        round_ = f"(count(*) FILTER ({digit} IN ({', '.join(map(str, digits))})))"
        chance = f"({expected!r} + 1.96 * sqrt({expected * (1 - expected)!r} / count(*)))"
        index = f"({int(100 / expected)} * {round_} / count(*))"
        judged = query.count(
            "index",
            f"SELECT {share_text(chance)} AS chance, round({index})::BIGINT AS index, "
            f"{round_} / count(*) > {chance} AND {round_} >= {exact(self.limit)} * {expected!r} * count(*) AS noticed "
            f"FROM {numbers}",
            keep_all,
        )
        sentence = fill(
            _(
                "{} of {} numbers are multiples of {}. Even last digits would give {}, by chance up to {}. The index is {}, where 100 means no excess of round numbers."
            ),
            show(counted, f"{'+'.join(f'1.{d + 2}' for d in digits)}/1.1"),
            show(counted, "1.1"),
            str(self.multiple),
            percent(expected),
            *count_row(judged, 1, (1, 2)),
        )
        shown = [
            (str(d), show(counted, f"1.{d + 2}"), show(counted, f"1.{d + 2}/1.1"))
            for d in range(10)
        ]
        noticed = judged.rows[0][2] is True
        return query.outcome(noticed, sentence, (_("Last digit"), _("Rows"), _("Share")), shown)


def _suppress(row: Row, query: RuleQuery) -> Row:
    """The total, and the counts of all digits with small ones suppressed."""
    counts = suppress([int(number_of(cell)) for cell in row[1:]], query.threshold)
    return as_cells((row[0], *counts))


class ConstantRule(Rule):
    """Which fields hold one value in every row, or none at all.

    Without `fields`: all yes-or-no fields, those with two categories included.
    """

    question: ClassVar = to_translate("Does a field have the same value in every row?")
    meaning: ClassVar = to_translate(
        "A yes-or-no field with one value everywhere may be a software default that nobody fills in. It then has no meaning."
    )
    otherwise: ClassVar = to_translate(
        "The event may never have happened, or the file may contain only cases of one kind."
    )

    kind: Literal["constant"]
    fields: Texts = ()
    fewest: int = Field(default=2, ge=2)

    def evaluate(self, query: RuleQuery) -> Outcome:
        names = self.fields or tuple(
            f.name for f in query.fields.values() if f.type == "boolean" or len(f.categories) == 2
        )
        if not names:
            return query.not_applicable(_("The table has no yes-or-no field."))
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
        if int(number_of(total)) < self.fewest:
            return query.not_applicable(_("There are too few rows."))
        sentence = fill(
            ngettext(
                "{} of {} holds one value, or none, in all {} rows.",
                "{} of {} hold one value, or none, in all {} rows.",
                verb_number(*(int(number_of(cell)) for cell in totals.rows[0][1:3])),
            ),
            show(totals, "1.2"),
            number(show(totals, "1.3"), "field", "fields"),
            query.number_words(totals, "1.1"),
        )
        constant = [name for name, flag in zip(names, flags, strict=True) if flag][:MOST_SHOWN]
        if not constant:
            return query.outcome(False, sentence)
        each = " UNION ALL ".join(
            f"SELECT {index} AS place, {literal(name)} AS field, min({query.column(name)})::VARCHAR "
            f"AS value, count({query.column(name)}) AS filled FROM {query.source}"
            for index, name in enumerate(constant)
        )
        listed = f"SELECT field, value, filled FROM ({each}) ORDER BY place"
        return query.listed(
            True, sentence, totals, (_("Field"), _("Value"), _("Rows with it")), 2, listed
        )


class SerialRule(Rule):
    """Which numbers are not there between the first and the last serial number of each group."""

    question: ClassVar = to_translate("Are numbers missing from a series?")
    meaning: ClassVar = to_translate(
        "Where forms are numbered consecutively, a missing number may be a record that was not released."
    )
    otherwise: ClassVar = to_translate(
        "Forms are also spoiled, cancelled or used elsewhere, and numbers may be given out in blocks."
    )

    kind: Literal["serial-gaps"]
    field: str
    by: Texts = ()
    limit: float = Field(default=0.0, ge=0, le=1)

    def evaluate(self, query: RuleQuery) -> Outcome:
        keys, names = query.grouped(self.by)
        part = f"PARTITION BY {names.rstrip(', ')} " if names else ""
        field = query.column(self.field)
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
        there, gone = (int(number_of(cell)) for cell in totals.rows[0][:2])
        if not there:
            return query.not_applicable(_("The field holds no serial numbers."))
        sentence = fill(
            ngettext(
                "Of {} between first and last, {} ({}) is not there.",
                "Of {} between first and last, {} ({}) are not there.",
                gone,
            ),
            number(show(totals, "1.1+1.2"), "number", "numbers"),
            show(totals, "1.2"),
            show(totals, "1.2/1.1+1.2"),
        )
        heads = (*self.by, _("First"), _("Last"), _("There"), _("Not there"), _("Longest gap"))
        noticed = gone > 0 and gone / (there + gone) >= self.limit
        listed = (
            f"{spans} SELECT {names}first, last, there, missing, longest FROM spans WHERE {holes} "
            f"ORDER BY missing DESC, {names}first LIMIT {MOST_SHOWN}"
        )
        return query.listed(noticed, sentence, totals, heads, len(self.by), listed, keep_all)


class ZeroRule(DatedRule):
    """Runs of periods in which a number is 0 beside periods in which it is large."""

    question: ClassVar = to_translate("Do zeros stand for numbers that were not entered?")
    meaning: ClassVar = to_translate(
        "A run of zeros next to large numbers often means that no number was entered. It would be wrong to count them as zero."
    )
    otherwise: ClassVar = to_translate(
        "The activity may have stopped for a time, or may have begun only later."
    )

    kind: Literal["zero-run"]
    value: str
    by: Texts = ()
    limit: float = Field(default=10, gt=0)
    fewest: int = Field(default=2, ge=1)

    def evaluate(self, query: RuleQuery) -> Outcome:
        groups = [f"k{n}" for n in range(len(self.by))]
        keys, names = query.grouped(self.by)
        part = f"PARTITION BY {', '.join(groups)} " if groups else ""
        joined = f"JOIN usual USING ({', '.join(groups)})" if groups else "CROSS JOIN usual"
        runs = (
            f"WITH sums AS (SELECT {keys}{query.period(self)} AS period, sum({query.number(self.value)}) AS "
            f"value FROM {query.source} GROUP BY ALL), series AS (SELECT * FROM sums WHERE period IS NOT "
            f"NULL AND value IS NOT NULL), numbered AS (SELECT *, row_number() OVER (PARTITION BY {names}"
            f"value = 0 ORDER BY period) AS alike, row_number() OVER ({part}ORDER BY period) "
            f"AS place FROM series), usual AS (SELECT {names}list_sort(list(value) FILTER (value <> 0)) AS "
            "others FROM series GROUP BY ALL), runs AS ("
            f"SELECT {names}min(period) AS first, max(period) AS last, count(*) AS periods FROM numbered "
            f"WHERE value = 0 GROUP BY {names}place - alike HAVING count(*) >= {self.fewest}), "
            f"found AS (SELECT {names}first, last, periods, others[len(others) // 2 + 1] AS middle FROM "
            f"runs {joined} WHERE len(others) > 0 AND others[len(others) // 2 + 1] >= "
            f"{exact(self.limit)})"
        )
        more = "" if query.threshold else f", greatest(count(*) - {MOST_SHOWN}, 0) AS unlisted"
        if not query.run(f"{runs} SELECT * FROM series LIMIT 1"):
            return query.not_applicable(_("There are no numbers over time."))
        totals = query.count("", f"{runs} SELECT count(*) AS runs{more} FROM found", keep_all)
        if not totals.rows[0][0]:
            return query.outcome(False, _("No run of zeros appears next to other numbers."))
        words = ngettext(
            "There is {} with 0 next to periods with other numbers.",
            "There are {} with 0 next to periods with other numbers.",
            int(number_of(totals.rows[0][0])),
        )
        counted_runs = number(show(totals, "1.1"), "run of periods", "runs of periods")
        sentence = fill(words, counted_runs)
        if query.threshold:  # sums over few rows of a protected table stay back
            return query.outcome(True, sentence)
        heads = (*self.by, _("From"), _("To"), _("Periods"), _("Middle value of the others"))
        listed = f"{runs} SELECT * FROM found ORDER BY {names}first LIMIT {MOST_SHOWN}"
        return query.listed(True, sentence, totals, heads, len(groups) + 2, listed)


RULES = (PartRule, AverageRule, HeapingRule, ConstantRule, SerialRule, ZeroRule)
