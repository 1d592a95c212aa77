"""`plainrecord diff` on workbooks, archives and folders: every table is compared or named."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plainrecord.cli import main
from plainrecord.diff.tables_in_file import Member, pair_members
from tests.commands import run_command
from tests.pipeline.test_diff import counts, diff, text, workbook

HEAD = ["id", "v"]


def rows(count: int, start: int = 0) -> list[list[Any]]:
    return [HEAD, *([n, f"x{n}"] for n in range(start, start + count))]


def book(folder: Path, name: str, **counts_of: int) -> Path:
    return workbook(folder, name, **{sheet: rows(n) for sheet, n in counts_of.items()})


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_rows_more_in_other_sheets_than_the_first_are_seen(tmp_path: Path) -> None:
    old = book(tmp_path, "old.xlsx", A=5, B=5, C=5)
    new = book(tmp_path, "new.xlsx", A=5, B=8, C=8)
    status, found = diff(old, new)
    assert (status, found["same"], found["identical_rows"]) == (1, False, False)
    assert counts(found) == (6, 0, 0, 15)
    assert [t["new_table"] for t in found["tables"] if not t["same"]] == ["B", "C"]
    result = CliRunner().invoke(main.cli, ["diff", str(old), str(new)])
    assert result.exit_code == 1
    assert "The rows are the same" not in result.output
    assert {"unchanged tables: A", "== B", "== C"} <= set(result.output.splitlines())


def test_a_workbook_beside_itself_is_the_same(tmp_path: Path) -> None:
    old = book(tmp_path, "old.xlsx", A=5, B=2)
    status, found = diff(old, book(tmp_path, "new.xlsx", A=5, B=2))
    assert (status, found["same"], found["identical_rows"]) == (0, True, True)
    result = CliRunner().invoke(main.cli, ["diff", str(old), str(old)])
    assert (result.exit_code, result.output.splitlines()[0]) == (0, "All tables are the same.")


def test_sheets_that_came_went_and_were_renamed_are_named(tmp_path: Path) -> None:
    old = workbook(
        tmp_path, "old.xlsx", FY25=rows(4), Codes=[["c", "m"], ["a", "b"]], Old=[["q"], ["r"]]
    )
    new = workbook(
        tmp_path, "new.xlsx", FY26=rows(4), Codes=[["c", "m"], ["a", "b"]], New=[["z", "y"], [1, 2]]
    )
    status, found = diff(old, new)
    assert (status, found["same"]) == (1, False)
    assert [(t["old"], t["new"]) for t in found["tables_renamed"]] == [("FY25", "FY26")]
    assert (found["tables_added"], found["tables_dropped"]) == (["New"], ["Old"])
    assert counts(found) == (0, 0, 0, 5)


def test_one_sheet_beside_several_names_what_came(tmp_path: Path) -> None:
    status, found = diff(book(tmp_path, "old.xlsx", A=5), book(tmp_path, "new.xlsx", A=5, B=1))
    assert (status, found["tables_added"]) == (1, ["B"])


def test_what_one_table_beside_a_workbook_leaves_unread_is_named(tmp_path: Path) -> None:
    old = text(tmp_path, "old.csv", "id,v\n" + "".join(f"{n},x{n}\n" for n in range(5)))
    new = workbook(tmp_path, "new.xlsx", A=rows(5), B=[["q", "r"], [1, 2]])
    status, found = diff(old, new)
    assert (status, found["same"], found["identical_rows"]) == (1, False, False)
    assert found["not_read"] == {"old": [], "new": ["B"]}
    output = CliRunner().invoke(main.cli, ["diff", str(old), str(new)]).output
    assert "The rows that were read are the same." in output
    assert "not compared in the new file: B" in output
    assert diff(old, new, "--sheet", "A")[0] == 0


def test_a_key_that_one_sheet_has_chooses_it_and_the_others_are_compared(tmp_path: Path) -> None:
    def make(name: str, note: str) -> Path:
        return workbook(tmp_path, name, Notes=[["text", "more"], [note, "b"]], Data=rows(3))

    status, found = diff(make("old.xlsx", "a"), make("new.xlsx", "z"), "--key", "id")
    assert (status, found["same"], found["key"]) == (1, False, ["id"])
    assert counts(found) == (0, 0, 0, 3)
    assert [t["new_table"] for t in found["tables"] if not t["same"]] == ["Notes"]
    assert diff(make("old.xlsx", "a"), make("new.xlsx", "a"), "--key", "id")[0] == 0
    result = CliRunner().invoke(
        main.cli, ["diff", str(tmp_path / "old.xlsx"), str(tmp_path / "new.xlsx"), "--key", "none"]
    )
    assert result.exit_code != 0


CSV = "id,v\n1,a\n2,b\n"


@pytest.mark.parametrize("form", ["zip", "folder", "both"])
@pytest.mark.parametrize(
    ("old", "new", "same", "added", "dropped", "differ"),
    [
        ({"a.csv": CSV, "b.csv": CSV}, {"a.csv": CSV, "b.csv": CSV}, True, [], [], []),
        ({"a.csv": CSV, "b.csv": CSV}, {"a.csv": CSV, "b.csv": CSV + "3,c\n"}, False, [], [], ["b.csv"]),
        ({"a.csv": CSV, "b.csv": CSV}, {"a.csv": CSV}, False, [], ["b.csv"], []),
        ({"a.csv": CSV}, {"a.csv": CSV, "x/c.csv": CSV}, False, ["x/c.csv"], [], []),
        ({"a.csv": CSV, "n.pdf": "1"}, {"a.csv": CSV, "n.pdf": "2"}, False, [], [], ["n.pdf"]),
        ({"a.csv": CSV, "n.pdf": "1"}, {"a.csv": CSV, "n.pdf": "1"}, True, [], [], []),
        ({"a.csv": CSV, "b.csv": ""}, {"a.csv": CSV, "b.csv": CSV}, False, [], [], ["b.csv"]),
        ({"a.csv": CSV, "b.csv": ""}, {"a.csv": CSV, "b.csv": ""}, True, [], [], []),
    ],
)  # fmt: skip
def test_members_of_archives_and_folders(
    tmp_path: Path,
    form: str,
    old: dict[str, str],
    new: dict[str, str],
    same: bool,
    added: list[str],
    dropped: list[str],
    differ: list[str],
) -> None:
    sides = []
    for name, files in (("old", old), ("new", new)):
        folder = lay(tmp_path / name, files)
        if form == "zip" or (form == "both" and name == "new"):
            folder = tmp_path / f"{name}.zip"
            with zipfile.ZipFile(folder, "w") as archive:
                for path, content in files.items():
                    archive.writestr(path, content)
        sides.append(folder)
    status, found = diff(sides[0], sides[1])
    assert (status, found["same"]) == (not same, same)
    assert (found["tables_added"], found["tables_dropped"]) == (added, dropped)
    assert [t["new_table"] for t in found["tables"] if not t["same"]] == differ


def test_an_archive_of_one_table_is_that_table(tmp_path: Path) -> None:
    for name, content in (("old", CSV), ("new", CSV + "3,c\n")):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr(f"{name}.csv", content)
    status, found = diff(tmp_path / "old.zip", tmp_path / "new.zip", "--key", "id")
    assert (status, counts(found)) == (1, (1, 0, 0, 2))
    assert "tables" not in found
    plain = text(tmp_path, "plain.csv", CSV)
    assert diff(tmp_path / "old.zip", plain)[0] == 0


def test_a_workbook_in_an_archive_is_compared_sheet_by_sheet(tmp_path: Path) -> None:
    for name, more in (("old", 5), ("new", 6)):
        made = book(tmp_path, "book.xlsx", A=5, B=more)
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.write(made, "data/book.xlsx")
    status, found = diff(tmp_path / "old.zip", tmp_path / "new.zip")
    assert (status, counts(found)) == (1, (1, 0, 0, 10))
    assert [t["new_table"] for t in found["tables"] if not t["same"]] == ["data/book.xlsx: B"]


@pytest.mark.parametrize("kind", ["empty", "damaged", "bomb", "encrypted"])
def test_hostile_archives_end_in_words(tmp_path: Path, kind: str, monkeypatch: Any) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if kind == "bomb":
            archive.writestr("a.csv", b"0" * 1_000_000)
            archive.writestr("b.csv", b"0" * 1_000_000)
        elif kind != "empty":
            archive.writestr("a.csv", CSV)
            archive.writestr("b.csv", CSV)
    content = bytearray(path.read_bytes())
    if kind == "damaged":
        content[40:44] = b"\xff\xff\xff\xff"
    if kind == "encrypted":
        at = content.index(b"PK\x01\x02")
        content[at + 8] |= 1
        content[6] |= 1
    path.write_bytes(bytes(content))
    if kind == "bomb":
        monkeypatch.setattr("plainrecord.core.strict_json.FREE_BYTES", 1_000)
        monkeypatch.setattr("plainrecord.core.strict_json.MOST_RATIO", 3)
    monkeypatch.setattr("sys.argv", ["plainrecord", "diff", str(path), str(path)])
    with pytest.raises(SystemExit) as caught:
        main.main()
    assert caught.value.code == (1 if kind in {"damaged", "encrypted"} else 2)


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        (["a.csv"], ["b.csv"], [("a.csv", "b.csv")]),
        (["a 2023.csv", "b 2023.csv"], ["b 2024.csv", "a 2024.csv"], [("a 2023.csv", "a 2024.csv"), ("b 2023.csv", "b 2024.csv")]),
        (["r1/a.csv", "r1/b.csv"], ["r2/a.csv", "r2/b.csv"], [("r1/a.csv", "r2/a.csv"), ("r1/b.csv", "r2/b.csv")]),
        (["a.csv", "b.csv"], ["A.CSV", "b.xlsx"], [("a.csv", "A.CSV"), ("b.csv", "b.xlsx")]),
        (["2023.csv", "2024.csv"], ["2024.csv", "2025.csv"], [("2024.csv", "2024.csv")]),
        (["a.csv", "b.csv"], ["c.csv", "d.csv"], []),
    ],
)  # fmt: skip
def test_which_members_belong_together(
    old: list[str], new: list[str], pairs: list[tuple[str, str]]
) -> None:
    found = pair_members(*([Member(name, Path(name)) for name in names] for names in (old, new)))
    assert [(pair.old.name, pair.new.name) for pair in found.pairs] == pairs
    assert len(found.dropped) == len(old) - len(pairs)
    assert len(found.added) == len(new) - len(pairs)


def test_a_key_for_tables_without_partners_is_said_so(tmp_path: Path) -> None:
    """One file of all years against a folder with a file for each."""
    old = tmp_path / "all.csv"
    old.write_text("id,n\n1,2\n2,3\n")
    years = tmp_path / "years"
    years.mkdir()
    for year in (2024, 2025):
        (years / f"{year}.csv").write_text("id,n\n1,2\n")
    result = CliRunner().invoke(main.cli, ["diff", str(old), str(years), "--key", "id"])
    assert "names and headers are not alike" in str(result.exception)


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_an_empty_folder_or_archive_holds_no_table(tmp_path: Path, kind: str) -> None:
    empty, full = tmp_path / "empty", tmp_path / "full"
    full.mkdir()
    (full / "a.csv").write_text("a,b\n1,2\n")
    if kind == "folder":
        empty.mkdir()
    else:
        zipfile.ZipFile(empty, "w").close()
    for pair, word in (((empty, full), "added"), ((full / "a.csv", empty), "dropped")):
        ended = run_command("diff", *map(str, pair))
        assert (ended.returncode, ended.stdout) == (1, f"tables {word}: a.csv\n")
    ended = run_command("diff", str(empty), str(empty))
    assert (ended.returncode, "hold no file" in ended.stderr) == (2, True)
