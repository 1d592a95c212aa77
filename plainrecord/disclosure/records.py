"""Rows of which no combination of key variables is held by few: k-anonymity by local suppression.

Fields are generalised first. Then, in each row whose combination is rare, as few key variables as
possible are suppressed until its combination, suppressed values included, is held by as many rows
as the policy asks for (Samarati and Sweeney 1998; l-diversity: Machanavajjhala and others 2007).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from plainrecord.core.plurals import count_noun
from plainrecord.disclosure.earlier_releases import Cell, find_unchanged, name_cell
from plainrecord.disclosure.earlier_rows import EarlierPatterns, read_patterns
from plainrecord.disclosure.rows_beside_tables import PATTERN, PEOPLE, REST, ProtectedRecords
from plainrecord.disclosure.tables import SUPPRESSED
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.findings.finding import Finding, suggest
from plainrecord.model.packages import ReleasedTable
from plainrecord.receipts.cell_text import text_value
from plainrecord.receipts.engine import identifier, literal

Codes = npt.NDArray[np.int64]

MOST_NUMBER = 2**62
MOST_KEYS = 10
"""Key variables: every set of them is tried."""


def _check_names(task: ProtectionTask) -> Iterator[Finding]:
    """Findings for names that no released field has, and for too many key variables."""
    policy, known = task.policy, task.fields
    for role in ("keys", "sensitive", "harmless"):
        for name in getattr(policy, role):
            if name not in known:
                dropped = name in policy.identifiers
                found = f"plainrecord.privacy.{role} names {name!r}"
                found += ", an identifier" if dropped else suggest(name, known)
                yield task.report("privacy-field-unknown", found, "a released field")
    if len(policy.keys) > MOST_KEYS:
        found = f"there are {len(policy.keys)} key variables"
        yield task.report("protection-too-large", found, f"at most {MOST_KEYS}")


def protect_records(
    task: ProtectionTask,
) -> tuple[ProtectedRecords | None, tuple[Finding, ...]]:
    """The rows that may be released, in the schema `protected`.

    Only key variables, sensitive variables and harmless fields are released. What rows of earlier
    releases show is known. None with findings where a name is unknown, where a value reads as one
    that was suppressed, or where even rows without key variables would be too few.
    """
    if findings := tuple(_check_names(task)):
        return None, findings
    connection, policy, fields = task.connection, task.policy, task.fields
    keys, sensitive = policy.keys, policy.sensitive
    texts = [text_value(fields[name]) for name in (*keys, *sensitive)]
    named = ", ".join(f"{text} AS __t{number}" for number, text in enumerate(texts))
    source = f"SELECT {named} FROM {task.rows.relation}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE coded AS {source}")
    columns = []
    for number in range(len(texts)):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE codes{number} AS SELECT __t{number}, "
            f"row_number() OVER (ORDER BY __t{number}) - 1 AS __c{number} "
            f"FROM (SELECT DISTINCT __t{number} FROM coded)"
        )
        columns.append(f"__c{number}")
    mark = literal(SUPPRESSED.value)
    for number, name in enumerate(keys):
        if connection.execute(f"FROM codes{number} WHERE __t{number} = {mark}").fetchone():
            found = f"a value reads {SUPPRESSED.value!r}, the code for values that are suppressed"
            expected = "another text for the value, by the method group or in a derived field"
            return None, (task.report("privacy-value-ambiguous", found, expected, name),)
    joins = " ".join(f"JOIN codes{number} USING (__t{number})" for number in range(len(texts)))
    fetched = connection.execute(
        f"SELECT {', '.join(columns)}, count(*) AS n FROM coded {joins} "
        f"GROUP BY {', '.join(columns)} ORDER BY {', '.join(columns)}"
    ).fetchnumpy()
    table = np.stack([np.asarray(fetched[name], dtype=np.int64) for name in columns], axis=1)
    counts = np.asarray(fetched["n"], dtype=np.int64)
    values = [
        [
            value
            for (value,) in connection.execute(
                f"SELECT __t{n} FROM codes{n} ORDER BY __c{n}"
            ).fetchall()
        ]
        for n in range(len(keys))
    ]
    lines, known = table[:, : len(keys)], []
    for release in task.earlier:
        if release.rows:
            found_patterns, wrong = read_patterns(
                connection, release, keys, values, lines, SUPPRESSED.value, task.file
            )
            if found_patterns is None:
                return None, wrong
            known.append(found_patterns)
    patterns = choose_suppressed(
        lines,
        table[:, len(keys) :],
        counts,
        policy.threshold,
        policy.diversity if sensitive else 1,
        known,
    )
    if patterns is None:
        found = f"there are fewer than {policy.threshold} rows that could be alike"
        if sensitive:
            found += f", or with {policy.diversity} values of {' and '.join(sensitive)}"
        if known:
            found += ", beside the rows of earlier releases"
        expected = "rows enough to hide one another"
        return None, (task.report("protection-impossible", found, expected),)
    released = _release(task, table, patterns)
    suppressed = tuple(
        (name, int(counts[(patterns >> number) & 1 == 1].sum())) for number, name in enumerate(keys)
    )
    touched = int(counts[patterns > 0].sum())
    return ProtectedRecords(released, suppressed, touched), ()


def check_earlier(task: ProtectionTask, table: ReleasedTable) -> Finding | None:
    """A finding where anyone can count in the rows of `table` what an earlier release suppresses.

    Fields of which values are suppressed are left out: their rows give a least count alone.
    """
    fields = {field.name: field for field in table.fields if SUPPRESSED not in field.missing_values}
    for release in task.earlier:
        now: dict[Cell, int] = {}
        then: dict[Cell, int | None] = {}
        for names, counts in release.cuboids.items():
            if release.rounding or not fields.keys() >= {*names}:
                continue
            texts = ", ".join([*(text_value(fields[name]) for name in names), "count(*)"])
            rows = task.connection.execute(f"SELECT {texts} FROM {table.relation} GROUP BY ALL")
            now |= {name_cell(names, row[:-1]): row[-1] for row in rows.fetchall()}
            then |= {name_cell(names, key): count for key, count in counts.items()}
        shown = [cell for cell in find_unchanged(now, then) if then[cell] is None]
        if shown:
            sets = sorted({" by ".join(name for name, _ in cell) for cell in shown})
            found = f"the rows show {count_noun(len(shown), 'count')} that "
            found += f"{release.words} suppresses: in {', '.join(sets)}"
            expected = "rows without one of these fields, or the mode of what suppresses them"
            return task.report("protection-impossible", found, expected)
    return None


def choose_suppressed(
    keys: Codes,
    sensitive: Codes,
    counts: Codes,
    threshold: int,
    diversity: int,
    earlier: Sequence[EarlierPatterns] = (),
) -> Codes | None:
    """Which key variables are suppressed in each group of rows, as the bits of a number.

    A line of `keys` and `sensitive` has the codes of the values of a group, `counts` its rows.
    Groups with the same values of `keys` get the same pattern. After it, each combination of keys,
    with what is suppressed as a value of its own, has `threshold` rows or more and `diversity`
    values or more of each sensitive variable. Beside each `earlier` release it shows no more of a
    row than one of the two does. None where that cannot be had.
    """
    groups = _Groups(keys, sensitive, counts, threshold, diversity, tuple(earlier))
    patterns = np.full(len(counts), -1, dtype=np.int64)
    patterns[groups.fitting(patterns, 0)] = 0
    for size in range(1, keys.shape[1] + 1):
        order = _patterns(keys.shape[1], size)
        progress = True
        while progress:
            gains = {pattern: groups.fitting(patterns, pattern) for pattern in order}
            order.sort(key=lambda pattern: (-int(counts[gains[pattern]].sum()), pattern))
            progress = False
            for pattern in order:
                fitting = groups.fitting(patterns, pattern)
                patterns[fitting] = pattern
                progress = progress or bool(len(fitting))
    while (patterns < 0).any():
        joined = _join(groups, patterns)
        if joined is None:
            return None
        patterns = joined
    return patterns


def _patterns(width: int, size: int) -> list[int]:
    """The numbers in which `size` of `width` bits are set."""
    return [sum(1 << bit for bit in chosen) for chosen in combinations(range(width), size)]


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups of rows, and what each combination of their keys must hold."""

    keys: Codes
    sensitive: Codes
    counts: Codes
    threshold: int
    diversity: int
    earlier: tuple[EarlierPatterns, ...]

    def allowed(self, pattern: int) -> npt.NDArray[np.bool_]:
        """Whether each line may have a pattern beside what earlier releases show of its rows."""
        allowed = np.ones(len(self.counts), dtype=bool)
        for release in self.earlier:
            allowed &= ~release.find_clashing(pattern, len(allowed))
        return allowed

    def visible(self, lines: Codes, pattern: int) -> Codes:
        """A number for each of `lines`: equal where all keys are that a pattern leaves."""
        numbers = np.zeros(len(lines), dtype=np.int64)
        size = 1
        for bit in range(self.keys.shape[1]):
            if pattern >> bit & 1:
                continue
            column = self.keys[lines, bit]
            values = int(column.max(initial=0)) + 1
            if size * values > MOST_NUMBER:
                distinct, numbers = np.unique(numbers, return_inverse=True)
                size = len(distinct)
            numbers = numbers * values + column
            size *= values
        return numbers

    def published(self, patterns: Codes) -> Codes:
        """A number for each line: equal where what is released of their keys is the same."""
        numbers = patterns
        for bit, column in enumerate(self.keys.T):
            numbers = self.number(numbers, np.where(patterns >> bit & 1, -1, column))
        return numbers

    def number(self, first: Codes, second: Codes) -> Codes:
        """A number from 0 on for each line: equal where both numbers are."""
        _, codes = np.unique(second, return_inverse=True)
        _, numbers = np.unique(first * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)
        return np.asarray(numbers, dtype=np.int64)

    def enough(self, lines: Codes, classes: Codes) -> npt.NDArray[np.bool_]:
        if not len(lines):
            return np.zeros(0, dtype=bool)
        enough = np.bincount(classes, weights=self.counts[lines]) >= self.threshold
        for column in self.sensitive[lines].T if self.diversity > 1 else ():
            pairs = np.unique(np.stack([classes, column], axis=1), axis=0)
            enough &= np.bincount(pairs[:, 0], minlength=len(enough)) >= self.diversity
        return np.asarray(enough[classes], dtype=bool)

    def fitting(self, patterns: Codes, pattern: int) -> Codes:
        """The lines without a pattern that are enough with this one, beside those that have it."""
        lines = np.flatnonzero(((patterns < 0) & self.allowed(pattern)) | (patterns == pattern))
        _, classes = np.unique(self.visible(lines, pattern), return_inverse=True)
        enough = self.enough(lines, np.asarray(classes, dtype=np.int64))
        return lines[enough & (patterns[lines] < 0)]


