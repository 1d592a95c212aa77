"""`plainrecord diff` never calls two files the same where something was left unread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from plainrecord.cli import main

BOOK: list[list[Any]] = [["id", "v"], [1, "a"], [2, "b"]]


def diff(*given: str | Path) -> tuple[int, dict[str, Any]]:
    words = ["diff", *map(str, given), "--format", "json"]
    result = CliRunner().invoke(main.cli, words, catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def say(*given: str | Path) -> str:
    return CliRunner().invoke(main.cli, ["diff", *map(str, given)]).stdout


def workbook(path: Path, *, hidden: bool = False, **sheets: list[list[Any]]) -> Path:
    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if hidden:
        book.worksheets[-1].sheet_state = "veryHidden"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("t.csv", "a,b\n1,2,3\n", "a,b\n1,2,4\n", "the cells beyond the header's width in 1 row"),
        ("t.csv", "As of May\n\na,b\n1,2\n", "As of June\n\na,b\n1,2\n", "As of May"),
        ("t.csv", "Title\n\na,b\n1,2\n", "a,b\n1,2\n", "the lines above the header"),
        ("t.csv", "a,b,\n1,2,\n", "a,b\n1,2\n", "columns without a label and a value"),
        ("t.csv", "a,b\n1,2\n,\n", "a,b\n1,2\n", "blank rows"),
        ("t.csv", "a,b\n1,2\nnote\n", "a,b\n1,2\nnotes\n", "removed:"),
        ("t.json", '[{"a": 1}, {"a": null}]', '[{"a": 1}]', "blank rows"),
        ("t.json", '{"n": 1, "r": [{"a": 1}]}', '{"n": 2, "r": [{"a": 1}]}', "outside the records"),
        (
            "t.json",
            '{"x": ["u"], "r": [{"a": 1}]}',
            '{"x": [], "r": [{"a": 1}]}',
            "outside the records",
        ),
        (
            "t.geojson",
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "bbox": [1], "properties": {"a": 1}}]}',
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "bbox": [2], "properties": {"a": 1}}]}',
            "removed:",
        ),
    ],
)
def test_what_lies_outside_the_rows_is_compared_or_named(
    tmp_path: Path, name: str, old: str, new: str, words: str
) -> None:
    paths = [tmp_path / f"{side}.{name}" for side in ("old", "new")]
    for path, content in zip(paths, (old, new), strict=True):
        path.write_text(content)
    status, found = diff(paths[0], paths[1])
    assert (status, found["same"]) == (1, False)
    assert words in say(paths[0], paths[1])
    for path in paths:  # and each is the same as itself, even by another name
        copy = path.with_name(f"copy.{path.name}")
        copy.write_bytes(path.read_bytes())
        status, found = diff(path, copy)
        assert (status, found["same"], found["not_read"]) == (0, True, {"old": [], "new": []})


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("far", [False, True])
def test_every_sheet_is_compared(tmp_path: Path, hidden: bool, far: bool) -> None:
    above: list[list[Any]] = [[]] * (100 if far else 0)
    paths = [
        workbook(
            tmp_path / f"{name}.xlsx", hidden=hidden, A=BOOK, B=[*above, ["k", "w"], [1, name]]
        )
        for name in ("old", "new")
    ]
    status, found = diff(*paths)
    assert (status, found["same"]) == (1, False)
    assert [table["same"] for table in found["tables"]] == [True, False]


def test_what_was_left_out_on_request_is_named_and_not_called_the_same(tmp_path: Path) -> None:
    old = workbook(tmp_path / "old.xlsx", A=BOOK, B=BOOK)
    new = workbook(tmp_path / "new.xlsx", A=BOOK, B=BOOK[:-1])
    status, found = diff(old, new, "--sheet", "A")
    assert (status, found["same"], found["identical_rows"]) == (0, False, False)
    assert found["not_read"] == {"old": ["B"], "new": ["B"]}
    assert "excluded in the old file, as requested: B" in say(old, new, "--sheet", "A")
    lists = [tmp_path / "old.json", tmp_path / "new.json"]
    for number, path in enumerate(lists):
        path.write_text(json.dumps({"r": [{"a": 1}], "s": [{"b": number}]}))
    status, found = diff(*lists, "--property", "r")
    assert (status, found["same"]) == (0, False)
    assert found["not_read"]["new"] == ["the parts of the JSON outside the records"]
    titled = [tmp_path / "old.csv", tmp_path / "new.csv"]
    for number, path in enumerate(titled):
        path.write_text(f"Title {number},\na,b\n1,2\n")
    status, found = diff(*titled, "--header-row", "2")
    assert (status, found["same"]) == (0, False)
    assert found["not_read"]["new"] == ["the lines above the header"]


def test_a_formula_without_a_value_was_not_read(tmp_path: Path) -> None:
    paths = [
        workbook(tmp_path / f"{name}.xlsx", A=[*BOOK, [3, f"=1+{name}"]]) for name in ("1", "2")
    ]
    status, found = diff(*paths)
    assert (status, found["same"]) == (1, False)
    assert found["not_read"]["old"] == ["the values of 1 formula"]


# What is named beside the counts


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("1", "1.0000000000000000001", 1),
        ("1", "1.0000000000000000000", 0),
        ("123456789012345678", "123456789012345678.00000000001", 1),
        ("0", "1e-400", 1),
        ("100000000000000000", "1e17", 0),
    ],
)
def test_numbers_of_any_length_are_compared_in_full(
    tmp_path: Path, old: str, new: str, changed: int
) -> None:
    # The forms differ, integers and numbers, so that values are read.
    paths = [tmp_path / "old.csv", tmp_path / "new.csv"]
    paths[0].write_text(f"k,n\n1,{old}\n" + "".join(f"{n},{n}\n" for n in range(2, 40)))
    paths[1].write_text(f"k,n\n1,{new}\n" + "".join(f"{n},{n}.0\n" for n in range(2, 40)))
    _, found = diff(*paths, "--key", "k")
    assert found["changed"] == changed


@pytest.mark.parametrize("options", [("--key", "k"), ()])
@pytest.mark.parametrize("turn", [("b", "a", "c"), ("b", "c", "a")])
def test_columns_that_were_swapped_are_named(
    tmp_path: Path, options: tuple[str, ...], turn: tuple[str, ...]
) -> None:
    rows = [
        {"k": f"k{n}", "a": f"x{n * 7 % 31}", "b": f"y{n % 9}", "c": f"z{n}"} for n in range(30)
    ]
    paths = [tmp_path / "old.csv", tmp_path / "new.csv"]
    for path, order in zip(paths, (("a", "b", "c"), turn), strict=True):
        lines = [",".join([row["k"], *(row[name] for name in order)]) for row in rows]
        path.write_text("k,a,b,c\n" + "\n".join(lines) + "\n")
    _, found = diff(*paths, *options)
    told = {item["field"]: item["what"] for item in found["patterns"]}
    wanted = {
        name: f"with the value that {other} had"
        for name, other in zip("abc", turn, strict=True)
        if name != other
    }
    assert told == wanted
    assert "with the value that b had" in say(*paths, *options)


def test_that_renamed_columns_were_not_looked_for_is_said(tmp_path: Path) -> None:
    paths = [tmp_path / "old.csv", tmp_path / "new.csv"]
    for path, sign in zip(paths, "xy", strict=True):
        names = [f"{sign}{'abcdefghi'[n]}{n * 37}" for n in range(9)]
        path.write_text(f"k,{','.join(names)}\n" + "".join(f"{n}{',1' * 9}\n" for n in range(5)))
    _, found = diff(*paths)
    assert found["columns"]["renames_searched"] is False
    assert "to look for renamed columns" in say(*paths)


def test_re_issued_records_are_no_renames(tmp_path: Path) -> None:
    paths = [tmp_path / "old.csv", tmp_path / "new.csv"]
    for path, start in zip(paths, (1000, 5000), strict=True):
        lines = [f"{start + n},person {n},{n * 3}" for n in range(50)]
        path.write_text("id,name,n\n" + "\n".join(lines) + "\n")
    _, found = diff(*paths, "--key", "id")
    assert found["reissued"]["unchanged"] == 50
    assert (found["renamed"], found["renames"]) == (0, [])
