"""Where one file or sheet holds more than one table, and rows that are no records.

Tables that stand side by side are parted by a column without label and value, those below one another
by a blank row and a row of labels. A total or a footnote below the last row is no record.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import duckdb
from openpyxl.utils import get_column_letter

from plainrecord.authoring.columns import PLACEHOLDERS
from plainrecord.diff.load_any import LoadedTable
from plainrecord.receipts.engine import identifier, literal

MOST_FOOT = 10
"""How many rows at the foot are looked at for totals and footnotes."""

_TOTAL = re.compile(
    r"((grand|sub|sub-)? ?totals?|sum|summe|gesamt|insgesamt|totales)\b.{0,20}", re.IGNORECASE
)
_FOOTNOTE = re.compile(
    r"([*†¹²³]|[(\[]?\w{1,2}[)\]] |sources?:|notes?:|quelle:|fuente:).*|\S+( \S+){2,}", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table within a file: `relation` for FROM, columns, position; `whole`: all of it."""

    relation: str
    labels: tuple[str, ...]
    rows: int
    place: str
    notes: tuple[str, ...]
    whole: bool


def find_blocks(
    connection: duckdb.DuckDBPyConnection,
    table: LoadedTable,
    header: Sequence[str],
    rows: Sequence[int],
) -> list[TableBlock]:
    """The tables of a file that was read: one for nearly every file.

    `header` are the cells of its row of labels; `rows` the numbers in the file of the rows of
    `table`, empty where the file has no blank row.
    """
    spots = [number for number, cell in enumerate(header, 1) if cell.strip()]
    if len(spots) != len(table.labels):
        spots = list(range(1, len(table.labels) + 1))
    made: list[TableBlock] = []
    sides = _side_by_side(connection, table, spots)
    for labels in sides:
        area, relation = "", table.relation
        if len(sides) > 1:
            ends = [spots[table.labels.index(label)] for label in (labels[0], labels[-1])]
            area = f"columns {' to '.join(map(get_column_letter, ends))}"
            filled = " OR ".join(f"{identifier(label)} IS NOT NULL" for label in labels)
            names = ", ".join(map(identifier, labels))
            relation = f"(SELECT {names} FROM {table.relation} WHERE {filled})"
        made += _below(connection, TableBlock(relation, labels, 0, area, (), not area), rows)
    if len(made) > 1:
        places = "; ".join(block.place for block in made)
        note = (
            f"the sheet or file holds {len(made)} tables ({places}), each taken as one of its own"
        )
        made = [replace(block, notes=(note,)) for block in made]
    return [_without_foot(connection, block) for block in made]


def _side_by_side(
    connection: duckdb.DuckDBPyConnection, table: LoadedTable, spots: Sequence[int]
) -> list[tuple[str, ...]]:
    """The columns of each table in the sheet: all of them where there is one table."""
    alone = [table.labels]
    # Labels side by side have the same distance to their own number.
    parted = groupby(enumerate(table.labels), lambda item: spots[item[0]] - item[0])
    groups = [tuple(label for _, label in group) for _, group in parted]
    if len(groups) < 2 or min(map(len, groups)) < 2:
        return alone
    bare = [{re.sub(r" \(\d+\)$", "", label).lower() for label in group} for group in groups]
    if all(other == bare[0] for other in bare):
        return groups
    # Tables of their own end where they end: each has rows in which another has no value.
    empty = [" AND ".join(f"{identifier(label)} IS NULL" for label in group) for group in groups]
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in empty)
    blank = connection.execute(f"SELECT {counts} FROM {table.relation}").fetchall()[0]
    return groups if any(blank) else alone


