"""Compare a published table with its Parquet file, and a CSV with a query: rows, as many times."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from plainrecord.model.packages import Field, MissingValue
from plainrecord.publishing.download_format import LONGEST_LINE, Comparison, ParquetTwin, names_of
from plainrecord.publishing.downloads import FORMATS
from plainrecord.receipts.engine import identifier, literal, open_reader, query_limits

SECONDS = 300.0
LONGEST_TEXT = 200
GIVEN = 'temp.main."plainrecord verify rows"'


def compare_tables(
    other: Path, kind: str, parquet: Path, fields: Sequence[tuple[str, str, Sequence[str]]]
) -> Comparison:
    """Rows in each file, how many differ, and the first one (1 is the first row of data).

    `kind` is the suffix of the file `other`. `fields` has name, type and marks of absent values
    in the order of the columns. `refused` is the reason why the two cannot be compared.
    """
    made = [
        Field(name, style, missing_values=tuple(MissingValue(mark, "") for mark in marks))
        for name, style, marks in fields
    ]
    connection = open_reader([other, parquet])
    try:
        with query_limits(connection, SECONDS):
            source = f"read_parquet({literal(str(parquet))})"
            columns = names_of(connection, f"SELECT * FROM {source}")
            expected = [
                name
                for field in made
                for name in (field.name, *([field.mark_column] if field.marks_apart else []))
            ]
            if columns != expected:
                return {"refused": f"the Parquet file has the columns {', '.join(columns)[:500]}"}
            return FORMATS[kind].compare(other, ParquetTwin(connection, source, made))
    finally:
        connection.close()


def compare_list(
    connection: duckdb.DuckDBPyConnection, dataset: str, sql: str, listed: Path
) -> Comparison:
    """The lines of the CSV file `listed` and the rows of a query; null differs from the empty text.

    The result has the number of each, of lines without a row (`more`) and rows without a line
    (`less`), and the first of each. `sql` is a single SELECT that was checked; plain table names
    refer to the schema `dataset`. `unreadable` is the reason why the file is not a list of the
    query's columns.
    """
    connection.execute(f"USE memory.{identifier(dataset)}")
    with query_limits(connection):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {GIVEN} AS ({sql}\n)")
        names = names_of(connection, f"FROM {GIVEN}")
        places = [f"c{number}" for number in range(len(names))]
        declared = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in places)
        text = (
            f"read_csv({literal(str(listed))}, columns = {{{declared}}}, header = false, "
            "auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
            "allow_quoted_nulls = false, compression = 'none', "
            f"max_line_size = {LONGEST_LINE}, parallel = false)"
        )
        try:
            head = connection.execute(f"SELECT * FROM {text} LIMIT 1").fetchone() or ()
            connection.execute(f"SELECT count(*) FROM {text}").fetchone()
        except duckdb.Error as error:
            return {"unreadable": str(error).split("\n")[0]}
        if list(head) != names:
            return {"unreadable": f"its first line does not name {', '.join(names)[:500]}"}
        cells = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in places)
        shown = f"left(concat_ws(' · ', {', '.join(places)}), {LONGEST_TEXT})"
        row = connection.execute(
            f"WITH listed_and_given AS (SELECT {cells}, 1 AS l, 0 AS r FROM (SELECT * FROM {text} "
            f"OFFSET 1) UNION ALL SELECT {cells}, 0, 1 FROM {GIVEN} AS given({', '.join(places)})), "
            f"bag AS (SELECT {', '.join(places)}, sum(l) AS l, sum(r) AS r FROM listed_and_given "
            f"GROUP BY {', '.join(places)}) SELECT coalesce(sum(l), 0), coalesce(sum(r), 0), "
            f"coalesce(sum(greatest(l - r, 0)), 0), coalesce(sum(greatest(r - l, 0)), 0), "
            f"min({shown}) FILTER (l > r), min({shown}) FILTER (r > l) FROM bag"
        ).fetchone() or (0, 0, 0, 0, None, None)
    other, given, more, less, first_more, first_less = row
    return {
        "other": int(other),
        "given": int(given),
        "more": int(more),
        "less": int(less),
        "first_more": str(first_more or ""),
        "first_less": str(first_less or ""),
    }
