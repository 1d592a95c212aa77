"""The rule about who reports when: offices by period, and where a line over time should be broken."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field

from plainrecord.core.periods import parse_period
from plainrecord.core.translation import gettext as _
from plainrecord.core.translation import ngettext, to_translate
from plainrecord.measures.rule_query import (
    MOST_SHOWN,
    DatedRule,
    RuleQuery,
    count_unlisted,
    name_row,
    number_of,
)
from plainrecord.model.counts import (
    Sentence,
    Shown,
    as_cells,
    fill,
    label,
    number,
    show,
    verb_number,
)
from plainrecord.model.declarations import OFFICES, Break
from plainrecord.model.plausibility import Outcome, Timeline
from plainrecord.receipts.counting import keep_all
from plainrecord.receipts.engine import identifier, literal

MOST_STRIPS = 60
MOST_PERIODS = 600
"""Above that many periods offices are not drawn over time: a receipt would be too long."""

AROUND = 3
"""How many periods an office must be gone, or new, before it counts as left or joined."""

MOST_NAMED = 5

Point = tuple[str | Shown, Sentence]


class CoverageRule(DatedRule):
    """Which offices have records in which periods, and where the set of offices changed.

    A break is where offices that hold `limit` (5%) or more of the records join or leave for at
    least three periods, and at each change that the maintainer declares.
    """

    question: ClassVar = to_translate("Which offices have records, and when?")
    meaning: ClassVar = to_translate(
        "Where offices join or leave, a total over time changes without any change in what happened. Do not compare totals from before and after such a point."
    )
    otherwise: ClassVar = to_translate(
        "An office may have had nothing to record, may have been renamed, or may have merged with another."
    )

    kind: Literal["coverage"]
    field: str
    changes: tuple[Break, ...] = ()
    limit: float = Field(default=0.05, gt=0, le=1)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Changes since something else than a day or period."""
        for change in self.changes:
            if parse_period(change.since) is None:
                yield f"a change since {change.since!r}", "a day, month, quarter or year"
                return

    def evaluate(self, query: RuleQuery) -> Outcome:
        rows = query.run(
            f"SELECT {query.texts([self.field])[0]} AS office, {query.period(self)} AS period, count(*) AS n "
            f"FROM {query.source} GROUP BY 1, 2 HAVING period IS NOT NULL ORDER BY 1, 2"
        )
        periods = sorted({str(row[1]) for row in rows})
        if len(periods) < 2:
            return query.not_applicable(_("There are fewer than two periods."))
        numbers = {period: number for number, period in enumerate(periods)}
        counts: dict[str, list[int]] = {}
        for office, period, n in rows:
            series = counts.setdefault(str(office), [0] * len(periods))
            series[numbers[str(period)]] = int(number_of(n))
        cells = (
            f"WITH cells AS (SELECT {query.texts([self.field])[0]} AS office, {query.period(self)} AS period, "
            f"count(*) AS n FROM {query.source} GROUP BY 1, 2 HAVING period IS NOT NULL), offices AS (SELECT "
            "office, count(*) AS periods, min(period) AS first, max(period) AS last, sum(n)::BIGINT AS n "
            "FROM cells GROUP BY 1)"
        )
        whole = "(SELECT count(DISTINCT period) FROM cells)"
        changes = find_changes(query, cells, self.limit)
        totals = query.count(
            "",
            f"{changes} SELECT count(*) FILTER (periods = {whole}) AS always, count(*) AS offices, {whole} AS "
            f"periods, greatest(count(*) FILTER (periods < {whole}) - {MOST_SHOWN}, 0) AS unlisted, "
            "(SELECT count(*) FROM changes) AS points FROM offices",
            keep_all,
        )
        always, offices, breaks = (totals.rows[0][at] for at in (0, 1, 4))
        sentence = fill(
            ngettext(
                "{} of {} has records in each of the {} periods. The records show {} where trends should be interrupted.",
                "{} of {} have records in each of the {} periods. The records show {} where trends should be interrupted.",
                verb_number(int(number_of(always)), int(number_of(offices))),
            ),
            show(totals, "1.1"),
            number(show(totals, "1.2"), "office", "offices"),
            show(totals, "1.3"),
            number(show(totals, "1.5"), "point", "points") if breaks else _("no point"),
        )
        if self.changes:
            also = (
                _("They should also be interrupted where the maintainer names a change.")
                if breaks
                else _("They should be interrupted where the maintainer names a change.")
            )
            sentence = (*sentence, " ", also)
        if len(periods) > MOST_PERIODS:
            sentence = (
                *sentence,
                " ",
                _("There are too many periods to show each office over time."),
            )
        rows_ = _describe_partly(query, changes, whole) if always != offices else []
        points = _describe_points(query, changes) if breaks else []
        reported = [(change, (change.since, (change.reason,))) for change in self.changes]
        broken = sorted((*points, *reported), key=lambda item: (item[0].since, item[0].reason))
        strips = (
            _describe_strips(query, cells, counts, periods) if len(periods) <= MOST_PERIODS else []
        )
        heads = (
            _("Office"),
            _("Periods with records"),
            _("First"),
            _("Last"),
            _("Without records"),
        )
        return query.outcome(
            bool(rows_ or broken),
            sentence,
            heads if rows_ else (),
            rows_,
            periods=periods,
            strips=[replace(strip, whole=show(totals, "1.3")) for strip in strips],
            breaks=[change for change, _ in broken],
            points=[point for __, point in broken],
            left_out=count_unlisted(totals),
        )


