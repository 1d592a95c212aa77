"""Rules over the rows of a table, as SQL expressions that a maintainer declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plainrecord.check.keys import Breach
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.model.packages import Resource, RowRule
from plainrecord.model.units import count_noun
from plainrecord.receipts.engine import expression_problem, query_limits

if TYPE_CHECKING:
    import duckdb

SECONDS = 60.0
"""How long one rule may take: a maintainer's expression must not hang a build."""


def rule_breaches(
    connection: duckdb.DuckDBPyConnection, resource: Resource, relation: str
) -> Iterator[Breach | Finding]:
    """For each rule that some rows break, the query that lists them; a finding for a bad rule.

    A warning is told once with its count; a blocker is listed row by row.
    """
    import duckdb  # few tables have rules over rows

    for rule in resource.rules:
        problem = expression_problem(connection, rule.sql)
        if problem:
            yield _unusable(rule, problem)
            continue
        broken = f"SELECT __file, __row, NULL, NULL FROM {relation} WHERE NOT ({rule.sql}\n)"

        try:
            with query_limits(connection, SECONDS):
                count, first = connection.execute(
                    f"SELECT count(*), min(__row) FROM {relation} WHERE NOT ({rule.sql}\n)"
                ).fetchall()[0]
        except duckdb.Error as error:
            yield _unusable(rule, str(error).split("\n")[0])
            continue
        said = rule.message or f"the rule {rule.sql} does not hold"
        if not count:
            continue
        if rule.severity == Severity.BLOCKER:
            yield Breach("row-rule", None, broken, lambda _, words=said: words, rule.sql)  # type: ignore[misc]
        else:
            yield Finding(
                "row-rule",
                f"{rule.name}: {said}, in {count_noun(count, 'row')}",
                rule.sql,
                row=first,
                count=count,
                severity_given=Severity.WARNING,
            )


def _unusable(rule: RowRule, problem: str) -> Finding:
    return Finding(
        "expression-invalid",
        f"the rule {rule.sql!r}: {problem}",
        "one condition over the fields of a row",
    )
