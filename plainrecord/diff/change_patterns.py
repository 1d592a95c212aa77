"""Find one cause of many changes: a column rounded, scaled or truncated, or identifiers reissued.

The result is reported beside the counts, which do not change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from plainrecord.diff.match_rows import ADDED, CHANGED, PAIRS, VANISHED, Matches, folded, texts
from plainrecord.diff.value_changes import WAYS
from plainrecord.model.changes import FieldChange, FieldPattern, Reissued
from plainrecord.receipts.engine import literal

if TYPE_CHECKING:
    import duckdb

NEARLY = 0.9
FEWEST = 3
"""So many rows of one kind are a pattern; fewer may be chance."""

MOST_MOVED = 24
"""Of so many fields, those that changed most, it is looked whether their values are another's."""

MOST_RECODED = 100
"""Of a field with more values it is not looked whether it was recoded."""

MOST_LIKELY = 5
"""How many times as often as in the table recoded values may be in its first rows."""

_ROUNDED = {
    0: "whole numbers",
    1: "one decimal",
    2: "two decimals",
    3: "three decimals",
    -1: "tens",
    -2: "hundreds",
    -3: "thousands",
    -6: "millions",
}
_SCALES = (10, 100, 1_000, 1_000_000)
_EXACT = "DECIMAL(36,18)"
"""What numbers are read as; longer ones have no part in a pattern."""

_LEAST_RATIO = 0.01
"""A ratio that is nearer to 1 is one that small corrections may have."""

_NEAR = "TRY(abs({0}) < 1 AND abs({0})::DOUBLE <= 1e-15 * abs({1})::DOUBLE)"
"""Whether a product is right: exactly, or but for what multiplying doubles costs."""


def find_patterns(
    connection: duckdb.DuckDBPyConnection, matches: Matches, changes: Sequence[FieldChange]
) -> tuple[FieldPattern, ...]:
    """What nearly all changes of a field have in common, for fields with such a pattern.

    Needs `WAYS`.
    """
    patterns = list(_find_moved(connection, matches, changes))
    places = {part.new: at for at, part in enumerate(matches.parts)}
    for item in changes:
        if item.field in {pattern.field for pattern in patterns}:
            continue
        ways = f"(FROM {WAYS} WHERE place = {places[item.field]} AND kind IS NOT NULL)"
        what, rows = _name(connection, ways, item.changed)
        if what:
            patterns.append(FieldPattern(item.field, what, rows))
        elif found := _find_recoded(connection, matches, places[item.field], ways):
            patterns.append(found)
    return tuple(patterns)


def _find_recoded(
    connection: duckdb.DuckDBPyConnection, matches: Matches, place: int, ways: str
) -> FieldPattern | None:
    """The pattern of a field in which nearly all rows with one old value have one new value.

    Each pair of values is in several rows on average, because single ones may be chance, and few
    rows keep an old value.
    """
    pairs = connection.execute(
        f"SELECT o, arg_max(n, ROW(c, n)), max(c), sum(c) FROM {ways} "
        "WHERE kind IN ('changed', 'filled', 'respelt') GROUP BY o "
        f"ORDER BY 3 DESC, 1 NULLS FIRST LIMIT {MOST_RECODED + 1}"
    ).fetchall()
    rows = sum(int(same) for _, _, same, _ in pairs)
    if not pairs or len(pairs) > MOST_RECODED or rows < FEWEST * len(pairs):
        return None
    olds = ", ".join(literal(str(old or "")) for old, *_ in pairs)
    part = matches.parts[place]
    held = f"count(*) FILTER (coalesce(v0, '') IN ({olds})), count(*)"
    head = texts(matches.old.head, [part], old=True)
    ((first, shown),) = connection.execute(f"SELECT {held} FROM ({head})").fetchall()
    if rows * MOST_LIKELY * shown < first * matches.old_rows:
        return None  # to read the column of all rows would cost more than the comparison
    whole = texts(matches.old.column(part.old), [part], old=True)
    ((kept, _),) = connection.execute(f"SELECT {held} FROM ({whole})").fetchall()
    ((gone, _),) = connection.execute(
        f"SELECT {held} FROM (SELECT o{place} AS v0 FROM {PAIRS} WHERE {VANISHED})"
    ).fetchall()
    if rows < NEARLY * (kept - gone):
        return None
    recoded = tuple((old or None, new or None) for old, new, *_ in pairs)
    several = len({new for _, new in recoded}) < len(recoded)
    what = "several values to one" if several else "each value to one other"
    return FieldPattern(part.new, f"recoded, {what}", rows, recoded)


