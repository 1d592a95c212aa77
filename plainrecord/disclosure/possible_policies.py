"""What can be released where a policy cannot be carried out: which tables, or which fields of rows."""

from collections.abc import Iterator
from itertools import chain

from plainrecord.core.plurals import count_noun
from plainrecord.disclosure.records import check_earlier, protect_records
from plainrecord.disclosure.rows_beside_tables import ProtectedRecords
from plainrecord.disclosure.table_sizes import count_cells
from plainrecord.disclosure.tables import ProtectedTables, protect_tables
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.findings.finding import Finding

MOST_TRIED = 2_000
"""Cells of tables of which every choice is tried: each try is a protection of its own."""
MOST_TABLES = 12


def protect_rows_and_tables(
    task: ProtectionTask, records: ProtectedRecords | None = None
) -> tuple[ProtectedRecords | None, ProtectedTables | None, tuple[Finding, ...]]:
    """The rows (in the mode `records`, if they are not given) and tables that may be released.

    No tables, with findings, where the policy cannot be carried out.
    """
    if task.policy.mode == "records" and records is None:
        records, problems = protect_records(task)
        if records is None:
            return None, None, problems
    if records and (finding := check_earlier(task, records.table)):
        return records, None, (finding,)
    made, problems = protect_tables(task, records)
    return records, made, problems


def name_possible(task: ProtectionTask) -> str:
    """Changes of a policy that cannot be carried out, each tried, as the end of a sentence; with
    too many cells to try any, what each key variable of the rows costs.
    """
    if len(task.policy.tables) > MOST_TABLES:
        return ""
    if sum(count_cells(task).values()) > MOST_TRIED:
        costs = list(_list_costs(task))
        return f". {'; '.join(costs)}" if costs else ""
    choices = list(_list_possible(task))
    return f". What is possible: {'; or '.join(choices)}" if choices else ""


def _list_possible(task: ProtectionTask) -> Iterator[str]:
    policy = task.policy
    some, left = policy.tables[:0], []
    for table in policy.tables:
        tables = (*some, table)
        names = [{*one.dimensions} for one in tables]
        zeros = [z for z in policy.structural_zeros if any(z.keys() <= one for one in names)]
        more = task.with_policy(tables=tables, structural_zeros=tuple(zeros))
        _, made, _ = protect_rows_and_tables(more)
        if made:
            some = tables
        else:
            left.append(table)
    if left and (some or policy.mode == "records"):
        listed = " and the one by ".join(" and ".join(table.dimensions) for table in left)
        yield f"leave out the table by {listed}"
    for name, fewer in _leave_out(task):
        if any(name in table.dimensions for table in left):
            made_rows, made, _ = protect_rows_and_tables(fewer)
            if made and made_rows:
                touched = _count_touched(made_rows)
                yield f"leave {name} out of the rows ({touched} then have a suppressed value)"


def _list_costs(task: ProtectionTask) -> Iterator[str]:
    """In how many rows a value is suppressed with all key variables, and without each of them."""
    for name, fewer in [("", task), *_leave_out(task)] if task.policy.mode == "records" else ():
        if not name or name in task.policy.keys:
            made, _ = protect_records(fewer)
            if made:
                where = f"without {name} in the rows" if name else "As declared"
                yield f"{where}: {_count_touched(made)} with a suppressed value"


def _count_touched(records: ProtectedRecords) -> str:
    return f"{records.touched:,} of {count_noun(records.table.rows, 'row')}"


def _leave_out(task: ProtectionTask) -> Iterator[tuple[str, ProtectionTask]]:
    """Each field of the rows, and the task without it."""
    policy = task.policy
    roles = {"keys": policy.keys, "sensitive": policy.sensitive, "harmless": policy.harmless}
    for name in chain(*roles.values()):
        fewer = {role: tuple(n for n in names if n != name) for role, names in roles.items()}
        if fewer["keys"]:
            yield name, task.with_policy(**fewer)
