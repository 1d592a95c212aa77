"""More than one table in a file or sheet, and rows below the last record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from plainrecord.pipeline.source_tables import SourceTable, read_source

Rows = Sequence[Sequence[object]]

ARRESTS = [("day", "county", "arrests"), *((f"2024-01-{n + 1:02}", "Adams", n) for n in range(9))]
BEDS = [("facility", "beds"), *((f"Jail {'ABCDE'[n]}", 10 * n) for n in range(5))]
BLANK: list[tuple[object, ...]] = [()]


def beside(left: Rows, right: Rows, gap: int = 1) -> Rows:
    width = len(left[0])
    rows = max(len(left), len(right))
    return [
        (
            *(left[n] if n < len(left) else [""] * width),
            *[""] * gap,
            *(right[n] if n < len(right) else [""] * len(right[0])),
        )
        for n in range(rows)
    ]


def read(path: Path, rows: Rows, kind: str) -> tuple[list[SourceTable], str]:
    """The tables of a file with these rows, and what else was said."""
    if kind == "csv":
        width = max(map(len, rows))
        lines = [",".join(map(str, [*row, *[""] * (width - len(row))])) for row in rows]
        (path / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        with xlsxwriter.Workbook(path / "t.xlsx") as book:
            sheet = book.add_worksheet("Data")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, ["" if cell == "" else cell for cell in row])
    with duckdb.connect() as connection:
        found = list(read_source(connection, path / f"t.{kind}", "t", path))
    tables = [item for item in found if isinstance(item, SourceTable)]
    said = [*(str(item) for item in found if not isinstance(item, SourceTable))]
    said += [note for table in tables for note in table.notes]
    return tables, "\n".join(said)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("rows", "shapes", "said"),
    [
        (beside(ARRESTS, BEDS), [(3, 9), (2, 5)], "(columns A to C; columns E to F"),
        (beside(BEDS, ARRESTS, 2), [(2, 5), (3, 9)], "(columns A to B; columns E to G"),
        (beside(BEDS, BEDS), [(2, 5), (2, 5)], "(columns A to B; columns D to E"),
        ([*ARRESTS, *BLANK, *BEDS], [(3, 9), (2, 5)], "(rows 1 to 10; rows 12 to 17"),
        (
            [*ARRESTS, *BLANK, ("Beds of the year",), *BEDS],
            [(3, 9), (2, 5)],
            "the last row (Beds of the year) was left out: it is a footnote",
        ),
        ([*ARRESTS, ("Total", "", 36)], [(3, 9)], "(Total, 36) was left out: it is a total"),
        ([*ARRESTS, *BLANK, ("Source: the sheriff",)], [(3, 9)], "it is a footnote"),
        # Neighbours that are one table.
        (beside(ARRESTS, [("men", "women"), *((n, n) for n in range(9))]), [(5, 9)], ""),
        ([*ARRESTS, *BLANK, *ARRESTS[1:]], [(3, 18)], ""),
        ([*ARRESTS, ("Unknown", "Adams", "N/A"), *ARRESTS[1:]], [(3, 19)], ""),
        ([BEDS[0], ("Total", 3), *BEDS[1:], ("Total", 9)], [(2, 7)], ""),
    ],
    ids=[
        *("beside", "beside, two columns apart", "beside, the same labels", "below"),
        *("below a title", "total", "footnote", "one with a gap", "gap in the rows"),
        *("placeholders", "totals among the rows"),
    ],
)
def test_the_tables_of_a_file(
    tmp_path: Path, kind: str, rows: Rows, shapes: list[tuple[int, int]], said: str
) -> None:
    tables, words = read(tmp_path, rows, kind)
    assert [(len(table.columns), table.rows) for table in tables] == shapes, words
    assert said in words
    assert said or "left out: it" not in words