def _find_moved(
    connection: duckdb.DuckDBPyConnection, matches: Matches, changes: Sequence[FieldChange]
) -> Iterator[FieldPattern]:
    """Fields in which nearly all values are now those that another field had: columns that were
    swapped under unchanged names. Without a key, all values of the rows that differ must be."""
    names = [part.new for part in matches.parts]
    if matches.key:
        most = sorted(
            (item for item in changes if item.changed >= FEWEST), key=lambda i: -i.changed
        )
        rows = {names.index(item.field): item.changed for item in most[:MOST_MOVED]}
        query = "count_if(o{i} IS DISTINCT FROM n{i} AND n{i} IS NOT DISTINCT FROM o{j})"
        source = f"{PAIRS} WHERE {CHANGED}"
    else:
        ((added, vanished),) = connection.execute(
            f"SELECT coalesce(sum(in_new::INT), 0), coalesce(sum(in_old::INT), 0) FROM {PAIRS}"
        ).fetchall()
        if added != vanished or added < FEWEST:
            return
        rows = dict.fromkeys(range(min(len(names), MOST_MOVED)), added)
        bag = "coalesce(sum(hash({side}{at})) FILTER ({where}), 0)"
        before, after = (
            bag.replace("{side}", s).replace("{where}", w)
            for s, w in (("o", VANISHED), ("n", ADDED))
        )
        now, was = after.replace("{at}", "{i}"), before.replace("{at}", "{i}")
        other = before.replace("{at}", "{j}")
        query = f"CASE WHEN {now} = {other} AND {now} <> {was} THEN {added} ELSE 0 END"
        source = PAIRS
    pairs = [(i, j) for i in rows for j in rows if i != j]
    if not pairs:
        return
    asked = ", ".join(query.replace("{i}", str(i)).replace("{j}", str(j)) for i, j in pairs)
    counts = connection.execute(f"SELECT {asked} FROM {source}").fetchall()[0]
    taken = set()
    for count, (i, j) in sorted(zip(counts, pairs, strict=True), key=lambda c: (-c[0], c[1])):
        if i not in taken and count >= max(FEWEST, NEARLY * rows[i]):
            taken.add(i)
            yield FieldPattern(names[i], f"with the value that {names[j]} had", int(count))


def _tests() -> Iterator[tuple[str, str]]:
    """What a change may be, and SQL over `o` and `n` (texts), `a` and `b` (their numbers)."""
    yield "written in another case", "lower(o) = lower(n)"
    yield (
        "written with other spaces",
        r"regexp_replace(o, '[\s\p{Z}]+', '', 'g') = regexp_replace(n, '[\s\p{Z}]+', '', 'g')",
    )
    digits = "regexp_full_match(o, '[0-9]+') AND regexp_full_match(n, '[0-9]+') AND "
    yield "without the zeros in front", f"{digits}length(n) < length(o) AND ltrim(o, '0') = n"
    yield "with zeros in front", f"{digits}length(n) > length(o) AND ltrim(n, '0') = o"
    day = r"regexp_matches(o, '^[0-9]{4}-[0-9]{2}-[0-9]{2}') AND "
    yield (
        "cut to the year",
        f"{day}(n = left(o, 4) OR n IN (left(o, 4) || '-01-01', left(o, 4) || '-01-01 00:00:00'))",
    )
    yield (
        "cut to the month",
        f"{day}(n = left(o, 7) OR n IN (left(o, 7) || '-01', left(o, 7) || '-01 00:00:00'))",
    )
    yield (
        "cut to the day",
        f"{day}length(o) > 10 AND n IN (left(o, 10), left(o, 10) || ' 00:00:00')",
    )
    for scale in _SCALES:
        yield f"{scale:,} times as large", f"a <> 0 AND {_NEAR.format(f'b - a * {scale}', 'b')}"
        yield f"divided by {scale:,}", f"a <> 0 AND {_NEAR.format(f'b * {scale} - a', 'a')}"
    for decimals, name in _ROUNDED.items():
        step = f"{Decimal(10) ** -decimals:f}"
        kept = f"a <> b AND b = round(b, {decimals})"
        yield f"rounded to {name}", f"{kept} AND abs(b - a) <= {step} / 2"
        yield f"cut to {name}", f"{kept} AND abs(b) <= abs(a) AND abs(b - a) < {step}"


def _name(connection: duckdb.DuckDBPyConnection, ways: str, rows: int) -> tuple[str, int]:
    """What nearly all of `rows` changes are, and how many; `ways` has the columns o, n and c."""
    tests = list(_tests())
    numbers = ", ".join(
        f"try_cast(regexp_replace({side}, '[$,]', '', 'g') AS {_EXACT}) AS {name}"
        for side, name in (("o", "a"), ("n", "b"))
    )
    sums = ", ".join(f"coalesce(sum(c) FILTER ({test}), 0)" for _, test in tests)
    counts = connection.execute(f"SELECT {sums} FROM (SELECT o, n, c, {numbers} FROM {ways})")
    for (what, _), count in zip(tests, counts.fetchall()[0], strict=True):
        if count >= max(FEWEST, NEARLY * rows):
            return what, int(count)
    for what, long, short, cut in (
        ("with {} in front", "n", "o", "left"),
        ("with {} at the end", "n", "o", "right"),
        ("without {} in front", "o", "n", "left"),
        ("without {} at the end", "o", "n", "right"),
    ):
        ends = "ends_with" if cut == "left" else "starts_with"
        more = connection.execute(
            f"SELECT {cut}({long}, length({long}) - length({short})) AS more, sum(c) FROM {ways} "
            f"WHERE {ends}({long}, {short}) AND {short} <> '' AND length({long}) > length({short}) "
            "GROUP BY more ORDER BY 2 DESC, more LIMIT 1"
        ).fetchall()
        if more and more[0][1] >= max(FEWEST, NEARLY * rows):
            return what.format(f'"{str(more[0][0])[:40]}"'), int(more[0][1])
    return _name_constant(connection, f"(SELECT o, n, c, {numbers} FROM {ways})", rows)


