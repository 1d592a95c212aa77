"""Rules about how records lie in time: periods, days, offices."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from plainrecord.core.exact_numbers import exact
from plainrecord.core.translation import gettext as _
from plainrecord.core.translation import ngettext, to_translate
from plainrecord.measures.rule_query import (
    MOST_SHOWN,
    DatedRule,
    Rule,
    RuleQuery,
    count_row,
    count_unlisted,
    name_row,
    number_of,
    percent,
    share_text,
)
from plainrecord.model.calendar import (
    FEWEST_MONTHS,
    SHORTEST_GAP,
    USUAL_DAY,
    USUAL_MONTH,
    read_calendar,
)
from plainrecord.model.counts import fill, label, label_period, number, show
from plainrecord.model.forms import Texts
from plainrecord.model.packages import MissingKind
from plainrecord.model.plausibility import Outcome
from plainrecord.receipts.counting import keep_all
from plainrecord.receipts.engine import identifier, literal

PLACES = 12
"""Shares are compared to so many places: a share is a quotient, which no decimal holds exactly."""


class StaleRule(DatedRule):
    """Which periods hold the same rows as an earlier one, compared by a sum of row hashes."""

    question: ClassVar = to_translate("Is a period the same as an earlier one?")
    meaning: ClassVar = to_translate(
        "A period with exactly the same rows as an earlier one may be an old release that was published again."
    )
    otherwise: ClassVar = to_translate("Small tables that rarely change can be identical twice.")

    kind: Literal["stale"]
    fields: Texts = ()
    fewest: int = Field(default=10, ge=1)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """Fields among which is the date: no two periods hold the same then."""
        if self.date in self.fields:
            yield "fields", f"fields without {self.date}: no two periods have the same days"

    def evaluate(self, query: RuleQuery) -> Outcome:
        names = self.fields or tuple(n for n in query.fields if n != self.date)
        hashed = ", ".join(query.column(name) for name in names)
        prints = (
            f"WITH prints AS (SELECT {query.period(self)} AS period, count(*) AS n, sum(hash({hashed})"
            f"::HUGEINT) AS print FROM {query.source} GROUP BY 1 HAVING period IS NOT NULL AND n >= "
            f"{max(self.fewest, query.threshold)}), told AS (SELECT period, n, first_value(period) "
            "OVER (PARTITION BY n, print ORDER BY period) AS earlier FROM prints)"
        )
        matches = "count(*) FILTER (earlier <> period)"
        totals = query.count(
            "",
            f"{prints} SELECT count(*) AS periods, {matches} AS repeated, "
            f"greatest({matches} - {MOST_SHOWN}, 0) AS unlisted FROM told",
            keep_all,
        )
        periods, repeated = (int(number_of(cell)) for cell in totals.rows[0][:2])
        if periods < 2:
            return query.not_applicable(_("Fewer than two periods have enough rows to compare."))
        sentence = fill(
            ngettext(
                "{} of {} holds exactly the same rows as an earlier period.",
                "{} of {} hold exactly the same rows as an earlier period.",
                max(1, int(repeated)),
            ),
            show(totals, "1.2") if repeated else _("None"),
            number(show(totals, "1.1"), "period", "periods"),
        )
        if not repeated:
            return query.outcome(False, sentence)
        listed = (
            f"{prints} SELECT period, earlier, n FROM told WHERE earlier <> period ORDER BY period "
            f"LIMIT {MOST_SHOWN}"
        )
        return query.listed(
            True, sentence, totals, (_("Period"), _("Same as"), _("Rows")), 2, listed
        )


class SwappedRule(DatedRule):
    """Whether two categories changed places: each has the share that the other used to have.

    The usual share is the middle one of the six periods before. Compared are the twelve largest
    categories; a cell with fewer rows than the threshold is left out.
    """

    question: ClassVar = to_translate("Have two categories been swapped?")
    meaning: ClassVar = to_translate(
        "If each of two categories suddenly has the other’s usual share, their labels may have been swapped."
    )
    otherwise: ClassVar = to_translate("A new rule or programme can reverse the shares.")

    kind: Literal["swapped"]
    field: str
    value: str = ""
    limit: float = Field(default=0.05, gt=0, lt=1)
    fewest: int = Field(default=2, ge=1)

    def evaluate(self, query: RuleQuery) -> Outcome:
        fewest, limit = self.fewest, self.limit
        amount = f"coalesce(sum({query.number(self.value)}), 0)" if self.value else "count(*)"
        usual = "WINDOW w AS (PARTITION BY category ORDER BY place ROWS BETWEEN 6 PRECEDING AND 1 PRECEDING)"
        crossed = "abs(a.share - b.usual) + abs(b.share - a.usual)"
        matches = (
            f"WITH cells AS (SELECT {query.period(self)} AS period, {query.texts([self.field])[0]} AS category, "
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
            f"{matches} SELECT greatest((SELECT count(*) FROM periods) - {fewest}, 0) AS compared, "
            f"count(DISTINCT period) AS swapped, greatest(count(*) - {MOST_SHOWN}, 0) AS unlisted, "
            "(SELECT count(*) FROM largest) > 1 AS several FROM found",
            keep_all,
        )
        compared, swapped, several = (totals.rows[0][at] for at in (0, 1, 3))
        if not (compared and several):
            return query.not_applicable(_("There is too little history to compare with."))
        sentence = fill(
            _("In {} of {} two categories have each other’s usual share.")
            if swapped
            else _("In {} of {} do two categories have each other’s usual share."),
            show(totals, "1.2") if swapped else _("none"),
            number(show(totals, "1.1"), "period", "periods"),
        )
        if not swapped:
            return query.outcome(False, sentence)
        shares = ", ".join(
            f"{share_text(name)} AS {name}"
            for name in ("one_usual", "one_now", "other_usual", "other_now")
        )
        listed = query.count(
            "listed",
            f"{matches} SELECT period, one, other, {shares} FROM found ORDER BY period, first, second "
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
        heads = (
            _("Period"),
            _("One"),
            _("Usual share"),
            _("Share now"),
            _("Other"),
            _("Usual share"),
            _("Share now"),
        )
        return query.outcome(True, sentence, heads, rows, left_out=count_unlisted(totals))


class OneDayRule(DatedRule):
    """Whether one day holds most records of its period."""

    question: ClassVar = to_translate("Do most records of a period fall on one day?")
    meaning: ClassVar = to_translate(
        "The date may be the day of entry or a placeholder, not the day of the event."
    )
    otherwise: ClassVar = to_translate("A large operation can also bring many records on one day.")

    kind: Literal["one-day"]
    limit: float = Field(default=0.5, gt=0, le=1)
    fewest: int = Field(default=20, ge=2)

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """A period that is one day."""
        if self.period == "day":
            yield "period", "a period of several days"

    def evaluate(self, query: RuleQuery) -> Outcome:
        if not query.days(self.date):
            return query.not_applicable(_("The day is not published, so this cannot be checked."))
        day = query.column(self.date)
        peaks = (
            f"WITH days AS (SELECT {query.period(self)} AS period, strftime({day}, '%Y-%m-%d') AS day, "
            f"count(*) AS n FROM {query.source} GROUP BY 1, 2 HAVING day IS NOT NULL), "
            "ranked AS (SELECT *, max(n) OVER (PARTITION BY period) AS peak FROM days), "
            "peaks AS (SELECT period, min(day) FILTER (WHERE n = peak) AS day, max(n) AS most, sum(n) AS "
            f"total FROM ranked GROUP BY period HAVING total >= {self.fewest} AND max(n) >= "
            f"{query.threshold}), told AS (SELECT *, most >= {exact(self.limit)} * total AS high FROM peaks)"
        )
        matches = "count(*) FILTER (high)"
        totals = query.count(
            "",
            f"{peaks} SELECT count(*) AS periods, {matches} AS found, "
            f"greatest({matches} - {MOST_SHOWN}, 0) AS unlisted FROM told",
            keep_all,
        )
        periods, high = (int(number_of(cell)) for cell in totals.rows[0][:2])
        if not periods:
            return query.not_applicable(_("No period has enough records."))
        listed = query.count(
            "listed",
            f"{peaks} SELECT period, day, most, total FROM told{' WHERE high' if high else ''} "
            f"ORDER BY most / total DESC, period LIMIT {MOST_SHOWN if high else 5}",
        )
        rows = [
            (
                label_period(listed, f"{n}.1"),
                label_period(listed, f"{n}.2"),
                *(show(listed, f"{n}.{cells}") for cells in ("3", "4", f"3/{n}.4")),
            )
            for n in range(1, len(listed.rows) + 1)
        ]
        sentence = fill(
            _(
                "In {} of {} one day holds {} or more of the records. The highest share is that of {}: {} of {} in {}, {}."
            )
            if high
            else _(
                "In {} of {} does one day hold {} or more of the records. The highest share is that of {}: {} of {} in {}, {}."
            ),
            show(totals, "1.2") if high else _("none"),
            number(show(totals, "1.1"), "period", "periods"),
            percent(self.limit),
            label_period(listed, "1.2"),
            *count_row(listed, 1, (3, 4)),
            label_period(listed, "1.1"),
            show(listed, "1.3/1.4"),
        )
        heads = (
            _("Period"),
            _("Day"),
            _("Records of the day"),
            _("Records of the period"),
            _("Share"),
        )
        return query.outcome(bool(high), sentence, heads, rows, left_out=count_unlisted(totals))


class GapRule(Rule):
    """Which stretches of time have no records, where months, or days, have many as a rule.

    Where a month is empty, empty months are listed, else stretches of days: of four or more, and
    three times as long as 99 of 100 stretches are. `readers.gaps_in_time` warns of the same.
    """

    question: ClassVar = to_translate("Are there gaps in time without records?")
    meaning: ClassVar = to_translate("Nothing may have been recorded or released for that time.")
    otherwise: ClassVar = to_translate("Nothing may have happened, for example during a closure.")

    kind: Literal["time-gaps"]
    date: str

    def evaluate(self, query: RuleQuery) -> Outcome:
        if not query.days(self.date):
            return query.not_applicable(_("The day is not published, so this cannot be checked."))
        gap = "date_diff('{unit}', {unit}, lead({unit}) OVER (ORDER BY {unit})) - 1"
        name = "strftime({}, '%Y-%m')"
        step = "{}::VARCHAR"
        matches = (
            f"WITH days AS (SELECT {query.column(self.date)}::DATE AS day, count(*) AS n FROM "
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
            f"{matches} SELECT (SELECT min(day)::VARCHAR FROM days) AS first, (SELECT max(day)::VARCHAR FROM "
            f"days) AS last, count(*) AS stretches, greatest(count(*) - {MOST_SHOWN}, 0) AS unlisted, (SELECT "
            f"months >= {FEWEST_MONTHS} AND usual >= {USUAL_MONTH} FROM known) AS enough FROM found",
            keep_all,
        )
        stretches, enough = totals.rows[0][2], totals.rows[0][4]
        if not enough:
            return query.not_applicable(_("There are too few months or records for a result."))
        sentence = fill(
            ngettext(
                "From {} to {} there is {} stretch without records.",
                "From {} to {} there are {} stretches without records.",
                max(1, int(number_of(stretches))),
            ),
            label_period(totals, "1.1"),
            label_period(totals, "1.2"),
            show(totals, "1.3") if stretches else _("no"),
        )
        if not stretches:
            return query.outcome(False, sentence)
        listed = (
            f"{matches} SELECT CASE WHEN first = last THEN first ELSE first || ' to ' || last END AS stretch "
            f"FROM found ORDER BY first LIMIT {MOST_SHOWN}"
        )
        return query.listed(True, sentence, totals, (_("Without records"),), 1, listed, keep_all)


class LastPeriodRule(Rule):
    """Whether the last month breaks off."""

    question: ClassVar = to_translate("Is the last month complete?")
    meaning: ClassVar = to_translate(
        "In a chart, an incomplete last month looks like a decline, but it is not one."
    )
    otherwise: ClassVar = to_translate(
        "Few events at the end of the month, or late entry, can look the same."
    )

    kind: Literal["partial-last-period"]
    date: str

    def evaluate(self, query: RuleQuery) -> Outcome:
        if not query.days(self.date):
            return query.not_applicable(_("The day is not published, so this cannot be checked."))
        day = query.column(self.date)
        rows = query.run(
            f"SELECT strftime({day}, '%Y-%m-%d') AS day, count(*) AS n FROM {query.source} GROUP BY 1 "
            "HAVING day IS NOT NULL ORDER BY 1"
        )
        seen = read_calendar({str(day): int(number_of(n)) for day, n in rows})
        if not seen.enough:
            return query.not_applicable(_("There are too few months or records for a result."))
        months = (
            f"WITH months AS (SELECT strftime({day}, '%Y-%m') AS month, max({day}) AS day, count(*) AS n "
            f"FROM {query.source} GROUP BY 1 HAVING month IS NOT NULL), ranked AS (SELECT *, row_number() "
            "OVER (ORDER BY month DESC) AS place FROM months)"
        )
        end = "strftime(max(day), '%Y-%m-%d') AS last_day"
        if not seen.last:
            last = query.count("", f"{months} SELECT {end} FROM ranked")
            ending = "The records end on {}. The last month looks complete."
            return query.outcome(False, fill(ending, label_period(last, "1.1")))
        last = query.count(
            "",
            f"{months} SELECT {end}, (any_value(n) FILTER (place = 1))::BIGINT AS final, "
            f"round(median(n) FILTER (place BETWEEN 2 AND {FEWEST_MONTHS + 1}))::BIGINT AS before "
            "FROM ranked",
        )
        cut = fill(
            "The records end on {}. The last month has {}; the months before have about {} each.",
            label_period(last, "1.1"),
            number(query.number_words(last, "1.2"), "record", "records"),
            query.number_words(last, "1.3"),
        )
        return query.outcome(True, cut)


class UnknownRule(DatedRule):
    """Whether the share of unknown or missing values of a field rises. Withheld ones are apart.

    The trend is tested after Mann (1945, Econometrica 13, 245-259) and Kendall, with z of 1.96
    or more; and the last third must stand above the first by `limit` (5 percentage points).
    """

    question: ClassVar = to_translate("Is a field filled in less and less often?")
    meaning: ClassVar = to_translate(
        "When more values are unknown, later records say less than earlier ones, and shares of the known values cannot be compared over time. Values that the agency withheld are not counted here."
    )
    otherwise: ClassVar = to_translate(
        "A new form may not ask for the field, or new kinds of cases may not need it."
    )

    kind: Literal["unknown-rising"]
    field: str
    unknown: Texts = ()
    limit: float = Field(default=0.05, gt=0, lt=1)
    fewest: int = Field(default=20, ge=1)

    def evaluate(self, query: RuleQuery) -> Outcome:
        field = query.field(self.field)
        name = identifier(field.name)
        held = [m.value for m in field.missing_values if m.kind == MissingKind.WITHHELD]
        if field.marks_apart and held:
            marks = ", ".join(map(literal, held))
            withheld = f"{name} IS NULL AND {identifier(field.mark_column)} IN ({marks})"
        else:
            withheld = f"{name} IS NULL" if held else "FALSE"
        words = ", ".join(map(literal, self.unknown))
        named = f" OR {name}::VARCHAR IN ({words})" if words else ""
        small = " AND ".join(
            f"(coalesce({cell}, 0) = 0 OR {cell} >= {query.threshold})"
            for cell in ("n", "unknown", "withheld")
        )
        kept = (
            f"WITH counted AS (SELECT {query.period(self)} AS period, count(*) AS n, count(*) FILTER (({name} "
            f"IS NULL AND NOT coalesce({withheld}, FALSE)){named}) AS unknown, count(*) FILTER ({withheld}) "
            f"AS withheld FROM {query.source} GROUP BY 1 HAVING period IS NOT NULL AND n >= "
            f"{self.fewest}), kept AS (SELECT *, unknown / n AS share, row_number() OVER (ORDER BY "
            f"period) AS place, greatest(1, count(*) OVER () // 3) AS third, count(*) OVER () AS periods "
            f"FROM counted WHERE {small})"
        )
        shares = query.run(f"{kept} SELECT share FROM kept ORDER BY place")
        if len(shares) < 5:
            return query.not_applicable(
                _("There are fewer than five periods that can be compared.")
            )
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
            "sqrt(spread) END AS z FROM spread) "
            f"SELECT {share_text('first')} AS first, {share_text('last')} AS last, "
            "replace(format('{:.1f}', z::DOUBLE), '-', '−') AS trend, "
            f"greatest(n - {MOST_SHOWN}, 0) AS unlisted, z >= 1.96 AND round(last - first, {PLACES}) "
            f">= {self.limit!r} AS noticed FROM tested",
            keep_all,
        )
        sentence = fill(
            _(
                "On average, {} of the values were unknown or missing in the first third of the periods, and {} in the last third. A trend test gives a score of {}; by chance alone, the score rarely reaches 1.96."
            ),
            *count_row(judged, 1, (1, 2, 3)),
        )
        listed = query.count(
            "listed",
            f"{kept} SELECT period, n, unknown, withheld FROM kept ORDER BY place LIMIT {MOST_SHOWN}",
        )
        rows = [
            (
                label_period(listed, f"{n}.1"),
                *(show(listed, f"{n}.{cells}") for cells in ("2", "3", f"3/{n}.2", "4")),
            )
            for n in range(1, len(listed.rows) + 1)
        ]
        heads = (
            _("Period"),
            _("Rows"),
            _("Unknown or missing"),
            _("Share"),
            _("Withheld (not counted)"),
        )
        noticed = judged.rows[0][4] is True
        return query.outcome(noticed, sentence, heads, rows, left_out=count_unlisted(judged))


RULES = (StaleRule, SwappedRule, OneDayRule, LastPeriodRule, GapRule, UnknownRule)