def _join(groups: _Groups, patterns: Codes) -> Codes | None:
    """`patterns` whose groups join common combinations at least cost in values, or None."""
    width = groups.keys.shape[1]
    everything = np.arange(len(patterns))
    left = patterns < 0
    whole = groups.published(patterns)
    best: tuple[int, int, Codes] | None = None
    for size in range(1, width + 1):
        for pattern in _patterns(width, size):
            visible, allowed = groups.visible(everything, pattern), groups.allowed(pattern)
            free = ~left & (patterns & pattern == patterns) & allowed
            for number in np.unique(visible[left & allowed]):
                here = (visible == number) & allowed
                lines = _take(
                    groups, np.flatnonzero(here & left), np.flatnonzero(here & free), whole
                )
                cost = int(groups.counts[lines].sum()) * size
                if len(lines) and (best is None or cost < best[0]):
                    best = (cost, pattern, lines)
    if best is None:
        return None
    joined = patterns.copy()
    joined[best[2]] = best[1]
    return joined


def _take(groups: _Groups, left: Codes, free: Codes, whole: Codes) -> Codes:
    """`left` and as few `free` lines, by classes of `whole`, as make them enough; or nothing."""
    if not len(free):
        return left if groups.enough(left, np.zeros_like(left)).all() else left[:0]
    _, classes = np.unique(whole[free], return_inverse=True)
    sizes = np.bincount(classes, weights=groups.counts[free])
    missing = groups.threshold - int(groups.counts[left].sum())
    # The smallest that is enough alone comes first, then the others, the nearest to it first.
    order = np.lexsort((np.abs(sizes - missing), sizes < missing))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    taken = 1
    while True:
        lines = np.concatenate([left, free[rank[classes] < taken]])
        if groups.enough(lines, np.zeros_like(lines)).all():
            return lines
        if taken >= len(order):
            return left[:0]
        taken *= 2


