"""Find one thing under two spellings: cells, rows and columns that changed only in spelling.

A removed and an added row are probably one record if their keys are nearly the same text, or if all
other values are equal and no other row has them. Digits are never a matter of spelling: `Precinct
1` and `Precinct 2` stay different. Results are given with their evidence and never change the
counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plainrecord.diff.match_rows import PAIRS, Matches, blank, differ, drop_tables, folded, texts
from plainrecord.diff.value_forms import DATED, EXACT, plain_number
from plainrecord.model.changes import Rename, RenameKind, RenamePattern
from plainrecord.receipts.engine import literal

if TYPE_CHECKING:
    import duckdb

KINDS: tuple[RenameKind, ...] = ("respelt", "misspelt", "alike")
APART = 'temp.main."plainrecord compare apart"'
GONE, FRESH = (f"(SELECT * FROM {APART} WHERE {side})" for side in ("NOT fresh", "fresh"))
LIKELY = 'temp.main."plainrecord compare likely"'
CLOSE = 'temp.main."plainrecord compare close"'
MOST_CELLS = 20_000_000
MOST_PAIRS = 100_000
MOST_PATTERNS = 5
MOST_FIELDS = 40
"""So many columns tell well enough who a row is; rows named by more are not looked for."""

LONGEST = 200
LETTER = literal(r"\p{L}")
GROUPED = literal(r"[+-]?\$?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?")
EXEMPTION = literal(r"[ (\[]*[bB][)\]]? ?\([0-9]\)[-(),;/ \[\]0-9a-zA-Z]*")
"""What an exemption under the Freedom of Information Act looks like: (b)(6), (B)(7)(E), b(7)c."""


@dataclass(frozen=True, slots=True)
class Marks:
    """By what a field's values are known to be withheld: listed ones, or the look of exemptions."""

    values: tuple[str, ...] = ()
    exemptions: bool = False


def normalised_sql(value: str) -> str:
    """SQL for `value` without case, accents, spaces and punctuation.

    A text without letters only loses its spaces, so that numbers stay different: 1.5 is not 15.
    """
    words = (
        f"regexp_replace(lower(upper(strip_accents({value}))), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g')"
    )
    # What is neither a number nor a space is a letter here: the engine is slow to plan with \p{L}.
    letter = r"([^\p{N} ])"
    words = f"trim(regexp_replace({words}, ' {letter} ?|{letter} ', '\\1\\2', 'g'))"
    tight = f"regexp_replace({value}, '[\\s\\p{{Z}}]+', '', 'g')"
    return f"CASE WHEN regexp_matches({value}, {LETTER}) THEN {words} ELSE {tight} END"


def kind_of_change(old: str, new: str, hidden: Marks, *, normalise: bool) -> str:
    """SQL for how a value changed: null if it did not, else withheld, open, missing, filled,
    respelt or changed.
    """
    hidden_old, hidden_new = (_marked(value, hidden, normalise=normalise) for value in (old, new))
    a, b = (_as_number(value) for value in (old, new))
    percents = f"(ends_with({old}, '%') = ends_with({new}, '%'))"
    alike = f"coalesce({a} = {b} AND {percents}, false)"
    spelt = f"({normalised_sql(old)}) = ({normalised_sql(new)})"
    # 1.5e-3 and 1.5e3 differ in punctuation alone. Digits take long, and few numbers have an exponent.
    exponent = " OR ".join(f"regexp_matches({value}, '[0-9.][eE][-+0-9]')" for value in (old, new))
    c, d = (plain_number(f"({value})") for value in (old, new))
    same = f"CASE WHEN {exponent} THEN coalesce({c} = {d}, {spelt}) ELSE ({spelt} OR {alike}) END"
    return (
        f"CASE WHEN NOT {differ(old, new, normalise=normalise)} THEN NULL "
        f"WHEN {hidden_new} AND NOT {hidden_old} THEN 'withheld' "
        f"WHEN {hidden_old} AND NOT {hidden_new} AND NOT {blank(new)} THEN 'open' "
        f"WHEN {blank(new)} AND NOT {blank(old)} THEN 'missing' "
        f"WHEN {blank(old)} AND NOT {blank(new)} THEN 'filled' "
        f"WHEN {blank(old)} OR {same} THEN 'respelt' ELSE 'changed' END"
    )


