"""One rule put to one published table: the SQL of its fields, the query run, the outcome made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence

import duckdb

from plainrecord.core.exact_numbers import CLOSENESS
from plainrecord.findings.finding import Finding, suggest
from plainrecord.model.counts import SUPPRESSED, CountTable, Sentence, Shown, label, show
from plainrecord.model.declarations import Break, Period, PlausibilityRule
from plainrecord.model.evidence import Cell, PublishedTable, Receipt
from plainrecord.model.packages import Field
from plainrecord.model.plausibility import Outcome, RuleStatus, Timeline
from plainrecord.receipts.axis_names import NO_VALUE, name_apart
from plainrecord.receipts.counting import CountQueries, too_slow
from plainrecord.receipts.engine import (
    PERIODS,
    expression_problem,
    holds_doubles,
    identifier,
    literal,
    query_limits,
)
from plainrecord.receipts.query import QueryRefused, plain_cell
from plainrecord.receipts.receipt import write_receipt

MOST_CELLS = 100_000
MOST_SHOWN = 40
NUMBERS = ("integer", "number", "year")

Row = tuple[Cell, ...]


class Rule(PlausibilityRule):
    """A plausibility rule: its fields are the keys that a maintainer writes, `kind` one of them."""

    @abstractmethod
    def evaluate(self, query: RuleQuery) -> Outcome:
        """What the rule finds in the table of `query`."""


class DatedRule(Rule):
    """A rule about periods of the field `date`."""

    date: str
    period: Period = "month"


class RangedRule(Rule):
    """A rule about numbers from `minimum` to `maximum`, both included."""

    minimum: float | None = None
    maximum: float | None = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """A minimum above the maximum."""
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and low > high:
            yield f"the minimum {low:g} and the maximum {high:g}", "a minimum below the maximum"


class RuleDoesNotFitError(Exception):
    """The rule cannot be put to the table; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.found)
        self.finding = finding


