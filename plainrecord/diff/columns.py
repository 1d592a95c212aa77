"""Which columns of two tables belong together, by name and, as a hint only, by value."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from plainrecord.core.errors import UsageError
from plainrecord.diff.match_rows import blank, folded
from plainrecord.diff.value_forms import ComparedColumn
from plainrecord.findings.finding import suggest
from plainrecord.model.changes import ComparedSide, RenamedColumn
from plainrecord.receipts.engine import identifier

if TYPE_CHECKING:
    import duckdb

MOST_PAIRS = 64
"""More pairs of dropped and added columns are not compared by value."""

ENOUGH = 0.9
FEW_VALUES = 20


def normalise_name(name: str) -> str:
    """`name` without case, accents, spaces and punctuation; stripped if nothing else remains."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum()) or name.strip()


def pair_columns(old: Sequence[str], new: Sequence[str]) -> tuple[ComparedColumn, ...]:
    """The columns that both tables have, in the order of the new one.

    Columns with the same name are paired first, then those whose names differ only in spelling and
    are unlike all others.
    """
    before = frozenset(old)
    twins = {name: name for name in new if name in before}
    left: dict[str, list[str]] = {}
    for name in old:
        if name not in twins:
            left.setdefault(normalise_name(name), []).append(name)
    spelt = Counter(map(normalise_name, new))
    for name in new:
        same = left.get(normalise_name(name), [])
        if name not in twins and len(same) == 1 and spelt[normalise_name(name)] == 1:
            twins[name] = same[0]
    return tuple(ComparedColumn(twins[name], name) for name in new if name in twins)


def choose_parts(
    shared: Sequence[ComparedColumn], names: Iterable[str], what: str
) -> tuple[ComparedColumn, ...]:
    """The parts named `names`, each once; UsageError if a table lacks one.

    A name with another spelling is accepted if no other column is like it.
    """
    chosen: list[ComparedColumn] = []
    for name in names:
        matches = [part for part in shared if name in (part.new, part.old)]
        if not matches:
            plain = normalise_name(name)
            matches = [part for part in shared if normalise_name(part.new) == plain]
        if not matches or len(matches) > 1:
            known = [part.new for part in shared]
            shown = [f'"{other}"' if "," in other else other for other in known[:12]]
            hint = suggest(name, known) or f"; both have {', '.join(shown)}"
            raise UsageError(f'the {what} "{name}" is not a column of both tables{hint}')
        if matches[0] not in chosen:
            chosen.append(matches[0])
    return tuple(chosen)


def renamed_in_writing(parts: Iterable[ComparedColumn]) -> tuple[RenamedColumn, ...]:
    """The columns of both tables whose names differ only in spelling."""
    why = "the names differ in writing alone"
    return tuple(RenamedColumn(p.old, p.new, why, True) for p in parts if p.old != p.new)


def find_renamed(
    connection: duckdb.DuckDBPyConnection,
    old: tuple[ComparedSide, Sequence[str]],
    new: tuple[ComparedSide, Sequence[str]],
    dropped: Sequence[str],
    added: Sequence[str],
    key: Sequence[ComparedColumn] = (),
) -> tuple[RenamedColumn, ...]:
    """Pairs of a dropped and an added column with nearly the same values, probably one column.

    `old` and `new` are sides with all their columns. With a `key`, the values of the same key are
    compared; without one, all values of the columns. In that case, columns with few different
    values are only paired at the same position.
    """
    if len(dropped) * len(added) > MOST_PAIRS:
        return ()
    shares: list[tuple[float, bool, str, str]] = []
    if key and dropped and added:
        shares = _share_by_key(connection, old, new, dropped, added, key)
        return _choose_renamed(shares, dropped, "the values under the key")
    for name in dropped:
        for other in added:
            placed = len(old[1]) == len(new[1]) and old[1].index(name) == new[1].index(other)
            share, values, evenly = _share(connection, old[0].whole(), name, new[0].whole(), other)
            like = (placed and evenly) or _is_within(name, other)
            if share >= ENOUGH and values > (1 if like else FEW_VALUES):
                shares.append((share, placed, name, other))
    return _choose_renamed(shares, dropped, "the values")