def _as_number(value: str) -> str:
    """SQL for the number that the text `value` is, also before a sign of percent; digits may be in
    groups of three."""
    value = f"regexp_replace({value}, '\\s?%$', '')"
    plain = f"regexp_replace({value}, '[$,]', '', 'g')"
    plain = f"CASE WHEN regexp_full_match({value}, {GROUPED}) THEN {plain} ELSE {value} END"
    return (
        f"CASE WHEN regexp_full_match({plain}, {literal(EXACT)}) "
        f"THEN try_cast({plain} AS DECIMAL(38, 9)) END"
    )


def _marked(value: str, hidden: Marks, *, normalise: bool) -> str:
    """SQL: whether `value` is withheld."""
    conditions = []
    if hidden.exemptions:
        conditions.append(f"regexp_full_match({value}, {EXEMPTION})")
    kept = sorted({literal(mark) for mark in hidden.values})
    if kept and normalise:
        conditions.append(f"({folded(value)}) IN ({', '.join(folded(mark) for mark in kept)})")
    elif kept:
        conditions.append(f"{value} IN ({', '.join(kept)})")
    return f"coalesce({' OR '.join(conditions) or 'false'}, false)"


@dataclass(frozen=True, slots=True)
class LikelyRenames:
    """The first of the likely renames, how many there are, and what several of them share.

    Where not all was looked at, it is not `whole`.
    """

    first: tuple[Rename, ...] = ()
    count: int = 0
    whole: bool = True
    patterns: tuple[RenamePattern, ...] = ()


def find_renames(
    connection: duckdb.DuckDBPyConnection,
    matches: Matches,
    changed: Mapping[str, int],
    gone: int,
    come: int,
    limit: int,
) -> LikelyRenames:
    """Likely renames among rows that differ, with the first `limit` in full.

    `changed` has the number of matched rows in which each field differs: a field that differs in
    half of them does not identify a row. `gone` rows were removed, `come` were added. Large groups
    of similar rows are skipped, and nothing is searched if too many rows differ.
    """
    parts = matches.parts
    named = list(range(len(matches.key) or len(parts)))
    stayed = matches.old_rows - gone
    stable = [
        i
        for i, part in enumerate(parts)
        if i not in named and (2 * changed.get(part.new, 0) < stayed or not stayed)
    ]
    stable = stable[:MOST_FIELDS]
    if not gone or not come:
        return LikelyRenames()
    if len(named) > MOST_FIELDS or (gone + come) * (len(named) + len(stable)) > MOST_CELLS:
        return LikelyRenames(whole=False)
    try:
        ascii_only = _is_ascii(connection, len(parts))
        _lay_out(connection, matches, named, stable, ascii_only=ascii_only)
        whole = _gather(connection, named, stable, gone + come, keyed=bool(matches.key))
        differing = connection.execute(
            f"SELECT DISTINCT part FROM {LIKELY} ORDER BY part"
        ).fetchall()
        if not differing:
            return LikelyRenames(whole=whole)
        dated = 2 * stayed >= min(matches.old_rows, matches.new_rows)
        asked = [part for (part,) in differing if part >= 0]
        for i in asked:
            query = _judge(i, named, stable, dated=dated)
            connection.execute(_for_ascii(query) if ascii_only else query)
        _keep_unique(connection, matches, asked, named, stable)
        pairs = connection.execute(_choose(len(named))).fetchall()
    finally:
        drop_tables(connection, APART, LIKELY, CLOSE)
    names = [parts[i].new for i in named]
    renames = tuple(_tell(row, names, len(stable)) for row in pairs[:limit])
    return LikelyRenames(renames, len(pairs), whole, _find_patterns(pairs, names))


def _is_ascii(connection: duckdb.DuckDBPyConnection, count: int) -> bool:
    """Whether all values of the rows that vanished and were added are plain ASCII."""
    tests = (
        f"coalesce(bool_and(strlen({side}{i}) = length({side}{i})), true)"
        for i in range(count)
        for side in "on"
    )
    query = f"SELECT {' AND '.join(tests)} FROM {PAIRS} WHERE in_new <> in_old"
    return bool(connection.execute(query).fetchall()[0][0])


def _for_ascii(sql: str) -> str:
    """`sql` for values of plain ASCII: the engine takes milliseconds to compile each Unicode class."""
    sql = sql.replace(LETTER, "'[A-Za-z]'").replace(r"\p{L}", "A-Za-z")
    return sql.replace(r"\p{N}", "0-9").replace(r"\p{Z}", " ")