def _name_constant(connection: duckdb.DuckDBPyConnection, ways: str, rows: int) -> tuple[str, int]:
    """By what nearly all of `rows` changes add, in numbers or in time, or multiply."""
    moments = "epoch(try_cast(n AS TIMESTAMP)) - epoch(try_cast(o AS TIMESTAMP))"
    for more, name in (("TRY(b - a)", _name_amount), (moments, _name_time)):
        same = connection.execute(
            f"SELECT more, sum(c), count(*) FROM (SELECT *, {more} AS more FROM {ways}) "
            "WHERE more IS NOT NULL AND more <> 0 GROUP BY more ORDER BY 2 DESC, 1 LIMIT 1"
        ).fetchall()
        if same and same[0][2] >= FEWEST and same[0][1] >= NEARLY * rows:
            return name(Decimal(str(same[0][0]))), int(same[0][1])
    ratio = "a <> 0 AND b <> 0"
    ((middle, values),) = connection.execute(
        f"SELECT median(b::DOUBLE / a::DOUBLE), count(DISTINCT a) FROM {ways} WHERE {ratio}"
    ).fetchall()
    if middle is None or values < FEWEST or abs(middle - 1) <= _LEAST_RATIO:
        return "", 0
    near = f"abs(b::DOUBLE - a::DOUBLE * {middle!r}) <= 0.001 * abs(b::DOUBLE)"
    ((count,),) = connection.execute(
        f"SELECT coalesce(sum(c), 0) FROM {ways} WHERE {ratio} AND {near}"
    ).fetchall()
    times = Decimal(f"{middle:.4g}")
    return (f"about {times:,f} times as large", int(count)) if count >= NEARLY * rows else ("", 0)


def _name_amount(more: Decimal) -> str:
    return f"{'larger' if more > 0 else 'smaller'} by {abs(more).normalize():,f}"


def _name_time(seconds: Decimal) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count = abs(seconds) / length
        if count >= 1 and (unit == "second" or not count % 1):
            break
    number = f"{count.normalize():,f} {unit}{'' if count == 1 else 's'}"
    return f"{number} {'later' if seconds > 0 else 'earlier'}"


def find_reissued(
    connection: duckdb.DuckDBPyConnection, matches: Matches, added: int, vanished: int
) -> Reissued | None:
    """Whether most records are in both tables with the same values under another key; None if not.

    Most of the compared values must be unique, because frequent values identify no row.
    """
    width, count = len(matches.key), len(matches.parts)
    least = min(added, vanished)
    if not width or width == count or least < FEWEST:
        return None
    if 2 * least < min(matches.old_rows, matches.new_rows):
        return None
    places = range(width, count)
    sides = [
        f"SELECT {', '.join(f'{side}{i} AS f{i}' for i in places)}, {one} AS was, {other} AS now, "
        f"concat_ws(' ', {', '.join(f'{side}{i}' for i in range(width))}) AS k "
        f"FROM {PAIRS} WHERE {where}"
        for side, one, other, where in (("o", 1, 0, VANISHED), ("n", 0, 1, ADDED))
    ]
    fields = ", ".join(f"f{i}" for i in places)
    single = (
        f"(SELECT max(k) FILTER (was = 1) AS o, max(k) FILTER (now = 1) AS n, 1 AS c "
        f"FROM ({' UNION ALL '.join(sides)}) GROUP BY {fields} HAVING sum(was) = 1 AND sum(now) = 1)"
    )
    pairs = int(connection.execute(f"SELECT count(*) FROM {single}").fetchall()[0][0])
    if pairs < NEARLY * least:
        return None
    what, _ = _name(connection, single, pairs)
    bags = []
    for side, old in ((matches.old, True), (matches.new, False)):
        read = texts(side.whole(), matches.fields, old=old)
        values = [folded(f"v{n}") if matches.normalise else f"v{n}" for n in range(count - width)]
        listed = ", ".join(f"{value} AS f{n}" for n, value in enumerate(values))
        bags.append(f"SELECT {listed}, {+old} AS was, {+(not old)} AS now FROM ({read})")
    fields = ", ".join(f"f{n}" for n in range(count - width))
    row = connection.execute(
        "SELECT sum(greatest(now - was, 0)), sum(greatest(was - now, 0)), sum(least(was, now)) FROM "
        f"(SELECT sum(was) AS was, sum(now) AS now FROM ({' UNION ALL '.join(bags)}) GROUP BY {fields})"
    ).fetchall()[0]
    return Reissued(int(row[0]), int(row[1]), int(row[2]), what)
