"""Rows of earlier releases: what they show of a row, and the next release shows as well.

A reader who finds a row in two releases, by the fields that are never suppressed, learns the values
that either shows: a precinct from one, a race from the other. So the next release suppresses in a row
at least what the earlier one did, or at most that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import duckdb
import numpy as np
import numpy.typing as npt

from plainrecord.core.periods import parse_period
from plainrecord.disclosure.earlier_releases import EarlierRelease, contains_period
from plainrecord.findings.finding import Finding
from plainrecord.receipts.engine import identifier, literal

Codes = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

SUPPRESSED_CODE, UNKNOWN_CODE = -1, -2


@dataclass(frozen=True, slots=True)
class EarlierPatterns:
    """Patterns that rows can have in an earlier release, each with the lines that can have it.

    `always` are the bits that every pattern of the next release has beside its own. Of the key
    variables `finer`, which have shorter periods now, it is those above `width`: whether the period
    itself is suppressed, as always in the earlier release.
    """

    always: int
    width: int
    finer: tuple[int, ...]
    patterns: tuple[tuple[int, Marks], ...]

    def find_clashing(self, pattern: int, lines: int) -> Marks:
        """Of so many `lines` those of which the two releases show more than either, with `pattern`."""
        mine = pattern | self.always
        for at in self.finer:
            mine |= (pattern >> at & 1) << self.width + 2 + at
        clashing = [here for its, here in self.patterns if mine & its not in (mine, its)]
        return reduce(np.logical_or, clashing, np.zeros(lines, dtype=bool))


def read_patterns(
    connection: duckdb.DuckDBPyConnection,
    release: EarlierRelease,
    keys: Sequence[str],
    values: Sequence[Sequence[str]],
    lines: Codes,
    suppressed: str,
    file: str,
) -> tuple[EarlierPatterns | None, tuple[Finding, ...]]:
    """The patterns of `release`; a finding if its rows and the next ones cannot be compared.

    `values` are the texts of each key variable by their code in `lines`. A key variable that one
    release alone has counts as suppressed in the other one. One with longer periods now, or shorter
    ones, shows less than before, or more.
    """
    columns = {name for name, *_ in connection.execute(f"DESCRIBE FROM {release.rows}").fetchall()}
    width, recoded, finer = len(keys), "", list[int]()
    more = 1 << width  # what the earlier release shows beside these key variables
    always = more if {*release.keys} - {*keys} else 0
    absent = literal(suppressed)
    shown = [f"coalesce({identifier(name)}, '')" if name in columns else absent for name in keys]
    rows = connection.execute(f"SELECT DISTINCT {', '.join(shown)} FROM {release.rows}").fetchall()
    views = np.full((len(rows), width), SUPPRESSED_CODE, dtype=np.int64)
    for at, name in enumerate(keys):
        code_of = {value: code for code, value in enumerate(values[at])}
        then = {row[at] for row in rows} - {suppressed, ""}
        if then and then.isdisjoint(code_of):
            pairs = [(whole, part) for whole in code_of for part in then]
            if any(contains_period(part, whole) for whole, part in pairs):
                finer.append(at)
                code_of = dict.fromkeys(then, UNKNOWN_CODE)
            inside = {part: whole for whole, part in pairs if contains_period(whole, part)}
            always |= more if inside else 0
            code_of = {part: code_of[whole] for part, whole in inside.items()}
            recoded = recoded if all(map(parse_period, then)) else name
        code_of[suppressed] = SUPPRESSED_CODE
        views[:, at] = [code_of.get(row[at], UNKNOWN_CODE) for row in rows]
    bits = ((views == SUPPRESSED_CODE) << np.arange(width)).sum(axis=1)
    if recoded and bits.any():
        found = (
            f"{recoded} has other values in the rows of {release.words}, and some of these have "
            "suppressed values: a reader who finds a row in both releases learns what either shows"
        )
        expected = f"the values of {recoded} as in that release, or rows without it"
        finding = Finding("protection-impossible", found, expected, file=file, field=recoded)
        return None, (finding,)
    if recoded:  # together they show no more than one of them if neither suppresses a value
        return EarlierPatterns(0, width, (), ((2 * more, np.ones(len(lines), dtype=bool)),)), ()
    patterns: list[tuple[int, Marks]] = []
    known = np.zeros(len(lines), dtype=bool)
    for pattern in sorted(set(bits.tolist()), key=int.bit_count):
        chosen = [at for at in range(width) if not pattern >> at & 1 and at not in finer]
        both = np.concatenate([lines[:, chosen], views[bits == pattern][:, chosen]])
        _, numbers = np.unique(both, axis=0, return_inverse=True)
        numbers = numbers.reshape(-1)
        here = np.isin(numbers[: len(lines)], numbers[len(lines) :]) & ~known
        patterns.append((pattern | sum(1 << width + 2 + at for at in finer), here))
        if len(patterns) == 1 and not always and not finer:
            # Rows with the same key variables have the same pattern.
            known = here
    return EarlierPatterns(always, width, tuple(finer), tuple(patterns)), ()
