"""The scorecard: a released table compared with a standard, each element graded by a written rule.

One query over the published file gives the parts of each element (known, unknown, missing, not
collected, withheld, suppressed), and a second one the precision of a date. The rules stand in
`grades`; nothing is weighed, and no grade is summed up into one number.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from plainrecord.findings.finding import Finding, Findings
from plainrecord.measures.crosswalk import TYPE_LEVELS
from plainrecord.model.counts import CountTable
from plainrecord.model.evidence import Cell, PublishedTable, Receipt
from plainrecord.model.grades import (
    FEW_VALUES,
    UNMAPPED,
    CategoryShares,
    ElementScore,
    Grade,
    Parts,
    Scorecard,
    ValueState,
    grade_parts,
)
from plainrecord.model.packages import Field, MissingKind, Package
from plainrecord.model.standards import UNKNOWN, Correspondence, Crosswalk, Element, Standard
from plainrecord.model.suppression import suppress
from plainrecord.receipts.cell_text import has_mark
from plainrecord.receipts.engine import expression_problem, identifier, literal
from plainrecord.receipts.hidden_cells import REFUSAL, depends_on_hidden
from plainrecord.receipts.query import QueryRefused
from plainrecord.receipts.receipt import write_receipt

_LEVELS = ("hour", "day", "month", "quarter", "year")
_ORDER = (
    MissingKind.WITHHELD,
    MissingKind.SUPPRESSED,
    MissingKind.NOT_COLLECTED,
    MissingKind.UNKNOWN,
    MissingKind.MISSING,
    MissingKind.NOT_APPLICABLE,
)
"""Which kind of absence speaks for a row whose fields are all empty in several ways."""


def measure_scorecard(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    published: Sequence[PublishedTable],
    standards: Mapping[str, Standard],
) -> tuple[Scorecard | None, tuple[Finding, ...]]:
    """The scorecard of a dataset, or of one of its releases, and what could not be computed.

    `connection` sees the published files as tables (`engine.open_counter`). None where the dataset
    has no crosswalk, or where the table that it speaks of was not released. An element of a
    protected dataset is counted in the rows where they have its fields, else in the table of counts
    by these fields alone.
    """
    crosswalk = package.crosswalk
    standard = standards.get(crosswalk.standard) if crosswalk else None
    if crosswalk is None or standard is None:
        return None, ()
    table = next((e for e in published if e.table.resource == crosswalk.resource), None)
    protection = package.protection
    counts = {item.resource: item.dimensions for item in protection.tables} if protection else {}
    totals = {
        frozenset(counts[e.table.resource]): e for e in published if e.table.resource in counts
    }
    if table is None and not totals:
        return None, ()
    connection.execute(f"USE memory.{identifier(package.key)}")
    findings: list[Finding] = []
    scores: list[ElementScore] = []
    shares: list[CategoryShares] = []
    for element in standard.graded:
        match = crosswalk.fields.get(element.name)
        entry = _choose_table(package, match.columns if match else (), table, totals)
        total = totals.get(frozenset())
        measured = _MeasuredElement(connection, package, crosswalk, element, entry, total)
        try:
            score, counted, problems = measured.score()
        except (duckdb.Error, QueryRefused) as error:
            problems = [_failed(element, str(error).split("\n")[0])]
            score, counted = None, None
        findings += [replace(item, resource=crosswalk.resource) for item in problems]
        scores += [score] if score else []
        shares += [counted] if counted else []
    card = Scorecard(
        dataset=package.key,
        release=package.release,
        standard=standard.name,
        resource=crosswalk.resource,
        unit=crosswalk.unit,
        rows=protection.rows if protection else table.table.rows if table else 0,
        threshold=table.table.threshold if table else 0,
        scores=tuple(scores),
        shares=tuple(shares),
    )
    return card, tuple(findings)


def _failed(element: Element, found: str) -> Finding:
    return Finding("crosswalk-failed", f"{element.name}: {found}", "one category for each row")


def _choose_table(
    package: Package,
    columns: Sequence[str],
    rows: PublishedTable | None,
    totals: Mapping[frozenset[str], PublishedTable],
) -> PublishedTable:
    """The rows if they have all `columns` that are released, else the counts by these alone."""
    removed = package.protection.fields if package.protection else ()
    needed = set(columns) - {item.field for item in removed if item.action == "removed"}
    if rows and needed <= {field.name for field in rows.table.fields}:
        return rows
    return totals.get(frozenset(needed)) or rows or next(iter(totals.values()))


@dataclass(frozen=True)
class _MeasuredElement:
    """One element in one published table."""

    connection: duckdb.DuckDBPyConnection
    package: Package
    crosswalk: Crosswalk
    element: Element
    entry: PublishedTable
    total: PublishedTable | None

    def score(self) -> tuple[ElementScore, CategoryShares | None, list[Finding]]:
        """The element's grade with its parts, its shares by category, and findings."""
        name = self.element.name
        for grade, reasons in (
            (Grade.INAPPLICABLE, self.crosswalk.inapplicable),
            (Grade.REMOVED, self.crosswalk.removed),
        ):
            if name in reasons:
                return ElementScore(name, grade, note=reasons[name]), None, []
        if name in self.crosswalk.constant:
            same = f"The same in every record: {self.crosswalk.constant[name]}"
            return ElementScore(name, Grade.PRESENT, note=same), None, []
        if item := self.crosswalk.aggregated.get(name):
            return ElementScore(name, Grade.TOTALS, note=item.note, link=item.link), None, []
        match = self.crosswalk.fields.get(name)
        if match is None:
            why = self.crosswalk.absent.get(name, "")
            return ElementScore(name, Grade.ABSENT, note=why), None, []
        released = {field.name: field for field in self.entry.table.fields}
        present = [released[field] for field in match.columns if field in released]
        report = self.package.protection
        dropped = {p.field for p in self.entry.table.protections if p.action == "removed"}
        dropped |= {f.field for f in report.fields if f.action == "removed"} if report else set()
        if report and len(present) < len(needed := set(match.columns) - dropped):
            return (
                ElementScore(name, Grade.REMOVED, match.columns),
                None,
                [self._missing_counts(needed)],
            )
        if not present or (match.sql and len(present) < len(match.columns)):
            grade = Grade.REMOVED if dropped & set(match.columns) else Grade.ABSENT
            return ElementScore(name, grade, match.columns, note=match.note), None, []
        return self._measure(match, present)

    def _missing_counts(self, fields: Collection[str]) -> Finding:
        """No released table has the count of each value of these fields."""
        names = ", ".join(sorted(fields))
        return Finding(
            "crosswalk-failed",
            f"{self.element.name}: no released table counts by {names} alone",
            f"a table under plainrecord.privacy.tables: {{dimensions: [{names}]}}",
        )

    def _measure(
        self, match: Correspondence, present: Sequence[Field]
    ) -> tuple[ElementScore, CategoryShares | None, list[Finding]]:
        if match.sql and (problem := expression_problem(self.connection, match.sql)):
            raise duckdb.InvalidInputException(problem)
        table = self.entry.table
        totals = table.resource in self.package.tables_of_counts
        sql = count_states(self.element, match, present, table.resource, counted=totals)
        if totals and not (self.element.categories and (_translates(match) or match.sql)):
            sql = self._count_alike(sql)
        rows = self.connection.execute(sql).fetchall()
        if depends_on_hidden(
            self.connection, [table], lambda: frozenset(self.connection.execute(sql).fetchall())
        ):
            raise QueryRefused(REFUSAL)
        parts = _parts(rows)
        valued = (ValueState.KNOWN, ValueState.UNKNOWN)
        small = sum(0 < count < self.entry.table.threshold for s, _, count in rows if s in valued)
        receipts = [self._receipt(sql, len(rows), small)]
        # A share next to a suppressed count is rounded: its parts would reveal that count.
        threshold = self.entry.table.threshold
        few = any(0 < n < threshold for state, n in parts.counts if state in valued)
        parted = None if few else self._count_parts(sql, parts)
        if parted:
            receipts = [parted.receipt]
        released, level = self._released_level(match, present[0])
        proof = [level.receipt] if level else []
        receipts += proof
        precision = self._agency_level(match, present[0], released)
        levels = {item.name for item in self.element.levels}
        good = precision in levels and not self.element.coarser(precision)
        held = not levels or released in levels
        grade = Grade.REMOVED if good else Grade.ABSENT
        if held:
            coarse, coarsened = map(self.element.coarser, (precision, released))
            grade = grade_parts(parts, coarse=coarse, coarsened=coarsened)
        score = ElementScore(
            element=self.element.name,
            grade=grade,
            fields=tuple(field.name for field in present),
            parts=parts if held else None,
            precision=precision,
            released=released,
            note=match.note,
            receipts=tuple(receipts if held else proof),
            counted=parted if held else None,
            level=level,
        )
        if not self.element.categories or not (_translates(match) or match.sql):
            return score, None, []
        counts = {str(value): int(count) for _, value, count in rows if value is not None}
        shares, problems = self._shares(counts, self._receipt(sql, len(rows), small))
        if shares and not small and shares.receipt.suppressed == 0:
            counted = self._count_categories(sql, counts)
            shares = replace(shares, receipt=counted.receipt, counted=counted)
        return score, shares, problems

    def _count_alike(self, sql: str) -> str:
        """The query `sql`; where all counts are in one state, the total, which needs no sum."""
        states = self.connection.execute(f"SELECT DISTINCT state FROM ({sql})").fetchall()
        if len(states) != 1 or self.total is None:
            return sql
        return f"SELECT state, category, (SELECT count FROM total) AS rows FROM ({sql})"

    def _shares(
        self, counts: dict[str, int], receipt: Receipt
    ) -> tuple[CategoryShares | None, list[Finding]]:
        names = [item.name for item in self.element.categories]
        findings = Findings()
        strange = sorted(value for value in counts if value not in names and value != UNMAPPED)
        if strange:
            text = f"it gives {strange[0]!r}, which is no category"
            return None, [_failed(self.element, text)]
        if counts.get(UNMAPPED):
            text = f"{self.element.name}: values of {counts[UNMAPPED]:,} rows"
            findings.add("crosswalk-value-unmapped", text, "a category for each value")
        listed = [name for name in (*names, UNMAPPED) if counts.get(name)]
        kept = suppress([counts[name] for name in listed], self.entry.table.threshold)
        shown = tuple(zip(listed, kept, strict=True))
        shown_receipt = replace(receipt, suppressed=kept.count(None))
        return CategoryShares(
            self.element.name, sum(counts.values()), shown, shown_receipt
        ), findings

    def _count_parts(self, sql: str, parts: Parts) -> CountTable:
        """How many rows are in each state: what the shares of the element are made of."""
        names = [state.name.lower() for state, _ in parts.counts]
        sums = ", ".join(
            f"coalesce(sum(rows) FILTER (state = {literal(state)}), 0)::BIGINT AS {name}"
            for (state, _), name in zip(parts.counts, names, strict=True)
        )
        query = f"SELECT coalesce(sum(rows), 0)::BIGINT AS rows, {sums} FROM ({sql})"
        row = (parts.rows, *(count for _, count in parts.counts))
        return self._table("", "", ("rows", *names), [row], query)

    def _count_categories(self, sql: str, counts: Mapping[str, int]) -> CountTable:
        """How many rows are in each of the standard's categories, by their names."""
        query = (
            f"SELECT category, sum(rows)::BIGINT AS rows FROM ({sql}) "
            "WHERE category IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        rows = sorted(counts.items())
        return self._table(".categories", ", by category", ("category", "rows"), rows, query)

    def _table(
        self,
        part: str,
        about: str,
        columns: tuple[str, ...],
        rows: Sequence[tuple[Cell, ...]],
        sql: str,
    ) -> CountTable:
        name, title = f"{self.package.key}.scorecard.{self.element.name}", self.element.title
        receipt, unit = self._receipt(sql, len(rows)), self.crosswalk.unit
        return CountTable(name + part, title + about, unit, columns, tuple(rows), receipt)

    def _receipt(self, sql: str, rows: int, small: int = 0) -> Receipt:
        threshold, day = self.entry.table.threshold, self.package.updated
        read = [self.entry, *([self.total] if self.total and "FROM total)" in sql else [])]
        return write_receipt(sql, read, rows, small, threshold, release=day)

    def _released_level(self, match: Correspondence, field: Field) -> tuple[str, CountTable | None]:
        """The level in the released table, and what proves it where values were looked at."""
        if not self.element.levels:
            return "", None
        policy = self.package.policy
        methods = {item.field: item.method for item in policy.coarsen} if policy else {}
        method = methods.get(field.name, "")
        if method in _LEVELS[2:]:
            return self._clamp(method), None
        if field.type in ("date", "datetime"):
            names = {level: self._clamp(level) for level in _LEVELS}
            titles = {name: self.element.level_title(name) for name in names.values()}
            sql = find_level(field, self.entry.table.resource, names, titles)
            name, title = map(str, self.connection.execute(sql).fetchall()[0])
            columns, row = ("level", "title"), (name, title)
            return name, self._table(".precision", ", how precise", columns, [row], sql)
        if field.type in TYPE_LEVELS:
            return self._clamp(TYPE_LEVELS[field.type]), None
        return match.released or match.precision, None

    def _agency_level(self, match: Correspondence, field: Field, released: str) -> str:
        """The level in the agency's file: what its type allows where we made it coarser."""
        resource = next(r for r in self.package.written if r.name == self.crosswalk.resource)
        listed = (*resource.schema.fields, *(item.field for item in resource.derived))
        given = next((item.type for item in listed if item.name == field.name), "")
        if given not in TYPE_LEVELS:
            return match.precision
        policy = self.package.policy
        coarser = policy and field.name in {item.field for item in policy.coarsen}
        return self._clamp(TYPE_LEVELS[given]) if coarser else released

    def _clamp(self, level: str) -> str:
        """`level`, or the finest level of the element where `level` is finer than that."""
        names = [item.name for item in self.element.levels]
        if level in names:
            return level
        index = _LEVELS.index(level)
        return next((n for n in names if n in _LEVELS and _LEVELS.index(n) > index), level)


def count_states(
    element: Element,
    match: Correspondence,
    present: Sequence[Field],
    resource: str,
    *,
    counted: bool = False,
) -> str:
    """The query that counts rows, or adds counts if `counted`, by state and category."""
    names = [identifier(field.name) for field in present]
    filled = " OR ".join(f"{name} IS NOT NULL" for name in names)
    value = _value_sql(element, match, names)
    whens = []
    if match.sql:
        whens.append(
            f"WHEN ({filled}) AND __category = {literal(UNKNOWN)} THEN {literal(ValueState.UNKNOWN)}"
        )
        whens.append(f"WHEN ({filled}) AND __category IS NULL THEN {literal(ValueState.MISSING)}")
    elif any(target == UNKNOWN for target in match.values.values()):
        unknown = ", ".join(literal(v) for v, target in match.values.items() if target == UNKNOWN)
        whens.append(
            f"WHEN CAST({names[0]} AS VARCHAR) IN ({unknown}) THEN {literal(ValueState.UNKNOWN)}"
        )
    whens.append(f"WHEN {filled} THEN {literal(ValueState.KNOWN)}")
    for kind in _ORDER:
        marks = [mark for field in present if (mark := has_mark(field, kind))]
        if marks:
            whens.append(f"WHEN {' OR '.join(marks)} THEN {literal(kind.value)}")
    state = f"CASE {' '.join(whens)} ELSE {literal(ValueState.MISSING)} END"
    source = identifier(resource)
    if match.sql:
        source = f"(SELECT *, ({match.sql}\n) AS __category FROM {source})"
        value = f"CASE WHEN {filled} THEN __category END"
    number = "CAST(sum(count) AS BIGINT)" if counted else "count(*)"
    having = " HAVING sum(count) IS DISTINCT FROM 0" if counted else ""
    return (
        f"SELECT {state} AS state, {value} AS category, {number} AS rows FROM {source} "
        f"GROUP BY 1, 2{having} ORDER BY 1, 2"
    )


def _translates(match: Correspondence) -> bool:
    """Whether `values` say more than which of the agency's values mean nothing."""
    return any(target != UNKNOWN for target in match.values.values())


def _value_sql(element: Element, match: Correspondence, names: Sequence[str]) -> str:
    if not (element.categories and _translates(match)):
        return "NULL"
    text = f"CAST({names[0]} AS VARCHAR)"
    cases = " ".join(f"WHEN {literal(v)} THEN {literal(t)}" for v, t in match.values.items())
    return f"CASE WHEN {names[0]} IS NOT NULL THEN CASE {text} {cases} ELSE {literal(UNMAPPED)} END END"


def _parts(rows: Iterable[tuple[object, ...]]) -> Parts:
    counts: dict[str, int] = {}
    for state, _, count in rows:
        name = ValueState(str(state)).name.lower()
        counts[name] = counts.get(name, 0) + int(str(count))
    return Parts(**counts)


def find_level(
    field: Field, resource: str, names: Mapping[str, str], titles: Mapping[str, str]
) -> str:
    """The query for the finest level that the values of a date show: its name and its title.

    `names` has the element's level for each of ours, `titles` the words for those. A date of the
    first of each month, written out in full, tells the month and no day. With too few values to
    tell, a date counts as a day.
    """
    name = identifier(field.name)
    clock = f"hour({name}) <> 0 OR minute({name}) <> 0" if field.type == "datetime" else "false"
    tests = (
        (f"bool_or({clock})", "hour"),
        (f"count({name}) < {FEW_VALUES}", "day"),
        (f"bool_or(day({name}) <> 1)", "day"),
        (f"bool_or(month({name}) NOT IN (1, 4, 7, 10))", "month"),
        (f"bool_or(month({name}) <> 1)", "quarter"),
    )
    whens = " ".join(f"WHEN {test} THEN {literal(names[level])}" for test, level in tests)
    words = " ".join(f"WHEN {literal(key)} THEN {literal(text)}" for key, text in titles.items())
    return (
        f"SELECT level, CASE level {words} END AS title FROM (SELECT CASE {whens} ELSE "
        f"{literal(names['year'])} END AS level FROM {identifier(resource)})"
    )
