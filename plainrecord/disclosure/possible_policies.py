"""What can be released where a policy cannot be carried out: which tables, or which fields of rows."""

from collections.abc import Iterator, Sequence

import duckdb

from plainrecord.core.plurals import count_noun
from plainrecord.disclosure.earlier_releases import EarlierRelease
from plainrecord.disclosure.records import check_earlier, protect_records
from plainrecord.disclosure.rows_beside_tables import ProtectedRecords
from plainrecord.disclosure.table_sizes import count_cells
from plainrecord.disclosure.tables import ProtectedTables, protect_tables
from plainrecord.findings.finding import Finding
from plainrecord.model.declarations import PrivacyPolicy
from plainrecord.model.packages import ReleasedTable

MOST_TRIED = 2_000
"""Cells of tables of which every choice is tried: each try is a protection of its own."""
MOST_TABLES = 12


def protect_rows_and_tables(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    policy: PrivacyPolicy,
    file: str,
    earlier: Sequence[EarlierRelease] = (),
    records: ProtectedRecords | None = None,
) -> tuple[ProtectedRecords | None, ProtectedTables | None, tuple[Finding, ...]]:
    """The rows (in the mode `records`, if they are not given) and tables that may be released.

    No tables, with findings, where the policy cannot be carried out.
    """
    if policy.mode == "records" and records is None:
        records, problems = protect_records(connection, rows, policy, file, earlier)
        if records is None:
            return None, None, problems
    if records and (finding := check_earlier(connection, records.table, earlier, file)):
        return records, None, (finding,)
    made, problems = protect_tables(connection, rows, policy, file, records, earlier)
    return records, made, problems


def name_possible(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    policy: PrivacyPolicy,
    file: str,
    earlier: Sequence[EarlierRelease] = (),
) -> str:
    """Changes of a policy that cannot be carried out, each tried, as the end of a sentence; with
    too many cells to try any, what each key variable of the rows costs.
    """
    if len(policy.tables) > MOST_TABLES:
        return ""
    if sum(count_cells(connection, rows, policy).values()) > MOST_TRIED:
        costs = list(_list_costs(connection, rows, policy, file, earlier))
        return f". {'; '.join(costs)}" if costs else ""
    choices = list(_list_possible(connection, rows, policy, file, earlier))
    return f". What is possible: {'; or '.join(choices)}" if choices else ""


def _list_possible(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    policy: PrivacyPolicy,
    file: str,
    earlier: Sequence[EarlierRelease],
) -> Iterator[str]:
    some = policy.model_copy(update={"tables": ()})
    left = []
    for table in policy.tables:
        tables = (*some.tables, table)
        names = [{*one.dimensions} for one in tables]
        zeros = [z for z in policy.structural_zeros if any(z.keys() <= one for one in names)]
        more = policy.model_copy(update={"tables": tables, "structural_zeros": tuple(zeros)})
        _, made, _ = protect_rows_and_tables(connection, rows, more, file, earlier)
        if made:
            some = more
        else:
            left.append(table)
    if left and (some.tables or policy.mode == "records"):
        listed = " and the one by ".join(" and ".join(table.dimensions) for table in left)
        yield f"leave out the table by {listed}"
    for name, fewer in _leave_out(policy):
        if any(name in table.dimensions for table in left):
            made_rows, made, _ = protect_rows_and_tables(connection, rows, fewer, file, earlier)
            if made and made_rows:
                touched = _count_touched(made_rows)
                yield f"leave {name} out of the rows ({touched} then have a suppressed value)"


def _list_costs(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    policy: PrivacyPolicy,
    file: str,
    earlier: Sequence[EarlierRelease],
) -> Iterator[str]:
    """In how many rows a value is suppressed with all key variables, and without each of them."""
    for name, fewer in [("", policy), *_leave_out(policy)] if policy.mode == "records" else ():
        if not name or name in policy.keys:
            made, _ = protect_records(connection, rows, fewer, file, earlier)
            if made:
                where = f"without {name} in the rows" if name else "As declared"
                yield f"{where}: {_count_touched(made)} with a suppressed value"


def _count_touched(records: ProtectedRecords) -> str:
    return f"{records.touched:,} of {count_noun(records.table.rows, 'row')}"


def _leave_out(policy: PrivacyPolicy) -> Iterator[tuple[str, PrivacyPolicy]]:
    """Each field of the rows, and the policy without it."""
    for name in (*policy.keys, *policy.sensitive, *policy.harmless):
        roles = {"keys": policy.keys, "sensitive": policy.sensitive, "harmless": policy.harmless}
        fewer = policy.model_copy(
            update={role: tuple(n for n in names if n != name) for role, names in roles.items()}
        )
        if fewer.keys:
            yield name, fewer
