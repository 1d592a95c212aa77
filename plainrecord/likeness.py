"""A published CSV beside its Parquet file: the same rows, in the same order, or how many are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from plainrecord.celltext import text_value
from plainrecord.engine import identifier, literal, open_reader
from plainrecord.model import Field, MissingValue
from plainrecord.queries import time_limit

SECONDS = 300.0
LONGEST_LINE = 64_000_000


def compare_tables(
    csv: Path, parquet: Path, fields: Sequence[tuple[str, str, Sequence[str]]]
) -> dict[str, str | int]:
    """Rows in each file, how many differ, and the first one (1 is the first row of data).

    `fields` has name, type and marks of absent values in the order of the columns. `refused` says
    in words why the two cannot be compared.
    """
    made = [
        Field(name, kind, missing_values=tuple(MissingValue(mark, "") for mark in marks))
        for name, kind, marks in fields
    ]
    connection = open_reader([csv, parquet])
    try:
        with time_limit(connection, SECONDS):
            source = f"read_parquet({literal(str(parquet))})"
            described = connection.execute(f"SELECT * FROM {source} LIMIT 0").description
            columns = [str(column[0]) for column in described]
            wanted = [
                name
                for field in made
                for name in (field.name, *([field.mark_column] if field.marks_apart else []))
            ]
            if columns != wanted:
                return {"refused": f"the Parquet file has the columns {', '.join(columns)[:500]}"}
            names = [f"c{number}" for number in range(len(made))]
            declared = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
            text = (
                f"read_csv({literal(str(csv))}, columns = {{{declared}}}, header = false, "
                "auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
                f"max_line_size = {LONGEST_LINE}, parallel = false)"
            )
            head = connection.execute(f"SELECT * FROM {text} LIMIT 1").fetchone() or ()
            if list(head) != [field.name for field in made]:
                return {"refused": "the first line of the CSV does not name the fields"}
            left = ", ".join(f"coalesce({name}, '') AS {name}" for name in names)
            right = ", ".join(
                f"coalesce({text_value(field)}, '') AS {identifier(f'p{number}')}"
                for number, field in enumerate(made)
            )
            differ = " OR ".join(
                f"c{number} IS DISTINCT FROM p{number}" for number in range(len(made))
            )
            row = connection.execute(
                f"SELECT count(c0), count(p0), count_if({differ}), "
                f"min(CASE WHEN {differ} THEN place END) FROM ("
                f"SELECT *, row_number() OVER () AS place FROM "
                f"(SELECT {left} FROM {text} OFFSET 1) "
                f"POSITIONAL JOIN (SELECT {right} FROM {source}))"
            ).fetchone() or (0, 0, 0, None)
    finally:
        connection.close()
    return {"csv": row[0], "parquet": row[1], "differing": row[2], "first": row[3] or 0}
