"""Tables of counts instead of rows: each declared table with its margins, protected together.

Every set of dimensions that a declared table contains gives one released table (a cuboid): its
counts are sums of those of the tables with more dimensions, and small counts are hidden in all of
them at once (`disclosure.table_suppression`).
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations

import duckdb

from plainrecord.core.plurals import count_noun, inside_sentence, several
from plainrecord.disclosure.earlier_releases import Cell, find_other_rounding, link_releases
from plainrecord.disclosure.joint_counts import suppress_with_joint
from plainrecord.disclosure.linked_cells import LinkedCells, link_cuboids
from plainrecord.disclosure.related_fields import Index, count_by, link_related
from plainrecord.disclosure.rounding import round_cells
from plainrecord.disclosure.rows_beside_tables import ProtectedRecords, link_rows
from plainrecord.disclosure.table_sizes import find_too_many, word_choices
from plainrecord.disclosure.table_suppression import MOST_CELLS, suppress_cells
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.declarations import COUNT, PrivacyPolicy, table_name
from plainrecord.model.packages import Field, MissingKind, MissingValue, ReleasedTable
from plainrecord.receipts.cell_text import text_value
from plainrecord.receipts.engine import identifier, literal

SUPPRESSED = MissingValue("suppressed", "suppressed to protect people", MissingKind.SUPPRESSED)
IMPOSSIBLE = MissingValue("not applicable", "cannot occur", MissingKind.NOT_APPLICABLE)

MOST_ZEROS = 4
"""Combinations for each one that occurs: with more, those that do not are not listed."""

UNFIT_TYPES = ("number", "object", "array", "list", "geopoint", "geojson", "any", "duration")


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """One released table of counts: how many of its `cells` are hidden.

    `sums`: some are sums of counts of a table by a related field, as of a year and its months.
    """

    table: ReleasedTable
    dimensions: tuple[str, ...]
    cells: int
    hidden: int
    sums: bool = False


@dataclass(frozen=True, slots=True)
class ProtectedTables:
    """The released tables, the one without dimensions first.

    `alternatives` are complete lists of counts for the hidden cells, table by table and row by row,
    that agree with all that is published: each hidden cell is at least the threshold in one.
    `counted` is the sum of all counts. `beside` has the earlier releases that they were protected
    together with, each with the cells that it hides and that only appear unchanged.
    """

    tables: tuple[ProtectedTable, ...]
    alternatives: tuple[tuple[int, ...], ...]
    counted: int
    beside: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict)


def list_cuboids(policy: PrivacyPolicy, fields: Sequence[Field]) -> tuple[tuple[str, ...], ...]:
    """Every set of dimensions of the tables of a policy: () first, names in the order of `fields`."""
    order = {field.name: number for number, field in enumerate(fields)}
    sets = {
        tuple(sorted(chosen, key=order.__getitem__))
        for table in policy.tables
        for size in range(len(table.dimensions) + 1)
        for chosen in combinations(table.dimensions, size)
    }
    return tuple(sorted(sets, key=lambda names: (len(names), [order[name] for name in names])))


def check_tables(task: ProtectionTask) -> tuple[Finding, ...]:
    """Findings for dimensions that are no released field or give no categories."""
    policy, known = task.policy, task.fields
    findings = Findings(file=task.file)
    for name in dict.fromkeys(name for table in policy.tables for name in table.dimensions):
        if name not in known:
            dropped = name in policy.identifiers
            found = f"a table has the dimension {name!r}"
            found += ", an identifier" if dropped else suggest(name, known)
            findings.add("privacy-field-unknown", found, "a released field")
        elif known[name].type in UNFIT_TYPES:
            found = f"a table has the dimension {name!r}, of type {known[name].type}"
            expected = "a field with categories; put numbers into brackets first"
            findings.add("privacy-method-unfit", found, expected, field=name)
    if not findings:
        named: dict[str, tuple[str, ...]] = {}
        for names in list_cuboids(policy, task.rows.fields):
            if (other := named.setdefault(table_name(names), names)) != names:
                found = f"the tables by {', '.join(other)} and by {', '.join(names)} have one name"
                expected = "fields whose names differ in letters or digits, not "
                findings.add("value-invalid", found, expected + table_name(names))
    for zero in policy.structural_zeros:
        if unknown := [name for name in zero if name not in known]:
            found = f"structural_zeros names {unknown[0]!r}{suggest(unknown[0], known)}"
            findings.add("privacy-field-unknown", found, "a released field")
        elif (
            not any(zero.keys() <= {*table.dimensions} for table in policy.tables) or len(zero) < 2
        ):
            found = f"structural_zeros has a combination of {', '.join(zero) or 'no field'}"
            findings.add("value-invalid", found, "two or three dimensions of one table")
    if policy.people and policy.people not in known:
        found = f"people are counted by {policy.people!r}{suggest(policy.people, known)}"
        findings.add("privacy-field-unknown", found, "a released field")
    elif policy.people and known[policy.people].type != "integer":
        found = f"people are counted by {policy.people!r}, of type {known[policy.people].type}"
        findings.add("privacy-people-uncounted", found, "a field of type integer")
    return tuple(findings)


def protect_tables(
    task: ProtectionTask, records: ProtectedRecords | None = None
) -> tuple[ProtectedTables | None, tuple[Finding, ...]]:
    """The tables of a policy, protected; they lie in the schema `protected`.

    Of `records`, the rows that are released beside them, a reader can count each table whose
    dimensions they all have: such a table is shown as it is. What earlier releases published is
    known. None with findings where a dimension is unfit, where there are too many cells, or where a
    small count cannot be hidden among others.
    """
    if findings := check_tables(task):
        return None, findings
    connection, rows, policy, fields = task.connection, task.rows, task.policy, task.fields
    if not policy.tables:
        return ProtectedTables((), (), rows.rows), ()
    connection.execute('CREATE SCHEMA IF NOT EXISTS "protected"')
    for find in (_uncountable, find_too_many):
        if (finding := find(task)) and finding.blocks:
            return None, (finding,)
    tables = {names: _count(task, names) for names in list_cuboids(policy, rows.fields)}
    if wrong := [*_check_structural_zeros(task, tables)]:
        return None, tuple(wrong)
    impossible = partial(task.report, "protection-impossible")
    keys: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    cuboids: dict[tuple[str, ...], Mapping[tuple[str, ...], int]] = {}
    listed: dict[tuple[str, ...], int] = {}
    for names, table in tables.items():
        texts = [text_value(fields[name]) for name in names]
        columns = ", ".join([*texts, COUNT])
        cells = connection.execute(
            f"SELECT {columns} FROM {table.relation} ORDER BY rowid"
        ).fetchall()
        keys[names] = [cell[:-1] for cell in cells]
        listed[names] = sum(cell[-1] is not None for cell in cells)
        cuboids[names] = {tuple(cell[:-1]): int(cell[-1]) for cell in cells if cell[-1]}
        if len(set(keys[names])) < len(cells):
            found = f"two values of {' and '.join(names)} are written in the same way"
            return None, (impossible(found, "one text for each value"),)
    if not cuboids[()]:
        return None, (impossible("the table has no rows", "rows to count"),)
    total = cuboids[()][()]
    other = find_other_rounding(task.earlier, list(cuboids), total, policy.rounding)
    if other is not None:
        method = f"rounds to multiples of {other.rounding}" if other.rounding else "suppresses"
        found = f"{other.words} {method} what these tables show otherwise"
        expected = "the same `rounding`, or tables that have no dimension in common"
        return None, (impossible(found, expected),)
    linked, index = link_related(
        connection,
        rows,
        task.measure,
        cuboids,
        policy.threshold,
        records.table if records else None,
    )
    if policy.rounding:
        return _round(task, tables, keys, (linked, index))
    whole = {frozenset(table.dimensions) for table in policy.tables if table.shown}
    kept = {at for (names, _), at in index.items() if frozenset(names) in whole}
    linked = replace(linked, shown=linked.shown | kept)
    cell_of: dict[int, int] = {}
    if records is not None:
        linked, cell_of = link_rows(connection, records, linked, index, cuboids)
    coarsen = {how.field: how for how in policy.coarsen}
    together, beside = link_releases(linked, index, task.earlier, coarsen)
    if finding := _check_past(task, linked, together, index):
        return None, (finding,)
    # What an earlier release shows of counts that are others now cannot be undone.
    past = {at for at in together.shown if at >= len(linked.values)}
    known = together.shown - together.open - past
    small = frozenset(at for at in known if together.values[at] < policy.threshold)
    released = {place: at for place, at in index.items() if place[0] in cuboids}
    count = partial(count_by, connection, rows, task.measure)
    suppression = (
        None
        if small
        else suppress_with_joint(together, released, count, policy.threshold, policy.level)
    )
    lost = suppression.unprotected - past if suppression else small
    if suppression is None or lost:
        unprotected = {cell_of.get(at, at) for at in lost}
        sets = {names for (names, _), at in index.items() if at in unprotected}
        follow, with_rows = suppression is None, records is not None
        finding = _unprotected(task, len(unprotected), sets, follow=follow, with_rows=with_rows)
        ways = {"at `level: 2`": (together, 2)} if policy.level == 1 else {}
        if together != linked:
            others = " and ".join(release.words for release in task.earlier)
            ways[f"without what {others} published"] = (linked, policy.level)
        for words, (counts, level) in ways.items() if suppression else ():
            if not suppress_cells(counts, policy.threshold, level).unprotected - past:
                expected = f"{finding.expected}; {words} all are hidden"
                finding = replace(finding, expected=expected)
        return None, (finding,)
    order: list[int] = []
    protected = []
    # The cells of these tables are the first ones of `linked`.
    plain = linked.totals if policy.level == 2 else link_cuboids(cuboids)[0].totals
    for names, table in tables.items():
        at = [index.get((names, key), -1) for key in keys[names]]  # zeros are no cells
        hidden = [row for row, cell in enumerate(at) if cell in suppression.hidden]
        order += [at[row] for row in hidden]
        labelled = [row for row in hidden if at[row] in suppression.primary - linked.totals]
        _hide(connection, table, hidden, labelled)
        sums = any(cell in linked.totals and cell not in plain for cell in at)
        protected.append(ProtectedTable(table, names, listed[names], len(hidden), sums))
    proof = suppression.alternatives
    at_cell = {cell: number for number, cell in enumerate(proof.cells)}
    alternatives = tuple(tuple(item[at_cell[cell]] for cell in order) for item in proof.tables)
    return ProtectedTables(tuple(protected), alternatives, total, beside), ()


def _is_combination(zero: Mapping[str, str], table: ReleasedTable) -> str:
    """The condition that a row of `table` is of the combination `zero`, as far as it has its fields."""
    fields = [field for field in table.fields if field.name in zero]
    return " AND ".join(f"{text_value(field)} = {literal(zero[field.name])}" for field in fields)


def _check_structural_zeros(
    task: ProtectionTask, tables: Mapping[tuple[str, ...], ReleasedTable]
) -> Iterator[Finding]:
    """Findings for combinations that occur, or name no value."""
    for zero in task.policy.structural_zeros:
        combination = " and ".join(f"{name} {value!r}" for name, value in zero.items())
        for names, table in tables.items():
            here = f"{table.relation} WHERE {_is_combination(zero, table)}"
            if len(names) == 1 and names[0] in zero:
                if not task.count_rows(here):
                    found = f"structural_zeros: no record has {names[0]} {zero[names[0]]!r}"
                    yield task.report("value-invalid", found, "a value as it is released", names[0])
            elif zero.keys() <= {*names} and task.count_rows(f"{here} AND {COUNT} > 0"):
                found = f"structural_zeros says that {combination} cannot occur, and they do"
                yield task.report("value-invalid", found, "a count of 0")


def _round(
    task: ProtectionTask,
    tables: Mapping[tuple[str, ...], ReleasedTable],
    keys: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]],
    cells: tuple[LinkedCells, Index],
) -> tuple[ProtectedTables | None, tuple[Finding, ...]]:
    """The tables with every count rounded. Rows of 0 go where those of true zeros are not listed."""
    linked, index = cells
    before: dict[int, int] = {}
    for release in task.earlier:
        before |= {
            at: release.cuboids[names].get(key) or 0
            for (names, key), at in index.items()
            if names in release.cuboids
        }
    base = task.policy.rounding
    rounded = round_cells(linked, base, before)
    if rounded is None:
        found = f"no tables of multiples of {base} that add up are near these counts"
        expected = "fewer tables, or tables of fewer dimensions"
        return None, (task.report("protection-impossible", found, expected),)
    made = []
    for names, table in tables.items():
        at = [index.get((names, key), -1) for key in keys[names]]
        task.connection.execute(
            f"UPDATE {table.relation} AS t SET {COUNT} = r.value FROM (SELECT "
            "unnest(CAST(? AS BIGINT[])) AS row, unnest(CAST(? AS BIGINT[])) AS value) AS r "
            f"WHERE t.rowid = r.row AND {COUNT} IS NOT NULL",
            [list(range(len(at))), [rounded[cell] if cell >= 0 else 0 for cell in at]],
        )
        listed = math.prod(len(set(column)) for column in zip(*keys[names], strict=True))
        if len(names) == 1 or listed > MOST_ZEROS * sum(cell >= 0 for cell in at):
            task.connection.execute(f"DELETE FROM {table.relation} WHERE {COUNT} = 0")
        rows, counts = (
            task.count_rows(f"{table.relation} WHERE {condition}")
            for condition in ("TRUE", f"{COUNT} IS NOT NULL")
        )
        made.append(ProtectedTable(replace(table, rows=rows), names, counts, 0))
    return ProtectedTables(tuple(made), (), rounded[index[(), ()]]), ()


def _uncountable(task: ProtectionTask) -> Finding | None:
    """A finding where the field that counts people does not, in some rows."""
    people = task.policy.people
    if not people:
        return None
    name = identifier(people)
    row = task.connection.execute(
        f"SELECT count_if({name} IS NULL), count_if({name} < 0) FROM {task.rows.relation}"
    ).fetchone()
    missing, negative = row or (0, 0)
    if not missing and not negative:
        return None
    absent, expected = count_noun(missing, "row"), "a number of people in every row"
    found = f"{people} is missing in {absent} and below 0 in {negative:,}"
    return task.report("privacy-people-uncounted", found, expected, people)


def _count(task: ProtectionTask, names: tuple[str, ...]) -> ReleasedTable:
    """The table of counts by `names`, with zeros unless nearly all combinations are."""
    connection, rows, policy = task.connection, task.rows, task.policy
    fields = [field for field in rows.fields if field.name in names]
    columns = [identifier(name) for field in fields for name in _columns(field)]
    counted = task.measure
    relation = f'"protected".{identifier(table_name(names))}'
    grouped = f" GROUP BY {', '.join(columns)}" if columns else ""
    ordered = f" ORDER BY {', '.join(columns)}" if columns else ""
    chosen = [*columns, f"CAST({counted} AS BIGINT) AS {COUNT}"]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE counted AS SELECT {', '.join(chosen)} "
        f"FROM {rows.relation}{grouped} HAVING {counted} > 0"
    )
    source = "counted"
    values = [
        f"(SELECT DISTINCT {', '.join(map(identifier, _columns(field)))} FROM counted)"
        for field in fields
    ]
    if len(fields) > 1:
        product = " CROSS JOIN ".join(values)
        size = task.count_rows(f"(SELECT 1 FROM {product})")
        if size <= MOST_ZEROS * task.count_rows("counted"):
            same = " AND ".join(f"c.{name} IS NOT DISTINCT FROM p.{name}" for name in columns)
            source = (
                f"(SELECT p.*, coalesce(c.{COUNT}, 0) AS {COUNT} FROM (SELECT * FROM {product}) AS p "
                f"LEFT JOIN counted AS c ON {same})"
            )
    labels = [inside_sentence(field.label) for field in fields]
    by = f" by {' and '.join(filter(None, [', '.join(labels[:-1]), labels[-1]]))}" if labels else ""
    counts = Field(
        name=COUNT,
        type="integer",
        title=task.fields[policy.people].label
        if policy.people
        else f"Number of {several(rows.unit)}",
        description=f"Rounded to a multiple of {policy.rounding}." if policy.rounding else "",
        missing_values=_marks(policy, names),
    )
    table = replace(
        rows,
        resource=table_name(names),
        title=f"{rows.title}{by}" if labels else f"{rows.title}, total",
        description="",
        relation=relation,
        fields=(*fields, counts),
        threshold=0,
        protections=(),
        primary_key=(),
    )
    cannot = " OR ".join(f"({_is_combination(zero, table)})" for zero in _list_zeros(policy, names))
    if cannot and source == "counted":
        # Where zeros are not listed, a combination that cannot occur is: else it reads as a zero.
        source = (
            f"(FROM counted UNION ALL BY NAME SELECT p.*, 0 AS {COUNT} "
            f"FROM (SELECT * FROM {product} WHERE {cannot}) AS p)"
        )
    impossible = f"({cannot or 'FALSE'}) AND {COUNT} = 0"
    shown = f"* REPLACE (CASE WHEN {impossible} THEN NULL ELSE {COUNT} END AS {COUNT})"
    if counts.marks_apart:
        mark = identifier(counts.mark_column)
        shown += f", CASE WHEN {impossible} THEN {literal(IMPOSSIBLE.value)} END AS {mark}"
    connection.execute(
        f"CREATE OR REPLACE TABLE {relation} AS SELECT {shown} FROM {source}{ordered}"
    )
    return replace(table, rows=task.count_rows(relation))


def _list_zeros(policy: PrivacyPolicy, names: Collection[str]) -> list[dict[str, str]]:
    """The combinations that cannot occur, of those by `names`."""
    return [zero for zero in policy.structural_zeros if zero.keys() <= {*names}]


def _marks(policy: PrivacyPolicy, names: Collection[str]) -> tuple[MissingValue, ...]:
    """The marks that can stand in the place of a count by `names`."""
    impossible = (IMPOSSIBLE,) if _list_zeros(policy, names) else ()
    if policy.rounding:
        return impossible
    return ((SUPPRESSED,) if policy.level == 2 else (_few(policy), SUPPRESSED)) + impossible


def _few(policy: PrivacyPolicy) -> MissingValue:
    """The mark of a count that is small, where its mark differs from that of others that are hidden."""
    words = f"fewer than {policy.threshold}"
    return MissingValue(words, f"{words}: suppressed to protect people", MissingKind.SUPPRESSED)


def _columns(field: Field) -> list[str]:
    return [field.name, field.mark_column] if field.marks_apart else [field.name]


def _hide(
    connection: duckdb.DuckDBPyConnection,
    table: ReleasedTable,
    hidden: Sequence[int],
    small: Sequence[int],
) -> None:
    """Put null in `hidden` rows; those in `small` have a mark of their own at level 1."""
    changes = [(COUNT, "NULL", hidden)]
    if table.fields[-1].marks_apart:
        column = identifier(table.fields[-1].mark_column)
        few = literal(table.fields[-1].missing_values[0].value)
        changes += [(column, literal(SUPPRESSED.value), hidden), (column, few, small)]
    for name, value, rows in changes:
        connection.execute(
            f"UPDATE {table.relation} SET {name} = {value} "
            "WHERE rowid IN (SELECT unnest(CAST(? AS BIGINT[])))",
            [list(rows)],
        )


def _check_past(
    task: ProtectionTask, linked: LinkedCells, together: LinkedCells, index: Index
) -> Finding | None:
    """A finding where earlier releases show small counts that did not change, or are too large."""
    if len(together.values) > MOST_CELLS:
        found = f"the tables, with those of earlier releases and other datasets, have {len(together.values):,} cells"
        return task.report("protection-too-large", found, f"at most {MOST_CELLS:,} cells")
    disclosed = {at for at in together.shown - linked.shown if at < len(linked.values)}
    small = {at for at in disclosed if together.values[at] < task.policy.threshold}
    if not small:
        return None
    sets = {names for (names, _), at in index.items() if at in small}
    found = (
        f"earlier releases or other datasets show {count_noun(len(small), 'count')} below "
        f"{task.policy.threshold} of these tables, and nothing says that they are others: in {_list_sets(sets)}"
    )
    expected = "the policy of these releases, or tables with other dimensions"
    return task.report("protection-impossible", found, expected)


def _list_sets(sets: Collection[tuple[str, ...]]) -> str:
    return ", ".join(sorted(" by ".join(names) or "the total" for names in sets))


def _unprotected(
    task: ProtectionTask,
    count: int,
    sets: Collection[tuple[str, ...]],
    *,
    with_rows: bool,
    follow: bool,
) -> Finding:
    """So many small counts of the tables `sets` that cannot be hidden, without values and places.

    `with_rows`: the remedy is about the rows beside the tables, so no coarser tables are named;
    `follow`: the counts follow from the rows, whatever the tables suppress.
    """
    threshold = task.policy.threshold
    worst = max(sets, key=lambda names: (len(names), names), default=())
    choices = f". {word_choices(task, worst)}" if worst and not with_rows else ""
    where = f": in {_list_sets(sets) or 'earlier releases'}"
    found = f"{count_noun(count, 'count')} cannot be hidden among others{where}{choices}"
    expected = f"tables in which each count below {threshold} can be one of {threshold} or more"
    if follow and with_rows:
        found = f"{count_noun(count, 'count')} below {threshold} follow from the rows{where}"
        expected = "no table by these fields, or rows without one of them"
    return task.report("protection-impossible", found, expected)
