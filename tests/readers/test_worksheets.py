"""Worksheets: formulas without a value, hidden rows and columns, sheets that nobody reads."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.readers.open import open_table


def remarks(path: Path, **dialect: object) -> list[tuple[str, int | None, int, str]]:
    described = {
        {"sheet_name": "sheetName", "sheet_number": "sheetNumber"}[k]: v for k, v in dialect.items()
    }
    spoken = Dialect(descriptor=described, **dialect)  # type: ignore[arg-type]
    table = open_table(Resource("t", "t", "", (), "xlsx", "utf-8", spoken, Schema(())), path)
    return [(f.rule, f.row, f.count, f.found) for f in table.remarks()]


def saved(path: Path, cells: Mapping[str, Any] = {}) -> Any:
    book: Any = openpyxl.Workbook()
    for place, value in ({"A1": "a", "B1": "b", "A2": 1, "B2": 2} | dict(cells)).items():
        book.active[place] = value
    book.save(path)
    return book


def test_a_formula_without_a_stored_value_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    saved(path, {"B3": "=A2+1", "B4": "=A2+2", "D4": "=1"})
    [(rule, row, count, words)] = remarks(path)
    assert (rule, row, count) == ("formula-unstored", 3, 2)
    assert "B3, B4" in words


def test_a_formula_whose_value_is_stored_is_none(tmp_path: Path) -> None:
    path, done = tmp_path / "t.xlsx", tmp_path / "u.xlsx"
    saved(path, {"B3": "=A2+1", "A3": 5})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(done, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                # Text without a character is stored as an empty value.
                data = re.sub(rb'<c r="B3"><f>', b'<c r="B3" t="str"><f>', data)
            new.writestr(name, data)
    assert b't="str"' in zipfile.ZipFile(done).read("xl/worksheets/sheet1.xml")
    assert remarks(done) == []


def test_hidden_rows_and_columns_are_mentioned(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = saved(path)
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions["B"].hidden = True
    book.save(path)
    [(rule, row, count, words)] = remarks(path)
    assert (rule, row, count) == ("workbook-hidden", 2, 2)
    assert "row 2 and column B hidden" in words


def test_sheets_that_are_not_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = saved(path)
    book.create_sheet("Empty")
    for name, state in (("More", "visible"), ("Old", "hidden"), ("Deep", "veryHidden")):
        sheet = book.create_sheet(name)
        sheet["C7"], sheet.sheet_state = "x", state
    book.save(path)
    [(rule, _, _, words)] = remarks(path)
    assert rule == "workbook-rest"
    assert words.endswith('not "More", "Old" (hidden), "Deep" (hidden)')
    assert remarks(path, sheet_name="Sheet") == []