def _choose_renamed(
    shares: Sequence[tuple[float, bool, str, str]], dropped: Sequence[str], what: str
) -> tuple[RenamedColumn, ...]:
    """Each column with the one that has the largest share of its values, each taken once."""
    renamed: dict[str, RenamedColumn] = {}
    taken: set[str] = set()
    for share, placed, name, other in sorted(shares, key=lambda s: (-s[0], not s[1], s[2], s[3])):
        if name not in renamed and other not in taken:
            position_words = ", in the same place" if placed else ""
            why = f"{math.floor(100 * share)}% of {what} are the same{position_words}"
            renamed[name] = RenamedColumn(name, other, why, False)
            taken.add(other)
    return tuple(renamed[name] for name in dropped if name in renamed)


def _share_by_key(
    connection: duckdb.DuckDBPyConnection,
    old: tuple[ComparedSide, Sequence[str]],
    new: tuple[ComparedSide, Sequence[str]],
    dropped: Sequence[str],
    added: Sequence[str],
    key: Sequence[ComparedColumn],
) -> list[tuple[float, bool, str, str]]:
    """The pairs of columns of which nearly all values are the same, or the same in another
    spelling, in rows whose key each table has once."""
    sides = []
    for (side, _), names, at in ((old, dropped, 0), (new, added, 1)):
        keys = [f"CAST({identifier((part.old, part.new)[at])} AS VARCHAR)" for part in key]
        values = [
            f"min(CAST({identifier(name)} AS VARCHAR)) AS c{n}" for n, name in enumerate(names)
        ]
        listed = ", ".join(f"{text} AS k{n}" for n, text in enumerate(keys))
        groups = ", ".join(f"k{n}" for n in range(len(key)))
        inner = f"SELECT *, {listed} FROM {side.whole()}"
        sides.append(
            f"(SELECT {groups}, {', '.join(values)} FROM ({inner}) GROUP BY {groups} "
            "HAVING count(*) = 1)"
        )
    pairs = [(n, m) for n in range(len(dropped)) for m in range(len(added))]
    sums = []
    for n, m in pairs:
        both = f"NOT {blank(f'o.c{n}')} AND NOT {blank(f'n.c{m}')}"
        either = f"NOT ({blank(f'o.c{n}')} AND {blank(f'n.c{m}')})"
        same = f"{folded(f'o.c{n}')} = {folded(f'n.c{m}')}"
        sums += [f"count_if({either})", f"count_if({both} AND {same})"]
        sums.append(f"count(DISTINCT CASE WHEN {both} AND {same} THEN n.c{m} END)")
    on = " AND ".join(f"o.k{n} IS NOT DISTINCT FROM n.k{n}" for n in range(len(key)))
    row = connection.execute(
        f"SELECT {', '.join(sums)} FROM {sides[0]} o JOIN {sides[1]} n ON {on}"
    ).fetchall()[0]
    shares = []
    for at, (n, m) in enumerate(pairs):
        filled, equal, values = row[3 * at : 3 * at + 3]
        name, other = dropped[n], added[m]
        placed = len(old[1]) == len(new[1]) and old[1].index(name) == new[1].index(other)
        # A constant column is like any other one of the same constant.
        enough = values > 1 or (placed and equal > 0) or _is_within(name, other)
        if filled and equal >= ENOUGH * filled and equal and enough:
            shares.append((equal / filled, placed, name, other))
    return shares


def _is_within(name: str, other: str) -> bool:
    """Whether the words of one name are among those of the other."""
    first, second = (set(re.findall(r"[a-z0-9]+", text.casefold())) for text in (name, other))
    return bool(first and second) and (first <= second or second <= first)


def _share(
    connection: duckdb.DuckDBPyConnection, old: str, name: str, new: str, other: str
) -> tuple[float, int, bool]:
    """How much of the shorter of two columns the other one holds too, the shared values, and
    whether the shorter is longer than half of the other."""
    sides = " UNION ALL ".join(
        f"SELECT {side} AS d, CAST({identifier(column)} AS VARCHAR) AS v FROM {relation}"
        for side, column, relation in ((1, name, old), (0, other, new))
    )
    row = connection.execute(
        "SELECT coalesce(sum(least(o, n)) / greatest(least(sum(o), sum(n)), 1), 0), "
        "count(*) FILTER (o > 0 AND n > 0), "
        "coalesce(2 * least(sum(o), sum(n)) > greatest(sum(o), sum(n)), false) FROM (SELECT sum(d) AS o, sum(1 - d) AS n "
        f"FROM ({sides}) WHERE NOT {blank('v')} GROUP BY v)"
    ).fetchall()[0]
    return float(row[0]), int(row[1]), bool(row[2])
