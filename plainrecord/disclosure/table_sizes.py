"""How large tables of counts are, and what each way to make one smaller would cost."""

from collections.abc import Sequence

from plainrecord.core.plurals import count_noun
from plainrecord.disclosure.table_suppression import MOST_CELLS
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.findings.finding import Finding
from plainrecord.receipts.engine import identifier

MOST_LINKED = 50_000
"""Cells of all tables together: protecting more that share cells takes hours."""

MOST_QUICK = 10_000
"""Cells of all tables together: protecting more takes minutes."""

MOST_FREQUENT = 10
"""Values of a dimension that a proposed table keeps beside a group of all others."""


def find_too_many(task: ProtectionTask) -> Finding | None:
    """A finding where the tables have too many cells, or (a warning) so many that protecting them
    takes minutes: which table has the most, and what each choice leaves of it.
    """
    sizes = count_cells(task)
    together = sum(sizes.values())
    alone = len(sizes) == 1 and len(task.policy.tables[0].dimensions) < 3
    most = MOST_CELLS if alone else MOST_LINKED
    slow = together <= most
    if together <= (MOST_QUICK if slow else most):
        return None
    largest = max(sizes, key=lambda names: sizes[names])
    return task.report(
        "protection-slow" if slow else "protection-too-large",
        f"the tables have {together:,} cells; that by {', '.join(largest)} has {sizes[largest]:,}. "
        + word_choices(task, largest),
        f"at most {MOST_QUICK if slow else most:,} cells",
    )


def count_cells(task: ProtectionTask) -> dict[tuple[str, ...], int]:
    """How many combinations occur, for the dimensions of each table of the policy."""
    return {table.dimensions: _count_values(task, table.dimensions) for table in task.policy.tables}


def _count_values(task: ProtectionTask, names: Sequence[str]) -> int:
    listed = ", ".join(map(identifier, names))
    return task.count_rows(f"(SELECT DISTINCT {listed} FROM {task.rows.relation})")


def word_choices(task: ProtectionTask, names: Sequence[str]) -> str:
    """A table without each dimension, by year, and with rare values in one group: cells and the
    share below the threshold.
    """
    policy, relation = task.policy, task.rows.relation
    yearly = {item.field for item in policy.coarsen if item.method in ("month", "quarter")}

    def measure(chosen: dict[str, str]) -> str:
        listed = "".join(f"{sql} AS {name}, " for name, sql in chosen.items())
        row = task.connection.execute(
            f"SELECT count(*), count_if(n < {policy.threshold}) FROM (SELECT {listed}{task.measure} "
            f"AS n FROM {relation} GROUP BY ALL HAVING n > 0)"
        ).fetchone()
        cells, small = row or (0, 0)
        return f"{count_noun(cells, 'cell')}, {small / max(cells, 1):.0%} below {policy.threshold}"

    plain = {identifier(name): identifier(name) for name in names}
    choices = [("As declared", plain)]
    for name in names:
        quoted = identifier(name)
        rest = {other: sql for other, sql in plain.items() if other != quoted}
        choices.append((f"without {name}", rest))
        if name in yearly:
            choices.append((f"with {name} by year", {**plain, quoted: f"left({quoted}, 4)"}))
        elif _count_values(task, [name]) > MOST_FREQUENT:
            top = (
                f"SELECT {quoted} FROM {relation} GROUP BY 1 ORDER BY {task.measure} DESC, 1 "
                f"LIMIT {MOST_FREQUENT}"
            )
            grouped = f"CASE WHEN {quoted} IN ({top}) THEN {quoted} END"
            words = (
                f"with the {MOST_FREQUENT} most frequent values of {name}, all others in a group"
            )
            choices.append((words, {**plain, quoted: grouped}))
    return "; ".join(f"{words}: {measure(chosen)}" for words, chosen in choices)
