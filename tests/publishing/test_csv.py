"""CSV as it is written: no row is an empty line, which readers skip."""

import csv
from pathlib import Path

import duckdb
import pytest

from plainrecord.publishing.formats.csv import copy_csv


@pytest.mark.parametrize("columns", ["a", "a, 'x' AS b"])
def test_each_row_of_a_query_is_a_line_with_cells(tmp_path: Path, columns: str) -> None:
    path = tmp_path / "list.csv"
    query = f"SELECT {columns} FROM (VALUES ('1'), (NULL), ('')) t(a)"
    with duckdb.connect() as connection:
        copy_csv(connection, query, path)
    with path.open(newline="") as stream:
        rows = [row for row in csv.reader(stream) if row]
    assert [row[0] for row in rows] == ["a", "1", "", ""]