def _release(task: ProtectionTask, table: Codes, patterns: Codes) -> ReleasedTable:
    """The rows with the fields that a policy releases, suppressed values as their own mark."""
    connection, rows, policy, fields = task.connection, task.rows, task.policy, task.fields
    width = len(policy.keys)
    first = np.unique(table[:, :width], axis=0, return_index=True)[1]
    touched = first[patterns[first] > 0]
    lists = [*table[touched, :width].T.tolist(), patterns[touched].tolist()]
    names = [*(f"__c{number}" for number in range(width)), PATTERN]
    columns = ", ".join(f"unnest(CAST(? AS BIGINT[])) AS {name}" for name in names)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE patterns AS SELECT {columns}", lists)
    texts = [text_value(fields[name]) for name in policy.keys]
    lookups = " ".join(
        f"JOIN codes{number} ON codes{number}.__t{number} = {text}"
        for number, text in enumerate(texts)
    )
    same = " AND ".join(
        f"patterns.__c{number} = codes{number}.__c{number}" for number in range(width)
    )
    source = (
        f"{rows.relation} {lookups} LEFT JOIN patterns ON {same}" if len(touched) else rows.relation
    )
    selected = []
    kept = []
    kept_names = (*policy.keys, *policy.sensitive, *policy.harmless)
    for field in (field for field in rows.fields if field.name in kept_names):
        name = identifier(field.name)
        if field.name not in policy.keys or not len(touched):
            kept.append(field)
            selected.append(name)
            if field.marks_apart:
                selected.append(identifier(field.mark_column))
            continue
        hidden = f"(coalesce({PATTERN}, 0) >> {policy.keys.index(field.name)}) & 1 = 1"
        constraints = {key: item for key, item in field.constraints.items() if key != "required"}
        marks = (*field.missing_values, SUPPRESSED)
        released = replace(field, missing_values=marks, constraints=constraints)
        mark = field.missing_values[0].value if field.missing_values else ""
        old = identifier(field.mark_column) if field.marks_apart else literal(mark)
        kept.append(released)
        selected.append(f"CASE WHEN {hidden} THEN NULL ELSE {name} END AS {name}")
        if released.marks_apart:
            selected.append(
                f"CASE WHEN {hidden} THEN {literal(SUPPRESSED.value)} WHEN {name} IS NULL THEN {old} END "
                f"AS {identifier(released.mark_column)}"
            )
    relation = f'"protected".{identifier(rows.resource)}'
    connection.execute('CREATE SCHEMA IF NOT EXISTS "protected"')
    if len(touched):
        true = [f"{text_value(fields[field.name])} AS {identifier(field.name)}" for field in kept]
        people = identifier(policy.people) if policy.people else "1"
        connection.execute(
            f"CREATE OR REPLACE TABLE {REST} AS SELECT {', '.join(true)}, {PATTERN}, "
            f"{people} AS {PEOPLE} FROM {source} WHERE {PATTERN} > 0"
        )
    connection.execute(
        f"CREATE OR REPLACE TABLE {relation} AS SELECT {', '.join(selected)} FROM {source} ORDER BY ALL"
    )
    return replace(
        rows, relation=relation, fields=tuple(kept), threshold=0, protections=(), primary_key=()
    )