def _lay_out(
    connection: duckdb.DuckDBPyConnection,
    matches: Matches,
    named: list[int],
    stable: list[int],
    *,
    ascii_only: bool,
) -> None:
    """A table of the removed and added rows; `turn` distinguishes equal rows.

    It is one statement, because planning so many patterns takes longer than applying them to a few
    rows.
    """
    count = len(matches.parts)
    values = ", ".join(f"coalesce(o{i}, n{i}) AS v{i}" for i in range(count))
    order = ", ".join(f"v{i}" for i in range(len(matches.key) if matches.unique else count))
    turn = "1" if matches.unique else f"row_number() OVER (PARTITION BY fresh, {order})"
    plain = [
        f"{folded(f'v{i}') if matches.normalise else f'v{i}'} AS p{i}"
        for i in sorted({*named, *stable})
    ]
    spelt = [f"{folded(f'v{i}')} AS f{i}, {normalised_sql(f'v{i}')} AS s{i}" for i in named]
    query = (
        f"CREATE OR REPLACE TEMP TABLE {APART} AS SELECT *, {', '.join([*plain, *spelt])} "
        f"FROM (SELECT *, row_number() OVER (PARTITION BY fresh ORDER BY {order}) AS id, "
        f"{turn} AS turn FROM (SELECT in_new AS fresh, {values} FROM {PAIRS} "
        "WHERE in_old <> in_new))"
    )
    connection.execute(_for_ascii(query) if ascii_only else query)


def _gather(
    connection: duckdb.DuckDBPyConnection,
    named: list[int],
    stable: list[int],
    rows: int,
    *,
    keyed: bool,
) -> bool:
    """Fill LIKELY with pairs worth a look; whether none had to be passed over for their number.

    Two rows are worth a look when they agree on a block: the key squeezed, or all of the key but
    one part with all stable fields, or, for a part with letters in it, with its beginning or its
    end, or with one half of the stable fields. A pair that differs in one stable field at most
    agrees on one of the two halves.
    """
    lettered = _find_lettered(connection, named) if keyed else frozenset()
    blocks: list[tuple[int, list[str], str]] = [(-1, [f"s{i}" for i in named], "true")]
    for i in named:
        rest = [f"p{j}" for j in named if j != i]
        if keyed:
            spelt = f"regexp_matches(f{i}, {LETTER})"
            ends = ("left", "right") if i in lettered else ()
            blocks += [(i, [*rest, f"{end}(s{i}, 4)"], spelt) for end in ends]
            halves = [half for half in (stable[::2], stable[1::2]) if half and i in lettered]
            blocks += [(i, [*rest, *(f"p{j}" for j in half)], spelt) for half in halves]
            if len(rest) + len(stable) >= 3:
                blocks.append((i, [*rest, *(f"p{j}" for j in stable)], "true"))
        elif rest:
            blocks.append((i, rest, "true"))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {LIKELY} (part INTEGER, old BIGINT, new BIGINT)"
    )
    whole, cells = True, 0
    for i, columns, condition in blocks:
        cells += rows * (len(columns) + 1)
        if cells > MOST_CELLS:
            whole = False
            break
        gone, fresh = (
            f"SELECT id, ROW(turn, {', '.join(columns)}) AS block FROM {table} WHERE {condition}"
            for table in (GONE, FRESH)
        )
        query = (
            f"WITH g AS MATERIALIZED ({gone}), a AS MATERIALIZED ({fresh}), sizes AS (SELECT g.block, g.c * a.c AS pairs FROM "
            "(SELECT block, count(*) AS c FROM g GROUP BY block) g JOIN "
            "(SELECT block, count(*) AS c FROM a GROUP BY block) a ON g.block = a.block), "
            "kept AS MATERIALIZED (SELECT block, sum(pairs) OVER (ORDER BY pairs, block "
            "ROWS UNBOUNDED PRECEDING) AS total FROM sizes) "
            f"SELECT CAST({i} AS INTEGER), g.id, a.id FROM kept JOIN g ON g.block = kept.block "
            f"JOIN a ON a.block = kept.block WHERE total <= {MOST_PAIRS} UNION ALL "
            f"SELECT -2, count(*), 0 FROM kept WHERE total > {MOST_PAIRS} HAVING count(*) > 0"
        )
        connection.execute(f"INSERT INTO {LIKELY} {query}")
    passed = connection.execute(f"SELECT count(*) FROM {LIKELY} WHERE part = -2").fetchall()
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {CLOSE} AS {_respelt(named, stable)}")
    return whole and not passed[0][0]