class RuleQuery:
    """A rule and its table; raises `RuleDoesNotFitError` where the two do not fit."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        rule: Rule,
        published: PublishedTable,
    ) -> None:
        self.rule = rule
        self._connection = connection
        self._published = published
        table = published.table
        self._queries = CountQueries(
            connection, table.dataset, [published], table.unit, table.threshold
        )
        self._receipt: Receipt | None = None
        self._counted: list[CountTable] = []
        self.fields = {field.name: field for field in published.table.fields}
        self.threshold = published.table.threshold
        if rule.where and (problem := expression_problem(connection, rule.where)):
            raise self.error(f"the condition {rule.where!r}: {problem}", "a condition over fields")
        condition = f" WHERE ({rule.where}\n)" if rule.where else ""
        self.source = f"{identifier(published.table.resource)}{condition}"
        if (
            published.table.rows
            and rule.where
            and not self.run(f"SELECT 1 FROM {self.source} LIMIT 1")
        ):
            raise self.error(f"no row meets the condition {rule.where!r}", "rows to look at")
        self._receipt = None

    def error(self, found: str, expected: str) -> RuleDoesNotFitError:
        name, dataset = self.rule.name, self._published.table.dataset
        return RuleDoesNotFitError(
            Finding("plausibility-invalid", f"rule {name}: {found}", expected, dataset=dataset)
        )

    def field(self, name: str) -> Field:
        """The released field of that name."""
        if name not in self.fields:
            hint = suggest(name, self.fields)
            raise self.error(f"there is no released field {name!r}{hint}", ", ".join(self.fields))
        return self.fields[name]

    def column(self, name: str) -> str:
        """The released field `name` in SQL."""
        return identifier(self.field(name).name)

    def number(self, name: str) -> str:
        """A field of numbers in SQL."""
        if self.field(name).type not in NUMBERS:
            raise self.error(f"{name} has the type {self.field(name).type}", "a field of numbers")
        return identifier(name)

    def slack(self, values: Sequence[str], size: str) -> str:
        """What rounding may cost where one of the `values` is a double, in SQL; "" where none is."""
        double = holds_doubles(self._connection, values, self.source)
        return f" + {CLOSENESS!r} * {size}" if double else ""

    def texts(self, names: Sequence[str]) -> list[str]:
        """Fields as text in SQL, an absent value in words that no value of the field has."""
        table, made = self._published.table, []
        for name in names:
            text = f"{self.column(name)}::VARCHAR"
            [absent] = name_apart(self._connection, table, text, (NO_VALUE,))
            made.append(f"coalesce({text}, {literal(absent)})")
        return made

    def grouped(self, by: Sequence[str]) -> tuple[str, str]:
        """Fields to group by as columns k0, k1, … in SQL, and these names; each with a comma."""
        texts = self.texts(by)
        keys = "".join(f"{text} AS k{number}, " for number, text in enumerate(texts))
        return keys, "".join(f"k{number}, " for number in range(len(texts)))

    def period(self, rule: DatedRule) -> str:
        """The period of a row in SQL: a date cut to it, or the text that the field holds."""
        name = rule.date
        if self.field(name).type in ("date", "datetime"):
            return PERIODS[rule.period][0].format(identifier(name))
        return f"{identifier(name)}::VARCHAR"

    def days(self, date: str) -> bool:
        """Whether the field of that name still holds days; the privacy policy may have cut them."""
        field = self.field(date)
        if field.type not in ("date", "datetime") and not field.generalised:
            raise self.error(f"{field.name} has the type {field.type}", "a date or date-time")
        return not field.generalised

    def run(self, sql: str) -> list[Row]:
        """The rows that a query gives, its receipt kept for the outcome."""
        try:
            with query_limits(self._connection, sql=sql):
                raw = self._connection.execute(sql).fetchmany(MOST_CELLS + 1)
        except duckdb.InterruptException as error:
            proof = f"{self._published.table.dataset}.{self.rule.name}"
            raise too_slow(proof, str(error)) from None
        except duckdb.Error as error:
            raise self.error(str(error).split("\n")[0], "a rule that can be computed") from None
        if len(raw) > MOST_CELLS:
            raise self.error(f"more than {MOST_CELLS:,} groups", "a coarser rule")
        self._receipt = write_receipt(sql, [self._published], len(raw), 0, self.threshold)
        return [tuple(map(plain_cell, row)) for row in raw]

    def count(self, part: str, sql: str, hide: Callable[[Row], Row] | None = None) -> CountTable:
        """A table of counts for the pages; counts below the threshold are suppressed unless `hide` says how."""
        name = f"plausibility.{self.rule.name}{'.' * bool(part)}{part}"
        try:
            table = self._queries.run(name, self.rule.title, sql, hide or self.mask)
        except QueryRefused as refused:
            raise self.error(refused.reason, "a rule that can be computed") from None
        self._counted.append(table)
        return table

    def mask(self, row: Row) -> Row:
        """The row, each whole number from 1 to below the threshold as "suppressed"."""
        return tuple(
            SUPPRESSED if isinstance(cell, int) and 0 < cell < self.threshold else cell
            for cell in row
        )

    def number_words(self, table: CountTable, cells: str) -> str | Shown:
        """A number for a sentence; words where it is suppressed."""
        number = show(table, cells)
        return f"fewer than {self.threshold}" if number.suppressed else number

    def shown(self, count: Cell) -> int | None:
        """A count as it may be shown: None where it is below the table's threshold."""
        number = int(count) if isinstance(count, int | float) else 0
        return None if 0 < number < self.threshold else number

    def outcome(
        self,
        noticed: bool,
        sentence: str | Sentence,
        headings: Sequence[str] = (),
        rows: Sequence[Sequence[Cell | Shown]] = (),
        *,
        periods: Sequence[str] = (),
        strips: Sequence[Timeline] = (),
        breaks: Sequence[Break] = (),
        points: Sequence[tuple[str | Shown, Sentence]] = (),
        left_out: Shown | None = None,
    ) -> Outcome:
        """What the rule came to; the table is cut after `MOST_SHOWN` rows."""
        return Outcome(
            self.rule,
            RuleStatus.NOTICED if noticed else RuleStatus.PASSED,
            (sentence,) if isinstance(sentence, str) else sentence,
            tuple(headings),
            tuple(map(tuple, rows[:MOST_SHOWN])),
            left_out or max(0, len(rows) - MOST_SHOWN),
            None if self._counted else self._receipt,
            tuple(periods),
            tuple(strips),
            tuple(breaks),
            tuple(points),
            tuple(self._counted),
        )

    def listed(
        self,
        noticed: bool,
        sentence: Sentence,
        totals: CountTable,
        heads: Sequence[str],
        names: int,
        sql: str,
        hide: Callable[[Row], Row] | None = None,
    ) -> Outcome:
        """The outcome with a query's rows: `names` columns of names, then numbers."""
        listed = self.count("listed", sql, hide)
        rows = shown_rows(listed, names, len(heads) - names)
        heads = heads if rows else ()
        return self.outcome(noticed, sentence, heads, rows, left_out=count_unlisted(totals))

    def not_applicable(
        self, sentence: str | Sentence, counted: CountTable | None = None
    ) -> Outcome:
        """The rule does not apply, and why; `counted` is what numbers in the sentence are made of."""
        return Outcome(
            self.rule,
            RuleStatus.NOT_APPLICABLE,
            (sentence,) if isinstance(sentence, str) else sentence,
            receipt=None if counted else self._receipt,
            counted=(counted,) if counted else (),
        )


def number_of(cell: Cell) -> float:
    """A cell as a number; 0 where it is none."""
    return cell if isinstance(cell, int | float) else 0


def name_row(table: CountTable, row: int, places: Iterable[int]) -> tuple[Shown, ...]:
    """The texts in the columns `places` of a row, both counted from 1."""
    return tuple(label(table, f"{row}.{column}") for column in places)


def count_row(table: CountTable, row: int, places: Iterable[int]) -> tuple[Shown, ...]:
    """The numbers in the columns `places` of a row, both counted from 1."""
    return tuple(show(table, f"{row}.{column}") for column in places)


def shown_rows(table: CountTable, names: int, numbers: int = 0) -> list[tuple[Shown, ...]]:
    """All rows: the first columns as names, those that follow as numbers."""
    places = range(1, names + 1), range(names + 1, names + numbers + 1)
    return [
        (*name_row(table, row, places[0]), *count_row(table, row, places[1]))
        for row in range(1, len(table.rows) + 1)
    ]


def count_unlisted(table: CountTable) -> Shown | None:
    """The number in the column "unlisted" of a single row; None where there is none, or it is 0."""
    at = table.columns.index("unlisted") if "unlisted" in table.columns else -1
    return show(table, f"1.{at + 1}") if at >= 0 and table.rows[0][at] else None


def share_text(share: str) -> str:
    """SQL for a share in words, as `word_share` writes it: 12.5%."""
    return (
        f"CASE WHEN {share} IN (0, 1) THEN format('{{:.0f}}%', 100 * {share}) "
        f"WHEN {share} < 0.0005 THEN 'under 0.1%' WHEN {share} > 0.9995 THEN 'over 99.9%' "
        f"ELSE format('{{:.1f}}%', 100 * {share}) END"
    )


def percent(share: float) -> str:
    """A share in words: 12.5%."""
    return f"{share * 100:,.1f}%"