def find_changes(query: RuleQuery, cells: str, limit: float) -> str:
    """The query, up to its last SELECT: `changes` are the points at which offices joined or left.

    An office counts where it has records at the point, and none for `AROUND` periods on its other
    side; the share is of the records of `AROUND` periods on this side. It is not shown where a count
    behind it is suppressed.
    """
    last = AROUND - 1
    masked = f"CASE WHEN min(q.least) >= {query.threshold} THEN {{}} END"
    return (
        f"{cells}, periods AS (SELECT period, sum(n) AS total, min(n) AS least, row_number() OVER (ORDER "
        "BY period) AS place FROM cells GROUP BY 1), placed AS (SELECT office, place, n, "
        "coalesce(lag(place) OVER w, 0) AS before, coalesce(lead(place) OVER w, (SELECT count(*) + 1 FROM "
        "periods)) AS after FROM cells JOIN periods USING (period) WINDOW w AS (PARTITION BY office ORDER "
        "BY place)), moves AS (SELECT office, 'joined' AS moved, place AS point, place AS near, place + "
        f"{last} AS far FROM placed WHERE before < place - {AROUND} UNION ALL SELECT office, 'left', place "
        f"+ 1, place - {last}, place FROM placed WHERE after > place + {AROUND}), moved AS (SELECT moved, "
        "point, near, far, list_sort(list(DISTINCT m.office)) AS names, sum(p.n) AS records FROM moves m "
        "JOIN placed p ON p.office = m.office AND p.place BETWEEN near AND far GROUP BY ALL), changes AS "
        f"(SELECT s.period AS since, array_to_string(names[1:{MOST_NAMED}], ', ') || CASE WHEN len(names) "
        f"> {MOST_NAMED} THEN ' and others ' ELSE ' ' END || moved AS change, "
        f"{masked.format('any_value(records)')}::BIGINT AS records, "
        f"{masked.format('sum(q.total)')}::BIGINT AS whole FROM moved JOIN periods s ON s.place = point JOIN "
        "periods q ON q.place BETWEEN near AND far GROUP BY s.period, names, moved HAVING "
        f"any_value(records) / sum(q.total) >= {limit!r})"
    )


def _describe_points(query: RuleQuery, changes: str) -> list[tuple[Break, Point]]:
    sql = f"{changes} SELECT since, change, records, whole FROM changes ORDER BY 1, 2"
    table = query.count("points", sql, as_cells)
    points: list[tuple[Break, Point]] = []
    for n, row in enumerate(table.rows, 1):
        since, change = row[:2]
        share = show(table, f"{n}.3/{n}.4")
        more = "" if share.suppressed else f": {share.text} of the records"
        sentence: Sentence = (label(table, f"{n}.2"),)
        if more:
            sentence = (*sentence, ": ", *fill(_("{} of the records"), share))
        point = (label(table, f"{n}.1"), sentence)
        points.append((Break(since=str(since), reason=f"{change}{more}", label=OFFICES), point))
    return points


def _describe_partly(query: RuleQuery, changes: str, whole: str) -> list[tuple[Shown, ...]]:
    """Offices without records in some periods: those with most records first."""
    table = query.count(
        "listed",
        f"{changes}, gaps AS (SELECT office, before + 1 AS first, place - 1 AS last FROM placed UNION ALL "
        f"SELECT office, max(place) + 1, {whole} FROM placed GROUP BY 1), told AS (SELECT office, "
        "string_agg(a.period || CASE WHEN a.place < b.place THEN ' to ' || b.period ELSE '' END, ', ' "
        "ORDER BY a.place) AS without FROM gaps JOIN periods a ON a.place = first JOIN periods b ON "
        "b.place = last WHERE first <= last GROUP BY 1) SELECT office, offices.periods, first, last, "
        f"without FROM offices JOIN told USING (office) WHERE offices.periods < {whole} "
        f"ORDER BY n DESC, office LIMIT {MOST_SHOWN}",
        keep_all,
    )
    return [
        (label(table, f"{n}.1"), show(table, f"{n}.2"), *name_row(table, n, (3, 4, 5)))
        for n in range(1, len(table.rows) + 1)
    ]


def _describe_strips(
    query: RuleQuery, cells: str, counts: dict[str, list[int]], periods: Sequence[str]
) -> list[Timeline]:
    """The offices with most records over time, by their names."""
    busiest = sorted(counts, key=lambda o: (-sum(counts[o]), o))[:MOST_STRIPS]
    each = ", ".join(
        f"coalesce(sum(n) FILTER (period = {literal(period)}), 0)::BIGINT AS {identifier(period)}"
        for period in periods
    )
    proof = query.count(
        "strips",
        f"{cells} SELECT office, count(*) AS periods, {each} FROM cells WHERE office IN "
        f"({', '.join(map(literal, busiest))}) GROUP BY 1 ORDER BY 1",
        lambda row: (*row[:2], *query.mask(row[2:])),
    )
    return [
        Timeline(o, tuple(query.shown(n) for n in counts[o]), proof, row)
        for row, o in enumerate(sorted(busiest), 1)
    ]


RULES = (CoverageRule,)