def _find_lettered(connection: duckdb.DuckDBPyConnection, named: Sequence[int]) -> frozenset[int]:
    """The parts of the key that have a letter in them somewhere."""
    tests = ", ".join(f"coalesce(bool_or(regexp_matches(f{i}, {LETTER})), false)" for i in named)
    row = connection.execute(f"SELECT {tests} FROM {GONE}").fetchall()[0]
    return frozenset(i for i, lettered in zip(named, row, strict=True) if lettered)


def _equal(stable: Sequence[int]) -> str:
    """SQL: how many of the stable fields two rows have in common."""
    counted = [f"CAST(g.p{i} IS NOT DISTINCT FROM a.p{i} AS INTEGER)" for i in stable]
    return " + ".join(counted) or "0"


def _respelt(named: list[int], stable: list[int]) -> str:
    """The first pairs of CLOSE: the key is the same once squeezed, and not all of it is blank."""
    first = "CASE " + " ".join(f"WHEN g.p{i} IS DISTINCT FROM a.p{i} THEN {i}" for i in named)
    conditions = " OR ".join(f"g.s{i} <> ''" for i in named)
    return (
        f"SELECT {first} ELSE {named[0]} END AS part, g.id AS old, a.id AS new, 0 AS kind, "
        f"CAST(1 AS DOUBLE) AS score, 0 AS distance, {_equal(stable)} AS equal, true AS sure "
        f"FROM (SELECT DISTINCT * FROM {LIKELY} WHERE part = -1) l "
        f"JOIN {GONE} g ON g.id = l.old JOIN {FRESH} a ON a.id = l.new WHERE {conditions}"
    )


def _judge(i: int, named: list[int], stable: list[int], *, dated: bool) -> str:
    """Add to CLOSE the pairs that differ in the part `i` of the key and are likely one record.

    Only where they are `dated` may that part be a date: in logs of two months much is alike.
    """
    old, new = f"g.f{i}", f"a.f{i}"
    short = f"greatest(length({old}), length({new})) <= {LONGEST}"
    digits = " = ".join(f"regexp_replace({v}, '[^\\p{{N}}]+', ' ', 'g')" for v in (old, new))
    words = [f"string_split({v}, ' ')" for v in (old, new)]
    within = " OR ".join(
        f"(len({a}) > 1 AND list_has_all({b}, {a}))" for a, b in (words, reversed(words))
    )
    others = [j for j in (*named, *stable) if j != i]
    differences = " + ".join(
        f"CAST(g.p{j} IS NOT DISTINCT FROM a.p{j} AND NOT {blank(f'g.p{j}')} AS INTEGER)"
        for j in others
    )
    count = len(stable)
    dates = (
        ""
        if dated
        else f" AND NOT (regexp_matches({old}, {DATED}) AND regexp_matches({new}, {DATED}))"
    )
    near = (
        f"spelt AND distance <= 1 + length // 12 AND length >= 5 AND 2 * equal >= {count} "
        f"AND told >= {min(1, len(others))}"
    )
    like = f"spelt AND (score >= 0.9 OR within) AND told >= 3 AND equal >= {count - (count >= 4)}"
    # Else the engine may join all removed with all added rows on that they differ.
    looked = (
        f"WITH looked AS MATERIALIZED (SELECT l.old, l.new, g, a "
        f"FROM (SELECT DISTINCT * FROM {LIKELY} WHERE part = {i}) l "
        f"JOIN {GONE} g ON g.id = l.old JOIN {FRESH} a ON a.id = l.new)"
    )
    return (
        f"INSERT INTO {CLOSE} {looked} SELECT {i}, old, new, CASE WHEN {near} THEN 1 ELSE 2 END, score, "
        f"distance, equal, ({near}) OR ({like}) FROM (SELECT old, new, "
        f"coalesce(CASE WHEN {short} THEN {digits} END, false) AS spelt, "
        f"coalesce(CASE WHEN {short} THEN levenshtein({old}, {new}) END, {LONGEST}) AS distance, "
        f"coalesce(CASE WHEN {short} THEN jaro_winkler_similarity({old}, {new}) END, 0) AS score, "
        f"coalesce({within}, false) AS within, greatest(length({old}), length({new})) AS length, "
        f"{_equal(stable)} AS equal, {differences or '0'} AS told "
        f"FROM looked WHERE g.p{i} IS DISTINCT FROM a.p{i} AND g.s{i} IS DISTINCT FROM a.s{i}{dates}) "
        f"WHERE ({near}) OR ({like}) OR (equal = {count} AND told >= 3)"
    )