def _below(
    connection: duckdb.DuckDBPyConnection, block: TableBlock, rows: Sequence[int]
) -> list[TableBlock]:
    """The tables of a block that stand below one another, each with labels of its own."""
    numbered = f"(SELECT row_number() OVER () AS nth, * FROM {block.relation})"
    digits = ", ".join(
        f"avg(CASE WHEN regexp_matches({identifier(c)}, '\\d') THEN 1.0 ELSE 0 END) "
        f"FILTER ({identifier(c)} IS NOT NULL)"
        for c in block.labels
    )
    shares = connection.execute(f"SELECT count(*), {digits} FROM {block.relation}").fetchall()[0]
    total = int(shares[0])
    block = replace(block, rows=total)
    counted = [c for c, share in zip(block.labels, shares[1:], strict=True) if (share or 0) > 0.5]
    if not rows or not counted or block.place:
        return [block]
    worded = " AND ".join(
        f"NOT coalesce(regexp_matches({identifier(c)}, '\\d'), false)" for c in block.labels
    )
    named = " OR ".join(f"{identifier(c)} IS NOT NULL" for c in counted)
    matching = connection.execute(
        f"SELECT * FROM {numbered} WHERE nth > 1 AND nth < {total} AND {worded} AND ({named}) "
        "ORDER BY nth LIMIT 50"
    ).fetchall()
    heads: list[tuple[int, list[str]]] = []
    for nth, *cells in matching:
        above = rows[max(0, nth - 4) : nth]
        gap = above[-1] - above[0] >= len(above)
        texts = [str(cell or "").strip() for cell in cells]
        words = [text for text in texts if text]
        marked = any(word.upper() in PLACEHOLDERS or _TOTAL.fullmatch(word) for word in words)
        if gap and len(words) > 1 and len({*words}) == len(words) and not marked:
            heads.append((int(nth), texts))
    if not heads:
        return [block]
    starts = [(0, list(block.labels)), *heads]
    made = []
    for number, (start, texts) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else total + 1
        used = [(c, text) for c, text in zip(block.labels, texts, strict=True) if text]
        columns = ", ".join(f"{identifier(c)} AS {identifier(text)}" for c, text in used)
        first = rows[start - 1] if start else rows[0] - 1
        made.append(
            TableBlock(
                f"(SELECT {columns} FROM {numbered} WHERE nth > {start} AND nth < {end})",
                tuple(text for _, text in used),
                end - start - 1,
                f"rows {first} to {rows[end - 2]}",
                (),
                False,
            )
        )
    return [made_block for made_block in made if made_block.rows]


def _without_foot(connection: duckdb.DuckDBPyConnection, block: TableBlock) -> TableBlock:
    """The block without totals and footnotes below its last row, and a note of each."""
    names = ", ".join(map(identifier, block.labels))
    last = connection.execute(
        f"SELECT {names} FROM {block.relation} OFFSET {max(0, block.rows - MOST_FOOT)}"
    ).fetchall()
    notes: list[str] = []
    while len(last) > 1:
        filled = [str(cell).strip() for cell in last[-1] if cell is not None]
        note = len(filled) == 1 and len(block.labels) > 2 and _FOOTNOTE.fullmatch(filled[0])
        if not filled or not (_TOTAL.fullmatch(filled[0]) or note):
            break
        shown = ", ".join(text if len(text) < 60 else f"{text[:57]}…" for text in filled[:4])
        kind = "a footnote" if note else "a total"
        notes.append(f"the last row ({shown}) was left out: it is {kind}, and no record")
        last.pop()
    kept = block.rows - len(notes)
    at = next((n for n, cell in enumerate(last[-1]) if cell is not None), 0) if last else 0
    first = identifier(block.labels[at]) if block.labels else ""
    others = connection.execute(
        f"SELECT count(*) FROM (SELECT {first} AS v FROM {block.relation} LIMIT {kept}) "
        f"WHERE regexp_full_match(trim(v), {literal(f'(?i){_TOTAL.pattern}')})"
    ).fetchall()[0][0]
    # A total among the records as well: then rows of totals are part of the table.
    if not notes or others:
        return block
    relation = f"(SELECT {names} FROM {block.relation} LIMIT {kept})"
    return replace(block, relation=relation, rows=kept, notes=(*block.notes, *notes), whole=False)