def _keep_unique(
    connection: duckdb.DuckDBPyConnection,
    matches: Matches,
    parts: list[int],
    named: list[int],
    stable: list[int],
) -> None:
    """Of the pairs whose key is not alike, keep those whose other values no other row has.

    `parts` are the parts of the key in which pairs differ.
    """
    for i in parts:
        others = [j for j in (*named, *stable) if j != i]
        doubtful = f"SELECT DISTINCT old AS id FROM {CLOSE} WHERE part = {i} AND NOT sure"
        if not connection.execute(f"{doubtful} LIMIT 1").fetchall():
            continue
        listed = ", ".join(f"p{j}" for j in others)
        block, quick = f"ROW({listed})", f"hash({listed})"
        asked = f"FROM {GONE} SEMI JOIN ({doubtful}) USING (id)"
        blocks = f"SELECT DISTINCT {block} AS block {asked}"
        single = []
        for side, old in ((matches.old, True), (matches.new, False)):
            plain = ", ".join(
                f"{folded(f'v{j}') if matches.normalise else f'v{j}'} AS p{j}" for j in others
            )
            # A hash leaves few rows of the whole table to be compared in full.
            single.append(
                f"SELECT block FROM (SELECT {block} AS block FROM (SELECT {plain} FROM "
                f"({texts(side.whole(), matches.parts, old=old)})) "
                f"WHERE {quick} IN (SELECT {quick} {asked})) "
                f"SEMI JOIN ({blocks}) USING (block) GROUP BY block HAVING count(*) = 1"
            )
        kept = f"SELECT id FROM (SELECT id, {block} AS block FROM {GONE}) " + " ".join(
            f"SEMI JOIN ({query}) USING (block)" for query in single
        )
        connection.execute(
            f"DELETE FROM {CLOSE} WHERE part = {i} AND NOT sure AND old NOT IN ({kept})"
        )


def _choose(width: int) -> str:
    """The query for the pairs that are the one best choice for both of their rows."""
    rank = "ORDER BY kind, equal DESC, score DESC, distance"
    sides = [f"rank() OVER (PARTITION BY {side} {rank}) AS {side}_rank" for side in ("old", "new")]
    ties = [
        f"count(*) OVER (PARTITION BY {side}, {side}_rank) AS {side}_ties"
        for side in ("old", "new")
    ]
    values = ", ".join([*(f"g.v{i}" for i in range(width)), *(f"a.v{i}" for i in range(width))])
    best = f"SELECT *, {', '.join(ties)} FROM (SELECT *, {', '.join(sides)} FROM {CLOSE})"
    return (
        f"SELECT c.kind, c.part, c.distance, c.equal, c.sure, {values} FROM ({best}) c "
        f"JOIN {GONE} g ON g.id = c.old JOIN {FRESH} a ON a.id = c.new WHERE c.old_rank = 1 "
        "AND c.new_rank = 1 AND c.old_ties = 1 AND c.new_ties = 1 ORDER BY g.id, a.id"
    )


def _find_patterns(
    pairs: Sequence[Sequence[object]], names: Sequence[str]
) -> tuple[RenamePattern, ...]:
    """The changes of one field that most of the pairs `pairs` share, the most frequent first."""
    changes = Counter(
        (part, row[5 + part], row[5 + len(names) + part])
        for row in pairs
        for part in (int(str(row[1])),)
    )
    common = sorted(changes.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(
        RenamePattern(
            names[part], None if old is None else str(old), None if new is None else str(new), count
        )
        for (part, old, new), count in common[:MOST_PATTERNS]
        if count > 1
    )


def _tell(row: Sequence[object], names: Sequence[str], compared: int) -> Rename:
    kind = KINDS[int(str(row[0]))]
    field, distance, equal, sure = names[int(str(row[1]))], row[2], int(str(row[3])), bool(row[4])
    values = tuple(None if value is None else str(value) for value in row[5:])
    same = f"{equal} of {compared} other fields that rarely change are equal"
    words = {
        "respelt": "only spaces, case, accents or punctuation differ",
        "misspelt": f"{field} differs by {distance} letter{'' if distance == 1 else 's'}",
        "alike": f"{field} is similar"
        if sure
        else "no other record has the same values in the other fields",
    }[kind]
    evidence = f"{words}; {same}" if compared else words
    width = len(names)
    return Rename(values[:width], values[width:], kind, field, evidence)
